//! What waits for this signer, with its forms: read once, shown, and held to when it is signed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;
use secrecy::SecretString;

use crate::diag::Finding;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::keys;
use crate::keys::KeyError;
use crate::keys::KeyUri;
use crate::keys::Means;
use crate::pipeline::Stop;
use crate::records::dates;
use crate::render::picture;
use crate::repo::Exchanged;
use crate::repo::Repo;
use crate::seal::SEAL;
use crate::sign::Act;
use crate::sign::Statement;
use crate::signing::Desk;
use crate::signing::Failure;
use crate::signing::NotNow;
use crate::signing::Turn;
use crate::signing::Who;
use crate::signing::act::Wish;
use crate::signing::session::Books;
use crate::signpage::state::Job;
use crate::signpage::state::State;
use crate::signpage::state::Trouble;
use crate::signpage::state::lock;

/// Pixels per point of a form among others.
const COVER: f32 = 0.9;
/// The most single faults that are shown.
const MOST_FAULTS: usize = 20;

/// What was read.
pub(super) enum Read {
    /// What waits.
    Listing(Box<Listing>),
    /// The key says nobody before it is open: whoever sits here must. Ids and names.
    Who(Vec<(String, String)>),
}

/// What waits for one signer.
pub(super) struct Listing {
    pub(super) books: Arc<Books>,
    pub(super) who: Who,
    /// When it was read.
    pub(super) at: Timestamp,
    items: Vec<Arc<Item>>,
    /// How many are not this signer's turn, by reason.
    pub(super) others: BTreeMap<&'static str, usize>,
    /// What somebody should know before signing.
    pub(super) notes: Vec<Words>,
    /// How the PIN stands.
    pub(super) pin: Pin,
    /// What the PIN or password is called, and whether it is needed.
    pub(super) secret: (&'static str, bool),
    /// How the repository stands with the shared one.
    pub(super) shared: Exchanged,
}

/// How the PIN stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pin {
    /// It is asked for.
    Asked(Option<Words>),
    /// One try is left: only in so many words.
    Last(Words),
    /// No use asking.
    Never(Words),
}

/// One signature that is waited for.
pub(super) struct Item {
    pub(super) turn: Turn,
    /// SHA-256 of the form.
    pub(super) digest: Sha256,
    pdf: Arc<[u8]>,
    /// Who signed before: step, name, when.
    pub(super) before: Vec<(String, String, Option<Timestamp>)>,
    pub(super) notes: Vec<Words>,
    /// Whether nothing speaks against it.
    pub(super) ticked: bool,
    /// Whether the signer may return it.
    pub(super) returnable: bool,
}

impl Listing {
    pub(super) fn items(&self) -> &[Arc<Item>] {
        &self.items
    }

    pub(super) fn item(&self, digest: &str) -> Option<Arc<Item>> {
        let found = self
            .items
            .iter()
            .find(|item| item.digest.to_string() == digest);
        found.cloned()
    }
}

impl Item {
    pub(super) fn pdf(&self) -> &[u8] {
        &self.pdf
    }

    /// The first page, small.
    pub(super) fn cover(&self) -> Option<Vec<u8>> {
        let mut pages = picture::pages(&self.pdf, COVER, 1);
        pages.pop().map(|page| page.png)
    }

    /// What was shown, for what is signed to be held to.
    pub(super) fn statement(&self) -> &Statement {
        &self.turn.statement
    }
}

/// Whose key it is, and how its PIN stands. Nobody is asked for anything.
fn key(state: &State) -> Result<(Option<Vec<u8>>, Pin), KeyError> {
    let setup = &state.setup;
    let nobody = |_: &Words| -> Result<SecretString, KeyError> {
        Err(KeyError::NoSecret {
            reason: "—".to_owned(),
        })
    };
    let means = Means {
        dir: &setup.dir,
        pss: setup.pss,
        last_try: false,
        certificate: setup.certificate.as_deref(),
        chain: &setup.chain,
        ask: &nobody,
        say: &|_| {},
        environment: &setup.environment,
    };
    let _alone = lock(&state.key);
    let certificate = keys::certificate(&setup.key, &means)?;
    let pin = match keys::tries(&setup.key, &means) {
        Ok(words) => Pin::Asked(words),
        Err(error @ KeyError::LastTry { .. }) => Pin::Last(error.words()),
        Err(error @ KeyError::Locked { .. }) => Pin::Never(error.words()),
        Err(error) => return Err(error),
    };
    Ok((certificate, pin))
}

pub(super) fn trouble(error: &KeyError) -> Trouble {
    Trouble::new(error.words(), error.help())
}

/// Reads the books of what is checked out.
pub(super) fn books(repo: &Repo) -> Result<Books, Trouble> {
    let mut faults = Vec::new();
    let read = Books::read(repo, &mut |report| {
        faults = report
            .sorted()
            .into_iter()
            .take(MOST_FAULTS)
            .map(fault)
            .collect();
    });
    read.map_err(|stop| match stop {
        Stop::Repo(error) => Trouble::new(error.words(), error.hint()),
        Stop::Refused(_) => Trouble {
            words: Words::new(
                "kho có lỗi; sửa xong mới ký được",
                "the repository is at fault",
            ),
            help: None,
            more: faults,
        },
    })
}

/// A finding as one sentence.
pub(super) fn fault(finding: &Finding) -> Words {
    let place = crate::diag::words::tame(&finding.place.file);
    Words::new(
        format!("{place}: {}", finding.message.vi),
        format!("{place}: {}", finding.message.en),
    )
}

/// Reads everything that waits.
pub(super) fn read(state: &State, job: &Job) -> Result<Read, Trouble> {
    let repo_failed = |error: crate::repo::Error| Trouble::new(error.words(), error.hint());
    job.begin("Đang xem khóa…", 0);
    let (certificate, pin) = key(state).map_err(|error| trouble(&error))?;
    let repo = Repo::open(&state.setup.dir).map_err(repo_failed)?;
    job.begin("Đang lấy bản mới từ kho chung…", 0);
    let shared = repo.receive().map_err(repo_failed)?;
    job.begin("Đang đọc kho hồ sơ…", 0);
    let books = Arc::new(books(&repo)?);
    let at = (state.setup.now)().ok_or_else(no_clock)?;
    let found = match (&certificate, state.person()) {
        (Some(certificate), _) => Who::of(certificate, &books.school, at),
        (None, Some(person)) => Who::named(&person, &books.school, at),
        (None, None) => {
            let people = books.school.people_on(dates::day(at));
            let people = people.map(|person| (person.id.clone(), person.ten.clone()));
            let seal = Who::named(SEAL, &books.school, at).ok();
            let seal = seal.map(|who| (who.id, format!("Con dấu của {}", who.name)));
            return Ok(Read::Who(people.chain(seal).collect()));
        }
    };
    let who = found.map_err(|nobody| Trouble::new(nobody.words(), nobody.help()))?;
    let mut notes = Vec::new();
    if repo.is_dirty_under(&crate::repo::FOLDERS).unwrap_or(false) {
        notes.push(Words::new(
            "có thay đổi chưa ghi (commit) trên máy này; chỉ ký những gì đã ghi",
            "there are changes not yet committed; only what is committed is signed",
        ));
    }
    let press = books.press(at);
    let desk = Desk {
        press: &press,
        who: &who,
    };
    job.begin("Đang tìm hồ sơ chờ ký…", books.traced.len());
    let turns: Vec<Result<Turn, (String, NotNow)>> = books
        .traced
        .par_iter()
        .map(|traced| {
            job.step();
            let id = traced.record.id.clone();
            let turn = desk.turn(traced.clone());
            turn.map_err(|why| (why.words(&id).vi, why))
        })
        .collect();
    let (mut mine, mut others) = (Vec::new(), BTreeMap::new());
    for turn in turns {
        match turn {
            Ok(turn) => mine.push(turn),
            Err((words, why)) => {
                if why == NotNow::Faulty {
                    notes.push(Words::new(words, String::new()));
                }
                *others.entry(why.code()).or_default() += 1;
            }
        }
    }
    job.begin("Đang dựng bản in…", mine.len());
    let laid: Vec<Result<Item, Vec<Words>>> = mine
        .into_par_iter()
        .map(|turn| {
            let item = item(&desk, turn);
            job.step();
            item
        })
        .collect();
    let mut items = Vec::new();
    for one in laid {
        match one {
            Ok(item) => items.push(Arc::new(item)),
            Err(words) => notes.extend(words),
        }
    }
    Ok(Read::Listing(Box::new(Listing {
        who,
        at,
        items,
        others,
        notes,
        pin,
        secret: (
            secret_name(&state.setup.key),
            secret_needed(&state.setup.key),
        ),
        shared,
        books: Arc::clone(&books),
    })))
}

pub(super) fn no_clock() -> Trouble {
    Trouble::new(
        Words::new(
            "SOURCE_DATE_EPOCH không phải số giây",
            "SOURCE_DATE_EPOCH is no number",
        ),
        None,
    )
}

fn item(desk: &Desk<'_>, turn: Turn) -> Result<Item, Vec<Words>> {
    let laid = desk.lay(&turn).map_err(|failure| match failure {
        Failure::Findings(found) => found.iter().map(fault).collect(),
        Failure::Key { words, .. } => vec![words],
        Failure::NotAsked => Vec::new(),
    })?;
    let mut notes = Vec::new();
    let from_text = desk.comes_from_text(&turn);
    if !from_text {
        notes.push(Words::new(
            "bản in mà người trước đã ký khác bản mà văn bản nay dựng ra; hãy đọc kỹ bản in rồi mới chọn ký",
            "the form that others have signed is not what the text gives now; read it before you sign",
        ));
    }
    if turn.changed {
        notes.push(Words::new(
            "hồ sơ đã sửa sau khi ký; đây là bản mới",
            "the record was changed after it was signed; this is the new version",
        ));
    }
    let wish = Wish {
        act: Act::Return,
        reason: "—".to_owned(),
        other: None,
    };
    Ok(Item {
        digest: laid.digest(),
        pdf: laid.bytes(),
        before: desk.before(&turn),
        notes,
        ticked: from_text,
        returnable: desk.acting(turn.traced.clone(), &wish).is_ok(),
        turn,
    })
}

/// What the field of the PIN is called.
fn secret_name(uri: &KeyUri) -> &'static str {
    match uri {
        KeyUri::Pkcs12(_) | KeyUri::Environment(_) => "Mật khẩu của tệp khóa",
        KeyUri::Token(_) => "PIN của token",
        _ => "PIN ký số (nếu nơi ký hỏi)",
    }
}

/// Whether signing is impossible without it.
fn secret_needed(uri: &KeyUri) -> bool {
    matches!(
        uri,
        KeyUri::Pkcs12(_) | KeyUri::Environment(_) | KeyUri::Token(_)
    )
}
