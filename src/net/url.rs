//! Addresses, read strictly: plain `http`, a host, no name or password, nothing hidden in them.

use std::fmt;

use ureq::http::Uri;

use crate::net::NetError;

/// The longest address that is taken; those of authorities have below 200 bytes.
const MAX_LENGTH: usize = 2048;

/// An address of `http`, sound by construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpUrl {
    /// Invariant: visible ASCII, scheme `http`, a host, neither user nor fragment.
    text: String,
    host: String,
}

impl HttpUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`NetError::UrlUnsound`], with the reason.
    pub fn parse(text: &str) -> Result<Self, NetError> {
        let unsound = |reason| NetError::UrlUnsound {
            url: text.chars().take(MAX_LENGTH).collect(),
            reason,
        };
        if text.len() > MAX_LENGTH {
            return Err(unsound("too long"));
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(unsound("not visible ASCII"));
        }
        if text.contains('#') {
            return Err(unsound("with a fragment"));
        }
        let uri: Uri = text.parse().map_err(|_| unsound("not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(unsound("not http://"));
        }
        let authority = uri.authority().ok_or_else(|| unsound("without a host"))?;
        if authority.as_str().contains('@') {
            return Err(unsound("with a user's name or password"));
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(unsound("without a host"));
        }
        Ok(Self {
            text: text.to_owned(),
            host,
        })
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where a redirect to `location` leads: a whole address, or a path on the same host.
    ///
    /// # Errors
    /// [`NetError::UrlUnsound`].
    pub(super) fn redirected(&self, location: &str) -> Result<Self, NetError> {
        if !location.starts_with('/') || location.starts_with("//") {
            return Self::parse(location);
        }
        let after_scheme = "http://".len();
        let rest = self.text.get(after_scheme..).unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        Self::parse(&format!("http://{authority}{location}"))
    }

    /// The address with one more segment of path, which must need no escaping.
    ///
    /// # Errors
    /// [`NetError::UrlUnsound`], also when the address has a query.
    pub(super) fn below(&self, segment: &str) -> Result<Self, NetError> {
        if self.text.contains('?') {
            return Err(NetError::UrlUnsound {
                url: self.text.clone(),
                reason: "with a query",
            });
        }
        Self::parse(&format!("{}/{segment}", self.text.trim_end_matches('/')))
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_is_an_address() {
        for good in [
            "http://tsa.ca.gov.vn",
            "http://tsa.ca.gov.vn/",
            "HTTP://ocsp.example:8080/x?y=z",
            "http://[::1]:318/tsa",
        ] {
            assert!(HttpUrl::parse(good).is_ok(), "{good}");
        }
        let long = format!("http://a/{}", "x".repeat(MAX_LENGTH));
        for (bad, reason) in [
            ("https://tsa.example/", "not http://"),
            ("file:///etc/passwd", "not a URL"),
            ("ftp://a/b", "not http://"),
            (
                "ldap://ds.example/cn=CA?certificateRevocationList",
                "not http://",
            ),
            ("//tsa.example/", "not http://"),
            ("tsa.example", "not http://"),
            ("http://", "not a URL"),
            ("http:///x", "not a URL"),
            ("http://a:b@c/", "with a user's name or password"),
            ("http://a@c/", "with a user's name or password"),
            ("http://a/#b", "with a fragment"),
            ("http://a/b c", "not visible ASCII"),
            ("http://a/\r\nHost: b", "not visible ASCII"),
            ("http://á/", "not visible ASCII"),
            ("", "not a URL"),
            (&long, "too long"),
        ] {
            let error = HttpUrl::parse(bad).expect_err(bad);
            let NetError::UrlUnsound { reason: found, .. } = &error else {
                panic!("{bad}: {error}");
            };
            assert_eq!(*found, reason, "{bad}");
        }
    }

    #[test]
    fn a_redirect_stays_on_http() {
        let from = HttpUrl::parse("http://a.example:81?x").expect("an address");
        let to = |location| from.redirected(location).map(|url| url.text);
        assert_eq!(to("/b").ok().as_deref(), Some("http://a.example:81/b"));
        assert_eq!(to("http://c/").ok().as_deref(), Some("http://c/"));
        assert!(to("https://c/").is_err());
        assert!(to("//c/").is_err());
        assert!(to("b").is_err());
    }
}
