//! Tag, length and value (X.690 §8.1): the pieces of a file as the very bytes that they are.
//!
//! Digests of RFC 5652, RFC 3161 and EN 319 122-1 are over encodings "without any modification", so
//! what is hashed or carried on is never decoded and encoded again. BER is read (indefinite lengths,
//! octet strings in pieces), DER is written. Bounded: depth and number of elements; no recursion
//! over what a stranger can nest deeper than [`DEPTH_LIMIT`].

use crate::sign::fault::Fault;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A time-stamp in a time-stamp in a signature nests about thirty levels.
const DEPTH_LIMIT: usize = 64;

/// The most elements of one SEQUENCE or SET that are looked at.
const ELEMENTS_LIMIT: usize = 4096;

/// The context-specific, constructed tag `[n]`.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    /// All of it: tag, length, value, and the end marker where the length is indefinite.
    pub(crate) raw: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads the first element, and returns what follows it.
    pub(crate) fn first(input: &'a [u8]) -> Result<(Self, &'a [u8]), Fault> {
        element(input, DEPTH_LIMIT)
    }

    /// Reads the only element.
    pub(crate) fn only(input: &'a [u8]) -> Result<Self, Fault> {
        match Self::first(input)? {
            (element, []) => Ok(element),
            _ => Err(malformed("bytes after the last element")),
        }
    }

    /// Returns the elements inside.
    pub(crate) fn elements(&self) -> Result<Vec<Tlv<'a>>, Fault> {
        if self.tag & CONSTRUCTED == 0 {
            return Err(malformed("a list of elements expected"));
        }
        let mut found = Vec::new();
        let mut rest = self.value;
        while !rest.is_empty() {
            if found.len() == ELEMENTS_LIMIT {
                return Err(malformed("too many elements"));
            }
            let (element, after) = Self::first(rest)?;
            found.push(element);
            rest = after;
        }
        Ok(found)
    }

    /// Returns a walk over the elements of a SEQUENCE, one after the other.
    pub(crate) fn fields(&self) -> Result<Fields<'a>, Fault> {
        Ok(Fields {
            elements: self.elements()?.into_iter().peekable(),
        })
    }

    /// Returns the octets of an OCTET STRING, joined if it came in pieces (X.690 §8.7).
    pub(crate) fn octets(&self) -> Result<Vec<u8>, Fault> {
        let mut joined = Vec::new();
        join(self, DEPTH_LIMIT, &mut joined)?;
        Ok(joined)
    }

    pub(crate) fn expect(self, tag: u8) -> Result<Self, Fault> {
        match self.tag == tag {
            true => Ok(self),
            false => Err(malformed("an element of another type")),
        }
    }
}

/// A walk over the elements of a SEQUENCE.
pub(crate) struct Fields<'a> {
    elements: std::iter::Peekable<std::vec::IntoIter<Tlv<'a>>>,
}

impl<'a> Fields<'a> {
    /// Returns the next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Fault> {
        self.elements
            .next()
            .ok_or_else(|| malformed("an element is missing"))
    }

    /// Returns the next element, which must have the tag.
    pub(crate) fn next(&mut self, tag: u8) -> Result<Tlv<'a>, Fault> {
        self.any()?.expect(tag)
    }

    /// Returns the next element if it has the tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Tlv<'a>> {
        self.elements.next_if(|element| element.tag == tag)
    }

    /// Checks that nothing is left.
    pub(crate) fn end(mut self) -> Result<(), Fault> {
        match self.elements.next() {
            None => Ok(()),
            Some(_) => Err(malformed("an element too many")),
        }
    }
}

/// Writes an element in DER.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let bytes = length.to_be_bytes();
    let used = bytes.iter().skip_while(|byte| **byte == 0);
    match u8::try_from(length) {
        Ok(short) if short < LONG => out.push(short),
        _ => {
            // At most eight bytes of length, so the count fits.
            out.push(LONG | u8::try_from(used.clone().count()).unwrap_or(0));
            out.extend(used);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Writes a SET OF, or what is tagged instead of one, in DER order (X.690 §11.6).
pub(crate) fn write_set(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    write(tag, &sorted)
}

pub(crate) fn malformed(reason: &str) -> Fault {
    Fault::Malformed {
        reason: reason.to_string(),
    }
}

const CONSTRUCTED: u8 = 0x20;
const LONG: u8 = 0x80;
const END: &[u8] = &[0, 0];

fn element(input: &[u8], depth: usize) -> Result<(Tlv<'_>, &[u8]), Fault> {
    let short = || malformed("the file ends too early");
    let (&tag, rest) = input.split_first().ok_or_else(short)?;
    if tag & 0x1f == 0x1f {
        return Err(malformed("a tag number above 30"));
    }
    let (&length, rest) = rest.split_first().ok_or_else(short)?;
    if length == LONG {
        return indefinite(input, tag, rest, depth);
    }
    let (length, rest) = match length < LONG {
        true => (usize::from(length), rest),
        false => {
            let count = usize::from(length & !LONG);
            let bytes = rest.get(..count).ok_or_else(short)?;
            if count > 4 {
                return Err(malformed("a length of more than four bytes"));
            }
            let length = bytes
                .iter()
                .fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
            (length, rest.get(count..).ok_or_else(short)?)
        }
    };
    let value = rest.get(..length).ok_or_else(short)?;
    let after = rest.get(length..).ok_or_else(short)?;
    let raw = input.get(..input.len() - after.len()).ok_or_else(short)?;
    Ok((Tlv { tag, raw, value }, after))
}

fn indefinite<'a>(
    input: &'a [u8],
    tag: u8,
    start: &'a [u8],
    depth: usize,
) -> Result<(Tlv<'a>, &'a [u8]), Fault> {
    if tag & CONSTRUCTED == 0 {
        return Err(malformed("a value without a length"));
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(malformed("nested too deep"));
    };
    let short = || malformed("the file ends too early");
    let mut rest = start;
    while !rest.starts_with(END) {
        rest = element(rest, depth)?.1;
    }
    let value = start.get(..start.len() - rest.len()).ok_or_else(short)?;
    let after = rest.get(END.len()..).ok_or_else(short)?;
    let raw = input.get(..input.len() - after.len()).ok_or_else(short)?;
    Ok((Tlv { tag, raw, value }, after))
}

fn join(string: &Tlv<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(malformed("nested too deep"));
    };
    if string.tag == OCTET_STRING {
        out.extend_from_slice(string.value);
        return Ok(());
    }
    string.expect(OCTET_STRING | CONSTRUCTED)?;
    let mut rest = string.value;
    while !rest.is_empty() {
        let (piece, after) = Tlv::first(rest)?;
        join(&piece, depth, out)?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_der_wants_and_read_back() {
        for length in [0usize, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let value = vec![7u8; length];
            let written = write(OCTET_STRING, &[&value]);
            let read = Tlv::only(&written).unwrap();
            assert_eq!((read.value, read.raw), (&*value, &*written));
            assert_eq!(read.octets().unwrap(), value);
        }
        assert_eq!(write(4, &[&[9; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(
            write_set(SET, &[&[5, 0], &[2, 1, 1]]),
            [0x31, 5, 2, 1, 1, 5, 0]
        );
    }

    #[test]
    fn octet_strings_in_pieces_are_joined() {
        let pieces = [0x24, 0x80, 4, 2, b'a', b'b', 0x24, 3, 4, 1, b'c', 0, 0];
        let read = Tlv::only(&pieces).unwrap();
        assert_eq!(read.octets().unwrap(), b"abc");
        assert_eq!(read.elements().unwrap().len(), 2);
        assert!(Tlv::only(&[2, 1, 1]).unwrap().octets().is_err());
    }

    #[test]
    fn what_is_no_element_is_an_error() {
        let deep = [0x30, 0x80].repeat(100_000);
        for bytes in [
            b"".as_slice(),
            &[0x30],
            &[0x30, 1],
            &[0x1f, 1, 1],
            &[4, 0x80, 0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[5, 0, 0],
            &deep,
        ] {
            assert!(Tlv::only(bytes).is_err());
        }
    }
}
