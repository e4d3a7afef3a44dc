//! A file of `signatures/anchors/`: taken as a whole or not at all.

#![no_main]

use hoso::sign::TrustStore;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|pem: &[u8]| {
    let mut anchors = TrustStore::default();
    match anchors.add_signers("goc", pem) {
        Ok(()) => assert!(!anchors.is_empty()),
        Err(error) => {
            assert!(anchors.is_empty());
            let _ = error.words();
        }
    }
});
