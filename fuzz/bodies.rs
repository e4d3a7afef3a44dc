//! What each target does with the bytes of a stranger. One file for all three ways of running them: libFuzzer
//! (`targets/`), the mutator (`mutate.rs`) and `cargo test` (`tests/testsuite/fuzz.rs`).

#![allow(
    clippy::disallowed_methods,
    reason = "some of what is read lies in a folder"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each user of this file uses some of it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::str;
use std::sync::LazyLock;

use hoso::archive::bag::check::Bag;
use hoso::archive::chain::info::Info;
use hoso::archive::chain::made;
use hoso::diag::Place;
use hoso::digest::Sha256;
use hoso::keys::KeyUri;
use hoso::keys::job::Job;
use hoso::net::HttpUrl;
use hoso::pades;
use hoso::pades::picture::Kind;
use hoso::pades::picture::Picture;
use hoso::path::RepoPath;
use hoso::records::header;
use hoso::records::markdown;
use hoso::records::school::School;
use hoso::records::yaml::Document;
use hoso::render::attached;
use hoso::repo::Snapshot;
use hoso::sign;
use hoso::sign::Answer;
use hoso::sign::Evidence;
use hoso::sign::EvidenceError;
use hoso::sign::Sources;
use hoso::sign::Statement;
use hoso::sign::TrustStore;
use hoso::sign::Verdict;
use hoso::sign::core_digest;
use hoso::sign::level;
use hoso::sign::timestamp;
use hoso::sign::timestamp::Request;
use hoso::sign::timestamp::Token;
use jiff::Timestamp;
use tempfile::TempDir;

/// A target: what it does with some bytes.
pub type Body = fn(&[u8]);

/// Every target by its name, which is that of its file in `targets/` and of its folder in `corpus/`.
pub const ALL: [(&str, Body); 20] = [
    ("anchors", anchors),
    ("attached", attached),
    ("bag_info", bag_info),
    ("certificate", certificate),
    ("copy", copy),
    ("crl", crl),
    ("header", header),
    ("job", job),
    ("key_uri", key_uri),
    ("level", level),
    ("manifest", manifest),
    ("markdown", markdown),
    ("ocsp", ocsp),
    ("picture", picture),
    ("school", school),
    ("statement", statement),
    ("timestamp", timestamp),
    ("token", token),
    ("url", url),
    ("verify", verify),
];

const CONTENT: &[u8] = include_bytes!("../tests/fixtures/sign/content.txt");
const ROOT: &[u8] = include_bytes!("../tests/fixtures/sign/root.pem");
const STAMP: &[u8] = include_bytes!("../tests/fixtures/openssl/sectigo-all-zero.tsr");
const STAMPER: &[u8] = include_bytes!("../tests/fixtures/openssl/user-trust-ca.pem");

static STORE: LazyLock<TrustStore> = LazyLock::new(|| {
    let mut store = TrustStore::default();
    store.add_signers("goc", ROOT).expect("an anchor");
    store.add_stampers("tsa", STAMPER).expect("an anchor");
    store
});

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// A file of `signatures/anchors/` or `signatures/tsa/`, which is to say certificates: taken as a whole or
/// not at all.
pub fn anchors(pem: &[u8]) {
    let mut store = TrustStore::default();
    match store.add_signers("goc", pem) {
        Ok(()) => assert!(!store.is_empty()),
        Err(error) => {
            assert!(store.is_empty());
            let _ = error.words();
        }
    }
    let _ = TrustStore::default().add_stampers("tsa", pem);
}

/// The source inside of what somebody calls a signed form.
pub fn attached(pdf: &[u8]) {
    let _ = attached::source(pdf);
}

/// What an archive says of itself, and its list of signatures.
pub fn bag_info(text: &[u8]) {
    if let Ok(text) = str::from_utf8(text) {
        let _ = Info::read(text);
    }
    assert!(made::listed(text).count() <= text.len());
    assert!(made::entries(text).all(|(_, path)| !path.is_empty()));
}

/// A certificate, and the addresses that it names.
pub fn certificate(der: &[u8]) {
    match Sources::of(der) {
        Ok(sources) => {
            let all = [sources.crls, sources.ocsp, sources.issuers].concat();
            assert!(all.iter().all(|url| url.starts_with("http")));
        }
        Err(error) => drop(error.words()),
    }
}

/// A PDF that is said to be a signed copy of a form.
pub fn copy(pdf: &[u8]) {
    match pades::begun(b"", pdf) {
        Ok(begun) => {
            for inside in &begun.signatures {
                assert!(
                    sign::pades_signer(inside.signed(), inside.cms()).is_err() || pdf.len() > 1000
                );
            }
        }
        Err(error) => drop(error.words()),
    }
    let _ = pades::place::pages(pdf);
}

/// A revocation list, and what becomes of a signature beside it.
pub fn crl(der: &[u8]) {
    evidence(Evidence::crl(der));
}

/// An OCSP response, likewise.
pub fn ocsp(der: &[u8]) {
    evidence(Evidence::ocsp(der));
}

fn evidence(read: Result<Evidence, EvidenceError>) {
    const FILE: &[u8] = include_bytes!("../tests/fixtures/sign/cades-p256.p7s");
    match read {
        Ok(evidence) => {
            let mut store = STORE.clone();
            store.add_evidence(evidence).expect("room");
            let examined = sign::verify(CONTENT, FILE, &store, instant("2030-01-01T00:00:00Z"));
            assert_eq!(examined.intact(), Answer::Yes);
            assert_ne!(
                examined.verdict(),
                Verdict::TotalPassed,
                "nobody has issued it"
            );
        }
        Err(error) => drop(error.words()),
    }
}

/// The YAML between two `---` lines, and any text as YAML.
pub fn header(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let place = Place::raw("a.md");
    let parts = header::split(text).ok();
    for (yaml, line) in [
        (Some(text), 1),
        (parts.map(|parts| parts.header), header::HEADER_LINE),
    ] {
        match yaml.map(|yaml| Document::read(yaml, line, &place)) {
            None => {}
            Some(Ok(document)) => drop(document.locate(&place, "/a/0")),
            Some(Err(findings)) => assert!(!findings.is_empty() && findings.len() < 100),
        }
    }
}

/// A job that came back from whoever signs elsewhere.
pub fn job(json: &[u8]) {
    match Job::read(json) {
        Ok(job) => {
            let again = Job::read(&job.to_json()).expect("what was written can be read");
            assert_eq!(again.to_json(), job.to_json());
            let _ = job.certificates();
            for item in &job.items {
                let _ = (item.asks_for(json), item.signature());
            }
        }
        Err(error) => drop(error.words()),
    }
}

/// What `--key` takes: RFC 7512 and the other ways of naming a key.
pub fn key_uri(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    match KeyUri::parse(text) {
        Ok(uri) => drop(format!("{uri:?}")),
        Err(error) => drop(error.words()),
    }
}

/// Raising whatever file: refused, or only added to.
pub fn level(file: &[u8]) {
    let before = level::of(file);
    let core = core_digest(file);
    let _ = level::signature_stamp_imprint(file);
    let _ = level::archive_stamp_imprint(file, Sha256::of(CONTENT));
    let lists = [vec![0x30, 0], file.to_vec()];
    for lists in [&lists[..1], &lists[..]] {
        if let Ok(raised) = level::with_revocation(file, lists, &lists[..1]) {
            assert_eq!(core_digest(&raised), core);
            assert!(level::of(&raised) >= before);
            assert!(sign::only_adds(file, &raised));
        }
    }
    if let Some(token) = sectigo() {
        for raised in [
            level::with_signature_stamp(file, &token),
            level::with_archive_stamp(file, Sha256::of(CONTENT), &token),
        ] {
            assert!(raised.is_err(), "over nothing that is in the file");
        }
    }
}

/// A time-stamp whose imprint is all zeros: over nothing.
fn sectigo() -> Option<Token> {
    // The token is what follows the status, which is 5 bytes, behind 4 of the outer head.
    STAMP.get(9..).and_then(|token| Token::read(token).ok())
}

/// The manifest of an archive that came from elsewhere. Only what lies in the folder may ever be read.
pub fn manifest(text: &[u8]) {
    static BAG: LazyLock<TempDir> = LazyLock::new(|| {
        let bag = tempfile::tempdir().expect("a folder");
        for name in ["bagit.txt", "data/a"] {
            let path = bag.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, "x").expect("a file");
        }
        bag
    });
    for name in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        fs::write(BAG.path().join(name), text).expect("a file");
    }
    let mut findings = Vec::new();
    if let Some(bag) = Bag::open(BAG.path(), &mut findings) {
        bag.check(&|| {}, &mut findings);
        let _ = (bag.own(&mut findings), bag.snapshot(&mut findings));
    }
    assert!(!findings.is_empty());
}

/// The body of a record.
pub fn markdown(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    if let Ok(body) = markdown::read(text, 1) {
        let last = 1 + text.matches('\n').count();
        let lines = body.images.iter().chain(&body.links).map(|(_, line)| line);
        assert!(
            lines
                .chain(&body.html)
                .all(|line| (1..=last).contains(line))
        );
    }
}

/// A picture of a signature or a seal.
pub fn picture(png: &[u8]) {
    for kind in [Kind::Signature, Kind::Seal] {
        match Picture::read(png, kind) {
            Ok(picture) => assert!(picture.ratio() > 0.0),
            Err(error) => drop(error.words()),
        }
    }
}

/// `content/school.yaml`: people, roles, delegations, certificates. Trusted less than it seems: a proposal may
/// change it.
pub fn school(yaml: &[u8]) {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("content")).expect("a folder");
        folder
    });
    let name = "content/school.yaml";
    fs::write(FOLDER.path().join(name), yaml).expect("a file");
    let path = RepoPath::parse(name).expect("a path");
    let files = BTreeMap::from([(path.clone(), path)]);
    match School::read(&Snapshot::of_archive(FOLDER.path(), files)) {
        Ok(school) => {
            let day = "2024-09-09".parse().expect("a day");
            let _ = school.organisation(day);
            for person in school.people_on(day) {
                let _ = school.title_of(&person.id, day);
            }
        }
        Err(findings) => assert!(!findings.is_empty()),
    }
}

/// The attribute in which a signer states the record, the step and the capacity: one spelling each.
pub fn statement(der: &[u8]) {
    if let Ok(statement) = Statement::from_der(der) {
        assert_eq!(statement.to_der().as_deref(), Ok(der));
    }
}

/// A response of a time-stamping authority, to a request that nobody has answered.
pub fn timestamp(response: &[u8]) {
    let now = instant("2021-02-16T15:42:47Z");
    let request = Request::over(Sha256::from_bytes([0; 32]), 7);
    let refusal = timestamp::accept(response, &request, &STORE, now);
    let _ = refusal.expect_err("nobody has answered it").words();
}

/// A time-stamp token.
pub fn token(der: &[u8]) {
    if let Ok(token) = Token::read(der) {
        assert_eq!(token.der(), der);
        let _ = (token.gen_time(), token.serial(), token.policy());
        let file = include_bytes!("../tests/fixtures/sign/cades-p256.p7s");
        assert!(level::with_signature_stamp(file, &token).is_err());
    }
}

/// An address of an authority, out of a certificate that anybody may have made.
pub fn url(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    match HttpUrl::parse(text) {
        Ok(url) => assert!(url.as_str() == text && !url.host().is_empty()),
        Err(error) => drop(error.words()),
    }
}

/// A signature file, over a content and under anchors that are real. Nothing that was not signed here may be
/// called intact, valid and trusted at once.
pub fn verify(file: &[u8]) {
    const OTHER: &[u8] = b"what nobody has signed";
    let at = instant("2030-01-01T00:00:00Z");
    let examined = sign::verify(CONTENT, file, &STORE, at);
    let _ = examined.words();
    for fault in examined.faults() {
        let _ = fault.words();
    }
    assert_ne!(sign::verify(OTHER, file, &STORE, at).intact(), Answer::Yes);
    let nobody = TrustStore::default();
    assert_ne!(
        sign::verify(CONTENT, file, &nobody, at).trusted(),
        Answer::Yes
    );
    let _ = core_digest(file);
}
