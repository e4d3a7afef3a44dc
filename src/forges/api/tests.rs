//! The interfaces of the forges, against a mock that answers as their published documents say: what is
//! refused there is refused here, so that a field that does not exist shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::net::testing::Answer;
use crate::net::testing::Request;
use crate::net::testing::Server;

/// What lies in a forge.
#[derive(Default)]
struct Store {
    /// Objects by path; lists are made of what lies below.
    objects: BTreeMap<String, Value>,
    writes: Vec<String>,
    next: u64,
    /// Whether the workflows were never pushed.
    bare: bool,
}

/// Fields that a request may have, from go-gitea/gitea `modules/structs`, GitHub's and GitLab's references.
const KNOWN: [(&str, &[&str]); 8] = [
    (
        "/projects/truong%2Fho-so",
        &["only_allow_merge_if_pipeline_succeeds"],
    ),
    (
        "/branch_protections",
        &[
            "rule_name",
            "enable_push",
            "required_approvals",
            "enable_status_check",
            "status_check_contexts",
            "block_on_rejected_reviews",
            "dismiss_stale_approvals",
            "unprotected_file_patterns",
            "block_on_codeowner_reviews",
        ],
    ),
    ("/labels", &["name", "color", "description"]),
    ("/oauth2", &["name", "confidential_client", "redirect_uris"]),
    (
        "/rulesets",
        &["name", "target", "enforcement", "conditions", "rules"],
    ),
    (
        "/protected_branches",
        &[
            "name",
            "push_access_level",
            "merge_access_level",
            "allow_force_push",
        ],
    ),
    ("/comments", &["body"]),
    ("/notes", &["body"]),
];

fn mock(store: &Arc<Mutex<Store>>) -> Server {
    let store = Arc::clone(store);
    Server::start(move |request| {
        let mut store = store.lock().expect("a store");
        answer(&mut store, request)
    })
}

fn json_answer(value: &Value) -> Answer {
    Answer::ok("application/json", value.to_string().as_bytes())
}

fn answer(store: &mut Store, request: &Request) -> Answer {
    let path = request
        .path
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    if request.method == "GET" {
        if let Some(there) = store.objects.get(&path) {
            return json_answer(there);
        }
        if path.ends_with("/contents/.gitea/workflows/check.yml")
            || path.ends_with("/contents/.forgejo/workflows/check.yml")
            || path.ends_with("/contents/.github/workflows/check.yml")
        {
            assert!(request.path.ends_with("?ref=main"), "{}", request.path);
            return match store.bare {
                true => Answer::status(404),
                false => json_answer(&json!({"type": "file"})),
            };
        }
        let below = format!("{path}/");
        let list = store.objects.iter();
        let list: Vec<Value> = list
            .filter(|(at, _)| {
                at.strip_prefix(&below)
                    .is_some_and(|rest| !rest.contains('/'))
            })
            .map(|(_, value)| value.clone())
            .collect();
        let is_list = [
            "branch_protections",
            "labels",
            "oauth2",
            "rulesets",
            "protected_branches",
            "comments",
            "notes",
        ];
        return match is_list.iter().any(|name| path.ends_with(name)) {
            true if request.path.contains("&page=2") => json_answer(&json!([])),
            true => json_answer(&Value::Array(list)),
            false => Answer::status(404),
        };
    }
    store.writes.push(format!("{} {path}", request.method));
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let fields = KNOWN
        .iter()
        .rfind(|(at, _)| path.contains(at))
        .unwrap_or_else(|| panic!("{path} is not known"))
        .1;
    for key in body.as_object().expect("an object").keys() {
        assert!(
            fields.contains(&key.as_str()),
            "{path}: `{key}` is not known"
        );
    }
    let at = match request.method.as_str() {
        "POST" => {
            store.next += 1;
            let key = body["rule_name"]
                .as_str()
                .or(match path.ends_with("protected_branches") {
                    true => body["name"].as_str(),
                    false => None,
                });
            match key {
                Some(name) => format!("{path}/{name}"),
                None => format!("{path}/{}", store.next),
            }
        }
        // Of comments one is changed where no list is.
        _ => path.replace("/issues/comments/", "/issues/7/comments/"),
    };
    let next = store.next;
    let entry = store.objects.entry(at.clone()).or_insert_with(|| {
        json!({"id": next, "client_id": format!("khach-{next}"), "user": {"login": "may"}, "author": {"username": "may"}})
    });
    for (key, value) in body.as_object().expect("an object") {
        entry[key] = value.clone();
    }
    json_answer(entry)
}

fn api(server: &Server, forge: Forge, dry: bool) -> Api {
    let token = SecretString::from("ma-bi-mat");
    let url = server.url("").to_string();
    let access = Access::default();
    Api::new(forge, &url, "truong/ho-so", &token, &access, dry).expect("an interface")
}

const WANTED: Wanted<'_> = Wanted {
    branch: "main",
    editor: Some("https://git.truong.example/soan/"),
};

#[test]
fn a_second_run_sends_nothing() {
    for forge in Forge::ALL {
        let store = Arc::new(Mutex::new(Store::default()));
        let server = mock(&store);
        if forge == Forge::Gitlab {
            let project = "/api/v4/projects/truong%2Fho-so".to_owned();
            store.lock().unwrap().objects.insert(
                project,
                json!({"only_allow_merge_if_pipeline_succeeds": false}),
            );
        }
        let dry = api(&server, forge, true).set_up(&WANTED).expect("a forge");
        assert!(store.lock().unwrap().writes.is_empty(), "{forge:?}");
        assert!(
            dry.iter().all(|step| step.outcome == Done::Would),
            "{dry:?}"
        );
        let first = api(&server, forge, false).set_up(&WANTED).expect("a forge");
        assert!(
            first.iter().all(|step| step.outcome == Done::Sent),
            "{first:?}"
        );
        let sent = std::mem::take(&mut store.lock().unwrap().writes);
        assert_eq!(sent.len(), first.len());
        let second = api(&server, forge, false).set_up(&WANTED).expect("a forge");
        assert!(
            second.iter().all(|step| step.outcome == Done::Same),
            "{second:?}"
        );
        assert!(store.lock().unwrap().writes.is_empty(), "{forge:?}");
    }
}

#[test]
fn a_weaker_rule_is_mended_and_a_stricter_one_stays() {
    let store = Arc::new(Mutex::new(Store::default()));
    let server = mock(&store);
    let own = "/api/v1/repos/truong/ho-so/branch_protections/main";
    store.lock().unwrap().objects.insert(
        own.to_owned(),
        json!({"rule_name": "main", "enable_push": true, "required_approvals": 2}),
    );
    api(&server, Forge::Gitea, false)
        .set_up(&WANTED)
        .expect("a forge");
    let store = store.lock().unwrap();
    let rule = &store.objects[own];
    assert_eq!(rule["required_approvals"], 2);
    assert_eq!(rule["enable_push"], false);
    assert_eq!(rule["unprotected_file_patterns"], gitea::OPEN);
}

/// A rule that asks for the check of a workflow that is not on the forge lets nobody bring the workflow there: Gitea
/// refuses the push, and no proposal would ever pass.
#[test]
fn a_rule_waits_for_the_workflow_that_it_asks_for() {
    for forge in [Forge::Forgejo, Forge::Gitea, Forge::Github] {
        let store = Arc::new(Mutex::new(Store {
            bare: true,
            ..Store::default()
        }));
        let server = mock(&store);
        let steps = api(&server, forge, false).set_up(&WANTED).expect("a forge");
        assert_eq!(steps[0].outcome, Done::Later, "{forge:?}");
        assert!(steps[1..].iter().all(|step| step.outcome == Done::Sent));
        let mut store = store.lock().unwrap();
        let writes = std::mem::take(&mut store.writes);
        assert!(
            !writes
                .iter()
                .any(|one| one.contains("branch_protections") || one.contains("rulesets")),
            "{writes:?}"
        );
        store.bare = false;
        drop(store);
        let steps = api(&server, forge, false).set_up(&WANTED).expect("a forge");
        assert_eq!(steps[0].outcome, Done::Sent, "{forge:?}");
    }
}

/// A token without the right to labels: the rule that was set is told all the same.
#[test]
fn a_list_that_is_refused_is_told_beside_what_was_set() {
    let store = Arc::new(Mutex::new(Store::default()));
    let server = {
        let store = Arc::clone(&store);
        Server::start(move |request| match request.path.as_str() {
            path if path.contains("/labels") || path.contains("/oauth2") => Answer::status(403),
            _ => answer(&mut store.lock().expect("a store"), request),
        })
    };
    let steps = api(&server, Forge::Gitea, false)
        .set_up(&WANTED)
        .expect("a forge");
    let outcomes: Vec<bool> = steps
        .iter()
        .map(|step| matches!(step.outcome, Done::Refused(403, _)))
        .collect();
    assert_eq!(outcomes, [false, true, true]);
    assert_eq!(steps[0].outcome, Done::Sent);
}

#[test]
fn what_a_forge_refuses_is_told_and_the_rest_goes_on() {
    let server = Server::start(|request| match request.path.as_str() {
        path if path.contains("/rulesets") => Answer::status(403),
        path if path.contains("/labels") => json_answer(&json!([])),
        _ => Answer::status(404),
    });
    let steps = api(&server, Forge::Github, true)
        .set_up(&WANTED)
        .expect("a forge");
    assert!(matches!(steps[0].outcome, Done::Refused(403, _)));
    assert_eq!(steps.len(), 1 + LABELS.len());
}

#[test]
fn one_comment_is_kept_up_to_date_and_nobody_elses_is_touched() {
    for (forge, root, list) in [
        (
            Forge::Gitea,
            "/api/v1/repos/truong/ho-so",
            "issues/7/comments",
        ),
        (Forge::Github, "/repos/truong/ho-so", "issues/7/comments"),
        (
            Forge::Gitlab,
            "/api/v4/projects/truong%2Fho-so",
            "merge_requests/7/notes",
        ),
    ] {
        let store = Arc::new(Mutex::new(Store::default()));
        let server = mock(&store);
        let prefix = if forge == Forge::Github {
            ""
        } else {
            root.split("/repos")
                .next()
                .unwrap()
                .split("/projects")
                .next()
                .unwrap()
        };
        let foreign = format!("{root}/{list}/0");
        {
            let mut store = store.lock().unwrap();
            let me = json!({"login": "may", "username": "may"});
            store.objects.insert(format!("{prefix}/user"), me);
            let other = json!({"login": "ke-gian", "username": "ke-gian"});
            store.objects.insert(foreign.clone(), json!({"id": 0, "body": "<!-- hoso:check -->\nkhông lỗi", "user": other, "author": other}));
        }
        let api = api(&server, forge, false);
        let say = |text: &str| {
            api.comment(7, &format!("<!-- hoso:check -->\n{text}"))
                .expect("a forge")
                .outcome
        };
        assert_eq!(
            [say("1 lỗi"), say("1 lỗi"), say("2 lỗi")],
            [Done::Sent, Done::Same, Done::Sent],
            "{forge:?}"
        );
        let store = store.lock().unwrap();
        assert_eq!(
            store.objects[&foreign]["body"],
            "<!-- hoso:check -->\nkhông lỗi"
        );
        let bodies: Vec<&str> = store
            .objects
            .values()
            .filter_map(|one| one["body"].as_str())
            .collect();
        assert_eq!(bodies.len(), 2, "{bodies:?}");
        assert!(bodies.iter().any(|body| body.ends_with("2 lỗi")));
    }
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let server = Server::start(|_| Answer::status(404));
    let url = server.url("").to_string();
    let token = SecretString::from("x");
    for bad in [
        "",
        "ho-so",
        "a/../b",
        "a/b?x",
        "a/b#c",
        "a//b",
        "/a/b",
        "a/b/",
        ".a/b",
        "a/b\r\nX: y",
    ] {
        let made = Api::new(Forge::Gitea, &url, bad, &token, &Access::default(), false);
        assert!(made.is_err(), "{bad:?}");
    }
}
