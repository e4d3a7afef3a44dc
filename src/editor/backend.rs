//! Where the records are kept: a forge, or this program.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The application by which the editor is known to this program's own server.
pub const OWN_APP: &str = "hoso";

/// The name of the one repository that this program's own server has.
pub const OWN_REPO: &str = "truong/ho-so";

/// Where records are read from and saved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// `hoso serve --edit`, on the editor's own origin: a part of the Gitea API below `/api/v1`; `/phien` tells the page
    /// who has signed in, `/xem-truoc` shows the form of what is written.
    Own {
        /// The branch.
        branch: String,
    },
    /// Gitea from 1.24, Forgejo from 12.
    Gitea(Forge),
    /// GitHub.
    Github(Forge),
    /// GitLab.
    Gitlab(Forge),
}

/// A repository of a forge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forge {
    /// Its address, `https://git.truong.example`; none for the forge's public service.
    pub url: Option<String>,
    /// `owner/name`.
    pub repo: String,
    /// The branch; none for the default one.
    pub branch: Option<String>,
    /// The OAuth application; none: people sign in with a token.
    pub app: Option<String>,
}

impl Backend {
    /// Whether the page may ask for previews.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// The key `backend` of the configuration. What depends on the origin is added by the page.
    pub(super) fn config(&self) -> Value {
        let messages = json!({
            "create": "hồ sơ: tạo {{path}}",
            "update": "hồ sơ: sửa {{path}}",
            "delete": "hồ sơ: xóa {{path}}",
            "uploadMedia": "ảnh: thêm {{path}}",
            "deleteMedia": "ảnh: xóa {{path}}",
        });
        let (name, forge) = match self {
            Self::Own { branch } => {
                return json!({
                    "name": "gitea", "repo": OWN_REPO, "branch": branch, "app_id": OWN_APP,
                    // Nobody has a token to type here.
                    "auth_methods": ["oauth"], "commit_messages": messages,
                });
            }
            Self::Gitea(forge) => ("gitea", forge),
            Self::Github(forge) => ("github", forge),
            Self::Gitlab(forge) => ("gitlab", forge),
        };
        let mut config = Map::new();
        let mut put = |key: &str, value: Option<String>| {
            config.extend(value.map(|value| (key.to_owned(), Value::String(value))));
        };
        let base = forge.url.as_deref().map(|url| url.trim_end_matches('/'));
        put("name", Some(name.to_owned()));
        put("repo", Some(forge.repo.clone()));
        put("branch", forge.branch.clone());
        put("base_url", base.map(str::to_owned));
        let api = match self {
            Self::Gitlab(_) => "/api/v4",
            Self::Github(_) => "/api/v3",
            Self::Gitea(_) | Self::Own { .. } => "/api/v1",
        };
        put("api_root", base.map(|base| format!("{base}{api}")));
        put("app_id", forge.app.clone());
        if matches!(self, Self::Gitlab(_)) && forge.app.is_some() {
            put("auth_type", Some("pkce".to_owned()));
        }
        config.insert("commit_messages".to_owned(), messages);
        Value::Object(config)
    }
}
