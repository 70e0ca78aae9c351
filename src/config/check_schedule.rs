//! Checks business hours.

use std::collections::BTreeMap;
use std::path::Path;

use crate::channel::schedule::{Hours, Schedule};
use crate::config::Located;
use crate::config::calendar::{DayRange, HoursRange, day_name};
use crate::config::holidays::read_holidays;
use crate::config::problem::Report;
use crate::config::raw_schedule::RawSchedule;

pub(super) const MINUTES_PER_DAY: u16 = 24 * 60;

/// Hours by day of the week as they are written.
type RawWeekly = Located<BTreeMap<DayRange, Vec<HoursRange>>>;

/// The checked form of a schedule, its file of holidays read; complains about days given twice, hours that overlap, a
/// week without hours and a file that cannot be read.
pub(crate) fn check_schedule(report: &mut Report<'_, '_>, raw: &RawSchedule, directory: &Path) -> Schedule {
    let weekly = check_weekly(report, &raw.weekly);
    if weekly.iter().all(Vec::is_empty) {
        report.at(raw.weekly.location, "a schedule has opening hours on at least one day");
    }
    let holidays_file = raw.holidays_file.as_ref().map(|file| directory.join(&file.value));
    let holidays_of_file = raw.holidays_file.iter().zip(&holidays_file).map(|(written, file)| {
        let read = read_holidays(file).map_err(|reason| format!("cannot {reason}"));
        report.check(written.location, read).unwrap_or_default()
    });
    let holidays_of_file = holidays_of_file.flatten().collect();
    Schedule {
        zone: raw.timezone.0.clone(),
        weekly,
        holidays: raw.holidays.iter().map(|date| date.0).collect(),
        holidays_file,
        holidays_of_file,
    }
}

/// Hours by day of the week, Monday first, each day's in order; complains about days given twice and hours that overlap.
pub(super) fn check_weekly(report: &mut Report<'_, '_>, raw: &RawWeekly) -> [Vec<Hours>; 7] {
    let mut weekly: [Vec<Hours>; 7] = Default::default();
    let mut given = [None; 7];
    for (range, hours) in &raw.value {
        for day in range.days() {
            let index = usize::from(day.to_monday_zero_offset().unsigned_abs());
            let (Some(of_day), Some(by)) = (weekly.get_mut(index), given.get_mut(index)) else { continue };
            if let Some(other) = by.replace(*range) {
                let message = format!("{} is given twice: by `{other}` and by `{range}`", day_name(day));
                report.at(raw.location, message);
            }
            *of_day = hours.iter().map(|hours| Hours { start: hours.start, end: hours.end }).collect();
            of_day.sort();
        }
    }
    check_overlaps(report, raw, &weekly);
    weekly
}

/// Complains about the hours of a day that begin before earlier ones end, those of the day before included.
fn check_overlaps(report: &mut Report<'_, '_>, raw: &RawWeekly, weekly: &[Vec<Hours>; 7]) {
    let days = raw.value.keys().flat_map(|range| range.days());
    for day in days {
        let index = usize::from(day.to_monday_zero_offset().unsigned_abs());
        let before =
            weekly[(index + 6) % 7].last().map_or(0, |hours| hours.end.saturating_sub(MINUTES_PER_DAY));
        let mut free_from = before;
        for hours in &weekly[index] {
            if hours.start < free_from {
                report.at(raw.location, format!("hours of {} overlap", day_name(day)));
                break;
            }
            free_from = hours.end;
        }
    }
}
