//! The manifest of an archive that came from elsewhere. Only what lies in the folder may ever be read.

#![no_main]
#![allow(clippy::disallowed_methods, reason = "a bag is a folder")]

use std::fs;
use std::sync::LazyLock;

use hoso::archive::bag::check;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static BAG: LazyLock<TempDir> = LazyLock::new(|| {
    let bag = tempfile::tempdir().expect("a folder");
    for name in ["bagit.txt", "data/a"] {
        let path = bag.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, "x").expect("a file");
    }
    bag
});

fuzz_target!(|text: &[u8]| {
    for name in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        fs::write(BAG.path().join(name), text).expect("a file");
    }
    let mut findings = Vec::new();
    if let Some(bag) = check::Bag::open(BAG.path(), &mut findings) {
        bag.check(&|| {}, &mut findings);
    }
    assert!(!findings.is_empty());
});
