//! Attacks on the encoding: one value written in many ways (X.690), lengths that lie, depths.
//!
//! BER is tolerated outside, since programs write it (RFC 5652 §2: "CMS values are generated using
//! ASN.1, using BER encoding"); what is signed is DER (§5.3). So a file written otherwise is either
//! refused, or it says the same.

use crate::sign::Answer;
use crate::sign::attacks::FORMAT;
use crate::sign::attacks::check;
use crate::sign::attacks::examine;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::tlv;
use crate::sign::core_digest;
use crate::sign::sample::CONTENT;

/// A TLV of DER as its tag, its content and what follows it.
fn split(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (start, length) = match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let bytes = &der[2..2 + count];
            let length = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (2 + count, length)
        }
    };
    (der[0], &der[start..start + length], &der[start + length..])
}

/// Writes DER again, from the inside, down to `depth`: every value that is not deeper goes through `write`.
fn rewrite(der: &[u8], depth: usize, write: Writer<'_>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut rest = der;
    while !rest.is_empty() {
        let (tag, content, after) = split(rest);
        let constructed = tag & 0x20 != 0;
        match (constructed, depth) {
            (true, 0) => all.extend(&rest[..rest.len() - after.len()]),
            (true, _) => all.extend(write(tag, &rewrite(content, depth - 1, write))),
            (false, _) => all.extend(write(tag, content)),
        }
        rest = after;
    }
    all
}

type Writer<'a> = &'a dyn Fn(u8, &[u8]) -> Vec<u8>;

fn plain(tag: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag, &[content.to_vec()])
}

fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    match tag & 0x20 {
        0 => plain(tag, content),
        _ => [&[tag, 0x80], content, &[0, 0]].concat(),
    }
}

/// A length in four bytes, whatever it is.
fn padded(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

/// An OCTET STRING in two pieces.
fn pieces(tag: u8, content: &[u8]) -> Vec<u8> {
    let (a, b) = content.split_at(content.len() / 2);
    match tag {
        0x04 => tlv(0x24, &[plain(0x04, a), plain(0x04, b)]),
        tag => plain(tag, content),
    }
}

/// An INTEGER with a zero before it that DER forbids (X.690 §8.3.2 and BER forbid it, too).
fn widened(tag: u8, content: &[u8]) -> Vec<u8> {
    match tag {
        0x02 => plain(tag, &[&[0, 0], content].concat()),
        tag => plain(tag, content),
    }
}

/// An OBJECT IDENTIFIER whose first arc is written with a leading zero (X.690 §8.19.2 forbids it).
fn stretched(tag: u8, content: &[u8]) -> Vec<u8> {
    match tag {
        0x06 => plain(tag, &[&[0x80], content].concat()),
        tag => plain(tag, content),
    }
}

/// Every way of writing, to every depth: the file is refused, or it says the same. Down to the list of
/// signers it has the same core, too; deeper the core is over what is there as it is written, so
/// what covers the file that was signed does not cover this one. Returns how many were read.
fn refused_or_the_same(write: Writer<'_>) -> usize {
    let file = Forgery::new().file();
    let good = examine(CONTENT, &file);
    assert_eq!(rewrite(&file, 20, &plain), file, "the rewriter itself");
    let mut read = 0;
    for depth in 0..14 {
        let other = rewrite(&file, depth, write);
        if other == file {
            continue;
        }
        let examined = examine(CONTENT, &other);
        if examined.valid() != Answer::Yes {
            assert_ne!(examined.faults(), [], "depth {depth}");
            continue;
        }
        read += 1;
        assert_eq!(examined.faults(), [], "depth {depth}");
        assert_eq!(examined.statement(), good.statement(), "depth {depth}");
        assert_eq!(examined.certificate(), good.certificate(), "depth {depth}");
        if depth < 4 {
            assert_eq!(core_digest(&other), core_digest(&file), "depth {depth}");
        }
    }
    read
}

#[test]
fn indefinite_lengths() {
    assert!(refused_or_the_same(&indefinite) > 0);
}

#[test]
fn lengths_longer_than_needed() {
    refused_or_the_same(&padded);
}

#[test]
fn strings_in_pieces() {
    refused_or_the_same(&pieces);
}

#[test]
fn numbers_and_names_wider_than_needed() {
    assert_eq!(refused_or_the_same(&widened), 0);
    assert_eq!(refused_or_the_same(&stretched), 0);
}

#[test]
fn lengths_that_lie() {
    let lengths: [&[u8]; 7] = [
        &[0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xff],
        &[0x7f],
        &[0x00],
        &[0x80],
    ];
    let file = Forgery::new().file();
    // At the head of each constructed value on the way in, and of the first strings.
    for length in lengths {
        for at in [0, 4, 15, 19, 23, 26] {
            let (_, content, after) = split(&file[at..]);
            let start = file.len() - after.len() - content.len();
            let forged = [&file[..=at], length, &file[start..]].concat();
            check(&forged, &["malformed"], FORMAT);
        }
    }
}

#[test]
fn something_behind_each_last_field() {
    let file = Forgery::new().file();
    let append = |nth: usize| {
        let seen = std::cell::Cell::new(0);
        rewrite(&file, 5, &|tag, content| {
            let more = tag == 0x30 && {
                seen.set(seen.get() + 1);
                seen.get() == nth
            };
            match more {
                true => plain(tag, &[content, &[0x0c, 0x00]].concat()),
                false => plain(tag, content),
            }
        })
    };
    let changed: Vec<_> = (1..30).map(append).filter(|other| *other != file).collect();
    assert!(changed.len() > 4);
    // The first is the list of digest algorithms outside, which nothing protects (`flips.rs`).
    for other in &changed[1..] {
        let examined = examine(CONTENT, other);
        let answers = [examined.intact(), examined.valid(), examined.trusted()];
        assert_ne!(answers, [Answer::Yes; 3]);
        assert_ne!(examined.faults(), []);
    }
}
