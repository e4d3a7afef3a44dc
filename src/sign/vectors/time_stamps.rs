//! Time-stamp responses that OpenSSL and BouncyCastle publish.

use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::TrustStore;
use crate::sign::path;
use crate::sign::path::Purpose;
use crate::sign::timestamp::Checked;
use crate::sign::timestamp::Refusal;
use crate::sign::timestamp::Request;
use crate::sign::timestamp::Token;
use crate::sign::timestamp::accept;
use crate::sign::timestamp::check;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;
use crate::sign::vectors::bytes;

fn token(project: &str, file: &str) -> Token {
    let response = bytes(project, file);
    let mut fields = Tlv::only(&response)
        .and_then(|response| response.fields())
        .expect("a response");
    fields.next(tlv::SEQUENCE).expect("a status");
    let token = fields.next(tlv::SEQUENCE).expect("a token");
    Token::read(token.raw).expect(file)
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.faults.iter().map(|fault| fault.code()).collect()
}

/// What a program of ours would have been told that had asked, and got this.
fn refusal(project: &str, file: &str, now: &str) -> Refusal {
    let mut store = TrustStore::default();
    let anchor = bytes("openssl", "user-trust-ca.pem");
    store.add_stampers("usertrust", &anchor).expect("an anchor");
    let zeros = Sha256::from_bytes([0; 32]);
    let now = now.parse().expect("an instant");
    accept(&bytes(project, file), &Request::over(zeros, 7), &store, now).expect_err(file)
}

/// OpenSSL's recipe: good under user-trust-ca.pem, two ESSCertIDs, a chain of three.
#[test]
fn a_time_stamp_of_sectigo() {
    let token = token("openssl", "sectigo-all-zero.tsr");
    let at: Timestamp = "2021-02-16T15:42:47Z".parse().expect("an instant");
    assert_eq!(token.gen_time(), at);
    let checked = check(&token).expect("a token");
    let certificate = checked.holds().expect("a token that holds");
    let mut store = TrustStore::default();
    let path = |store: &TrustStore| {
        let valid = path::validate(
            certificate,
            &checked.certificates,
            store,
            Purpose::TimeStamp,
            at,
        );
        valid.map(|valid| valid.list)
    };
    assert!(path(&store).is_err());
    let anchor = bytes("openssl", "user-trust-ca.pem");
    store.add_signers("usertrust", &anchor).expect("an anchor");
    assert!(
        path(&store).is_err(),
        "an anchor for signers is none for time-stamps"
    );
    store.add_stampers("usertrust", &anchor).expect("an anchor");
    assert_eq!(path(&store).ok().as_deref(), Some("usertrust"));
    // The request had no nonce; ours have one (RFC 3161 §2.4.2: it must come back).
    let file = "sectigo-all-zero.tsr";
    assert_eq!(
        refusal("openssl", file, "2021-02-16T15:42:47Z"),
        Refusal::Nonce
    );
}

/// bc-java's `ParseTest` reads all of these; they are from 2004 to 2007.
#[test]
fn time_stamps_of_bouncycastle() {
    let now = "2004-12-09T07:46:16Z";
    for file in ["tsp-sha1.tsr", "tsp-sha1-no-nonce.tsr", "tsp-md5.tsr"] {
        let checked = check(&token("bouncycastle", file)).expect(file);
        assert!(checked.holds().is_err(), "{file}");
        assert!(
            codes(&checked).contains(&"digest-algorithm-unsupported"),
            "{file}: {:?}",
            codes(&checked)
        );
        assert_eq!(
            refusal("bouncycastle", file, now),
            Refusal::Imprint,
            "{file}"
        );
    }
    // Its certificate is named by SHA-256 (RFC 5816): right by itself, of an authority nobody trusts.
    let checked = check(&token("bouncycastle", "tsp-v2-signing-cert.tsr")).expect("a token");
    assert!(checked.holds().is_ok() && !checked.by_sha1);
    // "believe it or not but this contains invalid integers"
    for file in ["tsp-v2-signing-cert.tsr", "tsp-generalized-time.tsr"] {
        assert_eq!(
            refusal("bouncycastle", file, now),
            Refusal::Imprint,
            "{file}"
        );
    }
    assert!(matches!(
        refusal("bouncycastle", "tsp-unacceptable-policy.tsr", now),
        Refusal::Rejected {
            status: 2,
            failure: Some(15),
            ..
        }
    ));
}
