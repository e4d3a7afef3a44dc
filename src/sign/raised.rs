//! Whether one file is another with something added: what allows `renew` to replace a file at all.

use crate::sign::cms::Message;
use crate::sign::cms::RawSigner;

/// Tells whether `after` is the signature `before` with nothing changed and nothing taken away: one
/// core (what was signed, by whom), every unsigned attribute value and every piece of revocation
/// data of `before` still there, byte for byte.
pub fn only_adds(before: &[u8], after: &[u8]) -> bool {
    let (Ok(old), Ok(new)) = (Message::read(before), Message::read(after)) else {
        return false;
    };
    if old.trailing > 0 || new.trailing > 0 || old.core() != new.core() {
        return false;
    }
    let ([old_signer], [new_signer]) = (&old.signers[..], &new.signers[..]) else {
        return false;
    };
    let revocations = |message: &Message<'_>| {
        let mut all: Vec<Vec<u8>> = message.crls().map(<[u8]>::to_vec).collect();
        all.extend(message.ocsps());
        all
    };
    contains(unsigned(new_signer), unsigned(old_signer))
        && contains(revocations(&new), revocations(&old))
}

/// Every unsigned attribute value with its type.
fn unsigned(signer: &RawSigner<'_>) -> Vec<Vec<u8>> {
    let attributes = signer.unsigned.iter().flatten();
    attributes
        .flat_map(|attribute| {
            let one = |value: &&[u8]| [attribute.raw_type, value].concat();
            attribute.values.iter().map(one)
        })
        .collect()
}

/// Whether `all` holds every entry of `some`, each as often.
fn contains(mut all: Vec<Vec<u8>>, some: Vec<Vec<u8>>) -> bool {
    some.iter()
        .all(|one| match all.iter().position(|other| other == one) {
            Some(index) => {
                all.swap_remove(index);
                true
            }
            None => false,
        })
}
