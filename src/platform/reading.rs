//! What a poll brings home: answers, each with its data, its failures, or both.

use crate::channel::ChannelFacts;
use crate::http_client::{Failure, Reason};
use crate::platform::family::Sample;

/// Everything one poll of one collector learned; it is returned by the platform and merged by `state`.
#[derive(Debug, Default)]
pub struct Reading {
    /// One entry per request or per item that the poll asked about, in a stable order.
    pub answers: Vec<Answer>,
    /// What follows from the poll as a whole, whatever the answers brought; each poll replaces it.
    pub summary: Data,
}

impl From<Vec<Answer>> for Reading {
    fn from(answers: Vec<Answer>) -> Self {
        Self { answers, summary: Data::default() }
    }
}

impl Reading {
    /// What is left of a poll that did not come back after its deadline.
    pub fn timed_out() -> Self {
        let failure = Failure::new(Reason::Timeout, "the poll did not end after its deadline");
        Self::from(vec![Answer::failed("poll", "", failure)])
    }

    /// Failures of all answers.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.answers.iter().flat_map(|answer| &answer.failures)
    }

    /// Whether at least one answer made sense.
    pub fn understood(&self) -> bool {
        self.answers.iter().any(|answer| answer.data.is_some())
    }
}

/// The outcome for one (endpoint, item): data, failures, or data whose defective fields are failures.
///
/// When an answer comes without data, the data that the same (endpoint, item) brought in an earlier poll is kept
/// until it is stale. An (endpoint, item) that a poll no longer mentions is gone at the vendor, and its data goes at
/// once, unless the poll has an answer without data whose `item` is empty: then the list of items itself is unknown,
/// and everything unmentioned is kept until it is stale.
#[derive(Debug)]
pub struct Answer {
    /// The request's name, from a small fixed set: the `endpoint` label.
    pub endpoint: &'static str,
    /// The queue, entry point or the like that the request was about; empty where there is none.
    pub item: String,
    /// What was understood; `None` where nothing was.
    pub data: Option<Data>,
    /// What went wrong; empty when all is well.
    pub failures: Vec<Failure>,
}

/// What an answer contributes to the exposition and to the channels.
#[derive(Debug, Default)]
pub struct Data {
    /// Samples of the platform's families.
    pub samples: Vec<Sample>,
    /// What it says about channels.
    pub channels: Vec<ChannelFacts>,
}

impl Answer {
    /// An answer that was understood; `failures` are defects of single fields.
    pub fn understood(endpoint: &'static str, item: &str, data: Data, failures: Vec<Failure>) -> Self {
        Self { endpoint, item: item.to_owned(), data: Some(data), failures }
    }

    /// An answer that brought nothing but a failure.
    pub fn failed(endpoint: &'static str, item: &str, failure: Failure) -> Self {
        Self { endpoint, item: item.to_owned(), data: None, failures: vec![failure] }
    }
}
