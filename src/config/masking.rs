//! Hides the values of secrets in lines of YAML that are shown to people.
//!
//! It works on lines, not on parsed YAML, since the lines may well be malformed; in doubt it hides too much.

use std::sync::LazyLock;

use regex::Regex;

use crate::secret::MASK;

/// Keys that hold a secret or a mapping of secrets, beside those that [`sounds_secret`] by a part of their name.
const SECRET_KEYS: [&str; 5] = ["key", "value", "values", "installation_id", "endpoint_params"];

/// Parts of a key's name that make it a secret, misspelt or not.
const SECRET_PARTS: [&str; 7] = ["passw", "pwd", "secret", "credential", "token", "api_key", "apikey"];

/// Mappings with secrets in them: a scalar in their place is most likely the secret itself.
const MAPPINGS_OF_SECRETS: [&str; 3] = ["authorization", "basic_auth", "oauth2"];

/// Endings and names of keys that hold no secret though they stand within something secret.
const HARMLESS_ENDINGS: [&str; 4] = ["_file", "_env", "_url", "files"];
const HARMLESS_KEYS: [&str; 4] = ["enabled", "interval", "timeout", "stale_after"];

static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"([A-Za-z][\w.-]*)["']?\s*[:=]\s*"#).ok());
static URL_CREDENTIALS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://([^/\s]*)@").ok());

/// A line in which the values of secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MaskedLine {
    pub(crate) text: String,
    /// First masked character, masked characters, characters of the mask.
    masked: Option<(usize, usize, usize)>,
}

impl MaskedLine {
    fn new(line: &str, range: Option<(usize, usize)>) -> Self {
        let Some((start, end)) = range else { return Self { text: line.to_owned(), masked: None } };
        let (before, secret, after) = (&line[..start], &line[start..end], &line[end..]);
        let masked = (before.chars().count(), secret.chars().count(), MASK.chars().count());
        Self { text: format!("{before}{MASK}{after}"), masked: Some(masked) }
    }

    /// Where a character of the original line is now, both counted from 0.
    pub(crate) fn column_of(&self, column: usize) -> usize {
        match self.masked {
            Some((start, length, mask)) if column >= start + length && length > 0 => column - length + mask,
            Some((start, _, _)) if column > start => start,
            _ => column,
        }
    }
}

/// Every line of `text`, masked; the key `also_secret` counts as a secret.
pub(crate) fn mask(text: &str, also_secret: Option<&str>) -> Vec<MaskedLine> {
    let mut masker = Masker { also_secret, headers: None, hidden: None };
    text.trim_start_matches('\u{feff}').lines().map(|line| masker.line(line)).collect()
}

/// What the lines so far mean for the next one.
struct Masker<'a> {
    also_secret: Option<&'a str>,
    /// Column of an `http_headers` key whose block goes on.
    headers: Option<usize>,
    /// A secret whose value may go on.
    hidden: Option<Hidden>,
}

#[derive(Clone, Copy)]
struct Hidden {
    /// Column of the secret's key.
    column: usize,
    /// Whether the value may be a mapping, in which harmless keys are shown.
    may_be_mapping: bool,
}

impl Masker<'_> {
    fn line(&mut self, line: &str) -> MaskedLine {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() {
            return MaskedLine::new(line, None);
        }
        if let Some(hidden) = self.hidden {
            let goes_on = indent > hidden.column || (indent == hidden.column && content.starts_with('-'));
            if goes_on && hidden.may_be_mapping && keys(line).next().is_some_and(|key| is_harmless(key.name))
            {
                return MaskedLine::new(line, None);
            }
            if goes_on || keys(line).next().is_none() {
                return MaskedLine::new(line, Some((indent, line.len())));
            }
            self.hidden = None;
        }
        if self.headers.is_some_and(|column| indent <= column) {
            self.headers = None;
        }
        MaskedLine::new(line, self.secret_range(line, indent).or_else(|| url_credentials(line)))
    }

    /// The bytes of the line from the first secret's value to the end.
    fn secret_range(&mut self, line: &str, indent: usize) -> Option<(usize, usize)> {
        let mut in_headers = self.headers.is_some();
        let mut is_first = true;
        for key in keys(line) {
            let column = if is_first { key.start } else { indent };
            is_first = false;
            let value = line.get(key.value..).unwrap_or("");
            if key.name == "http_headers" {
                in_headers = true;
                self.headers = Some(column);
                continue;
            }
            if is_harmless(key.name)
                || !(in_headers
                    || self.is_secret(key.name)
                    || is_user_name_with_password(key.name, value)
                    || is_scalar_for_mapping(key.name, value))
            {
                continue;
            }
            let is_plain_mapping = value.starts_with('{') && keys(value).next().is_some();
            if is_plain_mapping && keys(value).all(|key| is_harmless(key.name)) {
                return None;
            }
            if in_headers && (is_plain_mapping || value.is_empty()) && !self.is_secret(key.name) {
                continue;
            }
            let is_empty = value.is_empty() || value.starts_with('#');
            self.hidden = Some(Hidden { column, may_be_mapping: is_empty });
            return (!is_empty).then_some((key.value, line.len()));
        }
        (in_headers && is_first).then_some((indent, line.len()))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.also_secret == Some(name) || sounds_secret(name)
    }
}

/// A key on a line.
struct Key<'a> {
    name: &'a str,
    /// Byte of its first character.
    start: usize,
    /// Byte of its value's first character.
    value: usize,
}

fn keys(line: &str) -> impl Iterator<Item = Key<'_>> {
    let found = KEY.as_ref().map(|regex| regex.captures_iter(line));
    found.into_iter().flatten().filter_map(|captures| {
        let (whole, name) = (captures.get(0)?, captures.get(1)?);
        Some(Key { name: name.as_str(), start: name.start(), value: whole.end() })
    })
}

fn is_harmless(name: &str) -> bool {
    HARMLESS_KEYS.contains(&name) || HARMLESS_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a mapping of credentials was mistaken for a place to write the credentials themselves.
fn is_scalar_for_mapping(name: &str, value: &str) -> bool {
    MAPPINGS_OF_SECRETS.contains(&name) && !value.is_empty() && !value.starts_with(['{', '#'])
}

/// Whether a key of this name holds a secret, or looks as if it should.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let is_known =
        SECRET_KEYS.contains(&name.as_str()) || SECRET_PARTS.iter().any(|part| name.contains(part));
    is_known && !is_harmless(&name)
}

/// Whether a value looks like `name:password` where only a name belongs.
fn is_user_name_with_password(key: &str, value: &str) -> bool {
    key == "username" && value.split([',', '}']).next().is_some_and(|value| value.contains(':'))
}

/// The bytes of user name and password in a URL.
fn url_credentials(line: &str) -> Option<(usize, usize)> {
    let found = URL_CREDENTIALS.as_ref()?.captures(line)?.get(1)?;
    Some((found.start(), found.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let lines = mask(text, None);
        lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Names of all properties whose schema refers to a secret, or to a list or mapping of secrets.
    fn secret_properties(schema: &serde_json::Value, found: &mut Vec<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            let secret =
                properties.iter().filter(|(_, schema)| schema.to_string().contains("#/$defs/Secret\""));
            found.extend(secret.map(|(name, _)| name.clone()));
        }
        match schema {
            serde_json::Value::Object(entries) => {
                entries.values().for_each(|entry| secret_properties(entry, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| secret_properties(item, found)),
            _ => {}
        }
    }

    #[test]
    fn a_secret_in_the_place_of_its_mapping_is_hidden() {
        assert_eq!(masked("http: { authorization: hunter2 }"), "http: { authorization: <redacted>");
        assert_eq!(masked("basic_auth: me:hunter2\nnext: 1"), "basic_auth: <redacted>\nnext: 1");
        assert_eq!(masked("oauth2: {client_id: a, scopes: [b]}"), "oauth2: {client_id: a, scopes: [b]}");
    }

    #[test]
    fn every_key_that_holds_a_secret_is_known_as_one() {
        let schema = serde_json::to_value(schemars::schema_for!(crate::config::raw::RawFile)).unwrap();
        let mut found = Vec::new();
        secret_properties(&schema, &mut found);
        found.sort();
        assert_eq!(
            found,
            [
                "api_key",
                "client_secret",
                "credentials",
                "endpoint_params",
                "installation_id",
                "key",
                "password",
                "password",
                "refresh_token",
                "secret",
                "secrets",
                "values",
            ]
        );
        assert_eq!(found.iter().find(|key| !sounds_secret(key)), None);
    }

    #[test]
    fn no_form_of_a_secret_survives() {
        let cases = [
            "password: hunter2",
            "basic_auth: { username: monitor, password: hunter2 }",
            "basic_auth: {username: monitor, \"password\":\"hun} hunter2\"}",
            "password:\n  hunter2",
            "password: |\n  first\n\n  hunter2",
            "password: \"first\n  hunter2\"",
            "password: first\n  hunter2: more",
            "- password: hunter2",
            "{ password:\nhunter2 }",
            "passwrod: x\npasswort: hunter2",
            "client_secret:hunter2",
            "values:\n- hunter2",
            "http_headers:\n  X-Anything: hunter2",
            "http_headers:\n  X-Anything:\n    hunter2",
            "http_headers: { X-Anything: hunter2 }",
            "http_headers: { X-Anything: { secret: hunter2 } }",
            "key: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2: x",
            "endpoint_params:\n  audience: hunter2",
            "proxy_url: http://user:hunter2@proxy.example.com",
            "proxy_url: http://user:hunter2@hunter2@proxy.example.com",
            "# password: hunter2",
        ];
        for text in cases {
            assert!(!masked(text).contains("hunter2"), "{text}\n->\n{}", masked(text));
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        let cases = [
            "name: x\nlabels: { site: london, team: it }",
            "password_file: secrets/chime\nusername: monitor",
            "http_headers: { X-Api-Key: { secret_file: secrets/key } }",
            "http_headers:\n  X-Api-Key:\n    secret_env: KEY\ntls_config:\n  ca_file: x",
            "collectors:\n  credentials:\n    interval: 5m\n  session: {}",
            "credentials: { interval: 5m, timeout: 3s }",
            "token_url: https://example.com/oauth/token",
        ];
        for text in cases {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn the_line_after_a_secret_is_readable_again() {
        assert_eq!(
            masked("basic_auth:\n  password: |\n    hunter2\n  username: monitor\ninterval: 3s"),
            "basic_auth:\n  password: <redacted>\n    <redacted>\n  username: monitor\ninterval: 3s"
        );
    }

    #[test]
    fn columns_follow_the_mask() {
        let line = &mask("url: http://user:pw@host/path", None)[0];
        assert_eq!(line.text, "url: http://<redacted>@host/path");
        assert_eq!([0, 12, 14, 19, 20].map(|column| line.column_of(column)), [0, 12, 12, 22, 23]);
    }
}
