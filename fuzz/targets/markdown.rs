//! The body of a record.

#![no_main]

use hoso::records::markdown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(body) = markdown::read(text, 1) {
        let last = 1 + text.matches('\n').count();
        let lines = body.images.iter().chain(&body.links).map(|(_, line)| line);
        assert!(lines.chain(&body.html).all(|line| (1..=last).contains(line)));
    }
});
