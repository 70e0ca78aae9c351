//! The state file: what the channels' statuses rest on, kept over a restart.
//!
//! `document` what it holds · `read` from a file to what targets remember · `write` where it lies, and replacing it whole.
//! When it is read and written is the daemon's business: `command::state_keeper`.

pub mod document;
pub mod read;
pub mod write;

pub use document::{Document, SavedTarget};
pub use read::{Found, ReadError, read, set_aside};
pub use write::{StatePath, StatePathError};
