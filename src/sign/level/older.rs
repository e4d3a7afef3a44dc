//! Where older programs put what belongs into SignedData now: certificate-values and revocation-values
//! (TS 101 733 §6.3.3 and §6.3.4), as unsigned attributes. Read, never written.

use const_oid::ObjectIdentifier;

use crate::sign::cms;
use crate::sign::cms::CERTIFICATES_LIMIT;
use crate::sign::cms::REVOCATIONS_LIMIT;
use crate::sign::cms::RawSigner;
use crate::sign::fault::Fault;
use crate::sign::level::REVOCATION_VALUES;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;

/// id-aa-ets-certValues.
const CERTIFICATE_VALUES: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.23");

/// What was found; what cannot be read is left out.
#[derive(Default)]
pub(crate) struct Older {
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) ocsps: Vec<Vec<u8>>,
}

/// Reads both attributes of a signer.
pub(crate) fn read(signer: &RawSigner<'_>) -> Older {
    let mut older = Older::default();
    for value in signer.unsigned_values(CERTIFICATE_VALUES) {
        if let Ok(list) = Tlv::only(value).and_then(|list| list.elements()) {
            let all = list.iter().take(CERTIFICATES_LIMIT);
            older.certificates.extend(all.map(|one| one.raw.to_vec()));
        }
    }
    for value in signer.unsigned_values(REVOCATION_VALUES) {
        if let Ok((crls, ocsps)) = revocation_values(value) {
            older.crls.extend(crls);
            older.ocsps.extend(ocsps);
        }
    }
    older
}

/// The CRLs and the OCSP responses of one value.
type Values = (Vec<Vec<u8>>, Vec<Vec<u8>>);

/// ```text
/// RevocationValues ::= SEQUENCE {
///     crlVals  [0] SEQUENCE OF CertificateList OPTIONAL,
///     ocspVals [1] SEQUENCE OF BasicOCSPResponse OPTIONAL,
///     otherRevVals [2] OtherRevVals OPTIONAL }
/// ```
fn revocation_values(value: &[u8]) -> Result<Values, Fault> {
    let mut fields = Tlv::only(value)?.expect(tlv::SEQUENCE)?.fields()?;
    let mut list = |number| -> Result<Vec<Vec<u8>>, Fault> {
        let Some(explicit) = fields.optional(tlv::context(number)) else {
            return Ok(Vec::new());
        };
        let all = Tlv::only(explicit.value)?.elements()?;
        let all = all.iter().take(REVOCATIONS_LIMIT);
        Ok(all.map(|one| one.raw.to_vec()).collect())
    };
    let (crls, basics) = (list(0)?, list(1)?);
    let basic = cms::ID_PKIX_OCSP_BASIC;
    let basic = tlv::write(tlv::OBJECT_IDENTIFIER, &[basic.as_bytes()]);
    let ocsps = basics.iter().map(|one| cms::successful(&basic, one));
    Ok((crls, ocsps.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_found() {
        let lists = |number| tlv::write(tlv::context(number), &[&[0x30, 2, 0x30, 0]]);
        let value = tlv::write(tlv::SEQUENCE, &[&lists(0), &lists(1)]);
        let (crls, ocsps) = revocation_values(&value).unwrap();
        assert_eq!(crls, [[0x30, 0]]);
        assert!(ocsps[0].ends_with(&[4, 2, 0x30, 0]));
        let (crls, _) = revocation_values(&[0x30, 0]).unwrap();
        assert!(crls.is_empty());
        assert!(revocation_values(&[4, 0]).is_err());
    }
}
