//! A signature file from a stranger, over a content and under an anchor that are real. Nothing that was
//! not signed here may be called intact, valid and trusted at once.

#![no_main]

use std::sync::LazyLock;

use hoso::sign::Answer;
use hoso::sign::TrustStore;
use hoso::sign::verify;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const CONTENT: &[u8] = include_bytes!("../../tests/fixtures/sign/content.txt");
const OTHER: &[u8] = b"what nobody has signed";

static ANCHORS: LazyLock<TrustStore> = LazyLock::new(|| {
    let mut anchors = TrustStore::default();
    anchors
        .add_signers("goc", include_bytes!("../../tests/fixtures/sign/root.pem"))
        .expect("an anchor");
    anchors
});

static AT: LazyLock<Timestamp> = LazyLock::new(|| "2030-01-01T00:00:00Z".parse().expect("an instant"));

fuzz_target!(|file: &[u8]| {
    let _ = verify(CONTENT, file, &ANCHORS, *AT).words();
    assert_ne!(verify(OTHER, file, &ANCHORS, *AT).intact(), Answer::Yes);
    assert_ne!(verify(CONTENT, file, &TrustStore::default(), *AT).trusted(), Answer::Yes);
});
