//! `--evidence FOLDER`: PDFs signed elsewhere are kept byte for byte beside a record that says what
//! their signatures are worth today.

#![expect(
    clippy::disallowed_methods,
    reason = "a folder that the user names is part of no repository"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::import::Ground;
use crate::cli::import::ImportArgs;
use crate::cli::init;
use crate::cli::new;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::exchange::cell::clean;
use crate::exchange::cell::key;
use crate::exchange::signed;
use crate::path::RepoPath;
use crate::records;
use crate::records::attached::MAX_ATTACHED;
use crate::records::dates;
use crate::render::kept;
use crate::scaffold::Files;
use crate::scaffold::record;
use crate::scaffold::record::Request;
use crate::sign::TrustStore;

/// The kind of such records.
const KIND: &str = "tai-lieu-ky-so";
/// Most files of one record.
const MAX_FILES: usize = 200;
/// Vietnam's time, whole hours from Greenwich.
const VIETNAM: Offset = Offset::constant(7);

/// A file to be kept.
struct Kept {
    original: String,
    /// Its name in the repository.
    name: String,
    bytes: Vec<u8>,
}

impl ImportArgs {
    pub(super) fn evidence(
        &self,
        dir: &Path,
        folder: &Path,
        ground: Ground,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let files = read(&cli::within(dir, folder), ui)?;
        let now = cli::now()?;
        let date = match self.day()? {
            Some(day) => day,
            None => dates::day(now),
        };
        let mut report = Report::default();
        let store = report
            .with(|found| kept::anchors(&ground.snapshot, found))
            .0;
        let given: Vec<(String, String)> = self
            .set
            .iter()
            .map(|pair| new::assignment(pair))
            .collect::<Result<_, _>>()?;
        let title = folder.canonicalize().ok();
        let title = title
            .as_deref()
            .and_then(Path::file_name)
            .unwrap_or_default();
        let title = clean(&title.to_string_lossy());
        let whole = |stem: &str| {
            let items = files.iter().map(|file| item(file, stem, &store, now));
            let mut whole = Map::new();
            if !given.iter().any(|(key, _)| key == "ten") && !title.is_empty() {
                let title: String = title.chars().take(160).collect();
                whole.insert("ten".to_owned(), Value::from(title));
            }
            whole.insert("kiem-tra-luc".to_owned(), Value::from(local(now)));
            whole.insert("tep".to_owned(), items.collect());
            whole
        };
        let taken: BTreeSet<String> = ground
            .snapshot
            .under("content")
            .map(|e| e.path.to_string())
            .collect();
        let make = |whole: &Map<String, Value>| {
            let request = Request {
                kind: KIND,
                unit: self.unit.as_deref(),
                date,
                name: self.name.as_deref(),
                given: &given,
                whole: Some(whole),
                person: self.person.as_deref(),
                author: None,
            };
            record::draft(&ground.records, &taken, &request).map_err(Fault::at_fault)
        };
        // The record's name is the name of the folder of its files; it does not depend on them.
        let path = make(&whole("x"))?.path;
        let stem = path.file_name().trim_end_matches(".md").to_owned();
        let made = make(&whole(&stem))?;
        let parent = path.parent();
        let mut all = Files::from([(made.path.to_string(), made.text.clone().into_bytes())]);
        let mut snapshot = ground
            .snapshot
            .with_draft(made.path.clone(), made.text.into_bytes());
        for file in files {
            let at = parent
                .as_ref()
                .and_then(|p| p.join(&format!("{stem}/{}", file.name)).ok());
            let Some(at) = at else { continue };
            all.insert(at.to_string(), file.bytes.clone());
            snapshot = snapshot.with_draft(at, file.bytes);
        }
        let mut after = Report::default();
        let _ = after.take(records::read(&snapshot));
        let ours = |finding: &&crate::diag::Finding| all.contains_key(&finding.place.file);
        report.add(after.sorted().into_iter().filter(ours).cloned());
        ui.findings(&report, FindingFormat::Text)?;
        if report.has_errors() {
            return Ok(Outcome::AtFault);
        }
        told(&all, &made.path, ui);
        if self.dry_run {
            if let Some(text) = all.get(made.path.as_str()) {
                ui.print_bytes(text)?;
            }
            ui.say(&Words::new(
                "Chỉ xem: chưa ghi gì.",
                "Only shown: nothing was written.",
            ));
            return Ok(Outcome::Done);
        }
        init::write(ground.repo.root(), &all)?;
        ui.print(made.path.as_str())?;
        Ok(Outcome::Done)
    }
}

/// The PDFs of a folder, by name; what is none is told and left.
fn read(folder: &Path, ui: &mut Ui) -> Result<Vec<Kept>, Fault> {
    let failed = |path: &Path, error: std::io::Error| {
        let path = tame(&path.display().to_string());
        Fault::failed(Words::new(
            format!("không đọc được {path}: {error}"),
            format!("cannot read {path}: {error}"),
        ))
    };
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|error| failed(folder, error))?;
    paths.sort();
    let mut out: Vec<Kept> = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let plain = fs::symlink_metadata(&path)
            .map_err(|error| failed(&path, error))?
            .is_file();
        let bytes = match plain && name.to_lowercase().ends_with(".pdf") {
            true => cli::read_up_to(&path, MAX_ATTACHED + 1)?,
            false => Vec::new(),
        };
        let shown = tame(&name);
        if !bytes.starts_with(b"%PDF-") {
            ui.say(&Words::new(
                format!("không phải tệp PDF, để lại: {shown}"),
                format!("no PDF, left: {shown}"),
            ));
            continue;
        }
        if bytes.len() as u64 > MAX_ATTACHED || out.len() == MAX_FILES {
            let most = MAX_ATTACHED / 1024 / 1024;
            return Err(Fault::at_fault(Words::new(
                format!("{shown}: mỗi lần nhập nhiều nhất {MAX_FILES} tệp, mỗi tệp {most} MB"),
                format!("{shown}: at most {MAX_FILES} files of {most} MB each are taken at a time"),
            )));
        }
        let stem = key(name.get(..name.len().saturating_sub(4)).unwrap_or(&name)).replace(' ', "-");
        let stem: String = stem
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(60)
            .collect();
        let stem = stem.trim_matches('-');
        let stem = if stem.is_empty() { "tep" } else { stem };
        let numbered = (2..=MAX_FILES + 1).map(|n| format!("{stem}-{n}.pdf"));
        let free = |name: &String| !out.iter().any(|other| other.name == *name);
        let Some(name_there) = [format!("{stem}.pdf")]
            .into_iter()
            .chain(numbered)
            .find(free)
        else {
            continue;
        };
        out.push(Kept {
            original: clean(&tame(&name)),
            name: name_there,
            bytes,
        });
    }
    if out.is_empty() {
        let folder = tame(&folder.display().to_string());
        return Err(Fault::at_fault(Words::new(
            format!("trong {folder} không có tệp PDF nào"),
            format!("there is no PDF in {folder}"),
        )));
    }
    Ok(out)
}

fn item(file: &Kept, stem: &str, store: &TrustStore, now: Timestamp) -> Value {
    let mut out = json!({
        "tep": format!("{stem}/{}", file.name),
        "ten-goc": file.original,
        "sha256": Sha256::of(&file.bytes).to_string(),
        "kich-thuoc": file.bytes.len(),
        "chu-ky": [],
    });
    match signed::examine(&file.bytes, store, now) {
        Ok(signatures) => out["chu-ky"] = Value::Array(signatures),
        Err(why) => out["khong-doc-duoc"] = Value::from(why),
    }
    out
}

fn local(now: Timestamp) -> String {
    VIETNAM
        .to_datetime(now)
        .strftime("%d/%m/%Y %H:%M:%S")
        .to_string()
}

fn told(all: &Files, record: &RepoPath, ui: &mut Ui) {
    for path in all.keys().filter(|path| *path != record.as_str()) {
        ui.say(&Words::new(
            format!("giữ nguyên {path}"),
            format!("kept {path}"),
        ));
    }
}
