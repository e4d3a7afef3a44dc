//! What is known of the revocation of every certificate that a signature rests on now: those of the
//! signer's path and of the paths of its time-stamps. It is what raising to level LT goes by.

use jiff::Timestamp;

use crate::sign::attributes::Rules;
use crate::sign::certificate::Certificate;
use crate::sign::cms;
use crate::sign::inspect;
use crate::sign::level::ARCHIVE_STAMP_V3;
use crate::sign::level::SIGNATURE_STAMP;
use crate::sign::path;
use crate::sign::path::Purpose;
use crate::sign::revocation;
use crate::sign::revocation::Control;
use crate::sign::revocation::Evidence;
use crate::sign::revocation::Status;
use crate::sign::timestamp;
use crate::sign::timestamp::Token;
use crate::sign::trust::TrustStore;

/// A certificate in a path, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// The certificate in DER.
    pub certificate: Vec<u8>,
    /// Who issued it, in DER.
    pub issuer: Vec<u8>,
    /// The proven time that evidence should not be older than, if there is one.
    pub since: Option<Timestamp>,
    /// What the evidence in the file and the store says.
    pub status: Status,
}

/// Asks about every certificate that the signature file rests on at `at`, the signer's first. `since`
/// is the time that is proven for the signature. A path that does not hold gives no question: the
/// verdict says why it does not.
pub fn inquire(
    file: &[u8],
    store: &TrustStore,
    since: Option<Timestamp>,
    at: Timestamp,
) -> Vec<Inquiry> {
    let mut faults = Vec::new();
    let Some((message, decoded)) = cms::decode_whole(file, &mut faults) else {
        return Vec::new();
    };
    let signer = inspect::inspect(&decoded, Rules::SIGNATURE, &mut faults);
    let mut evidence = Found::default();
    evidence.add(message.crls().map(<[u8]>::to_vec), message.ocsps());
    let mut stampers = Vec::new();
    for raw in message.signers.iter().flat_map(|signer| {
        let stamps = signer.unsigned_values(SIGNATURE_STAMP);
        stamps.chain(signer.unsigned_values(ARCHIVE_STAMP_V3))
    }) {
        let checked = Token::read(raw).and_then(|token| timestamp::check(&token));
        let Ok(checked) = checked else { continue };
        evidence.add(checked.crls, checked.ocsps);
        stampers.extend(checked.certificate.map(|one| (one, checked.certificates)));
    }
    let mut inquiries = Vec::new();
    let mut ask = |leaf: &Certificate, pool: &[Vec<u8>], purpose, since: Option<Timestamp>| {
        let time = since.unwrap_or(at);
        let Ok(path) = path::validate(leaf, pool, store, purpose, time) else {
            return;
        };
        let control = Control { time, now: at };
        let all = revocation::status(&path, pool, &evidence.pieces, store, control, &|_| at);
        for (index, status) in all.into_iter().enumerate() {
            let inquiry = Inquiry {
                certificate: path.certificates[index].der().to_vec(),
                issuer: path.issuer(index).der().to_vec(),
                since,
                status,
            };
            if !inquiries.contains(&inquiry) {
                inquiries.push(inquiry);
            }
        }
    };
    if let Some(certificate) = &signer.certificate {
        ask(certificate, &decoded.certificates, Purpose::Sign, since);
    }
    for (certificate, pool) in &stampers {
        ask(certificate, pool, Purpose::TimeStamp, None);
    }
    inquiries
}

/// When the certificate of the last time-stamp's authority ends; none without a time-stamp.
pub fn last_stamp_ends(file: &[u8]) -> Option<Timestamp> {
    let message = cms::Message::read(file).ok()?;
    let signers = message.signers.iter();
    let tokens = signers.flat_map(|signer| {
        let stamps = signer.unsigned_values(SIGNATURE_STAMP);
        stamps.chain(signer.unsigned_values(ARCHIVE_STAMP_V3))
    });
    let ends = tokens.filter_map(|raw| {
        let token = Token::read(raw).ok()?;
        let certificate = timestamp::check(&token).ok()?.certificate?;
        Some(certificate.facts().not_after)
    });
    ends.max()
}

/// Evidence that can be read; the rest says nothing.
#[derive(Default)]
struct Found {
    pieces: Vec<Evidence>,
}

impl Found {
    fn add(
        &mut self,
        crls: impl IntoIterator<Item = Vec<u8>>,
        ocsps: impl IntoIterator<Item = Vec<u8>>,
    ) {
        let crls = crls.into_iter().filter_map(|der| Evidence::crl(&der).ok());
        self.pieces.extend(crls);
        let ocsps = ocsps.into_iter();
        self.pieces
            .extend(ocsps.filter_map(|der| Evidence::ocsp(&der).ok()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::lab;
    use crate::sign::lab::Authority;
    use crate::sign::lab::LONG;
    use crate::sign::lab::PERSON_SERIAL;
    use crate::sign::lab::Person;
    use crate::sign::lab::Stamper;
    use crate::sign::level;
    use crate::sign::revocation::Why;
    use crate::sign::sample::instant;

    const SIGNED: &str = "2024-09-09T00:29:00Z";
    const STAMPED: &str = "2024-09-09T00:30:00Z";
    const LATER: &str = "2024-09-10T00:00:00Z";
    const NEXT: &str = "2024-10-10T00:00:00Z";

    #[test]
    fn every_certificate_of_every_path_is_asked_about() {
        let [root, stampers] = ["root", "tsa"].map(|name| Authority::new(name, LONG));
        let (person, stamper) = (Person::new(&root, LONG), Stamper::new(&stampers, LONG));
        let mut store = lab::store(&root, &stampers);
        let at = instant(LATER);
        let plain = person.sign(SIGNED);
        let unknown = Status::Unknown { why: Why::Missing };

        let asked = inquire(&plain, &store, None, at);
        assert_eq!(asked.len(), 1);
        assert_eq!(
            (&asked[0].status, &asked[0].certificate),
            (&unknown, &person.certificate)
        );
        assert_eq!(asked[0].issuer, root.der());
        assert_eq!(last_stamp_ends(&plain), None);

        let imprint = level::signature_stamp_imprint(&plain).expect("an imprint");
        let token = stamper.stamp(imprint, STAMPED);
        let stamped = level::with_signature_stamp(&plain, &token).expect("stamped");
        assert_eq!(last_stamp_ends(&stamped), Some(instant(LONG.1)));
        let since = Some(instant(STAMPED));
        let asked = inquire(&stamped, &store, since, at);
        assert_eq!(asked.len(), 2);
        assert!(asked.iter().all(|one| one.status == unknown));
        assert_eq!(asked[1].certificate, stamper.certificate);

        // One list lies beside the file, the other in it.
        store.add_crl(&root.crl(LATER, NEXT, &[])).expect("a list");
        let list = stampers.crl(LATER, NEXT, &[]);
        let raised = level::with_revocation(&stamped, &[list], &[]).expect("raised");
        let asked = inquire(&raised, &store, since, at);
        let good = |one: &Inquiry| matches!(one.status, Status::Good { .. });
        assert!(asked.len() == 2 && asked.iter().all(good), "{asked:?}");
    }

    #[test]
    fn a_revocation_counts_from_the_time_that_is_proven() {
        let [root, stampers] = ["root", "tsa"].map(|name| Authority::new(name, LONG));
        let person = Person::new(&root, LONG);
        let mut store = lab::store(&root, &stampers);
        let revoked = [(PERSON_SERIAL, LATER, false)];
        store
            .add_crl(&root.crl(LATER, NEXT, &revoked))
            .expect("a list");
        let file = person.sign(SIGNED);
        let status = |since| {
            inquire(&file, &store, since, instant(NEXT))[0]
                .status
                .clone()
        };
        assert!(matches!(status(None), Status::Revoked { .. }));
        assert!(matches!(
            status(Some(instant(STAMPED))),
            Status::Good { .. }
        ));
    }

    #[test]
    fn bytes_that_are_no_signature_raise_no_question() {
        let [root, stampers] = ["root", "tsa"].map(|name| Authority::new(name, LONG));
        let store = lab::store(&root, &stampers);
        assert_eq!(inquire(b"x", &store, None, instant(LATER)), []);
        assert_eq!(last_stamp_ends(b"x"), None);
    }
}
