//! Order is proved, not remembered: each signature names the cores of the `.p7s` files of all
//! earlier steps ([`crate::sign::core_digest`]), so it cannot have been made before them.

use std::collections::BTreeSet;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::records::Record;
use crate::seal::Seal;
use crate::sign::Answer;

/// Whether `seal` covers exactly the signatures of the steps before its own, and those steps were
/// complete.
pub fn covers(record: &Record, seals: &[Seal], seal: &Seal) -> Answer {
    let (Some(step), Some(statement)) = (seal.step, seal.examined.statement()) else {
        return Answer::No;
    };
    let earlier: Vec<&Seal> = seals
        .iter()
        .filter(|s| s.step.is_some_and(|s| s < step))
        .collect();
    let there: BTreeSet<Sha256> = earlier.iter().map(|s| s.file.core).collect();
    let named: BTreeSet<Sha256> = statement.prior.iter().copied().collect();
    let complete = (0..step).all(|index| is_complete(record, &earlier, index));
    if there == named && complete {
        Answer::Yes
    } else {
        Answer::No
    }
}

/// Whether every signer of a step has signed.
pub fn is_complete(record: &Record, seals: &[&Seal], index: usize) -> bool {
    let step = &record.steps[index];
    if !step.digital {
        return true;
    }
    let signed = |who: &str| {
        seals
            .iter()
            .any(|s| s.step == Some(index) && s.signer() == Some(who))
    };
    if step.seal {
        signed(crate::seal::SEAL)
    } else {
        step.people.iter().all(|p| signed(&p.id))
    }
}

/// The finding that a signature does not cover what came before it.
pub fn fault(record: &Record, seal: &Seal) -> Finding {
    let place = Place::file(&seal.file.path);
    let message = match seal.step {
        None => Words::new(
            "chữ ký không nói rõ ký bước nào của hồ sơ này",
            "the signature does not say which step of this record it is for",
        ),
        Some(index) => {
            let step = &record.steps[index].step;
            Words::new(
                format!("chữ ký bước `{step}` không phủ lên đủ và đúng các chữ ký của bước trước"),
                format!(
                    "the signature of step `{step}` does not cover exactly the signatures of the steps before it"
                ),
            )
        }
    };
    Finding::new(Code::SignatureOrder, place, message).help(Words::new(
        "lấy lại các tệp .p7s từ lịch sử git, hoặc ký lại từ bước này",
        "restore the .p7s files from git's history, or sign again from this step on",
    ))
}
