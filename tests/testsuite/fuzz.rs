//! The fuzz targets (`fuzz/`) on the stable compiler: every seed, and the same mutations each time.
//!
//! This finds what a careless change breaks; what nobody thought of is for libFuzzer and for hours.

use std::collections::BTreeSet;
use std::fs;

use crate::lab::files_below;
use crate::lab::in_parallel;
use crate::lab::project;

#[path = "../../fuzz/bodies.rs"]
mod bodies;
#[path = "../../fuzz/mutate.rs"]
mod mutate;

/// How many mutations a target is given; those that write a file each time are slower.
fn most(target: &str) -> u64 {
    match target {
        "attached" => 150,
        "manifest" | "school" => 300,
        _ => 1_500,
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = project().join("fuzz/corpus").join(target);
    let files = files_below(&folder);
    let read = |file| fs::read(folder.join(file)).expect("a seed");
    files.iter().map(read).collect()
}

#[test]
fn every_target_stands_its_seeds_and_their_mutations() {
    in_parallel(&bodies::ALL, |(name, body)| {
        let seeds = seeds(name);
        seeds.iter().for_each(|seed| body(seed));
        body(b"");
        for number in 0..most(name) {
            let mut numbers = mutate::Numbers::from(number);
            let seed = &seeds[numbers.below(seeds.len())];
            let other = &seeds[numbers.below(seeds.len())];
            body(&mutate::mutated(seed, other, &mut numbers));
        }
    });
}

#[test]
fn every_target_has_its_file_and_its_seeds() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(project().join(folder)).expect(folder);
        let name = |path: std::path::PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter_map(name).collect()
    };
    let targets: BTreeSet<String> = bodies::ALL.map(|(name, _)| name.to_owned()).into();
    assert_eq!(names("fuzz/targets"), targets);
    assert_eq!(names("fuzz/corpus"), targets);
    let manifest = fs::read_to_string(project().join("fuzz/Cargo.toml")).expect("a manifest");
    let readme = fs::read_to_string(project().join("fuzz/README.md")).expect("a README");
    for name in &targets {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")));
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "fuzz/README.md: {name}"
        );
    }
}
