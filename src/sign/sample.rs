//! What the tests of this module share: an authority, a signer, an instant.

use std::sync::OnceLock;

use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::Pkcs12;
use crate::sign::Statement;
use crate::sign::TrustStore;
use crate::sign::demo::Authority;
use crate::sign::demo::Identity;
use crate::sign::demo::KeyChoice;
use crate::sign::demo::Person;
use crate::sign::demo::Validity;

pub(crate) const PASSWORD: &str = "mật khẩu";

pub(crate) const CONTENT: &[u8] = b"%PDF-1.7 content that is signed";

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 instant")
}

/// When the samples are signed.
pub(crate) fn at() -> Timestamp {
    instant("2024-09-09T00:30:00Z")
}

pub(crate) fn validity() -> Validity {
    Validity {
        from: instant("2024-08-01T00:00:00Z"),
        until: instant("2027-07-31T23:59:59Z"),
    }
}

pub(crate) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let validity = Validity {
            from: instant("2020-01-01T00:00:00Z"),
            until: instant("2040-01-01T00:00:00Z"),
        };
        Authority::new("Trường Mầm non Hoa Sen", KeyChoice::P256, validity).expect("an authority")
    })
}

pub(crate) fn anchors() -> TrustStore {
    let mut anchors = TrustStore::default();
    anchors
        .add_signers("goc", authority().root_pem().as_bytes())
        .expect("an anchor");
    anchors
}

pub(crate) fn identity(key: KeyChoice) -> Identity {
    let uid = "CCCD:000000000001";
    let person = Person {
        name: "Nguyễn Thị An Khê",
        uid,
        key,
        validity: validity(),
    };
    authority().issue(&person, PASSWORD).expect("an identity")
}

/// One signer for all tests, since packing and opening take long.
pub(crate) fn signer() -> &'static Pkcs12 {
    static SIGNER: OnceLock<Pkcs12> = OnceLock::new();
    SIGNER.get_or_init(|| open(&identity(KeyChoice::P256)))
}

pub(crate) fn open(identity: &Identity) -> Pkcs12 {
    Pkcs12::open(&identity.pkcs12, PASSWORD).expect("a signer")
}

pub(crate) fn statement() -> Statement {
    Statement {
        subject: "2024-2025/mg-5a/giao-an/2024-09-09".into(),
        step: "to-duyet".into(),
        signer: "nguyen-thi-an-khe".into(),
        capacity: "to-truong".into(),
        prior: vec![Sha256::of(b"earlier")],
        ..Statement::default()
    }
}

/// The bytes of a file under `tests/fixtures/sign`; `make.sh` there says how each was made.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/sign/",
            $name
        ))
        .as_slice()
    };
}
pub(crate) use fixture;
