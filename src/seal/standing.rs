//! Where a record stands in its chain.

use crate::records::Record;
use crate::seal::Seal;
use crate::seal::order;

/// The state of a record, derived from its signatures and never typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody has signed.
    #[default]
    Unsigned,
    /// Some steps are signed; the number is the step waited for.
    Waiting(usize),
    /// Every step that must be signed is.
    Signed,
    /// The text changed after it was signed; the new version has no signature.
    Changed,
    /// A signature does not hold.
    Faulty,
}

impl Standing {
    /// Every standing, in the order in which lists show them.
    pub const ALL: [Standing; 5] = [
        Self::Signed,
        Self::Waiting(0),
        Self::Unsigned,
        Self::Changed,
        Self::Faulty,
    ];

    /// Derives the standing of a record from the signatures over its present form.
    pub fn of(record: &Record, seals: &[Seal], superseded: bool) -> Self {
        if seals.iter().any(|seal| !seal.holds()) {
            return Self::Faulty;
        }
        let all: Vec<&Seal> = seals.iter().collect();
        match (0..record.steps.len()).find(|index| !order::is_complete(record, &all, *index)) {
            _ if seals.is_empty() && superseded => Self::Changed,
            _ if seals.is_empty() => Self::Unsigned,
            Some(next) => Self::Waiting(next),
            None => Self::Signed,
        }
    }

    /// The code used in addresses and data.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "chua-ky",
            Self::Waiting(_) => "cho-ky",
            Self::Signed => "da-ky",
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
            Self::Changed => "Sửa sau khi ký",
            Self::Faulty => "Chữ ký có lỗi",
        }
    }
}
