//! The recent polls of a target, for people who want to see what went wrong.
//!
//! Of each collector the newest [`RECENT`] polls are kept, and beyond them the newest [`OLDER_FAILURES`] that failed: a
//! night of good polls does not wash away what happened the evening before. A history is small, since there is one for
//! each target of a large fleet; records are made of it when somebody reads them.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::http_client::Reason;
use crate::state::packed::PackedPolls;

/// Newest polls kept of a collector, whatever their outcome.
pub const RECENT: usize = 30;
/// Failed polls kept of a collector beyond the newest ones.
pub const OLDER_FAILURES: usize = 15;

/// A poll of a collector that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollRecord {
    /// The collector's name.
    pub collector: &'static str,
    /// When it ended, by the wall clock; exact to the microsecond.
    pub ended_at: Timestamp,
    /// How long it took; exact to the microsecond, and 71 minutes at most.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// Its exchanges with the vendor, in the order in which they ended: those that failed, then the slowest.
    pub exchanges: Box<[ExchangeRecord]>,
    /// Exchanges that are not listed.
    pub omitted: u32,
    /// What failed, each reason of an endpoint once; empty when all was well.
    pub failures: Box<[FailureRecord]>,
}

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing failed.
    Well,
    /// Something failed, but something was understood.
    Partial,
    /// Nothing was understood.
    Failed,
}

impl Outcome {
    /// Every outcome, the best first.
    pub const ALL: [Self; 3] = [Self::Well, Self::Partial, Self::Failed];

    /// The outcome as a word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// One exchange of a poll: a request to the vendor or to a token endpoint, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRecord {
    /// The request's name; `token` for those to an OAuth 2 token endpoint.
    pub endpoint: &'static str,
    /// The status, where an answer came.
    pub code: Option<StatusCode>,
    /// Size of the decompressed body; zero where it could not be had whole.
    pub bytes: u32,
    /// From sending to the end of the body, 71 minutes at most; zero for a request that was not sent.
    pub duration: Duration,
    /// Why the answer could not be had whole, or the request was not sent; a status that means failure is none.
    pub failure: Option<Reason>,
}

/// What failed in a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRecord {
    /// The class.
    pub reason: Reason,
    /// The name of the request.
    pub endpoint: &'static str,
    /// What the log says of it, on one line; equal texts are shared.
    pub detail: Arc<str>,
}

/// The recent polls of a target; clones share everything.
#[derive(Clone, Debug, Default)]
pub struct History {
    collectors: Arc<[Arc<CollectorHistory>]>,
}

impl History {
    /// An empty history of these collectors.
    pub fn new(collectors: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            collectors: collectors.into_iter().map(|name| Arc::new(CollectorHistory::new(name))).collect(),
        }
    }

    /// Adds a poll, which is newer than all others of its collector.
    pub fn add(&mut self, record: &PollRecord) {
        let place = self.collectors.iter().position(|collector| collector.name == record.collector);
        let old = place.map(|place| Arc::clone(&self.collectors[place]));
        let new = Arc::new(old.as_deref().unwrap_or(&CollectorHistory::new(record.collector)).with(record));
        match place {
            Some(place) => Arc::make_mut(&mut self.collectors)[place] = new,
            None => self.collectors = self.collectors.iter().cloned().chain([new]).collect(),
        }
    }

    /// Each collector with its polls, in the order of the configuration.
    pub fn collectors(&self) -> impl Iterator<Item = &CollectorHistory> {
        self.collectors.iter().map(|collector| &**collector)
    }

    /// The polls of one collector.
    pub fn of(&self, collector: &str) -> Option<&CollectorHistory> {
        self.collectors().find(|of_collector| of_collector.name == collector)
    }

    /// The newest polls of all collectors together, [`RECENT`] of each, the newest first.
    pub fn recent(&self) -> Vec<PollRecord> {
        newest_first(self.collectors().flat_map(CollectorHistory::recent))
    }

    /// Failed polls that are older than those of [`History::recent`], [`OLDER_FAILURES`] of each collector, the newest first.
    pub fn failures(&self) -> Vec<PollRecord> {
        newest_first(self.collectors().flat_map(CollectorHistory::failures))
    }

    /// The newest poll in which anything failed.
    pub fn last_failure(&self) -> Option<PollRecord> {
        self.collectors().filter_map(CollectorHistory::last_failure).max_by_key(|record| record.ended_at)
    }
}

fn newest_first(records: impl Iterator<Item = PollRecord>) -> Vec<PollRecord> {
    let mut records: Vec<PollRecord> = records.collect();
    records.sort_by_key(|record| Reverse(record.ended_at));
    records
}

/// The recent polls of one collector.
#[derive(Clone, Debug)]
pub struct CollectorHistory {
    name: &'static str,
    polls: PackedPolls,
}

impl CollectorHistory {
    fn new(name: &'static str) -> Self {
        Self { name, polls: PackedPolls::default() }
    }

    /// The collector's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The newest polls, the newest first.
    pub fn recent(&self) -> impl Iterator<Item = PollRecord> {
        self.newest_first().take(RECENT)
    }

    /// Failed polls that are older than those of [`CollectorHistory::recent`], the newest first.
    pub fn failures(&self) -> impl Iterator<Item = PollRecord> {
        self.newest_first().skip(RECENT)
    }

    /// The newest poll in which anything failed.
    pub fn last_failure(&self) -> Option<PollRecord> {
        let place = self.polls.outcomes().rposition(|outcome| outcome != Outcome::Well)?;
        self.polls.views().nth(place).map(|view| view.record(self.name))
    }

    fn newest_first(&self) -> impl Iterator<Item = PollRecord> {
        let views: Vec<_> = self.polls.views().collect();
        views.into_iter().rev().map(|view| view.record(self.name))
    }

    /// With a newer poll, and without those that have to go for it.
    fn with(&self, record: &PollRecord) -> Self {
        let outcomes: Vec<Outcome> = self.polls.outcomes().collect();
        let older = outcomes.len().saturating_sub(RECENT - 1);
        let failed = |place: &usize| outcomes[*place] != Outcome::Well;
        let spared = (0..older).filter(failed).rev().take(OLDER_FAILURES).last().unwrap_or(older);
        let is_kept = |place: usize| place >= older || (place >= spared && failed(&place));
        Self { name: self.name, polls: self.polls.with(is_kept, record) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETAIL: &str = "7: no answer: error sending request: client error (Connect): tcp connect error";

    fn exchange(endpoint: &'static str) -> ExchangeRecord {
        ExchangeRecord {
            endpoint,
            code: Some(StatusCode::OK),
            bytes: 4096,
            duration: Duration::from_millis(42),
            failure: None,
        }
    }

    /// The poll that ended at a second.
    fn poll(collector: &'static str, second: i64, outcome: Outcome) -> PollRecord {
        let failure = FailureRecord { reason: Reason::Connect, endpoint: "GetQueues", detail: DETAIL.into() };
        PollRecord {
            collector,
            ended_at: Timestamp::from_second(second).unwrap(),
            duration: Duration::from_micros(126_001),
            outcome,
            exchanges: ["GetQueues", "GetQueueInfo", "token"].map(exchange).into(),
            omitted: 0,
            failures: if outcome == Outcome::Well { Box::default() } else { Box::new([failure]) },
        }
    }

    fn seconds(records: impl IntoIterator<Item = PollRecord>) -> Vec<i64> {
        records.into_iter().map(|record| record.ended_at.as_second()).collect()
    }

    #[test]
    fn a_poll_is_read_as_it_was_written() {
        let mut history = History::new(["queues"]);
        assert_eq!((history.recent(), history.failures(), history.last_failure()), (vec![], vec![], None));
        let mut partial = poll("queues", 2, Outcome::Partial);
        partial.exchanges = Box::new([
            ExchangeRecord { code: None, failure: Some(Reason::Timeout), ..exchange("GetQueueInfo") },
            ExchangeRecord { bytes: u32::MAX, duration: Duration::ZERO, ..exchange("GetAgents") },
        ]);
        partial.omitted = 984;
        let records = [
            poll("queues", 1, Outcome::Well),
            partial,
            PollRecord { exchanges: Box::default(), ..poll("queues", 3, Outcome::Failed) },
        ];
        for record in &records {
            history.add(record);
        }
        assert!(history.recent().iter().eq(records.iter().rev()));
        assert_eq!(history.last_failure().as_ref(), records.last());
        assert_eq!(history.of("queues").unwrap().recent().last().as_ref(), records.first());
        assert!(history.of("agents").is_none());
    }

    #[test]
    fn good_polls_go_before_failed_ones() {
        let mut history = History::new(["queues"]);
        // Every second poll of the first hundred fails, one way or the other.
        for second in 0..100 {
            let outcome = match second % 4 {
                0 => Outcome::Failed,
                2 => Outcome::Partial,
                _ => Outcome::Well,
            };
            history.add(&poll("queues", second, outcome));
        }
        assert_eq!(seconds(history.recent()), (70..100).rev().collect::<Vec<_>>());
        assert_eq!(
            seconds(history.failures()),
            (40..70).rev().filter(|second| second % 2 == 0).collect::<Vec<_>>()
        );
        for second in 100..1000 {
            history.add(&poll("queues", second, Outcome::Well));
        }
        assert_eq!(seconds(history.recent()), (970..1000).rev().collect::<Vec<_>>());
        assert_eq!(
            seconds(history.failures()),
            (70..100).rev().filter(|second| second % 2 == 0).collect::<Vec<_>>()
        );
        assert_eq!(seconds(history.last_failure()), [98]);
        history.add(&poll("queues", 1000, Outcome::Failed));
        assert_eq!(seconds(history.last_failure()), [1000]);
    }

    #[test]
    fn collectors_do_not_wash_each_other_away_and_are_read_together() {
        let mut history = History::new(["queues", "agents"]);
        history.add(&poll("agents", 1, Outcome::Failed));
        for second in 2..50 {
            history.add(&poll("queues", second, Outcome::Well));
        }
        history.add(&poll("late", 50, Outcome::Well));
        let names: Vec<_> = history.collectors().map(CollectorHistory::name).collect();
        assert_eq!(names, ["queues", "agents", "late"]);
        assert_eq!(
            seconds(history.recent()),
            [50].into_iter().chain((20..50).rev()).chain([1]).collect::<Vec<_>>()
        );
        assert_eq!(history.last_failure(), Some(poll("agents", 1, Outcome::Failed)));
    }

    #[test]
    fn a_reader_keeps_what_it_read() {
        let mut history = History::new(["queues"]);
        history.add(&poll("queues", 1, Outcome::Well));
        let read = history.clone();
        history.add(&poll("queues", 2, Outcome::Well));
        assert_eq!((seconds(read.recent()), seconds(history.recent())), (vec![1], vec![2, 1]));
    }

    #[test]
    fn a_name_too_many_is_told_as_other() {
        let mut history = History::new(["queues"]);
        for number in 0..300 {
            let mut record = poll("queues", number, Outcome::Well);
            record.exchanges = Box::new([exchange(Box::leak(number.to_string().into_boxed_str()))]);
            history.add(&record);
        }
        assert_eq!(history.recent()[0].exchanges[0].endpoint, "other");
    }

    #[test]
    fn a_full_history_is_small() {
        const COLLECTORS: [&str; 4] = ["queues", "agents", "routes", "today"];
        let size = |outcome| {
            let mut history = History::new(COLLECTORS);
            for second in 0..100 {
                for collector in COLLECTORS {
                    history.add(&poll(
                        collector,
                        second,
                        if second < 50 { Outcome::Failed } else { outcome },
                    ));
                }
            }
            history
                .collectors()
                .map(|collector| size_of_val(collector) + collector.polls.bytes())
                .sum::<usize>()
        };
        for outcome in Outcome::ALL {
            assert!(size(outcome) < 16 * 1024, "{outcome:?}: {} bytes", size(outcome));
        }
    }
}
