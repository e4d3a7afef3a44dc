//! The proof chain of a record: text → commit → form → each signature → its time-stamps → bag → seal → the archive before,
//! each link with what was checked and the command with which anyone checks it again.

mod stamps;

use serde::Serialize;

use crate::archive::Material;
use crate::archive::chain;
use crate::archive::chain::page;
use crate::archive::files;
use crate::archive::view;
use crate::records::Record;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::seal::acts;
use crate::sign::Act;
use crate::sign::Answer;
use crate::sign::Examined;

/// One link of the chain.
#[derive(Debug, Serialize)]
pub struct Link {
    title: String,
    text: String,
    value: Option<String>,
    href: Option<String>,
    state: &'static str,
    how: Option<String>,
}

/// The chain of a record.
pub fn chain(material: &Material<'_>, sealed: &Sealed) -> Vec<Link> {
    let record = &sealed.rendered.traced.record;
    let mut links = vec![text(record), commit(sealed), form(sealed)];
    links.extend(
        sealed
            .seals
            .current
            .iter()
            .chain(&sealed.seals.acts)
            .flat_map(|seal| {
                let stamps = stamps::links(material, record, seal);
                std::iter::once(signature(material, record, seal)).chain(stamps)
            }),
    );
    if sealed.seals.current.is_empty() {
        links.push(Link {
            title: "Chữ ký".to_owned(),
            text: "Chưa có chữ ký số nào trên bản in này.".to_owned(),
            value: None,
            href: None,
            state: "unknown",
            how: None,
        });
    }
    links.push(bag());
    links.push(seal(material));
    links.push(before(material));
    links
}

fn text(record: &Record) -> Link {
    let path = files::source(record);
    Link {
        title: "Văn bản nguồn".to_owned(),
        text: match record.path() {
            Some(path) => format!("Tệp {path} của kho git, giữ nguyên từng byte."),
            None => "Danh sách các hồ sơ trong sổ kèm SHA-256 của từng văn bản.".to_owned(),
        },
        value: Some(record.source.digest.to_string()),
        state: "yes",
        how: Some(format!("sha256sum data/{path}")),
        href: Some(path),
    }
}

fn commit(sealed: &Sealed) -> Link {
    let traced = &sealed.rendered.traced;
    let Some(change) = traced.last() else {
        return Link {
            title: "Lần ghi (commit)".to_owned(),
            text: "Chưa được ghi vào kho git.".to_owned(),
            value: None,
            href: None,
            state: "unknown",
            how: None,
        };
    };
    let commit = &change.commit;
    let path = &change.path;
    Link {
        title: "Lần ghi (commit)".to_owned(),
        text: format!(
            "Lần ghi cuối do {} ghi lúc {}. Lần ghi là dấu vết, không phải chữ ký.",
            commit.author.name,
            view::civil(commit.authored.civil())
        ),
        value: Some(commit.id.clone()),
        href: None,
        state: "yes",
        how: Some(match traced.record.path() {
            Some(_) => format!("git show {}:{path} | sha256sum", commit.id),
            None => format!("git show --stat {}", commit.id),
        }),
    }
}

fn form(sealed: &Sealed) -> Link {
    let record = &sealed.rendered.traced.record;
    let path = files::form(&record.id);
    let source = files::source(record);
    // A book's form carries the texts of its records, too.
    let name = source.rsplit('/').next().unwrap_or(&source);
    let same = sealed.rendered.form.source == Some(record.source.digest);
    Link {
        title: "Bản in (PDF)".to_owned(),
        text: if same {
            "Văn bản đính kèm bên trong PDF trùng khớp với văn bản nguồn.".to_owned()
        } else {
            "Văn bản đính kèm bên trong PDF không trùng với văn bản nguồn.".to_owned()
        },
        value: Some(sealed.rendered.form.digest().to_string()),
        state: if same { "yes" } else { "no" },
        how: Some(format!(
            "sha256sum data/{path}\npdfdetach -savefile {name} -o nguon.tmp data/{path} && cmp nguon.tmp data/{source}"
        )),
        href: Some(path),
    }
}

fn signature(material: &Material<'_>, record: &Record, seal: &Seal) -> Link {
    let step = seal
        .step
        .map_or("—", |index| record.steps[index].label.as_str());
    let name = seal
        .examined
        .certificate()
        .and_then(|c| c.subject_cn.clone())
        .unwrap_or_default();
    let folder = files::folder(&record.id);
    let file = seal.file.path.file_name();
    let trust = trust(material);
    Link {
        title: match seal.act() {
            Act::Sign => format!("Chữ ký: {step}"),
            act => format!("{}: {step}", acts::words(act).vi),
        },
        text: format!("{name}. {}", view::sentence(&seal.examined)),
        value: Some(seal.file.digest.to_string()),
        href: Some(format!("{folder}/{file}")),
        state: state(seal.holds(), &seal.examined),
        how: Some(format!(
            "openssl cms -verify -binary -cades -inform DER -in data/{folder}/{file} \\\n  -content data/{folder}/form.pdf {trust} -out /dev/null"
        )),
    }
}

fn bag() -> Link {
    Link {
        title: "Kho lưu trữ (bag)".to_owned(),
        text: "Mọi tệp của kho có trong bảng kê manifest-sha256.txt; bảng kê có trong tagmanifest-sha256.txt.".to_owned(),
        value: None,
        href: None,
        state: "yes",
        how: Some("sha256sum --quiet -c tagmanifest-sha256.txt && sha256sum --quiet -c manifest-sha256.txt".to_owned()),
    }
}

/// The seal over the bag. The archive cannot know it: it is put on when everything else is there.
fn seal(material: &Material<'_>) -> Link {
    let number = chain::spelled(material.chain.next());
    Link {
        title: "Niêm phong".to_owned(),
        text: format!(
            "Kho số {number}. Con dấu số của trường trên bảng kê bao trùm mọi tệp; nó nằm ngoài bảng kê, nên kiểm tra bằng lệnh dưới đây."
        ),
        value: None,
        href: page::is_of(material.snapshot).then(|| page::PAGE.to_owned()),
        state: "unknown",
        how: Some(sealed_by(material, "")),
    }
}

/// The sealed archive before, whose digest this one names: a past that was rewritten shows.
fn before(material: &Material<'_>) -> Link {
    let title = "Kho niêm phong trước".to_owned();
    let Some(last) = material.chain.last() else {
        return Link {
            title,
            text: "Trước kho này chưa có kho nào được niêm phong.".to_owned(),
            value: None,
            href: None,
            state: "unknown",
            how: None,
        };
    };
    let number = chain::spelled(last.entry.number);
    let (state, sentence) = match &last.seal {
        Some(seal) => (
            state(seal.holds(), &seal.examined),
            view::sentence(&seal.examined),
        ),
        None => ("unknown", "Chưa có niêm phong.".to_owned()),
    };
    let folder = format!("data/archives/{number}/");
    Link {
        title,
        text: format!(
            "Kho số {number}; bag-info.txt của kho này ghi giá trị băm bảng kê của nó. {sentence}"
        ),
        value: Some(last.entry.digest.to_string()),
        href: page::is_of(material.snapshot).then(|| page::PAGE.to_owned()),
        state,
        how: Some(format!(
            "grep Hoso-Previous bag-info.txt; sha256sum {folder}{}\n{}",
            chain::TAGS,
            sealed_by(material, &folder)
        )),
    }
}

fn sealed_by(material: &Material<'_>, folder: &str) -> String {
    format!(
        "openssl cms -verify -binary -cades -inform DER -in {folder}{} \\\n  -content {folder}{} {} -out /dev/null",
        chain::SEALED,
        chain::TAGS,
        trust(material)
    )
}

/// What the chain says of a signature that `holds`, or does not.
fn state(holds: bool, examined: &Examined) -> &'static str {
    let answers = [examined.intact(), examined.valid(), examined.trusted()];
    match holds {
        false => "no",
        true if answers.contains(&Answer::Unknown) => "unknown",
        true => "yes",
    }
}

/// The anchors of the archive, for OpenSSL.
fn trust(material: &Material<'_>) -> String {
    match material.anchors {
        [(one, _)] => format!("-CAfile data/{}", files::anchor(one)),
        _ => "-CAfile <(cat data/anchors/*.pem)".to_owned(),
    }
}
