//! One signature on a record's page.

use serde::Serialize;

use crate::archive::levelview::LevelView;
use crate::archive::view;
use crate::diag::Lang;
use crate::records::Record;
use crate::seal::Seal;

/// A signature with what was found of it.
#[derive(Serialize)]
pub struct SignatureView {
    href: String,
    file: String,
    step: String,
    signer: String,
    title: String,
    authority: Option<String>,
    role_on_day: &'static str,
    intact: &'static str,
    valid: &'static str,
    trusted: &'static str,
    order: &'static str,
    roster: &'static str,
    verdict: &'static str,
    sub: Option<&'static str>,
    sentence: String,
    signed_at: Option<String>,
    proof: LevelView,
    certificate: Option<CertificateView>,
    faults: Vec<FaultView>,
    sha256: String,
}

#[derive(Serialize)]
struct CertificateView {
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    sha256: String,
}

#[derive(Serialize)]
struct FaultView {
    code: &'static str,
    message: String,
}

impl SignatureView {
    /// The view of a signature whose file lies in `folder`, from the site's root.
    pub fn of(record: &Record, seal: &Seal, folder: &str) -> Self {
        let examined = &seal.examined;
        let step = seal.step.map(|index| &record.steps[index]);
        let person = step.and_then(|s| {
            s.people
                .iter()
                .find(|p| Some(p.id.as_str()) == seal.signer())
        });
        let certificate = examined.certificate();
        let subject = certificate
            .and_then(|c| c.subject_cn.clone())
            .unwrap_or_default();
        let verdict = examined.verdict();
        Self {
            href: format!("{folder}/{}", seal.file.path.file_name()),
            file: seal.file.path.file_name().to_owned(),
            step: step.map(|s| s.label.clone()).unwrap_or_default(),
            signer: person
                .filter(|_| step.is_some_and(|s| !s.seal))
                .map_or(subject, |p| p.name.clone()),
            title: match (step, person) {
                (Some(step), _) if step.seal => step.label.clone(),
                (_, Some(person)) => person.title.clone(),
                _ => String::new(),
            },
            authority: person.and_then(|p| p.authority.clone()),
            role_on_day: view::answer(seal.role),
            intact: view::answer(examined.intact()),
            valid: view::answer(examined.valid()),
            trusted: view::answer(examined.trusted()),
            order: view::answer(seal.order),
            roster: view::answer(seal.roster),
            verdict: verdict.indication(),
            sub: verdict.sub_indication().map(|sub| sub.as_str()),
            sentence: view::sentence(examined),
            signed_at: examined.signing_time().map(view::instant),
            proof: LevelView::of(examined),
            certificate: certificate.map(|c| CertificateView {
                subject: c.subject_cn.clone().unwrap_or_default(),
                issuer: c.issuer_cn.clone().unwrap_or_default(),
                serial: c.serial.clone(),
                not_before: view::instant(c.not_before),
                not_after: view::instant(c.not_after),
                sha256: c.sha256.to_string(),
            }),
            faults: examined
                .faults()
                .iter()
                .map(|fault| FaultView {
                    code: fault.code(),
                    message: fault.words().in_lang(Lang::Vi).to_owned(),
                })
                .collect(),
            sha256: seal.file.digest.to_string(),
        }
    }
}
