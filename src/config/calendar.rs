//! Scalar values of schedules: days of the week, hours, dates and moments, checked as they are read.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::channel::recurrence::WeekOfMonth;

const DAY_NAMES: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The three letters of a day, as the configuration spells it.
pub fn day_name(day: Weekday) -> &'static str {
    DAY_NAMES[usize::from(day.to_monday_zero_offset().unsigned_abs()) % 7].0
}

fn parse_day(text: &str) -> Option<Weekday> {
    DAY_NAMES.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

/// A day of the week or a range of days: `sat`, `mon-fri`, over the weekend `sat-mon`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    first: Weekday,
    last: Weekday,
}

impl DayRange {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(Self { first: parse_day(first.trim())?, last: parse_day(last.trim())? })
    }

    /// One day.
    pub fn day(day: Weekday) -> Self {
        Self { first: day, last: day }
    }

    /// Every day of the range, in order.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        let length = self.first.until(self.last).unsigned_abs();
        self.first.cycle_forward().take(usize::from(length) + 1)
    }

    fn sort_key(self) -> (i8, i8) {
        (self.first.to_monday_zero_offset(), self.last.to_monday_zero_offset())
    }
}

impl PartialOrd for DayRange {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DayRange {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.sort_key().cmp(&other.sort_key())
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            formatter.write_str(day_name(self.first))
        } else {
            write!(formatter, "{}-{}", day_name(self.first), day_name(self.last))
        }
    }
}

/// Hours of a day: `08:00-18:00`; `22:00-06:00` ends on the next day, `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursRange {
    /// First minute, counted from midnight; below 1440.
    pub start: u16,
    /// The minute after the last one, counted from the same midnight; above `start`, and above 1440 over midnight.
    pub end: u16,
}

impl HoursRange {
    const MINUTES_PER_DAY: u16 = 24 * 60;

    fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once('-')?;
        let (start, end) = (parse_minute(start.trim())?, parse_minute(end.trim())?);
        if start == Self::MINUTES_PER_DAY || start == end {
            return None;
        }
        let end = if end < start { end + Self::MINUTES_PER_DAY } else { end };
        Some(Self { start, end })
    }
}

/// Minutes since midnight of `HH:MM`, up to `24:00`.
fn parse_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= HoursRange::MINUTES_PER_DAY).then_some(minute)
}

impl fmt::Display for HoursRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > Self::MINUTES_PER_DAY { self.end - Self::MINUTES_PER_DAY } else { self.end };
        let (start_hour, start_minute) = (self.start / 60, self.start % 60);
        write!(formatter, "{start_hour:02}:{start_minute:02}-{:02}:{:02}", end / 60, end % 60)
    }
}

/// Which of the same days of the week in a month: `second`, `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekName(pub WeekOfMonth);

impl WeekName {
    fn parse(text: &str) -> Option<Self> {
        WeekOfMonth::ALL.into_iter().find(|week| week.label() == text).map(Self)
    }
}

impl fmt::Display for WeekName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.label())
    }
}

/// A date: `2026-12-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IsoDate(pub Date);

impl fmt::Display for IsoDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A moment with its offset from UTC: `2026-12-05T22:00:00+00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Reads and writes `$type` as a string, and describes it in the JSON Schema.
macro_rules! string_value {
    ($type:ty, $name:literal, $parse:expr, $complaint:literal, $schema:tt) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(&text)
                    .ok_or_else(|| de::Error::custom(format!(concat!("{:?} is not ", $complaint), text)))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

string_value!(DayRange, "DayRange", Self::parse, "a day or a range of days; write it like mon or mon-fri", {
    "type": "string",
    "pattern": "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$",
    "description": "A day of the week or a range of days, such as sat or mon-fri.",
});
string_value!(HoursRange, "HoursRange", Self::parse, "a range of hours; write it like 08:00-18:00", {
    "type": "string",
    "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$",
    "description": "Hours such as 08:00-18:00; an end before the start is on the next day, 24:00 ends the day.",
});
string_value!(
    WeekName,
    "WeekOfMonth",
    Self::parse,
    "a week of a month; write first, second, third, fourth or last",
    {
        "type": "string",
        "enum": ["first", "second", "third", "fourth", "last"],
        "description": "Which of the same days of the week in a month: the second Tuesday, the last Sunday.",
    }
);
string_value!(IsoDate, "Date", |text| text.parse().ok().map(Self), "a date; write it like 2026-12-25", {
    "type": "string",
    "format": "date",
    "description": "A date such as 2026-12-25.",
});
string_value!(
    Moment,
    "Moment",
    |text| text.parse().ok().map(Self),
    "a moment with an offset from UTC; write it like 2026-12-05T22:00:00+01:00",
    {
        "type": "string",
        "format": "date-time",
        "description": "A moment with its offset from UTC, such as 2026-12-05T22:00:00+01:00.",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_ranges_run_over_the_weekend() {
        let days = |text| {
            DayRange::parse(text).map(|range| range.days().map(day_name).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(days("wed").as_deref(), Some("wed"));
        assert_eq!(days("mon-fri").as_deref(), Some("mon tue wed thu fri"));
        assert_eq!(days("sat-mon").as_deref(), Some("sat sun mon"));
        assert_eq!(days("mon-sun").as_deref(), Some("mon tue wed thu fri sat sun"));
        for text in ["Monday", "mon-", "-", "", "mon-fri-sun"] {
            assert_eq!(days(text), None, "{text}");
        }
    }

    #[test]
    fn hours_may_run_over_midnight_but_not_be_empty() {
        let cases = [
            ("08:00-18:00", Some((480, 1080))),
            ("00:00-24:00", Some((0, 1440))),
            ("22:00-06:00", Some((1320, 1800))),
            ("22:00-00:00", Some((1320, 1440))),
            ("08:00-08:00", None),
            ("24:00-06:00", None),
            ("8:00-18:00", None),
            ("08:00-24:01", None),
            ("08:60-18:00", None),
            ("08:00", None),
        ];
        for (text, expected) in cases {
            assert_eq!(HoursRange::parse(text).map(|hours| (hours.start, hours.end)), expected, "{text}");
        }
        assert_eq!(HoursRange::parse("22:00-06:00").map(|hours| hours.to_string()).unwrap(), "22:00-06:00");
        assert_eq!(HoursRange::parse("00:00-24:00").map(|hours| hours.to_string()).unwrap(), "00:00-24:00");
    }
}
