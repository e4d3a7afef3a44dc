//! The body of a record: into data, with its links judged and its pictures found.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diag::Code;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::header::Parts;
use crate::records::image;
use crate::records::kind::BodyRule;
use crate::records::markdown;
use crate::records::markdown::Block;
use crate::records::parse::Reading;

impl Reading<'_> {
    pub(super) fn body(
        &mut self,
        parts: &Parts<'_>,
        rule: BodyRule,
    ) -> Option<(Vec<Block>, BTreeMap<String, RepoPath>)> {
        let place = self.place.clone().at(parts.body_line, None);
        let empty = parts.body.trim().is_empty();
        match rule {
            BodyRule::BatBuoc if empty => self.found(
                Code::BodyMissing,
                place.clone(),
                Words::new("hồ sơ chưa có nội dung", "the record has no body"),
                Words::new(
                    "viết nội dung dưới dòng `---` thứ hai",
                    "write the body below the second `---` line",
                ),
            ),
            BodyRule::Khong if !empty => self.found(
                Code::BodyUnexpected,
                place.clone(),
                Words::new(
                    "loại hồ sơ này không có nội dung dưới phần đầu",
                    "this kind has nothing below the header",
                ),
                Words::new(
                    "chuyển nội dung vào các trường của phần đầu",
                    "move the text into the fields of the header",
                ),
            ),
            _ => {}
        }
        let body = match markdown::read(parts.body, parts.body_line) {
            Ok(body) => body,
            Err(too_large) => {
                self.found(
                    Code::BodyTooLarge,
                    self.place.clone().at(too_large.line, None),
                    Words::new(
                        "nội dung quá dài hoặc lồng quá nhiều tầng",
                        "the body is too long or nested too deep",
                    ),
                    Words::new(
                        "chia thành nhiều hồ sơ, bớt tầng danh sách",
                        "split the record, use fewer levels",
                    ),
                );
                return None;
            }
        };
        self.html(&body.html);
        self.links(&body.links);
        let images = self.images(&body.images);
        Some((body.blocks, images))
    }

    fn html(&mut self, lines: &[usize]) {
        let mut lines = lines.to_vec();
        lines.dedup();
        for line in lines {
            self.found(
                Code::HtmlLiteral,
                self.place.clone().at(line, None),
                Words::new(
                    "thẻ HTML được in ra nguyên văn",
                    "HTML is printed as it stands",
                ),
                Words::new(
                    "dùng Markdown: `**đậm**`, `*nghiêng*`, `- mục`",
                    "use Markdown: `**strong**`, `*emphasis*`, `- item`",
                ),
            );
        }
    }

    fn links(&mut self, links: &[(String, usize)]) {
        const TAKEN: [&str; 3] = ["http://", "https://", "mailto:"];
        for (href, line) in links {
            let lower = href.to_ascii_lowercase();
            if !TAKEN.iter().any(|scheme| lower.starts_with(scheme)) {
                let shown = tame(href);
                self.found(
                    Code::LinkRefused,
                    self.place.clone().at(*line, None),
                    Words::new(
                        format!("không nhận liên kết `{shown}`"),
                        format!("the link `{shown}` is not taken"),
                    ),
                    Words::new(
                        "liên kết bắt đầu bằng http://, https:// hoặc mailto:",
                        "a link starts with http://, https:// or mailto:",
                    ),
                );
            }
        }
    }

    fn images(&mut self, images: &[(String, usize)]) -> BTreeMap<String, RepoPath> {
        let mut found = BTreeMap::new();
        // Each is read once, however often it is shown.
        let mut seen = BTreeSet::new();
        for (src, line) in images.iter().filter(|(src, _)| seen.insert(src)) {
            match image::resolve(self.context.snapshot, self.path, src) {
                Ok(path) => {
                    found.insert(src.clone(), path);
                }
                Err(refusal) => self.found(
                    Code::ImageRefused,
                    self.place.clone().at(*line, None),
                    refusal.words(&tame(src)),
                    Words::new("để ảnh cùng thư mục với hồ sơ, viết `![mô tả](anh/ten.jpg)`", "keep the picture in the record's folder, write `![what it shows](anh/name.jpg)`"),
                ),
            }
        }
        found
    }
}
