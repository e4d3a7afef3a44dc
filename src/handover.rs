//! Handing over: an archive, a part of it or the state archive's package, as one ZIP file, as a folder,
//! or encrypted to who receives it.
//!
//! What goes out was read back and checked first; nothing is set or signed anew. One file at a time is
//! in memory.

pub mod package;
pub mod part;

use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use zip::CompressionMethod;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::diag::Words;

/// Largest file that is packed; an archive's own are smaller.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// Files to be handed over, in one folder.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The name of the folder.
    pub name: String,
    files: BTreeMap<String, Content>,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
enum Content {
    File(PathBuf),
    Bytes(Vec<u8>),
}

/// Handing over failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the archive could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ZIP file could not be written.
    #[error("cannot write the ZIP file")]
    Zip(#[from] zip::result::ZipError),
    /// Something could not be written.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

impl Error {
    /// What failed, for people.
    pub fn words(&self) -> Words {
        match self {
            Self::Read { path, source } => Words::new(
                format!("không đọc được {}: {source}", path.display()),
                format!("cannot read {}: {source}", path.display()),
            ),
            Self::Zip(error) => Words::new(
                format!("không ghi được tệp ZIP: {error}"),
                format!("cannot write the ZIP file: {error}"),
            ),
            Self::Write(error) => Words::new(
                format!("không ghi được: {error}"),
                format!("cannot write: {error}"),
            ),
        }
    }
}

impl Bundle {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: BTreeMap::new(),
        }
    }

    /// A whole archive as it is, its seal included.
    pub fn whole(name: &str, bag: &Bag) -> Self {
        let mut bundle = Self::new(name);
        for (path, _) in bag.listed() {
            bundle.file(path.as_str(), bag.root().join(path.as_str()));
        }
        bundle.file(TAGS, bag.root().join(TAGS));
        if check::is_sealed(bag.root()) {
            bundle.file(SEALED, bag.root().join(SEALED));
        }
        bundle
    }

    fn file(&mut self, path: &str, from: PathBuf) {
        self.files.insert(path.to_owned(), Content::File(from));
    }

    fn bytes(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), Content::Bytes(bytes));
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Each file below the folder, in byte order of the paths.
    fn each(&self) -> impl Iterator<Item = Result<(&str, Vec<u8>), Error>> {
        self.files.iter().map(|(path, content)| {
            let bytes = match content {
                Content::Bytes(bytes) => bytes.clone(),
                Content::File(from) => {
                    check::bytes(from, MAX_FILE).map_err(|source| Error::Read {
                        path: from.clone(),
                        source,
                    })?
                }
            };
            Ok((path.as_str(), bytes))
        })
    }

    /// Writes all of it as one ZIP file. The same files give the same bytes: no clock, no owner, byte
    /// order. Nothing is sought back to, so that it can go through an encryption.
    ///
    /// # Errors
    /// [`Error`]
    pub fn zip<W: Write>(&self, to: W) -> Result<W, Error> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(0o644);
        let mut zip = ZipWriter::new_stream(to);
        for file in self.each() {
            let (path, bytes) = file?;
            zip.start_file(format!("{}/{path}", self.name), options)?;
            zip.write_all(&bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Writes all of it below `folder`, which must be empty.
    ///
    /// # Errors
    /// [`Error`]
    #[expect(
        clippy::disallowed_methods,
        reason = "what is handed over lies outside the repository and is no archive to be exchanged"
    )]
    pub fn folder(&self, folder: &Path) -> Result<(), Error> {
        for file in self.each() {
            let (path, bytes) = file?;
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_zip() {
        let mut bundle = Bundle::new("kho");
        bundle.bytes("b.txt", b"x".repeat(100_000));
        bundle.bytes("a/ọ.txt", b"y".to_vec());
        let one = bundle.zip(Vec::new()).expect("a zip");
        assert_eq!(one, bundle.zip(Vec::new()).expect("a zip"));
        let read = zip::ZipArchive::new(io::Cursor::new(one)).expect("a zip");
        let names: Result<Vec<_>, _> = read.file_names().collect();
        assert_eq!(names.expect("names"), ["kho/a/ọ.txt", "kho/b.txt"]);
    }
}
