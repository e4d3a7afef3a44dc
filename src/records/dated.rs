//! Lists that the law gives and replaces: a file of `layouts/`, or the one that comes with the program.

use serde::de::DeserializeOwned;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

const MAX_LIST: u64 = 256 * 1024;

/// The list that a repository has at `file`; `usual`, if it has none.
///
/// # Errors
/// What is wrong with the file.
pub fn read<T: DeserializeOwned>(
    snapshot: &Snapshot,
    file: &str,
    usual: &str,
) -> Result<T, Vec<Finding>> {
    let place = Place::raw(file);
    let fail = |words: Words| vec![Finding::new(Code::KindInvalid, place.clone(), words)];
    let own = RepoPath::parse(file)
        .ok()
        .filter(|path| snapshot.contains(path));
    let text = match own {
        None => usual.to_owned(),
        Some(path) => {
            let bytes = snapshot
                .read(&path, MAX_LIST)
                .map_err(|e| fail(e.words()))?;
            String::from_utf8(bytes)
                .map_err(|_| fail(Words::new("không phải UTF-8", "not UTF-8")))?
        }
    };
    let document = Document::read(&text, 1, &place)?;
    serde_json::from_value(document.value).map_err(|e| {
        let said = tame(&e.to_string());
        fail(Words::new(format!("chưa đúng quy định: {said}"), said))
    })
}
