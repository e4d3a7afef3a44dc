//! The source inside of what somebody calls a signed form.

#![no_main]

use hoso::render::attached;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|pdf: &[u8]| {
    let _ = attached::source(pdf);
});
