//! Who has signed in. A session is a number that nobody can guess, in a cookie that no script reads; what
//! the editor's requests carry beside it is another one, so that neither alone opens anything. Sessions
//! live in memory: when the program ends, so do they.

use std::collections::BTreeMap;

use aws_lc_rs::error::Unspecified;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::digest::Sha256;
use crate::forge::accounts::Account;
use crate::web::Secret;

/// Longest time without a request.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// Longest time at all: a working day.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Most sessions at a time, and most of one person.
const MOST: usize = 2000;
const MOST_EACH: usize = 10;

/// One session.
#[derive(Clone)]
pub struct Session {
    /// The person's id.
    pub person: String,
    /// What requests of the editor carry, and forms of the pages.
    pub token: Secret,
    /// The digest of the hash of the password that it was opened with.
    password: Sha256,
    began: Timestamp,
    last: Timestamp,
}

/// All sessions, by the digest of their cookie.
#[derive(Default)]
pub struct Sessions {
    all: BTreeMap<Sha256, Session>,
}

impl Sessions {
    /// Begins a session of who knows the password of `account`, and gives the cookie; whatever the browser sent before is not taken up.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn begin(
        &mut self,
        person: &str,
        account: &Account,
        now: Timestamp,
    ) -> Result<(Secret, Session), Unspecified> {
        self.all.retain(|_, session| session.is_alive(now));
        let mut own: Vec<(Timestamp, Sha256)> = (self.all.iter())
            .filter(|(_, session)| session.person == person || self.all.len() >= MOST)
            .map(|(key, session)| (session.last, *key))
            .collect();
        own.sort_unstable();
        let many = (own.len() + 1).saturating_sub(MOST_EACH);
        for (_, key) in own.into_iter().take(many) {
            self.all.remove(&key);
        }
        let cookie = Secret::new()?;
        let session = Session {
            person: person.to_owned(),
            token: Secret::new()?,
            password: Sha256::of(account.hash.as_bytes()),
            began: now,
            last: now,
        };
        self.all
            .insert(Sha256::of(cookie.reveal().as_bytes()), session.clone());
        Ok((cookie, session))
    }

    /// The session of a cookie; its time begins anew.
    pub fn find(&mut self, cookie: &str, now: Timestamp) -> Option<Session> {
        let key = Sha256::of(cookie.as_bytes());
        let session = self.all.get_mut(&key)?;
        if !session.is_alive(now) {
            self.all.remove(&key);
            return None;
        }
        session.last = now;
        Some(session.clone())
    }

    /// Ends one session.
    pub fn end(&mut self, cookie: &str) {
        self.all.remove(&Sha256::of(cookie.as_bytes()));
    }

    /// Ends every session of a person: the password changed, or the account went.
    pub fn end_all(&mut self, person: &str) {
        self.all.retain(|_, session| session.person != person);
    }
}

impl Session {
    /// Whether the account still has the password with which the session was opened: another program may have set
    /// another one.
    pub fn is_of(&self, account: &Account) -> bool {
        self.password == Sha256::of(account.hash.as_bytes())
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) < IDLE && now.duration_since(self.began) < LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_725_840_000 + minutes * 60).expect("an instant")
    }

    fn account() -> Account {
        Account {
            hash: "x".to_owned(),
            initial: false,
        }
    }

    #[test]
    fn a_cookie_opens_its_own_session_only() {
        let mut sessions = Sessions::default();
        let (cookie, session) = sessions.begin("a", &account(), at(0)).expect("a session");
        let (other, _) = sessions.begin("b", &account(), at(0)).expect("a session");
        let find =
            |sessions: &mut Sessions, cookie: &str| sessions.find(cookie, at(1)).map(|s| s.person);
        assert_eq!(find(&mut sessions, cookie.reveal()).as_deref(), Some("a"));
        assert_eq!(find(&mut sessions, other.reveal()).as_deref(), Some("b"));
        assert_eq!(find(&mut sessions, session.token.reveal()), None);
        assert_eq!(find(&mut sessions, ""), None);
        sessions.end(cookie.reveal());
        assert_eq!(find(&mut sessions, cookie.reveal()), None);
        sessions.end_all("b");
        assert_eq!(find(&mut sessions, other.reveal()), None);
    }

    #[test]
    fn a_session_ends_when_nobody_works_and_at_the_end_of_the_day() {
        let mut sessions = Sessions::default();
        let (cookie, _) = sessions.begin("a", &account(), at(0)).expect("a session");
        for minutes in (60..720).step_by(60) {
            assert!(
                sessions.find(cookie.reveal(), at(minutes)).is_some(),
                "{minutes}"
            );
        }
        assert!(sessions.find(cookie.reveal(), at(720)).is_none());
        let (cookie, _) = sessions.begin("a", &account(), at(0)).expect("a session");
        assert!(sessions.find(cookie.reveal(), at(120)).is_none());
    }

    #[test]
    fn many_sessions_of_one_person_end_the_oldest() {
        let mut sessions = Sessions::default();
        let first = sessions.begin("a", &account(), at(0)).expect("a session").0;
        let others: Vec<Secret> = (1..=10)
            .map(|minute| {
                sessions
                    .begin("a", &account(), at(minute))
                    .expect("a session")
                    .0
            })
            .collect();
        assert!(sessions.find(first.reveal(), at(11)).is_none());
        assert!(
            others
                .iter()
                .all(|cookie| sessions.find(cookie.reveal(), at(11)).is_some())
        );
    }
}
