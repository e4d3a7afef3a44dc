//! Pictures of what records count, drawn as SVG by the templates: a month's attendance, a class's
//! weighing, a child's growth, a unit's year. Found by the figures that a kind computes, not by its
//! name. Each has its numbers as a sentence or a table too.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::civil::Weekday;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::records::Record;
use crate::records::dates;

/// The height of the drawing in its own units.
const HEIGHT: f64 = 100.0;
/// The most bars or points of one chart.
const MOST: usize = 400;

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// `cot` (bars), `dai` (shares) or `duong` (lines).
    shape: &'static str,
    title: String,
    /// What it shows, in a sentence.
    sentence: String,
    width: f64,
    bars: Vec<Bar>,
    lines: Vec<Line>,
    /// What the colours of bars mean.
    key: Vec<Key>,
    /// What stands below the first bar and below the last.
    ends: Option<(String, String)>,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// A bar, from the bottom.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Bar {
    x: String,
    y: String,
    width: String,
    height: String,
    class: &'static str,
}

/// What a colour means.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Key {
    class: &'static str,
    label: &'static str,
}

/// A line through points.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    class: &'static str,
    label: String,
    points: String,
    last_x: String,
    last_y: String,
}

/// The charts of a record.
pub fn of(record: &Record) -> Vec<Chart> {
    let computed = &record.computed;
    [attendance(computed), growth(record)]
        .into_iter()
        .flatten()
        .chain(channels(computed))
        .collect()
}

fn count(value: &Value, key: &str) -> Option<f64> {
    value
        .get(key)?
        .as_f64()
        .filter(|n| n.is_finite() && *n >= 0.0)
}

/// Numbers of a drawing, always written alike.
fn at(number: f64) -> String {
    format!("{number:.1}")
}

/// A number as people write it: `16,4`.
fn said(number: f64) -> String {
    let text = format!("{number:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    text.replace('.', ",").replace('-', "−")
}

/// A bar for each school day: present over absent.
fn attendance(computed: &Map<String, Value>) -> Option<Chart> {
    let days = computed.get("ngay")?.as_object()?;
    let mut all: BTreeMap<Date, (f64, f64)> = BTreeMap::new();
    for (day, value) in days.iter().take(MOST) {
        let numbers = (count(value, "si-so")?, count(value, "co-mat")?);
        all.insert(day.parse().ok()?, numbers);
    }
    let most = all.values().map(|(of, _)| *of).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let mut chart = Chart::empty("cot", "Chuyên cần trong tháng");
    for (index, (day, (of, present))) in all.iter().enumerate() {
        let x = index as f64 * 14.0;
        chart.bar(x, 10.0, of / most, "c-nen");
        chart.bar(x, 10.0, present.min(*of) / most, "c-co");
        chart.rows.push(vec![
            dates::official(*day),
            dates::weekday_short(day.weekday()).to_owned(),
            said(*present),
            said((of - present).max(0.0)),
        ]);
    }
    chart.width = all.len() as f64 * 14.0 - 4.0;
    chart.keys([("c-co", "có mặt"), ("c-nen", "vắng")]);
    chart.ends(&all.keys().copied().collect::<Vec<Date>>());
    chart.head = vec!["Ngày", "Thứ", "Có mặt", "Vắng"];
    let (of, present): (f64, f64) = all
        .values()
        .fold((0.0, 0.0), |(a, b), (of, present)| (a + of, b + present));
    let worst = all
        .iter()
        .min_by(|a, b| (a.1.1 / a.1.0).total_cmp(&(b.1.1 / b.1.0)));
    chart.sentence = format!(
        "{} ngày học, chuyên cần {}%{}.",
        all.len(),
        said(present * 100.0 / of),
        worst.map_or(String::new(), |(day, (of, present))| format!(
            "; vắng nhiều nhất ngày {}: {} trên {} trẻ",
            dates::official(*day),
            said((of - present).max(0.0)),
            said(*of)
        ))
    );
    Some(chart)
}

/// How the children of a class stand by each measure: a bar of shares for each.
fn channels(computed: &Map<String, Value>) -> Option<Chart> {
    let measures = [
        ("can-nang", "Cân nặng theo tuổi"),
        ("chieu-cao", "Chiều cao theo tuổi"),
        ("can-doi", "Cân nặng theo chiều cao"),
    ];
    let mut chart = Chart::empty("dai", "Tình trạng dinh dưỡng của lớp");
    let mut parts = Vec::new();
    for (index, (key, label)) in measures.iter().enumerate() {
        let channels = computed.get(*key).and_then(|m| m.get("kenh"))?.as_array()?;
        let numbers: Option<Vec<(bool, f64)>> = channels
            .iter()
            .take(MOST)
            .map(|one| {
                let normal = one.get("ma")?.as_str()? == "binh-thuong";
                Some((normal, count(one, "so")?))
            })
            .collect();
        let numbers = numbers?;
        let all: f64 = numbers.iter().map(|(_, so)| so).sum();
        let normal: f64 = numbers.iter().filter(|(n, _)| *n).map(|(_, so)| so).sum();
        let share = if all > 0.0 { normal / all } else { 0.0 };
        let y = index as f64 * 34.0;
        let mut part = |x: f64, width: f64, class| {
            chart.bars.push(Bar {
                x: at(x),
                y: at(y),
                width: at(width),
                height: at(22.0),
                class,
            });
        };
        part(0.0, share * 300.0, "c-co");
        if all > normal {
            part(share * 300.0, (1.0 - share) * 300.0, "c-luu-y");
        }
        parts.push(format!(
            "{label}: {} trên {} trẻ bình thường",
            said(normal),
            said(all)
        ));
        chart
            .rows
            .push(vec![(*label).to_owned(), said(normal), said(all - normal)]);
    }
    chart.width = 300.0;
    chart.keys([("c-co", "bình thường"), ("c-luu-y", "cần lưu ý")]);
    chart.head = vec!["Chỉ số", "Bình thường", "Cần lưu ý"];
    chart.sentence = format!("{}.", parts.join("; "));
    Some(chart)
}

/// The measures of growth: key, name, class of the line.
const MEASURES: [(&str, &str, &str); 3] = [
    ("can-nang", "Cân nặng theo tuổi", "c-duong-1"),
    ("chieu-cao", "Chiều cao theo tuổi", "c-duong-2"),
    ("can-doi", "Cân nặng theo chiều cao", "c-duong-3"),
];
/// Standard deviations above and below WHO's median that the drawing has room for.
const DEVIATIONS: f64 = 4.0;

/// A child's growth against WHO's standard: standard deviations from the median by age.
fn growth(record: &Record) -> Option<Chart> {
    let ages = record.computed.get("theo-doi")?.as_array()?;
    let measured = record.fields.get("theo-doi")?.as_array()?;
    growth_of(ages, measured)
}

fn growth_of(ages: &[Value], measured: &[Value]) -> Option<Chart> {
    let mut chart = Chart::empty("duong", "Tăng trưởng so với chuẩn WHO");
    let first = count(ages.first()?, "x")?;
    let last = count(ages.last()?, "x")?;
    let place = |age: f64, z: f64| {
        let x = (age - first) / (last - first).max(1.0) * 300.0;
        let z = z.clamp(-DEVIATIONS, DEVIATIONS);
        (x, HEIGHT / 2.0 - z * HEIGHT / (2.0 * DEVIATIONS))
    };
    let (_, top) = place(first, 2.0);
    chart.bars.push(Bar {
        x: at(0.0),
        y: at(top),
        width: at(300.0),
        height: at(HEIGHT - 2.0 * top),
        class: "c-vung",
    });
    let z = |age: &Value, key: &str| {
        let z = age.get(key)?.get("z")?.as_f64();
        z.filter(|z| z.is_finite())
    };
    for (age, one) in ages.iter().zip(measured).take(MOST) {
        let known = |n: Option<f64>| n.map_or("–".to_owned(), said);
        let mut row = vec![
            said(count(age, "x")?.floor()),
            known(count(one, "can-nang")),
            known(count(one, "chieu-cao")),
        ];
        row.extend(MEASURES.iter().map(|(key, ..)| known(z(age, key))));
        chart.rows.push(row);
    }
    let mut told = Vec::new();
    for (key, name, class) in MEASURES {
        let points: Vec<(f64, f64)> = ages
            .iter()
            .take(MOST)
            .filter_map(|age| Some(place(count(age, "x")?, z(age, key)?)))
            .collect();
        let Some((last_x, last_y)) = points.last() else {
            continue;
        };
        let through = points.iter().map(|(x, y)| format!("{},{}", at(*x), at(*y)));
        chart.lines.push(Line {
            class,
            label: name.to_owned(),
            points: through.collect::<Vec<String>>().join(" "),
            last_x: at(*last_x),
            last_y: at(*last_y),
        });
        let newest = ages.iter().rev().find(|age| z(age, key).is_some());
        let channel = newest.and_then(|age| age.get(key)?.get("kenh")?.as_str());
        told.push(format!(
            "{name}: {} SD{}",
            said(newest.and_then(|age| z(age, key)).unwrap_or_default()),
            channel.map_or(String::new(), |words| format!(
                " ({})",
                words.to_lowercase()
            ))
        ));
    }
    if chart.lines.is_empty() {
        return None;
    }
    chart.width = 300.0;
    chart.sentence = format!(
        "{} lần đo từ {} đến {} tháng tuổi. Lần cuối: {}.",
        chart.rows.len(),
        said(first.floor()),
        said(last.floor()),
        told.join("; ")
    );
    let months = |age: f64| format!("{} tháng tuổi", said(age.floor()));
    chart.ends = Some((months(first), months(last)));
    chart.key = vec![Key {
        class: "c-vung",
        label: "bình thường, từ −2 đến +2 SD",
    }];
    chart.head = vec![
        "Tháng tuổi",
        "Cân nặng (kg)",
        "Chiều cao (cm)",
        "Cân nặng theo tuổi (SD)",
        "Chiều cao theo tuổi (SD)",
        "Cân nặng theo chiều cao (SD)",
    ];
    Some(chart)
}

/// A unit's year: what was there each week of what was due.
pub(super) fn year(entries: &[&Entry]) -> Option<Chart> {
    let mut weeks: BTreeMap<Date, (f64, f64)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_due) {
        let week = weeks.entry(monday(entry.due)?).or_default();
        week.0 += 1.0;
        week.1 += f64::from(u8::from(entry.is_there()));
    }
    let most = weeks.values().map(|(due, _)| *due).fold(0.0, f64::max);
    let mut chart = Chart::empty("cot", "Hồ sơ đến hạn từng tuần");
    for (index, (week, (due, there))) in weeks.iter().take(MOST).enumerate() {
        let x = index as f64 * 9.0;
        chart.bar(x, 7.0, due / most, "c-thieu");
        chart.bar(x, 7.0, there / most, "c-co");
        chart.rows.push(vec![
            format!("từ {}", dates::official(*week)),
            said(*due),
            said(*there),
            said(due - there),
        ]);
    }
    chart.width = chart.rows.len() as f64 * 9.0 - 2.0;
    chart.keys([("c-co", "đã có"), ("c-thieu", "thiếu")]);
    chart.ends(&weeks.keys().copied().take(MOST).collect::<Vec<Date>>());
    chart.head = vec!["Tuần", "Đến hạn", "Đã có", "Thiếu"];
    let (due, there) = weeks
        .values()
        .fold((0.0, 0.0), |(a, b), (due, there)| (a + due, b + there));
    let full = weeks.values().filter(|(due, there)| due <= there).count();
    chart.sentence = format!(
        "{} hồ sơ, sổ đến hạn trong {} tuần: đã có {}, thiếu {}; {full} tuần đủ.",
        said(due),
        weeks.len(),
        said(there),
        said(due - there)
    );
    (!chart.rows.is_empty()).then_some(chart)
}

/// The newest school year of a unit in which something was due.
pub fn newest_year(ledger: &Ledger, unit: &str) -> Vec<Chart> {
    let newest = ledger.years().into_iter().find_map(|name| {
        let own = ledger.of_year(name).filter(|entry| entry.unit.id == unit);
        let own: Vec<&Entry> = own.collect();
        let mut chart = year(&own)?;
        chart.title = format!("{}, năm học {name}", chart.title);
        Some(chart)
    });
    newest.into_iter().collect()
}

fn monday(day: Date) -> Option<Date> {
    if day.weekday() == Weekday::Monday {
        return Some(day);
    }
    day.nth_weekday(-1, Weekday::Monday).ok()
}

impl Chart {
    fn empty(shape: &'static str, title: &str) -> Self {
        Self {
            shape,
            title: title.to_owned(),
            sentence: String::new(),
            width: 0.0,
            bars: Vec::new(),
            lines: Vec::new(),
            key: Vec::new(),
            ends: None,
            head: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn keys(&mut self, keys: [(&'static str, &'static str); 2]) {
        self.key = keys
            .into_iter()
            .map(|(class, label)| Key { class, label })
            .collect();
    }

    /// Names the first bar and the last.
    fn ends(&mut self, days: &[Date]) {
        if let [first, .., last] = days {
            self.ends = Some((dates::official(*first), dates::official(*last)));
        }
    }

    /// A bar that reaches `share` of the height.
    fn bar(&mut self, x: f64, width: f64, share: f64, class: &'static str) {
        let height = share * HEIGHT;
        self.bars.push(Bar {
            x: at(x),
            y: at(HEIGHT - height),
            width: at(width),
            height: at(height),
            class,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attendance_is_drawn_and_told() {
        let computed = serde_json::json!({"ngay": {
            "2024-09-05": {"si-so": 20, "co-mat": 15},
            "2024-09-04": {"si-so": 20, "co-mat": 20},
        }});
        let chart = attendance(computed.as_object().expect("a map")).expect("a chart");
        assert_eq!(chart.bars.len(), 4);
        assert_eq!(chart.bars[3].height, "75.0");
        assert_eq!(chart.rows[0][0], "04/9/2024");
        assert!(chart.sentence.contains("87,5%"), "{}", chart.sentence);
        assert!(
            chart.sentence.contains("05/9/2024: 5 trên 20"),
            "{}",
            chart.sentence
        );
    }

    #[test]
    fn growth_is_drawn_against_the_standard() {
        let ages = serde_json::json!([
            {"x": 24.5, "can-nang": {"z": -3.0, "kenh": "Nhẹ cân"}, "chieu-cao": null},
            {"x": 34.5, "can-nang": {"z": 0, "kenh": "Bình thường"}, "chieu-cao": {"z": -9}},
        ]);
        let measured = serde_json::json!([{"can-nang": 9.1}, {"can-nang": 13, "chieu-cao": 80.5}]);
        let lists = (ages.as_array(), measured.as_array());
        let (Some(ages), Some(measured)) = lists else {
            panic!("lists")
        };
        let chart = growth_of(ages, measured).expect("a chart");
        assert_eq!(chart.lines[0].points, "0.0,87.5 300.0,50.0");
        // What lies beyond the drawing stands at its edge.
        assert_eq!(chart.lines[1].points, "300.0,100.0");
        assert_eq!(chart.lines.len(), 2);
        assert_eq!(chart.rows[0], ["24", "9,1", "–", "−3", "–", "–"]);
        assert!(
            chart.sentence.contains("0 SD (bình thường)"),
            "{}",
            chart.sentence
        );
        assert_eq!(growth_of(&[], &[]), None);
        assert_eq!(
            growth_of(&[serde_json::json!({"x": 3})], &[Value::Null]),
            None
        );
    }

    #[test]
    fn figures_of_another_shape_draw_nothing() {
        for odd in [
            "{}",
            r#"{"ngay": 3}"#,
            r#"{"ngay": {"x": {}}}"#,
            r#"{"ngay": {}}"#,
            r#"{"can-nang": {"kenh": []}}"#,
        ] {
            let computed: Value = serde_json::from_str(odd).expect("JSON");
            let computed = computed.as_object().expect("a map");
            assert_eq!(attendance(computed), None);
            assert_eq!(channels(computed), None);
        }
    }
}
