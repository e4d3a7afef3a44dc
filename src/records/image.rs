//! Pictures beside a record: what may be put on a form, and what may not.

use crate::diag::Words;
use crate::path::RepoPath;
use crate::repo::Snapshot;

/// Largest picture file.
pub const MAX_BYTES: u64 = 12 * 1024 * 1024;
/// Most pixels: a picture that unpacks to more is a bomb, not a photo.
const MAX_PIXELS: u64 = 60_000_000;

/// The endings of pictures.
const ENDINGS: [&str; 3] = ["jpeg", "jpg", "png"];

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
    // A picture that is also a web page would lie in the archive under that name.
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let (width, height) = dimensions(&bytes)
        .filter(|_| ENDINGS.contains(&ending.as_str()))
        .ok_or(Refusal::Format)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_name_of_one() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x0bIDATx\x9cc`\0\x02\0\0\x05\0\x01z^\xab?\0\0\0\0IEND\xaeB`\x82";
        assert_eq!(dimensions(png), Some((1, 1)));
        let names = ["a/x.png", "a/x.PNG", "a/x.html", "a/x"];
        let snapshot = Snapshot::of_files(names.map(|name| (name, png.as_slice())));
        let record = RepoPath::parse("a/1.md").expect("a path");
        let taken = names.map(|name| resolve(&snapshot, &record, &name[2..]).is_ok());
        assert_eq!(taken, [true, true, false, false]);
    }
}
