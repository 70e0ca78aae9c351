//! The process's own instruments: what the daemon says about itself, next to what it says about its targets.
//!
//! `families` the table of names, types and help · `instruments` the registry and who may write to it · `requests`
//! the HTTP server's instruments · `configuration` what the last reload did · `connectivity` the check of the own network ·
//! `state_file` what the last write did · `process` the `process_*` families ·
//! `encode` the registry in every format.

mod configuration;
mod connectivity;
mod encode;
mod families;
mod instruments;
mod process;
mod requests;
mod state_file;

pub use families::own_families;
pub use instruments::Own;
pub use requests::{InFlight, Requests};
