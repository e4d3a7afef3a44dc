//! Repositories that neither git nor a zip file could carry inside this one: names that systems take
//! for one, names that are no text, links, bombs, and files of ten million letters. Each must end in
//! a finding, quickly, and with nothing read from elsewhere.

use std::time::Duration;
use std::time::Instant;

use crate::lab::Lab;
use crate::lab::Said;
use crate::start;

const FOLDER: &str = "content/2024-2025/truong/van-ban-den";

/// Long for a hostile file, short for a person who waits.
const PATIENCE: Duration = Duration::from_secs(20);

fn record(so_den: u32) -> String {
    format!(
        "---\nngay-den: 2024-09-04\nso-den: {so_den}\ntac-gia: Sở Giáo dục\nso-ky-hieu: 1/A\nngay-van-ban: 2024-08-30\nloai-van-ban: Công văn\ntrich-yeu: Lễ khai giảng\nnguoi-nhan: [Tổ]\n---\n"
    )
}

/// Checks the working tree and the commit; both must say `code` with exit code 1.
#[track_caller]
fn refused(lab: &Lab, code: &str) -> Said {
    lab.commit("ghi");
    let begun = Instant::now();
    let tree = lab.hoso(&["check"]).ended(1);
    let revision = lab.hoso(&["check", "--revision", "HEAD"]).ended(1);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    for said in [&tree, &revision] {
        assert!(said.stderr.contains(code), "{code}: {}", said.stderr);
        assert!(
            said.stderr.len() < 100_000,
            "{} bytes were said",
            said.stderr.len()
        );
    }
    tree
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_only() {
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/251-a.md"), record(251));
    lab.write(&format!("{FOLDER}/251-A.md"), record(252));
    lab.write("content/2024-2025/truong/Van-Ban-Den/251-a.md", record(253));
    refused(&lab, "[file-name-clash]");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_unicode_form_only() {
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/ảnh.png"), "x");
    lab.write(&format!("{FOLDER}/a\u{309}nh.png"), "x");
    let said = refused(&lab, "[file-name-clash]");
    assert!(
        said.stderr.contains("[file-name-not-nfc]"),
        "{}",
        said.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/251-a.md"), record(251));
    let name = OsStr::from_bytes(b"252-\xff\xfe.md");
    std::fs::write(lab.at(FOLDER).join(name), record(252)).expect("a file");
    refused(&lab, "[file-refused]");
}

#[cfg(unix)]
#[test]
fn names_that_windows_or_a_terminal_would_suffer_from() {
    for name in [
        "con.md",
        "a:b.md",
        "a\nb.md",
        "a\u{1b}[31m.md",
        "a\u{202e}dm.exe.md",
        "a .",
        "a\\b.md",
    ] {
        let lab = Lab::school();
        lab.write(&format!("{FOLDER}/{name}"), record(251));
        let said = refused(&lab, "[file-refused]");
        assert!(
            !said.stderr.contains('\u{1b}') && !said.stderr.contains('\u{202e}'),
            "{name:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/251-a.md"), record(251));
    lab.write("../ngoai/bi-mat.md", "bí mật\n");
    symlink(lab.path("ngoai/bi-mat.md"), lab.at(FOLDER).join("252-a.md")).expect("a link");
    symlink(lab.path("ngoai"), lab.at("content/2023-2024")).expect("a link");
    symlink("251-a.md", lab.at(FOLDER).join("253-a.md")).expect("a link");
    symlink("..", lab.at(FOLDER).join("vong")).expect("a link");
    let said = refused(&lab, "[file-refused]");
    assert_eq!(
        said.stderr.matches("[file-refused]").count(),
        4,
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("bí mật"));
    lab.hoso(&["build"]).ended(1);
    assert!(!lab.at("out").exists());
}

#[cfg(unix)]
#[test]
fn a_picture_may_not_be_a_link() {
    let lab = Lab::school();
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251) + "\n![a](a.png)\n",
    );
    std::os::unix::fs::symlink("/etc/passwd", lab.at(FOLDER).join("a.png")).expect("a link");
    let said = refused(&lab, "[image-refused]");
    assert!(said.stderr.contains("[file-refused]"), "{}", said.stderr);
}

#[cfg(unix)]
#[test]
fn special_files_are_not_opened() {
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/251-a.md"), record(251));
    lab.commit("ghi");
    // Opening a socket's file for reading fails; opening a pipe would wait for ever.
    let _socket = std::os::unix::net::UnixListener::bind(lab.at(FOLDER).join("252-a.md"));
    let said = lab.hoso(&["check"]);
    assert_eq!(said.code, 1, "{}", said.all());
    assert!(said.stderr.contains("[file-refused]"), "{}", said.stderr);
}

/// Trees that git itself would not write, as a hostile server might send them.
#[test]
fn trees_that_climb_out() {
    let lab = Lab::school();
    let blob = lab.git_with(&["hash-object", "-w", "--stdin"], record(251).as_bytes());
    let blob = blob.trim();
    for name in ["..", ".", ".git", "a/b", ""] {
        let mut tree = Vec::from(format!("100644 {name}\0"));
        tree.extend(bytes_of(blob));
        let inner = write_tree(&lab, &tree);
        let mut tree = Vec::from(*b"40000 content\0");
        tree.extend(bytes_of(&inner));
        let outer = write_tree(&lab, &tree);
        let commit = lab.git(&["commit-tree", "-m", "x", &outer]);
        let said = lab.hoso(&["check", "--revision", commit.trim()]);
        // Refused as an object that cannot be read, or as a name that is no path.
        assert!([1, 3].contains(&said.code), "{name:?}: {}", said.all());
        let said = lab.hoso(&["build", "--revision", commit.trim()]);
        assert!([1, 3].contains(&said.code), "{name:?}: {}", said.all());
    }
}

fn write_tree(lab: &Lab, bytes: &[u8]) -> String {
    let id = lab.git_with(
        &["hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        bytes,
    );
    id.trim().to_owned()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

#[test]
fn another_repository_inside_is_not_entered() {
    let lab = Lab::school();
    lab.write(&format!("{FOLDER}/251-a.md"), record(251));
    lab.commit("ghi");
    let head = lab.git(&["rev-parse", "HEAD"]);
    let entry = format!("160000,{},content/2024-2025/kho-khac", head.trim());
    lab.git(&["update-index", "--add", "--cacheinfo", &entry]);
    lab.git(&["commit", "--quiet", "--message", "kho con"]);
    let said = lab.hoso(&["check", "--revision", "HEAD"]).ended(1);
    assert!(said.stderr.contains("[file-refused]"), "{}", said.stderr);
}

#[test]
fn old_code_pages_are_told() {
    let lab = Lab::school();
    // "Trường" in TCVN3.
    let mut bytes = record(251).into_bytes();
    bytes.extend(b"Tr\xad\xeang\n");
    lab.write(&format!("{FOLDER}/251-a.md"), bytes);
    // UTF-16, as Notepad once saved it.
    let utf16: Vec<u8> = record(252)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    lab.write(
        &format!("{FOLDER}/252-a.md"),
        [b"\xff\xfe", &utf16[..]].concat(),
    );
    let said = refused(&lab, "[file-encoding]");
    assert_eq!(
        said.stderr.matches("[file-encoding]").count(),
        2,
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("251-a.md:11"), "{}", said.stderr);
}

/// Notepad's way of saving is no fault.
#[test]
fn windows_line_ends_and_a_byte_order_mark() {
    let lab = Lab::school();
    let text = format!("\u{feff}{}\nMột dòng.\n", record(251)).replace('\n', "\r\n");
    lab.write(&format!("{FOLDER}/251-a.md"), text);
    lab.commit("ghi");
    lab.hoso(&["check"]).ended(0);
    lab.hoso(&["build"]).ended(0);
}

#[test]
fn files_beyond_every_bound() {
    let lab = Lab::school();
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251) + &"x".repeat(10_000_000),
    );
    lab.write(
        &format!("{FOLDER}/252-a.md"),
        "---\na: \"".to_owned() + &"y".repeat(10_000_000),
    );
    refused(&lab, "[file-too-large]");
}

#[test]
fn a_line_of_a_million_letters() {
    let lab = Lab::school();
    let long = "x".repeat(900_000);
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251).replace("Lễ khai giảng", &long),
    );
    refused(&lab, "[field-invalid]");
}

#[test]
fn yaml_that_grows() {
    let lab = Lab::school();
    let mut laughs = String::from("---\na0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    lab.write(&format!("{FOLDER}/251-a.md"), laughs + "---\n");
    refused(&lab, "[yaml-refused]");
}

#[test]
fn yaml_that_is_deep() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let lab = Lab::school();
        let depth = 20_000;
        lab.write(
            &format!("{FOLDER}/251-a.md"),
            format!(
                "---\na: {}x{}\n---\n",
                open.repeat(depth),
                close.repeat(depth)
            ),
        );
        lab.commit("ghi");
        let begun = Instant::now();
        let said = lab.hoso(&["check"]);
        assert_eq!(said.code, 1, "{open:?}: {}", said.all());
        assert!(
            begun.elapsed() < PATIENCE,
            "{open:?}: {:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn yaml_that_would_run_something() {
    let lab = Lab::school();
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251).replace(
            "Lễ khai giảng",
            "!!python/object/apply:os.system [\"touch /tmp/x\"]",
        ),
    );
    refused(&lab, "[yaml-refused]");
}

#[test]
fn yaml_with_many_values() {
    let lab = Lab::school();
    let many: String = (0..120_000).map(|n| format!("k{n}: 1\n")).collect();
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        format!("---\n{}---\n", &many[..1_000_000]),
    );
    lab.commit("ghi");
    let begun = Instant::now();
    let said = lab.hoso(&["check"]);
    assert_eq!(
        said.code,
        1,
        "{}",
        said.stderr.chars().take(2000).collect::<String>()
    );
    assert!(
        said.stderr.len() < 100_000,
        "{} bytes were said",
        said.stderr.len()
    );
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn markdown_that_is_deep_or_slow() {
    let bodies = [
        "> ".repeat(50_000),
        "*".repeat(500_000),
        "[".repeat(200_000),
        "![".repeat(100_000) + &"](a)".repeat(100_000),
        "<".repeat(500_000),
        "`".repeat(300_000),
        "- ".repeat(100_000),
        "a\n\n".repeat(200_000),
        format!("|{}\n|{}\n", "a|".repeat(50_000), "-|".repeat(50_000)),
        "&".repeat(400_000),
        "[a](<b".repeat(50_000),
        "\\[".repeat(200_000),
    ];
    let lab = Lab::school();
    for (index, body) in bodies.iter().enumerate() {
        lab.write(
            &format!("{FOLDER}/{}-a.md", 300 + index),
            record(300) + "\n" + body,
        );
    }
    lab.commit("ghi");
    let begun = Instant::now();
    let said = lab.hoso(&["check"]);
    assert!(
        [0, 1].contains(&said.code),
        "{}",
        said.stderr.chars().take(2000).collect::<String>()
    );
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert!(said.stderr.contains("[body-too-large]"));
}

/// A picture of a few bytes that unpacks to gigabytes.
#[test]
fn a_picture_that_is_a_bomb() {
    let lab = Lab::school();
    let mut png = Vec::from(*b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    png.extend(60_000_u32.to_be_bytes());
    png.extend(60_000_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    png.extend([0, 0, 0, 0, 0, 0, 0, 0, b'I', b'D', b'A', b'T', 0, 0, 0, 0]);
    lab.write(&format!("{FOLDER}/bom.png"), png);
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251) + "\n![bom](bom.png)\n",
    );
    refused(&lab, "[image-refused]");
}

/// A picture that says it is one and is not: the build must say so, not stop dead.
#[test]
fn a_picture_that_is_broken() {
    let lab = Lab::school();
    let mut png = Vec::from(*b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    png.extend(10_u32.to_be_bytes());
    png.extend(10_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    png.extend([1, 2, 3, 4, 0, 0, 0, 0, b'I', b'D', b'A', b'T', 5, 6, 7, 8]);
    lab.write(&format!("{FOLDER}/hong.png"), png);
    lab.write(
        &format!("{FOLDER}/251-a.md"),
        record(251) + "\n![hỏng](hong.png)\n",
    );
    lab.commit("ghi");
    let said = lab.hoso(&["build"]).ended(1);
    assert!(said.stderr.contains("251-a"), "{}", said.stderr);
}

/// Files that claim to be signatures, forms or anchors.
#[test]
fn rubbish_among_signatures() {
    let lab = start::signed().copy();
    let folder = lab.find("signatures/2024-2025/mg-5a/giao-an/2024-09-09/*");
    lab.write(
        &format!("{folder}/soan-ai-do.p7s"),
        [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    );
    lab.write(&format!("{folder}/x-y.p7s"), b"");
    lab.write(&format!("{folder}/z-z.p7s"), [0x30, 0x80].repeat(100_000));
    lab.write(
        "signatures/anchors/rac.pem",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    lab.write(
        "signatures/2024-2025/mg-5a/giao-an/2024-09-16/0123456789abcdef/form.pdf",
        b"%PDF-1.7\nrubbish",
    );
    lab.commit("rác");
    let begun = Instant::now();
    let said = lab.hoso(&["verify"]).ended(1);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    for code in [
        "[signature-fault]",
        "[signature-misplaced]",
        "[signature-form-changed]",
    ] {
        assert!(said.stderr.contains(code), "{code}: {}", said.stderr);
    }
}

/// One bit anywhere in a signature that others cover: never accepted, whichever it is.
#[test]
fn one_bit_of_a_signature() {
    let lab = start::signed().copy();
    let record = "2024-2025/mg-5a/giao-an/2024-09-09";
    let path = lab.find(&format!(
        "signatures/{record}/*/to-duyet-ngo-thi-tuong-vi.p7s"
    ));
    let sound = std::fs::read(lab.at(&path)).expect("a file");
    for at in (0..sound.len()).step_by(sound.len() / 24) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        lab.write(&path, bytes);
        lab.commit("một bit");
        let said = lab.hoso(&["verify", record]);
        assert_eq!(said.code, 1, "bit {} of byte {at}: {}", at % 8, said.all());
        assert!(said.stderr.contains("[signature-"), "{}", said.all());
    }
}

/// An archive whose manifests lead out of it.
#[cfg(unix)]
#[test]
fn an_archive_that_reaches_out() {
    let lab = start::archive().copy();
    let listed = lab.read("out/manifest-sha256.txt");
    let digest = "0".repeat(64);
    lab.write(
        "out/manifest-sha256.txt",
        format!(
            "{listed}{digest}  ../../../etc/passwd\n{digest}  /etc/passwd\n{digest}  data/link\n"
        ),
    );
    std::os::unix::fs::symlink("/etc/passwd", lab.at("out/data/link")).expect("a link");
    let said = lab.hoso(&["verify", "out"]).ended(1);
    assert!(said.stderr.contains("[archive-changed]"), "{}", said.stderr);
    assert!(!said.all().contains("root:"), "{}", said.all());
}
