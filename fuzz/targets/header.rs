//! The YAML between two `---` lines, and any text as YAML.

#![no_main]

use hoso::diag::Place;
use hoso::records::header;
use hoso::records::yaml::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let place = Place::raw("a.md");
    let parts = header::split(text).ok();
    for (yaml, line) in [(Some(text), 1), (parts.map(|parts| parts.header), header::HEADER_LINE)] {
        match yaml.map(|yaml| Document::read(yaml, line, &place)) {
            None => {}
            Some(Ok(document)) => drop(document.locate(&place, "/a/0")),
            Some(Err(findings)) => assert!(!findings.is_empty() && findings.len() < 100),
        }
    }
});
