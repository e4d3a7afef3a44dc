//! Evidence that PKITS does not have: OCSP, proven times, other authorities of the same name.

use const_oid::db::rfc5912 as oid;
use const_oid::db::rfc6960;
use rcgen::{CertificateParams, CrlDistributionPoint, CustomExtension, RevocationReason};
use rcgen::{RevokedCertParams, SerialNumber, date_time_ymd};

use super::ocsp::Naming;
use super::ocsp::request;
use super::sources::Sources;
use super::*;
use crate::sign::sample::instant;
use crate::sign::world::Authority;
use crate::sign::world::OCSP_SIGNING;
use crate::sign::world::Ocsp;
use crate::sign::world::UNTIL;
use crate::sign::world::moment;
use crate::sign::world::no_check;
use crate::sign::world::path;
use crate::sign::world::purposes;
use crate::sign::world::revoked;
use crate::sign::world::trusting;

const SIGNED: &str = "2026-03-01T08:00:00Z";
const BEFORE: &str = "2026-02-28T08:00:00Z";
const AFTER: &str = "2026-03-02T08:00:00Z";
const LATER: &str = "2026-03-09T08:00:00Z";
const NOW: &str = "2027-01-01T00:00:00Z";

fn seconds(at: &str) -> u64 {
    u64::try_from(instant(at).as_second()).unwrap()
}

/// Asks about a signature that is proven to be of `time`.
fn ask(authority: &Authority, leaf: &[u8], evidence: &[Evidence], time: &str) -> Status {
    let store = trusting(authority);
    let control = Control {
        time: instant(time),
        now: instant(NOW),
    };
    let mut statuses = status(
        &path(leaf, &[], &store),
        &[],
        evidence,
        &store,
        control,
        &|_| instant(NOW),
    );
    assert_eq!(statuses.len(), 1);
    statuses.remove(0)
}

fn entry(serial: u64, at: &str, reason: Option<RevocationReason>) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from(serial),
        revocation_time: moment!(at),
        reason_code: reason,
        invalidity_date: None,
    }
}

#[track_caller]
fn is_good(status: &Status) {
    assert!(matches!(status, Status::Good { .. }), "{status:?}");
}

fn why(status: &Status) -> Option<Why> {
    match status {
        Status::Unknown { why } => Some(*why),
        Status::Good { .. } | Status::Revoked { .. } => None,
    }
}

fn reason(status: &Status) -> Option<&'static str> {
    match status {
        Status::Revoked { reason, .. } => Some(reason),
        Status::Good { .. } | Status::Unknown { .. } => None,
    }
}

#[test]
fn revoked_before_and_after_a_proven_time() {
    let authority = Authority::root("Gốc");
    let leaf = authority.signer(7);
    let crl = |entries| Evidence::crl(&authority.crl(LATER, NOW, entries)).unwrap();
    let ask = |entry| ask(&authority, &leaf, &[crl(vec![entry])], SIGNED);
    let superseded = Some(RevocationReason::Superseded);
    let before = ask(entry(7, BEFORE, superseded));
    let Status::Revoked {
        since,
        reason,
        source,
    } = &before
    else {
        panic!("{before:?}");
    };
    assert_eq!((*since, *reason), (instant(BEFORE), "superseded"));
    assert!(matches!(source, Source::Crl(_)));
    is_good(&ask(entry(7, AFTER, superseded)));
    is_good(&ask(entry(7, AFTER, None)));
    is_good(&ask(entry(8, BEFORE, superseded)));
    assert_eq!(
        self::reason(&ask(entry(7, SIGNED, None))),
        Some("unspecified")
    );
}

#[test]
fn a_compromised_key_reaches_back_to_when_it_was_lost() {
    let authority = Authority::root("Gốc");
    let leaf = authority.signer(7);
    let ask = |lost: Option<&str>| {
        let mut entry = entry(7, AFTER, Some(RevocationReason::KeyCompromise));
        entry.invalidity_date = lost.map(|at| moment!(at));
        let crl = Evidence::crl(&authority.crl(LATER, NOW, vec![entry])).unwrap();
        ask(&authority, &leaf, &[crl], SIGNED)
    };
    assert_eq!(reason(&ask(None)), Some("keyCompromise"));
    assert_eq!(reason(&ask(Some(BEFORE))), Some("keyCompromise"));
    is_good(&ask(Some(AFTER)));
}

#[test]
fn evidence_speaks_for_its_window_and_for_what_was_before() {
    let authority = Authority::root("Gốc");
    let leaf = authority.signer(7);
    let crl = |this, next, entries| Evidence::crl(&authority.crl(this, next, entries)).unwrap();
    let at = |evidence: &[Evidence], time| ask(&authority, &leaf, evidence, time);
    let plain = crl(BEFORE, AFTER, vec![]);
    is_good(&at(std::slice::from_ref(&plain), SIGNED));
    is_good(&at(std::slice::from_ref(&plain), "2025-01-01T00:00:00Z"));
    let this_update = instant(BEFORE);
    let stale = Some(Why::Stale { this_update });
    assert_eq!(why(&at(&[plain], LATER)), stale);
    // Stale, but what is revoked stays so; a hold may have been lifted.
    let bad = |reason| crl(BEFORE, AFTER, vec![entry(7, BEFORE, Some(reason))]);
    let asked = at(&[bad(RevocationReason::CaCompromise)], LATER);
    assert_eq!(reason(&asked), Some("cACompromise"));
    let held = bad(RevocationReason::CertificateHold);
    assert_eq!(why(&at(std::slice::from_ref(&held), LATER)), stale);
    assert_eq!(
        reason(&at(std::slice::from_ref(&held), SIGNED)),
        Some("certificateHold")
    );
    is_good(&at(&[held, crl(AFTER, NOW, vec![])], SIGNED));
    // From the future.
    let future = crl("2027-01-02T00:00:00Z", UNTIL, vec![]);
    assert_eq!(why(&at(&[future], SIGNED)), Some(Why::Missing));
    assert_eq!(why(&at(&[], SIGNED)), Some(Why::Missing));
}

#[test]
fn a_list_from_after_the_end_may_have_dropped_the_certificate() {
    let authority = Authority::root("Gốc");
    let (leaf, _) = authority.issue(7, |params| params.not_after = moment!(AFTER));
    let crl = Evidence::crl(&authority.crl(LATER, NOW, vec![])).unwrap();
    let store = trusting(&authority);
    let control = Control {
        time: instant(SIGNED),
        now: instant(NOW),
    };
    let path = path(&leaf, &[], &store);
    let asked = status(&path, &[], &[crl], &store, control, &|_| instant(NOW));
    let this_update = instant(LATER);
    assert_eq!(why(&asked[0]), Some(Why::Stale { this_update }));
}

#[test]
fn a_list_of_another_authority_of_the_same_name_is_none() {
    let (authority, false_one) = (Authority::root("Gốc"), Authority::root("Gốc"));
    let leaf = authority.signer(7);
    let crl = |by: &Authority, entries| Evidence::crl(&by.crl(LATER, NOW, entries)).unwrap();
    let clean = crl(&false_one, vec![]);
    assert_eq!(
        why(&ask(&authority, &leaf, &[clean], SIGNED)),
        Some(Why::Missing)
    );
    let slander = crl(&false_one, vec![entry(7, BEFORE, None)]);
    let own = crl(&authority, vec![]);
    is_good(&ask(&authority, &leaf, &[slander, own], SIGNED));
}

#[test]
fn the_issuer_answers_for_himself() {
    let authority = Authority::root("Gốc");
    let (leaf, root) = (authority.signer(7), authority.der());
    let at = |ocsp: &Ocsp<'_>, time| {
        let evidence = Evidence::ocsp(&ocsp.sign(authority.issuer.key())).unwrap();
        ask(&authority, &leaf, &[evidence], time)
    };
    let good = || Ocsp::good(&leaf, &root, AFTER);
    is_good(&at(&good(), SIGNED));
    is_good(&at(
        &Ocsp {
            naming: oid::ID_SHA_256,
            by_key: true,
            ..good()
        },
        SIGNED,
    ));
    let bad = |when, reason| Ocsp {
        status: revoked(when, reason),
        ..good()
    };
    assert_eq!(reason(&at(&bad(BEFORE, None), SIGNED)), Some("unspecified"));
    is_good(&at(&bad("2026-03-01T09:00:00Z", None), SIGNED));
    let lost = bad("2026-03-01T09:00:00Z", Some(CrlReason::KeyCompromise));
    assert_eq!(reason(&at(&lost, SIGNED)), Some("keyCompromise"));
    let unknown = Ocsp {
        status: certval::ocsp::CertStatus::unknown(),
        ..good()
    };
    assert_eq!(why(&at(&unknown, SIGNED)), Some(Why::NotKnown));
    // Without nextUpdate it speaks for an hour.
    let brief = || Ocsp {
        next: None,
        ..good()
    };
    is_good(&at(&brief(), "2026-03-02T08:30:00Z"));
    let this_update = instant(AFTER);
    assert_eq!(why(&at(&brief(), LATER)), Some(Why::Stale { this_update }));
    // Produced before what it says, or after it is asked about.
    for produced in ["2026-03-02T07:00:00Z", "2027-01-01T00:06:00Z"] {
        let odd = Ocsp { produced, ..good() };
        assert_eq!(why(&at(&odd, SIGNED)), Some(Why::Missing));
    }
    // An answer about another certificate.
    let other = authority.signer(8);
    let about = Ocsp::good(&other, &root, AFTER);
    assert_eq!(why(&at(&about, SIGNED)), Some(Why::Missing));
}

#[test]
fn only_whom_the_issuer_appointed_answers_for_him() {
    let (authority, false_one) = (Authority::root("Gốc"), Authority::root("Gốc"));
    let (leaf, root) = (authority.signer(7), authority.der());
    let responder = |by: &Authority, listed: &[&str], checked: bool| {
        by.issue(50, |params: &mut CertificateParams| {
            params.custom_extensions.push(purposes(false, listed));
            if !checked {
                params.custom_extensions.push(no_check());
            }
        })
    };
    let asked = |(der, key): &(Vec<u8>, rcgen::KeyPair), crl: Option<Vec<u8>>| {
        let ocsp = Ocsp {
            responder: der,
            certificates: vec![der.clone()],
            ..Ocsp::good(&leaf, &root, AFTER)
        };
        let mut evidence = vec![Evidence::ocsp(&ocsp.sign(key)).unwrap()];
        // This CRL says nothing of the leaf's time, so the OCSP response decides.
        evidence.extend(crl.map(|der| Evidence::crl(&der).unwrap()));
        ask(&authority, &leaf, &evidence, SIGNED)
    };
    is_good(&asked(&responder(&authority, &[OCSP_SIGNING], false), None));
    for bad in [
        responder(&authority, &["1.3.6.1.5.5.7.3.4"], false),
        responder(&authority, &["2.5.29.37.0"], false),
        responder(&authority, &[OCSP_SIGNING], true),
        responder(&false_one, &[OCSP_SIGNING], false),
    ] {
        assert_eq!(why(&asked(&bad, None)), Some(Why::Missing));
    }
    // Without nocheck a CRL has to speak for the responder.
    let checked = responder(&authority, &[OCSP_SIGNING], true);
    let stands = asked(&checked, Some(authority.crl(AFTER, NOW, vec![])));
    is_good(&stands);
    let fallen = authority.crl(
        AFTER,
        NOW,
        vec![entry(50, BEFORE, None), entry(7, BEFORE, None)],
    );
    assert_eq!(reason(&asked(&checked, Some(fallen))), Some("unspecified"));
    // A responder of an authority below is not appointed by the one above.
    let below = authority.below("Gốc", |_| {});
    assert_eq!(
        why(&asked(&responder(&below, &[OCSP_SIGNING], false), None)),
        Some(Why::Missing)
    );
}

#[test]
fn evidence_by_an_algorithm_that_ended_must_be_proven_older() {
    let rsa = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let authority = Authority::root_with("Gốc", rsa);
    let leaf = authority.signer(7);
    let crl = Evidence::crl(&authority.crl(AFTER, NOW, vec![])).unwrap();
    let store = trusting(&authority);
    let control = Control {
        time: instant(SIGNED),
        now: instant("2035-01-01T00:00:00Z"),
    };
    let path = path(&leaf, &[], &store);
    let at = |exists: &str| {
        let exists = instant(exists);
        let crl = std::slice::from_ref(&crl);
        status(&path, &[], crl, &store, control, &|_| exists).remove(0)
    };
    is_good(&at("2030-12-31T00:00:00Z"));
    assert_eq!(why(&at("2035-01-01T00:00:00Z")), Some(Why::Missing));
}

#[test]
fn a_response_is_taken_as_signed() {
    let authority = Authority::root("Gốc");
    let (leaf, root) = (authority.signer(7), authority.der());
    let good = Ocsp::good(&leaf, &root, AFTER).sign(authority.issuer.key());
    let mut changed = 0;
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        let Ok(evidence) = Evidence::ocsp(&bytes) else {
            continue;
        };
        changed += 1;
        let asked = ask(&authority, &leaf, &[evidence], SIGNED);
        assert!(!matches!(asked, Status::Good { .. }), "byte {place}");
    }
    assert!(changed > 50);
}

#[test]
fn what_is_no_evidence_says_so() {
    let huge = vec![0; CRL_LIMIT + 1];
    let errors = [
        Evidence::crl(b"none").unwrap_err(),
        Evidence::ocsp(b"none").unwrap_err(),
        Evidence::crl(&huge).unwrap_err(),
        // tryLater
        Evidence::ocsp(&[0x30, 3, 0x0a, 1, 3]).unwrap_err(),
        EvidenceError::TooMuch { limit: 1, bytes: 2 },
    ];
    for error in errors {
        assert_ne!(error.words().vi, error.words().en);
    }
    let mut store = TrustStore::default();
    let crl = Authority::root("Gốc").crl(BEFORE, AFTER, vec![]);
    store.add_crl(&crl).unwrap();
    store.add_crl(&crl).unwrap();
    assert_eq!(store.evidence().count(), 1);
    assert!(store.add_ocsp(&crl).is_err());
}

#[test]
fn requests_name_the_certificate_as_responses_do() {
    let authority = Authority::root("Gốc");
    let (leaf, root) = (authority.signer(7), authority.der());
    for (naming, algorithm, length) in [
        (Naming::Sha1, oid::ID_SHA_1, 20),
        (Naming::Sha256, oid::ID_SHA_256, 32),
    ] {
        let der = request(&leaf, &root, naming).unwrap();
        let read: certval::ocsp::OcspRequest = der::Decode::from_der(&der).unwrap();
        let id = &read.tbs_request.request_list[0].req_cert;
        assert_eq!(id.hash_algorithm.oid, algorithm);
        assert_eq!(id.issuer_key_hash.as_bytes().len(), length);
        assert_eq!(id.serial_number.as_bytes(), [7]);
        assert_eq!(read.nonce(), None);
    }
    assert!(request(b"none", &root, Naming::Sha1).is_err());
    let _ = rfc6960::ID_PKIX_OCSP_BASIC;
}

#[test]
fn addresses_are_read_and_only_http() {
    let access = |method: &[u8], uri: &str| {
        let uri = crate::sign::tlv::write(0x86, &[uri.as_bytes()]);
        crate::sign::tlv::write(0x30, &[method, &uri])
    };
    let ocsp: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 48, 1];
    let issuers: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 48, 2];
    let value = crate::sign::tlv::write(
        0x30,
        &[
            &access(ocsp, "http://ocsp.example.vn"),
            &access(ocsp, "http://ocsp.example.vn"),
            &access(ocsp, "file:///etc/passwd"),
            &access(issuers, "HTTP://ca.example.vn/ca.crt"),
        ],
    );
    let (leaf, _) = Authority::root("Gốc").issue(7, |params| {
        let access = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], value);
        params.custom_extensions.push(access);
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![
                "http://crl.example.vn/a.crl".into(),
                "ldap://crl.example.vn/a".into(),
            ],
        }];
    });
    let sources = Sources::of(&leaf).unwrap();
    assert_eq!(sources.crls, ["http://crl.example.vn/a.crl"]);
    assert_eq!(sources.ocsp, ["http://ocsp.example.vn"]);
    assert_eq!(sources.issuers, ["HTTP://ca.example.vn/ca.crt"]);
    assert!(Sources::of(b"none").is_err());
}
