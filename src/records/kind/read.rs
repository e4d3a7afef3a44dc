//! Reading `layouts/<kind>/kind.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::audience::BODY;
use crate::records::evidence;
use crate::records::evidence::EvidenceCode;
use crate::records::kind::BodyRule;
use crate::records::kind::Deadline;
use crate::records::kind::Due;
use crate::records::kind::Each;
use crate::records::kind::Every;
use crate::records::kind::Figures;
use crate::records::kind::FormKind;
use crate::records::kind::FormVersion;
use crate::records::kind::Kind;
use crate::records::kind::NumberRule;
use crate::records::kind::Reach;
use crate::records::kind::RecordRules;
use crate::records::kind::Scope;
use crate::records::kind::chain;
use crate::records::reference::Reference;
use crate::records::schema::Schema;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// The JSON Schema of `kind.yaml`, for editors and for this program.
const KIND_SCHEMA: &str = include_str!("../../../layouts/kind.schema.json");

/// A `kind.yaml` beyond this size is refused.
const MAX_KIND: u64 = 256 * 1024;

/// Reads every `layouts/*/kind.yaml` of a revision.
pub fn read_all(snapshot: &Snapshot) -> Checked<BTreeMap<String, Arc<Kind>>> {
    let mut findings = Vec::new();
    let mut kinds = BTreeMap::new();
    for entry in snapshot.under("layouts/") {
        let segments: Vec<&str> = entry.path.segments().collect();
        let [_, id, "kind.yaml"] = segments[..] else {
            continue;
        };
        match read(snapshot, &entry.path, id) {
            Ok(kind) => {
                kinds.insert(id.to_owned(), Arc::new(kind));
            }
            Err(found) => findings.extend(found),
        }
    }
    findings.extend(dangling(&kinds));
    Checked::new(kinds, findings)
}

/// Books over kinds that there are not. (A check may name a kind that a school does not keep: then
/// there is nothing to compare with.)
fn dangling(kinds: &BTreeMap<String, Arc<Kind>>) -> Vec<Finding> {
    let gathered = |kind: &Kind| match &kind.form {
        FormKind::Book { of, .. } => of.clone(),
        FormKind::Record(_) => Vec::new(),
    };
    kinds
        .values()
        .flat_map(|kind| gathered(kind).into_iter().map(move |of| (kind, of)))
        .filter(|(_, of)| !kinds.contains_key(of))
        .map(|(kind, of)| {
            invalid(
                &Place::raw(format!("layouts/{}/kind.yaml", kind.id)),
                format!("`gom: {}` không phải là loại hồ sơ nào", tame(&of)),
                format!("`gom: {}` is no kind", tame(&of)),
            )
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    ten: String,
    ten_en: String,
    #[serde(default)]
    loai: Loai,
    so: u8,
    pham_vi: Scope,
    #[serde(default)]
    do_tuoi: Vec<String>,
    ky: Every,
    #[serde(default = "one")]
    so_lan: u32,
    #[serde(default = "no_delay")]
    han: Deadline,
    #[serde(default)]
    moi: Each,
    #[serde(default = "yes")]
    bat: bool,
    tre: Option<String>,
    nguoi: Option<String>,
    nguoi_nop: Option<String>,
    ten_tep: Option<String>,
    ngay: Option<String>,
    tieu_de: String,
    than: Option<BodyRule>,
    luu_tru: Option<String>,
    #[serde(default)]
    ca_nhan: Vec<String>,
    #[serde(default)]
    nhay_cam: Vec<String>,
    trinh_ky: chain::Written,
    mau: Vec<FormVersion>,
    truong: Option<Value>,
    #[serde(default)]
    doi_chieu: Vec<Reference>,
    gom: Option<OneOrMore>,
    #[serde(default)]
    sap_xep: Vec<String>,
    dinh_kem: Option<String>,
    tinh: Option<String>,
    kiem_tra: Option<String>,
    #[serde(default)]
    lien_quan: BTreeMap<String, Reach>,
    #[serde(default)]
    du_lieu: BTreeMap<String, String>,
    danh_so: Option<NumberRule>,
    #[serde(default)]
    minh_chung: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Loai {
    #[default]
    HoSo,
    So,
}

fn one() -> u32 {
    1
}

fn no_delay() -> Deadline {
    Deadline::Sau(0)
}

pub(super) fn yes() -> bool {
    true
}

fn read(snapshot: &Snapshot, path: &RepoPath, id: &str) -> Result<Kind, Vec<Finding>> {
    let place = Place::file(path);
    let fail = |vi: String, en: String| vec![invalid(&place, vi, en)];
    let bytes = snapshot
        .read(path, MAX_KIND)
        .map_err(|e| fail(e.words().vi, e.words().en))?;
    let text = String::from_utf8(bytes)
        .map_err(|e| fail(format!("không phải UTF-8: {e}"), e.to_string()))?;
    // What every file is told of its YAML, under the code of this one.
    let own = |found: Vec<Finding>| {
        found
            .into_iter()
            .map(|f| {
                Finding {
                    code: Code::KindInvalid,
                    ..f
                }
                .excerpt(&text)
            })
            .collect::<Vec<_>>()
    };
    let document = Document::read(&text, 1, &place).map_err(own)?;
    let schema =
        serde_json::from_str(KIND_SCHEMA).map_err(|e| fail(e.to_string(), e.to_string()))?;
    let schema = Schema::compile(schema).map_err(|e| fail(e.clone(), e))?;
    let violations = schema.findings(&document, &place);
    if !violations.is_empty() {
        return Err(own(violations));
    }
    let written: Written = serde_json::from_value(document.value.clone()).map_err(|e| {
        fail(
            format!("chưa đúng quy định: {}", tame(&e.to_string())),
            tame(&e.to_string()),
        )
    })?;
    build(written, id).map_err(|Invalid(vi, en)| fail(vi, en))
}

struct Invalid(String, String);

fn build(written: Written, id: &str) -> Result<Kind, Invalid> {
    let missing = |key: &str| {
        Invalid(
            format!("thiếu khóa `{key}`"),
            format!("key `{key}` is missing"),
        )
    };
    let form = match written.loai {
        Loai::So if matches!(written.ky, Every::Ngay | Every::Tuan) => {
            return Err(Invalid(
                "sổ được lập theo tháng, quý, học kỳ hoặc năm".into(),
                "a book is made for a month, a quarter, a term or a year".into(),
            ));
        }
        Loai::So => FormKind::Book {
            of: match written.gom.ok_or_else(|| missing("gom"))? {
                OneOrMore::One(of) => vec![of],
                OneOrMore::More(of) => of,
            },
            sort: written.sap_xep,
        },
        Loai::HoSo => {
            let pattern = written.ten_tep.ok_or_else(|| missing("ten-tep"))?;
            let broken = |error: String| {
                Invalid(
                    format!("`truong`/`ten-tep`: {}", tame(&error)),
                    tame(&error),
                )
            };
            let name = serde_json::json!({ "type": "string", "pattern": pattern });
            FormKind::Record(Box::new(RecordRules {
                name: Schema::compile(name).map_err(broken)?,
                name_pattern: pattern,
                date_field: written.ngay.ok_or_else(|| missing("ngay"))?,
                body: written.than.ok_or_else(|| missing("than"))?,
                fields: Schema::of_header(written.truong.ok_or_else(|| missing("truong"))?)
                    .map_err(broken)?,
            }))
        }
    };
    if written.mau.is_empty() {
        return Err(missing("mau"));
    }
    // 0: one of the extra books outside the statutory eleven.
    if written.so > 11 {
        return Err(Invalid(
            "`so` phải từ 0 đến 11".into(),
            "`so` must be 0 to 11".into(),
        ));
    }
    marks(&form, &[&written.ca_nhan, &written.nhay_cam])?;
    let chains = chain::sound(written.trinh_ky).map_err(|words| Invalid(words.vi, words.en))?;
    let mut versions = written.mau;
    versions.sort_by_key(|v| v.from);
    Ok(Kind {
        id: id.to_owned(),
        title: written.ten,
        title_en: written.ten_en,
        number: written.so,
        scope: written.pham_vi,
        form,
        ages: written.do_tuoi,
        due: Due {
            every: written.ky,
            count: written.so_lan.max(1),
            each: written.moi,
            by: written.han,
        },
        on: written.bat,
        title_from: written.tieu_de,
        retention: written.luu_tru,
        personal: [written.ca_nhan, written.nhay_cam.clone()].concat(),
        sensitive: written.nhay_cam,
        chains,
        references: written.doi_chieu,
        child: written.tre,
        person: written.nguoi,
        submitter: written.nguoi_nop,
        attached: written.dinh_kem,
        evidence: codes(&written.minh_chung)?,
        figures: Figures {
            compute: written.tinh,
            check: written.kiem_tra,
            related: written.lien_quan,
            tables: written.du_lieu,
        },
        numbering: written.danh_so,
        versions,
    })
}

/// A mark that names nothing keeps nothing from anybody.
fn marks(form: &FormKind, written: &[&Vec<String>]) -> Result<(), Invalid> {
    let known = |mark: &str| match form {
        FormKind::Record(rules) => {
            let fields = rules.fields.text().get("properties");
            mark == BODY || fields.is_some_and(|fields| fields.get(mark).is_some())
        }
        FormKind::Book { .. } => false,
    };
    let mut unknown = written.iter().copied().flatten().filter(|m| !known(m));
    match unknown.next() {
        None => Ok(()),
        Some(mark) => Err(Invalid(
            format!(
                "`ca-nhan`, `nhay-cam`: không có trường `{0}` để đánh dấu (`{BODY}` là phần lời)",
                tame(mark)
            ),
            format!(
                "`ca-nhan`, `nhay-cam`: there is no field `{0}` to mark (`{BODY}` is the text below the header)",
                tame(mark)
            ),
        )),
    }
}

fn codes(written: &[String]) -> Result<Vec<EvidenceCode>, Invalid> {
    let one = |text: &String| {
        EvidenceCode::parse(text).ok_or_else(|| {
            let words = evidence::malformed(Place::raw(""), text).message;
            Invalid(format!("`minh-chung`: {}", words.vi), words.en)
        })
    };
    written.iter().map(one).collect()
}

fn invalid(place: &Place, vi: String, en: String) -> Finding {
    Finding::new(Code::KindInvalid, place.clone(), Words::new(vi, en))
        .help(Words::new("xem docs/kinds.md", "see docs/kinds.md"))
}
