//! Proof of life of the poll loops.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How late a loop may be before it counts as stuck.
pub const GRACE: Duration = Duration::from_mins(1);

/// The moment by which a loop promised to come round again.
#[derive(Debug)]
pub struct Pulse {
    origin: Instant,
    promised: AtomicU64,
}

impl Pulse {
    /// A pulse whose loop has just begun.
    pub fn new(now: Instant) -> Self {
        Self { origin: now, promised: AtomicU64::new(0) }
    }

    /// The loop promises to come round by `next`.
    pub fn promise(&self, next: Instant) {
        let millis = next.saturating_duration_since(self.origin).as_millis();
        self.promised.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether the promise is kept, give or take [`GRACE`].
    pub fn is_alive(&self, now: Instant) -> bool {
        let promised = Duration::from_millis(self.promised.load(Ordering::Relaxed));
        now.saturating_duration_since(self.origin) <= promised + GRACE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_does_not_come_round_is_noticed() {
        let start = Instant::now();
        let pulse = Pulse::new(start);
        pulse.promise(start + Duration::from_secs(30));
        assert!(pulse.is_alive(start + Duration::from_secs(90)));
        assert!(!pulse.is_alive(start + Duration::from_secs(91)));
    }
}
