//! The editor: forms in a browser for the records of one school year, as static files.
//!
//! Sveltia CMS lies beside this file as it comes (`page/vendor/`); what it shows is generated: a collection for every
//! kind that a unit keeps, its fields from the kind's JSON Schema, its choices from the roster.
//!
//! 1. [`edition`]: which kinds of which units are shown, to whom;
//! 2. `naming`: how a new record's file is called, so that the kind's pattern takes it;
//! 3. `form`: the fields, with what `choices` knows of people, children and days;
//! 4. `config`: the whole configuration; `page`: the files around it.

pub mod backend;
mod choices;
mod config;
pub mod edition;
mod form;
mod naming;
mod page;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Records;

pub use backend::Backend;
pub use edition::Edition;

/// The files of an editor: path within its folder → bytes.
pub type Files = BTreeMap<String, Cow<'static, [u8]>>;

/// What an editor is made from.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The school, its kinds and what is written already.
    pub records: &'a Records,
    /// The school year, `2024-2025`.
    pub year: &'a str,
    /// The day on which units and roles are looked up, and from which defaults are taken.
    pub date: Date,
    /// For whom.
    pub edition: Edition<'a>,
    /// Where records are kept.
    pub backend: &'a Backend,
}

/// Why there is no such editor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name of a school year is none.
    #[error("`{0}` is no school year")]
    NoYear(String),
    /// The school has no such unit on the day.
    #[error("there is no unit `{0}`")]
    NoUnit(String),
    /// The roster has no such person.
    #[error("there is no person `{0}`")]
    NoPerson(String),
    /// Nothing is written by this person or in this unit.
    #[error("`{0}` writes no records")]
    Nothing(String),
}

impl Error {
    /// The error as a sentence.
    pub fn words(&self) -> Words {
        match self {
            Self::NoYear(name) => {
                let name = tame(name);
                Words::new(
                    format!("`{name}` không phải năm học như 2024-2025"),
                    format!("`{name}` is no school year such as 2024-2025"),
                )
            }
            Self::NoUnit(id) => {
                let id = tame(id);
                Words::new(
                    format!("không có đơn vị `{id}` vào ngày này"),
                    format!("there is no unit `{id}` on this day"),
                )
            }
            Self::NoPerson(id) => {
                let id = tame(id);
                Words::new(
                    format!("không có người `{id}` trong content/school.yaml"),
                    format!("there is no person `{id}` in content/school.yaml"),
                )
            }
            Self::Nothing(id) => {
                let id = tame(id);
                Words::new(
                    format!("`{id}` không lập hồ sơ nào vào ngày này"),
                    format!("`{id}` writes no records on this day"),
                )
            }
        }
    }
}

/// All files of an editor: `index.html`, what it loads, and `config.json`.
///
/// # Errors
/// When the year, unit or person does not exist, or writes nothing.
pub fn files(order: &Order<'_>) -> Result<Files, Error> {
    let mut files = page::files(order.backend);
    let config = config(order)?;
    files.insert(
        CONFIG.to_owned(),
        Cow::Owned(format!("{config:#}\n").into_bytes()),
    );
    Ok(files)
}

/// What the page may load, as the value of `Content-Security-Policy`, for whoever serves it over HTTP (with
/// `frame-ancestors 'none'` added, which a page cannot say of itself). The page carries the same in a `meta` element.
pub fn policy(backend: &Backend) -> String {
    page::policy(backend)
}

/// The one file that differs from person to person.
pub const CONFIG: &str = "config.json";

/// What stands in [`CONFIG`]: `cms`, the configuration of Sveltia CMS, and `hoso`, what our own scripts need.
///
/// # Errors
/// As [`files`].
pub fn config(order: &Order<'_>) -> Result<Value, Error> {
    config::whole(order)
}
