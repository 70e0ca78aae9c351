//! What of a channel outlives its board: at a reload the next board takes it over, at a restart a file carries it.

use jiff::{SignedDuration, Timestamp};

use crate::channel::facts::{ChannelFacts, UnavailableReason};
use crate::channel::hysteresis::Hysteresis;

/// How long a channel is remembered without data.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// A channel as it was last published, without what the next poll brings anyway.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelMemory {
    /// The platform's identifier.
    pub id: String,
    /// The name that an administrator gave it.
    pub name: Option<String>,
    /// Why no chat could be started, where the platform said so.
    pub unavailable: Option<UnavailableReason>,
    /// Since when the status is what it is.
    pub since: Timestamp,
    /// The status in force and the evaluations it rests on.
    pub hysteresis: Hysteresis,
    /// When the configuration that last had data of it ended; `None` while that one is in force.
    pub last_seen: Option<Timestamp>,
}

impl ChannelMemory {
    /// The channel itself, without values.
    pub fn facts(&self) -> ChannelFacts {
        ChannelFacts { name: self.name.clone(), ..ChannelFacts::new(&self.id) }
    }
}
