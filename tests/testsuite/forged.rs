//! What somebody with a keyboard and no key would try: archives whose parts are right and whose whole
//! is not, forms slipped under a record, pipes that nobody writes to, a repository in use.

use std::fs;

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
