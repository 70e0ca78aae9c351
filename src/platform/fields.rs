//! A tolerant view of a vendor's JSON: keys in any case, numbers as numbers or strings, defects noted, not fatal.
//!
//! It is strict on structure (one document, no duplicate keys, bounded depth) and on meaning (a count is not
//! negative), and blind to what it does not know (unknown keys are ignored).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::platform::timespan::parse_timespan;

/// The largest count believed, such as agents or chats.
pub const MAX_COUNT: f64 = 1e9;
/// The longest time span believed, in seconds (about 31 years).
pub const MAX_SECONDS: f64 = 1e9;
/// The largest ratio believed; a percentage sent where a fraction is due passes as a value that stands out.
pub const MAX_RATIO: f64 = 1_000.0;

/// A JSON value with its object keys in lower case.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// Any number.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object: keys in lower case beside their original spelling, in the vendor's order.
    Object(Vec<Member>),
}

/// A key and value of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key in lower case.
    pub key: String,
    /// The key as the vendor wrote it.
    pub name: String,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Parses one JSON document.
    ///
    /// # Errors
    /// Not JSON, trailing text, a nesting deeper than 128, a number beyond the range of a float, or a key that occurs
    /// twice in one object, letter case disregarded.
    pub fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// The member with this key, letter case disregarded; `None` where this is no object or has no such key.
    pub fn member(&self, key: &str) -> Option<&Node> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|member| member.key.eq_ignore_ascii_case(key)).map(|member| &member.value)
    }

    /// The members of an object; empty for anything else.
    pub fn members(&self) -> &[Member] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The elements of an array; `None` for anything else.
    pub fn list(&self) -> Option<&[Node]> {
        if let Self::List(elements) = self { Some(elements) } else { None }
    }

    /// What it is, for messages.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Node::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let key = name.to_ascii_lowercase();
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("an object has the same key twice"));
            }
            members.push(Member { key, name, value: map.next_value()? });
        }
        Ok(Node::Object(members))
    }
}

/// A field whose value cannot be what it should be; the other fields of the object are unaffected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field} is {found}, not {expected}")]
pub struct Defect {
    /// The field's name in our spelling.
    pub field: &'static str,
    /// What it should be.
    pub expected: &'static str,
    /// What it is, by kind; never the value itself, which could be personal.
    pub found: &'static str,
}

/// Reads typed fields out of one object and notes the defects on the way.
///
/// Every reader returns `None` for a missing or null field (no defect) and for a defective one (noted).
#[derive(Debug)]
pub struct Fields<'a> {
    node: &'a Node,
    defects: &'a mut Vec<Defect>,
}

impl<'a> Fields<'a> {
    /// A reader of `node`; a node that is no object has no fields.
    pub fn new(node: &'a Node, defects: &'a mut Vec<Defect>) -> Self {
        Self { node, defects }
    }

    /// A count: 0 to [`MAX_COUNT`], a number or a string that holds one.
    pub fn count(&mut self, field: &'static str) -> Option<f64> {
        self.number_within(field, "a count", 0.0, MAX_COUNT)
    }

    /// A ratio: 0 to [`MAX_RATIO`], a number or a string that holds one.
    pub fn ratio(&mut self, field: &'static str) -> Option<f64> {
        self.number_within(field, "a ratio", 0.0, MAX_RATIO)
    }

    /// A number of any sign with a magnitude of at most [`MAX_COUNT`].
    pub fn number(&mut self, field: &'static str) -> Option<f64> {
        self.number_within(field, "a number", -MAX_COUNT, MAX_COUNT)
    }

    /// A time span in seconds, 0 to [`MAX_SECONDS`]: a number of seconds, or a .NET `TimeSpan`.
    pub fn seconds(&mut self, field: &'static str) -> Option<f64> {
        let node = self.node.member(field)?;
        let value = match node {
            Node::Null => return None,
            Node::Number(value) => Some(*value),
            Node::Text(text) if text.trim().is_empty() => return None,
            Node::Text(text) => parse_timespan(text).or_else(|| plain_number(text)),
            _ => None,
        };
        self.within(field, "a time span", node, value, 0.0, MAX_SECONDS)
    }

    /// A boolean: `true`, `false`, the same as a string in any case, or 0 and 1.
    pub fn boolean(&mut self, field: &'static str) -> Option<bool> {
        let node = self.node.member(field)?;
        let value = match node {
            Node::Null => return None,
            Node::Boolean(value) => Some(*value),
            Node::Number(value) if *value == 0.0 => Some(false),
            Node::Number(value) if (*value - 1.0).abs() < f64::EPSILON => Some(true),
            Node::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Node::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        if value.is_none() {
            self.note(field, "a boolean", node);
        }
        value
    }

    /// A string; a number is taken as its digits, since identifiers come either way.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        match self.node.member(field)? {
            Node::Null => None,
            Node::Text(text) => Some(text.clone()),
            Node::Number(value) => Some(value.to_string()),
            other => {
                self.note(field, "a string", other);
                None
            }
        }
    }

    /// An array's elements.
    pub fn list(&mut self, field: &'static str) -> Option<&'a [Node]> {
        match self.node.member(field)? {
            Node::Null => None,
            Node::List(elements) => Some(elements),
            other => {
                self.note(field, "an array", other);
                None
            }
        }
    }

    /// An object.
    pub fn object(&mut self, field: &'static str) -> Option<&'a Node> {
        match self.node.member(field)? {
            Node::Null => None,
            node @ Node::Object(_) => Some(node),
            other => {
                self.note(field, "an object", other);
                None
            }
        }
    }

    fn number_within(
        &mut self,
        field: &'static str,
        expected: &'static str,
        low: f64,
        high: f64,
    ) -> Option<f64> {
        let node = self.node.member(field)?;
        let value = match node {
            Node::Null => return None,
            Node::Number(value) => Some(*value),
            Node::Text(text) if text.trim().is_empty() => return None,
            Node::Text(text) => plain_number(text),
            _ => None,
        };
        self.within(field, expected, node, value, low, high)
    }

    fn within(
        &mut self,
        field: &'static str,
        expected: &'static str,
        node: &Node,
        value: Option<f64>,
        low: f64,
        high: f64,
    ) -> Option<f64> {
        match value {
            Some(value) if (low..=high).contains(&value) => Some(value),
            Some(value) => {
                let found = if value < low { "too small" } else { "too large" };
                self.defects.push(Defect { field, expected, found });
                None
            }
            None => {
                self.note(field, expected, node);
                None
            }
        }
    }

    fn note(&mut self, field: &'static str, expected: &'static str, node: &Node) {
        self.defects.push(Defect { field, expected, found: node.description() });
    }
}

/// A plain decimal number; words such as `inf` or `NaN` are none.
pub fn plain_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if plain { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        Node::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn keys_are_found_in_any_case() {
        assert_eq!(node(r#"{"onGoingChats": 3}"#).member("ongoingChats"), Some(&Node::Number(3.0)));
    }

    #[test]
    fn numbers_may_be_strings() {
        let object = node(r#"{"a": "5", "b": 5, "c": "", "d": null, "e": "05:00:00", "f": "1.5"}"#);
        let mut defects = Vec::new();
        let mut fields = Fields::new(&object, &mut defects);
        assert_eq!(fields.count("a"), Some(5.0));
        assert_eq!(fields.count("b"), Some(5.0));
        assert_eq!(fields.count("c"), None);
        assert_eq!(fields.count("d"), None);
        assert_eq!(fields.seconds("e"), Some(18_000.0));
        assert_eq!(fields.seconds("f"), Some(1.5));
        assert_eq!(fields.count("missing"), None);
        assert_eq!(defects, []);
    }

    #[test]
    fn defective_fields_are_noted_and_absent() {
        let object = node(r#"{"a": -1, "b": 1e300, "c": "many", "d": [], "e": "inf", "f": "maybe"}"#);
        let mut defects = Vec::new();
        let mut fields = Fields::new(&object, &mut defects);
        for field in ["a", "b", "c", "d", "e"] {
            assert_eq!(fields.count(field), None);
        }
        assert_eq!(fields.boolean("f"), None);
        let messages: Vec<String> = defects.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "field a is too small, not a count",
                "field b is too large, not a count",
                "field c is a string, not a count",
                "field d is an array, not a count",
                "field e is a string, not a count",
                "field f is a string, not a boolean",
            ]
        );
    }

    #[test]
    fn structure_is_strict() {
        for text in [r#"{"a": 1, "A": 2}"#, "[1] [2]", "{", "", "1e999", &"[".repeat(100_000)] {
            assert!(Node::parse(text.as_bytes()).is_err(), "{}", &text[..text.len().min(20)]);
        }
        assert!(Node::parse(b"\"\xff\"").is_err());
    }
}
