//! Findings as the comment on a proposal: by record, worst first, in Markdown that a record cannot break
//! out of. A hidden first line marks the comment, so that the next run changes it and adds none.
//!
//! What people wrote (file names, values, names of fields) reaches the comment only through [`plain`] and
//! [`code`]: no formatting, no HTML, no link, and no mention of a person or a proposal comes out of it.

use crate::diag::Finding;
use crate::diag::Lang;
use crate::diag::Severity;
use crate::path::is_hidden;

/// The first line of the comment.
pub const MARK: &str = "<!-- hoso:check -->";
/// GitHub takes 65,536 characters; what does not fit is counted.
const MOST_BYTES: usize = 60_000;
/// Longest piece of one finding.
const MOST_CHARS: usize = 600;
/// Keeps what stands around it from being taken for one word, and is not seen.
const JOINER: char = '\u{2060}';

/// The comment. `docs` is the address of a page with a heading for each code.
pub fn comment(findings: &[&Finding], lang: Lang, docs: Option<&str>) -> String {
    let words = Said::new(lang);
    let mut out = format!("{MARK}\n### {}\n", words.heading(findings));
    let mut files: Vec<(Severity, &str, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        match files.last_mut() {
            Some((worst, file, all)) if *file == finding.place.file => {
                *worst = finding.severity.min(*worst);
                all.push(finding);
            }
            _ => files.push((finding.severity, &finding.place.file, vec![finding])),
        }
    }
    files.sort_by_key(|(worst, file, _)| (*worst, *file));
    let mut left = findings.len();
    'files: for (_, file, mut all) in files {
        all.sort_by_key(|finding| finding.severity);
        let mut heading = format!("\n#### {}\n\n", code(file));
        for finding in all {
            let item = words.item(finding, docs);
            if out.len() + heading.len() + item.len() > MOST_BYTES {
                break 'files;
            }
            out += &heading;
            out += &item;
            heading.clear();
            left -= 1;
        }
    }
    if left > 0 {
        out += &format!("\n{}\n", words.more(left));
    }
    out + &format!("\n{}\n", words.foot())
}

/// The fixed words in one language.
struct Said {
    lang: Lang,
}

impl Said {
    fn new(lang: Lang) -> Self {
        Self { lang }
    }

    fn pick<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    fn heading(&self, findings: &[&Finding]) -> String {
        let of = |weight| findings.iter().filter(|f| f.severity == weight).count();
        let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
        let notices = of(Severity::Notice);
        if findings.is_empty() {
            return self
                .pick(
                    "✅ Hồ sơ trong đề nghị này không có lỗi",
                    "✅ The records of this proposal have no fault",
                )
                .to_owned();
        }
        let sign = if errors > 0 { "❌" } else { "⚠️" };
        match self.lang {
            Lang::Vi => {
                format!("{sign} Kiểm tra hồ sơ: {errors} lỗi, {warnings} cảnh báo, {notices} lưu ý")
            }
            Lang::En => format!(
                "{sign} Records checked: {errors} errors, {warnings} warnings, {notices} notices"
            ),
        }
    }

    fn item(&self, finding: &Finding, docs: Option<&str>) -> String {
        let weight = match finding.severity {
            Severity::Error => self.pick("❌ **Lỗi**", "❌ **Error**"),
            Severity::Warning => self.pick("⚠️ **Cảnh báo**", "⚠️ **Warning**"),
            Severity::Notice => self.pick("ℹ️ **Lưu ý**", "ℹ️ **Notice**"),
        };
        let place = &finding.place;
        let line = place
            .line
            .map(|line| format!(", {} {line}", self.pick("dòng", "line")))
            .unwrap_or_default();
        let field = place
            .field
            .as_ref()
            .map(|field| format!(", {} {}", self.pick("mục", "field"), code(field)))
            .unwrap_or_default();
        let help = finding
            .help
            .as_ref()
            .map(|help| {
                let heading = self.pick("Cách sửa", "How to mend it");
                format!("\n  **{heading}:** {}", prose(help.in_lang(self.lang)))
            })
            .unwrap_or_default();
        let name = finding.code.as_str();
        let link = match docs {
            Some(docs) => format!("[`{name}`]({}#{name})", address(docs)),
            None => format!("`{name}`"),
        };
        let said = prose(finding.message.in_lang(self.lang));
        format!("- {weight}{line}{field}: {said} ({link}){help}\n")
    }

    fn more(&self, left: usize) -> String {
        match self.lang {
            Lang::Vi => format!("… và {left} mục nữa: chạy `hoso check` để xem đủ."),
            Lang::En => format!("… and {left} more: run `hoso check` to see them all."),
        }
    }

    fn foot(&self) -> &str {
        self.pick(
            "*Ghi chú này được cập nhật sau mỗi lần sửa. Quy tắc dùng để kiểm tra là của nhánh chính.*",
            "*This comment is brought up to date after each change. The rules are those of the main branch.*",
        )
    }
}

/// A sentence in which what stands between backticks is shown as it was written. A text that brings its own
/// backticks only moves where that begins: both ways of writing are safe.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| match index % 2 == 1 && index < last {
            true => code(part),
            false => plain(part),
        })
        .collect()
}

/// Literal text between backticks, on one line.
fn code(text: &str) -> String {
    let inner = bounded(text).replace('`', "'");
    match inner.trim() {
        "" => "` `".to_owned(),
        inner => format!("`{inner}`"),
    }
}

/// Text that stands for itself: every sign of Markdown and HTML escaped, everything that a forge makes a
/// link or a mention of broken by a character without width.
fn plain(text: &str) -> String {
    let text = bounded(text);
    let mut out = String::with_capacity(text.len() * 2);
    let mut chars = text.chars().peekable();
    let mut ws = 0;
    while let Some(c) = chars.next() {
        if c.is_ascii_punctuation() && !",?;'\"/%".contains(c) {
            out.push('\\');
        }
        out.push(c);
        let open = chars.peek().is_some_and(|next| !next.is_whitespace());
        // `www.` is a link without a scheme.
        ws = if matches!(c, 'w' | 'W') { ws + 1 } else { 0 };
        let binds = matches!(c, '@' | '#' | '!' | '~' | '%' | '$' | '&' | ':' | '^' | '[');
        if (binds && open) || ws == 3 {
            out.push(JOINER);
        }
    }
    out
}

/// One line of bounded length without characters that hide.
fn bounded(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .take(MOST_CHARS)
        .collect();
    if text.chars().nth(MOST_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// An address that ends where it ends.
fn address(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() && !"()<>[]\"'`\\".contains(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::Event;
    use pulldown_cmark::Options;
    use pulldown_cmark::Parser;
    use pulldown_cmark::Tag;

    use super::*;
    use crate::diag::Code;
    use crate::diag::Place;
    use crate::diag::Words;

    fn finding(file: &str, field: &str, text: &str) -> Finding {
        let place = Place::raw(file).at(3, None).field(field);
        Finding::new(Code::FieldInvalid, place, Words::new(text, text)).help(Words::new(text, text))
    }

    const HOSTILE: [&str; 16] = [
        "<script>alert(1)</script>",
        "--> <img src=x onerror=y>",
        "`]( javascript:alert(1) ) ![x](http://evil.example/p.png)",
        "```\n# lớn\n```",
        "\n\n# tiêu đề\n\n/close\n",
        "@hieu-truong xin @all duyệt, #12 !3 ~nhãn %1 $2 &4 GH-5",
        "https://evil.example www.evil.example a@b.example",
        "| a | b |\n|---|---|\n",
        "[a]: http://evil.example\n[a]",
        "<!-- hoso:check -->",
        "**đậm** __đậm__ ~~gạch~~ <u>x</u>",
        "\\`@x\\`",
        "a\u{202e}b\u{200b}@\u{200b}c",
        "&lt;img&gt; &#64;all",
        "[^1] [[x]] :smile: $$x$$ ",
        "- [ ] việc\n- [x] xong",
    ];

    #[test]
    fn hostile_text_stays_text() {
        for text in HOSTILE {
            let one = finding(&format!("content/{text}.md"), text, text);
            let two = finding(
                "content/a.md",
                "a`b",
                &format!("giá trị `{text}` và {text}"),
            );
            let out = comment(&[&one, &two], Lang::Vi, Some("https://docs.example/f.md"));
            assert!(out.starts_with(MARK));
            let rest = out.strip_prefix(MARK).unwrap();
            let (mut headings, mut items, mut links) = (0, 0, 0);
            for event in Parser::new_ext(rest, Options::all()) {
                match event {
                    Event::Html(html) | Event::InlineHtml(html) => panic!("{text}: {html}"),
                    Event::Start(Tag::Image { .. } | Tag::Table(_) | Tag::CodeBlock(_)) => {
                        panic!("{text}")
                    }
                    Event::TaskListMarker(_) | Event::FootnoteReference(_) | Event::Rule => {
                        panic!("{text}")
                    }
                    Event::Start(Tag::Link { dest_url, .. }) => {
                        assert_eq!(&*dest_url, "https://docs.example/f.md#field-invalid");
                        links += 1;
                    }
                    Event::Start(Tag::Heading { .. }) => headings += 1,
                    Event::Start(Tag::Item) => items += 1,
                    Event::Text(text) => {
                        let bound = |mark: char| {
                            text.char_indices()
                                .filter(|(_, c)| *c == mark)
                                .any(|(at, c)| {
                                    text[at + c.len_utf8()..]
                                        .starts_with(|next: char| next.is_alphanumeric())
                                })
                        };
                        assert!(!['@', '#', '!', '~', '%', '$', '&'].into_iter().any(bound));
                        assert!(!text.contains("://") && !text.contains("www."), "{text}");
                    }
                    _ => {}
                }
            }
            assert_eq!((headings, items, links), (3, 2, 2), "{text}\n{out}");
        }
    }

    #[test]
    fn no_line_begins_with_what_somebody_wrote() {
        // GitLab carries out a line such as `/close`.
        for text in HOSTILE {
            let out = comment(&[&finding(text, text, text)], Lang::Vi, None);
            for line in out.lines() {
                assert!(!line.trim_start().starts_with('/'), "{line}");
            }
        }
    }

    #[test]
    fn the_comment_is_bounded_and_says_what_is_left_out() {
        let all: Vec<Finding> = (0..2000)
            .map(|n| finding(&format!("content/{n:04}.md"), "x", &"dài @".repeat(200)))
            .collect();
        let all: Vec<&Finding> = all.iter().collect();
        let out = comment(&all, Lang::Vi, None);
        assert!(
            out.len() < 65_536 && out.contains(" mục nữa"),
            "{}",
            out.len()
        );
    }

    #[test]
    fn errors_stand_first() {
        let warning = Finding::new(Code::FileUnused, Place::raw("a"), Words::new("a", "a"));
        let error = Finding::new(Code::FieldInvalid, Place::raw("b"), Words::new("b", "b"));
        let out = comment(&[&warning, &error], Lang::En, None);
        assert!(out.find("`b`") < out.find("`a`"), "{out}");
        assert!(out.contains("1 errors, 1 warnings, 0 notices"));
    }
}
