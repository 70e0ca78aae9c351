//! Business hours and patience in words.

use crate::channel::schedule::{Hours, Schedule};
use crate::channel::threshold::{Thresholds, Worsen};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A schedule as lines, such as `Monday to Friday 08:00–18:00`; days in a row with the same hours share one.
pub(super) fn lines(schedule: &Schedule) -> Vec<String> {
    let mut lines = Vec::new();
    let mut first = 0;
    for (last, hours) in schedule.weekly.iter().enumerate() {
        if schedule.weekly.get(last + 1) == Some(hours) {
            continue;
        }
        let days = match last - first {
            0 => DAYS[first].to_owned(),
            1 => format!("{} and {}", DAYS[first], DAYS[last]),
            _ => format!("{} to {}", DAYS[first], DAYS[last]),
        };
        lines.push(format!("{days} {}", hours_in_words(hours)));
        first = last + 1;
    }
    let holidays = schedule.holidays.union(&schedule.holidays_of_file).count();
    match holidays {
        0 => {}
        1 => lines.push("closed on 1 holiday".to_owned()),
        count => lines.push(format!("closed on {count} holidays")),
    }
    lines
}

/// The zone in which a schedule is meant.
pub(super) fn zone(schedule: &Schedule) -> String {
    schedule.zone.iana_name().unwrap_or("local time").to_owned()
}

/// How many evaluations it takes to change a status.
pub(super) fn patience(thresholds: &Thresholds) -> String {
    let worse = match thresholds.worsen {
        Worsen::InARow(1) => "at the first evaluation that is worse".to_owned(),
        Worsen::InARow(count) => format!("after {count} evaluations in a row that are worse"),
        Worsen::OutOf { failures, evaluations } => {
            format!("after {failures} of the newest {evaluations} evaluations are worse")
        }
    };
    let better = match thresholds.after_successes {
        1 => "at the first that is better".to_owned(),
        count => format!("after {count} in a row that are better"),
    };
    format!("A status gets worse {worse}, and better {better}.")
}

fn hours_in_words(hours: &[Hours]) -> String {
    let time = |minute: u16| {
        let minute = minute % 1440;
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    let words = |hours: &Hours| match (hours.start, hours.end) {
        (0, 1440) => "all day".to_owned(),
        (start, 1440) => format!("{}–24:00", time(start)),
        (start, end) => format!("{}–{}", time(start), time(end)),
    };
    if hours.is_empty() {
        "closed".to_owned()
    } else {
        hours.iter().map(words).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn days_in_a_row_with_the_same_hours_share_a_line() {
        let office = vec![Hours { start: 8 * 60, end: 12 * 60 }, Hours { start: 13 * 60, end: 18 * 60 + 30 }];
        let (night, day) =
            (vec![Hours { start: 22 * 60, end: 30 * 60 }], vec![Hours { start: 0, end: 1440 }]);
        let evening = vec![Hours { start: 18 * 60, end: 1440 }];
        let schedule = Schedule {
            zone: TimeZone::get("Europe/London").unwrap(),
            weekly: [office.clone(), office.clone(), office, night, evening, day, vec![]],
            holidays: [jiff::civil::date(2026, 12, 25)].into(),
            holidays_file: None,
            holidays_of_file: [jiff::civil::date(2026, 12, 25), jiff::civil::date(2026, 12, 26)].into(),
        };
        let expected = [
            "Monday to Wednesday 08:00–12:00, 13:00–18:30",
            "Thursday 22:00–06:00",
            "Friday 18:00–24:00",
            "Saturday all day",
            "Sunday closed",
            "closed on 2 holidays",
        ];
        assert_eq!(lines(&schedule), expected);
        assert_eq!(zone(&schedule), "Europe/London");
    }

    #[test]
    fn patience_is_a_sentence() {
        let with = |worsen, after_successes| {
            patience(&Thresholds { worsen, after_successes, ..Thresholds::default() })
        };
        assert_eq!(
            with(Worsen::InARow(2), 3),
            "A status gets worse after 2 evaluations in a row that are worse, and better after 3 in a row that are \
             better."
        );
        assert_eq!(
            with(Worsen::OutOf { failures: 3, evaluations: 5 }, 1),
            "A status gets worse after 3 of the newest 5 evaluations are worse, and better at the first that is better."
        );
    }
}
