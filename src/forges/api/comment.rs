//! The comment on a proposal: one, brought up to date. Only a comment of our own is changed: somebody else's
//! could be changed back by them.

use serde_json::Value;
use serde_json::json;

use crate::diag::Words;
use crate::forges::Forge;
use crate::forges::api::Api;
use crate::forges::api::Step;
use crate::forges::api::refused;
use crate::forges::api::same;
use crate::net::NetError;

/// The users that workflows act as, where they cannot ask who they are.
const MACHINES: [&str; 3] = ["forgejo-actions", "gitea-actions", "github-actions[bot]"];

impl Api {
    /// Puts `text`, whose first line marks it, on the proposal with this number.
    ///
    /// # Errors
    /// [`NetError`].
    pub fn comment(&self, number: u64, text: &str) -> Result<Step, NetError> {
        let what = Words::new(
            format!("ghi chú ở đề nghị {number}"),
            format!("the comment on proposal {number}"),
        );
        let mark = text.lines().next().unwrap_or_default();
        let root = self.root();
        let (list, size, author) = match self.forge {
            Forge::Gitlab => (
                format!("{root}/merge_requests/{number}/notes"),
                ("per_page", 100),
                "author",
            ),
            Forge::Github => (
                format!("{root}/issues/{number}/comments"),
                ("per_page", 100),
                "user",
            ),
            // All at once: these forges give them without pages.
            _ => (
                format!("{root}/issues/{number}/comments"),
                ("limit", usize::MAX),
                "user",
            ),
        };
        let me = self.get("/user")?.ok();
        let me = me.as_ref().and_then(name);
        let own = |one: &&Value| {
            let by = &one[author];
            let mine = me.is_some() && name(by) == me;
            let machine = me.is_none()
                && (by["type"] == "Bot" || name(by).is_some_and(|by| MACHINES.contains(&by)));
            let marked = one["body"]
                .as_str()
                .is_some_and(|body| body.starts_with(mark));
            marked && (mine || machine)
        };
        let there = match size {
            (_, usize::MAX) => match self.get(&list)? {
                Ok(Value::Array(there)) => there,
                Ok(_) => return Err(self.strange(&list)),
                Err((status, said)) => return Ok(refused(what, status, said)),
            },
            size => match self.all(&list, size)? {
                Ok(there) => there,
                Err((status, said)) => return Ok(refused(what, status, said)),
            },
        };
        let body = json!({"body": text});
        match there.iter().find(own) {
            Some(one) if one["body"].as_str().map(str::trim_end) == Some(text.trim_end()) => {
                Ok(same(what))
            }
            Some(one) => {
                let id = &one["id"];
                let (method, path) = match self.forge {
                    Forge::Gitlab => ("PUT", format!("{list}/{id}")),
                    _ => ("PATCH", format!("{root}/issues/comments/{id}")),
                };
                self.send(what, method, &path, body)
            }
            None => self.send(what, "POST", &list, body),
        }
    }
}

/// The name of a user, in any forge's words.
fn name(user: &Value) -> Option<&str> {
    user["login"].as_str().or_else(|| user["username"].as_str())
}
