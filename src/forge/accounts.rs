//! Who may sign in: people of the roster, each with the hash of a password (Argon2id, RFC 9106). Kept
//! beside the repository, never in it.

use std::collections::BTreeMap;

use argon2::Argon2;
use argon2::PasswordHasher;
use argon2::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use icu_normalizer::ComposingNormalizerBorrowed;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde::Deserialize;
use serde::Serialize;

use crate::diag::Words;
use crate::repo;
use crate::repo::Alone;
use crate::repo::Repo;

/// The file of the accounts.
const FILE: &str = "accounts.json";
/// Who changes it holds this one.
const LOCK: &str = "accounts.lock";
/// Largest file of accounts: some thousand.
const MAX_FILE: u64 = 1024 * 1024;
/// Fewest characters of a password (NIST SP 800-63B: 8 at least, and no rules of composition).
pub const SHORTEST: usize = 8;
/// Most characters of a password, so that hashing one is no work to speak of.
pub const LONGEST: usize = 128;
/// What people choose first and others guess first, beside their own name.
const COMMON: [&str; 8] = [
    "12345678",
    "123456789",
    "1234567890",
    "11111111",
    "88888888",
    "matkhau123",
    "password",
    "qwertyui",
];
/// The hash of no account's password, so that an unknown name takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$aG9zby1uby1hY2NvdW50$4yuZLAKb0Wxhzxr2bWN2dFA1h9vHGxmOuTjAwEMxLc4";

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The hash, as a PHC string.
    pub hash: String,
    /// The password was given out by somebody else and is to be changed first.
    pub initial: bool,
}

/// All accounts, by the people's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    people: BTreeMap<String, Account>,
}

/// Why there is no account, or no such password.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum Error {
    /// The file is there and is none of accounts.
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// The password is too easy to guess.
    Weak,
    /// The password has too many characters.
    TooLong,
    /// The hash could not be made.
    Hash,
    /// The disk.
    #[error(transparent)]
    Repo(#[from] repo::Error),
}

impl Error {
    /// The sentence for people.
    pub fn words(&self) -> Words {
        match self {
            Self::Damaged { reason } => Words::new(
                format!("tệp tài khoản (.git/hoso/{FILE}) bị hỏng: {reason}"),
                format!("the file of accounts (.git/hoso/{FILE}) is damaged: {reason}"),
            ),
            Self::Weak => Words::new(
                format!(
                    "mật khẩu phải có ít nhất {SHORTEST} ký tự và không dễ đoán (tên mình, 12345678…)"
                ),
                format!(
                    "a password has at least {SHORTEST} characters and is not easy to guess (one's own name, 12345678 …)"
                ),
            ),
            Self::TooLong => Words::new(
                format!("mật khẩu dài nhất {LONGEST} ký tự"),
                format!("a password has at most {LONGEST} characters"),
            ),
            Self::Hash => Words::new(
                "không tính được mã băm của mật khẩu",
                "the hash of the password could not be made",
            ),
            Self::Repo(error) => error.words(),
        }
    }
}

impl Accounts {
    /// Waits for who else changes the accounts, in this program or another one: what is read, changed and written while the
    /// answer lives loses nobody's change.
    ///
    /// # Errors
    /// [`Error::Repo`].
    pub fn alone(repo: &Repo) -> Result<Alone, Error> {
        Ok(repo.alone(LOCK)?)
    }

    /// Reads the accounts of a repository; none yet where there is no file.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Repo`].
    pub fn read(repo: &Repo) -> Result<Self, Error> {
        let Some(bytes) = repo.private(FILE, MAX_FILE)? else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&bytes).map_err(|error| Error::Damaged {
            reason: error.to_string(),
        })
    }

    /// Writes them.
    ///
    /// # Errors
    /// [`Error::Repo`].
    pub fn write(&self, repo: &Repo) -> Result<(), Error> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| Error::Damaged {
            reason: error.to_string(),
        })?;
        bytes.push(b'\n');
        Ok(repo.put_private(FILE, &bytes)?)
    }

    /// The account of a person.
    pub fn get(&self, person: &str) -> Option<&Account> {
        self.people.get(person)
    }

    /// The people who have one.
    pub fn people(&self) -> impl Iterator<Item = (&str, &Account)> {
        self.people
            .iter()
            .map(|(id, account)| (id.as_str(), account))
    }

    /// The same with a person's password; `initial` when somebody else chose it.
    ///
    /// # Errors
    /// [`Error::Weak`], [`Error::TooLong`], [`Error::Hash`].
    pub fn with(
        mut self,
        person: &str,
        password: &SecretString,
        initial: bool,
    ) -> Result<Self, Error> {
        let password = composed(password);
        let text = password.expose_secret();
        let folded = text.to_lowercase();
        match text.chars().count() {
            ..SHORTEST => return Err(Error::Weak),
            LONGEST.. => return Err(Error::TooLong),
            _ if COMMON.contains(&folded.as_str()) || folded == person => return Err(Error::Weak),
            _ => {}
        }
        let hash = Argon2::default()
            .hash_password(text.as_bytes())
            .map_err(|_| Error::Hash)?
            .to_string();
        self.people
            .insert(person.to_owned(), Account { hash, initial });
        Ok(self)
    }

    /// The same without a person's account, if there is one.
    pub fn without(mut self, person: &str) -> Option<Self> {
        self.people.remove(person).map(|_| self)
    }

    /// Whether this is the person's password. It takes as long where there is no such account.
    pub fn is_password(&self, person: &str, password: &SecretString) -> bool {
        let account = self.get(person);
        let hash = account.map_or(NOBODY, |account| account.hash.as_str());
        let password = composed(password);
        let text = password.expose_secret();
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        let holds = text.len() <= LONGEST * 4
            && Argon2::default()
                .verify_password(text.as_bytes(), &hash)
                .is_ok();
        holds && account.is_some()
    }
}

/// One keyboard composes letters and marks, another one does not: the same password is meant.
fn composed(password: &SecretString) -> SecretString {
    let text = password.expose_secret();
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    SecretString::from(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn one(password: &str) -> Result<Accounts, Error> {
        Accounts::default().with("a-b", &secret(password), false)
    }

    #[test]
    fn only_the_password_opens() {
        let accounts = one("hoa sen trắng").expect("an account");
        assert!(accounts.is_password("a-b", &secret("hoa sen trắng")));
        // Decomposed, as a Mac may type it.
        assert!(accounts.is_password("a-b", &secret("hoa sen tra\u{306}\u{301}ng")));
        assert!(!accounts.is_password("a-b", &secret("hoa sen trang")));
        assert!(!accounts.is_password("a-b", &secret("")));
        assert!(!accounts.is_password("c-d", &secret("hoa sen trắng")));
    }

    #[test]
    fn the_hash_of_nobody_is_one() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn what_is_easy_to_guess_is_refused() {
        for weak in ["", "ngắn", "12345678", "PassWord", "a-b"] {
            assert!(matches!(one(weak), Err(Error::Weak)), "{weak}");
        }
        assert!(matches!(one(&"đ".repeat(LONGEST)), Err(Error::TooLong)));
        assert!(one(&"đ".repeat(LONGEST - 1)).is_ok());
    }

    #[test]
    fn a_password_is_never_written() {
        let accounts = one("hoa sen trắng").expect("an account");
        let text = serde_json::to_string(&accounts).expect("text");
        assert!(
            text.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !text.contains("hoa sen"),
            "{text}"
        );
    }
}
