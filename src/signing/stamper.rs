//! Time-stamps over what was just signed. The signatures are committed with them or without them:
//! what a person signed is never lost for want of a time-stamp, which `renew` adds as well later.

use jiff::Timestamp;

use crate::net::Bounds;
use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::Reach;
use crate::net::tsa::Schedule;
use crate::net::tsa::Tsa;
use crate::renewal::stamps::Freshly;
use crate::renewal::stamps::Stamping;
use crate::repo::Journal;
use crate::sign::TrustStore;
use crate::signing::session::Files;

/// Whoever is asked for time-stamps; maybe nobody.
pub struct Stamper {
    tsa: Option<Tsa>,
    clock: fn() -> Option<Timestamp>,
    nonce: fn() -> u64,
}

impl Stamper {
    /// Will ask these authorities. `clock` and `nonce` come from where the outside is touched.
    pub fn new(urls: Vec<HttpUrl>, clock: fn() -> Option<Timestamp>, nonce: fn() -> u64) -> Self {
        let tsa = (!urls.is_empty()).then(|| {
            let client = Client::new(Reach::named(&urls), Bounds::default());
            Tsa::new(client, urls, Schedule::default())
        });
        Self { tsa, clock, nonce }
    }

    /// Whether anybody is asked.
    pub fn asks(&self) -> bool {
        self.tsa.is_some()
    }

    /// Gets a time-stamp for each signature, where somebody is asked.
    pub fn stamp(
        &self,
        files: Files,
        journal: &Journal,
        store: &TrustStore,
        at: Timestamp,
        progress: &(dyn Fn() + Sync),
    ) -> Freshly {
        if !self.asks() {
            return Freshly {
                files,
                ..Freshly::default()
            };
        }
        let stamping = Stamping {
            tsa: self.tsa.as_ref(),
            journal,
            store,
            clock: &|| (self.clock)().unwrap_or(at),
            nonce: &self.nonce,
            progress,
        };
        stamping.signatures(files)
    }
}
