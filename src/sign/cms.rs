//! SignedData (RFC 5652) to and from bytes: only the profile that is allowed.
//!
//! One signer, detached, signed attributes; DER goes out, BER is tolerated coming in. What
//! [`decode`] has guaranteed when it returns a file:
//!
//! 1. not larger than [`FILE_LIMIT`], no more certificates than [`CERTIFICATES_LIMIT`];
//! 2. SignedData over id-data, exactly one SignerInfo; where a version is wrong, content is
//!    attached or bytes trail, the fault is noted and reading goes on.
//!
//! The outside is read with types of our own: those of the `cms` crate lose the constructed bit of
//! a BER eContent, refuse OCSP answers among the CRLs, and fail as a whole on one odd certificate.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use cms::signed_data::SignerIdentifier;
use cms::signed_data::SignerInfo;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911;
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode, EncodingRules, Reader, Sequence, SliceReader, Tag};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attributes;

use crate::sign::algorithm::Scheme;
use crate::sign::certificate::Certificate;
use crate::sign::fault::Fault;

/// The most that is read as a signature file: a hundred times one of ours, and room for
/// time-stamps and revocation data.
pub(crate) const FILE_LIMIT: usize = 1024 * 1024;

/// The most certificates that are read; a path has three or four.
pub(crate) const CERTIFICATES_LIMIT: usize = 32;

/// A signature file that was read.
pub(crate) struct SignedFile {
    pub(crate) signer: SignerInfo,
    /// The certificates in the file, whatever they are worth; none of them is an anchor.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Reads a signature file (RFC 5652 §3 and §5.1), or notes why it cannot be read.
pub(crate) fn decode(file: &[u8], faults: &mut Vec<Fault>) -> Option<SignedFile> {
    let data = match outside(file) {
        Ok((data, trailing)) => {
            if trailing > 0 {
                faults.push(Fault::TrailingBytes { count: trailing });
            }
            data
        }
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    faults.extend(outside_faults(&data));

    let listed = data
        .certificates
        .map(SetOfVec::into_vec)
        .unwrap_or_default();
    if listed.len() > CERTIFICATES_LIMIT {
        let (count, limit) = (listed.len(), CERTIFICATES_LIMIT);
        faults.push(Fault::CertificatesTooMany { count, limit });
        return None;
    }
    // RFC 5652 §10.2.2: a certificate is a SEQUENCE, the other choices are tagged.
    let plain = listed
        .iter()
        .filter(|any| any.header().tag() == Tag::Sequence);
    let certificates = plain.filter_map(|any| any.to_der().ok()).collect();

    let mut signers = data.signer_infos.into_vec();
    match signers.pop() {
        Some(signer) if signers.is_empty() => Some(SignedFile {
            signer,
            certificates,
        }),
        last => {
            let count = signers.len() + usize::from(last.is_some());
            faults.push(Fault::SignerCount { count });
            None
        }
    }
}

/// Writes a signature file: DER, detached, leaf and intermediates inside (RFC 5652 §5.1).
pub(crate) fn encode(
    scheme: Scheme,
    attributes: Attributes,
    signature: Vec<u8>,
    certificate: &Certificate,
    chain: &[Certificate],
) -> der::Result<Vec<u8>> {
    let digest = scheme.digest().identifier();
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.issuer().clone(),
            serial_number: certificate.serial().clone(),
        }),
        digest_alg: digest.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: scheme.identifier(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let mut certificates = SetOfVec::new();
    certificates.insert(Any::from_der(certificate.der())?)?;
    for authority in chain {
        certificates.insert(Any::from_der(authority.der())?)?;
    }
    let content = SignedData {
        version: 1,
        digest_algorithms: SetOfVec::from_iter([digest])?,
        content: EncapsulatedContent {
            content_type: rfc5911::ID_DATA,
            content: None,
        },
        certificates: Some(certificates),
        crls: None,
        signer_infos: SetOfVec::from_iter([signer])?,
    };
    ContentInfo {
        content_type: rfc5911::ID_SIGNED_DATA,
        content,
    }
    .to_der()
}

/// The bytes that the signature is over (RFC 5652 §5.4).
///
/// "A separate encoding of the signedAttrs field is performed for message digest calculation. The
/// IMPLICIT [0] tag in the signedAttrs is not used for the DER encoding, rather an EXPLICIT SET OF
/// tag is used."
pub(crate) struct ToBeSigned {
    /// The attributes in DER order.
    pub(crate) sorted: Vec<u8>,
    /// The attributes as they came, where that is another order: some programs sign that.
    pub(crate) received: Option<Vec<u8>>,
}

impl ToBeSigned {
    pub(crate) fn of(attributes: &Attributes) -> der::Result<Self> {
        let received: Vec<_> = attributes
            .iter()
            .map(Encode::to_der)
            .collect::<Result<_, _>>()?;
        let mut sorted = received.clone();
        sorted.sort_unstable();
        let set = |parts: &[Vec<u8>]| Any::new(Tag::Set, parts.concat())?.to_der();
        let as_received = (sorted != received).then(|| set(&received)).transpose()?;
        Ok(Self {
            sorted: set(&sorted)?,
            received: as_received,
        })
    }
}

fn outside(file: &[u8]) -> Result<(SignedData, usize), Fault> {
    if file.len() > FILE_LIMIT {
        return Err(Fault::FileTooLarge {
            size: file.len(),
            limit: FILE_LIMIT,
        });
    }
    let malformed = |error: der::Error| Fault::Malformed {
        reason: error.to_string(),
    };
    let mut reader =
        SliceReader::new_with_encoding_rules(file, EncodingRules::Ber).map_err(malformed)?;
    let info = ContentInfo::decode(&mut reader).map_err(malformed)?;
    if info.content_type != rfc5911::ID_SIGNED_DATA {
        return Err(Fault::ContentTypeUnsupported {
            oid: info.content_type.to_string(),
        });
    }
    let trailing = usize::try_from(reader.remaining_len()).map_err(malformed)?;
    Ok((info.content, trailing))
}

fn outside_faults(data: &SignedData) -> Vec<Fault> {
    let mut faults = Vec::new();
    // RFC 5652 §5.1: 1, 3, 4 or 5, by what is inside.
    if ![1, 3, 4, 5].contains(&data.version) {
        faults.push(Fault::VersionUnsupported {
            version: data.version,
        });
    }
    if data.content.content_type != rfc5911::ID_DATA {
        let oid = data.content.content_type.to_string();
        faults.push(Fault::ContentTypeUnsupported { oid });
    }
    if data.content.content.is_some() {
        faults.push(Fault::ContentAttached {});
    }
    // RFC 5652 §5.3: 1 with issuer and serial number, 3 with a key identifier.
    for signer in data.signer_infos.iter() {
        let expected = match signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
            SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
        };
        if signer.version != expected {
            faults.push(Fault::VersionUnsupported {
                version: signer.version as u8,
            });
        }
    }
    faults
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData,
}

#[derive(Sequence)]
struct SignedData {
    version: u8,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: EncapsulatedContent,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    certificates: Option<SetOfVec<Any>>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    crls: Option<SetOfVec<Any>>,
    signer_infos: SetOfVec<SignerInfo>,
}

#[derive(Sequence)]
struct EncapsulatedContent {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<OctetString>,
}
