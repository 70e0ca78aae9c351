//! Checks maintenance windows.

use jiff::ToSpan;
use serde_saphyr::Location;

use crate::channel::recurrence::Recurrence;
use crate::channel::schedule::{Maintenance, When};
use crate::config::Located;
use crate::config::calendar::WeekName;
use crate::config::check_schedule::{MINUTES_PER_DAY, check_weekly};
use crate::config::problem::Report;
use crate::config::raw_schedule::RawMaintenance;

/// Characters that a description has at most: it becomes a part of explanations.
const LONGEST_DESCRIPTION: usize = 200;
/// Days in which every day of the week has been the first, second, third, fourth and last of its month.
const EVERY_WEEK_OF_MONTH: usize = 62;

/// The checked form of a maintenance window, if it says when it takes place.
pub(crate) fn check_maintenance(
    report: &mut Report<'_, '_>,
    raw: &Located<RawMaintenance>,
) -> Option<Maintenance> {
    if let Some(description) = &raw.description {
        check_description(report, description);
    }
    Some(Maintenance {
        targets: raw.targets.iter().map(|name| name.value.clone()).collect(),
        channels: raw.channels.clone(),
        description: raw.description.as_ref().map(|description| description.value.clone()),
        when: check_when(report, raw)?,
    })
}

fn check_description(report: &mut Report<'_, '_>, written: &Located<String>) {
    let length = written.chars().count();
    if written.trim().is_empty() {
        report.at(
            written.location,
            "the description is empty; leave the key out where there is nothing to say",
        );
    } else if written.chars().any(char::is_control) {
        report.at(
            written.location,
            "the description is one line of text, without tabs and other control characters",
        );
    } else if length > LONGEST_DESCRIPTION {
        let message =
            format!("the description has {length} characters; it has at most {LONGEST_DESCRIPTION}");
        report.at(written.location, message);
    }
}

fn check_when(report: &mut Report<'_, '_>, raw: &Located<RawMaintenance>) -> Option<When> {
    match (first_key_of_once(raw), first_key_of_recurring(raw)) {
        (None, None) => {
            report.at(raw.location, "a window has `start` and `end`, or `timezone` and `weekly`");
            None
        }
        (Some(_), Some((key, location))) => {
            let message = format!(
                "a window comes once (`start`, `end`) or again and again (`timezone`, `weekly`); `{key}` does not go with the former"
            );
            report.at(location, message);
            None
        }
        (Some(place), None) => check_once(report, raw, place),
        (None, Some(place)) => check_recurring(report, raw, place),
    }
}

/// A key and the place of its value.
type Key = (&'static str, Location);

fn first_key_of_once(raw: &RawMaintenance) -> Option<Key> {
    let start = raw.start.map(|start| ("start", start.location));
    start.or_else(|| raw.end.map(|end| ("end", end.location)))
}

fn first_key_of_recurring(raw: &RawMaintenance) -> Option<Key> {
    let keys = [
        raw.timezone.as_ref().map(|zone| ("timezone", zone.location)),
        raw.weekly.as_ref().map(|weekly| ("weekly", weekly.location)),
        raw.weeks_of_month.as_ref().map(|weeks| ("weeks_of_month", weeks.location)),
        raw.from.map(|from| ("from", from.location)),
        raw.until.map(|until| ("until", until.location)),
    ];
    keys.into_iter().flatten().next()
}

fn check_once(report: &mut Report<'_, '_>, raw: &RawMaintenance, (key, location): Key) -> Option<When> {
    let (Some(start), Some(end)) = (raw.start, raw.end) else {
        let missing = if key == "start" { "end" } else { "start" };
        report.at(location, format!("a window with `{key}` has `{missing}` too"));
        return None;
    };
    if end.value <= start.value {
        let message = format!("the window ends at {}, not after its start at {}", end.value, start.value);
        report.at(end.location, message);
        return None;
    }
    Some(When::Once { start: start.value.0, end: end.value.0 })
}

fn check_recurring(report: &mut Report<'_, '_>, raw: &RawMaintenance, (key, location): Key) -> Option<When> {
    let (Some(zone), Some(weekly)) = (&raw.timezone, &raw.weekly) else {
        let missing = match (&raw.timezone, &raw.weekly) {
            (Some(_), None) => "`weekly`",
            (None, Some(_)) => "`timezone`",
            _ => "`timezone` and `weekly`",
        };
        report.at(location, format!("a window with `{key}` has {missing} too"));
        return None;
    };
    let recurrence = Recurrence {
        zone: zone.0.clone(),
        weekly: check_weekly(report, weekly),
        weeks_of_month: raw.weeks_of_month.iter().flat_map(|weeks| &weeks.value).map(|week| week.0).collect(),
        from: raw.from.map(|from| from.value.0),
        until: raw.until.map(|until| until.value.0),
    };
    if let Some(weeks) = &raw.weeks_of_month {
        check_weeks(report, weeks);
    }
    if recurrence.weekly.iter().all(Vec::is_empty) {
        report.at(weekly.location, "a recurring window has hours on at least one day");
    } else if is_endless(&recurrence) {
        report.at(weekly.location, "these hours never end: leave some out, or give the window an `until`");
    } else if let Some(until) = raw.until {
        check_until(report, &recurrence, until.location);
    }
    Some(When::Recurring(recurrence))
}

fn check_weeks(report: &mut Report<'_, '_>, weeks: &Located<Vec<WeekName>>) {
    if weeks.is_empty() {
        report.at(weeks.location, "weeks_of_month names no week; leave the key out for every week");
    }
    for (index, week) in weeks.iter().enumerate() {
        if weeks.iter().take(index).any(|other| other == week) {
            report.at(weeks.location, format!("weeks_of_month names `{week}` twice"));
        }
    }
}

/// Whether a window is always on.
fn is_endless(recurrence: &Recurrence) -> bool {
    let minutes = recurrence.weekly.iter().flatten().map(|hours| usize::from(hours.end - hours.start));
    let never_stops = recurrence.weeks_of_month.is_empty() && recurrence.until.is_none();
    never_stops && minutes.sum::<usize>() >= 7 * usize::from(MINUTES_PER_DAY)
}

/// Complains about a last date before the first, and about dates between which no window begins.
fn check_until(report: &mut Report<'_, '_>, recurrence: &Recurrence, location: Location) {
    let (Some(from), Some(until)) = (recurrence.from, recurrence.until) else { return };
    if until < from {
        report.at(location, format!("`until` is {until}, before `from` on {from}"));
        return;
    }
    let mut dates = from.series(1.day()).take_while(|date| *date <= until).take(EVERY_WEEK_OF_MONTH);
    if dates.all(|date| recurrence.hours_on(date).is_empty()) {
        let message = format!("the window never takes place: none of its days is from {from} until {until}");
        report.at(location, message);
    }
}
