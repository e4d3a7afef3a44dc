//! Sets one record as PDF/A-3a and PDF/UA-1: the highest levels that Typst writes into one file
//! (A-4 has no level `a`), tagged, with the source inside. Everything that could differ between two
//! runs (identifier, dates, creator) is fixed here.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use typst::foundations::Datetime;
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use typst_pdf::PdfStandard;
use typst_pdf::PdfStandards;
use typst_pdf::Timestamp;

use crate::diag::Finding;
use crate::records::Record;
use crate::render::faults;
use crate::render::world::FormWorld;

/// What the PDF says it was made with.
pub const CREATOR: &str = concat!("hoso ", env!("CARGO_PKG_VERSION"), " (Typst 0.15.1)");

/// The standards of every form, as people write them.
pub const STANDARD: &str = "PDF/A-3a, PDF/UA-1";

/// Sets the form of `record`.
///
/// # Errors
/// The layout's faults. A panic inside Typst is one too: one record must never end the run.
pub fn make(world: &FormWorld<'_>, record: &Record) -> Result<Vec<u8>, Vec<Finding>> {
    match catch_unwind(AssertUnwindSafe(|| compile(world, record))) {
        Ok(result) => result,
        Err(_) => Err(vec![faults::panicked(record)]),
    }
}

fn compile(world: &FormWorld<'_>, record: &Record) -> Result<Vec<u8>, Vec<Finding>> {
    let document: PagedDocument = typst::compile(world)
        .output
        .map_err(|errors| faults::of(world, record, &errors))?;
    let date = record.date;
    let midnight = Datetime::from_ymd_hms(
        i32::from(date.year()),
        date.month() as u8,
        date.day() as u8,
        0,
        0,
        0,
    );
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|error| vec![faults::standards(record, error.message())])?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("hoso:{}", record.id)),
        creator: Smart::Custom(Some(CREATOR.to_owned())),
        timestamp: midnight.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| faults::of(world, record, &errors))
}
