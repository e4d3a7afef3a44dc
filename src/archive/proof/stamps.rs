//! The time-stamps of a signature as links of the proof chain. A token lies inside the signature file; the command
//! cuts it out, and the signature value that it is over, and has OpenSSL check the one against the other.

use crate::archive::Material;
use crate::archive::files;
use crate::archive::proof::Link;
use crate::archive::view;
use crate::records::Record;
use crate::seal::Seal;
use crate::sign::Stamp;
use crate::sign::StampKind;
use crate::sign::level;

/// One link for each time-stamp.
pub(super) fn links(material: &Material<'_>, record: &Record, seal: &Seal) -> Vec<Link> {
    let stamps = seal.examined.stamps().iter();
    stamps
        .map(|stamp| link(material, record, seal, stamp))
        .collect()
}

fn link(material: &Material<'_>, record: &Record, seal: &Seal, stamp: &Stamp) -> Link {
    let folder = files::folder(&record.id);
    let path = format!("{folder}/{}", seal.file.path.file_name());
    let (title, over) = match stamp.kind {
        StampKind::Content => ("Dấu thời gian của nội dung", "bản in, trước khi ký"),
        StampKind::Signature => ("Dấu thời gian", "chữ ký trên"),
        StampKind::Archive => (
            "Dấu thời gian lưu trữ",
            "chữ ký trên và mọi bằng chứng kèm nó",
        ),
    };
    let by = stamp.stamper.as_deref().unwrap_or("—");
    let holds = match stamp.holds {
        true => "",
        false => " Không đúng: xem mục Chữ ký.",
    };
    let own = || format!("hoso verify --signature data/{path} --content data/{folder}/form.pdf");
    let openssl = match stamp.kind {
        StampKind::Signature => by_openssl(material, &path, &seal.file.bytes, stamp),
        StampKind::Content | StampKind::Archive => None,
    };
    Link {
        title: title.to_owned(),
        text: format!(
            "{by} xác nhận {over} đã có lúc {}.{holds}",
            view::instant(stamp.gen_time)
        ),
        value: None,
        href: Some(path.clone()),
        state: if stamp.holds { "yes" } else { "no" },
        how: Some(openssl.unwrap_or_else(own)),
    }
}

/// RFC 3161 appendix A: the imprint is of the signature value.
fn by_openssl(material: &Material<'_>, path: &str, file: &[u8], stamp: &Stamp) -> Option<String> {
    let token = cut(path, file, &stamp.token)?;
    let value = cut(path, file, &level::signature_value(file).ok()?)?;
    let mut roots = material.snapshot.under("signatures/tsa");
    let trust = match (roots.next(), roots.next()) {
        (Some(one), None) => format!("-CAfile data/tsa/{}", one.path.file_name()),
        _ => "-CAfile <(cat data/tsa/*.pem)".to_owned(),
    };
    Some(format!(
        "{token} >dau.tmp\n{value} >gia-tri.tmp\nopenssl ts -verify -token_in -in dau.tmp -data gia-tri.tmp {trust}"
    ))
}

/// The command that cuts `part` out of a file, if it stands there as it is.
fn cut(path: &str, file: &[u8], part: &[u8]) -> Option<String> {
    let at = file.windows(part.len().max(1)).position(|w| w == part)?;
    Some(format!(
        "head -c {} data/{path} | tail -c {}",
        at + part.len(),
        part.len()
    ))
}
