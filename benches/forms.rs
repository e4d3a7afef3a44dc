//! What Typst is given for each record of a school, as folders that any Typst can set: `main.typ`, `data.json`, the source, the pictures and the
//! layouts. Prints their names. `run.py` sets them with Typst alone, beside `hoso build`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench stands at the edge: it writes files and prints"
)]

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use hoso::diag::Report;
use hoso::pipeline;
use hoso::records::document;
use hoso::repo::Repo;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo puts `--bench` behind what one asks for.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let (Some(school), Some(folder)) = (args.next(), args.next()) else {
        println!("forms: give a school and a folder; see benches/run.sh");
        return Ok(());
    };
    let repo = Repo::open(Path::new(&school))?;
    let snapshot = repo.snapshot(&repo.revision(None)?)?;
    let records = pipeline::check(&mut Report::default(), &snapshot)?;
    let layouts = repo.root().join("layouts");
    for (number, record) in records.all.iter().enumerate() {
        // A volume takes its records in as packages, which only this program has.
        if !record.bound().is_empty() {
            continue;
        }
        let root = PathBuf::from(&folder).join(number.to_string());
        fs::create_dir_all(root.join("images"))?;
        std::os::unix::fs::symlink(&layouts, root.join("layouts"))?;
        let data = document::of(&records.school, record);
        fs::write(root.join("data.json"), serde_json::to_vec(&data)?)?;
        fs::write(root.join("source"), &record.source.bytes[..])?;
        fs::write(root.join("kind"), &record.kind.id)?;
        // Typst takes no main file through a link out of its root.
        let form = layouts.join(&record.kind.id).join(&record.version.file);
        fs::copy(form, root.join("main.typ"))?;
        for (index, path) in record.images.values().enumerate() {
            let bytes = snapshot.read(path, u64::MAX)?;
            fs::write(
                root.join(document::image_file(index).trim_start_matches('/')),
                bytes,
            )?;
        }
        println!("{number} {}", record.id);
    }
    Ok(())
}
