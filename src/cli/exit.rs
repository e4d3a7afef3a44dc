//! Exit codes, in one place: 0 done, 1 the repository or archive is at fault, 2 the command line is
//! wrong, 3 the surroundings failed, 4 could not be determined.

use std::process::ExitCode;

use crate::diag::Refused;
use crate::diag::Words;
use crate::forge::accounts;
use crate::keys::KeyError;
use crate::out;
use crate::pipeline::Stop;
use crate::repo;
use crate::serve;
use crate::signing::Nobody;
use crate::web;

/// Done, nothing wrong.
pub const DONE: u8 = 0;
/// The repository or archive is at fault.
pub const AT_FAULT: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// The surroundings failed.
pub const FAILED: u8 = 3;
/// It could not be determined.
pub const UNDETERMINED: u8 = 4;

/// How a verb ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing wrong.
    Done,
    /// Findings were reported.
    AtFault,
    /// A verdict is INDETERMINATE.
    Undetermined,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => DONE,
            Self::AtFault => AT_FAULT,
            Self::Undetermined => UNDETERMINED,
        })
    }
}

/// Why a verb ended without doing its work.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The exit code.
    pub code: u8,
    /// What failed.
    pub message: Words,
    /// How to go on.
    pub help: Option<Words>,
}

impl Fault {
    /// The command line is wrong.
    pub fn usage(message: Words) -> Self {
        Self {
            code: USAGE,
            message,
            help: None,
        }
    }

    /// The repository is at fault.
    pub fn at_fault(message: Words) -> Self {
        Self {
            code: AT_FAULT,
            message,
            help: None,
        }
    }

    /// The surroundings failed.
    pub fn failed(message: Words) -> Self {
        Self {
            code: FAILED,
            message,
            help: None,
        }
    }

    /// The same, with how to go on.
    #[must_use]
    pub fn help(mut self, help: Words) -> Self {
        self.help = Some(help);
        self
    }
}

impl From<repo::Error> for Fault {
    fn from(error: repo::Error) -> Self {
        Self {
            code: FAILED,
            message: error.words(),
            help: error.hint(),
        }
    }
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self {
            code: if error.is_usage() { USAGE } else { FAILED },
            message: error.words(),
            help: error.help(),
        }
    }
}

impl From<out::Error> for Fault {
    fn from(error: out::Error) -> Self {
        Self {
            code: FAILED,
            message: error.words(),
            help: Some(error.hint()),
        }
    }
}

impl From<serve::Error> for Fault {
    fn from(error: serve::Error) -> Self {
        Self {
            code: FAILED,
            message: error.words(),
            help: error.hint(),
        }
    }
}

impl From<accounts::Error> for Fault {
    fn from(error: accounts::Error) -> Self {
        match error {
            accounts::Error::Repo(error) => error.into(),
            accounts::Error::Weak | accounts::Error::TooLong => Self::at_fault(error.words()),
            error => Self::failed(error.words()),
        }
    }
}

impl From<web::Error> for Fault {
    fn from(error: web::Error) -> Self {
        let fault = Self::failed(error.words());
        match error.hint() {
            Some(hint) => fault.help(hint),
            None => fault,
        }
    }
}

impl From<Nobody> for Fault {
    fn from(nobody: Nobody) -> Self {
        Self {
            code: match nobody {
                Nobody::Certificate(_) => FAILED,
                Nobody::NotOnTheRoster { .. } | Nobody::NoSuchPerson { .. } => AT_FAULT,
            },
            message: nobody.words(),
            help: nobody.help(),
        }
    }
}

impl From<Refused> for Fault {
    fn from(_: Refused) -> Self {
        Self::at_fault(Words::new(
            "kho có lỗi, xem các dòng trên",
            "the repository is at fault, see above",
        ))
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refused) => refused.into(),
            Stop::Repo(error) => error.into(),
        }
    }
}
