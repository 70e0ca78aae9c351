//! When a collector polls: a fixed grid with a phase of its own, so that a fleet does not tick together.

use std::time::Duration;

use tokio::time::Instant;

/// The ticks of one collector of one target.
#[derive(Clone, Debug)]
pub struct Schedule {
    interval: Duration,
    next: Instant,
    then: Instant,
}

impl Schedule {
    /// Ticks every `interval`, at a phase that the target's and collector's names decide.
    ///
    /// The first tick comes within `spread` of `start`, so that a fresh process soon has data; from the second tick
    /// on, ticks stand on a grid whose phase is anywhere in the interval. The gap between the first two is half an
    /// interval at least and one and a half at most.
    pub fn new(start: Instant, interval: Duration, spread: Duration, target: &str, collector: &str) -> Self {
        let share = share_of(target, collector);
        let first = start + spread.min(interval).mul_f64(share);
        let grid = start + interval.mul_f64(share);
        let then = if grid < first + interval / 2 { grid + interval } else { grid };
        Self { interval, next: first, then }
    }

    /// The next tick.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Takes the ticks that are due: `None` before the next one, else how many beyond the first were missed.
    ///
    /// Missed ticks are not caught up: the grid goes on after `now`.
    pub fn take(&mut self, now: Instant) -> Option<u64> {
        if now < self.next {
            return None;
        }
        self.next = self.then;
        let mut missed = 0;
        if self.next <= now {
            let behind = now.duration_since(self.next).as_nanos() / self.interval.as_nanos().max(1) + 1;
            missed = u64::try_from(behind).unwrap_or(u64::MAX);
            self.next += self.interval * u32::try_from(behind).unwrap_or(u32::MAX);
        }
        self.then = self.next + self.interval;
        Some(missed)
    }
}

/// A number in `0.0..1.0` from the two names by FNV-1a with a final mix: the same in every process and release.
fn share_of(target: &str, collector: &str) -> f64 {
    let bytes = target.bytes().chain([0]).chain(collector.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn ticks_stand_on_a_grid_and_missed_ones_are_counted_not_caught_up() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, INTERVAL, Duration::ZERO, "desk", "queues");
        assert_eq!(schedule.next(), start);
        assert_eq!(schedule.take(start), Some(0));
        let second = schedule.next();
        assert!(second >= start + INTERVAL / 2 && second <= start + INTERVAL * 3 / 2);
        assert_eq!(schedule.take(second - Duration::from_millis(1)), None);
        assert_eq!(schedule.take(second + INTERVAL * 3 + Duration::from_secs(1)), Some(3));
        assert_eq!(schedule.next(), second + INTERVAL * 4);
        assert_eq!(schedule.take(second + INTERVAL * 4), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fleet_is_spread_evenly_over_the_interval() {
        let start = Instant::now();
        let mut per_second = [0_u32; 30];
        for target in 0..3_000 {
            let mut schedule =
                Schedule::new(start, INTERVAL, INTERVAL, &format!("target-{target}"), "queues");
            schedule.take(schedule.next());
            let phase = (schedule.next() - start).as_millis() % INTERVAL.as_millis();
            per_second[usize::try_from(phase / 1_000).unwrap()] += 1;
        }
        assert!(per_second.iter().all(|count| (60..=140).contains(count)), "{per_second:?}");
    }

    #[test]
    fn the_phase_does_not_change_between_processes() {
        assert_eq!((share_of("it-service-desk", "queues") * 1e6).round().to_string(), "784721");
    }
}
