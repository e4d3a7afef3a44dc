//! Levels are raised, the signature stays what it is.

use super::*;
use crate::sign::lab::Authority;
use crate::sign::lab::CONTENT;
use crate::sign::lab::How;
use crate::sign::lab::LONG;
use crate::sign::lab::Person;
use crate::sign::lab::Stamper;
use crate::sign::sample::fixture;

const SIGNED: &str = "2024-09-09T00:30:00Z";
const LATER: &str = "2025-09-09T00:30:00Z";

struct Case {
    authority: Authority,
    person: Person,
    stamper: Stamper,
}

fn case() -> Case {
    let authority = Authority::new("a", LONG);
    Case {
        person: Person::new(&authority, LONG),
        stamper: Stamper::new(&Authority::new("b", LONG), LONG),
        authority,
    }
}

fn with_stamp(case: &Case, file: &[u8]) -> Vec<u8> {
    let imprint = signature_stamp_imprint(file).unwrap();
    with_signature_stamp(file, &case.stamper.stamp(imprint, SIGNED)).unwrap()
}

fn with_archive(case: &Case, file: &[u8], at: &str) -> Vec<u8> {
    let content = Sha256::of(CONTENT);
    let imprint = archive_stamp_imprint(file, content).unwrap();
    with_archive_stamp(file, content, &case.stamper.stamp(imprint, at)).unwrap()
}

#[test]
fn from_the_lowest_to_the_highest() {
    let mut case = case();
    let basic = case.person.sign(SIGNED);
    let crl = case.authority.crl(SIGNED, LATER, &[]);
    let ocsp = vec![0x30, 3, 0x0a, 1, 0];
    for how in [How::Plain, How::Ber] {
        case.stamper.how = how;
        let stamped = with_stamp(&case, &basic);
        let evident = with_revocation(
            &stamped,
            std::slice::from_ref(&crl),
            std::slice::from_ref(&ocsp),
        )
        .unwrap();
        let archived = with_archive(&case, &evident, SIGNED);
        let renewed = with_archive(&case, &archived, LATER);
        let files = [&basic, &stamped, &evident, &archived, &renewed];
        let levels = [Level::B, Level::T, Level::Lt, Level::Lta, Level::Lta];
        for (file, level) in files.into_iter().zip(levels) {
            assert_eq!(of(file), level);
            assert_eq!(core_digest(file), Sha256::of(&basic));
        }
        let message = Message::read(&renewed).unwrap();
        assert_eq!(message.version, 5);
        let stamps: Vec<_> = message.signers[0]
            .unsigned_values(ARCHIVE_STAMP_V3)
            .collect();
        assert_eq!(stamps.len(), 2);
        for stamp in stamps {
            check_archive(&message, stamp).unwrap();
        }
    }
}

fn check_archive(message: &Message<'_>, stamp: &[u8]) -> Result<index::Covered, Fault> {
    let token = Token::read(stamp).unwrap();
    let inside = Message::read(stamp).unwrap();
    let index = Index::of_token(&inside)?;
    let signer = &message.signers[0];
    let content = token.info.imprint.digest()?.of(CONTENT);
    let over = index::covered(message, signer, &content, index.raw());
    assert_eq!(token.info.imprint.is_over(&over), Ok(true));
    index.covered(message, signer)
}

#[test]
fn what_is_there_is_not_added_again() {
    let case = case();
    let file = case.person.sign(SIGNED);
    let crl = case.authority.crl(SIGNED, LATER, &[]);
    let other = case.authority.crl(LATER, "2026-09-09T00:30:00Z", &[]);
    let once = with_revocation(&file, std::slice::from_ref(&crl), &[]).unwrap();
    let again = with_revocation(&once, &[crl.clone(), crl.clone()], &[]).unwrap();
    assert_eq!(once, again);
    let both = with_revocation(&once, std::slice::from_ref(&other), &[]).unwrap();
    let turned = with_revocation(&file, &[other, crl], &[]).unwrap();
    assert_eq!(both, turned);
    assert_eq!(Message::read(&both).unwrap().version, 1);
    assert_eq!(with_revocation(&file, &[], &[]).unwrap(), file);
    assert!(with_revocation(&file, &[vec![4, 0]], &[]).is_err());
}

#[test]
fn an_archive_stamp_covers_what_was_there_and_misses_what_is_gone() {
    let case = case();
    let stamped = with_stamp(&case, &case.person.sign(SIGNED));
    let crl = case.authority.crl(SIGNED, LATER, &[]);
    let evident = with_revocation(&stamped, std::slice::from_ref(&crl), &[]).unwrap();
    let archived = with_archive(&case, &evident, SIGNED);
    let later = case.authority.crl(LATER, "2026-09-09T00:30:00Z", &[]);
    let more = with_revocation(&archived, std::slice::from_ref(&later), &[]).unwrap();
    let mut message = Message::read(&more).unwrap();
    let stamp = message.signers[0]
        .unsigned_values(ARCHIVE_STAMP_V3)
        .next()
        .unwrap();
    let covered = check_archive(&message, stamp).unwrap();
    assert_eq!(covered.certificates.len(), 1);
    assert!(covered.revocations.contains(&Sha256::of(&crl)));
    assert!(!covered.revocations.contains(&Sha256::of(&later)));
    assert_eq!(covered.values.len(), 1);
    message.revocations = None;
    assert_eq!(
        check_archive(&message, stamp),
        Err(Fault::HashIndexMismatch { count: 1 })
    );
}

#[test]
fn stamps_over_something_else_are_not_added() {
    let case = case();
    let file = case.person.sign(SIGNED);
    let other = case.stamper.stamp(Sha256::of(b"other"), SIGNED);
    assert_eq!(
        with_signature_stamp(&file, &other),
        Err(LevelError::Imprint)
    );
    let content = Sha256::of(CONTENT);
    let archive = with_archive_stamp(&file, content, &other);
    assert_eq!(archive, Err(LevelError::Imprint));
    // The file has changed since the imprint was taken.
    let imprint = archive_stamp_imprint(&file, content).unwrap();
    let token = case.stamper.stamp(imprint, SIGNED);
    let stamped = with_stamp(&case, &file);
    let archive = with_archive_stamp(&stamped, content, &token);
    assert_eq!(archive, Err(LevelError::Imprint));
}

#[test]
fn other_files_are_refused_with_words() {
    let errors = [
        signature_stamp_imprint(b"none").unwrap_err(),
        signature_stamp_imprint(fixture!("two-signers.p7s")).unwrap_err(),
        with_revocation(&case().person.sign(SIGNED), &[big()], &[]).unwrap_err(),
        LevelError::Imprint,
        LevelError::Altered,
    ];
    assert!(matches!(errors[1], LevelError::SignerCount { count: 2 }));
    assert!(matches!(errors[2], LevelError::TooLarge { .. }));
    for error in errors {
        assert_ne!(error.words().vi, error.words().en);
    }
    assert_eq!(of(b"none"), Level::B);
    assert_eq!(of(fixture!("two-signers.p7s")), Level::B);
    assert_eq!(Level::Lta.as_str(), "B-LTA");
}

fn big() -> Vec<u8> {
    tlv::write(tlv::SEQUENCE, &[&vec![0; FILE_LIMIT]])
}
