//! The program, as people run it: small repositories in, exit codes and words out.
//!
//! `README.md` beside this file says how to add a case. Nothing here asks the machine anything: home,
//! clock, zone, git's settings and the environment are the harness's own.

#![allow(
    clippy::disallowed_methods,
    reason = "tests set up the disk that the program then reads"
)]

mod archive;
mod attacks;
mod books;
mod case;
mod corpus;
mod coverage;
mod dated;
mod editing;
mod forged;
mod formats;
mod fuzz;
mod hostile;
mod incremental;
mod lab;
mod readme;
mod signing;
mod start;
mod tidy;
mod views;

/// Every folder `<verb>/<case>/` is run: none can be forgotten.
///
/// `CASE=check/sound` runs the cases whose name begins so.
#[test]
fn every_case_stands() {
    let only = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<case::Case> = case::all()
        .into_iter()
        .filter(|case| case.name().starts_with(&only))
        .collect();
    assert!(!cases.is_empty(), "there is no case `{only}`");
    let failures = lab::in_parallel(&cases, |case| case.run().err());
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases differ (SNAPSHOTS=overwrite fills in; then read what it filled in)\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
