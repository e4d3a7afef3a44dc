//! Chains that hold and chains that do not, without keys: what a seal says is `sign`'s business.

use super::*;
use crate::archive::chain::info::PREVIOUS;
use crate::archive::chain::info::SEQUENCE;

/// An archive as it is kept; `before` is the one that it names.
fn made(number: u32, date: &str, before: Option<&Entry>) -> Entry {
    let mut info = format!("Bagging-Date: {date}\n{SEQUENCE}: {number}\n");
    if let Some(before) = before {
        info += &format!("{PREVIOUS}: sha256:{}\n", before.digest);
    }
    let new = format!("{}  data/{number}.p7s\n", Sha256::of(&[number as u8]));
    let tags = format!(
        "{}  {INFO}\n{}  {NEW}\n",
        Sha256::of(info.as_bytes()),
        Sha256::of(new.as_bytes())
    );
    let folder = format!("{FOLDER}/{}", spelled(number));
    let files = [info, new, tags].map(String::into_bytes);
    Entry::of(number, &folder, files, None)
}

/// What is said of a chain, in English.
fn said(entries: &[Entry]) -> String {
    let mut chain = Chain::default();
    for entry in entries {
        chain.push(entry.clone());
    }
    let all = links::faults(chain.links());
    all.iter()
        .map(|finding| format!("{} {}\n", finding.code.as_str(), finding.message.en))
        .collect()
}

fn three() -> [Entry; 3] {
    let first = made(1, "2024-09-30", None);
    let second = made(2, "2024-10-31", Some(&first));
    let third = made(3, "2024-10-31", Some(&second));
    [first, second, third]
}

#[test]
fn a_chain_that_holds() {
    assert_eq!(said(&three()), "");
    assert_eq!(said(&[]), "");
}

#[test]
fn an_archive_taken_out_shows() {
    let [first, second, third] = three();
    let gap = said(&[first.clone(), third.clone()]);
    assert!(
        gap.starts_with("archive-previous-missing archive 2"),
        "{gap}"
    );
    let start = said(&[second, third]);
    assert!(
        start.starts_with("archive-previous-missing archive 1"),
        "{start}"
    );
}

#[test]
fn an_archive_replaced_shows() {
    let [first, second, third] = three();
    let other = made(2, "2024-10-30", Some(&first));
    let replaced = said(&[first.clone(), other, third.clone()]);
    assert!(replaced.contains("archive-chain-broken archive 3 names another archive 2"));
    // Its parts must belong together, too.
    let mut mixed = second.clone();
    mixed.new = made(7, "2024-10-31", None).new;
    let mixed = said(&[first.clone(), mixed, third]);
    assert!(
        mixed.contains("signatures-sha256.txt is not the file"),
        "{mixed}"
    );
    let renamed = Entry {
        number: 2,
        ..first.clone()
    };
    assert!(said(&[first, renamed]).contains("says archive 1, its place is number 2"));
}

#[test]
fn an_archive_that_names_nothing_or_too_much_shows() {
    let [first, second, _] = three();
    let nameless = made(2, "2024-10-31", None);
    assert!(said(&[first, nameless]).contains("does not name archive 1"));
    let alone = made(1, "2024-10-31", Some(&second));
    assert!(said(&[alone]).contains("names one before it that the chain does not have"));
}

#[test]
fn time_does_not_go_backwards() {
    let first = made(1, "2024-10-01", None);
    let second = made(2, "2024-09-30", Some(&first));
    assert!(said(&[first, second]).contains("earlier date"));
}

#[test]
fn files_that_are_no_entry_are_told() {
    let name = |name: &str| format!("{FOLDER}/{name}");
    let names = [
        "0001/bag-info.txt",
        "1/bag-info.txt",
        "0000/bag-info.txt",
        "0002/x",
        "x",
    ]
    .map(name);
    let files = names
        .each_ref()
        .map(|name| (name.as_str(), b"x".as_slice()));
    let mut findings = Vec::new();
    let chain = Chain::read(&Snapshot::of_files(files), &mut findings);
    assert!(chain.links().is_empty() && chain.next() == 1);
    let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    let (misplaced, missing) = (Code::SignatureMisplaced, Code::ArchivePreviousMissing);
    assert_eq!(codes.iter().filter(|code| **code == misplaced).count(), 4);
    assert_eq!(codes.iter().filter(|code| **code == missing).count(), 3);
}
