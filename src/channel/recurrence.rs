//! Maintenance windows that come back: on which dates one begins, and from when to when it then is.
//!
//! Hours are meant by the wall clock of the zone, as [`crate::channel::hours`] says. A window belongs to the date on
//! which it begins: that date decides about the week of the month and about the first and last date, and a window
//! that begins on the last date runs over midnight all the same.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::channel::hours::{DAYS_AROUND, Opening, after, opening};
use crate::channel::schedule::Hours;

const DAYS_PER_WEEK: i8 = 7;

/// Which of the same days of the week in a month; the fourth may be the last one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WeekOfMonth {
    /// Days 1 to 7.
    First,
    /// Days 8 to 14.
    Second,
    /// Days 15 to 21.
    Third,
    /// Days 22 to 28.
    Fourth,
    /// The last 7 days.
    Last,
}

impl WeekOfMonth {
    /// Every one, in order.
    pub const ALL: [Self; 5] = [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Last];

    /// The word of the configuration.
    pub fn label(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Fourth => "fourth",
            Self::Last => "last",
        }
    }

    /// Whether `date` is the occurrence of its day of the week that is meant.
    pub fn holds(self, date: Date) -> bool {
        let weeks_before = (date.day() - 1) / DAYS_PER_WEEK;
        match self {
            Self::First => weeks_before == 0,
            Self::Second => weeks_before == 1,
            Self::Third => weeks_before == 2,
            Self::Fourth => weeks_before == 3,
            Self::Last => date.day() + DAYS_PER_WEEK > date.days_in_month(),
        }
    }
}

/// When a window comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrence {
    /// The zone in which hours and dates are meant.
    pub zone: TimeZone,
    /// Hours by the day of the week on which they begin, Monday first; each day's in order.
    pub weekly: [Vec<Hours>; 7],
    /// The occurrences of the day of the week in its month that count; empty for all.
    pub weeks_of_month: BTreeSet<WeekOfMonth>,
    /// The first date on which a window may begin.
    pub from: Option<Date>,
    /// The last date on which a window may begin.
    pub until: Option<Date>,
}

impl Recurrence {
    /// Every window that has an instant between `earliest` and `latest`, in order, and some just before and after.
    pub fn between(&self, earliest: Timestamp, latest: Timestamp) -> impl Iterator<Item = Opening> {
        let date = |instant: Timestamp| instant.to_zoned(self.zone.clone()).date();
        let first = after(date(earliest), -DAYS_AROUND).unwrap_or(Date::MIN);
        let last = after(date(latest), 1).unwrap_or(Date::MAX);
        first.series(1.day()).take_while(move |date| *date <= last).flat_map(|date| self.beginning_on(date))
    }

    /// The hours of the windows that begin on `date`, whatever the clock of the zone does on it.
    pub fn hours_on(&self, date: Date) -> &[Hours] {
        let is_within =
            self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until);
        let is_week =
            self.weeks_of_month.is_empty() || self.weeks_of_month.iter().any(|week| week.holds(date));
        if !is_within || !is_week {
            return &[];
        }
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.weekly.get(day).map_or(&[], Vec::as_slice)
    }

    fn beginning_on(&self, date: Date) -> impl Iterator<Item = Opening> {
        self.hours_on(date).iter().filter_map(move |hours| opening(&self.zone, date, *hours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUESDAY: usize = 1;
    const SATURDAY: usize = 5;
    const SUNDAY: usize = 6;

    /// Windows of (day from Monday, minutes since its midnight).
    fn recurrence(zone: &str, hours: &[(usize, u16, u16)], weeks: &[WeekOfMonth]) -> Recurrence {
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        for (day, start, end) in hours {
            weekly[*day].push(Hours { start: *start, end: *end });
        }
        Recurrence {
            zone: TimeZone::get(zone).unwrap(),
            weekly,
            weeks_of_month: weeks.iter().copied().collect(),
            from: None,
            until: None,
        }
    }

    /// The windows that have an instant between two moments, in the time of the zone.
    fn windows(recurrence: &Recurrence, earliest: &str, latest: &str) -> Vec<String> {
        let (earliest, latest) = (earliest.parse().unwrap(), latest.parse().unwrap());
        let shown = |instant: Timestamp| instant.to_zoned(recurrence.zone.clone());
        recurrence
            .between(earliest, latest)
            .filter(|(start, end)| earliest < *end && *start <= latest)
            .map(|(start, end)| {
                let (start, end) = (shown(start), shown(end));
                format!("{} {}", start.strftime("%m-%d %H:%M%:z"), end.strftime("%d %H:%M%:z"))
            })
            .collect()
    }

    fn hour(hour: u16) -> u16 {
        hour * 60
    }

    #[test]
    fn a_date_is_the_first_to_fourth_or_last_of_its_month() {
        use WeekOfMonth::{First, Fourth, Last, Second, Third};
        let cases = [
            ("2026-03-01", &[First][..]),
            ("2026-03-07", &[First]),
            ("2026-03-08", &[Second]),
            ("2026-03-14", &[Second]),
            ("2026-03-15", &[Third]),
            ("2026-03-21", &[Third]),
            ("2026-03-22", &[Fourth]),
            ("2026-03-24", &[Fourth]),
            ("2026-03-25", &[Fourth, Last]),
            ("2026-03-28", &[Fourth, Last]),
            ("2026-03-29", &[Last]),
            ("2026-03-31", &[Last]),
            ("2026-02-21", &[Third]),
            ("2026-02-22", &[Fourth, Last]),
            ("2026-02-28", &[Fourth, Last]),
            ("2028-02-22", &[Fourth]),
            ("2028-02-29", &[Last]),
        ];
        for (date, expected) in cases {
            let date: Date = date.parse().unwrap();
            let weeks: Vec<WeekOfMonth> =
                WeekOfMonth::ALL.into_iter().filter(|week| week.holds(date)).collect();
            assert_eq!(weeks, expected, "{date}");
        }
    }

    #[test]
    fn weeks_of_the_month_hold_over_the_ends_of_months() {
        let second = recurrence("UTC", &[(TUESDAY, hour(2), hour(4))], &[WeekOfMonth::Second]);
        assert_eq!(
            windows(&second, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            [
                "01-13 02:00+00:00 13 04:00+00:00",
                "02-10 02:00+00:00 10 04:00+00:00",
                "03-10 02:00+00:00 10 04:00+00:00"
            ]
        );
        let edges = [WeekOfMonth::First, WeekOfMonth::Last];
        let edges = recurrence("UTC", &[(SUNDAY, hour(0), hour(1))], &edges);
        assert_eq!(
            windows(&edges, "2026-01-20T00:00:00Z", "2026-04-10T00:00:00Z"),
            [
                "01-25 00:00+00:00 25 01:00+00:00",
                "02-01 00:00+00:00 01 01:00+00:00",
                "02-22 00:00+00:00 22 01:00+00:00",
                "03-01 00:00+00:00 01 01:00+00:00",
                "03-29 00:00+00:00 29 01:00+00:00",
                "04-05 00:00+00:00 05 01:00+00:00"
            ]
        );
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
        // 31 January 2026 is the last Saturday of its month, and 1 February the first Sunday of the next.
        let last = recurrence("UTC", &[(SATURDAY, hour(22), hour(30))], &[WeekOfMonth::Last]);
        let weekend = ("2026-01-30T00:00:00Z", "2026-02-10T00:00:00Z");
        assert_eq!(windows(&last, weekend.0, weekend.1), ["01-31 22:00+00:00 01 06:00+00:00"]);
        assert_eq!(windows(&last, "2026-02-01T05:59:59Z", "2026-02-02T00:00:00Z").len(), 1);
        let first = recurrence("UTC", &[(SATURDAY, hour(22), hour(30))], &[WeekOfMonth::First]);
        assert_eq!(windows(&first, weekend.0, weekend.1), ["02-07 22:00+00:00 08 06:00+00:00"]);
    }

    #[test]
    fn the_first_and_last_dates_are_those_of_beginnings_in_the_zone() {
        let every_night: Vec<_> = (0..7).map(|day| (day, hour(23), hour(25))).collect();
        let nights = Recurrence {
            from: Some("2026-03-02".parse().unwrap()),
            until: Some("2026-03-03".parse().unwrap()),
            ..recurrence("Asia/Kathmandu", &every_night, &[])
        };
        assert_eq!(
            windows(&nights, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"),
            ["03-02 23:00+05:45 03 01:00+05:45", "03-03 23:00+05:45 04 01:00+05:45"]
        );
        assert_eq!(windows(&nights, "2026-03-03T19:14:59Z", "2026-03-04T00:00:00Z").len(), 1);
        assert_eq!(windows(&nights, "2026-03-03T19:15:00Z", "2026-03-04T00:00:00Z"), [""; 0]);
    }

    #[test]
    fn hours_are_meant_by_the_clock_on_the_wall() {
        // London: forward on 29 March, back on 25 October 2026; Chatham: back on 5 April, forward on 27 September.
        let cases = [
            ("Europe/London", "2026-03-28", hour(0) + 30, hour(3), "03-29 00:30+00:00 29 03:00+01:00"),
            ("Europe/London", "2026-03-28", hour(1) + 15, hour(2) + 30, "03-29 02:00+01:00 29 02:30+01:00"),
            ("Europe/London", "2026-10-24", hour(0) + 30, hour(1) + 30, "10-25 00:30+01:00 25 01:30+00:00"),
            ("Pacific/Chatham", "2026-04-04", hour(2), hour(4), "04-05 02:00+13:45 05 04:00+12:45"),
            ("Pacific/Chatham", "2026-09-26", hour(2), hour(4), "09-27 02:00+12:45 27 04:00+13:45"),
        ];
        for (zone, saturday, start, end, expected) in cases {
            let sunday = recurrence(zone, &[(SUNDAY, start, end)], &[]);
            let (earliest, latest) = (format!("{saturday}T03:00:00Z"), format!("{saturday}T23:59:59Z"));
            let latest = latest.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_hours(24);
            assert_eq!(windows(&sunday, &earliest, &latest.to_string()), [expected], "{zone} {saturday}");
        }
        let skipped = recurrence("Europe/London", &[(SUNDAY, hour(1) + 15, hour(1) + 45)], &[]);
        assert_eq!(windows(&skipped, "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"), [""; 0]);
    }

    #[test]
    fn the_leap_day_is_the_last_of_its_kind() {
        let last = recurrence("Europe/London", &[(TUESDAY, hour(22), hour(26))], &[WeekOfMonth::Last]);
        assert_eq!(
            windows(&last, "2028-02-01T00:00:00Z", "2028-03-20T00:00:00Z"),
            ["02-29 22:00+00:00 01 02:00+00:00"]
        );
    }
}
