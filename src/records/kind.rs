//! What a record of a kind is: `layouts/<kind>/kind.yaml`, as data. [`read`] reads it.

pub mod chain;
pub mod read;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::records::evidence::EvidenceCode;
use crate::records::reference::Reference;
use crate::records::schema::Schema;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

pub use chain::Chain;
pub use chain::Count;
pub use chain::Step;
pub use read::read_all;

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
    /// The ages of the classes that keep it, as `do-tuoi` of `school.yaml` has them; empty for all.
    pub ages: Vec<String>,
    /// How often a record of the kind falls due, and for whom.
    pub due: Due,
    /// Whether schools keep it unless they say otherwise (`su-dung` of `school.yaml`).
    pub on: bool,
    /// How the title of one record is made.
    pub title_from: String,
    /// How long it is kept, as people say it.
    pub retention: Option<String>,
    /// What is personal or sensitive: top-level fields, or [`audience::BODY`](crate::records::audience::BODY).
    pub personal: Vec<String>,
    /// What of it is sensitive.
    pub sensitive: Vec<String>,
    /// The approval chains, by the day on which each begins.
    pub chains: Vec<Chain>,
    /// Values of a record that must appear elsewhere in it.
    pub references: Vec<Reference>,
    /// The field that names the child (its code) a record is about.
    pub child: Option<String>,
    /// The field that names the person a record is about.
    pub person: Option<String>,
    /// The role that writes and hands in its records.
    pub submitter: Option<String>,
    /// The list field whose items name files that the record keeps as they came.
    pub attached: Option<String>,
    /// The evidence codes of records that carry none of their own.
    pub evidence: Vec<EvidenceCode>,
    /// What is computed of each record, and checked.
    pub figures: Figures,
    /// The number that each record takes from a series.
    pub numbering: Option<NumberRule>,
    /// The versions of the form, newest last.
    pub versions: Vec<FormVersion>,
}

/// How often a record of a kind falls due, and for whom: what the completeness ledger asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The period that one record is about.
    pub every: Every,
    /// How many records a period asks for; at least 1.
    pub count: u32,
    /// For whom there is one each.
    pub each: Each,
    /// When it must be there.
    pub by: Deadline,
}

/// The period that one record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// A school day.
    Ngay,
    /// A week with school days.
    Tuan,
    /// A month of the school year.
    Thang,
    /// One of the four weighings: September, December, March, May.
    Quy,
    /// A term.
    HocKy,
    /// A school year.
    Nam,
    /// Whenever there is something to write.
    Khong,
}

/// For whom there is a record each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// The unit.
    #[default]
    DonVi,
    /// Each child of the class list.
    Tre,
    /// Each person of the unit.
    Nguoi,
}

/// When a record of a period must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deadline {
    /// So many days before the period begins.
    Truoc(u16),
    /// So many days after the period begins.
    Vao(u16),
    /// So many days after it ends.
    Sau(u16),
}

/// The jq programs of a kind: a record's figures are computed, never typed twice.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The file within the kind's folder that computes the figures.
    pub compute: Option<String>,
    /// The file that looks for faults.
    pub check: Option<String>,
    /// The records of other kinds that the second file sees, and how far it looks for them.
    pub related: BTreeMap<String, Reach>,
    /// JSON tables below `layouts/` that both files see, by the name they see them under.
    pub tables: BTreeMap<String, String>,
}

/// How far a check looks for related records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The same school year and unit.
    DonVi,
    /// The same school year.
    Nam,
    /// Every school year.
    TatCa,
}

/// Which number a record takes: one series a year, or one for each type of document
/// (NĐ 30/2020, Điều 15: the head decides; `danh-so` of `school.yaml` says it).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NumberRule {
    /// The field that holds the number.
    #[serde(rename = "truong")]
    pub field: String,
    /// The series; kinds may share one.
    #[serde(rename = "day")]
    pub series: String,
    /// The field that holds the type, for series that are kept by type.
    #[serde(rename = "theo")]
    pub by: Option<String>,
}

/// What a kind's form is over.
#[derive(Debug)]
pub enum FormKind {
    /// One file.
    Record(Box<RecordRules>),
    /// The records of other kinds in one unit and period.
    Book {
        /// The kinds gathered; none for a volume that is bound on demand.
        of: Vec<String>,
        /// The fields by which their records are sorted.
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
    /// Whichever unit it is made for: a bound volume.
    BatKy,
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
    /// Anywhere in the school: the accountant of the office team signs the school's books.
    BatKy,
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
    /// The legal source of this version.
    #[serde(rename = "nguon")]
    pub source: Option<String>,
    /// What of it is prescribed and what is custom.
    #[serde(rename = "ghi-chu")]
    pub note: Option<String>,
}

impl Kind {
    /// The version of the form that holds on `date`.
    pub fn version_on(&self, date: Date) -> Option<&FormVersion> {
        self.versions
            .iter()
            .rev()
            .find(|v| v.from <= date && v.to.is_none_or(|to| date <= to))
    }

    /// The approval chain that holds on `date`, in order; empty when there is none.
    pub fn chain_on(&self, date: Date) -> &[Step] {
        self.chains
            .iter()
            .rev()
            .find(|c| c.from.is_none_or(|from| from <= date))
            .filter(|c| c.to.is_none_or(|to| date <= to))
            .map_or(&[], |c| &c.steps)
    }

    /// Whether a unit keeps records of the kind.
    pub fn is_kept_at(&self, unit: &Unit) -> bool {
        let scope = matches!(
            (self.scope, unit.loai),
            (Scope::Truong, UnitKind::Truong)
                | (Scope::To, UnitKind::To)
                | (Scope::Lop, UnitKind::Lop)
                | (Scope::BatKy, _)
        );
        let age = unit.do_tuoi.as_ref();
        scope && (self.ages.is_empty() || age.is_some_and(|age| self.ages.contains(age)))
    }

    /// Whether the kind is a volume that is bound on demand: a book that gathers nothing by itself.
    pub fn is_volume(&self) -> bool {
        matches!(&self.form, FormKind::Book { of, .. } if of.is_empty())
    }

    /// Whether the kind is a book.
    pub fn is_book(&self) -> bool {
        matches!(self.form, FormKind::Book { .. })
    }
}
