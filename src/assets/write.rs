//! Writes the bundled files, never over something else unasked.

use std::borrow::Cow;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::assets::bundle::{Links, assets};

/// Why the files could not be written; reads well after "cannot".
#[derive(Debug, Error)]
pub enum WriteError {
    /// Files of the same names hold something else; none was touched.
    #[error("write the assets: {} holds other files of these names; --force overwrites them:\n  {}", .0.display(), .1.join("\n  "))]
    Differ(PathBuf, Vec<&'static str>),
    /// What lies there already could not be read.
    #[error("read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file or its directory could not be made.
    #[error("write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
}

/// How many files were written, and how many were there already with the same content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// New, or overwritten.
    pub written: usize,
    /// Left as they were.
    pub unchanged: usize,
}

/// What lies where a file is to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Present {
    Nothing,
    Same,
    Other,
}

/// Writes every bundled file below `directory`, which is made where it is missing. Files that hold something else are
/// overwritten with `force`; without it, one of them is enough for nothing to be written.
///
/// # Errors
/// Such a file is there, or the file system refuses.
pub fn write(directory: &Path, links: &Links, force: bool) -> Result<Written, WriteError> {
    let mut planned: Vec<(&'static str, PathBuf, Cow<'static, str>, Present)> = Vec::new();
    for asset in assets() {
        let (path, text) = (directory.join(asset.path), links.apply(asset));
        let present =
            present(&path, text.as_bytes()).map_err(|error| WriteError::Read(path.clone(), error))?;
        planned.push((asset.path, path, text, present));
    }
    let others = planned.iter().filter(|(.., present)| *present == Present::Other);
    let others: Vec<&'static str> = others.map(|(name, ..)| *name).collect();
    if !others.is_empty() && !force {
        return Err(WriteError::Differ(directory.to_owned(), others));
    }
    let mut written = 0;
    for (_, path, text, _) in planned.iter().filter(|(.., present)| *present != Present::Same) {
        write_file(path, text).map_err(|error| WriteError::Write(path.clone(), error))?;
        written += 1;
    }
    Ok(Written { written, unchanged: planned.len() - written })
}

fn present(path: &Path, text: &[u8]) -> io::Result<Present> {
    match fs::read(path) {
        Ok(bytes) if bytes == text => Ok(Present::Same),
        Ok(_) => Ok(Present::Other),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Present::Nothing),
        Err(error) => Err(error),
    }
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}
