//! The page of one record.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::actview;
use crate::archive::actview::ActView;
use crate::archive::actview::Replaced;
use crate::archive::charts;
use crate::archive::charts::Chart;
use crate::archive::codes;
use crate::archive::diffview;
use crate::archive::evidence as own_evidence;
use crate::archive::fields;
use crate::archive::fields::FieldView;
use crate::archive::files;
use crate::archive::files::Shown;
use crate::archive::kit;
use crate::archive::lists;
use crate::archive::pages::Pages;
use crate::archive::proof;
use crate::archive::signatureview::SignatureView;
use crate::archive::view;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::archive::view::State;
use crate::diag::Finding;
use crate::records::Record;
use crate::records::dates;
use crate::records::evidence;
use crate::records::header;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::FormOrigin;
use crate::render::kept::Version;
use crate::render::pdf::STANDARD;
use crate::repo::Action;
use crate::repo::Change;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::seal::order;
use crate::seal::standing::Standing;
use crate::sign::Act;
use crate::spool::Blob;

#[derive(Serialize)]
struct View<'a> {
    record: RecordInfo<'a>,
    locked: Vec<Link>,
    state: State,
    form: FormView,
    fields: Vec<FieldView>,
    body_text: Option<String>,
    steps: Vec<StepView>,
    acts: Vec<ActView>,
    ended: Option<ActView>,
    replaces: Vec<Link>,
    history: Vec<HistoryView>,
    uncommitted: bool,
    charts: Vec<Chart>,
    changes: Option<String>,
    evidence: Vec<String>,
    proof: Vec<proof::Link>,
    kit: kit::View,
    downloads: Vec<Download>,
    superseded: Vec<SupersededView>,
    records: Vec<&'a Row>,
    previous: Option<Link>,
    next: Option<Link>,
    crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct RecordInfo<'a> {
    id: &'a str,
    title: &'a str,
    kind: &'a str,
    kind_title: &'a str,
    unit_name: &'a str,
    year: &'a str,
    date: String,
    number: Option<u8>,
    form_version: u32,
    form_source: Option<&'a str>,
    form_note: Option<&'a str>,
    is_book: bool,
    personal: bool,
    code: String,
    code_href: String,
    closed: Option<ClosedView>,
}

#[derive(Serialize)]
struct ClosedView {
    date: String,
    by: String,
}

#[derive(Serialize)]
struct FormView {
    pdf: String,
    sha256: String,
    size: String,
    pages: Vec<PageView>,
    origin: &'static str,
    standard: &'static str,
}

#[derive(Serialize)]
struct PageView {
    href: String,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct StepView {
    step: String,
    label: String,
    people: Vec<PersonView>,
    state: &'static str,
    signatures: Vec<SignatureView>,
}

#[derive(Serialize)]
struct PersonView {
    name: String,
    title: String,
}

#[derive(Serialize)]
struct HistoryView {
    commit: String,
    short: String,
    author: String,
    email: String,
    when: String,
    message: String,
    action: String,
    from: Option<String>,
    /// The file of an act; none for a commit.
    act: Option<String>,
    #[serde(skip)]
    at: Timestamp,
}

/// A file of a record.
#[derive(Serialize)]
pub(super) struct Download {
    href: String,
    name: String,
    size: String,
    sha256: String,
}

#[derive(Serialize)]
struct SupersededView {
    sha256: String,
    href: String,
    note: String,
    signatures: Vec<SignatureView>,
    acts: Vec<ActView>,
}

/// Everything of the archive that the page of one record may speak of.
pub struct All<'a> {
    /// The records.
    pub sealed: &'a [Sealed],
    /// What is shown of each.
    pub shown: &'a [Shown],
    /// Each as a row.
    pub rows: &'a [Row],
    /// The closed books by the records that they hold.
    pub locks: &'a Locks,
    /// The records replaced, by the one that replaces them.
    pub replaced: &'a Replaced,
    /// The title of every record.
    pub titles: &'a BTreeMap<RecordId, String>,
}

/// Record id → the closed books that hold it.
pub type Locks = BTreeMap<RecordId, Vec<Link>>;

/// Which closed books hold which records.
pub fn locks(sealed: &[Sealed]) -> Locks {
    let mut locks = Locks::new();
    let books = sealed.iter().map(|one| &one.rendered.traced.record);
    for book in books.filter(|book| book.closing().is_some()) {
        for member in book.members() {
            locks.entry(member.id.clone()).or_default().push(Link {
                title: book.title.clone(),
                href: files::page(&book.id),
            });
        }
    }
    locks
}

/// Renders the page of the record at `index`.
pub fn page(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    all: &All<'_>,
    index: usize,
) -> (String, Result<String, Box<Finding>>) {
    let All {
        sealed,
        shown,
        rows,
        locks,
        replaced,
        titles,
    } = *all;
    let context = actview::Context {
        school: &material.records.school,
        titles,
    };
    let one = &sealed[index];
    let record = &one.rendered.traced.record;
    let path = files::page(&record.id);
    let beside = |other: Option<usize>| {
        let row = rows.get(other?)?;
        (row.kind == record.kind.id && row.unit == record.unit.id).then(|| Link {
            title: row.title.clone(),
            href: row.href.clone(),
        })
    };
    let view = View {
        record: info(record, &material.records.school),
        locked: locks.get(&record.id).cloned().unwrap_or_default(),
        state: lists::state(one.seals.standing),
        form: form(one, &shown[index]),
        fields: fields::of(record, &material.records.school),
        body_text: body(record),
        steps: steps(one),
        history: history(one, &context),
        acts: context.all(record, &one.seals.acts, &files::folder(&record.id)),
        ended: one
            .seals
            .deciding()
            .map(|act| context.one(record, act, &folder_of(one, act))),
        replaces: replaced.get(&record.id).cloned().unwrap_or_default(),
        charts: charts::of(record),
        changes: diffview::href(material, one, pages),
        evidence: match own_evidence::exists(pages) {
            true => evidence::of(record)
                .iter()
                .map(ToString::to_string)
                .collect(),
            false => Vec::new(),
        },
        uncommitted: one.rendered.traced.changes().is_empty(),
        proof: proof::chain(material, one),
        kit: kit::View::of(&record.id),
        downloads: downloads(one),
        superseded: superseded(one, &context),
        records: members(record, rows),
        previous: beside(index.checked_sub(1)),
        next: beside(Some(index + 1)),
        crumbs: crumbs(record),
    };
    let page = pages.render("record.html", common, &path, "", record.title.clone(), view);
    (path, page)
}

fn info<'a>(record: &'a Record, school: &School) -> RecordInfo<'a> {
    let code = record.id.code();
    RecordInfo {
        id: record.id.as_str(),
        title: &record.title,
        kind: &record.kind.id,
        kind_title: &record.kind.title,
        unit_name: &record.unit.ten,
        year: record.id.year(),
        date: dates::official(record.date),
        number: Some(record.kind.number).filter(|n| *n > 0),
        form_version: record.version.version,
        form_source: record.version.source.as_deref(),
        form_note: record.version.note.as_deref(),
        is_book: record.kind.is_book(),
        personal: record
            .kind
            .personal
            .iter()
            .any(|key| record.fields.contains_key(key)),
        closed: record.closing().map(|closing| ClosedView {
            date: dates::official(closing.date),
            by: school
                .person(&closing.by)
                .map_or_else(|| closing.by.clone(), |person| person.ten.clone()),
        }),
        code_href: codes::href(&code),
        code,
    }
}

fn form(sealed: &Sealed, shown: &Shown) -> FormView {
    let id = &sealed.rendered.traced.record.id;
    let form = &sealed.rendered.form;
    let pages = shown
        .pages
        .iter()
        .enumerate()
        .map(|(index, picture)| PageView {
            href: files::page_picture(id, index + 1),
            width: picture.width,
            height: picture.height,
        });
    FormView {
        pdf: files::form(id),
        sha256: form.digest().to_string(),
        size: view::size(form.pdf.len()),
        pages: pages.collect(),
        origin: match form.origin {
            FormOrigin::Kept(_) => "kept",
            FormOrigin::Set => "set",
        },
        standard: STANDARD,
    }
}

/// The text below the header, as written.
pub(super) fn body(record: &Record) -> Option<String> {
    // A book that was not closed has no text of its own.
    record.path()?;
    let text = std::str::from_utf8(&record.source.bytes).ok()?;
    let body = header::split(text).ok()?.body.trim();
    (!body.is_empty()).then(|| body.to_owned())
}

fn steps(sealed: &Sealed) -> Vec<StepView> {
    let record = &sealed.rendered.traced.record;
    let all: Vec<&Seal> = sealed.seals.current.iter().collect();
    let next = (0..record.steps.len()).find(|i| !order::is_complete(record, &all, *i));
    let deciding = sealed.seals.deciding();
    let returned = deciding
        .filter(|a| a.act() == Act::Return)
        .and_then(|a| a.step);
    let folder = files::folder(&record.id);
    record
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let own: Vec<&Seal> = all
                .iter()
                .copied()
                .filter(|s| s.step == Some(index))
                .collect();
            let state = if own.iter().any(|s| !s.holds()) {
                "faulty"
            } else if order::is_complete(record, &all, index) {
                "done"
            } else if returned == Some(index) {
                "returned"
            } else if sealed.seals.standing.act().is_some() {
                "stopped"
            } else if next == Some(index) && sealed.seals.standing != Standing::Faulty {
                "waiting"
            } else {
                "later"
            };
            StepView {
                step: step.step.clone(),
                label: step.label.clone(),
                people: step
                    .people
                    .iter()
                    .map(|p| PersonView {
                        name: p.name.clone(),
                        title: p.title.clone(),
                    })
                    .collect(),
                state,
                signatures: own
                    .into_iter()
                    .map(|seal| SignatureView::of(record, seal, &folder))
                    .collect(),
            }
        })
        .collect()
}

/// Where the file of an act lies.
fn folder_of(sealed: &Sealed, act: &Seal) -> String {
    let id = &sealed.rendered.traced.record.id;
    let own = |version: &&Version<Blob>| act.file.path.starts_with(version.folder.as_str());
    match sealed.rendered.superseded.iter().find(own) {
        Some(version) => files::superseded(id, version),
        None => files::folder(id),
    }
}

/// The commits, newest first, with the acts where their time puts them.
fn history(sealed: &Sealed, context: &actview::Context<'_>) -> Vec<HistoryView> {
    let traced = &sealed.rendered.traced;
    let mut all: Vec<HistoryView> = traced.changes().iter().rev().map(change).collect();
    for act in sealed.seals.all_acts() {
        let view = context.one(&traced.record, act, &folder_of(sealed, act));
        let Some(at) = view.at else { continue };
        let place = all.iter().position(|h| h.at <= at).unwrap_or(all.len());
        let line = HistoryView {
            commit: String::new(),
            short: String::new(),
            author: view.who,
            email: String::new(),
            when: view.when.unwrap_or_default(),
            message: view.reason.unwrap_or_default(),
            action: view.label,
            from: None,
            act: Some(view.href),
            at,
        };
        all.insert(place, line);
    }
    all
}

fn change(change: &Change) -> HistoryView {
    let commit = &change.commit;
    let (action, from) = match &change.action {
        Action::Added => ("Tạo", None),
        Action::Modified => ("Sửa", None),
        Action::Deleted => ("Xóa", None),
        Action::Renamed { from } => ("Đổi tên", Some(from.to_string())),
    };
    HistoryView {
        commit: commit.id.clone(),
        short: commit.short.clone(),
        author: commit.author.name.clone(),
        email: commit.author.email.clone(),
        when: view::civil(commit.authored.civil()),
        message: commit.summary.clone(),
        action: action.to_owned(),
        from,
        act: None,
        at: commit.authored.time,
    }
}

/// The files of a record: form, text, signatures, acts.
pub(super) fn downloads(sealed: &Sealed) -> Vec<Download> {
    let record = &sealed.rendered.traced.record;
    let form = &sealed.rendered.form;
    let folder = files::folder(&record.id);
    let item = |name: &str, octets: usize, sha256: String| Download {
        href: format!("{folder}/{name}"),
        name: name.to_owned(),
        size: view::size(octets),
        sha256,
    };
    let mut all = vec![
        item("form.pdf", form.pdf.len(), form.digest().to_string()),
        item(
            &record.source_name(),
            record.source.bytes.len(),
            record.source.digest.to_string(),
        ),
    ];
    let seals = sealed.seals.current.iter().chain(&sealed.seals.acts);
    let files = seals.map(|seal| &seal.file);
    all.extend(files.map(|file| {
        item(
            file.path.file_name(),
            file.bytes.len(),
            file.digest.to_string(),
        )
    }));
    all
}

fn superseded(sealed: &Sealed, context: &actview::Context<'_>) -> Vec<SupersededView> {
    let record = &sealed.rendered.traced.record;
    let view = |((version, seals), acts): ((&Version<Blob>, &Vec<Seal>), &Vec<Seal>)| {
        let folder = files::superseded(&record.id, version);
        SupersededView {
            sha256: version.digest.to_string(),
            href: format!("{folder}/form.pdf"),
            note: "Bản đã ký trước khi văn bản được sửa; giữ nguyên, không thay thế.".to_owned(),
            signatures: seals
                .iter()
                .map(|seal| SignatureView::of(record, seal, &folder))
                .collect(),
            acts: context.all(record, acts, &folder),
        }
    };
    sealed
        .rendered
        .superseded
        .iter()
        .zip(&sealed.seals.superseded)
        .zip(&sealed.seals.superseded_acts)
        .map(view)
        .collect()
}

fn members<'a>(record: &Record, rows: &'a [Row]) -> Vec<&'a Row> {
    record
        .members()
        .iter()
        .filter_map(|m| rows.iter().find(|row| row.id == m.id.as_str()))
        .collect()
}

fn crumbs(record: &Record) -> Vec<Link> {
    vec![
        Link {
            title: "Trang chủ".to_owned(),
            href: "index.html".to_owned(),
        },
        Link {
            title: record.unit.ten.clone(),
            href: format!("don-vi/{}.html", record.unit.id),
        },
        Link {
            title: record.kind.title.clone(),
            href: format!("loai/{}.html", record.kind.id),
        },
    ]
}
