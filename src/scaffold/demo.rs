//! A throw-away authority for one school: a root to trust, a key for each of its people and for its
//! seal, and their certificates entered in `school.yaml`; if wanted, lists that say that none of them
//! is revoked, and a root and a key for time-stamps.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::civil::time;
use jiff::tz::Offset;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::school::Assignment;
use crate::records::school::Organisation;
use crate::records::school::Person;
use crate::records::school::SCHOOL_FILE;
use crate::render::kept::evidence;
use crate::render::kept::evidence::Kind;
use crate::scaffold::Files;
use crate::scaffold::school;
use crate::scaffold::school::Entry;
use crate::scaffold::school::Holder;
use crate::sign::demo::Authority;
use crate::sign::demo::DemoError;
use crate::sign::demo::KeyChoice;
use crate::sign::demo::Person as Subject;
use crate::sign::demo::Stampers;
use crate::sign::demo::Validity;

/// Where the root is put.
pub const ROOT: &str = "signatures/anchors/demo-root.pem";
/// Where the root of time-stamps is put.
pub const STAMP_ROOT: &str = "signatures/tsa/demo-tsa.pem";
/// Where the key for time-stamps is put; it is no person's.
pub const STAMP_KEY: &str = "keys/tsa.p12";

/// From which to which day the certificates hold, by the clock of Viet Nam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// What was made for a school.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its `school.yaml` with the certificates.
    pub school: String,
    /// [`ROOT`], `keys/<person>.p12` and `keys/dau.p12`. The keys are never committed.
    pub files: Files,
}

/// Makes an authority and keys for `people` (for everyone when empty) and the seal of the school
/// that `text` describes. Nobody's certificate holds longer than the person works there.
///
/// # Errors
/// The reason: a text that cannot be read, an unknown person, or a key that cannot be made.
pub fn for_school(text: &str, people: &[&str], term: Term, password: &str) -> Result<Trial, Words> {
    make(text, people, term, password).map(|(trial, _)| trial)
}

/// Makes the same, and what proves it for a year from `today` on: the lists of the authorities, by
/// which nobody is revoked, and a root and a key for time-stamps.
///
/// # Errors
/// As [`for_school`].
pub fn with_proofs(text: &str, term: Term, password: &str, today: Date) -> Result<Trial, Words> {
    let (mut trial, authority) = make(text, &[], term, password)?;
    let failed = |error: DemoError| error.words();
    let year = validity(Term {
        from: today,
        to: today.saturating_add(1.year()),
    })?;
    let stampers = Stampers::new(&authority.0, KeyChoice::P256, validity(term)?).map_err(failed)?;
    let stamper = stampers.issue(KeyChoice::Rsa2048, validity(term)?, password);
    let mut lists = authority.1.lists(year, &[]).map_err(failed)?.to_vec();
    lists.push(stampers.list(year, &[]).map_err(failed)?);
    for list in lists {
        trial.files.insert(evidence::place(Kind::Crl, &list), list);
    }
    let root = stampers.root_pem().into_bytes();
    trial.files.insert(STAMP_ROOT.to_owned(), root);
    let key = stamper.map_err(failed)?.pkcs12;
    trial.files.insert(STAMP_KEY.to_owned(), key);
    Ok(trial)
}

/// What was made, and the authority under the name of its school.
fn make(
    text: &str,
    people: &[&str],
    term: Term,
    password: &str,
) -> Result<(Trial, (String, Authority)), Words> {
    let value = school::document(text)?.value;
    let all: Vec<Person> = part(&value, "nguoi")?;
    let roles: Vec<Assignment> = part(&value, "vai-tro")?;
    let organisations: Vec<Organisation> = part(&value, "truong")?;
    let name = &organisations.first().ok_or_else(|| missing("truong"))?.ten;
    if let Some(unknown) = people.iter().find(|id| all.iter().all(|p| p.id != **id)) {
        return Err(nobody(unknown, &all));
    }
    let authority =
        Authority::new(name, KeyChoice::P256, validity(term)?).map_err(|e| e.words())?;
    let mut maker = Maker {
        authority,
        password,
        entries: Vec::new(),
        files: Files::new(),
    };
    for (index, person) in all.iter().enumerate() {
        let asked = people.is_empty() || people.contains(&person.id.as_str());
        let Some(term) = at_work(person, term).filter(|_| asked) else {
            continue;
        };
        let principal = roles
            .iter()
            .any(|r| r.nguoi == person.id && r.vai_tro == "hieu-truong");
        let uid = format!("CCCD:{:012}", index + 1);
        let key = if principal {
            KeyChoice::Rsa2048
        } else {
            KeyChoice::P256
        };
        maker.issue(
            Holder::Person(index),
            &person.id,
            &person.ten,
            &uid,
            key,
            term,
        )?;
    }
    maker.issue(
        Holder::Seal,
        SEAL,
        name,
        "MST:0000000001",
        KeyChoice::Rsa2048,
        term,
    )?;
    let Maker {
        authority,
        entries,
        mut files,
        ..
    } = maker;
    files.insert(ROOT.to_owned(), authority.root_pem().into_bytes());
    let trial = Trial {
        school: school::enter(text, &entries)?,
        files,
    };
    Ok((trial, (name.clone(), authority)))
}

/// The name of the seal's key, as of the seal's signatures.
const SEAL: &str = "dau";

struct Maker<'a> {
    authority: Authority,
    password: &'a str,
    entries: Vec<Entry>,
    files: Files,
}

impl Maker<'_> {
    fn issue(
        &mut self,
        holder: Holder,
        id: &str,
        name: &str,
        uid: &str,
        key: KeyChoice,
        term: Term,
    ) -> Result<(), Words> {
        let subject = Subject {
            name,
            uid,
            key,
            validity: validity(term)?,
        };
        let made = self
            .authority
            .issue(&subject, self.password)
            .map_err(|e: DemoError| e.words())?;
        let sha256 = Sha256::of(&made.certificate).to_string();
        self.entries.push(Entry {
            holder,
            sha256,
            from: term.from,
            to: term.to,
        });
        self.files.insert(format!("keys/{id}.p12"), made.pkcs12);
        Ok(())
    }
}

fn part<T: DeserializeOwned>(value: &Value, key: &str) -> Result<T, Words> {
    let part = value.get(key).cloned().ok_or_else(|| missing(key))?;
    serde_json::from_value(part).map_err(|e| {
        let detail = tame(&e.to_string());
        Words::new(
            format!("mục `{key}` của {SCHOOL_FILE} chưa đúng quy định: {detail}"),
            format!("`{key}` in {SCHOOL_FILE} is not sound: {detail}"),
        )
    })
}

fn missing(key: &str) -> Words {
    Words::new(
        format!("{SCHOOL_FILE} thiếu mục `{key}`"),
        format!("`{key}` is missing in {SCHOOL_FILE}"),
    )
}

fn nobody(id: &str, all: &[Person]) -> Words {
    let shown = tame(id);
    let (vi, en) = match near_miss(id, all.iter().map(|p| p.id.as_str())) {
        Some(near) => (
            format!("; có phải là `{near}`?"),
            format!("; did you mean `{near}`?"),
        ),
        None => Default::default(),
    };
    Words::new(
        format!("không có người `{shown}` trong {SCHOOL_FILE}{vi}"),
        format!("{SCHOOL_FILE} has no person `{shown}`{en}"),
    )
}

fn at_work(person: &Person, term: Term) -> Option<Term> {
    let from = term.from.max(person.period.tu);
    let to = person.period.den.map_or(term.to, |last| term.to.min(last));
    (from <= to).then_some(Term { from, to })
}

fn validity(term: Term) -> Result<Validity, Words> {
    let vietnam = Offset::constant(7);
    let instant = |date: Date, at| -> Result<Timestamp, Words> {
        vietnam.to_timestamp(date.to_datetime(at)).map_err(|e| {
            Words::new(
                format!("ngày {date} không dùng được: {e}"),
                format!("{date} cannot be used: {e}"),
            )
        })
    };
    Ok(Validity {
        from: instant(term.from, time(0, 0, 0, 0))?,
        until: instant(term.to, time(23, 59, 59, 0))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::school::School;
    use crate::repo::Snapshot;
    use crate::sign::Pkcs12;
    use crate::sign::Signer;

    const PROJECT: &str = include_str!("../../content/school.yaml");

    const TERM: Term = Term {
        from: Date::constant(2024, 8, 1),
        to: Date::constant(2027, 7, 31),
    };

    fn school(text: &str) -> School {
        School::read(&Snapshot::of_files([(SCHOOL_FILE, text.as_bytes())])).unwrap()
    }

    #[test]
    fn the_sample_school_is_enrolled_and_keeps_every_byte() {
        let trial = for_school(PROJECT, &[], TERM, "thử").unwrap();
        let mut rest = trial.school.chars();
        assert!(
            PROJECT.chars().all(|c| rest.any(|r| r == c)),
            "something was lost"
        );
        let (before, after) = (school(PROJECT), school(&trial.school));
        let day = Date::constant(2024, 9, 20);
        assert_eq!(before.people_on(day).count(), after.people_on(day).count());
        for person in after.people_on(day) {
            let file = &trial.files[&format!("keys/{}.p12", person.id)];
            let key = Pkcs12::open(file, "thử").unwrap();
            let digest = Sha256::of(key.certificate());
            assert_eq!(
                after.owner(&digest, day).map(|p| p.id.as_str()),
                Some(person.id.as_str())
            );
            assert!(
                after
                    .owner(
                        &digest,
                        person.period.tu.min(TERM.from).yesterday().unwrap()
                    )
                    .is_none()
            );
        }
        let seal = Pkcs12::open(&trial.files["keys/dau.p12"], "thử").unwrap();
        assert!(after.is_seal(&Sha256::of(seal.certificate()), day));
    }

    #[test]
    fn only_those_asked_for_are_enrolled() {
        let trial = for_school(PROJECT, &["tran-van-luc"], TERM, "thử").unwrap();
        assert_eq!(
            trial.files.keys().collect::<Vec<_>>(),
            ["keys/dau.p12", "keys/tran-van-luc.p12", ROOT]
        );
        let error = for_school(PROJECT, &["tran-van-lục"], TERM, "thử").unwrap_err();
        assert_eq!(
            error.en,
            "content/school.yaml has no person `tran-van-lục`; did you mean `tran-van-luc`?"
        );
    }

    #[test]
    fn a_text_that_is_no_school_is_refused() {
        for text in ["", "truong: [\n", "nguoi: []\nvai-tro: []\ntruong: []\n"] {
            assert!(for_school(text, &[], TERM, "thử").is_err(), "{text}");
        }
    }
}
