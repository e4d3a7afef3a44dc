//! Who signs for another: `uy-quyen` of `school.yaml`, dated as everything is (NĐ 30/2020, Điều 13).
//!
//! | form | whom the head may ask | needs |
//! |---|---|---|
//! | KT. | a deputy | nothing; where a chain names the deputy's role, not even an entry |
//! | TL. | the head of a unit of the school | nothing |
//! | TUQ. | the head of a unit, in special cases | a document, and a last day |

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Words;
use crate::records::school::Period;
use crate::records::school::Person;
use crate::records::school::School;

/// One delegation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Delegation {
    /// When it holds.
    #[serde(flatten)]
    pub period: Period,
    /// Who delegates.
    pub nguoi: String,
    /// The role that is delegated.
    pub vai_tro: String,
    /// Where it is held; none: at the school.
    pub don_vi: Option<String>,
    /// How the delegate signs.
    pub hinh_thuc: Authority,
    /// Who signs: a person, or everyone who holds a role.
    pub cho: String,
    /// The document that says so.
    pub so_van_ban: Option<String>,
    /// The kinds of record it is limited to; empty for all.
    #[serde(default)]
    pub loai: Vec<String>,
}

/// How somebody signs for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Authority {
    /// In the head's place, as a deputy.
    Kt,
    /// On the head's orders.
    Tl,
    /// By the head's authorisation.
    Tuq,
}

impl Authority {
    /// What is printed before the head's title.
    pub fn printed(self) -> &'static str {
        match self {
            Self::Kt => "KT.",
            Self::Tl => "TL.",
            Self::Tuq => "TUQ.",
        }
    }

    /// What follows the role in a statement's capacity, `hieu-truong:tuq`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kt => "kt",
            Self::Tl => "tl",
            Self::Tuq => "tuq",
        }
    }

    /// The roles to whose holders the law allows it.
    fn allowed(self) -> &'static [&'static str] {
        match self {
            Self::Kt => &["pho-hieu-truong", "to-pho"],
            Self::Tl | Self::Tuq => &["to-truong", "to-pho", "ke-toan", "van-thu"],
        }
    }
}

impl School {
    /// Who signs for the holder of `role` at `unit` on `date`, in records of `kind`. The one who
    /// delegates must hold the role that day, and the delegate a role to which it may be given.
    pub fn delegates<'a>(
        &'a self,
        role: &'a str,
        unit: &'a str,
        kind: &'a str,
        date: Date,
    ) -> impl Iterator<Item = (&'a Person, Authority)> {
        self.uy_quyen
            .iter()
            .filter(move |d| d.vai_tro == role && d.period.holds(date))
            .filter(move |d| d.loai.is_empty() || d.loai.iter().any(|k| k == kind))
            .filter(move |d| match &d.don_vi {
                Some(own) => own == unit,
                None => self.whole(date).is_some_and(|whole| whole.id == unit),
            })
            .filter(move |d| self.holders(role, unit, date).any(|(p, _)| p.id == d.nguoi))
            .flat_map(move |d| {
                self.people_on(date)
                    .filter(move |p| p.id != d.nguoi && self.takes(p, d, date))
                    .map(move |p| (p, d.hinh_thuc))
            })
    }

    fn takes(&self, person: &Person, given: &Delegation, date: Date) -> bool {
        let mut held = self
            .vai_tro
            .iter()
            .filter(|a| a.nguoi == person.id && a.period.holds(date));
        let to = |role: &str| person.id == given.cho || role == given.cho;
        held.any(|a| to(&a.vai_tro) && given.hinh_thuc.allowed().contains(&a.vai_tro.as_str()))
    }

    /// What a schema cannot say of the delegations, by their number.
    pub(super) fn delegation_faults(&self) -> Vec<(usize, Words)> {
        let mut faults = Vec::new();
        for (index, given) in self.uy_quyen.iter().enumerate() {
            let mut say = |vi: String, en: String| faults.push((index, Words::new(vi, en)));
            let who = [&given.nguoi, &given.cho];
            let role = |id: &str| self.vai_tro.iter().any(|a| a.vai_tro == id);
            let unknown =
                |(n, id): &(usize, &&String)| self.person(id).is_none() && !(*n == 1 && role(id));
            if let Some((_, id)) = who.iter().enumerate().find(unknown) {
                say(
                    format!("không có người hay vai trò `{id}`"),
                    format!("there is no person or role `{id}`"),
                );
            }
            if let Some(unit) = &given.don_vi
                && !self.don_vi.iter().any(|u| u.id == *unit)
            {
                say(
                    format!("không có đơn vị `{unit}`"),
                    format!("there is no unit `{unit}`"),
                );
            }
            if given.nguoi == given.cho {
                say(
                    "không ai ủy quyền cho chính mình".into(),
                    "nobody delegates to themselves".into(),
                );
            }
            let complete = given.so_van_ban.is_some() && given.period.den.is_some();
            if given.hinh_thuc == Authority::Tuq && !complete {
                say(
                    "ký thừa ủy quyền phải có văn bản (`so-van-ban`) và thời hạn (`den`): NĐ 30/2020, Điều 13".into(),
                    "signing by authorisation needs a document (`so-van-ban`) and a last day (`den`): NĐ 30/2020, Điều 13".into(),
                );
            }
        }
        faults
    }
}
