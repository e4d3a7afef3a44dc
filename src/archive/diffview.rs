//! `thay-doi.html` beside a record's page: what each change of its text took away and put in, word by
//! word. Only where there is more than one version, and bounded: a text beyond [`LARGEST`] is not
//! compared, the oldest of more than [`VERSIONS`] versions are left out, unchanged lines are folded.

use serde::Serialize;
use serde_json::Value;
use similar::Algorithm;
use similar::ChangeTag;
use similar::TextDiff;

use crate::archive::Material;
use crate::archive::files;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::timeline;
use crate::archive::view;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::diag::Place;
use crate::records::Origin;
use crate::records::Record;
use crate::records::header;
use crate::records::kind::FormKind;
use crate::records::yaml::Document;
use crate::repo::Change;
use crate::seal::Sealed;

const TEMPLATE: &str = "changes.html";
/// The largest text that is compared.
const LARGEST: u64 = 200_000;
/// The most versions of one record that are compared.
const VERSIONS: usize = 30;
/// The most pieces that one comparison shows.
const PIECES: usize = 4_000;
/// The most lines of a text that is compared.
const LINES: usize = 5_000;
/// The most words of one changed place that are compared one by one.
const WORDS: usize = 5_000;
/// How many unchanged lines stand around a change.
const AROUND: usize = 1;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Piece {
    /// `them`, `bot`, `giu`, or `luoc` for lines left out.
    tag: &'static str,
    text: String,
}

/// What one change did.
#[derive(Serialize)]
struct Step {
    when: String,
    who: String,
    message: String,
    short: String,
    /// The fields that differ, as people call them, and the text below the header.
    places: Vec<String>,
    added: usize,
    removed: usize,
    pieces: Vec<Piece>,
    /// Why nothing is shown.
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct View {
    heading: String,
    record: Link,
    steps: Vec<Step>,
    left_out: usize,
    crumbs: Vec<Link>,
}

/// Where the page of a record's versions lies; none when there is but one version, or no way to read
/// those before.
pub fn href(material: &Material<'_>, sealed: &Sealed, pages: &Pages) -> Option<String> {
    let traced = &sealed.rendered.traced;
    let written = matches!(traced.record.source.origin, Origin::File(_));
    let earlier = versions(traced.changes());
    let [first, _, ..] = earlier[..] else {
        return None;
    };
    let readable = material.snapshot.past(first, u64::MAX).is_some();
    (written && readable && pages.has(TEMPLATE)).then(|| path(&traced.record))
}

fn path(record: &Record) -> String {
    format!("{}/thay-doi.html", files::folder(&record.id))
}

/// The different contents that a file had, oldest first.
fn versions(changes: &[Change]) -> Vec<&str> {
    let mut blobs: Vec<&str> = changes.iter().filter_map(|c| c.blob.as_deref()).collect();
    blobs.dedup();
    blobs
}

/// The page of a record's versions.
pub fn page(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    sealed: &Sealed,
) -> Option<Made> {
    let path = href(material, sealed, pages)?;
    let record = &sealed.rendered.traced.record;
    let mut before: Option<&Change> = None;
    let mut pairs: Vec<(&Change, &Change)> = Vec::new();
    for change in sealed.rendered.traced.changes() {
        if change.blob.is_none() {
            continue;
        }
        if let Some(old) = before.filter(|old| old.blob != change.blob) {
            pairs.push((old, change));
        }
        before = Some(change);
    }
    let left_out = pairs.len().saturating_sub(VERSIONS);
    let steps = pairs.iter().rev().take(VERSIONS);
    let own = View {
        heading: format!("Các lần sửa: {}", record.title),
        record: Link {
            title: record.title.clone(),
            href: files::page(&record.id),
        },
        steps: steps
            .map(|(old, new)| step(material, record, old, new))
            .collect(),
        left_out,
        crumbs: vec![
            timeline::home(),
            Link {
                title: record.title.clone(),
                href: files::page(&record.id),
            },
        ],
    };
    let title = own.heading.clone();
    let page = pages.render(TEMPLATE, common, &path, "", title, own);
    Some((path, page))
}

fn step(material: &Material<'_>, record: &Record, old: &Change, new: &Change) -> Step {
    let read = |change: &Change| {
        let bytes = material.snapshot.past(change.blob.as_deref()?, LARGEST)?;
        let text = String::from_utf8(bytes).ok()?;
        (text.lines().count() <= LINES).then_some(text)
    };
    let commit = &new.commit;
    let mut step = Step {
        when: view::civil(commit.authored.civil()),
        who: commit.author.name.clone(),
        message: commit.summary.clone(),
        short: commit.short.clone(),
        places: Vec::new(),
        added: 0,
        removed: 0,
        pieces: Vec::new(),
        note: None,
    };
    let (Some(old), Some(new)) = (read(old), read(new)) else {
        step.note = Some("Bản này quá dài hoặc không phải văn bản nên không so từng chữ.");
        return step;
    };
    if let FormKind::Record(rules) = &record.kind.form {
        step.places = places(rules.fields.text(), &old, &new);
    }
    let pieces = compare(&old, &new);
    let count = |tag: &str| {
        let own = pieces.iter().filter(|piece| piece.tag == tag);
        own.map(|piece| piece.text.split_whitespace().count()).sum()
    };
    (step.added, step.removed) = (count("them"), count("bot"));
    if pieces.len() > PIECES {
        step.note = Some("Bản này khác gần như toàn bộ; chỉ hiện phần đầu.");
    } else if step.added + step.removed == 0 {
        step.note = Some("Chỉ khác khoảng trắng hoặc dấu xuống dòng.");
    }
    step.pieces = pieces.into_iter().take(PIECES).collect();
    step
}

/// Which fields of the header differ, by their titles, and whether the text below it does.
fn places(schema: &Value, old: &str, new: &str) -> Vec<String> {
    let read = |text: &'_ str| {
        let parts = header::split(text).ok()?;
        let place = Place::raw("");
        let value = Document::read(parts.header, 1, &place).ok()?.value;
        Some((value.as_object()?.clone(), parts.body.to_owned()))
    };
    let (Some((old, old_body)), Some((new, new_body))) = (read(old), read(new)) else {
        return Vec::new();
    };
    let mut keys: Vec<&String> = new.keys().collect();
    keys.extend(old.keys().filter(|key| !new.contains_key(*key)));
    let named = |key: &String| {
        let own = schema.get("properties").and_then(|all| all.get(key));
        let title = own.and_then(|own| own.get("title")).and_then(Value::as_str);
        title.unwrap_or(key).to_owned()
    };
    let mut places: Vec<String> = keys
        .into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(named)
        .collect();
    if old_body.trim() != new_body.trim() {
        places.push("Phần lời".to_owned());
    }
    places
}

/// Two texts word by word, unchanged lines far from a change left out.
fn compare(old: &str, new: &str) -> Vec<Piece> {
    // Lines first: comparing words across a whole text would find chance matches, and take long. Bounds
    // are counts and never a deadline: what a page says must not depend on how fast the machine is.
    let lines = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(old, new);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut last = 0;
    for group in lines.grouped_ops(AROUND) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        if start > last {
            push(
                &mut pieces,
                "luoc",
                &format!("{} dòng không đổi", start - last),
            );
        }
        for op in &group {
            last = op.old_range().end;
            let text = |tag: ChangeTag| -> String {
                let own = lines.iter_changes(op).filter(|change| change.tag() == tag);
                own.map(|change| change.value().to_owned()).collect()
            };
            let (gone, come) = (text(ChangeTag::Delete), text(ChangeTag::Insert));
            push(&mut pieces, "giu", &text(ChangeTag::Equal));
            let most = gone.split_whitespace().count() + come.split_whitespace().count();
            if gone.is_empty() || come.is_empty() || most > WORDS {
                push(&mut pieces, "bot", &gone);
                push(&mut pieces, "them", &come);
                continue;
            }
            for change in TextDiff::from_words(&gone, &come).iter_all_changes() {
                let tag = match change.tag() {
                    ChangeTag::Delete => "bot",
                    ChangeTag::Insert => "them",
                    ChangeTag::Equal => "giu",
                };
                push(&mut pieces, tag, change.value());
            }
        }
    }
    let rest = old.lines().count().saturating_sub(last);
    if rest > 0 {
        push(&mut pieces, "luoc", &format!("{rest} dòng không đổi"));
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, tag: &'static str, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.tag == tag => last.text.push_str(text),
        _ => pieces.push(Piece {
            tag,
            text: text.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(old: &str, new: &str) -> Vec<(&'static str, String)> {
        let pieces = compare(old, new).into_iter();
        pieces.map(|piece| (piece.tag, piece.text)).collect()
    }

    #[test]
    fn changed_fields_go_by_their_titles() {
        let schema = serde_json::json!({"properties": {"a": {"title": "Chủ đề"}}});
        let old = "---\na: 1\nb: 2\nc: 3\n---\nlời\n";
        let new = "---\na: 2\nb: 2\n---\n\nlời\n";
        assert_eq!(places(&schema, old, new), ["Chủ đề", "c"]);
        assert_eq!(
            places(&schema, old, &old.replace("lời", "nói")),
            ["Phần lời"]
        );
        assert!(places(&schema, old, "không có phần đầu").is_empty());
    }

    #[test]
    fn words_are_told_and_not_whole_lines() {
        let old = "a\nb\nc\nd\nTrẻ ngồi theo hàng ngang.\ne\nf\ng\n";
        let new = "a\nb\nc\nd\nTrẻ ngồi theo vòng cung.\ne\nf\ng\n";
        let expected = [
            ("luoc", "3 dòng không đổi"),
            ("giu", "d\nTrẻ ngồi theo "),
            ("bot", "hàng"),
            ("them", "vòng"),
            ("giu", " "),
            ("bot", "ngang."),
            ("them", "cung."),
            ("giu", "\ne\n"),
            ("luoc", "2 dòng không đổi"),
        ];
        let expected: Vec<_> = expected.map(|(t, s)| (t, s.to_owned())).to_vec();
        assert_eq!(said(old, new), expected);
    }

    #[test]
    fn what_is_only_added_or_only_removed_is_so() {
        assert_eq!(
            said("a\n", "a\nb\n"),
            [("giu", "a\n".to_owned()), ("them", "b\n".to_owned())]
        );
        assert_eq!(
            said("a\nb\n", "a\n"),
            [("giu", "a\n".to_owned()), ("bot", "b\n".to_owned())]
        );
        assert!(said("a\n", "a\n").iter().all(|(tag, _)| *tag == "luoc"));
        assert!(said("", "").is_empty());
    }

    #[test]
    fn both_texts_can_be_read_back() {
        let old = "---\nx: 1\n---\n<del>không</del>\n\nmột hai\n";
        let new = "---\nx: 2\n---\n<ins>có</ins>\nmột  hai ba";
        let pieces = said(old, new);
        let back = |skip: &str| -> String {
            let own = pieces
                .iter()
                .filter(|(tag, _)| *tag != skip && *tag != "luoc");
            own.map(|(_, text)| text.as_str()).collect()
        };
        assert!(old.ends_with(&back("them")));
        assert!(new.ends_with(&back("bot")));
    }
}
