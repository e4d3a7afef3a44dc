//! A form as pictures, drawn from the PDF's own bytes: what a page of the archive shows is what was
//! signed, and never a second rendering of the text.

use hayro::RenderCache;
use hayro::RenderSettings;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;

/// Most pages drawn; the PDF itself has all of them.
const MAX_PAGES: usize = 40;
/// Grey levels kept: sixteen draw text without visible steps and halve the file.
const LEVELS: u16 = 16;

/// One page as a picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// PNG, 4-bit grey or 8-bit colour.
    pub png: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Draws the pages of a form at `scale` pixels per point. Nothing is drawn of a PDF that cannot be
/// read; the page then offers the file alone.
pub fn pages(pdf: &[u8], scale: f32) -> Vec<Picture> {
    let Ok(pdf) = Pdf::new(pdf.to_vec()) else {
        return Vec::new();
    };
    let cache = RenderCache::new();
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
        ..RenderSettings::default()
    };
    pdf.pages()
        .iter()
        .take(MAX_PAGES)
        .filter_map(|page| {
            let pixmap = hayro::render(page, &cache, &InterpreterSettings::default(), &settings);
            picture(
                u32::from(pixmap.width()),
                u32::from(pixmap.height()),
                pixmap.data_as_u8_slice(),
            )
        })
        .collect()
}

fn picture(width: u32, height: u32, rgba: &[u8]) -> Option<Picture> {
    let colourful = rgba
        .chunks_exact(4)
        .any(|p| p[0].abs_diff(p[1]) > 12 || p[1].abs_diff(p[2]) > 12);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_compression(png::Compression::Balanced);
    let data: Vec<u8> = if colourful {
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        rgba.chunks_exact(4)
            .flat_map(|p| [p[0], p[1], p[2]])
            .collect()
    } else {
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Four);
        rgba.chunks_exact(width as usize * 4)
            .flat_map(packed)
            .collect()
    };
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&data).ok()?;
    writer.finish().ok()?;
    Some(Picture { png, width, height })
}

/// A row of pixels as 4-bit grey, two to a byte (PNG §7.2).
fn packed(row: &[u8]) -> Vec<u8> {
    let grey = |pixel: &[u8]| ((u16::from(pixel[1]) * (LEVELS - 1) + 127) / 255) as u8;
    row.chunks(8)
        .map(|two| (grey(&two[..4]) << 4) | two.get(4..8).map_or(0, grey))
        .collect()
}
