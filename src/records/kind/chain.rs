//! The approval chain of a kind: ordered steps, dated as everything is. A record keeps the chain of
//! its date.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::kind::HeldAt;
use crate::records::kind::read::yes;
use crate::sign::Act;

/// The steps that hold in one period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chain {
    /// First day on which they hold; none: from the beginning.
    #[serde(rename = "tu", default)]
    pub from: Option<Date>,
    /// Last day on which they hold; none: until the next chain begins.
    #[serde(rename = "den", default)]
    pub to: Option<Date>,
    /// The steps, in order.
    #[serde(rename = "buoc")]
    pub steps: Vec<Step>,
}

/// One step of an approval chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The step's name, part of the signature's file name.
    #[serde(rename = "buoc")]
    pub id: String,
    /// What stands over the signature.
    #[serde(rename = "nhan")]
    pub label: String,
    /// The roles that may sign, the usual one first.
    #[serde(rename = "vai-tro")]
    pub roles: Vec<String>,
    /// Where the role is held.
    #[serde(rename = "tai")]
    pub held_at: HeldAt,
    /// The field that names the signers; without it the first holder of the roles.
    #[serde(rename = "truong")]
    pub field: Option<String>,
    /// Whether it must be a digital signature.
    #[serde(rename = "ky-so", default = "yes")]
    pub digital: bool,
    /// Whether it is the organisation's seal.
    #[serde(rename = "dau", default)]
    pub seal: bool,
    /// The field that says by which authority its signer signs: what it calls TL. or TUQ. must be so by
    /// the roster.
    #[serde(rename = "quyen")]
    pub authority: Option<String>,
    /// How many sign; by default everyone whom the field names, else one.
    #[serde(rename = "so-nguoi")]
    pub count: Option<Count>,
    /// Earlier steps whose signers may not sign this one.
    #[serde(rename = "khac", default)]
    pub other_than: Vec<String>,
    /// Who signs when nobody of the roles is left.
    #[serde(rename = "cap-tren")]
    pub above: Option<Above>,
}

/// How many people sign a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Count {
    /// Any so many different people of those entitled; at least two.
    Some(u8),
    /// Everyone entitled.
    All(Everyone),
}

/// The word for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Everyone {
    /// `tat-ca`.
    TatCa,
}

/// The roles of the level above.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Above {
    /// The roles, the first to be asked first.
    #[serde(rename = "vai-tro")]
    pub roles: Vec<String>,
    /// Where the role is held.
    #[serde(rename = "tai")]
    pub held_at: HeldAt,
}

impl Step {
    /// The same step with the roles of the level above, if it has one.
    pub fn raised(&self) -> Option<Self> {
        let above = self.above.as_ref()?;
        Some(Self {
            roles: above.roles.clone(),
            held_at: above.held_at,
            above: None,
            ..self.clone()
        })
    }
}

/// `trinh-ky` as written: one chain for ever, or a list of dated ones.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Dated(Vec<Chain>),
    Plain(Vec<Step>),
}

/// Sorts and checks what was written.
///
/// # Errors
/// What a schema cannot say: periods that overlap, a step that refers to no earlier one, a seal
/// before the signature of the person with authority (NĐ 30/2020, Điều 32).
pub(super) fn sound(written: Written) -> Result<Vec<Chain>, Words> {
    let mut chains = match written {
        Written::Plain(steps) => vec![Chain {
            from: None,
            to: None,
            steps,
        }],
        Written::Dated(chains) => chains,
    };
    chains.sort_by_key(|chain| chain.from);
    for pair in chains.windows(2) {
        let [before, after] = pair else { continue };
        let over = before
            .to
            .is_some_and(|to| after.from.is_none_or(|from| to >= from));
        if before.from == after.from || over {
            return Err(Words::new(
                "`trinh-ky`: hai trình tự ký chồng thời gian lên nhau",
                "`trinh-ky`: the periods of two chains overlap",
            ));
        }
    }
    for chain in &chains {
        check(&chain.steps)?;
    }
    Ok(chains)
}

fn check(steps: &[Step]) -> Result<(), Words> {
    let mut earlier: BTreeSet<&str> = BTreeSet::new();
    for step in steps {
        let id = step.id.as_str();
        let fault = |vi: &str, en: &str| {
            Err(Words::new(
                format!("`trinh-ky`, bước `{}`: {vi}", tame(id)),
                format!("`trinh-ky`, step `{}`: {en}", tame(id)),
            ))
        };
        if let Some(unknown) = step
            .other_than
            .iter()
            .find(|s| !earlier.contains(s.as_str()))
        {
            return fault(
                &format!("`khac: {}` không phải bước nào ở trước", tame(unknown)),
                &format!("`khac: {}` is no earlier step", tame(unknown)),
            );
        }
        // A file of an act would pass for a signature of such a step.
        if Act::of_code(id).is_some() {
            return fault(
                "tên này dành cho văn bản trả lại, rút, thay thế",
                "this name is kept for returning, withdrawing and replacing",
            );
        }
        if !earlier.insert(id) {
            return fault("hai bước trùng tên", "two steps have the same name");
        }
        if matches!(step.count, Some(Count::Some(0 | 1))) {
            return fault("`so-nguoi` phải từ 2", "`so-nguoi` must be 2 or more");
        }
        let plain = step.count.is_none() && step.other_than.is_empty() && step.above.is_none();
        if step.seal && !plain {
            return fault(
                "con dấu không đi cùng `so-nguoi`, `khac`, `cap-tren`",
                "a seal goes with no `so-nguoi`, `khac`, `cap-tren`",
            );
        }
    }
    let people = |s: &&Step| s.digital && !s.seal;
    let Some(seal) = steps.iter().position(|s| s.seal && s.digital) else {
        return Ok(());
    };
    let (before, after) = steps.split_at(seal);
    if before.iter().any(|s| people(&s)) && !after.iter().any(|s| people(&s)) {
        return Ok(());
    }
    let id = tame(&steps[seal].id);
    Err(Words::new(
        format!(
            "`trinh-ky`, bước `{id}`: chỉ đóng dấu sau khi người có thẩm quyền đã ký (NĐ 30/2020, Điều 32)"
        ),
        format!(
            "`trinh-ky`, step `{id}`: the seal comes only after the signature of the person with authority (NĐ 30/2020, Điều 32)"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(yaml: serde_json::Value) -> Result<Vec<Chain>, Words> {
        sound(serde_json::from_value(yaml).expect("a chain"))
    }

    fn step(id: &str, more: serde_json::Value) -> serde_json::Value {
        let mut step = serde_json::json!({
            "buoc": id, "nhan": "x", "vai-tro": ["giao-vien"], "tai": "don-vi",
        });
        let object = step.as_object_mut().expect("an object");
        object.extend(more.as_object().cloned().unwrap_or_default());
        step
    }

    #[test]
    fn a_plain_list_is_one_chain_for_ever() {
        let read = chains(serde_json::json!([step("soan", serde_json::json!({}))])).expect("sound");
        assert_eq!((read.len(), read[0].from, read[0].to), (1, None, None));
    }

    #[test]
    fn what_a_schema_cannot_say_is_found() {
        let seal = serde_json::json!({"dau": true});
        let none = serde_json::json!({});
        let bad = [
            (
                serde_json::json!([
                    step("a", serde_json::json!({"khac": ["b"]})),
                    step("b", none.clone())
                ]),
                "khac",
            ),
            (
                serde_json::json!([step("a", none.clone()), step("a", none.clone())]),
                "same name",
            ),
            (serde_json::json!([step("rut", none.clone())]), "kept for"),
            (
                serde_json::json!([step("a", serde_json::json!({"so-nguoi": 1}))]),
                "so-nguoi",
            ),
            (
                serde_json::json!([step("d", seal.clone()), step("a", none.clone())]),
                "Điều 32",
            ),
            (
                serde_json::json!([
                    step("a", none.clone()),
                    step("d", seal.clone()),
                    step("b", none.clone())
                ]),
                "Điều 32",
            ),
            (serde_json::json!([step("d", seal)]), "Điều 32"),
            (
                serde_json::json!([
                    {"tu": "2024-01-01", "den": "2026-12-01", "buoc": [step("a", none.clone())]},
                    {"tu": "2026-12-01", "buoc": [step("a", none.clone())]},
                ]),
                "overlap",
            ),
            (
                serde_json::json!([{"buoc": [step("a", none.clone())]}, {"buoc": [step("a", none)]}]),
                "overlap",
            ),
        ];
        for (written, said) in bad {
            let words = chains(written).expect_err(said);
            assert!(words.en.contains(said), "{}", words.en);
        }
    }
}
