//! The only loop: when each collector of each target polls, and what happens with the reading.
//!
//! `engine` all targets and their replacement · `target_task` the loop of one · `single` one
//! poll · `record` what is remembered of it · `schedule` the ticks · `pulse` the
//! proof of life · `transitions` what is worth a log line · `handle` what others may ask · `connectivity` the check of
//! this exporter's own network.

mod record;
mod single;
mod target_task;

pub mod connectivity;
pub mod engine;
pub mod handle;
pub mod once;
pub mod pulse;
pub mod schedule;
pub mod transitions;

pub use connectivity::ConnectivitySetup;
pub use engine::{Engine, EngineError, Replacement, TargetSetup};
pub use handle::{EngineHandle, Probed};
pub use once::{Once, poll_once};
