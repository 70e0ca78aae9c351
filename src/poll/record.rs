//! What is remembered of a poll.

use std::cmp::Reverse;
use std::fmt::Write;

use http::StatusCode;

use crate::http_client;
use crate::platform::Reading;
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
            let (reason, endpoint) = (failure.reason, answer.endpoint);
            let known =
                first.iter_mut().find(|(known, _)| (known.reason, known.endpoint) == (reason, endpoint));
            if let Some((_, more)) = known {
                *more += 1;
            } else if first.len() < MOST_FAILURES {
                let item = if answer.item.is_empty() { String::new() } else { format!("{}: ", answer.item) };
                let detail = shortened(&one_line(&(item + &chain(failure)))).into();
                first.push((FailureRecord { reason, endpoint, detail }, 0));
            }
        }
    }
    let counted = first.into_iter().map(|(mut failure, more)| {
        if more > 0 {
            let mut detail = failure.detail.to_string();
            let _ = write!(detail, " (and {more} more)");
            failure.detail = detail.into();
        }
        failure
    });
    counted.collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_DETAIL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
