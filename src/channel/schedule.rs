//! Business hours and maintenance windows as data; nothing here looks at a clock.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::channel::recurrence::Recurrence;

/// Business hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The zone in which hours and holidays are meant.
    pub zone: TimeZone,
    /// Hours by day of the week, Monday first; each day's in order and without overlap. An empty day is closed.
    pub weekly: [Vec<Hours>; 7],
    /// Days that are closed all day.
    pub holidays: BTreeSet<Date>,
    /// An iCalendar file whose all-day events are holidays too; absolute, or relative to the working directory.
    pub holidays_file: Option<PathBuf>,
    /// The holidays of that file, as they were when the configuration was read.
    pub holidays_of_file: BTreeSet<Date>,
}

/// Opening hours that begin on one day, in minutes since that day's midnight by the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    /// First minute, below 1440.
    pub start: u16,
    /// The minute after the last one: above `start`; above 1440 where the hours run over midnight, at most 2879.
    pub end: u16,
}

/// Planned windows: one, or one that comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Maintenance {
    /// Names of the targets it is about; empty for all.
    pub targets: Vec<String>,
    /// Ids or names of the channels it is about; empty for all channels of the targets.
    pub channels: Vec<String>,
    /// What is done, in words for people.
    pub description: Option<String>,
    /// When it takes place.
    pub when: When,
}

/// When a planned window takes place.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once {
        /// When it begins.
        start: Timestamp,
        /// When it ends; after `start`.
        end: Timestamp,
    },
    /// Again and again.
    Recurring(Recurrence),
}
