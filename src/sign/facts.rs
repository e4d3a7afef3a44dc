//! What an examination of one signature found, as JSON; the same keys for our files and for others', on
//! the command line and in a browser.

use serde_json::Value;
use serde_json::json;

use crate::diag::Lang;
use crate::sign::Examined;
use crate::sign::Revocation;
use crate::sign::Stamp;
use crate::sign::StampKind;

/// Certificate, times, level, the three answers, the verdict, time-stamps and faults.
/// They follow `what`, the object that says which signature it is.
pub fn facts(mut what: Value, examined: &Examined, lang: Lang) -> Value {
    let faults = examined.faults().iter().map(|fault| {
        let words = fault.words();
        json!({ "code": fault.code(), "sentence": words.in_lang(lang) })
    });
    let facts = json!({
        "name": examined.certificate().and_then(|c| c.subject_cn.as_deref()),
        "certificate_sha256": examined.certificate().map(|c| c.sha256.to_string()),
        "anchor": examined.anchor().map(|digest| {
            json!({ "sha256": digest.to_string(), "list": examined.anchor_list() })
        }),
        "signed_at": examined.signing_time().map(|at| at.to_string()),
        "proven_at": examined.best_signature_time().map(|at| at.to_string()),
        "level": examined.level().as_str(),
        "core_sha256": examined.core().to_string(),
        "intact": examined.intact().as_str(),
        "valid": examined.valid().as_str(),
        "trusted": examined.trusted().as_str(),
        "revocation": revocation(examined.revocation()),
        "indication": examined.verdict().indication(),
        "sub_indication": examined.verdict().sub_indication().map(|sub| sub.as_str()),
        "sentence": examined.words().in_lang(lang),
        "time_stamps": examined.stamps().iter().map(stamp).collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
    });
    if let (Value::Object(what), Value::Object(facts)) = (&mut what, facts) {
        what.extend(facts);
    }
    what
}

fn stamp(stamp: &Stamp) -> Value {
    json!({
        "kind": match stamp.kind {
            StampKind::Content => "content",
            StampKind::Signature => "signature",
            StampKind::Archive => "archive",
        },
        "at": stamp.gen_time.to_string(),
        "by": stamp.stamper,
        "anchor": stamp.anchor.as_ref().map(|(digest, list)| {
            json!({ "sha256": digest.to_string(), "list": list })
        }),
        "holds": stamp.holds,
        "revocation": revocation(stamp.revocation),
    })
}

fn revocation(known: Revocation) -> &'static str {
    match known {
        Revocation::Good => "good",
        Revocation::Revoked => "revoked",
        Revocation::Unknown => "unknown",
    }
}
