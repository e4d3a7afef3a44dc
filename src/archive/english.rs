//! The pages' own words in English, beside the Vietnamese ones, for the switch at the top of each page. What the
//! templates say in fixed words is glossed when they are read, by the list `english.json`; records are never translated.
//!
//! Both are in the page and the style sheet shows one of them, so that the switch needs no script.

use std::collections::BTreeMap;

/// The list's name in the folder of the templates; it is not published.
pub const LIST: &str = "english.json";
/// Elements whose text is no prose, or may hold no element.
const LEFT_ALONE: [&str; 9] = [
    "code", "desc", "option", "pre", "script", "style", "text", "textarea", "title",
];
/// How Tera's parts begin and end.
const TERA: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Vietnamese words of the templates with their English ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct English(BTreeMap<String, String>);

impl English {
    /// Reads the list.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }

    /// The English of some words.
    pub fn of(&self, vi: &str) -> Option<&str> {
        self.0.get(vi).map(String::as_str)
    }

    /// A template with the English beside each of its texts that the list has whole.
    pub fn gloss(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() * 5 / 4);
        let mut rest = template;
        let mut alone: Option<&str> = None;
        while let Some(first) = rest.chars().next() {
            let taken = match first {
                '<' => {
                    let tag = tag(rest);
                    alone = inside(alone, tag);
                    out.push_str(tag);
                    tag.len()
                }
                '{' if tera(rest).is_some() => {
                    let part = tera(rest).unwrap_or_default();
                    out.push_str(part);
                    part.len()
                }
                _ => {
                    let text = text(rest);
                    match alone {
                        None => self.put(text, &mut out),
                        Some(_) => out.push_str(text),
                    }
                    text.len()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }

    fn put(&self, text: &str, out: &mut String) {
        let vi = text.trim();
        let Some(en) = self.of(vi) else {
            out.push_str(text);
            return;
        };
        let (before, after) = text.split_once(vi).unwrap_or_default();
        let en = en.replace('&', "&amp;").replace('<', "&lt;");
        out.push_str(before);
        out.push_str("<span class=\"vi\">");
        out.push_str(vi);
        out.push_str("</span><span class=\"en\" lang=\"en\">");
        out.push_str(&en);
        out.push_str("</span>");
        out.push_str(after);
    }
}

/// Text up to the next tag or the next part that Tera fills in; never empty.
fn text(rest: &str) -> &str {
    let is_end = |(at, c): &(usize, char)| match c {
        '<' => *at > 0,
        '{' => *at > 0 && rest.get(*at..).and_then(tera).is_some(),
        _ => false,
    };
    let end = rest.char_indices().find(is_end).map(|(at, _)| at);
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

/// The part of Tera's that a text begins with; one that does not end takes the rest.
fn tera(rest: &str) -> Option<&str> {
    let (_, end) = TERA
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin))?;
    let at = rest.find(end).map_or(rest.len(), |at| at + end.len());
    rest.get(..at)
}

/// The tag that a text begins with, whatever stands in its attributes.
fn tag(rest: &str) -> &str {
    let mut quote: Option<char> = None;
    let mut skip_to = 0;
    for (at, c) in rest.char_indices() {
        if at < skip_to {
            continue;
        }
        if let Some(part) = rest.get(at..).and_then(tera) {
            skip_to = at + part.len();
            continue;
        }
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('>', None) => return rest.get(..=at).unwrap_or(rest),
            _ => {}
        }
    }
    rest
}

/// The element to be left alone that we are in after a tag.
fn inside<'a>(before: Option<&'a str>, tag: &'a str) -> Option<&'a str> {
    let (closes, name) = match tag.strip_prefix("</") {
        Some(name) => (true, name),
        None => (false, tag.trim_start_matches('<')),
    };
    let end = name.find(|c: char| !c.is_ascii_alphanumeric());
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or(name);
    match before {
        Some(open) if closes && open == name => None,
        Some(open) => Some(open),
        None => (!closes && LEFT_ALONE.contains(&name)).then_some(name),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::embedded;

    fn list() -> English {
        English::read("{\"Ngày\": \"Date\", \"A\": \"B & C\"}".as_bytes()).expect("a list")
    }

    /// The list that comes with the program.
    fn own() -> English {
        let folder = embedded::folder("site");
        let json = folder.iter().find(|(name, _)| *name == LIST);
        English::read(json.expect("the list").1).expect("a list")
    }

    #[test]
    fn fixed_words_get_their_english() {
        let both = "<span class=\"vi\">Ngày</span><span class=\"en\" lang=\"en\">Date</span>";
        assert_eq!(list().gloss("<th>Ngày</th>"), format!("<th>{both}</th>"));
        assert_eq!(
            list().gloss("{% if a %} Ngày {% endif %}"),
            format!("{{% if a %}} {both} {{% endif %}}")
        );
        assert!(list().gloss("<p>A</p>").contains("B &amp; C"));
        for same in [
            "<option>Ngày</option>",
            "<code><b>Ngày</b></code>",
            "<p>Ngày nào {{ d }}: Ngày khác</p>",
            "<img alt=\"a > {{ \"b\" }} Ngày\">",
            "{{ <answer question=\"Ngày\" /> }}",
            "{# Ngày #}",
        ] {
            assert_eq!(list().gloss(same), same);
        }
    }

    /// A word that no page says is a mistake in the list, or was changed on the page and forgotten here.
    #[test]
    fn the_list_has_no_idle_words() {
        let folder = embedded::folder("site");
        let templates = folder.iter().filter(|(name, _)| name.ends_with(".html"));
        let said: String = templates
            .map(|(_, bytes)| String::from_utf8_lossy(bytes))
            .collect();
        let code = concat!(
            include_str!("../seal/standing.rs"),
            include_str!("../ledger.rs")
        );
        let idle: Vec<String> = own()
            .0
            .into_keys()
            .filter(|vi| !said.contains(vi.as_str()) && !code.contains(&format!("\"{vi}\"")))
            .collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    /// What heads a page, a section, a column, or leads anywhere, has its English.
    #[test]
    fn every_heading_is_in_the_list() {
        let list = own();
        let mut missing = Vec::new();
        for (name, bytes) in embedded::folder("site") {
            // The report is printed, the notes on checking and the fault page are prose with commands.
            if !name.ends_with(".html")
                || ["check.html", "report.html", "fault.html", "chain.html"].contains(&name)
            {
                continue;
            }
            let page = String::from_utf8_lossy(bytes);
            for element in ["h1", "h2", "h3", "th", "dt"] {
                for part in page.split(&format!("<{element}")).skip(1) {
                    let tag = format!("<{element}{part}");
                    let words = part
                        .get(super::tag(&tag).len() - element.len() - 1..)
                        .unwrap_or_default();
                    let words = words.split(['<', '{']).next().unwrap_or_default().trim();
                    if words.chars().any(char::is_alphabetic) && list.of(words).is_none() {
                        missing.push(format!("{name}: {words}"));
                    }
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(template in "[<>{}%#\"'a-zNgày =/-]{0,80}") {
            let glossed = list().gloss(&template);
            let back = glossed
                .replace("<span class=\"vi\">", "")
                .replace("</span><span class=\"en\" lang=\"en\">Date</span>", "")
                .replace("</span><span class=\"en\" lang=\"en\">B &amp; C</span>", "");
            prop_assert_eq!(back, template);
        }
    }
}
