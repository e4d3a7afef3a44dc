//! What a school's repository needs on a forge, as files and as calls of the forge's API; the caller
//! writes the files.
//!
//! * [`files`]: workflows, code owners, templates, attributes
//! * [`left`]: what remains to be done by hand
//! * [`owners`]: who reviews what, from the roster of a day, in each forge's syntax
//! * [`stamp`]: the first line by which a file of ours is known, and what may be done to a file that is there
//! * [`api`]: branch rules, labels, the editor's application, the comment on a proposal

pub mod api;
pub mod files;
pub mod left;
pub mod owners;
pub mod stamp;

use std::str::FromStr;

/// A forge that is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// forgejo.org
    Forgejo,
    /// gitea.com
    Gitea,
    /// github.com
    Github,
    /// gitlab.com
    Gitlab,
}

impl Forge {
    /// All of them.
    pub const ALL: [Forge; 4] = [Forge::Forgejo, Forge::Gitea, Forge::Github, Forge::Gitlab];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Forge::Forgejo => "forgejo",
            Forge::Gitea => "gitea",
            Forge::Github => "github",
            Forge::Gitlab => "gitlab",
        }
    }

    /// Its name, as it spells it.
    pub fn name(self) -> &'static str {
        match self {
            Forge::Forgejo => "Forgejo",
            Forge::Gitea => "Gitea",
            Forge::Github => "GitHub",
            Forge::Gitlab => "GitLab",
        }
    }
}

impl FromStr for Forge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Forge::ALL.into_iter();
        all.find(|forge| forge.as_str() == text)
            .ok_or_else(|| "forgejo | gitea | github | gitlab".to_owned())
    }
}
