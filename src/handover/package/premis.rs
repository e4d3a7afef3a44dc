//! `metadata/preservation/PREMIS.xml` (PREMIS 3.0): the files with their digests, what was done to them
//! by git's history and by the signatures, and by whom.
//!
//! A commit's author is what somebody claimed, and is said as that; who signed is proven.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::archive::TOOL;
use crate::handover::Error;
use crate::handover::package::File;
use crate::handover::package::Item;
use crate::handover::package::Material;
use crate::handover::package::Role;
use crate::handover::package::instant;
use crate::handover::package::xml::Element;
use crate::handover::package::xml::el;
use crate::seal::Seal;

const LOCAL: &str = "local";
const PERSON: &str = "person";
/// The id of the program as an agent.
const SOFTWARE: &str = "hoso";

/// Who did something, by a local id.
type Agents = BTreeMap<String, (String, &'static str)>;

/// Writes it.
pub(super) fn write(material: &Material<'_>) -> Result<Vec<u8>, Error> {
    let mut agents = Agents::new();
    agents.insert(SOFTWARE.to_owned(), (TOOL.to_owned(), "software"));
    let mut events: Vec<Element> = Vec::new();
    for item in &material.items {
        history(item, &mut agents, &mut events);
        signatures(material, item, &mut agents, &mut events);
    }
    events.extend(package(material));
    let files = material.items.iter().flat_map(|item| {
        let form = item.files.first().map(|file| file.id.as_str());
        item.files.iter().map(move |file| object(file, form))
    });
    let premis = el("premis")
        .at("xmlns", "http://www.loc.gov/premis/v3")
        .at("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .at(
            "xsi:schemaLocation",
            "http://www.loc.gov/premis/v3 ../../schemas/premis.xsd",
        )
        .at("version", "3.0")
        .all(files)
        .all(numbered(events))
        .all(agents.into_iter().map(|(id, (name, kind))| {
            el("agent")
                .with(pair(
                    [
                        "agentIdentifier",
                        "agentIdentifierType",
                        "agentIdentifierValue",
                    ],
                    &id,
                ))
                .with(el("agentName").text(name))
                .with(el("agentType").text(kind))
        }));
    Ok(premis.document()?)
}

/// `<name><name>Type</…><name>Value</…></name>`
fn pair([outer, kind, value]: [&'static str; 3], id: &str) -> Element {
    el(outer)
        .with(el(kind).text(LOCAL))
        .with(el(value).text(id))
}

fn object(file: &File<'_>, form: Option<&str>) -> Element {
    let fixity = el("fixity")
        .with(el("messageDigestAlgorithm").text("SHA-256"))
        .with(el("messageDigest").text(file.digest.to_string()))
        .with(el("messageDigestOriginator").text(TOOL));
    let format =
        el("format").with(el("formatDesignation").with(el("formatName").text(file.mime())));
    let object = el("object")
        .at("xsi:type", "file")
        .with(pair(
            [
                "objectIdentifier",
                "objectIdentifierType",
                "objectIdentifierValue",
            ],
            &file.id,
        ))
        .with(
            el("objectCharacteristics")
                .with(fixity)
                .with(el("size").text(file.size.to_string()))
                .with(format),
        )
        .with(el("originalName").text(&file.name));
    let (kind, sub) = match file.role {
        Role::Form => return object,
        Role::Source => ("derivation", "is source of"),
        Role::Signature(_) => ("dependency", "is signature of"),
    };
    let related = pair(
        [
            "relatedObjectIdentifier",
            "relatedObjectIdentifierType",
            "relatedObjectIdentifierValue",
        ],
        form.unwrap_or_default(),
    );
    object.with(
        el("relationship")
            .with(el("relationshipType").text(kind))
            .with(el("relationshipSubType").text(sub))
            .with(related),
    )
}

/// An event without its number; [`numbered`] gives it one.
struct Happened<'a> {
    kind: &'a str,
    at: Timestamp,
    detail: String,
    outcome: Option<(String, Option<String>)>,
    agents: Vec<String>,
    objects: Vec<&'a str>,
}

impl Happened<'_> {
    fn element(self) -> Element {
        let outcome = self.outcome.map(|(outcome, note)| {
            let detail = note
                .map(|note| el("eventOutcomeDetail").with(el("eventOutcomeDetailNote").text(note)));
            el("eventOutcomeInformation")
                .with(el("eventOutcome").text(outcome))
                .all(detail)
        });
        el("event")
            .with(el("eventType").text(self.kind))
            .with(el("eventDateTime").text(instant(self.at)))
            .with(el("eventDetailInformation").with(el("eventDetail").text(self.detail)))
            .all(outcome)
            .all(self.agents.iter().map(|id| {
                pair(
                    [
                        "linkingAgentIdentifier",
                        "linkingAgentIdentifierType",
                        "linkingAgentIdentifierValue",
                    ],
                    id,
                )
            }))
            .all(self.objects.iter().map(|id| {
                pair(
                    [
                        "linkingObjectIdentifier",
                        "linkingObjectIdentifierType",
                        "linkingObjectIdentifierValue",
                    ],
                    id,
                )
            }))
    }
}

fn numbered(events: Vec<Element>) -> impl Iterator<Item = Element> {
    events.into_iter().enumerate().map(|(index, event)| {
        let names = [
            "eventIdentifier",
            "eventIdentifierType",
            "eventIdentifierValue",
        ];
        event.first(pair(names, &format!("e{:06}", index + 1)))
    })
}

/// What git says of the text.
fn history(item: &Item<'_>, agents: &mut Agents, events: &mut Vec<Element>) {
    let source = item
        .files
        .iter()
        .find(|file| matches!(file.role, Role::Source));
    let objects: Vec<&str> = source.iter().map(|file| file.id.as_str()).collect();
    for (index, change) in item.changes.iter().enumerate() {
        let commit = &change.commit;
        let id = format!("git:{}", commit.author.email);
        agents.insert(id.clone(), (commit.author.name.clone(), PERSON));
        let happened = Happened {
            kind: if index == 0 {
                "creation"
            } else {
                "modification"
            },
            at: commit.authored.time,
            detail: format!("git {} {}: {}", commit.id, change.path, commit.summary),
            outcome: None,
            agents: vec![id],
            objects: objects.clone(),
        };
        events.push(happened.element());
    }
}

/// What the signatures prove, and what became of checking them.
fn signatures(
    material: &Material<'_>,
    item: &Item<'_>,
    agents: &mut Agents,
    events: &mut Vec<Element>,
) {
    let form = item.files.first().map(|file| file.id.as_str());
    for file in &item.files {
        let Role::Signature(seal) = file.role else {
            continue;
        };
        let id = signer(seal);
        let facts = seal.examined.certificate();
        let name = facts.and_then(|facts| facts.subject_cn.clone());
        agents.insert(id.clone(), (name.unwrap_or_else(|| id.clone()), PERSON));
        let objects: Vec<&str> = form.into_iter().chain([file.id.as_str()]).collect();
        let statement = seal.examined.statement();
        if let Some(at) = seal.examined.signing_time() {
            let step = statement.map_or("", |statement| statement.step.as_str());
            let certificate = facts
                .map(|facts| facts.sha256.to_string())
                .unwrap_or_default();
            let made = Happened {
                kind: "digital signature generation",
                at,
                detail: format!("bước {step}; chứng thư SHA-256 {certificate}"),
                outcome: None,
                agents: vec![id],
                objects: objects.clone(),
            };
            events.push(made.element());
        }
        let verdict = seal.examined.verdict();
        let checked = Happened {
            kind: "digital signature validation",
            at: material.at,
            detail: "ETSI EN 319 102-1".to_owned(),
            outcome: Some((verdict.to_string(), Some(verdict.words().vi))),
            agents: vec![SOFTWARE.to_owned()],
            objects,
        };
        events.push(checked.element());
    }
}

fn signer(seal: &Seal) -> String {
    let facts = seal.examined.certificate();
    facts.map_or_else(
        || "—".to_owned(),
        |facts| format!("certificate:{}", facts.sha256),
    )
}

/// What was done to all of it: the digests, the seals of the archives, the package.
fn package(material: &Material<'_>) -> Vec<Element> {
    let software = || vec![SOFTWARE.to_owned()];
    let happened = |kind, at, detail, outcome| {
        Happened {
            kind,
            at,
            detail,
            outcome,
            agents: software(),
            objects: Vec::new(),
        }
        .element()
    };
    let mut events = vec![happened(
        "fixity check",
        material.at,
        "SHA-256, BagIt 1.0 (RFC 8493)".to_owned(),
        Some(("pass".to_owned(), None)),
    )];
    for link in material.whole.verified.chain.links() {
        let Some(seal) = &link.seal else {
            continue;
        };
        let at = seal.examined.signing_time().unwrap_or(material.at);
        let (number, digest) = (link.entry.number, link.entry.digest);
        let detail = format!("niêm phong kho lưu trữ số {number}, tagmanifest SHA-256 {digest}");
        let verdict = seal.examined.verdict().to_string();
        events.push(happened(
            "seal of the archive",
            at,
            detail,
            Some((verdict, None)),
        ));
    }
    events.push(happened(
        "information package creation",
        material.at,
        format!("git {}", material.commit),
        Some(("success".to_owned(), None)),
    ));
    events
}
