//! The validation process of EN 319 102-1 for one signer: time-stamps, then the certificate at the
//! time that is proven.
//!
//! 1. Evidence is gathered ([`Evidence`]): revocation data in the file, in its time-stamps, and kept
//!    by the school.
//! 2. Every time-stamp is checked by itself, archive time-stamps first and the latest first
//!    (§5.6.3): one that holds proves that what it covers existed at its time, older time-stamps,
//!    certificates and revocation data included, so that those may rest on authorities that have
//!    ended since.
//! 3. The earliest time that is proven for the signature is the best signature time (§5.5.4); a
//!    sealed archive may prove one too (`TrustStore::existence`). Where nothing is proven, the
//!    signature exists now.
//! 4. The certificate needs a path at the claimed time and at the best signature time (§5.2.6), and
//!    its revocation is asked as of the latter: revoked later does not matter, unless the key was
//!    lost, for then nobody knows since when (§5.6.2).
//!
//! A time-stamp that does not hold is left aside and said (§5.5.4: "remove it from the set"): anyone
//! can append one to a good signature.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateFacts;
use crate::sign::cms;
use crate::sign::cms::Message;
use crate::sign::cms::REVOCATIONS_LIMIT;
use crate::sign::cms::RawSigner;
use crate::sign::fault::Fault;
use crate::sign::inspect::SignerOfFile;
use crate::sign::level::index::Covered;
use crate::sign::level::older;
use crate::sign::path::PathFault;
use crate::sign::path::Purpose;
use crate::sign::path::ValidPath;
use crate::sign::path::validate;
use crate::sign::revocation;
use crate::sign::revocation::Control;
use crate::sign::revocation::Evidence;
use crate::sign::revocation::Source;
use crate::sign::revocation::Status;
use crate::sign::timestamp;
use crate::sign::trust::TrustStore;
use crate::sign::verify::Content;

mod stamps;

use stamps::Candidate;
use stamps::refused;

/// What a time-stamp is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StampKind {
    /// The content, inside the signed attributes: the signature was made later.
    Content,
    /// The signature value.
    Signature,
    /// The signature with all that had been added to it.
    Archive,
}

/// A time-stamp in a signature file, examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What it is over.
    pub kind: StampKind,
    /// The token as it stands in the file, by which others check it.
    pub token: Vec<u8>,
    /// When its authority saw that.
    pub gen_time: Timestamp,
    /// Common name in the certificate of who gave it.
    pub stamper: Option<String>,
    /// The anchor for time-stamps that its path leads to, and the name of the list it is of.
    pub anchor: Option<(Sha256, String)>,
    /// Whether it proves something. Otherwise the faults of the signature say why not.
    pub holds: bool,
    /// What is known of the revocation of its certificates, if it holds.
    pub revocation: Revocation,
    /// Its certificate is named by SHA-1 (RFC 2634), as RFC 5816 still allows.
    pub by_sha1: bool,
}

/// What is known of the revocation of the certificates in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revocation {
    /// Not all is known.
    Unknown,
    /// None of them had been revoked when the signature is proven to have existed.
    Good,
    /// One of them had been.
    Revoked,
}

/// The signature to be judged.
pub(crate) struct Subject<'a> {
    pub(crate) message: &'a Message<'a>,
    pub(crate) signer: &'a RawSigner<'a>,
    /// The content time-stamps in the signed attributes, each in DER.
    pub(crate) content_stamps: &'a [Vec<u8>],
    pub(crate) content: Content<'a>,
    /// SHA-256 of the file and of its core.
    pub(crate) names: [Sha256; 2],
    pub(crate) store: &'a TrustStore,
    pub(crate) at: Timestamp,
}

/// What the time-stamps of a signature come to.
pub(crate) struct Proofs {
    pub(crate) stamps: Vec<Stamp>,
    /// The best signature time: the earliest that is proven.
    pub(crate) best: Option<Timestamp>,
    /// The earliest that is proven by somebody of whom nothing is open: the revocation of all his
    /// certificates is known to be good.
    closed: Option<Timestamp>,
    /// After when the signature is proven to have been made, and whether nothing is open about that.
    made_after: Option<(Timestamp, bool)>,
    /// Whether nothing is open about all archive time-stamps that hold.
    archive_closed: bool,
    evidence: Vec<Evidence>,
    /// Certificates that the file carries, wherever.
    pool: Vec<Vec<u8>>,
    /// Since when the file as a whole is proven to have existed.
    file_since: Option<Timestamp>,
    /// What is proven to have existed, by SHA-256, and since when.
    existence: BTreeMap<Sha256, Timestamp>,
}

/// What the path of the signer's certificate comes to.
pub(crate) struct Trust {
    pub(crate) path: Option<ValidPath>,
    pub(crate) revocation: Revocation,
    /// Every certificate that the verdict rests on is known not to be revoked.
    pub(crate) settled: bool,
}

/// Examines the time-stamps (EN 319 102-1 §5.5.4 steps 3 and 4, §5.6.3).
pub(crate) fn prove(subject: &Subject<'_>, faults: &mut Vec<Fault>) -> Proofs {
    let mut candidates = stamps::candidates(subject, faults);
    let mut proofs = gather(subject, candidates.iter().map(|(_, one)| &one.checked));
    let known = subject.names.iter();
    let known = known.filter_map(|name| subject.store.existence(name));
    proofs.note(known.filter(|since| *since <= subject.at).min(), true);
    // The latest archive time-stamp first: it covers the others.
    // Those inside the signed attributes come last: they are as old as the signature.
    candidates.sort_by_key(|(_, one)| std::cmp::Reverse((one.kind, one.token.gen_time())));
    for (number, candidate) in candidates {
        proofs.weigh(subject, number, candidate, faults);
    }
    proofs
        .stamps
        .sort_by_key(|stamp| (stamp.gen_time, stamp.kind));
    proofs
}

impl Proofs {
    fn weigh(
        &mut self,
        subject: &Subject<'_>,
        number: usize,
        candidate: Candidate,
        faults: &mut Vec<Fault>,
    ) {
        let gen_time = candidate.token.gen_time();
        let since = match candidate.kind {
            StampKind::Content => self.best.unwrap_or(subject.at),
            _ => self.since(candidate.token.der(), subject.at),
        };
        let mut stamp = Stamp {
            kind: candidate.kind,
            token: candidate.token.der().to_vec(),
            gen_time,
            stamper: None,
            anchor: None,
            holds: false,
            revocation: Revocation::Unknown,
            by_sha1: candidate.checked.by_sha1,
        };
        if let Some(certificate) = &candidate.checked.certificate {
            stamp.stamper = certificate.facts().subject_cn.clone();
        }
        let result = match &candidate.fault {
            Some(fault) => Err(fault.clone()),
            None => self.stamper(subject, &candidate, since),
        };
        match result {
            Ok((path, revocation)) => {
                stamp.anchor = Some((path.anchor(), path.list));
                stamp.holds = true;
                stamp.revocation = revocation;
                let rests_on_others = since < subject.at && self.file_since.is_none();
                let closed =
                    revocation == Revocation::Good && (self.archive_closed || !rests_on_others);
                match candidate.kind {
                    StampKind::Content => {
                        let known = self.made_after.unwrap_or((gen_time, closed));
                        self.made_after = Some(known.max((gen_time, closed)));
                    }
                    StampKind::Signature => self.note(Some(gen_time), closed),
                    StampKind::Archive => {
                        self.archive_closed &= closed;
                        self.note(Some(gen_time), closed);
                        self.cover(subject.message, candidate.covered, gen_time);
                    }
                }
            }
            Err(fault) => faults.push(refused(number, fault)),
        }
        self.stamps.push(stamp);
    }

    /// Looks for the path of who gave a time-stamp that is proven to have existed `since`.
    fn stamper(
        &self,
        subject: &Subject<'_>,
        candidate: &Candidate,
        since: Timestamp,
    ) -> Result<(ValidPath, Revocation), Fault> {
        let gen_time = candidate.token.gen_time();
        // One inside the signed attributes may contradict the others: that is said of the signature.
        let limit = match candidate.kind {
            StampKind::Content => subject.at,
            StampKind::Signature | StampKind::Archive => since,
        };
        if gen_time.duration_since(limit) > CLOCK_SKEW {
            let (signing_time, at) = (gen_time, limit);
            return Err(Fault::SigningTimeInFuture { signing_time, at });
        }
        let certificate = candidate.checked.holds()?;
        let facts = certificate.facts();
        let outside = outside(facts, since);
        let store = subject.store;
        let proven = since < subject.at;
        // Its own certificates first: the search does not look at any number of them.
        let mut pool = candidate.checked.certificates.clone();
        pool.extend_from_slice(&self.pool);
        let path = validate(certificate, &pool, store, Purpose::TimeStamp, since);
        let path = path.map_err(|fault| {
            let outside = outside.unwrap_or(Fault::AuthorityExpired { at: since });
            fault.fault(outside, proven)
        })?;
        if let Some((scheme, key)) = &candidate.checked.made_with {
            let proven = proven.then_some(since);
            let outdated = store.policy().fault(*scheme, key, proven, subject.at);
            outdated.map_or(Ok(()), Err)?;
        }
        // RFC 3161 §4: what was given before the revocation stays good, unless the key was lost.
        match self.revocation(&path, subject, gen_time) {
            (Revocation::Revoked, Some(fault)) => Err(fault),
            (revocation, _) => Ok((path, revocation)),
        }
    }

    /// Asks whether certificates of a path had been revoked at an instant.
    fn revocation(
        &self,
        path: &ValidPath,
        subject: &Subject<'_>,
        time: Timestamp,
    ) -> (Revocation, Option<Fault>) {
        let now = subject.at;
        let control = Control { time, now };
        let (pool, store) = (&self.pool, subject.store);
        let all = revocation::status(path, pool, &self.evidence, store, control, &|source| {
            self.said_since(source, subject)
        });
        let mut known = Revocation::Good;
        let mut open = None;
        for (index, status) in all.iter().enumerate() {
            match status {
                Status::Revoked { since, reason, .. } => {
                    let fault = revoked(path, index, *since, reason);
                    return (Revocation::Revoked, Some(fault));
                }
                Status::Unknown { .. } => known = Revocation::Unknown,
                Status::Good { source, .. } => {
                    // EN 319 102-1 §5.6.2: who has ended can no longer be asked; what he said
                    // must be proven to be older than his end.
                    let not_after = path.issuer(index).facts().not_after;
                    let anchored = index + 1 == path.certificates.len();
                    if !anchored && not_after < self.said_since(*source, subject) {
                        known = Revocation::Unknown;
                        open = Some(Fault::RevocationOutOfBounds { not_after });
                    }
                }
            }
        }
        (known, open)
    }

    /// Since when a piece of evidence is proven to have existed.
    fn said_since(&self, source: Source, subject: &Subject<'_>) -> Timestamp {
        let (Source::Crl(digest) | Source::Ocsp(digest)) = source;
        let kept = subject.store.existence(&digest);
        let inside = self.existence.get(&digest).copied();
        let all = [kept, inside, self.file_since];
        all.into_iter().flatten().fold(subject.at, Timestamp::min)
    }

    /// Since when a piece of the file is proven to have existed: now, if nothing proves it earlier.
    fn since(&self, raw: &[u8], at: Timestamp) -> Timestamp {
        let known = self.existence.get(&Sha256::of(raw)).copied();
        let all = [known, self.file_since];
        all.into_iter().flatten().fold(at, Timestamp::min)
    }

    /// Notes what an archive time-stamp covers.
    fn cover(&mut self, message: &Message<'_>, covered: Covered, since: Timestamp) {
        // Evidence is named by what is inside its RevocationInfoChoice.
        let choices = message.revocations.iter().flatten();
        let inside = choices
            .filter(|raw| covered.revocations.contains(&Sha256::of(raw)))
            .filter_map(|raw| cms::ocsp_of(raw).ok().flatten())
            .map(|ocsp| Sha256::of(&ocsp));
        let inside: Vec<_> = inside.collect();
        let all = [covered.certificates, covered.revocations, covered.values];
        for digest in all.into_iter().flatten().chain(inside) {
            let known = self.existence.entry(digest).or_insert(since);
            *known = since.min(*known);
        }
    }

    /// Notes a time that is proven.
    fn note(&mut self, time: Option<Timestamp>, closed: bool) {
        let earlier = |known: Option<Timestamp>| match (known, time) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.best = earlier(self.best);
        if closed {
            self.closed = earlier(self.closed);
        }
    }
}

fn revoked(path: &ValidPath, index: usize, since: Timestamp, reason: &str) -> Fault {
    match path.certificates.get(index) {
        Some(authority) if index > 0 => {
            let subject = authority.facts().subject_cn.clone().unwrap_or_default();
            Fault::AuthorityRevoked { subject, since }
        }
        _ => Fault::CertificateRevoked {
            since,
            compromised: reason.ends_with("Compromise"),
        },
    }
}

/// Looks for the path of the signer's certificate at the claimed signing time and at the best
/// signature time (or now), and asks about revocation as of the latter.
///
/// Paths are asked for at instants inside the validity of the signer's certificate, so that one
/// that has run out does not hide that nobody trusts its issuer.
pub(crate) fn trust(
    subject: &Subject<'_>,
    signer: &SignerOfFile,
    certificate: &Certificate,
    proofs: &Proofs,
    faults: &mut Vec<Fault>,
) -> Trust {
    let facts = certificate.facts();
    let (store, at) = (subject.store, subject.at);
    let claimed = signer.claims.signing_time;
    let time = proofs.best.unwrap_or(at);
    faults.extend(certificate.usage_faults());
    faults.extend(time_faults(facts, claimed, proofs, at));
    if let (Some(scheme), Some(key)) = (signer.scheme, &signer.key) {
        faults.extend(store.policy().fault(scheme, key, proofs.best, at));
    }

    let mut trust = Trust {
        path: None,
        revocation: Revocation::Unknown,
        settled: false,
    };
    let find = |at| validate(certificate, &proofs.pool, store, Purpose::Sign, at);
    let signing_time = claimed.unwrap_or(time);
    let inside = signing_time.min(facts.not_after).max(facts.not_before);
    let proven = proofs.best.is_some();
    let path = match find(inside) {
        Ok(path) => path,
        // Said above.
        Err(PathFault::Unsuitable { .. }) => return trust,
        Err(broken) => {
            let outside = Fault::AuthorityOutsideValidity { signing_time };
            faults.push(broken.fault(outside, proven));
            return trust;
        }
    };
    // Authorities may have ended since, or their algorithms; then there may be another path.
    let path = match facts.is_valid_at(time).then(|| find(time)) {
        None => path,
        Some(Ok(other)) => other,
        Some(Err(broken)) => {
            faults.push(broken.fault(Fault::AuthorityExpired { at: time }, proven));
            path
        }
    };
    let (revocation, fault) = proofs.revocation(&path, subject, time);
    faults.extend(fault.map(|fault| match (fault, proofs.made_after) {
        (Fault::CertificateRevoked { since, .. }, Some((proven, true))) if since < proven => {
            Fault::SignedAfterRevocation { proven, since }
        }
        (fault, _) => fault,
    }));
    // What is open about a proof does not matter where the certificate is good without it.
    let good_at = |time: Timestamp| {
        let path = facts.is_valid_at(time).then(|| find(time).ok()).flatten();
        path.is_some_and(|path| proofs.revocation(&path, subject, time).0 == Revocation::Good)
    };
    trust.settled = match proofs.best == proofs.closed {
        true => revocation == Revocation::Good,
        false => good_at(proofs.closed.unwrap_or(at)) || good_at(at),
    };
    trust.revocation = revocation;
    trust.path = Some(path);
    trust
}

/// Notes what the claimed time, the proven one and the validity of the certificate make of each
/// other.
fn time_faults(
    facts: &CertificateFacts,
    claimed: Option<Timestamp>,
    proofs: &Proofs,
    at: Timestamp,
) -> Vec<Fault> {
    let (not_before, not_after) = (facts.not_before, facts.not_after);
    let best = proofs.best;
    let mut faults = Vec::new();
    if let (Some((after, _)), Some(before)) = (proofs.made_after, best)
        && after.duration_since(before) > CLOCK_SKEW
    {
        faults.push(Fault::StampsContradict { after, before });
    }
    if let Some((proven, true)) = proofs.made_after
        && not_after < proven
    {
        faults.push(Fault::SignedAfterValidity { proven, not_after });
    }
    if let Some(signing_time) = claimed {
        let late = |limit: Timestamp| signing_time.duration_since(limit) > CLOCK_SKEW;
        match best {
            // EN 319 102-1 §5.5.4: what is claimed to come later was there already.
            Some(proven) if late(proven) => faults.push(Fault::SigningTimeAfterStamp {
                signing_time,
                proven,
            }),
            _ if late(at) => faults.push(Fault::SigningTimeInFuture { signing_time, at }),
            _ => {}
        }
        if !facts.is_valid_at(signing_time) {
            faults.push(Fault::SigningTimeOutsideValidity {
                signing_time,
                not_before,
                not_after,
            });
        }
    }
    match best {
        Some(proven) if proven < not_before => {
            faults.push(Fault::SignedBeforeValidity { proven, not_before });
        }
        _ => faults.extend(outside(facts, best.unwrap_or(at))),
    }
    faults
}

/// Says how a certificate is outside its validity.
fn outside(facts: &CertificateFacts, at: Timestamp) -> Option<Fault> {
    let (not_before, not_after) = (facts.not_before, facts.not_after);
    if at < not_before {
        Some(Fault::CertificateNotYetValid { not_before, at })
    } else if not_after < at {
        Some(Fault::CertificateExpired { not_after, at })
    } else {
        None
    }
}

/// Clocks of school computers differ; five minutes prove nothing.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Gathers what the file carries, where the standard has it and where older programs put it.
fn gather<'a>(
    subject: &Subject<'_>,
    tokens: impl Iterator<Item = &'a timestamp::Checked>,
) -> Proofs {
    let message = subject.message;
    let mut pool: Vec<_> = message.plain_certificates().map(<[u8]>::to_vec).collect();
    let mut crls: Vec<_> = message.crls().map(<[u8]>::to_vec).collect();
    let mut ocsps: Vec<_> = message.ocsps().collect();
    let older = older::read(subject.signer);
    pool.extend(older.certificates);
    crls.extend(older.crls);
    ocsps.extend(older.ocsps);
    for token in tokens {
        pool.extend_from_slice(&token.certificates);
        crls.extend_from_slice(&token.crls);
        ocsps.extend_from_slice(&token.ocsps);
    }
    let crls = crls.iter().filter_map(|der| Evidence::crl(der).ok());
    let ocsps = ocsps.iter().filter_map(|der| Evidence::ocsp(der).ok());
    let file_since = subject.store.existence(&subject.names[0]);
    Proofs {
        stamps: Vec::new(),
        best: None,
        closed: None,
        made_after: None,
        archive_closed: true,
        evidence: crls.chain(ocsps).take(REVOCATIONS_LIMIT).collect(),
        pool,
        file_since: file_since.filter(|since| *since <= subject.at),
        existence: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests;
