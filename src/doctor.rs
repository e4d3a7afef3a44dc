//! What a school's repository lacks to work as it is meant to, line by line: what was looked at, how it
//! stands, how to mend it. Nothing here is changed, and nothing of it is a fault of a record.

mod school;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::embedded;
use crate::forges::Forge;
use crate::forges::api::Done;
use crate::forges::api::Step;
use crate::forges::stamp::Fate;
use crate::records::Records;
use crate::repo::Person;
use crate::repo::Snapshot;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is missing or wrong, and something does not work because of it.
    Missing,
    /// It should be looked at.
    Attention,
    /// It cannot be told from here.
    Unknown,
    /// It is as it should be.
    Good,
}

impl State {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Missing => "missing",
            State::Attention => "attention",
            State::Unknown => "unknown",
            State::Good => "good",
        }
    }

    /// The word for people.
    pub fn words(self) -> Words {
        match self {
            State::Missing => Words::new("thiếu", "missing"),
            State::Attention => Words::new("xem lại", "look"),
            State::Unknown => Words::new("chưa biết", "unknown"),
            State::Good => Words::new("được", "good"),
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was looked at: a word that never changes.
    pub about: &'static str,
    /// How it stands.
    pub state: State,
    /// What there is or is not.
    pub what: Words,
    /// How to mend it.
    pub mend: Option<Words>,
}

impl Line {
    fn good(about: &'static str, what: Words) -> Self {
        Self {
            about,
            state: State::Good,
            what,
            mend: None,
        }
    }

    fn bad(about: &'static str, state: State, what: Words, mend: Words) -> Self {
        Self {
            about,
            state,
            what,
            mend: Some(mend),
        }
    }
}

/// What git says.
#[derive(Clone, Debug, Default)]
pub struct Git {
    /// Who works here, by git's settings.
    pub user: Option<Person>,
    /// The addresses of other repositories, by name.
    pub remotes: Vec<(String, String)>,
    /// Whether the history is cut off.
    pub shallow: bool,
    /// When the last commit was made.
    pub last: Option<Timestamp>,
}

/// Everything that is looked at.
pub struct Facts<'a> {
    /// The files.
    pub snapshot: &'a Snapshot,
    /// The records; none when the school cannot be read.
    pub records: Option<&'a Records>,
    /// What git says.
    pub git: &'a Git,
    /// For each forge that something of is there: what would become of its files.
    pub forges: &'a [(Forge, BTreeMap<String, Fate>)],
    /// What the forge's interface says; none when it was not asked.
    pub steps: Option<&'a [Step]>,
    /// Now.
    pub now: Timestamp,
    /// The day.
    pub today: Date,
}

/// Looks at everything.
pub fn examine(facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = git(facts.git, facts.now);
    lines.extend(forges(facts));
    match facts.records {
        Some(records) => lines.extend(school::examine(facts, records)),
        None => lines.push(Line::bad(
            "school",
            State::Missing,
            Words::new(
                "content/school.yaml không đọc được",
                "content/school.yaml cannot be read",
            ),
            Words::new("xem `hoso check`", "see `hoso check`"),
        )),
    }
    lines.extend(layouts(facts.snapshot));
    lines
}

fn git(git: &Git, now: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.push(match &git.user {
        Some(user) => {
            let who = tame(&format!("{} <{}>", user.name, user.email));
            Line::good(
                "git-user",
                Words::new(format!("git ghi tên {who}"), format!("git writes as {who}")),
            )
        }
        None => Line::bad(
            "git-user",
            State::Missing,
            Words::new(
                "git chưa biết ai đang làm việc",
                "git does not know who works here",
            ),
            Words::new(
                "git config user.name \"Họ và tên\" && git config user.email địa-chỉ (địa chỉ có trong danh bạ)",
                "git config user.name \"Name\" && git config user.email address (one of the roster)",
            ),
        ),
    });
    lines.push(match git.remotes.as_slice() {
        [] => Line::bad(
            "git-remote",
            State::Attention,
            Words::new(
                "kho chỉ ở máy này, chưa có bản ở nơi khác",
                "the repository is on this machine only",
            ),
            Words::new(
                "git remote add origin ĐỊA-CHỈ && git push --set-upstream origin main",
                "git remote add origin ADDRESS && git push --set-upstream origin main",
            ),
        ),
        all => {
            let names: Vec<String> = all.iter().map(|(name, _)| tame(name)).collect();
            let names = names.join(", ");
            let carries = |(_, url): &(String, String)| {
                url.split_once("://")
                    .and_then(|(_, rest)| rest.split('/').next()?.split_once('@'))
                    .is_some_and(|(user, _)| user.contains(':'))
            };
            match all.iter().any(carries) {
                true => Line::bad(
                    "git-remote",
                    State::Attention,
                    Words::new(
                        "địa chỉ kho từ xa có ghi mật khẩu",
                        "the address of a remote holds a password",
                    ),
                    Words::new(
                        "git remote set-url origin ĐỊA-CHỈ không có mật khẩu, và đổi mật khẩu ấy",
                        "git remote set-url origin ADDRESS without it, and change that password",
                    ),
                ),
                false => Line::good(
                    "git-remote",
                    Words::new(format!("kho từ xa: {names}"), format!("remotes: {names}")),
                ),
            }
        }
    });
    lines.push(match git.shallow {
        true => Line::bad(
            "git-history",
            State::Missing,
            Words::new(
                "lịch sử bị cắt ngắn: không chứng minh được ai sửa gì",
                "the history is cut off: who changed what cannot be shown",
            ),
            Words::new("git fetch --unshallow", "git fetch --unshallow"),
        ),
        false => Line::good(
            "git-history",
            Words::new("lịch sử đủ", "the history is whole"),
        ),
    });
    // A day is more than any two clocks that are right can differ by.
    let ahead = git
        .last
        .is_some_and(|last| last.as_second() > now.as_second() + 24 * 3600);
    lines.push(match ahead {
        true => Line::bad(
            "clock",
            State::Missing,
            Words::new(
                "đồng hồ máy chậm hơn lần ghi cuối trong kho",
                "the clock is behind the last commit",
            ),
            Words::new(
                "đặt lại ngày giờ của máy; chữ ký mang giờ sai khó chứng minh",
                "set the machine's clock; a signature with a wrong time is hard to prove",
            ),
        ),
        false => Line::good(
            "clock",
            Words::new(
                "đồng hồ máy không trái với lịch sử",
                "the clock does not contradict the history",
            ),
        ),
    });
    lines
}

fn forges(facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    if facts.forges.is_empty() {
        lines.push(Line::bad(
            "workflows",
            State::Attention,
            Words::new(
                "chưa có quy trình của máy chủ git nào",
                "there are no workflows of a forge",
            ),
            Words::new(
                "hoso setup --forge forgejo (hoặc gitea, github, gitlab)",
                "hoso setup --forge forgejo (or gitea, github, gitlab)",
            ),
        ));
    }
    for (forge, fates) in facts.forges {
        for (path, fate) in fates {
            let about = match path.ends_with("CODEOWNERS") {
                true => "code-owners",
                false => "workflows",
            };
            let (state, vi, en) = match fate {
                Fate::Same => {
                    let shown = format!("{path}: đúng bản mới");
                    lines.push(Line::good(
                        about,
                        Words::new(shown, format!("{path}: up to date")),
                    ));
                    continue;
                }
                Fate::New => (State::Attention, "chưa có", "is not there"),
                Fate::Renewed if about == "code-owners" => (
                    State::Attention,
                    "không còn khớp danh bạ hôm nay",
                    "no longer fits the roster of today",
                ),
                Fate::Renewed => (State::Attention, "bản cũ", "is out of date"),
                Fate::Kept | Fate::Replaced => (
                    State::Attention,
                    "trường đã tự sửa, khác bản của chương trình",
                    "was changed by somebody and differs from the program's",
                ),
            };
            let command = format!("hoso setup --forge {}", forge.as_str());
            let mend = match fate {
                Fate::Kept | Fate::Replaced => Words::new(
                    format!("{command} --dry-run để xem chỗ khác; --replace {path} để thay"),
                    format!(
                        "{command} --dry-run shows the difference; --replace {path} replaces it"
                    ),
                ),
                _ => Words::new(command.clone(), command),
            };
            let what = Words::new(format!("{path}: {vi}"), format!("{path}: {en}"));
            lines.push(Line::bad(about, state, what, mend));
        }
    }
    match facts.steps {
        None => lines.push(Line::bad(
            "branch-rules",
            State::Unknown,
            Words::new(
                "chưa hỏi máy chủ git về quy tắc nhánh, nhãn",
                "the forge was not asked about branch rules and labels",
            ),
            Words::new(
                "hoso doctor --forge … --url … --repo … --token-file …",
                "hoso doctor --forge … --url … --repo … --token-file …",
            ),
        )),
        Some(steps) => lines.extend(steps.iter().map(|step| {
            let what = step.what.clone();
            match &step.outcome {
                Done::Same | Done::Sent => Line::good("branch-rules", what),
                Done::Later => Line::bad(
                    "branch-rules",
                    State::Attention,
                    what,
                    Words::new(
                        "quy trình kiểm tra chưa có trên máy chủ git: git push, rồi hoso setup --forge … --url … --repo … --token-file …",
                        "the workflow that checks is not on the forge yet: git push, then hoso setup --forge … --url … --repo … --token-file …",
                    ),
                ),
                Done::Would => Line::bad(
                    "branch-rules",
                    State::Attention,
                    what,
                    Words::new(
                        "hoso setup --forge … --url … --repo … --token-file …",
                        "hoso setup --forge … --url … --repo … --token-file …",
                    ),
                ),
                Done::Refused(status, said) => Line::bad(
                    "branch-rules",
                    State::Unknown,
                    what,
                    Words::new(
                        format!("máy chủ git trả lời {status} {said}: xem bằng tay"),
                        format!("the forge answers {status} {said}: look by hand"),
                    ),
                ),
            }
        })),
    }
    lines
}

/// The kinds that the repository has otherwise than the program, or lacks.
fn layouts(snapshot: &Snapshot) -> Vec<Line> {
    const MAX_LAYOUT: u64 = 4 * 1024 * 1024;
    let mut other: Vec<String> = Vec::new();
    let mut lacking: Vec<String> = Vec::new();
    for (path, bytes) in embedded::layouts() {
        // Fonts and pages take effect without being in the repository.
        if path.starts_with("fonts/") || path.starts_with("site/") {
            continue;
        }
        let kind = path.split('/').next().unwrap_or(path).to_owned();
        let there = snapshot
            .get(&format!("layouts/{path}"))
            .map(|entry| snapshot.read(&entry.path, MAX_LAYOUT));
        match there {
            Some(Ok(there)) if there == bytes => {}
            Some(_) => other.push(kind),
            // What ends in `.json` or `.yaml` at the top is inside the program too.
            None if path.contains('/') => lacking.push(kind),
            None => {}
        }
    }
    let mut lines = Vec::new();
    for (mut kinds, vi, en) in [
        (
            other,
            "khác bản đi kèm chương trình",
            "differ from the program's",
        ),
        (lacking, "chưa có trong kho", "are not in the repository"),
    ] {
        kinds.dedup();
        if kinds.is_empty() {
            continue;
        }
        let names = kinds.join(", ");
        lines.push(Line::bad(
            "layouts",
            State::Attention,
            Words::new(
                format!("layouts/ {vi}: {names}"),
                format!("layouts/: these {en}: {names}"),
            ),
            Words::new(
                "trường tự sửa thì để nguyên; muốn lấy bản mới thì so với `hoso init` ở thư mục khác. Hồ sơ đã ký không đổi theo mẫu",
                "leave what the school changed; for the new ones compare with `hoso init` in another folder. Signed records do not change with a layout",
            ),
        ));
    }
    if lines.is_empty() {
        lines.push(Line::good(
            "layouts",
            Words::new(
                "layouts/ đúng bản đi kèm chương trình",
                "layouts/ is the program's",
            ),
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about<'a>(lines: &'a [Line], about: &str) -> &'a Line {
        let mut found = lines.iter().filter(|line| line.about == about);
        found.next().expect("a line")
    }

    #[test]
    fn git_says_what_is_missing() {
        let now: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        let lines = git(
            &Git {
                shallow: true,
                last: Some("2026-08-01T00:00:00Z".parse().unwrap()),
                remotes: vec![("origin".into(), "https://a:mat-khau@git.example/x".into())],
                user: None,
            },
            now,
        );
        assert!(
            lines.iter().all(|line| line.state != State::Good),
            "{lines:?}"
        );
        assert!(!format!("{lines:?}").contains("mat-khau"));
        let sound = Git {
            last: Some(now),
            remotes: vec![("origin".into(), "git@git.example:x".into())],
            ..Git::default()
        };
        let lines = git(&sound, now);
        assert_eq!(about(&lines, "clock").state, State::Good);
        assert_eq!(about(&lines, "git-remote").state, State::Good);
    }

    #[test]
    fn a_changed_layout_is_told() {
        let all = embedded::layouts();
        let files: Vec<(String, &[u8])> = all
            .iter()
            .map(|(path, bytes)| (format!("layouts/{path}"), *bytes))
            .collect();
        let same = Snapshot::of_files(files.iter().map(|(path, bytes)| (path.as_str(), *bytes)));
        assert_eq!(layouts(&same)[0].state, State::Good);
        let other = files
            .iter()
            .filter(|(path, _)| !path.starts_with("layouts/thuc-don/"));
        let other = other.map(|(path, bytes)| match path.as_str() {
            "layouts/giao-an/kind.yaml" => (path.as_str(), &b"x"[..]),
            path => (path, *bytes),
        });
        let lines = layouts(&Snapshot::of_files(other));
        assert!(lines[0].what.en.ends_with(": giao-an"), "{lines:?}");
        assert!(lines[1].what.en.ends_with(": thuc-don"), "{lines:?}");
    }
}
