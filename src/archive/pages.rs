//! Tera over the templates of the revision: `layouts/site/*.html`, or those that come with the
//! program when the repository has none.

use serde::Serialize;
use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;

use crate::archive::english::English;
use crate::archive::english::LIST;
use crate::archive::view::Common;
use crate::archive::view::FindingView;
use crate::archive::view::Page;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::embedded;
use crate::repo::Snapshot;

const FOLDER: &str = "layouts/site/";
/// The largest is the verifier for browsers.
const MAX_TEMPLATE: u64 = 4 * 1024 * 1024;

/// The templates and the files that go with them.
pub struct Pages {
    tera: Tera,
    assets: Vec<(String, Vec<u8>)>,
}

impl Pages {
    /// Reads the templates of a revision.
    pub fn read(snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in snapshot.under(FOLDER) {
            match snapshot.read(&entry.path, MAX_TEMPLATE) {
                Ok(bytes) => files.push((entry.path.as_str()[FOLDER.len()..].to_owned(), bytes)),
                Err(error) => findings.push(Finding::new(
                    Code::FormFault,
                    Place::file(&entry.path),
                    error.words(),
                )),
            }
        }
        if files.is_empty() {
            files = embedded();
        }
        match Self::of(files) {
            Ok(pages) => Some(pages),
            Err(finding) => {
                findings.push(*finding);
                None
            }
        }
    }

    /// The templates that come with the program.
    ///
    /// # Errors
    /// A finding, if they are broken.
    pub fn embedded() -> Result<Self, Box<Finding>> {
        Self::of(embedded())
    }

    /// The page that `serve` shows when a build failed.
    ///
    /// # Errors
    /// A finding that names the template.
    pub fn fault(&self, findings: &[&Finding]) -> Result<String, Box<Finding>> {
        let mut context = Context::new();
        let findings: Vec<_> = findings
            .iter()
            .map(|finding| FindingView::of(finding))
            .collect();
        context.insert("findings", &findings);
        self.tera
            .render("fault.html", &context)
            .map_err(|error| fault("fault.html", &error))
    }

    /// Whether there is such a template.
    pub fn has(&self, template: &str) -> bool {
        self.tera.get_template_names().any(|name| name == template)
    }

    fn of(files: Vec<(String, Vec<u8>)>) -> Result<Self, Box<Finding>> {
        let english = english(&files)?;
        let mut tera = Tera::default();
        let (templates, assets): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|(name, _)| name.ends_with(".html"));
        let templates: Vec<(String, String)> = templates
            .into_iter()
            .map(|(name, bytes)| (name, english.gloss(&String::from_utf8_lossy(&bytes))))
            .collect();
        let assets = assets
            .into_iter()
            .filter(|(name, _)| name != LIST)
            .collect();
        // Words that the program fills in, as the state of a record.
        tera.register_filter("en", move |vi: &str, _: Kwargs, _: &State<'_>| {
            english.of(vi).unwrap_or_default().to_owned()
        });
        tera.add_raw_templates(templates)
            .map_err(|error| fault("", &error))?;
        Ok(Self { tera, assets })
    }

    /// The files that go with the templates, by name.
    pub fn assets(&self) -> impl Iterator<Item = (&str, &Vec<u8>)> {
        self.assets
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes))
    }

    /// Renders a page that belongs to no site.
    ///
    /// # Errors
    /// A finding that names the template.
    pub fn alone(&self, template: &str, own: &impl Serialize) -> Result<String, Box<Finding>> {
        Context::from_serialize(own)
            .and_then(|context| self.tera.render(template, &context))
            .map_err(|error| fault(template, &error))
    }

    /// Renders a page that lies at `path` of the site.
    ///
    /// # Errors
    /// A finding that names the template.
    pub fn render<T: Serialize>(
        &self,
        template: &str,
        common: &Common,
        path: &str,
        nav: &'static str,
        title: String,
        own: T,
    ) -> Result<String, Box<Finding>> {
        let page = Page {
            common,
            root: "../".repeat(path.matches('/').count()),
            nav,
            page_title: title,
            own,
        };
        let context = Context::from_serialize(&page).map_err(|error| fault(template, &error))?;
        self.tera
            .render(template, &context)
            .map_err(|error| fault(template, &error))
    }
}

/// The English of the templates' words: the repository's own list, or the one that comes with the program.
fn english(files: &[(String, Vec<u8>)]) -> Result<English, Box<Finding>> {
    let own = files.iter().find(|(name, _)| name == LIST);
    let read = match own {
        Some((_, json)) => English::read(json),
        None => {
            let all = embedded::folder("site").into_iter();
            let mut lists = all.filter(|(name, _)| *name == LIST);
            lists
                .next()
                .map_or_else(|| Ok(English::default()), |(_, json)| English::read(json))
        }
    };
    read.map_err(|error| {
        let message = tame(&error.to_string());
        Box::new(Finding::new(
            Code::FormFault,
            Place::raw(format!("{FOLDER}{LIST}")),
            Words::new(
                format!("danh sách từ tiếng Anh có lỗi: {message}"),
                format!("the list of English words is at fault: {message}"),
            ),
        ))
    })
}

fn embedded() -> Vec<(String, Vec<u8>)> {
    let files = embedded::folder("site").into_iter();
    files
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .collect()
}

fn fault(template: &str, error: &tera::Error) -> Box<Finding> {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message.push_str(": ");
        message.push_str(&inner.to_string());
        source = inner.source();
    }
    let message = tame(&message.replace('\n', " "));
    Box::new(Finding::new(
        Code::FormFault,
        Place::raw(format!("{FOLDER}{template}")),
        Words::new(
            format!("mẫu trang có lỗi: {message}"),
            format!("the page template is at fault: {message}"),
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_leaves_its_place() {
        let hostile = "\"'><script>{{ 1 }}</script>&";
        let words = Words::new(hostile, hostile);
        let finding = Finding::new(Code::FieldInvalid, Place::raw(hostile), words);
        let page = Pages::embedded().and_then(|pages| pages.fault(&[&finding]));
        let page = page.expect("a page");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
        // Within a component, and as its argument, too.
        let template = r#"{% component c(v) %}<i title="{{ v }}">{{ v }}</i>{% endcomponent c %}{{ <c v={v} /> }}"#;
        let files = vec![("a.html".to_owned(), template.as_bytes().to_vec())];
        let pages = Pages::of(files).expect("templates");
        let mut context = Context::new();
        context.insert("v", hostile);
        let page = pages.tera.render("a.html", &context).expect("a page");
        assert_eq!(
            page.matches("&quot;&#39;&gt;&lt;script&gt;").count(),
            2,
            "{page}"
        );
    }
}
