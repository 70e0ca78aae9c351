//! Channels, targets and polls for the tests of the pages.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::channel::status::{ChannelView, Status};
use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::exposition::Identity;
use crate::http_client::Reason;
use crate::server::pages::channel_row::ChannelRow;
use crate::server::pages::target_row::TargetRow;
use crate::state::Snapshot;
use crate::state::families::CollectorReport;
use crate::state::history::{ExchangeRecord, FailureRecord, History, Outcome, PollRecord};

/// Noon of 2 March 2026, a Monday.
pub(super) const NOW: Timestamp = Timestamp::constant(1_772_452_800, 0);

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A channel of any status, which it has had for 12 minutes.
pub(super) fn view(facts: ChannelFacts, status: Status) -> ChannelView {
    let explanation = match status {
        Status::Ok => None,
        Status::Down => Some("no agent is available"),
        Status::Degraded => Some("the queue length is 7, its limit is 5"),
        Status::Closed => Some("it is outside business hours"),
        Status::Maintenance => Some("a planned maintenance window is on"),
        Status::Unknown => Some("there is no fresh data"),
    };
    ChannelView {
        facts,
        status,
        explanation: explanation.map(str::to_owned),
        unavailable: (status == Status::Down).then_some(UnavailableReason::NoAgent),
        since: at("2026-03-02T11:48:00Z"),
        open: status != Status::Closed,
        next_change: None,
        maintenance: None,
    }
}

pub(super) fn channel_view(id: &str, name: &str, status: Status) -> ChannelView {
    let facts = ChannelFacts {
        name: Some(name.to_owned()),
        availability: Some(Availability::Available),
        queue_length: Some(3.0),
        ..ChannelFacts::new(id)
    };
    view(facts, status)
}

pub(super) fn snapshot(target: &str, up: Option<bool>, channels: Vec<ChannelView>) -> Snapshot {
    Snapshot {
        identity: Arc::new(Identity {
            platform: "chime",
            target: target.to_owned(),
            user_labels: vec![],
            user_labels_on_all_series: false,
        }),
        base_url: "https://chime.example.com/Api".into(),
        up,
        collectors: Arc::default(),
        history: History::default(),
        blocks: Vec::new(),
        channels,
        memory: Vec::new(),
        limits: Arc::default(),
        rules: Arc::default(),
        polled: up.is_some(),
    }
}

pub(super) fn channel(target: &str, id: &str, name: &str, status: Status) -> ChannelRow {
    ChannelRow::all_of(&snapshot(target, Some(true), vec![channel_view(id, name, status)])).remove(0)
}

pub(super) fn target(name: &str) -> TargetRow {
    TargetRow::of(&snapshot(name, Some(true), vec![]), [])
}

/// A collector that has not polled yet.
pub(super) fn collector() -> CollectorReport {
    CollectorReport {
        name: "queues",
        up: None,
        failing: vec![],
        duration: None,
        interval: 30.0,
        last_success: None,
        polls: 0,
        failed_polls: 0,
        failures: vec![],
        skipped_polls: 0,
    }
}

/// A poll that ended half a minute ago.
pub(super) fn poll(outcome: Outcome) -> PollRecord {
    let failed = outcome != Outcome::Well;
    let failure = FailureRecord {
        reason: Reason::Timeout,
        endpoint: "GetQueues",
        detail: "no answer within 10 s".into(),
    };
    let exchange = ExchangeRecord {
        endpoint: "GetQueues",
        code: (!failed).then_some(StatusCode::OK),
        bytes: if failed { 0 } else { 4096 },
        duration: Duration::from_millis(38),
        failure: failed.then_some(Reason::Timeout),
    };
    PollRecord {
        collector: "queues",
        ended_at: at("2026-03-02T11:59:30Z"),
        duration: Duration::from_millis(40),
        outcome,
        exchanges: Box::new([exchange]),
        omitted: 0,
        failures: if failed { Box::new([failure]) } else { Box::default() },
    }
}
