//! A time-stamp token (RFC 3161 §2.4.2): CMS SignedData over TSTInfo, read.
//!
//! Only read here; whether it holds is asked in `stamp.rs`, and [`accept`](super::accept) asks more
//! of one that was just made. The types are our own, for those of the field refuse the fractions of
//! a second that most authorities write.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use der::Decode;
use jiff::SignedDuration;
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::certificate::hex;
use crate::sign::cms;
use crate::sign::cms::Message;
use crate::sign::fault::Fault;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;

/// id-ct-TSTInfo (RFC 3161 §2.4.2).
pub(crate) const ID_CT_TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// A time-stamp token: somebody saw a digest at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    der: Vec<u8>,
    pub(crate) info: TstInfo,
}

/// What the authority states (RFC 3161 §2.4.2, TSTInfo).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TstInfo {
    pub(crate) policy: ObjectIdentifier,
    pub(crate) imprint: Imprint,
    /// In lower hex.
    pub(crate) serial: String,
    pub(crate) gen_time: Timestamp,
    /// By how much the time may be off, either way.
    pub(crate) accuracy: Option<SignedDuration>,
    /// The value bytes of the INTEGER.
    pub(crate) nonce: Option<Vec<u8>>,
}

/// The digest that was seen (RFC 3161 §2.4.1, MessageImprint).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Imprint {
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) hash: Vec<u8>,
}

impl Imprint {
    /// Returns the digest algorithm, if it is one of the profile.
    pub(crate) fn digest(&self) -> Result<DigestAlgorithm, Fault> {
        DigestAlgorithm::read(&self.algorithm)
    }

    /// Tells whether the digest is that of these bytes.
    pub(crate) fn is_over(&self, bytes: &[u8]) -> Result<bool, Fault> {
        Ok(self.digest()?.of(bytes) == self.hash)
    }
}

impl Token {
    /// Reads a token, DER or BER; whether it holds is another question.
    ///
    /// # Errors
    /// The fault that keeps it from being read: not SignedData over TSTInfo, bytes after it, or a
    /// field of TSTInfo that is not as RFC 3161 §2.4.2 has it.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let message = Message::read(bytes)?;
        if message.trailing > 0 {
            return Err(Fault::TrailingBytes {
                count: message.trailing,
            });
        }
        if message.content_type != ID_CT_TST_INFO {
            return Err(Fault::ContentTypeUnsupported {
                oid: message.content_type.to_string(),
            });
        }
        let content = message
            .content
            .ok_or_else(|| tlv::malformed("a time-stamp token without TSTInfo"))?;
        Ok(Self {
            der: bytes.to_vec(),
            info: TstInfo::read(&content)?,
        })
    }

    /// The token as it came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When the authority saw the digest.
    pub fn gen_time(&self) -> Timestamp {
        self.info.gen_time
    }

    /// The serial number that the authority gave it, in lower hex.
    pub fn serial(&self) -> &str {
        &self.info.serial
    }

    /// The policy under which it was made, as a dotted object identifier.
    pub fn policy(&self) -> String {
        self.info.policy.to_string()
    }
}

impl TstInfo {
    fn read(content: &[u8]) -> Result<Self, Fault> {
        let mut fields = Tlv::only(content)?.expect(tlv::SEQUENCE)?.fields()?;
        if fields.next(tlv::INTEGER)?.value != [1] {
            return Err(tlv::malformed("TSTInfo of another version than 1"));
        }
        let policy = cms::identifier(&fields.next(tlv::OBJECT_IDENTIFIER)?)?;
        let imprint = imprint(&fields.next(tlv::SEQUENCE)?)?;
        let serial = fields.next(tlv::INTEGER)?.value;
        if serial.len() > LONGEST_NUMBER {
            return Err(tlv::malformed("a serial number that is too long"));
        }
        let gen_time = time(fields.next(GENERALIZED_TIME)?.value)
            .ok_or_else(|| tlv::malformed("genTime cannot be read"))?;
        let accuracy = fields.optional(tlv::SEQUENCE);
        let accuracy = accuracy.map(|it| accuracy_of(&it)).transpose()?;
        let _ordering = fields.optional(BOOLEAN);
        let nonce = fields.optional(tlv::INTEGER).map(|it| it.value.to_vec());
        let _tsa = fields.optional(tlv::context(0));
        if let Some(extensions) = fields.optional(tlv::context(1)) {
            no_critical(&extensions)?;
        }
        fields.end()?;
        Ok(Self {
            policy,
            imprint,
            serial: hex(serial),
            gen_time,
            accuracy,
            nonce,
        })
    }
}

const BOOLEAN: u8 = 0x01;
const GENERALIZED_TIME: u8 = 0x18;

/// RFC 3161 §2.4.2: up to 160 bits.
const LONGEST_NUMBER: usize = 32;

fn imprint(element: &Tlv<'_>) -> Result<Imprint, Fault> {
    let mut fields = element.fields()?;
    let algorithm = fields.next(tlv::SEQUENCE)?;
    let hash = fields.next(tlv::OCTET_STRING)?.value.to_vec();
    fields.end()?;
    if hash.len() > 64 {
        return Err(tlv::malformed("a digest that is too long"));
    }
    let algorithm = AlgorithmIdentifierOwned::from_ber(algorithm.raw)
        .map_err(|error| tlv::malformed(&error.to_string()))?;
    Ok(Imprint { algorithm, hash })
}

/// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] OPTIONAL, micros [1] OPTIONAL }`.
fn accuracy_of(element: &Tlv<'_>) -> Result<SignedDuration, Fault> {
    let mut fields = element.fields()?;
    let number = |element: Option<Tlv<'_>>| -> Result<i64, Fault> {
        let Some(element) = element else { return Ok(0) };
        match element.value {
            [first, ..] if *first >= 0x80 => Err(tlv::malformed("a negative accuracy")),
            bytes if bytes.len() > 4 => Err(tlv::malformed("an accuracy that is too large")),
            bytes => Ok(bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | i64::from(*byte))),
        }
    };
    let seconds = number(fields.optional(tlv::INTEGER))?;
    let millis = number(fields.optional(0x80))?;
    let micros = number(fields.optional(0x81))?;
    fields.end()?;
    Ok(SignedDuration::from_secs(seconds)
        + SignedDuration::from_millis(millis)
        + SignedDuration::from_micros(micros))
}

/// RFC 3161 §2.4.2: "YYYYMMDDhhmmss[.s...]Z", always UTC; fractions below a nanosecond are dropped.
fn time(bytes: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(fraction) || text.ends_with('.') {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to)?.parse::<i8>().ok();
    let date = jiff::civil::Date::new(whole.get(..4)?.parse().ok()?, part(4, 6)?, part(6, 8)?);
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let time = jiff::civil::Time::new(part(8, 10)?, part(10, 12)?, part(12, 14)?, nanos);
    let moment = date.ok()?.to_datetime(time.ok()?);
    let utc = jiff::tz::Offset::UTC;
    utc.to_timestamp(moment).ok()
}

/// RFC 3161 §2.4.2: an extension that is critical and not known makes the token unusable; none is
/// known here.
fn no_critical(extensions: &Tlv<'_>) -> Result<(), Fault> {
    for extension in extensions.elements()? {
        let mut fields = extension.fields()?;
        fields.next(tlv::OBJECT_IDENTIFIER)?;
        if fields.optional(BOOLEAN).is_some_and(|it| it.value != [0]) {
            return Err(tlv::malformed("a critical extension in TSTInfo"));
        }
    }
    Ok(())
}

/// SHA-256 without parameters, as this program names it in requests and indexes.
pub(crate) fn sha256_identifier() -> Vec<u8> {
    let oid = tlv::write(tlv::OBJECT_IDENTIFIER, &[rfc5912::ID_SHA_256.as_bytes()]);
    tlv::write(tlv::SEQUENCE, &[&oid])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_fractions() {
        let read = |text: &str| time(text.as_bytes()).map(|at| at.to_string());
        assert_eq!(
            read("20240909003000Z").as_deref(),
            Some("2024-09-09T00:30:00Z")
        );
        assert_eq!(
            read("20240909003000.5Z").as_deref(),
            Some("2024-09-09T00:30:00.5Z")
        );
        assert_eq!(
            read("20240909003000.1234567891Z").as_deref(),
            Some("2024-09-09T00:30:00.123456789Z")
        );
        for wrong in [
            "20240909003000",
            "20240909003000.Z",
            "20240909003000+0700",
            "202409090030Z",
            "20241309003000Z",
            "2024090900300aZ",
            "20240909003000.xZ",
            "Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn accuracies() {
        let read = |bytes: &[u8]| accuracy_of(&Tlv::only(bytes).unwrap());
        assert_eq!(read(&[0x30, 0]), Ok(SignedDuration::ZERO));
        let all = [0x30, 10, 2, 1, 1, 0x80, 2, 1, 0xf4, 0x81, 1, 7];
        assert_eq!(read(&all), Ok(SignedDuration::new(1, 500_007_000)));
        assert!(read(&[0x30, 3, 2, 1, 0xff]).is_err());
    }
}
