//! XML answers as the same tree that JSON answers become: the root's fields, whatever prefixes they carry.
//!
//! The mapping of prefixes to namespaces and the order of attributes differ between servers and releases, so that
//! names are compared by their local part alone. Documents are small and flat; what is not is refused.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use quick_xml::{XmlVersion, name::LocalName};

use crate::platform::fields::{Member, Node};

/// The deepest nesting of elements.
const MAX_DEPTH: usize = 16;
/// The most tags, texts and comments of a document, and the most attributes of a tag.
const MAX_PARTS: usize = 1_000;

/// What an answer of one check looks like: the root element and the attributes or children that hold its fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Local name of the root element.
    pub(super) root: &'static str,
    /// Local names of its fields.
    pub(super) fields: &'static [&'static str],
}

/// Why a document is not the XML it should be; none repeats what the document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum XmlError {
    #[error("it is not well-formed XML (byte {0})")]
    Syntax(u64),
    #[error("it ends too early")]
    Truncated,
    #[error("text or a second element stands outside its root element")]
    OutsideRoot,
    #[error("its root element is not {0}")]
    Root(&'static str),
    #[error("it is an HTML page")]
    Html,
    #[error("it declares a document type")]
    DocumentType,
    #[error("it uses an entity of its own")]
    Entity,
    #[error("it has {0} twice")]
    Repeated(&'static str),
    #[error("it is nested too deeply or has too many parts")]
    TooLarge,
}

/// Reads one document: an object with those of the shape's fields that the root has as attributes or children.
pub(super) fn read(text: &str, shape: Shape) -> Result<Node, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::new(shape);
    for _ in 0..MAX_PARTS {
        let event = reader.read_event().map_err(|_| document.broken(text, reader.error_position()))?;
        match event {
            Event::Start(tag) => document.open(&tag, reader.buffer_position())?,
            Event::Empty(tag) => {
                document.open(&tag, reader.buffer_position())?;
                document.close();
            }
            Event::End(_) => document.close(),
            Event::Text(part) => document.text(&part.xml10_content())?,
            Event::CData(part) => document.text(&part.xml10_content())?,
            Event::GeneralRef(reference) => document.reference(&reference, reader.buffer_position())?,
            Event::DocType(part) if is_html(part.split_ascii_whitespace().next().unwrap_or("")) => {
                return Err(XmlError::Html);
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return document.end(),
        }
    }
    Err(XmlError::TooLarge)
}

/// What is known of a document up to some point.
struct Document {
    shape: Shape,
    depth: usize,
    has_root: bool,
    field: Option<OpenField>,
    members: Vec<Member>,
}

/// A field's element whose end has not come yet.
struct OpenField {
    name: &'static str,
    text: String,
    has_elements: bool,
}

impl Document {
    fn new(shape: Shape) -> Self {
        Self { shape, depth: 0, has_root: false, field: None, members: Vec::new() }
    }

    fn open(&mut self, tag: &BytesStart<'_>, position: u64) -> Result<(), XmlError> {
        match self.depth {
            0 if self.has_root => return Err(XmlError::OutsideRoot),
            0 => self.check_root(tag.local_name())?,
            1 => {
                let field = self.wanted(tag.local_name());
                self.field = field.map(|name| OpenField { name, text: String::new(), has_elements: false });
            }
            MAX_DEPTH.. => return Err(XmlError::TooLarge),
            _ => {
                if let Some(field) = &mut self.field {
                    field.has_elements = true;
                }
            }
        }
        self.attributes(tag, position)?;
        self.depth += 1;
        self.has_root = true;
        self.repeated()
    }

    fn check_root(&self, name: LocalName<'_>) -> Result<(), XmlError> {
        if is_html(name.as_ref()) {
            return Err(XmlError::Html);
        }
        let right = name.as_ref().eq_ignore_ascii_case(self.shape.root);
        if right { Ok(()) } else { Err(XmlError::Root(self.shape.root)) }
    }

    /// Takes the root's attributes; those of other elements only have to be well-formed.
    fn attributes(&mut self, tag: &BytesStart<'_>, position: u64) -> Result<(), XmlError> {
        for (index, attribute) in tag.attributes().enumerate() {
            let attribute = attribute.map_err(|_| XmlError::Syntax(position))?;
            if index >= MAX_PARTS {
                return Err(XmlError::TooLarge);
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| XmlError::Entity)?;
            if self.depth > 0 || attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            if let Some(name) = self.wanted(attribute.key.local_name()) {
                self.push(name, Node::Text(value.into_owned()));
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth != 1 {
            return;
        }
        if let Some(field) = self.field.take() {
            let value = if field.has_elements { Node::Object(Vec::new()) } else { Node::Text(field.text) };
            self.push(field.name, value);
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        if self.depth == 0 {
            return if text.trim_ascii().is_empty() { Ok(()) } else { Err(XmlError::OutsideRoot) };
        }
        if let Some(field) = &mut self.field {
            field.text.push_str(text);
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>, position: u64) -> Result<(), XmlError> {
        if self.depth == 0 {
            return Err(XmlError::OutsideRoot);
        }
        if let Some(character) = reference.resolve_char_ref().map_err(|_| XmlError::Syntax(position))? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        self.text(resolve_xml_entity(reference).ok_or(XmlError::Entity)?)
    }

    fn end(self) -> Result<Node, XmlError> {
        if self.depth > 0 || !self.has_root {
            return Err(XmlError::Truncated);
        }
        self.repeated()?;
        Ok(Node::Object(self.members))
    }

    /// A syntax error at the very end is an answer that was cut off.
    fn broken(&self, text: &str, position: u64) -> XmlError {
        let rest = usize::try_from(position).ok().and_then(|start| text.get(start..)).unwrap_or("");
        let cut = !rest.contains('>') && (self.depth > 0 || !self.has_root);
        if cut { XmlError::Truncated } else { XmlError::Syntax(position) }
    }

    fn wanted(&self, name: LocalName<'_>) -> Option<&'static str> {
        self.shape.fields.iter().copied().find(|field| field.eq_ignore_ascii_case(name.as_ref()))
    }

    fn push(&mut self, name: &'static str, value: Node) {
        self.members.push(Member { key: name.to_ascii_lowercase(), name: name.to_owned(), value });
    }

    /// Two values for one field leave open which of them holds.
    fn repeated(&self) -> Result<(), XmlError> {
        let count = |field: &str| self.members.iter().filter(|member| member.name == field).count();
        let repeated = self.shape.fields.iter().copied().find(|field| count(field) > 1);
        repeated.map_or(Ok(()), |field| Err(XmlError::Repeated(field)))
    }
}

fn is_html(name: &str) -> bool {
    name.eq_ignore_ascii_case("html")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHAPE: Shape = Shape { root: "sessionStatus", fields: &["waitTime", "queueDepth"] };

    fn fields(text: &str) -> Vec<(String, Node)> {
        let node = read(text, SHAPE).unwrap();
        node.members().iter().map(|member| (member.name.clone(), member.value.clone())).collect()
    }

    fn text(name: &str, value: &str) -> (String, Node) {
        (name.to_owned(), Node::Text(value.to_owned()))
    }

    #[test]
    fn prefixes_namespaces_and_order_do_not_matter() {
        let expected = [text("waitTime", "3.0"), text("queueDepth", "1")];
        for document in [
            "<sessionStatus><waitTime>3.0</waitTime><queueDepth>1</queueDepth></sessionStatus>",
            "<?xml version=\"1.0\"?>\n<a:sessionStatus xmlns:a=\"x\" xmlns=\"y\"><b:waitTime xmlns:b=\"z\">3.0\
             </b:waitTime><queueDepth>1</queueDepth></a:sessionStatus>\n<!-- end -->\n",
            "<sessionStatus ns2:queueDepth='1' waitTime='3.0' xmlns:queueDepth='7'/>",
            "<SESSIONSTATUS><waittime><![CDATA[3]]>&#46;0</waittime><other>9<queueDepth>7</queueDepth></other>\
             <queuedepth>1</queuedepth></SESSIONSTATUS>",
        ] {
            let mut found = fields(document);
            found.sort_by(|left, right| right.0.cmp(&left.0));
            assert_eq!(found, expected, "{document}");
        }
    }

    #[test]
    fn what_is_left_out_is_left_out_and_what_is_empty_is_empty() {
        assert_eq!(fields("<sessionStatus/>"), []);
        assert_eq!(fields("<sessionStatus><waitTime/></sessionStatus>"), [text("waitTime", "")]);
        assert_eq!(
            fields("<sessionStatus><waitTime><b>3</b></waitTime></sessionStatus>"),
            [("waitTime".to_owned(), Node::Object(vec![]))]
        );
    }

    #[test]
    fn what_is_not_the_document_is_refused_with_its_reason() {
        let deep = format!("<sessionStatus>{}", "<a>".repeat(100));
        let wide = format!("<sessionStatus>{}</sessionStatus>", "<a/>".repeat(2_000));
        let cases = [
            ("", XmlError::Truncated),
            ("<?xml version=\"1.0\"?>", XmlError::Truncated),
            ("<sessionStatus><waitTime>3.0", XmlError::Truncated),
            ("<sessionStatus><waitTime>3.0</wait", XmlError::Truncated),
            ("<sessionStatus waitTime=\"3.", XmlError::Truncated),
            ("<sessionStatus><waitTime></queueDepth></sessionStatus>", XmlError::Syntax(25)),
            ("<sessionStatus waitTime=3/>", XmlError::Syntax(27)),
            ("<sessionStatus/><sessionStatus/>", XmlError::OutsideRoot),
            ("<sessionStatus/>trailing", XmlError::OutsideRoot),
            ("<sessionStatus/>&amp;", XmlError::OutsideRoot),
            ("<availableSlots/>", XmlError::Root("sessionStatus")),
            ("<html><body/></html>", XmlError::Html),
            ("<!DOCTYPE html PUBLIC \"x\"><html/>", XmlError::Html),
            (
                "<!DOCTYPE a [<!ENTITY b \"3\">]><sessionStatus><waitTime>&b;</waitTime></sessionStatus>",
                XmlError::DocumentType,
            ),
            ("<sessionStatus><waitTime>&b;</waitTime></sessionStatus>", XmlError::Entity),
            ("<sessionStatus waitTime=\"&b;\"/>", XmlError::Entity),
            (
                "<sessionStatus><waitTime>1</waitTime><waitTime>2</waitTime></sessionStatus>",
                XmlError::Repeated("waitTime"),
            ),
            (
                "<sessionStatus queueDepth=\"1\"><queueDepth>1</queueDepth></sessionStatus>",
                XmlError::Repeated("queueDepth"),
            ),
            (deep.as_str(), XmlError::TooLarge),
            (wide.as_str(), XmlError::TooLarge),
        ];
        for (document, error) in cases {
            assert_eq!(read(document, SHAPE), Err(error), "{}", &document[..document.len().min(80)]);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(document in "\\PC{0,200}") {
            let _ = read(&document, SHAPE);
        }

        #[test]
        fn no_arrangement_of_markup_makes_the_reader_panic(parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "<", ">", "/", "</", "/>", "<sessionStatus", "</sessionStatus>", "<waitTime>", "</waitTime>", "&",
                ";", "&#x", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "<!DOCTYPE", "xmlns:a", "=", "\"", "'",
                " ", "3.0", "é", "\u{feff}", "\0",
            ]),
            0..40,
        )) {
            let document = parts.concat();
            let _ = read(&document, SHAPE);
            let _ = read(&format!("<sessionStatus>{document}"), SHAPE);
        }

        #[test]
        fn no_prefix_of_a_document_is_taken_for_the_whole(length in 0..99_usize) {
            let document = "<n:sessionStatus xmlns:n=\"x\"><n:waitTime>3.0</n:waitTime><queueDepth>1</queueDepth></n:sessionStatus>";
            prop_assert!(length < document.len());
            prop_assert_eq!(read(&document[..length], SHAPE), Err(XmlError::Truncated));
        }
    }
}
