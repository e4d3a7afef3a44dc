//! What was done to a record besides signing, as its page shows it: returned, withdrawn, superseded.
//! Every act is shown with who, when, in which role and why, whether it holds or not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::files;
use crate::archive::levelview::LevelView;
use crate::archive::view;
use crate::archive::view::Link;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::records::school::role_title;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::seal::acts;
use crate::sign::Answer;

/// One act.
#[derive(Clone, Debug, Serialize)]
pub struct ActView {
    /// `tra-lai`, `rut`, `thay-the`.
    pub act: &'static str,
    /// `Trả lại`
    pub label: String,
    /// Who, in full.
    pub who: String,
    /// The role, as it was stated.
    pub role: String,
    /// When, as the signer claims.
    pub when: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The record that replaces this one.
    pub other: Option<Link>,
    /// Whether nothing about it is known to be wrong.
    pub holds: bool,
    /// What was wrong with it.
    pub faults: Vec<String>,
    /// The verdict, in the words of EN 319 102-1.
    pub verdict: &'static str,
    /// The verdict in a sentence.
    pub sentence: String,
    /// What proves when it was signed.
    pub proof: LevelView,
    /// The answers: intact, valid, trusted, order, roster, role.
    pub answers: [&'static str; 6],
    /// Its file.
    pub href: String,
    /// The file's name.
    pub file: String,
    /// The file's digest.
    pub sha256: String,
    /// The instant claimed, for sorting.
    #[serde(skip)]
    pub at: Option<Timestamp>,
}

/// What acts are shown with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The school.
    pub school: &'a School,
    /// Titles of all records, by id.
    pub titles: &'a BTreeMap<RecordId, String>,
}

impl Context<'_> {
    /// The acts over one form whose files lie in `folder`, by time.
    pub fn all(&self, record: &Record, seals: &[Seal], folder: &str) -> Vec<ActView> {
        seals
            .iter()
            .map(|act| self.one(record, act, folder))
            .collect()
    }

    /// One act.
    pub fn one(&self, record: &Record, act: &Seal, folder: &str) -> ActView {
        let examined = &act.examined;
        let statement = examined.statement();
        let signer = act.signer().unwrap_or("—");
        let subject = examined.certificate().and_then(|c| c.subject_cn.clone());
        let known = self
            .school
            .person(signer)
            .filter(|_| act.roster != Answer::No);
        let other = act.other().map(|other| {
            let id = RecordId::parse(other);
            let found = id.as_ref().and_then(|id| self.titles.get(id).zip(Some(id)));
            match found {
                Some((title, id)) => Link {
                    title: title.clone(),
                    href: files::page(id),
                },
                None => Link {
                    title: other.to_owned(),
                    href: String::new(),
                },
            }
        });
        let file = act.file.path.file_name();
        ActView {
            act: act.act().code(),
            label: acts::words(act.act()).vi,
            who: known
                .map(|person| person.ten.clone())
                .or(subject)
                .unwrap_or_else(|| signer.to_owned()),
            role: statement.map(|s| role(&s.capacity)).unwrap_or_default(),
            when: examined.signing_time().map(view::instant),
            reason: act.reason().map(str::to_owned),
            other,
            holds: act.holds(),
            faults: acts::faults(record, act)
                .into_iter()
                .map(|finding| finding.message.vi)
                .collect(),
            verdict: examined.verdict().indication(),
            sentence: view::sentence(examined),
            proof: LevelView::of(examined),
            answers: [
                examined.intact(),
                examined.valid(),
                examined.trusted(),
                act.order,
                act.roster,
                act.role,
            ]
            .map(view::answer),
            href: format!("{folder}/{file}"),
            file: file.to_owned(),
            sha256: act.file.digest.to_string(),
            at: examined.signing_time(),
        }
    }
}

/// A capacity as people read it: `hieu-truong:tuq` is `TUQ. Hiệu trưởng`.
pub fn role(capacity: &str) -> String {
    match capacity.split_once(':') {
        Some((role, form)) => format!("{}. {}", form.to_uppercase(), role_title(role)),
        None => role_title(capacity).to_owned(),
    }
}

/// Record id → the records that it replaces.
pub type Replaced = BTreeMap<RecordId, Vec<Link>>;

/// Which records replace which, by the acts that hold.
pub fn replaced(sealed: &[Sealed]) -> Replaced {
    let mut replaced = Replaced::new();
    for one in sealed {
        let record = &one.rendered.traced.record;
        for act in one.seals.all_acts().filter(|act| act.held()) {
            let Some(other) = act.other().and_then(RecordId::parse) else {
                continue;
            };
            let link = Link {
                title: record.title.clone(),
                href: files::page(&record.id),
            };
            let links = replaced.entry(other).or_default();
            if !links.iter().any(|l| l.href == link.href) {
                links.push(link);
            }
        }
    }
    replaced
}
