//! Tables of other programs and records: what exists comes in, what others ask for goes out.
//!
//! Bytes in, data out, and the other way round; nothing here opens a file or asks a clock.
//!
//! | part | what it is |
//! |---|---|
//! | [`open`] | bytes of .xlsx, .xls, .ods, .csv → [`cell::Sheet`]s, however hostile they are |
//! | [`mapping`] | `layouts/trao-doi/*.yaml`: which column of a foreign table is which field |
//! | [`column`] | the columns of a kind's list, by its schema alone or by a mapping |
//! | [`value`] | one cell ↔ one value of a field |
//! | [`intake`] | a sheet → rows of a record, every fault with its cell |
//! | [`merge`] | rows put onto those that are there; nothing lost |
//! | [`outgo`] | records → the lines of a table |
//! | [`write`] | lines → .xlsx or .csv, equal bytes each time |
//! | [`roster`] | the children of a class, as rows to begin with |
//! | [`template`] | a locked .xlsx to fill in |
//! | [`staff`] | a staff list → entries for `school.yaml`, to be pasted |
//! | [`signed`] | a PDF signed elsewhere: what its signatures are worth |

pub mod cell;
pub mod column;
pub mod intake;
pub mod mapping;
pub mod merge;
pub mod open;
pub mod outgo;
pub mod roster;
pub mod signed;
pub mod staff;
pub mod template;
pub mod value;
pub mod write;
