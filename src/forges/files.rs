//! The files of a forge: workflows, code owners, templates, attributes.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::digest::Sha256;
use crate::forges::Forge;
use crate::forges::owners;
use crate::forges::owners::Logins;
use crate::forges::stamp;
use crate::forges::stamp::Fate;
use crate::records::school::School;
use crate::scaffold;
use crate::scaffold::Files;

/// Where a workflow gets the program, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its address.
    pub url: String,
    /// Its digest.
    pub sha256: Sha256,
}

/// What the files are made from.
pub struct Request<'a> {
    /// For which forge.
    pub forge: Forge,
    /// The branch that archives are made of.
    pub branch: &'a str,
    /// Where the program is; none to take the forge's variables.
    pub program: Option<&'a Program>,
    /// Whether the public edition is published, where the forge has pages.
    pub pages: bool,
    /// The school.
    pub school: &'a School,
    /// The day as of which its roster is read.
    pub today: Date,
    /// People's names on the forge.
    pub logins: &'a Logins,
}

const CHECK: &str = include_str!("files/check.yml");
const ARCHIVE: &str = include_str!("files/archive.yml");
const PROGRAM: &str = include_str!("files/program.yml");
const PAGES: &str = include_str!("files/pages.yml");
const GITLAB: &str = include_str!("files/gitlab-ci.yml");
const GITLAB_PAGES: &str = include_str!("files/gitlab-pages.yml");
const REMARK_FORM: &str = include_str!("files/gop-y.yml");
const MEND_FORM: &str = include_str!("files/sua-da-ky.yml");
const REMARK: &str = include_str!("files/gop-y.md");
const MEND: &str = include_str!("files/sua-da-ky.md");
const PROPOSAL: &str = include_str!("files/proposal.md");

/// The files, by path from the root of the repository.
pub fn files(request: &Request<'_>) -> Files {
    let forge = request.forge;
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut add = |path: &str, text: String| texts.push((path.to_owned(), text));
    match forge {
        Forge::Gitlab => {
            add(".gitlab-ci.yml", gitlab(request));
            add(".gitlab/issue_templates/gop-y.md", REMARK.to_owned());
            add(
                ".gitlab/issue_templates/xin-sua-ho-so-da-ky.md",
                MEND.to_owned(),
            );
            add(
                ".gitlab/merge_request_templates/Default.md",
                PROPOSAL.to_owned(),
            );
        }
        _ => {
            let (folder, forms) = match forge {
                Forge::Forgejo => (".forgejo", "issue_template"),
                Forge::Gitea => (".gitea", "issue_template"),
                _ => (".github", "ISSUE_TEMPLATE"),
            };
            add(
                &format!("{folder}/workflows/check.yml"),
                workflow(CHECK, request),
            );
            add(
                &format!("{folder}/workflows/archive.yml"),
                workflow(ARCHIVE, request),
            );
            add(
                &format!("{folder}/{forms}/gop-y.yml"),
                REMARK_FORM.to_owned(),
            );
            add(
                &format!("{folder}/{forms}/xin-sua-ho-so-da-ky.yml"),
                MEND_FORM.to_owned(),
            );
            add(
                &format!("{folder}/pull_request_template.md"),
                PROPOSAL.to_owned(),
            );
        }
    }
    add(
        owners::path(forge),
        owners::text(forge, request.school, request.today, request.logins),
    );
    let mut files: Files = texts
        .into_iter()
        .map(|(path, text)| {
            let bytes = stamp::stamped(&path, &text);
            (path, bytes)
        })
        .collect();
    // As `hoso init` writes it, without a line over it.
    files.insert(".gitattributes".to_owned(), scaffold::GIT_ATTRIBUTES.into());
    files
}

/// Whether an earlier version wrote this text without a line over it.
pub fn is_older(path: &str, bytes: &[u8]) -> bool {
    path == ".github/workflows/archive.yml" && bytes == scaffold::workflow().as_bytes()
}

/// Whether a file that is there says that the school uses this forge.
pub fn tells(forge: Forge, path: &str) -> bool {
    match forge {
        Forge::Gitlab => path == ".gitlab-ci.yml",
        Forge::Forgejo => path.starts_with(".forgejo/workflows/"),
        Forge::Gitea => path.starts_with(".gitea/workflows/"),
        Forge::Github => path.starts_with(".github/workflows/"),
    }
}

/// The fates of files, where a file that differs from ours in nothing but where the program comes from, or
/// whether the public edition is published, is as it should be.
pub fn but_for_program(
    request: &Request<'_>,
    there: &BTreeMap<String, Vec<u8>>,
    fates: BTreeMap<String, Fate>,
) -> BTreeMap<String, Fate> {
    let chosen = |path: &str| -> bool {
        let Some(text) = there.get(path).and_then(|bytes| str::from_utf8(bytes).ok()) else {
            return false;
        };
        let value = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix(key))?;
            serde_json::from_str::<String>(line.trim()).ok()
        };
        let program = value("HOSO_URL:").zip(value("HOSO_SHA256:"));
        let program = program.and_then(|(url, sha256)| {
            let sha256 = Sha256::parse(&sha256)?;
            Some(Program { url, sha256 })
        });
        [false, true].into_iter().any(|pages| {
            let same = Request {
                program: program.as_ref(),
                pages,
                ..*request
            };
            files(&same).get(path).map(Vec::as_slice) == Some(text.as_bytes())
        })
    };
    let judged = fates.into_iter().map(|(path, fate)| {
        let fate = match fate {
            Fate::Renewed | Fate::Kept if chosen(&path) => Fate::Same,
            fate => fate,
        };
        (path, fate)
    });
    judged.collect()
}

/// The step that brings the forms that earlier runs made.
const REMEMBER: &str =
    "      # Forms that runs of this branch made before; runs of proposals cannot write here.
      - uses: actions/cache@v4
        with:
          path: ban-in
          key: hoso-${{ github.run_id }}
          restore-keys: hoso-
";

fn workflow(template: &str, request: &Request<'_>) -> String {
    let forge = request.forge;
    let (runner, api, upload) = match forge {
        Forge::Github => (
            "ubuntu-24.04",
            "github.api_url",
            "actions/upload-artifact@v4",
        ),
        Forge::Gitea => (
            "ubuntu-latest",
            "github.server_url",
            "actions/upload-artifact@v3",
        ),
        _ => (
            "docker",
            "github.server_url",
            "https://data.forgejo.org/forgejo/upload-artifact@v4",
        ),
    };
    // Elsewhere a proposal can write what runs of the main branch read.
    let (remember, cache) = match forge {
        Forge::Github => (REMEMBER, "--cache \"$PWD/ban-in\""),
        _ => ("", "--no-cache"),
    };
    // Elsewhere commands in a log are no annotations, and text is easier to read.
    let annotations = match forge {
        Forge::Github => "github",
        _ => "text",
    };
    let (url, sha256) = match request.program {
        Some(program) => (quoted(&program.url), quoted(&program.sha256.to_string())),
        None => (
            "${{ vars.HOSO_URL }}".to_owned(),
            "${{ vars.HOSO_SHA256 }}".to_owned(),
        ),
    };
    let program = PROGRAM.replace("{url}", &url).replace("{sha256}", &sha256);
    let pages = match request.pages && forge == Forge::Github {
        true => PAGES.trim_end(),
        false => "",
    };
    let text = template
        .replace("{program}", program.trim_end())
        .replace("{pages}", pages)
        .replace("{runner}", runner)
        .replace("{api}", api)
        .replace("{upload}", upload)
        .replace("{remember}\n", remember)
        .replace("{cache}", cache)
        .replace("{annotations}", annotations)
        .replace("{forge}", forge.as_str())
        .replace("{branch}", &quoted(request.branch));
    format!("{}\n", text.trim_end())
}

fn gitlab(request: &Request<'_>) -> String {
    let variables = request.program.map(|program| {
        format!(
            "  HOSO_URL: {}\n  HOSO_SHA256: {}\n",
            quoted(&program.url),
            quoted(&program.sha256.to_string())
        )
    });
    let text = GITLAB
        .replace("{variables}", &variables.unwrap_or_default())
        .replace("{pages}", if request.pages { GITLAB_PAGES } else { "" });
    format!("{}\n", text.trim_end())
}

/// A YAML string that holds nothing but this text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
