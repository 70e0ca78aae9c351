//! The recent polls of a target as a document: the body of `/api/v1/targets/TARGET`.
//!
//! Like the status it holds no time of its own making, so that entity tags work.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::health::document::moment;
use crate::http_client::Reason;
use crate::state::history::{CollectorHistory, ExchangeRecord, FailureRecord, Outcome, PollRecord};
use crate::state::{CollectorReport, Snapshot};

/// A target with its collectors and their recent polls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetPolls {
    /// Name in the configuration.
    pub name: String,
    /// The kind of chat platform: `chime`, `comm100`, `egain` or `xima`.
    pub platform: String,
    /// Whether the newest poll of the primary collector made sense; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// Whether every collector has ended its first poll, well or not.
    pub polled: bool,
    /// The enabled collectors, the primary one first.
    pub collectors: Vec<CollectorPolls>,
}

/// A collector and its recent polls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CollectorPolls {
    /// Name of the collector.
    pub name: String,
    /// Configured seconds from poll to poll.
    pub interval: f64,
    /// Whether no request of the newest poll failed; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// Reasons of the newest poll's failures, each once.
    #[schemars(schema_with = "reasons")]
    pub failing: Vec<String>,
    /// When the newest poll without any failure ended; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub last_success: Option<Timestamp>,
    /// Polls that ended since the target was last configured.
    pub polls: u64,
    /// Those of them in which any request failed.
    pub failed_polls: u64,
    /// Times when a poll was due and did not start.
    pub skipped_polls: u64,
    /// The newest polls, the newest first; 30 at most.
    pub recent: Vec<Poll>,
    /// Failed polls older than those, the newest first; 15 at most.
    pub older_failures: Vec<Poll>,
}

/// A poll that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Poll {
    /// When it ended.
    #[schemars(schema_with = "moment")]
    pub ended_at: Timestamp,
    /// How many seconds it took.
    pub duration: f64,
    /// `well`: nothing failed; `partial`: something failed; `failed`: nothing made sense.
    #[schemars(schema_with = "outcome")]
    pub outcome: String,
    /// Its requests to the vendor in the order in which they ended; of more than 16 those that failed are listed, then the
    /// slowest.
    pub exchanges: Vec<PollExchange>,
    /// Requests that are not listed.
    pub omitted: u32,
    /// What failed, each reason of an endpoint once; 8 at most.
    pub failures: Vec<PollFailure>,
}

/// A request to the vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PollExchange {
    /// Name of the request; `token` for those to an OAuth 2 token endpoint.
    pub endpoint: String,
    /// Status code; absent where no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// Size of the decompressed body; 0 where it could not be had whole.
    pub bytes: u32,
    /// Seconds from sending to the end of the body; 0 for a request that was not sent.
    pub duration: f64,
    /// Why the answer could not be had whole, or the request was not sent; a status code is no such failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "reason")]
    pub failure: Option<String>,
}

/// What failed in a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PollFailure {
    /// The class: the `reason` label of `webchat_collector_failures_total`.
    #[schemars(schema_with = "reason")]
    pub reason: String,
    /// Name of the request.
    pub endpoint: String,
    /// In words for people.
    pub detail: String,
}

impl TargetPolls {
    /// The polls of a target from its snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let history = |report: &CollectorReport| snapshot.history.of(report.name);
        let collectors = snapshot.collectors.iter().map(|report| CollectorPolls::of(report, history(report)));
        Self {
            name: snapshot.identity.target.clone(),
            platform: snapshot.identity.platform.to_owned(),
            up: snapshot.up,
            polled: snapshot.polled,
            collectors: collectors.collect(),
        }
    }
}

impl CollectorPolls {
    fn of(report: &CollectorReport, history: Option<&CollectorHistory>) -> Self {
        let polls = |records: Vec<PollRecord>| records.iter().map(Poll::of).collect();
        Self {
            name: report.name.to_owned(),
            interval: report.interval,
            up: report.up,
            failing: report.failing.iter().map(|reason| reason.label().to_owned()).collect(),
            last_success: report.last_success,
            polls: report.polls,
            failed_polls: report.failed_polls,
            skipped_polls: report.skipped_polls,
            recent: polls(history.map_or_else(Vec::new, |history| history.recent().collect())),
            older_failures: polls(history.map_or_else(Vec::new, |history| history.failures().collect())),
        }
    }
}

impl Poll {
    fn of(record: &PollRecord) -> Self {
        Self {
            ended_at: record.ended_at,
            duration: record.duration.as_secs_f64(),
            outcome: record.outcome.label().to_owned(),
            exchanges: record.exchanges.iter().map(PollExchange::of).collect(),
            omitted: record.omitted,
            failures: record.failures.iter().map(PollFailure::of).collect(),
        }
    }
}

impl PollExchange {
    fn of(record: &ExchangeRecord) -> Self {
        Self {
            endpoint: record.endpoint.to_owned(),
            code: record.code.map(|code| code.as_u16()),
            bytes: record.bytes,
            duration: record.duration.as_secs_f64(),
            failure: record.failure.map(|reason| reason.label().to_owned()),
        }
    }
}

impl PollFailure {
    fn of(record: &FailureRecord) -> Self {
        let FailureRecord { reason, endpoint, detail } = record;
        Self {
            reason: reason.label().to_owned(),
            endpoint: (*endpoint).to_owned(),
            detail: detail.as_ref().to_owned(),
        }
    }
}

fn reason(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Reason::ALL.map(Reason::label) })
}

fn reasons(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": reason(generator) })
}

fn outcome(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Outcome::ALL.map(Outcome::label) })
}
