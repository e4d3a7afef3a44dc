//! A proposal, judged by the rules of the branch that it is for: whoever proposes a change must not
//! choose what it is checked by.
//!
//! 1. the rules (layouts, `school.yaml`, anchors) come from the branch, everything else from the proposal;
//! 2. the signatures of every record that it touches are examined under the branch's roster and anchors;
//! 3. what was signed may be added to and never taken away or exchanged;
//! 4. rules that it changes are told to whoever reviews it, and it is then checked by them as well.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Refused;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::pipeline;
use crate::pipeline::Progress;
use crate::pipeline::Signed;
use crate::pipeline::Stop;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::school::School;
use crate::records::school::pictures;
use crate::repo::Difference;
use crate::repo::How;
use crate::repo::Snapshot;
use crate::seal;
use crate::sign;
use crate::sign::TrustStore;

/// Largest signature file that is compared with the one it was.
const MAX_SIGNATURE: u64 = 4 * 1024 * 1024;

/// Files and folders, outside of what archives are made from, that rule what a forge does with the repository.
const FORGE_RULES: [&str; 8] = [
    ".forgejo",
    ".gitea",
    ".github",
    ".gitlab",
    ".gitattributes",
    ".gitlab-ci.yml",
    "CODEOWNERS",
    "docs/CODEOWNERS",
];

/// What is proposed, and what it is judged by.
pub struct Proposal<'a> {
    /// The files of the branch, whose rules hold.
    pub base: Snapshot,
    /// The files of the commit where the proposal began.
    pub fork: &'a Snapshot,
    /// The files as they are proposed.
    pub head: Snapshot,
    /// The proposal's changed files outside of [`crate::repo::FOLDERS`].
    pub elsewhere: &'a [String],
    /// The instant as of which signatures are examined.
    pub at: Timestamp,
}

/// Whether a file of a school's repository is a rule that records are judged by.
pub fn is_rule(path: &str) -> bool {
    let below = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ["layouts", "signatures/anchors", "signatures/tsa"]
        .into_iter()
        .any(below)
        || below(pictures::FOLDER)
        || path == crate::records::school::SCHOOL_FILE
}

/// Checks a proposal; how many records there are.
///
/// # Errors
/// [`Stop`], when a file cannot be read.
pub fn check(
    report: &mut Report,
    proposal: Proposal<'_>,
    progress: &dyn Progress,
) -> Result<usize, Stop> {
    let Proposal {
        base,
        fork,
        head,
        elsewhere,
        at,
    } = proposal;
    let changes = head.changed_since(fork)?;
    report.add(taken_away(&changes, fork, &head)?);
    let school = School::read(&base).ok();
    let rules = rules(&changes, elsewhere);
    let reviewers = school.as_ref().map(|school| reviewers(school, at));
    let told = rules
        .iter()
        .map(|(place, files)| touched(place, *files, reviewers.as_deref().unwrap_or_default()));
    report.add(told);
    // Rules that cannot be read rule nothing: a proposal that mends them is judged by its own.
    if school.is_none() {
        let records = pipeline::check(report, &head).map_err(Stop::Refused);
        return Ok(records.map_or(0, |records| records.all.len()));
    }
    if rules.keys().any(|place| is_rule(place)) {
        let _: Result<Records, Refused> = pipeline::check(report, &head);
    }
    let judged = head.with_files_of(base, is_rule);
    let Ok(records) = pipeline::check(report, &judged) else {
        return Ok(0);
    };
    report.add(records.school.check_pictures(&judged));
    let ids: BTreeSet<String> = changes.iter().filter_map(record_of).collect();
    let count = records.all.len();
    let all = records.all.into_iter();
    let touched: Vec<Record> = all.filter(|r| ids.contains(r.id.as_str())).collect();
    let input = Signed {
        snapshot: &judged,
        school: &records.school,
        own: None,
        trust: TrustStore::default(),
        at,
    };
    let mut said = Report::default();
    pipeline::examine(&mut said, input, touched, progress);
    // Whether the record that replaces another is there cannot be told from those touched alone.
    let said = said.sorted().into_iter().cloned();
    report.add(said.filter(|finding| finding.code != Code::ActOther));
    Ok(count)
}

/// The record that a changed file is, or belongs to.
fn record_of(change: &Difference) -> Option<String> {
    let names: Vec<&str> = change.path.segments().collect();
    match names[..] {
        ["content", year, unit, kind, file] => {
            let name = file.strip_suffix(".md")?;
            Some(format!("{year}/{unit}/{kind}/{name}"))
        }
        ["signatures", year, unit, kind, name, _, _] => {
            Some(format!("{year}/{unit}/{kind}/{name}"))
        }
        _ => None,
    }
}

/// Signed files that the proposal takes away or exchanges.
fn taken_away(
    changes: &[Difference],
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Vec<Finding>, Stop> {
    let mut findings = Vec::new();
    for change in changes
        .iter()
        .filter(|change| seal::is_signed(&change.path))
    {
        match change.how {
            How::Added => {}
            How::Deleted => findings.push(gone(&change.path)),
            How::Modified => {
                let old = before.read(&change.path, MAX_SIGNATURE);
                let new = after.read(&change.path, MAX_SIGNATURE);
                // `hoso renew` adds proofs to a signature and changes nothing of what was there.
                let only_adds = change.path.file_name().ends_with(".p7s")
                    && matches!((&old, &new), (Ok(old), Ok(new)) if sign::only_adds(old, new));
                if !only_adds {
                    findings.push(exchanged(&change.path));
                }
            }
        }
    }
    Ok(findings)
}

fn gone(path: &RepoPath) -> Finding {
    let quoted = seal::quoted(path);
    Finding::new(
        Code::SignatureRemoved,
        Place::file(path),
        Words::new(
            "đề nghị này lấy đi một tệp đã ký",
            "this proposal takes a signed file away",
        ),
    )
    .help(Words::new(
        format!("lấy lại từ nhánh chính: git checkout origin/main -- {quoted}"),
        format!("get it back from the main branch: git checkout origin/main -- {quoted}"),
    ))
}

fn exchanged(path: &RepoPath) -> Finding {
    let quoted = seal::quoted(path);
    Finding::new(
        Code::SignatureReplaced,
        Place::file(path),
        Words::new(
            "đề nghị này thay một tệp đã ký bằng tệp khác",
            "this proposal exchanges a signed file for another",
        ),
    )
    .help(Words::new(
        format!("lấy lại từ nhánh chính: git checkout origin/main -- {quoted}"),
        format!("get it back from the main branch: git checkout origin/main -- {quoted}"),
    ))
}

/// The rules that are touched, as the place to show and how many files of it; a kind's folder is one place.
fn rules(changes: &[Difference], elsewhere: &[String]) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let evidence = |change: &Difference| {
        change.path.starts_with("signatures/revocation") && change.how != How::Added
    };
    for change in changes {
        let path = change.path.as_str();
        if is_rule(path) || evidence(change) {
            let place = match path.split('/').collect::<Vec<_>>()[..] {
                ["layouts", kind, _, ..] => format!("layouts/{kind}"),
                _ => path.to_owned(),
            };
            *found.entry(place).or_default() += 1;
        }
    }
    let forge = |path: &&String| {
        FORGE_RULES.iter().any(|rule| {
            path.strip_prefix(rule)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    for path in elsewhere.iter().filter(forge) {
        *found.entry(path.clone()).or_default() += 1;
    }
    found
}

/// Those who answer for the school's rules today.
fn reviewers(school: &School, at: Timestamp) -> String {
    let today = dates::day(at);
    let Some(whole) = school.whole(today) else {
        return String::new();
    };
    let heads = ["hieu-truong", "pho-hieu-truong"]
        .into_iter()
        .flat_map(|role| school.holders(role, &whole.id, today))
        .map(|(person, _)| tame(&person.ten))
        .collect::<Vec<_>>();
    heads.join(", ")
}

fn touched(place: &str, files: usize, reviewers: &str) -> Finding {
    let who = match reviewers {
        "" => String::new(),
        names => format!(" ({names})"),
    };
    Finding::new(
        Code::PolicyChanged,
        Place::raw(place),
        Words::new(
            format!(
                "đề nghị đổi quy tắc của trường ({files} tệp): cần hiệu trưởng hoặc phó hiệu trưởng duyệt{who}"
            ),
            format!(
                "the proposal changes the school's rules ({files} files): it needs review by the principal or a vice-principal{who}"
            ),
        ),
    )
    .help(Words::new(
        "hồ sơ trong đề nghị được xét theo quy tắc đang có, rồi theo cả quy tắc mới; hồ sơ cần quy tắc mới thì gửi sau khi quy tắc đã được duyệt",
        "its records are judged by the rules in force and then by the new ones as well; records that need the new rules come in a later proposal",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_from_records() {
        for rule in [
            "layouts/giao-an/kind.yaml",
            "content/school.yaml",
            "content/chu-ky/a.png",
            "signatures/anchors/goc.pem",
            "signatures/tsa/goc.pem",
        ] {
            assert!(is_rule(rule), "{rule}");
        }
        for record in [
            "content/2024-2025/mg-5a/giao-an/2024-09-09.md",
            "content/school.yaml.md",
            "signatures/2024-2025/mg-5a/giao-an/2024-09-09/0123456789abcdef/form.pdf",
            "signatures/revocation/0123456789abcdef.crl",
            "signatures/archives/0001/tagmanifest-sha256.txt",
            "layouts-cu/a",
        ] {
            assert!(!is_rule(record), "{record}");
        }
    }

    #[test]
    fn what_rules_a_forge_is_a_rule_too() {
        let elsewhere = [
            ".github/workflows/check.yml".to_owned(),
            "README.md".to_owned(),
            ".gitlab-ci.yml".to_owned(),
            ".githubx".to_owned(),
        ];
        let found = rules(&[], &elsewhere);
        let places: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(places, [".github/workflows/check.yml", ".gitlab-ci.yml"]);
    }
}
