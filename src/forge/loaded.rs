//! The state of the branch, read once for each commit.

use std::sync::Arc;

use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::pipeline;
use crate::records::Records;
use crate::records::figures::Programs;
use crate::render::kept;
use crate::render::world::Layouts;
use crate::repo;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::sign::TrustStore;

/// What the newest commit holds.
pub struct Loaded {
    /// The commit.
    pub revision: Revision,
    /// Its files.
    pub snapshot: Snapshot,
    /// Its records; those with faults are missing.
    pub records: Records,
    /// What is wrong with it already.
    pub errors: Vec<Finding>,
    /// What is computed of each record, and checked.
    pub programs: Programs,
    /// What forms are made with.
    pub layouts: Layouts,
    /// Whom the school trusts.
    pub store: TrustStore,
}

/// Why the state cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum Unreadable {
    /// Not even the school, or the layouts.
    School,
    /// The repository.
    Repo(#[from] repo::Error),
}

impl Unreadable {
    /// The sentence for people.
    pub fn words(&self) -> Words {
        match self {
            Self::School => Words::new(
                "không đọc được content/school.yaml hoặc mẫu trong layouts/; chạy `hoso check` để biết lỗi",
                "content/school.yaml or layouts/ cannot be read; `hoso check` tells why",
            ),
            Self::Repo(error) => error.words(),
        }
    }
}

impl Loaded {
    /// Reads the newest commit, unless `last` is it.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn newest(repo: &Repo, last: Option<&Arc<Loaded>>) -> Result<Arc<Loaded>, Unreadable> {
        let revision = repo.revision(None)?;
        if let Some(last) = last.filter(|last| last.revision.id == revision.id) {
            return Ok(Arc::clone(last));
        }
        let snapshot = repo.snapshot(&revision)?;
        // Faults of single records are shown where those records are; nothing here depends on them.
        let mut report = Report::default();
        let records = pipeline::check(&mut report, &snapshot).map_err(|_| Unreadable::School)?;
        let errors = report
            .sorted()
            .into_iter()
            .filter(|f| f.severity == Severity::Error);
        let errors = errors.cloned().collect();
        let programs = report.take(Programs::read(&snapshot, &records.kinds));
        let layouts = Layouts::read(&snapshot)?;
        let (store, _) = report.with(|findings| kept::anchors(&snapshot, findings));
        Ok(Arc::new(Loaded {
            revision,
            snapshot,
            records,
            errors,
            programs,
            layouts,
            store,
        }))
    }
}
