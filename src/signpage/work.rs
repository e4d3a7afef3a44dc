//! One PIN, one commit, and sending it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use secrecy::ExposeSecret;
use secrecy::SecretString;
use zeroize::Zeroize;

use crate::diag::Words;
use crate::keys;
use crate::keys::KeyError;
use crate::keys::Means;
use crate::keys::OpenKey;
use crate::net::HttpUrl;
use crate::records::dates;
use crate::repo::Exchanged;
use crate::repo::Repo;
use crate::sign::Act;
use crate::sign::MAX_REASON;
use crate::signing::Desk;
use crate::signing::Stamper;
use crate::signing::Turn;
use crate::signing::Who;
use crate::signing::act::Acting;
use crate::signing::act::Wish;
use crate::signing::session;
use crate::signing::session::Books;
use crate::signing::session::Failed;
use crate::signing::session::Order;
use crate::signpage::listing;
use crate::signpage::listing::Item;
use crate::signpage::listing::Listing;
use crate::signpage::state::Job;
use crate::signpage::state::State;
use crate::signpage::state::Trouble;
use crate::signpage::state::lock;

/// The fields that reasons come in: this, then the record's id.
pub(super) const REASON: &str = "ly-do:";

/// What a form asks for.
#[derive(Debug)]
pub(super) struct Asked {
    sign: BTreeSet<String>,
    /// Why, by record; what is returned is not signed.
    returned: BTreeMap<String, String>,
    pin: SecretString,
    last_try: bool,
}

impl Asked {
    /// Reads the fields of the form. The PIN is overwritten where it stood.
    pub(super) fn of(fields: Vec<(String, String)>) -> Self {
        let mut asked = Self {
            sign: BTreeSet::new(),
            returned: BTreeMap::new(),
            pin: SecretString::from(String::new()),
            last_try: false,
        };
        for (name, mut value) in fields {
            match name.as_str() {
                "ky" => {
                    asked.sign.insert(value);
                }
                "pin" => {
                    asked.pin = SecretString::from(value.as_str());
                    value.zeroize();
                }
                "lan-cuoi" => asked.last_try = true,
                name => {
                    let reason = value.split_whitespace().collect::<Vec<_>>().join(" ");
                    if let Some(id) = name.strip_prefix(REASON).filter(|_| !reason.is_empty()) {
                        asked.returned.insert(id.to_owned(), reason);
                    }
                }
            }
        }
        asked
    }
}

/// What came of some work.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was signed: id, title, step.
    pub(super) signed: Vec<(String, String)>,
    pub(super) returned: Vec<(String, String)>,
    /// What was not, and why.
    pub(super) not: Vec<Words>,
    /// How many signatures an earlier run had made.
    pub(super) resumed: usize,
    pub(super) trouble: Option<Trouble>,
    /// What somebody should know besides.
    pub(super) notes: Vec<Words>,
    pub(super) commit: Option<String>,
    /// How the repository stands with the shared one; none when that was not asked.
    pub(super) shared: Option<Exchanged>,
}

impl Outcome {
    pub(super) fn trouble(trouble: Trouble) -> Self {
        Self {
            trouble: Some(trouble),
            ..Self::default()
        }
    }
}

/// Sends what is entered here.
pub(super) fn send(state: &State, job: &Job) -> Outcome {
    job.begin("Đang gửi về kho chung…", 0);
    let sent = Repo::open(&state.setup.dir).and_then(|repo| repo.send());
    match sent {
        Ok(shared) => Outcome {
            shared: Some(shared),
            ..Outcome::default()
        },
        Err(error) => Outcome::trouble(Trouble::new(error.words(), error.hint())),
    }
}

/// Signs and returns what was asked for, enters it, and sends it.
pub(super) fn sign(state: &State, listing: &Listing, asked: &Asked, job: &Job) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(trouble) = signed(state, listing, asked, job, &mut outcome) {
        outcome.trouble = Some(trouble);
    }
    if outcome.commit.is_some() {
        let sent = send(state, job);
        outcome.shared = sent.shared;
        outcome
            .notes
            .extend(sent.trouble.map(|trouble| trouble.words));
    }
    outcome
}

fn signed(
    state: &State,
    listing: &Listing,
    asked: &Asked,
    job: &Job,
    outcome: &mut Outcome,
) -> Result<(), Trouble> {
    let plain = |vi: &str, en: &str| Trouble::new(Words::new(vi, en), None);
    let repo_failed = |error: crate::repo::Error| Trouble::new(error.words(), error.hint());
    if asked.sign.is_empty() && asked.returned.is_empty() {
        return Err(plain("chưa chọn hồ sơ nào", "no record was chosen"));
    }
    let at = (state.setup.now)().ok_or_else(listing::no_clock)?;
    let repo = Repo::open(&state.setup.dir).map_err(repo_failed)?;
    let journal = repo.journal().map_err(repo_failed)?;
    job.begin("Đang đối chiếu với những gì đã xem…", 0);
    let revision = repo.revision(None).map_err(repo_failed)?;
    let books: Arc<Books> = match revision.id == listing.books.revision.id {
        true => Arc::clone(&listing.books),
        false => Arc::new(listing::books(&repo)?),
    };
    let press = books.press(at);
    let desk = Desk {
        press: &press,
        who: &listing.who,
    };
    let (turns, acts) = agreed(&desk, &books, listing, asked, outcome);
    if turns.is_empty() && acts.is_empty() {
        return Err(plain(
            "không còn gì để ký hoặc trả lại",
            "there is nothing left to sign or return",
        ));
    }
    let stamper = stamper(state, &books, at)?;
    job.begin("Đang mở khóa…", 0);
    let _alone = lock(&state.key);
    let notes = Mutex::new(Vec::new());
    let key = open(state, asked, &notes).map_err(|error| {
        // How the PIN stood before is of interest only while it does not open.
        outcome.notes.append(&mut lock(&notes));
        listing::trouble(&error)
    })?;
    // Whoever chose a name from the list must hold that person's key.
    let holder = Who::of(key.certificate(), &books.school, at)
        .map_err(|nobody| Trouble::new(nobody.words(), nobody.help()))?;
    if holder.id != listing.who.id {
        return Err(Trouble::new(
            Words::new(
                format!(
                    "khóa này là của {}, không phải của {}; chưa ký gì",
                    holder.name, listing.who.name
                ),
                format!(
                    "this is the key of {}, not of {}; nothing was signed",
                    holder.name, listing.who.name
                ),
            ),
            Some(Words::new(
                "tải lại trang và chọn đúng người",
                "load the page again and choose who you are",
            )),
        ));
    }
    job.begin("Đang ký…", turns.len());
    let desk = Desk {
        press: &press,
        who: &holder,
    };
    let order = Order {
        repo: &repo,
        revision: &books.revision,
        desk: &desk,
        turns: &turns,
        acts: &acts,
        all: true,
        journal: &journal,
        progress: &|| job.step(),
        stamp: &|files| {
            if stamper.asks() {
                job.begin("Đang xin dấu thời gian…", files.len());
            }
            stamper.stamp(files, &journal, press.trust.store, at, &|| job.step())
        },
    };
    let entered = session::sign(&order, key).map_err(|failed| untold(failed, outcome))?;
    let title = |id: &crate::records::id::RecordId| {
        let turns = turns.iter().map(|turn| &turn.traced.record);
        let acts = acts.iter().map(|acting| &acting.traced.record);
        let found = turns.chain(acts).find(|record| record.id == *id);
        let title = found.map(|record| record.title.clone()).unwrap_or_default();
        (id.to_string(), title)
    };
    outcome.signed = entered.signed.iter().map(title).collect();
    outcome.returned = entered.acted.iter().map(title).collect();
    outcome
        .not
        .extend(entered.findings.iter().map(listing::fault));
    outcome.resumed = entered.resumed;
    outcome.commit = Some(entered.commit);
    if !entered.unstamped.is_empty() {
        let count = entered.unstamped.len();
        outcome.notes.push(Words::new(
            format!("{count} chữ ký chưa có dấu thời gian; chạy sau: hoso renew --all --level t"),
            format!("{count} signatures have no time-stamp; run later: hoso renew --all --level t"),
        ));
    }
    Ok(())
}

/// What was asked for and is still what was shown.
fn agreed(
    desk: &Desk<'_>,
    books: &Books,
    listing: &Listing,
    asked: &Asked,
    outcome: &mut Outcome,
) -> (Vec<Turn>, Vec<Acting>) {
    let (mut turns, mut acts) = (Vec::new(), Vec::new());
    let ids: BTreeSet<&String> = asked.sign.iter().chain(asked.returned.keys()).collect();
    for id in ids {
        let known = listing
            .items()
            .iter()
            .find(|item| item.turn.traced.record.id.as_str() == id);
        let Some(item) = known else {
            outcome.not.push(Words::new(
                format!(
                    "`{}`: không có trong danh sách đã xem",
                    crate::diag::words::tame(id)
                ),
                "not in the list that was shown",
            ));
            continue;
        };
        let turn = match still(desk, books, item) {
            Ok(turn) => turn,
            Err(words) => {
                outcome.not.push(words);
                continue;
            }
        };
        let Some(reason) = asked.returned.get(id) else {
            turns.push(turn);
            continue;
        };
        let id = turn.traced.record.id.clone();
        if reason.len() > MAX_REASON || reason.chars().any(char::is_control) {
            outcome.not.push(Words::new(
                format!("`{id}`: lý do trả lại quá dài (tối đa {MAX_REASON} byte)"),
                format!("`{id}`: the reason is too long (at most {MAX_REASON} bytes)"),
            ));
            continue;
        }
        let wish = Wish {
            act: Act::Return,
            reason: reason.clone(),
            other: None,
        };
        match desk.acting(turn.traced, &wish) {
            Ok(acting) => acts.push(acting),
            Err(refusal) => outcome.not.push(refusal.words(&id)),
        }
    }
    (turns, acts)
}

/// The turn of now, if it would sign the very form that was shown, and state the same.
fn still(desk: &Desk<'_>, books: &Books, item: &Item) -> Result<Turn, Words> {
    let id = &item.turn.traced.record.id;
    let changed = || {
        Words::new(
            format!("`{id}`: đã đổi từ lúc anh/chị xem; hãy xem lại rồi ký"),
            format!("`{id}`: it changed since you saw it; look again, then sign"),
        )
    };
    let traced = books.traced.iter().find(|traced| traced.record.id == *id);
    let turn = desk.turn(traced.ok_or_else(changed)?.clone());
    let turn = turn.map_err(|why| why.words(id))?;
    let laid = desk.lay(&turn).map_err(|_| changed())?;
    match laid.digest() == item.digest && turn.statement == *item.statement() {
        true => Ok(turn),
        false => Err(changed()),
    }
}

fn stamper(state: &State, books: &Books, at: jiff::Timestamp) -> Result<Stamper, Trouble> {
    let urls = match &state.setup.stampers {
        Some(urls) => urls.clone(),
        None => {
            let named = books.school.stampers(dates::day(at));
            let parsed = named.map(HttpUrl::parse).collect::<Result<_, _>>();
            parsed.map_err(|error: crate::net::NetError| Trouble::new(error.words(), None))?
        }
    };
    Ok(Stamper::new(urls, state.setup.now, state.setup.random))
}

/// Opens the key with the PIN of the form: once, whatever comes of it.
fn open(state: &State, asked: &Asked, notes: &Mutex<Vec<Words>>) -> Result<OpenKey, KeyError> {
    let setup = &state.setup;
    // One secret is typed, and it is given out once: a second question is for another one.
    let given = Cell::new(false);
    let ask = |_: &Words| {
        let reason = match (asked.pin.expose_secret().is_empty(), given.replace(true)) {
            (false, false) => return Ok(asked.pin.clone()),
            // An empty PIN would be a try lost.
            (true, _) => "chưa nhập / empty",
            (_, true) => "nơi ký hỏi nhiều mã: dùng `hoso sign` / several secrets: use `hoso sign`",
        };
        let reason = reason.to_owned();
        Err(KeyError::NoSecret { reason })
    };
    let means = Means {
        dir: &setup.dir,
        pss: setup.pss,
        last_try: asked.last_try,
        certificate: setup.certificate.as_deref(),
        chain: &setup.chain,
        ask: &ask,
        say: &|words| lock(notes).push(words.clone()),
        environment: &setup.environment,
    };
    keys::open(&setup.key, &means)
}

/// Why nothing was entered.
fn untold(failed: Failed, outcome: &mut Outcome) -> Trouble {
    let kept = |kept: usize| {
        (kept > 0).then(|| {
            Words::new(
                format!("{kept} chữ ký đã làm được giữ lại; ký lần nữa là ký tiếp phần còn thiếu"),
                format!("{kept} signatures are made and kept; sign again for the rest"),
            )
        })
    };
    match failed {
        Failed::Key {
            id,
            words,
            kept: count,
        } => Trouble::new(
            Words::new(
                format!("`{id}`: {}", words.vi),
                format!("`{id}`: {}", words.en),
            ),
            kept(count),
        ),
        Failed::Nothing(found) => {
            outcome.not.extend(found.iter().map(listing::fault));
            let words = Words::new("chưa ký hồ sơ nào", "nothing was signed");
            Trouble::new(words, None)
        }
        Failed::Repo { error, kept: count } => Trouble::new(error.words(), kept(count)),
        Failed::Path(words) => Trouble::new(words, None),
    }
}
