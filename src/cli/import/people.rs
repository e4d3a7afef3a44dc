//! `--kind nguoi`: a staff list becomes lines to be pasted into `school.yaml`.

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::import::Ground;
use crate::cli::import::ImportArgs;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell::Sheet;
use crate::exchange::column::Columns;
use crate::exchange::intake;
use crate::exchange::intake::Spot;
use crate::exchange::intake::Wanted;
use crate::exchange::mapping;
use crate::exchange::mapping::Mapping;
use crate::exchange::staff;
use crate::records::dates;

impl ImportArgs {
    pub(super) fn people(
        &self,
        ground: &Ground,
        sheets: &[Sheet],
        own: Option<&Mapping>,
        mappings: &[Mapping],
        spot: &Spot,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let mapping = own.or_else(|| mappings.iter().find(|m| m.kind == mapping::PEOPLE));
        let columns = staff::columns();
        let none = Columns::default();
        let named = mapping.into_iter().flat_map(|m| &m.columns);
        let wanted: Vec<Wanted> = named
            .clone()
            .filter(|mapped| mapped.is_taken())
            .filter_map(|mapped| mapped.column(&columns, &none))
            .map(|column| Wanted {
                column,
                of_head: false,
            })
            .collect();
        let known: Vec<String> = named
            .filter(|m| !m.is_taken())
            .flat_map(|m| m.keys())
            .collect();
        let is_name = |text: &str| {
            wanted
                .iter()
                .any(|w| w.column.names.iter().any(|n| n == text))
        };
        let chosen = self.chosen(sheets)?;
        let mut best = None;
        for sheet in chosen {
            let fit = intake::fit(sheet, &is_name);
            if best.is_none_or(|(most, _)| fit > most) {
                best = Some((fit, sheet));
            }
        }
        let mut report = Report::default();
        let taken = best.map(|(_, sheet)| {
            report.with(|found| intake::read(sheet, &wanted, &known, &[], spot, found))
        });
        let taken = taken.unwrap_or_default();
        // What the schema of a column refuses is told here: no record is judged later.
        report.with(|found| {
            for row in &taken.rows {
                for want in &wanted {
                    let value = want.column.of(&row.fields);
                    if let Some(value) = value.filter(|value| !want.column.schema.accepts(value)) {
                        let column = taken
                            .columns
                            .get(&want.column.dotted())
                            .copied()
                            .unwrap_or(0);
                        let name = crate::exchange::cell::name(row.at, column);
                        let shown = tame(value.as_str().unwrap_or_default());
                        let place = spot.at(&taken.sheet, Some(row.at), &name);
                        let message = Words::new(
                            format!("cột “{}”: `{shown}` không hợp lệ", want.column.title),
                            format!("column “{}”: `{shown}` is not valid", want.column.title),
                        );
                        found.push(crate::diag::Finding::new(
                            crate::diag::Code::TableCell,
                            place,
                            message,
                        ));
                    }
                }
            }
        });
        ui.findings(&report, FindingFormat::Text)?;
        if report.has_errors() {
            return Ok(Outcome::AtFault);
        }
        let from = match self.day()? {
            Some(day) => day,
            None => dates::day(cli::now()?),
        };
        let rows: Vec<_> = taken.rows.iter().map(|row| row.fields.clone()).collect();
        let proposal = staff::propose(&ground.records.school, &rows, from);
        ui.print_bytes(proposal.text.as_bytes())?;
        let (new, known) = (proposal.new, proposal.known.len());
        ui.say(&Words::new(
            format!("{new} người mới, {known} người đã có. Xem lại từng dòng (mã, vai trò, đơn vị, ngày), rồi chép vào content/school.yaml dưới `nguoi:` và `vai-tro:`."),
            format!("{new} new people, {known} known. Look at every line (id, role, unit, day), then paste them into content/school.yaml below `nguoi:` and `vai-tro:`."),
        ));
        for name in &proposal.roleless {
            let name = tame(name);
            ui.say(&Words::new(
                format!("chưa tìm được vai trò của {name}"),
                format!("no role was found for {name}"),
            ));
        }
        Ok(Outcome::Done)
    }
}
