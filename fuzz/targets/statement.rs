//! The attribute in which a signer states the record, the step and the capacity: one spelling each.

#![no_main]

use hoso::sign::Statement;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    if let Ok(statement) = Statement::from_der(der) {
        assert_eq!(statement.to_der().as_deref(), Ok(der));
    }
});
