//! Which maintenance window of a channel is on, and which is next.
//!
//! Windows that touch or overlap are one, with the descriptions of all.

use jiff::{SignedDuration, Timestamp};

use crate::channel::hours::Opening;
use crate::channel::schedule::{Maintenance, When};

/// How long before its start a window is shown.
pub const SHOWN_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Days around now in which windows are looked for, one attempt after the other: most that matter are near. A window
/// that began before the last of these, or ends after it, may be told shorter than it is.
const DAYS_AROUND: [i64; 3] = [9, 40, 366];
/// How long windows that come back are not looked for again: beyond the last of the attempts there may be others.
const SEARCH_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// A planned window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// What is done, in words for people: one line, as configured; `None` where nothing is said of it.
    pub description: Option<String>,
}

/// The windows of a channel as they are at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The window that is on.
    pub current: Option<MaintenanceWindow>,
    /// The first window that begins later.
    pub next: Option<MaintenanceWindow>,
    /// Until when this holds and [`Outlook::shown`] stays the same; `None` for ever.
    pub until: Option<Timestamp>,
}

impl Outlook {
    /// What `planned` comes to at `now`.
    pub fn of(planned: &[&Maintenance], now: Timestamp) -> Self {
        let mut outlook = Self::default();
        for days in DAYS_AROUND {
            let around = SignedDuration::from_hours(24 * days);
            let earliest = now.checked_sub(around).unwrap_or(Timestamp::MIN);
            let latest = now.checked_add(around).unwrap_or(Timestamp::MAX);
            let merged = merge(occurrences(planned, earliest, latest));
            let current = merged.iter().find(|window| window.start <= now && now < window.end);
            let next = merged.iter().find(|window| window.start > now);
            let is_whole = |window: &Merged<'_>| earliest < window.start && window.end < latest;
            let is_settled = current.is_none_or(is_whole) && next.is_some_and(is_whole);
            outlook.current = current.map(Merged::window);
            outlook.next = next.map(Merged::window);
            if is_settled {
                break;
            }
        }
        let recurs = planned.iter().any(|planned| matches!(planned.when, When::Recurring(_)));
        outlook.until = outlook.find_until(now, recurs);
        outlook
    }

    /// The window that readers are shown: the one that is on, or the next one within [`SHOWN_BEFORE`].
    pub fn shown(&self, now: Timestamp) -> Option<&MaintenanceWindow> {
        let is_near = |window: &&MaintenanceWindow| window.start.duration_since(now) <= SHOWN_BEFORE;
        self.current.as_ref().or_else(|| self.next.as_ref().filter(is_near))
    }

    /// When a window begins or ends next.
    pub fn next_change(&self) -> Option<Timestamp> {
        let end = self.current.as_ref().map(|window| window.end);
        let start = self.next.as_ref().map(|window| window.start);
        end.into_iter().chain(start).min()
    }

    fn find_until(&self, now: Timestamp, recurs: bool) -> Option<Timestamp> {
        let next = self.next.as_ref();
        let shown_from = next.and_then(|window| window.start.checked_sub(SHOWN_BEFORE).ok());
        let again = if recurs { now.checked_add(SEARCH_HOLDS).ok() } else { None };
        let all = [self.next_change(), shown_from.filter(|instant| *instant > now), again];
        all.into_iter().flatten().min()
    }
}

/// Windows that touch or overlap.
#[derive(Debug)]
struct Merged<'a> {
    start: Timestamp,
    end: Timestamp,
    /// Each once, in the order in which the windows begin.
    descriptions: Vec<&'a str>,
}

impl Merged<'_> {
    fn window(&self) -> MaintenanceWindow {
        let description = (!self.descriptions.is_empty()).then(|| self.descriptions.join("; "));
        MaintenanceWindow { start: self.start, end: self.end, description }
    }
}

/// A window on its own, with its description.
type Occurrence<'a> = (Opening, Option<&'a str>);

/// The windows between two instants; those that come once wherever they are.
fn occurrences<'a>(
    planned: &[&'a Maintenance],
    earliest: Timestamp,
    latest: Timestamp,
) -> Vec<Occurrence<'a>> {
    let mut all = Vec::new();
    for planned in planned {
        let description = planned.description.as_deref();
        match &planned.when {
            When::Once { start, end } => all.push(((*start, *end), description)),
            When::Recurring(recurrence) => {
                all.extend(recurrence.between(earliest, latest).map(|opening| (opening, description)));
            }
        }
    }
    all
}

fn merge(mut occurrences: Vec<Occurrence<'_>>) -> Vec<Merged<'_>> {
    occurrences.sort_by_key(|(opening, _)| *opening);
    let mut all: Vec<Merged<'_>> = Vec::new();
    for ((start, end), description) in occurrences {
        match all.last_mut().filter(|window| start <= window.end) {
            Some(window) => {
                window.end = window.end.max(end);
                let new = description.filter(|description| !window.descriptions.contains(description));
                window.descriptions.extend(new);
            }
            None => all.push(Merged { start, end, descriptions: description.into_iter().collect() }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::channel::recurrence::{Recurrence, WeekOfMonth};
    use crate::channel::schedule::Hours;

    fn at(text: &str) -> Timestamp {
        format!("2026-{text}:00Z").parse().unwrap()
    }

    fn planned(description: &str, when: When) -> Maintenance {
        let description = (!description.is_empty()).then(|| description.to_owned());
        Maintenance { targets: vec![], channels: vec![], description, when }
    }

    fn once(description: &str, start: &str, end: &str) -> Maintenance {
        planned(description, When::Once { start: at(start), end: at(end) })
    }

    /// Windows in UTC of (day from Monday, first hour, hour after the last).
    fn weekly(description: &str, hours: &[(usize, u16, u16)]) -> Maintenance {
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        for (day, start, end) in hours {
            weekly[*day].push(Hours { start: start * 60, end: end * 60 });
        }
        let (zone, weeks_of_month) = (TimeZone::UTC, [].into());
        planned(
            description,
            When::Recurring(Recurrence { zone, weekly, weeks_of_month, from: None, until: None }),
        )
    }

    fn outlook(all: &[Maintenance], now: &str) -> Outlook {
        Outlook::of(&all.iter().collect::<Vec<_>>(), at(now))
    }

    fn in_words(window: Option<&MaintenanceWindow>) -> String {
        let Some(MaintenanceWindow { start, end, description }) = window else { return "none".to_owned() };
        let (start, end) = (start.strftime("%m-%dT%H:%M"), end.strftime("%m-%dT%H:%M"));
        format!("{start} {end} {}", description.as_deref().unwrap_or("-"))
    }

    /// What is on, what is next, what is shown, and when that changes.
    fn told(all: &[Maintenance], now: &str) -> [String; 4] {
        let outlook = outlook(all, now);
        let until =
            outlook.until.map_or("never".to_owned(), |until| until.strftime("%m-%dT%H:%M").to_string());
        let shown = in_words(outlook.shown(at(now)));
        [in_words(outlook.current.as_ref()), in_words(outlook.next.as_ref()), shown, until]
    }

    #[test]
    fn windows_that_touch_or_overlap_are_one() {
        let all = [
            once("", "03-20T00:00", "03-20T01:00"),
            once("network", "03-02T12:30", "03-02T14:00"),
            once("database", "03-02T12:00", "03-02T13:00"),
            once("database", "03-02T14:00", "03-02T15:00"),
            once("", "03-02T12:10", "03-02T12:20"),
        ];
        let (first, second) = ("03-02T12:00 03-02T15:00 database; network", "03-20T00:00 03-20T01:00 -");
        assert_eq!(told(&all, "02-20T00:00"), ["none", first, "none", "02-23T12:00"]);
        assert_eq!(told(&all, "02-23T12:00"), ["none", first, first, "03-02T12:00"]);
        assert_eq!(told(&all, "03-02T12:00"), [first, second, first, "03-02T15:00"]);
        assert_eq!(told(&all, "03-02T14:59"), [first, second, first, "03-02T15:00"]);
        assert_eq!(told(&all, "03-02T15:00"), ["none", second, "none", "03-13T00:00"]);
        assert_eq!(told(&all, "03-20T01:00"), ["none", "none", "none", "never"]);
    }

    #[test]
    fn a_window_that_comes_back_is_merged_with_one_that_comes_once() {
        // 2 March 2026 is a Monday.
        let all =
            [weekly("backup", &[(0, 22, 24), (1, 0, 2)]), once("upgrade", "03-03T02:00", "03-03T04:00")];
        let (first, second) = ("03-02T22:00 03-03T04:00 backup; upgrade", "03-09T22:00 03-10T02:00 backup");
        assert_eq!(told(&all, "03-02T00:00"), ["none", first, first, "03-02T22:00"]);
        assert_eq!(told(&all, "03-03T03:59"), [first, second, first, "03-03T04:00"]);
        assert_eq!(told(&all, "03-03T04:00"), ["none", second, second, "03-04T04:00"]);
        assert_eq!(outlook(&all, "03-03T04:00").next_change(), Some(at("03-09T22:00")));
    }

    #[test]
    fn long_windows_are_whole_wherever_now_is() {
        let days: Vec<_> = (0..7).map(|day| (day, 0, 24)).collect();
        let mut all = [weekly("move", &days)];
        let When::Recurring(recurrence) = &mut all[0].when else { panic!("it recurs") };
        recurrence.from = Some("2026-02-01".parse().unwrap());
        recurrence.until = Some("2026-06-30".parse().unwrap());
        let whole = "02-01T00:00 07-01T00:00 move";
        assert_eq!(told(&all, "01-20T00:00"), ["none", whole, "none", "01-21T00:00"]);
        for now in ["02-01T00:00", "02-08T12:00", "04-01T00:00", "06-30T23:59"] {
            assert_eq!(told(&all, now)[0], whole, "{now}");
        }
        assert_eq!(told(&all, "07-01T00:00")[..2], ["none", "none"]);
        let year = [once("", "01-01T00:00", "12-31T00:00")];
        assert_eq!(told(&year, "06-01T00:00")[0], "01-01T00:00 12-31T00:00 -");
    }

    #[test]
    fn the_next_window_may_be_months_ahead() {
        let mut all = [weekly("", &[(0, 22, 24)])];
        let When::Recurring(recurrence) = &mut all[0].when else { panic!("it recurs") };
        recurrence.from = Some("2026-12-01".parse().unwrap());
        assert_eq!(told(&all, "03-01T00:00"), ["none", "12-07T22:00 12-08T00:00 -", "none", "03-02T00:00"]);
    }

    #[test]
    fn nothing_breaks_at_the_ends_of_time() {
        let all = [weekly("", &[(0, 22, 24)])];
        let all: Vec<&Maintenance> = all.iter().collect();
        assert_eq!(Outlook::of(&all, Timestamp::MAX).next, None);
        assert_eq!(Outlook::of(&all, Timestamp::MIN).current, None);
        assert_eq!(Outlook::of(&[], at("03-01T00:00")), Outlook::default());
    }

    const ZONES: [&str; 5] =
        ["UTC", "Europe/London", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe"];

    prop_compose! {
        fn any_recurring()(
            zone in prop::sample::select(&ZONES[..]),
            days in prop::collection::vec((0..7_usize, 0..1440_u16, 1..1440_u16), 1..5),
            weeks in prop::collection::btree_set(prop::sample::select(&WeekOfMonth::ALL[..]), 0..3),
            from in prop::option::of(0..400_i32),
            length in prop::option::of(0..200_i32),
        ) -> Maintenance {
            let mut weekly: [Vec<Hours>; 7] = Default::default();
            for (day, start, length) in days {
                weekly[day].push(Hours { start, end: start + length });
                weekly[day].sort();
            }
            let first: Date = "2026-01-01".parse().unwrap();
            let date = |days: i32| first + jiff::Span::new().days(days);
            let (zone, weeks_of_month) = (TimeZone::get(zone).unwrap(), weeks);
            let until = length.map(|length| date(from.unwrap_or(200) + length));
            let from = from.map(date);
            planned("", When::Recurring(Recurrence { zone, weekly, weeks_of_month, from, until }))
        }
    }

    /// Whether a recurring window is on, found out without what is under test: by the clock on the wall. Only good where
    /// the clock does not change near by.
    fn is_on(planned: &Maintenance, now: Timestamp) -> bool {
        let When::Recurring(recurrence) = &planned.when else { return false };
        let local = now.to_zoned(recurrence.zone.clone());
        let minute = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
        let holds = |date: Date, minute: u16| {
            recurrence.hours_on(date).iter().any(|hours| hours.start <= minute && minute < hours.end)
        };
        holds(local.date(), minute) || holds(local.date().yesterday().unwrap(), minute + 1440)
    }

    proptest! {
        #[test]
        fn what_is_told_is_what_holds_minute_by_minute(
            all in prop::collection::vec(any_recurring(), 1..4),
            now in 29_453_760_i64..30_500_000,
            samples in prop::collection::vec(0.0..1.0_f64, 60),
        ) {
            let now = Timestamp::from_second(now * 60).unwrap();
            let Outlook { current, next, until } = Outlook::of(&all.iter().collect::<Vec<_>>(), now);
            let until = until.unwrap();
            prop_assert!(now < until && until <= now + SEARCH_HOLDS);
            if let (Some(current), Some(next)) = (&current, &next) {
                prop_assert!(current.end < next.start);
            }
            let first = current.as_ref().map_or(now, |current| current.start);
            let last = next.as_ref().map_or(now + SHOWN_BEFORE, |next| next.end);
            let length = last.duration_since(first).as_secs_f64();
            let instants = samples.iter().map(|share| first + SignedDuration::from_secs_f64(share * length));
            for instant in instants {
                let day = SignedDuration::from_hours(50);
                let steady = all.iter().all(|planned| {
                    let When::Recurring(Recurrence { zone, .. }) = &planned.when else { return true };
                    zone.to_offset(instant - day) == zone.to_offset(instant + day)
                });
                if steady {
                    let mut told = current.iter().chain(&next);
                    let is_told = told.any(|window| window.start <= instant && instant < window.end);
                    let holds = all.iter().any(|planned| is_on(planned, instant));
                    prop_assert_eq!(is_told, holds, "{}", instant);
                }
            }
        }
    }
}
