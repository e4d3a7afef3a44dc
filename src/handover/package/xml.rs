//! XML as a small tree, written by `quick-xml`, which escapes.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: Option<String>,
}

/// A new element.
pub(super) fn el(name: &'static str) -> Element {
    Element {
        name,
        attributes: Vec::new(),
        children: Vec::new(),
        text: None,
    }
}

impl Element {
    /// With an attribute.
    pub(super) fn at(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, sound(&value.into())));
        self
    }

    /// With a text.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(sound(&text.into()));
        self
    }

    /// With an element in it.
    pub(super) fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// With an element before all others.
    pub(super) fn first(mut self, child: Element) -> Self {
        self.children.insert(0, child);
        self
    }

    /// With elements in it.
    pub(super) fn all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// The whole document.
    pub(super) fn document(&self) -> io::Result<Vec<u8>> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.write(&mut writer)?;
        let mut out = writer.into_inner();
        out.push(b'\n');
        Ok(out)
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let mut start = BytesStart::new(self.name);
        for (name, value) in &self.attributes {
            start.push_attribute((*name, value.as_str()));
        }
        if self.children.is_empty() && self.text.is_none() {
            return writer.write_event(Event::Empty(start));
        }
        writer.write_event(Event::Start(start))?;
        if let Some(text) = &self.text {
            writer.write_event(Event::Text(BytesText::new(text)))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name)))
    }
}

/// XML 1.0 cannot say every character, not even escaped.
fn sound(text: &str) -> String {
    let said = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        c => c,
    };
    text.chars().map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let hostile = "<a href=\"x\">&\u{0}]]>";
        let document = el("r")
            .at("a", hostile)
            .with(el("t").text(hostile))
            .document();
        let document = String::from_utf8(document.expect("xml")).expect("text");
        assert!(!document.contains("<a "), "{document}");
        assert!(document.contains("&lt;a href"), "{document}");
        assert!(
            !document.contains('\u{0}') && !document.contains("]]>"),
            "{document}"
        );
    }
}
