//! From what a program says of a record to findings at their line.

use serde::Deserialize;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::figures::engine::Program;
use crate::records::header;
use crate::records::parse::MAX_RECORD;
use crate::repo::Snapshot;

/// One output of `kiem-tra.jq`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Fault {
    /// JSON pointer into the header; of a book, `/records/N/…`.
    tai: String,
    #[serde(default)]
    loai: Kind,
    vi: String,
    en: String,
    sua: Option<String>,
    fix: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A typed figure disagrees with the computed one.
    SoLieu,
    /// Two books disagree.
    DoiChieu,
    /// A rule within the record.
    #[default]
    NoiDung,
}

impl Kind {
    fn code(self) -> Code {
        match self {
            Self::SoLieu => Code::FigureDisagrees,
            Self::DoiChieu => Code::BooksDisagree,
            Self::NoiDung => Code::RecordInconsistent,
        }
    }

    fn help(self) -> Words {
        match self {
            Self::SoLieu => Words::new(
                "bỏ con số đã gõ để chương trình tính, hoặc sửa số liệu gốc",
                "drop the typed figure and let it be computed, or mend what it is computed from",
            ),
            Self::DoiChieu => Words::new(
                "sửa một trong hai sổ cho khớp nhau",
                "mend one of the two books",
            ),
            Self::NoiDung => Words::new("sửa hồ sơ", "mend the record"),
        }
    }
}

/// The findings of a record from its program's outputs.
pub(super) fn findings(
    snapshot: &Snapshot,
    record: &Record,
    program: &Program,
    outputs: Vec<Value>,
) -> Vec<Finding> {
    outputs
        .into_iter()
        .map(|output| match serde_json::from_value::<Fault>(output) {
            Ok(fault) => finding(snapshot, record, fault),
            Err(error) => failed(record, program, &error.to_string()),
        })
        .collect()
}

fn finding(snapshot: &Snapshot, record: &Record, fault: Fault) -> Finding {
    let code = fault.loai.code();
    let help = match (fault.sua, fault.fix) {
        (Some(vi), Some(en)) => Words::new(tame(&vi), tame(&en)),
        _ => fault.loai.help(),
    };
    let words = Words::new(tame(&fault.vi), tame(&fault.en));
    let (path, pointer) = target(record, &fault.tai);
    let Some(path) = path else {
        return Finding::new(code, record.place(), words).help(help);
    };
    let place = Place::file(path);
    match text(snapshot, path) {
        Some(text) => {
            let place = header::locate(&text, &place, &pointer).unwrap_or(place);
            Finding::new(code, place, words).help(help).excerpt(&text)
        }
        None => Finding::new(code, place, words).help(help),
    }
}

/// Whose header a pointer leads into: the record's own, or that of a member of the book.
fn target<'a>(record: &'a Record, pointer: &str) -> (Option<&'a RepoPath>, String) {
    let member = pointer.strip_prefix("/records/").and_then(|rest| {
        let (index, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let member = record.members().get(index.parse::<usize>().ok()?)?;
        let rest = rest.strip_prefix("fields").unwrap_or(rest);
        let rest = rest.trim_start_matches('/');
        let pointer = if rest.is_empty() {
            String::new()
        } else {
            format!("/{rest}")
        };
        Some((member.path.as_ref(), pointer))
    });
    member.unwrap_or_else(|| (record.path(), pointer.to_owned()))
}

fn text(snapshot: &Snapshot, path: &RepoPath) -> Option<String> {
    let bytes = snapshot.read(path, MAX_RECORD).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.replace("\r\n", "\n"))
}

/// The program itself failed on a record.
pub(super) fn failed(record: &Record, program: &Program, error: &str) -> Finding {
    let said = tame(error);
    Finding::new(
        Code::FiguresFault,
        record.place(),
        Words::new(
            format!("`{}` không tính được: {said}", program.file),
            format!("`{}` fails: {said}", program.file),
        ),
    )
    .help(Words::new(
        "sửa số liệu của hồ sơ, hoặc sửa chương trình jq của loại hồ sơ",
        "mend the record's figures, or the kind's jq program",
    ))
}

/// The program's output is not what a form can use.
pub(super) fn not_an_object(record: &Record, program: &Program) -> Finding {
    failed(
        record,
        program,
        "kết quả phải là một đối tượng {…} / the output must be an object",
    )
}
