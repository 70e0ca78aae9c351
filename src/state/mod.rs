//! What is known of every target: newest readings, staleness, counters; rendered into snapshots that readers share.
//!
//! Pure but for the atomic swap in `store`: no input or output, and the clock is passed in.

pub mod store;

pub use store::{Snapshot, Store};
