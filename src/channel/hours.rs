//! Whether a schedule is open at an instant, and when that changes.
//!
//! Hours are meant by the wall clock of the schedule's zone. Where the clock is put forward, what lies in the gap does not
//! take place; where it is put back, hours run from the first time the clock shows their start to the last time it is
//! before their end, so they are never broken in two. A holiday is closed from its midnight to the next: hours that
//! begin on it do not take place, and hours of the evening before end at its midnight.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::channel::schedule::{Hours, Schedule};

/// How far ahead a change is looked for.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(366 * 24);

const MINUTES_PER_DAY: u16 = 24 * 60;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Days around a date whose hours can hold an instant of it: hours reach over midnight, and so can a change of the clock.
pub(super) const DAYS_AROUND: i32 = 2;

/// An open time: from the first instant up to, not including, the second.
pub(super) type Opening = (Timestamp, Timestamp);

impl Schedule {
    /// Whether `now` is within business hours.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let today = now.to_zoned(self.zone.clone()).date();
        let days = (-DAYS_AROUND..=1).filter_map(|day| after(today, day));
        days.flat_map(|date| self.openings(date)).any(|opening| holds(&opening, now))
    }

    /// The first instant after `now` at which [`Schedule::is_open`] differs from what it is at `now`; `None` without one
    /// within [`HORIZON`].
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let latest = now.checked_add(HORIZON).ok()?;
        let today = now.to_zoned(self.zone.clone()).date();
        let mut open_until = self.is_open(now).then_some(now);
        let mut ahead: Vec<Opening> = Vec::new();
        let mut day = -DAYS_AROUND;
        loop {
            let date = after(today, day)?;
            ahead.extend(self.openings(date));
            ahead.sort_unstable();
            // Openings of later days begin after the instants that this day's neighbours can still reach.
            let settled = start_of_day(&self.zone, after(date, -1)?)?;
            match &mut open_until {
                Some(until) => {
                    for (start, end) in &ahead {
                        if *start <= *until {
                            *until = (*until).max(*end);
                        }
                    }
                    if *until > now && *until < settled {
                        return Some(*until).filter(|until| *until <= latest);
                    }
                }
                None => {
                    if let Some((start, _)) = ahead.iter().find(|(start, _)| *start > now)
                        && *start < settled
                    {
                        return Some(*start).filter(|start| *start <= latest);
                    }
                }
            }
            if settled > latest {
                return None;
            }
            ahead.retain(|(_, end)| *end > now && open_until.is_none_or(|until| *end > until));
            day += 1;
        }
    }

    /// The open times that begin on `date`, in order.
    fn openings(&self, date: Date) -> Vec<Opening> {
        if self.is_holiday(date) {
            return Vec::new();
        }
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let hours = self.weekly.get(day).map_or(&[][..], Vec::as_slice);
        let holiday_follows = after(date, 1).is_some_and(|next| self.is_holiday(next));
        let latest = if holiday_follows { MINUTES_PER_DAY } else { u16::MAX };
        let until_latest = hours.iter().map(|hours| Hours { end: hours.end.min(latest), ..*hours });
        until_latest.filter_map(|hours| opening(&self.zone, date, hours)).collect()
    }

    fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&date) || self.holidays_of_file.contains(&date)
    }
}

/// When `hours` of `date` take place by the clock of `zone`; `None` where the clock skips all of them.
pub(super) fn opening(zone: &TimeZone, date: Date, hours: Hours) -> Option<Opening> {
    let start = opens(zone, wall_clock(date, hours.start)?)?;
    let end = closes(zone, wall_clock(date, hours.end)?)?;
    (start < end).then_some((start, end))
}

fn holds((start, end): &Opening, instant: Timestamp) -> bool {
    *start <= instant && instant < *end
}

/// The date so many days later.
pub(super) fn after(date: Date, days: i32) -> Option<Date> {
    date.checked_add(days.days()).ok()
}

fn start_of_day(zone: &TimeZone, date: Date) -> Option<Timestamp> {
    opens(zone, date.to_datetime(jiff::civil::Time::midnight()))
}

/// What the clock shows so many minutes after the midnight of `date`, changes of the clock left aside.
fn wall_clock(date: Date, minutes: u16) -> Option<DateTime> {
    date.to_datetime(jiff::civil::Time::midnight()).checked_add(i64::from(minutes).minutes()).ok()
}

/// The first instant at which the clock shows `time` or later.
fn opens(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => end_of_gap(zone, time),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
    }
}

/// The end of the last minute in which the clock is before `time`.
fn closes(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    let last_minute = time.checked_sub(1.minute()).ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(last_minute);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => end_of_gap(zone, last_minute),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.later().ok()?.checked_add(MINUTE).ok()
        }
    }
}

/// The instant at which the clock skips `time`, which does not exist.
fn end_of_gap(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    // Read with the offset after the change, a time of the gap lies before the change.
    let before = zone.to_ambiguous_timestamp(time).earlier().ok()?;
    zone.following(before).next().map(|change| change.timestamp())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const MONDAY: usize = 0;
    const THURSDAY: usize = 3;
    const SATURDAY: usize = 5;
    const SUNDAY: usize = 6;

    /// A schedule of (day from Monday, hours such as `22:00-30:00`).
    fn schedule(zone: &str, hours: &[(usize, &str)], holidays: &[&str]) -> Schedule {
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        for (day, hours) in hours {
            let (start, end) = hours.split_once('-').unwrap();
            let minutes = |text: &str| {
                let (hours, minutes) = text.split_once(':').unwrap();
                hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
            };
            weekly[*day].push(Hours { start: minutes(start), end: minutes(end) });
        }
        Schedule {
            zone: TimeZone::get(zone).unwrap(),
            weekly,
            holidays: holidays.iter().map(|date| date.parse().unwrap()).collect(),
            holidays_file: None,
            holidays_of_file: BTreeSet::new(),
        }
    }

    fn every_day(hours: &'static str) -> Vec<(usize, &'static str)> {
        (0..7).map(|day| (day, hours)).collect()
    }

    /// The next changes from `from` on, in the schedule's time: `+` opens, `-` closes.
    fn changes(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
        let mut now: Timestamp = from.parse().unwrap();
        let mut changes = Vec::new();
        while changes.len() < count {
            let Some(next) = schedule.next_change(now) else { break };
            assert_ne!(schedule.is_open(next), schedule.is_open(now), "{next}");
            let sign = if schedule.is_open(next) { '+' } else { '-' };
            changes.push(format!("{sign}{}", next.to_zoned(schedule.zone.clone()).strftime("%d %H:%M%:z")));
            now = next;
        }
        changes
    }

    #[test]
    fn hours_hold_by_the_zones_clock() {
        let cases = [
            ("Asia/Kathmandu", "2026-03-02T03:14:59Z", false),
            ("Asia/Kathmandu", "2026-03-02T03:15:00Z", true),
            ("Asia/Kathmandu", "2026-03-02T12:14:59.999Z", true),
            ("Asia/Kathmandu", "2026-03-02T12:15:00Z", false),
            ("Australia/Adelaide", "2026-03-01T22:30:00Z", true),
            ("Australia/Adelaide", "2026-03-02T07:30:00Z", false),
            ("Australia/Adelaide", "2026-07-05T22:30:00Z", false),
            ("Australia/Adelaide", "2026-07-05T23:30:00Z", true),
        ];
        for (zone, now, expected) in cases {
            let schedule = schedule(zone, &[(MONDAY, "09:00-18:00")], &[]);
            assert_eq!(schedule.is_open(now.parse().unwrap()), expected, "{zone} {now}");
        }
    }

    #[test]
    fn hours_in_the_gap_of_spring_do_not_take_place() {
        // On 29 March 2026 London's clock goes from 01:00 to 02:00.
        let cases = [
            ("01:15-01:45", ["+05 01:15+01:00", "-05 01:45+01:00"]),
            ("01:30-02:30", ["+29 02:00+01:00", "-29 02:30+01:00"]),
            ("00:30-01:30", ["+29 00:30+00:00", "-29 02:00+01:00"]),
            ("00:30-01:00", ["+29 00:30+00:00", "-29 02:00+01:00"]),
            ("02:00-03:00", ["+29 02:00+01:00", "-29 03:00+01:00"]),
            ("00:00-24:00", ["+29 00:00+00:00", "-30 00:00+01:00"]),
        ];
        for (hours, expected) in cases {
            let schedule = schedule("Europe/London", &[(SUNDAY, hours)], &[]);
            assert_eq!(changes(&schedule, "2026-03-28T12:00:00Z", 2), expected, "{hours}");
        }
    }

    #[test]
    fn hours_in_the_fold_of_autumn_are_not_broken_in_two() {
        // On 25 October 2026 London's clock goes from 02:00 back to 01:00.
        let cases = [
            ("01:15-01:45", ["+25 01:15+01:00", "-25 01:45+00:00"]),
            ("01:30-02:30", ["+25 01:30+01:00", "-25 02:30+00:00"]),
            ("00:30-01:30", ["+25 00:30+01:00", "-25 01:30+00:00"]),
            ("00:30-01:00", ["+25 00:30+01:00", "-25 01:00+01:00"]),
            ("02:00-03:00", ["+25 02:00+00:00", "-25 03:00+00:00"]),
        ];
        for (hours, expected) in cases {
            let schedule = schedule("Europe/London", &[(SUNDAY, hours)], &[]);
            assert_eq!(changes(&schedule, "2026-10-24T12:00:00Z", 2), expected, "{hours}");
        }
    }

    #[test]
    fn overnight_hours_run_over_a_change_of_the_clock() {
        let night = schedule("Europe/London", &[(SATURDAY, "22:00-30:00")], &[]);
        assert_eq!(changes(&night, "2026-03-28T12:00:00Z", 2), ["+28 22:00+00:00", "-29 06:00+01:00"]);
        assert_eq!(changes(&night, "2026-10-24T12:00:00Z", 2), ["+24 22:00+01:00", "-25 06:00+00:00"]);
        let night = schedule("Australia/Adelaide", &[(SATURDAY, "22:00-26:30")], &[]);
        assert_eq!(changes(&night, "2026-10-03T00:00:00Z", 2), ["+03 22:00+09:30", "-04 03:00+10:30"]);
    }

    #[test]
    fn a_holiday_is_closed_from_midnight_to_midnight() {
        // Christmas Day 2026 is a Friday.
        let night = schedule("Europe/London", &every_day("22:00-30:00"), &["2026-12-25"]);
        assert_eq!(
            changes(&night, "2026-12-24T12:00:00Z", 4),
            ["+24 22:00+00:00", "-25 00:00+00:00", "+26 22:00+00:00", "-27 06:00+00:00"]
        );
        let day = schedule("Europe/London", &every_day("00:00-24:00"), &["2026-12-25"]);
        assert_eq!(changes(&day, "2026-12-24T12:00:00Z", 3), ["-25 00:00+00:00", "+26 00:00+00:00"]);
        let mut of_file = schedule("Europe/London", &every_day("00:00-24:00"), &[]);
        of_file.holidays_of_file.insert("2026-12-25".parse().unwrap());
        assert_eq!(changes(&of_file, "2026-12-24T12:00:00Z", 3), ["-25 00:00+00:00", "+26 00:00+00:00"]);
    }

    #[test]
    fn the_leap_day_is_a_day_like_others() {
        let tuesday = schedule("Europe/London", &[(1, "08:00-18:00")], &[]);
        assert_eq!(changes(&tuesday, "2028-02-28T12:00:00Z", 2), ["+29 08:00+00:00", "-29 18:00+00:00"]);
        let holiday = schedule("Europe/London", &every_day("08:00-18:00"), &["2028-02-29"]);
        assert_eq!(changes(&holiday, "2028-02-28T12:00:00Z", 2), ["-28 18:00+00:00", "+01 08:00+00:00"]);
    }

    #[test]
    fn hours_that_meet_at_midnight_are_one() {
        let two = schedule("Europe/London", &[(MONDAY, "20:00-24:00"), (1, "00:00-04:00")], &[]);
        assert_eq!(changes(&two, "2026-03-02T12:00:00Z", 2), ["+02 20:00+00:00", "-03 04:00+00:00"]);
    }

    #[test]
    fn a_day_that_its_zone_skips_has_no_hours() {
        // Apia went from Thursday 29 to Saturday 31 December 2011.
        let friday = schedule("Pacific/Apia", &[(4, "08:00-18:00"), (THURSDAY, "20:00-26:00")], &[]);
        assert_eq!(
            changes(&friday, "2011-12-29T22:00:00Z", 3),
            ["+29 20:00-10:00", "-31 00:00+14:00", "+05 20:00+14:00"]
        );
    }

    #[test]
    fn what_never_changes_has_no_next_change() {
        let now = "2026-03-02T12:00:00Z".parse().unwrap();
        let never = schedule("Europe/London", &[], &[]);
        assert!(!never.is_open(now));
        assert_eq!(never.next_change(now), None);
        let always = schedule("Europe/London", &every_day("00:00-24:00"), &[]);
        assert!(always.is_open(now));
        assert_eq!(always.next_change(now), None);
        assert_eq!(always.next_change(Timestamp::MAX), None);
        assert_eq!(always.next_change(Timestamp::MIN), None);
    }

    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/London",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Adelaide",
        "Australia/Lord_Howe",
        "America/Havana",
        "Pacific/Chatham",
    ];

    prop_compose! {
        fn any_schedule()(
            zone in prop::sample::select(&ZONES[..]),
            days in prop::collection::vec((0..7_usize, 0..1440_u16, 1..1440_u16), 0..8),
            holidays in prop::collection::btree_set(0..730_i32, 0..10),
        ) -> Schedule {
            let mut schedule = schedule(zone, &[], &[]);
            for (day, start, length) in days {
                schedule.weekly[day].push(Hours { start, end: start + length });
            }
            let first: Date = "2026-01-01".parse().unwrap();
            schedule.holidays = holidays.into_iter().filter_map(|day| after(first, day)).collect();
            schedule
        }
    }

    proptest! {
        #[test]
        fn the_next_change_is_the_first_instant_that_differs(
            schedule in any_schedule(),
            now in 1_767_225_600_i64..1_830_000_000,
            samples in prop::collection::vec(0.0..1.0_f64, 40),
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let is_open = schedule.is_open(now);
            let next = schedule.next_change(now);
            if let Some(next) = next {
                prop_assert!(next > now);
                prop_assert_ne!(schedule.is_open(next), is_open);
                prop_assert_eq!(schedule.is_open(next - SignedDuration::from_nanos(1)), is_open);
            }
            let end = next.unwrap_or(now + HORIZON);
            let length = end.duration_since(now).as_secs_f64();
            let quarters = (0..96).map(|quarter| f64::from(quarter) * 900.0);
            for offset in samples.iter().map(|share| share * length).chain(quarters) {
                let instant = now + SignedDuration::from_secs_f64(offset);
                if instant < end {
                    prop_assert_eq!(schedule.is_open(instant), is_open, "{}", instant);
                }
            }
        }

        #[test]
        fn away_from_changes_of_the_clock_the_wall_clock_decides(
            schedule in any_schedule(),
            now in 1_767_225_600_i64..1_830_000_000,
        ) {
            let local = Timestamp::from_second(now).unwrap().to_zoned(schedule.zone.clone());
            let day = SignedDuration::from_hours(26);
            let offset = |instant: Timestamp| schedule.zone.to_offset(instant);
            let (before, later) = (local.timestamp() - day - day, local.timestamp() + day);
            prop_assume!(offset(before) == local.offset() && offset(later) == local.offset());
            let minute = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
            let within = |date: Date, minute: u16| {
                let hours = &schedule.weekly[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
                !schedule.is_holiday(date) && hours.iter().any(|hours| hours.start <= minute && minute < hours.end)
            };
            let (today, yesterday) = (local.date(), after(local.date(), -1).unwrap());
            let expected = within(today, minute)
                || (!schedule.is_holiday(today) && within(yesterday, minute + MINUTES_PER_DAY));
            prop_assert_eq!(schedule.is_open(local.timestamp()), expected, "{}", local);
        }
    }
}
