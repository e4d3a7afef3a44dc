//! What can be set on a forge by its API: branch rules, labels, the editor's application, the comment on a
//! proposal. Every function asks what is there and sends only what is missing, so that it can be run again.
//!
//! | forge | interface |
//! |---|---|
//! | Forgejo, Gitea | `/api/v1` |
//! | GitHub | REST, version 2022-11-28 |
//! | GitLab | `/api/v4` |

pub mod comment;
mod gitea;
mod github;
mod gitlab;

use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::forges::Forge;
use crate::net::NetError;
use crate::net::https::Access;
use crate::net::https::Service;

/// Labels: name, colour, description.
const LABELS: [(&str, &str, &str); 4] = [
    ("góp ý", "1d76db", "Góp ý về hồ sơ, mẫu biểu, cách làm"),
    (
        "xin sửa hồ sơ đã ký",
        "d93f0b",
        "Hồ sơ đã ký có sai sót, xin sửa và ký lại",
    ),
    (
        "quy tắc",
        "5319e7",
        "Đổi mẫu biểu, danh bạ, chứng thư gốc: hiệu trưởng duyệt",
    ),
    ("trả lại", "fbca04", "Hồ sơ được trả lại để sửa"),
];

/// What a rule is called where rules have names of their own.
const RULE: &str = "hoso";

/// Most pages of a list: nobody has more labels or comments, and a server must not keep us for ever.
const MAX_PAGES: usize = 100;

/// What was asked for, or the forge's status and what it says.
type Answered<T> = Result<T, (u16, String)>;

/// A repository on a forge.
pub struct Api {
    forge: Forge,
    service: Service,
    /// `owner/name`; on GitLab any path.
    repository: String,
    /// Whether only to say what would be sent.
    dry: bool,
}

/// What was found and done about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub what: Words,
    /// What was done.
    pub outcome: Done,
    /// The request, `POST /repos/…`, and its body; none where nothing was sent.
    pub call: Option<(String, Value)>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was as it should be.
    Same,
    /// It was made or changed.
    Sent,
    /// It would be made or changed.
    Would,
    /// The forge does not let us; its status, and what it says.
    Refused(u16, String),
    /// Not before the workflow is on the forge: a rule that asks for its check would let nobody bring it there.
    Later,
}

/// What is asked of the forge.
pub struct Wanted<'a> {
    /// The branch that archives are made of.
    pub branch: &'a str,
    /// Where the editor is served, for its application.
    pub editor: Option<&'a str>,
}

impl Api {
    /// The repository `owner/name` of the forge at `url`.
    ///
    /// # Errors
    /// [`NetError`], for an address or a name that is none.
    pub fn new(
        forge: Forge,
        url: &str,
        repository: &str,
        token: &SecretString,
        access: &Access,
        dry: bool,
    ) -> Result<Self, NetError> {
        let url = url.trim_end_matches('/');
        let parts: Vec<&str> = repository.split('/').collect();
        let sound = |part: &&str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        if !parts.iter().all(sound) || parts.len() < 2 {
            return Err(NetError::UrlUnsound {
                url: tame(repository),
                reason: "not owner/name",
            });
        }
        let base = match forge {
            Forge::Forgejo | Forge::Gitea => format!("{url}/api/v1"),
            Forge::Gitlab => format!("{url}/api/v4"),
            Forge::Github if url == "https://github.com" => "https://api.github.com".to_owned(),
            Forge::Github => url.to_owned(),
        };
        let token = token.expose_secret().trim();
        let headers = match forge {
            Forge::Forgejo | Forge::Gitea => vec![("Authorization", format!("token {token}"))],
            Forge::Github => vec![
                ("Authorization", format!("Bearer {token}")),
                ("X-GitHub-Api-Version", "2022-11-28".to_owned()),
            ],
            Forge::Gitlab => vec![("PRIVATE-TOKEN", token.to_owned())],
        };
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)));
        Ok(Self {
            forge,
            service: Service::new(&base, access, headers.collect())?,
            repository: repository.to_owned(),
            dry,
        })
    }

    /// Sets everything, in the order of importance.
    ///
    /// # Errors
    /// [`NetError`], when the forge cannot be reached or speaks otherwise.
    pub fn set_up(&self, wanted: &Wanted<'_>) -> Result<Vec<Step>, NetError> {
        match self.forge {
            Forge::Forgejo | Forge::Gitea => gitea::set_up(self, wanted),
            Forge::Github => github::set_up(self, wanted),
            Forge::Gitlab => gitlab::set_up(self, wanted),
        }
    }

    /// The path of the repository within the interface.
    fn root(&self) -> String {
        match self.forge {
            Forge::Gitlab => format!("/projects/{}", escaped(&self.repository)),
            _ => format!("/repos/{}", self.repository),
        }
    }

    /// Gets what lies at a path; none where the forge says that there is nothing.
    fn get(&self, path: &str) -> Result<Answered<Value>, NetError> {
        let answer = self.service.request("GET", path, None)?;
        Ok(match answer.status {
            200 => Ok(self.json(path, &answer.body)?),
            status => Err((status, said(&answer.body))),
        })
    }

    /// Every item of a list that comes in pages; or why the forge does not give it.
    fn all(&self, path: &str, size: (&str, usize)) -> Result<Answered<Vec<Value>>, NetError> {
        let (name, size) = size;
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        for page in 1..=MAX_PAGES {
            let at = format!("{path}{mark}{name}={size}&page={page}");
            let found = match self.get(&at)? {
                Ok(Value::Array(found)) => found,
                Ok(_) => return Err(self.strange(&at)),
                Err(refusal) => return Ok(Err(refusal)),
            };
            let last = found.len() < size;
            items.extend(found);
            if last {
                break;
            }
        }
        Ok(Ok(items))
    }

    /// Sends a rule that asks for the workflow's check, once the workflow is in the branch.
    fn send_rule(
        &self,
        what: Words,
        branch: &str,
        (method, path): (&str, &str),
        rule: Value,
    ) -> Result<Step, NetError> {
        let workflow = format!(".{}/workflows/check.yml", self.forge.as_str());
        let at = format!(
            "{}/contents/{workflow}?ref={}",
            self.root(),
            escaped(branch)
        );
        match self.get(&at)? {
            Err((404, _)) => Ok(Step {
                what,
                outcome: Done::Later,
                call: None,
            }),
            // Whoever may not look may still be let do it.
            Ok(_) | Err(_) => self.send(what, method, path, rule),
        }
    }

    /// Sends a change, or says that it would.
    fn send(&self, what: Words, method: &str, path: &str, body: Value) -> Result<Step, NetError> {
        let call = Some((format!("{method} {path}"), body.clone()));
        if self.dry {
            return Ok(Step {
                what,
                outcome: Done::Would,
                call,
            });
        }
        let bytes = body.to_string().into_bytes();
        let answer = self.service.request(method, path, Some(&bytes))?;
        let outcome = match answer.status {
            200..=299 => Done::Sent,
            status => Done::Refused(status, said(&answer.body)),
        };
        Ok(Step {
            what,
            outcome,
            call,
        })
    }

    /// Makes the labels that are not there; those that are there stay as they are.
    fn labels(&self, path: &str, size: (&str, usize), hash: &str) -> Result<Vec<Step>, NetError> {
        let there = match self.all(path, size)? {
            Ok(there) => there,
            Err((status, said)) => {
                let what = Words::new("nhãn", "labels");
                return Ok(vec![refused(what, status, said)]);
            }
        };
        let mut steps = Vec::new();
        for (name, colour, description) in LABELS {
            let what = Words::new(format!("nhãn “{name}”"), format!("label “{name}”"));
            if there.iter().any(|label| label["name"] == name) {
                steps.push(same(what));
                continue;
            }
            let body = serde_json::json!({
                "name": name,
                "color": format!("{hash}{colour}"),
                "description": description,
            });
            steps.push(self.send(what, "POST", path, body)?);
        }
        Ok(steps)
    }

    fn json(&self, path: &str, body: &[u8]) -> Result<Value, NetError> {
        serde_json::from_slice(body).map_err(|_| self.strange(path))
    }

    /// That an answer is not what the interface says.
    fn strange(&self, path: &str) -> NetError {
        NetError::Refused {
            url: format!("{}{path}", self.service.base()),
            why: Words::new(
                format!("trả lời không đúng giao diện của {}", self.forge.name()),
                format!(
                    "the answer is not that of {}'s interface",
                    self.forge.name()
                ),
            ),
        }
    }
}

fn same(what: Words) -> Step {
    Step {
        what,
        outcome: Done::Same,
        call: None,
    }
}

fn refused(what: Words, status: u16, said: String) -> Step {
    Step {
        what,
        outcome: Done::Refused(status, said),
        call: None,
    }
}

/// Whether what is there has every value that is wanted; more than that may be there.
fn has(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| there.get(key).is_some_and(|there| has(there, value))),
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len()
                && wanted
                    .iter()
                    .all(|value| there.iter().any(|there| has(there, value)))
        }
        (there, wanted) => there == wanted,
    }
}

/// What a forge says is wrong, fit to be shown.
fn said(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = match &value["message"] {
        Value::String(text) => text.clone(),
        Value::Null => value["error"].as_str().unwrap_or_default().to_owned(),
        other => other.to_string(),
    };
    tame(&message)
}

/// A text as one segment of a path (RFC 3986).
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
