//! Forgejo and Gitea: `/repos/{owner}/{repo}/branch_protections`, `…/labels`, `/user/applications/oauth2`.

use serde_json::Value;
use serde_json::json;

use crate::diag::Words;
use crate::forges::api::Api;
use crate::forges::api::Done;
use crate::forges::api::RULE;
use crate::forges::api::Step;
use crate::forges::api::Wanted;
use crate::forges::api::escaped;
use crate::forges::api::has;
use crate::forges::api::refused;
use crate::forges::api::same;
use crate::net::NetError;

/// What everybody who may write may push without a proposal: records and what is signed. Not `school.yaml`,
/// not the anchors: a `*` does not reach over `/`, and their folders do not begin with a year.
pub(super) const OPEN: &str =
    "content/20*/**;signatures/20*/**;signatures/archives/**;signatures/revocation/**";

/// As many as both forges give at once.
const PAGE: (&str, usize) = ("limit", 50);

pub(super) fn set_up(api: &Api, wanted: &Wanted<'_>) -> Result<Vec<Step>, NetError> {
    let root = api.root();
    let mut steps = vec![protection(api, &root, wanted.branch)?];
    steps.extend(api.labels(&format!("{root}/labels"), PAGE, "#")?);
    if let Some(editor) = wanted.editor {
        steps.push(application(api, editor)?);
    }
    Ok(steps)
}

fn protection(api: &Api, root: &str, branch: &str) -> Result<Step, NetError> {
    let what = Words::new(
        format!("quy tắc của nhánh {branch}"),
        format!("the rule of branch {branch}"),
    );
    let path = format!("{root}/branch_protections");
    let mut rule = json!({
        "enable_push": false,
        "required_approvals": 1,
        "enable_status_check": true,
        "status_check_contexts": ["check / check*"],
        "block_on_rejected_reviews": true,
        "dismiss_stale_approvals": true,
        "unprotected_file_patterns": OPEN,
    });
    let own = format!("{path}/{}", escaped(branch));
    match api.get(&own)? {
        Ok(there) => {
            // A school that asks for more than we do keeps it.
            if there["required_approvals"].as_i64() > Some(1) {
                rule["required_approvals"] = there["required_approvals"].clone();
            }
            if has(&there, &rule) {
                return Ok(same(what));
            }
            api.send_rule(what, branch, ("PATCH", &own), rule)
        }
        Err((404, _)) => {
            rule["rule_name"] = Value::from(branch);
            // Gitea from 28 on; others do not know the word and pass over it.
            rule["block_on_codeowner_reviews"] = Value::from(true);
            api.send_rule(what, branch, ("POST", &path), rule)
        }
        Err((status, said)) => Ok(refused(what, status, said)),
    }
}

/// The editor as a public client: it has no secret, and proves each exchange (PKCE, RFC 7636).
fn application(api: &Api, editor: &str) -> Result<Step, NetError> {
    const PATH: &str = "/user/applications/oauth2";
    let named = |id: &str| {
        let id = crate::diag::words::tame(id);
        Words::new(
            format!("ứng dụng OAuth2 của trình soạn hồ sơ, client_id {id}"),
            format!("the editor's OAuth2 application, client_id {id}"),
        )
    };
    let there = match api.all(PATH, PAGE)? {
        Ok(there) => there,
        Err((status, said)) => return Ok(refused(named("…"), status, said)),
    };
    let own = there.iter().find(|one| one["name"] == RULE);
    let mut addresses: Vec<Value> = own
        .and_then(|own| own["redirect_uris"].as_array().cloned())
        .unwrap_or_default();
    let known = addresses.iter().any(|one| one == editor);
    if !known {
        addresses.push(Value::from(editor));
    }
    let body = json!({
        "name": RULE,
        "confidential_client": false,
        "redirect_uris": addresses,
    });
    match own {
        Some(own) => {
            let what = named(own["client_id"].as_str().unwrap_or_default());
            if known && own["confidential_client"] == false {
                return Ok(same(what));
            }
            api.send(what, "PATCH", &format!("{PATH}/{}", own["id"]), body)
        }
        None => {
            let step = api.send(named("…"), "POST", PATH, body)?;
            // The forge chooses the id.
            let made = match step.outcome {
                Done::Sent => api.all(PATH, PAGE)?.unwrap_or_default(),
                _ => Vec::new(),
            };
            let own = made.iter().find(|one| one["name"] == RULE);
            let id = own.and_then(|own| own["client_id"].as_str());
            Ok(match id {
                Some(id) => Step {
                    what: named(id),
                    ..step
                },
                None => step,
            })
        }
    }
}
