//! Whether the certificates of a path were revoked: RFC 5280 §6.3 (CRLs) and RFC 6960 (OCSP), in the
//! two steps that an archive needs.
//!
//! # Two steps
//!
//! A path is validated at the *control time* T: the proven time of the signature, or the instant of
//! verification when nothing is proven. Evidence is younger than that: a CRL that is fetched after
//! signing has a thisUpdate after T. So each piece of evidence is first judged at its *own* time (was
//! its issuer valid then), and then asked what it says about T. Its algorithm must count at the time
//! since when it is *proven* to exist (EN 319 102-1 §5.6.2), or now: whoever breaks an authority's
//! key can date a CRL back.
//!
//! # What evidence says about T
//!
//! 1. Nothing from after the instant of verification counts.
//! 2. *Revoked since R*, R ≤ T: revoked. Stale evidence counts for that too, since a revocation is for
//!    ever; only certificateHold is believed from timely evidence alone.
//! 3. *Revoked since R*, R > T: good at T (EN 319 102-1 §5.5.4), unless the reason is a compromised
//!    key: then whoever has the key may have had it before R, and what counts is the invalidityDate
//!    (RFC 5280 §5.3.2); without one the certificate is taken for revoked at T.
//! 4. *Good* or not listed, in timely evidence: good. Evidence is timely (EN 319 102-1 §5.2.5) when it
//!    was issued at or after T, which is best, for it knows all that happened up to T; or when its
//!    window, thisUpdate to nextUpdate, covers T: that is the freshness which the authority itself
//!    promises. Without nextUpdate the window is [`WINDOW`].
//! 5. Evidence issued after the certificate ended is not timely, unless it says that it still lists
//!    certificates ended by then (expiredCertsOnCRL, archive cutoff): it may have been dropped.
//! 6. CRLs for some reasons only are added up; *good* needs all reasons.
//! 7. Where pieces disagree, a revocation outweighs; among holds, the youngest piece decides.
//!
//! certval's own revocation checks are not used: they take a CRL only if its window covers the time
//! of interest, and do not tell the revocation date from the fact.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::name::GeneralName;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::path;
use crate::sign::path::Rules;
use crate::sign::path::ValidPath;
use crate::sign::trust::TrustStore;

pub(crate) mod crl;
pub(crate) mod ocsp;
pub(crate) mod sources;

use crl::Crl;
use crl::Reasons;
use ocsp::Response;
use ocsp::Said;

/// A CRL or an OCSP response, read once.
#[derive(Clone, Debug)]
pub struct Evidence {
    digest: Sha256,
    size: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Crl(Arc<Crl>),
    Ocsp(Arc<Response>),
}

/// Says why bytes are not taken as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// They are no CRL or OCSP response that can be used.
    #[error("the revocation data cannot be used: {reason}")]
    Malformed {
        /// Why not.
        reason: String,
    },
    /// They are more than is read.
    #[error("the revocation data has {size} bytes, more than {limit}")]
    TooLarge {
        /// How many, in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
    /// There is too much of it altogether.
    #[error("there are more than {limit} pieces or {bytes} bytes of revocation data")]
    TooMuch {
        /// The most pieces.
        limit: usize,
        /// The most bytes of all together.
        bytes: usize,
    },
}

impl EvidenceError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Malformed { reason } => format!("không dùng được dữ liệu thu hồi ({reason})"),
            Self::TooLarge { size, limit } => {
                format!("dữ liệu thu hồi dài {size} byte, tối đa {limit}")
            }
            Self::TooMuch { limit, bytes } => {
                format!("có quá {limit} tệp hoặc {bytes} byte dữ liệu thu hồi")
            }
        };
        Words::new(vi, self.to_string())
    }
}

/// Largest CRL: of an authority with some hundred thousand revocations.
pub const CRL_LIMIT: usize = 32 * 1024 * 1024;
/// Largest OCSP response.
pub const OCSP_LIMIT: usize = 256 * 1024;

impl Evidence {
    /// Reads a CRL in DER.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is too large or cannot be used.
    pub fn crl(der: &[u8]) -> Result<Self, EvidenceError> {
        let read = |der: &[u8]| Ok(Kind::Crl(Arc::new(Crl::read(der)?)));
        Self::read(der, CRL_LIMIT, read)
    }

    /// Reads an OCSP response in DER.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is too large, not successful, or cannot be used.
    pub fn ocsp(der: &[u8]) -> Result<Self, EvidenceError> {
        let read = |der: &[u8]| Ok(Kind::Ocsp(Arc::new(Response::read(der)?)));
        Self::read(der, OCSP_LIMIT, read)
    }

    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> Sha256 {
        self.digest
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.size
    }

    fn read(
        der: &[u8],
        limit: usize,
        read: impl Fn(&[u8]) -> Result<Kind, EvidenceError>,
    ) -> Result<Self, EvidenceError> {
        let size = der.len();
        if size > limit {
            return Err(EvidenceError::TooLarge { size, limit });
        }
        Ok(Self {
            digest: Sha256::of(der),
            size,
            kind: read(der)?,
        })
    }

    fn source(&self) -> Source {
        match &self.kind {
            Kind::Crl(_) => Source::Crl(self.digest),
            Kind::Ocsp(_) => Source::Ocsp(self.digest),
        }
    }

    fn as_crl(&self) -> Option<&Crl> {
        match &self.kind {
            Kind::Crl(crl) => Some(crl),
            Kind::Ocsp(_) => None,
        }
    }

    fn as_ocsp(&self) -> Option<&Response> {
        match &self.kind {
            Kind::Ocsp(response) => Some(response),
            Kind::Crl(_) => None,
        }
    }
}

/// Which piece of evidence decided, by the SHA-256 of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A CRL.
    Crl(Sha256),
    /// An OCSP response.
    Ocsp(Sha256),
}

/// Whether a certificate was revoked at the control time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was not.
    Good {
        /// When the evidence was issued.
        this_update: Timestamp,
        /// Until when newer evidence was promised.
        next_update: Option<Timestamp>,
        /// The evidence.
        source: Source,
    },
    /// It was.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why, as RFC 5280 §5.3.1 names it.
        reason: &'static str,
        /// The evidence.
        source: Source,
    },
    /// Nothing says so that can be used.
    Unknown {
        /// Why not.
        why: Why,
    },
}

/// Why a status is not known; the later one has come further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// There is no evidence about the certificate, or its maker is not entitled to it.
    Missing,
    /// The OCSP responder does not know the certificate.
    NotKnown,
    /// There is evidence, but none that speaks for the control time.
    Stale {
        /// When the youngest was issued.
        this_update: Timestamp,
    },
    /// CRLs speak for some reasons of revocation only.
    SomeReasons,
}

/// What evidence says of a revoked certificate.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub since: Timestamp,
    pub reason: CrlReason,
    /// From when on the key was in wrong hands (RFC 5280 §5.3.2).
    pub invalid_since: Option<Timestamp>,
}

/// The instants that count; see the head of this file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Control {
    /// T: the proven time of the signature, or else the instant of verification.
    pub time: Timestamp,
    /// The instant of verification.
    pub now: Timestamp,
}

/// How long evidence without nextUpdate speaks for what follows it.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How far the clocks of authorities may be ahead.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Most certificates that are asked about for one path: its own, and those of CRL issuers and of
/// responders, which may need evidence themselves.
const MOST_QUESTIONS: usize = 32;

/// Answers for every certificate of the path, the leaf first. `pool` holds certificates that CRL
/// issuers may have, `embedded` what a signature file carries beside the store's own evidence;
/// `exists` tells since when a piece of evidence is proven to exist (now, where nothing proves it).
pub(crate) fn status(
    path: &ValidPath,
    pool: &[Vec<u8>],
    embedded: &[Evidence],
    store: &TrustStore,
    control: Control,
    exists: &dyn Fn(Source) -> Timestamp,
) -> Vec<Status> {
    let inquiry = Inquiry {
        pool,
        evidence: embedded.iter().chain(store.evidence()).collect(),
        store,
        control,
        exists,
        questions: Cell::new(MOST_QUESTIONS),
    };
    (0..path.certificates.len())
        .map(|index| inquiry.ask(path, index, true))
        .collect()
}

struct Inquiry<'a> {
    pool: &'a [Vec<u8>],
    evidence: Vec<&'a Evidence>,
    store: &'a TrustStore,
    control: Control,
    exists: &'a dyn Fn(Source) -> Timestamp,
    questions: Cell<usize>,
}

/// What one piece of evidence, whose maker is entitled to it, says of a certificate.
struct Finding {
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    remembers_from: Option<Timestamp>,
    reasons: Reasons,
    said: Said,
    source: Source,
}

impl Finding {
    fn is_timely(&self, certificate: &Certificate, control: Control) -> bool {
        let ended = certificate.facts().not_after;
        let listed =
            self.this_update <= ended || self.remembers_from.is_some_and(|from| from <= ended);
        let until = self.next_update.unwrap_or_else(|| {
            self.this_update
                .saturating_add(WINDOW)
                .unwrap_or(Timestamp::MAX)
        });
        listed && (control.time <= self.this_update || control.time <= until)
    }
}

impl Entry {
    /// Whether it makes the certificate bad at `time`; see the head of this file.
    fn bites_at(&self, time: Timestamp) -> bool {
        let compromised = matches!(
            self.reason,
            CrlReason::KeyCompromise | CrlReason::CaCompromise | CrlReason::AaCompromise
        );
        let in_doubt = compromised && self.invalid_since.is_none_or(|since| since <= time);
        self.since <= time || in_doubt
    }
}

impl Inquiry<'_> {
    fn ask(&self, path: &ValidPath, index: usize, ocsp: bool) -> Status {
        let Some(left) = self.questions.get().checked_sub(1) else {
            return Status::Unknown { why: Why::Missing };
        };
        self.questions.set(left);
        let Some(certificate) = path.certificates.get(index) else {
            return Status::Unknown { why: Why::Missing };
        };
        let mut findings = self.by_crls(path, index);
        if ocsp {
            findings.extend(self.by_ocsp(path, index));
        }
        findings.retain(|one| self.is_past(one.this_update));
        findings.sort_by_key(|one| std::cmp::Reverse(one.this_update));
        self.conclude(certificate, &findings)
    }

    /// Nothing from after the instant of verification counts.
    fn is_past(&self, time: Timestamp) -> bool {
        time.duration_since(self.control.now) <= CLOCK_SKEW
    }

    fn conclude(&self, certificate: &Certificate, findings: &[Finding]) -> Status {
        let time = self.control.time;
        let revoked = |entry: &Entry, finding: &Finding| Status::Revoked {
            since: entry.since,
            reason: name(entry.reason),
            source: finding.source,
        };
        for finding in findings {
            if let Said::Revoked(entry) = &finding.said
                && entry.reason != CrlReason::CertificateHold
                && entry.bites_at(time)
            {
                return revoked(entry, finding);
            }
        }
        let mut why = Why::Missing;
        let mut known = 0;
        for finding in findings {
            if !finding.is_timely(certificate, self.control) {
                let this_update = finding.this_update;
                why = why.max(Why::Stale { this_update });
                continue;
            }
            match &finding.said {
                Said::Revoked(entry) if entry.bites_at(time) => return revoked(entry, finding),
                Said::Unknown => why = why.max(Why::NotKnown),
                Said::Good | Said::Revoked(_) => {
                    known |= finding.reasons;
                    why = why.max(Why::SomeReasons);
                    if known == crl::ALL_REASONS {
                        return Status::Good {
                            this_update: finding.this_update,
                            next_update: finding.next_update,
                            source: finding.source,
                        };
                    }
                }
            }
        }
        Status::Unknown { why }
    }

    fn by_ocsp(&self, path: &ValidPath, index: usize) -> Vec<Finding> {
        let certificate = &path.certificates[index];
        let issuer = path.issuer(index);
        let mut findings = Vec::new();
        for (evidence, response) in self
            .evidence
            .iter()
            .filter_map(|one| Some((one, one.as_ocsp()?)))
        {
            let Some(answer) = response.about(certificate, issuer) else {
                continue;
            };
            let Some(signer) = response.signer(
                issuer,
                self.store.policy(),
                (self.exists)(evidence.source()),
            ) else {
                continue;
            };
            let own = signer.der() == issuer.der();
            let anchor = index + 1 == path.certificates.len();
            let entitled = match own {
                true => anchor || issuer.facts().is_valid_at(answer.produced_at),
                false => signer.has_extension(&ocsp::NO_CHECK) || self.stands(&signer, path, index),
            };
            let in_order = self.is_past(answer.produced_at)
                && answer.this_update.duration_since(answer.produced_at) <= CLOCK_SKEW;
            if entitled && in_order {
                findings.push(Finding {
                    this_update: answer.this_update,
                    next_update: answer.next_update,
                    remembers_from: answer.remembers_from,
                    reasons: crl::ALL_REASONS,
                    said: answer.said,
                    source: evidence.source(),
                });
            }
        }
        findings
    }

    /// Whether a CRL says that a responder, whom the issuer of `path` at `index` certified, stands.
    fn stands(&self, responder: &Certificate, path: &ValidPath, index: usize) -> bool {
        let above = path.certificates.iter().skip(index + 1);
        let path = ValidPath {
            certificates: std::iter::once(responder).chain(above).cloned().collect(),
            root: path.root.clone(),
            list: path.list.clone(),
        };
        matches!(self.ask(&path, 0, false), Status::Good { .. })
    }

    fn by_crls(&self, path: &ValidPath, index: usize) -> Vec<Finding> {
        let certificate = &path.certificates[index];
        let Ok(points) = certificate.extension::<CrlDistributionPoints>() else {
            return Vec::new();
        };
        let mut points = points.map(|points| points.0).unwrap_or_default();
        points.push(crl::implied_point(certificate));
        let crls: Vec<(&Evidence, &Crl)> = self
            .evidence
            .iter()
            .filter_map(|one| Some((*one, one.as_crl()?)))
            .collect();
        let mut findings = Vec::new();
        for (evidence, crl) in crls.iter().filter(|(_, crl)| !crl.is_delta()) {
            let of = |point| crl.reasons_for(certificate, point);
            let reasons = points.iter().map(of).fold(0, |all, one| all | one);
            if reasons == 0 || !self.is_entitled(evidence, crl, path, index) {
                continue;
            }
            let complete = finding(crl, None, certificate, reasons, evidence.source());
            findings.push(complete);
            let deltas = crls.iter().filter(|(_, delta)| delta.adds_to(crl));
            for (evidence, delta) in deltas {
                if self.is_entitled(evidence, delta, path, index) {
                    let source = evidence.source();
                    findings.push(finding(crl, Some(delta), certificate, reasons, source));
                }
            }
        }
        findings
    }

    /// Whether the CRL's signer is the issuer of the certificate, or another under the same anchor
    /// who stands himself (RFC 5280 §6.3.3 f).
    fn is_entitled(&self, evidence: &Evidence, crl: &Crl, path: &ValidPath, index: usize) -> bool {
        let (policy, since) = (self.store.policy(), (self.exists)(evidence.source()));
        let named = |one: &Certificate| crl::same_name(one.subject(), crl.issuer());
        if named(&path.root) && crl.is_signed_by(&path.root, true, policy, since) {
            return true;
        }
        let mut above = path.certificates.iter().skip(index + 1);
        if above.any(|one| named(one) && crl.is_signed_by(one, false, policy, since)) {
            return true;
        }
        let asked = &path.certificates[index];
        if named(asked) && names_itself(asked) && crl.is_signed_by(asked, false, policy, since) {
            return true;
        }
        let others = self.pool.iter().filter(|der| der.as_slice() != asked.der());
        others
            .filter_map(|der| Certificate::read(der).ok())
            .filter(|one| named(one) && crl.is_signed_by(one, false, policy, since))
            .any(|one| self.stands_beside(&one, crl, path))
    }

    /// Whether a CRL issuer that is not in the path has one of its own, to the same anchor, and is
    /// not revoked.
    fn stands_beside(&self, issuer: &Certificate, crl: &Crl, path: &ValidPath) -> bool {
        let rules = Rules::of_authority();
        let mut lists = self.store.lists();
        let Some(list) = lists.find(|list| list.name() == path.list && list.has(path.anchor()))
        else {
            return false;
        };
        let (policy, at) = (self.store.policy(), crl.this_update());
        let Ok(own) = path::under(issuer, self.pool, list, &rules, policy, at) else {
            return false;
        };
        own.anchor() == path.anchor()
            && (0..own.certificates.len()).all(|index| {
                let certificate = &own.certificates[index];
                let known = path
                    .certificates
                    .iter()
                    .any(|one| one.der() == certificate.der());
                known || matches!(self.ask(&own, index, true), Status::Good { .. })
            })
    }
}

/// Whether the authority appointed the holder of a certificate to issue the CRL about it: a
/// distribution point names him as cRLIssuer. Nobody else answers for himself.
fn names_itself(certificate: &Certificate) -> bool {
    let points = certificate.extension::<CrlDistributionPoints>();
    let points = points.ok().flatten().map(|points| points.0);
    let mut issuers = points
        .iter()
        .flatten()
        .flat_map(|point| point.crl_issuer.iter().flatten());
    issuers.any(|name| match name {
        GeneralName::DirectoryName(name) => crl::same_name(name, certificate.subject()),
        _ => false,
    })
}

/// What a complete CRL, with a delta CRL on top or without, says of a certificate.
fn finding(
    crl: &Crl,
    delta: Option<&Crl>,
    certificate: &Certificate,
    reasons: Reasons,
    source: Source,
) -> Finding {
    let listed = delta.and_then(|delta| delta.entry(certificate));
    let listed = listed.or_else(|| crl.entry(certificate));
    let said = match listed {
        None => Said::Good,
        Some(entry) if entry.reason == CrlReason::RemoveFromCRL => Said::Good,
        Some(entry) => Said::Revoked(entry.clone()),
    };
    let newest = delta.unwrap_or(crl);
    Finding {
        this_update: newest.this_update(),
        next_update: newest.next_update(),
        remembers_from: crl.remembers_from(),
        reasons,
        said,
        source,
    }
}

/// The reason as RFC 5280 §5.3.1 writes it.
fn name(reason: CrlReason) -> &'static str {
    match reason {
        CrlReason::Unspecified => "unspecified",
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::CaCompromise => "cACompromise",
        CrlReason::AffiliationChanged => "affiliationChanged",
        CrlReason::Superseded => "superseded",
        CrlReason::CessationOfOperation => "cessationOfOperation",
        CrlReason::CertificateHold => "certificateHold",
        CrlReason::RemoveFromCRL => "removeFromCRL",
        CrlReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        CrlReason::AaCompromise => "aACompromise",
    }
}

pub(crate) fn instant(since_epoch: Duration) -> Timestamp {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
