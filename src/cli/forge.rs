//! What the verbs that speak to a forge have in common, and `hoso comment`.

use std::path::Path;
use std::path::PathBuf;

use secrecy::SecretString;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::forges::Forge;
use crate::forges::api::Api;
use crate::forges::api::Done;
use crate::keys;
use crate::net::NetError;
use crate::net::https::Access;

/// The variable that holds the token, where no file does.
const TOKEN: &str = "HOSO_FORGE_TOKEN";
/// Largest comment; `hoso check` makes shorter ones.
const MAX_COMMENT: u64 = 1024 * 1024;

/// Which forge, and how it is reached.
#[derive(Debug, clap::Args)]
pub struct ForgeArgs {
    #[arg(
        long,
        value_name = "FORGE",
        help = "Máy chủ git: forgejo, gitea, github, gitlab ¦ The forge: forgejo, gitea, github, gitlab"
    )]
    pub(super) forge: Forge,

    #[command(flatten)]
    reach: ReachArgs,
}

/// A forge that need not be named.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    #[arg(
        long,
        value_name = "FORGE",
        help = "Máy chủ git: forgejo, gitea, github, gitlab ¦ The forge: forgejo, gitea, github, gitlab"
    )]
    forge: Option<Forge>,

    #[command(flatten)]
    reach: ReachArgs,
}

impl AskArgs {
    /// The forge that was named.
    pub(super) fn forge(&self) -> Option<Forge> {
        self.forge
    }

    /// The repository's interface, only to be asked; none when no address was given.
    ///
    /// # Errors
    /// As [`ForgeArgs::api`].
    pub(super) fn api(&self, dir: &Path) -> Result<Option<Api>, Fault> {
        match self.forge {
            Some(forge) => self.reach.api(forge, dir, true),
            None if self.reach.url.is_some() => Err(Fault::usage(Words::new(
                "nêu cả --forge",
                "give --forge as well",
            ))),
            None => Ok(None),
        }
    }
}

/// Where a forge is, and who asks.
#[derive(Debug, clap::Args)]
struct ReachArgs {
    #[arg(
        long,
        value_name = "URL",
        requires = "repo",
        help = "Địa chỉ máy chủ git, ví dụ https://git.truong.example ¦ The forge's address, such as https://git.school.example"
    )]
    url: Option<String>,

    #[arg(
        long,
        value_name = "OWNER/NAME",
        requires = "url",
        help = "Kho trên máy chủ git ¦ The repository on the forge"
    )]
    repo: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        help = "Tệp giữ mã truy cập (hoặc đặt HOSO_FORGE_TOKEN) ¦ The file that holds the token (or set HOSO_FORGE_TOKEN)"
    )]
    token_file: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FILE.pem",
        help = "Chứng thư gốc của máy chủ git riêng, thay cho các gốc công cộng ¦ The authorities of a forge of your own, in place of the public ones"
    )]
    ca_file: Option<PathBuf>,

    #[arg(
        long,
        help = "Cho phép http:// không mã hóa trong mạng nội bộ ¦ Let http:// without encryption be used in a local network"
    )]
    plain_http: bool,
}

impl ForgeArgs {
    /// The repository's interface; none when no address was given.
    ///
    /// # Errors
    /// When there is no token, or something typed is wrong.
    pub(super) fn api(&self, dir: &Path, dry: bool) -> Result<Option<Api>, Fault> {
        self.reach.api(self.forge, dir, dry)
    }
}

impl ReachArgs {
    fn api(&self, forge: Forge, dir: &Path, dry: bool) -> Result<Option<Api>, Fault> {
        let (Some(url), Some(repository)) = (&self.url, &self.repo) else {
            return Ok(None);
        };
        let token = match &self.token_file {
            Some(file) => keys::file::secret(&cli::within(dir, file))?,
            None => cli::environment(TOKEN)
                .map(SecretString::from)
                .ok_or_else(|| {
                    Fault::usage(Words::new(
                        "thiếu mã truy cập máy chủ git",
                        "the token for the forge is missing",
                    ))
                    .help(Words::new(
                        format!("nêu --token-file TỆP hoặc đặt {TOKEN}"),
                        format!("give --token-file FILE or set {TOKEN}"),
                    ))
                })?,
        };
        let authorities = match &self.ca_file {
            Some(file) => cli::read_small(&cli::within(dir, file))?,
            None => Vec::new(),
        };
        let access = Access {
            authorities,
            plain_http: self.plain_http,
            time: None,
        };
        let api = Api::new(forge, url, repository, &token, &access, dry);
        api.map(Some).map_err(|error| match error {
            NetError::UrlUnsound { .. } => Fault::usage(error.words()),
            error => error.into(),
        })
    }
}

impl From<NetError> for Fault {
    fn from(error: NetError) -> Self {
        Fault::failed(error.words())
    }
}

/// What `comment` takes.
#[derive(Debug, clap::Args)]
pub struct CommentArgs {
    #[command(flatten)]
    forge: ForgeArgs,

    #[arg(
        long,
        value_name = "N",
        help = "Số của đề nghị ¦ The proposal's number"
    )]
    number: u64,

    #[arg(
        value_name = "FILE.md",
        help = "Nội dung, do `hoso check --report markdown=TỆP` ghi ¦ The text, as `hoso check --report markdown=FILE` writes it"
    )]
    file: PathBuf,
}

impl CommentArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the forge cannot be reached or does not take it.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let api = self.forge.api(dir, false)?.ok_or_else(|| {
            Fault::usage(Words::new(
                "cần --url và --repo",
                "--url and --repo are needed",
            ))
        })?;
        let bytes = cli::read_up_to(&cli::within(dir, &self.file), MAX_COMMENT)?;
        let text = String::from_utf8_lossy(&bytes);
        if !text.starts_with("<!-- hoso:") {
            return Err(Fault::usage(Words::new(
                "tệp không phải do `hoso check --report markdown=TỆP` ghi",
                "the file is not one that `hoso check --report markdown=FILE` wrote",
            )));
        }
        let step = api.comment(self.number, &text)?;
        match step.outcome {
            Done::Refused(status, said) => Err(Fault::failed(Words::new(
                format!("máy chủ git không nhận ghi chú: HTTP {status} {said}"),
                format!("the forge does not take the comment: HTTP {status} {said}"),
            ))),
            _ => {
                ui.say(&step.what);
                Ok(Outcome::Done)
            }
        }
    }
}
