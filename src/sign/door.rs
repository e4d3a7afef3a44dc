//! The thin door to certificate paths for time-stamps.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::UnixTime;
use webpki::EndEntityCert;
use webpki::KeyUsage;

use crate::sign::certificate::Certificate;
use crate::sign::certificate::common_name;
use crate::sign::chain::ALGORITHMS;
use crate::sign::fault::Fault;
use crate::sign::trust::TrustStore;

/// Looks for a path to an anchor for time-stamps that holds at `at`; returns the name of its list.
pub(crate) fn stamper_path(
    certificate: &Certificate,
    pool: &[Vec<u8>],
    store: &TrustStore,
    at: Timestamp,
) -> Result<String, Fault> {
    let leaf = CertificateDer::from(certificate.der());
    let pool: Vec<_> = pool
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let invalid = |reason| Fault::ChainInvalid { reason };
    let leaf = EndEntityCert::try_from(&leaf).map_err(|_| invalid("certificate not in DER"))?;
    let mut found = Fault::ChainNotFound {
        issuer: common_name(certificate.issuer()),
    };
    for list in store.stampers() {
        let usage = KeyUsage::required(&[0x2b, 6, 1, 5, 5, 7, 3, 8]);
        let roots = list.roots();
        match leaf.verify_for_usage(ALGORITHMS, &roots, &pool, time, usage, None, None) {
            Ok(_) => return Ok(list.name().to_owned()),
            Err(webpki::Error::UnknownIssuer) => {}
            Err(_) => found = invalid("time-stamp path"),
        }
    }
    Err(found)
}
