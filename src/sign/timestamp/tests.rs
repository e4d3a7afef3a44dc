//! Asking, and refusing what comes back.

use super::*;
use crate::sign::lab::Authority;
use crate::sign::lab::How;
use crate::sign::lab::LONG;
use crate::sign::lab::Stamper;
use crate::sign::lab::TIME_STAMPING;
use crate::sign::lab::store;
use crate::sign::sample::instant;

const AT: &str = "2024-09-09T00:30:00Z";

struct Case {
    store: TrustStore,
    stamper: Stamper,
}

impl Case {
    fn new() -> Self {
        let (signers, stampers) = (Authority::new("a", LONG), Authority::new("b", LONG));
        Self {
            store: store(&signers, &stampers),
            stamper: Stamper::new(&stampers, LONG),
        }
    }

    fn ask(&self) -> Result<Token, Refusal> {
        let request = Request::over(Sha256::of(b"x"), 5);
        let response = self.stamper.respond(request.imprint(), AT, 5);
        accept(&response, &request, &self.store, instant(AT))
    }

    fn asked(how: How) -> Result<Token, Refusal> {
        let mut case = Self::new();
        case.stamper.how = how;
        case.ask()
    }
}

fn code(refused: Result<Token, Refusal>) -> &'static str {
    match refused {
        Err(Refusal::Faulty { fault } | Refusal::Malformed { fault }) => fault.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_what_rfc_3161_says() {
    let der = Request::over(Sha256::of(b"x"), 0x80).to_der();
    let mut fields = Tlv::only(&der).unwrap().fields().unwrap();
    assert_eq!(fields.any().unwrap().raw, [2, 1, 1]);
    assert!(
        fields
            .any()
            .unwrap()
            .raw
            .ends_with(Sha256::of(b"x").as_bytes())
    );
    assert_eq!(fields.any().unwrap().raw, [2, 2, 0, 0x80]);
    assert_eq!(fields.any().unwrap().raw, [1, 1, 0xff]);
    assert_eq!(fields.end(), Ok(()));
    assert_eq!(Request::over(Sha256::of(b"x"), 0).nonce_bytes(), [0]);
    assert_eq!(
        Request::over(Sha256::of(b"x"), u64::MAX)
            .nonce_bytes()
            .len(),
        9
    );
}

#[test]
fn good_answers_are_taken() {
    for how in [How::Plain, How::Sha1Reference, How::Ber] {
        let token = Case::asked(how).unwrap();
        assert_eq!(token.gen_time(), instant("2024-09-09T00:30:00.25Z"));
        assert_eq!((token.serial(), &*token.policy()), ("09", "1.2.3.4"));
        let accuracy = Some(SignedDuration::from_secs(1));
        assert_eq!(token.info.accuracy, accuracy);
        let checked = check(&token).unwrap();
        assert_eq!(checked.by_sha1, how == How::Sha1Reference);
        assert_eq!(checked.faults, []);
    }
}

#[test]
fn answers_to_something_else_are_refused() {
    let case = Case::new();
    let request = Request::over(Sha256::of(b"x"), 5);
    let other = case.stamper.respond(Sha256::of(b"y"), AT, 5);
    let ask = |response: &[u8], now| accept(response, &request, &case.store, instant(now));
    assert_eq!(ask(&other, AT), Err(Refusal::Imprint));
    assert_eq!(Case::asked(How::OtherNonce), Err(Refusal::Nonce));
    let response = case.stamper.respond(request.imprint(), AT, 5);
    for now in ["2024-09-09T00:45:00Z", "2024-09-09T00:15:00Z"] {
        assert!(matches!(ask(&response, now), Err(Refusal::Time { .. })));
    }
    assert!(ask(&response, "2024-09-09T00:38:00Z").is_ok());
}

#[test]
fn tokens_that_do_not_hold_are_refused() {
    assert_eq!(code(Case::asked(How::Changed)), "digest-mismatch");
    assert_eq!(code(Case::asked(How::Bare)), "certificate-missing");
}

#[test]
fn others_than_stampers_are_refused() {
    // Trusted for signatures only.
    let mut case = Case::new();
    let signers = Authority::new("a", LONG);
    case.stamper = Stamper::new(&signers, LONG);
    assert_eq!(code(case.ask()), "chain-not-found");
    // Trusted, but the certificate is for other things too, or does not insist.
    let stampers = Authority::new("b", LONG);
    case.store = store(&signers, &stampers);
    let client = "1.3.6.1.5.5.7.3.2";
    for (critical, purposes) in [
        (false, &[TIME_STAMPING][..]),
        (true, &[TIME_STAMPING, client]),
        (true, &[client]),
    ] {
        case.stamper = Stamper::with_purpose(&stampers, LONG, critical, purposes);
        assert_eq!(code(case.ask()), "stamp-usage-unsuitable");
    }
    case.stamper = Stamper::new(&stampers, ("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"));
    assert_eq!(code(case.ask()), "authority-expired");
}

#[test]
fn refusals_of_the_authority_are_told() {
    let store = TrustStore::default();
    let request = Request::over(Sha256::of(b"x"), 5);
    let ask = |response: &[u8]| accept(response, &request, &store, instant(AT)).unwrap_err();
    // status 2, text, failInfo bit 14.
    let texts = tlv::write(tlv::SEQUENCE, &[&[0x0c, 2, b'n', b'o']]);
    let failure = [3, 4, 1, 0, 2, 0];
    let status = tlv::write(tlv::SEQUENCE, &[&[2, 1, 2], &texts, &failure]);
    let refused = ask(&tlv::write(tlv::SEQUENCE, &[&status]));
    let (text, failure) = ("no".to_string(), Some(14));
    assert_eq!(
        refused,
        Refusal::Rejected {
            status: 2,
            text,
            failure
        }
    );
    assert_eq!(
        refused.words().en,
        "the authority refused (status 2, failure 14: no)"
    );
    for other in [
        ask(b"<html>"),
        ask(&[0x30, 5, 0x30, 3, 2, 1, 0]),
        Refusal::Imprint,
        Refusal::Nonce,
        Refusal::Time {
            gen_time: instant(AT),
            now: instant(AT),
        },
        Refusal::Faulty {
            fault: Fault::SignatureMismatch {},
        },
    ] {
        assert_ne!(other.words().vi, other.words().en);
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let token = Case::asked(How::Plain).unwrap();
    let trailing = [token.der(), &[0]].concat();
    let refused = Token::read(&trailing).unwrap_err();
    assert_eq!(refused.code(), "trailing-bytes");
    let signature = crate::sign::attacks::forgery::Forgery::new().file();
    let refused = Token::read(&signature).unwrap_err();
    assert_eq!(refused.code(), "content-type-unsupported");
}
