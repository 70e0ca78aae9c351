//! Secrets: a type that cannot be printed, and the places a secret comes from.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is printed in place of a secret.
pub const MASK: &str = "<redacted>";

/// A secret's text. It has no `Display`, and its `Debug` is a fixed mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A secret in plain text; prefer the _file or _env form of the key.",
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

/// Where a secret comes from; files and the environment are read again each time it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In the configuration itself.
    Inline(Secret),
    /// A file's content, without the line break at its end.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("read secret file {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is empty.
    #[error("use secret file {path}: it is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The variable is not set, empty, or not UTF-8.
    #[error("read secret from environment variable {name}: it is not set")]
    Environment {
        /// The variable.
        name: String,
    },
}

impl SecretSource {
    /// Decides which of the three forms of a key is in use; a relative file is looked up from `directory`, that of the
    /// configuration file.
    ///
    /// # Errors
    /// A sentence for the user if more than one form is given; `key` is the plain form's name.
    pub fn from_forms(
        key: &str,
        inline: Option<Secret>,
        file: Option<&Path>,
        environment: Option<&str>,
        directory: &Path,
    ) -> Result<Option<Self>, String> {
        match (inline, file, environment) {
            (None, None, None) => Ok(None),
            (Some(secret), None, None) => Ok(Some(Self::Inline(secret))),
            (None, Some(file), None) => Ok(Some(Self::File(directory.join(file)))),
            (None, None, Some(name)) => Ok(Some(Self::Environment(name.to_owned()))),
            _ => Err(format!("only one of {key}, {key}_file and {key}_env can be given")),
        }
    }

    /// Reads the secret as it is now.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Inline(secret) => Ok(secret.clone()),
            Self::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| SecretError::File { path: path.clone(), source })?;
                let text = text.trim_end_matches(['\r', '\n']);
                if text.is_empty() {
                    return Err(SecretError::Empty { path: path.clone() });
                }
                Ok(Secret::new(text))
            }
            Self::Environment(name) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
                _ => Err(SecretError::Environment { name: name.clone() }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_be_printed() {
        let source = SecretSource::Inline(Secret::new("hunter2"));
        assert_eq!(format!("{source:?}"), "Inline(<redacted>)");
    }

    #[test]
    fn a_rotated_file_is_read_again() {
        let path = std::env::temp_dir().join(format!("webchat-secret-{}", std::process::id()));
        let source = SecretSource::File(path.clone());
        std::fs::write(&path, "first\n").unwrap();
        assert_eq!(source.read().unwrap().expose(), "first");
        std::fs::write(&path, "second\r\n").unwrap();
        assert_eq!(source.read().unwrap().expose(), "second");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(source.read().unwrap_err().to_string(), format!("read secret file {}", path.display()));
    }
}
