//! Times and durations as people read them; the one place that writes them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Within so many days ahead a day of the week says which day is meant.
const SAME_WEEK: SignedDuration = SignedDuration::from_hours(6 * 24);

/// A moment in the past as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Past {
    /// For machines, as RFC 3339 writes it.
    pub(super) datetime: String,
    /// To the second, with the zone.
    pub(super) exact: String,
    /// To the minute, with the zone.
    pub(super) short: String,
    /// How long ago it was.
    pub(super) elapsed: String,
}

impl Past {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        Self {
            datetime: to_the_second(at),
            exact: exact(at),
            short: utc(at).strftime("%-d %b %H:%M UTC").to_string(),
            elapsed: elapsed(now.duration_since(at)),
        }
    }
}

/// A moment ahead as a page shows it, in the zone in which it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ahead {
    /// For machines, as RFC 3339 writes it.
    pub(super) datetime: String,
    /// To the second, in UTC.
    pub(super) exact: String,
    /// Day, time and zone.
    pub(super) short: String,
}

impl Ahead {
    pub(super) fn new(at: Timestamp, zone: &TimeZone, now: Timestamp) -> Self {
        let local = at.to_zoned(zone.clone());
        let day = if at.duration_since(now) < SAME_WEEK { "%a" } else { "%a %-d %b" };
        let short = format!("{} {}", local.strftime(&format!("{day} %H:%M")), zone_name(&local));
        Self { datetime: to_the_second(at), exact: exact(at), short }
    }
}

/// Day and time to the second, in UTC.
pub(super) fn exact(at: Timestamp) -> String {
    utc(at).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How long something has lasted: `12 s`, `12 min`, `3 h 5 min`, `2 d 4 h`, `40 d`. What has not begun yet lasts 0 s: two
/// clocks never agree.
///
/// The script of the pages does the same while a page is open.
pub(super) fn elapsed(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match () {
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => format!("{minutes} min"),
        () if days == 0 => two(hours, "h", minutes % 60, "min"),
        () if days < 10 => two(days, "d", hours % 24, "h"),
        () => format!("{days} d"),
    }
}

/// A span such as a wait, a limit or an interval, from seconds: `0.5 s`, `45 s`, `2 min 5 s`, `1 h 3 min`.
pub(super) fn span(seconds: f64) -> String {
    if !(0.0..1e9).contains(&seconds) {
        return format!("{seconds} s");
    }
    if seconds < 10.0 {
        return format!("{} s", (seconds * 10.0).floor() / 10.0);
    }
    let whole = SignedDuration::from_secs_f64(seconds.floor()).as_secs();
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => two(whole / 60, "min", whole % 60, "s"),
        _ => two(whole / 3600, "h", whole % 3600 / 60, "min"),
    }
}

/// How long a request or a poll took, from seconds: `45 ms`, `1.24 s`, `12.4 s`.
pub(super) fn took(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.9995 => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 9.995 => format!("{seconds:.2} s"),
        seconds => format!("{seconds:.1} s"),
    }
}

fn two(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}

fn to_the_second(at: Timestamp) -> String {
    utc(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The zone as the configuration names it.
fn zone_name(local: &Zoned) -> String {
    let name = local.time_zone().iana_name();
    name.map_or_else(|| local.strftime("%:z").to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_lasts_is_told_in_at_most_two_units() {
        let cases = [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (3600 + 5 * 60 + 59, "1 h 5 min"),
            (86400, "1 d"),
            (2 * 86400 + 4 * 3600, "2 d 4 h"),
            (10 * 86400 + 4 * 3600, "10 d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(elapsed(SignedDuration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn spans_are_rounded_down_so_that_none_seems_past_its_limit() {
        let cases = [
            (0.0, "0 s"),
            (0.56, "0.5 s"),
            (9.99, "9.9 s"),
            (59.9, "59 s"),
            (60.0, "1 min"),
            (125.7, "2 min 5 s"),
            (3600.0, "1 h"),
            (3785.0, "1 h 3 min"),
            (f64::INFINITY, "inf s"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn durations_of_polls_have_three_digits_at_least_where_they_are_long() {
        let cases =
            [(0.0, "0 ms"), (0.045, "45 ms"), (0.9996, "1.00 s"), (1.237, "1.24 s"), (12.36, "12.4 s")];
        for (seconds, expected) in cases {
            assert_eq!(took(seconds), expected);
        }
    }

    #[test]
    fn a_moment_has_a_form_for_machines_and_two_for_people() {
        let past = Past::new(at("2026-03-02T12:00:00.75Z"), at("2026-03-02T12:12:30Z"));
        let expected = Past {
            datetime: "2026-03-02T12:00:00Z".into(),
            exact: "2026-03-02 12:00:00 UTC".into(),
            short: "2 Mar 12:00 UTC".into(),
            elapsed: "12 min".into(),
        };
        assert_eq!(past, expected);
    }

    #[test]
    fn a_moment_ahead_is_told_in_its_zone_and_with_its_date_where_the_weekday_is_ambiguous() {
        let now = at("2026-03-02T12:00:00Z");
        let london = TimeZone::get("Europe/London").unwrap();
        let short = |text, zone: &TimeZone| Ahead::new(at(text), zone, now).short;
        assert_eq!(short("2026-03-03T08:00:00Z", &london), "Tue 08:00 Europe/London");
        assert_eq!(short("2026-03-30T07:00:00Z", &london), "Mon 30 Mar 08:00 Europe/London");
        assert_eq!(short("2026-03-03T08:00:00Z", &TimeZone::UTC), "Tue 08:00 UTC");
        assert_eq!(short("2026-03-03T08:00:00Z", &TimeZone::fixed(jiff::tz::offset(1))), "Tue 09:00 +01:00");
    }
}
