//! The archive as a whole: the same bytes every time, and nothing of a record's text at work in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::lab::Lab;
use crate::lab::files_below;
use crate::start;

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(folder)
        .into_iter()
        .map(|path| {
            let bytes = fs::read(folder.join(&path)).expect("a file");
            (path.to_string_lossy().into_owned(), bytes)
        })
        .collect()
}

#[track_caller]
fn assert_equal(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    let names = |all: &BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other));
    let differing: Vec<&String> = one
        .iter()
        .filter(|(name, bytes)| other[*name] != **bytes)
        .map(|(name, _)| name)
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn two_builds_of_one_revision_are_equal() {
    let first = start::archive();
    let again = first.copy();
    let environment = [
        ("RAYON_NUM_THREADS", "1"),
        ("TZ", "ABC-14"),
        ("LANG", "tr_TR.UTF-8"),
        ("SOURCE_DATE_EPOCH", "1900000000"),
        ("HOME", "/nonexistent"),
    ];
    again
        .hoso_with(&["build", "--out", "../again"], &environment)
        .ended(0);
    assert_equal(&contents(&first.at("out")), &contents(&again.path("again")));
    // In the other language of messages, the archive is the same too.
    again.hoso(&["--lang", "en", "build"]).ended(0);
    assert_equal(&contents(&first.at("out")), &contents(&again.at("out")));
}

#[test]
fn the_archive_of_another_clone_is_equal() {
    let first = start::archive();
    let other = first.copy();
    let clone = other.path("clone");
    other.git(&[
        "clone",
        "--quiet",
        "--no-local",
        ".",
        &clone.to_string_lossy(),
    ]);
    other.hoso(&["-C", "../clone", "build"]).ended(0);
    assert_equal(&contents(&first.at("out")), &contents(&clone.join("out")));
}

/// What a malicious record tries: markup of Typst, HTML, Tera and JSON; ends of attributes, of
/// scripts and of PDF strings.
const HOSTILE: [&str; 14] = [
    "#read(\"/etc/passwd\")",
    "#panic(\"here\")",
    "$ integral_0^1 $ #{let x = 1} @label <label>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "\" onmouseover=\"alert(3)",
    "' onfocus='alert(4)",
    "{{ 7 * 7 }} {% include \"/etc/passwd\" %}",
    "&lt;script&gt; &#60;script&#62;",
    "\u{202e}nigirt\u{200b}",
    "(unbalanced \\( << >> ] endobj",
    "]]> --> <!-- <![CDATA[",
    "</textarea></title></style><svg onload=alert(5)>",
];

fn hostile() -> Lab {
    let lab = Lab::with_records();
    let folder = "content/2024-2025/truong/van-ban-den";
    for (index, text) in HOSTILE.iter().enumerate() {
        let quoted = serde_json::to_string(text).expect("a string");
        let number = 252 + index;
        lab.write(
            &format!("{folder}/{number}-thu.md"),
            format!(
                "---\nngay-den: 2024-09-05\nso-den: {number}\ntac-gia: {quoted}\nso-ky-hieu: 1/A\nngay-van-ban: 2024-09-01\nloai-van-ban: Công văn\ntrich-yeu: {quoted}\nnguoi-nhan: [{quoted}]\n---\n\n{text}\n\n- {text}\n\n`{text}`\n\n| a | b |\n|---|---|\n| {text} | c |\n\n# {text}\n\n[{text}](https://example.com/?a=<b>&c=\"d\")\n"
            ),
        );
    }
    lab.commit("<script>alert('lời ghi')</script>\n\n</pre>");
    lab
}

#[test]
fn text_of_a_record_stays_text() {
    let lab = hostile();
    let said = lab.hoso(&["build"]).ended(0);
    assert!(said.stderr.contains("[html-literal]"), "{}", said.stderr);
    let files = contents(&lab.at("out"));
    assert!(
        files
            .keys()
            .filter(|name| name.ends_with("/form.pdf"))
            .count()
            > HOSTILE.len()
    );
    for (name, bytes) in &files {
        if name.ends_with(".html") {
            let page = String::from_utf8(bytes.clone()).expect("UTF-8");
            harmless(name, &page);
        }
        if name.ends_with(".pdf") {
            for word in [&b"/JavaScript"[..], b"/Launch", b"/OpenAction", b"root:x:0"] {
                assert!(
                    !bytes.windows(word.len()).any(|w| w == word),
                    "{name}: {}",
                    String::from_utf8_lossy(word)
                );
            }
        }
    }
    // The letters are there, escaped: nothing was quietly dropped.
    let page = files
        .iter()
        .find(|(name, _)| name.contains("255-thu") && name.ends_with(".html"))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .expect("the record's page");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;"), "{page}");
}

/// No element and no attribute on a page but those that the templates write.
#[track_caller]
fn harmless(name: &str, page: &str) {
    let page = page.replace("\r\n", "\n");
    for (at, _) in page.match_indices('<') {
        let tag: String = page[at + 1..].chars().take_while(|c| *c != '>').collect();
        let tag = tag.trim_start_matches('/').to_ascii_lowercase();
        let element = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        assert!(
            !["img", "iframe", "object", "embed", "link", "base"].contains(&element)
                || !tag.contains("onerror"),
            "{name}: <{tag}>"
        );
        for attribute in [
            "onerror=",
            "onmouseover=",
            "onfocus=",
            "onload=",
            "javascript:",
        ] {
            // Inside a quoted value the words are only letters; the quotes of a value are escaped.
            let outside: String = tag.split('"').step_by(2).collect();
            assert!(!outside.contains(attribute), "{name}: <{tag}>");
        }
    }
    assert!(!page.contains("alert(1)</script>"), "{name}");
    assert!(!page.contains("<script>alert"), "{name}");
    assert!(!page.contains("root:x:0"), "{name}");
    assert!(!page.contains("href=\"javascript:"), "{name}");
}

/// What was signed is bytes: neither a new layout nor a new program sets it again.
#[test]
fn a_signed_form_is_never_set_again() {
    let lab = start::signed().copy();
    let form = lab.find("signatures/2024-2025/mg-5a/giao-an/2024-09-09/*/form.pdf");
    let layout = lab.read("layouts/giao-an/form.typ");
    lab.write(
        "layouts/giao-an/form.typ",
        layout.replace("KẾ HOẠCH BÀI DẠY", "GIÁO ÁN"),
    );
    lab.commit("mẫu mới");
    lab.hoso(&["build"]).ended(0);
    let out = contents(&lab.at("out"));
    let of = |record: &str| {
        let ending = format!("{record}/form.pdf");
        let (_, bytes) = out
            .iter()
            .find(|(name, _)| name.ends_with(&ending))
            .expect("a form");
        bytes.clone()
    };
    assert_eq!(
        of("ho-so/2024-2025/mg-5a/giao-an/2024-09-09"),
        fs::read(lab.at(&form)).expect("a file")
    );
    let before = contents(&start::archive().at("out"));
    let unsigned = "data/ho-so/2024-2025/mg-5a/giao-an/2024-09-16/form.pdf";
    assert_ne!(
        out[unsigned], before[unsigned],
        "an unsigned form follows its layout"
    );
}

/// Nobody edits an archive by accident.
#[cfg(unix)]
#[test]
fn an_archive_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let out = start::archive().at("out");
    for file in files_below(&out) {
        let mode = fs::metadata(out.join(&file))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o444, "{}", file.display());
    }
}

/// An archive opens from a stick: nothing in it reaches for the network or for the folder above.
#[test]
fn an_archive_stands_alone() {
    let files = contents(&start::archive().at("out"));
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        let page = String::from_utf8_lossy(bytes);
        for marker in [" src=\"", " href=\""] {
            for (at, _) in page.match_indices(marker) {
                let target: String = page[at + marker.len()..]
                    .chars()
                    .take_while(|c| *c != '"')
                    .collect();
                let path = target.split(['#', '?']).next().unwrap_or_default();
                if path.is_empty()
                    || ["mailto:", "data:"]
                        .iter()
                        .any(|scheme| path.starts_with(scheme))
                {
                    continue;
                }
                let remote = path.contains("://");
                assert!(!remote || marker == " href=\"", "{name}: loads {path}");
                if !remote {
                    let full = resolve(name, path);
                    assert!(
                        files.contains_key(&full),
                        "{name}: links to {path}, which is not in the archive"
                    );
                }
            }
        }
    }
}

/// A relative link as a path from the archive's top.
fn resolve(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
