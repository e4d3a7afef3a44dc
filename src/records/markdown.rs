//! Markdown into data: pulldown-cmark's events become a plain tree of strings, which a form places
//! as strings and a page escapes. Nothing a record says is ever evaluated.

use pulldown_cmark::Alignment;
use pulldown_cmark::CodeBlockKind;
use pulldown_cmark::Event;
use pulldown_cmark::HeadingLevel;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use serde::Serialize;

use crate::records::marks::Marks;

/// Deepest nesting of blocks and inlines; a form recurses as deep.
pub const MAX_DEPTH: usize = 12;
/// Most nodes of one body: some sixty pages of text.
pub const MAX_NODES: usize = 20_000;

/// A block of the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Block {
    /// Preformatted text.
    Code {
        /// The text.
        v: String,
    },
    /// A heading.
    H {
        /// 1 to 6.
        level: u8,
        /// What it says.
        c: Vec<Inline>,
    },
    /// Raw HTML, to be shown as it stands.
    Html {
        /// The text.
        v: String,
    },
    /// A numbered list.
    Ol {
        /// The first number.
        start: u64,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A paragraph.
    P {
        /// What it says.
        c: Vec<Inline>,
    },
    /// A quotation.
    Quote {
        /// The blocks quoted.
        c: Vec<Block>,
    },
    /// A line across the page.
    Rule,
    /// A table.
    Table {
        /// `left`, `center`, `right` or `none` for each column.
        align: Vec<&'static str>,
        /// The cells of the first row.
        head: Vec<Vec<Inline>>,
        /// The cells of the other rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A list with dashes.
    Ul {
        /// The items.
        items: Vec<Vec<Block>>,
    },
}

/// A piece of text within a block.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Inline {
    /// A forced line break.
    Br,
    /// Code.
    Code {
        /// The text.
        v: String,
    },
    /// Emphasis.
    Em {
        /// What is emphasised.
        c: Vec<Inline>,
    },
    /// A picture.
    Image {
        /// As written in the record.
        src: String,
        /// What it shows, for who cannot see it.
        alt: String,
    },
    /// A link.
    Link {
        /// Where to.
        href: String,
        /// What it says.
        c: Vec<Inline>,
    },
    /// Struck out.
    Strike {
        /// What is struck out.
        c: Vec<Inline>,
    },
    /// Strong.
    Strong {
        /// What is strong.
        c: Vec<Inline>,
    },
    /// Text.
    Text {
        /// The text.
        v: String,
    },
}

/// A body read, with what the caller must judge.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Every image's source with its line, in order.
    pub images: Vec<(String, usize)>,
    /// Every link's target with its line.
    pub links: Vec<(String, usize)>,
    /// The lines that hold raw HTML.
    pub html: Vec<usize>,
}

/// The body cannot be held by a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The line on which the bound was passed.
    pub line: usize,
}

/// Reads `text`, whose first line is line `first_line` of its file.
///
/// # Errors
/// [`TooLarge`], when it is nested deeper than [`MAX_DEPTH`] or has more than [`MAX_NODES`] nodes.
pub fn read(text: &str, first_line: usize) -> Result<Body, TooLarge> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut builder = Builder {
        body: Body::default(),
        open: vec![Frame::new(Shape::Root)],
        lines: Lines::new(text, first_line),
        nodes: 0,
        marks: Marks::default(),
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        builder.take(event, range.start)?;
    }
    let root = builder.open.pop().map(|f| f.blocks).unwrap_or_default();
    Ok(Body {
        blocks: root,
        ..builder.body
    })
}

enum Shape {
    Root,
    Paragraph,
    Heading(u8),
    Quote,
    Code,
    Html,
    List(Option<u64>),
    Item,
    Table(Vec<&'static str>),
    Row,
    Cell,
    Em,
    Strong,
    Strike,
    Link(String),
    Image(String),
    Other,
}

struct Frame {
    shape: Shape,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Vec<Block>>,
    cells: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
}

impl Frame {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            blocks: Vec::new(),
            inlines: Vec::new(),
            items: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }
}

/// Byte offsets to lines, asked in rising order.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, first_line: usize) -> Self {
        Self {
            text,
            at: 0,
            line: first_line,
        }
    }

    fn line(&mut self, offset: usize) -> usize {
        if offset > self.at {
            self.line += self.text.as_bytes()[self.at..offset]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            self.at = offset;
        }
        self.line
    }
}

struct Builder<'a> {
    body: Body,
    /// Invariant: never empty; the first is the root.
    open: Vec<Frame>,
    lines: Lines<'a>,
    nodes: usize,
    marks: Marks,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, offset: usize) -> Result<(), TooLarge> {
        let line = self.lines.line(offset);
        let text = match &event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                text
            }
            _ => "",
        };
        // A line of code is a node of its own on a form.
        self.nodes += 1 + text.matches('\n').count();
        if self.nodes > MAX_NODES || self.open.len() > MAX_DEPTH * 2 || self.marks.too_many(text) {
            return Err(TooLarge { line });
        }
        match event {
            Event::Start(tag) => self.start(tag, line),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.inline(Inline::Code {
                v: text.into_string(),
            }),
            Event::Html(text) | Event::InlineHtml(text) => {
                self.body.html.push(line);
                self.html(&text);
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(Inline::Br),
            Event::Rule => self.block(Block::Rule),
            other => self.text(&format!("{other:?}")),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>, line: usize) {
        let shape = match tag {
            Tag::Paragraph => Shape::Paragraph,
            Tag::Heading { level, .. } => Shape::Heading(depth(level)),
            Tag::BlockQuote(_) => Shape::Quote,
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => Shape::Code,
            Tag::HtmlBlock => Shape::Html,
            Tag::List(start) => Shape::List(start),
            Tag::Item => Shape::Item,
            Tag::Table(align) => Shape::Table(align.into_iter().map(alignment).collect()),
            Tag::TableHead | Tag::TableRow => Shape::Row,
            Tag::TableCell => Shape::Cell,
            Tag::Emphasis => Shape::Em,
            Tag::Strong => Shape::Strong,
            Tag::Strikethrough => Shape::Strike,
            Tag::Link { dest_url, .. } => {
                self.body.links.push((dest_url.to_string(), line));
                Shape::Link(dest_url.into_string())
            }
            Tag::Image { dest_url, .. } => {
                self.body.images.push((dest_url.to_string(), line));
                Shape::Image(dest_url.into_string())
            }
            _ => Shape::Other,
        };
        self.open.push(Frame::new(shape));
    }

    fn end(&mut self) {
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        // A tight list item holds bare text: it becomes a paragraph of its own.
        if matches!(frame.shape, Shape::Item) && !frame.inlines.is_empty() {
            flush(&mut frame);
        }
        match frame.shape {
            Shape::Paragraph => self.block(Block::P { c: frame.inlines }),
            Shape::Heading(level) => self.block(Block::H {
                level,
                c: frame.inlines,
            }),
            Shape::Quote => self.block(Block::Quote { c: frame.blocks }),
            Shape::Code => self.block(Block::Code {
                v: plain(&frame.inlines),
            }),
            Shape::Html => self.block(Block::Html {
                v: plain(&frame.inlines),
            }),
            Shape::List(Some(start)) => self.block(Block::Ol {
                start,
                items: frame.items,
            }),
            Shape::List(None) => self.block(Block::Ul { items: frame.items }),
            Shape::Item => self.parent().items.push(frame.blocks),
            Shape::Table(align) => self.table(align, frame.rows),
            Shape::Row => self.parent().rows.push(frame.cells),
            Shape::Cell => self.parent().cells.push(frame.inlines),
            Shape::Em => self.inline(Inline::Em { c: frame.inlines }),
            Shape::Strong => self.inline(Inline::Strong { c: frame.inlines }),
            Shape::Strike => self.inline(Inline::Strike { c: frame.inlines }),
            Shape::Link(href) => self.inline(Inline::Link {
                href,
                c: frame.inlines,
            }),
            Shape::Image(src) => self.inline(Inline::Image {
                src,
                alt: plain(&frame.inlines),
            }),
            Shape::Root | Shape::Other => {
                for block in frame.blocks {
                    self.block(block);
                }
            }
        }
    }

    fn table(&mut self, align: Vec<&'static str>, mut rows: Vec<Vec<Vec<Inline>>>) {
        let head = if rows.is_empty() {
            Vec::new()
        } else {
            rows.remove(0)
        };
        self.block(Block::Table { align, head, rows });
    }

    fn parent(&mut self) -> &mut Frame {
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn block(&mut self, block: Block) {
        let parent = self.parent();
        if !parent.inlines.is_empty() {
            flush(parent);
        }
        parent.blocks.push(block);
    }

    fn inline(&mut self, inline: Inline) {
        self.parent().inlines.push(inline);
    }

    fn text(&mut self, text: &str) {
        match self.parent().inlines.last_mut() {
            Some(Inline::Text { v }) => v.push_str(text),
            _ => self.inline(Inline::Text { v: text.to_owned() }),
        }
    }

    fn html(&mut self, text: &str) {
        self.text(text);
    }
}

fn flush(frame: &mut Frame) {
    let c = std::mem::take(&mut frame.inlines);
    frame.blocks.push(Block::P { c });
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

fn alignment(align: Alignment) -> &'static str {
    match align {
        Alignment::None => "none",
        Alignment::Left => "left",
        Alignment::Center => "center",
        Alignment::Right => "right",
    }
}

/// The words of some inlines, without their dress.
pub fn plain(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Br => out.push('\n'),
            Inline::Code { v } | Inline::Text { v } => out.push_str(v),
            Inline::Em { c }
            | Inline::Link { c, .. }
            | Inline::Strike { c }
            | Inline::Strong { c } => out.push_str(&plain(c)),
            Inline::Image { alt, .. } => out.push_str(alt),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        serde_json::to_string(&read(text, 1).expect("sound").blocks).expect("plain data")
    }

    #[test]
    fn blocks_become_data() {
        assert_eq!(
            json("a *b* **c**"),
            r#"[{"t":"p","c":[{"t":"text","v":"a "},{"t":"em","c":[{"t":"text","v":"b"}]},{"t":"text","v":" "},{"t":"strong","c":[{"t":"text","v":"c"}]}]}]"#
        );
        assert_eq!(
            json("- x\n- y"),
            r#"[{"t":"ul","items":[[{"t":"p","c":[{"t":"text","v":"x"}]}],[{"t":"p","c":[{"t":"text","v":"y"}]}]]}]"#
        );
        assert_eq!(
            json("|a|b|\n|-|:-:|\n|1|2|"),
            r#"[{"t":"table","align":["none","center"],"head":[[{"t":"text","v":"a"}],[{"t":"text","v":"b"}]],"rows":[[[{"t":"text","v":"1"}],[{"t":"text","v":"2"}]]]}]"#
        );
    }

    #[test]
    fn typst_and_html_stay_letters() {
        assert!(
            json("#read(\"/etc/passwd\") $1/0$ @a").contains("#read(\\\"/etc/passwd\\\") $1/0$ @a")
        );
        let body = read("a <b>x</b>\n\n<script>alert(1)</script>\n", 5).expect("sound");
        assert_eq!(body.html, [5, 5, 7]);
    }

    #[test]
    fn what_takes_long_to_set_is_refused() {
        assert!(read(&format!("```\n{}```\n", "x\n".repeat(MAX_NODES)), 1).is_err());
        assert!(read(&format!("a{}", "&#769;".repeat(17)), 1).is_err());
        assert!(read(&"&#769;".repeat(16), 1).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(
            read(&"> ".repeat(200), 1).is_err()
                || read(&"> ".repeat(200), 1).is_ok_and(|b| b.blocks.len() <= 1)
        );
        assert!(read(&format!("{}x", "> ".repeat(60)), 1).is_err());
    }
}
