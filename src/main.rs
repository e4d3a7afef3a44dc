//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Forms nest and Markdown nests; the threads that set them get a generous stack. The global pool
    // can only be refused if it exists already, and then it serves as well.
    let _ = rayon::ThreadPoolBuilder::new()
        .stack_size(32 * 1024 * 1024)
        .build_global();
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reader of the command line"
    )]
    let line = std::env::args_os();
    hoso::cli::run(line)
}
