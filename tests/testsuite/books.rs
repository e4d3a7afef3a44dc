//! A bound volume as a whole: every page of every record between cover and inspections, one source.

use std::fs;

use hayro_syntax::Pdf;
use hoso::render::attached;

use crate::lab::Lab;

fn pages(pdf: &[u8]) -> usize {
    Pdf::new(pdf.to_vec()).expect("a PDF").pages().len()
}

#[test]
fn a_volume_has_every_page_of_its_records() {
    let lab = Lab::with_records();
    lab.hoso(&["build"]).ended(0);
    let folder = "out/data/ho-so/2024-2025/mg-5a";
    let forms = [
        "giao-an/2024-09-09",
        "giao-an/2024-09-16",
        "so-theo-doi-tre/2024-09",
    ];
    let bound: usize = forms
        .iter()
        .map(|form| {
            let form = lab.at(&format!("{folder}/{form}/form.pdf"));
            pages(&fs::read(form).expect("a form"))
        })
        .sum();
    let line = ["book", "mg-5a", "--thang", "2024-09", "-o", "../quyen.pdf"];
    let said = lab.hoso(&line).ended(0);
    let volume = fs::read(lab.path("quyen.pdf")).expect("a volume");
    // Cover, instructions, contents; certificate, inspections.
    assert_eq!(pages(&volume), 3 + bound + 2);
    let count = format!("3 hồ sơ, {} trang", 3 + bound + 2);
    assert!(said.stderr.contains(&count), "{}", said.stderr);
    // The records' own sources are there as supplements; the one source is the list of them.
    let source = attached::source(&volume).expect("one source");
    let source = String::from_utf8(source).expect("UTF-8");
    assert!(source.contains("\"hoso/book/1\""), "{source}");
    assert!(
        source.contains("2024-2025/mg-5a/giao-an/2024-09-16"),
        "{source}"
    );
    lab.hoso(&line).ended(0);
    let again = fs::read(lab.path("quyen.pdf")).expect("a volume");
    assert!(volume == again, "two volumes of the same records differ");
}

/// The archive leads from the code on paper to the record.
#[test]
fn a_code_leads_to_its_record() {
    let lab = Lab::with_records();
    lab.hoso(&["build"]).ended(0);
    let page = fs::read_to_string(lab.at("out/data/ma/f.html")).expect("a page of codes");
    assert!(page.contains("id=\"FHP-C7W-15K\""), "{page}");
    let href = "href=\"../ho-so/2024-2025/mg-5a/giao-an/2024-09-09/index.html\"";
    assert!(page.contains(href), "{page}");
}
