//! GitLab: `/projects/:id/protected_branches`, `/projects/:id`, `/projects/:id/labels`.

use serde_json::json;

use crate::diag::Words;
use crate::forges::api::Api;
use crate::forges::api::Done;
use crate::forges::api::Step;
use crate::forges::api::Wanted;
use crate::forges::api::escaped;
use crate::forges::api::has;
use crate::forges::api::same;
use crate::net::NetError;

const PAGE: (&str, usize) = ("per_page", 100);
/// Maintainers.
const MAINTAINER: u64 = 40;

pub(super) fn set_up(api: &Api, wanted: &Wanted<'_>) -> Result<Vec<Step>, NetError> {
    let root = api.root();
    let mut steps = vec![branch(api, &root, wanted.branch)?, project(api, &root)?];
    steps.extend(api.labels(&format!("{root}/labels"), PAGE, "#")?);
    Ok(steps)
}

fn branch(api: &Api, root: &str, branch: &str) -> Result<Step, NetError> {
    let what = Words::new(
        format!("nhánh được bảo vệ {branch}"),
        format!("protected branch {branch}"),
    );
    let path = format!("{root}/protected_branches");
    let own = format!("{path}/{}", escaped(branch));
    match api.get(&own)? {
        Ok(there) => {
            // Lower than maintainers may not push; who may is changed by hand, since levels cannot be taken
            // away without naming each.
            let open = there["push_access_levels"].as_array().is_some_and(|all| {
                all.iter()
                    .any(|one| matches!(one["access_level"].as_u64(), Some(level) if level > 0 && level < MAINTAINER))
            });
            if open {
                let why = "push_access_levels < 40".to_owned();
                return Ok(Step {
                    what,
                    outcome: Done::Refused(200, why),
                    call: None,
                });
            }
            if there["allow_force_push"] == false {
                return Ok(same(what));
            }
            api.send(what, "PATCH", &own, json!({"allow_force_push": false}))
        }
        Err((404, _)) => api.send(
            what,
            "POST",
            &path,
            json!({
                "name": branch,
                "push_access_level": MAINTAINER,
                "merge_access_level": MAINTAINER,
                "allow_force_push": false,
            }),
        ),
        Err((status, said)) => Ok(Step {
            what,
            outcome: Done::Refused(status, said),
            call: None,
        }),
    }
}

fn project(api: &Api, root: &str) -> Result<Step, NetError> {
    let what = Words::new(
        "chỉ hợp nhất khi kiểm tra đạt",
        "merge only what passes the check",
    );
    let wanted = json!({"only_allow_merge_if_pipeline_succeeds": true});
    match api.get(root)? {
        Ok(there) if has(&there, &wanted) => Ok(same(what)),
        Ok(_) => api.send(what, "PUT", root, wanted),
        Err((status, said)) => Ok(Step {
            what,
            outcome: Done::Refused(status, said),
            call: None,
        }),
    }
}
