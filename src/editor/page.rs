//! The files around the configuration: the page, our own scripts and styles, and Sveltia CMS as it comes.

use std::borrow::Cow;

use include_dir::Dir;
use include_dir::include_dir;

use crate::editor::Backend;
use crate::editor::Files;

static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/editor/page");

/// The configuration's schema lies beside the page for the tests; nobody needs it in a browser.
const NOT_SERVED: [&str; 1] = ["sveltia-cms.schema.json"];

/// What stands in `index.html` for the policy.
const PLACE: &str = "{{policy}}";

/// All files but the configuration, for a backend.
pub(super) fn files(backend: &Backend) -> Files {
    let mut files = Files::new();
    let mut open = vec![&PAGE];
    while let Some(dir) = open.pop() {
        open.extend(dir.dirs());
        for file in dir.files() {
            let Some(path) = file
                .path()
                .to_str()
                .filter(|path| !NOT_SERVED.contains(path))
            else {
                continue;
            };
            let bytes = match file.contents_utf8() {
                Some(text) if path == "index.html" => {
                    Cow::Owned(text.replace(PLACE, &policy(backend)).into_bytes())
                }
                _ => Cow::Borrowed(file.contents()),
            };
            files.insert(path.to_owned(), bytes);
        }
    }
    files
}

/// What the page may load, as the value of `Content-Security-Policy`: itself, and the forge that it talks to. Sveltia
/// writes its styles into elements while it runs, hence `unsafe-inline` for styles; scripts are files, and nothing is evaluated.
pub(super) fn policy(backend: &Backend) -> String {
    let forge = |url: &Option<String>, own: &str| url.clone().unwrap_or_else(|| own.to_owned());
    let talks_to = match backend {
        Backend::Own { .. } => String::new(),
        Backend::Gitea(to) => forge(&to.url, "https://gitea.com"),
        Backend::Gitlab(to) => forge(&to.url, "https://gitlab.com"),
        Backend::Github(to) => forge(&to.url, "https://api.github.com https://github.com"),
    };
    let talks_to = match talks_to.as_str() {
        "" => String::new(),
        address => format!(" {}", address.trim_end_matches('/')),
    };
    // Pictures of the repository come as blobs; those of people's accounts, from the forge.
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
         img-src 'self' data: blob:{talks_to}; connect-src 'self' blob: data:{talks_to}; frame-src 'self' blob:; \
         base-uri 'self'; form-action 'self'"
    )
}
