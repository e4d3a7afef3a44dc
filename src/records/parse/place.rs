//! Where a record lies: year, kind and name from its path, and the unit as of its date.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::Scope;
use crate::records::parse::Reading;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

impl<'a> Reading<'a> {
    /// Year, kind and name from the path. The unit is judged later, when the date is known.
    pub(super) fn locate(&mut self) -> Option<(RecordId, &'a Arc<Kind>)> {
        let segments: Vec<&str> = self.path.segments().collect();
        let [_, year, _, kind_id, file] = segments[..] else {
            return None;
        };
        let mut sound = true;
        if dates::school_year(year).is_none() {
            let shown = tame(year);
            self.found(
                Code::YearMalformed,
                self.place.clone(),
                Words::new(
                    format!("`{shown}` không phải là năm học"),
                    format!("`{shown}` is no school year"),
                ),
                Words::new(
                    "đặt tên thư mục như 2024-2025",
                    "name the folder like 2024-2025",
                ),
            );
            sound = false;
        }
        let Some(kind) = self.context.kinds.get(kind_id) else {
            self.unknown_kind(kind_id);
            return None;
        };
        let name = file.trim_end_matches(".md");
        if let FormKind::Record(rules) = &kind.form
            && !rules.name.accepts(&Value::String(name.to_owned()))
        {
            let shown = tame(name);
            let pattern = tame(&rules.name_pattern);
            self.found(
                Code::NamePattern,
                self.place.clone(),
                Words::new(
                    format!("tên `{shown}` không theo quy tắc của `{kind_id}`"),
                    format!("the name `{shown}` does not follow the rule of `{kind_id}`"),
                ),
                Words::new(
                    format!("đổi tên theo mẫu `{pattern}`"),
                    format!("rename it to match `{pattern}`"),
                ),
            );
            sound = false;
        }
        let id = RecordId::parse(self.path.as_str());
        if id.is_none() && sound {
            self.found(
                Code::NamePattern,
                self.place.clone(),
                Words::new(
                    "đường dẫn chỉ được gồm chữ thường không dấu, số và dấu gạch nối",
                    "the path may only hold lower-case letters without marks, digits and hyphens",
                ),
                Words::new("đổi tên tệp hoặc thư mục", "rename the file or folder"),
            );
        }
        Some((id.filter(|_| sound)?, kind))
    }

    fn unknown_kind(&mut self, kind_id: &str) {
        let shown = tame(kind_id);
        let help = match near_miss(kind_id, self.context.kinds.keys().map(String::as_str)) {
            Some(near) => Words::new(
                format!("có phải là `{near}`?"),
                format!("did you mean `{near}`?"),
            ),
            None => {
                let all = or_ticked(self.context.kinds.keys().map(String::as_str));
                Words::new(
                    format!("các loại hồ sơ: {}", all.vi),
                    format!("the kinds are {}", all.en),
                )
            }
        };
        self.found(
            Code::KindUnknown,
            self.place.clone(),
            Words::new(
                format!("không có loại hồ sơ `{shown}`"),
                format!("there is no kind `{shown}`"),
            ),
            help,
        );
    }

    pub(super) fn unit(
        &mut self,
        at: &crate::records::parse::Where<'_>,
        date: Date,
    ) -> Option<&'a Unit> {
        let id = at.id.unit();
        let Some(unit) = self.context.school.unit(id, date) else {
            let shown = tame(id);
            let help = match near_miss(id, self.context.school.unit_ids()) {
                Some(near) if near != id => Words::new(
                    format!("có phải là `{near}`?"),
                    format!("did you mean `{near}`?"),
                ),
                _ => Words::new(
                    "khai đơn vị trong content/school.yaml, mục `don-vi`",
                    "enter the unit in content/school.yaml under `don-vi`",
                ),
            };
            self.found(
                Code::UnitUnknown,
                self.place.clone(),
                Words::new(
                    format!("ngày {date} trường không có đơn vị `{shown}`"),
                    format!("on {date} the school has no unit `{shown}`"),
                ),
                help,
            );
            return None;
        };
        let fits = matches!(
            (at.kind.scope, unit.loai),
            (Scope::Truong, UnitKind::Truong)
                | (Scope::To, UnitKind::To)
                | (Scope::Lop, UnitKind::Lop)
                | (Scope::BatKy, _)
        );
        if !fits {
            let kind = &at.kind.id;
            self.found(
                Code::FileMisplaced,
                self.place.clone(),
                Words::new(
                    format!("đơn vị `{id}` không giữ loại hồ sơ `{kind}`"),
                    format!("unit `{id}` does not keep the kind `{kind}`"),
                ),
                Words::new(
                    "chuyển tệp sang đơn vị đúng",
                    "move the file to the right unit",
                ),
            );
            return None;
        }
        Some(unit)
    }
}
