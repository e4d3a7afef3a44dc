//! The pages. Their templates come with the program, never out of a repository: what a page about
//! signing says must not be for others to choose. Everything but `progress` works without scripts.

use std::sync::LazyLock;

use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;
use serde_json::json;
use tera::Context;
use tera::Tera;

use crate::archive::actview;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::repo::Exchanged;
use crate::signpage::listing::Item;
use crate::signpage::listing::Listing;
use crate::signpage::listing::Pin;
use crate::signpage::state::Progress;
use crate::signpage::state::Trouble;
use crate::signpage::work::Outcome;
use crate::signpage::work::REASON;

pub(super) const STYLE: &str = include_str!("page.css");
pub(super) const SCRIPT: &str = include_str!("page.js");
pub(super) const ICON: &str = include_str!("../../layouts/site/favicon.svg");

static TEMPLATES: LazyLock<Result<Tera, tera::Error>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.add_raw_templates([
        ("base.html", include_str!("base.html")),
        ("trouble.html", include_str!("trouble.html")),
        ("list.html", include_str!("list.html")),
        ("view.html", include_str!("view.html")),
        ("wait.html", include_str!("wait.html")),
        ("done.html", include_str!("done.html")),
        ("who.html", include_str!("who.html")),
        ("word.html", include_str!("word.html")),
    ])?;
    Ok(tera)
});

fn page(template: &str, own: &Value) -> Response {
    let rendered = TEMPLATES.as_ref().ok().and_then(|tera| {
        let context = Context::from_serialize(own).ok()?;
        tera.render(template, &context).ok()
    });
    // The templates are part of the program, and a test renders each.
    let text = rendered.unwrap_or_else(|| "hoso".to_owned());
    Html(text).into_response()
}

/// A page with one thing to say.
fn word(title: &str, lines: &[&str], command: Option<&str>) -> Response {
    let own = json!({ "title": title, "lines": lines, "command": command });
    page("word.html", &own)
}

/// For whoever has no cookie.
pub(super) fn door(used: bool) -> Response {
    let first = match used {
        true => "Liên kết này đã được dùng rồi, hoặc không phải của lần chạy này.",
        false => "Trang ký đang chạy trên máy này, nhưng trình duyệt này chưa được mở khóa.",
    };
    let lines = [
        first,
        "Hãy mở liên kết mà cửa sổ lệnh đã in ra (bắt đầu bằng http://127.0.0.1). Mỗi liên kết chỉ mở được một lần, trong một trình duyệt.",
        "Nếu không còn thấy liên kết ấy: đóng cửa sổ lệnh rồi chạy lại:",
    ];
    word(
        "Cần mở từ liên kết",
        &lines,
        Some("hoso sign --page --key KHÓA"),
    )
}

/// While the page asks itself again.
pub(super) fn moment() -> Response {
    word(
        "Đang mở…",
        &["Nếu trang không tự chuyển, hãy bấm vào dòng “Trang ký” ở trên."],
        None,
    )
}

/// A form that is none of this run.
pub(super) fn old() -> Response {
    let lines = [
        "Trang vừa gửi đã cũ: chương trình đã chạy lại, hoặc danh sách đã được tải lại nhiều lần.",
        "Chưa làm gì với khóa của anh/chị. Hãy về danh sách và làm lại.",
    ];
    word("Trang đã cũ", &lines, None)
}

pub(super) fn closed() -> Response {
    let lines = ["Chương trình đã dừng. Có thể đóng trang này; rút token nếu không dùng nữa."];
    let own = json!({ "title": "Đã xong", "lines": lines, "closed": true });
    page("word.html", &own)
}

pub(super) fn who(people: &[(String, String)], ticket: &str) -> Response {
    let people: Vec<Value> = people
        .iter()
        .map(|(id, name)| json!({ "id": id, "name": tame(name) }))
        .collect();
    page(
        "who.html",
        &json!({ "title": "Anh/chị là ai?", "people": people, "nonce": ticket }),
    )
}

pub(super) fn trouble(trouble: &Trouble) -> Response {
    let own = json!({
        "title": "Chưa đọc được hồ sơ chờ ký",
        "trouble": shown_trouble(trouble),
        "again": true,
    });
    page("word.html", &own)
}

pub(super) fn wait(progress: &Progress, nonce: Option<&str>) -> Response {
    let own = json!({
        "title": "Đang làm",
        "words": progress.words,
        "done": progress.done,
        "total": progress.total,
        "nonce": nonce,
    });
    page("wait.html", &own)
}

pub(super) fn view(item: &Item, pages: usize) -> Response {
    let own = json!({
        "title": tame(&item.turn.traced.record.title),
        "item": shown_item(item),
        "pages": (0..pages).collect::<Vec<_>>(),
    });
    page("view.html", &own)
}

pub(super) fn list(listing: &Listing, ticket: &str) -> Response {
    let items: Vec<Value> = listing
        .items()
        .iter()
        .map(|item| shown_item(item))
        .collect();
    let others: Vec<String> = listing
        .others
        .iter()
        .map(|(code, count)| format!("{count} {}", reason(code)))
        .collect();
    let (pin, last, never) = match &listing.pin {
        Pin::Asked(words) => (words.as_ref().map(|w| sentence(&w.vi)), None, None),
        Pin::Last(words) => (None, Some(sentence(&words.vi)), None),
        Pin::Never(words) => (None, None, Some(sentence(&words.vi))),
    };
    let own = json!({
        "title": format!("Hồ sơ chờ tôi ký ({})", items.len()),
        "who": listing.who.name,
        "items": items,
        "others": others.join(", "),
        "notes": listing.notes.iter().map(|w| sentence(&w.vi)).collect::<Vec<_>>(),
        "pin_warning": pin,
        "pin_last": last,
        "pin_never": never,
        "secret": listing.secret.0,
        "secret_needed": listing.secret.1,
        "shared": shared(&listing.shared, false),
        "unsent": matches!(listing.shared, Exchanged::Ahead { .. }),
        "at": moment_of(listing.at),
        "nonce": ticket,
    });
    page("list.html", &own)
}

pub(super) fn done(outcome: &Outcome, ticket: &str) -> Response {
    let lines = |all: &[(String, String)]| -> Vec<Value> {
        let line = |(id, title): &(String, String)| json!({ "id": id, "title": tame(title) });
        all.iter().map(line).collect()
    };
    let (signed, returned) = (outcome.signed.len(), outcome.returned.len());
    let title = match (signed, returned, &outcome.trouble) {
        (_, _, Some(_)) => "Chưa ký được".to_owned(),
        (0, 0, None) => "Gửi về kho chung".to_owned(),
        (0, _, None) => format!("Đã trả lại {returned} hồ sơ"),
        (_, 0, None) => format!("Đã ký {signed} hồ sơ"),
        _ => format!("Đã ký {signed}, trả lại {returned} hồ sơ"),
    };
    let unsent = outcome
        .shared
        .as_ref()
        .is_some_and(|shared| !matches!(shared, Exchanged::Equal | Exchanged::NoRemote));
    let commit = outcome.commit.as_ref();
    let own = json!({
        "title": title,
        "signed": lines(&outcome.signed),
        "returned": lines(&outcome.returned),
        "left": outcome.not.iter().map(|w| sentence(&w.vi)).collect::<Vec<_>>(),
        "notes": outcome.notes.iter().map(|w| sentence(&w.vi)).collect::<Vec<_>>(),
        "resumed": outcome.resumed,
        "trouble": outcome.trouble.as_ref().map(shown_trouble),
        "commit": commit.map(|id| id.chars().take(10).collect::<String>()),
        "shared": outcome.shared.as_ref().map(|shown| shared(shown, true)),
        "unsent": unsent,
        "nonce": ticket,
    });
    page("done.html", &own)
}

fn shown_trouble(trouble: &Trouble) -> Value {
    json!({
        "words": sentence(&trouble.words.vi),
        "help": trouble.help.as_ref().map(|help| sentence(&help.vi)),
        "more": trouble.more.iter().map(|w: &Words| sentence(&w.vi)).collect::<Vec<_>>(),
    })
}

fn shown_item(item: &Item) -> Value {
    let record = &item.turn.traced.record;
    let before: Vec<Value> = item
        .before
        .iter()
        .map(|(step, name, when)| {
            json!({ "step": step, "name": tame(name), "when": when.map(moment_of) })
        })
        .collect();
    json!({
        "id": record.id.as_str(),
        "title": tame(&record.title),
        "kind": record.kind.title,
        "unit": record.unit.ten,
        "date": record.date.strftime("%d/%m/%Y").to_string(),
        "step": record.steps[item.turn.step].label,
        "capacity": actview::role(&item.turn.statement.capacity),
        "digest": item.digest.to_string(),
        "before": before,
        "notes": item.notes.iter().map(|w| sentence(&w.vi)).collect::<Vec<_>>(),
        "ticked": item.ticked,
        "returnable": item.returnable,
        "reason": format!("{REASON}{}", record.id),
    })
}

/// How the shared repository stands, and whether somebody has to look after it.
fn shared(exchanged: &Exchanged, sent: bool) -> Value {
    let (good, text) = match exchanged {
        Exchanged::NoRemote if sent => (true, "Kho này không có kho chung để gửi.".to_owned()),
        Exchanged::NoRemote => (true, String::new()),
        Exchanged::Equal if sent => (true, "Đã gửi về kho chung.".to_owned()),
        Exchanged::Equal => (true, "Đã lấy bản mới nhất từ kho chung.".to_owned()),
        Exchanged::Ahead { count } => (
            false,
            format!("Chưa gửi được: còn {count} lần ghi chỉ có trên máy này."),
        ),
        Exchanged::Offline { .. } if sent => (
            false,
            "Chưa gửi được: không tới được kho chung. Chữ ký đã nằm trong kho trên máy này, không mất; khi có mạng hãy bấm “Gửi lại”.".to_owned(),
        ),
        Exchanged::Offline { .. } => (
            false,
            "Không tới được kho chung; danh sách là của bản trên máy này.".to_owned(),
        ),
        Exchanged::Refused { .. } => (
            false,
            "Chưa gửi được: kho chung không nhận. Chữ ký vẫn còn trong kho trên máy này; báo người phụ trách kho.".to_owned(),
        ),
        Exchanged::Apart { paths, .. } if paths.is_empty() => (
            false,
            "Chưa gửi được: có thay đổi chưa ghi trên máy này chắn đường. Chữ ký vẫn còn; báo người phụ trách kho.".to_owned(),
        ),
        Exchanged::Apart { paths, .. } => (
            false,
            format!(
                "Chưa gửi được: kho chung và máy này cùng đổi {}. Chữ ký vẫn còn trên máy này; báo người phụ trách kho.",
                tame(&paths.join(", "))
            ),
        ),
    };
    let detail = match exchanged {
        Exchanged::Offline { reason }
        | Exchanged::Refused { reason }
        | Exchanged::Apart { reason, .. } => tame(reason),
        _ => String::new(),
    };
    json!({ "good": good, "text": text, "detail": detail })
}

/// Why it is not this signer's turn, in a count.
fn reason(code: &str) -> &str {
    match code {
        "done" => "anh/chị đã ký",
        "complete" => "đã ký đủ",
        "faulty" => "có chữ ký không đúng",
        "open" => "sổ còn đang ghi",
        "others" => "chờ người khác",
        "unnumbered" => "chưa có số",
        "ended" => "đã trả lại, rút hoặc bị thay thế",
        "own" => "do anh/chị soạn, người khác duyệt",
        other => other,
    }
}

fn moment_of(at: Timestamp) -> String {
    // East of Greenwich, where these schools are.
    let local = Offset::constant(7).to_datetime(at);
    local.strftime("%H:%M ngày %d/%m/%Y").to_string()
}

/// Words begin small and have no stop; here they stand alone.
fn sentence(words: &str) -> String {
    let text = tame(words);
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_sound() {
        let tera = TEMPLATES.as_ref().unwrap();
        let item = json!({ "digest": "d", "title": "<b>", "kind": "k", "unit": "u", "date": "d",
            "step": "s", "capacity": "c", "before": [{ "step": "s", "name": "n", "when": null }],
            "notes": ["n"], "ticked": true, "returnable": true, "reason": "ly-do:x", "id": "x" });
        let own = json!({ "title": "t", "who": "w", "at": "a", "secret": "PIN", "commit": "c", "items": [item], "item": item, "pages": [0, 1],
            "shared": { "good": false, "text": "t", "detail": "d" }, "notes": ["n"], "total": 3,
            "done": 1, "words": "w", "nonce": "n", "others": "o", "pin_last": "p", "resumed": 1,
            "trouble": { "words": "w", "help": "h", "more": ["m"] }, "signed": [{ "id": "i", "title": "t" }],
            "left": ["l"], "lines": ["l"], "command": "c", "people": [{ "id": "i", "name": "n" }] });
        for name in [
            "list.html",
            "view.html",
            "wait.html",
            "done.html",
            "who.html",
            "word.html",
        ] {
            let text = tera.render(name, &Context::from_serialize(&own).unwrap());
            let text = text.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(
                !text.contains("<b>") && !text.contains(" style=") && !text.contains("<script>"),
                "{name}"
            );
        }
    }

    #[test]
    fn words_become_sentences_and_hide_nothing() {
        assert_eq!(sentence("đã ký"), "Đã ký");
        assert!(!sentence("a\u{202e}b\u{1b}[0m").contains(['\u{202e}', '\u{1b}']));
        assert_eq!(sentence(""), "");
    }
}
