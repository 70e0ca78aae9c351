//! The wall clock as a value that is passed in, so that tests decide what time it is.

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time of day.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    fixed: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { fixed: None }
    }

    /// A clock that shows `timestamp` now and moves on with the runtime's timer, paused or not.
    pub fn starting_at(timestamp: Timestamp) -> Self {
        Self { fixed: Some((timestamp, Instant::now())) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match self.fixed {
            None => Timestamp::now(),
            Some((timestamp, started)) => {
                timestamp.saturating_add(started.elapsed()).unwrap_or(Timestamp::MAX)
            }
        }
    }
}
