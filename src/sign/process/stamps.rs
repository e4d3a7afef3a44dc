//! The time-stamps of a signature, each by itself: read, checked, and over what it should be over.

use crate::sign::cms::Message;
use crate::sign::fault::Fault;
use crate::sign::level::ARCHIVE_STAMP_V2;
use crate::sign::level::ARCHIVE_STAMP_V3;
use crate::sign::level::SIGNATURE_STAMP;
use crate::sign::level::index;
use crate::sign::level::index::Covered;
use crate::sign::level::index::Index;
use crate::sign::process::StampKind;
use crate::sign::process::Subject;
use crate::sign::timestamp;
use crate::sign::timestamp::Token;

/// A time-stamp before its place in time is known.
pub(crate) struct Candidate {
    pub(crate) kind: StampKind,
    pub(crate) token: Token,
    pub(crate) checked: timestamp::Checked,
    pub(crate) covered: Covered,
    pub(crate) fault: Option<Fault>,
}

/// Reads every time-stamp; the number is its place: signature, archive, content.
pub(crate) fn candidates(
    subject: &Subject<'_>,
    faults: &mut Vec<Fault>,
) -> Vec<(usize, Candidate)> {
    let signer = subject.signer;
    let signature = signer.unsigned_values(SIGNATURE_STAMP);
    let archive = signer.unsigned_values(ARCHIVE_STAMP_V3);
    let content = subject.content_stamps.iter().map(Vec::as_slice);
    let all = signature
        .map(|raw| (StampKind::Signature, raw))
        .chain(archive.map(|raw| (StampKind::Archive, raw)))
        .chain(content.map(|raw| (StampKind::Content, raw)));
    let mut found = Vec::new();
    let mut number = 0;
    for (kind, raw) in all {
        number += 1;
        match candidate(subject, kind, raw) {
            Ok(candidate) => found.push((number, candidate)),
            Err(fault) => faults.push(refused(number, fault)),
        }
    }
    for _ in signer.unsigned_values(ARCHIVE_STAMP_V2) {
        number += 1;
        let oid = ARCHIVE_STAMP_V2.to_string();
        faults.push(refused(number, Fault::ContentTypeUnsupported { oid }));
    }
    found
}

fn candidate(subject: &Subject<'_>, kind: StampKind, raw: &[u8]) -> Result<Candidate, Fault> {
    let token = Token::read(raw)?;
    let checked = timestamp::check(&token)?;
    let mut candidate = Candidate {
        kind,
        fault: checked.holds().err(),
        token,
        checked,
        covered: Covered::default(),
    };
    let covered = match kind {
        StampKind::Signature => over_signature(subject, &candidate.token),
        StampKind::Content => over_content(subject, &candidate.token),
        StampKind::Archive => over_all(subject, &candidate.token),
    };
    match covered {
        Ok(covered) => candidate.covered = covered,
        Err(fault) => candidate.fault = Some(fault),
    }
    Ok(candidate)
}

/// RFC 3161 appendix A: the imprint is the digest of the value of the field signature.
fn over_signature(subject: &Subject<'_>, token: &Token) -> Result<Covered, Fault> {
    match token.info.imprint.is_over(&subject.signer.signature)? {
        true => Ok(Covered::default()),
        false => Err(Fault::StampImprintMismatch {}),
    }
}

/// EN 319 122-1 §5.5.3, and the index in the token's unsigned attributes.
fn over_all(subject: &Subject<'_>, token: &Token) -> Result<Covered, Fault> {
    let inside = Message::read(token.der())?;
    let index = Index::of_token(&inside)?;
    let algorithm = token.info.imprint.digest()?;
    let content = subject.content.digest(algorithm)?;
    let (message, signer) = (subject.message, subject.signer);
    let over = index::covered(message, signer, &content, index.raw());
    match token.info.imprint.is_over(&over)? {
        true => index.covered(message, signer),
        false => Err(Fault::StampImprintMismatch {}),
    }
}

/// EN 319 122-1 §5.2.8: the imprint is the digest of the content.
fn over_content(subject: &Subject<'_>, token: &Token) -> Result<Covered, Fault> {
    let imprint = &token.info.imprint;
    match subject.content.digest(imprint.digest()?)? == imprint.hash {
        true => Ok(Covered::default()),
        false => Err(Fault::StampImprintMismatch {}),
    }
}

pub(crate) fn refused(number: usize, fault: Fault) -> Fault {
    Fault::StampRefused {
        number,
        reason: Box::new(fault),
    }
}
