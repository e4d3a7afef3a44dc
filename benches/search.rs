//! Documents on standard input (a JSON object a line) → the search index of an archive, by the program's own code, in
//! the folder named on the command line. Prints what it wrote and the processor time it took. `search.sh` runs it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench stands at the edge: it reads the clock, writes files and prints"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::path::Path;

use hoso::archive::search::index::Document;
use hoso::archive::search::index::by;
use hoso::archive::search::shards;
use hoso::archive::search::shards::Choice;
use hoso::archive::search::shards::Facets;
use serde_json::Value;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo puts `--bench` behind what one asks for.
    let folder = std::env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    let Some(folder) = folder else {
        println!("search: give a folder; see benches/search.sh");
        return Ok(());
    };
    let mut rows = Vec::new();
    for line in std::io::stdin().lock().lines() {
        rows.push(serde_json::from_str::<Value>(&line?)?);
    }
    let (documents, facets) = documents(&rows);
    let before = processor_time()?;
    let scripts = shards::scripts(&documents, &facets);
    let spent = processor_time()? - before;
    let mut sizes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut longest = 0;
    for (path, script) in &scripts {
        let place = Path::new(&folder).join(path);
        fs::create_dir_all(place.parent().unwrap_or(&place))?;
        fs::write(place, script)?;
        let set = path.split('/').nth(1).unwrap_or_default();
        let size = sizes.entry(set).or_default();
        *size = (size.0 + 1, size.1 + script.len());
        longest = longest.max(script.len());
    }
    let bytes: usize = scripts.iter().map(|(_, script)| script.len()).sum();
    println!(
        "{}",
        json!({
            "documents": documents.len(),
            "seconds": spent,
            "bytes": bytes,
            "scripts": scripts.len(),
            "longest": longest,
            "sets": sizes,
        })
    );
    Ok(())
}

fn documents(rows: &[Value]) -> (Vec<Document>, Facets) {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let mut documents: Vec<Document> = rows
        .iter()
        .map(|row| Document {
            id: text(row, "id"),
            title: text(row, "title"),
            year: text(row, "year"),
            date: text(row, "date"),
            author: text(row, "author"),
            people: vec![text(row, "author")],
            signed: 1,
            steps: 3,
            text: text(row, "text"),
            ..Document::default()
        })
        .collect();
    documents.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.id.cmp(&b.id)));
    let choices = |sets: BTreeMap<String, Vec<u32>>| -> Vec<Choice> {
        let each = sets.into_iter();
        each.map(|(id, documents)| Choice {
            label: id.clone(),
            count: documents.len(),
            id,
        })
        .collect()
    };
    let part = |document: &Document, at: usize| {
        let part = document.id.split('/').nth(at).unwrap_or_default();
        vec![part.to_owned()]
    };
    let facets = Facets {
        years: choices(by(&documents, |d| part(d, 0))),
        units: choices(by(&documents, |d| part(d, 1))),
        kinds: choices(by(&documents, |d| part(d, 2))),
        people: choices(by(&documents, |d| d.people.clone())),
        states: vec![Choice {
            id: "cho-ky".to_owned(),
            label: "Chờ ký".to_owned(),
            count: documents.len(),
        }],
    };
    let place = |choices: &[Choice], id: Vec<String>| {
        let found = choices
            .iter()
            .position(|choice| Some(&choice.id) == id.first());
        found.unwrap_or(0)
    };
    for document in &mut documents {
        document.unit = place(&facets.units, part(document, 1));
        document.kind = place(&facets.kinds, part(document, 2));
    }
    (documents, facets)
}

/// Seconds of processor that this process has used, all threads.
fn processor_time() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may hold spaces: state is the first, utime and stime the 12th and 13th. A tick is 10 ms.
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let fields = behind.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = fields.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
