//! A form as pictures, drawn from the PDF's own bytes: what a page of the archive shows is what was
//! signed, and never a second rendering of the text.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use hayro::RenderCache;
use hayro::RenderSettings;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;

/// Most pages drawn; the PDF itself has all of them.
pub const MAX_PAGES: usize = 40;
/// Largest side of a page in points, twice that of A3; the memory it takes goes with its square.
const MAX_SIDE: f32 = 2400.0;
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

/// Draws the first pages of a form, `most` of them, at `scale` pixels per point. Nothing is drawn of a
/// PDF that cannot be read; the page then offers the file alone.
///
/// Only for forms that we set, or that somebody whom the school knows has signed: what a page says
/// is a program, and it can be made to run for years or to take all memory.
pub fn pages(pdf: &[u8], scale: f32, most: usize) -> Vec<Picture> {
    // One form must never end the run.
    catch_unwind(AssertUnwindSafe(|| draw(pdf, scale, most))).unwrap_or_default()
}

/// Pictures one after the other, as a cache keeps them: PNG tells its own end.
pub fn pack<'a>(pictures: impl IntoIterator<Item = &'a Picture>) -> Vec<u8> {
    let parts: Vec<&[u8]> = pictures.into_iter().map(|one| one.png.as_slice()).collect();
    parts.concat()
}

/// The pictures that were [packed](pack); none when it is anything else.
pub fn unpack(mut bytes: &[u8]) -> Option<Vec<Picture>> {
    let mut pictures = Vec::new();
    while !bytes.is_empty() {
        let (png, rest) = bytes.split_at_checked(length(bytes)?)?;
        let side = |at: usize| Some(u32::from_be_bytes(*png.get(at..)?.first_chunk()?));
        pictures.push(Picture {
            width: side(16)?,
            height: side(20)?,
            png: png.to_vec(),
        });
        bytes = rest;
    }
    Some(pictures)
}

/// How long the picture is that stands first: a signature of 8 bytes, then chunks of length, type, data and CRC, the last
/// of which is `IEND` (PNG §5.2, §5.3).
fn length(bytes: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    let mut at = SIGNATURE.len();
    bytes.strip_prefix(SIGNATURE)?;
    loop {
        let size = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
        let sort = bytes.get(at + 4..at + 8)?;
        at = at
            .checked_add(12)?
            .checked_add(usize::try_from(size).ok()?)?;
        if sort == b"IEND" {
            return Some(at);
        }
    }
}

fn draw(pdf: &[u8], scale: f32, most: usize) -> Vec<Picture> {
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
        .take(most)
        .filter(|page| {
            let (width, height) = page.render_dimensions();
            width <= MAX_SIDE && height <= MAX_SIDE
        })
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
        packed(rgba, width as usize)
    };
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&data).ok()?;
    writer.finish().ok()?;
    Some(Picture { png, width, height })
}

/// Pixels as 4-bit grey, two to a byte, each row from a byte of its own (PNG §7.2).
fn packed(rgba: &[u8], width: usize) -> Vec<u8> {
    let grey = |pixel: &[u8]| ((u16::from(pixel[1]) * (LEVELS - 1) + 127) / 255) as u8;
    let mut packed = Vec::with_capacity(rgba.len() / 8 + rgba.len() / width.max(1) / 4);
    for row in rgba.chunks_exact(width * 4) {
        let (pairs, last) = row.as_chunks::<8>();
        packed.extend(
            pairs
                .iter()
                .map(|two| (grey(&two[..4]) << 4) | grey(&two[4..])),
        );
        if !last.is_empty() {
            packed.push(grey(last) << 4);
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf(side: &str) -> Vec<u8> {
        format!(
            "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
             2 0 obj\n<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>\nendobj\n\
             3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 {side} {side}]/Resources<<>>>>\nendobj\n\
             trailer\n<</Root 1 0 R/Size 4>>\n%%EOF\n"
        )
        .into_bytes()
    }

    #[test]
    fn pages_are_drawn_within_bounds() {
        let drawn = pages(&pdf("100"), 1.5, MAX_PAGES);
        let sizes: Vec<(u32, u32)> = drawn.iter().map(|p| (p.width, p.height)).collect();
        assert_eq!(sizes, [(150, 150); 2]);
        assert_eq!(pages(&pdf("100"), 0.2, 1).len(), 1);
        for side in ["43000", "1e9", "nonsense"] {
            let drawn = pages(&pdf(side), 1.5, MAX_PAGES);
            assert!(drawn.iter().all(|p| p.width < 4000 && p.height < 4000));
        }
        assert!(pages(b"no PDF", 1.5, MAX_PAGES).is_empty());
    }

    #[test]
    fn pictures_are_unpacked_as_they_were() {
        let mut drawn = pages(&pdf("100"), 1.5, MAX_PAGES);
        drawn.extend(pages(&pdf("70"), 0.2, 1));
        let packed = pack(&drawn);
        let seen = |all: &[Picture]| -> Vec<(Vec<u8>, u32, u32)> {
            let parts = |one: &Picture| (one.png.clone(), one.width, one.height);
            all.iter().map(parts).collect()
        };
        assert_eq!(unpack(&packed).as_deref().map(seen), Some(seen(&drawn)));
        assert_eq!(unpack(b"").as_deref().map(seen), Some(vec![]));
        for end in [1, 7, 12, 30, packed.len() - 1] {
            assert!(unpack(&packed[..end]).is_none(), "{end}");
        }
        assert!(unpack(&[packed.as_slice(), b"x"].concat()).is_none());
    }
}
