//! What can be typed. Each text stands in both languages (see `help`).

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::cli::account::AccountVerb;
use crate::cli::act::ActArgs;
use crate::cli::act::SupersedeArgs;
use crate::cli::book::BookArgs;
use crate::cli::build::BuildArgs;
use crate::cli::check::CheckArgs;
use crate::cli::doctor::DoctorArgs;
use crate::cli::editor::EditorArgs;
use crate::cli::export::ExportArgs;
use crate::cli::forge::CommentArgs;
use crate::cli::import::ImportArgs;
use crate::cli::init::InitArgs;
use crate::cli::log::LogArgs;
use crate::cli::new::NewArgs;
use crate::cli::new_year::NewYearArgs;
use crate::cli::number::NumberArgs;
use crate::cli::renew::RenewArgs;
use crate::cli::report::ReportArgs;
use crate::cli::seal::SealArgs;
use crate::cli::serve::ServeArgs;
use crate::cli::setup::SetupArgs;
use crate::cli::sign::SignArgs;
use crate::cli::status::StatusArgs;
use crate::cli::template::TemplateArgs;
use crate::cli::verify::VerifyArgs;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "hoso",
    version,
    about = "Hồ sơ sổ sách điện tử của nhà trường, giữ trong git, tự chứng minh được ¦ Electronic record books for schools, kept in git, that prove themselves",
    after_help = "Mã thoát: 0 xong · 1 kho hoặc hồ sơ có lỗi · 2 sai dòng lệnh · 3 lỗi môi trường (đĩa, git, khóa) · 4 chưa kết luận được ¦ Exit codes: 0 done · 1 the repository or archive is at fault · 2 wrong command line · 3 the surroundings failed (disk, git, key) · 4 could not be determined",
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Args {
    /// Where to work.
    #[arg(
        short = 'C',
        long = "dir",
        value_name = "DIR",
        default_value = ".",
        global = true,
        help = "Làm việc trong thư mục này ¦ Work in this folder"
    )]
    pub dir: PathBuf,

    /// The language of messages.
    #[arg(long, value_name = "LANG", value_parser = ["vi", "en"], global = true, help = "Ngôn ngữ của thông báo; hoặc đặt HOSO_LANG ¦ Language of messages; or set HOSO_LANG")]
    pub lang: Option<String>,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Writes a new school's repository.
    #[command(
        about = "Tạo kho hồ sơ của một trường ¦ Write a new school's repository",
        after_help = "Ví dụ:\n  hoso init truong-toi\n  hoso init thu --demo      # kèm chứng thư dùng thử ¦ Examples:\n  hoso init my-school\n  hoso init trial --demo    # with throw-away certificates"
    )]
    Init(InitArgs),

    /// Writes a new record.
    #[command(
        about = "Tạo một hồ sơ mới theo loại ¦ Write a new record of a kind",
        after_help = "Ví dụ:\n  hoso new giao-an --don-vi mg-5a --ngay 2024-09-09 --dat de-tai=\"Trường mầm non của bé\" ¦ Example:\n  hoso new giao-an --don-vi mg-5a --ngay 2024-09-09 --dat de-tai=\"Trường mầm non của bé\""
    )]
    New(NewArgs),

    /// Takes in a table, or PDFs signed elsewhere.
    #[command(
        about = "Nhập bảng .xlsx, .xls, .ods, .csv thành hồ sơ; giữ PDF ký ở nơi khác làm tài liệu ¦ Take in a table (.xlsx, .xls, .ods, .csv) as a record; keep PDFs signed elsewhere as evidence",
        after_help = "Ví dụ:\n  hoso import lop-5a.xlsx --kind danh-sach-tre --unit mg-5a --year 2024-2025 --set vao=05/09/2024 --dry-run\n  hoso import can-do-thang-9.xlsx                       # mẫu do `hoso template` lập\n  hoso import lop-5a-moi.xlsx --kind danh-sach-tre --unit mg-5a --onto    # sửa, thêm dòng\n  hoso import can-bo.xls --kind nguoi                   # đề nghị mục cho school.yaml\n  hoso import --evidence ho-so-quet --unit truong ¦ Examples:\n  hoso import class-5a.xlsx --kind danh-sach-tre --unit mg-5a --year 2024-2025 --set vao=05/09/2024 --dry-run\n  hoso import weighing-9.xlsx                           # a template of `hoso template`\n  hoso import class-5a-new.xlsx --kind danh-sach-tre --unit mg-5a --onto  # change and add rows\n  hoso import staff.xls --kind nguoi                    # propose entries for school.yaml\n  hoso import --evidence scans --unit truong"
    )]
    Import(ImportArgs),

    /// Writes a table to fill in.
    #[command(
        about = "Lập bảng .xlsx để điền, đã khóa, có sẵn danh sách lớp ¦ Write an .xlsx to fill in: locked, with the class's roster",
        after_help = "Ví dụ:\n  hoso template theo-doi-suc-khoe --unit mg-5a --date 2024-09-12 --out can-do-thang-9.xlsx\nĐiền xong: hoso import can-do-thang-9.xlsx ¦ Example:\n  hoso template theo-doi-suc-khoe --unit mg-5a --date 2024-09-12 --out weighing-9.xlsx\nWhen it is filled in: hoso import weighing-9.xlsx"
    )]
    Template(TemplateArgs),
    /// Sets up a forge.
    #[command(
        about = "Cài đặt máy chủ git: quy trình, người duyệt, mẫu đề nghị, quy tắc nhánh ¦ Set up a forge: workflows, code owners, templates, branch rules",
        after_help = "Ví dụ:\n  hoso setup --forge forgejo --dry-run\n  hoso setup --forge gitea --url https://git.truong.example --repo truong/ho-so --token-file ma.txt\nKhông tệp nào trường đã tự viết bị ghi đè. ¦ Examples:\n  hoso setup --forge forgejo --dry-run\n  hoso setup --forge gitea --url https://git.school.example --repo school/records --token-file token.txt\nNo file that somebody wrote is written over."
    )]
    Setup(SetupArgs),

    /// Tells what is missing.
    #[command(
        about = "Khám: còn thiếu gì để kho hồ sơ chạy đúng, và cách bổ sung ¦ What is missing for the repository to work as it is meant to, and how to mend it",
        after_help = "Ví dụ:\n  hoso doctor\n  hoso doctor --forge gitea --url https://git.truong.example --repo truong/ho-so --token-file ma.txt\nMã thoát 1 khi có mục thiếu. ¦ Examples:\n  hoso doctor\n  hoso doctor --forge gitea --url https://git.school.example --repo school/records --token-file token.txt\nExit code 1 when something is missing."
    )]
    Doctor(DoctorArgs),

    /// Opens a school year.
    #[command(
        name = "new-year",
        about = "Mở năm học mới: lớp, phân công, danh sách trẻ lên lớp ¦ Open a school year: classes, assignments, class lists carried up",
        after_help = "Ví dụ:\n  hoso new-year 2025-2026 --dry-run\n  hoso new-year 2025-2026 --up mg-4c=mg-5a ¦ Examples:\n  hoso new-year 2025-2026 --dry-run\n  hoso new-year 2025-2026 --up mg-4c=mg-5a"
    )]
    NewYear(NewYearArgs),

    /// Puts the result of a check on a proposal.
    #[command(
        about = "Ghi kết quả kiểm tra vào đề nghị, một ghi chú duy nhất được cập nhật ¦ Put the result of a check on a proposal, as one comment that is kept up to date",
        after_help = "Ví dụ:\n  hoso check --base origin/main --report markdown=ghi-chu.md\n  hoso comment --forge gitea --url https://git.truong.example --repo truong/ho-so --number 12 ghi-chu.md ¦ Examples:\n  hoso check --base origin/main --report markdown=comment.md\n  hoso comment --forge gitea --url https://git.school.example --repo school/records --number 12 comment.md"
    )]
    Comment(CommentArgs),

    /// Takes the next number of a series.
    #[command(
        about = "Cấp số kế tiếp cho văn bản ¦ Take the next number of a series for a document",
        after_help = "Ví dụ:\n  hoso number 2024-2025/truong/van-ban-di/bao-cao-thang-9\n  hoso number --again 2024-2025/truong/van-ban-di/bao-cao-thang-9   # khi số bị trùng ¦ Examples:\n  hoso number 2024-2025/truong/van-ban-di/bao-cao-thang-9\n  hoso number --again 2024-2025/truong/van-ban-di/bao-cao-thang-9   # when two have it"
    )]
    Number(NumberArgs),

    /// Reads every record and reports every fault.
    #[command(
        about = "Đọc mọi hồ sơ và báo mọi lỗi, không ghi gì ¦ Read every record and report every fault; writes nothing",
        after_help = "Ví dụ:\n  hoso check\n  hoso check --format github    # ghi chú ngay trên đề xuất sửa\n  hoso check --revision HEAD~1 ¦ Examples:\n  hoso check\n  hoso check --format github    # annotations on a proposal\n  hoso check --revision HEAD~1"
    )]
    Check(CheckArgs),

    /// Makes the archive.
    #[command(
        about = "Dựng kho lưu trữ: bản in PDF/A, trang, bảng kê ¦ Make the archive: PDF/A forms, pages, manifests",
        after_help = "Ví dụ:\n  hoso build                 # vào thư mục out/\n  hoso build --out /media/usb/ho-so ¦ Examples:\n  hoso build                 # into out/\n  hoso build --out /media/usb/ho-so"
    )]
    Build(BuildArgs),

    /// Binds a book of any range, and closes it.
    #[command(
        about = "Lập và khóa sổ: giáo án một tháng, sổ của lớp cả năm, hồ sơ một trẻ ¦ Bind and close a book: a month of lesson plans, a class's year, a child's file",
        after_help = "Ví dụ:\n  hoso book mg-5a giao-an --thang 2024-09 -o giao-an-9.pdf\n  hoso book truong so-van-ban-den --thang 2024-09 --khoa\n  hoso book mg-5a --nam 2024-2025 --khoa\n  hoso book all --tre 2712345678 ¦ Examples:\n  hoso book mg-5a giao-an --month 2024-09 -o lesson-plans.pdf\n  hoso book truong so-van-ban-den --month 2024-09 --close\n  hoso book mg-5a --year 2024-2025 --close\n  hoso book all --child 2712345678"
    )]
    Book(BookArgs),

    /// Shows the archive while people write.
    #[command(
        about = "Xem kho trên máy này, tự cập nhật khi sửa ¦ Show the archive on this machine, kept up to date while you edit",
        after_help = "Ví dụ:\n  hoso serve --port 8080\n  hoso serve --edit                    # cho mọi người đăng nhập và viết ¦ Examples:\n  hoso serve --port 8080\n  hoso serve --edit                    # lets people sign in and write"
    )]
    Serve(ServeArgs),

    /// Says who may sign in to `serve --edit`.
    #[command(
        about = "Tài khoản của người viết hồ sơ bằng trình duyệt (hoso serve --edit) ¦ Accounts of those who write records in a browser (hoso serve --edit)",
        after_help = "Ví dụ:\n  hoso account invite --all            # in mật khẩu lần đầu để phát cho từng người\n  hoso account invite ngo-thi-tuong-vi # cấp lại cho một người\n  hoso account list ¦ Examples:\n  hoso account invite --all            # prints first passwords to hand over\n  hoso account invite ngo-thi-tuong-vi # give one person a new one\n  hoso account list"
    )]
    Account {
        /// What is done.
        #[command(subcommand)]
        verb: AccountVerb,
    },
    /// Writes the editor: forms in a browser.
    #[command(
        about = "Ghi trang viết hồ sơ: biểu mẫu trên trình duyệt, từ các loại hồ sơ và danh bạ ¦ Write the editor: forms in a browser, made from the kinds and the roster",
        after_help = "Ví dụ:\n  hoso editor --out trang-viet --backend forgejo --url https://git.truong.example --repo truong/ho-so\n  hoso editor --out mg-5a --unit mg-5a --backend gitlab --repo truong/ho-so ¦ Examples:\n  hoso editor --out editor --backend forgejo --url https://git.school.example --repo school/records\n  hoso editor --out mg-5a --unit mg-5a --backend gitlab --repo school/records"
    )]
    Editor(EditorArgs),

    /// Signs records.
    #[command(
        about = "Ký số hồ sơ đến lượt mình ¦ Sign the records whose turn it is",
        after_help = "Ví dụ:\n  hoso sign --key toi.p12 --dry-run            # xem những gì sẽ ký\n  hoso sign --key toi.p12 2024-2025/mg-5a/giao-an/2024-09-09\n  hoso sign --key toi.p12 --all ¦ Examples:\n  hoso sign --key me.p12 --dry-run             # what would be signed\n  hoso sign --key me.p12 2024-2025/mg-5a/giao-an/2024-09-09\n  hoso sign --key me.p12 --all"
    )]
    Sign(SignArgs),

    /// Gives out the archive, a part of it, or a record in another form.
    #[command(
        about = "Giao kho lưu trữ hoặc một phần, mã hóa hay không; lập gói nộp lưu; xuất PDF có chữ ký bên trong (PAdES) ¦ Hand over the archive or a part of it, encrypted or not; make a state archive's package; export a PDF with its signatures inside (PAdES)",
        after_help = "Ví dụ:\n  hoso export --to doan-kiem-tra.pem                   # cả kho, mã hóa\n  hoso export --plain --unit mg-5a --out mg-5a.zip     # một lớp, không mã hóa\n  hoso export --package sip --out nop-luu.zip\n  hoso export --pades 2024-2025/truong/van-ban-di/183-bao-cao --key hieu-truong.p12 --key dau.p12\n  hoso export --pades 2024-2025/mg-5a/giao-an/2024-09-09 --key toi.p12 --onto ban-dang-ky.pdf   # ký tiếp\nBản gốc vẫn là form.pdf và các tệp .p7s trong signatures/. ¦ Examples:\n  hoso export --to inspector.pem                       # the whole archive, encrypted\n  hoso export --plain --unit mg-5a --out mg-5a.zip     # one class, not encrypted\n  hoso export --package sip --out submission.zip\n  hoso export --pades 2024-2025/truong/van-ban-di/183-bao-cao --key principal.p12 --key seal.p12\n  hoso export --pades 2024-2025/mg-5a/giao-an/2024-09-09 --key me.p12 --onto begun.pdf   # sign on\nThe original stays form.pdf with the .p7s files in signatures/."
    )]
    Export(ExportArgs),

    /// Returns a record to its author.
    #[command(
        about = "Trả lại hồ sơ đang trình ký, kèm lý do ¦ Return a record that waits for an approval, saying why",
        after_help = "Ví dụ:\n  hoso return --key toi.p12 2024-2025/mg-5a/giao-an/2024-09-09 --reason \"Thiếu mục tiêu ngôn ngữ\" ¦ Example:\n  hoso return --key me.p12 2024-2025/mg-5a/giao-an/2024-09-09 --reason \"No language goal\""
    )]
    Return(ActArgs),

    /// Takes a record back.
    #[command(
        about = "Rút hồ sơ: người soạn khi chưa duyệt, người có thẩm quyền khi đã duyệt ¦ Withdraw a record: its author before approval, who has authority after it",
        after_help = "Ví dụ:\n  hoso withdraw --key toi.p12 2024-2025/mg-5a/giao-an/2024-09-09 --reason \"Gửi nhầm lớp\" ¦ Example:\n  hoso withdraw --key me.p12 2024-2025/mg-5a/giao-an/2024-09-09 --reason \"Sent for the wrong class\""
    )]
    Withdraw(ActArgs),

    /// Says that another record replaces one.
    #[command(
        about = "Ghi rằng hồ sơ đã ký được hồ sơ khác thay thế ¦ Say that another record replaces a signed one",
        after_help = "Ví dụ:\n  hoso supersede --key toi.p12 2024-2025/truong/van-ban-di/qd-12 --by 2024-2025/truong/van-ban-di/qd-15 --reason \"Điều chỉnh nhân sự\" ¦ Example:\n  hoso supersede --key me.p12 2024-2025/truong/van-ban-di/qd-12 --by 2024-2025/truong/van-ban-di/qd-15 --reason \"Staff changed\""
    )]
    Supersede(SupersedeArgs),

    /// Seals an archive.
    #[command(
        about = "Niêm phong một kho lưu trữ bằng con dấu số của trường và nối nó vào chuỗi ¦ Seal an archive with the school's seal and enter it into the chain",
        after_help = "Ví dụ:\n  hoso build && hoso seal out --key dau.p12\n  hoso seal out --key env:HOSO_SEAL_P12 --password-file mat-khau.txt    # trên máy chạy tự động ¦ Examples:\n  hoso build && hoso seal out --key seal.p12\n  hoso seal out --key env:HOSO_SEAL_P12 --password-file password.txt    # on a build machine"
    )]
    Seal(SealArgs),

    /// Adds to signatures what keeps them provable.
    #[command(
        about = "Gia hạn chữ ký: thêm dấu thời gian, dữ liệu thu hồi ¦ Keep signatures provable: add time-stamps and revocation data",
        after_help = "Ví dụ:\n  hoso renew --all --dry-run\n  hoso renew --all --tsa http://tsa.ca.gov.vn          # đến mức LT\n  hoso renew --all --level lta --refresh               # mỗi năm một lần\nMã thoát 3 khi có nơi không trả lời; những gì đã nhận được vẫn được ghi. ¦ Examples:\n  hoso renew --all --dry-run\n  hoso renew --all --tsa http://tsa.ca.gov.vn          # up to level LT\n  hoso renew --all --level lta --refresh               # once a year\nExit code 3 when somebody does not answer; what came is entered all the same."
    )]
    Renew(RenewArgs),

    /// Checks every signature of a repository, or everything of an archive.
    #[command(
        about = "Kiểm tra chữ ký trong kho git, hoặc toàn bộ một kho lưu trữ ¦ Check every signature of a repository, or everything of an archive",
        after_help = "Ví dụ:\n  hoso verify                # kho git\n  hoso verify out            # kho lưu trữ, chỉ cần thư mục ấy\n  hoso verify out --report bien-ban.html\n  hoso verify out --earlier /media/usb/kho-nam-ngoai ¦ Examples:\n  hoso verify                # the repository\n  hoso verify out            # an archive, from its folder alone\n  hoso verify out --report report.html\n  hoso verify out --earlier /media/usb/last-year"
    )]
    Verify(VerifyArgs),

    /// Shows what is missing, late or waits for somebody.
    #[command(
        about = "Sổ theo dõi: hồ sơ nào thiếu, trễ, đang chờ ai ký ¦ What is missing, late, or waits for whom",
        after_help = "Ví dụ:\n  hoso status                          # cả trường, đến hôm nay\n  hoso status --unit mg-5a --from 2024-09-01 --to 2024-09-30\n  hoso status --person ngo-thi-tuong-vi --format json\nMã thoát 1 khi có hồ sơ đến hạn mà thiếu. ¦ Examples:\n  hoso status                          # the whole school, as of today\n  hoso status --unit mg-5a --from 2024-09-01 --to 2024-09-30\n  hoso status --person ngo-thi-tuong-vi --format json\nExit code 1 when something due is missing."
    )]
    Status(StatusArgs),

    /// Drafts the periodic report.
    #[command(
        about = "Soạn báo cáo định kỳ gửi cơ quan quản lý, từ sổ theo dõi ¦ Draft the periodic report to the office, from what status shows",
        after_help = "Ví dụ:\n  hoso report --period 2024-09\n  hoso report --period 2024-2025/hk1 --pdf xem-truoc.pdf   # chỉ xem ¦ Examples:\n  hoso report --period 2024-09\n  hoso report --period 2024-2025/hk1 --pdf preview.pdf     # only look"
    )]
    Report(ReportArgs),

    /// Shows the history of a record.
    #[command(
        about = "Lịch sử của một hồ sơ: ai, lúc nào, vì sao ¦ The history of a record: who, when, why",
        after_help = "Ví dụ:\n  hoso log 2024-2025/mg-5a/giao-an/2024-09-09 ¦ Example:\n  hoso log 2024-2025/mg-5a/giao-an/2024-09-09"
    )]
    Log(LogArgs),

    /// Prints completions for a shell.
    #[command(about = "In phần gợi ý lệnh cho shell ¦ Print completions for a shell")]
    Completions {
        /// Which shell.
        #[arg(help = "Loại shell ¦ Which shell")]
        shell: clap_complete::Shell,
    },

    /// Prints the manual page.
    #[command(about = "In trang hướng dẫn (man) ¦ Print the manual page")]
    Man,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, each with a `schema`.
    Json,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, each with a `schema`.
    Json,
    /// Workflow commands that a forge turns into annotations.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// GitLab's Code Quality report.
    Gitlab,
    /// A comment for a proposal, in Markdown.
    Markdown,
}
