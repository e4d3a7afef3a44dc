//! `hoso init`: a new school's repository, as files and a git repository around them.

#![expect(
    clippy::disallowed_methods,
    reason = "writes the files of a new repository"
)]

use std::fs;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::records::dates;
use crate::repo::Repo;
use crate::scaffold;
use crate::scaffold::Files;
use crate::scaffold::Options;

/// Where the password of trial keys is put, for machines and for people who forget.
const PASSWORD_FILE: &str = "keys/mat-khau.txt";
/// The password of trial keys. It protects nothing: the keys are worth nothing.
const PASSWORD: &str = "dung-thu";

/// What `init` takes.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    #[arg(
        value_name = "DIR",
        help = "Thư mục của kho mới ¦ Folder of the new repository"
    )]
    folder: PathBuf,

    #[arg(
        long,
        help = "Kèm cơ quan chứng thực và khóa dùng thử (không có giá trị pháp lý) ¦ With a throw-away authority and keys (of no legal value)"
    )]
    demo: bool,
}

impl InitArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When a file is there already, or cannot be written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let root = cli::within(dir, &self.folder);
        let today = dates::day(cli::now()?);
        let options = Options {
            today,
            demo: self.demo.then_some(PASSWORD),
        };
        let mut files = scaffold::repository(&options).map_err(Fault::failed)?;
        if self.demo {
            files.insert(
                PASSWORD_FILE.to_owned(),
                format!("{PASSWORD}\n").into_bytes(),
            );
        }
        write(&root, &files)?;
        Repo::init(&root)?;
        let shown = self.folder.display();
        ui.say(&Words::new(
            format!("Đã tạo kho hồ sơ trong {shown}: {} tệp. Sửa content/school.yaml cho đúng trường.", files.len()),
            format!("Wrote a repository into {shown}: {} files. Edit content/school.yaml to suit the school.", files.len()),
        ));
        if self.demo {
            ui.say(&Words::new(
                format!("Khóa dùng thử ở keys/, mật khẩu `{PASSWORD}`; không đưa vào git, không có giá trị pháp lý."),
                format!("Trial keys are in keys/, password `{PASSWORD}`; they stay out of git and are of no legal value."),
            ));
        }
        ui.print(&format!("{shown}"))?;
        Ok(Outcome::Done)
    }
}

/// Writes files that are not there yet; if any is, none is written.
///
/// # Errors
/// When one exists or the disk fails.
pub fn write(root: &Path, files: &Files) -> Result<(), Fault> {
    if let Some(there) = files
        .keys()
        .find(|path| fs::symlink_metadata(root.join(path)).is_ok())
    {
        return Err(Fault::at_fault(Words::new(
            format!("{} đã có, không ghi đè", root.join(there).display()),
            format!(
                "{} is there already and is not overwritten",
                root.join(there).display()
            ),
        ))
        .help(Words::new("chọn thư mục trống", "choose an empty folder")));
    }
    for (path, bytes) in files {
        let full = root.join(path);
        let failed = |error: std::io::Error| {
            Fault::failed(Words::new(
                format!("không ghi được {}: {error}", full.display()),
                format!("cannot write {}: {error}", full.display()),
            ))
        };
        if let Some(folder) = full.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
            // A link in somebody else's repository must not lead out of it.
            let (folder, root) = (folder.canonicalize(), root.canonicalize());
            if !folder.map_err(failed)?.starts_with(root.map_err(failed)?) {
                return Err(failed(std::io::ErrorKind::NotADirectory.into()));
            }
        }
        let mut file = File::create_new(&full).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        private(path, &full).map_err(failed)?;
    }
    Ok(())
}

/// Keys are for their owner's eyes.
#[cfg(unix)]
fn private(path: &str, full: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match path.starts_with("keys/") {
        true => fs::set_permissions(full, fs::Permissions::from_mode(0o600)),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
fn private(_: &str, _: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn nothing_is_written_behind_a_link() {
        use super::*;

        let [root, elsewhere] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("content")).expect("a link");
        let files = Files::from([("content/a.md".to_owned(), b"x".to_vec())]);
        assert!(write(root.path(), &files).is_err());
        assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
        let files = Files::from([("layouts/a/b".to_owned(), b"x".to_vec())]);
        assert!(write(root.path(), &files).is_ok());
    }
}
