//! Reads the source out of a form: the associated file (ISO 32000-2 §14.13, ISO 19005-3 §6.8) whose
//! relationship is `Source`. The form may be anything that somebody calls one.

use std::panic::catch_unwind;

use hayro_syntax::Pdf;
use hayro_syntax::object::Array;
use hayro_syntax::object::Dict;
use hayro_syntax::object::Name;
use hayro_syntax::object::Stream;

/// Largest source as it lies in the form: what is compressed can stand for a thousand times as much.
const MAX_STORED: usize = 1024 * 1024;

/// The bytes of the source attached to a PDF, if there is exactly one and it can be read.
pub fn source(pdf: &[u8]) -> Option<Vec<u8>> {
    // One file must never end the run.
    catch_unwind(|| read(pdf)).ok().flatten()
}

fn read(pdf: &[u8]) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf.to_vec()).ok()?;
    let catalog: Dict<'_> = pdf.xref().get(pdf.xref().root_id())?;
    let files: Array<'_> = catalog.get(b"AF".as_slice())?;
    let mut sources = files.iter::<Dict<'_>>().filter(|file| {
        file.get::<Name<'_>>(b"AFRelationship".as_slice())
            .is_some_and(|name| name.as_ref() == b"Source")
    });
    let file = sources.next()?;
    if sources.next().is_some() {
        return None;
    }
    let embedded: Dict<'_> = file.get(b"EF".as_slice())?;
    let stream: Stream<'_> = embedded
        .get(b"F".as_slice())
        .or_else(|| embedded.get(b"UF".as_slice()))?;
    // A filter over a filter multiplies what little data can stand for.
    if stream.filters().len() > 1 || stream.raw_data().len() > MAX_STORED {
        return None;
    }
    Some(stream.decoded().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    /// A PDF with `AF` in its catalogue and, as object 3, a stream of `data`.
    fn pdf(af: &str, filter: &str, data: &[u8]) -> Vec<u8> {
        let file = "4 0 obj\n<</Type/Filespec/AFRelationship/Source/EF<</F 3 0 R>>>>\nendobj\n";
        let head = format!(
            "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/AF{af}>>\nendobj\n\
             2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n{file}\
             3 0 obj\n<</Length {}{filter}>>\nstream\n",
            data.len()
        );
        let tail = b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n";
        [head.as_bytes(), data, tail].concat()
    }

    #[test]
    fn one_source_is_read() {
        let one = pdf("[4 0 R]", "", b"text");
        assert_eq!(source(&one).as_deref(), Some(b"text".as_slice()));
        assert_eq!(source(&pdf("[4 0 R 4 0 R]", "", b"text")), None);
        assert_eq!(source(&pdf("[]", "", b"text")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_bytes_are_read_or_refused(
            edits in vec((any::<Index>(), any::<u8>()), 0..12),
            moved in option::of((any::<Index>(), any::<Index>())),
            rubbish in vec(any::<u8>(), 0..200),
        ) {
            let mut file = pdf("[4 0 R]", "/Filter/ASCIIHexDecode", b"3631>");
            for (at, byte) in edits {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Some((from, to)) = moved {
                let part = file.split_off(from.index(file.len()));
                let to = to.index(file.len() + 1);
                file.splice(to..to, part);
            }
            let _ = read(&file);
            let _ = read(&rubbish);
        }
    }

    #[test]
    fn deep_and_large_ones_are_refused() {
        let deep = "[".repeat(400_000) + &"]".repeat(400_000);
        assert_eq!(source(&pdf(&deep, "", b"text")), None);
        let deep = "<</AF".repeat(400_000) + &">>".repeat(400_000);
        assert_eq!(source(&pdf(&deep, "", b"text")), None);
        let large = vec![b'x'; MAX_STORED + 1];
        assert_eq!(source(&pdf("[4 0 R]", "", &large)), None);
        let twice = "/Filter[/ASCIIHexDecode/ASCIIHexDecode]";
        assert_eq!(source(&pdf("[4 0 R]", twice, b"3631>")), None);
        let once = pdf("[4 0 R]", "/Filter/ASCIIHexDecode", b"61>");
        assert_eq!(source(&once).as_deref(), Some(b"a".as_slice()));
    }
}
