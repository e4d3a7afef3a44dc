//! `METS.xml` of the package and of its representation (METS 1.12, E-ARK CSIP 2.2): every file with size,
//! kind and digest, and where it belongs.

use crate::archive::TOOL;
use crate::handover::Error;
use crate::handover::package::EAD;
use crate::handover::package::Kind;
use crate::handover::package::Listed;
use crate::handover::package::Material;
use crate::handover::package::PREMIS;
use crate::handover::package::REPRESENTATION;
use crate::handover::package::instant;
use crate::handover::package::xml::Element;
use crate::handover::package::xml::el;

/// The package's own.
pub(super) fn root(material: &Material<'_>, listed: &[Listed]) -> Result<Vec<u8>, Error> {
    let find = |path: &str| listed.iter().find(|file| file.path == path);
    let descriptive = find(EAD).map(|file| {
        el("dmdSec")
            .at("ID", "dmd-ead")
            .at("CREATED", instant(material.at))
            .at("STATUS", "CURRENT")
            .with(
                reference(material, file)
                    .at("MDTYPE", "EAD")
                    .at("MDTYPEVERSION", "EAD3"),
            )
    });
    let preservation = find(PREMIS).map(|file| {
        let reference = reference(material, file)
            .at("MDTYPE", "PREMIS")
            .at("MDTYPEVERSION", "3.0");
        el("amdSec").at("ID", "amd").with(
            el("digiprovMD")
                .at("ID", "amd-premis")
                .at("STATUS", "CURRENT")
                .with(reference),
        )
    });
    let group = |id: &str, used: &str, prefix: &str| {
        let files = listed.iter().filter(|file| file.path.starts_with(prefix));
        let files = files.enumerate().map(|(index, file)| {
            entry(
                material,
                &format!("ID-{id}-{}", index + 1),
                file,
                &file.path,
            )
        });
        el("fileGrp").at("ID", id).at("USE", used).all(files)
    };
    let representation = "Representations/rep1";
    let groups = el("fileSec")
        .at("ID", "files")
        .with(group("grp-schemas", "Schemas", "schemas/"))
        .with(
            group("grp-rep1", representation, "representations/")
                .at("csip:CONTENTINFORMATIONTYPE", "MIXED"),
        );
    let pointer = el("mptr")
        .at("LOCTYPE", "URL")
        .at("xlink:type", "simple")
        .at("xlink:href", format!("{REPRESENTATION}/METS.xml"))
        .at("xlink:title", "grp-rep1");
    let map = structure(
        &material.id,
        vec![
            div("div-metadata", "Metadata")
                .at("ADMID", "amd-premis")
                .at("DMDID", "dmd-ead"),
            div("div-schemas", "Schemas").with(el("fptr").at("FILEID", "grp-schemas")),
            div("div-rep1", representation).with(pointer),
        ],
    );
    let mets = head(material, &material.id, "")
        .all(descriptive)
        .all(preservation)
        .with(groups)
        .with(map);
    Ok(mets.document()?)
}

/// The representation's.
pub(super) fn representation(material: &Material<'_>) -> Result<Vec<u8>, Error> {
    let files = material
        .items
        .iter()
        .flat_map(|item| &item.files)
        .map(|file| {
            let listed = Listed {
                path: format!("data/{}", file.name),
                mime: file.mime(),
                digest: file.digest,
                size: file.size,
            };
            entry(material, &file.id, &listed, &listed.path)
        });
    let groups = el("fileSec").at("ID", "files").with(
        el("fileGrp")
            .at("ID", "grp-data")
            .at("USE", "Data")
            .all(files),
    );
    let data = div("div-data", "Data").with(el("fptr").at("FILEID", "grp-data"));
    let mets = head(material, "rep1", "../../")
        .with(groups)
        .with(structure("rep1", vec![data]));
    Ok(mets.document()?)
}

/// The root element with its header. `up` leads to the package's folder.
fn head(material: &Material<'_>, id: &str, up: &str) -> Element {
    let name = material.kind.name();
    let profile = match material.kind {
        Kind::Sip => "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",
        Kind::Aip => "https://earkaip.dilcis.eu/profile/E-ARK-AIP.xml",
    };
    // Who submits it (SIP15).
    let submitter = (material.kind == Kind::Sip)
        .then(|| agent("CREATOR", &material.school).at("TYPE", "ORGANIZATION"));
    let header = el("metsHdr")
        .at("CREATEDATE", instant(material.at))
        .at("RECORDSTATUS", "NEW")
        .at("csip:OAISPACKAGETYPE", name)
        .with(
            agent("CREATOR", TOOL)
                .at("TYPE", "OTHER")
                .at("OTHERTYPE", "SOFTWARE")
                .with(
                    el("note")
                        .at("csip:NOTETYPE", "SOFTWARE VERSION")
                        .text(env!("CARGO_PKG_VERSION")),
                ),
        )
        .with(agent("ARCHIVIST", &material.school).at("TYPE", "ORGANIZATION"))
        .all(submitter);
    let schemas = format!(
        "http://www.loc.gov/METS/ {up}schemas/mets1_12.xsd http://www.w3.org/1999/xlink {up}schemas/xlink.xsd \
         https://DILCIS.eu/XML/METS/CSIPExtensionMETS {up}schemas/DILCISExtensionMETS.xsd"
    );
    el("mets")
        .at("xmlns", "http://www.loc.gov/METS/")
        .at("xmlns:csip", "https://DILCIS.eu/XML/METS/CSIPExtensionMETS")
        .at("xmlns:xlink", "http://www.w3.org/1999/xlink")
        .at("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .at("xsi:schemaLocation", schemas)
        .at("OBJID", id)
        .at("TYPE", "Mixed")
        .at("LABEL", format!("Hồ sơ điện tử {}", material.school))
        .at("PROFILE", profile)
        .at("csip:CONTENTINFORMATIONTYPE", "MIXED")
        .with(header)
}

fn agent(role: &str, name: &str) -> Element {
    el("agent").at("ROLE", role).with(el("name").text(name))
}

/// What METS says of any file.
fn described(element: Element, material: &Material<'_>, file: &Listed) -> Element {
    element
        .at("MIMETYPE", file.mime)
        .at("SIZE", file.size.to_string())
        .at("CREATED", instant(material.at))
        .at("CHECKSUM", file.digest.to_string())
        .at("CHECKSUMTYPE", "SHA-256")
}

fn reference(material: &Material<'_>, file: &Listed) -> Element {
    let reference = el("mdRef")
        .at("LOCTYPE", "URL")
        .at("xlink:type", "simple")
        .at("xlink:href", &file.path);
    described(reference, material, file)
}

fn entry(material: &Material<'_>, id: &str, file: &Listed, href: &str) -> Element {
    let place = el("FLocat")
        .at("LOCTYPE", "URL")
        .at("xlink:type", "simple")
        .at("xlink:href", href);
    described(el("file").at("ID", id), material, file).with(place)
}

fn div(id: &str, label: &str) -> Element {
    el("div").at("ID", id).at("LABEL", label)
}

fn structure(label: &str, parts: Vec<Element>) -> Element {
    let whole = div("div-package", label).all(parts);
    el("structMap")
        .at("ID", "map")
        .at("TYPE", "PHYSICAL")
        .at("LABEL", "CSIP")
        .with(whole)
}
