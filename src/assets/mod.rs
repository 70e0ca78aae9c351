//! What the binary carries for others to read: dashboards, rules, runbooks, a systemd unit and example configurations.
//!
//! `bundle` holds the files under the paths they have in the repository, so that links among them hold; `write` puts them
//! into a directory.

pub mod bundle;
pub mod write;
