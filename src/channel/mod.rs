//! The vendor-neutral view: a channel is a place where a customer can start a chat.
//!
//! Pure: no input or output, no clock. `facts` is what one answer says about a channel, `merge` makes one channel of
//! the facts of several answers, `families` are the `webchat_channel_*` rows, `threshold` limits, `schedule` business
//! hours and maintenance windows.

pub mod facts;
pub mod families;
pub mod merge;
pub mod schedule;
pub mod status;
pub mod threshold;

pub use facts::{Availability, ChannelFacts, UnavailableReason};
pub use families::{ChannelReport, LimitRow};
