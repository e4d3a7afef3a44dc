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
use crate::seal::acts;
use crate::sign::Answer;

/// Whether `seal` covers exactly the signatures of the steps before its own, those steps were complete,
/// and none of them claims a later day.
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
    // Clocks differ by minutes; nobody signs on a day before that of what is signed over.
    let in_time = earlier.iter().all(|s| s.day() <= seal.day());
    if there == named && complete && in_time {
        Answer::Yes
    } else {
        Answer::No
    }
}

/// Whether every signer of a step has signed; where any two or more are asked for, so many different
/// people.
pub fn is_complete(record: &Record, seals: &[&Seal], index: usize) -> bool {
    let step = &record.steps[index];
    if !step.digital {
        return true;
    }
    let signed: BTreeSet<&str> = seals
        .iter()
        .filter(|s| s.step == Some(index))
        .filter_map(|s| s.signer())
        .collect();
    if step.seal {
        return signed.contains(crate::seal::SEAL);
    }
    let people: BTreeSet<&str> = step.people.iter().map(|p| p.id.as_str()).collect();
    if step.is_for_all() {
        people.is_subset(&signed)
    } else {
        people.intersection(&signed).count() >= step.needed
    }
}

/// Whether the signer of a step signed one of those whose signers may not: where any two or more sign
/// a step, only the signatures tell who did.
pub fn is_own(record: &Record, seals: &[Seal], seal: &Seal) -> bool {
    let Some(step) = seal.step.and_then(|index| record.steps.get(index)) else {
        return false;
    };
    seals.iter().any(|other| {
        let barred = other
            .step
            .is_some_and(|index| step.other_than.contains(&index));
        barred && other.signer().is_some() && other.signer() == seal.signer()
    })
}

/// Whether a signature was made over a form that had been returned or withdrawn: its time is not before
/// that of an act that does not know of it.
pub fn is_over_closed(acts: &[Seal], seal: &Seal) -> bool {
    acts.iter().any(|act| {
        acts::closes(act) && act.holds() && !act.names(seal) && seal.when() >= act.when()
    })
}

/// The finding that a signature was made over a form that had been returned or withdrawn.
pub fn closed(seal: &Seal) -> Finding {
    Finding::new(
        Code::SignatureOrder,
        Place::file(&seal.file.path),
        Words::new(
            "chữ ký này ký lên bản đã bị trả lại hoặc đã rút",
            "this signature is over a form that had been returned or withdrawn",
        ),
    )
    .help(Words::new(
        "sửa văn bản rồi ký lại từ bước đầu; bản đã trả lại không ký tiếp được",
        "mend the text and sign again from the first step; a returned form cannot be signed on",
    ))
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
