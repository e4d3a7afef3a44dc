//! `hoso export --pades`: a copy of a record's signed form that readers of PDF show as signed.
//!
//! Only who has signed the original signs the copy, with a key of his or her own: a copy never shows
//! a signature that the original does not have. Nothing is written into the repository.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::export::ExportArgs;
use crate::cli::export::copy::Entry;
use crate::cli::export::copy::Original;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::keys::OpenKey;
use crate::pades;
use crate::pades::Field;
use crate::pades::PadesError;
use crate::pades::place;
use crate::records;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::render::kept::Version;
use crate::repo::Repo;
use crate::repo::Snapshot;
use crate::seal::Examination;
use crate::seal::SEAL;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::standing::Standing;
use crate::sign::CertificateFacts;
use crate::sign::pades_signer;

impl ExportArgs {
    /// A copy with the signatures inside.
    pub(super) fn pades(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let at = cli::now()?;
        let repo = Repo::open(dir)?;
        let snapshot = repo.snapshot(&repo.revision(None)?)?;
        let mut report = Report::default();
        let read = report.take(records::read(&snapshot));
        let Some(mut records) = read else {
            ui.findings(&report, FindingFormat::Text)?;
            return Err(Fault::at_fault(Words::new(
                "không đọc được danh bạ của trường",
                "the school cannot be read",
            )));
        };
        let record = take(self.record.as_deref().unwrap_or_default(), &mut records)?;
        let (version, seals) = signed(&snapshot, &records.school, &record, at)?;
        let original = Original {
            snapshot: &snapshot,
            school: &records.school,
            record: &record,
            seals: holding(&record, &seals)?,
            pages: place::pages(&version.pdf),
        };
        let entries = original.entries(&mut |words| ui.say(words));
        let day = record.date;
        let organisation = records.school.organisation(day);
        let fields = |at: Timestamp| -> Vec<Field> {
            let field = |entry: &Entry| entry.field(organisation, at);
            entries.iter().map(field).collect()
        };
        let (mut pdf, mut inside) = match &self.onto {
            Some(onto) => {
                let copy = cli::read_up_to(&cli::within(dir, onto), pades::MAX_PDF as u64 + 1)?;
                let inside = begun(&version, &copy, &entries, &fields, &records.school)?;
                (copy, inside)
            }
            None => (version.pdf.to_vec(), Vec::new()),
        };
        let keys = self.open_keys(dir, ui)?;
        let plan = plan(&keys, &entries, &records.school, &inside, at)?;
        for (index, key) in plan {
            pdf = pades::append(&pdf, &fields(at), index, key.as_ref(), at, None)
                .map_err(|e| failed(&e))?;
            inside.push(index);
        }
        let path = match &self.out {
            Some(out) => cli::within(dir, out),
            None => cli::within(dir, Path::new(&format!("{}-da-ky.pdf", record.id.name()))),
        };
        cli::write(&path, &pdf)?;
        self.show(&original, &entries, &inside, &path, &version, ui)?;
        Ok(Outcome::Done)
    }

    fn open_keys(&self, dir: &Path, ui: &mut Ui) -> Result<Vec<OpenKey>, Fault> {
        let given = self.password_files.len();
        if given > 1 && given != self.keys.len() {
            return Err(Fault::usage(Words::new(
                "nêu một `--password-file` cho mọi khóa, hoặc mỗi khóa một tệp",
                "give one `--password-file` for all keys, or one for each",
            )));
        }
        let mut opened = Vec::new();
        for (number, key) in self.keys.iter().enumerate() {
            let mut files = self.password_files.iter();
            let file = files.nth(if given > 1 { number } else { 0 });
            opened.push(self.beside.open(key, file.map(PathBuf::as_path), dir, ui)?);
        }
        Ok(opened)
    }

    fn show(
        &self,
        original: &Original<'_>,
        entries: &[Entry],
        inside: &[usize],
        path: &Path,
        version: &Version,
        ui: &mut Ui,
    ) -> Result<(), Fault> {
        let not_inside = (0..entries.len()).filter(|index| !inside.contains(index));
        let waiting: Vec<&Entry> = not_inside.filter_map(|index| entries.get(index)).collect();
        let unsigned = original.unsigned();
        let unseen: Vec<&Entry> = inside
            .iter()
            .filter_map(|index| entries.get(*index))
            .filter(|entry| entry.place.is_none())
            .collect();
        match self.format {
            Format::Json => {
                let entry = |entry: &Entry| json!({"step": entry.step, "signer": entry.who, "visible": entry.place.is_some()});
                let all = inside.iter().filter_map(|index| entries.get(*index));
                ui.print(
                    &json!({
                        "schema": "hoso/export/1",
                        "record": original.record.id.as_str(),
                        "file": path.display().to_string(),
                        "form_sha256": version.digest.to_string(),
                        "signed": all.map(entry).collect::<Vec<_>>(),
                        "not_in_copy": waiting.iter().map(|e| entry(e)).collect::<Vec<_>>(),
                        "not_signed": unsigned.iter().map(|(label, name)| json!({"label": label, "signer": name})).collect::<Vec<_>>(),
                    })
                    .to_string(),
                )?;
            }
            Format::Text => ui.print(&path.display().to_string())?,
        }
        for entry in unseen {
            let name = tame(&entry.name);
            ui.say(&Words::new(
                format!("{name}: bản in không có chỗ ký rõ ràng, chữ ký không hiện hình"),
                format!("{name}: the form has no clear place for it, the signature is not seen"),
            ));
        }
        for entry in waiting {
            let (label, name) = (tame(&entry.label), tame(&entry.name));
            ui.say(&Words::new(
                format!("còn thiếu trong bản này: {name} ({label}), đã ký bản gốc"),
                format!("missing in this copy: {name} ({label}), who has signed the original"),
            ));
        }
        for (label, name) in unsigned {
            let label = tame(&label);
            let name = match name.as_str() {
                SEAL => Words::new("con dấu của trường", "the seal"),
                name => Words::new(tame(name), tame(name)),
            };
            ui.say(&Words::new(
                format!("bản gốc chưa có chữ ký của {} ({label})", name.vi),
                format!("the original is not signed by {} ({label})", name.en),
            ));
        }
        Ok(())
    }
}

/// The record that was asked for.
fn take(given: &str, records: &mut Records) -> Result<Record, Fault> {
    let id = RecordId::parse(given);
    let found = records
        .all
        .iter()
        .position(|record| Some(&record.id) == id.as_ref());
    if let Some(found) = found {
        return Ok(records.all.swap_remove(found));
    }
    let shown = tame(given);
    let fault = Fault::at_fault(Words::new(
        format!("kho không có hồ sơ `{shown}`"),
        format!("the repository has no record `{shown}`"),
    ));
    let near = near_miss(given, records.all.iter().map(|record| record.id.as_str()));
    Err(match near {
        Some(near) => fault.help(Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        )),
        None => fault,
    })
}

/// The signed form of a record and the signatures over it.
fn signed(
    snapshot: &Snapshot,
    school: &School,
    record: &Record,
    at: Timestamp,
) -> Result<(Version, Seals), Fault> {
    let mut findings = Vec::new();
    let (store, _) = kept::anchors(snapshot, &mut findings);
    let trust = Trust {
        school,
        store: &store,
        at,
    };
    let versions = kept::versions(snapshot, &record.id, trust, &mut findings);
    let (current, earlier) = kept::current(versions, &record.source.digest);
    let id = &record.id;
    let Some(version) = current else {
        return Err(match earlier.is_empty() {
            true => Fault::at_fault(Words::new(
                format!("`{id}` chưa ai ký; ký bản gốc trước bằng `hoso sign`"),
                format!("nobody has signed `{id}`; sign the original first with `hoso sign`"),
            )),
            false => Fault::at_fault(Words::new(
                format!("`{id}` đã được sửa sau khi ký; ký lại bản mới trước"),
                format!("`{id}` was changed after it was signed; sign the new version first"),
            )),
        });
    };
    let examination = Examination { school };
    let seals = examination.examine(record, Some(&version), &earlier, &mut findings);
    Ok((version, seals))
}

/// The signatures that hold. Of a record with one that does not, no copy is made: it would hide it.
fn holding<'a>(record: &Record, seals: &'a Seals) -> Result<Vec<&'a Seal>, Fault> {
    if seals.current.iter().any(|seal| !seal.holds()) {
        let id = &record.id;
        return Err(Fault::at_fault(Words::new(
            format!("`{id}` có chữ ký không đúng, xem `hoso verify`"),
            format!("a signature of `{id}` does not hold, see `hoso verify`"),
        )));
    }
    // A copy in other hands would not show what was said of the original since.
    if let Standing::Returned | Standing::Withdrawn | Standing::Superseded = seals.standing {
        let (id, state) = (&record.id, seals.standing.label());
        let code = seals.standing.code();
        return Err(Fault::at_fault(Words::new(
            format!("`{id}`: {state}; không xuất bản đã ký"),
            format!("`{id}` is {code}; no signed copy of it is given out"),
        )));
    }
    Ok(seals.current.iter().collect())
}

/// The fields of a copy that are signed already, once the copy has proved to be what this program
/// would have made of the form.
fn begun(
    version: &Version,
    copy: &[u8],
    entries: &[Entry],
    fields: &dyn Fn(Timestamp) -> Vec<Field>,
    school: &School,
) -> Result<Vec<usize>, Fault> {
    let begun = pades::begun(&version.pdf, copy).map_err(|error| failed(&error))?;
    let names: Vec<String> = entries.iter().map(Entry::field_name).collect();
    if begun.names != names {
        return Err(Fault::at_fault(Words::new(
            "bản này bắt đầu khi bản gốc có ít chữ ký hơn; xuất lại từ đầu",
            "this copy was begun when the original had other signatures; begin it again",
        )));
    }
    pades::rewrite(&version.pdf, copy, &begun, fields).map_err(|error| failed(&error))?;
    let mut inside = Vec::new();
    for signature in &begun.signatures {
        let facts = pades_signer(signature.signed(), signature.cms()).map_err(|fault| {
            let words = fault.words();
            Fault::at_fault(Words::new(
                format!("một chữ ký trong bản này không đúng: {}", words.vi),
                format!("a signature in this copy does not hold: {}", words.en),
            ))
        })?;
        let owner = owner(&facts, school, signature.at);
        let named = entries.get(signature.index).map(|entry| entry.who.as_str());
        if owner.as_deref() != named {
            let shown = tame(facts.subject_cn.as_deref().unwrap_or("—"));
            return Err(Fault::at_fault(Words::new(
                format!("chữ ký của «{shown}» trong bản này nằm ở ô của người khác"),
                format!("the signature of «{shown}» in this copy is in another's field"),
            )));
        }
        inside.push(signature.index);
    }
    Ok(inside)
}

/// Whose certificate this was, by the roster: a person's id, or [`SEAL`].
fn owner(facts: &CertificateFacts, school: &School, at: Timestamp) -> Option<String> {
    let day = dates::day(at);
    if school.is_seal(&facts.sha256, day) {
        return Some(SEAL.to_owned());
    }
    school
        .owner(&facts.sha256, day)
        .map(|person| person.id.clone())
}

/// Which field is signed with which key, in the order of the chain.
fn plan<'a>(
    keys: &'a [OpenKey],
    entries: &[Entry],
    school: &School,
    inside: &[usize],
    at: Timestamp,
) -> Result<Vec<(usize, &'a OpenKey)>, Fault> {
    let mut plan: Vec<(usize, &OpenKey)> = Vec::new();
    for key in keys {
        let facts = CertificateFacts::of(key.certificate());
        let facts = facts.map_err(|error| Fault::failed(error.words()))?;
        let shown = tame(facts.subject_cn.as_deref().unwrap_or("—"));
        let Some(who) = owner(&facts, school, at) else {
            let day = dates::day(at);
            return Err(Fault::at_fault(Words::new(
                format!("ngày {day} school.yaml không có chứng thư của «{shown}»"),
                format!("on {day} school.yaml has no certificate of «{shown}»"),
            )));
        };
        let mut own = (0..entries.len())
            .filter(|index| entries[*index].who == who)
            .peekable();
        if own.peek().is_none() {
            return Err(Fault::at_fault(Words::new(
                format!("«{shown}» chưa ký bản gốc của hồ sơ này nên không ký bản xuất"),
                format!("«{shown}» has not signed the original of this record, so no copy of it"),
            )));
        }
        let new = own.filter(|index| !inside.contains(index) && plan.iter().all(|p| p.0 != *index));
        let new: Vec<(usize, &OpenKey)> = new.map(|index| (index, key)).collect();
        if new.is_empty() {
            return Err(Fault::at_fault(Words::new(
                format!("bản này đã có chữ ký của «{shown}»"),
                format!("this copy has the signature of «{shown}» already"),
            )));
        }
        plan.extend(new);
    }
    plan.sort_by_key(|(index, _)| *index);
    in_order(&plan, entries, inside)?;
    Ok(plan)
}

/// Nobody signs after somebody later in the chain, and the seal comes after the signature that it
/// stands over (NĐ 30/2020, Điều 32).
fn in_order(plan: &[(usize, &OpenKey)], entries: &[Entry], inside: &[usize]) -> Result<(), Fault> {
    let first = plan.first().map_or(0, |(index, _)| *index);
    if let Some(later) = inside.iter().filter(|index| **index > first).max() {
        let name = tame(entries.get(*later).map_or("", |entry| &entry.name));
        return Err(Fault::at_fault(Words::new(
            format!("{name} ở bước sau đã ký bản này; xuất lại từ đầu để ký đúng thứ tự"),
            format!(
                "{name}, who comes later, has signed this copy; begin it again to keep the order"
            ),
        )));
    }
    let has = |index: usize| inside.contains(&index) || plan.iter().any(|(p, _)| *p == index);
    for (index, _) in plan {
        let sealed = entries.get(*index).is_some_and(|entry| entry.who == SEAL);
        if sealed && index.checked_sub(1).is_some_and(|before| !has(before)) {
            let name = tame(entries.get(index - 1).map_or("", |entry| &entry.name));
            return Err(Fault::at_fault(Words::new(
                format!("con dấu chỉ đóng sau chữ ký của {name}"),
                format!("the seal comes after the signature of {name}"),
            )));
        }
    }
    Ok(())
}

fn failed(error: &PadesError) -> Fault {
    match error {
        PadesError::Sign(_) | PadesError::Stamp(_) => Fault::failed(error.words()),
        _ => Fault::at_fault(error.words()),
    }
}
