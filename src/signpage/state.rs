//! What is shown now, forms that count once, and work under way.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::thread;

use crate::diag::Words;
use crate::records::dates;
use crate::render::picture;
use crate::render::picture::Picture;
use crate::repo::Repo;
use crate::signpage::Setup;
use crate::signpage::listing;
use crate::signpage::listing::Item;
use crate::signpage::listing::Listing;
use crate::signpage::work::Outcome;
use crate::web::Life;
use crate::web::Secret;

/// The most forms that are remembered; the oldest are forgotten, and say so.
const TICKETS: usize = 256;
/// The most forms whose pictures are kept.
const DRAWN: usize = 4;
/// Pixels per point of a page that is read.
const SCALE: f32 = 1.7;

/// What a piece of work does.
pub(super) type Work = Box<dyn FnOnce(&Job) -> Outcome + Send>;

/// Everything that the page's handlers share.
pub(super) struct State {
    pub(super) setup: Setup,
    pub(super) session: Secret,
    pub(super) life: Life,
    /// One use of the key at a time: drivers of tokens do not like two.
    pub(super) key: Mutex<()>,
    start: Mutex<Option<Secret>>,
    inner: Mutex<Inner>,
    over: Condvar,
    drawn: Mutex<VecDeque<(String, Arc<Vec<Picture>>)>>,
}

#[derive(Default)]
struct Inner {
    person: Option<String>,
    ready: Ready,
    tickets: BTreeMap<String, Held>,
    order: VecDeque<String>,
    running: Option<String>,
}

#[derive(Default)]
enum Ready {
    #[default]
    No,
    Under(Arc<Job>),
    Who(Vec<(String, String)>),
    Trouble(Arc<Trouble>),
    Listing(Arc<Listing>),
}

enum Held {
    Open(Option<Arc<Listing>>),
    Job(Arc<Job>),
    /// Used for something that leaves no trace.
    Spent,
}

/// What a nonce stands for.
pub(super) enum Ticket {
    /// It was open, and is used now without work.
    Open,
    /// Its work is under way or done.
    Used,
    /// It is none of ours, or forgotten.
    Unknown,
}

/// What the first page shows.
pub(super) enum Shown {
    Who(Vec<(String, String)>),
    Preparing(Arc<Job>),
    Trouble(Arc<Trouble>),
    Listing(Arc<Listing>),
}

/// What went wrong, and how to go on.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) words: Words,
    pub(super) help: Option<Words>,
    /// Single faults, such as those of records.
    pub(super) more: Vec<Words>,
}

impl Trouble {
    pub(super) fn new(words: Words, help: Option<Words>) -> Self {
        let more = Vec::new();
        Self { words, help, more }
    }
}

/// How far some work is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) words: &'static str,
    pub(super) done: usize,
    pub(super) total: usize,
}

/// Work under way or done.
#[derive(Default)]
pub(super) struct Job {
    progress: Mutex<Progress>,
    outcome: OnceLock<Arc<Outcome>>,
}

impl Job {
    /// A stage of `total` steps begins.
    pub(super) fn begin(&self, words: &'static str, total: usize) {
        let done = 0;
        *lock(&self.progress) = Progress { words, done, total };
    }

    /// One step of it is done.
    pub(super) fn step(&self) {
        lock(&self.progress).done += 1;
    }

    pub(super) fn progress(&self) -> Progress {
        lock(&self.progress).clone()
    }

    pub(super) fn outcome(&self) -> Option<Arc<Outcome>> {
        self.outcome.get().cloned()
    }
}

/// What is guarded is whole at any moment, so a thread that panicked does no harm.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(super) fn new(setup: Setup, start: Secret, session: Secret, life: Life) -> Self {
        let person = setup.person.clone();
        Self {
            setup,
            session,
            life,
            key: Mutex::new(()),
            start: Mutex::new(Some(start)),
            inner: Mutex::new(Inner {
                person,
                ..Inner::default()
            }),
            over: Condvar::new(),
            drawn: Mutex::default(),
        }
    }

    /// Whether this is the link's secret; it is only once.
    pub(super) fn opens(&self, given: &str) -> bool {
        let mut start = lock(&self.start);
        let right = start.as_ref().is_some_and(|secret| secret.is(given));
        if right {
            *start = None;
        }
        right
    }

    /// The work that signs or sends now.
    pub(super) fn running(&self) -> Option<String> {
        lock(&self.inner).running.clone()
    }

    /// Waits for what is being signed.
    pub(super) fn finish(&self) {
        let inner = lock(&self.inner);
        let over = self.over.wait_while(inner, |inner| inner.running.is_some());
        drop(over);
    }

    /// Lets go of what was read.
    pub(super) fn forget(&self) {
        let mut inner = lock(&self.inner);
        if !matches!(inner.ready, Ready::Under(_)) {
            inner.ready = Ready::No;
        }
    }

    /// Whoever sits here says who they are; the key will have to agree.
    pub(super) fn choose(&self, person: String) {
        let mut inner = lock(&self.inner);
        inner.person = Some(person);
        inner.ready = Ready::No;
    }

    pub(super) fn person(&self) -> Option<String> {
        lock(&self.inner).person.clone()
    }

    /// What the first page shows; begins to read where it must.
    pub(super) fn shown(self: &Arc<Self>) -> Shown {
        let mut inner = lock(&self.inner);
        if let Ready::Listing(listing) = &inner.ready
            && !self.is_current(listing)
        {
            inner.ready = Ready::No;
        }
        match &inner.ready {
            Ready::Who(people) => Shown::Who(people.clone()),
            Ready::Trouble(trouble) => Shown::Trouble(Arc::clone(trouble)),
            Ready::Listing(listing) => Shown::Listing(Arc::clone(listing)),
            Ready::Under(job) => Shown::Preparing(Arc::clone(job)),
            Ready::No => {
                let job = Arc::new(Job::default());
                inner.ready = Ready::Under(Arc::clone(&job));
                drop(inner);
                self.prepare(&job);
                Shown::Preparing(job)
            }
        }
    }

    /// Whether a listing is of what is checked out now, and of today.
    fn is_current(&self, listing: &Listing) -> bool {
        let revision = Repo::open(&self.setup.dir).and_then(|repo| repo.revision(None));
        let same = revision.is_ok_and(|revision| revision.id == listing.books.revision.id);
        let today = (self.setup.now)().map(dates::day);
        same && today == Some(dates::day(listing.at))
    }

    fn prepare(self: &Arc<Self>, job: &Arc<Job>) {
        let (state, own) = (Arc::clone(self), Arc::clone(job));
        let work = move || {
            let read = catch_unwind(AssertUnwindSafe(|| listing::read(&state, &own)));
            let ready = match read {
                Ok(Ok(listing::Read::Listing(listing))) => Ready::Listing(Arc::new(*listing)),
                Ok(Ok(listing::Read::Who(people))) => Ready::Who(people),
                Ok(Err(trouble)) => Ready::Trouble(Arc::new(trouble)),
                Err(_) => Ready::Trouble(Arc::new(broken())),
            };
            lock(&state.inner).ready = ready;
        };
        if thread::Builder::new().spawn(work).is_err() {
            lock(&self.inner).ready = Ready::Trouble(Arc::new(broken()));
        }
    }

    /// A nonce for one form; of a listing, if the form is about one.
    pub(super) fn ticket(&self, listing: Option<Arc<Listing>>) -> String {
        // Without randomness there is no session either, so this cannot be reached.
        let nonce = Secret::new().map(|secret| secret.reveal().to_owned());
        let nonce = nonce.unwrap_or_default();
        let mut inner = lock(&self.inner);
        inner.tickets.insert(nonce.clone(), Held::Open(listing));
        inner.order.push_back(nonce.clone());
        while inner.order.len() > TICKETS
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.tickets.remove(&oldest);
        }
        nonce
    }

    /// Uses a nonce. The first time `begin` says what is done, if anything; every other time nothing is.
    pub(super) fn take(
        self: &Arc<Self>,
        nonce: Option<&str>,
        begin: impl FnOnce(Option<Arc<Listing>>) -> Option<Work>,
    ) -> Ticket {
        let Some(nonce) = nonce else {
            return Ticket::Unknown;
        };
        let mut inner = lock(&self.inner);
        if let Some(running) = &inner.running
            && running != nonce
        {
            // One signing at a time; the nonce stays good.
            return Ticket::Unknown;
        }
        let listing = match inner.tickets.get(nonce) {
            Some(Held::Open(listing)) => listing.clone(),
            Some(Held::Job(_) | Held::Spent) => return Ticket::Used,
            None => return Ticket::Unknown,
        };
        let Some(work) = begin(listing) else {
            inner.tickets.insert(nonce.to_owned(), Held::Spent);
            return Ticket::Open;
        };
        let job = Arc::new(Job::default());
        inner
            .tickets
            .insert(nonce.to_owned(), Held::Job(Arc::clone(&job)));
        inner.running = Some(nonce.to_owned());
        drop(inner);
        let state = Arc::clone(self);
        let own = Arc::clone(&job);
        let doing = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&own)));
            state.done(&own, outcome.unwrap_or_else(|_| Outcome::trouble(broken())));
        };
        if thread::Builder::new().spawn(doing).is_err() {
            self.done(&job, Outcome::trouble(broken()));
        }
        Ticket::Used
    }

    fn done(&self, job: &Job, outcome: Outcome) {
        let _ = job.outcome.set(Arc::new(outcome));
        let mut inner = lock(&self.inner);
        inner.running = None;
        inner.ready = Ready::No;
        self.over.notify_all();
        self.life.touch();
    }

    pub(super) fn job(&self, nonce: &str) -> Option<Arc<Job>> {
        match lock(&self.inner).tickets.get(nonce) {
            Some(Held::Job(job)) => Some(Arc::clone(job)),
            _ => None,
        }
    }

    /// A form that is listed now, or on a page that is still open.
    pub(super) fn item(&self, digest: &str) -> Option<Arc<Item>> {
        let inner = lock(&self.inner);
        let shown = match &inner.ready {
            Ready::Listing(listing) => Some(listing),
            _ => None,
        };
        let open = inner.tickets.values().filter_map(|held| match held {
            Held::Open(listing) => listing.as_ref(),
            _ => None,
        });
        shown
            .into_iter()
            .chain(open)
            .find_map(|listing| listing.item(digest))
    }

    /// The pages of a form.
    pub(super) fn drawn(&self, item: &Item) -> Arc<Vec<Picture>> {
        let name = item.digest.to_string();
        let known = |all: &VecDeque<(String, Arc<Vec<Picture>>)>| {
            let found = all.iter().find(|(own, _)| *own == name);
            found.map(|(_, pages)| Arc::clone(pages))
        };
        if let Some(pages) = known(&lock(&self.drawn)) {
            return pages;
        }
        let pages = Arc::new(picture::pages(item.pdf(), SCALE, picture::MAX_PAGES));
        let mut drawn = lock(&self.drawn);
        drawn.push_back((name, Arc::clone(&pages)));
        if drawn.len() > DRAWN {
            drawn.pop_front();
        }
        pages
    }
}

fn broken() -> Trouble {
    Trouble::new(
        Words::new(
            "chương trình gặp lỗi bên trong",
            "something broke inside the program",
        ),
        Some(Words::new(
            "chạy lại `hoso sign --page`; chữ ký đã làm được giữ lại",
            "run `hoso sign --page` again; signatures that were made are kept",
        )),
    )
}
