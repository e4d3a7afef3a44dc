//! What of a table goes where: the kind, the unit, the day; which sheet is which list, by a template,
//! a mapping or the schema's own titles.

use serde_json::Map;
use serde_json::Value;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::import::Ground;
use crate::cli::import::ImportArgs;
use crate::cli::import::names;
use crate::cli::new;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell;
use crate::exchange::cell::Cell;
use crate::exchange::cell::Sheet;
use crate::exchange::cell::key;
use crate::exchange::column;
use crate::exchange::column::Column;
use crate::exchange::intake;
use crate::exchange::intake::Intake;
use crate::exchange::intake::Spot;
use crate::exchange::intake::Wanted;
use crate::exchange::mapping;
use crate::exchange::mapping::Mapping;
use crate::exchange::template;
use crate::exchange::template::Description;
use crate::exchange::value;
use crate::records::dates;
use crate::scaffold::record;

/// What is to become a record.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) kind: String,
    pub(super) unit: Option<String>,
    pub(super) date: jiff::civil::Date,
    /// Fields of the record, as data.
    pub(super) whole: Map<String, Value>,
    /// Fields of the record that were typed.
    pub(super) given: Vec<(String, String)>,
    /// What was taken out of each sheet, by the list's field.
    pub(super) lists: Vec<(String, Intake)>,
    /// The cells of the record's own fields, by field.
    pub(super) head: Vec<(String, String, u32, String)>,
    /// How the columns were understood.
    pub(super) by: String,
}

impl ImportArgs {
    pub(super) fn plan(
        &self,
        ground: &Ground,
        sheets: &[Sheet],
        own: Option<Mapping>,
        mappings: &[Mapping],
        spot: &Spot,
        findings: &mut Vec<Finding>,
    ) -> Result<Plan, Fault> {
        let description = template::description(sheets);
        if let Some(description) = &description
            && let Some(fault) = self.unfit(description)
        {
            return Err(fault);
        }
        let told = description.as_ref().map(|d| d.kind.as_str());
        let kind = self
            .kind
            .as_deref()
            .or(told)
            .or(own.as_ref().map(|m| m.kind.as_str()));
        let Some(kind) = kind else {
            return Err(Fault::usage(Words::new(
                "chưa nói loại hồ sơ nào: thêm `--kind`",
                "no kind is named: add `--kind`",
            )));
        };
        let (_, rules) = record::kind_of(&ground.records, kind).map_err(Fault::at_fault)?;
        let header = rules.fields.text();
        let date = match (self.day()?, &description) {
            (Some(day), _) => day,
            (None, Some(told)) => new::date(&told.date)?,
            (None, None) => dates::day(cli::now()?),
        };
        let unit = self.unit.clone();
        let unit = unit.or_else(|| description.as_ref().map(|d| d.unit.clone()));
        let mut plan = Plan {
            kind: kind.to_owned(),
            unit,
            date,
            ..Plan::default()
        };
        match description {
            Some(description) => {
                template(&description, sheets, header, spot, &mut plan, findings);
            }
            None => self.table(sheets, own, mappings, header, spot, &mut plan, findings)?,
        }
        Ok(plan)
    }

    /// Why a template is not read.
    fn unfit(&self, told: &Description) -> Option<Fault> {
        let kind = tame(&told.kind);
        if !told.is_known() {
            let version = tame(&told.version);
            return Some(
                Fault::at_fault(Words::new(
                    format!("mẫu này do phiên bản khác của chương trình lập (`{version}`)"),
                    format!("this template is of another version of the program (`{version}`)"),
                ))
                .help(Words::new(
                    "lập lại mẫu bằng `hoso template`",
                    "make it again with `hoso template`",
                )),
            );
        }
        let other = self.kind.as_ref().is_some_and(|asked| *asked != told.kind);
        let unit = self.unit.as_ref().is_some_and(|asked| *asked != told.unit);
        (other || unit).then(|| {
            let unit = tame(&told.unit);
            Fault::usage(Words::new(
                format!("mẫu này là của loại `{kind}`, đơn vị `{unit}`"),
                format!("this template is of the kind `{kind}` and the unit `{unit}`"),
            ))
        })
    }

    #[expect(clippy::too_many_arguments, reason = "one step of `plan`, named")]
    fn table(
        &self,
        sheets: &[Sheet],
        own: Option<Mapping>,
        mappings: &[Mapping],
        header: &Value,
        spot: &Spot,
        plan: &mut Plan,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Fault> {
        let list = self
            .list
            .as_deref()
            .or(own.as_ref().and_then(|m| m.list.as_deref()));
        let Some((list, row)) = mapping::list_of(header, list) else {
            return Err(listless(&plan.kind, header));
        };
        let (rows, head) = (column::of(row), column::of(header));
        let generic = mapping::generic(&plan.kind, "", list, &rows);
        if let Some(own) = &own {
            if own.kind != plan.kind {
                let (id, kind) = (tame(&own.id), tame(&own.kind));
                return Err(Fault::usage(Words::new(
                    format!("`{id}` là cách hiểu cột của loại `{kind}`"),
                    format!("`{id}` is a mapping of the kind `{kind}`"),
                )));
            }
            if let Some(field) = mapping::dangling(own, &rows, &head).first() {
                let (id, field) = (tame(&own.id), tame(field));
                return Err(Fault::at_fault(Words::new(
                    format!(
                        "`{id}` nêu trường `{field}` mà loại `{}` không có",
                        plan.kind
                    ),
                    format!(
                        "`{id}` names the field `{field}`, which the kind `{}` does not have",
                        plan.kind
                    ),
                )));
            }
        }
        let fitting =
            |m: &&Mapping| m.kind == plan.kind && m.list.as_deref().is_none_or(|l| l == list);
        let candidates: Vec<&Mapping> = match &own {
            Some(own) => vec![own],
            None => [&generic]
                .into_iter()
                .chain(mappings.iter().filter(fitting))
                .collect(),
        };
        let chosen = self.chosen(sheets)?;
        // The first of those that name the most columns: the schema before mappings, sheets in order.
        let mut best: Option<(usize, &Sheet, &Mapping)> = None;
        for sheet in &chosen {
            for mapping in &candidates {
                let keys: Vec<String> = mapping.columns.iter().flat_map(|m| m.keys()).collect();
                let named = |text: &str| {
                    keys.iter().any(|key| key == text) || is_field(text, mapping, &rows.columns)
                };
                let fit = intake::fit(sheet, &named);
                if best.is_none_or(|(most, ..)| fit > most) {
                    best = Some((fit, sheet, mapping));
                }
            }
        }
        let Some((_, sheet, mapping)) = best else {
            let all = names(sheets.iter());
            return Err(Fault::at_fault(Words::new(
                format!("không trang nào có dữ liệu: {all}"),
                format!("no sheet has anything in it: {all}"),
            )));
        };
        let wanted: Vec<Wanted> = match mapping.id.is_empty() {
            true => rows
                .columns
                .iter()
                .map(|column| Wanted {
                    column: column.clone(),
                    of_head: false,
                })
                .collect(),
            false => {
                let mut wanted = Vec::new();
                for mapped in mapping.columns.iter().filter(|m| m.is_taken()) {
                    if let Some(column) = mapped.column(&rows, &head) {
                        wanted.push(Wanted {
                            column,
                            of_head: mapped.field.is_none(),
                        });
                    }
                }
                // A column that only the schema has may be called by its title.
                for column in &rows.columns {
                    if !wanted
                        .iter()
                        .any(|w| !w.of_head && w.column.path == column.path)
                    {
                        wanted.push(Wanted {
                            column: column.clone(),
                            of_head: false,
                        });
                    }
                }
                wanted
            }
        };
        let known: Vec<String> = mapping
            .columns
            .iter()
            .filter(|m| !m.is_taken())
            .flat_map(|m| m.keys())
            .collect();
        let given = self.defaults(list, &rows.columns, &head.columns, plan)?;
        plan.by = mapping.id.clone();
        let mut taken = intake::read(sheet, &wanted, &known, &given, spot, findings);
        for line in &mut taken.rows {
            line.fields = column::ordered(row, std::mem::take(&mut line.fields));
        }
        for (key, value) in &taken.head {
            plan.whole.insert(key.clone(), value.clone());
        }
        let rows = taken
            .rows
            .iter()
            .map(|row| Value::Object(row.fields.clone()));
        plan.whole.insert(list.to_owned(), rows.collect());
        plan.lists.push((list.to_owned(), taken));
        Ok(())
    }

    /// `--set`: fields of the record go on as they are, columns of the rows become values.
    fn defaults(
        &self,
        list: &str,
        rows: &[Column],
        head: &[Column],
        plan: &mut Plan,
    ) -> Result<Vec<(Column, Value)>, Fault> {
        let mut out = Vec::new();
        for pair in &self.set {
            let (field, text) = new::assignment(pair)?;
            let within = field.strip_prefix(&format!("{list}.")).unwrap_or(&field);
            let column = rows.iter().find(|c| c.dotted() == within);
            let of_head = head.iter().any(|c| c.dotted() == field);
            match column.filter(|_| !of_head) {
                Some(column) => {
                    let cell = Cell::text(&text).unwrap_or(Cell::Text(String::new()));
                    let value = value::read(column, &cell).map_err(|unfit| {
                        Fault::usage(Words::new(
                            format!("`{field}`: {}", unfit.message.vi),
                            format!("`{field}`: {}", unfit.message.en),
                        ))
                    })?;
                    out.push((column.clone(), value));
                }
                None => plan.given.push((field, text)),
            }
        }
        Ok(out)
    }
}

/// Whether a heading is the field's own name in a mapping that does not name it.
fn is_field(text: &str, mapping: &Mapping, rows: &[Column]) -> bool {
    mapping.id.is_empty() && rows.iter().any(|c| c.names.iter().any(|name| name == text))
}

fn listless(kind: &str, header: &Value) -> Fault {
    let lists = column::lists(header);
    let names: Vec<String> = lists.iter().map(|(name, _)| format!("`{name}`")).collect();
    let (kind, names) = (tame(kind), names.join(", "));
    match lists.is_empty() {
        true => Fault::at_fault(Words::new(
            format!("hồ sơ loại `{kind}` không có danh sách nào để nhập từ bảng"),
            format!("records of the kind `{kind}` have no list that a table could fill"),
        )),
        false => Fault::usage(Words::new(
            format!("loại `{kind}` có nhiều danh sách, chưa nói danh sách nào"),
            format!("the kind `{kind}` has several lists, and none is named"),
        ))
        .help(Words::new(
            format!("thêm `--list` với một trong {names}"),
            format!("add `--list` with one of {names}"),
        )),
    }
}

/// Reads a template: every sheet says what it is.
fn template(
    told: &Description,
    sheets: &[Sheet],
    header: &Value,
    spot: &Spot,
    plan: &mut Plan,
    findings: &mut Vec<Finding>,
) {
    let changed = |sheet: &str| {
        Finding::new(
            Code::TableColumns,
            spot.at(sheet, None, ""),
            Words::new(
                "mẫu không còn như lúc lập: thiếu trang, hoặc loại hồ sơ đã đổi trường",
                "the template is not what was made: a sheet is gone, or the kind has other fields now",
            ),
        )
        .help(Words::new(
            "lập mẫu mới bằng `hoso template`, chép dữ liệu sang",
            "make a new one with `hoso template` and copy the values",
        ))
    };
    let head = column::of(header).columns;
    let by_name = |name: &str| sheets.iter().find(|sheet| sheet.name == name);
    match by_name(&told.head.0) {
        None => findings.push(changed(&told.head.0)),
        Some(sheet) => {
            for (index, field) in told.head.1.iter().enumerate() {
                let Some(column) = head.iter().find(|c| c.dotted() == *field) else {
                    findings.push(changed(&sheet.name));
                    continue;
                };
                let (row, at) = template::head_cell(index);
                let name = cell::name(row, at);
                plan.head
                    .push((field.clone(), sheet.name.clone(), row, name.clone()));
                let Some(cell) = sheet.get(row, at) else {
                    continue;
                };
                match value::read(column, cell) {
                    Ok(value) => column.put(&mut plan.whole, value),
                    Err(unfit) => {
                        let place = spot.at(&sheet.name, Some(row), &name);
                        let finding = Finding::new(Code::TableCell, place, unfit.message);
                        findings.push(unfit.help.into_iter().fold(finding, Finding::help));
                    }
                }
            }
        }
    }
    for (name, field, fields) in &told.lists {
        let (sheet, list) = (by_name(name), mapping::list_of(header, Some(field)));
        let (Some(sheet), Some((list, row))) = (sheet, list) else {
            findings.push(changed(name));
            continue;
        };
        let columns = column::of(row).columns;
        // What stands over a column of a template ends in a star where it must be filled.
        let wanted = columns.iter().map(|c| Wanted {
            column: c.clone(),
            of_head: false,
        });
        let wanted: Vec<Wanted> = wanted.collect();
        let titled = |(index, field): (usize, &String)| {
            let column = columns.iter().find(|c| c.dotted() == *field);
            let heading = sheet.get(template::HEADINGS, u32::try_from(index).unwrap_or(u32::MAX));
            column
                .zip(heading)
                .is_some_and(|(c, h)| c.names.contains(&key(&h.shown())))
        };
        if !fields.iter().enumerate().all(titled) {
            findings.push(changed(name));
            continue;
        }
        let below = |row: u32| row > template::HEADINGS;
        if !sheet
            .rows()
            .into_iter()
            .any(|row| below(row) && only_number(sheet, row, fields).is_none())
        {
            continue;
        }
        let mut own = sheet.clone();
        // The lines above are the program's; rows that hold nothing but their number are empty.
        own.cells.retain(|(row, _), _| {
            *row >= template::HEADINGS
                && (!below(*row) || only_number(sheet, *row, fields).is_none())
        });
        let mut taken = intake::read(&own, &wanted, &[], &[], spot, findings);
        for line in &mut taken.rows {
            line.fields = column::ordered(row, std::mem::take(&mut line.fields));
        }
        let rows = taken
            .rows
            .iter()
            .map(|row| Value::Object(row.fields.clone()));
        plan.whole.insert(list.to_owned(), rows.collect());
        plan.lists.push((list.to_owned(), taken));
    }
}

/// Whether a row has nothing but its number.
fn only_number(sheet: &Sheet, row: u32, fields: &[String]) -> Option<()> {
    let mut cells = sheet.row(row);
    let (column, _) = cells.next()?;
    let field = fields.get(usize::try_from(column).ok()?)?;
    (cells.next().is_none() && field == "stt").then_some(())
}
