//! `hoso editor`: the forms of a school year as static files, for any web server.

use std::path::Path;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::new;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::editor;
use crate::editor::Backend;
use crate::editor::Edition;
use crate::editor::Order;
use crate::editor::backend::Forge;
use crate::out::listed;
use crate::repo::Repo;
use crate::scaffold;

/// `--backend`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BackendName {
    Own,
    Gitea,
    Forgejo,
    Github,
    Gitlab,
}

/// What `editor` takes.
#[derive(Debug, clap::Args)]
pub struct EditorArgs {
    #[arg(
        short = 'o',
        long,
        value_name = "DIR",
        help = "Thư mục để ghi: mới, trống, hoặc do lệnh này ghi trước đây ¦ The folder to write: new, empty, or one that this verb wrote"
    )]
    out: PathBuf,

    #[arg(
        long,
        value_name = "BACKEND",
        hide_possible_values = true,
        default_value = "own",
        help = "Nơi giữ hồ sơ: own (máy chủ của hoso), forgejo, gitea, gitlab, github ¦ Where records are kept: own (hoso's server), forgejo, gitea, gitlab, github"
    )]
    backend: BackendName,

    #[arg(
        long,
        value_name = "URL",
        help = "Địa chỉ của forge; bỏ trống là dịch vụ công cộng của nó ¦ The forge's address; without it, its public service"
    )]
    url: Option<String>,

    #[arg(
        long,
        value_name = "OWNER/NAME",
        required_if_eq_any([("backend", "gitea"), ("backend", "forgejo"), ("backend", "github"), ("backend", "gitlab")]),
        help = "Kho trên forge ¦ The repository on the forge"
    )]
    repo: Option<String>,

    #[arg(
        long,
        value_name = "BRANCH",
        default_value = "main",
        help = "Nhánh nhận hồ sơ ¦ The branch that takes the records"
    )]
    branch: String,

    #[arg(
        long = "app-id",
        value_name = "ID",
        help = "Mã ứng dụng OAuth; bỏ trống thì đăng nhập bằng token ¦ The OAuth application; without it people sign in with a token"
    )]
    app: Option<String>,

    #[arg(
        long,
        visible_alias = "don-vi",
        value_name = "UNIT",
        conflicts_with = "person",
        help = "Chỉ một đơn vị, ví dụ mg-5a ¦ One unit only, such as mg-5a"
    )]
    unit: Option<String>,

    #[arg(
        long,
        visible_alias = "nguoi",
        value_name = "PERSON",
        help = "Chỉ các loại hồ sơ mà người này lập hoặc duyệt ¦ Only the kinds that this person writes or approves"
    )]
    person: Option<String>,

    #[arg(
        long,
        visible_alias = "nam",
        value_name = "YEAR",
        help = "Năm học (mặc định: năm học của ngày làm) ¦ The school year (default: that of the date)"
    )]
    year: Option<String>,

    #[arg(
        long = "date",
        visible_alias = "ngay",
        value_name = "DATE",
        help = "Ngày tra danh bạ (mặc định: hôm nay) ¦ The day on which the roster is read (default: today)"
    )]
    date: Option<String>,
}

impl EditorArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the school cannot be read, the request does not fit it, or the folder is somebody else's.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let Some(records) = new::records_of(&snapshot, ui)? else {
            return Ok(Outcome::AtFault);
        };
        let date = new::day(self.date.as_deref())?;
        let year = self
            .year
            .clone()
            .unwrap_or_else(|| scaffold::school_year(date));
        let backend = self.backend();
        let edition = match (&self.unit, &self.person) {
            (Some(unit), _) => Edition::Unit(unit),
            (None, Some(person)) => Edition::Person(person),
            (None, None) => Edition::School,
        };
        let order = Order {
            records: &records,
            year: &year,
            date,
            edition,
            backend: &backend,
        };
        let files = editor::files(&order).map_err(|error| Fault::usage(error.words()))?;
        let target = cli::within(dir, &self.out);
        listed::publish(&files, &target)?;
        ui.say(&Words::new(
            format!("Đã ghi trang viết hồ sơ năm học {year}: {} tệp. Mở qua máy chủ web, không mở bằng tệp.", files.len()),
            format!("Wrote the editor of {year}: {} files. Serve it over HTTP; it does not open from a file.", files.len()),
        ));
        ui.print(&format!("{}", self.out.display()))?;
        Ok(Outcome::Done)
    }

    fn backend(&self) -> Backend {
        let forge = || Forge {
            url: self.url.clone(),
            repo: self.repo.clone().unwrap_or_default(),
            branch: Some(self.branch.clone()),
            app: self.app.clone(),
        };
        match self.backend {
            BackendName::Own => Backend::Own {
                branch: self.branch.clone(),
            },
            BackendName::Gitea | BackendName::Forgejo => Backend::Gitea(forge()),
            BackendName::Github => Backend::Github(forge()),
            BackendName::Gitlab => Backend::Gitlab(forge()),
        }
    }
}
