//! Index → plain scripts below `tim/`, none over 64 kB, each a call `hosoTim(set, number, data)`:
//!
//! ```text
//! tim/muc-luc.js      the directory: tables, and which term each script begins with
//! tim/tu/<n>.js       words: [[folded, [spelled, span, all, in titles], …], …]
//! tim/cap/<n>.js      pairs of neighbours, the same
//! tim/loc/<n>.js      filters, the same: `nam:2024-2025`, `nguoi:<id>`
//! tim/khoi/<n>.js     documents in blocks: what a row shows, and the text
//! ```
//!
//! Documents are numbered from the newest to the oldest, so that the first of equal rank is the newest.

use base64ct::Base64Unpadded;
use base64ct::Encoding;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::archive::search::index;
use crate::archive::search::index::Document;
use crate::archive::search::index::Index;
use crate::archive::search::index::Posting;
use crate::archive::search::index::Term;

/// Longest script.
pub const MAX_SCRIPT: usize = 64 * 1024;
/// Where a script of terms is full. A piece of a posting, which is what a script may be longer by, is at
/// most two sets of [`SPAN`] documents as base64.
const FULL: usize = 40 * 1024;
/// Where a block of documents is full: a page of results reads one for nearly every result.
const BLOCK: usize = 16 * 1024;
/// Characters of a text in one script: at most six bytes each, escaped.
const PART: usize = 9_000;
/// Documents that one set is about.
const SPAN: u32 = 65_536;
/// Longest title or name that a row shows.
const MAX_SHOWN: usize = 400;

/// A choice of a filter.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// What stands in the index.
    pub id: String,
    /// What people read.
    pub label: String,
    /// How many documents have it.
    pub count: usize,
}

/// What documents are filtered by, in the order in which it is offered.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "each is what documents are filtered by")]
pub struct Facets {
    pub years: Vec<Choice>,
    pub units: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub people: Vec<Choice>,
    pub states: Vec<Choice>,
}

/// The scripts of an index, by path below the site's root.
pub fn scripts(documents: &[Document], facets: &Facets) -> Vec<(String, String)> {
    let index = Index::of(documents);
    let mut out = Vec::new();
    let words = put_terms("tu", &index.words, &mut out);
    let pairs = put_terms("cap", &index.pairs, &mut out);
    let filters = put_terms("loc", &filters(documents, facets), &mut out);
    let blocks = put_blocks(documents, &mut out);
    let table = |choices: &[Choice]| -> Vec<(String, String)> {
        let shown = choices.iter().map(|c| (c.id.clone(), short(&c.label)));
        shown.collect()
    };
    let directory = json!({
        "schema": "hoso/search/1",
        "documents": documents.len(),
        "units": table(&facets.units),
        "kinds": table(&facets.kinds),
        "states": table(&facets.states),
        "tu": words,
        "cap": pairs,
        "loc": filters,
        "khoi": blocks,
    });
    out.push((
        "tim/muc-luc.js".to_owned(),
        format!("hosoTim(\"muc-luc\",0,{directory})\n"),
    ));
    out
}

/// The filters as terms.
fn filters(documents: &[Document], facets: &Facets) -> Vec<Term> {
    let named = |prefix: &str, choices: &[Choice], at: usize| {
        choices
            .get(at)
            .map(|choice| format!("{prefix}:{}", choice.id))
    };
    let sets = index::by(documents, |document| {
        let mut own: Vec<String> = document
            .people
            .iter()
            .map(|person| format!("nguoi:{person}"))
            .collect();
        own.push(format!("nam:{}", document.year));
        own.extend(named("don-vi", &facets.units, document.unit));
        own.extend(named("loai", &facets.kinds, document.kind));
        own.extend(named("trang-thai", &facets.states, document.state));
        own
    });
    let mut terms: Vec<Term> = sets
        .into_iter()
        .map(|(key, documents)| {
            let posting = Posting {
                spelled: key.clone(),
                documents,
                titles: Vec::new(),
            };
            (key, vec![posting])
        })
        .collect();
    terms.sort_by(|a, b| index::order(&a.0, &b.0));
    terms
}

/// Writes terms into scripts. Says which term each begins with, and which of them go on with the last
/// one of the script before.
fn put_terms(set: &str, terms: &[Term], out: &mut Vec<(String, String)>) -> Value {
    let mut firsts = Vec::new();
    let mut goes_on = Vec::new();
    let mut script = String::new();
    let mut close = |script: &mut String, number: usize| {
        if !script.is_empty() {
            script.push_str("]])\n");
            out.push((format!("tim/{set}/{number}.js"), std::mem::take(script)));
        }
    };
    for (key, postings) in terms {
        for (at, piece) in postings.iter().flat_map(pieces(key)).enumerate() {
            if script.len() > FULL {
                close(&mut script, firsts.len());
            }
            let fresh = script.is_empty();
            if fresh {
                if at > 0 {
                    goes_on.push(firsts.len());
                }
                firsts.push(key.as_str());
                script = format!("hosoTim(\"{set}\",{},[[{}", firsts.len(), json!(key));
            } else if at == 0 {
                script.push_str("],\n[");
                script.push_str(&json!(key).to_string());
            }
            script.push(',');
            script.push_str(&piece);
        }
    }
    close(&mut script, firsts.len());
    json!({ "firsts": firsts, "goes_on": goes_on })
}

/// A posting, cut so that no piece is too long for a script.
fn pieces(key: &str) -> impl Fn(&Posting) -> Vec<String> {
    move |posting| {
        // Most words are spelled in one way, and many without marks.
        let spelled = match posting.spelled == key {
            true => "",
            false => &posting.spelled,
        };
        posting
            .documents
            .chunk_by(|a, b| a / SPAN == b / SPAN)
            .map(|documents| {
                let span = documents[0] / SPAN;
                let titles: Vec<u32> = posting
                    .titles
                    .iter()
                    .copied()
                    .filter(|title| title / SPAN == span)
                    .collect();
                json!([spelled, span, numbers(documents), numbers(&titles)]).to_string()
            })
            .collect()
    }
}

/// Ascending numbers of one span as base64: a 0 and the gaps in sevens of bits, or a 1 and a bit for
/// each number, whichever is shorter.
fn numbers(documents: &[u32]) -> String {
    let Some(last) = documents.last() else {
        return String::new();
    };
    let mut gaps = vec![0];
    let mut next = 0;
    for document in documents {
        let place = document % SPAN;
        let mut gap = place - next;
        while gap >= 0x80 {
            gaps.push((gap & 0x7f) as u8 | 0x80);
            gap >>= 7;
        }
        gaps.push(gap as u8);
        next = place + 1;
    }
    let bits = 2 + (last % SPAN) as usize / 8;
    if gaps.len() <= bits {
        return Base64Unpadded::encode_string(&gaps);
    }
    let mut set = vec![0; bits];
    set[0] = 1;
    for document in documents {
        let place = (document % SPAN) as usize;
        set[1 + place / 8] |= 1 << (place % 8);
    }
    Base64Unpadded::encode_string(&set)
}

/// Writes the documents in blocks. Says how many begin in each; none in one that goes on with a long text.
fn put_blocks(documents: &[Document], out: &mut Vec<(String, String)>) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut block: Vec<String> = Vec::new();
    let mut length = 0;
    let mut close = |block: &mut Vec<String>, documents: usize, counts: &mut Vec<usize>| {
        if !block.is_empty() {
            counts.push(documents);
            let rows = block.join(",\n");
            let number = counts.len();
            let script = format!("hosoTim(\"khoi\",{number},[{rows}])\n");
            out.push((format!("tim/khoi/{number}.js"), script));
            block.clear();
        }
    };
    for document in documents {
        let parts = parts(&document.text);
        let row = row(document, parts.first().map_or("", |part| part));
        if length + row.len() > BLOCK {
            let count = block.len();
            close(&mut block, count, &mut counts);
            length = 0;
        }
        length += row.len();
        block.push(row);
        // The rest of a long text follows in scripts of its own.
        for (at, part) in parts.iter().enumerate().skip(1) {
            let count = if at == 1 { block.len() } else { 0 };
            close(&mut block, count, &mut counts);
            block.push(json!(part).to_string());
        }
        if parts.len() > 1 {
            close(&mut block, 0, &mut counts);
            length = 0;
        }
    }
    let count = block.len();
    close(&mut block, count, &mut counts);
    counts
}

/// What a row of the results shows, and the head of the text.
fn row(document: &Document, text: &str) -> String {
    json!([
        document.id,
        short(&document.title),
        document.kind,
        document.unit,
        document.date,
        document.state,
        document.signed,
        document.steps,
        short(&document.author),
        u8::from(document.thumb),
        text,
    ])
    .to_string()
}

fn short(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

/// A text cut after every [`PART`] characters.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, _)) = rest.char_indices().nth(PART) {
        // At the end of a line, if there is one, so that no phrase is cut.
        let end = rest[..at].rfind('\n').map_or(at, |line| line + 1);
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(text: &str) -> Vec<u32> {
        let bytes = Base64Unpadded::decode_vec(text).expect("base64");
        let mut out = Vec::new();
        match bytes.split_first() {
            None => {}
            Some((1, set)) => {
                let bits = (0..).zip(set).flat_map(|(at, byte)| {
                    (0..8u32)
                        .filter(move |bit| byte >> bit & 1 == 1)
                        .map(move |bit| at * 8 + bit)
                });
                out.extend(bits);
            }
            Some((_, gaps)) => {
                let (mut next, mut gap, mut shift) = (0, 0, 0);
                for byte in gaps {
                    gap |= u32::from(byte & 0x7f) << shift;
                    shift += 7;
                    if byte & 0x80 == 0 {
                        out.push(next + gap);
                        next += gap + 1;
                        (gap, shift) = (0, 0);
                    }
                }
            }
        }
        out
    }

    fn many(count: usize) -> Vec<Document> {
        (0..count)
            .map(|n| Document {
                id: format!("2024-2025/mg-5a/giao-an/{n}"),
                title: format!("Bài \"{n}\" </script> \u{2028}"),
                year: "2024-2025".to_owned(),
                people: vec!["an".to_owned()],
                text: format!("Trẻ chơi cùng bạn {}\n{}", n % 97, "chữ".repeat(n % 300)),
                ..Document::default()
            })
            .collect()
    }

    #[test]
    fn numbers_come_back() {
        for documents in [
            vec![],
            vec![0],
            vec![5],
            vec![0, 1, 2, 300, 65_535],
            (0..65_536).collect::<Vec<u32>>(),
            (0..65_536).step_by(3).collect(),
            (0..65_536).step_by(1000).collect(),
        ] {
            assert_eq!(decode(&numbers(&documents)), documents);
        }
        assert!(numbers(&(0..65_536).step_by(2).collect::<Vec<_>>()).len() < 11_000);
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(set in proptest::collection::btree_set(0..SPAN, 0..300), span in 0..3u32) {
            let documents: Vec<u32> = set.into_iter().collect();
            let moved: Vec<u32> = documents.iter().map(|place| place + span * SPAN).collect();
            prop_assert_eq!(decode(&numbers(&moved)), documents);
        }

    }

    proptest! {
        // A thousand copies of a text take their time.
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_text_stays_within_its_scripts(texts in proptest::collection::vec("\\PC{0,40}", 1..12), times in 1..900usize) {
            let documents: Vec<Document> = texts
                .iter()
                .map(|text| Document {
                    id: "2024-2025/mg-5a/giao-an/x".to_owned(),
                    title: text.repeat(times),
                    author: text.clone(),
                    text: format!("{text}\n").repeat(times),
                    ..Document::default()
                })
                .collect();
            let all = scripts(&documents, &Facets::default());
            for (path, script) in &all {
                prop_assert!(script.len() <= MAX_SCRIPT, "{}: {}", path, script.len());
                // Whatever a text says, a script is one call with JSON in it.
                let data = script.trim_end().strip_prefix("hosoTim(").and_then(|call| call.strip_suffix(')'));
                let data: Result<Value, _> = serde_json::from_str(&format!("[{}]", data.unwrap_or("?")));
                prop_assert!(data.is_ok(), "{}", path);
            }
            prop_assert_eq!(&all, &scripts(&documents, &Facets::default()));
            for document in &documents {
                prop_assert_eq!(parts(&document.text).concat(), document.text.as_str());
            }
        }
    }

    #[test]
    fn no_script_is_too_long() {
        let mut documents = many(3000);
        documents[7].text = "\u{1}\u{2} ".repeat(20_000);
        documents[8].text = format!("{}\n{}", "dòng dài ".repeat(3000), "x".repeat(100_000));
        documents[9].title = "t".repeat(100_000);
        let scripts = scripts(&documents, &Facets::default());
        for (path, script) in &scripts {
            assert!(script.len() <= MAX_SCRIPT, "{path}: {} bytes", script.len());
            assert!(script.starts_with("hosoTim(\""), "{path}");
        }
        assert!(
            scripts
                .iter()
                .filter(|(p, _)| p.starts_with("tim/cap/"))
                .count()
                > 1
        );
        // Every document is in a block, and nothing of a text is lost.
        let (_, directory) = scripts.last().expect("a directory");
        let directory = directory.split_once(",0,").expect("data").1;
        let directory: Value =
            serde_json::from_str(directory.trim_end().trim_end_matches(')')).expect("JSON");
        let counts: Vec<u64> = serde_json::from_value(directory["khoi"].clone()).expect("numbers");
        assert_eq!(counts.iter().sum::<u64>(), 3000);
        assert!(counts.contains(&0));
        assert_eq!(parts(&documents[8].text).concat(), documents[8].text);
    }

    #[test]
    fn a_term_of_many_documents_is_cut() {
        let posting = |spelled: &str, count| Posting {
            spelled: spelled.to_owned(),
            documents: (0..count).filter(|n| n % 3 == 0).collect(),
            titles: Vec::new(),
        };
        let terms = vec![
            ("a".to_owned(), vec![posting("a", 10)]),
            (
                "be".to_owned(),
                vec![posting("bé", 400_000), posting("bè", 400_000)],
            ),
            ("c".to_owned(), vec![posting("c", 10)]),
        ];
        let mut out = Vec::new();
        let directory = put_terms("tu", &terms, &mut out);
        assert_eq!(directory["firsts"], json!(["a", "be", "be", "be"]));
        assert_eq!(directory["goes_on"], json!([1, 2, 3]));
        let mut found = 0;
        for (path, script) in &out {
            assert!(script.len() <= MAX_SCRIPT);
            let data = script
                .split_once(',')
                .expect("set")
                .1
                .split_once(',')
                .expect("number")
                .1;
            let data: Value =
                serde_json::from_str(data.trim_end().trim_end_matches(')')).expect(path);
            for term in data.as_array().expect("terms") {
                let pieces = term.as_array().expect("a term");
                found += pieces.iter().skip(1).filter(|_| term[0] == "be").count();
            }
        }
        assert_eq!(found, 14, "seven spans of two spellings");
    }

    #[test]
    fn the_same_documents_give_the_same_scripts() {
        let documents = many(500);
        let one = scripts(&documents, &Facets::default());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .expect("a pool");
        assert_eq!(
            one,
            pool.install(|| scripts(&documents, &Facets::default()))
        );
    }
}
