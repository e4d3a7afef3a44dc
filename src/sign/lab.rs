//! A small world for tests: two authorities, a signer, somebody who gives time-stamps, revocation
//! lists; made anew in every run, so that no key is kept anywhere.

use std::time::Duration;

use const_oid::ObjectIdentifier;
use der::Any;
use der::Decode as _;
use der::Encode as _;
use der::asn1::SetOfVec;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber, SigningKey as _, date_time_ymd,
};

use x509_cert::attr::Attribute;

use crate::digest::Sha256;
use crate::sign;
use crate::sign::Scheme;
use crate::sign::Signer;
use crate::sign::SignerError;
use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::attributes;
use crate::sign::attributes::Parts;
use crate::sign::certificate::Certificate;
use crate::sign::cms;
use crate::sign::sample;
use crate::sign::sample::instant;
use crate::sign::timestamp::Token;
use crate::sign::tlv;
use crate::sign::trust::TrustStore;

/// An instant as rcgen wants it; its type has no name here.
macro_rules! moment {
    ($at:expr) => {
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds($at))
    };
}

fn seconds(at: &str) -> u64 {
    let at: Timestamp = instant(at);
    u64::try_from(at.as_second()).expect("after 1970")
}

pub(crate) const CONTENT: &[u8] = sample::CONTENT;

/// From when to when a certificate is valid.
pub(crate) type Span = (&'static str, &'static str);

pub(crate) const LONG: Span = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");

/// An authority that is its own root.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str, span: Span) -> Self {
        let mut params = params(name, span, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, key()).expect("a root");
        Self { issuer }
    }

    /// An authority under this one.
    pub(crate) fn below(&self, name: &str, span: Span) -> Self {
        let mut params = params(name, span, 2);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::signed_by(params, key(), &self.issuer).expect("issued");
        Self { issuer }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// A revocation list; revoked are (serial number, instant, key compromised?).
    pub(crate) fn crl(&self, this: &str, next: &str, revoked: &[(u64, &str, bool)]) -> Vec<u8> {
        let revoked_certs = revoked
            .iter()
            .map(|(serial, at, compromised)| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: moment!(at),
                reason_code: compromised.then_some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            });
        let params = CertificateRevocationListParams {
            this_update: moment!(this),
            next_update: moment!(next),
            crl_number: SerialNumber::from(seconds(this)),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params
            .signed_by(&self.issuer)
            .expect("a list")
            .der()
            .to_vec()
    }
}

/// A person with a key.
pub(crate) struct Person {
    pub(crate) certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: KeyPair,
}

pub(crate) const PERSON_SERIAL: u64 = 77;
pub(crate) const TSA_SERIAL: u64 = 99;

impl Person {
    pub(crate) fn new(authority: &Authority, span: Span) -> Self {
        let mut params = params("Nguyễn Thị An Khê", span, PERSON_SERIAL);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        let key = key();
        let certificate = params.signed_by(&key, &authority.issuer).expect("issued");
        Self {
            certificate: certificate.der().to_vec(),
            chain: vec![authority.der()],
            key,
        }
    }

    /// A signature over [`CONTENT`].
    pub(crate) fn sign(&self, at: &str) -> Vec<u8> {
        sign::sign(CONTENT, &sample::statement(), self, instant(at)).expect("a signature")
    }
}

impl Person {
    /// The same with a time-stamp over the content among the signed attributes.
    pub(crate) fn sign_after(&self, stamp: &Token, at: &str) -> Vec<u8> {
        let certificate = Certificate::read(&self.certificate).expect("a certificate");
        let scheme = Scheme::ECDSA_SHA256;
        let statement = sample::statement().to_der().expect("a statement");
        let mut attributes = attributes::write(&Parts {
            scheme,
            message_digest: scheme.digest().of(CONTENT),
            signing_time: Some(instant(at)),
            certificate: &certificate,
            statement: Some(&statement),
        })
        .expect("attributes");
        let value = Any::from_der(stamp.der()).expect("DER");
        let oid = attributes::CONTENT_STAMP;
        let values = SetOfVec::from_iter([value]).expect("a set");
        attributes
            .insert(Attribute { oid, values })
            .expect("sorted");
        let signed = cms::ToBeSigned::of(&attributes).expect("DER").sorted;
        let signature = self.key.sign(&signed).expect("a signature");
        cms::encode(scheme, attributes, signature, &certificate, &[]).expect("a file")
    }
}

impl Signer for Person {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn scheme(&self) -> Scheme {
        Scheme::ECDSA_SHA256
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.key.sign(bytes).expect("a signature"))
    }
}

/// Somebody who gives time-stamps, in every way there is.
pub(crate) struct Stamper {
    pub(crate) certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: KeyPair,
    pub(crate) how: How,
}

/// How a token is made; the plain one is good.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum How {
    Plain,
    /// ESSCertID (RFC 2634) instead of ESSCertIDv2.
    Sha1Reference,
    /// Another nonce than that of the request.
    OtherNonce,
    /// The content is changed after it was signed.
    Changed,
    /// As a streaming program writes: indefinite lengths, content in pieces.
    Ber,
    /// The certificate is not inside.
    Bare,
}

impl Stamper {
    pub(crate) fn new(authority: &Authority, span: Span) -> Self {
        Self::with_purpose(authority, span, true, &[TIME_STAMPING])
    }

    pub(crate) fn with_purpose(
        authority: &Authority,
        span: Span,
        critical: bool,
        purposes: &[&str],
    ) -> Self {
        let mut params = params("Dấu thời gian thử", span, TSA_SERIAL);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let purposes: Vec<_> = purposes
            .iter()
            .map(|oid| ObjectIdentifier::new(oid).expect("an identifier"))
            .map(|oid| tlv::write(tlv::OBJECT_IDENTIFIER, &[oid.as_bytes()]))
            .collect();
        let value = tlv::write(tlv::SEQUENCE, &[&purposes.concat()]);
        let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 37], value);
        extension.set_criticality(critical);
        params.custom_extensions.push(extension);
        let key = key();
        let certificate = params.signed_by(&key, &authority.issuer).expect("issued");
        Self {
            certificate: certificate.der().to_vec(),
            chain: vec![authority.der()],
            key,
            how: How::Plain,
        }
    }

    pub(crate) fn stamp(&self, imprint: Sha256, at: &str) -> Token {
        Token::read(&self.token(imprint, at, Some(5))).expect("a token")
    }

    /// TimeStampResp with status granted.
    pub(crate) fn respond(&self, imprint: Sha256, at: &str, nonce: u8) -> Vec<u8> {
        let status = tlv::write(tlv::SEQUENCE, &[&[2, 1, 0]]);
        tlv::write(
            tlv::SEQUENCE,
            &[&status, &self.token(imprint, at, Some(nonce))],
        )
    }

    fn token(&self, imprint: Sha256, at: &str, nonce: Option<u8>) -> Vec<u8> {
        let nonce = nonce.map(|nonce| {
            if self.how == How::OtherNonce {
                3
            } else {
                nonce
            }
        });
        let content = info(imprint, at, nonce);
        let signed = self.attributes(&content);
        let signature = self.key.sign(&tlv::write_set(tlv::SET, &slices(&signed)));
        let signature = signature.expect("a signature");
        let certificate = Certificate::read(&self.certificate).expect("a certificate");
        let issuer = certificate.issuer().to_der().expect("a name");
        let serial = certificate.serial().to_der().expect("a number");
        let scheme = Scheme::ECDSA_SHA256.identifier().to_der().expect("DER");
        let signer = tlv::write(
            tlv::SEQUENCE,
            &[
                &[2, 1, 1],
                &tlv::write(tlv::SEQUENCE, &[&issuer, &serial]),
                &sha256(),
                &tlv::write_set(tlv::context(0), &slices(&signed)),
                &scheme,
                &tlv::write(tlv::OCTET_STRING, &[&signature]),
            ],
        );
        let content = match self.how {
            How::Changed => info(imprint, "2024-09-09T00:30:01Z", nonce),
            _ => content,
        };
        let certificates: Vec<&[u8]> = match self.how {
            How::Bare => Vec::new(),
            _ => vec![&self.certificate, &self.chain[0]],
        };
        let certificates = tlv::write_set(tlv::context(0), &certificates);
        let kind = oid("1.2.840.113549.1.9.16.1.4");
        let octets = match self.how {
            How::Ber => {
                let (one, other) = content.split_at(20);
                let one = tlv::write(tlv::OCTET_STRING, &[one]);
                let other = tlv::write(tlv::OCTET_STRING, &[other]);
                [&[0x24, 0x80], &*one, &other, &[0, 0]].concat()
            }
            _ => tlv::write(tlv::OCTET_STRING, &[&content]),
        };
        let content = tlv::write(
            tlv::SEQUENCE,
            &[&kind, &tlv::write(tlv::context(0), &[&octets])],
        );
        let parts = [
            vec![2, 1, 3],
            tlv::write(tlv::SET, &[&sha256()]),
            content,
            certificates,
            tlv::write(tlv::SET, &[&signer]),
        ]
        .concat();
        let outer = oid("1.2.840.113549.1.7.2");
        match self.how {
            How::Ber => {
                let start: &[u8] = &[0xa0, 0x80, 0x30, 0x80];
                [&[0x30, 0x80], &*outer, start, &parts, &[0; 6]].concat()
            }
            _ => {
                let data = tlv::write(tlv::SEQUENCE, &[&parts]);
                tlv::write(
                    tlv::SEQUENCE,
                    &[&outer, &tlv::write(tlv::context(0), &[&data])],
                )
            }
        }
    }

    fn attributes(&self, content: &[u8]) -> Vec<Vec<u8>> {
        let attribute = |kind: &str, value: &[u8]| {
            tlv::write(
                tlv::SEQUENCE,
                &[&oid(kind), &tlv::write(tlv::SET, &[value])],
            )
        };
        let digest = DigestAlgorithm::Sha256.of(content);
        let octets = |bytes: &[u8]| tlv::write(tlv::OCTET_STRING, &[bytes]);
        let sequence = |bytes: &[u8]| tlv::write(tlv::SEQUENCE, &[bytes]);
        let reference = match self.how {
            How::Sha1Reference => {
                use aws_lc_rs::digest as lc;
                let hash = lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, &self.certificate);
                let value = sequence(&sequence(&sequence(&octets(hash.as_ref()))));
                attribute("1.2.840.113549.1.9.16.2.12", &value)
            }
            _ => {
                let hash = DigestAlgorithm::Sha256.of(&self.certificate);
                let value = sequence(&sequence(&sequence(&octets(&hash))));
                attribute("1.2.840.113549.1.9.16.2.47", &value)
            }
        };
        vec![
            attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.9.16.1.4")),
            attribute("1.2.840.113549.1.9.4", &octets(&digest)),
            reference,
        ]
    }
}

pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// Trusts one authority for signers and one for time-stamps.
pub(crate) fn store(signers: &Authority, stampers: &Authority) -> TrustStore {
    let mut store = TrustStore::default();
    store.add_signers("goc", &signers.der()).expect("an anchor");
    store
        .add_stampers("tsa", &stampers.der())
        .expect("an anchor");
    store
}

fn info(imprint: Sha256, at: &str, nonce: Option<u8>) -> Vec<u8> {
    let digits = |c: &char| c.is_ascii_digit();
    let time: String = at.chars().filter(digits).collect();
    let time = format!("{time}.25Z");
    let hash = tlv::write(tlv::OCTET_STRING, &[imprint.as_bytes()]);
    let nonce = nonce.map(|nonce| vec![2, 1, nonce]).unwrap_or_default();
    tlv::write(
        tlv::SEQUENCE,
        &[
            &[2, 1, 1],
            &oid("1.2.3.4"),
            &tlv::write(tlv::SEQUENCE, &[&sha256(), &hash]),
            &[2, 1, 9],
            &tlv::write(0x18, &[time.as_bytes()]),
            &[0x30, 3, 2, 1, 1],
            &nonce,
        ],
    )
}

fn sha256() -> Vec<u8> {
    DigestAlgorithm::Sha256.identifier().to_der().expect("DER")
}

fn oid(text: &str) -> Vec<u8> {
    let oid = ObjectIdentifier::new(text).expect("an identifier");
    tlv::write(tlv::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

fn params(name: &str, (from, until): Span, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = moment!(from);
    params.not_after = moment!(until);
    params
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key")
}
