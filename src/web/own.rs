//! The addresses that are ours. A page of somebody else may make a browser send us anything; what it
//! cannot do is make the browser lie about where the request came from and which name it looked up.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::Uri;
use axum::http::header::HOST;
use axum::http::header::ORIGIN;

use crate::web::Error;

/// The origins (RFC 6454) under which we are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// By what stands in `Host`, in lower case.
    origins: BTreeMap<String, String>,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// It was sent to a name that is not ours: DNS rebinding, or a proxy that is not ours.
    Host,
    /// It was sent from a page that is not ours.
    Page,
}

impl Own {
    /// This machine, as its own browsers call it.
    pub fn loopback(port: u16) -> Self {
        let names = ["127.0.0.1", "[::1]", "localhost"];
        let origins = names.into_iter().map(|name| {
            let host = match port {
                80 => name.to_owned(),
                port => format!("{name}:{port}"),
            };
            (host.clone(), format!("http://{host}"))
        });
        Self {
            origins: origins.collect(),
        }
    }

    /// And this one: `http://` or `https://`, a host, and a port unless it is the usual one.
    ///
    /// # Errors
    /// [`Error::NotAnOrigin`].
    pub fn and(mut self, origin: &str) -> Result<Self, Error> {
        let wrong = || Error::NotAnOrigin {
            given: origin.to_owned(),
        };
        let lower = origin.trim_end_matches('/').to_ascii_lowercase();
        let uri: Uri = lower.parse().map_err(|_| wrong())?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().ok_or_else(wrong)?.as_str();
        let sound = matches!(scheme, "http" | "https") && !authority.contains('@');
        let bare = uri.path() == "/"
            && uri.query().is_none()
            && lower == format!("{scheme}://{authority}");
        if !sound || !bare {
            return Err(wrong());
        }
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(usual).unwrap_or(authority);
        let origin = format!("{scheme}://{host}");
        self.origins.insert(host.to_owned(), origin);
        Ok(self)
    }

    /// Whether a request may be answered. What only asks may come from any link; what changes
    /// something, only from our own pages, and the browser must say so.
    pub(super) fn admits(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Stranger> {
        let origin = self.asked(uri, headers).ok_or(Stranger::Host)?;
        let site = one(headers, "sec-fetch-site");
        if matches!(*method, Method::GET | Method::HEAD) {
            // A link from elsewhere is an ordinary thing; a picture or script of ours within a
            // page of somebody else is not.
            let elsewhere = matches!(site, One::Text("cross-site" | "same-site") | One::Several);
            let within = one(headers, "sec-fetch-dest") != One::Text("document");
            return match elsewhere && within {
                true => Err(Stranger::Page),
                false => Ok(()),
            };
        }
        let from = one(headers, ORIGIN.as_str());
        let same = |text: &str| text.eq_ignore_ascii_case(origin);
        match (from, site) {
            (One::Text(from), One::None | One::Text("same-origin")) if same(from) => Ok(()),
            (One::None, One::Text("same-origin")) => Ok(()),
            _ => Err(Stranger::Page),
        }
    }

    /// Which of our origins was asked.
    fn asked(&self, uri: &Uri, headers: &HeaderMap) -> Option<&str> {
        let One::Text(host) = one(headers, HOST.as_str()) else {
            return None;
        };
        // RFC 9112 §3.2.2: a request line may carry the host too; both must say the same.
        if uri.authority().is_some_and(|other| other.as_str() != host) {
            return None;
        }
        let origin = self.origins.get(&host.to_ascii_lowercase());
        origin.map(String::as_str)
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<&str> = self.origins.values().map(String::as_str).collect();
        f.write_str(&all.join(" "))
    }
}

/// A header that may stand once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum One<'a> {
    None,
    Text(&'a str),
    /// Several, or no text.
    Several,
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> One<'a> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => One::None,
        (Some(value), None) => value.to_str().map_or(One::Several, One::Text),
        (Some(_), Some(_)) => One::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in all {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let own = Own::loopback(7337)
            .and("https://So.Truong.example")
            .unwrap();
        let asks = |all: &[(&'static str, &str)]| {
            own.admits(&Method::GET, &Uri::from_static("/"), &headers(all))
        };
        for good in [
            "127.0.0.1:7337",
            "localhost:7337",
            "LOCALHOST:7337",
            "[::1]:7337",
            "so.truong.example",
        ] {
            assert_eq!(asks(&[("host", good)]), Ok(()), "{good}");
        }
        for bad in [
            "evil.example:7337",
            "127.0.0.1",
            "127.0.0.1:7338",
            "127.0.0.1.:7337",
            "",
            "so.truong.example:80",
        ] {
            assert_eq!(asks(&[("host", bad)]), Err(Stranger::Host), "{bad}");
        }
        assert_eq!(asks(&[]), Err(Stranger::Host));
        let twice = [("host", "127.0.0.1:7337"), ("host", "127.0.0.1:7337")];
        assert_eq!(asks(&twice), Err(Stranger::Host));
        let line = Uri::from_static("http://evil.example/");
        let found = own.admits(&Method::GET, &line, &headers(&[("host", "127.0.0.1:7337")]));
        assert_eq!(found, Err(Stranger::Host));
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let own = Own::loopback(7337);
        let posts = |all: &[(&'static str, &str)]| {
            let mut headers = headers(all);
            headers.insert("host", "127.0.0.1:7337".parse().unwrap());
            own.admits(&Method::POST, &Uri::from_static("/"), &headers)
        };
        let origin = ("origin", "http://127.0.0.1:7337");
        let same = ("sec-fetch-site", "same-origin");
        assert_eq!(posts(&[origin]), Ok(()));
        assert_eq!(posts(&[same]), Ok(()));
        assert_eq!(posts(&[origin, same]), Ok(()));
        for bad in [
            &[] as &[_],
            &[("origin", "null")],
            &[("origin", "http://evil.example")],
            &[("origin", "https://127.0.0.1:7337")],
            &[("origin", "http://localhost:7337")],
            &[("origin", "http://127.0.0.1:7338")],
            &[origin, ("sec-fetch-site", "cross-site")],
            &[origin, ("sec-fetch-site", "same-site")],
            &[origin, ("sec-fetch-site", "none")],
            &[("origin", "http://evil.example"), same],
            &[origin, origin],
        ] {
            assert_eq!(posts(bad), Err(Stranger::Page), "{bad:?}");
        }
    }

    #[test]
    fn a_link_from_elsewhere_is_followed_and_a_picture_for_elsewhere_is_not_given() {
        let own = Own::loopback(7337);
        let gets = |site, dest: &str| {
            let all = [
                ("host", "127.0.0.1:7337"),
                ("sec-fetch-site", site),
                ("sec-fetch-dest", dest),
            ];
            own.admits(&Method::GET, &Uri::from_static("/"), &headers(&all))
        };
        assert_eq!(gets("cross-site", "document"), Ok(()));
        assert_eq!(gets("none", "document"), Ok(()));
        assert_eq!(gets("same-origin", "image"), Ok(()));
        for dest in ["image", "script", "iframe", "empty"] {
            assert_eq!(gets("cross-site", dest), Err(Stranger::Page), "{dest}");
            assert_eq!(gets("same-site", dest), Err(Stranger::Page), "{dest}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "",
            "so.truong.example",
            "ftp://a",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "https://",
        ] {
            let found = Own::loopback(1).and(bad);
            assert!(matches!(found, Err(Error::NotAnOrigin { .. })), "{bad}");
        }
        let own = Own::loopback(80).and("https://a:443/").unwrap();
        assert_eq!(
            own.to_string(),
            "http://127.0.0.1 http://[::1] https://a http://localhost"
        );
    }
}
