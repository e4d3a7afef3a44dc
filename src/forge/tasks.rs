//! What waits for whom, as of one commit and one day: what a person's first page shows.
//!
//! 1. [`Standings`]: every record with where it stands, and what the kinds ask for; made once for each commit and day;
//! 2. [`Tasks`]: a person's part of it, as the page is filled in.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Map;

use crate::archive::files;
use crate::archive::site::Site;
use crate::diag::Report;
use crate::forge::loaded::Loaded;
use crate::forge::reading::ROOM;
use crate::forge::rights::Rights;
use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::ledger::Sources;
use crate::ledger::State;
use crate::ledger::kept::Kept;
use crate::ledger::run::Run;
use crate::pipeline;
use crate::pipeline::Signed;
use crate::pipeline::Silent;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::standing::Standing;
use crate::sign::TrustStore;

/// So many days ahead something is said to be due soon, and so many back to be signed lately.
const NEAR: i32 = 7;

/// Everything as it stands at one commit.
pub struct Standings {
    /// The commit.
    pub revision: String,
    /// The day.
    pub day: Date,
    signed: Vec<(Record, Seals)>,
    ledger: Ledger,
}

impl Standings {
    /// Looks at every record of a commit; faults are said where the records are.
    pub fn of(loaded: &Loaded, year: &str, at: Timestamp) -> Self {
        let (records, day) = (&loaded.records, dates::day(at));
        let input = Signed {
            snapshot: &loaded.snapshot,
            school: &records.school,
            own: None,
            trust: TrustStore::default(),
            at,
        };
        let mut report = Report::default();
        let all = records.all.clone();
        let signed = pipeline::examine(&mut report, input, all, &Silent).records;
        // Whether something came in time is nobody's task any more, so the history is not read.
        let kept: Vec<Kept<'_>> = (signed.iter())
            .map(|(record, seals)| Kept::of(record, seals, None))
            .collect();
        let sources = Sources {
            school: &records.school,
            kinds: &records.kinds,
            kept: &kept,
            on: day,
        };
        let ledger = Ledger::of(&sources, &[year]);
        Self {
            revision: loaded.revision.id.clone(),
            day,
            signed,
            ledger,
        }
    }
}

/// For whom, and with what links.
pub struct Asker<'a> {
    /// The roster and the kinds.
    pub records: &'a Records,
    /// The person's id.
    pub person: &'a str,
    /// The school year that is written here.
    pub year: &'a str,
    /// The archive that she may read, if there is one.
    pub site: Option<&'a Site>,
}

/// A person's part.
#[derive(Debug, Default, Serialize)]
pub struct Tasks {
    /// Given back to be mended.
    pub returned: Vec<Item>,
    /// Her signature is next.
    pub to_sign: Vec<Item>,
    /// Due soon, the soonest first.
    pub soon: Vec<Wanted>,
    /// Due and not there, the newest first.
    pub missing: Vec<Wanted>,
    /// Hers, waiting for others.
    pub with_others: Vec<Item>,
    /// Hers, and every step was signed lately.
    pub lately: Vec<Item>,
}

/// A record.
#[derive(Debug, Serialize)]
pub struct Item {
    /// What it is called.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// Its unit.
    pub unit: String,
    /// Its date.
    pub date: String,
    /// Its page in the archive, if she may read it there.
    pub page: Option<String>,
    /// Itself in the editor, if she may write it.
    pub edit: Option<String>,
    /// On whom it waits, or who gave it back.
    pub who: String,
    /// Why it was given back.
    pub reason: Option<String>,
    /// When.
    pub when: Option<String>,
    #[serde(skip)]
    day: Date,
}

/// What is asked for and not there.
#[derive(Debug, Serialize)]
pub struct Wanted {
    /// The kind.
    pub kind: String,
    /// The unit.
    pub unit: String,
    /// The child or person.
    pub subject: Option<String>,
    /// The periods, `04/9–27/9/2024`.
    pub periods: String,
    /// How many periods.
    pub count: usize,
    /// The last day.
    pub due: String,
    /// Days since.
    pub late: u32,
    /// A new one in the editor.
    pub write: Option<String>,
    #[serde(skip)]
    until: Date,
}

impl Tasks {
    /// What waits for a person.
    pub fn of(standings: &Standings, asker: &Asker<'_>) -> Self {
        let mut tasks = Self::default();
        for (record, seals) in &standings.signed {
            let kept = Kept::of(record, seals, None);
            let own = asker.writes(record);
            let is_next = kept.next.iter().any(|next| next.id == asker.person);
            let others = || {
                kept.next
                    .iter()
                    .map(|next| next.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            match kept.state {
                State::Returned if own && seals.standing == Standing::Returned => {
                    tasks.returned.push(Item {
                        edit: asker.edit(record),
                        ..asker.item(record, seals.deciding(), String::new())
                    });
                }
                State::Draft | State::Waiting | State::Changed if is_next => {
                    if is_open(record, standings.day) {
                        continue;
                    }
                    // A change would take away what others have signed already.
                    let edit = asker.edit(record).filter(|_| kept.state != State::Waiting);
                    let item = asker.item(record, None, String::new());
                    tasks.to_sign.push(Item { edit, ..item });
                }
                State::Waiting if own => tasks.with_others.push(asker.item(record, None, others())),
                State::Signed | State::Closed if own => {
                    let lately = kept.signed.filter(|day| is_near(*day, standings.day));
                    tasks.lately.extend(lately.map(|day| Item {
                        when: Some(dates::official(day)),
                        ..asker.item(record, None, String::new())
                    }));
                }
                _ => {}
            }
        }
        // The newest is what she remembers; what is dated ahead can wait.
        for list in [
            &mut tasks.returned,
            &mut tasks.to_sign,
            &mut tasks.with_others,
            &mut tasks.lately,
        ] {
            list.sort_by_key(|item| std::cmp::Reverse((item.day <= standings.day, item.day)));
        }
        let wanted = |entry: &&Entry| entry.who.iter().any(|who| who.id == asker.person);
        let entries = standings.ledger.of_year(asker.year).filter(wanted);
        let (missing, open): (Vec<&Entry>, Vec<&Entry>) = entries
            .filter(|entry| matches!(entry.state, State::Missing | State::Open))
            .partition(|entry| entry.state == State::Missing);
        let soon = open
            .into_iter()
            .filter(|entry| is_near(standings.day, entry.due));
        tasks.soon = asker.wanted(soon);
        tasks.soon.sort_by_key(|wanted| wanted.until);
        tasks.missing = asker.wanted(missing.into_iter());
        tasks
            .missing
            .sort_by_key(|wanted| std::cmp::Reverse(wanted.until));
        tasks
    }
}

/// Whether `day` lies within the days up to `other`.
fn is_near(day: Date, other: Date) -> bool {
    day.until(other)
        .is_ok_and(|span| (0..=NEAR).contains(&span.get_days()))
}

/// An open book is not signed before its time is over.
fn is_open(record: &Record, day: Date) -> bool {
    record.closing().is_none() && record.range().is_some_and(|(_, until)| until > day)
}

impl Asker<'_> {
    fn rights(&self) -> Rights<'_> {
        Rights {
            records: self.records,
            person: self.person,
        }
    }

    fn writes(&self, record: &Record) -> bool {
        self.rights()
            .may_write(&record.kind, record.id.unit(), record.date, &record.fields)
    }

    fn item(&self, record: &Record, act: Option<&Seal>, who: String) -> Item {
        let id = &record.id;
        let page = files::page(id);
        let is_there = self
            .site
            .is_some_and(|site| site.has(&format!("data/{page}")));
        let signer = act.and_then(Seal::signer);
        let signer = signer.map(|id| {
            self.records
                .school
                .person(id)
                .map_or(id, |person| &person.ten)
        });
        Item {
            title: record.title.clone(),
            kind: record.kind.title.clone(),
            unit: record.unit.ten.clone(),
            date: dates::official(record.date),
            page: is_there.then(|| format!("{ROOM}{page}")),
            edit: None,
            who: signer.map_or(who, str::to_owned),
            reason: act.and_then(Seal::reason).map(str::to_owned),
            when: act.and_then(Seal::day).map(dates::official),
            day: record.date,
        }
    }

    /// A record in the editor, if she may write it there.
    fn edit(&self, record: &Record) -> Option<String> {
        let id = &record.id;
        let is_form = matches!(record.kind.form, FormKind::Record(_));
        (is_form && id.year() == self.year && self.writes(record)).then(|| {
            format!(
                "{}/entries/{}",
                collection(&record.kind, id.unit()),
                id.name()
            )
        })
    }

    fn wanted<'b>(&self, entries: impl Iterator<Item = &'b Entry>) -> Vec<Wanted> {
        let runs = Run::all(entries);
        let one = |run: &Run<'_>| {
            let first = run.first();
            let until = run.entries().iter().map(|entry| entry.due).max();
            let until = until.unwrap_or(first.due);
            let may = matches!(first.kind.form, FormKind::Record(_))
                && self
                    .rights()
                    .may_write_in(&first.kind, &first.unit.id, self.year, &Map::new());
            Wanted {
                kind: first.kind.title.clone(),
                unit: first.unit.ten.clone(),
                subject: first.subject.as_ref().map(|subject| subject.name.clone()),
                periods: run.periods().vi,
                count: run.entries().len(),
                due: dates::official(until),
                late: run.late(),
                write: may.then(|| format!("{}/new", collection(&first.kind, &first.unit.id))),
                until,
            }
        };
        runs.iter().map(one).collect()
    }
}

/// A list of the editor.
fn collection(kind: &Arc<Kind>, unit: &str) -> String {
    format!("/bien-tap/#/collections/{unit}_{}", kind.id)
}
