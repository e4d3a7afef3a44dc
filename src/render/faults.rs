//! Typst's diagnostics → findings: the layout's file and line, and the record it happened with.

use ecow::EcoVec;
use typst::World;
use typst::WorldExt;
use typst::diag::SourceDiagnostic;
use typst::syntax::DiagSpan;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Record;
use crate::render::world::FormWorld;

/// Findings for what Typst said while setting `record`.
pub fn of(
    world: &FormWorld<'_>,
    record: &Record,
    errors: &EcoVec<SourceDiagnostic>,
) -> Vec<Finding> {
    errors
        .iter()
        .map(|error| one(world, record, error))
        .collect()
}

/// The finding that Typst itself failed.
pub fn panicked(record: &Record) -> Finding {
    fault(
        record,
        own_place(record),
        "Typst dừng đột ngột",
        "Typst panicked",
    )
}

/// The finding that the PDF standards cannot be had.
pub fn standards(record: &Record, message: &str) -> Finding {
    fault(record, own_place(record), message, message)
}

fn one(world: &FormWorld<'_>, record: &Record, error: &SourceDiagnostic) -> Finding {
    // A fault inside a shared file is shown where the kind's own form called it.
    let mut spans =
        std::iter::once(error.span).chain(error.trace.iter().map(|point| point.span.into()));
    let place = spans
        .find_map(|span| place(world, span))
        .unwrap_or_else(|| own_place(record));
    // `panic("…")` is how a form says what a schema cannot.
    let said = error.message.strip_prefix("panicked with: ");
    let said = said.map(|text| {
        text.strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .unwrap_or(text)
    });
    let message = tame(said.unwrap_or(&error.message));
    let finding = fault(record, place, &message, &message);
    match error.hints.first() {
        Some(hint) => finding.help(Words::new(tame(&hint.v), tame(&hint.v))),
        None => finding,
    }
}

fn place(world: &FormWorld<'_>, span: DiagSpan) -> Option<Place> {
    let id = span.id()?;
    let source = world.source(id).ok()?;
    let range = world.range(span)?;
    let (line, column) = source.lines().byte_to_line_column(range.start)?;
    Some(Place::raw(id.get().vpath().get_without_slash()).at(line + 1, Some(column + 1)))
}

fn own_place(record: &Record) -> Place {
    Place::raw(format!(
        "layouts/{}/{}",
        record.kind.id, record.version.file
    ))
}

fn fault(record: &Record, place: Place, vi: &str, en: &str) -> Finding {
    let id = &record.id;
    Finding::new(
        Code::FormFault,
        place,
        Words::new(
            format!("không dựng được mẫu của hồ sơ `{id}`: {vi}"),
            format!("the form of `{id}` could not be set: {en}"),
        ),
    )
}
