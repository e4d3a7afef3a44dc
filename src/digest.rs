//! SHA-256: how a text, a form and a file of the archive are named by their bytes.

use std::fmt;
use std::io;

use sha2::Digest;

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Digests `bytes`.
    pub fn of(bytes: &[u8]) -> Sha256 {
        Sha256(sha2::Sha256::digest(bytes).into())
    }

    /// Digests all that can be read, without holding it, and counts its bytes.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_all(mut from: impl io::Read) -> io::Result<(Sha256, u64)> {
        let mut digest = sha2::Sha256::new();
        let mut part = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            match from.read(&mut part) {
                Ok(0) => return Ok((Sha256(digest.finalize().into()), size)),
                Ok(read) => {
                    digest.update(&part[..read]);
                    size += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes over a digest that something else has made.
    pub fn from_bytes(bytes: [u8; 32]) -> Sha256 {
        Sha256(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits of either case, as people paste them; nothing else is accepted.
    pub fn parse(text: &str) -> Option<Sha256> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Sha256(bytes))
    }

    /// The first 16 hexadecimal digits: enough for a folder name, too few for a proof.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(16);
        text
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn known_answer() {
        let digest = Sha256::of(b"abc");
        assert_eq!(digest.to_string(), ABC);
        assert_eq!(digest.short(), "ba7816bf8f01cfea");
        assert_eq!(Sha256::from_bytes(*digest.as_bytes()), digest);
    }

    #[test]
    fn parses_what_it_prints() {
        assert_eq!(Sha256::parse(ABC), Some(Sha256::of(b"abc")));
        assert_eq!(Sha256::parse(&ABC.to_uppercase()), Some(Sha256::of(b"abc")));
    }

    #[test]
    fn refuses_the_rest() {
        let colons = format!("{}:{}", &ABC[..32], &ABC[33..]);
        let marks = format!("{}ế", &ABC[..61]);
        for text in [
            "",
            &ABC[1..],
            &format!("{ABC}0"),
            &colons,
            &marks,
            &ABC.replace('b', "g"),
        ] {
            assert_eq!(Sha256::parse(text), None, "{text}");
        }
    }
}
