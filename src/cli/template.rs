//! `hoso template`: a locked .xlsx to fill in, with what is known filled in; `hoso import` reads it.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Map;
use serde_json::Value;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::export;
use crate::cli::new;
use crate::cli::ui::Ui;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::column;
use crate::exchange::roster;
use crate::exchange::template;
use crate::exchange::template::List;
use crate::exchange::template::Template;
use crate::records;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::parse::PLACEHOLDER;
use crate::records::yaml::Document;
use crate::repo::Repo;
use crate::scaffold::record;
use crate::scaffold::record::Request;

/// What `template` takes.
#[derive(Debug, clap::Args)]
pub struct TemplateArgs {
    #[arg(
        value_name = "KIND",
        help = "Loại hồ sơ, ví dụ theo-doi-suc-khoe ¦ The kind of record, such as theo-doi-suc-khoe"
    )]
    kind: String,

    #[command(flatten)]
    at: new::UnitAndDay,

    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE.xlsx",
        help = "Ghi vào tệp này (mặc định: LOẠI-ĐƠN-VỊ-NGÀY.xlsx) ¦ Write to this file (default: KIND-UNIT-DATE.xlsx)"
    )]
    out: Option<PathBuf>,
}

impl TemplateArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the request does not fit the school, or the file is there already.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let Some(records) = new::records_of(&snapshot, ui)? else {
            return Ok(Outcome::AtFault);
        };
        let date = self.at.day()?;
        let (kind, rules) = record::kind_of(&records, &self.kind).map_err(Fault::at_fault)?;
        let unit = record::unit_of(&records, kind, self.at.unit.as_deref(), date)
            .map_err(Fault::at_fault)?;
        let header = rules.fields.text();
        let title_of = |schema: &Value, name: &str| {
            let title = schema.get("title").and_then(Value::as_str);
            title.unwrap_or(name).to_owned()
        };
        let mut lists = Vec::new();
        for (field, row) in column::lists(header) {
            let own = header
                .pointer(&format!("/properties/{field}"))
                .unwrap_or(&Value::Null);
            let columns = column::of(row);
            for nested in &columns.nested {
                let (field, nested) = (tame(field), tame(nested));
                ui.say(&Words::new(
                    format!("`{field}.{nested}` là danh sách trong từng dòng, bảng không có; ghi trong tệp hồ sơ"),
                    format!("`{field}.{nested}` is a list within rows, which a table cannot hold; write it in the record's file"),
                ));
            }
            let most = own.get("maxItems").and_then(Value::as_u64);
            lists.push(List {
                field,
                title: title_of(own, field),
                columns: columns.columns,
                most: most
                    .and_then(|n| usize::try_from(n).ok())
                    .unwrap_or(usize::MAX),
            });
        }
        let request = Request {
            kind: &self.kind,
            unit: Some(&unit.id),
            date,
            name: None,
            given: &[],
            whole: None,
            person: None,
            author: None,
        };
        let mut filled = begun(&records, &request);
        for list in &lists {
            let rows = roster::rows(&records.all, &unit.id, date, &list.columns);
            filled.remove(list.field);
            if !rows.is_empty() {
                filled.insert(list.field.to_owned(), Value::Array(rows));
            }
        }
        let day = date.to_string();
        let made = template::xlsx(&Template {
            kind: &kind.id,
            title: &kind.title,
            unit: (&unit.id, &unit.ten),
            date: &day,
            head: column::of(header).columns,
            lists,
            filled: &filled,
        });
        let bytes = made.map_err(|error| export::table::unwritable(&error))?;
        let name = PathBuf::from(format!("{}-{}-{day}.xlsx", kind.id, unit.id));
        let out = self.out.as_ref().unwrap_or(&name);
        export::table::write(&cli::within(dir, out), &bytes)?;
        ui.say(&Words::new(
            "Điền xong: `hoso import` tệp này, không cần gì thêm.",
            "When it is filled in: `hoso import` this file, nothing else is needed.",
        ));
        ui.print(&out.display().to_string())?;
        Ok(Outcome::Done)
    }
}

/// What `hoso new` would fill in, without what it leaves open.
fn begun(records: &records::Records, request: &Request<'_>) -> Map<String, Value> {
    let draft = record::draft(records, &BTreeSet::new(), request);
    // A kind that asks for a name is filled in all the same, with any.
    let named = || {
        let request = Request {
            name: Some("mau"),
            ..*request
        };
        record::draft(records, &BTreeSet::new(), &request)
    };
    let Ok(draft) = draft.or_else(|_| named()) else {
        return Map::new();
    };
    let read = header::split(&draft.text).ok();
    let read = read.and_then(|parts| {
        Document::read(parts.header, HEADER_LINE, &Place::file(&draft.path)).ok()
    });
    let value = read.map(|document| document.value);
    let mut fields = value
        .and_then(|value| value.as_object().cloned())
        .unwrap_or_default();
    fields.retain(|_, value| value.as_str() != Some(PLACEHOLDER));
    fields
}
