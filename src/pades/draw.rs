//! What a signature shows, as the appearance stream of its widget (ISO 32000-1 §12.5.5): a picture,
//! or words drawn as outlines of the project's own font. Outlines need no font in the PDF, and a
//! form that keeps PDF/A-3a still does after it.

use std::fmt::Write as _;

use lopdf::Document;
use lopdf::Object;
use lopdf::ObjectId;
use lopdf::Stream;
use lopdf::dictionary;
use ttf_parser::Face;
use ttf_parser::OutlineBuilder;

use crate::embedded;
use crate::pades::picture::Picture;

/// The font of the forms (`layouts/fonts`), which stands in for Times New Roman.
const FONT: &str = "LiberationSerif-Regular.ttf";
/// Largest letters, in points.
const LARGEST: f64 = 9.0;
/// From one line to the next, in sizes of the letters.
const LEADING: f64 = 1.25;

/// A rectangle on a page, in points from its lower left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Lower edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    /// Left, lower, right and upper edge, in hundredths of a point.
    pub(crate) fn corners(&self) -> [f32; 4] {
        let edges = [self.x, self.y, self.x + self.width, self.y + self.height];
        edges.map(round)
    }

    /// The largest area of this shape (width over height) in the middle of this one.
    pub fn fit(&self, ratio: f64) -> Self {
        let width = self.width.min(self.height * ratio);
        let height = width / ratio.max(0.01);
        Self {
            x: self.x + (self.width - width) / 2.0,
            y: self.y + (self.height - height) / 2.0,
            width,
            height,
        }
    }
}

/// What is drawn, and where.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Which page, from 0.
    pub page: usize,
    /// Where on it.
    pub area: Area,
    /// What.
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// A picture, filling the area.
    Picture(Picture),
    /// Lines of text, centred.
    Text {
        /// The lines.
        lines: Vec<String>,
        /// Red, green and blue, 0 to 1.
        ink: [f32; 3],
    },
}

/// Blue, as of a pen.
pub const BLUE: [f32; 3] = [0.05, 0.15, 0.60];
/// Red, as of a seal.
pub const RED: [f32; 3] = [0.80, 0.05, 0.05];
/// Black.
pub const BLACK: [f32; 3] = [0.0, 0.0, 0.0];

/// Adds the appearance stream of a field that is not signed yet: a widget must have one (ISO 19005-3
/// §6.3.3).
pub(crate) fn nothing(document: &mut Document, mark: &Mark) -> ObjectId {
    document.add_object(drawn(frame(mark), Vec::new()))
}

/// The box of an appearance.
fn frame(mark: &Mark) -> lopdf::Dictionary {
    let [left, lower, right, upper] = mark.area.corners();
    let corners = [0.0, 0.0, right - left, upper - lower];
    dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => corners.map(Object::Real).to_vec(),
        "Resources" => dictionary! {},
    }
}

/// Adds the appearance stream of a mark to a document.
pub(crate) fn appearance(document: &mut Document, mark: &Mark) -> ObjectId {
    let [left, lower, right, upper] = mark.area.corners();
    let (width, height) = (right - left, upper - lower);
    let mut form = frame(mark);
    let content = match &mark.drawing {
        Drawing::Picture(picture) => {
            let image = image(document, picture);
            form.set(
                "Resources",
                dictionary! {"XObject" => dictionary! {"Hinh" => image}},
            );
            format!("q {width} 0 0 {height} 0 0 cm /Hinh Do Q")
        }
        Drawing::Text { lines, ink } => outlines(lines, *ink, f64::from(width), f64::from(height)),
    };
    document.add_object(drawn(form, content.into_bytes()))
}

/// A stream of drawing operators, compressed however short it is: a field that is filled in then
/// keeps the very dictionary of its empty drawing, and validators see no change but of what is drawn.
fn drawn(dictionary: lopdf::Dictionary, mut content: Vec<u8>) -> Stream {
    const BLANKS: usize = 256;
    content.resize(content.len() + BLANKS, b' ');
    compressed(dictionary, content)
}

/// The picture as an image with a mask of its opacity (ISO 32000-1 §8.9.5, §11.6.5.3). The colours
/// are those of the document's output intent, sRGB.
fn image(document: &mut Document, picture: &Picture) -> ObjectId {
    let plane = |space: &str| {
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(picture.width),
            "Height" => i64::from(picture.height),
            "ColorSpace" => space,
            "BitsPerComponent" => 8,
        }
    };
    let mask = compressed(plane("DeviceGray"), picture.opacity.clone());
    let mask = document.add_object(mask);
    let mut image = plane("DeviceRGB");
    image.set("SMask", mask);
    document.add_object(compressed(image, picture.colour.clone()))
}

fn compressed(dictionary: lopdf::Dictionary, content: Vec<u8>) -> Stream {
    let mut stream = Stream::new(dictionary, content);
    // What cannot be compressed is kept as it is.
    let _ = stream.compress();
    stream
}

/// Draws lines in the middle of a box, as large as they fit; nothing without the font.
fn outlines(lines: &[String], ink: [f32; 3], width: f64, height: f64) -> String {
    let fonts = embedded::folder("fonts");
    let font = fonts.iter().find(|(name, _)| *name == FONT);
    let Some(face) = font.and_then(|(_, bytes)| Face::parse(bytes, 0).ok()) else {
        return String::new();
    };
    let em = f64::from(face.units_per_em());
    let widths: Vec<f64> = lines.iter().map(|line| advance(&face, line) / em).collect();
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let count = lines.len() as f64;
    let size = LARGEST
        .min(width / widest.max(0.01))
        .min(height / (count.max(1.0) * LEADING));
    let [red, green, blue] = ink;
    let mut path = format!("{red} {green} {blue} rg\n");
    let top = height / 2.0 + count * LEADING * size / 2.0;
    for (number, (line, wide)) in lines.iter().zip(widths).enumerate() {
        let mut pen = Pen {
            path: &mut path,
            x: (width - wide * size) / 2.0,
            y: top - (number as f64 + 0.8) * LEADING * size,
            scale: size / em,
            last: (0.0, 0.0),
        };
        for letter in line.chars() {
            let Some(glyph) = face.glyph_index(letter) else {
                continue;
            };
            face.outline_glyph(glyph, &mut pen);
            pen.x += f64::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * pen.scale;
        }
    }
    path.push_str("f\n");
    path
}

fn advance(face: &Face<'_>, line: &str) -> f64 {
    let glyphs = line.chars().filter_map(|letter| face.glyph_index(letter));
    let advances = glyphs.filter_map(|glyph| face.glyph_hor_advance(glyph));
    advances.map(f64::from).sum()
}

/// Writes the outline of letters as path operators (ISO 32000-1 §8.5.2), which know no quadratic
/// curves.
struct Pen<'a> {
    path: &'a mut String,
    x: f64,
    y: f64,
    scale: f64,
    last: (f64, f64),
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (
            self.x + f64::from(x) * self.scale,
            self.y + f64::from(y) * self.scale,
        )
    }

    fn write(&mut self, points: &[(f64, f64)], operator: &str) {
        for (x, y) in points {
            let _ = write!(self.path, "{} {} ", round(*x), round(*y));
            self.last = (*x, *y);
        }
        self.path.push_str(operator);
        self.path.push('\n');
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.write(&[to], "m");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.write(&[to], "l");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, by, to) = (self.last, self.at(x1, y1), self.at(x, y));
        let towards = |end: (f64, f64)| {
            let part = |end: f64, by: f64| end + (by - end) * 2.0 / 3.0;
            (part(end.0, by.0), part(end.1, by.1))
        };
        self.write(&[towards(from), towards(to), to], "c");
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let points = [self.at(x1, y1), self.at(x2, y2), self.at(x, y)];
        self.write(&points, "c");
    }

    fn close(&mut self) {
        self.path.push_str("h\n");
    }
}

/// Hundredths of a point: finer than any printer.
fn round(value: f64) -> f32 {
    ((value * 100.0).round() / 100.0) as f32
}
