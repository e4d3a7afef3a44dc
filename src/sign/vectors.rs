//! The vectors that OpenSSL and BouncyCastle publish: what must come of each is in the table beside
//! them (`tests/fixtures/{openssl,bouncycastle}/expected.txt`), written from the standards and from
//! what those projects' own tests demand.

#![allow(
    clippy::disallowed_methods,
    reason = "the vectors are read from the folder they are listed in"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::sign::Answer;
use crate::sign::TrustStore;
use crate::sign::sample::instant;
use crate::sign::verify;
use crate::sign::verify_all;

mod time_stamps;
mod wycheproof;

/// All that is signed here claims an earlier time.
const AT: &str = "2030-01-01T00:00:00Z";

/// One line of the table.
struct Vector {
    file: String,
    content: String,
    /// `*`: whatever it is, not a pass.
    verdict: String,
    codes: Vec<String>,
    /// What `verify_all` says, of each signer; `4×` before it: of all four.
    each: String,
}

fn folder(project: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(project)
}

fn table(project: &str) -> Vec<Vector> {
    let text = fs::read_to_string(folder(project).join("expected.txt")).expect("the table");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let columns: Vec<_> = line.split('|').map(str::trim).collect();
            let [file, content, verdict, codes, each, why] = columns[..] else {
                panic!("{line}: not six columns");
            };
            assert!(!why.is_empty(), "{line}: no reason");
            Vector {
                file: file.to_owned(),
                content: content.to_owned(),
                verdict: verdict.to_owned(),
                codes: codes.split_whitespace().map(str::to_owned).collect(),
                each: each.to_owned(),
            }
        })
        .collect()
}

/// A file as it is, or out of its PEM (`/der` behind the name); `-` is no content.
fn bytes(project: &str, name: &str) -> Vec<u8> {
    let (name, form) = name.split_once('/').unwrap_or((name, ""));
    let bytes = match name {
        "-" => Vec::new(),
        name => fs::read(folder(project).join(name)).expect(name),
    };
    match form {
        "" => bytes,
        "der" => der::pem::decode_vec(&bytes).expect("PEM").1,
        other => panic!("{other}: no such form"),
    }
}

/// Every vector of the table, and no file of the folder that none of them names.
fn hold(project: &str, anchors: &TrustStore, elsewhere: &[&str]) {
    let mut named: BTreeSet<_> = elsewhere.iter().map(ToString::to_string).collect();
    let mut wrong = Vec::new();
    for vector in table(project) {
        let content = bytes(project, &vector.content);
        let file = bytes(project, &vector.file);
        let examined = verify(&*content, &file, anchors, instant(AT));
        let codes: BTreeSet<_> = examined.faults().iter().map(|f| f.code()).collect();
        let verdict = examined.verdict().to_string();
        let right = match vector.verdict.as_str() {
            "*" => examined.verdict().indication() != "TOTAL-PASSED",
            expected => verdict == expected,
        };
        let lacking = vector
            .codes
            .iter()
            .any(|code| !codes.contains(code.as_str()));
        // Nothing may be wrong with what is to be accepted.
        let spoilt = vector.verdict == GOOD && !codes.is_empty();
        if !right || lacking || spoilt {
            wrong.push(format!("{}: {verdict} {codes:?}", vector.file));
        }
        if vector.verdict != GOOD && vector.verdict != "*" {
            let answers = [examined.intact(), examined.valid(), examined.trusted()];
            assert_ne!(answers, [Answer::Yes; 3], "{}", vector.file);
        }
        // Without a content given, the one inside is taken.
        let given = (vector.content != "-").then_some(&*content);
        let each: Vec<String> = verify_all(given, &file, anchors, instant(AT))
            .iter()
            .map(|examined| examined.verdict().to_string())
            .collect();
        let (count, expected) = vector.each.split_once('×').unwrap_or(("1", &vector.each));
        let count: usize = count.parse().expect("a number");
        if each != vec![expected; count] && expected != "*" {
            wrong.push(format!("{}: each signer {each:?}", vector.file));
        }
        for name in [vector.file, vector.content] {
            named.insert(name.split('/').next().unwrap_or_default().to_owned());
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    for entry in fs::read_dir(folder(project)).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy().into_owned();
        let own = ["README.md", "expected.txt", "make.sh", "extract.py"];
        assert!(
            named.contains(&name) || own.contains(&name.as_str()),
            "{project}/{name}: in no table"
        );
    }
}

const GOOD: &str = "INDETERMINATE/TRY_LATER";

#[test]
fn the_vectors_of_openssl() {
    let mut anchors = TrustStore::default();
    anchors
        .add_signers("openssl", &bytes("openssl", "smroot.pem"))
        .expect("an anchor");
    let time_stamps = [
        "smroot.pem",
        "sectigo-time-stamping-ca.pem",
        "user-trust-ca.pem",
    ];
    hold("openssl", &anchors, &time_stamps);
}

#[test]
fn the_vectors_of_bouncycastle() {
    let time_stamps = [
        "tsp-generalized-time.tsr",
        "tsp-md5.tsq",
        "tsp-md5.tsr",
        "tsp-sha1-no-nonce.tsq",
        "tsp-sha1-no-nonce.tsr",
        "tsp-sha1.tsq",
        "tsp-sha1.tsr",
        "tsp-signer.der",
        "tsp-unacceptable-policy.tsr",
    ];
    hold("bouncycastle", &TrustStore::default(), &time_stamps);
}
