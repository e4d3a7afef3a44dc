//! A throw-away root for time-stamps, which shares nothing with that of the signers.

use rcgen::BasicConstraints;
use rcgen::CertifiedIssuer;
use rcgen::CustomExtension;
use rcgen::IsCa;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;

use crate::sign::demo::DemoError;
use crate::sign::demo::Identity;
use crate::sign::demo::KeyChoice;
use crate::sign::demo::Revoked;
use crate::sign::demo::Validity;
use crate::sign::demo::failed;
use crate::sign::demo::key_pair;
use crate::sign::demo::list;
use crate::sign::demo::pack;
use crate::sign::demo::params;

const ROOT_NAME: &str = "CA gốc dấu thời gian dùng thử (không có giá trị pháp lý)";
const NAME: &str = "Dấu thời gian dùng thử (không có giá trị pháp lý)";

/// extKeyUsage (RFC 5280 §4.2.1.12).
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
/// `SEQUENCE { id-kp-timeStamping }`.
const TIME_STAMPING: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];

/// A root under which time-stamp authorities stand.
pub struct Stampers {
    organisation: String,
    root: CertifiedIssuer<'static, KeyPair>,
}

impl Stampers {
    /// Makes the root.
    ///
    /// # Errors
    /// [`DemoError`] if the validity lies before 1970 or the backend makes no key.
    pub fn new(organisation: &str, key: KeyChoice, validity: Validity) -> Result<Self, DemoError> {
        let mut params = params(organisation, ROOT_NAME, validity)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = CertifiedIssuer::self_signed(params, key_pair(key)?).map_err(failed)?;
        Ok(Self {
            organisation: organisation.to_owned(),
            root,
        })
    }

    /// Returns the root as PEM, for `signatures/tsa/`.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// Makes a time-stamp authority's key and certificate, and packs them with `password`. RFC 3161
    /// §2.3: one purpose, and critical.
    ///
    /// # Errors
    /// [`DemoError`] if the validity lies before 1970 or the backend makes no key.
    pub fn issue(
        &self,
        key: KeyChoice,
        validity: Validity,
        password: &str,
    ) -> Result<Identity, DemoError> {
        let mut params = params(&self.organisation, NAME, validity)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let mut purpose =
            CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, TIME_STAMPING.to_vec());
        purpose.set_criticality(true);
        params.custom_extensions.push(purpose);
        let key = key_pair(key)?;
        let certificate = params.signed_by(&key, &self.root).map_err(failed)?;
        let certificate = certificate.der().to_vec();
        let chain = vec![self.root.der().to_vec()];
        let pkcs12 = pack(NAME, key.serialized_der(), &certificate, &chain, password)?;
        Ok(Identity {
            certificate,
            chain,
            pkcs12,
        })
    }

    /// Makes the root's CRL. `validity` is from thisUpdate to nextUpdate.
    ///
    /// # Errors
    /// [`DemoError`] if an instant lies before 1970 or a certificate cannot be read.
    pub fn list(&self, validity: Validity, revoked: &[Revoked<'_>]) -> Result<Vec<u8>, DemoError> {
        list(&self.root, validity, revoked)
    }
}
