//! Looks at a PKCS#12 file before anything of it is computed: the format lets whoever made the file
//! choose how many rounds opening it takes (RFC 7292 §4, RFC 8018 §4.2), and nothing else bounds it.

use const_oid::ObjectIdentifier;
use der::Decode;
use der::Reader;
use der::SliceReader;
use der::Tag;
use der::asn1::AnyRef;

use crate::keys::KeyError;

/// Most rounds that are done; OpenSSL writes 2,048, Firefox 600,000. About a second.
const MOST_ROUNDS: u64 = 5_000_000;
/// How deep values lie in a sound file; twelve are enough.
const DEEPEST: usize = 24;
/// How many values a file of 128 kB may have.
const MOST_VALUES: usize = 20_000;

/// Password-based encryption of RFC 7292 appendix C.
const PBE: &str = "1.2.840.113549.1.12.1.";
/// PBKDF2 (RFC 8018 appendix A.2).
const PBKDF2: &str = "1.2.840.113549.1.5.12";
/// scrypt (RFC 7914 §7): its cost is memory too, and no authority's files use it.
const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";

/// Refuses a file that asks for more than a sound one does. What is no PKCS#12 at all passes: the
/// reader proper says so better. What is encrypted is out of sight, but behind the password.
pub(crate) fn look(file: &[u8]) -> Result<(), KeyError> {
    let mut seen = 0;
    walk(file, 0, &mut seen)
}

fn walk(bytes: &[u8], depth: usize, seen: &mut usize) -> Result<(), KeyError> {
    let Ok(mut reader) = SliceReader::new(bytes) else {
        return Ok(());
    };
    let mut values: Vec<AnyRef<'_>> = Vec::new();
    while !reader.is_finished() {
        *seen += 1;
        if *seen > MOST_VALUES || depth > DEEPEST {
            let what = "> 20000 ASN.1".to_owned();
            return Err(costly(what, MOST_VALUES as u64));
        }
        match AnyRef::decode(&mut reader) {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    weigh(&values)?;
    for value in values {
        let tag = value.header().tag();
        // An OCTET STRING may be the file's inner part, encoded once more.
        if tag.is_constructed() || tag == Tag::OctetString {
            walk(value.value(), depth + 1, seen)?;
        }
    }
    Ok(())
}

/// Looks at the members of one SEQUENCE: an algorithm with its parameters, or MacData.
fn weigh(values: &[AnyRef<'_>]) -> Result<(), KeyError> {
    match values {
        [first, parameters, ..] if first.header().tag() == Tag::ObjectIdentifier => {
            let Ok(oid) = first.decode_as::<ObjectIdentifier>() else {
                return Ok(());
            };
            let oid = oid.to_string();
            if oid == SCRYPT {
                return Err(costly("scrypt".to_owned(), 0));
            }
            if oid.starts_with(PBE) || oid == PBKDF2 {
                let inner = members(parameters);
                if let [_, rounds, ..] = inner[..] {
                    return few(rounds);
                }
            }
            Ok(())
        }
        // MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER }
        [mac, salt, rounds]
            if mac.header().tag() == Tag::Sequence
                && salt.header().tag() == Tag::OctetString
                && rounds.header().tag() == Tag::Integer =>
        {
            few(*rounds)
        }
        _ => Ok(()),
    }
}

fn members<'a>(sequence: &AnyRef<'a>) -> Vec<AnyRef<'a>> {
    let mut found = Vec::new();
    let Ok(mut reader) = SliceReader::new(sequence.value()) else {
        return found;
    };
    while found.len() < 8
        && let Ok(value) = AnyRef::decode(&mut reader)
    {
        found.push(value);
    }
    found
}

fn few(rounds: AnyRef<'_>) -> Result<(), KeyError> {
    if rounds.header().tag() != Tag::Integer {
        return Ok(());
    }
    match rounds.decode_as::<u64>() {
        Ok(rounds) if rounds <= MOST_ROUNDS => Ok(()),
        Ok(rounds) => Err(costly(format!("{rounds} × PBKDF"), MOST_ROUNDS)),
        Err(_) => Err(costly("> 2⁶⁴ × PBKDF".to_owned(), MOST_ROUNDS)),
    }
}

fn costly(what: String, limit: u64) -> KeyError {
    KeyError::Pkcs12Costly { what, limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OID, SEQUENCE { salt, rounds } as PBKDF2 has it, within SEQUENCE, OCTET STRING, SEQUENCE.
    fn pbkdf2(rounds: &[u8]) -> Vec<u8> {
        let oid = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
        let parameters = tlv(0x30, &[tlv(4, &[1; 8]), tlv(2, rounds)].concat());
        let algorithm = tlv(0x30, &[oid.to_vec(), parameters].concat());
        tlv(0x30, &tlv(4, &tlv(0x30, &algorithm)))
    }

    fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).expect("short");
        [&[tag, length], value].concat()
    }

    #[test]
    fn absurd_rounds_are_refused_wherever_they_stand() {
        assert_eq!(look(&pbkdf2(&[8, 0])), Ok(()));
        for rounds in [&[0x7f, 0xff, 0xff, 0xff][..], &[0x7f; 12]] {
            let refused = look(&pbkdf2(rounds));
            assert!(matches!(refused, Err(KeyError::Pkcs12Costly { .. })));
        }
        let mac = |rounds: &[u8]| {
            let digest = tlv(0x30, &[tlv(0x30, &[]), tlv(4, &[0; 32])].concat());
            tlv(0x30, &[digest, tlv(4, &[1; 8]), tlv(2, rounds)].concat())
        };
        assert_eq!(look(&mac(&[8, 0])), Ok(()));
        assert!(look(&mac(&[0x7f, 0, 0, 0])).is_err());
    }

    #[test]
    fn other_bytes_are_left_to_the_reader() {
        for bytes in [&b""[..], b"x", &[0; 4000], &[0x30; 500], b"-----BEGIN"] {
            let _ = look(bytes);
        }
        let mut deep = Vec::new();
        for _ in 0..40 {
            deep = tlv(0x30, &deep);
        }
        assert!(look(&deep).is_err());
    }
}
