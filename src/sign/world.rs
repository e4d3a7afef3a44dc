//! Authorities, certificates, CRLs and OCSP responses for the tests of paths and revocation, made anew
//! in every run, in ways in which a well-behaved authority would not make them.

use std::time::Duration;

use certval::ocsp::AsResponseBytes as _;
use certval::ocsp::BasicOcspResponse;
use certval::ocsp::CertId;
use certval::ocsp::CertStatus;
use certval::ocsp::OcspGeneralizedTime;
use certval::ocsp::OcspResponse;
use certval::ocsp::ResponderId;
use certval::ocsp::ResponseData;
use certval::ocsp::RevokedInfo;
use certval::ocsp::SingleResponse;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oid;
use der::asn1::BitString;
use der::asn1::GeneralizedTime;
use der::asn1::OctetString;
use der::{Any, DateTime, Decode as _, Encode as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams,
    SerialNumber, SigningKey as _, date_time_ymd,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;

use crate::sign::TrustStore;
use crate::sign::algorithm::Scheme;
use crate::sign::algorithm::identify;
use crate::sign::certificate::Certificate;
use crate::sign::path::Purpose;
use crate::sign::path::ValidPath;
use crate::sign::path::validate;
use crate::sign::sample::instant;

fn seconds(at: &str) -> u64 {
    u64::try_from(instant(at).as_second()).expect("after 1970")
}

/// An instant as rcgen wants it; its type has no name here.
macro_rules! moment {
    ($at:expr) => {
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds($at))
    };
}
pub(crate) use moment;

pub(crate) const FROM: &str = "2024-01-01T00:00:00Z";
pub(crate) const UNTIL: &str = "2028-01-01T00:00:00Z";

pub(crate) fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key")
}

pub(crate) fn params(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = moment!(FROM);
    params.not_after = moment!(UNTIL);
    params
}

/// An authority, its own or below another.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

fn of_authority(name: &str, serial: u64) -> CertificateParams {
    let mut params = params(name, serial);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, key())
    }

    pub(crate) fn root_with(name: &str, key: KeyPair) -> Self {
        let issuer = CertifiedIssuer::self_signed(of_authority(name, 1), key).expect("a root");
        Self { issuer }
    }

    pub(crate) fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = of_authority(name, 2);
        change(&mut params);
        let issuer = CertifiedIssuer::signed_by(params, key(), &self.issuer).expect("an issuer");
        Self { issuer }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// A certificate over this authority's name and key by another.
    pub(crate) fn crossed_by(&self, other: &Self) -> Vec<u8> {
        let params = of_authority(&self.name(), 3);
        let crossed = params.signed_by(self.issuer.key(), &other.issuer);
        crossed.expect("a certificate").der().to_vec()
    }

    fn name(&self) -> String {
        let certificate = Certificate::read(&self.der()).expect("a certificate");
        certificate.facts().subject_cn.clone().expect("a name")
    }

    pub(crate) fn issue(
        &self,
        serial: u64,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (Vec<u8>, KeyPair) {
        let mut params = params("Nguyễn Thị An Khê", serial);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        change(&mut params);
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.der().to_vec(), key)
    }

    /// A certificate for signing.
    pub(crate) fn signer(&self, serial: u64) -> Vec<u8> {
        self.issue(serial, |_| {}).0
    }

    pub(crate) fn crl(&self, this: &str, next: &str, revoked: Vec<RevokedCertParams>) -> Vec<u8> {
        let params = CertificateRevocationListParams {
            this_update: moment!(this),
            next_update: moment!(next),
            crl_number: SerialNumber::from(seconds(this)),
            issuing_distribution_point: None,
            revoked_certs: revoked,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let crl = params.signed_by(&self.issuer).expect("a CRL");
        crl.der().to_vec()
    }
}

/// A store that trusts one authority for signers.
pub(crate) fn trusting(authority: &Authority) -> TrustStore {
    let mut store = TrustStore::default();
    store
        .add_signers("goc", &authority.der())
        .expect("an anchor");
    store
}

pub(crate) fn certificate(der: &[u8]) -> Certificate {
    Certificate::read(der).expect("a certificate")
}

/// The path of a signer, in the middle of its validity.
pub(crate) fn path(leaf: &[u8], pool: &[Vec<u8>], store: &TrustStore) -> ValidPath {
    let at = instant("2026-01-01T00:00:00Z");
    validate(&certificate(leaf), pool, store, Purpose::Sign, at).expect("a path")
}

/// An extension of purposes, with any criticality.
pub(crate) fn purposes(critical: bool, purposes: &[&str]) -> CustomExtension {
    let purposes: Vec<ObjectIdentifier> = purposes
        .iter()
        .map(|oid| ObjectIdentifier::new(oid).expect("an identifier"))
        .collect();
    let value = purposes.to_der().expect("DER");
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 37], value);
    extension.set_criticality(critical);
    extension
}

pub(crate) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// id-pkix-ocsp-nocheck.
pub(crate) fn no_check() -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], vec![5, 0])
}

/// What an OCSP response is made of; every part can be made wrong.
pub(crate) struct Ocsp<'a> {
    pub subject: &'a [u8],
    pub issuer: &'a [u8],
    pub naming: ObjectIdentifier,
    pub this: &'a str,
    pub next: Option<&'a str>,
    pub produced: &'a str,
    pub status: CertStatus,
    /// Who signs, and whether the response names him by his key.
    pub responder: &'a [u8],
    pub by_key: bool,
    pub certificates: Vec<Vec<u8>>,
}

impl<'a> Ocsp<'a> {
    /// A good answer of the issuer himself.
    pub(crate) fn good(subject: &'a [u8], issuer: &'a [u8], this: &'a str) -> Self {
        Self {
            subject,
            issuer,
            naming: oid::ID_SHA_1,
            this,
            next: Some(UNTIL),
            produced: this,
            status: CertStatus::good(),
            responder: issuer,
            by_key: false,
            certificates: Vec::new(),
        }
    }

    pub(crate) fn sign(&self, key: &KeyPair) -> Vec<u8> {
        let (subject, issuer) = (certificate(self.subject), certificate(self.issuer));
        let responder = certificate(self.responder);
        let digest = |bytes: &[u8]| {
            let digest = identify(self.naming, bytes).expect("a digest");
            OctetString::new(digest).expect("octets")
        };
        let key_of = |one: &Certificate| one.spki().subject_public_key.raw_bytes().to_vec();
        let id = CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: self.naming,
                parameters: Some(Any::null()),
            },
            issuer_name_hash: digest(&subject.issuer().to_der().expect("DER")),
            issuer_key_hash: digest(&key_of(&issuer)),
            serial_number: subject.serial().clone(),
        };
        let by_key = identify(oid::ID_SHA_1, &key_of(&responder)).expect("a digest");
        let data = ResponseData {
            version: Default::default(),
            responder_id: match self.by_key {
                true => ResponderId::ByKey(OctetString::new(by_key).expect("octets")),
                false => ResponderId::ByName(responder.subject().clone()),
            },
            produced_at: time(self.produced),
            responses: vec![SingleResponse {
                cert_id: id,
                cert_status: self.status,
                this_update: time(self.this),
                next_update: self.next.map(time),
                single_extensions: None,
            }],
            response_extensions: None,
        };
        let signature = key.sign(&data.to_der().expect("DER")).expect("a signature");
        let certificates = self.certificates.iter();
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: Scheme::ECDSA_SHA256.identifier(),
            signature: BitString::from_bytes(&signature).expect("bits"),
            certs: Some(
                certificates
                    .map(|der| x509_cert::Certificate::from_der(der).expect("a certificate"))
                    .collect(),
            ),
        };
        let bytes = basic.to_response_bytes().expect("DER");
        let response = OcspResponse {
            response_status: certval::ocsp::OcspResponseStatus::Successful,
            response_bytes: Some(bytes),
        };
        response.to_der().expect("DER")
    }
}

pub(crate) fn revoked(at: &str, reason: Option<CrlReason>) -> CertStatus {
    CertStatus::revoked(RevokedInfo {
        revocation_time: time(at),
        revocation_reason: reason,
    })
}

fn time(at: &str) -> OcspGeneralizedTime {
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds(at))).expect("a time");
    OcspGeneralizedTime(GeneralizedTime::from_date_time(time))
}
