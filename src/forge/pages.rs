//! The pages of the server itself.

use std::sync::LazyLock;

use serde::Serialize;
use tera::Context;
use tera::Tera;

/// How they look.
pub const STYLE: &str = include_str!("pages/trang.css");

/// What stands for them on a tab: the editor's own.
pub const ICON: &str = include_str!("../editor/page/icon.svg");

const TEMPLATES: [(&str, &str); 8] = [
    ("khung.html", include_str!("pages/khung.html")),
    ("dang-nhap.html", include_str!("pages/dang-nhap.html")),
    ("dang-xuat.html", include_str!("pages/dang-xuat.html")),
    ("kho.html", include_str!("pages/kho.html")),
    ("loi.html", include_str!("pages/loi.html")),
    ("mat-khau.html", include_str!("pages/mat-khau.html")),
    ("phan.html", include_str!("pages/phan.html")),
    ("trang-dau.html", include_str!("pages/trang-dau.html")),
];

static TERA: LazyLock<Option<Tera>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.add_raw_templates(TEMPLATES).ok().map(|()| tera)
});

/// Fills in a page; what is filled in is escaped. None when a template is broken.
pub fn render(name: &str, own: &impl Serialize) -> Option<String> {
    let context = Context::from_serialize(own).ok()?;
    TERA.as_ref()?.render(name, &context).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_templates_can_be_read() {
        let mut tera = Tera::default();
        tera.add_raw_templates(TEMPLATES).expect("templates");
    }

    #[test]
    fn every_page_can_be_filled_in_and_nothing_breaks_out() {
        let evil = "<script>\"'&";
        let record = json!({
            "title": evil, "kind": evil, "unit": evil, "date": evil, "page": evil, "edit": evil, "who": evil,
            "reason": evil, "when": evil, "subject": evil, "periods": evil, "count": 2, "due": evil, "late": 0, "write": evil,
        });
        let list = json!({ "first": [record], "rest": [record], "count": 2 });
        let own = json!({
            "school": evil, "name": evil, "title": evil, "fault": evil, "token": evil, "year": evil, "initial": true,
            "heading": evil, "text": evil, "nothing": false,
            "room": { "may": true, "all": true, "at": evil, "revision": evil, "failed": false, "behind": false },
            "returned": list, "to_sign": list, "soon": list, "missing": list, "with_others": list, "lately": list,
        });
        let parts = ["khung.html", "phan.html"];
        for (name, _) in TEMPLATES.iter().filter(|(name, _)| !parts.contains(name)) {
            let context = Context::from_serialize(&own).expect("a context");
            let html = TERA
                .as_ref()
                .expect("templates")
                .render(name, &context)
                .expect(name);
            assert!(!html.contains("<script"), "{name}: {html}");
        }
    }
}
