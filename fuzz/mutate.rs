//! A mutator that needs no compiler of its own: the same edits each time, drawn from a number.
//!
//! Poorer than libFuzzer, which sees what an edit reaches; but it runs in every `cargo test`.

#![allow(unreachable_pub, reason = "each user of this file is another crate")]

/// xorshift64*: the same numbers everywhere.
pub struct Numbers(u64);

impl Numbers {
    pub fn from(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        number as usize % end.max(1)
    }
}

/// What parsers stumble over: heads of ASN.1, the signs of YAML, Markdown, JSON, URIs and manifests.
const PIECES: [&[u8]; 40] = [
    b"\x30\x80",
    b"\x24\x80",
    b"\xa0\x80",
    b"\x00\x00",
    b"\x31\x00",
    b"\x30\x00",
    b"\x02\x01\x00",
    b"\x05\x00",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x06\x01\x80",
    b"\x17\x0dx",
    b"\x18\x0f99991231235959Z",
    b"\xa1\x03\x0a\x01\x00",
    b"\x1f\xff\xff\x7f",
    b"\xff",
    b"\n",
    b"\r\n",
    b": ",
    b"- ",
    b"  ",
    b"---\n",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"!!x ",
    b"|\n",
    b"[[[[",
    b"{{{{",
    b"\"",
    b"'",
    b"\\u0000",
    b"../",
    b"/",
    b"%00",
    b"%",
    b";",
    b"?",
    b"\xef\xbb\xbf",
    b"\xc4\x91",
];

/// The longest that is made: beyond it limits are tried, and those have tests of their own.
const LONGEST: usize = 200_000;

/// A seed, edited in one to eight places; `other` lends parts.
pub fn mutated(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(8) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(32)).min(bytes.len());
        match numbers.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            2 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                let place = numbers.below(bytes.len() + 1);
                bytes.splice(place..place, part);
            }
            5 => {
                let from = numbers.below(other.len() + 1);
                let until = (from + numbers.below(200)).min(other.len());
                bytes.splice(at..end, other[from..until].iter().copied());
            }
            6 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, PIECES[numbers.below(PIECES.len())].iter().copied())),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
