//! A throw-away authority, for `hoso init --demo` and the sample school.
//!
//! 1. [`Authority::new`] makes a root and, under it, an issuing authority.
//! 2. [`Authority::issue`] makes a key and a certificate for one person (or the seal), of the
//!    shape that Vietnamese authorities issue, and packs both into a PKCS#12 file.
//! 3. [`Authority::lists`] says which of its certificates are revoked, as CRLs.
//! 4. [`Stampers`] is another root, for who gives time-stamps.
//!
//! Keys and serial numbers are random, so nothing made here is the same twice. The names say that
//! the certificates are worth nothing outside a trial.

use std::time::Duration;

use jiff::Timestamp;
use p12_keystore::{Certificate as P12Certificate, KeyStore, KeyStoreEntry, PrivateKeyChain};
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, RsaKeySize, SerialNumber, date_time_ymd,
};
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::certificate::Certificate;

mod stampers;

pub use rcgen::RevocationReason;
pub use stampers::Stampers;

/// The kinds of key that are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyChoice {
    /// ECDSA on P-256: small and fast.
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA with 2048 bits, as on most Vietnamese tokens.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits; making one takes seconds.
    Rsa4096,
}

/// From when to when a certificate is valid; whole seconds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub until: Timestamp,
}

/// For whom a certificate is made.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Common name, as `Nguyễn Thị An Khê`.
    pub name: &'a str,
    /// Value of the UID, as `CCCD:000000000001` or `MST:0000000001`.
    pub uid: &'a str,
    /// Kind of key.
    pub key: KeyChoice,
    /// From when to when.
    pub validity: Validity,
}

/// A certificate that is not to be relied on any more.
#[derive(Clone, Copy, Debug)]
pub struct Revoked<'a> {
    /// The certificate in DER.
    pub certificate: &'a [u8],
    /// Since when.
    pub at: Timestamp,
    /// Why; none is said where nobody knows.
    pub reason: Option<RevocationReason>,
}

/// A key with its certificates, as a signer gets them from an authority.
#[derive(Clone)]
pub struct Identity {
    /// The certificate in DER.
    pub certificate: Vec<u8>,
    /// The issuing authority and the root in DER.
    pub chain: Vec<Vec<u8>>,
    /// Key and certificates, encrypted with the password (AES-256).
    pub pkcs12: Vec<u8>,
}

/// Says why something could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the trial certificate cannot be made: {reason}")]
pub struct DemoError {
    /// What the maker says.
    pub reason: String,
}

impl DemoError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        Words::new(
            format!("không tạo được chứng thư dùng thử ({})", self.reason),
            self.to_string(),
        )
    }
}

/// A root and an issuing authority.
pub struct Authority {
    organisation: String,
    root: CertifiedIssuer<'static, KeyPair>,
    issuing: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes the authority of `organisation`; both its certificates have the same validity.
    ///
    /// # Errors
    /// [`DemoError`] if the validity lies before 1970 or the backend makes no key.
    pub fn new(organisation: &str, key: KeyChoice, validity: Validity) -> Result<Self, DemoError> {
        let params = |name, below| -> Result<_, DemoError> {
            let mut params = params(organisation, name, validity)?;
            params.is_ca = IsCa::Ca(below);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            Ok(params)
        };
        let root = params(ROOT_NAME, BasicConstraints::Unconstrained)?;
        let root = CertifiedIssuer::self_signed(root, key_pair(key)?).map_err(failed)?;
        let mut issuing = params(ISSUING_NAME, BasicConstraints::Constrained(0))?;
        issuing.use_authority_key_identifier_extension = true;
        let issuing = CertifiedIssuer::signed_by(issuing, key_pair(key)?, &root).map_err(failed)?;
        Ok(Self {
            organisation: organisation.to_string(),
            root,
            issuing,
        })
    }

    /// Returns the root as PEM, for `signatures/anchors/`.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// Makes a key and its certificate, and packs them with `password`.
    ///
    /// # Errors
    /// [`DemoError`] if the validity lies before 1970 or the backend makes no key.
    pub fn issue(&self, person: &Person<'_>, password: &str) -> Result<Identity, DemoError> {
        let key = key_pair(person.key)?;
        let params = self.leaf(person)?;
        let certificate = params.signed_by(&key, &self.issuing).map_err(failed)?;
        let certificate = certificate.der().to_vec();
        let chain = vec![self.issuing.der().to_vec(), self.root.der().to_vec()];
        let pkcs12 = pack(
            person.name,
            key.serialized_der(),
            &certificate,
            &chain,
            password,
        )?;
        Ok(Identity {
            certificate,
            chain,
            pkcs12,
        })
    }

    /// Makes the CRLs (RFC 5280 §5) of both authorities: of the issuing one, which names `revoked`, and
    /// of the root, which names nobody. `validity` is from thisUpdate to nextUpdate.
    ///
    /// # Errors
    /// [`DemoError`] if an instant lies before 1970 or a certificate cannot be read.
    pub fn lists(
        &self,
        validity: Validity,
        revoked: &[Revoked<'_>],
    ) -> Result<[Vec<u8>; 2], DemoError> {
        Ok([
            list(&self.issuing, validity, revoked)?,
            list(&self.root, validity, &[])?,
        ])
    }

    fn leaf(&self, person: &Person<'_>) -> Result<CertificateParams, DemoError> {
        let mut params = params(&self.organisation, person.name, person.validity)?;
        params
            .distinguished_name
            .push(DnType::CustomDnType(UID.to_vec()), person.uid);
        // Writes basicConstraints and the subject key identifier too.
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        Ok(params)
    }
}

const ROOT_NAME: &str = "CA gốc dùng thử (không có giá trị pháp lý)";
const ISSUING_NAME: &str = "CA cấp chứng thư dùng thử (không có giá trị pháp lý)";

/// Attribute type UID (RFC 4519 §2.39), where Vietnamese authorities put `CCCD:` and `MST:`.
const UID: &[u64] = &[0, 9, 2342, 19_200_300, 100, 1, 1];

fn params(
    organisation: &str,
    name: &str,
    validity: Validity,
) -> Result<CertificateParams, DemoError> {
    let country = PrintableString::try_from("VN").map_err(failed)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, DnValue::PrintableString(country));
    subject.push(DnType::OrganizationName, organisation);
    subject.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(validity.from)?;
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(validity.until)?;
    Ok(params)
}

fn since_1970(at: Timestamp) -> Result<Duration, DemoError> {
    let seconds = u64::try_from(at.as_second()).map_err(failed)?;
    Ok(Duration::from_secs(seconds))
}

fn list(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    validity: Validity,
    revoked: &[Revoked<'_>],
) -> Result<Vec<u8>, DemoError> {
    let epoch = date_time_ymd(1970, 1, 1);
    let entry = |revoked: &Revoked<'_>| {
        let certificate = Certificate::read(revoked.certificate).map_err(failed)?;
        Ok(RevokedCertParams {
            serial_number: SerialNumber::from_slice(certificate.serial().as_bytes()),
            revocation_time: epoch + since_1970(revoked.at)?,
            reason_code: revoked.reason,
            invalidity_date: None,
        })
    };
    let this_update = since_1970(validity.from)?;
    let params = CertificateRevocationListParams {
        this_update: epoch + this_update,
        next_update: epoch + since_1970(validity.until)?,
        // Whoever issues several has to number them upwards (RFC 5280 §5.2.3).
        crl_number: SerialNumber::from(this_update.as_secs()),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect::<Result<_, _>>()?,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let signed = params.signed_by(issuer).map_err(failed)?;
    Ok(signed.der().to_vec())
}

fn key_pair(choice: KeyChoice) -> Result<KeyPair, DemoError> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let pair = match choice {
        KeyChoice::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyChoice::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyChoice::Rsa2048 => rsa(RsaKeySize::_2048),
        KeyChoice::Rsa3072 => rsa(RsaKeySize::_3072),
        KeyChoice::Rsa4096 => rsa(RsaKeySize::_4096),
    };
    pair.map_err(failed)
}

/// Writes PKCS#12 (RFC 7292) with PBES2, AES-256 and an HMAC-SHA-256.
fn pack(
    name: &str,
    pkcs8: &[u8],
    certificate: &[u8],
    chain: &[Vec<u8>],
    password: &str,
) -> Result<Vec<u8>, DemoError> {
    let mut certificates = vec![P12Certificate::from_der(certificate).map_err(failed)?];
    for authority in chain {
        certificates.push(P12Certificate::from_der(authority).map_err(failed)?);
    }
    let key_id = Sha256::of(certificate);
    let entry = PrivateKeyChain::new(pkcs8, key_id.as_bytes(), certificates);
    let mut store = KeyStore::new();
    store.add_entry(name, KeyStoreEntry::PrivateKeyChain(entry));
    store.writer(password).write().map_err(failed)
}

fn failed(error: impl ToString) -> DemoError {
    DemoError {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::CertificateFacts;
    use crate::sign::sample;

    #[test]
    fn a_certificate_says_what_was_asked() {
        let identity = sample::identity(KeyChoice::P256);
        let facts = CertificateFacts::of(&identity.certificate).unwrap();
        assert_eq!(facts.subject_cn.as_deref(), Some("Nguyễn Thị An Khê"));
        assert_eq!(facts.subject_uids, ["CCCD:000000000001"]);
        assert_eq!(
            facts.organisation.as_deref(),
            Some("Trường Mầm non Hoa Sen")
        );
        assert_eq!(facts.issuer_cn.as_deref(), Some(ISSUING_NAME));
        assert_eq!(facts.key, "P-256");
        let Validity { from, until } = sample::validity();
        assert_eq!((facts.not_before, facts.not_after), (from, until));
    }

    #[test]
    fn instants_before_1970_are_refused() {
        let Validity { until, .. } = sample::validity();
        let validity = Validity {
            from: Timestamp::MIN,
            until,
        };
        let error = Authority::new("x", KeyChoice::P256, validity)
            .err()
            .unwrap();
        assert_ne!(error.words().vi, error.words().en);
    }
}
