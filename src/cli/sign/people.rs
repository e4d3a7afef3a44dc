//! Who signs: by the certificate, or by name alone where nothing is signed.

use jiff::Timestamp;

use crate::cli::exit::Fault;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::dates;
use crate::records::school::School;
use crate::seal::SEAL;
use crate::sign::CertificateFacts;
use crate::signing::Who;

/// Somebody of the roster, or the seal, by name alone: to look, not to sign.
pub(super) fn named(person: &str, school: &School, at: Timestamp) -> Result<Who, Fault> {
    if person == SEAL {
        let organisation = school.organisation(dates::day(at));
        return Ok(Who {
            id: SEAL.to_owned(),
            name: organisation.map(|o| o.ten.clone()).unwrap_or_default(),
            email: None,
        });
    }
    let found = school.person(person).ok_or_else(|| {
        let shown = tame(person);
        Fault::at_fault(Words::new(
            format!("school.yaml không có người nào mã `{shown}`"),
            format!("school.yaml has nobody with the id `{shown}`"),
        ))
    })?;
    Ok(Who {
        id: found.id.clone(),
        name: found.ten.clone(),
        email: None,
    })
}

/// Whose key this is today, by the roster.
pub(super) fn who(certificate: &[u8], school: &School, at: Timestamp) -> Result<Who, Fault> {
    let facts = CertificateFacts::of(certificate).map_err(|error| Fault::failed(error.words()))?;
    let day = dates::day(at);
    if school.is_seal(&facts.sha256, day) {
        let organisation = school.organisation(day);
        let name = organisation.map(|o| o.ten.clone()).unwrap_or_default();
        return Ok(Who {
            id: SEAL.to_owned(),
            name,
            email: organisation.and_then(|o| o.email.clone()),
        });
    }
    let Some(person) = school.owner(&facts.sha256, day) else {
        let subject = tame(facts.subject_cn.as_deref().unwrap_or("—"));
        let sha256 = facts.sha256;
        return Err(Fault::at_fault(Words::new(
            format!("ngày {day} school.yaml không có chứng thư của «{subject}»"),
            format!("on {day} school.yaml has no certificate of «{subject}»"),
        ))
        .help(Words::new(
            format!("thêm vào mục `chung-thu` của người này: sha256: {sha256}"),
            format!("add to `chung-thu` of this person: sha256: {sha256}"),
        )));
    };
    Ok(Who {
        id: person.id.clone(),
        name: person.ten.clone(),
        email: person.email.first().cloned(),
    })
}
