//! Whom and what the school trusts: everything that a verification rests on besides the file itself.
//!
//! 1. Lists of anchors for signers, named by the file each was read from (the national root, the
//!    root of the state bodies). A path lies wholly under one list.
//! 2. Lists of anchors for time-stamps. The two kinds are disjoint: an authority that is only in
//!    one of them counts for nothing in the other.
//! 3. Evidence: CRLs and OCSP responses that are kept beside what a signature file carries.
//! 4. Existence: instants at which a signature is proven to have existed already, from archives
//!    that were sealed (EN 319 102-1 §3.1, proof of existence).
//! 5. Policy: the algorithms and key sizes that count, by date.
//!
//! All of it is given; nothing that a signature file carries ever becomes an anchor. An anchor is a
//! name and a key (RFC 5280 §6.1.1 d): its own dates are not looked at, since the school says by
//! keeping the file for how long it trusts it.

use std::collections::BTreeMap;
use std::fmt;

use certval::PDVTrustAnchorChoice;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::algorithm::Key;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateError;
use crate::sign::certificate::CertificateFacts;
use crate::sign::fault::Fault;
use crate::sign::path::Cache;
use crate::sign::policy::Policy;
use crate::sign::revocation::Evidence;
use crate::sign::revocation::EvidenceError;

/// Whom and what the school trusts.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    signers: Vec<AnchorList>,
    stampers: Vec<AnchorList>,
    /// By the digest of its bytes.
    evidence: BTreeMap<Sha256, Evidence>,
    /// Invariant: the size of all of it.
    evidence_bytes: usize,
    existence: BTreeMap<Sha256, Timestamp>,
    policy: Policy,
    /// Paths found under these lists and this policy.
    paths: Cache,
}

/// The anchors of one file.
#[derive(Clone, Debug)]
pub struct AnchorList {
    name: String,
    anchors: Vec<Anchor>,
}

/// One authority that is trusted as such.
#[derive(Clone)]
pub(crate) struct Anchor {
    certificate: Certificate,
    key: Result<Key, Fault>,
    /// The same certificate, as certval reads it.
    pdv: PDVTrustAnchorChoice,
}

impl Anchor {
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn key(&self) -> &Result<Key, Fault> {
        &self.key
    }

    pub(crate) fn pdv(&self) -> &PDVTrustAnchorChoice {
        &self.pdv
    }
}

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Anchor")
            .field(self.certificate.facts())
            .finish()
    }
}

/// Says why a file is not taken as a list of anchors.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// One of the certificates cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There is no certificate in the file.
    #[error("there is no certificate in the file")]
    Empty,
    /// A certificate is not an authority's.
    #[error("the certificate of `{subject}` is not an authority's")]
    NotAuthority {
        /// Whose it is.
        subject: String,
    },
    /// The PEM armour is broken.
    #[error("the PEM text cannot be read: {reason}")]
    Pem {
        /// What the decoder says.
        reason: String,
    },
}

impl AnchorError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Certificate(error) => return error.words(),
            Self::Empty => "trong tệp không có chứng thư nào".to_string(),
            Self::NotAuthority { subject } => {
                format!("chứng thư của «{subject}» không phải của cơ quan chứng thực")
            }
            Self::Pem { reason } => format!("tệp PEM không đọc được ({reason})"),
        };
        Words::new(vi, self.to_string())
    }
}

impl TrustStore {
    /// Trusts every certificate of a file as an authority for signers: PEM (any number) or one in
    /// DER. `list` names the file; files of one name are one list.
    ///
    /// # Errors
    /// [`AnchorError`], and nothing of the file is added, if any of its certificates is unfit.
    pub fn add_signers(&mut self, list: &str, file: &[u8]) -> Result<(), AnchorError> {
        self.paths = Cache::default();
        add(&mut self.signers, list, file)
    }

    /// Trusts every certificate of a file as an authority for time-stamps, as
    /// [`add_signers`](Self::add_signers) does for signers.
    ///
    /// # Errors
    /// [`AnchorError`], and nothing of the file is added, if any of its certificates is unfit.
    pub fn add_stampers(&mut self, list: &str, file: &[u8]) -> Result<(), AnchorError> {
        self.paths = Cache::default();
        add(&mut self.stampers, list, file)
    }

    /// Keeps a CRL, in DER; the same one twice is once.
    ///
    /// # Errors
    /// [`EvidenceError`], and it is not kept, if it cannot be used or there is too much.
    pub fn add_crl(&mut self, der: &[u8]) -> Result<(), EvidenceError> {
        self.add_evidence(Evidence::crl(der)?)
    }

    /// Keeps an OCSP response, in DER; the same one twice is once.
    ///
    /// # Errors
    /// [`EvidenceError`], and it is not kept, if it cannot be used or there is too much.
    pub fn add_ocsp(&mut self, der: &[u8]) -> Result<(), EvidenceError> {
        self.add_evidence(Evidence::ocsp(der)?)
    }

    /// Keeps a piece of evidence that was read before.
    ///
    /// # Errors
    /// [`EvidenceError::TooMuch`].
    pub fn add_evidence(&mut self, evidence: Evidence) -> Result<(), EvidenceError> {
        if self.evidence.contains_key(&evidence.digest()) {
            return Ok(());
        }
        let (limit, bytes) = (MOST_EVIDENCE, MOST_EVIDENCE_BYTES);
        let size = self.evidence_bytes + evidence.size();
        if self.evidence.len() >= limit || size > bytes {
            return Err(EvidenceError::TooMuch { limit, bytes });
        }
        self.evidence_bytes = size;
        self.evidence.insert(evidence.digest(), evidence);
        Ok(())
    }

    /// The CRLs and OCSP responses, in the order of their digests.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.values()
    }

    /// Notes that the signature file (or core) of this digest is proven to have existed at `at`;
    /// the earliest proof counts.
    pub fn add_existence(&mut self, digest: Sha256, at: Timestamp) {
        self.existence
            .entry(digest)
            .and_modify(|known| *known = at.min(*known))
            .or_insert(at);
    }

    /// The earliest instant at which the signature file (or core) of this digest is proven to have
    /// existed.
    pub fn existence(&self, digest: &Sha256) -> Option<Timestamp> {
        self.existence.get(digest).copied()
    }

    /// The lists of anchors for signers, in the order they were added.
    pub fn signers(&self) -> &[AnchorList] {
        &self.signers
    }

    /// The lists of anchors for time-stamps, in the order they were added.
    pub fn stampers(&self) -> &[AnchorList] {
        &self.stampers
    }

    /// The algorithms and key sizes that count.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn paths(&self) -> &Cache {
        &self.paths
    }

    /// All lists of anchors, those for signers first.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &AnchorList> {
        self.signers.iter().chain(&self.stampers)
    }

    /// What the anchors for signers say of themselves, in the order they were added.
    pub fn facts(&self) -> impl Iterator<Item = &CertificateFacts> {
        self.signers.iter().flat_map(AnchorList::facts)
    }

    /// Tells whether no signer is trusted.
    pub fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    /// The same store with the lists of `given` in place of its own. Who brings anchors for signers
    /// trusts no authority for time-stamps that came along: one that a stranger made would prove any
    /// time. Anchors for time-stamps alone replace those only. Existence and evidence of both are kept.
    #[must_use]
    pub fn replaced_by(mut self, given: Self) -> Self {
        self.paths = Cache::default();
        if !given.signers.is_empty() {
            self.signers = given.signers;
            self.stampers.clear();
        }
        if !given.stampers.is_empty() {
            self.stampers = given.stampers;
        }
        for (digest, at) in given.existence {
            self.add_existence(digest, at);
        }
        for evidence in given.evidence.into_values() {
            // What is too much of it is left out: less evidence proves less.
            let _ = self.add_evidence(evidence);
        }
        self
    }
}

impl AnchorList {
    /// The name of the file it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its anchors say of themselves, in the order of the file.
    pub fn facts(&self) -> impl Iterator<Item = &CertificateFacts> {
        self.anchors.iter().map(|anchor| anchor.certificate.facts())
    }

    /// Whether the anchor with this digest is one of them.
    pub(crate) fn has(&self, anchor: Sha256) -> bool {
        self.facts().any(|facts| facts.sha256 == anchor)
    }

    pub(crate) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}

fn add(lists: &mut Vec<AnchorList>, name: &str, file: &[u8]) -> Result<(), AnchorError> {
    let mut anchors = read(file)?;
    match lists.iter_mut().find(|list| list.name == name) {
        Some(list) => list.anchors.append(&mut anchors),
        None => lists.push(AnchorList {
            name: name.to_owned(),
            anchors,
        }),
    }
    Ok(())
}

fn read(file: &[u8]) -> Result<Vec<Anchor>, AnchorError> {
    let is_pem = file
        .windows(PEM_START.len())
        .any(|window| window == PEM_START);
    let certificates = match is_pem {
        false => vec![CertificateDer::from(file)],
        true => CertificateDer::pem_slice_iter(file)
            .collect::<Result<_, _>>()
            .map_err(|error| AnchorError::Pem {
                reason: error.to_string(),
            })?,
    };
    if certificates.is_empty() {
        return Err(AnchorError::Empty);
    }
    certificates.iter().map(anchor).collect()
}

fn anchor(der: &CertificateDer<'_>) -> Result<Anchor, AnchorError> {
    let certificate = Certificate::read(der)?;
    if !certificate.is_authority() {
        let subject = certificate.facts().subject_cn.clone().unwrap_or_default();
        return Err(AnchorError::NotAuthority { subject });
    }
    let bytes: &[u8] = der;
    let pdv =
        PDVTrustAnchorChoice::try_from(bytes).map_err(|error| CertificateError::Malformed {
            reason: error.to_string(),
        })?;
    let key = certificate.key();
    Ok(Anchor {
        certificate,
        key,
        pdv,
    })
}

/// Most pieces of evidence: those of a school for thirty years.
const MOST_EVIDENCE: usize = 20_000;
/// Most bytes of evidence: all of it is held in memory.
const MOST_EVIDENCE_BYTES: usize = 512 * 1024 * 1024;
const PEM_START: &[u8] = b"-----BEGIN ";
