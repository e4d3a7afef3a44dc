//! What a report says: Markdown with headings and tables, every figure counted.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ledger::Entry;
use crate::ledger::State;
use crate::ledger::due;
use crate::ledger::run;
use crate::ledger::tally::Tally;
use crate::records::Record;
use crate::records::dates;
use crate::records::parse::PLACEHOLDER;
use crate::records::school::Organisation;
use crate::records::school::Unit;
use crate::records::school::UnitKind;
use crate::scaffold::report::Basis;
use crate::scaffold::report::INCOMING;
use crate::scaffold::report::LETTER;
use crate::scaffold::report::Term;

/// The kind whose list of children stands in where there is no class list.
const ATTENDANCE: &str = "so-theo-doi-tre";

/// The body of the report.
pub(super) fn body(basis: &Basis<'_>, term: &Term, school: &Organisation) -> String {
    let on = basis.ledger.on;
    let entries: Vec<&Entry> = basis
        .ledger
        .of_year(&term.year)
        .filter(|entry| term.holds(entry.anchor))
        .collect();
    let sections = [
        ("Quy mô nhóm, lớp", classes(basis, term)),
        ("Kết quả lập hồ sơ, sổ sách", books(&entries, on)),
        ("Hồ sơ, sổ còn thiếu hoặc chưa ký đủ", open(&entries)),
        ("Văn bản đến, văn bản đi", letters(basis, term)),
        ("Chữ ký số", signatures(basis, term)),
        ("Đánh giá, đề xuất, kiến nghị", PLACEHOLDER.to_owned()),
    ];
    let mut out = format!(
        "Thực hiện chế độ báo cáo định kỳ, {} báo cáo tình hình lập, quản lý hồ sơ, sổ sách điện tử {} (số liệu tính đến ngày {}) như sau:\n",
        plain(&school.ten),
        term.words,
        in_words(on)
    );
    for (number, (heading, text)) in (1..).zip(sections) {
        out.push_str(&format!(
            "\n## {number}. {heading}\n\n{}\n",
            text.trim_end()
        ));
    }
    out
}

/// A day in a sentence.
fn in_words(day: Date) -> String {
    format!(
        "{:02} tháng {} năm {}",
        day.day(),
        month_of(day),
        day.year()
    )
}

/// NĐ 30/2020, Phụ lục I ô 4: a zero before the months 1 and 2.
fn month_of(day: Date) -> String {
    match day.month() {
        month @ 1..=2 => format!("0{month}"),
        month => month.to_string(),
    }
}

/// Text as Markdown that says just that.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn table(align: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let align: String = align
        .chars()
        .map(|a| match a {
            'c' => ":-:|",
            'r' => "--:|",
            _ => ":--|",
        })
        .collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}|{align}\n{rows}", line(&head))
}

/// The classes with their children and teachers on the last day of the term, or on the report's.
fn classes(basis: &Basis<'_>, term: &Term) -> String {
    let school = &basis.records.school;
    let day = term.to.min(basis.ledger.on);
    let mut ids: Vec<&str> = Vec::new();
    for id in school.unit_ids() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let classes: Vec<&Unit> = ids
        .into_iter()
        .filter_map(|id| school.unit(id, day))
        .filter(|unit| unit.loai == UnitKind::Lop)
        .collect();
    if classes.is_empty() {
        return "Trong kỳ trường không có nhóm, lớp nào.\n".to_owned();
    }
    let (mut children, mut teachers) = (Some(0), 0);
    let mut rows = Vec::new();
    for (number, class) in (1..).zip(&classes) {
        let own = count_children(basis, term, class, day);
        let staff = school.holders("giao-vien", &class.id, day).count();
        children = children.zip(own).map(|(all, own)| all + own);
        teachers += staff;
        rows.push(vec![
            number.to_string(),
            plain(&class.ten),
            plain(class.do_tuoi.as_deref().unwrap_or_default()),
            number_or_open(own),
            staff.to_string(),
        ]);
    }
    rows.push(vec![
        String::new(),
        "**Cộng**".to_owned(),
        String::new(),
        format!("**{}**", number_or_open(children)),
        format!("**{teachers}**"),
    ]);
    let head = ["TT", "Nhóm, lớp", "Độ tuổi", "Số trẻ", "Số giáo viên"];
    let people = school.people_on(day).count();
    format!(
        "{}\nTổng số cán bộ quản lý, giáo viên, nhân viên: {people}.\n",
        table("cllrr", &head, &rows)
    )
}

fn number_or_open(count: Option<usize>) -> String {
    count.map_or_else(|| PLACEHOLDER.to_owned(), |count| count.to_string())
}

/// The children of a class: of its newest class list, else of its newest attendance; none where
/// neither is there.
fn count_children(basis: &Basis<'_>, term: &Term, class: &Unit, day: Date) -> Option<usize> {
    let newest = |kind: &str, until: Date| {
        basis
            .all
            .iter()
            .copied()
            .filter(|r| r.kind.id == kind && r.unit.id == class.id)
            .filter(|r| r.id.year() == term.year && r.date <= until)
            .max_by_key(|r| (r.date, &r.id))
    };
    if let Some(list) = newest(due::CLASS_LIST, basis.ledger.on) {
        return Some(due::listed(list, day).len());
    }
    // A month's attendance is dated by the month's last day.
    let month = newest(ATTENDANCE, term.to.last_of_month())?;
    month.fields.get("tre")?.as_array().map(Vec::len)
}

fn books(entries: &[&Entry], on: Date) -> String {
    let tally = Tally::of(entries.iter().copied());
    if tally.due == 0 {
        return "Trong kỳ chưa có hồ sơ, sổ nào đến hạn.\n".to_owned();
    }
    let mut out = format!(
        "Tính đến ngày {}, có {} hồ sơ, sổ của kỳ đã đến hạn: đã lập {} ({}%), ký đủ {} ({}%), lập đúng hạn {} ({}%), còn thiếu {}.",
        in_words(on),
        tally.due,
        tally.there,
        tally.percent(tally.there),
        tally.signed,
        tally.percent(tally.signed),
        tally.on_time,
        tally.percent(tally.on_time),
        tally.missing
    );
    let later = entries.iter().filter(|entry| !entry.is_due).count();
    if later > 0 {
        out.push_str(&format!(" Còn {later} hồ sơ, sổ của kỳ chưa đến hạn."));
    }
    let mut kinds: BTreeMap<(bool, u8, &str), Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_due) {
        let kind = &entry.kind;
        let key = (kind.number == 0, kind.number, kind.id.as_str());
        kinds.entry(key).or_default().push(entry);
    }
    let mut rows: Vec<Vec<String>> = (1..)
        .zip(kinds.into_values())
        .filter_map(|(number, own): (usize, Vec<&Entry>)| {
            let tally = Tally::of(own.iter().copied());
            let title = plain(&own.first()?.kind.title);
            Some(row(number.to_string(), title, &tally, |n| n.to_string()))
        })
        .collect();
    rows.push(row(String::new(), "**Cộng**".to_owned(), &tally, |n| {
        format!("**{n}**")
    }));
    let head = [
        "TT",
        "Loại hồ sơ, sổ",
        "Đến hạn",
        "Đã lập",
        "Đúng hạn",
        "Ký đủ",
        "Thiếu",
    ];
    format!("{out}\n\n{}", table("clrrrrr", &head, &rows))
}

fn row(number: String, title: String, tally: &Tally, show: fn(usize) -> String) -> Vec<String> {
    let mut row = vec![number, title];
    let figures = [
        tally.due,
        tally.there,
        tally.on_time,
        tally.signed,
        tally.missing,
    ];
    row.extend(figures.map(show));
    row
}

/// What is due and not complete, by unit, kind and state.
fn open(entries: &[&Entry]) -> String {
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    let alike = |a: &Entry, b: &Entry| {
        (&a.unit.id, &a.kind.id, a.state) == (&b.unit.id, &b.kind.id, b.state)
    };
    let is_open = |entry: &&&Entry| entry.is_due && !entry.state.is_complete();
    for entry in entries.iter().filter(is_open) {
        match groups.iter_mut().find(|group| alike(group[0], entry)) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    if groups.is_empty() {
        return "Không có.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = (1..)
        .zip(&groups)
        .map(|(number, group): (usize, &Vec<&Entry>)| {
            let first = group.iter().min_by_key(|e| &e.period);
            let last = group.iter().max_by_key(|e| &e.period);
            let periods = first.zip(last).map(|(a, b)| run::span(a, b).vi);
            let late = group.iter().map(|e| e.late).max().unwrap_or(0);
            let one = group[0];
            vec![
                number.to_string(),
                plain(&one.unit.ten),
                plain(&one.kind.title),
                periods.unwrap_or_default(),
                match one.state {
                    State::Missing => format!("**{} ({})**", one.state.words().vi, group.len()),
                    state => format!("{} ({})", state.words().vi, group.len()),
                },
                late.to_string(),
            ]
        })
        .collect();
    let head = [
        "TT",
        "Đơn vị",
        "Loại hồ sơ, sổ",
        "Kỳ",
        "Tình trạng",
        "Trễ nhất (ngày)",
    ];
    table("clllcr", &head, &rows)
}

fn letters(basis: &Basis<'_>, term: &Term) -> String {
    let count = |kind: &str, wanted: fn(&Record) -> bool| {
        let own = |r: &&&Record| r.kind.id == kind && term.holds(r.date) && wanted(r);
        basis.all.iter().filter(own).count()
    };
    // A document without a number was not issued yet.
    let issued = |r: &Record| {
        let rule = r.kind.numbering.as_ref();
        r.fields.contains_key(rule.map_or("so", |rule| &rule.field))
    };
    format!(
        "Từ ngày {} đến ngày {}, trường tiếp nhận {} văn bản đến và ban hành {} văn bản đi.\n",
        dates::official(term.from),
        dates::official(term.to),
        count(INCOMING, |_| true),
        count(LETTER, issued)
    )
}

fn signatures(basis: &Basis<'_>, term: &Term) -> String {
    let own = basis.signatures.iter().filter(|(day, _)| term.holds(*day));
    let (all, faulty) = own.fold((0, 0), |(all, faulty), (_, holds)| {
        (all + 1, faulty + usize::from(!holds))
    });
    match faulty {
        0 => format!(
            "Trong kỳ có {all} chữ ký số trên hồ sơ, sổ, văn bản; không có chữ ký nào sai.\n"
        ),
        _ => format!(
            "Trong kỳ có {all} chữ ký số trên hồ sơ, sổ, văn bản, trong đó {faulty} chữ ký có lỗi phải xử lý.\n"
        ),
    }
}
