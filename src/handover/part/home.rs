//! The first page of a part: what is there, and that it is a part.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::archive::bag::original::ORIGINAL;
use crate::archive::bag::original::Selection;
use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::Entry;
use crate::records::dates;

/// Writes it. `titles` are those of the kinds.
pub(super) fn page(
    catalogue: &Catalogue,
    titles: &BTreeMap<String, String>,
    selection: &Selection,
    school: Option<&str>,
) -> String {
    let school = text(school.unwrap_or_default());
    let year = selection
        .year
        .as_ref()
        .map(|year| format!("Năm học {year}"));
    let what: Vec<&str> = [&year, &selection.unit]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let what = text(&what.join(" · "));
    format!(
        "<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{what} – một phần của kho hồ sơ {school}</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"favicon.svg\">\n</head>\n\
         <body>\n<main id=\"noi-dung\" class=\"wrap\">\n<h1>{what}: {count} hồ sơ và sổ</h1>\n<p>{school}</p>\n\
         <p>Đây là một phần của kho lưu trữ. Phần còn lại không có ở đây, nên liên kết tới đó không mở được; bảng kê và niêm phong \
         của cả kho nằm trong thư mục <code>{ORIGINAL}</code>, cho biết mã băm của mọi tệp, kể cả tệp không có ở đây. \
         <a href=\"kiem-tra.html\">Cách kiểm tra</a>.</p>\n{lists}</main>\n</body>\n</html>\n",
        count = catalogue.records.len(),
        lists = lists(catalogue, titles),
    )
}

/// The records by year and unit, then by kind.
fn lists(catalogue: &Catalogue, titles: &BTreeMap<String, String>) -> String {
    let mut places: BTreeMap<(&str, &str), BTreeMap<&str, Vec<&Entry>>> = BTreeMap::new();
    for entry in &catalogue.records {
        let mut parts = entry.id.split('/');
        let place = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let kinds = places.entry(place).or_default();
        kinds.entry(entry.kind.as_str()).or_default().push(entry);
    }
    let mut lists = String::new();
    for ((year, unit), kinds) in places {
        let _ = writeln!(lists, "<h2>Năm học {} · {}</h2>", text(year), text(unit));
        for (kind, entries) in kinds {
            let title = titles.get(kind).map_or(kind, String::as_str);
            let _ = write!(lists, "<h3>{}</h3>\n<ul>\n", text(title));
            for entry in entries {
                let date = dates::parse(&entry.date);
                let date = date.map_or_else(|| entry.date.clone(), dates::official);
                let (id, title, date) = (text(&entry.id), text(&entry.title), text(&date));
                let _ = writeln!(
                    lists,
                    "<li><a href=\"ho-so/{id}/index.html\">{title}</a> ({date})</li>"
                );
            }
            lists.push_str("</ul>\n");
        }
    }
    lists
}

/// Text that stays text in a page.
fn text(text: &str) -> String {
    let mut out = Vec::new();
    // Memory can always be written to.
    let _ = tera::escape_html(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
