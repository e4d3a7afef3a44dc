//! The ledger over a school that is nowhere.
