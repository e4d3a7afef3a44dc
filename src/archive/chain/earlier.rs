//! An older archive that somebody kept elsewhere, held against a newer one. Whoever holds the school's
//! seal can make a new chain from a rewritten past; what left the school before cannot be changed.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::bag::proofs;
use crate::archive::chain::Chain;
use crate::archive::chain::INFO;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::archive::chain::info::Info;
use crate::archive::chain::info::Previous;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::sign;

/// Largest tag manifest that is read.
const MAX_TAGS: u64 = 32 * 1024 * 1024;
/// Most signed files of an old archive that are named one by one.
const MAX_GONE: usize = 50;

/// The older archive, or what was kept of it.
pub struct Earlier {
    shown: String,
    digest: Sha256,
    /// What it says of itself; nothing when only its tag manifest was kept.
    info: Option<Info>,
    is_sealed: bool,
    bag: Option<Bag>,
}

impl Earlier {
    /// What was written down of a sealed archive: the digest of its tag manifest.
    pub fn of_digest(digest: Sha256) -> Self {
        Self {
            shown: digest.to_string(),
            digest,
            info: None,
            is_sealed: true,
            bag: None,
        }
    }

    /// Reads an archive's folder, or its tag manifest alone.
    ///
    /// # Errors
    /// When neither can be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let shown = tame(&path.to_string_lossy());
        if !check::is_folder(path) {
            let digest = Sha256::of(&check::bytes(path, MAX_TAGS)?);
            return Ok(Self {
                shown,
                ..Self::of_digest(digest)
            });
        }
        let tags = check::bytes(&path.join(TAGS), MAX_TAGS)?;
        let info = check::bytes(&path.join(INFO), MAX_TAGS)?;
        Ok(Self {
            shown,
            digest: Sha256::of(&tags),
            info: Some(Info::read(&String::from_utf8_lossy(&info))),
            is_sealed: check::bytes(&path.join(SEALED), MAX_TAGS).is_ok(),
            bag: Bag::open(path, &mut Vec::new()),
        })
    }

    /// The digest of its tag manifest.
    pub fn digest(&self) -> Sha256 {
        self.digest
    }

    /// Says what of the older archive is not in the newer one.
    pub fn check(&self, bag: &Bag, chain: &Chain, findings: &mut Vec<Finding>) {
        if chain.links().iter().any(|l| l.entry.digest == self.digest) {
            return;
        }
        match self.is_sealed {
            true => findings.push(self.rewritten(chain)),
            // It was never to be in a chain: what it follows must be, and what was signed in it.
            false => {
                findings.extend(self.unfollowed(chain));
                findings.extend(self.gone(bag));
            }
        }
    }

    /// A sealed archive is in every chain that was made after it.
    fn rewritten(&self, chain: &Chain) -> Finding {
        let number = self.info.as_ref().and_then(|info| info.sequence);
        let known = |n| chain.links().iter().any(|link| link.entry.number == n);
        let words = match number {
            Some(n) if known(n) => Words::new(
                format!("kho cũ số {n} không phải kho số {n} trong chuỗi: quá khứ đã bị viết lại"),
                format!(
                    "the older archive {n} is not archive {n} of the chain: the past was rewritten"
                ),
            ),
            Some(n) if n > chain.last().map_or(0, |link| link.entry.number) => Words::new(
                format!("kho nêu ở `--earlier` là số {n}, mới hơn kho đang kiểm tra"),
                format!(
                    "the archive given with `--earlier` is number {n}, later than the one that is verified"
                ),
            ),
            _ => Words::new(
                "kho cũ không có trong chuỗi của kho này: quá khứ đã bị viết lại, hoặc là kho của trường khác",
                "the older archive is not in this one's chain: the past was rewritten, or it is another school's",
            ),
        };
        self.finding(words)
    }

    /// The sealed archive that the older one follows.
    fn unfollowed(&self, chain: &Chain) -> Option<Finding> {
        let named = match self.info.as_ref()?.previous {
            Previous::Named(digest) => digest,
            Previous::None => return None,
            Previous::Malformed => return Some(self.finding(broken())),
        };
        let known = chain.links().iter().any(|link| link.entry.digest == named);
        (!known).then(|| self.finding(broken()))
    }

    /// What was signed in the older archive and is not in the newer one.
    fn gone(&self, bag: &Bag) -> Vec<Finding> {
        let Some(old) = &self.bag else {
            return Vec::new();
        };
        let present: BTreeSet<&Sha256> = bag.listed().map(|(_, digest)| digest).collect();
        let signed: BTreeSet<Option<_>> = old
            .listed()
            .filter(|(path, _)| path.extension() == Some("p7s"))
            .map(|(path, _)| path.parent())
            .collect();
        let is_signed = |path: &crate::path::SitePath| {
            let form = path.file_name() == "form.pdf" && signed.contains(&path.parent());
            form || path.extension() == Some("p7s")
        };
        let mut gone: Vec<_> = old
            .listed()
            .filter(|(path, digest)| is_signed(path) && !present.contains(digest))
            .map(|(path, _)| path)
            .collect();
        if gone.is_empty() {
            return Vec::new();
        }
        // Something may have been added to a signature since; its core is what it was.
        let cores = proofs::cores(bag);
        gone.retain(|path| {
            let bytes = check::bytes(&old.root().join(path.as_str()), MAX_TAGS);
            !bytes.is_ok_and(|bytes| cores.contains(&sign::core_digest(&bytes)))
        });
        let missing = |path: &crate::path::SitePath| {
            self.finding(Words::new(
                format!("`{path}` đã ký trong kho cũ, nay không còn"),
                format!("`{path}` was signed in the older archive and is gone"),
            ))
        };
        gone.into_iter().take(MAX_GONE).map(missing).collect()
    }

    fn finding(&self, message: Words) -> Finding {
        Finding::new(
            Code::ArchiveRewritten,
            Place::raw(self.shown.clone()),
            message,
        )
        .help(Words::new(
            "giữ nguyên cả hai kho và báo cho cơ quan quản lý; kho cũ là bằng chứng",
            "keep both archives as they are and tell the authority; the older one is evidence",
        ))
    }
}

fn broken() -> Words {
    Words::new(
        "kho mà kho cũ nêu là đứng trước nó không có trong chuỗi này",
        "the archive that the older one names before it is not in this chain",
    )
}
