//! Pictures beside a record: what may be put on a form, and what may not.

use crate::diag::Words;
use crate::path::RepoPath;
use crate::repo::Snapshot;

/// Largest picture file.
pub const MAX_BYTES: u64 = 12 * 1024 * 1024;
/// Most pixels: a picture that unpacks to more is a bomb, not a photo.
const MAX_PIXELS: u64 = 60_000_000;

/// Why a picture is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address leaves the record's folder or the repository.
    Outside,
    /// No such file.
    Missing,
    /// Neither PNG nor JPEG by its first bytes.
    Format,
    /// Too many bytes or pixels.
    TooLarge,
}

impl Refusal {
    /// The refusal as a sentence about the picture at `src`.
    pub fn words(&self, src: &str) -> Words {
        match self {
            Self::Outside => Words::new(
                format!("ảnh `{src}` nằm ngoài thư mục của hồ sơ"),
                format!("picture `{src}` lies outside the record's folder"),
            ),
            Self::Missing => Words::new(
                format!("không có tệp ảnh `{src}`"),
                format!("there is no picture `{src}`"),
            ),
            Self::Format => Words::new(
                format!("`{src}` không phải ảnh PNG hay JPEG đọc được"),
                format!("`{src}` is no readable PNG or JPEG"),
            ),
            Self::TooLarge => Words::new(
                format!("ảnh `{src}` quá lớn (tối đa 12 MB, 60 triệu điểm ảnh)"),
                format!("picture `{src}` is too large (12 MB, 60 million pixels at most)"),
            ),
        }
    }
}

/// Finds the picture that `src` names in a record at `record`.
///
/// # Errors
/// [`Refusal`], when it cannot be put on a form.
pub fn resolve(snapshot: &Snapshot, record: &RepoPath, src: &str) -> Result<RepoPath, Refusal> {
    let folder = record.parent().ok_or(Refusal::Outside)?;
    let decoded = src.strip_prefix("./").unwrap_or(src);
    let path = folder.join(decoded).map_err(|_| Refusal::Outside)?;
    if !snapshot.contains(&path) {
        return Err(Refusal::Missing);
    }
    let bytes = snapshot
        .read(&path, MAX_BYTES)
        .map_err(|_| Refusal::TooLarge)?;
    let (width, height) = dimensions(&bytes).ok_or(Refusal::Format)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refusal::TooLarge);
    }
    Ok(path)
}

/// Width and height of a PNG or JPEG, read from its head without unpacking it.
pub fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let format = image::guess_format(bytes).ok()?;
    if !matches!(format, image::ImageFormat::Png | image::ImageFormat::Jpeg) {
        return None;
    }
    image::ImageReader::with_format(std::io::Cursor::new(bytes), format)
        .into_dimensions()
        .ok()
}
