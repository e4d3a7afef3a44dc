//! .xls (BIFF8 in a compound file). calamine lays each sheet out as a rectangle around its cells and
//! gives every cell its own copy of a shared text; both are counted here first ([MS-XLS] 2.4).

use std::collections::BTreeMap;
use std::io::Cursor;
use std::io::Read;

use calamine::Reader as _;
use calamine::Xls;
use calamine::XlsError;
use cfb::CompoundFile;

use crate::exchange::cell::Sheet;
use crate::exchange::open::MAX_CELLS;
use crate::exchange::open::MAX_FILE;
use crate::exchange::open::MAX_TEXT;
use crate::exchange::open::Refusal;
use crate::exchange::open::broken;
use crate::exchange::open::guarded;
use crate::exchange::open::ranges;

/// Most cells of the rectangles around the cells of all sheets.
const MAX_AREA: u64 = 4_000_000;

/// Reads a compound file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    vet(bytes)?;
    guarded(|| xls(bytes))
}

fn vet(bytes: &[u8]) -> Result<(), Refusal> {
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(broken)?;
    if file.exists("/EncryptedPackage") {
        return Err(Refusal::Encrypted);
    }
    let name = ["/Workbook", "/Book"]
        .into_iter()
        .find(|name| file.is_stream(name));
    let stream = file.open_stream(name.ok_or_else(|| broken("Workbook"))?);
    let mut content = Vec::new();
    let read = stream
        .map_err(broken)?
        .take(MAX_FILE)
        .read_to_end(&mut content);
    read.map_err(broken)?;
    let mut counted = Counted::default();
    let mut rest = content.as_slice();
    while let [a, b, c, d, after @ ..] = rest {
        let (kind, length) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let Some((data, after)) = after.split_at_checked(usize::from(length)) else {
            break;
        };
        counted.record(kind, data)?;
        rest = after;
    }
    counted.close();
    counted.judge()
}

#[derive(Default)]
struct Counted {
    /// Rows and columns of the present sheet: the first and last that have a cell.
    sheet: Option<((u64, u64), (u64, u64))>,
    area: u64,
    cells: usize,
    text: usize,
    /// The shared texts as they lie in the file, while they go on.
    shared: Option<Vec<Vec<u8>>>,
    lengths: Vec<usize>,
    used: BTreeMap<usize, usize>,
}

impl Counted {
    fn record(&mut self, kind: u16, data: &[u8]) -> Result<(), Refusal> {
        if let (Some(shared), 0x003C) = (&mut self.shared, kind) {
            shared.push(data.to_vec());
            return Ok(());
        }
        if let Some(shared) = self.shared.take() {
            self.lengths = lengths(&shared);
        }
        match kind {
            0x002F if data.first_chunk() != Some(&[0, 0]) => return Err(Refusal::Encrypted),
            0x0809 => self.close(),
            0x00FC => self.shared = Some(vec![data.to_vec()]),
            // Dimensions: the library makes room for all of it.
            0x0200 => {
                if let [a, b, c, d, e, f, g, h, _, _, i, j, ..] = data {
                    let rows = u64::from(u32::from_le_bytes([*e, *f, *g, *h]))
                        .saturating_sub(u64::from(u32::from_le_bytes([*a, *b, *c, *d])));
                    let columns = u64::from(u16::from_le_bytes([*i, *j]));
                    self.area = self.area.saturating_add(rows.saturating_mul(columns));
                }
            }
            0x0203 | 0x0204 | 0x00D6 | 0x0205 | 0x027E | 0x00FD | 0x00BD | 0x0006 => {
                let [row, row_, column, column_, rest @ ..] = data else {
                    return Ok(());
                };
                let row = u64::from(u16::from_le_bytes([*row, *row_]));
                let column = u64::from(u16::from_le_bytes([*column, *column_]));
                let last = match (kind, data.last_chunk::<2>()) {
                    (0x00BD, Some(last)) => u64::from(u16::from_le_bytes(*last)).max(column),
                    _ => column,
                };
                self.cells += 1 + usize::try_from(last - column).unwrap_or(usize::MAX);
                self.text += if kind == 0x00FD { 0 } else { data.len() };
                if let (0x00FD, [_, _, a, b, c, d, ..]) = (kind, rest) {
                    let index = u32::from_le_bytes([*a, *b, *c, *d]);
                    let index = usize::try_from(index).unwrap_or(usize::MAX);
                    *self.used.entry(index).or_default() += 1;
                }
                let ((top, left), (bottom, right)) =
                    self.sheet.unwrap_or(((row, column), (row, last)));
                let corners = (
                    (top.min(row), left.min(column)),
                    (bottom.max(row), right.max(last)),
                );
                self.sheet = Some(corners);
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(((top, left), (bottom, right))) = self.sheet.take() {
            self.area += (bottom - top + 1).saturating_mul(right - left + 1);
        }
    }

    fn judge(&self) -> Result<(), Refusal> {
        let shared = self.used.iter().map(|(index, times)| {
            let length = self.lengths.get(*index).copied().unwrap_or_default();
            length.saturating_mul(*times)
        });
        let text = shared.fold(self.text, usize::saturating_add);
        if self.area > MAX_AREA || self.cells > MAX_CELLS {
            return Err(Refusal::TooLarge(format!("> {MAX_CELLS} ô")));
        }
        if text > MAX_TEXT {
            return Err(Refusal::TooLarge(format!(
                "> {} MB",
                MAX_TEXT / 1024 / 1024
            )));
        }
        Ok(())
    }
}

/// The lengths of the shared texts, at least, in letters; a text goes on in the next part with a new
/// byte that says how wide its letters are ([MS-XLS] 2.5.293).
fn lengths(parts: &[Vec<u8>]) -> Vec<usize> {
    let mut walk = Walk {
        parts,
        part: 0,
        at: 8,
    };
    let mut out = Vec::new();
    while let Some(length) = walk.text() {
        out.push(length);
    }
    out
}

struct Walk<'a> {
    parts: &'a [Vec<u8>],
    part: usize,
    at: usize,
}

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        while self.at >= self.parts.get(self.part)?.len() {
            self.part += 1;
            self.at = 0;
        }
        let byte = *self.parts.get(self.part)?.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn short(&mut self) -> Option<usize> {
        Some(usize::from(u16::from_le_bytes([
            self.byte()?,
            self.byte()?,
        ])))
    }

    fn text(&mut self) -> Option<usize> {
        let letters = self.short()?;
        let flags = self.byte()?;
        let runs = if flags & 8 == 8 { self.short()? } else { 0 };
        let more = match flags & 4 == 4 {
            true => self.short()? | (self.short()? << 16),
            false => 0,
        };
        let mut width = usize::from(flags & 1) + 1;
        for _ in 0..letters {
            if self.at >= self.parts.get(self.part)?.len() {
                width = usize::from(self.byte()? & 1) + 1;
            }
            for _ in 0..width {
                self.byte()?;
            }
        }
        let skipped = runs.saturating_mul(4).saturating_add(more).min(MAX_TEXT);
        for _ in 0..skipped {
            self.byte()?;
        }
        Some(letters.saturating_mul(3))
    }
}

fn xls(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    let book = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => Refusal::Encrypted,
        error => broken(error),
    })?;
    ranges(book)
}
