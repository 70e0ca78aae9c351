//! Reads holidays from an iCalendar file (RFC 5545): its all-day events.

use std::collections::BTreeSet;
use std::path::Path;

use icalendar::parser::{Component, Property, read_calendar, unfold};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Yearly events are followed up to this year.
const LAST_YEAR: i16 = 2199;
/// An event that lasts longer is taken for a mistake.
const MAX_DAYS: usize = 366;
/// Properties that move single occurrences of an event; none of them is understood.
const NOT_UNDERSTOOD: [&str; 2] = ["RDATE", "RECURRENCE-ID"];

/// The days of all all-day events in the file; events with a time of day and cancelled ones are passed over.
///
/// # Errors
/// A fragment that reads well after "cannot": the file cannot be read or is no calendar, or a date or a rule of an
/// all-day event is not understood. Of rules, yearly ones on the event's own day are.
pub(crate) fn read_holidays(path: &Path) -> Result<BTreeSet<Date>, String> {
    let name = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("read the holidays file {name}: {error}"))?;
    holidays(&text).map_err(|reason| format!("use the holidays file {name}: {reason}"))
}

fn holidays(text: &str) -> Result<BTreeSet<Date>, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with("BEGIN:VCALENDAR") || !text.ends_with("END:VCALENDAR") {
        return Err("it is not an iCalendar file, or not a whole one".to_owned());
    }
    let text = unfold(text);
    // The parser's own message shows lines of the file, which may hold anything.
    let calendar = read_calendar(&text).map_err(|_| "it is damaged".to_owned())?;
    let mut days = BTreeSet::new();
    for event in calendar.components.iter().filter(|component| component.name == "VEVENT") {
        days.extend(days_of(event)?);
    }
    Ok(days)
}

/// The days of one event; none if it is no all-day event.
fn days_of(event: &Component<'_>) -> Result<Vec<Date>, String> {
    let start = event.find_prop("DTSTART").ok_or("an event has no DTSTART")?;
    let is_cancelled =
        event.find_prop("STATUS").is_some_and(|status| status.val.as_str().eq_ignore_ascii_case("CANCELLED"));
    if is_cancelled || !is_day(start) {
        return Ok(Vec::new());
    }
    let start = date(start)?;
    if let Some(name) = NOT_UNDERSTOOD.iter().find(|name| event.find_prop(name).is_some()) {
        return Err(format!("the event of {start} has {name}, which is not understood"));
    }
    let length = length(event, start)?;
    let mut excluded = BTreeSet::new();
    for exception in event.properties.iter().filter(|property| property.name == "EXDATE") {
        for value in exception.val.as_str().split(',') {
            excluded.insert(parse_date(value)?);
        }
    }
    let starts = match event.find_prop("RRULE") {
        Some(rule) => yearly(start, rule.val.as_str())?,
        None => vec![start],
    };
    let starts = starts.into_iter().filter(|start| !excluded.contains(start));
    Ok(starts.flat_map(|start| start.series(1.day()).take(length)).collect())
}

/// Whether a property's value is a date without a time.
fn is_day(property: &Property<'_>) -> bool {
    !property.val.as_str().contains('T')
}

fn date(property: &Property<'_>) -> Result<Date, String> {
    parse_date(property.val.as_str())
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::strptime("%Y%m%d", text.trim()).map_err(|_| format!("{text:?} is not a date"))
}

/// Days that an event lasts: up to, not including, `DTEND`, or `DURATION` whole days, else one.
fn length(event: &Component<'_>, start: Date) -> Result<usize, String> {
    let end = match (event.find_prop("DTEND"), event.find_prop("DURATION")) {
        (Some(end), _) => date(end)?,
        (None, Some(duration)) => duration
            .val
            .as_str()
            .parse::<Span>()
            .and_then(|span| start.checked_add(span))
            .map_err(|_| format!("the DURATION of the event of {start} is not understood"))?,
        (None, None) => return Ok(1),
    };
    let days = start.until(end).map_or(0, |span| span.get_days());
    // An end on the day of the start is what some programs write for a single day.
    let days = if end == start { 1 } else { days };
    usize::try_from(days)
        .ok()
        .filter(|days| (1..=MAX_DAYS).contains(days))
        .ok_or_else(|| format!("the event of {start} ends on {end}"))
}

/// The occurrences of an event that recurs every year, or every few years, on the day of its start.
fn yearly(start: Date, rule: &str) -> Result<Vec<Date>, String> {
    let not_understood = || {
        format!(
            "the event of {start} recurs by {rule:?}; only yearly rules on the event's own day are understood"
        )
    };
    let (mut interval, mut count, mut until, mut is_yearly) = (1_i16, usize::MAX, Date::MAX, false);
    for part in rule.split(';') {
        let (key, value) = part.split_once('=').ok_or_else(not_understood)?;
        let is_own = |own: i8| value.parse() == Ok(own);
        match key {
            "FREQ" if value == "YEARLY" => is_yearly = true,
            "INTERVAL" => {
                interval = value.parse().ok().filter(|given| *given > 0).ok_or_else(not_understood)?;
            }
            "COUNT" => count = value.parse().map_err(|_| not_understood())?,
            "UNTIL" => until = parse_date(value.get(..8).unwrap_or(value))?,
            "BYMONTH" if is_own(start.month()) => {}
            "BYMONTHDAY" if is_own(start.day()) => {}
            "WKST" => {}
            _ => return Err(not_understood()),
        }
    }
    if !is_yearly {
        return Err(not_understood());
    }
    let years = (start.year()..=LAST_YEAR).step_by(interval.unsigned_abs().into());
    let dates = years.filter_map(|year| Date::new(year, start.month(), start.day()).ok());
    Ok(dates.take_while(|date| *date <= until).take(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &str) -> String {
        let lines = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\n{events}END:VCALENDAR\n");
        lines.replace('\n', "\r\n")
    }

    fn event(lines: &str) -> String {
        calendar(&format!("BEGIN:VEVENT\nUID:1@example.com\n{lines}\nSUMMARY:Closed\nEND:VEVENT\n"))
    }

    fn days(text: &str) -> Result<String, String> {
        let days = holidays(text)?;
        Ok(days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn all_day_events_are_holidays() {
        let cases = [
            ("DTSTART;VALUE=DATE:20261225", "2026-12-25"),
            ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226", "2026-12-25"),
            ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225", "2026-12-25"),
            ("DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270102", "2026-12-31 2027-01-01"),
            ("DTSTART;VALUE=DATE:20280228\nDURATION:P2D", "2028-02-28 2028-02-29"),
            ("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED", ""),
            ("DTSTART;TZID=Europe/London:20261224T120000\nDTEND;TZID=Europe/London:20261224T130000", ""),
            ("DTSTART:20261224T120000Z\nRRULE:FREQ=WEEKLY", ""),
        ];
        for (lines, expected) in cases {
            assert_eq!(days(&event(lines)).as_deref(), Ok(expected), "{lines}");
        }
        assert_eq!(days(&calendar("")).as_deref(), Ok(""));
        assert_eq!(
            days(&format!("\u{feff}{}", event("DTSTART;VALUE=D\n ATE:20261225"))).as_deref(),
            Ok("2026-12-25")
        );
    }

    #[test]
    fn yearly_events_come_back() {
        let cases = [
            ("20241225", "FREQ=YEARLY;COUNT=3", "2024-12-25 2025-12-25 2026-12-25"),
            ("20241225", "FREQ=YEARLY;INTERVAL=2;UNTIL=20281225", "2024-12-25 2026-12-25 2028-12-25"),
            (
                "20241225",
                "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;UNTIL=20251225T000000Z",
                "2024-12-25 2025-12-25",
            ),
            ("20240229", "FREQ=YEARLY;COUNT=2", "2024-02-29 2028-02-29"),
            ("20241225", "FREQ=YEARLY;COUNT=2\nEXDATE;VALUE=DATE:20241225", "2025-12-25"),
        ];
        for (start, rule, expected) in cases {
            let event = event(&format!("DTSTART;VALUE=DATE:{start}\nRRULE:{rule}"));
            assert_eq!(days(&event).as_deref(), Ok(expected), "{rule}");
        }
        let endless = holidays(&event("DTSTART;VALUE=DATE:20241225\nRRULE:FREQ=YEARLY")).unwrap();
        assert_eq!(endless.last().map(ToString::to_string).as_deref(), Some("2199-12-25"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let own_day = "only yearly rules on the event's own day are understood";
        let cases = [
            (
                "BEGIN:VCARD\nEND:VCARD".to_owned(),
                "it is not an iCalendar file, or not a whole one".to_owned(),
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_owned(),
                "it is not an iCalendar file, or not a whole one".to_owned(),
            ),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR".to_owned(), "it is damaged".to_owned()),
            (event("DTSTAMP:20260101T000000Z"), "an event has no DTSTART".to_owned()),
            (event("DTSTART;VALUE=DATE:20261325"), "\"20261325\" is not a date".to_owned()),
            (
                event("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261224"),
                "the event of 2026-12-25 ends on 2026-12-24".to_owned(),
            ),
            (
                event("DTSTART;VALUE=DATE:20261225\nRDATE;VALUE=DATE:20261226"),
                "the event of 2026-12-25 has RDATE, which is not understood".to_owned(),
            ),
            (
                event("DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"),
                format!("the event of 2026-05-25 recurs by \"FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\"; {own_day}"),
            ),
            (
                event("DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=WEEKLY"),
                format!("the event of 2026-05-25 recurs by \"FREQ=WEEKLY\"; {own_day}"),
            ),
        ];
        for (text, message) in cases {
            assert_eq!(days(&text), Err(message), "{text}");
        }
    }
}
