//! Paths that PKITS does not ask for: other algorithms, purposes, lists, hostile pools.

#![expect(
    clippy::disallowed_methods,
    reason = "measures how long a search takes"
)]

use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature as lc;
use der::Encode as _;
use der::asn1::BitString;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};

use super::*;
use crate::sign::AnchorError;
use crate::sign::sample::instant;
use crate::sign::tlv;
use crate::sign::world::Authority;
use crate::sign::world::certificate;
use crate::sign::world::key;
use crate::sign::world::purposes;
use crate::sign::world::trusting;

const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
const SERVER: &str = "1.3.6.1.5.5.7.3.1";

fn at() -> Timestamp {
    instant("2026-01-01T00:00:00Z")
}

fn ask(leaf: &[u8], pool: &[Vec<u8>], store: &TrustStore) -> Result<ValidPath, PathFault> {
    validate(&certificate(leaf), pool, store, Purpose::Sign, at())
}

fn invalid(reason: &'static str) -> Option<PathFault> {
    Some(PathFault::Invalid { reason })
}

/// Signs the certificate anew with RSA-PSS, and a salt of `salt` bytes.
fn with_pss(der: &[u8], key: &KeyPair, salt: u8) -> Vec<u8> {
    let algorithm = Scheme::RSA_PSS_SHA256.identifier().to_der().expect("DER");
    let mut algorithm = algorithm.clone();
    let place = algorithm.len() - 1;
    assert_eq!(algorithm[place], 32);
    algorithm[place] = salt;
    let outer = tlv::Tlv::only(der).expect("DER").elements().expect("DER");
    let inner = outer[0].elements().expect("DER");
    let parts: Vec<&[u8]> = inner
        .iter()
        .enumerate()
        .map(|(index, part)| match index {
            2 => algorithm.as_slice(),
            _ => part.raw,
        })
        .collect();
    let tbs = tlv::write(tlv::SEQUENCE, &parts);
    let pair = lc::RsaKeyPair::from_pkcs8(key.serialized_der()).expect("a key");
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &lc::RSA_PSS_SHA256,
        &SystemRandom::new(),
        &tbs,
        &mut signature,
    )
    .expect("a signature");
    let signature = BitString::from_bytes(&signature).expect("bits");
    let signature = signature.to_der().expect("DER");
    tlv::write(tlv::SEQUENCE, &[&tbs, &algorithm, &signature])
}

#[test]
fn certificates_may_be_signed_with_pss() {
    let rsa = || KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    let pair = rsa();
    let copy = KeyPair::try_from(pair.serialized_der()).expect("a key");
    let root = Authority::root_with("Gốc", pair);
    let store = trusting(&root);
    let leaf = with_pss(&root.signer(7), &copy, 32);
    let path = ask(&leaf, &[], &store).expect("a path");
    assert_eq!((path.list.as_str(), path.certificates.len()), ("goc", 1));
    let other = with_pss(&root.signer(7), &rsa(), 32);
    assert_eq!(
        ask(&other, &[], &store).err(),
        invalid("signature of a certificate")
    );
    let oid = "1.2.840.113549.1.1.10".to_string();
    let fault = Fault::AuthorityAlgorithmUnsupported { oid };
    let odd = with_pss(&root.signer(7), &copy, 20);
    assert_eq!(
        ask(&odd, &[], &store).err(),
        Some(PathFault::Crypto { fault })
    );

    // What RSA-2048 certifies no longer counts from 2031 on.
    let late = instant("2027-12-31T00:00:00Z");
    let asked = validate(&certificate(&leaf), &[], &store, Purpose::Sign, late);
    assert!(asked.is_ok());
    let mut params = CertificateParams::default();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let lasting = params
        .signed_by(&key(), &root.issuer)
        .expect("a certificate");
    let late = instant("2031-01-01T00:00:00Z");
    let leaf = certificate(lasting.der());
    let asked = validate(&leaf, &[], &store, Purpose::Sign, late).err();
    let fault = asked
        .expect("no path")
        .fault(Fault::ChainInvalid { reason: "" }, true);
    assert_eq!(fault.code(), "algorithm-outdated");
}

#[test]
fn an_authority_of_the_same_name_is_another() {
    let (real, false_one) = (Authority::root("Gốc"), Authority::root("Gốc"));
    let leaf = false_one.signer(7);
    let pool = [false_one.der(), real.der()];
    let fault = ask(&leaf, &pool, &trusting(&real)).err();
    assert_eq!(fault, invalid("signature of a certificate"));
    let issuer = "Gốc".to_string();
    let fault = ask(&leaf, &pool[..1], &trusting(&Authority::root("Khác"))).err();
    assert_eq!(fault, Some(PathFault::NotFound { issuer }));
}

#[test]
fn lists_are_apart_and_named() {
    let (signers, stampers) = (Authority::root("Người ký"), Authority::root("Thời gian"));
    let mut store = trusting(&Authority::root("Khác"));
    store.add_signers("nha-nuoc", &signers.der()).unwrap();
    store.add_stampers("tsa", &stampers.der()).unwrap();
    let path = ask(&signers.signer(7), &[], &store).unwrap();
    assert_eq!(path.list, "nha-nuoc");
    assert_eq!(path.anchor(), certificate(&signers.der()).facts().sha256);

    let tsa = |authority: &Authority| {
        let stamps = |params: &mut CertificateParams| {
            params
                .custom_extensions
                .push(purposes(true, &[TIME_STAMPING]));
        };
        certificate(&authority.issue(9, stamps).0)
    };
    let ask_stamp = |leaf: &Certificate| validate(leaf, &[], &store, Purpose::TimeStamp, at());
    assert_eq!(ask_stamp(&tsa(&stampers)).unwrap().list, "tsa");
    let under_signers = ask_stamp(&tsa(&signers));
    assert!(matches!(under_signers, Err(PathFault::NotFound { .. })));
    let signer_under_stampers = ask(&stampers.signer(7), &[], &store);
    assert!(matches!(
        signer_under_stampers,
        Err(PathFault::NotFound { .. })
    ));
    assert_eq!(
        store
            .add_signers("x", b"none")
            .map_err(|error| matches!(error, AnchorError::Certificate(_))),
        Err(true)
    );
}

#[test]
fn a_stamping_certificate_is_for_nothing_else() {
    let root = Authority::root("Gốc");
    let mut store = TrustStore::default();
    store.add_stampers("tsa", &root.der()).unwrap();
    let unsuitable = Some(PathFault::Unsuitable {
        fault: Fault::StampUsageUnsuitable {},
    });
    for (critical, listed) in [
        (false, &[TIME_STAMPING][..]),
        (true, &[TIME_STAMPING, SERVER]),
        (true, &["2.5.29.37.0"]),
    ] {
        let change = |params: &mut CertificateParams| {
            params.custom_extensions.push(purposes(critical, listed));
        };
        let leaf = certificate(&root.issue(9, change).0);
        let asked = validate(&leaf, &[], &store, Purpose::TimeStamp, at());
        assert_eq!(asked.err(), unsuitable);
    }
    let plain = certificate(&root.signer(9));
    let asked = validate(&plain, &[], &store, Purpose::TimeStamp, at());
    assert_eq!(asked.err(), unsuitable);
}

#[test]
fn an_authority_for_servers_issues_no_signers() {
    let root = Authority::root("Gốc");
    let store = trusting(&root);
    let leaf_purposes = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    };
    let servers = root.below("Máy chủ", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let (leaf, _) = servers.issue(7, leaf_purposes);
    let fault = ask(&leaf, &[servers.der()], &store).err();
    assert_eq!(fault, invalid("extended key usage"));
    let people = root.below("Người", |params| {
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::EmailProtection,
        ];
    });
    let (leaf, _) = people.issue(7, leaf_purposes);
    assert!(ask(&leaf, &[people.der()], &store).is_ok());
}

#[test]
fn authorities_sign_no_documents_and_say_that_they_may_issue() {
    let root = Authority::root("Gốc");
    let store = trusting(&root);
    let both = root.below("Cả hai", |params| {
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    });
    let reason = "the signer's certificate is an authority's";
    assert_eq!(ask(&both.der(), &[], &store).err(), invalid(reason));
    let silent = root.below("Không nói", |params| params.key_usages.clear());
    let fault = ask(&silent.signer(7), &[silent.der()], &store).err();
    let reason = "a certificate in the path may not issue others";
    assert_eq!(fault, invalid(reason));
}

#[test]
fn what_holds_but_for_its_dates_is_told_apart() {
    let root = Authority::root("Gốc");
    let leaf = certificate(&root.signer(7));
    let ask = |at| validate(&leaf, &[], &trusting(&root), Purpose::Sign, instant(at)).err();
    let outside = Some(PathFault::OutsideValidity {});
    assert_eq!(ask("2023-12-31T23:59:59Z"), outside);
    assert_eq!(ask("2024-01-01T00:00:00Z"), None);
    assert_eq!(ask("2028-01-01T00:00:00Z"), None);
    assert_eq!(ask("2028-01-01T00:00:01Z"), outside);
    assert_eq!(ask("1970-01-01T00:00:00Z"), outside);
    assert_eq!(ask("1960-01-01T00:00:00Z"), outside);
    assert_eq!(ask("9999-01-01T00:00:00Z"), outside);
}

#[test]
fn no_byte_of_a_path_can_be_changed() {
    let root = Authority::root("Gốc");
    let issuing = root.below("Cấp", |_| {});
    let store = trusting(&root);
    let right = [issuing.signer(7), issuing.der()];
    assert!(ask(&right[0], &right[1..], &store).is_ok());
    for (which, place) in [0, 1].iter().flat_map(|which| {
        let places = 0..right[*which].len();
        places.map(move |place| (*which, place))
    }) {
        let mut changed = right.clone();
        changed[which][place] ^= 1;
        if let Ok(leaf) = Certificate::read(&changed[0]) {
            let asked = validate(&leaf, &changed[1..], &store, Purpose::Sign, at());
            assert!(asked.is_err(), "certificate {which}, byte {place}");
        }
    }
}

#[test]
fn circles_of_crossed_authorities_end() {
    let root = Authority::root("Gốc");
    let circle: Vec<Authority> = ["A", "B", "C"].map(Authority::root).into();
    let mut pool = Vec::new();
    for one in &circle {
        for other in &circle {
            pool.push(one.crossed_by(other));
        }
    }
    let leaf = circle[0].signer(7);
    let asked = ask(&leaf, &pool, &trusting(&root));
    assert!(matches!(asked, Err(PathFault::NotFound { .. })));
    // One way out is enough.
    pool.push(circle[2].crossed_by(&root));
    let path = ask(&leaf, &pool, &trusting(&root)).unwrap();
    assert!(path.certificates.len() >= 3);
}

#[test]
fn a_pool_that_multiplies_paths_is_given_up_soon() {
    let crowd: Vec<Authority> = (0..8).map(|_| Authority::root("X")).collect();
    let mut pool = Vec::new();
    for one in &crowd {
        for other in &crowd {
            pool.push(one.crossed_by(other));
        }
    }
    let leaf = crowd[0].signer(7);
    let started = Instant::now();
    let fault = ask(&leaf, &pool, &trusting(&Authority::root("Gốc"))).err();
    assert_eq!(fault, invalid("path too complex"));
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn small_and_foreign_keys_of_authorities_have_their_own_faults() {
    let small = Fault::KeySizeUnsuitable {
        bits: 1024,
        least: 2048,
        most: 8192,
    };
    assert_eq!(of_authority(&small).code(), "authority-key-size-unsuitable");
    let oid = "1.2.840.10040.4.1".to_string();
    let foreign = Fault::KeyUnsupported { oid };
    assert_eq!(
        of_authority(&foreign).code(),
        "authority-algorithm-unsupported"
    );
}

#[test]
fn what_was_found_is_found_again_only_where_it_holds() {
    let root = Authority::root("Gốc");
    let issuing = root.below("Cấp", |_| {});
    let (store, leaf) = (trusting(&root), certificate(&issuing.signer(7)));
    let pool = [issuing.der()];
    let ask = |pool: &[Vec<u8>], at| validate(&leaf, pool, &store, Purpose::Sign, instant(at));
    let middle = "2026-01-01T00:00:00Z";
    for _ in 0..2 {
        assert_eq!(ask(&pool, middle).unwrap().certificates.len(), 2);
    }
    // With what came along with another file, not with what came along with this one.
    assert!(matches!(ask(&[], middle), Err(PathFault::NotFound { .. })));
    assert_eq!(
        ask(&pool, "2029-01-01T00:00:00Z").err(),
        Some(PathFault::OutsideValidity {})
    );
    assert!(ask(&pool, "2027-12-31T23:59:59Z").is_ok());
    let other = store
        .clone()
        .replaced_by(trusting(&Authority::root("Khác")));
    let asked = validate(&leaf, &pool, &other, Purpose::Sign, at());
    assert!(matches!(asked, Err(PathFault::NotFound { .. })));
}

/// A search costs less than two milliseconds in the program itself; here it is unoptimised.
#[test]
fn a_path_is_found_quickly() {
    let root = Authority::root("Gốc");
    let issuing = root.below("Cấp", |_| {});
    let (store, leaf) = (trusting(&root), certificate(&issuing.signer(7)));
    let pool = [issuing.der(), root.der()];
    let best = (0..50).map(|_| {
        let started = Instant::now();
        // A fresh copy has found nothing yet.
        validate(&leaf, &pool, &store.clone(), Purpose::Sign, at()).unwrap();
        started.elapsed()
    });
    let best = best.min().unwrap();
    assert!(best.as_millis() < 50, "{best:?}");
}
