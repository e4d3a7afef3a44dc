//! `hoso export --to`, `--plain`, `--package`: the archive, a part of it or the state archive's package,
//! as one file. What is at fault is not handed over; what is written is there whole or not at all.

#![expect(
    clippy::disallowed_methods,
    reason = "what is handed over lies outside the repository"
)]

use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::archive::bag::check::Bag;
use crate::archive::bag::original::ORIGINAL;
use crate::archive::bag::original::Selection;
use crate::archive::chain::INFO;
use crate::archive::chain::SEALED;
use crate::archive::chain::info::Info;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::export::CipherName;
use crate::cli::export::ExportArgs;
use crate::cli::export::PackageKind;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::envelope::Cipher;
use crate::envelope::Envelope;
use crate::envelope::recipient::Recipient;
use crate::handover::Bundle;
use crate::handover::package;
use crate::handover::package::Kind;
use crate::handover::part;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;

/// Largest `bag-info.txt` that is read.
const MAX_INFO: u64 = 1024 * 1024;

impl ExportArgs {
    /// Hands over the archive, a part of it, or the package made of it.
    pub(super) fn hand(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let recipients = self.recipients(dir, ui)?;
        let root = cli::within(dir, &self.archive);
        let selection = Selection {
            year: self.year.clone(),
            unit: self.unit.clone(),
        };
        let mut report = Report::default();
        let bundle = match self.package {
            Some(kind) => self.packed(dir, &root, kind, &selection, &mut report, ui)?,
            None => checked(&root, &selection, &mut report, ui)?,
        };
        ui.findings(&report, FindingFormat::Text)?;
        let Some(bundle) = bundle else {
            return Err(Fault::at_fault(Words::new(
                "kho lưu trữ có lỗi, không giao; xem `hoso verify`",
                "the archive is at fault and is not handed over; see `hoso verify`",
            )));
        };
        let default = match recipients.is_empty() {
            true => format!("{}.zip", bundle.name),
            false => format!("{}.zip.p7m", bundle.name),
        };
        let given = self.out.clone().unwrap_or_else(|| PathBuf::from(default));
        let target = cli::within(dir, &given);
        let is_folder = recipients.is_empty() && given.extension().is_none_or(|e| e != "zip");
        let cipher = match self.cipher {
            CipherName::Gcm => Cipher::Gcm,
            CipherName::Cbc => Cipher::Cbc,
        };
        fresh(&target, |fresh| {
            if is_folder {
                std::fs::create_dir(fresh).map_err(|error| unwritable(fresh, &error))?;
                // A package must keep its name; a bag is called as you like.
                let folder = match self.package {
                    Some(_) => fresh.join(&bundle.name),
                    None => fresh.to_owned(),
                };
                return bundle.folder(&folder).map_err(|e| Fault::failed(e.words()));
            }
            let file = File::create_new(fresh).map_err(|error| unwritable(fresh, &error))?;
            let file = BufWriter::new(file);
            let file = match recipients.is_empty() {
                true => bundle.zip(file).map_err(|e| Fault::failed(e.words()))?,
                false => {
                    let parcel = Envelope::begin(file, &recipients, cipher)
                        .map_err(|e| Fault::failed(e.words()))?;
                    let parcel = bundle.zip(parcel).map_err(|e| Fault::failed(e.words()))?;
                    parcel.finish().map_err(|e| Fault::failed(e.words()))?
                }
            };
            let done = file.into_inner().map_err(|error| error.into_error());
            let done = done.and_then(|mut file| file.flush().and_then(|()| file.sync_all()));
            done.map_err(|error| unwritable(fresh, &error))
        })?;
        self.told(&bundle, &recipients, &target, ui)?;
        Ok(Outcome::Done)
    }

    /// Who may open it, each certificate looked at.
    fn recipients(&self, dir: &Path, ui: &mut Ui) -> Result<Vec<Recipient>, Fault> {
        let now = cli::now()?;
        let mut all = Vec::new();
        for path in &self.to {
            let file = cli::read_small(&cli::within(dir, path))?;
            let shown = tame(&path.display().to_string());
            let recipient = Recipient::read(&file).map_err(|error| {
                let words = error.words();
                Fault::at_fault(Words::new(
                    format!("không mã hóa cho {shown}: {}", words.vi),
                    format!("nothing is encrypted to {shown}: {}", words.en),
                ))
            })?;
            let facts = recipient.facts();
            if !facts.is_valid_at(now) {
                let (from, to) = (facts.not_before, facts.not_after);
                ui.say(&Words::new(
                    format!("lưu ý: chứng thư {shown} chỉ có giá trị từ {from} đến {to}; hỏi lại người nhận"),
                    format!("note: the certificate {shown} is valid from {from} to {to} only; ask its holder"),
                ));
            }
            all.push(recipient);
        }
        Ok(all)
    }

    /// The state archive's package of an archive.
    fn packed(
        &self,
        dir: &Path,
        root: &Path,
        kind: PackageKind,
        selection: &Selection,
        report: &mut Report,
        ui: &mut Ui,
    ) -> Result<Option<Bundle>, Fault> {
        let kind = match kind {
            PackageKind::Sip => Kind::Sip,
            PackageKind::Aip => Kind::Aip,
        };
        let bar = ui.bar();
        let read = package::read(report, root, &bar);
        bar.finish();
        let Some(read) = read.filter(|_| !report.has_errors()) else {
            return Ok(None);
        };
        // Who wrote the texts, and when, is known to the history alone.
        let repo = Repo::open(dir)?;
        let revision = repo.revision(Some(&read.commit))?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        let made = package::make(kind, &read, &history, selection);
        let made = made.map_err(|error| Fault::failed(error.words()))?;
        let Some(made) = made else {
            return Err(nothing(&read.known(), true));
        };
        if made.left_out > 0 {
            let count = made.left_out;
            ui.say(&Words::new(
                format!("{count} hồ sơ chưa ký đủ hoặc không còn hiệu lực, không đưa vào gói"),
                format!(
                    "{count} records are not signed in full or no longer stand, and are left out"
                ),
            ));
        }
        Ok(Some(made.bundle))
    }

    fn told(
        &self,
        bundle: &Bundle,
        recipients: &[Recipient],
        target: &Path,
        ui: &mut Ui,
    ) -> Result<(), Fault> {
        let name = |to: &Recipient| {
            to.facts()
                .subject_cn
                .clone()
                .unwrap_or_else(|| "—".to_owned())
        };
        match self.format {
            Format::Json => ui.print(
                &json!({
                    "schema": "hoso/handover/1",
                    "file": target.display().to_string(),
                    "folder": bundle.name,
                    "files": bundle.len(),
                    "recipients": recipients.iter().map(|to| json!({
                        "name": name(to),
                        "certificate_sha256": to.facts().sha256.to_string(),
                        "key": to.facts().key,
                    })).collect::<Vec<_>>(),
                })
                .to_string(),
            )?,
            Format::Text => ui.print(&target.display().to_string())?,
        }
        for to in recipients {
            let (name, key) = (tame(&name(to)), tame(&to.facts().key));
            ui.say(&Words::new(
                format!("người mở được: {name} ({key})"),
                format!("can be opened by: {name} ({key})"),
            ));
        }
        Ok(())
    }
}

/// The archive, or the part of it, once every byte has proved to be what the manifests say.
fn checked(
    root: &Path,
    selection: &Selection,
    report: &mut Report,
    ui: &mut Ui,
) -> Result<Option<Bundle>, Fault> {
    let bag = report.with(|findings| Bag::open(root, findings));
    let Some(bag) = bag else {
        return Ok(None);
    };
    let bar = ui.bar();
    bar.begin(Stage::Files, bag.len());
    report.with(|findings| bag.check(&|| bar.step(), findings));
    bar.finish();
    if report.has_errors() {
        return Ok(None);
    }
    if !root.join(SEALED).exists() {
        ui.say(&Words::new(
            "lưu ý: kho này chưa niêm phong; người nhận không biết chắc nó là của trường",
            "note: this archive is not sealed; nothing tells its receiver that it is the school's",
        ));
    }
    let info = cli::read_up_to(&root.join(INFO), MAX_INFO)?;
    let info = Info::read(&String::from_utf8_lossy(&info));
    let day = info.date.map(|date| format!("-{date}")).unwrap_or_default();
    let name = format!("kho{day}{}", selection.suffix());
    if selection.is_all() {
        return Ok(Some(Bundle::whole(&name, &bag)));
    }
    if root.join(ORIGINAL).exists() {
        return Err(Fault::at_fault(Words::new(
            "đây đã là một phần của kho; muốn lấy phần khác thì lấy từ cả kho",
            "this is a part of an archive; another part is taken from the whole",
        )));
    }
    match part::of(&name, &bag, selection).map_err(|error| Fault::failed(error.words()))? {
        Some(bundle) => Ok(Some(bundle)),
        None => Err(nothing(&part::known(&bag), false)),
    }
}

/// There is no such record.
fn nothing(known: &[String], signed: bool) -> Fault {
    let (vi, en) = match signed {
        true => ("hồ sơ đã ký đủ nào", "record that is signed in full"),
        false => ("hồ sơ nào", "record"),
    };
    let known = known.join(", ");
    Fault::at_fault(Words::new(
        format!("phần được nêu không có {vi}"),
        format!("the part that was named has no {en}"),
    ))
    .help(Words::new(
        format!("kho có: {known}"),
        format!("the archive has: {known}"),
    ))
}

/// Writes something beside `target` and gives it its name when it is whole. Nothing is overwritten.
fn fresh(target: &Path, write: impl FnOnce(&Path) -> Result<(), Fault>) -> Result<(), Fault> {
    if std::fs::symlink_metadata(target).is_ok() {
        let shown = target.display();
        return Err(Fault::usage(Words::new(
            format!("{shown} đã có; chọn tên khác bằng `--out`"),
            format!("{shown} is there already; choose another name with `--out`"),
        )));
    }
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned());
    let fresh = target.with_file_name(format!(".{}.hoso-new", name.unwrap_or_default()));
    sweep(&fresh);
    let done = write(&fresh)
        .and_then(|()| std::fs::rename(&fresh, target).map_err(|error| unwritable(target, &error)));
    if done.is_err() {
        sweep(&fresh);
    }
    done
}

/// Takes away what a run that was cut off has left.
fn sweep(fresh: &Path) {
    // What is not there need not be taken away; anything else shows when it is written.
    let _ = match fresh.is_dir() {
        true => std::fs::remove_dir_all(fresh),
        false => std::fs::remove_file(fresh),
    };
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    let path = path.display();
    Fault::failed(Words::new(
        format!("không ghi được {path}: {error}"),
        format!("cannot write {path}: {error}"),
    ))
}
