//! What is remembered of a poll.

use std::cmp::Reverse;

use http::StatusCode;

use crate::http_client::{self, Failure};
use crate::platform::Reading;
use crate::platform::reading::Answer;
use crate::poll::transitions::{chain, one_line};
use crate::state::PollTiming;
use crate::state::history::{ExchangeRecord, FailureRecord, Outcome, PollRecord};

/// Exchanges that are listed of a poll.
const MOST_EXCHANGES: usize = 16;
/// Failures that are listed of a poll; there are few endpoints with few reasons each.
const MOST_FAILURES: usize = 8;
/// Characters of a failure's text.
const LONGEST_DETAIL: usize = 300;

/// The record of a poll that brought `reading` by these exchanges.
pub(super) fn record(
    collector: &'static str,
    reading: &Reading,
    timing: PollTiming,
    exchanges: &[http_client::ExchangeRecord],
) -> PollRecord {
    let listed = listed(exchanges);
    PollRecord {
        collector,
        ended_at: timing.ended_at,
        duration: timing.duration,
        outcome: outcome(reading),
        omitted: u32::try_from(exchanges.len() - listed.len()).unwrap_or(u32::MAX),
        exchanges: listed,
        failures: failures(reading),
    }
}

fn outcome(reading: &Reading) -> Outcome {
    match (reading.failures().next(), reading.understood()) {
        (None, _) => Outcome::Well,
        (Some(_), true) => Outcome::Partial,
        (Some(_), false) => Outcome::Failed,
    }
}

/// The exchanges without a good answer, then the slowest ones, as many as fit; all in their order.
fn listed(exchanges: &[http_client::ExchangeRecord]) -> Box<[ExchangeRecord]> {
    let mut places: Vec<usize> = (0..exchanges.len()).collect();
    places.sort_by_key(|place| {
        let exchange = &exchanges[*place];
        let is_good = exchange.status.is_some_and(|status| status < 400);
        Reverse((exchange.failure.is_some(), !is_good, exchange.duration))
    });
    places.truncate(MOST_EXCHANGES);
    places.sort_unstable();
    places.into_iter().map(|place| exchange(&exchanges[place])).collect()
}

fn exchange(record: &http_client::ExchangeRecord) -> ExchangeRecord {
    ExchangeRecord {
        endpoint: record.endpoint,
        code: record.status.and_then(|status| StatusCode::from_u16(status).ok()),
        bytes: u32::try_from(record.bytes).unwrap_or(u32::MAX),
        duration: record.duration,
        failure: record.failure,
    }
}

/// The first failure of each reason of an endpoint, in the order of the answers.
fn failures(reading: &Reading) -> Box<[FailureRecord]> {
    let mut first: Vec<(FailureRecord, usize)> = Vec::new();
    for answer in &reading.answers {
        for failure in &answer.failures {
            let is_same =
                |known: &FailureRecord| (known.reason, known.endpoint) == (failure.reason, answer.endpoint);
            if let Some((_, more)) = first.iter_mut().find(|(known, _)| is_same(known)) {
                *more += 1;
            } else if first.len() < MOST_FAILURES {
                let (reason, endpoint, detail) = (failure.reason, answer.endpoint, detail(answer, failure));
                first.push((FailureRecord { reason, endpoint, detail: detail.into() }, 0));
            }
        }
    }
    let counted = first.into_iter().map(|(record, more)| match more {
        0 => record,
        _ => FailureRecord { detail: format!("{} (and {more} more)", record.detail).into(), ..record },
    });
    counted.collect()
}

/// What the log says of a failure, the endpoint left out.
fn detail(answer: &Answer, failure: &Failure) -> String {
    let chain = chain(failure);
    // An item's name comes from the vendor and could hold a line break.
    shortened(&if answer.item.is_empty() { chain } else { one_line(&format!("{}: {chain}", answer.item)) })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_DETAIL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;
    use jiff::Timestamp;
    use tokio::time::Instant;

    use super::*;
    use crate::http_client::Reason;
    use crate::platform::reading::Data;

    fn timing() -> PollTiming {
        PollTiming {
            ended: Instant::now(),
            ended_at: Timestamp::UNIX_EPOCH,
            duration: Duration::from_millis(250),
        }
    }

    fn exchange(endpoint: &'static str, status: Option<u16>, millis: u64) -> http_client::ExchangeRecord {
        http_client::ExchangeRecord {
            endpoint,
            method: Method::GET,
            url: "https://a/queues".to_owned(),
            status,
            failure: status.is_none().then_some(Reason::Connect),
            bytes: 512,
            duration: Duration::from_millis(millis),
        }
    }

    fn failed(endpoint: &'static str, item: &str, reason: Reason) -> Answer {
        let failure = Failure::caused_by(reason, "no answer", std::io::Error::other("broken\npipe"));
        Answer::failed(endpoint, item, failure)
    }

    #[test]
    fn a_poll_is_told_by_its_exchanges_and_failures() {
        let answers = vec![
            failed("GetQueueInfo", "7\n8", Reason::Connect),
            failed("GetQueues", "", Reason::Connect),
            failed("GetQueueInfo", "9", Reason::Connect),
            failed("GetQueueInfo", "10", Reason::Timeout),
            failed("GetQueueInfo", "11", Reason::Connect),
        ];
        let exchanges = [exchange("GetQueues", None, 1), exchange("GetQueueInfo", Some(200), 2)];
        let failure =
            |reason, endpoint, detail: &str| FailureRecord { reason, endpoint, detail: detail.into() };
        let exchange = |endpoint, code, millis, failure| ExchangeRecord {
            endpoint,
            code,
            bytes: 512,
            duration: Duration::from_millis(millis),
            failure,
        };
        let expected = PollRecord {
            collector: "queues",
            ended_at: Timestamp::UNIX_EPOCH,
            duration: Duration::from_millis(250),
            outcome: Outcome::Failed,
            exchanges: Box::new([
                exchange("GetQueues", None, 1, Some(Reason::Connect)),
                exchange("GetQueueInfo", Some(StatusCode::OK), 2, None),
            ]),
            omitted: 0,
            failures: Box::new([
                failure(Reason::Connect, "GetQueueInfo", "7 8: no answer: broken pipe (and 2 more)"),
                failure(Reason::Connect, "GetQueues", "no answer: broken pipe"),
                failure(Reason::Timeout, "GetQueueInfo", "10: no answer: broken pipe"),
            ]),
        };
        assert_eq!(record("queues", &Reading::from(answers), timing(), &exchanges), expected);
    }

    #[test]
    fn the_outcome_says_whether_anything_failed_and_anything_was_understood() {
        let understood = || Answer::understood("GetQueues", "", Data::default(), vec![]);
        let cases = [
            (vec![], Outcome::Well),
            (vec![understood()], Outcome::Well),
            (vec![understood(), failed("GetQueues", "", Reason::Dns)], Outcome::Partial),
            (vec![failed("GetQueues", "", Reason::Dns)], Outcome::Failed),
        ];
        for (answers, expected) in cases {
            assert_eq!(record("queues", &Reading::from(answers), timing(), &[]).outcome, expected);
        }
    }

    #[test]
    fn exchanges_that_failed_are_listed_first_then_the_slowest() {
        let mut exchanges: Vec<_> = (0..30).map(|millis| exchange("fast", Some(200), millis)).collect();
        exchanges.insert(0, exchange("refused", None, 0));
        exchanges.insert(5, exchange("broken", Some(500), 0));
        exchanges.insert(3, exchange("slow", Some(200), 1_000));
        let record = record("queues", &Reading::default(), timing(), &exchanges);
        let listed: Vec<_> = record
            .exchanges
            .iter()
            .map(|exchange| (exchange.endpoint, exchange.duration.as_millis()))
            .collect();
        let slowest = (17..30).map(|millis| ("fast", millis));
        let expected: Vec<_> =
            [("refused", 0), ("slow", 1_000), ("broken", 0)].into_iter().chain(slowest).collect();
        assert_eq!((listed, record.omitted), (expected, 17));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let failure = Failure::new(Reason::Other, "é".repeat(400));
        let reading = Reading::from(vec![Answer::failed("GetQueues", "", failure)]);
        let detail = &record("queues", &reading, timing(), &[]).failures[0].detail;
        assert_eq!(**detail, format!("{}…", "é".repeat(300)));
    }
}
