//! The CMS that goes inside a PDF, in the profile PAdES-B-B (EN 319 142-1 §6.3).
//!
//! It differs from a detached signature of ours in two attributes: signingTime must not be there,
//! since the PDF's own /M tells the time, and our statement is not, since what it says is said of
//! the original. Such a CMS is therefore refused as a `.p7s` (it has no signing time).

use jiff::Timestamp;

use crate::sign::Anchors;
use crate::sign::CertificateFacts;
use crate::sign::SignError;
use crate::sign::Signer;
use crate::sign::attributes;
use crate::sign::certificate::Certificate;
use crate::sign::cms;
use crate::sign::cms::ToBeSigned;
use crate::sign::fault::Fault;
use crate::sign::fitness;
use crate::sign::intermediates;
use crate::sign::unencodable;
use crate::sign::verify;

/// Signs the bytes that a PDF's /ByteRange names and returns the DER for its /Contents. `at` is not
/// written; it is the instant as of which the certificate must be one that may sign.
///
/// # Errors
/// [`SignError`], and then there is no signature.
pub fn pades_signature(
    ranges: &[u8],
    signer: &dyn Signer,
    at: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let certificate = Certificate::read(signer.certificate())?;
    let chain = intermediates(&certificate, signer.chain())?;
    fitness(&certificate, at)?;

    let scheme = signer.scheme();
    let digest = scheme.digest().of(ranges);
    let attributes =
        attributes::write_for_pdf(scheme, &digest, &certificate).map_err(unencodable)?;
    let signed = ToBeSigned::of(&attributes).map_err(unencodable)?;
    let signature = signer.sign(&signed.sorted)?;
    let file =
        cms::encode(scheme, attributes, signature, &certificate, &chain).map_err(unencodable)?;

    // The one fault that a detached signature would have and this must.
    let real = |fault: &Fault| !matches!(fault, Fault::SigningTimeMissing {});
    let faults = verify::own_faults(ranges.into(), &file);
    match faults.into_iter().find(real) {
        None => Ok(file),
        Some(fault) => Err(SignError::Refuted { fault }),
    }
}

/// Whose signature a CMS inside a PDF is, if it holds over the bytes that the PDF's /ByteRange names.
/// Whether the certificate is to be trusted is not asked.
///
/// # Errors
/// The first [`Fault`].
pub fn pades_signer(ranges: &[u8], cms: &[u8]) -> Result<CertificateFacts, Fault> {
    let real = |fault: &Fault| !matches!(fault, Fault::SigningTimeMissing {});
    let faults = verify::own_faults(ranges.into(), cms);
    if let Some(fault) = faults.into_iter().find(real) {
        return Err(fault);
    }
    // A file without fault names its certificate; `verify` has read it, trusting nobody.
    let examined = verify::verify(ranges, cms, &Anchors::default(), Timestamp::UNIX_EPOCH);
    examined
        .certificate()
        .cloned()
        .ok_or(Fault::CertificateMissing {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::sample;

    #[test]
    fn the_cms_inside_a_pdf_has_no_time_and_no_statement() {
        let cms = pades_signature(sample::CONTENT, sample::signer(), sample::at()).unwrap();
        let faults = verify::own_faults(sample::CONTENT.into(), &cms);
        assert_eq!(faults, [Fault::SigningTimeMissing {}]);
        let examined = verify::verify(sample::CONTENT, &cms, &sample::anchors(), sample::at());
        assert_eq!(examined.statement(), None);
        assert_eq!(examined.signing_time(), None);
    }
}
