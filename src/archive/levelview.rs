//! What proof a signature carries beside itself, as pages show it: its level, since when it is proven to have
//! existed, and the time-stamps that prove it.

use serde::Serialize;

use crate::archive::view;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::Stamp;
use crate::sign::StampKind;

/// A signature's level and its time-stamps.
#[derive(Clone, Debug, Serialize)]
pub struct LevelView {
    /// `B-B`, `B-T`, `B-LT`, `B-LTA` (EN 319 122-1 §6).
    pub level: &'static str,
    /// The earliest time that somebody else proves; none rests on the signer's word.
    pub since: Option<String>,
    /// In the order in which they stand in the file.
    pub stamps: Vec<StampView>,
}

/// One time-stamp (RFC 3161).
#[derive(Clone, Debug, Serialize)]
pub struct StampView {
    /// What is stamped: `content`, `signature`, `archive`.
    pub kind: &'static str,
    /// When, as its authority says.
    pub at: String,
    /// Whose it is.
    pub by: String,
    /// Whether it holds.
    pub holds: &'static str,
}

impl LevelView {
    /// The view of one examination.
    pub fn of(examined: &Examined) -> Self {
        Self {
            level: examined.level().as_str(),
            since: examined.best_signature_time().map(view::instant),
            stamps: examined.stamps().iter().map(stamp).collect(),
        }
    }
}

fn stamp(stamp: &Stamp) -> StampView {
    StampView {
        kind: match stamp.kind {
            StampKind::Content => "content",
            StampKind::Signature => "signature",
            StampKind::Archive => "archive",
        },
        at: view::instant(stamp.gen_time),
        by: stamp.stamper.clone().unwrap_or_else(|| "—".to_owned()),
        holds: view::answer(match stamp.holds {
            true => Answer::Yes,
            false => Answer::No,
        }),
    }
}
