//! The vendor-neutral view: a channel is a place where a customer can start a chat.
//!
//! Pure: no input or output, no clock. `facts` is what one answer says about a channel, `merge` makes one channel of
//! the facts of several answers, `families` are the `webchat_channel_*` rows. `threshold` holds limits, `schedule` business
//! hours and maintenance windows, `rules` all of these for one target; `hours` tells when a schedule is open,
//! `recurrence` when a window comes back, `maintenance` which window is on and which is next. `evaluate` judges facts by
//! the rules, `hysteresis` decides when that changes the status, `tracker` keeps both for one channel and `board` for
//! all channels of a target; `memory` is what outlives it.

pub mod board;
pub mod evaluate;
pub mod facts;
pub mod families;
pub mod hours;
pub mod hours_cache;
pub mod hysteresis;
pub mod maintenance;
pub mod maintenance_cache;
pub mod memory;
pub mod merge;
pub mod recurrence;
pub mod rules;
pub mod schedule;
pub mod status;
pub mod threshold;
mod tracker;

pub use facts::{Availability, ChannelFacts, UnavailableReason};
pub use families::{ChannelReport, LimitRow};
pub use maintenance::MaintenanceWindow;
