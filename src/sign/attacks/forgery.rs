//! A signature file of our own that can be bent in every part before it is signed.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911;
use der::{Any, Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;

use crate::sign::Scheme;
use crate::sign::Signer as _;
use crate::sign::attributes;
use crate::sign::attributes::Parts;
use crate::sign::certificate::Certificate;
use crate::sign::sample;
use crate::sign::sample::CONTENT;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    AsSorted,
    AsStored,
}

pub(crate) struct Forgery {
    pub(crate) version: u8,
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) signers: usize,
    pub(crate) signer_version: u8,
    pub(crate) sid: Vec<u8>,
    pub(crate) digest: AlgorithmIdentifierOwned,
    pub(crate) attributes: Option<Vec<Attribute>>,
    pub(crate) signed_as: Order,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    /// Instead of the right one.
    pub(crate) signature: Option<Vec<u8>>,
}

impl Forgery {
    pub(crate) fn new() -> Self {
        let signer = sample::signer();
        let certificate = Certificate::read(signer.certificate()).expect("a certificate");
        let issuer = certificate.issuer().to_der().expect("a name");
        let serial = certificate.serial().to_der().expect("a number");
        let scheme = Scheme::ECDSA_SHA256;
        let parts = Parts {
            scheme,
            message_digest: scheme.digest().of(CONTENT),
            signing_time: Some(sample::at()),
            certificate: &certificate,
            statement: Some(&sample::statement().to_der().expect("a statement")),
        };
        Self {
            version: 1,
            content_type: rfc5911::ID_DATA,
            content: None,
            certificates: vec![signer.certificate().to_vec(), signer.chain()[0].clone()],
            signers: 1,
            signer_version: 1,
            sid: tlv(0x30, &[issuer, serial]),
            digest: scheme.digest().identifier(),
            attributes: Some(attributes::write(&parts).expect("attributes").into_vec()),
            signed_as: Order::AsSorted,
            algorithm: scheme.identifier(),
            signature: None,
        }
    }

    pub(crate) fn attribute(&mut self, oid: ObjectIdentifier) -> &mut Attribute {
        let attributes = self.attributes.as_mut().expect("attributes");
        attributes
            .iter_mut()
            .find(|a| a.oid == oid)
            .expect("the attribute")
    }

    pub(crate) fn set(mut self, oid: ObjectIdentifier, values: &[Any]) -> Self {
        // Inserting would sort; these are as the forger wants them.
        let values = tlv(0x31, &values.iter().map(der_of).collect::<Vec<_>>());
        self.attribute(oid).values = Decode::from_ber(&values).expect("a set");
        self.attributes
            .as_mut()
            .expect("attributes")
            .sort_by_key(der_of);
        self
    }

    pub(crate) fn without(mut self, oid: ObjectIdentifier) -> Self {
        self.attributes
            .as_mut()
            .expect("attributes")
            .retain(|a| a.oid != oid);
        self
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let stored: Option<Vec<_>> = self
            .attributes
            .as_ref()
            .map(|list| list.iter().map(der_of).collect());
        let to_be_signed = stored.clone().map_or(CONTENT.to_vec(), |mut parts| {
            if self.signed_as == Order::AsSorted {
                parts.sort();
            }
            tlv(0x31, &parts)
        });
        let right = || sample::signer().sign(&to_be_signed).expect("a signature");
        let signature = self.signature.clone().unwrap_or_else(right);
        let signer = tlv(
            0x30,
            &[
                der_of(&self.signer_version),
                self.sid.clone(),
                der_of(&self.digest),
                stored.map(|parts| tlv(0xa0, &parts)).unwrap_or_default(),
                der_of(&self.algorithm),
                tlv(0x04, &[signature]),
            ],
        );
        let content = self.content.clone();
        let content = content
            .map(|c| tlv(0xa0, &[tlv(0x04, &[c])]))
            .unwrap_or_default();
        let data = tlv(
            0x30,
            &[
                der_of(&self.version),
                tlv(0x31, &[der_of(&self.digest)]),
                tlv(0x30, &[der_of(&self.content_type), content]),
                tlv(0xa0, &self.certificates),
                tlv(0x31, &vec![signer; self.signers]),
            ],
        );
        tlv(
            0x30,
            &[der_of(&rfc5911::ID_SIGNED_DATA), tlv(0xa0, &[data])],
        )
    }
}

pub(crate) fn tlv(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    let mut all = vec![tag, 0x84];
    match content.len() {
        short @ 0..128 => all[1] = short as u8,
        _ => {
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            all[1] = 0x80 | (4 - zeros) as u8;
            all.extend(&length[zeros..]);
        }
    }
    all.extend(content);
    all
}

pub(crate) fn der_of(value: &impl Encode) -> Vec<u8> {
    value.to_der().expect("DER")
}
