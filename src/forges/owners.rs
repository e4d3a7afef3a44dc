//! CODEOWNERS from the roster of a day: who is asked to review what. It is a convenience; whether a record
//! is approved says its signatures alone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::forges::Forge;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// People's names on the forge, by their id in the roster.
pub type Logins = BTreeMap<String, String>;

/// Longest name on any forge.
const MAX_LOGIN: usize = 64;

/// Files that rule the rest, beside `content/school.yaml`.
const RULES: [&str; 4] = [
    "layouts/",
    "content/chu-ky/",
    "signatures/anchors/",
    "signatures/tsa/",
];

/// Some paths and who is asked about them.
struct Rule {
    title: String,
    /// Folders from the root with `/` at their end, or files; `*` is one whole school year.
    paths: Vec<String>,
    owners: Vec<String>,
}

/// Whether a text can be somebody's name on a forge: nothing else may get into a file of rules.
pub fn is_login(text: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.len() <= MAX_LOGIN
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(sound)
}

/// The names on the forge: those of the roster, over which stand those of a map.
pub fn logins(school: &School, today: Date, map: &Logins) -> Logins {
    let own = school
        .people_on(today)
        .filter_map(|person| Some((person.id.clone(), person.dang_nhap.clone()?)));
    let mut all: Logins = own.filter(|(_, login)| is_login(login)).collect();
    let known = map.iter().filter(|(id, login)| {
        let works = school
            .person(id)
            .is_some_and(|person| person.period.holds(today));
        works && is_login(login)
    });
    all.extend(known.map(|(id, login)| (id.clone(), login.clone())));
    all
}

/// Where the file stands.
pub fn path(forge: Forge) -> &'static str {
    match forge {
        // The one place where every version looks.
        Forge::Forgejo => "CODEOWNERS",
        Forge::Gitea => ".gitea/CODEOWNERS",
        Forge::Github => ".github/CODEOWNERS",
        Forge::Gitlab => ".gitlab/CODEOWNERS",
    }
}

/// The file as of `today`. The last rule that fits is the one that counts on GitHub, so the rules over
/// everything else come last; on Gitea and Forgejo every rule that fits counts, and none covers another.
pub fn text(forge: Forge, school: &School, today: Date, logins: &Logins) -> String {
    let mut out = String::from(
        "# Ai được hỏi ý kiến khi có đề nghị sửa, theo danh bạ (content/school.yaml). Hồ sơ được duyệt hay chưa chỉ tính theo chữ ký.\n\
         # Viết lại bằng `hoso setup` khi phân công thay đổi; `hoso doctor` báo khi tệp này không còn khớp danh bạ.\n",
    );
    for rule in rules(forge, school, today, logins) {
        out.push('\n');
        match forge {
            Forge::Gitlab => out += &format!("[{}][1]\n", rule.title),
            _ => out += &format!("# {}\n", rule.title),
        }
        if rule.owners.is_empty() {
            out += "# (chưa ai có tài khoản trên máy chủ git: khai `dang-nhap` trong danh bạ)\n";
            continue;
        }
        let owners: Vec<String> = rule.owners.iter().map(|o| format!("@{o}")).collect();
        for path in rule.paths {
            out += &format!("{} {}\n", pattern(forge, &path), owners.join(" "));
        }
    }
    out
}

/// A path in the forge's syntax: gitignore patterns, or a regular expression over the whole path.
fn pattern(forge: Forge, path: &str) -> String {
    match forge {
        Forge::Github | Forge::Gitlab => format!("/{path}"),
        Forge::Gitea | Forge::Forgejo => {
            let escaped = path.replace('.', r"\.").replace('*', "[0-9]+-[0-9]+");
            match escaped.strip_suffix('/') {
                Some(folder) => format!("{folder}/.*"),
                None => escaped,
            }
        }
    }
}

fn rules(forge: Forge, school: &School, today: Date, logins: &Logins) -> Vec<Rule> {
    let named = |ids: BTreeSet<String>| -> Vec<String> {
        let names: BTreeSet<String> = ids
            .iter()
            .filter_map(|id| logins.get(id).cloned())
            .collect();
        names.into_iter().collect()
    };
    let holders = |roles: [&'static str; 2], unit: &str| -> BTreeSet<String> {
        roles
            .into_iter()
            .flat_map(|role| school.holders(role, unit, today))
            .map(|(person, _)| person.id.clone())
            .collect()
    };
    let whole = school.whole(today).map(|unit| unit.id.as_str());
    let heads = holders(
        ["hieu-truong", "pho-hieu-truong"],
        whole.unwrap_or_default(),
    );
    let over = |unit: &Unit| {
        let team = school.team(unit, today);
        let mut all = team.map_or_else(BTreeSet::new, |team| {
            holders(["to-truong", "to-pho"], &team.id)
        });
        all.extend(heads.iter().cloned());
        all
    };
    let mut units: Vec<&Unit> = school.units_on(today).collect();
    units.sort_by_key(|unit| (unit.loai != UnitKind::Truong, unit.loai != UnitKind::To));
    let mut all: Vec<Rule> = units
        .into_iter()
        .map(|unit| Rule {
            title: title(&unit.ten),
            paths: vec![format!("content/*/{}/", unit.id)],
            owners: named(over(unit)),
        })
        .collect();
    let mut paths = vec!["content/school.yaml".to_owned()];
    paths.extend(RULES.map(str::to_owned));
    paths.extend(forge_rules(forge).iter().map(|path| (*path).to_owned()));
    all.push(Rule {
        title: "Quy tắc của trường".to_owned(),
        paths,
        owners: named(heads.clone()),
    });
    all
}

/// What rules the forge itself.
fn forge_rules(forge: Forge) -> &'static [&'static str] {
    match forge {
        Forge::Forgejo => &[".forgejo/", "CODEOWNERS", ".gitattributes"],
        Forge::Gitea => &[".gitea/", ".gitattributes"],
        Forge::Github => &[".github/", ".gitattributes"],
        Forge::Gitlab => &[".gitlab/", ".gitlab-ci.yml", ".gitattributes"],
    }
}

/// A unit's name, fit for the heading of a section.
fn title(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control() && !"[]#^".contains(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_each_syntax() {
        for (forge, folder, file) in [
            (Forge::Github, "/content/*/mg-5a/", "/content/school.yaml"),
            (Forge::Gitlab, "/content/*/mg-5a/", "/content/school.yaml"),
            (
                Forge::Gitea,
                "content/[0-9]+-[0-9]+/mg-5a/.*",
                r"content/school\.yaml",
            ),
            (
                Forge::Forgejo,
                "content/[0-9]+-[0-9]+/mg-5a/.*",
                r"content/school\.yaml",
            ),
        ] {
            assert_eq!(pattern(forge, "content/*/mg-5a/"), folder);
            assert_eq!(pattern(forge, "content/school.yaml"), file);
        }
        assert_eq!(pattern(Forge::Gitea, ".gitea/"), r"\.gitea/.*");
    }

    #[test]
    fn a_login_is_one_word() {
        for good in ["co.lan", "lan-2", "A_b"] {
            assert!(is_login(good), "{good}");
        }
        for bad in ["", "-a", "a b", "@a", "a\n* @b", "á", &"a".repeat(65)] {
            assert!(!is_login(bad), "{bad}");
        }
    }
}
