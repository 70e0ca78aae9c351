//! When customers come: a Poisson process whose rate follows the hour of the day.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;

use crate::demo::random::Random;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Share of the day's busiest hour that each hour of the day brings, from midnight on. Nights are quiet, never dead.
const SHARE_OF_PEAK: [f64; 24] = [
    0.20, 0.15, 0.15, 0.15, 0.15, 0.20, 0.30, 0.50, 0.75, 0.95, 1.00, 0.95, 0.80, 0.85, 0.95, 0.95, 0.85,
    0.70, 0.55, 0.50, 0.45, 0.40, 0.30, 0.25,
];

/// The time of day by which customers and agents live.
///
/// It is UTC where the demo starts between 08:00 and 18:00. Started at another hour, it is shifted so
/// that the start falls on 10:30: the demo shows a busy centre whenever somebody looks at it. A time of day that is
/// given is that of the start at any hour. Every day is a working day.
#[derive(Clone, Copy, Debug)]
pub(super) struct BusinessClock {
    /// Business time of day at the model's origin.
    at_origin: Duration,
    /// Time at the model's origin since the midnight that starts the counters of the day anew.
    since_midnight_at_origin: Duration,
}

impl BusinessClock {
    /// The clock of a model whose time counts from `origin` and whose demo starts at `start`, on `time_of_day` if given.
    ///
    /// Counters start anew at its midnight where a time was given, else at midnight UTC.
    pub(super) fn new(origin: Timestamp, start: Timestamp, time_of_day: Option<Time>) -> Self {
        let (utc, utc_at_origin) = (since_utc_midnight(start), since_utc_midnight(origin));
        let at_start = match time_of_day {
            Some(time) => Duration::try_from(time.duration_since(Time::midnight())).unwrap_or_default(),
            None if (HOUR * 8..HOUR * 18).contains(&utc) => utc,
            None => HOUR * 21 / 2,
        };
        let at_origin = within_day(utc_at_origin + at_start + DAY.saturating_sub(utc));
        let since_midnight_at_origin = if time_of_day.is_some() { at_origin } else { utc_at_origin };
        Self { at_origin, since_midnight_at_origin }
    }

    /// Time at a moment since the midnight that started the counters of the day anew.
    pub(super) fn since_midnight(self, moment: Duration) -> Duration {
        within_day(self.since_midnight_at_origin.saturating_add(moment))
    }

    /// Business time of day at a moment counted from the origin.
    pub(super) fn at(self, moment: Duration) -> Duration {
        within_day(self.at_origin.saturating_add(moment))
    }

    /// Time from `moment` to the next `time` of day; a whole day if it is just that.
    pub(super) fn until(self, moment: Duration, time: Duration) -> Duration {
        let now = self.at(moment);
        time.checked_sub(now).filter(|wait| !wait.is_zero()).unwrap_or_else(|| time + DAY.saturating_sub(now))
    }

    /// Share (0..1) of the busiest hour's rate at a moment.
    pub(super) fn share_of_peak(self, moment: Duration) -> f64 {
        let hour = usize::try_from(self.at(moment).as_secs() / HOUR.as_secs()).unwrap_or(0);
        SHARE_OF_PEAK.get(hour).copied().unwrap_or(1.0)
    }
}

/// Time from `moment` to the next candidate for an arrival, at `per_hour` candidates in the mean.
///
/// Candidates come at the highest rate there ever is; the model keeps one with the probability of the present rate over
/// the highest (thinning), so that a rate that changes needs no drawing again.
pub(super) fn next_candidate(random: &mut Random, per_hour: f64) -> Duration {
    random.exponential(HOUR.div_f64(per_hour.max(1e-3)))
}

/// Time since midnight UTC.
fn since_utc_midnight(moment: Timestamp) -> Duration {
    Duration::from_secs(moment.as_second().rem_euclid(24 * 3_600).unsigned_abs())
}

fn within_day(time: Duration) -> Duration {
    Duration::new(time.as_secs() % DAY.as_secs(), time.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn business_time_at_start(start: &str) -> Duration {
        let start: Timestamp = start.parse().unwrap();
        let origin = start - jiff::SignedDuration::from_hours(2);
        BusinessClock::new(origin, start, None).at(HOUR * 2)
    }

    #[test]
    fn a_start_in_the_daytime_keeps_the_clock() {
        for (start, hours, minutes) in [
            ("2026-03-02T08:00:00Z", 8, 0),
            ("2026-03-02T10:30:00Z", 10, 30),
            ("2026-03-02T17:59:00Z", 17, 59),
        ] {
            assert_eq!(business_time_at_start(start), Duration::from_secs(hours * 3_600 + minutes * 60));
        }
    }

    #[test]
    fn a_start_at_night_is_shifted_to_half_past_ten() {
        for start in
            ["2026-03-02T00:00:00Z", "2026-03-02T07:59:59Z", "2026-03-02T18:00:00Z", "2026-03-02T23:00:00Z"]
        {
            assert_eq!(business_time_at_start(start), HOUR * 21 / 2, "{start}");
        }
    }

    #[test]
    fn a_start_at_any_hour_falls_on_the_time_of_day_given() {
        let time = Time::constant(17, 20, 0, 0);
        for start in ["2026-03-02T01:00:00Z", "2026-03-02T10:30:00Z", "2026-03-02T23:00:00Z"] {
            let start: Timestamp = start.parse().unwrap();
            let clock = BusinessClock::new(start - jiff::SignedDuration::from_hours(2), start, Some(time));
            let expected = Duration::from_mins(17 * 60 + 20);
            assert_eq!((clock.at(HOUR * 2), clock.since_midnight(HOUR * 2)), (expected, expected), "{start}");
        }
    }

    #[test]
    fn the_time_until_an_hour_that_has_passed_runs_into_the_next_day() {
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let clock = BusinessClock::new(start, start, None);
        assert_eq!(clock.until(Duration::ZERO, HOUR * 12), HOUR * 2);
        assert_eq!(clock.until(Duration::ZERO, HOUR * 9), HOUR * 23);
        assert_eq!(clock.until(Duration::ZERO, HOUR * 10), HOUR * 24);
    }

    #[test]
    fn ten_in_the_morning_is_the_busiest_hour() {
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let clock = BusinessClock::new(start, start, None);
        assert!((clock.share_of_peak(Duration::ZERO) - 1.0).abs() < f64::EPSILON);
        assert!((clock.share_of_peak(HOUR * 16) - 0.15).abs() < f64::EPSILON);
    }
}
