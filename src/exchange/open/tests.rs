//! Hostile and odd tables.

use std::io::Cursor;
use std::io::Write;

use jiff::civil::Date;
use zip::CompressionMethod;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::exchange::cell::Cell;
use crate::exchange::cell::Sheet;
use crate::exchange::open::Refusal;
use crate::exchange::open::sheets;

/// A ZIP of named parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// An .xlsx with one sheet of these rows, and dates that begin in 1900 or 1904.
fn xlsx(rows: &str, since_1904: bool) -> Vec<u8> {
    let epoch = if since_1904 { "1" } else { "0" };
    packed(&[
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><workbookPr date1904=\"{epoch}\"/><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/styles.xml",
            &format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ])
}

fn only(bytes: &[u8]) -> Sheet {
    sheets(bytes).expect("a table").remove(0)
}

fn refused(bytes: &[u8]) -> Refusal {
    sheets(bytes).expect_err("a refusal")
}

#[test]
fn dates_count_from_1900_or_1904() {
    let rows = "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>43800</v></c><c r=\"B1\"><v>43800</v></c><c r=\"C1\" s=\"1\"><v>0.5</v></c></row>";
    let cells = |since| only(&xlsx(rows, since)).cells;
    assert_eq!(
        cells(false)[&(0, 0)],
        Cell::Date(Date::constant(2019, 12, 1))
    );
    assert_eq!(
        cells(true)[&(0, 0)],
        Cell::Date(Date::constant(2023, 12, 2))
    );
    assert_eq!(cells(false)[&(0, 1)], Cell::Number(43800.0));
    // A time of day is no day.
    assert!(matches!(cells(false)[&(0, 2)], Cell::Error(_)));
}

#[test]
fn a_formula_gives_the_value_that_was_saved() {
    let rows = "<row r=\"1\"><c r=\"A1\"><f>B1+1</f><v>7</v></c><c r=\"B1\" t=\"str\"><f>HYPERLINK(\"x\")</f><v>chữ</v></c><c r=\"C1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>";
    let cells = only(&xlsx(rows, false)).cells;
    assert_eq!(cells[&(0, 0)], Cell::Number(7.0));
    assert_eq!(cells[&(0, 1)], Cell::Text("chữ".to_owned()));
    assert!(matches!(cells[&(0, 2)], Cell::Error(_)));
}

#[test]
fn a_cell_at_the_end_of_the_world_is_not_laid_out() {
    let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    assert!(matches!(refused(&xlsx(rows, false)), Refusal::TooLarge(_)));
}

#[test]
fn bombs_are_told_before_they_burst() {
    let zeros = " ".repeat(140 * 1024 * 1024);
    assert!(matches!(
        refused(&packed(&[("xl/workbook.xml", &zeros)])),
        Refusal::TooLarge(_)
    ));
    let many = format!(
        "<row r=\"1\">{}</row>",
        "<c r=\"A1\"><v>1</v></c>".repeat(300_001)
    );
    assert!(matches!(refused(&xlsx(&many, false)), Refusal::TooLarge(_)));
    let lol = "<!DOCTYPE a [<!ENTITY b \"xxxx\">]><a>&b;</a>";
    assert!(matches!(
        refused(&packed(&[("xl/workbook.xml", lol)])),
        Refusal::Broken(_)
    ));
    let deep = "<a>".repeat(1000);
    assert!(matches!(
        refused(&packed(&[("xl/workbook.xml", &deep)])),
        Refusal::Broken(_)
    ));
}

fn ods(table: &str) -> Vec<u8> {
    packed(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "content.xml",
            &format!(
                "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet><table:table table:name=\"A\">{table}</table:table></office:spreadsheet></office:body></office:document-content>"
            ),
        ),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"m\"/>",
        ),
    ])
}

#[test]
fn open_documents_are_read_and_their_repetitions_counted() {
    let row = |repeats: &str| {
        format!(
            "<table:table-row><table:table-cell office:value-type=\"string\"{repeats}><text:p>Họ tên</text:p></table:table-cell><table:table-cell office:value-type=\"date\" office:date-value=\"2019-12-01\"><text:p>01/12/19</text:p></table:table-cell></table:table-row>"
        )
    };
    let sheet = only(&ods(&row("")));
    assert_eq!(sheet.cells[&(0, 0)], Cell::Text("Họ tên".to_owned()));
    assert_eq!(
        sheet.cells[&(0, 1)],
        Cell::Date(Date::constant(2019, 12, 1))
    );
    let wide = row(" table:number-columns-repeated=\"16384\"").replace(
        "<table:table-row>",
        "<table:table-row table:number-rows-repeated=\"1048576\">",
    );
    assert!(matches!(refused(&ods(&wide)), Refusal::TooLarge(_)));
    // What ends too early would be waited for.
    let cut = packed(&[(
        "content.xml",
        "<office:document-content><table:table table:name=\"A\"><table:table-row>",
    )]);
    assert!(matches!(refused(&cut), Refusal::Broken(_)));
    let locked = packed(&[
        (
            "META-INF/manifest.xml",
            "<m><manifest:encryption-data/></m>",
        ),
        ("content.xml", "x"),
    ]);
    assert_eq!(refused(&locked), Refusal::Encrypted);
}

#[test]
fn what_is_no_table_says_what_it_is() {
    assert_eq!(refused(b""), Refusal::Empty);
    assert_eq!(refused(b"\xef\xbb\xbf"), Refusal::Empty);
    assert_eq!(
        refused(b"\r\n <html xmlns:x=\"urn\"><table><tr><td>1</td></tr></table>"),
        Refusal::Html
    );
    assert_eq!(refused(b"<?xml version=\"1.0\"?><Workbook/>"), Refusal::Xml);
    assert_eq!(refused(b"H\xe4 t\xean;1"), Refusal::Encoding);
    assert_eq!(refused(&packed(&[("xl/workbook.bin", "x")])), Refusal::Xlsb);
    assert!(matches!(
        refused(&packed(&[("a.txt", "x")])),
        Refusal::Broken(_)
    ));
    assert!(matches!(
        refused(b"PK\x03\x04 and nothing more"),
        Refusal::Broken(_)
    ));
    assert!(matches!(
        refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
        Refusal::Broken(_)
    ));
    assert!(matches!(refused(b"a\0b,c"), Refusal::Broken(_)));
    for refusal in [
        Refusal::Html,
        Refusal::Encrypted,
        Refusal::Encoding,
        Refusal::Broken("x".to_owned()),
    ] {
        assert_ne!(refusal.words().vi, refusal.words().en);
        assert_ne!(refusal.help().vi, refusal.help().en);
    }
}

/// A compound file with one stream.
fn compound(name: &str, content: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(name)
        .unwrap()
        .write_all(content)
        .unwrap();
    file.into_inner().into_inner()
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

/// A cell with a number.
fn number(row: u16, column: u16) -> Vec<u8> {
    let at = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
    record(0x0203, &[&at[..], &1.0_f64.to_le_bytes()].concat())
}

#[test]
fn old_workbooks_are_counted_before_they_are_laid_out() {
    assert_eq!(
        refused(&compound("/EncryptedPackage", b"x")),
        Refusal::Encrypted
    );
    assert_eq!(
        refused(&compound("/Workbook", &record(0x002F, &[1, 0]))),
        Refusal::Encrypted
    );
    let begin = record(0x0809, &[0, 6, 5, 0, 0, 0, 0, 0]);
    let corners = [&begin[..], &number(0, 0), &number(65535, 65535)].concat();
    assert!(matches!(
        refused(&compound("/Workbook", &corners)),
        Refusal::TooLarge(_)
    ));
    let dimensions = [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 0, 0];
    let room = [&begin[..], &record(0x0200, &dimensions)].concat();
    assert!(matches!(
        refused(&compound("/Workbook", &room)),
        Refusal::TooLarge(_)
    ));
    // One long text that ten thousand cells share.
    let letters = "x".repeat(8000);
    let shared = [
        &[1, 0, 0, 0, 1, 0, 0, 0][..],
        &8000_u16.to_le_bytes(),
        &[0],
        letters.as_bytes(),
    ]
    .concat();
    let label = |row: u16| {
        record(
            0x00FD,
            &[&row.to_le_bytes()[..], &[0, 0, 0, 0, 0, 0, 0, 0]].concat(),
        )
    };
    let labels: Vec<u8> = (0..10_000).flat_map(label).collect();
    let bomb = [
        &begin[..],
        &record(0x00FC, &shared),
        &record(0x000A, &[]),
        &begin,
        &labels,
    ]
    .concat();
    assert!(matches!(
        refused(&compound("/Workbook", &bomb)),
        Refusal::TooLarge(_)
    ));
}

#[test]
fn lines_are_rows_as_excel_counts_them() {
    let text = "sep=;\n\nHọ tên;Ghi chú\n\"A;B\";\"hai\ndòng\"\n\n'=1;'x\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(),
        [b"\xff\xfe".as_slice(), &utf16].concat(),
        [b"\xfe\xff".as_slice(), &big].concat(),
        text.trim_end().replace('\n', "\r\n").into_bytes(),
    ] {
        let Ok(sheets) = sheets(&bytes) else {
            panic!("a table")
        };
        let shown: Vec<((u32, u32), String)> = sheets[0]
            .cells
            .iter()
            .map(|(at, cell)| (*at, cell.shown()))
            .collect();
        let wanted = [
            ((2, 0), "Họ tên"),
            ((2, 1), "Ghi chú"),
            ((3, 0), "A;B"),
            ((3, 1), "hai\ndòng"),
            ((5, 0), "=1"),
            ((5, 1), "'x"),
        ];
        assert_eq!(shown, wanted.map(|(at, text)| (at, text.to_owned())));
    }
    assert_eq!(only(b"a,b;c,d\n1,2;3,4\n").cells.len(), 6);
    assert_eq!(
        only("Họ tên\tNgày sinh\nA, B\t1/1/2020\n".as_bytes())
            .cells
            .len(),
        4
    );
}

mod bytes {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), head in 0..4_usize) {
            let head: &[u8] = [b"".as_slice(), b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\xff\xfe"][head];
            let _ = sheets(&[head, &bytes].concat());
            let _ = sheets(&compound("/Workbook", &bytes));
        }

        #[test]
        fn a_damaged_workbook_is_read_or_refused(at in 0..2000_usize, bit in 0..8_u32) {
            let mut bytes = xlsx("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", false);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = sheets(&bytes);
        }
    }
}
