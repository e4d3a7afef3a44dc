//! What can go wrong between us and the repository, in words.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::diag::Words;
use crate::path::RepoPath;
use crate::path::shown;

/// Why the repository could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.en())]
pub enum Error {
    /// The files of a working tree were asked for where there is none.
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// Another process is signing here.
    Busy {
        /// The repository.
        path: PathBuf,
    },
    /// No branch is checked out: a commit would belong to none and get lost.
    Detached {
        /// The repository.
        path: PathBuf,
    },
    /// A file to be entered is there already, with other bytes.
    Exists {
        /// The file.
        path: RepoPath,
    },
    /// The repository belongs to another user, and git has not been told to trust it.
    ForeignOwner {
        /// The folder that was to be opened.
        path: PathBuf,
    },
    /// git's library failed.
    Git {
        /// The folder, file or object it was working on.
        path: String,
        /// What it says.
        source: git2::Error,
    },
    /// A file was asked for that the snapshot does not hold.
    Missing {
        /// The file.
        path: RepoPath,
    },
    /// A file that something was to be added to differs from what is committed.
    Modified {
        /// The file.
        path: RepoPath,
    },
    /// The branch got another commit while this one was being made.
    Moved {
        /// The repository.
        path: PathBuf,
    },
    /// The repository is empty.
    NoCommits {
        /// The repository.
        path: PathBuf,
    },
    /// No commit is meant by what was given.
    NoSuchRevision {
        /// The repository.
        path: PathBuf,
        /// What was given.
        given: String,
    },
    /// Neither the folder nor one above it is a repository.
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// What was to replace a signature is not that signature with something added.
    NotRaised {
        /// The file.
        path: RepoPath,
    },
    /// Since it was listed, the file or a folder above it has become a link or something else.
    NotPlain {
        /// The file.
        path: RepoPath,
    },
    /// The disk failed.
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The history has been cut off.
    Shallow {
        /// The repository.
        path: PathBuf,
    },
    /// Somebody else changed the file since it was read.
    Stale {
        /// The file.
        path: RepoPath,
    },
    /// The file is larger than the caller takes.
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its size in bytes, or as much as was seen of it.
        size: u64,
        /// What the caller takes.
        max: u64,
    },
    /// More files or changes than any school has: a mistake, or an attack.
    TooMany {
        /// The repository.
        path: PathBuf,
        /// How many are taken.
        max: usize,
    },
}

impl Error {
    pub(super) fn git(path: impl Display, source: git2::Error) -> Error {
        Error::Git {
            path: path.to_string(),
            source,
        }
    }

    pub(super) fn read(path: &Path, source: io::Error) -> Error {
        Error::Read {
            path: path.to_path_buf(),
            source,
        }
    }

    /// The sentence for people.
    pub fn words(&self) -> Words {
        Words::new(self.vi(), self.en())
    }

    fn vi(&self) -> String {
        let at = self.place();
        match self {
            Error::Bare { .. } => format!("kho git `{at}` không có thư mục làm việc"),
            Error::Busy { .. } => format!("đang có lần ký khác chạy trong kho git `{at}`"),
            Error::Detached { .. } => format!("kho git `{at}` không đứng ở nhánh nào"),
            Error::Exists { .. } => format!("`{at}` đã có, không được ghi đè"),
            Error::Modified { .. } => format!("`{at}` khác với bản đã ghi (commit)"),
            Error::Moved { .. } => format!("kho git `{at}` vừa có lần ghi khác"),
            Error::NotRaised { .. } => {
                format!("bản mới của `{at}` không phải chính chữ ký ấy được bổ sung")
            }
            Error::ForeignOwner { .. } => {
                format!("kho git tại `{at}` thuộc về người dùng khác của máy này")
            }
            Error::Git { source, .. } => {
                format!("git không đọc được `{at}`: {}", shown(source.message()))
            }
            Error::Missing { .. } => format!("không có tệp `{at}`"),
            Error::NoCommits { .. } => format!("kho git `{at}` chưa có lần ghi (commit) nào"),
            Error::NoSuchRevision { given, .. } => {
                format!("kho git `{at}` không có phiên bản `{}`", shown(given))
            }
            Error::NotARepository { .. } => format!("`{at}` không nằm trong kho git nào"),
            Error::NotPlain { .. } => {
                format!("`{at}` không còn là một tệp thường trong thư mục này")
            }
            Error::Read { source, .. } => format!("không đọc được `{at}`: {source}"),
            Error::Shallow { .. } => format!("lịch sử của kho git `{at}` đã bị cắt bớt"),
            Error::Stale { .. } => format!("người khác vừa sửa `{at}`"),
            Error::TooLarge { size, max, .. } => {
                format!("tệp `{at}` quá lớn: {size} byte, tối đa {max} byte")
            }
            Error::TooMany { max, .. } => {
                format!("kho git `{at}` có quá nhiều tệp hoặc thay đổi (hơn {max})")
            }
        }
    }

    fn en(&self) -> String {
        let at = self.place();
        match self {
            Error::Bare { .. } => format!("the repository `{at}` has no working tree"),
            Error::Busy { .. } => format!("somebody is signing in the repository `{at}` already"),
            Error::Detached { .. } => format!("the repository `{at}` has no branch checked out"),
            Error::Exists { .. } => format!("`{at}` is there already and is never overwritten"),
            Error::Modified { .. } => format!("`{at}` differs from what is committed"),
            Error::Moved { .. } => format!("the repository `{at}` got another commit meanwhile"),
            Error::NotRaised { .. } => {
                format!("the new `{at}` is not that signature with something added")
            }
            Error::ForeignOwner { .. } => {
                format!("the repository at `{at}` belongs to another user of this machine")
            }
            Error::Git { source, .. } => {
                format!("git cannot read `{at}`: {}", shown(source.message()))
            }
            Error::Missing { .. } => format!("there is no file `{at}`"),
            Error::NoCommits { .. } => format!("the repository `{at}` has no commits yet"),
            Error::NoSuchRevision { given, .. } => {
                format!("the repository `{at}` has no revision `{}`", shown(given))
            }
            Error::NotARepository { .. } => format!("`{at}` is not in a git repository"),
            Error::NotPlain { .. } => format!("`{at}` is no longer a plain file of this folder"),
            Error::Read { source, .. } => format!("cannot read `{at}`: {source}"),
            Error::Shallow { .. } => format!("the history of the repository `{at}` is cut off"),
            Error::Stale { .. } => format!("somebody else has just changed `{at}`"),
            Error::TooLarge { size, max, .. } => {
                format!("the file `{at}` is too large: {size} bytes, at most {max} bytes")
            }
            Error::TooMany { max, .. } => {
                format!("the repository `{at}` has too many files or changes (more than {max})")
            }
        }
    }

    /// What it happened to, fit to be shown.
    fn place(&self) -> String {
        match self {
            Error::Git { path, .. } => shown(path),
            Error::Exists { path }
            | Error::Missing { path }
            | Error::Modified { path }
            | Error::NotPlain { path }
            | Error::NotRaised { path }
            | Error::Stale { path }
            | Error::TooLarge { path, .. } => path.to_string(),
            Error::Bare { path }
            | Error::Busy { path }
            | Error::ForeignOwner { path }
            | Error::Detached { path }
            | Error::Moved { path }
            | Error::NoCommits { path }
            | Error::NoSuchRevision { path, .. }
            | Error::NotARepository { path }
            | Error::Read { path, .. }
            | Error::Shallow { path }
            | Error::TooMany { path, .. } => shown(&path.to_string_lossy()),
        }
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<Words> {
        let (vi, en) = match self {
            Error::Bare { .. } => (
                "dùng bản sao có thư mục làm việc (git clone), hoặc nêu phiên bản với --revision".to_owned(),
                "use a clone with a working tree, or name a revision with --revision".to_owned(),
            ),
            Error::ForeignOwner { .. } => {
                let call = format!("git config --global --add safe.directory '{}'", self.place());
                (
                    format!("nếu tin cậy kho này, chạy (với thư mục gốc của kho): {call}"),
                    format!("if you trust it, run (with the top folder of the repository): {call}"),
                )
            }
            Error::NoCommits { .. } => (
                "ghi lần đầu: git add . && git commit".to_owned(),
                "make the first one: git add . && git commit".to_owned(),
            ),
            Error::NoSuchRevision { .. } => (
                "xem các phiên bản với: git log --oneline --all; kho sao chép chưa đủ thì: git fetch"
                    .to_owned(),
                "see which there are: git log --oneline --all; get the missing ones: git fetch".to_owned(),
            ),
            Error::NotARepository { .. } => (
                "chuyển vào thư mục hồ sơ của trường, nêu nó với -C, hoặc tạo mới: hoso init".to_owned(),
                "go to the school's folder, name it with -C, or make a new one: hoso init".to_owned(),
            ),
            Error::Shallow { .. } => (
                "lấy đủ lịch sử: git fetch --unshallow (trong CI: fetch-depth: 0)".to_owned(),
                "get the rest of it: git fetch --unshallow (in CI: fetch-depth: 0)".to_owned(),
            ),
            Error::Git { source, .. } if source.code() == git2::ErrorCode::NotFound => (
                "kho có thể là bản sao thiếu dữ liệu hoặc bị hỏng; kiểm tra: git fsck".to_owned(),
                "the clone may be partial or damaged; check: git fsck".to_owned(),
            ),
            Error::Busy { .. } => (
                "đợi lần ký kia xong rồi chạy lại".to_owned(),
                "wait for it to end, then run again".to_owned(),
            ),
            Error::Detached { .. } => (
                "chuyển về nhánh trước: git switch main".to_owned(),
                "go to a branch first: git switch main".to_owned(),
            ),
            Error::Exists { .. } => (
                "nếu tệp còn sót từ một lần ký bị ngắt (git status ghi là chưa theo dõi), chuyển nó đi rồi chạy lại".to_owned(),
                "if it is left over from a signing that was cut off (git status calls it untracked), move it away and run again".to_owned(),
            ),
            Error::Modified { .. } => (
                format!("lấy lại bản đã ghi: git checkout HEAD -- {}", self.place()),
                format!("get the committed one back: git checkout HEAD -- {}", self.place()),
            ),
            Error::Stale { .. } => (
                "mở lại bản mới, rồi sửa tiếp trên bản ấy".to_owned(),
                "open it again as it is now, and go on from there".to_owned(),
            ),
            Error::Moved { .. } => (
                "chạy lại lệnh".to_owned(),
                "run the command again".to_owned(),
            ),
            Error::Git { .. }
            | Error::Missing { .. }
            | Error::NotPlain { .. }
            | Error::NotRaised { .. }
            | Error::Read { .. }
            | Error::TooLarge { .. }
            | Error::TooMany { .. } => return None,
        };
        Some(Words::new(vi, en))
    }
}
