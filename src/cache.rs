//! What is dear to make and a function of its inputs, kept on this machine: forms and their pictures, by the digest
//! of everything that goes into them. Whoever empties the folder loses time and nothing else.
//!
//! ```text
//! <folder>/<2 hex>/<62 hex>      bytes, then 32 bytes: the SHA-256 of key and bytes
//! ```
//!
//! The last 32 bytes tell a file that was cut, damaged or put under another name from a whole one; such a file counts
//! as absent. They do not tell a forged one: who can write into the folder is trusted like who can exchange the
//! program (docs/building.md).

#![expect(
    clippy::disallowed_methods,
    reason = "the only place that keeps what can be made again"
)]

use std::collections::HashSet;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::digest::Sha256;

/// Largest entry.
const MAX_ENTRY: u64 = 256 * 1024 * 1024;
/// Bytes of the digest at the end.
const TAIL: usize = 32;
/// How many entries that a run did not use stay beside as many as it did.
const SPARE: usize = 2000;

/// What a thing is made from, digested. Parts are kept apart: `ab`, `c` is not `a`, `bc`.
#[derive(Clone, Debug)]
pub struct Key(sha2::Sha256);

impl Key {
    /// A key of one sort of thing; what is made by the same name must be made in the same way.
    pub fn new(sort: &str) -> Self {
        let empty = Self(<sha2::Sha256 as sha2::Digest>::new());
        empty.with(sort.as_bytes())
    }

    /// The key with one more part.
    #[must_use]
    pub fn with(mut self, part: &[u8]) -> Self {
        use sha2::Digest;
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
        self
    }

    /// The digest of all parts.
    pub fn digest(self) -> Sha256 {
        Sha256::from_bytes(sha2::Digest::finalize(self.0).into())
    }
}

/// A folder of things that were made before.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// What made the things: another program may make others of the same inputs.
    maker: Sha256,
    used: Mutex<HashSet<Sha256>>,
    made: AtomicU64,
}

impl Cache {
    /// The cache in `folder`, which need not be there yet, for things made by the program of this digest.
    pub fn new(folder: PathBuf, maker: Sha256) -> Self {
        Self {
            folder,
            maker,
            used: Mutex::default(),
            made: AtomicU64::new(0),
        }
    }

    /// The same cache for another run, which has used and made nothing yet.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(self.folder.clone(), self.maker)
    }

    /// The thing of a key: the kept one, or what `make` gives, which is then kept. A cache that cannot be read or written
    /// is no fault: things are made then.
    ///
    /// # Errors
    /// Those of `make`; nothing is kept of a failure.
    pub fn get_or<E>(
        &self,
        key: Key,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        if let Some(kept) = self.find(key.clone()) {
            return Ok(kept);
        }
        let made = make()?;
        self.keep(key, &made);
        Ok(made)
    }

    /// The kept thing of a key.
    pub fn find(&self, key: Key) -> Option<Vec<u8>> {
        let name = self.name(key);
        self.lock().insert(name);
        self.read(&name)
    }

    /// Keeps what was made, in the place of what may be there.
    pub fn keep(&self, key: Key, made: &[u8]) {
        let name = self.name(key);
        self.lock().insert(name);
        self.made.fetch_add(1, Ordering::Relaxed);
        // A full disk costs time in the next run, not this one its result.
        let _ = self.write(&name, made);
    }

    fn name(&self, key: Key) -> Sha256 {
        key.with(self.maker.as_bytes()).digest()
    }

    /// How many things were made, since they were not kept.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Takes away the oldest of what this run did not use, if that is more than what it used and a spare. Not worth asking
    /// for when nothing was made.
    pub fn sweep(&self) {
        if self.made() == 0 {
            return;
        }
        let used = self.lock();
        let mut unused = self.entries();
        unused.retain(|(_, name)| name.is_none_or(|name| !used.contains(&name)));
        let most = used.len() + SPARE;
        if unused.len() <= most {
            return;
        }
        let mut aged: Vec<_> = unused
            .into_iter()
            .map(|(path, _)| {
                let age = fs::symlink_metadata(&path).and_then(|info| info.modified());
                (age.ok(), path)
            })
            .collect();
        aged.sort();
        for (_, path) in &aged[..aged.len() - most] {
            let _ = fs::remove_file(path);
        }
    }

    /// Every file that lies where an entry could and is called like one, or like one that is being written; its name if it
    /// is whole.
    fn entries(&self) -> Vec<(PathBuf, Option<Sha256>)> {
        let inside = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let is_shelf = |name: &str| name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let mut all = Vec::new();
        for shelf in inside(&self.folder) {
            let first = shelf.file_name().to_string_lossy().into_owned();
            if !is_shelf(&first) || !shelf.file_type().is_ok_and(|sort| sort.is_dir()) {
                continue;
            }
            for file in inside(&shelf.path()) {
                let rest = file.file_name().to_string_lossy().into_owned();
                let (stem, end) = rest.split_once('.').unwrap_or((&rest, ""));
                // Anything else is somebody's.
                if let Some(name) = Sha256::parse(&format!("{first}{stem}")) {
                    all.push((file.path(), end.is_empty().then_some(name)));
                }
            }
        }
        all
    }

    fn path(&self, name: &Sha256) -> PathBuf {
        let name = name.to_string();
        self.folder.join(&name[..2]).join(&name[2..])
    }

    fn read(&self, name: &Sha256) -> Option<Vec<u8>> {
        let file = File::open(self.path(name)).ok()?;
        let size = file.metadata().ok()?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(MAX_ENTRY)).ok()?);
        file.take(MAX_ENTRY).read_to_end(&mut bytes).ok()?;
        let (body, tail) = bytes.split_last_chunk::<TAIL>()?;
        if sealed(name, body).as_bytes() != tail {
            return None;
        }
        bytes.truncate(bytes.len() - TAIL);
        Some(bytes)
    }

    /// Whoever looks sees a whole entry or none, also while others write the same one.
    fn write(&self, name: &Sha256, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let Some(shelf) = path.parent() else {
            return Ok(());
        };
        let mut folders = fs::DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.create(shelf)?;
        let mut fresh = path.clone();
        fresh.set_extension(format!("{}-{}", std::process::id(), self.made()));
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        // Children's names are in it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        let done = file
            .write_all(bytes)
            .and_then(|()| file.write_all(sealed(name, bytes).as_bytes()))
            .and_then(|()| fs::rename(&fresh, &path));
        if done.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        done
    }

    // What it guards is whole at any moment, so a thread that panicked does no harm.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Sha256>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sealed(name: &Sha256, bytes: &[u8]) -> Sha256 {
    Key::new("entry").with(name.as_bytes()).with(bytes).digest()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn cache(folder: &Path) -> Cache {
        Cache::new(folder.join("cache"), Sha256::of(b"program"))
    }

    fn get(cache: &Cache, key: &str, made: &[u8]) -> Vec<u8> {
        let get = cache.get_or(Key::new(key), || Ok::<_, Infallible>(made.to_vec()));
        get.unwrap_or_else(|never| match never {})
    }

    /// The only file of a cache.
    fn file(cache: &Cache) -> PathBuf {
        let [(path, _)] = &cache.entries()[..] else {
            panic!("not one entry");
        };
        path.clone()
    }

    #[test]
    fn what_was_made_once_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = cache(folder.path());
        assert_eq!(get(&first, "a", b"one"), b"one");
        assert_eq!(get(&first, "a", b"two"), b"one");
        let second = cache(folder.path());
        assert_eq!(get(&second, "a", b"two"), b"one");
        assert_eq!((first.made(), second.made()), (1, 0));
        let other = Cache::new(folder.path().join("cache"), Sha256::of(b"another"));
        assert_eq!(get(&other, "a", b"two"), b"two");
    }

    #[test]
    fn a_failure_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path());
        assert_eq!(cache.get_or(Key::new("a"), || Err::<Vec<u8>, _>(1)), Err(1));
        assert_eq!(get(&cache, "a", b"one"), b"one");
    }

    #[test]
    fn parts_are_kept_apart() {
        let key = |parts: &[&str]| {
            let with = |key: Key, part: &&str| key.with(part.as_bytes());
            parts.iter().fold(Key::new("k"), with).digest()
        };
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["ab"]), key(&["ab", ""]));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("cache"), "a file").expect("written");
        let cache = cache(folder.path());
        assert_eq!(get(&cache, "a", b"one"), b"one");
        assert_eq!(get(&cache, "a", b"two"), b"two");
        cache.sweep();
        assert_eq!(
            fs::read(folder.path().join("cache")).expect("there"),
            b"a file"
        );
    }

    #[test]
    fn an_entry_under_another_name_is_absent() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path());
        get(&cache, "a", b"one");
        let from = file(&cache);
        get(&cache, "b", b"two");
        let all = cache.entries();
        let to = all.iter().map(|(path, _)| path).find(|path| **path != from);
        fs::copy(&from, to.expect("the other")).expect("copied");
        assert_eq!(get(&cache, "b", b"three"), b"three");
        assert_eq!(get(&cache, "a", b"three"), b"one");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::MetadataExt;

        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path());
        get(&cache, "a", b"one");
        let path = file(&cache);
        let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().expect("a shelf")), 0o700);
    }

    #[test]
    fn the_oldest_that_nobody_uses_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = cache(folder.path());
        for number in 0..SPARE + 3 {
            get(&first, &number.to_string(), b"x");
        }
        let second = cache(folder.path());
        get(&second, "1", b"x");
        second.sweep();
        assert_eq!(second.entries().len(), SPARE + 3, "nothing was made");
        get(&second, "new", b"x");
        // Somebody's photos of the 23rd, say.
        let strange = folder.path().join("cache/23/photo.jpg");
        fs::create_dir_all(strange.parent().expect("a shelf")).expect("a shelf");
        fs::write(&strange, "mine").expect("written");
        second.sweep();
        assert_eq!(second.entries().len(), SPARE + 4, "two are used");
        let third = cache(folder.path());
        get(&third, "last", b"x");
        third.sweep();
        assert_eq!(third.entries().len(), SPARE + 2);
        assert_eq!(get(&third, "last", b"other"), b"x");
        assert!(strange.exists());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn damage_is_absence(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let folder = tempfile::tempdir().expect("a folder");
            let cache = cache(folder.path());
            get(&cache, "a", b"some bytes that were dear to make");
            let path = file(&cache);
            let mut bytes = fs::read(&path).expect("there");
            let at = at.index(bytes.len());
            prop_assume!(cut || bytes[at] != byte);
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            fs::write(&path, &bytes).expect("written");
            prop_assert_eq!(get(&cache, "a", b"made anew"), b"made anew");
            prop_assert_eq!(get(&cache, "a", b"not asked for"), b"made anew");
        }
    }
}
