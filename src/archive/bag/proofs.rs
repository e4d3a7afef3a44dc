//! The proof chain of every record, link by link, in an archive that somebody holds: the text, its
//! name in git, the same text inside the form, the form on the page, the form that was signed, and
//! the catalogue that names them all. From there the manifests and the seal go on.
//!
//! `archive::proof` shows the same links to a reader; here they are checked.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::catalogue::CATALOGUE;
use crate::archive::catalogue::Entry;
use crate::archive::chain::Chain;
use crate::archive::chain::made;
use crate::archive::files;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::Record;
use crate::render::attached;
use crate::repo;
use crate::seal::Seals;
use crate::sign;

/// Largest form and largest text that are read.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Checks every link of every record. `step` is called once for each. Of a part of an archive, books over
/// records that it does not have are passed over: their files are the whole's, and no more can be said.
pub fn check(
    bag: &Bag,
    records: &[(Record, Seals)],
    is_part: bool,
    step: &(dyn Fn() + Sync),
    findings: &mut Vec<Finding>,
) {
    let Some(catalogue) = bag.catalogue() else {
        return;
    };
    let mut entries: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in &catalogue.records {
        if entries.insert(&entry.id, entry).is_some() {
            findings.push(broken(CATALOGUE, twice(&entry.id)));
        }
    }
    let found: Vec<Vec<Finding>> = records
        .par_iter()
        .map(|(record, seals)| {
            let faults = match entries.get(record.id.as_str()) {
                Some(entry) => of(bag, record, seals, entry),
                None => vec![broken(CATALOGUE, unlisted(record))],
            };
            step();
            faults
        })
        .collect();
    findings.extend(found.into_iter().flatten());
    let known: BTreeSet<&str> = records.iter().map(|(r, _)| r.id.as_str()).collect();
    let strangers = entries.iter().filter(|(id, _)| !known.contains(*id));
    let strangers = strangers.filter(|(_, entry)| !(is_part && entry.source_blob.is_none()));
    findings.extend(strangers.map(|(id, _)| broken(CATALOGUE, unknown(id))));
}

/// The links of one record that do not hold.
fn of(bag: &Bag, record: &Record, seals: &Seals, entry: &Entry) -> Vec<Finding> {
    let mut faults = Vec::new();
    let form = format!("data/{}", files::form(&record.id));
    let text = format!("data/{}", files::source(record));
    let mut fault = |place: &str, vi: &str, en: &str| {
        faults.push(broken(place, Words::new(vi, en)));
    };
    let source = record.source.digest;
    if entry.form != form || entry.source_sha256 != source.to_string() {
        fault(
            CATALOGUE,
            &format!(
                "mục lục ghi khác về văn bản hoặc bản in của `{}`",
                record.id
            ),
            &format!(
                "the catalogue says something else of the text or form of `{}`",
                record.id
            ),
        );
    }
    match check::bytes(&bag.root().join(&text), MAX_FILE) {
        Ok(bytes) if Sha256::of(&bytes) != source => fault(
            &text,
            "văn bản trong thư mục của hồ sơ không phải văn bản của hồ sơ",
            "the text in the record's folder is not the record's text",
        ),
        Ok(bytes) => {
            let blob = entry.source_blob.as_deref();
            if blob.is_some_and(|blob| repo::blob_id(&bytes).as_deref() != Some(blob)) {
                fault(
                    &text,
                    "văn bản không phải tệp git mà mục lục ghi",
                    "the text is not the git blob that the catalogue names",
                );
            }
        }
        Err(error) => {
            let error = error.to_string();
            fault(&text, &error, &error);
        }
    }
    let pdf = match check::bytes(&bag.root().join(&form), MAX_FILE) {
        Ok(pdf) => pdf,
        Err(error) => {
            let error = error.to_string();
            fault(&form, &error, &error);
            return faults;
        }
    };
    let digest = Sha256::of(&pdf);
    if entry.sha256 != digest.to_string() {
        fault(
            &form,
            "bản in không phải bản mà mục lục ghi",
            "the form is not the one that the catalogue names",
        );
    }
    let signed = seals.form.filter(|_| !seals.current.is_empty());
    if signed.is_some_and(|signed| signed != digest) {
        fault(
            &form,
            "bản in trên trang của hồ sơ không phải bản đã ký",
            "the form on the record's page is not the one that was signed",
        );
    }
    if attached::source(&pdf).map(|bytes| Sha256::of(&bytes)) != Some(source) {
        fault(
            &form,
            "văn bản đính kèm trong bản in không phải văn bản của hồ sơ",
            "the text attached to the form is not the record's text",
        );
    }
    faults
}

/// Signatures and signed forms that a sealed archive of the chain lists and that are in this one no
/// more. Of a part, only records that it `holds` are asked for.
pub fn lost(bag: &Bag, chain: &Chain, holds: &dyn Fn(&str) -> bool, findings: &mut Vec<Finding>) {
    let present: BTreeSet<&Sha256> = bag.listed().map(|(_, digest)| digest).collect();
    let mut gone: Vec<(u32, &str, Vec<Sha256>)> = Vec::new();
    for entry in chain.links().iter().map(|link| &link.entry) {
        // A signature is listed by its digest and, where that differs, by its core's.
        let mut files: BTreeMap<&str, Vec<Sha256>> = BTreeMap::new();
        for (digest, name) in made::entries(&entry.new) {
            if !name.strip_prefix("data/ho-so/").is_none_or(holds) {
                continue;
            }
            files.entry(name).or_default().push(digest);
        }
        let files = files.into_iter();
        let lost = files.filter(|(_, digests)| !digests.iter().any(|d| present.contains(d)));
        gone.extend(lost.map(|(name, digests)| (entry.number, name, digests)));
    }
    if gone.is_empty() {
        return;
    }
    // Something may have been added to a signature since; its core is what it was.
    let cores = cores(bag);
    gone.retain(|(_, _, digests)| !digests.iter().any(|digest| cores.contains(digest)));
    findings.extend(
        gone.into_iter()
            .map(|(number, name, _)| missing(number, name)),
    );
}

/// The cores of all signatures of an archive.
pub fn cores(bag: &Bag) -> BTreeSet<Sha256> {
    let signatures: Vec<_> = bag
        .listed()
        .filter(|(path, _)| path.extension() == Some("p7s"))
        .collect();
    signatures
        .into_par_iter()
        .filter_map(|(path, _)| check::bytes(&bag.root().join(path.as_str()), MAX_FILE).ok())
        .map(|bytes| sign::core_digest(&bytes))
        .collect()
}

fn missing(number: u32, name: &str) -> Finding {
    let message = Words::new(
        format!("tệp đã ký này có trong kho đã niêm phong số {number}, nay không còn"),
        format!("this signed file was in sealed archive {number} and is gone"),
    );
    Finding::new(Code::ArchiveSignatureLost, Place::raw(tame(name)), message).help(Words::new(
        "lấy lại từ kho lưu trữ ấy hoặc từ lịch sử git; cái đã ký không bao giờ bị bỏ",
        "get it back from that archive or from git's history; what was signed is never taken away",
    ))
}

fn twice(id: &str) -> Words {
    let id = tame(id);
    Words::new(
        format!("mục lục ghi `{id}` hai lần"),
        format!("the catalogue lists `{id}` twice"),
    )
}

fn unlisted(record: &Record) -> Words {
    Words::new(
        format!("mục lục không ghi hồ sơ `{}`", record.id),
        format!("the catalogue does not list record `{}`", record.id),
    )
}

fn unknown(id: &str) -> Words {
    let id = tame(id);
    Words::new(
        format!("mục lục ghi hồ sơ `{id}` mà kho không có"),
        format!("the catalogue lists record `{id}`, which the archive does not have"),
    )
}

fn broken(place: &str, message: Words) -> Finding {
    Finding::new(Code::ArchiveProofBroken, Place::raw(tame(place)), message).help(Words::new(
        "dựng lại kho lưu trữ bằng `hoso build`; nếu vẫn vậy, đừng dựa vào hồ sơ này",
        "build the archive again with `hoso build`; if that does not help, do not rely on this record",
    ))
}
