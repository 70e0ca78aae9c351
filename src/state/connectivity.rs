//! What the check of this exporter's own network found, as readers see it.

use jiff::Timestamp;

/// The newest outcome of the connectivity check; nothing before the first check ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connectivity {
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Whether so many checks in a row failed that channels are unknown for it.
    pub is_down: bool,
}

/// Whether the network works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the newest check was answered.
    pub up: bool,
    /// Since when all checks ended so.
    pub since: Timestamp,
}

impl Connectivity {
    /// The state after a check that ended at `now`; `is_down` says whether the network counts as down by then.
    #[must_use]
    pub fn after(self, up: bool, is_down: bool, now: Timestamp) -> Self {
        let since = self.outcome.filter(|outcome| outcome.up == up).map_or(now, |outcome| outcome.since);
        Self { outcome: Some(Outcome { up, since }), is_down }
    }
}
