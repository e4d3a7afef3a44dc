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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::lab::Authority;
    use crate::sign::lab::LONG;
    use crate::sign::lab::Person;
    use crate::sign::lab::Stamper;
    use crate::sign::level;

    #[test]
    fn something_added_is_told_from_something_else() {
        let [root, stampers] = ["root", "tsa"].map(|name| Authority::new(name, LONG));
        let (person, stamper) = (Person::new(&root, LONG), Stamper::new(&stampers, LONG));
        let [plain, other] =
            ["00:29:00", "00:29:01"].map(|time| person.sign(&format!("2024-09-09T{time}Z")));
        let stamp = |file: &[u8], time: &str| {
            let imprint = level::signature_stamp_imprint(file).expect("an imprint");
            let token = stamper.stamp(imprint, &format!("2024-09-09T{time}Z"));
            level::with_signature_stamp(file, &token).expect("stamped")
        };
        let one = stamp(&plain, "00:30:00");
        let two = stamp(&one, "00:31:00");
        let list = root.crl("2024-09-10T00:00:00Z", "2024-10-10T00:00:00Z", &[]);
        let all = level::with_revocation(&two, &[list], &[]).expect("raised");
        let steps = [&plain, &one, &two, &all];
        for (index, before) in steps.iter().enumerate() {
            for (number, after) in steps.iter().enumerate() {
                assert_eq!(
                    only_adds(before, after),
                    index <= number,
                    "{index} {number}"
                );
            }
            assert!(!only_adds(before, &other) && !only_adds(&other, before));
            assert!(!only_adds(before, b"x") && !only_adds(b"x", before));
        }
        // Another time-stamp in the place of the first is not an addition.
        assert!(!only_adds(&one, &stamp(&plain, "00:32:00")));
    }
}
