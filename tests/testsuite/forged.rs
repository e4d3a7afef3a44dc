//! What somebody with a keyboard and no key would try: archives whose parts are right and whose whole
//! is not, forms slipped under a record, pipes that nobody writes to, a repository in use.

use std::fs;

use hoso::archive::chain;
use hoso::digest::Sha256;

use crate::lab::Lab;
use crate::lab::files_below;
use crate::start;

const RECORD: &str = "2024-2025/mg-5a/giao-an/2024-09-09";

/// Makes the manifests of `out/` again, as a forger would.
fn redo_manifests(lab: &Lab) {
    const TAGS: &str = "tagmanifest-sha256.txt";
    let list = |is_wanted: fn(&str) -> bool| -> String {
        files_below(&lab.at("out"))
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .filter(|path| is_wanted(path))
            .map(|path| {
                let bytes = fs::read(lab.at("out").join(&path)).expect("a file");
                format!("{}  {path}\n", Sha256::of(&bytes))
            })
            .collect()
    };
    lab.write(
        "out/manifest-sha256.txt",
        list(|path| path.starts_with("data/")),
    );
    lab.write(
        &format!("out/{TAGS}"),
        list(|path| !path.starts_with("data/") && path != TAGS),
    );
}

/// The form that the record's text gives with another layout, whose title differs.
fn another_form(lab: &Lab) -> Vec<u8> {
    let other = lab.copy();
    let layout = other.read("layouts/giao-an/form.typ");
    other.write(
        "layouts/giao-an/form.typ",
        layout.replace("KẾ HOẠCH BÀI DẠY", "KẾ HOẠCH KHÁC"),
    );
    // The record's signed form would be kept: without signatures its text is set again.
    other.git(&["rm", "-r", "--quiet", "--ignore-unmatch", "signatures"]);
    other.commit("mẫu khác");
    other.hoso(&["build", "--out", "../khac"]);
    fs::read(other.path("khac/data/ho-so").join(RECORD).join("form.pdf")).expect("a form")
}

/// The manifests agree with every file; the catalogue leads to the signed form, the page to another.
#[test]
fn an_archive_that_shows_another_form() {
    let lab = start::archive().copy();
    redo_manifests(&lab);
    lab.hoso(&["verify", "out"]).ended(4);
    let form = format!("out/data/ho-so/{RECORD}/form.pdf");
    let signed = fs::read(lab.at(&form)).expect("a form");
    let forged = another_form(&lab);
    assert_ne!(signed, forged);
    lab.write("out/data/x/form.pdf", signed);
    lab.write(&form, forged);
    let catalogue = lab.read("out/data/muc-luc.json");
    let shown = format!("\"data/ho-so/{RECORD}/form.pdf\"");
    assert!(catalogue.contains(&shown), "{catalogue}");
    lab.write(
        "out/data/muc-luc.json",
        catalogue.replace(&shown, "\"data/x/form.pdf\""),
    );
    redo_manifests(&lab);
    let said = lab.hoso(&["verify", "out"]).ended(1);
    assert!(said.stderr.contains("[archive-changed]"), "{}", said.stderr);
    assert!(said.stderr.contains("data/x/form.pdf"), "{}", said.stderr);
}

/// Nobody writes to the pipe: whoever opens it waits for ever.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_not_waited_for() {
    for name in [
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "data/muc-luc.json",
    ] {
        let lab = start::archive().copy();
        let script = format!("rm -f out/{name}; mkfifo out/{name}; timeout 20 hoso verify out");
        let said = lab.shell(&script, &[]).ended(1);
        assert!(said.stderr.contains("[archive-changed]"), "{}", said.stderr);
        assert!(said.stderr.contains(name), "{}", said.stderr);
    }
}

/// Lays `form` among the signatures of the record, with files beside it that are named as its
/// signatures are.
fn slip(lab: &Lab, form: &[u8], signature: &[u8]) {
    let digest = Sha256::of(form).to_string();
    let folder = format!("signatures/{RECORD}/{}", &digest[..16]);
    lab.write(&format!("{folder}/form.pdf"), form);
    for name in [
        "soan-mai-thi-dieu-hien",
        "to-duyet-ngo-thi-tuong-vi",
        "truong-duyet-nguyen-thi-an-khe",
        "truong-duyet-tran-thi-bich-dao",
    ] {
        lab.write(&format!("{folder}/{name}.p7s"), signature);
    }
    lab.commit("lẻn vào");
}

/// Builds, with a fault of signatures told, and says which form is on the record's page.
#[track_caller]
fn shown(lab: &Lab) -> Sha256 {
    let said = lab.hoso(&["verify", RECORD]).ended(1);
    assert!(said.stderr.contains("[signature-fault]"), "{}", said.stderr);
    lab.hoso(&["build", "--out", "../kho"]).ended(1);
    let form = fs::read(lab.path("kho/data/ho-so").join(RECORD).join("form.pdf"));
    Sha256::of(&form.expect("a form"))
}

#[test]
fn rubbish_beside_a_form_makes_it_nobodys() {
    let lab = start::signed().copy();
    let signed = fs::read(lab.at(&lab.find(&format!("signatures/{RECORD}/*/form.pdf"))));
    slip(&lab, &another_form(&lab), b"rubbish");
    assert_eq!(shown(&lab), Sha256::of(&signed.expect("a form")));
    // Where nobody has signed yet, the form is the one that the text gives.
    let lab = start::enrolled().copy();
    lab.hoso(&["build"]).ended(0);
    let set = fs::read(lab.at(&format!("out/data/ho-so/{RECORD}/form.pdf"))).expect("a form");
    slip(&lab, &another_form(&lab), b"rubbish");
    assert_eq!(shown(&lab), Sha256::of(&set));
}

/// Somebody's git is at work: nothing is committed, and afterwards one can sign.
#[test]
fn a_locked_index_leaves_the_history_alone() {
    let lab = start::enrolled().copy();
    let head = lab.git(&["rev-parse", "HEAD"]);
    lab.write(".git/index.lock", "");
    let arguments = [
        "sign",
        "--key",
        "../keys/mai-thi-dieu-hien.p12",
        "--password-file",
        "../keys/password",
        RECORD,
    ];
    let said = lab.hoso(&arguments).ended(3);
    assert!(said.stderr.contains("index"), "{}", said.stderr);
    fs::remove_file(lab.at(".git/index.lock")).expect("a file");
    assert_eq!(lab.git(&["rev-parse", "HEAD"]), head);
    let staged = lab.git(&["diff", "--cached", "--name-status"]);
    assert!(!staged.contains('D'), "{staged}");
    // What was laid on the disk and never committed is moved away, as the message says.
    lab.git(&["clean", "-d", "--force", "--quiet", "signatures"]);
    lab.hoso(&arguments).ended(0);
    lab.hoso(&["verify", RECORD]).ended(4);
}

/// Seals `out/` with somebody's key, with whatever statement.
fn seal_as(lab: &Lab, who: &str, statement: &hoso::sign::Statement) {
    let key = fs::read(lab.path(&format!("keys/{who}.p12"))).expect("a key");
    let password = lab.read("../keys/password");
    let key = hoso::sign::Pkcs12::open(&key, password.trim()).expect("a key");
    let tags = fs::read(lab.at("out/tagmanifest-sha256.txt")).expect("a manifest");
    let at = "2024-09-30T02:10:00Z".parse().expect("an instant");
    let seal = hoso::sign::sign(&tags, statement, &key, at).expect("a seal");
    lab.write("out/tagmanifest-sha256.txt.p7s", seal);
}

/// A seal is the school's, for this archive, in its place; a good signature alone is not enough.
#[test]
fn a_seal_by_somebody_else_or_for_something_else() {
    let lab = start::archive().copy();
    let own = chain::statement(1, None);
    seal_as(&lab, "dau", &own);
    lab.hoso(&["verify", "out"]).ended(4);
    let refused = |who: &str, statement: &hoso::sign::Statement| {
        seal_as(&lab, who, statement);
        let said = lab.hoso(&["verify", "out"]).ended(1);
        assert!(
            said.stderr.contains("[archive-seal-fault]"),
            "{}",
            said.stderr
        );
    };
    refused("nguyen-thi-an-khe", &own);
    refused("dau", &chain::statement(2, None));
    refused(
        "dau",
        &chain::statement(1, Some(Sha256::of(b"a seal before"))),
    );
    let mut plain = own.clone();
    plain.act = hoso::sign::Act::Sign;
    refused("dau", &plain);
    // The statement of the person who signs, said rightly, is still no seal.
    let mut person = own.clone();
    person.signer = "nguyen-thi-an-khe".to_owned();
    refused("nguyen-thi-an-khe", &person);
}

/// The manifests agree with every file; the bag's own word on its size does not.
#[test]
fn a_bag_of_another_size() {
    let lab = start::archive().copy();
    let info = lab.read("out/bag-info.txt");
    lab.write(
        "out/bag-info.txt",
        info.replace("Payload-Oxum: ", "Payload-Oxum: 1"),
    );
    redo_manifests(&lab);
    let said = lab.hoso(&["verify", "out"]).ended(1);
    assert!(said.stderr.contains("[archive-oxum]"), "{}", said.stderr);
}

/// The manifests agree with every file; the catalogue names another text, or a record more or less.
#[test]
fn a_catalogue_that_says_something_else() {
    let first = start::archive();
    let catalogue: serde_json::Value =
        serde_json::from_str(&first.read("out/data/muc-luc.json")).expect("JSON");
    let refused = |change: fn(&mut serde_json::Value)| {
        let lab = first.copy();
        let mut changed = catalogue.clone();
        change(&mut changed["records"]);
        assert_ne!(changed, catalogue);
        lab.write("out/data/muc-luc.json", changed.to_string());
        let info = lab.read("out/bag-info.txt");
        let unsized_info: String = info
            .lines()
            .filter(|line| !line.starts_with("Payload-Oxum"))
            .map(|line| format!("{line}\n"))
            .collect();
        lab.write("out/bag-info.txt", unsized_info);
        redo_manifests(&lab);
        let said = lab.hoso(&["verify", "out"]).ended(1);
        assert!(
            said.stderr.contains("[archive-proof-broken]"),
            "{}",
            said.stderr
        );
        let errors: Vec<&str> = said
            .stderr
            .lines()
            .filter(|l| l.starts_with("lỗi["))
            .collect();
        assert_eq!(errors.len(), 1, "{}", said.stderr);
    };
    refused(|records| records[0]["source_blob"] = "0".repeat(40).into());
    refused(|records| records[0]["sha256"] = "0".repeat(64).into());
    refused(|records| records[0]["source_sha256"] = "0".repeat(64).into());
    refused(|records| records[0]["form"] = "data/index.html".into());
    refused(|records| drop(records.as_array_mut().map(Vec::pop)));
    refused(|records| {
        let more = records[0].clone();
        records.as_array_mut().expect("a list").push(more);
    });
    refused(|records| {
        let mut more = records[0].clone();
        more["id"] = "2024-2025/mg-5a/giao-an/2024-09-31".into();
        records.as_array_mut().expect("a list").push(more);
    });
}
