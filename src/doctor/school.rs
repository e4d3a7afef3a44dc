//! People, certificates, anchors, seal, time-stamps, kinds.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::doctor::Facts;
use crate::doctor::Line;
use crate::doctor::State;
use crate::records::Records;
use crate::records::school::CertificateEntry;
use crate::records::school::School;

/// A new certificate takes some weeks to get.
const SOON_DAYS: i32 = 60;
/// Names that a line shows.
const SHOWN: usize = 12;

pub(super) fn examine(facts: &Facts<'_>, records: &Records) -> Vec<Line> {
    let school = &records.school;
    let mut lines = people(school, facts.today);
    lines.extend(certificates(school, facts.today));
    lines.extend(trust(facts, school));
    lines.push(kinds(facts, records));
    lines.push(year(school, facts.today));
    lines
}

/// `a, b, c, … (n)`.
fn names(all: &[&str]) -> String {
    let shown: Vec<String> = all.iter().take(SHOWN).map(|name| tame(name)).collect();
    let more = if all.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn people(school: &School, today: Date) -> Vec<Line> {
    let without = |has: fn(&crate::records::school::Person, Date) -> bool| -> Vec<&str> {
        let all = school.people_on(today);
        all.filter(|person| !has(person, today))
            .map(|person| person.ten.as_str())
            .collect()
    };
    let lists = [
        (
            "people-email",
            without(|person, _| !person.email.is_empty()),
            "thư điện tử",
            "an e-mail address",
            "khai `email` trong content/school.yaml: không có thì lần ghi của người ấy không nhận ra",
            "enter `email` in content/school.yaml: without it, their commits are nobody's",
        ),
        (
            "people-certificate",
            without(|person, today| person.chung_thu.iter().any(|one| one.period.holds(today))),
            "chứng thư số còn hiệu lực",
            "a certificate that holds",
            "khai `chung-thu` (SHA-256 của chứng thư) cho ai phải ký",
            "enter `chung-thu` (the certificate's SHA-256) for whoever signs",
        ),
        (
            "people-login",
            without(|person, _| person.dang_nhap.is_some()),
            "tên đăng nhập máy chủ git",
            "a name on the forge",
            "khai `dang-nhap` cho ai duyệt đề nghị, rồi `hoso setup`",
            "enter `dang-nhap` for whoever reviews proposals, then `hoso setup`",
        ),
    ];
    lists
        .into_iter()
        .map(
            |(about, people, vi, en, mend_vi, mend_en)| match people.len() {
                0 => Line::good(
                    about,
                    Words::new(format!("ai cũng có {vi}"), format!("everybody has {en}")),
                ),
                count => Line::bad(
                    about,
                    State::Attention,
                    Words::new(
                        format!("{count} người chưa có {vi}: {}", names(&people)),
                        format!("{count} people without {en}: {}", names(&people)),
                    ),
                    Words::new(mend_vi, mend_en),
                ),
            },
        )
        .collect()
}

fn certificates(school: &School, today: Date) -> Vec<Line> {
    let soon = today.saturating_add(SOON_DAYS.days());
    // A certificate that another one follows is no worry.
    let ends = |all: &[CertificateEntry]| -> Option<Date> {
        let covered = |day: Date| all.iter().any(|one| one.period.holds(day));
        let holding = all.iter().filter(|one| one.period.holds(today));
        let last = holding.filter_map(|one| one.period.den).max()?;
        (last <= soon && !covered(last.saturating_add(1.day()))).then_some(last)
    };
    let mut found: Vec<(String, Date)> = school
        .people_on(today)
        .filter_map(|person| Some((tame(&person.ten), ends(&person.chung_thu)?)))
        .collect();
    found.extend(ends(school.seals()).map(|day| ("con dấu".to_owned(), day)));
    match found.is_empty() {
        true => vec![Line::good(
            "certificates-end",
            Words::new(
                format!("không chứng thư nào hết hạn trong {SOON_DAYS} ngày tới"),
                format!("no certificate ends within {SOON_DAYS} days"),
            ),
        )],
        false => found
            .into_iter()
            .map(|(who, day)| {
                Line::bad(
                    "certificates-end",
                    State::Attention,
                    Words::new(
                        format!("chứng thư của {who} hết hạn ngày {day}"),
                        format!("the certificate of {who} ends on {day}"),
                    ),
                    Words::new(
                        "xin chứng thư mới và khai thêm một dòng `chung-thu` (con dấu: `dau`)",
                        "get a new one and enter another line of `chung-thu` (the seal: `dau`)",
                    ),
                )
            })
            .collect(),
    }
}

fn trust(facts: &Facts<'_>, school: &School) -> Vec<Line> {
    let has = |folder: &str| facts.snapshot.under(folder).next().is_some();
    let line = |about, good: bool, state, yes: Words, no: Words, mend: Words| match good {
        true => Line::good(about, yes),
        false => Line::bad(about, state, no, mend),
    };
    let asks = school.stampers(facts.today).next().is_some();
    let trusts = has("signatures/tsa/");
    vec![
        line(
            "anchors",
            has("signatures/anchors/"),
            State::Missing,
            Words::new("có chứng thư gốc được tin cậy", "there are anchors"),
            Words::new(
                "chưa có chứng thư gốc được tin cậy: không chữ ký nào được công nhận",
                "there are no anchors: no signature is trusted",
            ),
            Words::new(
                "đặt chứng thư gốc (.pem) vào signatures/anchors/",
                "put the authorities' certificates (.pem) into signatures/anchors/",
            ),
        ),
        line(
            "seal",
            school
                .seals()
                .iter()
                .any(|one| one.period.holds(facts.today)),
            State::Attention,
            Words::new("con dấu số còn hiệu lực", "the seal's certificate holds"),
            Words::new(
                "chưa khai con dấu số của trường",
                "the school's seal is not entered",
            ),
            Words::new(
                "khai `dau` trong content/school.yaml",
                "enter `dau` in content/school.yaml",
            ),
        ),
        line(
            "time-stamps",
            asks && trusts,
            State::Attention,
            Words::new(
                "có nơi xin dấu thời gian và chứng thư gốc của nơi ấy",
                "there is a time-stamp authority, and it is trusted",
            ),
            match asks {
                true => Words::new(
                    "có nơi xin dấu thời gian mà chưa tin chứng thư gốc nào của nơi ấy",
                    "a time-stamp authority is entered and none is trusted",
                ),
                false => Words::new(
                    "chưa khai nơi xin dấu thời gian: chữ ký không chứng minh được sau khi chứng thư hết hạn",
                    "no time-stamp authority is entered: signatures cannot be proven after their certificates end",
                ),
            },
            Words::new(
                "khai `thoi-gian` trong content/school.yaml, đặt chứng thư gốc vào signatures/tsa/",
                "enter `thoi-gian` in content/school.yaml, put its authority into signatures/tsa/",
            ),
        ),
        line(
            "revocation",
            has("signatures/revocation/"),
            State::Attention,
            Words::new("có dữ liệu thu hồi", "there are revocation data"),
            Words::new(
                "chưa có dữ liệu thu hồi: chưa chữ ký nào được kết luận hợp lệ",
                "there are no revocation data: no signature is called valid yet",
            ),
            Words::new("hoso renew --all", "hoso renew --all"),
        ),
    ]
}

/// Folders of records whose kind has no layout.
fn kinds(facts: &Facts<'_>, records: &Records) -> Line {
    let mut lacking: BTreeSet<&str> = BTreeSet::new();
    for entry in facts.snapshot.under("content/") {
        if let ["content", _, _, kind, _] = entry.path.segments().collect::<Vec<_>>()[..]
            && !records.kinds.contains_key(kind)
        {
            lacking.insert(kind);
        }
    }
    let lacking: Vec<&str> = lacking.into_iter().collect();
    match lacking.is_empty() {
        true => Line::good(
            "kinds",
            Words::new("loại hồ sơ nào cũng có mẫu", "every kind has its layout"),
        ),
        false => Line::bad(
            "kinds",
            State::Missing,
            Words::new(
                format!("có hồ sơ mà không có mẫu: {}", names(&lacking)),
                format!("there are records without a layout: {}", names(&lacking)),
            ),
            Words::new(
                "thêm layouts/<loại>/ hoặc sửa tên thư mục; xem `hoso check`",
                "add layouts/<kind>/ or mend the folder's name; see `hoso check`",
            ),
        ),
    }
}

/// Whether there are classes on the day that comes next in a school's year.
fn year(school: &School, today: Date) -> Line {
    use crate::records::school::UnitKind;
    let name = crate::scaffold::school_year(today);
    let classes = |day: Date| {
        let mut units = school.units_on(day);
        units.any(|unit| unit.loai == UnitKind::Lop)
    };
    // In June and July the classes of one year have ended and those of the next need not be known.
    let holiday = (6..=7).contains(&today.month());
    match classes(today) || holiday {
        true => Line::good(
            "year",
            Words::new(
                format!("năm học {name} đã khai lớp"),
                format!("the classes of {name} are entered"),
            ),
        ),
        false => Line::bad(
            "year",
            State::Missing,
            Words::new(
                format!("năm học {name} chưa khai lớp nào"),
                format!("no class of {name} is entered"),
            ),
            Words::new(
                format!("hoso new-year {name}"),
                format!("hoso new-year {name}"),
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Snapshot;

    fn school(certificates: &str) -> School {
        let certificates = match certificates {
            "" => String::new(),
            all => format!(", chung-thu: [{all}]"),
        };
        let text = format!(
            "truong: [{{tu: 2019-08-01, ten: A, ten-van-ban: A, viet-tat: A, chu-quan: B, dia-danh: C}}]\n\
             don-vi: [{{id: truong, loai: truong, ten: A, tu: 2019-08-01}}]\n\
             nguoi: [{{id: a, ten: A, tu: 2019-08-01{certificates}}}, {{id: b, ten: B, email: [b@c.example], tu: 2019-08-01, den: 2020-01-01}}]\n\
             vai-tro: [{{nguoi: a, vai-tro: hieu-truong, don-vi: truong, tu: 2019-08-01}}]\n"
        );
        let files = [("content/school.yaml", text.as_bytes())];
        School::read(&Snapshot::of_files(files)).expect("a school")
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told_unless_another_follows() {
        let today = Date::constant(2026, 5, 1);
        let one = |from: &str, to: &str, digit: &str| {
            format!("{{sha256: {}, tu: {from}, den: {to}}}", digit.repeat(64))
        };
        let state = |certificates: &str| certificates_of(certificates, today);
        let soon = one("2024-01-01", "2026-06-29", "a");
        assert_eq!(state(&soon), State::Attention);
        assert_eq!(state(&one("2024-01-01", "2026-07-01", "a")), State::Good);
        let next = one("2026-06-30", "2028-01-01", "b");
        assert_eq!(state(&format!("{soon}, {next}")), State::Good);
        let late = one("2026-07-15", "2028-01-01", "b");
        assert_eq!(state(&format!("{soon}, {late}")), State::Attention);
    }

    fn certificates_of(text: &str, today: Date) -> State {
        certificates(&school(text), today)[0].state
    }

    #[test]
    fn only_who_works_here_is_asked_for() {
        let lines = people(&school(""), Date::constant(2026, 5, 1));
        for line in &lines {
            assert_eq!(line.state, State::Attention, "{line:?}");
            assert!(line.what.vi.starts_with("1 người"), "{line:?}");
        }
    }
}
