//! Polls and collectors of a target as its page lists them.

use jiff::Timestamp;

use crate::http_client::Reason;
use crate::server::pages::link::encoded;
use crate::server::pages::time_text::{Past, span, took};
use crate::state::families::CollectorReport;
use crate::state::history::{ExchangeRecord, Outcome, PollRecord};

/// A poll with more exchanges folds them away, unless something failed.
const UNFOLDED: usize = 3;

/// A poll as a row of a table.
#[derive(Debug)]
pub(super) struct PollRow {
    /// The identifier of the element that folds the exchanges.
    pub(super) id: String,
    /// When it ended.
    pub(super) at: Past,
    /// The collector's name.
    pub(super) collector: &'static str,
    /// How long it took.
    pub(super) took: String,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// Its exchanges.
    pub(super) exchanges: Vec<ExchangeLine>,
    /// Exchanges that are not listed.
    pub(super) omitted: u32,
    /// What failed: class, request and what the log says.
    pub(super) failures: Vec<(&'static str, &'static str, String)>,
}

/// An exchange as a line.
#[derive(Debug)]
pub(super) struct ExchangeLine {
    /// The name of the request.
    pub(super) endpoint: &'static str,
    /// Status code, or the class of what went wrong.
    pub(super) code: String,
    /// Whether the code tells of a failure.
    pub(super) is_failed: bool,
    /// Size of the body.
    pub(super) size: String,
    /// How long it took.
    pub(super) took: String,
}

/// A collector as a row of a table.
#[derive(Debug)]
pub(super) struct CollectorRow {
    /// The collector's name.
    pub(super) name: &'static str,
    /// Whether no request of the newest poll failed; `None` before the first.
    pub(super) up: Option<bool>,
    /// Why requests of the newest poll failed.
    pub(super) failing: String,
    /// How often it polls.
    pub(super) interval: String,
    /// How long the newest poll took.
    pub(super) took: Option<String>,
    /// When the newest poll without failure ended.
    pub(super) last_success: Option<Past>,
    /// Polls ended, polls with failures, ticks without a poll.
    pub(super) counts: [u64; 3],
}

impl PollRow {
    pub(super) fn of(poll: &PollRecord, now: Timestamp) -> Self {
        let at = Past::new(poll.ended_at, now);
        let failures = poll.failures.iter();
        Self {
            id: format!("poll/{}/{}", encoded(poll.collector), poll.ended_at.as_microsecond()),
            at,
            collector: poll.collector,
            took: took(poll.duration.as_secs_f64()),
            outcome: poll.outcome,
            exchanges: poll.exchanges.iter().map(ExchangeLine::of).collect(),
            omitted: poll.omitted,
            failures: failures
                .map(|failure| (failure.reason.label(), failure.endpoint, failure.detail.to_string()))
                .collect(),
        }
    }

    /// All exchanges.
    pub(super) fn total(&self) -> usize {
        self.exchanges.len() + self.omitted as usize
    }

    /// Whether the exchanges are folded away.
    pub(super) fn is_folded(&self) -> bool {
        self.total() > UNFOLDED
    }
}

impl ExchangeLine {
    fn of(exchange: &ExchangeRecord) -> Self {
        let code = exchange.code.map(|code| code.as_str().to_owned());
        let failure = exchange.failure.map(Reason::label);
        let is_failed = failure.is_some()
            || exchange.code.is_some_and(|code| !code.is_success() && !code.is_redirection());
        Self {
            endpoint: exchange.endpoint,
            code: [code.as_deref(), failure].into_iter().flatten().collect::<Vec<_>>().join(" "),
            is_failed,
            size: size(exchange.bytes),
            took: took(exchange.duration.as_secs_f64()),
        }
    }
}

impl CollectorRow {
    pub(super) fn of(report: &CollectorReport, now: Timestamp) -> Self {
        Self {
            name: report.name,
            up: report.up,
            failing: report.failing.iter().map(|reason| reason.label()).collect::<Vec<_>>().join(", "),
            interval: span(report.interval),
            took: report.duration.map(took),
            last_success: report.last_success.map(|at| Past::new(at, now)),
            counts: [report.polls, report.failed_polls, report.skipped_polls],
        }
    }
}

/// A size as people read it: `512 B`, `4.1 kB`, `2.0 MB`.
fn size(bytes: u32) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", f64::from(bytes) / 1e3),
        _ => format!("{:.1} MB", f64::from(bytes) / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;

    #[test]
    fn a_poll_is_told_with_its_exchanges_and_failures() {
        let row = PollRow::of(&fixture::poll(Outcome::Failed), fixture::NOW);
        assert_eq!((row.took.as_str(), row.at.elapsed.as_str(), row.total()), ("40 ms", "30 s", 1));
        assert_eq!(row.id, "poll/queues/1772452770000000");
        let line = &row.exchanges[0];
        assert_eq!((line.code.as_str(), line.is_failed, line.size.as_str()), ("timeout", true, "0 B"));
        assert_eq!(row.failures, [("timeout", "GetQueues", "no answer within 10 s".to_owned())]);
        let many = PollRecord { omitted: 3, ..fixture::poll(Outcome::Well) };
        let row = PollRow::of(&many, fixture::NOW);
        assert!(row.is_folded() && !row.exchanges[0].is_failed);
    }

    #[test]
    fn sizes_have_their_units() {
        assert_eq!([999, 4096, 2_000_000].map(size), ["999 B", "4.1 kB", "2.0 MB"]);
    }
}
