//! What a record of a kind is: `layouts/<kind>/kind.yaml`, read as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::reference::Reference;
use crate::records::schema::Schema;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// The JSON Schema of `kind.yaml`, for editors and for this program.
const KIND_SCHEMA: &str = include_str!("../../layouts/kind.schema.json");

/// A `kind.yaml` beyond this size is refused.
const MAX_KIND: u64 = 256 * 1024;

/// A kind of record, or a book over the records of another kind.
#[derive(Debug)]
pub struct Kind {
    /// The folder's name, `giao-an`.
    pub id: String,
    /// The title people see.
    pub title: String,
    /// The title in English.
    pub title_en: String,
    /// Which of the eleven books of Điều 21 (TT 52/2020) it belongs to.
    pub number: u8,
    /// Which units keep it.
    pub scope: Scope,
    /// Record or book.
    pub form: FormKind,
    /// How the title of one record is made.
    pub title_from: String,
    /// How long it is kept, as people say it.
    pub retention: Option<String>,
    /// Top-level fields that hold personal or sensitive data.
    pub personal: Vec<String>,
    /// The approval chain, in order.
    pub chain: Vec<Step>,
    /// Values of a record that must appear elsewhere in it.
    pub references: Vec<Reference>,
    /// The versions of the form, newest last.
    pub versions: Vec<FormVersion>,
}

/// What a kind's form is over.
#[derive(Debug)]
pub enum FormKind {
    /// One file.
    Record(Box<RecordRules>),
    /// The records of another kind in one unit and month.
    Book {
        /// The kind gathered.
        of: String,
        /// The fields by which its records are sorted.
        sort: Vec<String>,
    },
}

/// What a record's file must be.
#[derive(Debug)]
pub struct RecordRules {
    /// The pattern of the file's name.
    pub name: Schema,
    /// The pattern as written, for showing.
    pub name_pattern: String,
    /// The field that holds the record's date.
    pub date_field: String,
    /// Whether there is a body.
    pub body: BodyRule,
    /// The fields.
    pub fields: Schema,
}

/// Which units keep a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The school itself.
    Truong,
    /// A team.
    To,
    /// A class.
    Lop,
}

/// Whether a record has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyRule {
    /// It must.
    BatBuoc,
    /// It may.
    TuyChon,
    /// It must not.
    Khong,
}

/// Where the role of a step is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldAt {
    /// At the record's own unit.
    #[serde(alias = "lop")]
    DonVi,
    /// At the team that the unit belongs to.
    To,
    /// At the school.
    Truong,
}

/// One step of an approval chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The step's name, part of the signature's file name.
    #[serde(rename = "buoc")]
    pub id: String,
    /// What stands over the signature.
    #[serde(rename = "nhan")]
    pub label: String,
    /// The roles that may sign, the usual one first.
    #[serde(rename = "vai-tro")]
    pub roles: Vec<String>,
    /// Where the role is held.
    #[serde(rename = "tai")]
    pub held_at: HeldAt,
    /// The field that names the signers; without it the first holder of the roles.
    #[serde(rename = "truong")]
    pub field: Option<String>,
    /// Whether it must be a digital signature.
    #[serde(rename = "ky-so", default = "yes")]
    pub digital: bool,
    /// Whether it is the organisation's seal.
    #[serde(rename = "dau", default)]
    pub seal: bool,
}

/// A version of the form and when it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FormVersion {
    /// The version's number.
    #[serde(rename = "phien-ban")]
    pub version: u32,
    /// First day on which it holds.
    #[serde(rename = "tu")]
    pub from: Date,
    /// Last day on which it holds.
    #[serde(rename = "den")]
    pub to: Option<Date>,
    /// The layout's file within the kind's folder.
    #[serde(rename = "tep")]
    pub file: String,
}

impl Kind {
    /// The version of the form that holds on `date`.
    pub fn version_on(&self, date: Date) -> Option<&FormVersion> {
        self.versions
            .iter()
            .rev()
            .find(|v| v.from <= date && v.to.is_none_or(|to| date <= to))
    }

    /// Whether the kind is a book.
    pub fn is_book(&self) -> bool {
        matches!(self.form, FormKind::Book { .. })
    }
}

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
    let gathered = kinds.values().filter_map(|kind| match &kind.form {
        FormKind::Book { of, .. } if !kinds.contains_key(of) => Some(invalid(
            &Place::raw(format!("layouts/{}/kind.yaml", kind.id)),
            format!("`gom: {}` không phải là loại hồ sơ nào", tame(of)),
            format!("`gom: {}` is no kind", tame(of)),
        )),
        _ => None,
    });
    findings.extend(gathered.collect::<Vec<_>>());
    Checked::new(kinds, findings)
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
    ky: Ky,
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "read by the completeness ledger to come; already checked for spelling"
    )]
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
    trinh_ky: Vec<Step>,
    mau: Vec<FormVersion>,
    truong: Option<Value>,
    #[serde(default)]
    doi_chieu: Vec<Reference>,
    gom: Option<String>,
    #[serde(default)]
    sap_xep: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Loai {
    #[default]
    HoSo,
    So,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ky {
    Ngay,
    Tuan,
    Thang,
    Nam,
    Khong,
}

fn yes() -> bool {
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
        Loai::So if written.ky != Ky::Thang => {
            return Err(Invalid(
                "sổ phải có `ky: thang`".into(),
                "a book must have `ky: thang`".into(),
            ));
        }
        Loai::So => FormKind::Book {
            of: written.gom.ok_or_else(|| missing("gom"))?,
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
                fields: Schema::compile(written.truong.ok_or_else(|| missing("truong"))?)
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
    let mut versions = written.mau;
    versions.sort_by_key(|v| v.from);
    Ok(Kind {
        id: id.to_owned(),
        title: written.ten,
        title_en: written.ten_en,
        number: written.so,
        scope: written.pham_vi,
        form,
        title_from: written.tieu_de,
        retention: written.luu_tru,
        personal: written
            .ca_nhan
            .into_iter()
            .chain(written.nhay_cam)
            .collect(),
        chain: written.trinh_ky,
        references: written.doi_chieu,
        versions,
    })
}

fn invalid(place: &Place, vi: String, en: String) -> Finding {
    Finding::new(Code::KindInvalid, place.clone(), Words::new(vi, en))
        .help(Words::new("xem docs/kinds.md", "see docs/kinds.md"))
}
