//! The JSON in which signatures are asked for elsewhere: by `hoso sign --prepare`, and of a
//! `program:`. Whoever answers puts `sig` into the items, and may leave the rest as it is.
//!
//! ```text
//! { "schema": "hoso/signing-job/1", "created": "…Z",
//!   "alg": "RSA-PKCS1-SHA256" | "RSA-PSS-SHA256" | "ECDSA-SHA256" | "ECDSA-SHA384",
//!   "cert_sha256": hex, "cert": base64 DER, "chain": [base64 DER …],
//!   "items": [ { "record", "title", "file", "file_sha256", "file_size",   -- to know what it is
//!                "signed_attrs": base64 DER,      -- what is signed (RFC 5652 §5.4)
//!                "hash": base64,                  -- its digest, for signers that take digests
//!                "sig": base64 } … ] }            -- the answer
//! ```
//!
//! Nothing in it is believed when it comes back: whatever `hoso` needs it makes again and compares.

use base64ct::Base64;
use base64ct::Encoding;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::Credential;

/// The schema's name.
const SCHEMA: &str = "hoso/signing-job/1";
/// The most that is read as a job.
pub const JOB_LIMIT: u64 = 64 * 1024 * 1024;
/// The most items of a job.
const MOST_ITEMS: usize = 10_000;
/// The longest signature in base64; RSA-4096 has 684 characters.
const LONGEST_SIGNATURE: usize = 2048;
/// The most certificates above the signer's.
const MOST_CHAIN: usize = 8;

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    schema: String,
    /// When it was made: the signing time that the signatures will claim.
    pub created: Timestamp,
    /// The algorithm.
    pub alg: String,
    /// SHA-256 of the certificate.
    pub cert_sha256: String,
    cert: String,
    #[serde(default)]
    chain: Vec<String>,
    /// What is to be signed.
    pub items: Vec<Item>,
}

/// One signature that is asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Item {
    /// The record's id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// Its title, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The step of its chain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// Where the form lies or will lie.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// SHA-256 of the form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file_sha256: String,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub file_size: u64,
    signed_attrs: String,
    hash: String,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sig: Option<String>,
}

/// Says why a job cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JobError {
    /// It is not the JSON above.
    #[error("this is no job of `hoso sign --prepare`: {reason}")]
    Malformed {
        /// What the reader says.
        reason: String,
    },
    /// It is larger than any that is made.
    #[error("the job has more {what} than {limit}")]
    TooLarge {
        /// Items, certificates or characters.
        what: &'static str,
        /// The most.
        limit: usize,
    },
}

impl JobError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Malformed { reason } => {
                format!("tệp này không phải việc ký do `hoso sign --prepare` ghi ra: {reason}")
            }
            Self::TooLarge { what, limit } => format!("việc ký có quá {limit} ({what})"),
        };
        Words::new(vi, self.to_string())
    }
}

impl Job {
    /// An empty job for one signer.
    pub fn new(credential: &Credential<'_>, created: Timestamp) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            created,
            alg: credential.scheme.name().to_owned(),
            cert_sha256: Sha256::of(credential.certificate).to_string(),
            cert: Base64::encode_string(credential.certificate),
            chain: credential
                .chain
                .iter()
                .map(|der| Base64::encode_string(der))
                .collect(),
            items: Vec::new(),
        }
    }

    /// Reads a job that came back. Only its shape is looked at.
    ///
    /// # Errors
    /// [`JobError`].
    pub fn read(bytes: &[u8]) -> Result<Self, JobError> {
        let malformed = |reason: String| JobError::Malformed { reason };
        let job: Self =
            serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        if job.schema != SCHEMA {
            let schema = crate::diag::words::tame(&job.schema);
            return Err(malformed(format!("schema `{schema}`")));
        }
        for (what, count, limit) in [
            ("items", job.items.len(), MOST_ITEMS),
            ("certificates", job.chain.len(), MOST_CHAIN),
        ] {
            if count > limit {
                return Err(JobError::TooLarge { what, limit });
            }
        }
        Ok(job)
    }

    /// Writes it, readable for people too.
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// The certificates in it: the signer's, and those above; none if one is no base64.
    pub fn certificates(&self) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
        let chain = self.chain.iter().map(|text| base64_decoded(text));
        Some((base64_decoded(&self.cert)?, chain.collect::<Option<_>>()?))
    }
}

impl Item {
    /// Asks for a signature over `to_be_signed`.
    pub fn of(to_be_signed: &[u8], hash: &[u8]) -> Self {
        Self {
            signed_attrs: Base64::encode_string(to_be_signed),
            hash: Base64::encode_string(hash),
            ..Self::default()
        }
    }

    /// Whether it asks for a signature over exactly these bytes.
    pub fn asks_for(&self, to_be_signed: &[u8]) -> bool {
        self.signed_attrs == Base64::encode_string(to_be_signed)
    }

    /// The answer's bytes. `None`: not answered; `Some(None)`: no base64, or too long.
    pub fn signature(&self) -> Option<Option<Vec<u8>>> {
        let text = self.sig.as_ref().filter(|text| !text.trim().is_empty())?;
        let short = text.len() <= LONGEST_SIGNATURE;
        Some(short.then(|| base64_decoded(text)).flatten())
    }
}

/// Reads base64 (RFC 4648 §4) with line breaks in it, as machines' secrets often have.
pub(crate) fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Base64::decode_vec(&plain).ok()
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Scheme;

    fn job() -> Job {
        let credential = Credential {
            certificate: b"certificate",
            chain: &[b"above".to_vec()],
            scheme: Scheme::RSA_PSS_SHA256,
        };
        let mut job = Job::new(&credential, Timestamp::UNIX_EPOCH);
        job.items.push(Item::of(b"attributes", b"hash"));
        job
    }

    #[test]
    fn a_job_comes_back_as_it_went() {
        let read = Job::read(&job().to_json()).unwrap();
        assert_eq!(read.alg, "RSA-PSS-SHA256");
        assert_eq!(read.certificates().unwrap().1, [b"above".to_vec()]);
        assert!(read.items[0].asks_for(b"attributes") && !read.items[0].asks_for(b"others"));
        assert_eq!(read.items[0].signature(), None);
    }

    #[test]
    fn answers_are_bounded_and_foreign_fields_let_be() {
        let text = String::from_utf8(job().to_json()).unwrap();
        let with = |sig: &str| {
            let text = text.replace(
                "\"hash\"",
                &format!("\"sig\": {sig}, \"tranId\": 7, \"hash\""),
            );
            Job::read(text.as_bytes()).map(|job| job.items[0].signature())
        };
        assert_eq!(with("\"AQI=\"").unwrap(), Some(Some(vec![1, 2])));
        assert_eq!(with("\"AQ\\nI=\"").unwrap(), Some(Some(vec![1, 2])));
        assert_eq!(with("null").unwrap(), None);
        assert_eq!(with("\" \"").unwrap(), None);
        assert_eq!(with("\"!\"").unwrap(), Some(None));
        let long = format!("\"{}\"", "AAAA".repeat(1000));
        assert_eq!(with(&long).unwrap(), Some(None));
        assert!(with("7").is_err());
    }

    #[test]
    fn what_is_no_job_says_so() {
        let text = String::from_utf8(job().to_json()).unwrap();
        let chain = format!("[{}\"\"]", "\"\",".repeat(20));
        for bad in [
            "".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            "[".repeat(100_000),
            text.replace("signing-job/1", "signing-job/2"),
            text.replace("1970-01-01T00:00:00Z", "yesterday"),
            text.replace("[\n    \"YWJvdmU=\"\n  ]", &chain),
        ] {
            let error = Job::read(bad.as_bytes()).unwrap_err();
            assert_ne!(error.words().vi, error.words().en);
        }
    }
}
