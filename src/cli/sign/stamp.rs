//! Time-stamps over what was just signed, as the verb shows them.

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::renew;
use crate::cli::sign::Room;
use crate::cli::sign::SignArgs;
use crate::cli::ui::Bar;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::renewal::stamps::Freshly;
use crate::repo::Journal;
use crate::signing::Stamper;
use crate::signing::session::Files;

impl SignArgs {
    /// Whom to ask for time-stamps: those of the command line, or of the school.
    pub(super) fn stamper(&self, room: &Room<'_>) -> Result<Stamper, Fault> {
        let urls = match self.no_tsa {
            true => Vec::new(),
            false => renew::stampers(&self.tsa, room.press.school, room.at)?,
        };
        Ok(Stamper::new(urls, || cli::now().ok(), cli::random))
    }
}

/// Gets the time-stamps, with a bar of their own.
pub(super) fn stamp(
    stamper: &Stamper,
    files: Files,
    (room, journal): (&Room<'_>, &Journal),
    bar: &Bar,
) -> Freshly {
    if stamper.asks() {
        let signatures = files.keys().filter(|path| path.ends_with(".p7s"));
        bar.begin(Stage::Stamps, signatures.count());
    }
    let store = room.press.trust.store;
    stamper.stamp(files, journal, store, room.at, &|| bar.step())
}

/// Says which signatures have none, and why.
pub(super) fn say(failed: &[(String, Words)], ui: &mut Ui) {
    for (path, words) in failed {
        ui.say(&Words::new(
            format!("{path}: {}", words.vi),
            format!("{path}: {}", words.en),
        ));
    }
}

/// What is to be said once everything is committed.
pub(super) fn outcome(failed: Vec<(String, Words)>) -> Result<(), Fault> {
    match failed.len() {
        0 => Ok(()),
        count => Err(Fault::failed(Words::new(
            format!("đã ký và ghi vào kho, nhưng {count} chữ ký chưa có dấu thời gian"),
            format!("signed and committed, but {count} signatures have no time-stamp"),
        ))
        .help(Words::new(
            "chạy sau: hoso renew --all --level t",
            "run later: hoso renew --all --level t",
        ))),
    }
}
