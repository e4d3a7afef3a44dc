//! What `hoso init`, `hoso new` and `hoso report` write, as paths and bytes; the caller writes them.
//!
//! * [`repository`]: the files of a new school's repository, from what comes with the program
//! * [`demo`]: a throw-away authority and the keys of a school's people
//! * [`record`]: a new record from the schema of its kind
//! * [`report`]: the periodic report, from the ledger
//! * [`year`]: a new school year from the last one
//! * `school`: `school.yaml` as text, so that what a school has written stays as it stands

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::diag::Words;
use crate::embedded;
use crate::records::dates;
use crate::records::school::SCHOOL_FILE;
use crate::scaffold::demo::Term;

pub mod book;
pub mod demo;
pub mod number;
pub mod record;
pub mod report;
mod school;
pub mod year;

/// Files to write: path from the root of the repository → bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a new repository is made with.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The sample school works in the school year of this day.
    pub today: Date,
    /// With a throw-away authority, and keys that this password opens.
    pub demo: Option<&'a str>,
}

/// The files of a new school's repository. None of them may take the place of an existing one.
///
/// # Errors
/// The reason, when `today` lies in no school year or a key cannot be made.
pub fn repository(options: &Options<'_>) -> Result<Files, Words> {
    let year = school_year(options.today);
    let Some((from, to)) = dates::school_year(&year) else {
        return Err(Words::new(
            format!("ngày {} không thuộc năm học nào", options.today),
            format!("{} is in no school year", options.today),
        ));
    };
    let mut files: Files = layouts().collect();
    let mut text = school::sample(from, to);
    if let Some(password) = options.demo {
        // As long as authorities in Viet Nam make them valid.
        let term = Term {
            from,
            to: to.saturating_add(2.years()),
        };
        let trial = demo::with_proofs(&text, term, password, options.today)?;
        text = trial.school;
        files.extend(trial.files);
    }
    files.insert(SCHOOL_FILE.to_owned(), text.into_bytes());
    files.insert(
        ".github/workflows/archive.yml".to_owned(),
        workflow().into_bytes(),
    );
    for (path, text) in [
        (".gitattributes", GIT_ATTRIBUTES),
        (".gitignore", GIT_IGNORE),
        ("README.md", READ_ME),
    ] {
        files.insert(path.to_owned(), text.into());
    }
    Ok(files)
}

/// The name of the school year that a day lies in, `2024-2025`.
pub fn school_year(date: Date) -> String {
    let from = if date.month() >= 8 {
        date.year()
    } else {
        date.year() - 1
    };
    format!("{from:04}-{:04}", from + 1)
}

/// The layouts that come with the program. Fonts and page templates stay in it: they take effect
/// without being in the repository, and a new version of the program brings its own.
fn layouts() -> impl Iterator<Item = (String, Vec<u8>)> {
    let kept =
        |(path, _): &(&str, &[u8])| !path.starts_with("fonts/") && !path.starts_with("site/");
    let named = |(path, bytes): (&str, &[u8])| (format!("layouts/{path}"), bytes.to_vec());
    embedded::layouts().into_iter().filter(kept).map(named)
}

/// The project's own workflow, except that a school's repository does not hold the program's source.
pub fn workflow() -> String {
    let note = format!("{}\n{}\n", OWN_NOTE[0], OWN_NOTE[1]);
    PROJECT_WORKFLOW
        .replace(&note, SCHOOL_NOTE)
        .replace(OWN_SOURCE, SCHOOL_SOURCE)
}

const PROJECT_WORKFLOW: &str = include_str!("../.github/workflows/archive.yml");

const OWN_NOTE: [&str; 2] = [
    "# In this project's own repository the program is built from source; in a school's repository the step",
    "# \"program\" is the only one to change.",
];

const SCHOOL_NOTE: &str = "\
# Biến HOSO_SOURCE của kho (Settings → Variables) là địa chỉ git của mã nguồn chương trình hoso.
# The repository variable HOSO_SOURCE is the git address of the source of hoso.
";

const OWN_SOURCE: &str = "--path .";

const SCHOOL_SOURCE: &str = "--git \"${{ vars.HOSO_SOURCE }}\" hoso";

/// What git must not do to files of a school.
pub const GIT_ATTRIBUTES: &str = "\
# Cái đã ký là từng byte của tệp: git không được đổi.
*.pdf -text
*.p7s -text
*.crl -text
*.ocsp -text
signatures/archives/** -text
*.png -text
*.jpg -text
*.jpeg -text

# Chữ của hồ sơ giống nhau trên mọi máy, nên mẫu dựng ra cũng giống nhau.
*.md text eol=lf
*.yaml text eol=lf
*.json text eol=lf
*.typ text eol=lf
*.pem text eol=lf
";

const GIT_IGNORE: &str = "\
# Khóa bí mật không bao giờ được đưa vào kho.
/keys/
*.p12
*.pfx
*.key

# Kho lưu được dựng lại từ hồ sơ bằng `hoso build`.
/out/
/out-*/
";

const READ_ME: &str = "\
# Hồ sơ của trường

Kho này giữ hồ sơ, sổ sách của trường bằng chương trình `hoso`: mỗi hồ sơ là một tệp trong `content/`, mỗi lần sửa là một lần ghi của git.

1. Khai báo: sửa `content/school.yaml` cho đúng tên trường, đơn vị, người, vai trò và ngày nghỉ.
2. Viết: `hoso new giao-an --don-vi mg-5a` tạo giáo án hôm nay; mở tệp vừa tạo, thay các dấu … bằng nội dung.
3. Kiểm tra: `hoso check` chỉ ra mọi chỗ sai, kèm cách sửa.
4. Ghi lại: `git add content && git commit -m \"Giáo án hôm nay\"`.
5. Ký: `hoso sign --key TỆP.p12 --all`, lần lượt từng người theo thứ tự trình ký; chữ ký được ghi luôn vào kho.
6. Dựng kho lưu: `hoso build`, mở `out/data/index.html`; kiểm chứng mọi chữ ký: `hoso verify`.

Chứng thư của mỗi người khai ở mục `chung-thu` trong `content/school.yaml`; chứng thư gốc được tin cậy đặt ở `signatures/anchors/` (tệp .pem). Khóa bí mật (.p12) không đưa vào kho.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Report;
    use crate::records;
    use crate::repo::Snapshot;

    const TODAY: Date = Date::constant(2026, 7, 30);

    fn read(files: &Files) -> (Option<records::Records>, Vec<String>) {
        let files = files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        let seen = files.filter(|(path, _)| !path.starts_with('.') && *path != "README.md");
        let mut report = Report::default();
        let read = report.take(records::read(&Snapshot::of_files(seen)));
        (
            read,
            report.sorted().iter().map(|f| format!("{:?}", f)).collect(),
        )
    }

    #[test]
    fn a_new_repository_is_without_fault() {
        let files = repository(&Options {
            today: TODAY,
            demo: None,
        })
        .unwrap();
        let (read, findings) = read(&files);
        assert_eq!(findings, Vec::<String>::new());
        assert!(read.unwrap().school.unit("mg-5a", TODAY).is_some());
        assert!(
            files.contains_key("layouts/giao-an/kind.yaml")
                && files.contains_key("layouts/school.schema.json")
        );
        let embedded = ["layouts/fonts/", "layouts/site/", "keys/", "signatures/"];
        assert!(
            !files
                .keys()
                .any(|path| embedded.iter().any(|folder| path.starts_with(folder)))
        );
    }

    #[test]
    fn a_trial_has_a_key_for_everyone_and_for_the_seal() {
        let files = repository(&Options {
            today: TODAY,
            demo: Some("thử"),
        })
        .unwrap();
        let (read, findings) = read(&files);
        assert_eq!(findings, Vec::<String>::new());
        let school = read.unwrap().school;
        for person in school.people_on(TODAY) {
            assert!(files.contains_key(&format!("keys/{}.p12", person.id)));
            assert_eq!(person.chung_thu.len(), 1);
        }
        assert!(files.contains_key("keys/dau.p12") && files.contains_key(demo::ROOT));
    }

    #[test]
    fn the_workflow_fetches_the_program() {
        let text = workflow();
        assert!(
            !text.contains(OWN_SOURCE)
                && !text.contains(OWN_NOTE[0])
                && !text.contains(OWN_NOTE[1])
        );
        assert!(
            text.contains(SCHOOL_SOURCE)
                && text.contains("hoso check")
                && text.contains("hoso build")
        );
    }

    #[test]
    fn august_begins_a_school_year() {
        assert_eq!(school_year(Date::constant(2024, 8, 1)), "2024-2025");
        assert_eq!(school_year(Date::constant(2025, 7, 31)), "2024-2025");
        assert!(
            repository(&Options {
                today: Date::constant(-1, 1, 1),
                demo: None
            })
            .is_err()
        );
    }
}
