//! `hoso sign --page`: the same signing, on a page of this machine.

use std::path::Path;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::sign::SignArgs;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::keys::KeyUri;
use crate::net::HttpUrl;
use crate::repo::Repo;
use crate::signpage;
use crate::signpage::Setup;
use crate::web::Ended;

impl SignArgs {
    /// Shows the page until it is closed.
    pub(super) fn page(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let key = self.key.as_deref().unwrap_or_default();
        // What can be said before the page is there is said here.
        let key = KeyUri::parse(key)?;
        Repo::open(dir)?;
        let parse = |text: &String| HttpUrl::parse(text).map_err(|e| Fault::usage(e.words()));
        let given = self.tsa.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let setup = Setup {
            dir: dir.to_owned(),
            key,
            person: self.person.clone(),
            pss: self.pss,
            certificate: self.given_certificate(dir)?,
            chain: self.authorities(dir)?,
            stampers: (self.no_tsa || !given.is_empty()).then_some(given),
            now: || cli::now().ok(),
            environment: cli::environment,
            random: cli::random,
        };
        let mut printed = Ok(());
        let port = self.port.unwrap_or(signpage::PORT);
        let ended = signpage::run(setup, port, |link| {
            ui.say(&Words::new(
                "Mở liên kết này trong trình duyệt trên máy này (chỉ mở được một lần). Ctrl-C để dừng.",
                "Open this link in a browser on this machine (it opens once). Ctrl-C to stop.",
            ));
            printed = ui.print(link);
        })?;
        printed?;
        ui.say(&match ended {
            Ended::Asked => Words::new("Đã đóng trang ký.", "The signing page is closed."),
            Ended::Idle => Words::new(
                "Đã đóng trang ký: 30 phút không ai dùng.",
                "The signing page is closed: nobody used it for 30 minutes.",
            ),
        });
        Ok(Outcome::Done)
    }
}
