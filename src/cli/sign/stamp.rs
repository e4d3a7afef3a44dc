//! Time-stamps over what was just signed. The signatures are committed with them or without them:
//! what a person signed is never lost for want of a time-stamp, which `renew` adds as well later.

use std::collections::BTreeMap;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::renew;
use crate::cli::sign::Room;
use crate::cli::sign::SignArgs;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::net::Bounds;
use crate::net::Client;
use crate::net::Reach;
use crate::net::tsa::Schedule;
use crate::net::tsa::Tsa;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::renewal::stamps::Freshly;
use crate::renewal::stamps::Stamping;
use crate::repo::Journal;

impl SignArgs {
    /// Gets the time-stamps, if the command line or the school names somebody to ask.
    pub(super) fn stamp(
        &self,
        room: &Room<'_>,
        files: BTreeMap<String, Vec<u8>>,
        journal: &Journal,
        ui: &mut Ui,
    ) -> Result<Freshly, Fault> {
        let school = room.press.school;
        let urls = match self.no_tsa {
            true => Vec::new(),
            false => renew::stampers(&self.tsa, school, room.at)?,
        };
        if urls.is_empty() {
            let (failed, journalled) = Default::default();
            return Ok(Freshly {
                files,
                failed,
                journalled,
            });
        }
        let client = Client::new(Reach::named(&urls), Bounds::default());
        let tsa = Tsa::new(client, urls, Schedule::default());
        let bar = ui.bar();
        let signatures = files.keys().filter(|path| path.ends_with(".p7s"));
        bar.begin(Stage::Stamps, signatures.count());
        let at = room.at;
        let stamping = Stamping {
            tsa: Some(&tsa),
            journal,
            store: room.press.trust.store,
            clock: &|| cli::now().unwrap_or(at),
            nonce: &cli::random,
            progress: &|| bar.step(),
        };
        let stamped = stamping.signatures(files);
        bar.finish();
        for (path, words) in &stamped.failed {
            ui.say(&Words::new(
                format!("{path}: {}", words.vi),
                format!("{path}: {}", words.en),
            ));
        }
        Ok(stamped)
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
