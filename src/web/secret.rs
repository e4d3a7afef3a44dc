//! What nobody can guess, and how a browser carries it.

use std::fmt;

use aws_lc_rs::constant_time;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// 256 random bits, as 64 hexadecimal digits. It never shows in a log: only [`Secret::reveal`] tells it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Makes one.
    ///
    /// # Errors
    /// When the system gives no randomness; then nothing may be served.
    pub fn new() -> Result<Self, Unspecified> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes)?;
        let text = bytes.iter().map(|byte| format!("{byte:02x}"));
        Ok(Self(text.collect()))
    }

    /// Whether somebody knows it. Takes the same time however much of it is right.
    pub fn is(&self, given: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), given.as_bytes()).is_ok()
    }

    /// The digits, for whoever is to know them.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The value of a cookie (RFC 6265 §5.4); none when it stands several times, since then somebody else
/// may have set one of them.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(COOKIE).iter();
    let pairs = pairs.filter_map(|value| value.to_str().ok());
    let mut found = pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(own, _)| *own == name)
        .map(|(_, value)| value);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_or_not_and_never_shown() {
        let (one, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert!(one.is(one.reveal()) && !one.is(other.reveal()));
        assert!(!one.is("") && !one.is(&one.reveal()[..63]));
        assert_eq!(one.reveal().len(), 64);
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let check = |lines: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().unwrap());
            }
            assert_eq!(cookie(&headers, "hoso"), expect, "{lines:?}");
        };
        check(&[], None);
        check(&["hoso=1"], Some("1"));
        check(&["a=b; hoso=1; c"], Some("1"));
        check(&["xhoso=1", "hoso2=3"], None);
        check(&["hoso=1; hoso=2"], None);
        check(&["hoso=1", "hoso=1"], None);
    }
}
