//! The watcher on a real folder.
#![expect(
    clippy::disallowed_methods,
    reason = "changes the folder that is being watched"
)]

use std::fs;
use std::sync::mpsc::Sender;
use std::thread;

use tempfile::TempDir;

use super::*;

/// A folder, and the changes that a watcher of it reports, as sorted lines.
struct Watched {
    folder: TempDir,
    changes: Receiver<Changes>,
}

impl Watched {
    fn new(existing: &[&str], start: fn(&Path) -> Watcher) -> Watched {
        let folder = tempfile::tempdir().unwrap();
        for name in existing {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let (tell, changes): (Sender<Changes>, _) = mpsc::channel();
        let mut watcher = start(folder.path());
        thread::spawn(move || while tell.send(watcher.wait().unwrap()).is_ok() {});
        Watched { folder, changes }
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let root = self.folder.path();
        fs::rename(root.join(from), root.join(to)).unwrap();
    }

    fn next(&self) -> Vec<String> {
        let changes = self.changes.recv_timeout(Duration::from_secs(10)).unwrap();
        let text = |path: PathBuf| path.to_string_lossy().replace('\\', "/");
        changes.paths.into_iter().map(text).collect()
    }

    fn nothing(&self) {
        let more = self.changes.recv_timeout(Duration::from_millis(600));
        assert_eq!(more, Err(RecvTimeoutError::Timeout));
    }
}

fn told(root: &Path) -> Watcher {
    let watcher = Watcher::new(root, &["content", "layouts"]).unwrap();
    assert!(matches!(watcher.source, Source::Told(_)));
    watcher
}

fn looking(root: &Path) -> Watcher {
    let folders = ["content", "layouts"].map(str::to_owned).to_vec();
    Watcher::looking(canonical(root).unwrap(), folders).unwrap()
}

#[test]
fn a_crowd_is_one_change() {
    let watched = Watched::new(&["content/a"], told);
    for n in 0..300 {
        watched.write(&format!("content/a/{n}.md"), "x");
    }
    assert_eq!(watched.next().len(), 300);
    watched.nothing();
}

#[test]
fn an_editor_that_writes_beside_and_renames() {
    let watched = Watched::new(&["content"], told);
    for noise in [
        ".a.md.swp",
        "a.md~",
        "4913",
        "#a.md#",
        "~$a.docx",
        ".~lock.a.csv#",
    ] {
        watched.write(&format!("content/{noise}"), "x");
    }
    watched.nothing();
    watched.write("content/a.md.tmp", "x");
    watched.rename("content/a.md.tmp", "content/a.md");
    assert_eq!(watched.next(), ["content/a.md"]);
    watched.nothing();
}

#[test]
fn other_folders_and_reading_are_no_change() {
    let watched = Watched::new(&["content", "target", ".git", "content/.git"], told);
    for path in ["README.md", "target/a", ".git/index", "content/.git/index"] {
        watched.write(path, "x");
    }
    fs::read_dir(watched.folder.path().join("content"))
        .unwrap()
        .for_each(drop);
    watched.nothing();
}

#[test]
fn folders_that_come_go_and_come_back() {
    let watched = Watched::new(&[], told);
    fs::create_dir_all(watched.folder.path().join("layouts/giao-an")).unwrap();
    assert!(watched.next().contains(&"layouts".to_owned()));
    watched.write("layouts/giao-an/form.typ", "x");
    assert_eq!(watched.next(), ["layouts/giao-an/form.typ"]);
    watched.rename("layouts", "elsewhere");
    assert_eq!(watched.next(), ["layouts"]);
    watched.write("elsewhere/giao-an/form.typ", "y");
    watched.nothing();
    watched.rename("elsewhere", "layouts");
    assert_eq!(watched.next(), ["layouts"]);
    watched.write("layouts/giao-an/form.typ", "z");
    assert_eq!(watched.next(), ["layouts/giao-an/form.typ"]);
    fs::remove_dir_all(watched.folder.path().join("layouts")).unwrap();
    assert!(watched.next().contains(&"layouts".to_owned()));
}

#[test]
fn a_file_that_never_rests_does_not_hold_up_the_rest() {
    let watched = Watched::new(&["content"], told);
    let (stop, stopped) = mpsc::channel::<()>();
    let path = watched.folder.path().join("content/log");
    let writing = thread::spawn(move || {
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            fs::write(&path, "x").unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(watched.next(), ["content/log"]);
    drop(stop);
    writing.join().unwrap();
}

#[test]
fn looking_finds_the_same() {
    let watched = Watched::new(&["content/a"], looking);
    watched.write("content/a/1.md", "x");
    watched.write("content/a/.1.md.swp", "x");
    watched.write("README.md", "x");
    fs::create_dir(watched.folder.path().join("layouts")).unwrap();
    assert_eq!(watched.next(), ["content/a/1.md", "layouts"]);
    watched.write("content/a/1.md", "y");
    assert_eq!(watched.next(), ["content/a/1.md"]);
    fs::remove_dir_all(watched.folder.path().join("content")).unwrap();
    assert_eq!(watched.next(), ["content", "content/a", "content/a/1.md"]);
}

#[test]
fn a_source_that_fails_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut watcher = told(folder.path());
    let mut changes = Changes::default();
    let limit = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
    assert!(watcher.note(Err(limit), &mut changes).unwrap());
    assert!(changes.anything && matches!(watcher.source, Source::Looking(_)));
    let overflow = notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
    assert!(watcher.note(Ok(overflow), &mut changes).unwrap());
}

#[test]
fn a_root_that_is_no_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    fs::write(&file, "").unwrap();
    for path in [file, folder.path().join("b")] {
        let error = Watcher::new(&path, &["content"]).err().unwrap();
        assert!(
            error.to_string().contains(&*path.to_string_lossy()),
            "{error}"
        );
    }
}
