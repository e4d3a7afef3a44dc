//! A PDF signed elsewhere: what its signatures are worth, as data for a record. Nothing is called
//! trusted that does not lead to an anchor of the school.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Map;
use serde_json::Value;

use crate::diag::words::tame;
use crate::exchange::cell::clean;
use crate::pades;
use crate::pades::Found;
use crate::sign;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::Fault;
use crate::sign::Question;
use crate::sign::TrustStore;

/// Vietnam's time, whole hours from Greenwich.
const VIETNAM: Offset = Offset::constant(7);
/// Most characters of a name or note; the record's schema takes as many.
const MAX_TEXT: usize = 200;

/// What was found in a PDF: a group for each signature, or why it could not be read.
///
/// # Errors
/// The reason, in Vietnamese.
pub fn examine(pdf: &[u8], store: &TrustStore, at: Timestamp) -> Result<Vec<Value>, String> {
    let found = pades::found(pdf).map_err(|error| short(&error.words().vi))?;
    Ok(found.iter().map(|one| signature(one, store, at)).collect())
}

fn signature(found: &Found, store: &TrustStore, at: Timestamp) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            out.insert(key.to_owned(), Value::from(short(&text)));
        }
    };
    put("o-ky", Some(found.field.clone()));
    let Some(parts) = &found.parts else {
        put(
            "ghi-chu",
            Some("phạm vi ký (ByteRange) không phải của một chữ ký".to_owned()),
        );
        return ended(out, [Answer::No, Answer::Unknown, Answer::Unknown], false);
    };
    // A stamp of the whole document, and digests in the signature, are other formats.
    if !["ETSI.CAdES.detached", "adbe.pkcs7.detached"].contains(&found.format.as_str()) {
        put(
            "ghi-chu",
            Some(format!("không kiểm tra được dạng {}", found.format)),
        );
        return ended(out, [Answer::Unknown; 3], parts.covers);
    }
    let all = sign::verify_all(Some(&parts.signed), &parts.cms, store, at);
    let Some(examined) = all.first() else {
        return ended(out, [Answer::Unknown; 3], parts.covers);
    };
    if let Some(certificate) = examined.certificate() {
        put("nguoi", certificate.subject_cn.clone());
        put("to-chuc", certificate.organisation.clone());
        put("cap-boi", certificate.issuer_cn.clone());
    }
    let told = examined.signing_time().map(local);
    put(
        "luc",
        told.or_else(|| found.time.as_deref().and_then(stated)),
    );
    put("ghi-chu", fault(examined));
    let (intact, valid) = (examined.intact(), valid(examined));
    // Whom a signature that does not hold is said to be of does not matter.
    let trusted = match (intact, valid) {
        (Answer::Yes, Answer::Yes) => examined.trusted(),
        (Answer::No, _) | (_, Answer::No) => Answer::No,
        _ => Answer::Unknown,
    };
    ended(out, [intact, valid, trusted], parts.covers)
}

/// Whether the signature is right under the key. That its time stands in the PDF and not in it is how
/// such signatures are made (EN 319 142-1 §6.3), and a fault only of files beside a form.
fn valid(examined: &Examined) -> Answer {
    let elsewhere = |fault: &&Fault| matches!(fault, Fault::SigningTimeMissing {});
    if !examined.faults().iter().any(|fault| elsewhere(&fault)) {
        return examined.valid();
    }
    let others = examined.faults().iter().filter(|fault| !elsewhere(fault));
    let bearing: Vec<Answer> = others
        .filter_map(|fault| fault.bearing())
        .filter(|(question, _)| *question == Question::Valid)
        .map(|(_, answer)| answer)
        .collect();
    match (bearing.contains(&Answer::No), bearing.is_empty()) {
        (true, _) => Answer::No,
        (false, false) => Answer::Unknown,
        (false, true) if examined.certificate().is_some() => Answer::Yes,
        (false, true) => Answer::Unknown,
    }
}

/// The first thing that is wrong; that the time stands in the PDF and not in the signature is not.
fn fault(examined: &Examined) -> Option<String> {
    let real = |fault: &&Fault| !matches!(fault, Fault::SigningTimeMissing {});
    examined
        .faults()
        .iter()
        .find(real)
        .map(|fault| fault.words().vi)
}

fn ended(mut out: Map<String, Value>, answers: [Answer; 3], covers: bool) -> Value {
    let keys = ["nguyen-ven", "dung-khoa", "tin-cay"];
    for (key, answer) in keys.iter().zip(answers) {
        let said = match answer {
            Answer::Yes => "co",
            Answer::No => "khong",
            Answer::Unknown => "chua-ro",
        };
        out.insert((*key).to_owned(), Value::from(said));
    }
    out.insert("ca-tep".to_owned(), Value::from(covers));
    Value::Object(out)
}

fn local(at: Timestamp) -> String {
    let local = VIETNAM.to_datetime(at);
    format!("{} (trong chữ ký)", local.strftime("%d/%m/%Y %H:%M:%S"))
}

/// `D:20240905080000+07'00'` as people read it; it is what the file says, no more.
fn stated(text: &str) -> Option<String> {
    let digits = text.strip_prefix("D:")?.get(..14)?;
    let at = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    Some(format!("{} (theo tệp)", at.strftime("%d/%m/%Y %H:%M:%S")))
}

fn short(text: &str) -> String {
    let text = tame(&clean(text).replace('\n', " "));
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pades::Field;
    use crate::pades::append;
    use crate::sign::Pkcs12;
    use crate::sign::demo;
    use crate::sign::demo::KeyChoice;

    #[test]
    fn times_of_files_are_said_to_be_the_file_s() {
        assert_eq!(
            stated("D:20240905080000+07'00'").as_deref(),
            Some("05/09/2024 08:00:00 (theo tệp)")
        );
        assert_eq!(stated("D:2024"), None);
        assert_eq!(stated("D:20241305080000"), None);
    }

    #[test]
    fn a_signature_is_worth_what_it_is() {
        let form = include_bytes!("../../tests/fixtures/pades/lesson-plan.pdf");
        let at: Timestamp = "2024-09-30T02:04:00Z".parse().expect("an instant");
        let validity = demo::Validity {
            from: "2024-01-01T00:00:00Z".parse().expect("an instant"),
            until: "2034-01-01T00:00:00Z".parse().expect("an instant"),
        };
        let authority =
            demo::Authority::new("Thử", KeyChoice::P256, validity).expect("an authority");
        let person = demo::Person {
            name: "A",
            uid: "CCCD:000000000001",
            key: KeyChoice::P256,
            validity,
        };
        let key = authority.issue(&person, "x").expect("a key");
        let key = Pkcs12::open(&key.pkcs12, "x").expect("a key");
        let field = Field {
            name: "mot".to_owned(),
            signer: "A".to_owned(),
            reason: "B".to_owned(),
            location: "C".to_owned(),
            mark: None,
        };
        let pdf = append(form, &[field], 0, &key, at, None).expect("a copy");
        let said = |pdf: &[u8]| {
            let all = examine(pdf, &TrustStore::default(), at).expect("a PDF");
            let keys = ["nguyen-ven", "dung-khoa", "tin-cay", "ca-tep"];
            keys.map(|key| all[0][key].to_string().replace('"', ""))
        };
        // Nobody is trusted without an anchor.
        let trusted = &said(&pdf)[2];
        assert_ne!(trusted, "co");
        assert_eq!(said(&pdf)[..2], ["co", "co"]);
        assert_eq!(said(&pdf)[3], "true");
        assert_eq!(said(&[&pdf[..], b"%"].concat())[3], "false");
        let mut changed = pdf.clone();
        changed[20] ^= 1;
        assert_eq!(said(&changed)[..3], ["khong", "co", "khong"]);
    }

    #[test]
    fn what_is_no_pdf_is_told() {
        assert!(examine(b"%PDF-1.7", &TrustStore::default(), Timestamp::UNIX_EPOCH).is_err());
    }
}
