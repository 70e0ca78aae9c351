//! Waiting times that grow with each failure and end with a success.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::Instant;

/// A pause that doubles with each failure, with jitter.
///
/// Several requests can be under way when the first of them fails. Only the first failure makes the pause longer, and
/// only the success of a request that was sent after the newest failure ends it; hence every change carries the
/// instant at which its request was sent.
#[derive(Debug)]
pub(crate) struct BackOff {
    curve: ExponentialBuilder,
    longest: Duration,
    delays: Option<<ExponentialBuilder as BackoffBuilder>::Backoff>,
    changed: Option<Instant>,
    until: Option<Instant>,
}

impl BackOff {
    /// A first pause between `first` and twice as long, later ones of at most `longest`.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        // The jitter adds up to one delay, so that a curve up to half of the longest stays below it and still varies.
        let curve = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest / 2)
            .without_max_times()
            .with_jitter();
        Self { curve, longest, delays: None, changed: None, until: None }
    }

    /// What is left of the pause; `None` when there is none.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let remaining = self.until?.saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }

    /// Pauses longer than the last time, after the failure of a request sent at `sent`.
    pub(crate) fn step(&mut self, sent: Instant) {
        if self.knows(sent) {
            return;
        }
        let delay = self.delays.get_or_insert_with(|| self.curve.build()).next().unwrap_or(self.longest);
        self.pause(delay.min(self.longest));
    }

    /// Pauses for `duration`, as the server asked; a longer pause stays in force.
    pub(crate) fn hold(&mut self, duration: Duration) {
        self.pause(duration);
    }

    /// Forgets all failures, after the success of a request sent at `sent`.
    pub(crate) fn reset(&mut self, sent: Instant) {
        if !self.knows(sent) {
            self.clear();
        }
    }

    /// Forgets all failures.
    pub(crate) fn clear(&mut self) {
        self.delays = None;
        self.changed = None;
        self.until = None;
    }

    /// Whether a failure came in after `sent`: then what became of that request is old news.
    fn knows(&self, sent: Instant) -> bool {
        self.changed.is_some_and(|changed| sent < changed)
    }

    fn pause(&mut self, duration: Duration) {
        let now = Instant::now();
        self.changed = Some(now);
        self.until = self.until.max(Some(now + duration));
    }
}

/// A duration in whole seconds, rounded up, as people write it.
pub(crate) fn in_seconds(duration: Duration) -> humantime::FormattedDuration {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    humantime::format_duration(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_mins(5);

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_the_longest() {
        let mut back_off = BackOff::new(FIRST, LONGEST);
        for exponent in 0..12_u32 {
            let delay = FIRST.saturating_mul(2_u32.pow(exponent)).min(LONGEST / 2);
            back_off.step(Instant::now());
            let pause = back_off.remaining().unwrap();
            assert!(delay <= pause && pause <= (delay * 2).min(LONGEST), "{exponent}: {pause:?}");
            tokio::time::advance(pause).await;
            assert_eq!(back_off.remaining(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_fail_together_count_as_one_failure() {
        let mut back_off = BackOff::new(FIRST, LONGEST);
        let sent = Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        back_off.step(sent);
        let pause = back_off.remaining();
        back_off.step(sent);
        back_off.reset(sent);
        assert_eq!(back_off.remaining(), pause);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_success_starts_again_from_the_first_pause() {
        let mut back_off = BackOff::new(FIRST, LONGEST);
        for _ in 0..8 {
            back_off.step(Instant::now());
        }
        tokio::time::advance(LONGEST).await;
        back_off.reset(Instant::now());
        back_off.step(Instant::now());
        assert!(back_off.remaining().unwrap() <= FIRST * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_asks_for_does_not_shorten_a_pause() {
        let mut back_off = BackOff::new(FIRST, LONGEST);
        back_off.hold(Duration::from_mins(1));
        back_off.hold(Duration::from_secs(5));
        assert_eq!(back_off.remaining(), Some(Duration::from_mins(1)));
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (milliseconds, text) in [(0, "0s"), (1, "1s"), (42_000, "42s"), (89_001, "1m 30s")] {
            assert_eq!(in_seconds(Duration::from_millis(milliseconds)).to_string(), text);
        }
    }
}
