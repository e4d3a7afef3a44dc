//! What cases start from. The signed school and its archive are made once and copied.

use std::fs;
use std::sync::OnceLock;

use hoso::scaffold::demo;
use jiff::civil::Date;

use crate::lab::Lab;

/// The password of every key here; the keys are made at test time and open nothing else.
const PASSWORD: &str = "thử";

/// From when to when the trial certificates hold.
const TERM: demo::Term = demo::Term {
    from: Date::constant(2024, 8, 1),
    to: Date::constant(2027, 7, 31),
};

/// The lab that a case asks for by name.
pub(crate) fn named(name: &str) -> Option<Lab> {
    match name {
        "nothing" => Some(Lab::empty()),
        "school" => Some(Lab::school()),
        "records" => Some(Lab::with_records()),
        "enrolled" => Some(enrolled().copy()),
        "signed" => Some(signed().copy()),
        "archive" => Some(archive().copy()),
        _ => None,
    }
}

/// The small school with a key for everyone; nothing is signed yet.
pub(crate) fn enrolled() -> &'static Lab {
    static ENROLLED: OnceLock<Lab> = OnceLock::new();
    ENROLLED.get_or_init(|| {
        let lab = Lab::with_records().copy_to_keep();
        let school = lab.read("content/school.yaml");
        let trial = demo::for_school(&school, &[], TERM, PASSWORD).expect("a trial authority");
        lab.write("content/school.yaml", trial.school);
        for (path, bytes) in trial.files {
            match path.starts_with("keys/") {
                true => lab.write(&format!("../{path}"), bytes),
                false => lab.write(&path, bytes),
            }
        }
        fs::write(lab.path("keys/password"), format!("{PASSWORD}\n")).expect("a file");
        lab.commit("ghi chứng thư");
        lab
    })
}

/// The small school with records in every state: one lesson plan signed through its chain and one
/// not at all, a letter sealed, a register that waits.
pub(crate) fn signed() -> &'static Lab {
    static SIGNED: OnceLock<Lab> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let lab = enrolled().copy_to_keep();
        for who in [
            "mai-thi-dieu-hien",
            "ngo-thi-tuong-vi",
            "nguyen-thi-an-khe",
            "dau",
            "do-thi-huong-giang",
        ] {
            sign(&lab, who);
        }
        lab
    })
}

/// The signed school with its archive in `out/`.
pub(crate) fn archive() -> &'static Lab {
    static ARCHIVE: OnceLock<Lab> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let lab = signed().copy_to_keep();
        lab.hoso(&["build"]).ended(0);
        lab
    })
}

/// Signs everything that waits for `who`.
#[track_caller]
pub(crate) fn sign(lab: &Lab, who: &str) {
    let key = format!("../keys/{who}.p12");
    lab.hoso(&[
        "sign",
        "--key",
        &key,
        "--password-file",
        "../keys/password",
        "--all",
    ])
    .ended(0);
}
