//! Verifies a signature: decode, inspect, digest, signature, time-stamps, path; then one verdict.
//!
//! 1. [`cms::decode_whole`] reads the file (RFC 5652 §5.1).
//! 2. [`inspect`] reads the signed attributes and algorithms and finds the certificate by the digest
//!    the signature names, never by the signer identifier (RFC 5035 §5).
//! 3. [`verify_digest`] compares the content with messageDigest (RFC 5652 §5.6).
//! 4. [`verify_signature`] checks the signature over the signed attributes (RFC 5652 §5.4).
//! 5. `process.rs` examines the time-stamps and asks for a path at the claimed signing time and at
//!    the best one that is proven (EN 319 102-1 §5.5 and §5.6).
//!
//! Every step notes all its faults and goes on as far as it can; EN 319 102-1 turns them into the
//! verdict (`verdict.rs`).

use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::attributes::Rules;
use crate::sign::certificate::CertificateFacts;
use crate::sign::cms;
use crate::sign::cms::Message;
use crate::sign::cms::SignedFile;
use crate::sign::fault::Fault;
use crate::sign::inspect::inspect;
use crate::sign::inspect::verify_digest;
use crate::sign::inspect::verify_signature;
use crate::sign::level;
use crate::sign::level::Level;
use crate::sign::process;
use crate::sign::process::Revocation;
use crate::sign::process::Stamp;
use crate::sign::process::Subject;
use crate::sign::statement::Statement;
use crate::sign::trust::TrustStore;
use crate::sign::verdict::Answer;
use crate::sign::verdict::Question;
use crate::sign::verdict::SubIndication;
use crate::sign::verdict::Verdict;
use crate::sign::verdict::conclude;

/// The content that is said to be signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// The bytes themselves.
    Bytes(&'a [u8]),
    /// Nothing is at hand.
    Missing,
    /// Their digest, computed by whoever read them; enough for all that is signed here with
    /// anything but a P-384 key.
    Sha256(Sha256),
}

impl Content<'_> {
    /// Returns the digest of the content in one algorithm.
    ///
    /// # Errors
    /// [`Fault::DigestUnavailable`] if only the SHA-256 is at hand and another is asked for.
    pub(crate) fn digest(&self, algorithm: DigestAlgorithm) -> Result<Vec<u8>, Fault> {
        match (self, algorithm) {
            (Content::Bytes(bytes), _) => Ok(algorithm.of(bytes)),
            (Content::Sha256(digest), DigestAlgorithm::Sha256) => Ok(digest.as_bytes().to_vec()),
            (Content::Sha256(_), _) => Err(Fault::DigestUnavailable {
                algorithm: algorithm.name(),
            }),
            (Content::Missing, _) => Err(Fault::ContentMissing {}),
        }
    }
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
    let names = [Sha256::of(signature), cms::core_digest(signature)];
    let read = cms::decode_whole(signature, &mut faults);
    let Some((message, file)) = read else {
        return Examined::unread(names[1]).concluded(faults, false);
    };
    let content = content.into();
    let part = Part {
        message: &message,
        signer: 0,
        file,
        names,
    };
    examine(part, content, store, at, faults)
}

/// One signer of a file, read.
pub(crate) struct Part<'a> {
    pub(crate) message: &'a Message<'a>,
    /// Which of the signers in the message.
    pub(crate) signer: usize,
    pub(crate) file: SignedFile,
    /// SHA-256 of the file and of its core.
    pub(crate) names: [Sha256; 2],
}

/// Verifies one signer of a file; `faults` are those of the file.
pub(crate) fn examine(
    part: Part<'_>,
    content: Content<'_>,
    store: &TrustStore,
    at: Timestamp,
    mut faults: Vec<Fault>,
) -> Examined {
    let mut examined = Examined::unread(part.names[1]);
    let Some(raw) = part.message.signers.get(part.signer) else {
        return examined.concluded(faults, false);
    };
    let signer = inspect(&part.file, Rules::SIGNATURE, &mut faults);
    examined.intact = verify_digest(&signer, content, &mut faults);
    examined.valid = verify_signature(&part.file, &signer, &mut faults);
    examined.level = level::of_signer(part.message, part.signer);
    let count = raw.unsigned_values(COUNTER_SIGNATURE).count();
    if count > 0 {
        faults.push(Fault::CounterSignaturesIgnored { count });
    }
    let subject = Subject {
        message: part.message,
        signer: raw,
        content_stamps: &signer.claims.content_stamps,
        content,
        names: part.names,
        store,
        at,
    };
    let proofs = process::prove(&subject, &mut faults);
    let mut settled = false;
    if let Some(certificate) = &signer.certificate {
        let trust = process::trust(&subject, &signer, certificate, &proofs, &mut faults);
        settled = trust.settled;
        examined.trusted = match trust.path {
            Some(_) => Answer::Yes,
            None => Answer::No,
        };
        examined.anchor = trust.path.map(|path| (path.anchor(), path.list));
        examined.revocation = trust.revocation;
        examined.certificate = Some(certificate.facts().clone());
    }
    examined.best = proofs.best;
    examined.stamps = proofs.stamps;
    examined.signing_time = signer.claims.signing_time;
    examined.statement = signer.claims.statement;
    examined.concluded(faults, settled)
}

/// RFC 5652 §11.4.
const COUNTER_SIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.6");

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
    anchor: Option<(Sha256, String)>,
    certificate: Option<CertificateFacts>,
    signing_time: Option<Timestamp>,
    statement: Option<Statement>,
    level: Level,
    stamps: Vec<Stamp>,
    best: Option<Timestamp>,
    revocation: Revocation,
    core: Sha256,
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

    /// Does a path lead to an anchor, at the claimed signing time and at the best signature time (at
    /// the instant of verification, where nothing is proven)? `Unknown` if only at the former:
    /// nothing proves when it was signed.
    pub fn trusted(&self) -> Answer {
        self.trusted
    }

    /// Whether it may stand by itself: intact, valid and trusted, or only open for want of proof of
    /// when it was made and of revocation data.
    pub fn is_sound(&self) -> bool {
        let open = match self.verdict().sub_indication() {
            None
            | Some(
                SubIndication::TryLater
                | SubIndication::OutOfBoundsNoPoe
                | SubIndication::RevocationOutOfBoundsNoPoe
                | SubIndication::CryptoConstraintsFailureNoPoe,
            ) => true,
            Some(_) => false,
        };
        open && ![self.intact, self.valid, self.trusted].contains(&Answer::No)
    }

    /// Returns the digest of the anchor's certificate, if there is a path to one.
    pub fn anchor(&self) -> Option<Sha256> {
        self.anchor.as_ref().map(|(digest, _)| *digest)
    }

    /// Returns the name of the list that the anchor is of.
    pub fn anchor_list(&self) -> Option<&str> {
        self.anchor.as_ref().map(|(_, list)| list.as_str())
    }

    /// Returns how much the file brings along to be believed later: what is inside, not whether it
    /// holds.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the time-stamps that could be read, the oldest first.
    pub fn stamps(&self) -> &[Stamp] {
        &self.stamps
    }

    /// Returns the earliest instant at which the signature is proven to have existed (EN 319 102-1
    /// §5.5.4), by a time-stamp that holds or by a sealed archive.
    pub fn best_signature_time(&self) -> Option<Timestamp> {
        self.best
    }

    /// Returns what is known of the revocation of the certificates in the signer's path.
    pub fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// Returns the digest that names the signature through all its levels
    /// ([`core_digest`](crate::sign::core_digest)).
    pub fn core(&self) -> Sha256 {
        self.core
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

    pub(crate) fn unread(core: Sha256) -> Self {
        Self {
            intact: Answer::Unknown,
            valid: Answer::Unknown,
            trusted: Answer::Unknown,
            anchor: None,
            certificate: None,
            signing_time: None,
            statement: None,
            level: Level::B,
            stamps: Vec::new(),
            best: None,
            revocation: Revocation::Unknown,
            core,
            faults: Vec::new(),
            verdict: conclude([], false),
        }
    }

    pub(crate) fn concluded(mut self, faults: Vec<Fault>, settled: bool) -> Self {
        for (question, answer) in faults.iter().filter_map(Fault::bearing) {
            let asked = match question {
                Question::Intact => &mut self.intact,
                Question::Trusted => &mut self.trusted,
                Question::Valid => &mut self.valid,
            };
            *asked = answer.min(*asked);
        }
        let certain = [self.intact, self.valid, self.trusted] == [Answer::Yes; 3];
        let found = faults.iter().filter_map(Fault::sub_indication);
        self.verdict = conclude(found, settled && certain);
        self.faults = faults;
        self
    }
}
