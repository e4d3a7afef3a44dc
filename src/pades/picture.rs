//! The picture of a handwritten signature or of a seal (NĐ 30/2020/NĐ-CP, Phụ lục I, section II.7d and
//! II.8a): PNG with a transparent ground, a signature blue, a seal red.
//!
//! What [`Picture::read`] has guaranteed: at most [`MAX_FILE`] bytes, [`MAX_SIDE`] pixels on a side, a
//! ground that lets the form through, and the colour that is asked for.

use std::io::Cursor;

use png::ColorType;
use png::Decoder;
use png::Limits;
use png::Transformations;
use thiserror::Error;

use crate::diag::Words;

/// Largest file, in bytes.
pub const MAX_FILE: u64 = 512 * 1024;
/// Longest side, in pixels: 36 mm at 1,200 dots per inch.
pub const MAX_SIDE: u32 = 1800;
/// From which opacity on a pixel is ink.
const INK: u8 = 64;

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A handwritten signature: blue.
    Signature,
    /// The organisation's seal: red.
    Seal,
}

/// A picture, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Red, green, blue; three bytes a pixel.
    pub(crate) colour: Vec<u8>,
    /// Opacity; one byte a pixel.
    pub(crate) opacity: Vec<u8>,
}

/// Says why a picture cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The ink is of another colour.
    #[error("a signature is blue and a seal red (NĐ 30/2020); this picture is not {}", match kind { Kind::Signature => "blue", Kind::Seal => "red" })]
    Colour {
        /// What it is of.
        kind: Kind,
    },
    /// Every pixel is transparent.
    #[error("there is nothing to be seen in the picture")]
    Empty,
    /// The bytes are no PNG.
    #[error("the file is no readable PNG: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// The ground is not transparent.
    #[error("the ground of the picture is not transparent")]
    Opaque,
    /// There are too many bytes or pixels.
    #[error("the picture is too large: at most {MAX_FILE} bytes and {MAX_SIDE} pixels a side")]
    TooLarge,
}

impl PictureError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Colour { kind } => format!(
                "hình chữ ký phải màu xanh, hình dấu màu đỏ (Nghị định 30/2020); hình này không {}",
                match kind {
                    Kind::Signature => "xanh",
                    Kind::Seal => "đỏ",
                }
            ),
            Self::Empty => "hình không có nét nào".to_owned(),
            Self::Malformed { reason } => format!("không phải tệp PNG đọc được ({reason})"),
            Self::Opaque => "nền của hình không trong suốt".to_owned(),
            Self::TooLarge => {
                format!("hình quá lớn: nhiều nhất {MAX_FILE} byte và {MAX_SIDE} điểm mỗi cạnh")
            }
        };
        Words::new(vi, self.to_string())
    }
}

impl Picture {
    /// Decodes and checks a picture.
    ///
    /// # Errors
    /// [`PictureError`].
    pub fn read(file: &[u8], kind: Kind) -> Result<Self, PictureError> {
        if file.len() as u64 > MAX_FILE {
            return Err(PictureError::TooLarge);
        }
        let bytes = 4 * (MAX_SIDE as usize) * (MAX_SIDE as usize);
        let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes });
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(malformed)?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(PictureError::TooLarge);
        }
        let size = reader.output_buffer_size().ok_or(PictureError::TooLarge)?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(malformed)?;
        pixels.truncate(frame.buffer_size());
        let (colour, opacity): (Vec<[u8; 3]>, Vec<u8>) = match frame.color_type {
            ColorType::Rgba => {
                let pixels = pixels.chunks_exact(4);
                pixels.map(|p| ([p[0], p[1], p[2]], p[3])).unzip()
            }
            ColorType::GrayscaleAlpha => {
                let pixels = pixels.chunks_exact(2);
                pixels.map(|p| ([p[0], p[0], p[0]], p[1])).unzip()
            }
            _ => return Err(PictureError::Opaque),
        };
        if opacity.iter().filter(|a| **a < INK).count() * 4 < opacity.len() {
            return Err(PictureError::Opaque);
        }
        is_coloured(&colour, &opacity, kind)?;
        Ok(Self {
            width,
            height,
            colour: colour.concat(),
            opacity,
        })
    }

    /// Width over height.
    pub fn ratio(&self) -> f64 {
        f64::from(self.width) / f64::from(self.height.max(1))
    }
}

/// Whether the ink on the whole is of the colour that is asked for.
fn is_coloured(colour: &[[u8; 3]], opacity: &[u8], kind: Kind) -> Result<(), PictureError> {
    let ink = colour.iter().zip(opacity).filter(|(_, a)| **a >= INK);
    let (mut count, mut sum) = (0_u64, [0_u64; 3]);
    for (pixel, _) in ink {
        count += 1;
        for (sum, part) in sum.iter_mut().zip(pixel) {
            *sum += u64::from(*part);
        }
    }
    let [red, green, blue] = sum;
    // A quarter of the scale apart: navy ink on a scan is still blue, grey is not.
    let (own, others) = match kind {
        Kind::Signature => (blue, red.max(green)),
        Kind::Seal => (red, blue.max(green)),
    };
    match count {
        0 => Err(PictureError::Empty),
        count if own >= others.saturating_add(32 * count) => Ok(()),
        _ => Err(PictureError::Colour { kind }),
    }
}

fn malformed(error: png::DecodingError) -> PictureError {
    match error {
        png::DecodingError::LimitsExceeded => PictureError::TooLarge,
        error => PictureError::Malformed {
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(side: u32, kind: ColorType, pixel: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(kind);
        let mut writer = encoder.write_header().expect("a header");
        let clear = vec![0; pixel.len()];
        let pixels = (0..side * side).map(|n| if n % 2 == 0 { pixel } else { &clear[..] });
        let pixels: Vec<u8> = pixels.flatten().copied().collect();
        writer.write_image_data(&pixels).expect("pixels");
        writer.finish().expect("an end");
        file
    }

    #[test]
    fn only_blue_or_red_on_nothing_passes() {
        let blue = png(8, ColorType::Rgba, &[20, 40, 160, 255]);
        assert!(Picture::read(&blue, Kind::Signature).is_ok_and(|p| p.opacity.len() == 64));
        let kind = Kind::Seal;
        assert_eq!(
            Picture::read(&blue, kind),
            Err(PictureError::Colour { kind })
        );
        let red = png(8, ColorType::Rgba, &[200, 20, 20, 255]);
        assert!(Picture::read(&red, Kind::Seal).is_ok());
        let solid = png(8, ColorType::Rgb, &[20, 40, 160]);
        assert_eq!(
            Picture::read(&solid, Kind::Signature),
            Err(PictureError::Opaque)
        );
        let faint = png(8, ColorType::Rgba, &[20, 40, 160, 10]);
        assert_eq!(
            Picture::read(&faint, Kind::Signature),
            Err(PictureError::Empty)
        );
    }

    #[test]
    fn hostile_pictures_are_refused() {
        let read = |file: &[u8]| Picture::read(file, Kind::Signature).unwrap_err();
        assert!(matches!(read(b""), PictureError::Malformed { .. }));
        assert_eq!(
            read(&vec![0; MAX_FILE as usize + 1]),
            PictureError::TooLarge
        );
        let mut wide = png(8, ColorType::Rgba, &[20, 40, 160, 255]);
        wide.truncate(60);
        assert!(matches!(read(&wide), PictureError::Malformed { .. }));
        // A header that promises four thousand million pixels.
        let mut bomb = png(8, ColorType::Rgba, &[20, 40, 160, 255]);
        bomb[16..24].copy_from_slice(&[0x7F, 255, 255, 255, 0x7F, 255, 255, 255]);
        assert_ne!(read(&bomb), PictureError::Empty);
        for error in [
            PictureError::Opaque,
            PictureError::Empty,
            PictureError::TooLarge,
        ] {
            assert_ne!(error.words().vi, error.words().en);
        }
    }
}
