//! Documents → postings: for each word and each two neighbours, folded, the documents they stand in,
//! by how they are spelled there.
//!
//! Pairs take the place of positions: a phrase is the meeting of its pairs. Vietnamese writes each
//! syllable apart, so single words say little and pairs say much.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::HashMap;

use icu_normalizer::ComposingNormalizerBorrowed;
use rayon::slice::ParallelSliceMut;

use crate::archive::search::fold;

/// A record as search knows it.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its id, which is its place below `ho-so/`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind, unit, state: places in the tables of [`Facets`](super::shards::Facets).
    pub kind: usize,
    /// See `kind`.
    pub unit: usize,
    /// See `kind`.
    pub state: usize,
    /// Its school year.
    pub year: String,
    /// Its date, ISO 8601.
    pub date: String,
    /// Who wrote it.
    pub author: String,
    /// Steps signed.
    pub signed: usize,
    /// Steps in all.
    pub steps: usize,
    /// Whether there is a small picture of it.
    pub thumb: bool,
    /// Ids of the people who have to do with it.
    pub people: Vec<String>,
    /// What is found and shown, in lines; a phrase never crosses the end of one.
    pub text: String,
}

/// Where a term stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posting {
    /// The term as spelled there.
    pub spelled: String,
    /// The documents, ascending.
    pub documents: Vec<u32>,
    /// Those with the term in their title.
    pub titles: Vec<u32>,
}

/// A folded term with its spellings.
pub type Term = (String, Vec<Posting>);

/// All that is searched by, each list in the order in which a browser compares strings.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Words.
    pub words: Vec<Term>,
    /// Two neighbours, with a space between them.
    pub pairs: Vec<Term>,
}

/// As JavaScript compares strings.
pub fn order(one: &str, other: &str) -> Ordering {
    match one.is_ascii() && other.is_ascii() {
        true => one.cmp(other),
        false => one.encode_utf16().cmp(other.encode_utf16()),
    }
}

/// Every spelling met, by number.
#[derive(Default)]
struct Lexicon {
    /// As written → number, so that a word is folded once and not a million times.
    written: HashMap<String, Option<u32>>,
    spelled: HashMap<String, u32>,
    /// Folded and spelled, by number.
    words: Vec<(String, String)>,
}

impl Lexicon {
    fn number(&mut self, word: &str) -> Option<u32> {
        if let Some(number) = self.written.get(word) {
            return *number;
        }
        let folded = fold::fold(word);
        let number = (!folded.is_empty()).then(|| {
            let spelled = fold::spell(word);
            let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            *self.spelled.entry(spelled).or_insert_with_key(|spelled| {
                self.words.push((folded, spelled.clone()));
                next
            })
        });
        self.written.insert(word.to_owned(), number);
        number
    }

    /// The place of each number in the order of (folded, spelled); and, by place, which folded word
    /// it belongs to.
    fn ranks(&self) -> Ranks<'_> {
        let mut sorted: Vec<usize> = (0..self.words.len()).collect();
        sorted.sort_unstable_by(|a, b| {
            let (one, other) = (&self.words[*a], &self.words[*b]);
            order(&one.0, &other.0).then_with(|| one.1.cmp(&other.1))
        });
        let mut rank = vec![0; sorted.len()];
        let mut folds = Vec::with_capacity(sorted.len());
        let mut last = 0;
        for (place, number) in (0..).zip(&sorted) {
            rank[*number] = place;
            let word = &self.words[*number];
            let same = folds.last().is_some_and(|_| {
                let before: &(String, String) = &self.words[sorted[place as usize - 1]];
                before.0 == word.0
            });
            if !same {
                last = place;
            }
            folds.push(last);
        }
        let words = sorted.iter().map(|n| &self.words[*n]).collect();
        Ranks { rank, folds, words }
    }
}

struct Ranks<'a> {
    rank: Vec<u32>,
    folds: Vec<u32>,
    words: Vec<&'a (String, String)>,
}

/// A term in a document; the second word of a single one is [`NONE`]. `place` is twice the
/// document's number, less by nothing in a title, more by one below it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    first: u32,
    second: u32,
    place: u32,
}

const NONE: u32 = u32::MAX;

impl Index {
    /// Indexes some documents; their places in the slice are their numbers.
    pub fn of(documents: &[Document]) -> Self {
        let mut lexicon = Lexicon::default();
        let mut words = Vec::new();
        let mut pairs = Vec::new();
        let (mut own_words, mut own_pairs) = (Vec::new(), Vec::new());
        for (number, document) in (0..).zip(documents) {
            own_words.clear();
            own_pairs.clear();
            let title = (number * 2, document.title.as_str());
            // The day that a record is of is as good as said in its title.
            for date in fold::dates(&document.date, &fold::words(&document.date)) {
                own_words.extend(lexicon.number(&date).map(|first| Hit {
                    first,
                    second: NONE,
                    place: title.0,
                }));
            }
            let lines = document.text.lines().map(|line| (number * 2 + 1, line));
            for (place, line) in std::iter::once(title).chain(lines) {
                read(&mut lexicon, line, place, &mut own_words, &mut own_pairs);
            }
            for (own, all) in [(&mut own_words, &mut words), (&mut own_pairs, &mut pairs)] {
                own.sort_unstable();
                // A term of the title comes first, and says enough.
                own.dedup_by_key(|hit| (hit.first, hit.second));
                all.extend_from_slice(own);
            }
        }
        let ranks = lexicon.ranks();
        Self {
            words: terms(&ranks, words),
            pairs: terms(&ranks, pairs),
        }
    }
}

fn read(lexicon: &mut Lexicon, line: &str, place: u32, words: &mut Vec<Hit>, pairs: &mut Vec<Hit>) {
    let line = ComposingNormalizerBorrowed::new_nfc().normalize(line);
    let found = fold::words(&line);
    let mut before = None;
    for word in &found {
        let Some(number) = lexicon.number(word.text) else {
            continue;
        };
        let hit = |first, second| Hit {
            first,
            second,
            place,
        };
        words.push(hit(number, NONE));
        if let Some(before) = before {
            pairs.push(hit(before, number));
        }
        before = Some(number);
    }
    for date in fold::dates(&line, &found) {
        if let Some(first) = lexicon.number(&date) {
            words.push(Hit {
                first,
                second: NONE,
                place,
            });
        }
    }
}

/// Gathers hits into terms.
fn terms(ranks: &Ranks<'_>, mut hits: Vec<Hit>) -> Vec<Term> {
    for hit in &mut hits {
        hit.first = ranks.rank[hit.first as usize];
        if hit.second != NONE {
            hit.second = ranks.rank[hit.second as usize];
        }
    }
    let folded = |word: u32| ranks.folds.get(word as usize).copied().unwrap_or(NONE);
    let key = |hit: &Hit| (folded(hit.first), folded(hit.second));
    hits.par_sort_unstable_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.cmp(b)));
    let text = |hit: &Hit, part: fn(&(String, String)) -> &str| -> String {
        let mut text = part(ranks.words[hit.first as usize]).to_owned();
        if hit.second != NONE {
            text.push(' ');
            text.push_str(part(ranks.words[hit.second as usize]));
        }
        text
    };
    hits.chunk_by(|a, b| key(a) == key(b))
        .map(|term| {
            let spellings = term.chunk_by(|a, b| (a.first, a.second) == (b.first, b.second));
            let postings = spellings.map(|same| Posting {
                spelled: text(&same[0], |word| &word.1),
                documents: same.iter().map(|hit| hit.place / 2).collect(),
                titles: same
                    .iter()
                    .filter(|hit| hit.place % 2 == 0)
                    .map(|hit| hit.place / 2)
                    .collect(),
            });
            (text(&term[0], |word| &word.0), postings.collect())
        })
        .collect()
}

/// Documents by a property of theirs.
pub fn by<'a>(
    documents: &'a [Document],
    property: impl Fn(&'a Document) -> Vec<String>,
) -> BTreeMap<String, Vec<u32>> {
    let mut map: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (number, document) in (0..).zip(documents) {
        for value in property(document) {
            let numbers = map.entry(value).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str, text: &str) -> Document {
        Document {
            title: title.to_owned(),
            text: text.to_owned(),
            ..Document::default()
        }
    }

    fn find<'a>(terms: &'a [Term], key: &str) -> &'a [Posting] {
        let found = terms.iter().find(|(folded, _)| folded == key);
        found
            .map(|(_, postings)| postings.as_slice())
            .unwrap_or_default()
    }

    #[test]
    fn a_term_knows_its_spellings_and_titles() {
        let index = Index::of(&[
            document("Bé bàng", "bàn tay\nbé"),
            document("Khác", "be bang; BẢN TÂY\nbe\u{301} ba\u{300}ng"),
        ]);
        let be = find(&index.words, "be");
        assert_eq!(be.len(), 2);
        assert_eq!((be[0].spelled.as_str(), &be[0].documents), ("be", &vec![1]));
        assert_eq!((&be[1].documents, &be[1].titles), (&vec![0, 1], &vec![0]));
        let pair = find(&index.pairs, "be bang");
        assert_eq!(pair.len(), 2);
        assert_eq!(pair[1].documents, [0, 1]);
        // Not across the end of a line, nor from the title on.
        assert!(find(&index.pairs, "tay be").is_empty());
        assert!(
            find(&index.pairs, "bang ban")
                .first()
                .is_some_and(|p| p.documents == [1])
        );
    }

    #[test]
    fn terms_stand_in_the_order_of_a_browser() {
        let index = Index::of(&[document("", "bee a be b be 𐐷 ｅ ﬀ 中 𠀀 zz 10 9 be be")]);
        for terms in [&index.words, &index.pairs] {
            assert!(terms.len() > 5);
            let sorted = terms.is_sorted_by(|a, b| order(&a.0, &b.0) == Ordering::Less);
            assert!(
                sorted,
                "{:?}",
                terms.iter().map(|t| &t.0).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn numbers_and_dates_are_terms() {
        let index = Index::of(&[document("Số 185/MNTH", "ngày 09/9/2024")]);
        assert_eq!(find(&index.pairs, "185 mnth").len(), 1);
        assert_eq!(find(&index.words, "d20240909").len(), 1);
        assert_eq!(find(&index.words, "d202409").len(), 1);
        assert!(find(&index.words, "d202409")[0].titles.is_empty());
    }

    #[test]
    fn the_day_of_a_record_stands_as_in_its_title() {
        let own = Document {
            date: "2024-09-09".to_owned(),
            ..document("Bé tập rửa tay", "9/9/2024")
        };
        let index = Index::of(&[document("", "9/9/2024"), own]);
        for key in ["d20240909", "d202409"] {
            let found = find(&index.words, key);
            assert_eq!(found.len(), 1, "{key}");
            assert_eq!(
                (&found[0].documents, &found[0].titles),
                (&vec![0, 1], &vec![1])
            );
        }
    }
}
