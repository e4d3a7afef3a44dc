//! Where an authority says that evidence about a certificate, and its own certificate, can be had.

use const_oid::ObjectIdentifier;
use x509_cert::ext::pkix::AuthorityInfoAccessSyntax;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::name::DistributionPointName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateError;

/// Addresses in a certificate. A stranger wrote them: whoever asks there takes care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// CRLs (RFC 5280 §4.2.1.13); those of a CRL issuer of its own included.
    pub crls: Vec<String>,
    /// OCSP responders (RFC 5280 §4.2.2.1, id-ad-ocsp).
    pub ocsp: Vec<String>,
    /// Certificates of the issuer (id-ad-caIssuers).
    pub issuers: Vec<String>,
}

impl Sources {
    /// Reads them out of a DER certificate: `http` only, in the order they stand, none twice.
    ///
    /// # Errors
    /// [`CertificateError`] if the bytes are no certificate; a broken extension says nothing.
    pub fn of(certificate: &[u8]) -> Result<Self, CertificateError> {
        let certificate = Certificate::read(certificate)?;
        let mut sources = Self::default();
        let points = certificate.extension::<CrlDistributionPoints>();
        for point in points
            .ok()
            .flatten()
            .into_iter()
            .flat_map(|points| points.0)
        {
            if let Some(DistributionPointName::FullName(names)) = point.distribution_point {
                names.iter().for_each(|name| add(&mut sources.crls, name));
            }
        }
        let access = certificate.extension::<AuthorityInfoAccessSyntax>();
        for one in access
            .ok()
            .flatten()
            .into_iter()
            .flat_map(|access| access.0)
        {
            match one.access_method {
                OCSP => add(&mut sources.ocsp, &one.access_location),
                CA_ISSUERS => add(&mut sources.issuers, &one.access_location),
                _ => {}
            }
        }
        Ok(sources)
    }
}

const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

/// Most addresses of a kind; authorities write one or two.
const MOST: usize = 8;

fn add(known: &mut Vec<String>, name: &GeneralName) {
    let GeneralName::UniformResourceIdentifier(uri) = name else {
        return;
    };
    let uri = uri.as_str();
    let is_http = uri
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    if is_http && known.len() < MOST && known.iter().all(|one| one != uri) {
        known.push(uri.to_owned());
    }
}
