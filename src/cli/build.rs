//! `hoso build`: the archive of one revision, to a folder.

mod published;

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::archive::bag::original::ORIGINAL;
use crate::archive::chain;
use crate::archive::chain::info::Info;
use crate::archive::site::Site;
use crate::cache::Cache;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::build::published::Count;
use crate::cli::build::published::Did;
use crate::cli::build::published::Published;
use crate::cli::build::published::key;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::out;
use crate::pipeline;
use crate::pipeline::Input;
use crate::pipeline::share::Share;
use crate::records::audience::Audience;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Shallow;

/// Largest tag file of a sealed archive.
const MAX_OWN: u64 = 64 * 1024 * 1024;

/// What `build` takes.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {
    #[arg(
        short,
        long,
        value_name = "DIR",
        help = "Thư mục kết quả (mặc định: out/ trong kho) ¦ Folder of the result (default: out/ in the repository)"
    )]
    out: Option<PathBuf>,

    #[arg(
        long,
        value_name = "REV",
        help = "Phiên bản git cần dựng (mặc định: HEAD) ¦ Git revision to build (default: HEAD)"
    )]
    revision: Option<String>,

    #[arg(
        long,
        value_name = "AUDIENCE",
        default_value = "inspector",
        hide_default_value = true,
        value_parser = audience,
        help = "Bản dành cho ai: inspector (toàn bộ, mặc định), school (không có trường nhạy cảm), public (không có trường cá nhân) ¦ Whom the edition is for: inspector (everything, default), school (nothing sensitive), public (nothing personal)"
    )]
    audience: Audience,

    #[arg(
        long,
        value_name = "ARCHIVE",
        conflicts_with = "revision",
        help = "Kho đã niêm phong mà bản này được lấy ra; niêm phong đi theo bản ¦ The sealed archive that the edition is of; its seal goes along"
    )]
    of: Option<PathBuf>,

    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "no_cache",
        help = "Thư mục giữ bản in đã dựng để lần sau dùng lại (mặc định: HOSO_CACHE, không có thì .git/hoso/cache) ¦ Folder of forms made before, used again (default: HOSO_CACHE, or else .git/hoso/cache)"
    )]
    cache: Option<PathBuf>,

    #[arg(
        long,
        help = "Dựng lại mọi bản in, không dùng và không giữ bản cũ ¦ Make every form anew; use and keep none made before"
    )]
    no_cache: bool,

    #[arg(
        long,
        value_name = "K/N",
        value_parser = share,
        conflicts_with_all = ["no_cache", "of", "out"],
        help = "Chỉ dựng bản in của phần thứ K trong N phần vào thư mục của --cache; `hoso build` với thư mục ấy rồi ghép thành kho ¦ Make only the forms of share K of N, into the folder of --cache; `hoso build` with that folder then makes the archive"
    )]
    shard: Option<Share>,
}

fn share(text: &str) -> Result<Share, String> {
    Share::read(text).ok_or_else(|| "1/4, 2/4, 3/4, 4/4".to_owned())
}

fn audience(text: &str) -> Result<Audience, String> {
    let mut all = Audience::ALL.into_iter();
    all.find(|one| one.code() == text)
        .ok_or_else(|| "inspector, school, public".to_owned())
}

/// The sealed archive that an edition is of.
struct Original {
    commit: String,
    tags: Vec<u8>,
    seal: Vec<u8>,
}

impl BuildArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read, a record or form is at fault, or the archive cannot be
    /// written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let original = self.of.as_ref().map(|of| original(&cli::within(dir, of)));
        let original = original.transpose()?;
        let commit = original.as_ref().map(|original| original.commit.as_str());
        let revision = repo.revision(commit.or(self.revision.as_deref()))?;
        if self.revision.is_none() && self.of.is_none() && repo.is_dirty_under(&FOLDERS)? {
            ui.say(&Words::new(
                "chú ý: có thay đổi chưa ghi (commit) nên chưa vào kho lưu trữ",
                "note: there are changes not yet committed, which are not in the archive",
            ));
        }
        let target = match &self.out {
            Some(out) => cli::within(dir, out),
            None => repo.root().join(match self.audience {
                Audience::Inspector => "out".to_owned(),
                other => format!("out-{}", other.code()),
            }),
        };
        refuse_own(&target, repo.root())?;
        let cache = match self.no_cache {
            true => None,
            false => cli::cache(
                &repo,
                self.cache.as_ref().map(|folder| cli::within(dir, folder)),
            ),
        };
        if let Some(share) = self.shard {
            return self.share(share, &repo, &revision, cache.as_ref(), ui);
        }
        let published = Published {
            target: &target,
            key: key(&target, &revision, self.audience, original.as_ref()),
        };
        if let Some(cache) = &cache
            && let Some((count, report)) = published.stands(cache)
        {
            ui.findings(&report, FindingFormat::Text)?;
            count.tell(ui, &target, Did::Nothing)?;
            return Ok(outcome(&report));
        }
        let mut report = Report::default();
        let bar = ui.bar();
        let snapshot = repo.snapshot(&revision)?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        let at = instant_of(&history, &revision);
        // The same revision gives the same archive, today or in a year: signatures are examined as
        // of the commit. `hoso verify` examines them as of now.
        let input = Input {
            snapshot: &snapshot,
            history: &history,
            revision: Some(&revision),
            at,
            audience: self.audience,
            seal: original.as_ref().map(|original| original.seal.as_slice()),
            cache: cache.as_ref(),
            spool: &repo.spool(),
        };
        let site = pipeline::build(&mut report, &input, &bar);
        bar.finish();
        ui.findings(&report, FindingFormat::Text)?;
        let site = site?;
        if let Some(original) = &original {
            same(&site, original)?;
        }
        let stamp = out::publish(&site, &target)?;
        let count = Count::of(&site);
        if let Some(cache) = &cache {
            published.keep(cache, stamp, count, &report);
            cache.sweep();
        }
        count.tell(ui, &target, Did::Everything)?;
        Ok(outcome(&report))
    }

    /// Makes the forms of a share, and no archive. Nothing is swept: the others' shares may lie in the same folder.
    fn share(
        &self,
        share: Share,
        repo: &Repo,
        revision: &Revision,
        cache: Option<&Cache>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let mut report = Report::default();
        let bar = ui.bar();
        let snapshot = repo.snapshot(revision)?;
        let history = History::read(repo, revision, &FOLDERS, Shallow::Refuse)?;
        let input = Input {
            snapshot: &snapshot,
            history: &history,
            revision: Some(revision),
            at: instant_of(&history, revision),
            audience: self.audience,
            seal: None,
            cache,
            spool: &repo.spool(),
        };
        let records = pipeline::share(&mut report, &input, share, &bar);
        bar.finish();
        ui.findings(&report, FindingFormat::Text)?;
        let (records, made) = (records?, cache.map_or(0, Cache::made));
        ui.say(&Words::new(
            format!("Phần {share}: {records} hồ sơ và sổ, {made} bản in và ảnh mới"),
            format!("Share {share}: {records} records and books, {made} new forms and pictures"),
        ));
        Ok(outcome(&report))
    }
}

/// As of when signatures are examined. A clock that was late at the last commit must not make earlier signatures come
/// from the future.
fn instant_of(history: &History, revision: &Revision) -> Timestamp {
    let commits = history.commits().map(|commit| commit.committed.time);
    commits.max().unwrap_or(revision.committed)
}

fn outcome(report: &Report) -> Outcome {
    match report.has_errors() {
        true => Outcome::AtFault,
        false => Outcome::Done,
    }
}

/// Reads what is needed of a sealed archive.
fn original(archive: &Path) -> Result<Original, Fault> {
    let read = |name: &str| cli::read_up_to(&archive.join(name), MAX_OWN);
    let info = read(chain::INFO)?;
    let commit = Info::read(&String::from_utf8_lossy(&info)).commit;
    let commit = commit.ok_or_else(|| {
        Fault::usage(Words::new(
            format!("{} không nói kho được dựng từ lần ghi nào", chain::INFO),
            format!("{} does not name the archive's commit", chain::INFO),
        ))
    })?;
    Ok(Original {
        commit,
        tags: read(chain::TAGS)?,
        seal: read(chain::SEALED)?,
    })
}

/// A seal belongs to one archive, byte for byte.
fn same(site: &Site, original: &Original) -> Result<(), Fault> {
    let path = format!("{ORIGINAL}/{}", chain::TAGS);
    match site.entry(&path) {
        Some((_, tags)) if tags.digest() == Sha256::of(&original.tags) => Ok(()),
        Some(_) => Err(Fault::usage(Words::new(
            "kho nêu ở --of không phải kho mà chương trình này dựng từ lần ghi ấy: niêm phong không thuộc bản này",
            "the archive named by --of is not the one that this program builds from that commit: its seal does not belong to this edition",
        ))),
        None => Err(Fault::usage(Words::new(
            "--of chỉ dùng với --audience school hoặc public: kho dành cho thanh tra tự mang niêm phong",
            "--of goes with --audience school or public: the archive for inspectors carries its own seal",
        ))),
    }
}

/// An archive is never put among the files it is made from.
fn refuse_own(target: &Path, root: &Path) -> Result<(), Fault> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(target)
        .unwrap_or_else(|_| target.to_owned())
        .components()
    {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    let own = FOLDERS
        .iter()
        .chain(&[".git"])
        .any(|folder| plain.starts_with(root.join(folder)));
    if own || plain == root {
        let shown = target.display();
        return Err(Fault::usage(Words::new(
            format!("{shown} nằm trong phần hồ sơ của kho"),
            format!("{shown} lies among the records of the repository"),
        )));
    }
    Ok(())
}

/// The instant as of which something is examined: `--at`, else now.
///
/// # Errors
/// When it is no instant.
pub fn instant(given: Option<&str>) -> Result<jiff::Timestamp, Fault> {
    match given {
        Some(text) => text.parse().map_err(|_| {
            Fault::usage(Words::new(
                format!("`{text}` không phải thời điểm như 2024-09-30T10:00:00+07:00"),
                format!("`{text}` is no instant such as 2024-09-30T10:00:00+07:00"),
            ))
        }),
        None => cli::now(),
    }
}
