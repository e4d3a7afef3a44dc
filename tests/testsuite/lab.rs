//! A throw-away school: a folder, a git repository in it, and a clock that only moves when a step is
//! taken. Whatever runs in it knows nothing of the machine.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use tempfile::TempDir;

/// Where the first step is taken in time: 30 September 2024, 09:00 in Viet Nam.
const START: i64 = 1_727_661_600;

/// Layouts that the program has inside; without them a repository is small and quick to copy.
const EMBEDDED: [&str; 2] = ["fonts", "site"];

/// What a program said and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Said {
    /// Both streams, for finding words.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Said {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }
}

/// A program that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    /// The first line that it said.
    pub(crate) first: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a school in it.
pub(crate) struct Lab {
    top: TempDir,
    clock: AtomicI64,
}

impl Lab {
    /// An empty repository.
    pub(crate) fn empty() -> Lab {
        let lab = Lab {
            top: tempfile::tempdir().expect("a folder"),
            clock: AtomicI64::new(START),
        };
        fs::create_dir(lab.path("home")).expect("a folder");
        fs::create_dir(lab.root()).expect("a folder");
        lab.git(&["init", "--quiet", "--initial-branch=main"]);
        lab
    }

    /// A repository with the project's kinds and a school without records.
    pub(crate) fn school() -> Lab {
        let lab = Lab::empty();
        lab.add_kinds();
        lab.add(
            &small_school().join("content/school.yaml"),
            "content/school.yaml",
        );
        lab
    }

    /// The same with one record or more of every kind, committed.
    pub(crate) fn with_records() -> Lab {
        let lab = Lab::school();
        lab.add(&small_school(), "");
        lab.commit("tạo hồ sơ");
        lab
    }

    /// Another lab that stands where this one stands.
    pub(crate) fn copy(&self) -> Lab {
        self.copy_into(tempfile::tempdir().expect("a folder"))
    }

    /// The same, to be kept until the tests end. Nothing is run when they end, so what earlier runs
    /// left is taken away first.
    pub(crate) fn copy_to_keep(&self) -> Lab {
        const PREFIX: &str = "hoso-testsuite-";
        let hour = std::time::Duration::from_secs(3600);
        for path in sorted(&std::env::temp_dir()) {
            let age = fs::metadata(&path).and_then(|info| info.modified()).ok();
            let old = age
                .and_then(|at| at.elapsed().ok())
                .is_some_and(|age| age > hour);
            if old && name_of(&path).starts_with(PREFIX) {
                let _ = fs::remove_dir_all(&path);
            }
        }
        self.copy_into(
            tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir()
                .expect("a folder"),
        )
    }

    fn copy_into(&self, top: TempDir) -> Lab {
        copy(self.top.path(), top.path());
        Lab {
            top,
            clock: AtomicI64::new(self.clock.load(Ordering::Relaxed)),
        }
    }

    /// Lays the project's kinds into the repository.
    pub(crate) fn add_kinds(&self) {
        let layouts = project().join("layouts");
        for entry in sorted(&layouts) {
            let name = name_of(&entry);
            if entry.is_dir() && !EMBEDDED.contains(&name.as_str()) {
                copy(&entry, &self.at(&format!("layouts/{name}")));
            }
        }
    }

    /// Lays a file, or everything in a folder, into the repository.
    pub(crate) fn add(&self, from: &Path, to: &str) {
        copy(from, &self.at(to));
    }

    /// The folder that holds the repository and what must not be in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// The repository.
    pub(crate) fn root(&self) -> PathBuf {
        self.path("school")
    }

    /// A file of the repository.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        match path {
            "" | "." => self.root(),
            path => self.root().join(path),
        }
    }

    /// Writes a file, its folders included.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let full = self.at(path);
        fs::create_dir_all(full.parent().expect("a folder")).expect("a folder");
        // An archive's files are read-only; a forger would not be stopped by that either.
        let _ = fs::remove_file(&full);
        fs::write(full, bytes).expect("a file");
    }

    /// Reads a text file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The one path that `pattern` means; a `*` stands for one whole name.
    pub(crate) fn find(&self, pattern: &str) -> String {
        let mut found = vec![String::new()];
        for part in pattern.split('/') {
            found = found
                .into_iter()
                .flat_map(|folder| match part {
                    "*" => sorted(&self.at(&folder))
                        .iter()
                        .map(|path| join(&folder, &name_of(path)))
                        .collect(),
                    part => vec![join(&folder, part)],
                })
                .filter(|path| !pattern.contains('*') || self.at(path).exists())
                .collect();
        }
        assert_eq!(found.len(), 1, "`{pattern}` must mean one path: {found:?}");
        found.remove(0)
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&[
            "add",
            "--all",
            "--force",
            "content",
            "layouts",
            "signatures",
        ]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Runs git.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, b"")
    }

    /// Runs git with something on its standard input.
    pub(crate) fn git_with(&self, arguments: &[&str], input: &[u8]) -> String {
        // A folder that is not there is no reason for `git add` to fail.
        let there =
            |a: &&&str| !["content", "layouts", "signatures"].contains(*a) || self.at(a).exists();
        let arguments: Vec<&str> = arguments.iter().filter(there).copied().collect();
        let date = format!("{} +0700", self.tick());
        let mut command = self.command("git");
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GIT_AUTHOR_NAME", "Nguyễn Thị An Khê")
            .env("GIT_AUTHOR_EMAIL", "an-khe@mamnonhoasen.example")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Nguyễn Thị An Khê")
            .env("GIT_COMMITTER_EMAIL", "an-khe@mamnonhoasen.example")
            .env("GIT_COMMITTER_DATE", &date)
            .args([
                "-c",
                "core.autocrlf=false",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(&arguments);
        let said = run(command, input);
        assert_eq!(said.code, 0, "git {arguments:?}: {}", said.all());
        said.stdout
    }

    /// Runs the program in the repository.
    pub(crate) fn hoso(&self, arguments: &[&str]) -> Said {
        self.hoso_with(arguments, &[])
    }

    /// Runs the program with more in its environment.
    pub(crate) fn hoso_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_hoso"));
        command
            .env("SOURCE_DATE_EPOCH", self.tick().to_string())
            .envs(environment.iter().copied())
            .args(arguments);
        run(command, b"")
    }

    /// Starts the program and lets it run; what it says first on its standard output is waited for.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self
            .command(env!("CARGO_BIN_EXE_hoso"))
            .env("SOURCE_DATE_EPOCH", self.tick().to_string())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let out = child.stdout.take().expect("its output");
        let mut first = String::new();
        BufReader::new(out).read_line(&mut first).expect("a line");
        Running {
            child,
            first: first.trim().to_owned(),
        }
    }

    /// Runs a script as a person would type it; the first command that fails ends it.
    pub(crate) fn shell(&self, script: &str, environment: &[(&str, &str)]) -> Said {
        let mut path = std::ffi::OsString::from(
            Path::new(env!("CARGO_BIN_EXE_hoso"))
                .parent()
                .expect("a folder"),
        );
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = self.command("sh");
        command
            .env("PATH", path)
            .env("GIT_AUTHOR_NAME", "Trịnh Thị Hồng Nhạn")
            .env("GIT_AUTHOR_EMAIL", "hong-nhan@mamnonhoasen.example")
            .env("GIT_COMMITTER_NAME", "Trịnh Thị Hồng Nhạn")
            .env("GIT_COMMITTER_EMAIL", "hong-nhan@mamnonhoasen.example")
            .envs(environment.iter().copied())
            .args(["-e", "-c", script]);
        run(command, b"")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("home"))
            // Far from Viet Nam, so that a zone taken from the machine shows.
            .env("TZ", "XYZ+9")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(self.root());
        command
    }

    /// A minute passes.
    fn tick(&self) -> i64 {
        self.clock.fetch_add(60, Ordering::Relaxed)
    }

    /// `text` without what differs from run to run: paths, commits, digests, the version.
    pub(crate) fn redact(&self, text: &str) -> String {
        let top = self.top.path();
        let real = top.canonicalize().unwrap_or_else(|_| top.to_owned());
        let mut text = text.to_owned();
        for path in [real.as_path(), top] {
            text = text.replace(&path.to_string_lossy().into_owned(), "[TEMP]");
        }
        for (number, id) in self.commits().iter().enumerate() {
            let name = format!("[COMMIT-{}]", number + 1);
            text = text.replace(id, &name).replace(&id[..10], &name);
        }
        let version = env!("CARGO_PKG_VERSION");
        text = text
            .replace(&format!("hoso {version}"), "hoso [VERSION]")
            .replace(
                &format!("\"version\": \"{version}\""),
                "\"version\": \"[VERSION]\"",
            );
        without_digests(&without_amounts(&text))
    }

    /// Every commit of the repository and of others beside it, oldest first.
    fn commits(&self) -> Vec<String> {
        let mut repositories = vec![self.root()];
        repositories.extend(
            sorted(self.top.path())
                .into_iter()
                .filter(|path| path.join(".git").exists()),
        );
        let mut commits = Vec::new();
        for path in repositories {
            let mut command = self.command("git");
            command
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .current_dir(path)
                .args(["rev-list", "--all", "--reverse", "--date-order"]);
            for id in run(command, b"").stdout.lines() {
                if id.len() == 40 && !commits.iter().any(|known| known == id) {
                    commits.push(id.to_owned());
                }
            }
        }
        commits
    }
}

/// Runs `work` over `items` on as many threads as there are processors, and keeps their order.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let outcome = work(item);
                    done.lock()
                        .expect("no thread panicked")
                        .push((index, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panicked");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The project's own folder.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The small school that cases start from.
fn small_school() -> PathBuf {
    project().join("tests/testsuite/school")
}

/// What is in a folder, by name.
pub(crate) fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Every file below a folder, as paths relative to it.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(one) = open.pop() {
        for path in sorted(&one) {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(folder).expect("below").to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The last name of a path.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for path in sorted(from) {
            copy(&path, &to.join(path.file_name().expect("a name")));
        }
    } else {
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(from, to).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    }
}

fn run(mut command: Command, input: &[u8]) -> Said {
    use std::io::Write;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // What is not read is not needed: a program may end before it has read everything.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Said {
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        // Killed by a signal is never what a case expects.
        code: output.status.code().unwrap_or(-1),
    }
}

/// How many files an archive has, of what size, and where they stand in a manifest, changes with every
/// template, layout and signature.
fn without_amounts(text: &str) -> String {
    const FORM: &str = "\"form_size\":";
    let parts = text
        .split(FORM)
        .enumerate()
        .map(|(index, part)| match index {
            0 => part.to_owned(),
            _ => format!(
                "{FORM}[SIZE]{}",
                part.trim_start_matches(|c: char| c.is_ascii_digit())
            ),
        });
    let text = &parts.collect::<String>();
    // How many files the pages of an archive are is no matter of what is verified.
    const FILES: &str = "\"files\":";
    let parts = text
        .split(FILES)
        .enumerate()
        .map(|(index, part)| match index {
            0 => part.to_owned(),
            _ => format!(
                "{FILES}[COUNT]{}",
                part.trim_start_matches(|c: char| c.is_ascii_digit())
            ),
        });
    let text = &parts.collect::<String>();
    const LINE: &str = "manifest-sha256.txt:";
    let parts: Vec<&str> = text.split(LINE).collect();
    let unnumbered = parts.iter().enumerate().map(|(index, part)| match index {
        0 => (*part).to_owned(),
        _ => format!(
            "[LINE]{}",
            part.trim_start_matches(|c: char| c.is_ascii_digit())
        ),
    });
    let mut text = unnumbered.collect::<Vec<_>>().join(LINE);
    for (unit, name) in [
        (" kB", "[SIZE]"),
        (" MB", "[SIZE]"),
        (" tệp", "[COUNT]"),
        (" files", "[COUNT]"),
    ] {
        let parts: Vec<&str> = text.split(unit).collect();
        let amount = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
        let last = parts.len() - 1;
        let shown = parts.iter().enumerate().map(|(index, part)| {
            let short = part.trim_end_matches(amount);
            if index == last || short.len() == part.len() {
                (*part).to_owned()
            } else {
                format!("{short}{name}")
            }
        });
        text = shown.collect::<Vec<_>>().join(unit);
    }
    text
}

/// Digests change with every form; where they stand is what a case is about.
fn without_digests(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || ('a'..='f').contains(&c) {
            run.push(c);
            continue;
        }
        let next_to_a_letter =
            c.is_ascii_alphanumeric() || out.ends_with(|c: char| c.is_ascii_alphanumeric());
        match run.len() {
            64 if !next_to_a_letter => out.push_str("[SHA256]"),
            40 if !next_to_a_letter => out.push_str("[OBJECT]"),
            16 if !next_to_a_letter => out.push_str("[FORM]"),
            _ => out.push_str(&run),
        }
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}
