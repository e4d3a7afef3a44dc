//! Other people's signature files: several signers, content inside, BER, PEM.
//!
//! [`verify`](crate::sign::verify) is for the signatures of a school and takes our profile only. Here
//! the outside may be anything of RFC 5652; of each signer the same is asked. Counter-signatures
//! (RFC 5652 §11.4) are not examined, and that is said.

use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::cms;
use crate::sign::cms::Message;
use crate::sign::fault::Fault;
use crate::sign::trust::TrustStore;
use crate::sign::verify::Content;
use crate::sign::verify::Examined;
use crate::sign::verify::Part;
use crate::sign::verify::examine;

/// Verifies every signer of a signature file, in the order of the file.
///
/// `content` is what is said to be signed; without it the content inside the file is taken. Never
/// fails and never returns nothing: a file that cannot be read, or has no signer, gives one result
/// that says so.
pub fn verify_all(
    content: Option<&[u8]>,
    file: &[u8],
    store: &TrustStore,
    at: Timestamp,
) -> Vec<Examined> {
    let decoded = unarmoured(file);
    let file = decoded.as_deref().unwrap_or(file);
    let names = [Sha256::of(file), cms::core_digest(file)];
    let unread = |fault| vec![Examined::unread(names[1]).concluded(vec![fault], false)];
    let message = match Message::read(file) {
        Ok(message) => message,
        Err(fault) => return unread(fault),
    };
    if message.signers.is_empty() {
        return unread(Fault::SignerCount { count: 0 });
    }
    let content = content.or(message.content.as_deref());
    let content = content.map_or(Content::Missing, Content::Bytes);
    let signers = message.signers.iter().enumerate();
    let one = |(number, signer): (usize, &cms::RawSigner<'_>)| {
        let info = match signer.info() {
            Ok(info) => info,
            Err(fault) => return Examined::unread(names[1]).concluded(vec![fault], false),
        };
        let mut faults = message.version_faults(std::slice::from_ref(&info));
        if message.trailing > 0 {
            faults.push(Fault::TrailingBytes {
                count: message.trailing,
            });
        }
        let part = Part {
            message: &message,
            signer: number,
            file: message.of_signer(info),
            names,
        };
        examine(part, content, store, at, faults)
    };
    signers.map(one).collect()
}

/// Takes the base64 armour off (RFC 7468 §8 and §9), if there is one.
fn unarmoured(file: &[u8]) -> Option<Vec<u8>> {
    if !file.starts_with(b"-----BEGIN ") || file.len() > 2 * cms::FILE_LIMIT {
        return None;
    }
    let (label, der) = der::pem::decode_vec(file).ok()?;
    ["CMS", "PKCS7"].contains(&label).then_some(der)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Answer;
    use crate::sign::attacks::forgery::Forgery;
    use crate::sign::lab::Authority;
    use crate::sign::lab::CONTENT;
    use crate::sign::lab::LONG;
    use crate::sign::lab::Person;
    use crate::sign::lab::store;
    use crate::sign::sample;
    use crate::sign::sample::fixture;
    use crate::sign::sample::instant;
    use crate::sign::tlv;

    fn given() -> TrustStore {
        let mut store = TrustStore::default();
        let root = fixture!("root.pem");
        store.add_signers("goc", root).expect("an anchor");
        store
    }

    fn codes(examined: &Examined) -> Vec<&'static str> {
        examined.faults().iter().map(Fault::code).collect()
    }

    #[test]
    fn every_signer_is_told() {
        let (file, at) = (fixture!("two-signers.p7s"), instant("2030-01-01T00:00:00Z"));
        let all = verify_all(Some(fixture!("content.txt")), file, &given(), at);
        assert_eq!(all.len(), 2);
        for one in &all {
            assert_eq!([one.intact(), one.valid()], [Answer::Yes; 2]);
        }
        assert_ne!(all[0].certificate(), all[1].certificate());
        let all = verify_all(Some(b"other"), file, &given(), at);
        assert!(all.iter().all(|one| one.intact() == Answer::No));
    }

    #[test]
    fn content_may_be_inside_or_missing() {
        let (file, at) = (fixture!("attached.p7s"), instant("2030-01-01T00:00:00Z"));
        for content in [None, Some(fixture!("content.txt"))] {
            let all = verify_all(content, file, &given(), at);
            assert_eq!(all[0].intact(), Answer::Yes);
        }
        let all = verify_all(Some(b"other"), file, &given(), at);
        assert_eq!(all[0].verdict().to_string(), "TOTAL-FAILED/HASH_FAILURE");
        let detached = fixture!("cades-p256.p7s");
        let all = verify_all(None, detached, &given(), at);
        assert_eq!(codes(&all[0]), ["content-missing"]);
        let verdict = "INDETERMINATE/SIGNED_DATA_NOT_FOUND";
        assert_eq!(all[0].verdict().to_string(), verdict);
        assert_eq!(all[0].valid(), Answer::Yes);
    }

    #[test]
    fn armour_is_taken_off() {
        let at = instant("2030-01-01T00:00:00Z");
        let file = fixture!("cades-p256.p7s");
        for label in ["CMS", "PKCS7"] {
            let pem = der::pem::encode_string(label, der::pem::LineEnding::LF, file).unwrap();
            let all = verify_all(Some(fixture!("content.txt")), pem.as_bytes(), &given(), at);
            assert_eq!(codes(&all[0]), Vec::<&str>::new());
        }
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let store = TrustStore::default();
        for file in [b"none".as_slice(), b"", b"-----BEGIN CMS-----\n#\n"] {
            let all = verify_all(Some(CONTENT), file, &store, sample::at());
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].verdict().to_string(), "TOTAL-FAILED/FORMAT_FAILURE");
        }
        let nobody = Forgery {
            signers: 0,
            ..Forgery::new()
        };
        let all = verify_all(Some(CONTENT), &nobody.file(), &store, sample::at());
        assert_eq!(codes(&all[0]), ["signer-count"]);
    }

    #[test]
    fn counter_signatures_are_told_and_not_examined() {
        let authority = Authority::new("a", LONG);
        let file = Person::new(&authority, LONG).sign("2024-09-09T00:30:00Z");
        let kind = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.6");
        let counter = crate::sign::level::attribute(kind, &[0x30, 0]);
        let mut message = Message::read(&file).unwrap();
        let attribute = cms::RawAttribute::read(&tlv::Tlv::only(&counter).unwrap()).unwrap();
        message.signers[0].unsigned = Some(vec![attribute]);
        let store = store(&authority, &Authority::new("b", LONG));
        let at = instant("2024-09-10T00:00:00Z");
        let all = verify_all(Some(CONTENT), &message.to_der(), &store, at);
        assert_eq!(codes(&all[0]), ["counter-signatures-ignored"]);
        assert_eq!(all[0].trusted(), Answer::Yes);
    }
}
