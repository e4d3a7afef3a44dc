//! The reading room: the archive as it was last built, for who has signed in. Whoever builds it puts it here; what is
//! shown is whole at any moment, and stays when the next build fails.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use jiff::Timestamp;

use crate::archive::site::Site;
use crate::digest::Sha256;
use crate::forge::rights::Rights;
use crate::path::SitePath;
use crate::records::audience::Audience;
use crate::records::dates;
use crate::repo::Revision;
use crate::web::address;
use crate::web::media;

/// For whom it is built.
pub const AUDIENCES: [Audience; 2] = [Audience::Inspector, Audience::School];
/// Where it is.
pub const ROOM: &str = "/kho/";

/// Where in an archive its site lies; what surrounds it is not for browsing.
const DATA: &str = "data/";
const INDEX: &str = "index.html";

/// What pages may do: as docs/serving has it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Pages of records check signatures in WebAssembly.
const POLICY_RECORD: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What came along with records is shown, and can do nothing.
const POLICY_CAME: &str = "sandbox; default-src 'none'; style-src 'none'; frame-ancestors 'none'";
/// A browser's own viewer is a page of its own; a form has no scripts to forbid.
const POLICY_PDF: &str = "frame-ancestors 'none'";

/// The archive of one revision.
pub struct Built {
    /// Everything, for who may read every unit.
    pub whole: Site,
    /// What the school's staff may see.
    pub staff: Site,
    /// The revision.
    pub revision: Revision,
    /// When it was built.
    pub at: Timestamp,
}

/// What is shown at one moment.
#[derive(Clone, Default)]
pub struct Shown {
    /// The last good archive; none before the first.
    pub built: Option<Arc<Built>>,
    /// Whether a build after it failed.
    pub failed: bool,
}

/// The room; shared by who builds and those who read.
#[derive(Default)]
pub struct Room {
    shown: RwLock<Shown>,
}

impl Room {
    /// Shows a new archive.
    pub fn show(&self, built: Built) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Shown {
            built: Some(Arc::new(built)),
            failed: false,
        };
    }

    /// A build failed; the last good one stays.
    pub fn fail(&self) {
        self.shown
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .failed = true;
    }

    /// What is shown now.
    pub fn shown(&self) -> Shown {
        self.shown
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Which archive a person reads today: who may read every unit, all of it; whoever else has a role, what the
/// school's staff may see; others, none.
pub fn audience(rights: &Rights<'_>, at: Timestamp) -> Option<Audience> {
    let day = dates::day(at);
    match (rights.is_over_all(day), rights.has_a_role(day)) {
        (true, _) => Some(Audience::Inspector),
        (false, true) => Some(Audience::School),
        (false, false) => None,
    }
}

impl Built {
    /// The archive of an audience.
    pub fn site(&self, audience: Audience) -> &Site {
        match audience {
            Audience::Inspector => &self.whole,
            Audience::School | Audience::Public => &self.staff,
        }
    }
}

/// What lies at an address.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File {
        /// Its media type.
        sort: &'static str,
        /// What it may do.
        policy: &'static str,
        /// Its entity tag.
        tag: String,
        /// Its bytes, as they go out.
        bytes: Arc<[u8]>,
    },
    /// A folder that was asked for without its slash; where it is.
    Folder(String),
    /// Nothing.
    Nothing,
}

/// What lies at the path of an address below [`ROOM`], escaped as it came. A page goes out with the way back
/// to the server's own pages in it.
pub fn find(site: &Site, path: &str) -> Found {
    let Some(path) = address::decoded(&format!("/{path}")) else {
        return Found::Nothing;
    };
    let get = |name: &str| site.get(&SitePath::parse(&format!("{DATA}{name}")).ok()?);
    let file = match path.is_empty() || path.ends_with('/') {
        true => format!("{path}{INDEX}"),
        false => path,
    };
    let Some(blob) = get(&file) else {
        return match get(&format!("{file}/{INDEX}")) {
            Some(_) => Found::Folder(format!("{ROOM}{}/", address::encoded(&file))),
            None => Found::Nothing,
        };
    };
    let sort = media::of(&file);
    let came = file.starts_with("kho/");
    // What the disk does not give back is not there.
    let Ok(bytes) = blob.read() else {
        return Found::Nothing;
    };
    let (tag, bytes) = match sort {
        media::HTML if !came => {
            let bytes = with_way_back(bytes);
            (Sha256::of(&bytes), bytes)
        }
        _ => (blob.digest(), bytes),
    };
    Found::File {
        sort,
        policy: match sort {
            _ if came => POLICY_CAME,
            "application/pdf" => POLICY_PDF,
            _ if file.starts_with("ho-so/") => POLICY_RECORD,
            _ => POLICY,
        },
        tag: format!("\"{tag}\""),
        bytes,
    }
}

/// Before the head of the page; an archive itself knows of no server.
fn with_way_back(html: Arc<[u8]>) -> Arc<[u8]> {
    const HEAD: &[u8] = b"<header class=\"site-head\"";
    const LINK: &[u8] = "<nav class=\"wrap\" aria-label=\"Máy chủ của trường\"><a href=\"/\">← Việc của tôi</a></nav>\n".as_bytes();
    match html.windows(HEAD.len()).position(|part| part == HEAD) {
        Some(at) => [&html[..at], LINK, &html[at..]].concat().into(),
        None => html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let mut site = Site::default();
        for (path, text) in [
            (
                "data/index.html",
                "<body><header class=\"site-head\"></header>",
            ),
            ("data/ho-so/a/index.html", "<p>a"),
            ("data/ho-so/a/form.pdf", "%PDF"),
            ("data/kho/content/x.html", "<script>alert(1)</script>"),
            ("data/a b.txt", "x"),
            ("manifest-sha256.txt", "y"),
        ] {
            site.put(path, text.as_bytes(), &mut Vec::new());
        }
        site
    }

    fn file(path: &str) -> Option<(&'static str, &'static str, String)> {
        match find(&site(), path) {
            Found::File {
                sort,
                policy,
                bytes,
                ..
            } => Some((sort, policy, String::from_utf8_lossy(&bytes).into_owned())),
            _ => None,
        }
    }

    #[test]
    fn pages_go_out_with_the_way_back_and_what_came_along_does_nothing() {
        let (sort, policy, text) = file("").expect("the first page");
        assert_eq!((sort, policy), (media::HTML, POLICY));
        assert!(
            text.contains("<a href=\"/\">")
                && text.ends_with("<header class=\"site-head\"></header>"),
            "{text}"
        );
        assert_eq!(file("ho-so/a/").map(|f| f.1), Some(POLICY_RECORD));
        assert_eq!(file("ho-so/a/form.pdf").map(|f| f.1), Some(POLICY_PDF));
        let (_, policy, text) = file("kho/content/x.html").expect("what came along");
        assert_eq!(
            (policy, text.as_str()),
            (POLICY_CAME, "<script>alert(1)</script>")
        );
        assert_eq!(file("a%20b.txt").map(|f| f.2).as_deref(), Some("x"));
        assert_eq!(
            find(&site(), "ho-so/a"),
            Found::Folder("/kho/ho-so/a/".to_owned())
        );
    }

    #[test]
    fn nothing_leads_out_of_the_site() {
        for path in [
            "../manifest-sha256.txt",
            "%2e%2e/manifest-sha256.txt",
            "..%2fmanifest-sha256.txt",
            "ho-so/../index.html",
            "ho-so//a/",
            "/index.html",
            "./index.html",
            "index.html%00.txt",
            "ho-so%5ca%5cindex.html",
            "%ff",
            "%2",
            "manifest-sha256.txt",
        ] {
            assert_eq!(find(&site(), path), Found::Nothing, "{path}");
        }
    }
}
