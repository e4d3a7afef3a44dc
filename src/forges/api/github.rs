//! GitHub: `/repos/{owner}/{repo}/rulesets`, `…/labels`. Rules for private repositories need a paid plan;
//! without one the forge refuses, and it is said what remains to be done.

use serde_json::json;

use crate::diag::Words;
use crate::forges::api::Api;
use crate::forges::api::Done;
use crate::forges::api::RULE;
use crate::forges::api::Step;
use crate::forges::api::Wanted;
use crate::forges::api::has;
use crate::forges::api::same;
use crate::net::NetError;

const PAGE: (&str, usize) = ("per_page", 100);

pub(super) fn set_up(api: &Api, wanted: &Wanted<'_>) -> Result<Vec<Step>, NetError> {
    let root = api.root();
    let mut steps = vec![ruleset(api, &root, wanted.branch)?];
    steps.extend(api.labels(&format!("{root}/labels"), PAGE, "")?);
    Ok(steps)
}

fn ruleset(api: &Api, root: &str, branch: &str) -> Result<Step, NetError> {
    let what = Words::new(
        format!("bộ quy tắc của nhánh {branch}"),
        format!("the ruleset of branch {branch}"),
    );
    let path = format!("{root}/rulesets");
    let rules = json!({
        "name": RULE,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [format!("refs/heads/{branch}")], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "pull_request", "parameters": {
                "dismiss_stale_reviews_on_push": true,
                "require_code_owner_review": true,
                "require_last_push_approval": false,
                "required_approving_review_count": 1,
                "required_review_thread_resolution": false,
            }},
            {"type": "required_status_checks", "parameters": {
                "strict_required_status_checks_policy": false,
                "required_status_checks": [{"context": "check"}],
            }},
        ],
    });
    let refused = |status, said| Step {
        what: what.clone(),
        outcome: Done::Refused(status, said),
        call: None,
    };
    let listed = match api.get(&format!("{path}?per_page=100"))? {
        Ok(listed) => listed,
        Err((status, said)) => return Ok(refused(status, said)),
    };
    let listed = listed.as_array().cloned().unwrap_or_default();
    let own = listed.iter().find(|one| one["name"] == RULE);
    match own.and_then(|own| own["id"].as_u64()) {
        None => api.send_rule(what, branch, ("POST", &path), rules),
        Some(id) => {
            let own = format!("{path}/{id}");
            match api.get(&own)? {
                Ok(there) if has(&there, &rules) => Ok(same(what)),
                Ok(_) => api.send_rule(what, branch, ("PUT", &own), rules),
                Err((status, said)) => Ok(refused(status, said)),
            }
        }
    }
}
