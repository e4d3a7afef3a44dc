//! What is approved stays as it is, and what was signed keeps its name: asked of the signatures as `verify` sees them.

use std::collections::BTreeSet;

use crate::archive::chain::Chain;
use crate::forge::loaded::Loaded;
use crate::forge::save::Desk;
use crate::forge::save::Plan;
use crate::forge::save::Refusal;
use crate::forge::save::find;
use crate::forge::save::record_of;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::repo::Snapshot;
use crate::seal::Examination;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::standing::Standing;
use crate::sign::TrustStore;

/// Refuses to change what is approved, and to rename what was ever signed. Where a record or its signatures are
/// damaged, nobody can tell here what was approved: then nothing is changed either.
pub(super) fn approved(desk: &Desk<'_>, now: &Loaded, plan: &Plan) -> Result<(), Refusal> {
    let signed = |id: &RecordId| is_signed(&now.snapshot, id);
    let moved = plan.revising.moved.keys().filter_map(record_of);
    if let Some(id) = moved.into_iter().find(signed) {
        return Err(Refusal::SignedName { id });
    }
    // Signatures that outlived their record are no new one's.
    if let Some(id) = plan.created.keys().filter_map(record_of).find(signed) {
        return Err(Refusal::Damaged { id });
    }
    let mut store = None;
    for path in plan.revising.changed.keys() {
        let Some(id) = record_of(path).filter(signed) else {
            continue;
        };
        let Some(record) = find(&now.records, path) else {
            return Err(Refusal::Damaged { id });
        };
        let store = store.get_or_insert_with(|| proven(desk, now));
        stays(desk, now, store, record)?;
    }
    Ok(())
}

fn is_signed(snapshot: &Snapshot, id: &RecordId) -> bool {
    snapshot.under(&format!("signatures/{id}")).next().is_some()
}

/// Whom the school trusts, and what the sealed archives prove to have existed.
fn proven(desk: &Desk<'_>, now: &Loaded) -> TrustStore {
    let mut store = now.store.clone();
    // Faults of signatures are `verify`'s to tell, here and below.
    let mut findings = Vec::new();
    let mut chain = Chain::read(&now.snapshot, &mut findings);
    chain.examine(&now.records.school, &mut store, desk.at, &mut findings);
    store
}

fn stays(
    desk: &Desk<'_>,
    now: &Loaded,
    store: &TrustStore,
    record: &Record,
) -> Result<(), Refusal> {
    let (snapshot, school, at) = (&now.snapshot, &*now.records.school, desk.at);
    let (id, mut findings) = (record.id.clone(), Vec::new());
    let trust = Trust { school, store, at };
    let versions = kept::versions(snapshot, &id, trust, &mut findings);
    let signed = format!("signatures/{id}");
    let folders = snapshot
        .under(&signed)
        .filter_map(|entry| entry.path.parent());
    let folders: BTreeSet<RepoPath> = folders.collect();
    let is_whole = versions.len() == folders.len();
    let (current, earlier) = kept::current(versions, &record.source.digest);
    let examination = Examination { school };
    let seals = examination.examine(record, current.as_ref(), &earlier, &mut findings);
    match seals.standing {
        Standing::Signed | Standing::Superseded => Err(Refusal::Approved { id }),
        _ if !is_whole => Err(Refusal::Damaged { id }),
        Standing::Faulty if was_approved(record, &seals) => Err(Refusal::Damaged { id }),
        _ => Ok(()),
    }
}

/// Whether as many people signed each step as it asks for, whatever is wrong with their signatures by now: a
/// certificate that is revoked later, or a roster that forgets it, does not give a teacher the approved text back.
fn was_approved(record: &Record, seals: &Seals) -> bool {
    // Without a signature that stands, no form counts as the present one.
    let older = (seals.superseded.iter()).filter(|_| seals.current.is_empty());
    older
        .chain([&seals.current])
        .any(|seals| is_through(record, seals))
}

fn is_through(record: &Record, seals: &[Seal]) -> bool {
    let mut steps = record.steps.iter().enumerate();
    !seals.is_empty()
        && steps.all(|(index, step)| {
            let own = seals.iter().filter(|seal| seal.step == Some(index));
            let signers: BTreeSet<&str> = own.filter_map(Seal::signer).collect();
            let asked = match step.is_for_all() {
                true => step.people.len(),
                false => step.needed,
            };
            !step.digital || signers.len() >= if step.seal { 1 } else { asked.max(1) }
        })
}
