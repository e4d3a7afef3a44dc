//! Where on the pages a signature belongs: between a title and the printed name below it (NĐ
//! 30/2020/NĐ-CP, Phụ lục I, section II.7). Found in the signed bytes alone: a page is read as a reader
//! would see it, and the place is the name that stands by itself under an empty space.
//!
//! Only for forms that somebody whom the school knows has signed: what a page says is a program,
//! and it can be made to run for years.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use hayro::hayro_interpret::BlendMode;
use hayro::hayro_interpret::ClipPath;
use hayro::hayro_interpret::Context;
use hayro::hayro_interpret::Device;
use hayro::hayro_interpret::GlyphDrawMode;
use hayro::hayro_interpret::Image;
use hayro::hayro_interpret::InterpreterCache;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::Paint;
use hayro::hayro_interpret::PathDrawMode;
use hayro::hayro_interpret::SoftMask;
use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::hayro_syntax::Pdf;
use hayro::hayro_interpret::interpret_page;
use hayro::vello_cpu::kurbo::Affine;
use hayro::vello_cpu::kurbo::BezPath;
use hayro::vello_cpu::kurbo::Point;
use hayro::vello_cpu::kurbo::Rect;
use hayro::vello_cpu::kurbo::Shape;

use crate::pades::draw::Area;

/// Most pages that are read.
const MAX_PAGES: usize = 2000;
/// The least empty space above a name: 14 mm. Layouts leave 18 to 28.
const LEAST_SPACE: f64 = 40.0;
/// The most of it that a signature fills: 30 mm.
const MOST_SPACE: f64 = 85.0;
/// The widest a signature gets: 55 mm.
const MOST_WIDTH: f64 = 156.0;
/// From the edge of a page, and from the next block.
const MARGIN: f64 = 6.0;

/// A piece of a line: letters with no more than a blank between them.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    text: String,
    left: f64,
    right: f64,
    base: f64,
    size: f64,
}

/// One page, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Page {
    width: f64,
    height: f64,
    pieces: Vec<Piece>,
    /// What is drawn without letters: rules and pictures.
    drawn: Vec<Rect>,
}

/// A place for a signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Which page, from 0.
    pub page: usize,
    /// The empty space over the name.
    pub space: Area,
}

/// Reads the pages of a PDF; none of one that cannot be read.
pub fn pages(pdf: &[u8]) -> Vec<Page> {
    // A form that cannot be read gets a signature without appearance.
    catch_unwind(AssertUnwindSafe(|| read(pdf))).unwrap_or_default()
}

fn read(pdf: &[u8]) -> Vec<Page> {
    let Ok(pdf) = Pdf::new(pdf.to_vec()) else {
        return Vec::new();
    };
    let cache = InterpreterCache::new();
    let pages = pdf.pages().iter().take(MAX_PAGES);
    pages
        .map(|page| {
            let (width, height) = page.render_dimensions();
            let (width, height) = (f64::from(width), f64::from(height));
            let bounds = Rect::new(0.0, 0.0, width, height);
            let mut context = Context::new(
                Affine::IDENTITY,
                bounds,
                &cache,
                page.xref(),
                InterpreterSettings::default(),
            );
            let mut reader = Reader::default();
            interpret_page(page, &mut context, &mut reader);
            Page {
                width,
                height,
                pieces: pieces(reader.letters),
                drawn: reader.drawn,
            }
        })
        .collect()
}

/// Finds the block of a person: the printed name, alone on its line or in its column, with room for
/// a signature over it. Of several the one with a title of `heads` over it, then the last that is not
/// `taken`.
pub fn block(pages: &[Page], name: &str, heads: &[&str], taken: &[Block]) -> Option<Block> {
    let name = plain(name);
    let heads: Vec<String> = heads
        .iter()
        .map(|head| plain(head).to_uppercase())
        .collect();
    let mut best: Option<(bool, Block)> = None;
    for (number, page) in pages.iter().enumerate() {
        for piece in page.pieces.iter().filter(|piece| piece.text == name) {
            let Some((space, above)) = page.space_over(piece) else {
                continue;
            };
            let block = Block {
                page: number,
                space,
            };
            if taken.contains(&block) {
                continue;
            }
            let above = above.to_uppercase();
            let titled = heads.iter().any(|head| above.contains(head.as_str()));
            if best.is_none_or(|(had, _)| titled >= had) {
                best = Some((titled, block));
            }
        }
    }
    best.map(|(_, block)| block)
}

impl Page {
    /// The empty space over a name, and what stands over that.
    fn space_over(&self, name: &Piece) -> Option<(Area, String)> {
        let middle = (name.left + name.right) / 2.0;
        let top = name.base + name.size;
        let beside = self.pieces.iter().filter(|p| {
            (p.base - name.base).abs() < 2.0 && (p.left > name.right || p.right < name.left)
        });
        // Half the way to the next name, on the nearer side.
        let mut half = middle.min(self.width - middle) - MARGIN;
        for piece in beside {
            let gap = (piece.left - name.right).max(name.left - piece.right);
            half = half.min((name.right - name.left) / 2.0 + gap / 2.0 - MARGIN / 2.0);
        }
        let half = half.min(MOST_WIDTH / 2.0);
        let crosses = |left: f64, right: f64| left < name.right && right > name.left;
        let over = |p: &&Piece| p.base > top && crosses(p.left, p.right);
        // The title of two who sign side by side stands between their names.
        let around = |p: &&Piece| p.base > top && p.left < middle + half && p.right > middle - half;
        let lowest = |a: &&Piece, b: &&Piece| a.base.total_cmp(&b.base);
        let mut nearest = self.pieces.iter().filter(over).min_by(lowest);
        if nearest.is_none_or(|p| p.base - top > MOST_SPACE) {
            nearest = self.pieces.iter().filter(around).min_by(lowest).or(nearest);
        }
        let above = nearest?;
        let mut upper = above.base - above.size * 0.25;
        for rect in &self.drawn {
            if rect.y0 > top && crosses(rect.x0, rect.x1) {
                upper = upper.min(rect.y0);
            }
            // A field over the space itself, as of a picture, but not the frame around it.
            let inside = rect.y0 < upper && rect.y1 > top && rect.x0 > name.left;
            if inside && rect.x1 < name.right {
                return None;
            }
        }
        let height = (upper - top).min(MOST_SPACE);
        if upper - top < LEAST_SPACE || half < LEAST_SPACE / 2.0 {
            return None;
        }
        let lines = self.pieces.iter().filter(|p| {
            p.base >= above.base && p.base < above.base + 3.0 * above.size && around(p)
        });
        let mut lines: Vec<&Piece> = lines.collect();
        lines.sort_by(|a, b| b.base.total_cmp(&a.base));
        let said: Vec<&str> = lines.iter().map(|p| p.text.as_str()).collect();
        let area = Area {
            x: middle - half,
            y: top + (upper - top - height) / 2.0,
            width: 2.0 * half,
            height,
        };
        Some((area, said.join(" ")))
    }
}

/// The place at the upper right corner of the first page, for what is said of a signature that is
/// not seen (NĐ 30/2020/NĐ-CP, Phụ lục I, section II.8b): `lines` lines of 10 points.
pub fn corner(pages: &[Page], lines: usize) -> Option<Block> {
    const WIDTH: f64 = 200.0;
    const LINE: f64 = 12.5;
    const EDGE: f64 = 14.0;
    const RIGHT: f64 = 42.0;
    let page = pages.first()?;
    let height = lines as f64 * LINE;
    let space = Area {
        x: page.width - RIGHT - WIDTH,
        y: page.height - EDGE - height,
        width: WIDTH,
        height,
    };
    let free = page
        .pieces
        .iter()
        .all(|p| p.right < space.x || p.base + p.size < space.y || p.left > space.x + space.width);
    free.then_some(Block { page: 0, space })
}

/// Where a seal goes, `height` points high and `ratio` times as wide: over the left third of a
/// signature (NĐ 30/2020/NĐ-CP, Phụ lục I, section II.8a), and not over the edge of the page.
pub fn seal(pages: &[Page], page: usize, signature: &Area, height: f64, ratio: f64) -> Area {
    let width = height * ratio;
    let bounds = pages.get(page);
    let (most_x, most_y) = bounds.map_or((width, height), |p| (p.width, p.height));
    Area {
        x: (signature.x + signature.width / 3.0 - width)
            .min(most_x - width)
            .max(0.0),
        y: (signature.y + (signature.height - height) / 2.0)
            .min(most_y - height)
            .max(0.0),
        width,
        height,
    }
}

/// The empty space at the left of a signature, for the words that stand for a seal.
pub fn beside(pages: &[Page], page: usize, signature: &Area) -> Option<Area> {
    const WIDTH: f64 = 130.0;
    let top = signature.y + signature.height;
    let mut left = MARGIN;
    for piece in &pages.get(page)?.pieces {
        let level = piece.base < top && piece.base + piece.size > signature.y;
        if level && piece.right < signature.x {
            left = f64::max(left, piece.right + MARGIN);
        }
    }
    let width = (signature.x - MARGIN - left).min(WIDTH);
    let area = Area {
        x: signature.x - MARGIN - width,
        width,
        ..*signature
    };
    (width > LEAST_SPACE).then_some(area)
}

/// Text without marks of spacing.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A letter on a page.
struct Letter {
    text: String,
    at: Point,
    advance: f64,
    size: f64,
}

/// Puts letters together: same line, no more than a blank apart.
fn pieces(mut letters: Vec<Letter>) -> Vec<Piece> {
    letters
        .retain(|letter| letter.size > 0.5 && letter.at.x.is_finite() && letter.at.y.is_finite());
    let line = |letter: &Letter| (letter.at.y * 2.0).round();
    letters.sort_by(|a, b| {
        line(b)
            .total_cmp(&line(a))
            .then_with(|| a.at.x.total_cmp(&b.at.x))
    });
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in letters {
        let right = letter.at.x + letter.advance;
        let joins = |piece: &Piece| {
            (piece.base - letter.at.y).abs() < 0.6
                && letter.at.x - piece.right < 0.6 * piece.size
                && letter.at.x > piece.left - 0.1
        };
        match pieces.last_mut() {
            Some(piece) if joins(piece) => {
                if letter.at.x - piece.right > 0.15 * piece.size {
                    piece.text.push(' ');
                }
                piece.text.push_str(&letter.text);
                piece.right = piece.right.max(right);
                piece.size = piece.size.max(letter.size);
            }
            _ => pieces.push(Piece {
                text: letter.text,
                left: letter.at.x,
                right,
                base: letter.at.y,
                size: letter.size,
            }),
        }
    }
    for piece in &mut pieces {
        piece.text = plain(&piece.text);
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// Reads a page by following what is drawn on it.
#[derive(Default)]
struct Reader {
    letters: Vec<Letter>,
    drawn: Vec<Rect>,
}

impl<'a> Device<'a> for Reader {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}

    fn draw_path(&mut self, path: &BezPath, transform: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        let bounds = (transform * path.clone()).bounding_box();
        self.drawn.push(bounds);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph(
        &mut self,
        glyph: &Glyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(text)) => text,
            None => String::from('\u{FFFD}'),
        };
        let place = transform * glyph_transform;
        let origin = place * Point::ZERO;
        // Glyph space has a thousand units to the em.
        let em = place * Point::new(0.0, EM) - origin;
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map_or(0.0, f64::from),
            Glyph::Type3(_) => 0.0,
        };
        let end = place * Point::new(advance, 0.0) - origin;
        self.letters.push(Letter {
            text,
            at: origin,
            advance: end.hypot(),
            size: em.hypot(),
        });
    }

    fn draw_image(&mut self, image: Image<'a, '_>, transform: Affine) {
        let size = Rect::new(
            0.0,
            0.0,
            f64::from(image.width()),
            f64::from(image.height()),
        );
        self.drawn.push(transform.transform_rect_bbox(size));
    }

    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

const EM: f64 = 1000.0;
