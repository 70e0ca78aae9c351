//! The status of a channel: the answer to "can a customer start a chat now, and if not, why".

use jiff::Timestamp;

use crate::channel::facts::{ChannelFacts, UnavailableReason};
use crate::channel::maintenance::MaintenanceWindow;

/// What a channel is to a customer: the `status` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Chats can be started, and every signal is within its limits.
    Ok,
    /// Chats can be started, but a signal is past its degraded limit.
    Degraded,
    /// No chat can be started, or a signal is past its down limit.
    Down,
    /// Outside business hours.
    Closed,
    /// Within a planned window.
    Maintenance,
    /// There is no fresh data.
    Unknown,
}

impl Status {
    /// Every status, in the contract's order.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Degraded, Self::Down, Self::Closed, Self::Maintenance, Self::Unknown];

    /// Whether it was measured, so that several evaluations are needed to change it; the others are in force at once.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Ok | Self::Degraded | Self::Down)
    }

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Closed => "closed",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
        }
    }
}

/// A channel as readers see it: published with the target's snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelView {
    /// What the platform says of it, merged; `name` is always there.
    pub facts: ChannelFacts,
    /// The status in force, after hysteresis.
    pub status: Status,
    /// Why, in words for people: lower case, without a final period, such as `no agent is available`; `None` while all
    /// is well. It never holds anything personal.
    pub explanation: Option<String>,
    /// Why no chat can be started, where the platform says so.
    pub unavailable: Option<UnavailableReason>,
    /// Since when the status is what it is.
    pub since: Timestamp,
    /// Whether the channel is within its business hours; always true without a schedule.
    pub open: bool,
    /// When [`ChannelView::open`] changes next; `None` without a schedule or without a change within a year.
    pub next_change: Option<Timestamp>,
    /// The maintenance window that is on, or else the next one that begins within 7 days.
    pub maintenance: Option<MaintenanceWindow>,
}
