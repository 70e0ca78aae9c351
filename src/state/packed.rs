//! Polls in little memory: a poll without failures and with three exchanges takes 60 bytes.
//!
//! Each poll writes everything anew, which is some kilobytes to copy, and lets readers share what was before.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::http_client::Reason;
use crate::state::history::{ExchangeRecord, FailureRecord, Outcome, PollRecord};

/// The name of an endpoint that found no place in the table of names.
const OTHER: &str = "other";

#[derive(Clone, Copy, Debug)]
struct Poll {
    /// Microseconds since the epoch.
    ended_at: i64,
    /// Microseconds.
    duration: u32,
    omitted: u16,
    outcome: Outcome,
    /// How many are its own of all exchanges.
    exchanges: u8,
    /// How many are its own of all failures.
    failures: u8,
}

#[derive(Clone, Copy, Debug)]
struct Exchange {
    bytes: u32,
    /// Microseconds.
    duration: u32,
    code: Option<StatusCode>,
    endpoint: Place,
    failure: Option<Reason>,
}

#[derive(Clone, Debug)]
struct Failure {
    detail: Arc<str>,
    reason: Reason,
    endpoint: Place,
}

/// Where an endpoint's name is in the table.
#[derive(Clone, Copy, Debug)]
struct Place(u8);

/// The names of endpoints; each is there once.
#[derive(Clone, Debug, Default)]
struct Names(Vec<&'static str>);

impl Names {
    fn place(&mut self, name: &'static str) -> Place {
        let known = self.0.iter().position(|known| *known == name);
        let place = u8::try_from(known.unwrap_or(self.0.len())).unwrap_or(u8::MAX);
        if known.is_none() && place < u8::MAX {
            self.0.reserve_exact(1);
            self.0.push(name);
        }
        Place(place)
    }

    fn name(&self, place: Place) -> &'static str {
        self.0.get(usize::from(place.0)).copied().unwrap_or(OTHER)
    }
}

/// Polls of one collector, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct PackedPolls {
    names: Names,
    polls: Box<[Poll]>,
    exchanges: Box<[Exchange]>,
    failures: Box<[Failure]>,
}

/// One of the polls, where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    names: &'a Names,
    poll: &'a Poll,
    exchanges: &'a [Exchange],
    failures: &'a [Failure],
}

impl PackedPolls {
    /// How each poll ended.
    pub(super) fn outcomes(&self) -> impl ExactSizeIterator<Item = Outcome> + DoubleEndedIterator {
        self.polls.iter().map(|poll| poll.outcome)
    }

    /// Each poll.
    pub(super) fn views(&self) -> impl Iterator<Item = View<'_>> {
        let (mut exchanges, mut failures) = (&*self.exchanges, &*self.failures);
        self.polls.iter().map(move |poll| {
            let (own_exchanges, others) = exchanges.split_at(poll.exchanges.into());
            exchanges = others;
            let (own_failures, others) = failures.split_at(poll.failures.into());
            failures = others;
            View { names: &self.names, poll, exchanges: own_exchanges, failures: own_failures }
        })
    }

    /// The polls at the places that `is_kept` says, and a newer one.
    pub(super) fn with(&self, is_kept: impl Fn(usize) -> bool, record: &PollRecord) -> Self {
        let views = || self.views().enumerate().filter(|(place, _)| is_kept(*place)).map(|(_, view)| view);
        let mut names = self.names.clone();
        let exchanges: Vec<Exchange> =
            record.exchanges.iter().take(u8::MAX.into()).map(|exchange| pack(exchange, &mut names)).collect();
        let failures = record.failures.iter().take(u8::MAX.into());
        let failures: Vec<Failure> = failures.map(|failure| self.pack_failure(failure, &mut names)).collect();
        let poll = Poll {
            ended_at: record.ended_at.as_microsecond(),
            duration: microseconds(record.duration),
            omitted: u16::try_from(record.omitted).unwrap_or(u16::MAX),
            outcome: record.outcome,
            exchanges: u8::try_from(exchanges.len()).unwrap_or(u8::MAX),
            failures: u8::try_from(failures.len()).unwrap_or(u8::MAX),
        };
        Self {
            names,
            polls: views().map(|view| *view.poll).chain([poll]).collect(),
            exchanges: views().flat_map(|view| view.exchanges).copied().chain(exchanges).collect(),
            failures: views().flat_map(|view| view.failures).cloned().chain(failures).collect(),
        }
    }

    /// A failure whose text is that of an earlier one, if they are equal.
    fn pack_failure(&self, failure: &FailureRecord, names: &mut Names) -> Failure {
        let FailureRecord { reason, endpoint, detail } = failure;
        let earlier = self.failures.iter().rev().find(|earlier| earlier.detail == *detail);
        let detail = earlier.map_or(detail, |earlier| &earlier.detail);
        Failure { detail: Arc::clone(detail), reason: *reason, endpoint: names.place(endpoint) }
    }

    /// Bytes it holds, its texts included.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let texts = self.failures.iter().map(|failure| (failure.detail.as_ptr(), &*failure.detail));
        let texts: std::collections::BTreeMap<_, _> = texts.collect();
        size_of_val(&*self.names.0)
            + size_of_val(&*self.polls)
            + size_of_val(&*self.exchanges)
            + size_of_val(&*self.failures)
            + texts.values().map(|text| text.len() + 2 * size_of::<usize>()).sum::<usize>()
    }
}

impl View<'_> {
    /// The poll as it was, of a collector.
    pub(super) fn record(self, collector: &'static str) -> PollRecord {
        let Self { names, poll, exchanges, failures } = self;
        PollRecord {
            collector,
            ended_at: Timestamp::from_microsecond(poll.ended_at).unwrap_or_default(),
            duration: Duration::from_micros(poll.duration.into()),
            outcome: poll.outcome,
            exchanges: exchanges.iter().map(|exchange| unpack(exchange, names)).collect(),
            omitted: poll.omitted.into(),
            failures: failures.iter().map(|failure| unpack_failure(failure, names)).collect(),
        }
    }
}

fn pack(exchange: &ExchangeRecord, names: &mut Names) -> Exchange {
    let ExchangeRecord { endpoint, code, bytes, duration, failure } = *exchange;
    Exchange { bytes, duration: microseconds(duration), code, endpoint: names.place(endpoint), failure }
}

fn unpack(exchange: &Exchange, names: &Names) -> ExchangeRecord {
    let Exchange { bytes, duration, code, endpoint, failure } = *exchange;
    let duration = Duration::from_micros(duration.into());
    ExchangeRecord { endpoint: names.name(endpoint), code, bytes, duration, failure }
}

fn unpack_failure(failure: &Failure, names: &Names) -> FailureRecord {
    let detail = Arc::clone(&failure.detail);
    FailureRecord { reason: failure.reason, endpoint: names.name(failure.endpoint), detail }
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
