//! Every kind's form is one that Sveltia takes, and none loses what is written.

use std::collections::BTreeSet;

use jiff::civil::date;
use serde_json::Value;

use crate::editor::Backend;
use crate::editor::Edition;
use crate::editor::Error;
use crate::editor::Order;
use crate::editor::backend::Forge;
use crate::editor::config;
use crate::editor::files;
use crate::records;
use crate::records::Records;
use crate::records::kind::FormKind;
use crate::repo::Repo;

/// The school of the project itself, which has a record or more of nearly every kind.
fn sample() -> Records {
    let repo = Repo::open(std::path::Path::new(env!("CARGO_MANIFEST_DIR")))
        .expect("the project's repository");
    let snapshot = repo.worktree().expect("its files");
    records::read(&snapshot)
        .drain_into(&mut Vec::new())
        .expect("a school that can be read")
}

/// The schema that Sveltia holds its configuration to.
fn sveltia() -> jsonschema::Validator {
    let schema = include_bytes!("page/sveltia-cms.schema.json");
    let schema: Value = serde_json::from_slice(schema).expect("JSON");
    jsonschema::draft7::new(&schema).expect("a schema")
}

fn own() -> Backend {
    Backend::Own {
        branch: "main".into(),
    }
}

fn order<'a>(records: &'a Records, edition: Edition<'a>, backend: &'a Backend) -> Order<'a> {
    Order {
        records,
        year: "2024-2025",
        date: date(2024, 9, 20),
        edition,
        backend,
    }
}

fn collections(config: &Value) -> Vec<&Value> {
    let all = config["cms"]["collections"]
        .as_array()
        .expect("collections");
    all.iter().filter(|c| c["divider"].is_null()).collect()
}

#[test]
fn sveltia_takes_the_configuration_of_every_backend_and_edition() {
    let records = sample();
    let schema = sveltia();
    let forge = Forge {
        url: Some("https://git.truong.example/".into()),
        repo: "truong/ho-so".into(),
        branch: Some("main".into()),
        app: Some("so-hieu".into()),
    };
    let backends = [
        own(),
        Backend::Gitea(forge.clone()),
        Backend::Github(forge.clone()),
        Backend::Gitlab(forge),
    ];
    let editions = [
        Edition::School,
        Edition::Unit("mg-5a"),
        Edition::Person("ngo-thi-tuong-vi"),
    ];
    for backend in &backends {
        for edition in editions {
            let config = config(&order(&records, edition, backend)).expect("a configuration");
            let faults: Vec<String> = schema
                .iter_errors(&config["cms"])
                .map(|error| format!("{}: {error}", error.instance_path()))
                .map(|fault| fault.chars().take(300).collect())
                .collect();
            assert!(faults.is_empty(), "{edition:?} {backend:?}: {faults:#?}");
        }
    }
}

#[test]
fn every_kind_of_record_has_a_form() {
    let mut records = sample();
    // Also those that this school does not keep.
    records.all.clear();
    records.closings = std::sync::Arc::default();
    for kind in records.kinds.values_mut() {
        std::sync::Arc::get_mut(kind)
            .expect("no record holds it")
            .on = true;
    }
    let backend = own();
    let shown: BTreeSet<String> = {
        let config = config(&order(&records, Edition::School, &backend)).expect("a configuration");
        let names = collections(&config)
            .into_iter()
            .filter_map(|c| c["name"].as_str());
        let valid = sveltia().is_valid(&config["cms"]);
        assert!(valid, "a kind that this school does not keep");
        names
            .filter_map(|name| Some(name.split_once('_')?.1.to_owned()))
            .collect()
    };
    records.kinds.retain(|_, kind| !kind.is_book());
    let missing: Vec<&String> = records
        .kinds
        .iter()
        .filter(|(id, _)| !shown.contains(*id))
        .map(|(id, _)| id)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Figures copied from paper books (`x-tinh`), which forms leave as they are.
const COMPUTED: [&str; 5] = [
    "tong-dat",
    "thanh-tien",
    "kenh-can-nang",
    "kenh-chieu-cao",
    "kenh-can-doi",
];

/// Every key of a value that no field of a form stands for.
fn lost(value: &Value, fields: &[Value], at: &str, out: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        return;
    };
    for (key, value) in object
        .iter()
        .filter(|(key, _)| !COMPUTED.contains(&key.as_str()))
    {
        let at = format!("{at}/{key}");
        let Some(field) = fields.iter().find(|field| field["name"] == key.as_str()) else {
            out.push(at);
            continue;
        };
        kept(value, field, &at, out);
    }
}

fn kept(value: &Value, field: &Value, at: &str, out: &mut Vec<String>) {
    let mut wrong = |what: &str| out.push(format!("{at}: {what}"));
    let inner = field["fields"].as_array();
    let chosen = |value: &Value| {
        let options = field["options"].as_array().expect("options");
        options.iter().any(|option| option["value"] == *value)
    };
    match field["widget"].as_str().expect("a widget") {
        "object" => lost(value, inner.expect("fields"), at, out),
        "list" => {
            let Some(items) = value.as_array() else {
                return wrong("no list");
            };
            for (i, item) in items.iter().enumerate() {
                match inner {
                    Some(inner) => lost(item, inner, &format!("{at}/{i}"), out),
                    None => kept(item, &field["field"], &format!("{at}/{i}"), out),
                }
            }
        }
        "select" if field["multiple"] == true => {
            let all = value
                .as_array()
                .is_some_and(|items| items.iter().all(chosen));
            if !all {
                wrong("a value that cannot be chosen");
            }
        }
        "select" if !chosen(value) => wrong("a value that cannot be chosen"),
        "string" if value.as_str().is_none_or(|text| text.contains('\n')) => {
            wrong("no text of one line");
        }
        "text" | "datetime" if !value.is_string() => wrong("no text"),
        "number" if !value.is_number() => wrong("no number"),
        "boolean" if !value.is_boolean() => wrong("neither yes nor no"),
        "diem-danh" | "danh-gia" if !value.is_array() => wrong("no list"),
        "select" | "string" | "text" | "datetime" | "number" | "boolean" => {}
        "diem-danh" | "danh-gia" => {}
        other => panic!("unknown widget {other}"),
    }
}

#[test]
fn no_field_of_a_written_record_is_lost() {
    let records = sample();
    let backend = own();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for year in ["2024-2025", "2025-2026", "2026-2027"] {
        let first: i16 = year[..4].parse().expect("a year");
        let order = Order {
            year,
            date: date(first, 10, 1),
            ..order(&records, Edition::School, &backend)
        };
        let config = config(&order).expect("a configuration");
        for record in records
            .all
            .iter()
            .filter(|r| !r.kind.is_book() && r.id.year() == year)
        {
            let name = format!("{}_{}", record.id.unit(), record.id.kind());
            let Some(form) = collections(&config)
                .into_iter()
                .find(|c| c["name"] == name.as_str())
            else {
                continue;
            };
            seen.insert(record.kind.id.clone());
            let fields = form["fields"].as_array().expect("fields");
            let mut lost_here = Vec::new();
            lost(
                &Value::Object(record.fields.clone()),
                fields,
                "",
                &mut lost_here,
            );
            faults.extend(
                lost_here
                    .into_iter()
                    .map(|fault| format!("{}{fault}", record.id)),
            );
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(seen.len() >= 36, "{}: {seen:?}", seen.len());
}

#[test]
fn every_property_of_a_schema_has_a_field() {
    let records = sample();
    let backend = own();
    let config = config(&order(&records, Edition::School, &backend)).expect("a configuration");
    for form in collections(&config) {
        let kind = form["name"]
            .as_str()
            .and_then(|name| name.split_once('_'))
            .expect("a name")
            .1;
        let FormKind::Record(rules) = &records.kinds[kind].form else {
            panic!("{kind} is a book");
        };
        let properties = rules.fields.text()["properties"]
            .as_object()
            .expect("properties");
        for key in properties.keys() {
            let fields = form["fields"].as_array().expect("fields");
            assert!(
                fields.iter().any(|f| f["name"] == key.as_str()),
                "{kind}: {key}"
            );
        }
    }
}

/// What a template fills in to, as Sveltia does it, for a written record.
fn filled(template: &str, fields: &serde_json::Map<String, Value>) -> String {
    let mut out = template.to_owned();
    for (key, value) in fields {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let plain = text
            .replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "x")
            .to_lowercase();
        let plain = plain.trim_matches('-').replace("--", "-");
        out = out.replace(&format!("{{{{{key}}}}}"), &plain);
        let month = text.get(..7).unwrap_or_default();
        out = out.replace(&format!("{{{{{key} | date('YYYY-MM')}}}}"), month);
    }
    out
}

#[test]
fn names_of_new_files_are_those_that_the_kinds_take() {
    let records = sample();
    let backend = own();
    let config = config(&order(&records, Edition::School, &backend)).expect("a configuration");
    let mut wrong = Vec::new();
    for record in records
        .all
        .iter()
        .filter(|r| !r.kind.is_book() && r.id.year() == "2024-2025")
    {
        let name = format!("{}_{}", record.id.unit(), record.id.kind());
        let Some(form) = collections(&config)
            .into_iter()
            .find(|c| c["name"] == name.as_str())
        else {
            continue;
        };
        let FormKind::Record(rules) = &record.kind.form else {
            continue;
        };
        let template = form["slug"]["template"].as_str().expect("a template");
        let file = filled(template, &record.fields);
        // Where the writer sees the name, the pattern tells what is wrong with it.
        let told = form["slug"]["pattern"].is_array();
        if !rules.name.accepts(&Value::String(file.clone())) && !told {
            wrong.push(format!("{}: {template} → {file}", record.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_person_sees_what_her_roles_write() {
    let records = sample();
    let backend = own();
    let of = |person| {
        let config =
            config(&order(&records, Edition::Person(person), &backend)).expect("a configuration");
        let names: BTreeSet<String> = collections(&config)
            .into_iter()
            .filter_map(|c| c["name"].as_str().map(str::to_owned))
            .collect();
        names
    };
    let head = of("ngo-thi-tuong-vi");
    assert!(
        head.contains("mg-5a_giao-an") && head.contains("mg-4a_giao-an"),
        "{head:?}"
    );
    let config_of_head = config(&order(
        &records,
        Edition::Person("ngo-thi-tuong-vi"),
        &backend,
    ))
    .expect("a configuration");
    assert_eq!(
        collections(&config_of_head)[0]["name"],
        "mg-5a_giao-an",
        "her own class first, what is daily first"
    );
    let teacher = of("phan-thi-quynh-tram");
    assert!(teacher.contains("mg-5b_giao-an"));
    assert!(
        !teacher
            .iter()
            .any(|name| name.starts_with("mg-5a_") || name == "truong_van-ban-di"),
        "{teacher:?}"
    );
    let order = |edition| order(&records, edition, &backend);
    assert_eq!(
        config(&order(Edition::Person("khong-ai"))),
        Err(Error::NoPerson("khong-ai".into()))
    );
    assert_eq!(
        config(&order(Edition::Unit("mg-9z"))),
        Err(Error::NoUnit("mg-9z".into()))
    );
    let no_year = Order {
        year: "2024",
        ..order(Edition::School)
    };
    assert_eq!(config(&no_year), Err(Error::NoYear("2024".into())));
}

/// Sveltia shows collections on the network unless it is told not to; its own component for a picture takes addresses,
/// and asks for no words, without which no form is printed.
#[test]
fn a_picture_comes_from_the_record_with_words() {
    let records = sample();
    let backend = own();
    let config = config(&order(&records, Edition::School, &backend)).expect("a configuration");
    assert_eq!(config["cms"]["media_libraries"]["stock_assets"], false);
    let page = include_str!("page/page.js");
    assert!(page.contains("CMS.registerEditorComponent(picture());"));
    let component = include_str!("page/widgets/anh.js");
    assert!(component.contains("id: 'image'") && component.contains("choose_url: false"));
    let folder_for_all = "global:{folder:u,enabled:!1}";
    assert!(include_str!("page/vendor/cms.js").contains(folder_for_all));
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let records = sample();
    let backend = own();
    let files = files(&order(&records, Edition::Unit("mg-5a"), &backend)).expect("an editor");
    for name in [
        "index.html",
        "page.js",
        "config.json",
        "vendor/cms.js",
        "vendor/LICENSE-sveltia-cms.txt",
        "NOTICE.txt",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    assert!(!files.contains_key("sveltia-cms.schema.json"));
    let page = std::str::from_utf8(&files["index.html"]).expect("text");
    assert!(
        page.contains("script-src 'self'; ")
            && !page.contains("{{policy}}")
            && !page.contains("http:")
            && !page.contains("https:")
    );
}

#[test]
fn rows_of_a_grid_come_from_the_class_list() {
    let records = sample();
    let backend = own();
    let config =
        config(&order(&records, Edition::Unit("mg-5a"), &backend)).expect("a configuration");
    let all = collections(&config);
    let form = all
        .iter()
        .find(|c| c["name"] == "mg-5a_so-theo-doi-tre")
        .expect("attendance");
    let field = |name: &str| {
        let fields = form["fields"].as_array().expect("fields");
        fields
            .iter()
            .find(|f| f["name"] == name)
            .expect("a field")
            .clone()
    };
    assert_eq!(field("vang")["widget"], "diem-danh");
    assert_eq!(field("vang")["off"]["2024-09-02"], "Nghỉ lễ Quốc khánh");
    assert_eq!(field("tre")["default"].as_array().map(Vec::len), Some(30));
    assert_eq!(field("thang")["default"], "2024-09");
    assert_eq!(config["hoso"]["lists"]["mg-5a_so-theo-doi-tre"][0], "vang");
}
