//! The files of an archive, before anything is written.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::path::SitePath;
use crate::spool::Blob;

/// Every file of an archive, by path below its root. The bytes need not be in memory.
#[derive(Clone, Debug, Default)]
pub struct Site {
    files: BTreeMap<SitePath, Blob>,
}

impl Site {
    /// Puts a file in; two different files on one path are a finding, and the first stays.
    pub fn put(&mut self, path: &str, bytes: impl Into<Blob>, findings: &mut Vec<Finding>) {
        let bytes = bytes.into();
        let clash = |vi: &str, en: &str| {
            Finding::new(Code::FileNameClash, Place::raw(path), Words::new(vi, en))
        };
        let Ok(parsed) = SitePath::parse(path) else {
            findings.push(clash(
                "không thể đặt tệp này vào kho lưu trữ",
                "this file cannot be put into the archive",
            ));
            return;
        };
        match self.files.get(&parsed) {
            Some(there) if *there != bytes => {
                findings.push(clash(
                    "hai tệp khác nhau cùng một chỗ trong kho lưu trữ",
                    "two different files on one path of the archive",
                ));
            }
            Some(_) => {}
            None => {
                self.files.insert(parsed, bytes);
            }
        }
    }

    /// A file by its path.
    pub fn get(&self, path: &SitePath) -> Option<&Blob> {
        self.files.get(path)
    }

    /// Whether there is a file at a path.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// A file with its path.
    pub fn entry(&self, path: &str) -> Option<(&SitePath, &Blob)> {
        self.files.get_key_value(path)
    }

    /// The files whose paths begin with `folder`, which ends with a slash.
    pub fn below<'a>(
        &'a self,
        folder: &str,
    ) -> impl Iterator<Item = (&'a SitePath, &'a Blob)> + use<'a> {
        let from = (Bound::Included(folder), Bound::Unbounded);
        let folder = folder.to_owned();
        self.files
            .range::<str, _>(from)
            .take_while(move |(path, _)| path.as_str().starts_with(&folder))
    }

    /// All files in byte order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&SitePath, &Blob)> {
        self.files.iter()
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
