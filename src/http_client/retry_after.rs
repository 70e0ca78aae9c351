//! `Retry-After` of RFC 9110, section 10.2.3: seconds or a date.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The shortest pause: a server that answers 429 and "retry at once" is not taken at its word.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause: beyond it we ask again, whatever the server said.
const LONGEST: Duration = Duration::from_mins(15);

/// How long the server wants to be left alone, between 1 s and 15 min; `None` where it does not say.
///
/// A date counts from the answer's own `Date`, so that a clock that is wrong on either side does no harm.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => LONGEST,
        Err(_) => until(date(text)?, headers),
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}

fn until(moment: Timestamp, headers: &HeaderMap) -> Duration {
    let answered = headers.get(header::DATE).and_then(|value| value.to_str().ok()).and_then(date);
    let wait = moment.duration_since(answered.unwrap_or_else(Timestamp::now));
    Duration::try_from(wait).unwrap_or(Duration::ZERO)
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use jiff::fmt::rfc2822::DateTimePrinter;

    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([
            (header::RETRY_AFTER, HeaderValue::from_str(retry_after).unwrap()),
            (header::DATE, HeaderValue::from_static("Mon, 02 Mar 2026 12:00:00 GMT")),
        ])
    }

    #[test]
    fn seconds_and_dates_are_understood_and_bounded() {
        let cases = [
            ("42", Some(42)),
            (" 42 ", Some(42)),
            ("0", Some(1)),
            ("86400", Some(900)),
            ("99999999999999999999999", Some(900)),
            ("Mon, 02 Mar 2026 12:01:30 GMT", Some(90)),
            ("Mon, 02 Mar 2026 13:01:30 GMT", Some(900)),
            ("Mon, 02 Mar 2026 11:59:00 GMT", Some(1)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(wait(&headers(text)), seconds.map(Duration::from_secs), "{text:?}");
        }
        assert_eq!(wait(&HeaderMap::new()), None);
    }

    #[test]
    fn without_a_date_of_the_answer_our_own_clock_counts() {
        let text = DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&(Timestamp::now() + Duration::from_mins(2)))
            .unwrap();
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_str(&text).unwrap())]);
        let wait = wait(&headers).unwrap();
        assert!((100..=120).contains(&wait.as_secs()), "{wait:?}");
    }
}
