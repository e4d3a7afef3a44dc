//! One bit changed, anywhere: in a signature file every bit of every byte, in the content samples.
//!
//! What CMS does not protect (RFC 5652 §5.4: the signature is over the signed attributes, and they name
//! the content and the certificate) can be changed without a key. [`unprotected`] lists all of it; a
//! changed file means the same, and has another digest, so a signature of a later step that
//! covers this one no longer does.

use std::ops::Range;
use std::thread;

use proptest::prelude::*;

use crate::sign::Answer;
use crate::sign::Scheme;
use crate::sign::attacks::HASH;
use crate::sign::attacks::examine;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::lab;
use crate::sign::lab::Authority;
use crate::sign::lab::LONG;
use crate::sign::lab::Person;
use crate::sign::lab::Stamper;
use crate::sign::lab::store;
use crate::sign::level;
use crate::sign::level::Level;
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::verdict::Verdict;
use crate::sign::verify;

/// Where `part` begins in `file`.
fn find(file: &[u8], part: &[u8]) -> usize {
    let mut windows = file.windows(part.len());
    windows.position(|window| window == part).expect("the part")
}

/// What can be changed without a fault: the version of SignedData (RFC 5652 §5.1 fixes it by what is
/// inside, and nothing is derived from it), the list of digest algorithms outside the SignerInfo (§5.1:
/// a hint for one-pass reading), and the constructed bit of the signed digest's own tag.
fn unprotected(file: &[u8]) -> [Range<usize>; 3] {
    let version = der_of(&1u8);
    let scheme = Scheme::ECDSA_SHA256;
    let digests = tlv(0x31, &[der_of(&scheme.digest().identifier())]);
    let start = find(file, &[version.clone(), digests.clone()].concat());
    let list = start + version.len();
    let digest = find(file, &tlv(0x04, &[scheme.digest().of(CONTENT)]));
    [
        start + 2..start + 3,
        list + 2..list + digests.len(),
        digest..digest + 1,
    ]
}

#[test]
fn every_bit_of_a_signature_file() {
    let file = Forgery::new().file();
    let good = examine(CONTENT, &file);
    let unprotected = unprotected(&file);
    let check = |at: usize| {
        for bit in 0..8 {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            let examined = examine(CONTENT, &flipped);
            let answers = [examined.intact(), examined.valid(), examined.trusted()];
            if answers != [Answer::Yes; 3] {
                assert_ne!(examined.faults(), [], "byte {at}, bit {bit}");
                continue;
            }
            assert!(
                unprotected.iter().any(|range| range.contains(&at)),
                "byte {at}, bit {bit}: accepted"
            );
            assert_eq!(examined.statement(), good.statement());
            assert_eq!(examined.certificate(), good.certificate());
            assert_eq!(examined.signing_time(), good.signing_time());
        }
    };
    thread::scope(|scope| {
        for first in 0..4 {
            let check = &check;
            let places = (first..file.len()).step_by(4);
            scope.spawn(move || places.for_each(check));
        }
    });
}

#[test]
fn bytes_cut_off_or_put_in() {
    let file = Forgery::new().file();
    for at in (0..file.len()).step_by(7) {
        let cut = examine(CONTENT, &file[..at]);
        assert_eq!(cut.valid(), Answer::No, "cut at {at}");
        let doubled = [&file[..at], &file[at..=at], &file[at..]].concat();
        let examined = examine(CONTENT, &doubled);
        assert_ne!(examined.faults(), [], "byte {at} twice");
        assert_ne!(
            [examined.intact(), examined.valid(), examined.trusted()],
            [Answer::Yes; 3]
        );
    }
}

proptest! {
    /// A form is a hundred times larger than what can be tried out, so samples of it.
    #[test]
    fn any_byte_of_the_content(
        content in proptest::collection::vec(any::<u8>(), 1..4000),
        place in any::<proptest::sample::Index>(),
        bit in 0u8..8,
    ) {
        let digest = Scheme::ECDSA_SHA256.digest().of(&content);
        let value = super::octets(&digest);
        let file = Forgery::new().set(const_oid::db::rfc5911::ID_MESSAGE_DIGEST, &[value]).file();
        prop_assert!(examine(&content, &file).faults().is_empty());
        let mut changed = content.clone();
        changed[place.index(content.len())] ^= 1 << bit;
        let examined = examine(&changed, &file);
        let codes: Vec<_> = examined.faults().iter().map(|fault| fault.code()).collect();
        prop_assert_eq!(codes, ["digest-mismatch"]);
        prop_assert_eq!(examined.verdict().to_string(), HASH);
    }
}

/// A file of level LT, verified after the signer's certificate has ended: all that it says rests on the
/// time-stamp and the revocation lists, which are not signed by the signer.
#[test]
fn every_byte_of_a_raised_file() {
    let (signers, stampers) = (Authority::new("a", LONG), Authority::new("b", LONG));
    let span = ("2024-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let basic = Person::new(&signers, span).sign("2024-09-09T00:30:00Z");
    let imprint = level::signature_stamp_imprint(&basic).unwrap();
    let token = Stamper::new(&stampers, LONG).stamp(imprint, "2024-09-09T00:31:00Z");
    let stamped = level::with_signature_stamp(&basic, &token).unwrap();
    let week = ("2024-09-10T00:00:00Z", "2024-09-17T00:00:00Z");
    let crls = [&signers, &stampers].map(|by| by.crl(week.0, week.1, &[]));
    let file = level::with_revocation(&stamped, &crls, &[]).unwrap();
    let store = store(&signers, &stampers);
    let at = sample::instant("2029-01-01T00:00:00Z");
    let examine = |file: &[u8]| verify(lab::CONTENT, file, &store, at);
    let good = examine(&file);
    assert_eq!(good.verdict(), Verdict::TotalPassed);
    assert_eq!(good.level(), Level::Lt);
    let check = |at: usize| {
        let mut flipped = file.clone();
        flipped[at] ^= 1 << (at % 8);
        let examined = examine(&flipped);
        let proven = examined.best_signature_time();
        assert!(
            proven.is_none() || proven == good.best_signature_time(),
            "byte {at}: another time is proven"
        );
        if examined.verdict() == Verdict::TotalPassed {
            assert_eq!(examined.statement(), good.statement(), "byte {at}");
            assert_eq!(examined.certificate(), good.certificate(), "byte {at}");
            assert_eq!(examined.signing_time(), good.signing_time(), "byte {at}");
            assert_eq!(proven, good.best_signature_time(), "byte {at}");
        }
    };
    thread::scope(|scope| {
        for first in 0..4 {
            let check = &check;
            let places = (first..file.len()).step_by(4);
            scope.spawn(move || places.for_each(check));
        }
    });
}
