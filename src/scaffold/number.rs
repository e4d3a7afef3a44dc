//! `hoso number`: the next number of a series, entered in a record's header. One line of the file
//! changes; everything else keeps its bytes.

use crate::diag::Words;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::Records;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::id::RecordId;
use crate::records::numbering;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// A record with its number entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The file.
    pub path: RepoPath,
    /// What stood in it.
    pub before: Vec<u8>,
    /// What is to stand in it.
    pub after: Vec<u8>,
    /// The number.
    pub number: u32,
}

/// Why a record gets no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such record.
    #[error("no record {0}")]
    Unknown(String),
    /// Its kind has no series.
    #[error("kind {0} is not numbered")]
    NotNumbered(String),
    /// It has a number, and no other was asked for.
    #[error("{0} has number {1}")]
    HasNumber(RecordId, u32),
    /// It is signed with its number.
    #[error("{0} is signed")]
    Signed(RecordId),
    /// Its header cannot be edited line by line.
    #[error("{0} cannot be edited")]
    Header(RecordId),
}

impl Refusal {
    /// What people are told.
    pub fn words(&self) -> Words {
        match self {
            Self::Unknown(id) => Words::new(
                format!("không có hồ sơ `{id}`"),
                format!("there is no record `{id}`"),
            ),
            Self::NotNumbered(kind) => Words::new(
                format!("loại `{kind}` không lấy số (kind.yaml không có `danh-so`)"),
                format!("the kind `{kind}` takes no number (no `danh-so` in kind.yaml)"),
            ),
            Self::HasNumber(id, number) => Words::new(
                format!("`{id}` đã có số {number}; muốn lấy số khác thì thêm `--again`"),
                format!("`{id}` has number {number}; add `--again` for another one"),
            ),
            Self::Signed(id) => Words::new(
                format!("`{id}` đã được ký với số của nó; số đã ban hành không đổi được"),
                format!("`{id}` is signed with its number, which cannot change any more"),
            ),
            Self::Header(id) => Words::new(
                format!("không thêm được số vào phần đầu của `{id}`; hãy ghi bằng tay"),
                format!("the number cannot be entered in the header of `{id}`; write it by hand"),
            ),
        }
    }
}

/// Gives `ids` their numbers, in the order of their dates. With `again`, a number that two records
/// have is replaced.
///
/// # Errors
/// [`Refusal`] for the first record that gets none; then nothing is to be written.
pub fn number(
    snapshot: &Snapshot,
    records: &Records,
    ids: &[RecordId],
    again: bool,
) -> Result<Vec<Numbered>, Refusal> {
    let mut wanted = ids
        .iter()
        .map(|id| {
            let found = records.all.iter().find(|r| r.id == *id);
            found.ok_or_else(|| Refusal::Unknown(id.to_string()))
        })
        .collect::<Result<Vec<&Record>, _>>()?;
    wanted.sort_by(|a, b| a.date.cmp(&b.date).then_with(|| a.id.cmp(&b.id)));
    wanted.dedup_by(|a, b| a.id == b.id);
    let series = numbering::all(&records.school, &records.all);
    let mut given: Vec<(numbering::SeriesId, u32)> = Vec::new();
    let mut numbered = Vec::new();
    for record in wanted {
        let refused = || Refusal::NotNumbered(record.kind.id.clone());
        let of = numbering::series(&records.school, record).ok_or_else(refused)?;
        let field = &record.kind.numbering.as_ref().ok_or_else(refused)?.field;
        if numbering::is_signed(snapshot, &record.id) {
            return Err(Refusal::Signed(record.id.clone()));
        }
        if let Some(number) = numbering::number(record).filter(|_| !again) {
            return Err(Refusal::HasNumber(record.id.clone(), number));
        }
        let taken = series.get(&of).map(Vec::as_slice).unwrap_or_default();
        let after_others = given.iter().filter(|(s, _)| *s == of).map(|(_, n)| n + 1);
        let next = numbering::next(&records.school, &of, taken);
        let number = after_others.max().unwrap_or(next).max(next);
        given.push((of, number));
        let broken = || Refusal::Header(record.id.clone());
        let path = record.path().ok_or_else(broken)?.clone();
        let after = entered(&record.source.bytes, field, number).ok_or_else(broken)?;
        numbered.push(Numbered {
            path,
            before: record.source.bytes.to_vec(),
            after,
            number,
        });
    }
    Ok(numbered)
}

/// The file with the field's line replaced, or put first in the header.
fn entered(bytes: &[u8], field: &str, number: u32) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let parts = header::split(text).ok()?;
    let place = crate::diag::Place::default();
    let document = Document::read(parts.header, HEADER_LINE, &place).ok()?;
    let break_ = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let own = format!("{field}: {number}{break_}");
    let written = document.value.get(field);
    match written.and_then(|_| document.mark(&format!("/{field}"))) {
        Some((line, _)) => {
            let old = lines.get_mut(line.checked_sub(1)?)?;
            // A comment beside the number stays; anything else than `key: value` is not ours to edit.
            let (key, value) = old.split_once(':')?;
            let value = value.split('#').next()?.trim();
            if key.trim() != field || value.parse::<u32>().is_err() {
                return None;
            }
            let replaced = old.replacen(value, &number.to_string(), 1);
            *old = &replaced;
            Some(lines.concat().into_bytes())
        }
        None => {
            lines.insert(1, &own);
            Some(lines.concat().into_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Option<String> {
        let bytes = entered(text.as_bytes(), "so", 12)?;
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn one_line_changes_and_nothing_else() {
        let there = "---\r\nngay: 2024-09-09\r\nso: 7 # lấy sáng nay\r\n---\r\nso: 7\r\n";
        let want = "---\r\nngay: 2024-09-09\r\nso: 12 # lấy sáng nay\r\n---\r\nso: 7\r\n";
        assert_eq!(after(there).as_deref(), Some(want));
        assert_eq!(
            after("---\nngay: 2024-09-09\n---\n").as_deref(),
            Some("---\nso: 12\nngay: 2024-09-09\n---\n")
        );
        // A flow mapping cannot be edited by lines.
        assert_eq!(after("---\n{ngay: 2024-09-09, so: 7}\n---\n"), None);
    }
}
