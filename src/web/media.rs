//! Media types by the endings of names.

/// A page.
pub const HTML: &str = "text/html; charset=utf-8";
/// Plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// The media type of a file of an archive or of the editor. What a school writes is shown as text rather than downloaded.
pub fn of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "md" | "pem" | "txt" | "typ" | "yaml" => TEXT,
        "csv" => "text/csv; charset=utf-8",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "json" => "application/json",
        "p7s" => "application/pkcs7-signature",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_ending_of_the_name_only() {
        assert_eq!(of("a.b/c.HTML"), HTML);
        assert_eq!(of("a/NOTICE.yaml"), TEXT);
        for unknown in ["", "a.html/b", "html", "a.html.exe", "a."] {
            assert_eq!(of(unknown), "application/octet-stream", "{unknown}");
        }
    }
}
