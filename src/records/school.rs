//! The school as dated data: `content/school.yaml`. Everything is asked "as of a date", since names,
//! parent bodies, people and roles all change and a record keeps those of its day.

pub mod delegation;
pub mod pictures;
pub mod practice;
pub mod stamping;

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::schema::Schema;
use crate::records::school::delegation::Delegation;
use crate::records::school::pictures::PictureEntry;
use crate::records::school::practice::FirstNumber;
use crate::records::school::practice::OddNumber;
use crate::records::school::practice::Series;
use crate::records::school::practice::Use;
use crate::records::school::practice::YearEntry;
use crate::records::school::stamping::Stamping;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// Where the school is described.
pub const SCHOOL_FILE: &str = "content/school.yaml";

/// The JSON Schema of `school.yaml`, also given out by `hoso init` for editors to complete from.
pub const SCHOOL_SCHEMA: &str = include_str!("../../layouts/school.schema.json");

const MAX_SCHOOL: u64 = 4 * 1024 * 1024;

/// A period: both days belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Period {
    /// First day.
    pub tu: Date,
    /// Last day; none while it still holds.
    #[serde(default)]
    pub den: Option<Date>,
}

impl Period {
    /// Whether `date` lies in the period.
    pub fn holds(&self, date: Date) -> bool {
        self.tu <= date && self.den.is_none_or(|den| date <= den)
    }

    fn overlaps(&self, other: &Period) -> bool {
        self.den.is_none_or(|den| other.tu <= den) && other.den.is_none_or(|den| self.tu <= den)
    }
}

/// The organisation during one period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Organisation {
    /// When this was so.
    #[serde(flatten)]
    pub period: Period,
    /// Its name.
    pub ten: String,
    /// Its name at the head of a form (NĐ 30/2020 PL I ô 2).
    pub ten_van_ban: String,
    /// Its abbreviation in document symbols (ô 3).
    pub viet_tat: String,
    /// Its parent body, as at the head of a form (ô 2).
    pub chu_quan: String,
    /// The place name before a date (ô 4).
    pub dia_danh: String,
    /// Postal address.
    pub dia_chi: Option<String>,
    /// Telephone.
    pub dien_thoai: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// A certificate somebody signs with.
#[derive(Clone, Debug, Deserialize)]
pub struct CertificateEntry {
    /// SHA-256 of the DER certificate, 64 hex digits.
    pub sha256: String,
    /// When it was theirs.
    #[serde(flatten)]
    pub period: Period,
}

impl CertificateEntry {
    /// Whether this entry names `certificate` and holds on `date`.
    pub fn is(&self, certificate: &Sha256, date: Date) -> bool {
        self.period.holds(date) && Sha256::parse(&self.sha256).as_ref() == Some(certificate)
    }
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// The school itself.
    Truong,
    /// A team.
    To,
    /// A class.
    Lop,
}

impl UnitKind {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truong => "truong",
            Self::To => "to",
            Self::Lop => "lop",
        }
    }
}

/// The school, a team or a class during one period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unit {
    /// The folder's name, `mg-5a`.
    pub id: String,
    /// What it is.
    pub loai: UnitKind,
    /// Its name.
    pub ten: String,
    /// The unit it belongs to.
    pub thuoc: Option<String>,
    /// The age of its children, as people say it.
    pub do_tuoi: Option<String>,
    /// When it was so.
    #[serde(flatten)]
    pub period: Period,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Person {
    /// The id used in records.
    pub id: String,
    /// Full name.
    pub ten: String,
    /// The addresses in this person's commits.
    #[serde(default)]
    pub email: Vec<String>,
    /// The person's name on the forge.
    pub dang_nhap: Option<String>,
    /// When the person worked here.
    #[serde(flatten)]
    pub period: Period,
    /// The certificates the person signs with.
    #[serde(default)]
    pub chung_thu: Vec<CertificateEntry>,
    /// The pictures of the person's handwritten signature.
    #[serde(default)]
    pub hinh_chu_ky: Vec<PictureEntry>,
}

/// A role held by a person at a unit during a period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Assignment {
    /// Who.
    pub nguoi: String,
    /// Which role.
    pub vai_tro: String,
    /// Where.
    pub don_vi: String,
    /// The title as printed; by default the role's own.
    pub chuc_danh: Option<String>,
    /// When.
    #[serde(flatten)]
    pub period: Period,
}

/// Days off of the whole school.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Holiday {
    /// When.
    #[serde(flatten)]
    pub period: Period,
    /// Why.
    pub ly_do: String,
}

/// The school.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct School {
    truong: Vec<Organisation>,
    #[serde(default)]
    dau: Vec<CertificateEntry>,
    #[serde(default)]
    hinh_dau: Vec<PictureEntry>,
    don_vi: Vec<Unit>,
    nguoi: Vec<Person>,
    vai_tro: Vec<Assignment>,
    #[serde(default)]
    uy_quyen: Vec<Delegation>,
    #[serde(default)]
    nghi: Vec<Holiday>,
    #[serde(default)]
    nam_hoc: Vec<YearEntry>,
    #[serde(default)]
    su_dung: Vec<Use>,
    #[serde(default)]
    theo_doi: Vec<Period>,
    #[serde(default)]
    thoi_gian: Vec<Stamping>,
    #[serde(default)]
    danh_so: Vec<Series>,
    #[serde(default)]
    so_dau: Vec<FirstNumber>,
    #[serde(default)]
    so_ngoai_le: Vec<OddNumber>,
}

impl School {
    /// Reads and checks `content/school.yaml`.
    ///
    /// # Errors
    /// Everything wrong with it; no record can be read without it.
    pub fn read(snapshot: &Snapshot) -> Result<Self, Vec<Finding>> {
        let place = Place::raw(SCHOOL_FILE);
        let fail = |words: Words| Finding::new(Code::SchoolInvalid, place.clone(), words);
        let missing = || {
            fail(Words::new(
                "không có tệp mô tả nhà trường",
                "the file that describes the school is missing",
            ))
            .help(Words::new(
                "tạo bằng `hoso init`, rồi sửa cho đúng trường",
                "make one with `hoso init`, then edit it",
            ))
        };
        let path = RepoPath::parse(SCHOOL_FILE).map_err(|_| vec![missing()])?;
        if !snapshot.contains(&path) {
            return Err(vec![missing()]);
        }
        let bytes = snapshot
            .read(&path, MAX_SCHOOL)
            .map_err(|e| vec![fail(e.words())])?;
        let text = String::from_utf8(bytes).map_err(|e| {
            vec![fail(Words::new(
                format!("không phải UTF-8: {e}"),
                format!("not UTF-8: {e}"),
            ))]
        })?;
        // What every file is told of its YAML, under the code of this one.
        let own = |found: Vec<Finding>| {
            let own = |f| {
                Finding {
                    code: Code::SchoolInvalid,
                    ..f
                }
                .excerpt(&text)
            };
            found.into_iter().map(own).collect::<Vec<_>>()
        };
        let document = Document::read(&text, 1, &place).map_err(own)?;
        let schema: serde_json::Value = serde_json::from_str(SCHOOL_SCHEMA)
            .map_err(|e| vec![fail(Words::new(e.to_string(), e.to_string()))])?;
        let schema = Schema::compile(schema).map_err(|e| vec![fail(Words::new(e.clone(), e))])?;
        let findings = own(schema.findings(&document, &place));
        if !findings.is_empty() {
            return Err(findings);
        }
        let school: School = serde_json::from_value(document.value.clone())
            .map_err(|e| vec![fail(Words::new(tame(&e.to_string()), tame(&e.to_string())))])?;
        let findings = own(school.inconsistencies(&document, &place));
        if findings.is_empty() {
            Ok(school)
        } else {
            Err(findings)
        }
    }

    /// What a schema cannot say: names that lead nowhere, two answers for one day.
    fn inconsistencies(&self, document: &Document, place: &Place) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut say = |pointer: String, vi: String, en: String| {
            findings.push(Finding::new(
                Code::SchoolInvalid,
                document.locate(place, &pointer),
                Words::new(vi, en),
            ));
        };
        for (i, a) in self.truong.iter().enumerate() {
            if self
                .truong
                .iter()
                .skip(i + 1)
                .any(|b| a.period.overlaps(&b.period))
            {
                say(
                    format!("/truong/{i}"),
                    "hai thời kỳ của trường chồng lên nhau".into(),
                    "two periods of the school overlap".into(),
                );
            }
        }
        for (i, a) in self.don_vi.iter().enumerate() {
            if self
                .don_vi
                .iter()
                .skip(i + 1)
                .any(|b| a.id == b.id && a.period.overlaps(&b.period))
            {
                say(
                    format!("/don-vi/{i}/id"),
                    format!("đơn vị `{}` có hai thời kỳ chồng nhau", a.id),
                    format!("unit `{}` has two overlapping periods", a.id),
                );
            }
            if let Some(over) = &a.thuoc
                && !self.don_vi.iter().any(|b| b.id == *over)
            {
                say(
                    format!("/don-vi/{i}/thuoc"),
                    format!("không có đơn vị `{over}`"),
                    format!("there is no unit `{over}`"),
                );
            }
        }
        for (i, a) in self.nguoi.iter().enumerate() {
            if self.nguoi.iter().skip(i + 1).any(|b| a.id == b.id) {
                say(
                    format!("/nguoi/{i}/id"),
                    format!("người `{}` khai hai lần", a.id),
                    format!("person `{}` stands twice", a.id),
                );
            }
        }
        for (i, a) in self.nguoi.iter().enumerate() {
            let others = self.nguoi.iter().skip(i + 1).flat_map(|b| &b.chung_thu);
            let taken: Vec<&str> = others.chain(&self.dau).map(|c| c.sha256.as_str()).collect();
            if a.chung_thu
                .iter()
                .any(|c| taken.contains(&c.sha256.as_str()))
            {
                say(
                    format!("/nguoi/{i}/chung-thu"),
                    format!(
                        "chứng thư của `{}` còn được khai cho người khác hoặc con dấu",
                        a.id
                    ),
                    format!(
                        "a certificate of `{}` is also another person's or the seal's",
                        a.id
                    ),
                );
            }
            if a.id == "dau" {
                say(
                    format!("/nguoi/{i}/id"),
                    "`dau` là tên của con dấu, không dùng cho người".into(),
                    "`dau` is the seal's name and no person's".into(),
                );
            }
        }
        for (i, a) in self.vai_tro.iter().enumerate() {
            if self.person(&a.nguoi).is_none() {
                say(
                    format!("/vai-tro/{i}/nguoi"),
                    format!("không có người `{}`", a.nguoi),
                    format!("there is no person `{}`", a.nguoi),
                );
            }
            if !self.don_vi.iter().any(|u| u.id == a.don_vi) {
                say(
                    format!("/vai-tro/{i}/don-vi"),
                    format!("không có đơn vị `{}`", a.don_vi),
                    format!("there is no unit `{}`", a.don_vi),
                );
            }
        }
        for (i, words) in self.delegation_faults() {
            say(format!("/uy-quyen/{i}"), words.vi, words.en);
        }
        findings
    }

    /// The organisation as it was on `date`; before its first period the first, so that an old
    /// record still has a heading.
    pub fn organisation(&self, date: Date) -> Option<&Organisation> {
        self.truong
            .iter()
            .find(|o| o.period.holds(date))
            .or_else(|| self.truong.iter().min_by_key(|o| o.period.tu))
    }

    /// A unit as it was on `date`.
    pub fn unit(&self, id: &str, date: Date) -> Option<&Unit> {
        self.don_vi
            .iter()
            .find(|u| u.id == id && u.period.holds(date))
    }

    /// The units there are on `date`, in the order of the file.
    pub fn units_on(&self, date: Date) -> impl Iterator<Item = &Unit> {
        self.don_vi.iter().filter(move |u| u.period.holds(date))
    }

    /// Every id that was ever a unit's.
    pub fn unit_ids(&self) -> impl Iterator<Item = &str> {
        self.don_vi.iter().map(|u| u.id.as_str())
    }

    /// The team of a unit on `date`: itself when it is one, else the one it belongs to.
    pub fn team<'a>(&'a self, unit: &'a Unit, date: Date) -> Option<&'a Unit> {
        match unit.loai {
            UnitKind::To => Some(unit),
            UnitKind::Truong => None,
            UnitKind::Lop => {
                let over = unit.thuoc.as_deref()?;
                self.unit(over, date).filter(|u| u.loai == UnitKind::To)
            }
        }
    }

    /// The unit that is the school itself.
    pub fn whole(&self, date: Date) -> Option<&Unit> {
        self.don_vi
            .iter()
            .find(|u| u.loai == UnitKind::Truong && u.period.holds(date))
    }

    /// The roles that a person held on `date`, in the order of the file.
    pub fn roles_of<'a>(
        &'a self,
        person: &'a str,
        date: Date,
    ) -> impl Iterator<Item = &'a Assignment> {
        self.vai_tro
            .iter()
            .filter(move |a| a.nguoi == person && a.period.holds(date))
    }

    /// A person by id, at any time.
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.nguoi.iter().find(|p| p.id == id)
    }

    /// The person who writes from an address.
    pub fn by_email(&self, address: &str) -> Option<&Person> {
        self.nguoi
            .iter()
            .find(|p| p.email.iter().any(|own| own.eq_ignore_ascii_case(address)))
    }

    /// Everybody, in the order of the file.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.nguoi.iter()
    }

    /// The people who worked here on `date`.
    pub fn people_on(&self, date: Date) -> impl Iterator<Item = &Person> {
        self.nguoi.iter().filter(move |p| p.period.holds(date))
    }

    /// Who holds `role` at `unit` on `date`, in the order of the file.
    pub fn holders<'a>(
        &'a self,
        role: &'a str,
        unit: &'a str,
        date: Date,
    ) -> impl Iterator<Item = (&'a Person, &'a Assignment)> {
        self.vai_tro
            .iter()
            .filter(move |a| a.vai_tro == role && a.don_vi == unit && a.period.holds(date))
            .filter_map(|a| self.person(&a.nguoi).map(|p| (p, a)))
            .filter(move |(p, _)| p.period.holds(date))
    }

    /// The title of a person on `date`: that of the first role held.
    pub fn title_of(&self, person: &str, date: Date) -> Option<String> {
        self.vai_tro
            .iter()
            .find(|a| a.nguoi == person && a.period.holds(date))
            .map(|a| {
                a.chuc_danh
                    .clone()
                    .unwrap_or_else(|| role_title(&a.vai_tro).to_owned())
            })
    }

    /// Whose certificate this was on `date`.
    pub fn owner(&self, certificate: &Sha256, date: Date) -> Option<&Person> {
        self.nguoi
            .iter()
            .find(|p| p.chung_thu.iter().any(|c| c.is(certificate, date)))
    }

    /// Whether this was the organisation's seal certificate on `date`.
    pub fn is_seal(&self, certificate: &Sha256, date: Date) -> bool {
        self.dau.iter().any(|c| c.is(certificate, date))
    }

    /// The certificates of the organisation's seal.
    pub fn seals(&self) -> &[CertificateEntry] {
        &self.dau
    }

    /// Who does what at a unit, in the order of the file.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.vai_tro.iter()
    }

    /// Every unit there ever was, in the order of the file.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.don_vi.iter()
    }

    /// Why `date` is a day off, if it is one for the whole school.
    pub fn day_off(&self, date: Date) -> Option<&str> {
        self.nghi
            .iter()
            .find(|h| h.period.holds(date))
            .map(|h| h.ly_do.as_str())
    }
}

/// The printed title of a role.
pub fn role_title(role: &str) -> &str {
    match role {
        "hieu-truong" => "Hiệu trưởng",
        "pho-hieu-truong" => "Phó Hiệu trưởng",
        "to-truong" => "Tổ trưởng",
        "to-pho" => "Tổ phó",
        "giao-vien" => "Giáo viên",
        "van-thu" => "Văn thư",
        "ke-toan" => "Kế toán",
        "y-te" => "Nhân viên y tế",
        "cap-duong" => "Nhân viên cấp dưỡng",
        "bao-ve" => "Bảo vệ",
        other => other,
    }
}
