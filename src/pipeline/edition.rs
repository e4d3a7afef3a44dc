//! An edition, verified: its files, the archive that it is of, the signatures on what is there. The roster
//! is not part of an edition: whether a signer was entitled, the archive itself tells.

use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::bag::edition::Edition;
use crate::archive::chain::SEALED;
use crate::archive::chain::made;
use crate::archive::files::MAX_FILE;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Report;
use crate::diag::Words;
use crate::path::SitePath;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::pipeline::whole;
use crate::render::kept;
use crate::sign;
use crate::sign::Examined;
use crate::sign::TrustStore;

/// What is known of an edition.
pub struct Extract {
    /// Its files.
    pub bag: Bag,
    /// What it says of itself; none when that does not hold together.
    pub edition: Option<Edition>,
    /// The seal over the archive, if it is sealed.
    pub seal: Option<Examined>,
    /// Every signature.
    pub signatures: Vec<(SitePath, Examined)>,
    /// Whom the answers rest on.
    pub store: TrustStore,
}

/// Verifies the edition at `root`; there is none when the folder is no bag.
pub fn verify(
    report: &mut Report,
    root: &Path,
    trust: TrustStore,
    at: Timestamp,
    progress: &dyn Progress,
) -> Option<Extract> {
    let bag = report.with(|findings| Bag::open(root, findings))?;
    progress.begin(Stage::Files, bag.len());
    report.with(|findings| bag.check(&|| progress.step(), findings));
    let edition = report.with(|findings| bag.edition(findings));
    let (inside, _) = report.with(|findings| kept::anchors(&bag.trusted(), findings));
    let mut store = inside.replaced_by(trust);
    let entry = edition.as_ref().map(|edition| &edition.evidence.entry);
    let file = entry.and_then(|entry| Some((entry, entry.seal.as_ref()?)));
    let seal = file.map(|(entry, file)| sign::verify(&*entry.tags, file, &store, at));
    match (&seal, entry) {
        (Some(seal), _) if !seal.is_sound() => {
            let place = format!("{}/{SEALED}", crate::archive::bag::original::ORIGINAL);
            report.add([fault(&place, seal)]);
        }
        (Some(seal), Some(entry)) => {
            if let Some(proven) = seal.best_signature_time() {
                for digest in made::listed(&entry.new) {
                    store.add_existence(digest, proven);
                }
            }
        }
        _ => report.add([whole::unsealed()]),
    }
    let signed = bag.signed();
    progress.begin(Stage::Signatures, signed.len());
    let signatures: Vec<(SitePath, Examined)> = signed
        .into_par_iter()
        .filter_map(|(signature, form)| {
            progress.step();
            let file = read(bag.root(), &signature)?;
            let form = read(bag.root(), &form)?;
            Some((signature, sign::verify(&form[..], &file, &store, at)))
        })
        .collect();
    let faulty = signatures.iter().filter(|(_, one)| !one.is_sound());
    report.add(faulty.map(|(path, one)| fault(path.as_str(), one)));
    Some(Extract {
        bag,
        edition,
        seal,
        signatures,
        store,
    })
}

/// A file that is not there is a finding of the bag.
fn read(root: &Path, path: &SitePath) -> Option<Vec<u8>> {
    check::bytes(&root.join(path.as_str()), MAX_FILE).ok()
}

fn fault(place: &str, examined: &Examined) -> Finding {
    let words = examined.words();
    let said = Words::new(words.vi.clone(), words.en.clone());
    Finding::new(Code::SignatureFault, Place::raw(place), said)
}
