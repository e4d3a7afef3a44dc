#![doc = include_str!("ARCHITECTURE.md")]

// Top-down: a module may name only the modules declared below it.
// `tests/testsuite/tidy.rs` holds us to this.
pub mod cli;
pub mod serve;
pub mod forge;
pub mod editor;
pub mod signpage;
pub mod signing;
pub mod renewal;
pub mod exchange;
pub mod doctor;
pub mod forges;
pub mod scaffold;
pub mod handover;
pub mod out;
pub mod pipeline;
pub mod archive;
pub mod ledger;
pub mod seal;
pub mod render;
pub mod trace;
pub mod records;
pub mod repo;
pub mod cache;
pub mod spool;
pub mod pades;
pub mod envelope;
pub mod keys;
pub mod web;
pub mod net;
pub mod sign;
pub mod diag;
pub mod path;
pub mod digest;
pub mod embedded;
