//! Reads back the CMS inside a PDF (EN 319 142-1 §6.3), as [`Profile::Pades`](crate::sign::Profile)
//! makes it: signingTime must not be there, since the PDF's own /M tells the time, and our statement
//! is not, since what it says is said of the original. Such a CMS is therefore refused as a `.p7s`.

use jiff::Timestamp;

use crate::sign::CertificateFacts;
use crate::sign::TrustStore;
use crate::sign::fault::Fault;
use crate::sign::verify;

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
    let examined = verify::verify(ranges, cms, &TrustStore::default(), Timestamp::UNIX_EPOCH);
    examined
        .certificate()
        .cloned()
        .ok_or(Fault::CertificateMissing {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Credential;
    use crate::sign::Profile;
    use crate::sign::Signer as _;
    use crate::sign::prepare;
    use crate::sign::sample;

    #[test]
    fn the_signer_of_what_is_inside_a_pdf_is_told_and_of_nothing_else() {
        let signer = sample::signer();
        let credential = Credential::of(signer);
        let prepared = prepare(sample::CONTENT, Profile::Pades, &credential, sample::at()).unwrap();
        let signature = signer.sign(prepared.to_be_signed()).unwrap();
        let cms = prepared.complete(sample::CONTENT, &signature).unwrap();
        let facts = pades_signer(sample::CONTENT, &cms).unwrap();
        assert_eq!(
            Ok(facts),
            CertificateFacts::of(signer.certificate()).map_err(|_| ())
        );
        let other = pades_signer(b"other", &cms);
        assert!(matches!(other, Err(Fault::DigestMismatch { .. })));
        let cut = pades_signer(sample::CONTENT, &cms[..cms.len() - 1]);
        assert!(cut.is_err());
    }
}
