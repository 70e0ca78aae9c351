//! Business hours and maintenance windows as users type them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::calendar::{DayRange, HoursRange, IsoDate, Moment};
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

/// A planned window, once from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMaintenance {
    /// Names of the targets it is about; all where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Located<String>>,
    /// Ids or names of the channels it is about; all channels of the targets where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// When it begins.
    pub start: Moment,
    /// When it ends.
    pub end: Located<Moment>,
}
