//! The generator of big schools (`benches/school.py`), at its smallest: what the benchmarks measure must be sound.

use crate::lab::Lab;
use crate::lab::project;

#[test]
fn a_generated_school_is_sound_and_the_same_each_time() {
    let lab = Lab::empty();
    let generator = project().join("benches/school.py");
    let made = |folder: &str| {
        let script = format!(
            "python3 -B -X utf8 '{}' {folder} --records 100 --classes 5",
            generator.display()
        );
        let said = lab.shell(&script, &[]);
        assert_eq!(said.code, 0, "{}", said.all());
        lab.git(&["-C", folder, "rev-parse", "HEAD"])
    };
    assert_eq!(made("first"), made("second"));
    let said = lab.hoso(&["--lang", "en", "-C", "first", "check"]).ended(0);
    assert!(
        said.all().contains("0 errors, 0 warnings"),
        "{}",
        said.all()
    );
    let history = lab.git(&["-C", "first", "rev-list", "--count", "HEAD"]);
    assert_eq!(history.trim(), "23", "a commit for about five records");
    let records = lab.git(&["-C", "first", "ls-files", "content/*/*/*/*.md"]);
    assert_eq!(records.lines().count(), 100);
}
