//! What is known of every target: newest readings, staleness, counters, recent polls; rendered into snapshots that
//! readers share.
//!
//! Pure but for the atomic swap in `store`: no input or output, and the clock is passed in.

pub mod collector;
pub mod connectivity;
pub mod families;
pub mod history;
mod packed;
pub mod store;
pub mod target;

pub use collector::{CollectorState, PollTiming};
pub use connectivity::Connectivity;
pub use families::CollectorReport;
pub use history::{History, PollRecord};
pub use store::{Slot, Snapshot, Store};
pub use target::{TargetConstants, TargetMemory, TargetState};
