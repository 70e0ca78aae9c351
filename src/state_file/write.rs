//! Where the state file lies, and how it is replaced: readers and crashes see the old one or the new one, whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::state_file::document::Document;

/// Nobody but the daemon has to read it, and nobody else may decide what it says after a restart.
const MODE: u32 = 0o600;
/// What is added to the name while a file is being written.
const UNFINISHED: &str = ".tmp";

/// The path of a state file in a directory that can be written to.
#[derive(Clone, Debug)]
pub struct StatePath {
    path: PathBuf,
    directory: PathBuf,
    unfinished: PathBuf,
}

/// Why a path cannot be that of a state file.
#[derive(Debug, Error)]
pub enum StatePathError {
    /// It names a directory, a device or the like.
    #[error("replace what is not a regular file")]
    NotAFile,
    /// No file can be made beside it.
    #[error("write to its directory")]
    Directory(#[source] io::Error),
}

impl StatePath {
    /// Makes sure that a file can be written there, by writing an empty one beside it.
    ///
    /// # Errors
    /// No file can be written there.
    pub fn new(path: &Path) -> Result<Self, StatePathError> {
        // Of a symbolic link the file behind it is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if path.file_name().is_none() || fs::metadata(&path).is_ok_and(|known| !known.is_file()) {
            return Err(StatePathError::NotAFile);
        }
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut unfinished = OsString::from(&path);
        unfinished.push(UNFINISHED);
        let state_path = Self { path, directory, unfinished: unfinished.into() };
        state_path.create().map_err(StatePathError::Directory)?;
        fs::remove_file(&state_path.unfinished).map_err(StatePathError::Directory)?;
        Ok(state_path)
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// It could not be written whole; then the old one is still there.
    pub fn write(&self, document: &Document) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(document)?;
        bytes.push(b'\n');
        let written = self.create().and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&self.unfinished, &self.path)
        });
        if written.is_err() {
            // What is left of it would take the space that may have been wanting.
            let _ = fs::remove_file(&self.unfinished);
            return written;
        }
        // The new name outlives a power cut with this. Some file systems cannot do it, and the file is whole without.
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
        Ok(())
    }

    /// A new file beside the state file; one that a killed process left is removed first.
    fn create(&self) -> io::Result<File> {
        let _ = fs::remove_file(&self.unfinished);
        // Only a new file is written to: whatever somebody else puts there is not followed.
        OpenOptions::new().write(true).create_new(true).mode(MODE).open(&self.unfinished)
    }
}
