//! The only loop: when each collector of each target polls, and what happens with the reading.

pub mod handle;

pub use handle::{EngineHandle, Probed};
