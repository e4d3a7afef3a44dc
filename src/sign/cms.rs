//! SignedData (RFC 5652) to and from bytes.
//!
//! 1. [`Message::read`] takes a file apart into the very bytes that it is made of; DER and BER, any
//!    number of signers, content inside or not. It is what time-stamps, evidence and other
//!    people's files are read with.
//! 2. [`decode`] is the door for our own profile: one signer, detached. What it has guaranteed when
//!    it returns a file: not larger than [`FILE_LIMIT`], no more certificates than
//!    [`CERTIFICATES_LIMIT`], SignedData over id-data, exactly one SignerInfo; where a version is
//!    wrong, content is attached or bytes trail, the fault is noted and reading goes on.
//! 3. [`Message::core`] is what nothing may be added to: it names a signature through all its levels.
//! 4. [`Message::to_der`] writes a file that something was added to: DER outside, every part inside
//!    the very bytes that were read.
//!
//! The types of the `cms` crate serve for one SignerInfo only: for the outside they lose the
//! constructed bit of a BER eContent, refuse OCSP answers among the CRLs, and fail as a whole on
//! one odd certificate.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use cms::signed_data::SignerIdentifier;
use cms::signed_data::SignerInfo;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911;
use der::asn1::OctetString;
use der::{Any, Decode, Encode, Tag};
use x509_cert::attr::Attributes;

use crate::digest::Sha256;
use crate::sign::algorithm::Scheme;
use crate::sign::certificate::Certificate;
use crate::sign::fault::Fault;
use crate::sign::tlv;
use crate::sign::tlv::Fields;
use crate::sign::tlv::Tlv;

/// The most that is read as a signature file: revocation lists of a whole country may be inside.
pub(crate) const FILE_LIMIT: usize = 4 * 1024 * 1024;

/// The most certificates that are read; a path has three or four, and every time-stamp as many.
pub(crate) const CERTIFICATES_LIMIT: usize = 64;

/// The most revocation lists and answers that are read.
pub(crate) const REVOCATIONS_LIMIT: usize = 128;

/// The most unsigned attributes of one signer that are read, their values counted.
pub(crate) const UNSIGNED_LIMIT: usize = 64;

/// The most signers of one file that are read.
pub(crate) const SIGNERS_LIMIT: usize = 64;

/// A signature file that was read.
pub(crate) struct SignedFile {
    pub(crate) signer: SignerInfo,
    /// The type that contentType must repeat (RFC 5652 §11.1).
    pub(crate) content_type: ObjectIdentifier,
    /// The certificates in the file, whatever they are worth; none of them is an anchor.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Reads a signature file of our profile, or notes why it cannot be read.
pub(crate) fn decode(file: &[u8], faults: &mut Vec<Fault>) -> Option<SignedFile> {
    decode_whole(file, faults).map(|(_, file)| file)
}

/// Does [`decode`], and returns the parts of the file too.
pub(crate) fn decode_whole<'a>(
    file: &'a [u8],
    faults: &mut Vec<Fault>,
) -> Option<(Message<'a>, SignedFile)> {
    let read = Message::read(file).and_then(|message| {
        let signers = message.signers.iter().map(RawSigner::info);
        let signers = signers.collect::<Result<Vec<_>, _>>()?;
        Ok((message, signers))
    });
    let (message, mut signers) = match read {
        Ok(read) => read,
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    if message.trailing > 0 {
        faults.push(Fault::TrailingBytes {
            count: message.trailing,
        });
    }
    faults.extend(message.version_faults(&signers));
    if message.content_type != rfc5911::ID_DATA {
        let oid = message.content_type.to_string();
        faults.push(Fault::ContentTypeUnsupported { oid });
    }
    if message.content.is_some() {
        faults.push(Fault::ContentAttached {});
    }
    match signers.pop() {
        Some(signer) if signers.is_empty() => {
            let file = message.of_signer(signer);
            Some((message, file))
        }
        last => {
            let count = signers.len() + usize::from(last.is_some());
            faults.push(Fault::SignerCount { count });
            None
        }
    }
}

/// SignedData in its parts (RFC 5652 §5.1), each as the bytes that it is.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) version: u8,
    pub(crate) digest_algorithms: Vec<&'a [u8]>,
    /// encapContentInfo.
    encapsulated: &'a [u8],
    pub(crate) content_type: ObjectIdentifier,
    /// eContentType.
    pub(crate) raw_content_type: &'a [u8],
    /// eContent, joined if it came in pieces.
    pub(crate) content: Option<Vec<u8>>,
    /// Every CertificateChoices (RFC 5652 §10.2.2); `None` where the field is absent.
    pub(crate) certificates: Option<Vec<&'a [u8]>>,
    /// Every RevocationInfoChoice (RFC 5652 §10.2.1); `None` where the field is absent.
    pub(crate) revocations: Option<Vec<&'a [u8]>>,
    pub(crate) signers: Vec<RawSigner<'a>>,
    /// How many bytes follow.
    pub(crate) trailing: usize,
}

/// SignerInfo in its parts (RFC 5652 §5.3), each as the bytes that it is.
#[derive(Clone, Debug)]
pub(crate) struct RawSigner<'a> {
    /// version, sid, digestAlgorithm, signedAttrs, signatureAlgorithm, signature: what an archive
    /// time-stamp covers "in their order of appearance" (EN 319 122-1 §5.5.3).
    pub(crate) signed: Vec<&'a [u8]>,
    /// The value of the field signature.
    pub(crate) signature: Vec<u8>,
    /// Every unsigned attribute; `None` where the field is absent.
    pub(crate) unsigned: Option<Vec<RawAttribute<'a>>>,
}

/// An unsigned attribute (RFC 5652 §5.3) as the bytes that it is.
#[derive(Clone, Debug)]
pub(crate) struct RawAttribute<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) oid: ObjectIdentifier,
    /// attrType, tag and length included.
    pub(crate) raw_type: &'a [u8],
    /// Every AttributeValue, tag and length included.
    pub(crate) values: Vec<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Takes a file apart (RFC 5652 §3 and §5.1).
    ///
    /// # Errors
    /// The fault that keeps it from being read, if it is too large, not SignedData, or has more of
    /// something than is looked at.
    pub(crate) fn read(file: &'a [u8]) -> Result<Self, Fault> {
        if file.len() > FILE_LIMIT {
            return Err(Fault::FileTooLarge {
                size: file.len(),
                limit: FILE_LIMIT,
            });
        }
        let (info, rest) = Tlv::first(file)?;
        let mut info = info.expect(tlv::SEQUENCE)?.fields()?;
        let content_type = identifier(&info.next(tlv::OBJECT_IDENTIFIER)?)?;
        if content_type != rfc5911::ID_SIGNED_DATA {
            return Err(Fault::ContentTypeUnsupported {
                oid: content_type.to_string(),
            });
        }
        let data = Tlv::only(info.next(tlv::context(0))?.value)?;
        info.end()?;
        let mut data = data.expect(tlv::SEQUENCE)?.fields()?;

        let version = number(&data.next(tlv::INTEGER)?)?;
        let digest_algorithms = raw(&data.next(tlv::SET)?)?;
        let encapsulated = data.next(tlv::SEQUENCE)?;
        let mut inside = encapsulated.fields()?;
        let raw_type = inside.next(tlv::OBJECT_IDENTIFIER)?;
        let content = inside.optional(tlv::context(0));
        let content = content
            .map(|explicit| Tlv::only(explicit.value)?.octets())
            .transpose()?;
        inside.end()?;
        let certificates = list(&mut data, 0)?;
        let revocations = list(&mut data, 1)?;
        let signers = data.next(tlv::SET)?.elements()?;
        data.end()?;
        limits(&certificates, &revocations, &signers)?;
        Ok(Self {
            version,
            digest_algorithms,
            encapsulated: encapsulated.raw,
            content_type: identifier(&raw_type)?,
            raw_content_type: raw_type.raw,
            content,
            certificates,
            revocations,
            signers: signers
                .iter()
                .map(RawSigner::read)
                .collect::<Result<_, _>>()?,
            trailing: rest.len(),
        })
    }

    /// Returns what is checked of one signer.
    pub(crate) fn of_signer(&self, signer: SignerInfo) -> SignedFile {
        let certificates = self.plain_certificates().map(<[u8]>::to_vec).collect();
        SignedFile {
            signer,
            content_type: self.content_type,
            certificates,
        }
    }

    /// Returns the certificates; RFC 5652 §10.2.2: a certificate is a SEQUENCE, the other choices
    /// are tagged.
    pub(crate) fn plain_certificates(&self) -> impl Iterator<Item = &'a [u8]> {
        let all = self.certificates.iter().flatten().copied();
        all.filter(|der| der.first() == Some(&tlv::SEQUENCE))
    }

    /// Returns the revocation lists (RFC 5652 §10.2.1).
    pub(crate) fn crls(&self) -> impl Iterator<Item = &'a [u8]> {
        let all = self.revocations.iter().flatten().copied();
        all.filter(|der| der.first() == Some(&tlv::SEQUENCE))
    }

    /// Returns the OCSP responses (RFC 5940 §2.1). Some programs put the basic response alone;
    /// it is given the outside that RFC 6960 §4.2.1 wants.
    pub(crate) fn ocsps(&self) -> impl Iterator<Item = Vec<u8>> {
        let all = self.revocations.iter().flatten();
        all.filter_map(|choice| ocsp_of(choice).ok().flatten())
    }

    /// Notes every version that is not that of RFC 5652 §5.1 (1, 3, 4 or 5, by what is inside) and
    /// §5.3 (1 with issuer and serial number, 3 with a key identifier).
    pub(crate) fn version_faults(&self, signers: &[SignerInfo]) -> Vec<Fault> {
        let mut faults = Vec::new();
        if ![1, 3, 4, 5].contains(&self.version) {
            faults.push(Fault::VersionUnsupported {
                version: self.version,
            });
        }
        for signer in signers {
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

    /// Writes the file: DER outside, every part inside as it was read; the version is at least the
    /// one that RFC 5652 §5.1 asks for with what is inside now.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let version = self.version.max(self.right_version());
        let version = tlv::write(tlv::INTEGER, &[&[version]]);
        let optional = |number: u8, list: &Option<Vec<&[u8]>>| match list {
            Some(list) => tlv::write(tlv::context(number), list),
            None => Vec::new(),
        };
        let signers: Vec<_> = self.signers.iter().map(RawSigner::to_der).collect();
        let signers: Vec<_> = signers.iter().map(Vec::as_slice).collect();
        let data = tlv::write(
            tlv::SEQUENCE,
            &[
                &version,
                &tlv::write(tlv::SET, &self.digest_algorithms),
                self.encapsulated,
                &optional(0, &self.certificates),
                &optional(1, &self.revocations),
                &tlv::write(tlv::SET, &signers),
            ],
        );
        signed_data(&data)
    }

    /// Returns what nothing may be added to: without revocation data and unsigned attributes, sets
    /// in DER order.
    pub(crate) fn core(&self) -> Vec<u8> {
        let mut core = self.clone();
        core.revocations = None;
        core.digest_algorithms.sort_unstable();
        if let Some(certificates) = &mut core.certificates {
            certificates.sort_unstable();
        }
        for signer in &mut core.signers {
            signer.unsigned = None;
        }
        core.signers.sort_by_cached_key(RawSigner::to_der);
        core.version = 0;
        core.to_der()
    }

    /// RFC 5652 §5.1.
    fn right_version(&self) -> u8 {
        let certificate_tags = |tag| {
            let mut all = self.certificates.iter().flatten();
            all.any(|choice| choice.first() == Some(&tag))
        };
        let mut revocations = self.revocations.iter().flatten();
        let other = |choice: &&[u8]| choice.first() == Some(&tlv::context(1));
        if certificate_tags(tlv::context(3)) || revocations.any(other) {
            5
        } else if certificate_tags(tlv::context(2)) {
            4
        } else if certificate_tags(tlv::context(1))
            || self.content_type != rfc5911::ID_DATA
            || self
                .signers
                .iter()
                .any(|signer| signer.version() == Some(3))
        {
            3
        } else {
            1
        }
    }
}

impl<'a> RawSigner<'a> {
    fn read(element: &Tlv<'a>) -> Result<Self, Fault> {
        let mut fields = element.expect(tlv::SEQUENCE)?.fields()?;
        let mut signed = vec![
            fields.next(tlv::INTEGER)?.raw,
            fields.any()?.raw,
            fields.next(tlv::SEQUENCE)?.raw,
        ];
        signed.extend(fields.optional(tlv::context(0)).map(|attrs| attrs.raw));
        signed.push(fields.next(tlv::SEQUENCE)?.raw);
        let signature = fields.any()?;
        signed.push(signature.raw);
        let unsigned = fields.optional(tlv::context(1));
        fields.end()?;
        let unsigned = unsigned.map(|set| attributes(&set)).transpose()?;
        Ok(Self {
            signed,
            signature: signature.octets()?,
            unsigned,
        })
    }

    /// Reads the fields that are checked; unsigned attributes are not among them.
    pub(crate) fn info(&self) -> Result<SignerInfo, Fault> {
        let bytes = tlv::write(tlv::SEQUENCE, &self.signed);
        SignerInfo::from_ber(&bytes).map_err(|error| tlv::malformed(&error.to_string()))
    }

    /// Returns the values of all unsigned attributes of one type, in the order of the file.
    pub(crate) fn unsigned_values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &'a [u8]> {
        let all = self.unsigned.iter().flatten();
        all.filter(move |attribute| attribute.oid == oid)
            .flat_map(|attribute| attribute.values.iter().copied())
    }

    fn version(&self) -> Option<u8> {
        let first = self.signed.first()?;
        number(&Tlv::only(first).ok()?).ok()
    }

    fn to_der(&self) -> Vec<u8> {
        let unsigned = self.unsigned.as_ref().map(|attributes| {
            let raw: Vec<_> = attributes.iter().map(|attribute| attribute.raw).collect();
            tlv::write(tlv::context(1), &raw)
        });
        let mut parts = self.signed.clone();
        parts.extend(unsigned.as_deref());
        tlv::write(tlv::SEQUENCE, &parts)
    }
}

impl<'a> RawAttribute<'a> {
    /// Reads `Attribute ::= SEQUENCE { attrType, attrValues SET OF }`.
    pub(crate) fn read(element: &Tlv<'a>) -> Result<Self, Fault> {
        let mut fields = element.expect(tlv::SEQUENCE)?.fields()?;
        let attribute_type = fields.next(tlv::OBJECT_IDENTIFIER)?;
        let values = raw(&fields.next(tlv::SET)?)?;
        fields.end()?;
        Ok(Self {
            raw: element.raw,
            oid: identifier(&attribute_type)?,
            raw_type: attribute_type.raw,
            values,
        })
    }
}

/// Puts an element of a SET OF where DER has it (X.690 §11.6), or last where the set is not in DER
/// order: what is there keeps its place, for digests of other programs depend on it.
pub(crate) fn insert<'a, T>(list: &mut Vec<T>, new: T, raw: impl Fn(&T) -> &'a [u8]) {
    let sorted = list.is_sorted_by_key(&raw);
    let place = list.partition_point(|old| raw(old) < raw(&new));
    let place = if sorted { place } else { list.len() };
    list.insert(place, new);
}

/// SHA-256 of the core of a file ([`Message::core`]); of the file itself where it cannot be read.
pub(crate) fn core_digest(file: &[u8]) -> Sha256 {
    match Message::read(file) {
        Ok(message) if message.trailing == 0 => Sha256::of(&message.core()),
        Ok(_) | Err(_) => Sha256::of(file),
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
    let mut certificates = vec![certificate.der()];
    certificates.extend(chain.iter().map(Certificate::der));
    let id_data = tlv::write(tlv::OBJECT_IDENTIFIER, &[rfc5911::ID_DATA.as_bytes()]);
    let data = tlv::write(
        tlv::SEQUENCE,
        &[
            &tlv::write(tlv::INTEGER, &[&[1]]),
            &tlv::write(tlv::SET, &[&digest.to_der()?]),
            &tlv::write(tlv::SEQUENCE, &[&id_data]),
            &tlv::write_set(tlv::context(0), &certificates),
            &tlv::write(tlv::SET, &[&signer.to_der()?]),
        ],
    );
    Ok(signed_data(&data))
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

fn attributes<'a>(set: &Tlv<'a>) -> Result<Vec<RawAttribute<'a>>, Fault> {
    let found: Vec<_> = set
        .elements()?
        .iter()
        .map(RawAttribute::read)
        .collect::<Result<_, _>>()?;
    let values: usize = found.iter().map(|attribute| attribute.values.len()).sum();
    if found.len().max(values) > UNSIGNED_LIMIT {
        return Err(tlv::malformed("too many unsigned attributes"));
    }
    Ok(found)
}

fn limits(
    certificates: &Option<Vec<&[u8]>>,
    revocations: &Option<Vec<&[u8]>>,
    signers: &[Tlv<'_>],
) -> Result<(), Fault> {
    let count = certificates.as_ref().map_or(0, Vec::len);
    if count > CERTIFICATES_LIMIT {
        return Err(Fault::CertificatesTooMany {
            count,
            limit: CERTIFICATES_LIMIT,
        });
    }
    if revocations.as_ref().map_or(0, Vec::len) > REVOCATIONS_LIMIT {
        return Err(tlv::malformed("too much revocation data"));
    }
    if signers.len() > SIGNERS_LIMIT {
        return Err(Fault::SignerCount {
            count: signers.len(),
        });
    }
    Ok(())
}

/// Reads the optional `[number] IMPLICIT SET OF`.
fn list<'a>(fields: &mut Fields<'a>, number: u8) -> Result<Option<Vec<&'a [u8]>>, Fault> {
    let set = fields.optional(tlv::context(number));
    set.map(|set| raw(&set)).transpose()
}

fn raw<'a>(list: &Tlv<'a>) -> Result<Vec<&'a [u8]>, Fault> {
    let elements = list.elements()?;
    Ok(elements.iter().map(|element| element.raw).collect())
}

pub(crate) fn identifier(element: &Tlv<'_>) -> Result<ObjectIdentifier, Fault> {
    ObjectIdentifier::from_bytes(element.value)
        .map_err(|_| tlv::malformed("an object identifier cannot be read"))
}

/// Reads a small number, as versions are.
fn number(element: &Tlv<'_>) -> Result<u8, Fault> {
    match element.value {
        [byte] if *byte < 0x80 => Ok(*byte),
        _ => Err(tlv::malformed("a version that cannot be read")),
    }
}

/// id-ri-ocsp-response (RFC 5940 §2.1): `[1] { OID, OCSPResponse }`.
pub(crate) const ID_RI_OCSP_RESPONSE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.16.2");

/// id-pkix-ocsp-basic (RFC 6960 §4.2.1).
pub(crate) const ID_PKIX_OCSP_BASIC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// Returns the OCSP response in a RevocationInfoChoice, if it is one.
pub(crate) fn ocsp_of(choice: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let choice = Tlv::only(choice)?;
    if choice.tag != tlv::context(1) {
        return Ok(None);
    }
    let mut fields = choice.fields()?;
    let format = fields.next(tlv::OBJECT_IDENTIFIER)?;
    let value = fields.next(tlv::SEQUENCE)?;
    fields.end()?;
    Ok(match identifier(&format)? {
        ID_RI_OCSP_RESPONSE => Some(value.raw.to_vec()),
        ID_PKIX_OCSP_BASIC => Some(successful(format.raw, value.raw)),
        _ => None,
    })
}

/// Writes `OCSPResponse { successful, [0] { id-pkix-ocsp-basic, OCTET STRING basic } }`.
pub(crate) fn successful(format: &[u8], basic: &[u8]) -> Vec<u8> {
    let octets = tlv::write(tlv::OCTET_STRING, &[basic]);
    let bytes = tlv::write(tlv::SEQUENCE, &[format, &octets]);
    let bytes = tlv::write(tlv::context(0), &[&bytes]);
    tlv::write(tlv::SEQUENCE, &[&[0x0a, 1, 0], &bytes])
}

/// Writes ContentInfo around SignedData (RFC 5652 §3).
fn signed_data(data: &[u8]) -> Vec<u8> {
    let content_type = rfc5911::ID_SIGNED_DATA;
    let content_type = tlv::write(tlv::OBJECT_IDENTIFIER, &[content_type.as_bytes()]);
    let content = tlv::write(tlv::context(0), &[data]);
    tlv::write(tlv::SEQUENCE, &[&content_type, &content])
}

#[cfg(test)]
mod tests;
