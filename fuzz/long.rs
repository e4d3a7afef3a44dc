//! Runs targets on the stable compiler: `long [SECONDS] [TARGET…]`. Each input is written down before it is tried,
//! so what stops the program is in `fuzz/artifacts/`.

mod bodies;
mod mutate;

use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

fn main() {
    let mut arguments = env::args().skip(1);
    let seconds = arguments
        .next()
        .map_or(60, |it| it.parse().expect("seconds"));
    let wanted: Vec<String> = arguments.collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(here.join("artifacts")).expect("a folder");
    for (name, body) in bodies::ALL {
        if !wanted.is_empty() && !wanted.iter().any(|it| it == name) {
            continue;
        }
        let folder = fs::read_dir(here.join("corpus").join(name)).expect("a corpus");
        let mut paths: Vec<_> = folder.map(|entry| entry.expect("a file").path()).collect();
        paths.sort();
        let seeds: Vec<_> = paths
            .iter()
            .map(|path| fs::read(path).expect("a seed"))
            .collect();
        let began = Instant::now();
        let (mut tried, mut slowest) = (0u64, Duration::ZERO);
        let artifact = here.join("artifacts").join(name);
        while began.elapsed() < Duration::from_secs(seconds) {
            let mut numbers = mutate::Numbers::from(tried);
            let seed = &seeds[numbers.below(seeds.len())];
            let other = &seeds[numbers.below(seeds.len())];
            let bytes = mutate::mutated(seed, other, &mut numbers);
            fs::write(&artifact, &bytes).expect("an artifact");
            let start = Instant::now();
            body(&bytes);
            slowest = slowest.max(start.elapsed());
            tried += 1;
        }
        fs::remove_file(&artifact).expect("an artifact");
        println!("{name}: {tried} inputs in {seconds} s, the slowest {slowest:?}");
    }
}
