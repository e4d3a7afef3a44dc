//! `bindgen INPUT.wasm FOLDER`: `verifier.js` and `verifier_bg.wasm`, for a plain script.

use std::env;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(input), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("bindgen INPUT.wasm FOLDER".into());
    };
    Bindgen::new()
        .input_path(input)
        .out_name("verifier")
        .typescript(false)
        .no_modules(true)?
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)?;
    Ok(())
}
