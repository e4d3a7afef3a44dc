//! Reads the source out of a form: the associated file (ISO 32000-2 §14.13, ISO 19005-3 §6.8) whose
//! relationship is `Source`.

use hayro_syntax::Pdf;
use hayro_syntax::object::Array;
use hayro_syntax::object::Dict;
use hayro_syntax::object::Name;
use hayro_syntax::object::Stream;

/// The bytes of the source attached to a PDF, if there is exactly one and it can be read.
pub fn source(pdf: &[u8]) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf.to_vec()).ok()?;
    let catalog: Dict<'_> = pdf.xref().get(pdf.xref().root_id())?;
    let files: Array<'_> = catalog.get("AF")?;
    let mut sources = files.iter::<Dict<'_>>().filter(|file| {
        file.get::<Name<'_>>("AFRelationship")
            .is_some_and(|name| name.as_ref() == b"Source")
    });
    let file = sources.next()?;
    if sources.next().is_some() {
        return None;
    }
    let embedded: Dict<'_> = file.get("EF")?;
    let stream: Stream<'_> = embedded.get("F").or_else(|| embedded.get("UF"))?;
    Some(stream.decoded().ok()?.into_owned())
}
