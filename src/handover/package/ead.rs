//! `metadata/descriptive/EAD.xml` (EAD3 1.1.1): what the records are, by year, unit and kind.

use std::collections::BTreeMap;

use crate::handover::Error;
use crate::handover::package::Item;
use crate::handover::package::Material;
use crate::handover::package::REPRESENTATION;
use crate::handover::package::Role;
use crate::handover::package::instant;
use crate::handover::package::xml::Element;
use crate::handover::package::xml::el;

/// Writes it.
pub(super) fn write(material: &Material<'_>) -> Result<Vec<u8>, Error> {
    let mut years: BTreeMap<&str, BTreeMap<&str, Vec<&Item<'_>>>> = BTreeMap::new();
    for item in &material.items {
        let mut parts = item.record.id.as_str().split('/');
        let year = parts.next().unwrap_or_default();
        let unit = parts.next().unwrap_or_default();
        years
            .entry(year)
            .or_default()
            .entry(unit)
            .or_default()
            .push(item);
    }
    let days: Vec<_> = material.items.iter().map(|item| item.record.date).collect();
    let (first, last) = (days.iter().min(), days.iter().max());
    let range = first
        .zip(last)
        .map_or_else(String::new, |(a, b)| format!("{a}/{b}"));
    let series = years.into_iter().map(|(year, units)| {
        let units = units.into_iter().map(|(unit, items)| {
            let title = items
                .first()
                .map_or(unit, |item| item.record.unit.ten.as_str());
            group("subseries", &format!("{year}/{unit}"), title).all(items.into_iter().map(one))
        });
        group("series", year, &format!("Năm học {year}")).all(units)
    });
    let title = format!("Hồ sơ điện tử {}", material.school);
    let did = el("did")
        .with(el("repository").with(el("corpname").with(el("part").text(&material.school))))
        .with(el("unittitle").text(&title))
        .with(el("unitid").text(&material.id))
        .with(
            el("unitdate")
                .at("normal", &range)
                .text(range.replace('/', " – ")),
        )
        .with(el("langmaterial").with(el("language").at("langcode", "vie").text("Tiếng Việt")));
    let now = instant(material.at);
    let control = el("control")
        .with(el("recordid").text(&material.id))
        .with(el("filedesc").with(el("titlestmt").with(el("titleproper").text(&title))))
        .with(el("maintenancestatus").at("value", "new"))
        .with(el("maintenanceagency").with(el("agencyname").text(&material.school)))
        .with(
            el("maintenancehistory").with(
                el("maintenanceevent")
                    .with(el("eventtype").at("value", "created"))
                    .with(el("eventdatetime").at("standarddatetime", &now).text(&now))
                    .with(el("agenttype").at("value", "machine"))
                    .with(el("agent").text(crate::archive::TOOL)),
            ),
        );
    let ead = el("ead")
        .at("xmlns", "http://ead3.archivists.org/schema/")
        .at("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .at(
            "xsi:schemaLocation",
            "http://ead3.archivists.org/schema/ ../../schemas/ead3.xsd",
        )
        .with(control)
        .with(
            el("archdesc")
                .at("level", "fonds")
                .with(did)
                .with(el("dsc").all(series)),
        );
    Ok(ead.document()?)
}

fn group(level: &str, id: &str, title: &str) -> Element {
    let did = el("did")
        .with(el("unittitle").text(title))
        .with(el("unitid").text(id));
    el("c").at("level", level).with(did)
}

fn one(item: &Item<'_>) -> Element {
    let record = item.record;
    let day = record.date.to_string();
    let mut did = el("did")
        .with(el("unittitle").text(&record.title))
        .with(el("unitid").text(record.id.as_str()))
        .with(el("unitdate").at("normal", &day).text(&day))
        .with(el("physdesc").text(&record.kind.title));
    for file in item
        .files
        .iter()
        .filter(|file| matches!(file.role, Role::Form))
    {
        let href = format!("../../{REPRESENTATION}/data/{}", file.name);
        did = did.with(el("dao").at("daotype", "borndigital").at("href", href));
    }
    let c = el("c").at("level", "item").with(did);
    match &record.kind.retention {
        Some(term) => {
            c.with(el("appraisal").with(el("p").text(format!("Thời hạn bảo quản: {term}"))))
        }
        None => c,
    }
}
