//! Business hours and maintenance windows as users type them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::calendar::{DayRange, HoursRange, IsoDate, Moment, WeekName};
use crate::config::{Located, ZoneName};

/// Business hours.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSchedule {
    /// The zone in which hours and holidays are meant, daylight saving included.
    pub timezone: ZoneName,
    /// Hours by day of the week: `mon` … `sun`, or a range of days such as `mon-fri`. A day that is left out is closed.
    pub weekly: Located<BTreeMap<DayRange, Vec<HoursRange>>>,
    /// Days that are closed all day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<IsoDate>,
    /// An iCalendar file whose all-day events are holidays too; read at a start and at each reload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays_file: Option<Located<PathBuf>>,
}

/// A planned window: once from `start` to `end`, or again and again in the `weekly` hours of a `timezone`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = [{"required": ["start", "end"]}, {"required": ["timezone", "weekly"]}],
    "dependentRequired" = {
        "start": ["end"],
        "end": ["start"],
        "timezone": ["weekly"],
        "weekly": ["timezone"],
        "weeks_of_month": ["weekly"],
        "from": ["weekly"],
        "until": ["weekly"],
    },
))]
pub struct RawMaintenance {
    /// Names of the targets it is about; all where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Located<String>>,
    /// Ids or names of the channels it is about; all channels of the targets where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// What is done, in words for people, such as `database upgrade`: one line of at most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub description: Option<Located<String>>,
    /// When it begins, where it comes once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Located<Moment>>,
    /// When it ends, where it comes once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Located<Moment>>,
    /// The zone in which the hours and dates of a recurring window are meant, daylight saving included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<Located<ZoneName>>,
    /// Hours by the day of the week on which they begin, as in `schedules`; hours over midnight end on the next day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Located<BTreeMap<DayRange, Vec<HoursRange>>>>,
    /// Only these occurrences of the day of the week in its month: with `second` and hours of `tue`, the second Tuesday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weeks_of_month: Option<Located<Vec<WeekName>>>,
    /// The first date on which a recurring window begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Located<IsoDate>>,
    /// The last date on which a recurring window begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Located<IsoDate>>,
}
