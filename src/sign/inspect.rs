//! One signer of a CMS file: algorithms, signed attributes, certificate, digest, signature.
//!
//! The same machinery for signatures and for time-stamp tokens: [`Rules`] says in what they differ.
//! Every step notes all its faults and goes on as far as it can.

use crate::digest::Sha256;
use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::attributes;
use crate::sign::attributes::Claims;
use crate::sign::attributes::Rules;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::hex;
use crate::sign::cms::SignedFile;
use crate::sign::cms::ToBeSigned;
use crate::sign::fault::Fault;
use crate::sign::verdict::Answer;
use crate::sign::verify::Content;

/// The signer as far as the file describes one.
pub(crate) struct SignerOfFile {
    pub(crate) claims: Claims,
    pub(crate) digest: Option<DigestAlgorithm>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) key: Option<Key>,
}

/// Reads algorithms, signed attributes and certificate, and compares what is said twice.
pub(crate) fn inspect(file: &SignedFile, rules: Rules, faults: &mut Vec<Fault>) -> SignerOfFile {
    let signer = &file.signer;
    let claims = match &signer.signed_attrs {
        Some(attributes) => attributes::read(attributes, rules, faults),
        None => {
            faults.push(Fault::SignedAttributesMissing {});
            Claims::default()
        }
    };
    // RFC 5652 §11.1. Where the type in the file is not id-data, that was noted by `decode`.
    if let Some(found) = claims.content_type
        && found != file.content_type
    {
        let encapsulated = file.content_type.to_string();
        faults.push(Fault::ContentTypeMismatch {
            attribute: found.to_string(),
            encapsulated,
        });
    }
    let mut note = |fault| faults.push(fault);
    let digest = DigestAlgorithm::read(&signer.digest_alg)
        .map_err(&mut note)
        .ok();
    let scheme = digest.and_then(|digest| {
        Scheme::read(&signer.signature_algorithm, digest)
            .map_err(&mut note)
            .ok()
    });
    // Parameters of an algorithm that is not known cannot be compared for what they mean.
    if scheme.is_some()
        && let Some(protection) = &claims.protection
        && !protection.agrees(&signer.digest_alg, &signer.signature_algorithm)
    {
        note(Fault::AlgorithmProtectionMismatch {});
    }
    let certificate = certificate_of(file, &claims, faults);
    let key = certificate
        .as_ref()
        .and_then(|certificate| certificate.key().map_err(|fault| faults.push(fault)).ok());
    SignerOfFile {
        claims,
        digest,
        scheme,
        certificate,
        key,
    }
}

/// Finds the certificate that the signed attribute names (RFC 5035 §5).
///
/// Without such an attribute, which is a fault by itself, the signer identifier tells at least
/// whose signature it claims to be.
fn certificate_of(
    file: &SignedFile,
    claims: &Claims,
    faults: &mut Vec<Fault>,
) -> Option<Certificate> {
    let sid = &file.signer.sid;
    let Some(reference) = &claims.certificate else {
        let mut readable = file
            .certificates
            .iter()
            .filter_map(|der| Certificate::read(der).ok());
        return readable.find(|certificate| certificate.is_named_by(sid));
    };
    let Some(der) = file.certificates.iter().find(|der| reference.is_to(der)) else {
        faults.push(Fault::CertificateMissing {});
        return None;
    };
    let Ok(certificate) = Certificate::read(der) else {
        faults.push(Fault::CertificateMalformed {
            sha256: Sha256::of(der).to_string(),
        });
        return None;
    };
    if !reference.agrees_with(&certificate) {
        faults.push(Fault::IssuerSerialMismatch {});
    }
    if !certificate.is_named_by(sid) {
        faults.push(Fault::SignerIdentifierMismatch {});
    }
    Some(certificate)
}

/// Compares the content with the signed digest (RFC 5652 §5.6).
pub(crate) fn verify_digest(
    signer: &SignerOfFile,
    content: Content<'_>,
    faults: &mut Vec<Fault>,
) -> Answer {
    let (Some(algorithm), Some(signed)) = (signer.digest, &signer.claims.message_digest) else {
        return Answer::Unknown;
    };
    let found = match content.digest(algorithm) {
        Ok(found) => found,
        Err(fault) => {
            faults.push(fault);
            return Answer::Unknown;
        }
    };
    if found == *signed {
        return Answer::Yes;
    }
    faults.push(Fault::DigestMismatch {
        signed: hex(signed),
        found: hex(&found),
    });
    Answer::No
}

/// Checks the signature over the signed attributes (RFC 5652 §5.4 and §5.6).
///
/// Without signed attributes nothing is checked: the signature would be over the content itself,
/// and a file with attributes could be turned into one whose content those attributes are.
pub(crate) fn verify_signature(
    file: &SignedFile,
    signer: &SignerOfFile,
    faults: &mut Vec<Fault>,
) -> Answer {
    let (Some(attributes), Some(scheme), Some(key)) =
        (&file.signer.signed_attrs, signer.scheme, &signer.key)
    else {
        return Answer::Unknown;
    };
    let Ok(signed) = ToBeSigned::of(attributes) else {
        faults.push(Fault::AttributeMalformed {
            attribute: "signedAttrs",
        });
        return Answer::No;
    };
    let signature = file.signer.signature.as_bytes();
    let mut result = key.verify(scheme, &signed.sorted, signature);
    if let Some(received) = &signed.received {
        faults.push(Fault::AttributesUnsorted {});
        result = result.or_else(|_| key.verify(scheme, received, signature));
    }
    match result {
        Ok(()) => Answer::Yes,
        Err(fault) => {
            faults.push(fault);
            Answer::No
        }
    }
}
