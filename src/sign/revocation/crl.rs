//! CRLs (RFC 5280 §5) as evidence, and which certificates each of them speaks for (§6.3.3).
//!
//! Complete CRLs, indirect ones, ones for a part of the certificates or of the reasons, and delta CRLs
//! beside the complete one they add to. A delta CRL alone says nothing. A CRL with a critical
//! extension that is not known here, in itself or in one of its entries, is not used at all (§5.2,
//! §5.3).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use certval::compare_names;
use const_oid::AssociatedOid;
use const_oid::ObjectIdentifier;
use der::asn1::GeneralizedTime;
use der::asn1::Uint;
use der::{Decode, Encode};
use jiff::Timestamp;
use x509_cert::certificate::Raw;
use x509_cert::crl::CertificateList;
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extension;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::IssuingDistributionPoint;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::DistributionPointName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::name::Name;
use x509_cert::name::RdnSequence;

use crate::digest::Sha256;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::Signed;
use crate::sign::certificate::instant as time;
use crate::sign::policy::Policy;
use crate::sign::revocation::Entry;
use crate::sign::revocation::EvidenceError;

/// The reasons for which a CRL can speak: the bits of ReasonFlags (RFC 5280 §4.2.1.13) but unused.
pub(crate) type Reasons = u16;
/// All of them.
pub(crate) const ALL_REASONS: Reasons = 0b1_1111_1110;

/// A CRL that was read.
#[derive(Debug)]
pub(crate) struct Crl {
    der: Vec<u8>,
    scheme: Scheme,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    number: Option<Uint>,
    /// BaseCRLNumber; a delta CRL has one.
    base: Option<Uint>,
    point: Option<IssuingDistributionPoint>,
    /// From when on certificates stay listed after they ended (X.509, expiredCertsOnCRL).
    remembers_from: Option<Timestamp>,
    /// Who issued the certificates listed: the CRL's issuer, then those that entries name (§5.3.3).
    issuers: Vec<Name>,
    /// By issuer and serial number.
    entries: BTreeMap<(usize, Vec<u8>), Entry>,
    /// Whether the key of this digest signed it: asked for each certificate, answered once.
    signed: Mutex<BTreeMap<Sha256, bool>>,
}

impl Crl {
    pub(crate) fn read(der: &[u8]) -> Result<Self, EvidenceError> {
        let list = CertificateList::<Raw>::from_der(der).map_err(malformed)?;
        let tbs = list.tbs_cert_list;
        let refused = |reason: &str| EvidenceError::Malformed {
            reason: reason.to_owned(),
        };
        if list.signature_algorithm != tbs.signature {
            return Err(refused("the algorithm is said twice and differs"));
        }
        let scheme = Scheme::of_structure(&tbs.signature)
            .map_err(|_| refused("signature algorithm not accepted"))?;
        let extensions = tbs.crl_extensions.as_ref();
        only_known(extensions, CRL_EXTENSIONS)?;
        let mut crl = Self {
            der: der.to_vec(),
            scheme,
            issuers: vec![tbs.issuer.clone()],
            issuer: tbs.issuer,
            this_update: time(tbs.this_update),
            next_update: tbs.next_update.map(time),
            number: read(extensions, NUMBER)?,
            base: read(extensions, DELTA)?,
            point: read(extensions, ISSUING_POINT)?,
            remembers_from: read::<GeneralizedTime>(extensions, EXPIRED_CERTS)?
                .map(|time| crate::sign::revocation::instant(time.to_unix_duration())),
            entries: BTreeMap::new(),
            signed: Mutex::default(),
        };
        crl.list(tbs.revoked_certificates.unwrap_or_default())?;
        Ok(crl)
    }

    fn list(&mut self, revoked: Vec<RevokedCert<Raw>>) -> Result<(), EvidenceError> {
        let indirect = self.point.as_ref().is_some_and(|point| point.indirect_crl);
        let mut issuer = 0;
        for one in revoked {
            let extensions = one.crl_entry_extensions.as_ref();
            only_known(extensions, ENTRY_EXTENSIONS)?;
            // It holds until the next entry that has one (RFC 5280 §5.3.3).
            if let Some(names) = read::<GeneralNames>(extensions, CERTIFICATE_ISSUER)? {
                let name = names.iter().find_map(directory_name);
                let (true, Some(name)) = (indirect, name) else {
                    let reason = "an entry names an issuer where none may be named".to_owned();
                    return Err(EvidenceError::Malformed { reason });
                };
                issuer = self.index_of(name);
            }
            let invalid_since = read::<GeneralizedTime>(extensions, INVALIDITY_DATE)?
                .map(|time| crate::sign::revocation::instant(time.to_unix_duration()));
            let entry = Entry {
                since: time(one.revocation_date),
                reason: read(extensions, CrlReason::OID)?.unwrap_or(CrlReason::Unspecified),
                invalid_since,
            };
            let serial = one.serial_number.to_der().map_err(malformed)?;
            self.entries.entry((issuer, serial)).or_insert(entry);
        }
        Ok(())
    }

    fn index_of(&mut self, name: &Name) -> usize {
        let known = self.issuers.iter().position(|one| same_name(one, name));
        known.unwrap_or_else(|| {
            self.issuers.push(name.clone());
            self.issuers.len() - 1
        })
    }

    pub(crate) fn issuer(&self) -> &Name {
        &self.issuer
    }

    pub(crate) fn this_update(&self) -> Timestamp {
        self.this_update
    }

    pub(crate) fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    pub(crate) fn remembers_from(&self) -> Option<Timestamp> {
        self.remembers_from
    }

    pub(crate) fn is_delta(&self) -> bool {
        self.base.is_some()
    }

    /// Whether this delta CRL adds to `complete` (RFC 5280 §5.2.4 and §6.3.3 c).
    pub(crate) fn adds_to(&self, complete: &Self) -> bool {
        let (Some(base), Some(number), Some(of)) = (&self.base, &self.number, &complete.number)
        else {
            return false;
        };
        let newer = compare(of, number).is_lt() && compare(base, of).is_le();
        newer && self.point == complete.point && same_name(&self.issuer, &complete.issuer)
    }

    /// What it lists of a certificate.
    pub(crate) fn entry(&self, certificate: &Certificate) -> Option<&Entry> {
        let serial = certificate.serial().to_der().ok()?;
        let mut issuers = self.issuers.iter().enumerate();
        issuers.find_map(|(index, name)| {
            let listed = self.entries.get(&(index, serial.clone()))?;
            same_name(name, certificate.issuer()).then_some(listed)
        })
    }

    /// The reasons for which it speaks of `certificate` through one of its distribution points
    /// (RFC 5280 §6.3.3 b and d); none if it does not.
    pub(crate) fn reasons_for(
        &self,
        certificate: &Certificate,
        point: &DistributionPoint,
    ) -> Reasons {
        if !self.is_by(certificate, point) {
            return 0;
        }
        let asked = reasons(point.reasons.map(|flags| flags.bits()));
        let Some(own) = &self.point else {
            return asked;
        };
        let authority = certificate.is_authority();
        let excluded = own.only_contains_user_certs && authority
            || own.only_contains_ca_certs && !authority
            || own.only_contains_attribute_certs;
        let named = match &own.distribution_point {
            None => true,
            Some(name) => self.is_named(name, certificate, point),
        };
        match !excluded && named {
            true => asked & reasons(own.only_some_reasons.map(|flags| flags.bits())),
            false => 0,
        }
    }

    /// §6.3.3 (b)(1): an issuer of its own makes indirect CRLs, and everybody else his own.
    fn is_by(&self, certificate: &Certificate, point: &DistributionPoint) -> bool {
        let indirect = self.point.as_ref().is_some_and(|own| own.indirect_crl);
        match &point.crl_issuer {
            None => same_name(&self.issuer, certificate.issuer()),
            Some(names) => {
                let mut names = names.iter().filter_map(directory_name);
                indirect && names.any(|name| same_name(name, &self.issuer))
            }
        }
    }

    /// §6.3.3 (b)(2)(i): one name is in both distribution points.
    fn is_named(
        &self,
        own: &DistributionPointName,
        certificate: &Certificate,
        point: &DistributionPoint,
    ) -> bool {
        let own = full_names(own, &self.issuer);
        let wanted = match (&point.distribution_point, &point.crl_issuer) {
            (Some(name), issuer) => {
                let issuer = issuer.iter().flatten().find_map(directory_name);
                full_names(name, issuer.unwrap_or(certificate.issuer()))
            }
            (None, Some(issuer)) => issuer.clone(),
            (None, None) => return false,
        };
        own.iter()
            .any(|name| wanted.iter().any(|other| same_general_name(name, other)))
    }

    /// Whether `signer` signed it, was valid then (which an anchor need not be), and may; `since` is
    /// when it is proven to exist.
    pub(crate) fn is_signed_by(
        &self,
        signer: &Certificate,
        anchor: bool,
        policy: &Policy,
        since: Timestamp,
    ) -> bool {
        let (Ok(key), true) = (signer.key(), signer.may_sign_crls()) else {
            return false;
        };
        (anchor || signer.facts().is_valid_at(self.this_update))
            && policy.at(self.scheme, &key, since).is_ok()
            && self.verify(&key)
    }

    fn verify(&self, key: &Key) -> bool {
        let digest = Sha256::of(key.bytes());
        let mut known = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(digest).or_insert_with(|| {
            let signed = Signed::from_der(&self.der);
            signed.is_ok_and(|one| key.verify(self.scheme, one.bytes, one.signature).is_ok())
        })
    }
}

/// The distribution point that every certificate has, as a last resort: its issuer's name
/// (RFC 5280 §6.3.3, last paragraph).
pub(crate) fn implied_point(certificate: &Certificate) -> DistributionPoint {
    let name = GeneralName::DirectoryName(certificate.issuer().clone());
    DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    }
}

const NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const AUTHORITY_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXPIRED_CERTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");

const CRL_EXTENSIONS: &[ObjectIdentifier] =
    &[NUMBER, DELTA, ISSUING_POINT, AUTHORITY_KEY, EXPIRED_CERTS];
const ENTRY_EXTENSIONS: &[ObjectIdentifier] =
    &[CrlReason::OID, INVALIDITY_DATE, CERTIFICATE_ISSUER];

fn only_known(all: Option<&Extensions>, known: &[ObjectIdentifier]) -> Result<(), EvidenceError> {
    let mut all = all.into_iter().flat_map(|all| all.iter());
    match all.find(|one| one.critical && !known.contains(&one.extn_id)) {
        None => Ok(()),
        Some(Extension { extn_id, .. }) => Err(EvidenceError::Malformed {
            reason: format!("unknown critical extension {extn_id}"),
        }),
    }
}

fn read<T>(all: Option<&Extensions>, wanted: ObjectIdentifier) -> Result<Option<T>, EvidenceError>
where
    T: for<'a> Decode<'a, Error = der::Error>,
{
    let mut found = all
        .into_iter()
        .flat_map(|all| all.iter())
        .filter(|one| one.extn_id == wanted);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => T::from_der(one.extn_value.as_bytes())
            .map(Some)
            .map_err(malformed),
        (Some(_), Some(_)) => Err(EvidenceError::Malformed {
            reason: format!("extension {wanted} twice"),
        }),
    }
}

fn malformed(error: der::Error) -> EvidenceError {
    EvidenceError::Malformed {
        reason: error.to_string(),
    }
}

fn reasons(flags: Option<u16>) -> Reasons {
    flags.map_or(ALL_REASONS, |bits| bits & ALL_REASONS)
}

fn compare(a: &Uint, b: &Uint) -> std::cmp::Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn directory_name(name: &GeneralName) -> Option<&Name> {
    match name {
        GeneralName::DirectoryName(name) => Some(name),
        _ => None,
    }
}

/// Names as RFC 5280 §7.1 compares them; equal bytes are the common case, and cheap.
pub(crate) fn same_name(a: &Name, b: &Name) -> bool {
    a == b || compare_names(a, b)
}

fn same_general_name(a: &GeneralName, b: &GeneralName) -> bool {
    match (a, b) {
        (GeneralName::DirectoryName(a), GeneralName::DirectoryName(b)) => same_name(a, b),
        (a, b) => a == b,
    }
}

/// The names of a distribution point; one relative to its issuer is completed (§4.2.1.13).
fn full_names(name: &DistributionPointName, issuer: &Name) -> GeneralNames {
    match name {
        DistributionPointName::FullName(names) => names.clone(),
        DistributionPointName::NameRelativeToCRLIssuer(last) => {
            let mut parts: RdnSequence = issuer.clone().into();
            parts.push(last.clone());
            let name = parts.to_der().and_then(|der| Name::from_der(&der));
            name.map(GeneralName::DirectoryName).into_iter().collect()
        }
    }
}
