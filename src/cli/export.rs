//! `hoso export`: what leaves the school. A copy of a signed form (`--pades`), the archive or a part of
//! it (`--to`, `--plain`), the state archive's package (`--package`), a table for another program
//! (`--table`); each in a file of its own.

mod copy;
mod hand;
mod pades;
pub(super) mod table;

use std::path::Path;
use std::path::PathBuf;

use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::key::Beside;
use crate::cli::ui::Ui;

/// `--cipher`
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CipherName {
    Gcm,
    Cbc,
}

/// `--package`
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PackageKind {
    Sip,
    Aip,
}

/// What `export` takes.
#[derive(Debug, clap::Args)]
#[group(id = "mode", required = true, multiple = true, args = ["pades", "to", "plain", "package", "table"])]
pub struct ExportArgs {
    #[arg(
        long,
        requires = "record",
        requires = "keys",
        conflicts_with_all = ["to", "plain", "package"],
        help = "Xuất PDF có chữ ký nằm bên trong (PAdES), mở bằng Adobe, Foxit thấy là đã ký ¦ Export a PDF with the signatures inside (PAdES), which Adobe and Foxit show as signed"
    )]
    pades: bool,

    #[arg(
        long,
        value_name = "CERT.pem",
        help = "Giao kho lưu trữ, mã hóa cho người giữ chứng thư này; nêu được nhiều lần ¦ Hand over the archive, encrypted to the holder of this certificate; may be repeated"
    )]
    to: Vec<PathBuf>,

    #[arg(
        long,
        conflicts_with = "to",
        help = "Giao kho lưu trữ, không mã hóa ¦ Hand over the archive, not encrypted"
    )]
    plain: bool,

    #[arg(
        long,
        value_name = "KIND",
        hide_possible_values = true,
        help = "Lập gói cho lưu trữ nhà nước theo TT 05/2025/TT-BNV: sip (nộp) hoặc aip (bảo quản) ¦ Make the state archive's package (TT 05/2025/TT-BNV): sip (submission) or aip (archival)"
    )]
    package: Option<PackageKind>,

    #[arg(
        long,
        visible_alias = "bang",
        value_name = "FILE.xlsx|FILE.csv",
        conflicts_with_all = ["pades", "to", "plain", "package", "out", "archive"],
        help = "Xuất bảng cho phần mềm khác: các hồ sơ của một loại, cột theo --mapping ¦ Write a table for another program: the records of a kind, columns by --mapping"
    )]
    table: Option<PathBuf>,

    #[arg(
        long,
        visible_alias = "cot",
        value_name = "NAME|FILE.yaml",
        requires = "table",
        help = "Các cột của bảng: tên trong layouts/trao-doi/, ví dụ csdl-tre, hoặc một tệp ¦ The columns of the table: a name in layouts/trao-doi/, such as csdl-tre, or a file"
    )]
    mapping: Option<String>,

    #[arg(
        long,
        visible_alias = "danh-sach",
        value_name = "FIELD",
        requires = "table",
        help = "Danh sách của hồ sơ đem xuất, khi loại có nhiều danh sách ¦ The list of the record, where the kind has several"
    )]
    list: Option<String>,

    #[arg(
        value_name = "RECORD",
        conflicts_with_all = ["to", "plain", "package"],
        help = "Mã hồ sơ (cùng --pades, --table) ¦ Id of a record (with --pades, --table)"
    )]
    record: Option<String>,

    #[arg(
        long,
        value_name = "DIR",
        default_value = "out",
        help = "Kho lưu trữ đem giao (mặc định: out) ¦ The archive to be handed over (default: out)"
    )]
    archive: PathBuf,

    #[arg(
        long,
        visible_alias = "nam",
        value_name = "YEAR",
        conflicts_with = "pades",
        help = "Chỉ năm học này, ví dụ 2024-2025 ¦ Only this school year, such as 2024-2025"
    )]
    year: Option<String>,

    #[arg(
        long,
        visible_alias = "don-vi",
        value_name = "UNIT",
        conflicts_with = "pades",
        help = "Chỉ lớp hoặc đơn vị này, ví dụ mg-5a ¦ Only this class or unit, such as mg-5a"
    )]
    unit: Option<String>,

    #[arg(
        long,
        value_name = "CIPHER",
        hide_possible_values = true,
        requires = "to",
        default_value = "gcm",
        help = "Cách mã hóa: gcm (AES-256-GCM, OpenSSL 3.0 trở lên) hoặc cbc (AES-256-CBC, chương trình cũ đọc được) ¦ How to encrypt: gcm (AES-256-GCM, OpenSSL 3.0 and later) or cbc (AES-256-CBC, for older programs)"
    )]
    cipher: CipherName,

    #[arg(
        long = "key",
        value_name = "KEY",
        requires = "pades",
        help = "Khóa của một người đã ký hồ sơ, hoặc của con dấu; nêu được nhiều lần ¦ The key of one who has signed the record, or of the seal; may be given several times"
    )]
    keys: Vec<String>,

    #[arg(
        long = "password-file",
        value_name = "FILE",
        help = "Đọc mật khẩu từ tệp thay vì hỏi; một tệp cho mọi khóa, hoặc mỗi khóa một tệp ¦ Read the password from a file instead of asking; one for all keys, or one for each"
    )]
    password_files: Vec<PathBuf>,

    #[command(flatten)]
    beside: Beside,

    #[arg(
        long,
        value_name = "FILE.pdf",
        help = "Ký tiếp vào bản mà người khác đã bắt đầu bằng lệnh này ¦ Sign on in a copy that others have begun with this verb"
    )]
    onto: Option<PathBuf>,

    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE",
        help = "Ghi vào tệp này (mặc định: tên hồ sơ và -da-ky.pdf, hoặc kho-NGÀY và .zip, .zip.p7m); khi giao không mã hóa, tên không có .zip là thư mục ¦ Write to this file (default: the record's name and -da-ky.pdf, or kho-DATE and .zip, .zip.p7m); of what is not encrypted, a name without .zip is a folder"
    )]
    out: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

impl ExportArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When what is to be given out is at fault, or cannot be written; no file is written then.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        if let Some(table) = &self.table {
            return self.table(dir, table, ui);
        }
        match self.pades {
            true => self.pades(dir, ui),
            false => self.hand(dir, ui),
        }
    }
}
