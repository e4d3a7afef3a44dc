//! Verifies a detached signature: decode, inspect, digest, signature, path; then one verdict.
//!
//! 1. [`cms::decode`] reads the file (RFC 5652 §5.1).
//! 2. [`inspect`] reads the signed attributes and algorithms and finds the certificate by the digest
//!    the signature names, never by the signer identifier (RFC 5035 §5).
//! 3. [`verify_digest`] compares the content with messageDigest (RFC 5652 §5.6).
//! 4. [`verify_signature`] checks the signature over the signed attributes (RFC 5652 §5.4).
//! 5. [`trace_to_anchor`] (`chain.rs`) asks for a path at the claimed signing time and at the
//!    instant of verification (RFC 5280 §6.1).
//!
//! Every step notes all its faults and goes on as far as it can; EN 319 102-1 turns them into the
//! verdict (`verdict.rs`).

use jiff::Timestamp;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::attributes::Rules;
use crate::sign::certificate::CertificateFacts;
use crate::sign::chain::trace_to_anchor;
use crate::sign::cms;
use crate::sign::fault::Fault;
use crate::sign::inspect::inspect;
use crate::sign::inspect::verify_digest;
use crate::sign::inspect::verify_signature;
use crate::sign::statement::Statement;
use crate::sign::trust::TrustStore;
use crate::sign::verdict::Answer;
use crate::sign::verdict::Question;
use crate::sign::verdict::Verdict;
use crate::sign::verdict::conclude;

/// The content that is said to be signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// The bytes themselves.
    Bytes(&'a [u8]),
    /// Their digest, computed by whoever read them; enough for all that is signed here with
    /// anything but a P-384 key.
    Sha256(Sha256),
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Sha256> for Content<'_> {
    fn from(digest: Sha256) -> Self {
        Self::Sha256(digest)
    }
}

/// Verifies the signature file `signature` over `content` as of the instant `at`.
///
/// Never fails: whatever the bytes are, the result says what is wrong with them.
pub fn verify<'a>(
    content: impl Into<Content<'a>>,
    signature: &[u8],
    store: &TrustStore,
    at: Timestamp,
) -> Examined {
    let mut faults = Vec::new();
    let mut examined = Examined::unread();
    if let Some(file) = cms::decode(signature, &mut faults) {
        let mut signer = inspect(&file, Rules::SIGNATURE, &mut faults);
        examined.intact = verify_digest(&signer, content.into(), &mut faults);
        examined.valid = verify_signature(&file, &signer, &mut faults);
        if let Some(certificate) = &signer.certificate {
            let time = signer.claims.signing_time;
            let others = &file.certificates;
            examined.anchor = trace_to_anchor(certificate, others, store, time, at, &mut faults);
            examined.trusted = if examined.anchor.is_some() {
                Answer::Yes
            } else {
                Answer::No
            };
            examined.certificate = Some(certificate.facts().clone());
        }
        examined.signing_time = signer.claims.signing_time;
        examined.statement = signer.claims.statement.take();
    }
    examined.concluded(faults)
}

/// Finds the faults that lie in the file and the content alone, whoever the signer is.
pub(crate) fn own_faults(content: Content<'_>, signature: &[u8]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(file) = cms::decode(signature, &mut faults) {
        let signer = inspect(&file, Rules::SIGNATURE, &mut faults);
        verify_digest(&signer, content, &mut faults);
        verify_signature(&file, &signer, &mut faults);
    }
    faults
}

/// A signature that was verified. Only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    intact: Answer,
    valid: Answer,
    trusted: Answer,
    anchor: Option<Sha256>,
    certificate: Option<CertificateFacts>,
    signing_time: Option<Timestamp>,
    statement: Option<Statement>,
    faults: Vec<Fault>,
    verdict: Verdict,
}

impl Examined {
    /// Is the content the one that was signed?
    pub fn intact(&self) -> Answer {
        self.intact
    }

    /// Is the file of the allowed profile, and the signature right under the signer's key?
    pub fn valid(&self) -> Answer {
        self.valid
    }

    /// Does a path lead to an anchor, at the claimed signing time and at the instant of
    /// verification? `Unknown` if only at the former: nothing proves when it was signed.
    pub fn trusted(&self) -> Answer {
        self.trusted
    }

    /// Returns the digest of the anchor's certificate, if there is a path to one.
    pub fn anchor(&self) -> Option<Sha256> {
        self.anchor
    }

    /// Returns what the signer's certificate says; to be believed if valid and trusted.
    pub fn certificate(&self) -> Option<&CertificateFacts> {
        self.certificate.as_ref()
    }

    /// Returns the signing time: a claim of the signer, no proof.
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time
    }

    /// Returns what the signer stated; to be believed if valid. Other programs write none.
    pub fn statement(&self) -> Option<&Statement> {
        self.statement.as_ref()
    }

    /// Returns everything that is wrong, in the order in which it was found.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns the verdict in the words of EN 319 102-1.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Says the verdict in one sentence for people.
    pub fn words(&self) -> Words {
        self.verdict.words()
    }

    fn unread() -> Self {
        Self {
            intact: Answer::Unknown,
            valid: Answer::Unknown,
            trusted: Answer::Unknown,
            anchor: None,
            certificate: None,
            signing_time: None,
            statement: None,
            faults: Vec::new(),
            verdict: conclude([]),
        }
    }

    fn concluded(mut self, faults: Vec<Fault>) -> Self {
        for (question, answer) in faults.iter().filter_map(Fault::bearing) {
            let asked = match question {
                Question::Intact => &mut self.intact,
                Question::Trusted => &mut self.trusted,
                Question::Valid => &mut self.valid,
            };
            *asked = answer.min(*asked);
        }
        self.verdict = conclude(faults.iter().filter_map(Fault::sub_indication));
        self.faults = faults;
        self
    }
}
