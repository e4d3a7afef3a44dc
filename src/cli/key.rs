//! How one key is named on the command line, and how it is opened: for the verbs that need no more of
//! a key than that. `sign` has options of its own.

use std::path::Path;
use std::path::PathBuf;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::keys;
use crate::keys::KeyUri;
use crate::keys::Means;
use crate::keys::OpenKey;

/// A key and what opening it may need.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    #[arg(
        long,
        value_name = "KEY",
        help = "Khóa: tệp .p12, `pkcs11:token=…` (RFC 7512), `env:TÊN`, `program:TỆP;cert=TỆP`, hoặc dịch vụ ký `csc:https://…` ¦ The key: a .p12 file, `pkcs11:token=…` (RFC 7512), `env:NAME`, `program:PATH;cert=FILE`, or a signing service `csc:https://…`"
    )]
    key: String,

    #[arg(
        long,
        value_name = "FILE",
        help = "Đọc mật khẩu hoặc PIN từ tệp thay vì hỏi (cho máy chạy tự động) ¦ Read the password or PIN from a file instead of asking (for machines)"
    )]
    password_file: Option<PathBuf>,

    #[command(flatten)]
    beside: Beside,
}

/// What stands beside a key, or beside several.
#[derive(Debug, clap::Args)]
pub struct Beside {
    #[arg(
        long,
        value_name = "FILE",
        help = "Thêm chứng thư của cơ quan cấp (PEM), dùng được nhiều lần ¦ More certificates of authorities (PEM); may be repeated"
    )]
    chain: Vec<PathBuf>,

    #[arg(
        long,
        help = "Ký cả khi token báo chỉ còn một lần nhập PIN ¦ Sign even if the token says that one try of the PIN is left"
    )]
    last_try: bool,
}

impl KeyArgs {
    /// Tells before any work is done whether the key is named as keys are.
    ///
    /// # Errors
    /// When it is not.
    pub fn sound(&self) -> Result<(), Fault> {
        KeyUri::parse(&self.key)?;
        Ok(())
    }

    /// Opens the key: one password or PIN, tried once.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, dir: &Path, ui: &Ui) -> Result<OpenKey, Fault> {
        let file = self.password_file.as_deref();
        self.beside.open(&self.key, file, dir, ui)
    }
}

impl Beside {
    /// Opens one key, with its password from a file if there is one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(
        &self,
        key: &str,
        password: Option<&Path>,
        dir: &Path,
        ui: &Ui,
    ) -> Result<OpenKey, Fault> {
        let lang = ui.lang();
        let ask = |words: &Words| cli::secret(dir, password, words, lang);
        let say = |words: &Words| Ui::new(lang).say(words);
        let mut chain = Vec::new();
        for path in &self.chain {
            chain.extend(keys::file::certificates(&cli::within(dir, path))?);
        }
        let means = Means {
            dir,
            pss: false,
            last_try: self.last_try,
            certificate: None,
            chain: &chain,
            ask: &ask,
            say: &say,
            environment: &cli::environment,
        };
        Ok(keys::open(&KeyUri::parse(key)?, &means)?)
    }
}
