//! What time-stamps, archives and revocation data make of a signature.

use proptest::prelude::*;

use super::*;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::lab::Authority;
use crate::sign::lab::CONTENT;
use crate::sign::lab::How;
use crate::sign::lab::LONG;
use crate::sign::lab::Person;
use crate::sign::lab::Span;
use crate::sign::lab::Stamper;
use crate::sign::lab::store;
use crate::sign::level;
use crate::sign::level::ARCHIVE_STAMP_V3;
use crate::sign::level::Level;
use crate::sign::sample::instant;
use crate::sign::verify;

const SIGNED: &str = "2024-09-09T00:30:00Z";
const STAMPED: &str = "2024-09-09T00:31:00Z";
const AFTER: &str = "2025-09-09T00:30:00Z";
const LATE: &str = "2028-01-01T00:00:00Z";
/// The usual life of a certificate on a token.
const SHORT: Span = ("2024-08-01T00:00:00Z", "2027-07-31T23:59:59Z");

struct World {
    signers: Authority,
    stampers: Authority,
    person: Person,
    stamper: Stamper,
    store: TrustStore,
}

impl World {
    fn new() -> Self {
        let (signers, stampers) = (Authority::new("a", LONG), Authority::new("b", LONG));
        Self {
            person: Person::new(&signers, SHORT),
            stamper: Stamper::new(&stampers, LONG),
            store: store(&signers, &stampers),
            signers,
            stampers,
        }
    }

    fn stamped(&self, file: &[u8], at: &str) -> Vec<u8> {
        let imprint = level::signature_stamp_imprint(file).unwrap();
        level::with_signature_stamp(file, &self.stamper.stamp(imprint, at)).unwrap()
    }

    fn archived(&self, file: &[u8], at: &str) -> Vec<u8> {
        let content = Sha256::of(CONTENT);
        let imprint = level::archive_stamp_imprint(file, content).unwrap();
        level::with_archive_stamp(file, content, &self.stamper.stamp(imprint, at)).unwrap()
    }

    fn verify(&self, file: &[u8], at: &str) -> Examined {
        verify(CONTENT, file, &self.store, instant(at))
    }

    #[track_caller]
    fn check(&self, file: &[u8], at: &str, codes: &[&str], verdict: &str) -> Examined {
        let examined = self.verify(file, at);
        assert_eq!(codes_of(&examined), codes);
        assert_eq!(examined.verdict().to_string(), verdict);
        examined
    }
}

fn codes_of(examined: &Examined) -> Vec<&'static str> {
    examined.faults().iter().map(Fault::code).collect()
}

/// The code of what is wrong with the only time-stamp that is left aside.
fn aside(examined: &Examined) -> &'static str {
    let mut reasons = examined.faults().iter().filter_map(|fault| match fault {
        Fault::StampRefused { reason, .. } => Some(reason.code()),
        _ => None,
    });
    let only = reasons.next().unwrap();
    assert_eq!(reasons.next(), None);
    only
}

const OPEN: &str = "INDETERMINATE/TRY_LATER";
const BOUNDS: &str = "INDETERMINATE/OUT_OF_BOUNDS_NO_POE";

#[test]
fn a_time_stamp_proves_when() {
    let world = World::new();
    let basic = world.person.sign(SIGNED);
    let examined = world.check(&basic, AFTER, &[], OPEN);
    assert_eq!(
        (examined.level(), examined.best_signature_time()),
        (Level::B, None)
    );

    let file = world.stamped(&basic, STAMPED);
    let examined = world.check(&file, AFTER, &[], OPEN);
    assert_eq!(examined.level(), Level::T);
    assert_eq!(
        examined.best_signature_time(),
        Some(instant("2024-09-09T00:31:00.25Z"))
    );
    assert_eq!(examined.core(), Sha256::of(&basic));
    let [stamp] = examined.stamps() else { panic!() };
    assert!(stamp.holds && stamp.kind == StampKind::Signature && !stamp.by_sha1);
    assert_eq!(stamp.stamper.as_deref(), Some("Dấu thời gian thử"));
    let (digest, list) = stamp.anchor.clone().unwrap();
    assert_eq!((digest, &*list), (Sha256::of(&world.stampers.der()), "tsa"));
    assert_eq!(examined.anchor_list(), Some("goc"));
}

#[test]
fn after_the_end_of_the_certificate_only_proof_helps() {
    let mut world = World::new();
    let basic = world.person.sign(SIGNED);
    let examined = world.check(&basic, LATE, &["certificate-expired"], BOUNDS);
    assert_eq!(examined.trusted(), Answer::Unknown);
    let file = world.stamped(&basic, STAMPED);
    let examined = world.check(&file, LATE, &[], OPEN);
    assert_eq!(examined.trusted(), Answer::Yes);
    // A stamp that came too late proves nothing that helps.
    let file = world.stamped(&basic, "2027-09-09T00:00:00Z");
    world.check(&file, LATE, &["certificate-expired"], BOUNDS);
    // A sealed archive proves it too, by the core.
    let before = world.store.clone();
    world
        .store
        .add_existence(Sha256::of(&basic), instant(AFTER));
    let examined = world.check(&file, LATE, &[], OPEN);
    assert_eq!(examined.best_signature_time(), Some(instant(AFTER)));
    world.store = before;
    // What is proven for after the instant of verification is not proven yet.
    world.store.add_existence(Sha256::of(&basic), instant(LATE));
    let examined = world.check(&basic, AFTER, &[], OPEN);
    assert_eq!(examined.best_signature_time(), None);
}

#[test]
fn time_stamps_that_do_not_hold_are_left_aside() {
    let mut world = World::new();
    let basic = world.person.sign(SIGNED);
    for (how, code) in [
        (How::Changed, "digest-mismatch"),
        (How::Bare, "certificate-missing"),
    ] {
        world.stamper.how = how;
        let file = world.stamped(&basic, STAMPED);
        let examined = world.check(&file, AFTER, &["stamp-refused"], OPEN);
        assert_eq!(aside(&examined), code);
        assert_eq!(examined.best_signature_time(), None);
        assert!(!examined.stamps()[0].holds);
        let codes = ["stamp-refused", "certificate-expired"];
        world.check(&file, LATE, &codes, BOUNDS);
    }
    // Trusted for signatures, not for time-stamps.
    world.stamper = Stamper::new(&world.signers, LONG);
    let file = world.stamped(&basic, STAMPED);
    let examined = world.check(&file, AFTER, &["stamp-refused"], OPEN);
    assert_eq!(aside(&examined), "chain-not-found");
    // From the future.
    let world = World::new();
    let file = world.stamped(&world.person.sign(SIGNED), LATE);
    let examined = world.check(&file, AFTER, &["stamp-refused"], OPEN);
    assert_eq!(aside(&examined), "signing-time-in-future");
}

#[test]
fn old_ways_of_writing_tokens_are_read() {
    let mut world = World::new();
    for how in [How::Sha1Reference, How::Ber] {
        world.stamper.how = how;
        let file = world.stamped(&world.person.sign(SIGNED), STAMPED);
        let examined = world.check(&file, LATE, &[], OPEN);
        assert_eq!(examined.stamps()[0].by_sha1, how == How::Sha1Reference);
    }
}

#[test]
fn a_stamp_of_another_signature() {
    let world = World::new();
    let (one, other) = (world.person.sign(SIGNED), world.person.sign(AFTER));
    let stamped = world.stamped(&one, STAMPED);
    let from = Message::read(&stamped).unwrap();
    let mut into = Message::read(&other).unwrap();
    into.signers[0].unsigned = from.signers[0].unsigned.clone();
    let examined = world.check(&into.to_der(), AFTER, &["stamp-refused"], OPEN);
    assert_eq!(aside(&examined), "stamp-imprint-mismatch");
}

#[test]
fn the_claimed_time_must_not_come_after_the_proof() {
    let world = World::new();
    let basic = world.person.sign(SIGNED);
    let soon = world.stamped(&basic, "2024-09-09T00:26:00Z");
    world.check(&soon, AFTER, &[], OPEN);
    let before = world.stamped(&basic, "2024-09-09T00:20:00Z");
    let verdict = "INDETERMINATE/TIMESTAMP_ORDER_FAILURE";
    world.check(&before, AFTER, &["signing-time-after-stamp"], verdict);
    let before = world.stamped(&basic, "2024-07-09T00:20:00Z");
    let codes = ["signing-time-after-stamp", "signed-before-validity"];
    world.check(&before, AFTER, &codes, "TOTAL-FAILED/NOT_YET_VALID");
}

#[test]
fn renewal_carries_a_signature_over_the_end_of_everybody() {
    let mut world = World::new();
    world.stamper = Stamper::new(&world.stampers, SHORT);
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    // The certificate of the time-stamp has ended too, and nothing covers it.
    let codes = ["stamp-refused", "certificate-expired"];
    let examined = world.check(&stamped, LATE, &codes, BOUNDS);
    assert_eq!(aside(&examined), "certificate-expired");

    world.stamper = Stamper::new(
        &world.stampers,
        ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
    );
    let archived = world.archived(&stamped, "2027-01-01T00:00:00Z");
    let examined = world.check(&archived, LATE, &[], OPEN);
    assert_eq!(examined.level(), Level::Lta);
    assert_eq!(
        examined.best_signature_time().unwrap().to_string(),
        "2024-09-09T00:31:00.25Z"
    );
    let kinds: Vec<_> = examined
        .stamps()
        .iter()
        .map(|stamp| (stamp.kind, stamp.holds))
        .collect();
    assert_eq!(
        kinds,
        [(StampKind::Signature, true), (StampKind::Archive, true)]
    );

    world.stamper = Stamper::new(
        &world.stampers,
        ("2028-01-01T00:00:00Z", "2032-01-01T00:00:00Z"),
    );
    let renewed = world.archived(&archived, "2028-12-01T00:00:00Z");
    world.check(&renewed, "2031-01-01T00:00:00Z", &[], OPEN);
    let examined = world.verify(&archived, "2031-01-01T00:00:00Z");
    assert_eq!(examined.best_signature_time(), None);
}

#[test]
fn an_archive_stamp_over_something_that_is_gone() {
    let world = World::new();
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    let archived = world.archived(&stamped, AFTER);
    let mut message = Message::read(&archived).unwrap();
    let attributes = message.signers[0].unsigned.as_mut().unwrap();
    attributes.retain(|attribute| attribute.oid == ARCHIVE_STAMP_V3);
    let examined = world.check(&message.to_der(), AFTER, &["stamp-refused"], OPEN);
    assert_eq!(aside(&examined), "hash-index-mismatch");
    // Over other content.
    let examined = verify(b"other".as_slice(), &archived, &world.store, instant(AFTER));
    assert_eq!(codes_of(&examined), ["digest-mismatch", "stamp-refused"]);
    assert_eq!(aside(&examined), "stamp-imprint-mismatch");
}

/// A file of level LT: its revocation lists are of `day`, and good for a week.
fn evident(world: &World, file: &[u8], day: &str, until: &str) -> Vec<u8> {
    let crls = [
        world.signers.crl(day, until, &[]),
        world.stampers.crl(day, until, &[]),
    ];
    level::with_revocation(file, &crls, &[]).unwrap()
}

const WEEK: (&str, &str) = ("2024-09-10T00:00:00Z", "2024-09-17T00:00:00Z");

#[test]
fn with_all_known_a_signature_passes_for_ever() {
    let world = World::new();
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    let file = evident(&world, &stamped, WEEK.0, WEEK.1);
    for at in ["2024-09-10T01:00:00Z", AFTER, LATE] {
        let examined = world.check(&file, at, &[], "TOTAL-PASSED");
        assert_eq!(examined.level(), Level::Lt);
        assert_eq!(examined.revocation(), Revocation::Good);
        assert_eq!(examined.stamps()[0].revocation, Revocation::Good);
        assert_ne!(examined.words().vi, examined.words().en);
    }
    // Nothing is known of who gave the time-stamp: it still shows when, but settles nothing.
    let crl = world.signers.crl(WEEK.0, WEEK.1, &[]);
    let half = level::with_revocation(&stamped, std::slice::from_ref(&crl), &[]).unwrap();
    world.check(&half, LATE, &[], OPEN);
    // While the certificate is good without any proof, that does not matter.
    world.check(&half, "2024-09-10T01:00:00Z", &[], "TOTAL-PASSED");
    // Of the signer's certificate nothing is known.
    let crl = world.stampers.crl(WEEK.0, WEEK.1, &[]);
    let half = level::with_revocation(&stamped, std::slice::from_ref(&crl), &[]).unwrap();
    let examined = world.check(&half, LATE, &[], OPEN);
    assert_eq!(examined.revocation(), Revocation::Unknown);
    // Evidence from before the time-stamp that had run out by then.
    let old = evident(
        &world,
        &stamped,
        "2024-08-02T00:00:00Z",
        "2024-08-09T00:00:00Z",
    );
    world.check(&old, LATE, &[], OPEN);
    // Without any time-stamp: while the evidence is fresh.
    let basic = evident(&world, &world.person.sign(SIGNED), WEEK.0, WEEK.1);
    assert_eq!(
        world
            .check(&basic, "2024-09-10T01:00:00Z", &[], "TOTAL-PASSED")
            .level(),
        Level::B
    );
    world.check(&basic, AFTER, &[], OPEN);
}

#[test]
fn revoked_certificates() {
    let world = World::new();
    let basic = world.person.sign(SIGNED);
    let revoke = |file: &[u8], since: &str, compromised: bool| {
        let revoked = [(crate::sign::lab::PERSON_SERIAL, since, compromised)];
        let crls = [
            world
                .signers
                .crl("2025-01-01T00:00:00Z", "2025-01-08T00:00:00Z", &revoked),
            world.stampers.crl(WEEK.0, WEEK.1, &[]),
        ];
        level::with_revocation(file, &crls, &[]).unwrap()
    };
    let verdict = "INDETERMINATE/REVOKED_NO_POE";
    // Revoked after it is proven to have existed: good, unless the key was lost.
    let stamped = world.stamped(&basic, STAMPED);
    let later = "2024-12-01T00:00:00Z";
    world.check(&revoke(&stamped, later, false), AFTER, &[], "TOTAL-PASSED");
    let lost = revoke(&stamped, later, true);
    let examined = world.check(&lost, AFTER, &["certificate-revoked"], verdict);
    assert_eq!(examined.revocation(), Revocation::Revoked);
    assert_eq!(examined.trusted(), Answer::No);
    // Revoked before, or nothing proves that it was not.
    let before = revoke(&stamped, "2024-09-01T00:00:00Z", false);
    world.check(&before, AFTER, &["certificate-revoked"], verdict);
    world.check(
        &revoke(&basic, later, false),
        AFTER,
        &["certificate-revoked"],
        verdict,
    );
}

#[test]
fn a_revoked_stamper_proves_nothing() {
    let world = World::new();
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    let revoke = |since: &str, compromised: bool| {
        let revoked = [(crate::sign::lab::TSA_SERIAL, since, compromised)];
        let crls = [
            world.signers.crl(WEEK.0, WEEK.1, &[]),
            world
                .stampers
                .crl("2025-01-01T00:00:00Z", "2025-01-08T00:00:00Z", &revoked),
        ];
        level::with_revocation(&stamped, &crls, &[]).unwrap()
    };
    // RFC 3161 §4: what was given before stays good, unless the key was lost.
    let later = "2024-12-01T00:00:00Z";
    world.check(&revoke(later, false), LATE, &[], "TOTAL-PASSED");
    for (since, compromised) in [("2024-09-01T00:00:00Z", false), (later, true)] {
        let file = revoke(since, compromised);
        let codes = ["stamp-refused", "certificate-expired"];
        let examined = world.check(&file, LATE, &codes, BOUNDS);
        assert_eq!(aside(&examined), "certificate-revoked");
    }
}

#[test]
fn kept_evidence_serves_as_well_as_evidence_inside() {
    let mut world = World::new();
    let file = world.stamped(&world.person.sign(SIGNED), STAMPED);
    world.check(&file, LATE, &[], OPEN);
    for crl in [
        world.signers.crl(WEEK.0, WEEK.1, &[]),
        world.stampers.crl(WEEK.0, WEEK.1, &[]),
    ] {
        let evidence = Evidence::crl(&crl).unwrap();
        world.store.add_evidence(evidence).unwrap();
    }
    let examined = world.check(&file, LATE, &[], "TOTAL-PASSED");
    assert_eq!(examined.level(), Level::T);
}

#[test]
fn what_an_authority_said_that_has_ended_must_be_proven_older() {
    let mut world = World::new();
    let issuing = world
        .signers
        .below("c", ("2024-01-01T00:00:00Z", "2027-12-31T00:00:00Z"));
    world.person = Person::new(&issuing, SHORT);
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    let crls = [
        issuing.crl(WEEK.0, WEEK.1, &[]),
        world.signers.crl(WEEK.0, WEEK.1, &[]),
        world.stampers.crl(WEEK.0, WEEK.1, &[]),
    ];
    let file = level::with_revocation(&stamped, &crls, &[]).unwrap();
    world.check(&file, AFTER, &[], "TOTAL-PASSED");
    let verdict = "INDETERMINATE/REVOCATION_OUT_OF_BOUNDS_NO_POE";
    world.check(&file, LATE, &["revocation-out-of-bounds"], verdict);
    // An archive time-stamp proves it, and so does a sealed archive with the file in it.
    let archived = world.archived(&file, "2024-09-11T00:00:00Z");
    world.check(&archived, LATE, &[], "TOTAL-PASSED");
    world.store.add_existence(Sha256::of(&file), instant(AFTER));
    world.check(&file, LATE, &[], "TOTAL-PASSED");
}

#[test]
fn a_revoked_authority() {
    let mut world = World::new();
    let issuing = world.signers.below("c", LONG);
    world.person = Person::new(&issuing, SHORT);
    let basic = world.person.sign(SIGNED);
    let revoke = |file: &[u8], since: &str| {
        let crls = [
            issuing.crl(WEEK.0, WEEK.1, &[]),
            world.signers.crl(
                "2025-01-01T00:00:00Z",
                "2025-01-08T00:00:00Z",
                &[(2, since, false)],
            ),
            world.stampers.crl(WEEK.0, WEEK.1, &[]),
        ];
        level::with_revocation(file, &crls, &[]).unwrap()
    };
    let since = "2024-12-01T00:00:00Z";
    let verdict = "INDETERMINATE/REVOKED_CA_NO_POE";
    world.check(
        &revoke(&basic, since),
        AFTER,
        &["authority-revoked"],
        verdict,
    );
    let stamped = world.stamped(&basic, STAMPED);
    world.check(&revoke(&stamped, since), AFTER, &[], "TOTAL-PASSED");
}

#[test]
fn a_time_stamp_of_the_content_proves_after_when() {
    let mut world = World::new();
    let content = Sha256::of(CONTENT);
    let before = world.stamper.stamp(content, SIGNED);
    let file = world.person.sign_after(&before, STAMPED);
    let examined = world.check(&file, AFTER, &[], OPEN);
    assert_eq!(examined.best_signature_time(), None);
    let [stamp] = examined.stamps() else { panic!() };
    assert!(stamp.holds && stamp.kind == StampKind::Content);
    // Over something else.
    let other = world.stamper.stamp(Sha256::of(b"other"), SIGNED);
    let examined = world.check(
        &world.person.sign_after(&other, STAMPED),
        AFTER,
        &["stamp-refused"],
        OPEN,
    );
    assert_eq!(aside(&examined), "stamp-imprint-mismatch");
    // Made after it existed.
    let contradicting = world.stamped(
        &world
            .person
            .sign_after(&world.stamper.stamp(content, AFTER), SIGNED),
        STAMPED,
    );
    let verdict = "INDETERMINATE/TIMESTAMP_ORDER_FAILURE";
    world.check(&contradicting, LATE, &["stamps-contradict"], verdict);

    // Made after the end of the certificate, or after its revocation: but only if nothing is open
    // about the proof.
    let late = world
        .person
        .sign_after(&world.stamper.stamp(content, LATE), SIGNED);
    let now = "2028-01-02T00:00:00Z";
    world.check(&late, now, &["certificate-expired"], BOUNDS);
    let crl = world
        .stampers
        .crl("2028-01-01T12:00:00Z", "2028-01-08T00:00:00Z", &[]);
    let kept = Evidence::crl(&crl).unwrap();
    world.store.add_evidence(kept).unwrap();
    let codes = ["signed-after-validity", "certificate-expired"];
    world.check(&late, now, &codes, "TOTAL-FAILED/EXPIRED");

    let file = world
        .person
        .sign_after(&world.stamper.stamp(content, AFTER), SIGNED);
    let revoked = [(crate::sign::lab::PERSON_SERIAL, STAMPED, false)];
    let crls = [
        world
            .signers
            .crl("2025-09-10T00:00:00Z", "2025-09-17T00:00:00Z", &revoked),
        world
            .stampers
            .crl("2025-09-10T00:00:00Z", "2025-09-17T00:00:00Z", &[]),
    ];
    let file = level::with_revocation(&file, &crls, &[]).unwrap();
    let codes = ["signed-after-revocation"];
    world.check(
        &file,
        "2025-09-11T00:00:00Z",
        &codes,
        "TOTAL-FAILED/REVOKED",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_edit_of_a_file_of_the_highest_level_is_taken_for_more(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let (world, good) = &*HIGHEST;
        let mut file = good.clone();
        for (place, byte) in edits {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let _ = level::of(&file);
        let _ = level::archive_stamp_imprint(&file, Sha256::of(CONTENT));
        let _ = crate::sign::verify_all(None, &file, &world.store, instant(LATE));
        let examined = world.verify(&file, LATE);
        let proven = examined.best_signature_time();
        // No edit makes an older proof, or a good signature that says something else. Certificates
        // and the outside are not signed, so the core may differ.
        prop_assert!(proven.is_none_or(|proven| proven >= instant(STAMPED)));
        if examined.verdict() == crate::sign::Verdict::TotalPassed {
            let before = world.verify(good, LATE);
            prop_assert_eq!(examined.statement(), before.statement());
            prop_assert_eq!(examined.signing_time(), before.signing_time());
            prop_assert_eq!(examined.certificate(), before.certificate());
        }
    }
}

static HIGHEST: std::sync::LazyLock<(World, Vec<u8>)> = std::sync::LazyLock::new(|| {
    let world = World::new();
    let stamped = world.stamped(&world.person.sign(SIGNED), STAMPED);
    let evident = evident(&world, &stamped, WEEK.0, WEEK.1);
    let file = world.archived(&evident, "2024-09-11T00:00:00Z");
    world.check(&file, LATE, &[], "TOTAL-PASSED");
    (world, file)
});
