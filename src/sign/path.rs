//! Certificate paths to an anchor, as of an instant (RFC 5280 §6.1). [`validate`] is the one door.
//!
//! 1. [`Search`] builds candidates from the leaf up, by issuer name and then by signature, under a
//!    budget: certificates come from strangers, and crossed or cyclic ones multiply paths.
//! 2. `judge` hands each candidate to certval, which processes names and name constraints, basic
//!    constraints and path lengths, policies (as graphs, RFC 9618), key usage of authorities,
//!    critical extensions, validity and signatures. Every signature is checked in `algorithm.rs`.
//! 3. What certval leaves open is done here: the size of RSA keys (certval looks only with a feature
//!    that brings the `rsa` crate), algorithms by date, an absent keyUsage of the leaf (certval lets
//!    it pass), and purposes over the path. certval intersects those, but takes `any` in the wanted
//!    set for leave to add whatever the authority lists, so an authority for servers would do.
//! 4. certval's own store of anchors stays unused: with one, a leaf that is itself an anchor is
//!    taken without further questions. A search is under one list, and a leaf is never an anchor.
//!
//! An anchor is a name and a key, and the constraints in its certificate (RFC 5937); its dates are not
//! looked at. An authority without keyUsage is refused, where RFC 5280 §6.1.4 (n) would let it pass.

use std::collections::BTreeMap;

use certval::CertificationPath;
use certval::CertificationPathResults;
use certval::CertificationPathSettings;
use certval::PDVCertificate;
use certval::PathValidationStatus as Status;
use certval::PkiEnvironment;
use certval::TimeOfInterest;
use certval::compare_names;
use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::SIGNING_PURPOSES;
use crate::sign::certificate::common_name;
use crate::sign::fault::Fault;
use crate::sign::policy::Outdated;
use crate::sign::policy::Policy;
use crate::sign::trust::Anchor;
use crate::sign::trust::AnchorList;
use crate::sign::trust::TrustStore;

mod cache;

pub(crate) use cache::Cache;
use cache::Question;

/// What the certificate at the end of a path is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Signing documents.
    Sign,
    /// Issuing time-stamps (RFC 3161 §2.3).
    TimeStamp,
    /// Answering for the status of certificates (RFC 6960 §4.2.2.2).
    OcspSigning,
}

/// Inputs of RFC 5280 §6.1.1 (c), (e), (f) and (g), and what the leaf is for.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// None asks nothing of the leaf beyond RFC 5280 §6.1.
    pub purpose: Option<Purpose>,
    /// user-initial-policy-set; empty stands for any-policy.
    pub policies: Vec<ObjectIdentifier>,
    /// initial-explicit-policy.
    pub explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
}

impl From<Purpose> for Rules {
    fn from(purpose: Purpose) -> Self {
        Self {
            purpose: Some(purpose),
            policies: Vec::new(),
            explicit_policy: false,
            inhibit_mapping: false,
            inhibit_any_policy: false,
        }
    }
}

impl Rules {
    /// The rules for an authority at the end of a path, such as the issuer of a CRL.
    pub(crate) fn of_authority() -> Self {
        Self {
            purpose: None,
            ..Self::from(Purpose::Sign)
        }
    }
}

/// A path that holds at the instant it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct ValidPath {
    /// From the leaf to the last below the anchor.
    pub certificates: Vec<Certificate>,
    /// The anchor's certificate.
    pub root: Certificate,
    /// The name of the list that the anchor is of.
    pub list: String,
}

impl ValidPath {
    /// The digest of the anchor's certificate.
    pub(crate) fn anchor(&self) -> Sha256 {
        self.root.facts().sha256
    }

    /// Who issued the certificate at `index`.
    pub(crate) fn issuer(&self, index: usize) -> &Certificate {
        self.certificates.get(index + 1).unwrap_or(&self.root)
    }
}

/// Says why there is no path; of several reasons, the one that says most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathFault {
    /// No candidate leads to an anchor.
    NotFound {
        /// Who issued the leaf.
        issuer: String,
    },
    /// A candidate breaks a rule.
    Invalid {
        /// The rule.
        reason: &'static str,
    },
    /// A key or an algorithm in a candidate is none that counts, at any date.
    Crypto {
        /// What is wrong with it.
        fault: Fault,
    },
    /// A key or an algorithm in a candidate no longer counted at the instant.
    Outdated(Outdated),
    /// There is a path but for the validity of a certificate in it.
    OutsideValidity {},
    /// The leaf is not meant for the purpose.
    Unsuitable {
        /// What is wrong with it.
        fault: Fault,
    },
}

impl PathFault {
    /// The fault of the signature. `outside_validity` is what a certificate that is not valid at the
    /// instant means to whoever asked; `proven` tells whether the instant was a proven one.
    pub(crate) fn fault(self, outside_validity: Fault, proven: bool) -> Fault {
        match self {
            Self::NotFound { issuer } => Fault::ChainNotFound { issuer },
            Self::Invalid { reason } => Fault::ChainInvalid { reason },
            Self::Crypto { fault } | Self::Unsuitable { fault } => fault,
            Self::Outdated(outdated) => outdated.fault(proven),
            Self::OutsideValidity {} => outside_validity,
        }
    }
}

/// Looks for a path from `leaf` over `pool` to an anchor of the purpose's own lists that holds at
/// `at`, one list after the other.
///
/// # Errors
/// [`PathFault`], the reason that says most of those of all lists.
pub(crate) fn validate(
    leaf: &Certificate,
    pool: &[Vec<u8>],
    store: &TrustStore,
    purpose: Purpose,
    at: Timestamp,
) -> Result<ValidPath, PathFault> {
    if let Some(fault) = purpose.faults(leaf).into_iter().next() {
        return Err(PathFault::Unsuitable { fault });
    }
    let question = Question::new(leaf, pool, purpose);
    if let Some(path) = store.paths().get(&question, at) {
        return Ok(path);
    }
    let lists: Vec<&AnchorList> = match purpose {
        Purpose::Sign => store.signers().iter().collect(),
        Purpose::TimeStamp => store.stampers().iter().collect(),
        Purpose::OcspSigning => store.signers().iter().chain(store.stampers()).collect(),
    };
    let rules = Rules::from(purpose);
    let mut worst = not_found(leaf);
    for list in lists {
        match under(leaf, pool, list, &rules, store.policy(), at) {
            Ok(path) => {
                store.paths().put(question, at, store.policy(), &path);
                return Ok(path);
            }
            Err(fault) => worst = graver(worst, fault),
        }
    }
    Err(worst)
}

/// Looks for a path under one list.
pub(crate) fn under(
    leaf: &Certificate,
    pool: &[Vec<u8>],
    list: &AnchorList,
    rules: &Rules,
    policy: &Policy,
    at: Timestamp,
) -> Result<ValidPath, PathFault> {
    if rules.purpose.is_some() && leaf.is_authority() {
        let reason = "the signer's certificate is an authority's";
        return Err(PathFault::Invalid { reason });
    }
    let mut search = Search::new(leaf, pool, list, rules, policy, at)?;
    let found = search.grow(&mut vec![0]);
    match found {
        Some((chain, root)) => Ok(ValidPath {
            certificates: chain
                .into_iter()
                .filter_map(|index| search.nodes.get(index))
                .map(|node| node.certificate.clone())
                .collect(),
            root,
            list: list.name().to_owned(),
        }),
        None if search.steps == 0 => Err(PathFault::Invalid {
            reason: "path too complex",
        }),
        None => Err(search.worst),
    }
}

impl Purpose {
    /// Everything that keeps `leaf` from being used for this.
    pub(crate) fn faults(self, leaf: &Certificate) -> Vec<Fault> {
        match self {
            Self::Sign => leaf.usage_faults(),
            Self::TimeStamp => (!leaf.is_for_stamps_only())
                .then_some(Fault::StampUsageUnsuitable {})
                .into_iter()
                .collect(),
            Self::OcspSigning => (!leaf.is_for_ocsp())
                .then(|| Fault::ExtendedKeyUsageUnsuitable { found: "?".into() })
                .into_iter()
                .collect(),
        }
    }

    /// The purposes one of which an authority must have, where it lists any. Authorities of OCSP
    /// responders list what they issue certificates for, which is another thing.
    fn of_authority(self) -> Option<&'static [ObjectIdentifier]> {
        match self {
            Self::Sign => Some(SIGNING_PURPOSES),
            Self::TimeStamp => Some(STAMPING_PURPOSES),
            Self::OcspSigning => None,
        }
    }
}

/// id-kp-timeStamping and anyExtendedKeyUsage.
const STAMPING_PURPOSES: &[ObjectIdentifier] = &[
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// Most authorities between a leaf and an anchor; certificates on tokens have one or two.
const MOST_AUTHORITIES: usize = 8;
/// Most certificates that are tried in one search. Crossed authorities in use make a dozen.
const MOST_STEPS: usize = 200;
/// Most certificates in a pool; the rest is not looked at.
const MOST_POOL: usize = 64;

/// A certificate twice read: for us, and for certval.
struct Node {
    certificate: Certificate,
    pdv: PDVCertificate,
    key: Result<Key, Fault>,
}

impl Node {
    fn read(certificate: Certificate) -> Option<Self> {
        let pdv = PDVCertificate::try_from(certificate.der()).ok()?;
        let key = certificate.key();
        Some(Self {
            certificate,
            pdv,
            key,
        })
    }
}

struct Search<'a> {
    /// The leaf, then the pool.
    nodes: Vec<Node>,
    list: &'a AnchorList,
    rules: &'a Rules,
    policy: &'a Policy,
    at: Timestamp,
    /// Whether the key of one certificate (by index; anchors after the nodes) signed another.
    signed: BTreeMap<(usize, usize), Result<(), PathFault>>,
    steps: usize,
    worst: PathFault,
}

impl<'a> Search<'a> {
    fn new(
        leaf: &Certificate,
        pool: &[Vec<u8>],
        list: &'a AnchorList,
        rules: &'a Rules,
        policy: &'a Policy,
        at: Timestamp,
    ) -> Result<Self, PathFault> {
        let unreadable = PathFault::Invalid {
            reason: "certificate not in DER",
        };
        let first = Node::read(leaf.clone()).ok_or(unreadable)?;
        let others = pool.iter().take(MOST_POOL);
        let others = others
            .filter(|der| der.as_slice() != leaf.der())
            .filter_map(|der| Node::read(Certificate::read(der).ok()?));
        Ok(Self {
            nodes: std::iter::once(first).chain(others).collect(),
            list,
            rules,
            policy,
            at,
            signed: BTreeMap::new(),
            steps: MOST_STEPS,
            worst: not_found(leaf),
        })
    }

    /// Goes on from the last certificate of `chain`, first to the anchors, then over the pool.
    fn grow(&mut self, chain: &mut Vec<usize>) -> Option<(Vec<usize>, Certificate)> {
        let top = *chain.last()?;
        let list = self.list;
        for (index, anchor) in list.anchors().iter().enumerate() {
            let named = self.issues(anchor.certificate(), top);
            if named && self.step() && self.has_signed(self.nodes.len() + index, top) {
                match self.judge(chain, anchor) {
                    Ok(()) => return Some((chain.clone(), anchor.certificate().clone())),
                    Err(fault) => self.note(fault),
                }
            }
        }
        if chain.len() > MOST_AUTHORITIES {
            return None;
        }
        for next in 1..self.nodes.len() {
            let named = self.issues(&self.nodes[next].certificate, top);
            if named && !self.repeats(chain, next) && self.step() && self.has_signed(next, top) {
                chain.push(next);
                let found = self.grow(chain);
                chain.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// Takes a step of the budget.
    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    fn issues(&self, authority: &Certificate, index: usize) -> bool {
        compare_names(authority.subject(), self.nodes[index].certificate.issuer())
    }

    /// A path in which a name comes back with the same key goes in a circle.
    fn repeats(&self, chain: &[usize], next: usize) -> bool {
        let next = &self.nodes[next].certificate;
        chain.iter().any(|index| {
            let one = &self.nodes[*index].certificate;
            one.spki() == next.spki() && compare_names(one.subject(), next.subject())
        })
    }

    /// Whether the key of `issuer` signed `subject`, with an algorithm that counts.
    fn has_signed(&mut self, issuer: usize, subject: usize) -> bool {
        if !self.signed.contains_key(&(issuer, subject)) {
            let result = self.check_signature(issuer, subject);
            self.signed.insert((issuer, subject), result);
        }
        match self.signed.get(&(issuer, subject)) {
            Some(Ok(())) => true,
            Some(Err(fault)) => {
                let fault = fault.clone();
                self.note(fault);
                false
            }
            None => false,
        }
    }

    fn check_signature(&self, issuer: usize, subject: usize) -> Result<(), PathFault> {
        let key = match self.nodes.get(issuer) {
            Some(node) => &node.key,
            None => self.list.anchors()[issuer - self.nodes.len()].key(),
        };
        let key = key.as_ref().map_err(|fault| PathFault::Crypto {
            fault: of_authority(fault),
        })?;
        let certificate = &self.nodes[subject].certificate;
        let scheme = certificate.scheme().map_err(|fault| PathFault::Crypto {
            fault: of_authority(&fault),
        })?;
        certificate
            .verify_signature(key)
            .map_err(|_| PathFault::Invalid {
                reason: "signature of a certificate",
            })?;
        let counts = self.policy.at(scheme, key, self.at);
        counts.map_err(PathFault::Outdated)
    }

    /// Everything of RFC 5280 §6.1 about one candidate.
    fn judge(&self, chain: &[usize], anchor: &Anchor) -> Result<(), PathFault> {
        self.purposes(chain)?;
        let mut nodes = chain
            .iter()
            .rev()
            .map(|index| self.nodes[*index].pdv.clone());
        let mut intermediates: Vec<PDVCertificate> = nodes.by_ref().collect();
        let Some(target) = intermediates.pop() else {
            return Err(self.worst.clone());
        };
        let path = CertificationPath::new(anchor.pdv().clone(), intermediates, target);
        let asked = self.ask(&path, Some(self.at));
        match asked {
            Err(Status::InvalidNotBeforeDate | Status::InvalidNotAfterDate) => {
                // What holds at no instant is said before what is only too late or too early.
                self.ask(&path, None).map_err(broken)?;
                Err(PathFault::OutsideValidity {})
            }
            asked => asked.map_err(broken),
        }
    }

    fn purposes(&self, chain: &[usize]) -> Result<(), PathFault> {
        let Some(allowed) = self.rules.purpose.and_then(Purpose::of_authority) else {
            return Ok(());
        };
        let mut authorities = chain.iter().skip(1).map(|index| &self.nodes[*index]);
        match authorities.all(|authority| authority.certificate.may_issue_for(allowed)) {
            true => Ok(()),
            false => Err(PathFault::Invalid {
                reason: "extended key usage",
            }),
        }
    }

    /// Asks certval; without an instant, about everything but validity.
    fn ask(&self, path: &CertificationPath, at: Option<Timestamp>) -> Result<(), Status> {
        let settings = settings(self.rules, at);
        let settings = certval::enforce_trust_anchor_constraints(&settings, &path.trust_anchor)
            .map_err(status)?;
        let mut environment = PkiEnvironment::new();
        environment.add_verify_signature_message_callback(check);
        let mut results = CertificationPathResults::new();
        certval::validate_path_rfc5280(&environment, &settings, path, &mut results).map_err(status)
    }

    fn note(&mut self, fault: PathFault) {
        let worst = std::mem::replace(&mut self.worst, PathFault::OutsideValidity {});
        self.worst = graver(worst, fault);
    }
}

/// How certval checks a signature: where everybody does.
fn check(
    _: &PkiEnvironment,
    message: &[u8],
    signature: &der::asn1::BitString,
    algorithm: &spki::AlgorithmIdentifierOwned,
    key: &spki::SubjectPublicKeyInfoOwned,
) -> certval::Result<()> {
    let failed = certval::Error::PathValidation(Status::SignatureVerificationFailure);
    let (Ok(key), Ok(scheme), Some(signature)) = (
        Key::read(key),
        Scheme::of_structure(algorithm),
        signature.as_bytes(),
    ) else {
        return Err(failed);
    };
    key.verify(scheme, message, signature).map_err(|_| failed)
}

fn settings(rules: &Rules, at: Option<Timestamp>) -> CertificationPathSettings {
    let mut settings = CertificationPathSettings::new();
    // To certval the first second of 1970 means: do not look at validity. No instant may become it.
    let instant = match at {
        None => TimeOfInterest::disabled(),
        Some(at) => {
            let seconds = u64::try_from(at.as_second()).unwrap_or(1).max(1);
            TimeOfInterest::from_unix_secs(seconds)
                .unwrap_or(TimeOfInterest(der::DateTime::INFINITY))
        }
    };
    settings.set_time_of_interest(instant);
    settings.set_require_ta_store(false);
    settings.set_enforce_trust_anchor_validity(false);
    settings.set_enforce_trust_anchor_constraints(true);
    if !rules.policies.is_empty() {
        let policies = rules.policies.iter().copied().collect();
        settings.set_initial_policy_set_from_oid_set(policies);
    }
    settings.set_initial_explicit_policy_indicator(rules.explicit_policy);
    settings.set_initial_policy_mapping_inhibit_indicator(rules.inhibit_mapping);
    settings.set_initial_inhibit_any_policy_indicator(rules.inhibit_any_policy);
    settings
}

fn status(error: certval::Error) -> Status {
    match error {
        certval::Error::PathValidation(status) => status,
        _ => Status::EncodingError,
    }
}

fn broken(status: Status) -> PathFault {
    let reason = match status {
        Status::CertificateBlocklisted => "a key in the path is known to be compromised",
        Status::EncodingError => "certificate extensions",
        Status::InvalidBasicConstraints
        | Status::MissingBasicConstraints
        | Status::InvalidKeyUsage => "a certificate in the path may not issue others",
        Status::InvalidPathLength => "path length",
        Status::InvalidPolicyMapping | Status::NullPolicySet => "certificate policies",
        Status::NameChainingFailure => "names",
        Status::NameConstraintsViolation => "name constraints",
        Status::ProcessingLimitExceeded => "path too complex",
        Status::SignatureVerificationFailure => "signature of a certificate",
        Status::UnprocessedCriticalExtension => "unknown critical extension",
        _ => "certificate extensions",
    };
    PathFault::Invalid { reason }
}

/// What is wrong with a key or an algorithm, said of an authority.
fn of_authority(fault: &Fault) -> Fault {
    match fault {
        Fault::KeySizeUnsuitable { bits, least, .. } => Fault::AuthorityKeySizeUnsuitable {
            bits: *bits,
            least: *least,
        },
        Fault::KeyUnsupported { oid } | Fault::SignatureAlgorithmUnsupported { oid } => {
            Fault::AuthorityAlgorithmUnsupported { oid: oid.clone() }
        }
        other => other.clone(),
    }
}

fn not_found(leaf: &Certificate) -> PathFault {
    PathFault::NotFound {
        issuer: common_name(leaf.issuer()),
    }
}

/// The later of the two ranks has come further.
fn graver(one: PathFault, other: PathFault) -> PathFault {
    let rank = |fault: &PathFault| match fault {
        PathFault::NotFound { .. } => 0,
        PathFault::Invalid { reason } if *reason == "signature of a certificate" => 1,
        PathFault::Crypto { .. } => 2,
        PathFault::Outdated(_) => 3,
        PathFault::Invalid { .. } | PathFault::Unsuitable { .. } => 4,
        PathFault::OutsideValidity {} => 5,
    };
    if rank(&other) > rank(&one) {
        other
    } else {
        one
    }
}

#[cfg(test)]
mod tests;
