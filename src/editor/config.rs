//! The whole configuration: collections by unit and kind, and what our own scripts need beside it.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::editor::Edition;
use crate::editor::Error;
use crate::editor::Order;
use crate::editor::choices::Choices;
use crate::editor::edition;
use crate::editor::edition::Shelf;
use crate::editor::form::Form;
use crate::editor::naming::Naming;
use crate::records::image;
use crate::records::kind::BodyRule;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;

/// The folder of pictures beside records.
const PICTURES: &str = "anh";

/// The configuration of the CMS, and that of our own scripts.
///
/// # Errors
/// When the year, unit or person does not exist, or writes nothing.
pub(super) fn whole(order: &Order<'_>) -> Result<Value, Error> {
    let choices = Choices::new(order).ok_or_else(|| Error::NoYear(order.year.to_owned()))?;
    let shelves = edition::shelves(order)?;
    let mut collections: Vec<Value> = Vec::new();
    let mut lists = Map::new();
    for shelf in &shelves {
        let FormKind::Record(rules) = &shelf.kind.form else {
            continue;
        };
        let name = format!("{}_{}", shelf.unit.id, shelf.kind.id);
        // What tells shelves apart comes second: a list of books is read from the left.
        let label = match shelves
            .iter()
            .filter(|other| other.kind.id == shelf.kind.id)
            .count()
        {
            1 => shelf.kind.title.clone(),
            _ => format!("{} · {}", shelf.kind.title, shelf.unit.ten),
        };
        let (collection, empty) = collection(order, &choices, shelf, rules, (&name, &label));
        collections.push(collection);
        if !empty.is_empty() {
            lists.insert(name, empty.into());
        }
    }
    let school = order.records.school.organisation(order.date);
    let title = school.map_or("Hồ sơ", |school| school.ten.as_str());
    let person = match order.edition {
        Edition::Person(id) => Some(id),
        Edition::School | Edition::Unit(_) => None,
    };
    let mut whole = json!({
        "cms": {
            "load_config_file": false,
            "backend": order.backend.config(),
            "publish_mode": "simple",
            "app_title": format!("{title}: hồ sơ năm học {}", order.year),
            "show_preview_links": false,
            "logo": {"show_in_header": false},
            "editor": {"preview": order.backend.is_own()},
            // Sveltia asks for a folder for all; a picture belongs to its record, and nothing comes from the network.
            "media_folder": format!("content/{}/{PICTURES}", order.year),
            "public_folder": format!("/{PICTURES}"),
            "media_libraries": {
                "default": {"config": {"max_file_size": image::MAX_BYTES, "slugify_filename": true}},
                "stock_assets": false,
            },
            "slug": {"encoding": "ascii", "clean_accents": true, "maxlength": 60, "timezone": "local"},
            "output": {
                "omit_empty_optional_fields": true,
                "yaml": {"quote": "none", "indent_size": 2, "indent_sequences": true},
            },
            "collections": collections,
        },
        "hoso": {
            "own": order.backend.is_own(),
            "year": order.year,
            "person": person,
            "lists": lists,
        },
    });
    if order.backend.is_own() {
        // Sveltia's own way out forgets its token only; the session ends at the server's page.
        whole["cms"]["logout_redirect_url"] = "/dang-xuat".into();
    }
    Ok(whole)
}

fn collection(
    order: &Order<'_>,
    choices: &Choices<'_>,
    shelf: &Shelf<'_>,
    rules: &RecordRules,
    (name, label): (&str, &str),
) -> (Value, Vec<String>) {
    let Shelf { unit, kind } = shelf;
    let school = &order.records.school;
    let folder = format!("content/{}/{}/{}", order.year, unit.id, kind.id);
    let form = Form {
        choices,
        kind,
        rules,
        unit,
        preview: order.backend.is_own(),
        team: school.team(unit, order.date).map(|team| team.id.as_str()),
        whole: school.whole(order.date).map(|whole| whole.id.as_str()),
    };
    let (fields, lists) = form.fields();
    let naming = Naming::of(kind, rules, order.year);
    let date = rules.date_field.as_str();
    let has_title = is_field(rules, &kind.title_from);
    let mut collection = json!({
        "name": name,
        "label": label,
        "label_singular": kind.title,
        "folder": folder,
        "format": "yaml-frontmatter",
        "extension": "md",
        "create": true,
        // What was handed in stays; whoever must take a file away does so in git, where it is seen.
        "delete": false,
        "identifier_field": if has_title { kind.title_from.as_str() } else { date },
        "slug": naming.config(),
        "summary": summary(kind, rules),
        "sortable_fields": {"fields": sortable(kind, rules), "default": {"field": date, "direction": "descending"}},
        "view_groups": [{"name": "thang", "label": "Tháng", "field": date, "pattern": "^\\d{4}-\\d{2}"}],
        "fields": fields,
    });
    if naming.single {
        collection["limit"] = 1.into();
    }
    if rules.body != BodyRule::Khong {
        collection["media_folder"] = PICTURES.into();
        collection["public_folder"] = PICTURES.into();
    }
    (collection, lists)
}

fn is_field(rules: &RecordRules, name: &str) -> bool {
    let properties = rules.fields.text().get("properties");
    properties.is_some_and(|all| all.get(name).is_some())
}

/// The line of a record in a list: its date, unless the title has it, and its title.
fn summary(kind: &Kind, rules: &RecordRules) -> String {
    let date = &rules.date_field;
    if is_field(rules, &kind.title_from) {
        return format!("{{{{{date}}}}} · {{{{{}}}}}", kind.title_from);
    }
    // `{so}` of the kind is `{{so}}` here.
    kind.title_from.replace('{', "{{").replace('}', "}}")
}

fn sortable(kind: &Kind, rules: &RecordRules) -> Vec<String> {
    let number = kind.numbering.as_ref().map(|rule| rule.field.clone());
    let title = Some(kind.title_from.clone()).filter(|title| is_field(rules, title));
    [Some(rules.date_field.clone()), number, title]
        .into_iter()
        .flatten()
        .collect()
}
