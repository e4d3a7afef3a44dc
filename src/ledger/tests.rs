//! The ledger over a small school: what is asked for, when, and what is there of it.

use serde_json::json;

use super::*;
use crate::ledger::run::Run;
use crate::ledger::tally::Tally;
use crate::records::Record;
use crate::records::Records;
use crate::repo::Snapshot;
use crate::seal::Seals;
use crate::seal::standing::Standing;

const SCHOOL: &str = "
truong: [{tu: 2019-08-01, ten: Trường A, ten-van-ban: TRƯỜNG A, viet-tat: A, chu-quan: UBND XÃ B, dia-danh: B}]
don-vi:
  - {id: truong, loai: truong, ten: Trường A, tu: 2019-08-01}
  - {id: lop-a, loai: lop, ten: Lớp A, thuoc: truong, tu: 2024-08-01, den: 2025-05-31}
  - {id: lop-b, loai: lop, ten: Lớp B, thuoc: truong, tu: 2024-08-01, den: 2024-10-15}
nguoi:
  - {id: co-hoa, ten: Cô Hoa, tu: 2019-08-01}
  - {id: co-lan, ten: Cô Lan, tu: 2019-08-01, den: 2024-09-30}
  - {id: co-mai, ten: Cô Mai, tu: 2019-08-01}
vai-tro:
  - {nguoi: co-hoa, vai-tro: hieu-truong, don-vi: truong, tu: 2019-08-01}
  - {nguoi: co-lan, vai-tro: giao-vien, don-vi: lop-a, tu: 2024-08-01}
  - {nguoi: co-mai, vai-tro: giao-vien, don-vi: lop-a, tu: 2024-08-01}
  - {nguoi: co-mai, vai-tro: giao-vien, don-vi: lop-b, tu: 2024-08-01}
nghi: [{tu: 2024-09-09, den: 2024-09-09, ly-do: Bão}]
";

/// A kind of the class, with what is said of its periods.
fn kind(own: &str) -> String {
    format!(
        "ten: Sổ\nten-en: Book\nso: 9\npham-vi: lop\n{own}\nten-tep: '^[a-z0-9-]+$'\nngay: ngay\ntieu-de: ten\nthan: khong
trinh-ky: [{{buoc: lap, nhan: Người lập, vai-tro: [giao-vien], tai: don-vi, ky-so: true}}]
mau: [{{phien-ban: 1, tu: 2020-01-01, tep: form.typ}}]
truong:
  type: object
  properties: {{ngay: {{type: string}}, ten: {{type: string}}, ma: {{type: string}}, ai: {{type: string}}, tre: {{type: array}}}}
"
    )
}

struct Lab {
    records: Records,
    all: Vec<Record>,
}

impl Lab {
    /// A school with one kind, `so-x`, and records of it and of the class list, by path and header.
    fn new(own: &str, more: &str, files: &[(&str, &str)]) -> Self {
        let school = format!("{SCHOOL}{more}");
        let (kind, list) = (kind(own), kind("ky: khong"));
        let mut all: Vec<(String, String)> = vec![
            ("content/school.yaml".into(), school),
            ("layouts/so-x/kind.yaml".into(), kind),
            ("layouts/danh-sach-tre/kind.yaml".into(), list),
        ];
        for (id, header) in files {
            all.push((
                format!("content/2024-2025/{id}.md"),
                format!("---\n{header}\n---\n"),
            ));
        }
        let files = all
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_bytes()));
        let mut findings = Vec::new();
        let records = crate::records::read(&Snapshot::of_files(files)).drain_into(&mut findings);
        assert!(findings.is_empty(), "{findings:#?}");
        let mut records = records.expect("a school");
        let all = std::mem::take(&mut records.all);
        Self { records, all }
    }

    fn ledger(&self, on: Date) -> Ledger {
        self.ledger_with(on, Standing::Unsigned)
    }

    fn ledger_with(&self, on: Date, standing: Standing) -> Ledger {
        let seals = Seals {
            standing,
            ..Seals::default()
        };
        let kept: Vec<Kept<'_>> = self
            .all
            .iter()
            .map(|record| Kept::of(record, &seals, Some(record.date)))
            .collect();
        let sources = Sources {
            school: &self.records.school,
            kinds: &self.records.kinds,
            kept: &kept,
            on,
        };
        Ledger::of(&sources, &["2024-2025"])
    }
}

fn day(month: i8, day: i8) -> Date {
    Date::constant(2024, month, day)
}

/// `lop-a 2024-09-05 thieu 3`: unit, period, state, days late.
fn lines(ledger: &Ledger) -> Vec<String> {
    let line = |e: &Entry| {
        let subject = e.subject.as_ref().map(|s| format!(" {}", s.id));
        let (unit, period, state) = (&e.unit.id, &e.period.name, e.state.code());
        format!(
            "{unit}{} {period} {state} {}",
            subject.unwrap_or_default(),
            e.late
        )
    };
    ledger.entries.iter().map(line).collect()
}

#[test]
fn school_days_ask_and_days_off_do_not() {
    let plan = ("lop-a/so-x/2024-09-05-ve", "ngay: 2024-09-05\nten: Vẽ");
    let lab = Lab::new("ky: ngay\nhan: {truoc: 1}", "", &[plan]);
    let found = lines(&lab.ledger(day(9, 10)));
    let expected = [
        "lop-a 2024-09-05 chua-ky 6",
        "lop-a 2024-09-06 thieu 5",
        // The 7th and 8th are a weekend, the 9th a storm.
        "lop-a 2024-09-10 thieu 1",
        "lop-b 2024-09-05 thieu 6",
        "lop-b 2024-09-06 thieu 5",
        "lop-b 2024-09-10 thieu 1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_class_keeps_the_month_in_which_it_ends_and_none_after() {
    let lab = Lab::new("ky: thang\nhan: {sau: 5}", "", &[]);
    let found = lines(&lab.ledger(day(11, 7)));
    let expected = [
        "lop-a 2024-09 thieu 33",
        "lop-a 2024-10 thieu 2",
        "lop-a 2024-11 chua-den-han 0",
        "lop-b 2024-09 thieu 33",
        "lop-b 2024-10 thieu 2",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_file_belongs_to_the_period_it_is_named_after() {
    // A plan for October, written at the end of September.
    let plan = ("lop-a/so-x/2024-10", "ngay: 2024-09-28\nten: Tháng 10");
    let lab = Lab::new("ky: thang\nhan: {truoc: 2}", "", &[plan]);
    let ledger = lab.ledger(day(9, 29));
    let own: Vec<String> = lines(&ledger)
        .into_iter()
        .filter(|l| l.starts_with("lop-a"))
        .collect();
    assert_eq!(own, ["lop-a 2024-09 thieu 30"]);
    let ledger = lab.ledger_with(day(9, 30), Standing::Signed);
    let own: Vec<String> = lines(&ledger)
        .into_iter()
        .filter(|l| l.starts_with("lop-a"))
        .collect();
    assert_eq!(own, ["lop-a 2024-09 thieu 31", "lop-a 2024-10 da-ky 0"]);
}

#[test]
fn two_a_period_means_two() {
    let first = ("lop-a/so-x/hop-1", "ngay: 2024-09-06\nten: Một");
    let second = ("lop-a/so-x/hop-2", "ngay: 2024-09-20\nten: Hai");
    let one = Lab::new("ky: thang\nso-lan: 2", "", &[first]);
    let ledger = one.ledger(day(10, 1));
    let entry = &ledger.entries[0];
    assert_eq!(
        (entry.state, entry.records.len(), entry.needed),
        (State::Missing, 1, 2)
    );
    let both = Lab::new("ky: thang\nso-lan: 2", "", &[first, second]);
    assert_eq!(both.ledger(day(10, 1)).entries[0].state, State::Draft);
    let signed = both.ledger_with(day(10, 1), Standing::Signed);
    assert_eq!(signed.entries[0].state, State::Signed);
    assert!(signed.entries[0].is_on_time());
}

#[test]
fn each_child_of_the_class_list_is_asked_for() {
    let children = json!([
        {"ma": "0000000001", "ten": "An", "vao": "2024-09-05"},
        {"ma": "0000000002", "ten": "Bình", "vao": "2024-09-05", "thoi": "2024-09-20"},
        {"ma": "0000000003", "ten": "Chi", "vao": "2024-10-07"},
    ]);
    let list = format!("ngay: 2024-09-05\nten: Danh sách\ntre: {children}");
    let sheet = "ngay: 2024-09-30\nten: Phiếu\nma: '0000000001'";
    let files = [
        ("lop-a/danh-sach-tre/ds", list.as_str()),
        ("lop-a/so-x/an", sheet),
    ];
    let lab = Lab::new("ky: thang\nmoi: tre\ntre: ma", "", &files);
    let expected = [
        "lop-a 0000000001 2024-09 chua-ky 2",
        "lop-a 0000000001 2024-10 chua-den-han 0",
    ];
    assert_eq!(lines(&lab.ledger(day(10, 2))), expected);
    let later = lines(&lab.ledger(day(10, 7)));
    assert!(
        later.contains(&"lop-a 0000000003 2024-10 chua-den-han 0".to_owned()),
        "{later:?}"
    );
    assert!(
        !later.iter().any(|line| line.contains("0000000002")),
        "{later:?}"
    );
}

#[test]
fn each_person_of_the_unit_is_asked_for() {
    let own = ("lop-a/so-x/mai", "ngay: 2024-09-10\nten: Phiếu\nai: co-mai");
    let lab = Lab::new("ky: thang\nmoi: nguoi\nnguoi: ai", "", &[own]);
    let found = lines(&lab.ledger(day(9, 10)));
    let expected = [
        "lop-a co-lan 2024-09 chua-den-han 0",
        "lop-a co-mai 2024-09 chua-ky 0",
        "lop-b co-mai 2024-09 chua-den-han 0",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_kept_on_paper_or_not_at_all_is_not_missed() {
    let followed = "theo-doi: [{tu: 2024-10-01, den: 2024-10-31}]";
    let lab = Lab::new("ky: thang", followed, &[]);
    let found = lines(&lab.ledger(day(11, 5)));
    assert_eq!(found, ["lop-a 2024-10 thieu 5", "lop-b 2024-10 thieu 5"]);
    let off = Lab::new("ky: thang\nbat: false", "", &[]);
    assert!(off.ledger(day(11, 5)).entries.is_empty());
    let on = "su-dung: [{loai: so-x, dung: true, tu: 2024-10-01}]";
    let on = Lab::new("ky: thang\nbat: false", on, &[]);
    assert_eq!(lines(&on.ledger(day(11, 1))).len(), 3);
    assert!(
        Lab::new("ky: khong", "", &[])
            .ledger(day(11, 5))
            .entries
            .is_empty()
    );
}

#[test]
fn neighbours_that_stand_alike_are_one_line() {
    let lab = Lab::new(
        "ky: ngay",
        "",
        &[("lop-a/so-x/2024-09-12", "ngay: 2024-09-12\nten: X")],
    );
    let ledger = lab.ledger(day(9, 18));
    let own = ledger
        .entries
        .iter()
        .filter(|e| e.unit.id == "lop-a" && e.is_due);
    let runs = Run::all(own);
    let told: Vec<String> = runs
        .iter()
        .map(|run| {
            format!(
                "{} {} {}",
                run.periods().vi,
                run.entries().len(),
                run.late()
            )
        })
        .collect();
    assert_eq!(
        told,
        ["05/9–11/9/2024 4 13", "12/9/2024 1 6", "13/9–17/9/2024 3 5"]
    );
    assert_eq!(runs[0].first().who.len(), 2, "both teachers may write it");
}

#[test]
fn shares_are_of_what_was_due() {
    let lab = Lab::new(
        "ky: ngay",
        "",
        &[("lop-a/so-x/2024-09-12", "ngay: 2024-09-12\nten: X")],
    );
    let ledger = lab.ledger_with(day(9, 13), Standing::Signed);
    let tally = Tally::of(ledger.entries.iter().filter(|e| e.unit.id == "lop-a"));
    assert_eq!(
        (tally.due, tally.there, tally.signed, tally.missing),
        (5, 1, 1, 4)
    );
    assert_eq!(
        (tally.percent(tally.signed), Tally::default().percent(0)),
        (20, 100)
    );
}
