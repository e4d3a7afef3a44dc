//! A certificate as this module sees it: its bytes, what it says, and whether it may sign.
//!
//! Reading bounds the size first: `x509-cert` sorts the members of each SET, which costs the
//! square of their number, and the bytes come from strangers.

use cms::signed_data::SignerIdentifier;
use const_oid::AssociatedOid;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519;
use der::asn1::{BitStringRef, BmpString};
use der::{Any, Decode, Encode, Reader, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use thiserror::Error;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};
use x509_cert::name::Name;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::fault::Fault;

/// What a certificate says, for people and for the roster of the school.
///
/// `subject_uids` of the public authorities hold citizen numbers: personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 of the DER certificate.
    pub sha256: Sha256,
    /// Common name of the holder.
    pub subject_cn: Option<String>,
    /// Every UID of the holder; a person in an organisation has two (MST and CCCD).
    pub subject_uids: Vec<String>,
    /// Organisation of the holder.
    pub organisation: Option<String>,
    /// Common name of the issuer.
    pub issuer_cn: Option<String>,
    /// Serial number in lower hex.
    pub serial: String,
    /// First instant of validity.
    pub not_before: Timestamp,
    /// Last instant of validity.
    pub not_after: Timestamp,
    /// Kind and size of the key, as `P-256` or `RSA-2048`; the algorithm for others.
    pub key: String,
}

impl CertificateFacts {
    /// Reads the facts of a DER certificate, as `school.yaml` and `hoso status` need them.
    ///
    /// # Errors
    /// [`CertificateError`] if it is too large or not a certificate of RFC 5280.
    pub fn of(der: &[u8]) -> Result<Self, CertificateError> {
        Certificate::read(der).map(|certificate| certificate.facts)
    }

    /// Tells whether `at` lies in the validity (RFC 5280 §4.1.2.5, both ends included).
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

/// Says why bytes are not taken as a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not a certificate of RFC 5280.
    #[error("the certificate cannot be read: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// The certificate is larger than any that is issued to people.
    #[error("the certificate has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
}

impl CertificateError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Malformed { reason } => format!("không đọc được chứng thư ({reason})"),
            Self::TooLarge { size, limit } => format!("chứng thư dài {size} byte, tối đa {limit}"),
        };
        Words::new(vi, self.to_string())
    }
}

/// A certificate that was read.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// Exactly the bytes that were read; never encoded again.
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    facts: CertificateFacts,
}

impl Certificate {
    pub(crate) fn read(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > LIMIT {
            return Err(CertificateError::TooLarge {
                size: der.len(),
                limit: LIMIT,
            });
        }
        let parsed =
            x509_cert::Certificate::from_der(der).map_err(|error| CertificateError::Malformed {
                reason: error.to_string(),
            })?;
        let facts = facts(der, &parsed);
        Ok(Self {
            der: der.to_vec(),
            parsed,
            facts,
        })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    pub(crate) fn issuer(&self) -> &Name {
        self.parsed.tbs_certificate().issuer()
    }

    pub(crate) fn serial(&self) -> &x509_cert::serial_number::SerialNumber {
        self.parsed.tbs_certificate().serial_number()
    }

    pub(crate) fn subject(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }

    pub(crate) fn spki(&self) -> &SubjectPublicKeyInfoOwned {
        self.parsed.tbs_certificate().subject_public_key_info()
    }

    /// Reads an extension; none where there is none, an error where it is there and broken.
    pub(crate) fn extension<T>(&self) -> Result<Option<T>, der::Error>
    where
        T: AssociatedOid + for<'a> Decode<'a, Error = der::Error>,
    {
        let found = self.parsed.tbs_certificate().get_extension::<T>()?;
        Ok(found.map(|(_, value)| value))
    }

    /// Tells whether an extension is there, whatever it says.
    pub(crate) fn has_extension(&self, oid: &ObjectIdentifier) -> bool {
        let extensions = self.parsed.tbs_certificate().extensions();
        extensions.is_some_and(|all| all.iter().any(|one| one.extn_id == *oid))
    }

    /// Reads the algorithm of its own signature, said twice and alike (RFC 5280 §4.1.1.2).
    pub(crate) fn scheme(&self) -> Result<Scheme, Fault> {
        let algorithm = self.parsed.signature_algorithm();
        let scheme = Scheme::of_structure(algorithm)?;
        match algorithm == self.parsed.tbs_certificate().signature() {
            true => Ok(scheme),
            false => Err(Fault::SignatureMismatch {}),
        }
    }

    /// Checks the signature of its issuer, who has `key`, over the bytes as they were read.
    pub(crate) fn verify_signature(&self, key: &Key) -> Result<(), Fault> {
        let scheme = self.scheme()?;
        let signed = Signed::from_der(&self.der).map_err(|_| Fault::SignatureMismatch {})?;
        key.verify(scheme, signed.bytes, signed.signature)
    }

    /// Tells whether it is its own issuer; such a one (a root) is left out of signature files.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.parsed.tbs_certificate().subject() == self.issuer()
    }

    /// Tells whether it is an authority's (RFC 5280 §4.2.1.9).
    pub(crate) fn is_authority(&self) -> bool {
        let constraints = self
            .parsed
            .tbs_certificate()
            .get_extension::<BasicConstraints>();
        matches!(
            constraints,
            Ok(Some((_, BasicConstraints { ca: true, .. })))
        )
    }

    /// Tells whether a signer identifier (RFC 5652 §5.3) is this certificate's.
    pub(crate) fn is_named_by(&self, identifier: &SignerIdentifier) -> bool {
        match identifier {
            SignerIdentifier::IssuerAndSerialNumber(named) => {
                // Read from BER the name kept its order, read from DER it is sorted.
                let Ok(issuer) = named.issuer.to_der() else {
                    return false;
                };
                let issuer = (issuer.len() <= LIMIT).then(|| Name::from_der(&issuer));
                issuer.and_then(Result::ok).as_ref() == Some(self.issuer())
                    && named.serial_number == *self.serial()
            }
            SignerIdentifier::SubjectKeyIdentifier(named) => {
                let own = self
                    .parsed
                    .tbs_certificate()
                    .get_extension::<SubjectKeyIdentifier>();
                matches!(own, Ok(Some((_, own))) if own == *named)
            }
        }
    }

    pub(crate) fn key(&self) -> Result<Key, Fault> {
        Key::read(self.parsed.tbs_certificate().subject_public_key_info())
    }

    /// Checks that the certificate is meant for signing (RFC 5280 §4.2.1.3 and §4.2.1.12).
    ///
    /// A keyUsage must be there, with digitalSignature or nonRepudiation: without it a
    /// certificate for a server would do. Purposes may be absent; when there are any, one of
    /// [`SIGNING_PURPOSES`] must be among them.
    pub(crate) fn usage_faults(&self) -> Vec<Fault> {
        let tbs = self.parsed.tbs_certificate();
        let mut faults = Vec::new();
        match tbs.get_extension::<KeyUsage>() {
            Ok(None) => faults.push(Fault::KeyUsageMissing {}),
            Ok(Some((_, usage))) if usage.digital_signature() || usage.non_repudiation() => {}
            Ok(Some(_)) | Err(_) => faults.push(Fault::KeyUsageUnsuitable {}),
        }
        match tbs.get_extension::<ExtendedKeyUsage>() {
            Ok(None) => {}
            Ok(Some((_, purposes))) if purposes.0.iter().any(|p| SIGNING_PURPOSES.contains(p)) => {}
            Ok(Some((_, purposes))) => {
                let found: Vec<_> = purposes.0.iter().map(ToString::to_string).collect();
                faults.push(Fault::ExtendedKeyUsageUnsuitable {
                    found: found.join(", "),
                });
            }
            Err(_) => faults.push(Fault::ExtendedKeyUsageUnsuitable { found: "?".into() }),
        }
        faults
    }

    /// Tells whether an authority issues certificates for one of the `allowed` purposes: it has
    /// one of them, or lists none.
    pub(crate) fn may_issue_for(&self, allowed: &[ObjectIdentifier]) -> bool {
        match self.extension::<ExtendedKeyUsage>() {
            Ok(None) => true,
            Ok(Some(purposes)) => purposes.0.iter().any(|one| allowed.contains(one)),
            Err(_) => false,
        }
    }

    /// Tells whether it is meant for time-stamps and nothing else: the one purpose
    /// id-kp-timeStamping, critical (RFC 3161 §2.3), and a key for signatures.
    pub(crate) fn is_for_stamps_only(&self) -> bool {
        let purposes = self
            .parsed
            .tbs_certificate()
            .get_extension::<ExtendedKeyUsage>();
        let only = matches!(purposes, Ok(Some((true, purposes))) if purposes.0 == [TIME_STAMPING]);
        only && self.may_sign()
    }

    /// Tells whether it is meant for OCSP responses (RFC 6960 §4.2.2.2), with a key for signatures.
    pub(crate) fn is_for_ocsp(&self) -> bool {
        let purposes = self.extension::<ExtendedKeyUsage>();
        let named = matches!(purposes, Ok(Some(purposes)) if purposes.0.contains(&OCSP_SIGNING));
        named && self.may_sign()
    }

    /// Tells whether an authority's key may sign CRLs (RFC 5280 §6.3.3 f): cRLSign must be set where
    /// there is a keyUsage at all.
    pub(crate) fn may_sign_crls(&self) -> bool {
        match self.extension::<KeyUsage>() {
            Ok(None) => true,
            Ok(Some(usage)) => usage.crl_sign(),
            Err(_) => false,
        }
    }

    /// Tells whether its key may sign anything but certificates and CRLs, as far as keyUsage says.
    fn may_sign(&self) -> bool {
        match self.extension::<KeyUsage>() {
            Ok(None) => true,
            Ok(Some(usage)) => usage.digital_signature() || usage.non_repudiation(),
            Err(_) => false,
        }
    }
}

/// The shape of everything that is signed by an authority (RFC 5280 §4.1.1): bytes, algorithm,
/// signature. The bytes are taken as they stand, never encoded again.
pub(crate) struct Signed<'a> {
    pub bytes: &'a [u8],
    pub signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn from_der(der: &'a [u8]) -> Result<Self, der::Error> {
        let mut reader = SliceReader::new(der)?;
        let signed = reader.sequence(|inner| {
            let bytes = inner.tlv_bytes()?;
            AlgorithmIdentifierOwned::decode(inner)?;
            let signature: BitStringRef<'a> = inner.decode()?;
            let signature = signature.as_bytes().ok_or(Tag::BitString.value_error())?;
            Ok::<_, der::Error>(Self { bytes, signature })
        })?;
        reader.finish()?;
        Ok(signed)
    }
}

/// id-kp-timeStamping (RFC 3161 §2.3).
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// id-kp-OCSPSigning (RFC 6960 §4.2.2.2).
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");

/// The purposes that let a certificate sign documents.
///
/// emailProtection is what authorities have always put into certificates for signatures, and
/// what `openssl cms -verify` asks for; documentSigning (RFC 9336) is its late successor;
/// clientAuth is the only purpose in many certificates on Vietnamese tokens, which the law
/// accepts for signing; anyExtendedKeyUsage excludes nothing.
pub(crate) const SIGNING_PURPOSES: &[ObjectIdentifier] = &[
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// Ten times what authorities issue; see the head of this file for why there is a limit.
const LIMIT: usize = 16 * 1024;

fn facts(der: &[u8], parsed: &x509_cert::Certificate) -> CertificateFacts {
    let tbs = parsed.tbs_certificate();
    let key = match Key::read(tbs.subject_public_key_info()) {
        Ok(key) => key.to_string(),
        Err(Fault::KeySizeUnsuitable { bits, .. }) => format!("RSA-{bits}"),
        Err(_) => tbs.subject_public_key_info().algorithm.oid.to_string(),
    };
    CertificateFacts {
        sha256: Sha256::of(der),
        subject_cn: texts(tbs.subject(), rfc4519::CN).next(),
        subject_uids: texts(tbs.subject(), rfc4519::UID).collect(),
        organisation: texts(tbs.subject(), rfc4519::O).next(),
        issuer_cn: texts(tbs.issuer(), rfc4519::CN).next(),
        serial: hex(tbs.serial_number().as_bytes()),
        not_before: instant(tbs.validity().not_before),
        not_after: instant(tbs.validity().not_after),
        key,
    }
}

/// Reads a common name out of a name in DER, for anchors and issuers.
pub(crate) fn common_name(name: &Name) -> String {
    texts(name, rfc4519::CN)
        .next()
        .unwrap_or_else(|| name.to_string())
}

/// Returns the texts of one attribute type; the order of the parts of a name varies by authority.
fn texts(name: &Name, wanted: ObjectIdentifier) -> impl Iterator<Item = String> {
    name.iter()
        .filter(move |part| part.oid == wanted)
        .filter_map(|part| text(&part.value))
}

/// Reads a DirectoryString (RFC 5280 §4.1.2.4).
fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    let text = match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(bytes.to_vec()).ok()?
        }
        // T.61 in name, Latin-1 in practice.
        Tag::TeletexString => bytes.iter().copied().map(char::from).collect(),
        Tag::BmpString => BmpString::from_der(&value.to_der().ok()?).ok()?.to_string(),
        _ => return None,
    };
    Some(harmless(&text))
}

/// Replaces what could take over a terminal or turn a name around: anyone can issue himself a
/// certificate, and its names are shown beside "not trusted".
pub(crate) fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harmless = |c: char| {
        if c.is_control() || turns(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().take(LONGEST_NAME).map(harmless).collect()
}

/// RFC 5280 appendix A.1 allows 64 in a common name; authorities write more.
const LONGEST_NAME: usize = 256;

pub(crate) fn instant(time: x509_cert::time::Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_encoding() {
        for (tag, bytes) in [
            (Tag::Utf8String, "Kh\u{ea}".as_bytes()),
            (Tag::TeletexString, b"Kh\xea"),
            (Tag::BmpString, b"\0K\0h\0\xea"),
        ] {
            assert_eq!(text(&Any::new(tag, bytes).unwrap()).as_deref(), Some("Khê"));
        }
        assert_eq!(text(&Any::new(Tag::Utf8String, [0xff]).unwrap()), None);
        assert_eq!(text(&Any::null()), None);
    }

    #[test]
    fn names_cannot_take_over_a_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\u{202e}c\n"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}"
        );
        assert_eq!(harmless(&"x".repeat(1000)).len(), LONGEST_NAME);
    }

    #[test]
    fn what_is_no_certificate_says_so() {
        let large = vec![0x30; LIMIT + 1];
        for bytes in [b"none".as_slice(), &large] {
            let error = CertificateFacts::of(bytes).unwrap_err();
            assert_ne!(error.words().vi, error.words().en);
        }
    }
}
