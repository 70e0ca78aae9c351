//! From a state file to its document.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::error::Category;
use thiserror::Error;

use crate::state_file::document::{Document, VERSION};

/// Larger files are not read; a channel takes some hundred bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Statuses of an older file say nothing of today.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);
/// What is added to the name of a file that could not be used.
const BAD: &str = ".bad";

/// What there was to read.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// No file, as at the first start.
    Nothing,
    /// A file that was written more than a day ago, at this time.
    Outdated(Timestamp),
    /// A document to go on from.
    Document(Document),
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The operating system does not give it.
    #[error("read it")]
    Read(#[source] io::Error),
    /// It is larger than any state.
    #[error("use more than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// It is not JSON, or breaks off.
    #[error("understand it as JSON")]
    Json(#[source] serde_json::Error),
    /// It is JSON, but of another shape. The words of the cause could quote the file, which may be any.
    #[error("understand it as a state file: unexpected content at line {line} column {column}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where the line as a whole is meant.
        column: usize,
    },
    /// It was written by another version of this program.
    #[error("use its version {0}: this build reads version {VERSION}")]
    Version(u64),
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            Category::Data => Self::Shape { line: error.line(), column: error.column() },
            Category::Io | Category::Syntax | Category::Eof => Self::Json(error),
        }
    }
}

/// What every version begins with.
#[derive(Deserialize)]
struct Head {
    version: u64,
}

/// Reads the file at `path`.
///
/// # Errors
/// There is a file, but not one that this build can use.
pub fn read(path: &Path, now: Timestamp) -> Result<Found, ReadError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(ReadError::Read(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(ReadError::Read)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let Head { version } = serde_json::from_slice(&bytes)?;
    if version != VERSION {
        return Err(ReadError::Version(version));
    }
    let document: Document = serde_json::from_slice(&bytes)?;
    if now.duration_since(document.written) > MAX_AGE {
        return Ok(Found::Outdated(document.written));
    }
    Ok(Found::Document(document))
}

/// Moves a file that cannot be used out of the way, in place of an earlier one; its path from now on.
///
/// # Errors
/// It cannot be renamed.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut aside = OsString::from(path);
    aside.push(BAD);
    std::fs::rename(path, &aside)?;
    Ok(aside.into())
}
