//! The whole repository judged with the draft in it, and what is new of it led back to the table.

use crate::cli::exit::Fault;
use crate::cli::import::Ground;
use crate::cli::import::plan::Plan;
use crate::cli::import::put::Draft;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Words;
use crate::exchange::intake::Spot;
use crate::records;

/// What `check` would find that it does not find without the draft.
pub(super) fn findings(
    ground: Ground,
    draft: &Draft,
    plan: &Plan,
    spot: &Spot,
) -> Result<Vec<Finding>, Fault> {
    let bytes = draft.text.clone().into_bytes();
    let snapshot = ground.snapshot.with_draft(draft.path.clone(), bytes);
    let mut after = Report::default();
    let _ = after.take(records::read(&snapshot));
    let new = after.new_since(&ground.before).into_iter();
    Ok(new
        .map(|finding| led(finding.clone(), draft, plan, spot))
        .collect())
}

/// A finding about the draft, at the cell that the value came from.
fn led(finding: Finding, draft: &Draft, plan: &Plan, spot: &Spot) -> Finding {
    if finding.place.file != draft.path.as_str() {
        return finding;
    }
    let Some(field) = finding.place.field.clone() else {
        return finding;
    };
    let at = |place| Finding {
        place,
        excerpt: None,
        help: help(&finding),
        ..finding.clone()
    };
    for (list, taken) in &plan.lists {
        let Some((index, rest)) = item(&field, list) else {
            continue;
        };
        let placed = draft.rows.iter().find(|(name, _)| name == list);
        let row = match placed {
            Some((_, rows)) => rows.iter().position(|at| *at == index),
            None => Some(index),
        };
        if let Some((row, cell)) = row.and_then(|row| taken.place(row, rest)) {
            return at(spot.at(&taken.sheet, Some(row), &cell));
        }
    }
    let of_head = plan.head.iter().find(|(name, ..)| {
        field == *name
            || field
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with('['))
    });
    match of_head {
        Some((_, sheet, row, cell)) => at(spot.at(sheet, Some(*row), cell)),
        None => finding,
    }
}

/// How a cell is mended, where the record's own way is to write a line.
fn help(finding: &Finding) -> Option<Words> {
    match (finding.code, &finding.help) {
        (Code::FieldMissing, _) => Some(Words::new("điền vào ô này", "fill in this cell")),
        (Code::FieldInvalid, None) => Some(Words::new(
            "sửa ô này; cột mã số, điện thoại định dạng là Chữ (Text) để giữ số 0 ở đầu",
            "mend this cell; columns of codes and telephones are formatted as text, to keep the zeros before them",
        )),
        (_, help) => help.clone(),
    }
}

/// `tre[3].cha.ten` of the list `tre`: 2 and `cha.ten`.
fn item<'a>(field: &'a str, list: &str) -> Option<(usize, &'a str)> {
    let (number, rest) = field
        .strip_prefix(list)?
        .strip_prefix('[')?
        .split_once(']')?;
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    Some((index, rest.strip_prefix('.').unwrap_or(rest)))
}
