//! Filters over names that administrators typed at the vendor.

use std::borrow::Cow;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Regular expressions over a name: it passes if one of `include` matches (or none is given) and none of `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Names to take; all where empty.
    pub include: Vec<Pattern>,
    /// Names to leave out, even if included.
    pub exclude: Vec<Pattern>,
}

impl Filter {
    /// Whether `name` passes.
    pub fn matches(&self, name: &str) -> bool {
        let included = self.include.is_empty() || self.include.iter().any(|pattern| pattern.matches(name));
        included && !self.exclude.iter().any(|pattern| pattern.matches(name))
    }
}

/// A regular expression anchored at the start of the name, and at its end too.
///
/// An expression that carries an anchor of its own at the start, such as `^Test `, is a prefix: it is left open at
/// the end.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles `text`.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        // What does not stand by itself is refused here, so that the message shows the text as it was written.
        Regex::new(text)?;
        let anchored = if text.starts_with('^') { text.to_owned() } else { format!("^(?:{text})$") };
        Regex::new(&anchored).map(|regex| Self { text: text.to_owned(), regex })
    }

    /// Whether `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(|error| {
            // The lines before the last one draw the expression again.
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or("").trim_start_matches("error: ");
            de::Error::custom(format!("{text:?} is not a regular expression: {reason}"))
        })
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "regex",
            "description": "A regular expression over the whole name; one that starts with ^ is a prefix.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        let compile = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text).unwrap()).collect();
        Filter { include: compile(include), exclude: compile(exclude) }
    }

    #[test]
    fn patterns_are_anchored_and_exclusion_wins() {
        assert!(filter(&[], &[]).matches("anything"));
        assert!(filter(&[".*"], &["^Test "]).matches("My Test queue"));
        assert!(!filter(&[".*"], &["^Test "]).matches("Test queue"));
        assert!(!filter(&["Sales"], &[]).matches("Sales EMEA"));
        assert!(filter(&["Sales", "Sales .*"], &[]).matches("Sales EMEA"));
    }
}
