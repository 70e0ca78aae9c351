//! Checks business hours and maintenance windows.

use std::path::Path;

use crate::channel::schedule::{Hours, Maintenance, Schedule};
use crate::config::calendar::day_name;
use crate::config::holidays::read_holidays;
use crate::config::problem::Report;
use crate::config::raw_schedule::{RawMaintenance, RawSchedule};

const MINUTES_PER_DAY: u16 = 24 * 60;

/// The checked form of a schedule, its file of holidays read; complains about days given twice, hours that overlap and a
/// file that cannot be read.
pub(crate) fn check_schedule(report: &mut Report<'_, '_>, raw: &RawSchedule, directory: &Path) -> Schedule {
    let mut weekly: [Vec<Hours>; 7] = Default::default();
    let mut given = [None; 7];
    for (range, hours) in &raw.weekly.value {
        for day in range.days() {
            let index = usize::from(day.to_monday_zero_offset().unsigned_abs());
            let (Some(of_day), Some(by)) = (weekly.get_mut(index), given.get_mut(index)) else { continue };
            if let Some(other) = by.replace(*range) {
                let message = format!("{} is given twice: by `{other}` and by `{range}`", day_name(day));
                report.at(raw.weekly.location, message);
            }
            *of_day = hours.iter().map(|hours| Hours { start: hours.start, end: hours.end }).collect();
            of_day.sort();
        }
    }
    if weekly.iter().all(Vec::is_empty) {
        report.at(raw.weekly.location, "a schedule has opening hours on at least one day");
    }
    check_overlaps(report, raw, &weekly);
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

/// Complains about the hours of a day that begin before earlier ones end, those of the day before included.
fn check_overlaps(report: &mut Report<'_, '_>, raw: &RawSchedule, weekly: &[Vec<Hours>; 7]) {
    let days = raw.weekly.value.keys().flat_map(|range| range.days());
    for day in days {
        let index = usize::from(day.to_monday_zero_offset().unsigned_abs());
        let before =
            weekly[(index + 6) % 7].last().map_or(0, |hours| hours.end.saturating_sub(MINUTES_PER_DAY));
        let mut free_from = before;
        for hours in &weekly[index] {
            if hours.start < free_from {
                report.at(raw.weekly.location, format!("hours of {} overlap", day_name(day)));
                break;
            }
            free_from = hours.end;
        }
    }
}

/// The checked form of a maintenance window, if it ends after it starts.
pub(crate) fn check_maintenance(report: &mut Report<'_, '_>, raw: &RawMaintenance) -> Option<Maintenance> {
    if raw.end.value <= raw.start {
        let (start, end) = (raw.start, raw.end.value);
        report.at(raw.end.location, format!("the window ends at {end}, not after its start at {start}"));
        return None;
    }
    Some(Maintenance {
        targets: raw.targets.iter().map(|name| name.value.clone()).collect(),
        channels: raw.channels.clone(),
        start: raw.start.0,
        end: raw.end.value.0,
    })
}
