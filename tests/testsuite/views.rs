//! The pages that show records by person, by day, by evidence and by change: what they say, and that
//! they agree with `hoso status`.

use std::fs;

use serde_json::Value;

use crate::lab::Lab;
use crate::lab::files_below;
use crate::start;

const PLAN: &str = "content/2024-2025/mg-5a/giao-an/2024-09-09.md";

fn page(lab: &Lab, path: &str) -> String {
    lab.read(&format!("out/data/{path}"))
}

/// The rows of a page's tables that have `word`.
fn rows<'a>(page: &'a str, word: &str) -> Vec<&'a str> {
    let rows = page.split("<tr role=\"row\">").skip(1);
    rows.filter(|row| row.contains(word)).collect()
}

#[test]
fn a_person_has_what_they_wrote_signed_and_have_to_do() {
    let lab = start::signed().copy();
    let said = lab.hoso(&["status", "--all", "--format", "json"]);
    let entries: Vec<Value> = said
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    lab.hoso(&["build"]).ended(0);

    let index = page(&lab, "nguoi/index.html");
    let names: Vec<usize> = ["Mai Thị Diệu Hiền", "Nguyễn Thị An Khê", "Ngô Thị Tường Vi"]
        .iter()
        .filter_map(|name| index.find(name))
        .collect();
    assert!(names.len() == 3 && names.is_sorted(), "{names:?}");

    let own = page(&lab, "nguoi/mai-thi-dieu-hien.html");
    let missing = entries
        .iter()
        .filter(|entry| entry["state"] == "thieu" && entry["late_days"] != 0)
        .filter(|entry| {
            let mut who = entry["waits_for"].as_array().into_iter().flatten();
            who.any(|who| who["id"] == "mai-thi-dieu-hien")
        })
        .count();
    assert!(missing > 0, "{}", said.stdout);
    assert!(
        own.contains(&format!("còn thiếu <b>{missing}</b>")),
        "{missing}: {own}"
    );
    // Red is not alone: a sign, a word, the day on which it was due.
    for row in rows(&own, "s-thieu") {
        assert!(
            row.contains("#i-no") && row.contains("thiếu</span>"),
            "{row}"
        );
        assert!(row.contains("data-label=\"Hạn\">"), "{row}");
    }
    let month = page(&lab, "nguoi/mai-thi-dieu-hien/2024-09.html");
    assert!(month.contains("Ký</span>"), "{month}");
}

#[test]
fn progress_says_what_status_says() {
    let lab = start::signed().copy();
    let said = lab.hoso(&["status", "--all", "--format", "json"]);
    lab.hoso(&["build"]).ended(0);
    let school = page(&lab, "tien-do/index.html");
    let mut units = Vec::new();
    for line in said.stdout.lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        if !entry["unit"].is_string() {
            continue;
        }
        // What is not due yet stands in `status` alone.
        if entry["state"] == "chua-den-han" || entry["due"].as_str() > entry["on"].as_str() {
            continue;
        }
        let unit = entry["unit"].as_str().expect("a unit").to_owned();
        units.push((unit, entry));
    }
    assert!(!units.is_empty(), "{}", said.stdout);
    let count = |wanted: fn(&Value) -> bool| units.iter().filter(|(_, e)| wanted(e)).count();
    let full = count(|e| e["state"] == "da-ky" || e["state"] == "da-khoa");
    let on_time = count(|e| e["entered"].is_string() && e["entered_late_days"] == 0);
    let both = count(|e| {
        (e["state"] == "da-ky" || e["state"] == "da-khoa")
            && e["entered"].is_string()
            && e["entered_late_days"] == 0
    });
    let row = rows(&school, "Toàn trường")[0];
    for (label, count) in [
        ("Ký đủ", full),
        ("Đúng hạn", on_time),
        ("Đủ và đúng hạn", both),
    ] {
        let percent = count * 100 / units.len();
        let cell = format!("data-label=\"{label}\">{percent}%<");
        assert!(row.contains(&cell), "{cell}: {row}");
    }
    // Each missing one stands on its unit's page with its due date.
    for (unit, entry) in &units {
        if entry["state"] != "thieu" {
            continue;
        }
        let own = page(&lab, &format!("tien-do/2024-2025/{unit}.html"));
        let due: Vec<&str> = entry["due"].as_str().expect("a day").split('-').collect();
        let month = due[1].trim_start_matches('0');
        let month = if month.len() == 1 && month < "3" {
            due[1]
        } else {
            month
        };
        let due = format!("data-label=\"Hạn\">{}/{month}/{}<", due[2], due[0]);
        assert!(own.contains(&due), "{due}: {own}");
    }
}

#[test]
fn a_change_is_shown_word_by_word_and_as_text() {
    let lab = start::signed().copy();
    let text = lab.read(PLAN);
    let changed = text
        .replace("thoi-luong: 30", "minh-chung: [H1-1.7-01]\nthoi-luong: 25")
        .replacen("Trẻ ", "Trẻ <script>alert(1)</script> ", 1);
    assert_ne!(text, changed);
    lab.write(PLAN, changed);
    lab.commit("sửa <b>thời lượng</b>");
    lab.hoso(&["build"]).ended(0);

    let own = page(&lab, "ho-so/2024-2025/mg-5a/giao-an/2024-09-09/index.html");
    assert!(own.contains("2024-09-09/thay-doi.html"), "{own}");
    assert!(own.contains("[H1-1.7-01]"), "{own}");
    let diff = page(
        &lab,
        "ho-so/2024-2025/mg-5a/giao-an/2024-09-09/thay-doi.html",
    );
    for wanted in [
        "<del><span class=\"hidden\">[bỏ: </span>30<",
        "25<",
        "&lt;script&gt;alert(1)",
        "sửa &lt;b&gt;thời lượng",
        "Thời lượng",
    ] {
        assert!(diff.contains(wanted), "{wanted}: {diff}");
    }
    assert!(!diff.contains("<script>alert"), "{diff}");
    // A record with one version has no such page.
    let single = lab.at("out/data/ho-so/2024-2025/mg-5a/giao-an/2024-09-16/thay-doi.html");
    assert!(!single.exists());

    let evidence = page(&lab, "minh-chung/index.html");
    let row = rows(&evidence, "[H1-1.7-01]");
    assert!(
        row.len() == 1 && row[0].contains("giao-an/2024-09-09/index.html"),
        "{evidence}"
    );
    // Changed after signing, and not signed again: found and not mended.
    let school = page(&lab, "tien-do/index.html");
    let row = rows(&school, "Toàn trường")[0];
    assert!(
        row.contains("data-label=\"Sai sót đã phát hiện\">1<"),
        "{row}"
    );
    assert!(row.contains("còn 1</span>"), "{row}");
    for who in ["mai-thi-dieu-hien", "ngo-thi-tuong-vi", "nguyen-thi-an-khe"] {
        start::sign(&lab, who);
    }
    lab.hoso(&["build"]).ended(0);
    let school = page(&lab, "tien-do/index.html");
    let row = rows(&school, "Toàn trường")[0];
    assert!(row.contains("data-label=\"Đã khắc phục\">1<"), "{row}");
}

/// More letters of one day: no page has them all, and each is in its lists.
#[test]
fn many_records_make_no_giant_page() {
    const MANY: usize = 510;
    let lab = Lab::with_records();
    for index in 0..MANY {
        let number = 252 + index;
        lab.write(
            &format!("content/2024-2025/truong/van-ban-den/{number}-thu.md"),
            format!(
                "---\nngay-den: 2024-09-05\nso-den: {number}\ntac-gia: Phòng Giáo dục\nso-ky-hieu: {number}/A\nngay-van-ban: 2024-09-01\nloai-van-ban: Công văn\ntrich-yeu: Thư {number}\nnguoi-nhan: [Tổ mẫu giáo]\n---\n"
            ),
        );
    }
    lab.commit("nhiều thư");
    lab.hoso(&["build"]).ended(0);
    let data = lab.at("out/data");
    let mut seen = [0_usize; 3];
    for path in files_below(&data) {
        let name = path.to_string_lossy().into_owned();
        if !name.ends_with(".html") || name.starts_with("ho-so") || name.starts_with("ma/") {
            continue;
        }
        let text = fs::read_to_string(data.join(&path)).expect("a page");
        let letters = text.matches("-thu/index.html").count();
        assert!(letters <= 500, "{name}: {letters}");
        for (index, folder) in ["loai/", "ngay/", "minh-chung/"].iter().enumerate() {
            if name.starts_with(folder) {
                seen[index] += letters;
            }
        }
    }
    assert!(seen.iter().all(|count| *count >= MANY), "{seen:?}");
}
