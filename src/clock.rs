//! The wall clock as a value that is passed in, so that tests decide what time it is.

use jiff::Timestamp;

/// Tells the time of day.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still.
    StoppedAt(Timestamp),
}

impl Clock {
    /// The time.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::StoppedAt(timestamp) => timestamp,
        }
    }
}
