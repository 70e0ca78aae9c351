//! Secrets: a type that cannot be printed, and the places a secret comes from.

use std::fmt;
use std::path::PathBuf;

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
