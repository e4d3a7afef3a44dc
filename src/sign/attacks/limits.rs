//! Attacks on the reader: too much, too deep, too slow, and any bytes at all.

use const_oid::db::rfc5911;
use proptest::prelude::*;

use crate::sign::Answer;
use crate::sign::Content;
use crate::sign::Signer as _;
use crate::sign::Statement;
use crate::sign::TrustStore;
use crate::sign::attacks::CONSTRAINTS;
use crate::sign::attacks::FORMAT;
use crate::sign::attacks::check;
use crate::sign::attacks::examine;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::cms;
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::sample::fixture;
use crate::sign::verify;

#[test]
fn sizes_are_bounded() {
    let large = vec![0x30; cms::FILE_LIMIT + 1];
    check(&large, &["file-too-large"], FORMAT);
    let leaf = sample::signer().certificate().to_vec();
    let certificates = vec![leaf; cms::CERTIFICATES_LIMIT + 1];
    check(
        &Forgery {
            certificates,
            ..Forgery::new()
        }
        .file(),
        &["certificates-too-many"],
        FORMAT,
    );
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    for depth in [100, 10_000, cms::FILE_LIMIT / 2] {
        check(&[0x30, 0x80].repeat(depth), &["malformed"], FORMAT);
        check(&[0xa0, 0x80].repeat(depth), &["malformed"], FORMAT);
        let inside = [der_of(&rfc5911::ID_SIGNED_DATA), [0x24, 0x80].repeat(depth)].concat();
        let file = [vec![0x30, 0x80], inside].concat();
        assert_eq!(examine(CONTENT, &file).verdict().to_string(), FORMAT);
    }
}

#[test]
fn names_that_are_long_to_sort_are_not_sorted() {
    // 60,000 parts in one SET: sorting them would take minutes.
    let part = tlv(0x30, &[der_of(&rfc5911::ID_DATA), tlv(0x0c, &[])]);
    let name = tlv(0x30, &[tlv(0x31, &vec![part; 60_000])]);
    let sid = tlv(0x30, &[name, der_of(&1u8)]);
    let forged = Forgery {
        sid,
        ..Forgery::new()
    };
    check(&forged.file(), &["signer-identifier-mismatch"], CONSTRAINTS);
}

proptest! {
    #[test]
    fn verify_never_panics_on_mutated_files(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        source in 0usize..4,
    ) {
        let sources =
            [OURS.as_slice(), fixture!("cades-rsa2048.p7s"), fixture!("pyhanko.p7s"), fixture!("attached.p7s")];
        let mut file = sources[source].to_vec();
        for (place, byte) in edits {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let examined = verify(Content::Bytes(CONTENT), &file, &sample::anchors(), sample::at());
        // What was changed is refused, or it was not signed (certificates, say); never intact by luck.
        prop_assert!(source == 0 || examined.intact() != Answer::Yes);
    }

    #[test]
    fn statements_and_anchors_are_read_or_refused(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        file in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut statement = sample::statement().to_der().unwrap();
        let mut pem = sample::authority().root_pem().into_bytes();
        for (place, byte) in edits {
            for bytes in [&mut statement, &mut pem] {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Ok(read) = Statement::from_der(&statement) {
            prop_assert_eq!(read.to_der(), Ok(statement));
        }
        let _ = Statement::from_der(&file);
        for bytes in [&pem, &file] {
            let mut anchors = TrustStore::default();
            prop_assert_eq!(anchors.add_signers("goc", bytes).is_ok(), !anchors.is_empty());
        }
    }

    #[test]
    fn verify_never_panics_on_any_bytes(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        let examined = examine(CONTENT, &file);
        prop_assert_eq!(examined.valid(), Answer::No);
    }
}

static OURS: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| Forgery::new().file());
