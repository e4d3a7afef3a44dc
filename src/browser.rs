//! The verifier in a browser: `sign` compiled to WebAssembly, for a record's page.
//!
//! The root of a package of its own, `src/browser/Cargo.toml`. It is made of the very files that
//! `hoso verify` is made of, less those that sign, and with `rustcrypto.rs` in the place of
//! `primitive.rs`. Nothing here decides anything: bytes and an instant go in, and what comes out is
//! the object that `hoso verify --format json` prints. It reads no clock, asks nobody and keeps no
//! secret.

#![allow(
    dead_code,
    unused_imports,
    reason = "what only signing uses of these files is not compiled in"
)]

use jiff::Timestamp;
use wasm_bindgen::prelude::wasm_bindgen;

mod diag {
    pub(crate) mod words;
    pub(crate) use words::Lang;
    pub(crate) use words::Words;
}
mod digest;
mod sign {
    pub(crate) mod algorithm;
    pub(crate) mod attributes;
    pub(crate) mod certificate;
    pub(crate) mod cms;
    pub(crate) mod facts;
    pub(crate) mod fault;
    pub(crate) mod inspect;
    pub(crate) mod level;
    pub(crate) mod path;
    pub(crate) mod policy;
    #[path = "rustcrypto.rs"]
    pub(crate) mod primitive;
    pub(crate) mod process;
    pub(crate) mod revocation;
    pub(crate) mod statement;
    pub(crate) mod timestamp;
    pub(crate) mod tlv;
    pub(crate) mod trust;
    pub(crate) mod verdict;
    pub(crate) mod verify;

    pub(crate) use cms::core_digest;
    pub(crate) use process::Revocation;
    pub(crate) use process::Stamp;
    pub(crate) use process::StampKind;
    pub(crate) use verify::Examined;
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
#[wasm_bindgen]
pub fn digest(bytes: &[u8]) -> String {
    digest::Sha256::of(bytes).to_string()
}

/// Whom and what the archive trusts, and the examination of signatures against it.
#[wasm_bindgen]
#[derive(Default)]
pub struct Verifier {
    store: sign::trust::TrustStore,
}

#[wasm_bindgen]
impl Verifier {
    /// One that trusts nobody.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a certificate as an authority for signers; false if it is not fit for that.
    pub fn signers(&mut self, list: &str, der: &[u8]) -> bool {
        self.store.add_signers(list, der).is_ok()
    }

    /// Trusts a certificate as an authority for time-stamps; false if it is not fit for that.
    pub fn stampers(&mut self, list: &str, der: &[u8]) -> bool {
        self.store.add_stampers(list, der).is_ok()
    }

    /// Keeps a CRL; false if it cannot be used.
    pub fn crl(&mut self, der: &[u8]) -> bool {
        self.store.add_crl(der).is_ok()
    }

    /// Keeps an OCSP response; false if it cannot be used.
    pub fn ocsp(&mut self, der: &[u8]) -> bool {
        self.store.add_ocsp(der).is_ok()
    }

    /// Takes over that the file of this digest existed at an instant; false if either cannot be read.
    pub fn existed(&mut self, sha256: &str, at: &str) -> bool {
        match (digest::Sha256::parse(sha256), at.parse()) {
            (Some(sha256), Ok(at)) => {
                self.store.add_existence(sha256, at);
                true
            }
            _ => false,
        }
    }

    /// The instant at which a seal, over the tag manifest of an archive, proves that archive to have
    /// existed, as of another; nothing if the seal does not hold, or if `at` cannot be read.
    pub fn sealed(&self, tags: &[u8], seal: &[u8], at: &str) -> Option<String> {
        let examined = sign::verify::verify(tags, seal, &self.store, at.parse().ok()?);
        let proven = examined.best_signature_time();
        proven
            .filter(|_| examined.is_sound())
            .map(|at| at.to_string())
    }

    /// Verifies a signature file over `content` as of an instant in RFC 3339; the object of `hoso verify
    /// --format json`, its sentences in Vietnamese. Nothing if the instant cannot be read.
    pub fn verify(&self, content: &[u8], signature: &[u8], at: &str) -> Option<String> {
        let at: Timestamp = at.parse().ok()?;
        let examined = sign::verify::verify(content, signature, &self.store, at);
        let statement = examined.statement();
        let what = serde_json::json!({
            "sha256": digest::Sha256::of(signature).to_string(),
            "act": statement.map(|s| s.act).unwrap_or_default().code(),
            "reason": statement.and_then(|s| s.reason.as_deref()),
            "other": statement.and_then(|s| s.other.as_deref()),
            "subject": statement.map(|s| s.subject.as_str()),
            "signer": statement.map(|s| s.signer.as_str()),
            "capacity": statement.map(|s| s.capacity.as_str()),
            "step": statement.map(|s| s.step.as_str()),
        });
        Some(sign::facts::facts(what, &examined, diag::Lang::Vi).to_string())
    }
}
