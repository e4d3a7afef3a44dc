//! The README's worked example, run word for word as it stands there, on days of every sort.

use std::fs;

use crate::lab::Lab;
use crate::lab::project;

/// The commands below a heading.
fn commands(heading: &str) -> String {
    let text = fs::read_to_string(project().join("README.md")).expect("README.md");
    let (_, after) = text.split_once(heading).expect("the heading");
    let (_, block) = after.split_once("```sh\n").expect("a block");
    block.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_worked_example_works_on_any_day() {
    let script = commands("## From an empty folder to a verified archive");
    // A Monday in term, a Sunday in the holidays, New Year's Day at midnight in Viet Nam.
    for day in ["1725840000", "1752994800", "1767200400"] {
        let lab = Lab::empty();
        fs::remove_dir_all(lab.at(".git")).expect("an empty folder");
        let said = lab.shell(&script, &[("SOURCE_DATE_EPOCH", day)]);
        // As the README says: the trial authority's lists name nobody.
        assert_eq!(said.code, 0, "{day}: {}", said.all());
        assert!(said.stdout.contains("Đã ký đủ"), "{day}: {}", said.all());
        assert!(lab.at("thu/out/data/index.html").exists());
        let kept = lab.git(&["-C", "thu", "ls-files"]);
        assert!(kept.contains("content/school.yaml"), "{kept}");
        assert!(!kept.contains("keys/"), "keys were committed:\n{kept}");
    }
}

/// Whoever reads the README stands in a clone of the project.
#[test]
fn init_makes_a_repository_of_its_own() {
    let lab = Lab::school();
    lab.commit("kho ngoài");
    lab.hoso(&["init", "thu"]).ended(0);
    assert!(
        lab.at("thu/.git").exists(),
        "the school lies in the repository around it"
    );
    lab.hoso(&["-C", "thu", "check"]).ended(0);
}

#[test]
fn every_verb_stands_in_the_readme() {
    let text = fs::read_to_string(project().join("README.md")).expect("README.md");
    let help = Lab::empty()
        .hoso(&["--lang", "en", "--help"])
        .ended(0)
        .stdout;
    let verbs = help
        .lines()
        .skip_while(|line| !line.ends_with("ommands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        // What stands further in goes on with the line above.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help");
    let missing: Vec<&str> = verbs
        .filter(|verb| !text.contains(&format!("`{verb}")))
        .collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}
