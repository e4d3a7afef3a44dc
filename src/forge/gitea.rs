//! The shapes of the Gitea API (1.24): only what the editor reads and sends.

use std::collections::BTreeSet;

use base64ct::Base64;
use base64ct::Encoding;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::forge::save::Change;
use crate::forge::save::Operation;
use crate::forge::save::Saved;
use crate::path::RepoPath;
use crate::records::school::Person;
use crate::repo;
use crate::repo::Entry;
use crate::repo::Revision;
use crate::repo::Seen;

/// The owner and name of the one repository there is.
pub const REPOSITORY: &str = "truong/ho-so";
/// The branch that is checked out, whatever it is called.
pub const BRANCH: &str = "main";
/// Files of one answer.
pub const PAGE: usize = 1000;

/// Largest file that is among several; a larger one is asked for by itself.
pub const MAX_BLOB: u64 = 10 << 20;
/// Most bytes of files in one answer, as they are encoded.
pub const MAX_ANSWER: u64 = 20 << 20;

/// `GET /version`. The editor speaks to Gitea 1.24 as we do.
pub fn version() -> Value {
    json!({ "version": "1.24.0" })
}

/// `GET /settings/api`.
pub fn settings() -> Value {
    json!({
        "max_response_items": PAGE, "default_paging_num": PAGE,
        "default_max_blob_size": MAX_BLOB, "default_max_response_size": MAX_ANSWER,
    })
}

/// `GET /user`.
pub fn user(id: &str, person: Option<&Person>) -> Value {
    let email = person.and_then(|person| person.email.first());
    json!({
        "id": 1, "login": id, "full_name": person.map_or(id, |person| &person.ten),
        "email": email, "avatar_url": "", "html_url": "/",
    })
}

/// `GET /repos/{owner}/{name}`.
pub fn repository() -> Value {
    json!({
        "full_name": REPOSITORY, "default_branch": BRANCH, "empty": false,
        "permissions": { "admin": false, "push": true, "pull": true },
    })
}

/// `GET /repos/{owner}/{name}/branches/{branch}`.
pub fn branch(revision: &Revision) -> Value {
    json!({ "name": BRANCH, "commit": { "id": revision.id, "message": "" } })
}

/// `GET /repos/{owner}/{name}/git/trees/{id}`; pages count from 1.
pub fn tree(revision: &Revision, files: &[&Entry], page: usize) -> Value {
    let from = (page - 1).saturating_mul(PAGE);
    let shown: Vec<Value> = (files.iter().skip(from).take(PAGE))
        .map(|entry| {
            json!({
                "path": entry.path.as_str(), "type": "blob", "mode": "100644",
                "size": entry.size, "sha": entry.id,
            })
        })
        .collect();
    let truncated = from + shown.len() < files.len();
    json!({
        "sha": revision.id, "tree": shown, "page": page,
        "total_count": files.len(), "truncated": truncated,
    })
}

/// `POST /repos/{owner}/{name}/file-contents`: each file once, up to [`PAGE`] of them and [`MAX_ANSWER`] bytes.
/// What would go beyond is left out, as Gitea does; the editor asks for no more at a time. `size` and `read` tell
/// of a file that may be read.
pub fn files(
    asked: &[String],
    size: impl Fn(&str) -> Option<u64>,
    read: impl Fn(&str) -> Option<(RepoPath, Vec<u8>)>,
) -> Value {
    let (mut named, mut all, mut total) = (BTreeSet::new(), Vec::new(), 0);
    for path in asked.iter().filter(|path| named.insert(path.as_str())) {
        let size = size(path);
        if size.is_none_or(|size| size > MAX_BLOB) {
            all.push(Value::Null);
        } else {
            // Base64, as the editor reckons it.
            total += size.unwrap_or_default() * 4 / 3;
            if total > MAX_ANSWER {
                break;
            }
            all.push(read(path).map_or(Value::Null, |(path, bytes)| file(&path, &bytes)));
        }
        if all.len() == PAGE {
            break;
        }
    }
    Value::Array(all)
}

fn file(path: &RepoPath, bytes: &[u8]) -> Value {
    json!({
        "path": path.as_str(), "name": path.file_name(), "type": "file", "encoding": "base64",
        "size": bytes.len(), "sha": repo::blob_id(bytes), "content": Base64::encode_string(bytes),
    })
}

/// `GET /repos/{owner}/{name}/commits`, newest first.
pub fn commits(changes: &[repo::Change]) -> Value {
    let all = changes.iter().rev().take(100).map(|change| {
        let commit = &change.commit;
        let author = json!({
            "name": commit.author.name, "email": commit.author.email,
            "date": commit.authored.time.to_string(),
        });
        json!({ "sha": commit.id, "commit": { "author": author, "message": commit.message } })
    });
    all.collect()
}

/// What a save answers.
pub fn saved(saved: &Saved) -> Value {
    let files = saved
        .files
        .iter()
        .map(|(path, id)| json!({ "path": path.as_str(), "sha": id }));
    json!({
        "commit": { "sha": saved.commit, "created": saved.at.to_string() },
        "files": files.collect::<Vec<_>>(),
    })
}

/// `POST /repos/{owner}/{name}/contents`. What it says of author, committer, dates, branch and message is
/// not even read.
#[derive(Debug, Deserialize)]
pub struct ChangeFiles {
    files: Vec<ChangeFile>,
}

#[derive(Debug, Deserialize)]
struct ChangeFile {
    operation: String,
    path: String,
    #[serde(default)]
    content: String,
    from_path: Option<String>,
    sha: Option<String>,
}

impl ChangeFiles {
    /// The changes; none when one of them makes no sense.
    pub fn changes(&self) -> Option<Vec<Change>> {
        self.files.iter().map(ChangeFile::change).collect()
    }
}

impl ChangeFile {
    fn change(&self) -> Option<Change> {
        let seen = || {
            let blob = self.sha.as_deref()?;
            let is_id = blob.len() == 40 && blob.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_id.then(|| Seen {
                blob: blob.to_ascii_lowercase(),
            })
        };
        let other = self.from_path.as_deref().filter(|from| *from != self.path);
        let operation = match (self.operation.as_str(), other) {
            ("create", None) => Operation::Create,
            ("update", None) => Operation::Update(seen()?),
            ("update", Some(from)) => Operation::Move {
                from: from.to_owned(),
                seen: seen()?,
            },
            ("delete", _) => Operation::Delete,
            _ => return None,
        };
        Some(Change {
            path: self.path.clone(),
            operation,
            bytes: Base64::decode_vec(&self.content).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_or_one_many_times_are_no_more_than_one_answer_takes() {
        let read = std::cell::Cell::new(0);
        let answer = |asked: &[String], size: u64| {
            read.set(0);
            let bytes = |path: &str| {
                read.set(read.get() + 1);
                Some((RepoPath::parse(path).ok()?, vec![0; 3]))
            };
            let size = |path: &str| (path != "none").then_some(size);
            let all = files(asked, size, bytes);
            (all.as_array().map_or(0, Vec::len), read.get())
        };
        let same = vec!["a".to_owned(); 1000];
        assert_eq!(answer(&same, MAX_BLOB), (1, 1));
        let many: Vec<String> = (0..2000).map(|number| format!("a{number}")).collect();
        assert_eq!(answer(&many, 3), (PAGE, PAGE));
        assert_eq!(answer(&many, 3 << 20), (5, 5));
        // One that is too large, or may not be read, is not even opened.
        assert_eq!(answer(&many, MAX_BLOB + 1), (PAGE, 0));
        let some = ["none", "a"].map(str::to_owned);
        assert_eq!(answer(&some, 3), (2, 1));
    }
}
