//! The vendor's shapes of outages and of their dates. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::http_client::{Failure, Reply};
use crate::platform::body::Parsed;
use crate::platform::chime::wire;
use crate::platform::fields::Fields;

/// An outage that somebody announced for a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// `QueueID`.
    pub queue_id: String,
    /// `QueueName`.
    pub queue_name: Option<String>,
    /// `OutageID`.
    pub id: Option<String>,
    /// `isActive`.
    pub active: Option<bool>,
    /// `isPlanned`.
    pub planned: Option<bool>,
    /// `isUpcoming`.
    pub upcoming: Option<bool>,
    /// `OutageStart`, where the server's time zone is known.
    pub start: Option<Timestamp>,
    /// `OutageStop`, where the server's time zone is known; an open end has none.
    pub stop: Option<Timestamp>,
}

impl Outage {
    /// Whether it lies ahead: what the server says, else whether it starts after `now`, else not.
    pub fn is_upcoming(&self, now: Timestamp) -> bool {
        self.upcoming.or_else(|| self.start.map(|start| start > now)).unwrap_or(false)
    }

    /// Whether it is on: what the server says, else whether it does not lie ahead, for the list that `GetAllOutages`
    /// gives has no ended ones.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.active.unwrap_or_else(|| !self.is_upcoming(now))
    }
}

/// Reads `GetAllOutages` or `GetQueueOutages`; dates are read only where the server's time zone is known.
pub fn outages(reply: &Reply, zone: Option<&TimeZone>) -> Result<Parsed<Vec<Outage>>, Failure> {
    let mut parsed = wire::list_of(reply, "QueueID", |queue_id, fields| {
        let (start, stop) = (date(fields, "OutageStart", zone), date(fields, "OutageStop", zone));
        let outage = Outage {
            queue_id: queue_id.to_owned(),
            queue_name: fields.text("QueueName").filter(|name| !name.trim().is_empty()),
            id: fields.text("OutageID").filter(|id| !id.trim().is_empty()),
            active: fields.boolean("isActive"),
            planned: fields.boolean("isPlanned"),
            upcoming: fields.boolean("isUpcoming"),
            start: start.as_ref().ok().copied().flatten(),
            stop: stop.as_ref().ok().copied().flatten(),
        };
        (outage, [start.err(), stop.err()])
    })?;
    let defects =
        parsed.value.iter_mut().flat_map(|(_, defects)| defects.iter_mut().filter_map(Option::take));
    parsed.failures.extend(defects);
    let value = parsed.value.into_iter().map(|(outage, _)| outage).collect();
    Ok(without_repetitions(Parsed { value, failures: parsed.failures }))
}

/// Reads a local date and time as the server writes it: `2022-02-3T16:58:52.83`, where month, day and the parts of
/// the time may lack a leading zero and the fraction has up to nine digits or is missing.
pub fn parse_local(text: &str) -> Option<DateTime> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = integers(date, '-')?;
    let [hour, minute, second] = integers(time, ':')?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let [hour, minute, second] =
        [i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?];
    Some(date.to_datetime(Time::new(hour, minute, second, nanoseconds(fraction)?).ok()?))
}

/// A date of the server as a moment; an offset written with it wins over `zone`. The year 1 is how .NET writes "none".
fn date(
    fields: &mut Fields<'_>,
    field: &'static str,
    zone: Option<&TimeZone>,
) -> Result<Option<Timestamp>, Failure> {
    let Some(zone) = zone else { return Ok(None) };
    let Some(text) = fields.text(field).filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let moment = match parse_local(&text) {
        Some(local) if local.year() <= 1 => return Ok(None),
        Some(local) => zone.to_timestamp(local).ok(),
        None => text.trim().parse().ok(),
    };
    moment.map(Some).ok_or_else(|| Failure::parse(format!("field {field} is a string, not a date and time")))
}

fn integers(text: &str, separator: char) -> Option<[i16; 3]> {
    let mut parts = text.split(separator);
    let mut next = || {
        let part = parts.next()?;
        let plain = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let integers = [next()?, next()?, next()?];
    parts.next().is_none().then_some(integers)
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    let plain = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if plain { format!("{fraction:0<9}").parse().ok() } else { None }
}

/// An outage without an identifier cannot be told from another one, so only those with one are compared.
fn without_repetitions(parsed: Parsed<Vec<Outage>>) -> Parsed<Vec<Outage>> {
    let (known, unknown) = parsed.value.into_iter().partition(|outage| outage.id.is_some());
    let known = Parsed { value: known, failures: parsed.failures };
    let mut parsed = wire::unique(known, "an outage is listed twice", |outage: &Outage| {
        (outage.queue_id.clone(), outage.id.clone())
    });
    parsed.value.extend::<Vec<Outage>>(unknown);
    parsed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::chime::wire::tests::{messages, reply};

    /// The sample of `GetAllOutages` in the vendor's guide; the creator's name is made up.
    const SAMPLE: &str = r#"[
    {
        "QueueID":1, "OutageID":2, "CreatorID":4, "CreatorName":"An Administrator",
        "QueueName":"Load Testing Queue", "CreatedTime":"2022-02-3T16:58:52.83",
        "Title":"Email Servers Down", "Body":"Email servers will be up by 1:00 EST",
        "isScheduled":true, "isActive":true, "isPlanned":true, "isUpcoming":false,
        "OutageStart":"2022-02-3T16:56:00", "OutageStop":"2022-02-3T20:56:00"
    },
    {
        "QueueID":2, "OutageID":3, "CreatorID":4, "CreatorName":"An Administrator",
        "QueueName":"Instant Support Queue", "CreatedTime":"2022-03-08T14:02:57.27",
        "Title":"Email Down until 12:30 EST", "Body":"We are restarting the email servers",
        "isScheduled":true, "isActive":true, "isPlanned":false, "isUpcoming":false,
        "OutageStart":"2022-03-08T14:02:57.257", "OutageStop":null
    }
]"#;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_documented_outages_are_read() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let parsed = outages(&reply(200, SAMPLE), Some(&zone)).unwrap();
        let planned = Outage {
            queue_id: "1".to_owned(),
            queue_name: Some("Load Testing Queue".to_owned()),
            id: Some("2".to_owned()),
            active: Some(true),
            planned: Some(true),
            upcoming: Some(false),
            start: Some(moment("2022-02-03T21:56:00Z")),
            stop: Some(moment("2022-02-04T01:56:00Z")),
        };
        let unplanned = Outage {
            queue_id: "2".to_owned(),
            queue_name: Some("Instant Support Queue".to_owned()),
            id: Some("3".to_owned()),
            planned: Some(false),
            start: Some(moment("2022-03-08T19:02:57.257Z")),
            stop: None,
            ..planned.clone()
        };
        assert_eq!(parsed.value, [planned, unplanned]);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn without_a_time_zone_dates_are_not_looked_at() {
        let body = SAMPLE.replace("2022-02-3T16:56:00", "the third of February");
        let parsed = outages(&reply(200, &body), None).unwrap();
        assert!(parsed.value.iter().all(|outage| outage.start.is_none() && outage.stop.is_none()));
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn defective_outages_are_named_and_the_others_stay() {
        let body = r#"[{"OutageID": 1}, {"queueid": 1, "outageid": 1, "OutageStart": "soon", "isActive": "so"},
            {"QueueID": 1, "OutageID": "1"}, {"QueueID": 2, "OutageStop": "0001-01-01T00:00:00"}]"#;
        let parsed = outages(&reply(200, body), Some(&TimeZone::UTC)).unwrap();
        let ids: Vec<_> = parsed.value.iter().map(|outage| (outage.queue_id.as_str(), outage.stop)).collect();
        assert_eq!(ids, [("1", None), ("2", None)]);
        assert_eq!(
            messages(&parsed.failures),
            [
                "field QueueID is missing, not an identifier",
                "field isActive is a string, not a boolean",
                "field OutageStart is a string, not a date and time",
                "an outage is listed twice",
            ]
        );
    }

    #[test]
    fn booleans_win_over_dates() {
        let now = moment("2026-03-02T12:00:00Z");
        let later = moment("2026-03-03T12:00:00Z");
        let cases = [
            (Some(true), Some(false), Some(later), (true, false)),
            (None, None, Some(later), (false, true)),
            (None, None, Some(now), (true, false)),
            (None, None, None, (true, false)),
            (None, Some(true), None, (false, true)),
            (Some(false), None, None, (false, false)),
        ];
        for (active, upcoming, start, expected) in cases {
            let outage = Outage {
                queue_id: "1".to_owned(),
                queue_name: None,
                id: None,
                active,
                planned: None,
                upcoming,
                start,
                stop: None,
            };
            assert_eq!((outage.is_active(now), outage.is_upcoming(now)), expected, "{outage:?}");
        }
    }

    #[test]
    fn dates_without_padding_and_with_fractions_are_read() {
        let cases = [
            ("2022-02-3T16:58:52.83", "2022-02-03T16:58:52.83"),
            ("2020-10-20T17:26:47.487", "2020-10-20T17:26:47.487"),
            ("2022-2-3 6:5:4", "2022-02-03T06:05:04"),
            ("2022-03-08T14:02:57.2571234", "2022-03-08T14:02:57.2571234"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_local(text).map(|date| date.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "2022-02-03",
            "2022-02-30T00:00:00",
            "2022-02-03T24:00:00",
            "2022-02-03T10:00",
            "2022-02-03T1:2:3.",
            "a-b-cT1:2:3",
            "2022-02-03T10:00:00Z",
            "2022-02--3T10:00:00",
        ] {
            assert_eq!(parse_local(text), None, "{text}");
        }
    }

    #[test]
    fn local_times_that_do_not_exist_or_exist_twice_are_decided() {
        let zone = TimeZone::get("Europe/London").unwrap();
        for (local, expected) in [
            ("2026-03-29T01:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
            ("2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00Z"),
        ] {
            let body = format!(r#"{{"QueueID": 1, "OutageStart": "{local}"}}"#);
            let parsed = outages(&reply(200, &body), Some(&zone)).unwrap();
            assert_eq!(parsed.value[0].start, Some(moment(expected)), "{local}");
        }
    }

    proptest! {
        #[test]
        fn every_padding_of_a_date_means_the_same(
            (year, month, day) in (1970_i16..2100, 1_i8..=12, 1_i8..=28),
            (hour, minute, second, millisecond) in (0_i8..24, 0_i8..60, 0_i8..60, 0_i32..1_000),
        ) {
            let expected = jiff::civil::datetime(year, month, day, hour, minute, second, millisecond * 1_000_000);
            let padded = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}");
            let bare = format!("{year}-{month}-{day}T{hour}:{minute}:{second}.{millisecond:03}");
            prop_assert_eq!(parse_local(&padded), Some(expected));
            prop_assert_eq!(parse_local(&bare), Some(expected));
        }

        #[test]
        fn no_text_makes_the_date_reader_panic(text in ".{0,40}") {
            let _ = parse_local(&text);
        }
    }
}
