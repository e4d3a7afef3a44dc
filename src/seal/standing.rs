//! Where a record stands in its chain.

use crate::records::Record;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::acts;
use crate::seal::order;
use crate::sign::Act;

/// The state of a record, derived from its signatures and never typed.
///
/// The worst comes first: what does not hold; what was withdrawn or superseded for good; what was
/// returned or taken back, which ends with a change of the text; then the signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody has signed.
    #[default]
    Unsigned,
    /// Some steps are signed; the number is the step waited for.
    Waiting(usize),
    /// Every step that must be signed is.
    Signed,
    /// It was returned with a reason; the text is to be mended and signed anew.
    Returned,
    /// It was taken back: by its author before approval, or by who has authority after it.
    Withdrawn,
    /// Another record replaces it.
    Superseded,
    /// The text changed after it was signed; the new version has no signature.
    Changed,
    /// A signature does not hold.
    Faulty,
}

impl Standing {
    /// Every standing, in the order in which lists show them.
    pub const ALL: [Standing; 8] = [
        Self::Signed,
        Self::Waiting(0),
        Self::Unsigned,
        Self::Returned,
        Self::Withdrawn,
        Self::Superseded,
        Self::Changed,
        Self::Faulty,
    ];

    /// Derives the standing of a record from what is over its forms.
    pub fn of(record: &Record, seals: &Seals) -> Self {
        let Seals { current, acts, .. } = seals;
        if current.iter().chain(acts).any(|seal| !seal.holds()) {
            return Self::Faulty;
        }
        if seals
            .superseded_acts
            .iter()
            .flatten()
            .any(|act| !acts::stood(act))
        {
            return Self::Faulty;
        }
        let older = seals.superseded.iter().zip(&seals.superseded_acts);
        let settled = |act: Act| {
            let now = acts
                .iter()
                .any(|a| a.act() == act && acts::is_final(record, current, a));
            now || older.clone().any(|(seals, acts)| {
                acts.iter()
                    .any(|a| a.act() == act && acts::is_final(record, seals, a))
            })
        };
        let has = |act: Act| acts.iter().any(|a| a.act() == act);
        if settled(Act::Withdraw) || has(Act::Withdraw) {
            return Self::Withdrawn;
        }
        if settled(Act::Supersede) {
            return Self::Superseded;
        }
        if has(Act::Return) {
            return Self::Returned;
        }
        let all: Vec<&Seal> = current.iter().collect();
        match (0..record.steps.len()).find(|index| !order::is_complete(record, &all, *index)) {
            _ if current.is_empty() && is_changed(seals) => {
                let held = seals.superseded.iter().flatten().all(Seal::held);
                if held { Self::Changed } else { Self::Faulty }
            }
            _ if current.is_empty() => Self::Unsigned,
            Some(next) => Self::Waiting(next),
            None => Self::Signed,
        }
    }

    /// The act that it comes from.
    pub fn act(self) -> Option<Act> {
        match self {
            Self::Returned => Some(Act::Return),
            Self::Withdrawn => Some(Act::Withdraw),
            Self::Superseded => Some(Act::Supersede),
            _ => None,
        }
    }

    /// The code used in addresses and data.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "chua-ky",
            Self::Waiting(_) => "cho-ky",
            Self::Signed => "da-ky",
            Self::Returned => "tra-lai",
            Self::Withdrawn => "rut",
            Self::Superseded => "bi-thay-the",
            Self::Changed => "sua-sau-ky",
            Self::Faulty => "loi",
        }
    }

    /// What people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "Chưa ký",
            Self::Waiting(_) => "Chờ ký",
            Self::Signed => "Đã ký đủ",
            Self::Returned => "Trả lại",
            Self::Withdrawn => "Đã rút",
            Self::Superseded => "Bị thay thế",
            Self::Changed => "Sửa sau khi ký",
            Self::Faulty => "Chữ ký có lỗi",
        }
    }
}

/// Whether the text changed after it was signed, with nobody having returned or taken back the form
/// that was signed last: then the change is what was asked for.
fn is_changed(seals: &Seals) -> bool {
    if !seals.current.is_empty() {
        return false;
    }
    let last = |(seals, acts): &(&Vec<Seal>, &Vec<Seal>)| {
        let all = seals.iter().chain(acts.iter());
        all.filter_map(|seal| seal.examined.signing_time()).max()
    };
    let older = seals.superseded.iter().zip(&seals.superseded_acts);
    let newest = older.max_by_key(last);
    newest.is_some_and(|(_, acts)| !acts.iter().any(|act| acts::closes(act) && act.held()))
}
