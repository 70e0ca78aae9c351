//! Puts the parser's errors into words for people who write YAML, not Rust.

use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

use crate::config::masking::sounds_secret;

/// A parser's error in our words.
#[derive(Debug)]
pub(crate) struct Explanation {
    pub(crate) location: Location,
    pub(crate) message: String,
    /// An unknown key whose value may be a secret, since it stands where secrets are allowed.
    pub(crate) also_secret: Option<String>,
}

/// Explains `error`.
pub(crate) fn explain(error: &Error) -> Explanation {
    let location = error.location().unwrap_or(Location::UNKNOWN);
    let inner = innermost(error);
    let also_secret = match inner {
        Error::SerdeUnknownField { field, expected, .. } => {
            expected.iter().any(|key| sounds_secret(key)).then(|| field.clone())
        }
        _ => None,
    };
    Explanation { location, message: message(inner), also_secret }
}

fn innermost(error: &Error) -> &Error {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => innermost(error),
        other => other,
    }
}

fn message(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", "keys", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("value", "values", variant, expected),
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing in this mapping"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` is given twice"),
        Error::DuplicateMappingKey { key: None, .. } => "a key is given twice".to_owned(),
        Error::NullIntoString { .. } => "a value is missing here".to_owned(),
        Error::InvalidBooleanStrict { .. } => "true or false is expected here".to_owned(),
        Error::InvalidScalar { ty, .. } => format!("{} is expected here", kind(ty)),
        Error::Unexpected { expected, .. } => format!("{} is expected here", kind(expected)),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("{} is expected here, not {}", kind(expected), kind_of_value(unexpected))
        }
        Error::MultipleDocuments { .. } => {
            "a second document begins here (---); a configuration file holds one".to_owned()
        }
        Error::ExternalMessage { msg, .. } if msg.contains("block collection") => {
            format!("this is not valid YAML: {msg}; is the line indented as its neighbours are?")
        }
        Error::ExternalMessage { msg, .. } => format!("this is not valid YAML: {msg}"),
        Error::Eof { .. } => "the file ends too early".to_owned(),
        Error::UnknownAnchor { .. } => "this alias (*) has no anchor (&) before it".to_owned(),
        other => UserMessageFormatter.format_message(other).into_owned(),
    }
}

/// A value with keys of its own, for people who forgot the blank after the colon, too.
const MAPPING: &str = "a mapping (`key: value`, with a blank after the colon)";

/// The words for what the parser calls `expected`.
fn kind(expected: &str) -> String {
    match expected {
        "boolean" => "true or false",
        "u16" | "u32" | "u64" | "usize" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "floating point" | "f64" => "a number",
        "string" | "string scalar" | "string key scalar" | "a string" => "a text or number",
        "sequence start" | "a sequence" => "a list, such as [a, b] or lines that begin with `- `,",
        "mapping start" | "map" => MAPPING,
        other if other.starts_with("struct ") => MAPPING,
        other => other,
    }
    .to_owned()
}

/// The kind of a value as serde describes it, without the value: it may be a secret.
fn kind_of_value(unexpected: &str) -> &str {
    match unexpected.split([' ', '`', '"']).next().unwrap_or("") {
        "string" => "a text",
        "integer" | "floating" => "a number",
        "boolean" => "true or false",
        "unit" => "nothing",
        "map" => "a mapping",
        "sequence" => "a list",
        _ => "what is written",
    }
}

/// The complaint about a name that is not in `known`, with the nearest one and all of them.
pub(crate) fn unknown<T: AsRef<str>>(singular: &str, plural: &str, name: &str, known: &[T]) -> String {
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let hint = nearest(name, &known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let separator = if hint.is_empty() { "; " } else { " " };
    let list = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
    format!("unknown {singular} `{name}`{hint}{separator}known {plural}: {list}")
}

/// The name that differs least from `name`, if it is near at all.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let distances = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap neighbours) that make `b` of `a`, upper and lower case alike.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(from != to);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_hinted_at_only_if_it_is_near() {
        let known = ["interval", "timeout", "stale_after"];
        assert_eq!(nearest("intervall", &known), Some("interval"));
        assert_eq!(nearest("tiemout", &known), Some("timeout"));
        assert_eq!(nearest("staleAfter", &known), Some("stale_after"));
        assert_eq!(nearest("password", &known), None);
        assert_eq!(unknown("key", "keys", "x", &["a_long_name"]), "unknown key `x`; known keys: a_long_name");
    }

    #[test]
    fn a_value_is_described_without_being_repeated() {
        assert_eq!(kind_of_value("string \"hunter2\""), "a text");
        assert_eq!(kind_of_value("integer `5`"), "a number");
        assert_eq!(kind_of_value("hunter2"), "what is written");
    }
}
