//! The exporter's own view of every target: the `webchat_target_*`, `webchat_collector_*` and request families.

use std::sync::Arc;

use jiff::Timestamp;

use crate::http_client::Reason;
use crate::platform::family::{Family, Row, Sink};

/// What is reported of a target beside the vendor's data.
#[derive(Debug)]
pub struct TargetReport {
    /// Root of the API.
    pub base_url: String,
    /// Whether the newest poll of the primary collector brought an answer that made sense; `None` before the first.
    pub up: Option<bool>,
    /// Whether a maintenance window of all of its channels is on.
    pub in_maintenance: bool,
    /// Whether it is reached without the network that the connectivity check watches; `None` without a check.
    pub exempt_from_connectivity: Option<bool>,
    /// Series above the budget in this snapshot.
    pub dropped_series: usize,
    /// One per enabled collector.
    pub collectors: Arc<[CollectorReport]>,
    /// Requests so far by endpoint and code.
    pub requests: Vec<(&'static str, String, u64)>,
}

/// What is reported of a collector. Lengths of time are in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectorReport {
    /// The collector's name.
    pub name: &'static str,
    /// Whether no request of the newest poll failed; `None` before the first.
    pub up: Option<bool>,
    /// Reasons of the newest poll's failures, each once.
    pub failing: Vec<Reason>,
    /// Duration of the newest poll.
    pub duration: Option<f64>,
    /// Configured interval.
    pub interval: f64,
    /// When the newest poll without failure ended.
    pub last_success: Option<Timestamp>,
    /// Polls ended.
    pub polls: u64,
    /// Polls with any failure.
    pub failed_polls: u64,
    /// Failed requests by reason, ever.
    pub failures: Vec<(Reason, u64)>,
    /// Ticks without a poll.
    pub skipped_polls: u64,
}

/// The rows, in the order of the exposition.
pub static ROWS: [Row<TargetReport>; 15] = [
    Row {
        family: Family::info(
            "webchat_target_info",
            &["base_url"],
            "A configured target with the root of its API and the labels that the configuration sets on it.",
        ),
        extract: |target, sink| sink.labelled(&[&target.base_url], 1.0),
    },
    Row {
        family: Family::gauge(
            "webchat_target_up",
            &[],
            "1 if the newest poll of the target's primary collector brought at least one answer that made sense.",
        ),
        extract: |target, sink| sink.flag(&[], target.up),
    },
    Row {
        family: Family::gauge(
            "webchat_target_maintenance",
            &[],
            "1 while a planned maintenance window of the whole target is on, else 0; one of some of its channels does not count.",
        ),
        extract: |target, sink| sink.flag(&[], Some(target.in_maintenance)),
    },
    Row {
        family: Family::gauge(
            "webchat_target_connectivity_exempt",
            &[],
            "1 if the target is one of the exempt_targets of connectivity, else 0; only where connectivity is configured.",
        ),
        extract: |target, sink| sink.flag(&[], target.exempt_from_connectivity),
    },
    Row {
        family: Family::gauge(
            "webchat_target_dropped_series",
            &[],
            "Series left out of the newest snapshot since the target has more than max_series.",
        ),
        extract: |target, sink| sink.value(target.dropped_series as f64),
    },
    Row {
        family: Family::gauge(
            "webchat_collector_up",
            &["collector"],
            "1 if no request of the collector's newest poll failed; with 0 the data of the others is kept.",
        ),
        extract: |target, sink| each(target, sink, |collector| collector.up.map(f64::from)),
    },
    Row {
        family: Family::gauge(
            "webchat_collector_failing",
            &["collector", "reason"],
            "1 for each reason for which a request of the collector's newest poll failed.",
        ),
        extract: |target, sink| {
            for collector in target.collectors.iter() {
                for reason in &collector.failing {
                    sink.labelled(&[collector.name, reason.label()], 1.0);
                }
            }
        },
    },
    Row {
        family: Family::gauge(
            "webchat_collector_duration_seconds",
            &["collector"],
            "Duration of the collector's newest poll with all its requests, in seconds.",
        ),
        extract: |target, sink| each(target, sink, |collector| collector.duration),
    },
    Row {
        family: Family::gauge(
            "webchat_collector_interval_seconds",
            &["collector"],
            "Configured interval between polls of the collector, in seconds.",
        ),
        extract: |target, sink| each(target, sink, |collector| Some(collector.interval)),
    },
    Row {
        family: Family::gauge(
            "webchat_collector_last_success_timestamp_seconds",
            &["collector"],
            "When the collector's newest poll without any failure ended, in seconds since the epoch.",
        ),
        extract: |target, sink| each(target, sink, |collector| collector.last_success.map(epoch_seconds)),
    },
    Row {
        family: Family::counter(
            "webchat_collector_polls_total",
            &["collector"],
            "Polls of the collector that ended.",
        ),
        extract: |target, sink| each(target, sink, |collector| Some(collector.polls as f64)),
    },
    Row {
        family: Family::counter(
            "webchat_collector_failed_polls_total",
            &["collector"],
            "Polls of the collector in which any request failed.",
        ),
        extract: |target, sink| each(target, sink, |collector| Some(collector.failed_polls as f64)),
    },
    Row {
        family: Family::counter(
            "webchat_collector_failures_total",
            &["collector", "reason"],
            "Failed requests of the collector by reason; a series appears with its first failure.",
        ),
        extract: |target, sink| {
            for collector in target.collectors.iter() {
                for (reason, count) in &collector.failures {
                    sink.labelled(&[collector.name, reason.label()], *count as f64);
                }
            }
        },
    },
    Row {
        family: Family::counter(
            "webchat_collector_skipped_polls_total",
            &["collector"],
            "Ticks of the collector without a poll, since the previous one still ran or the API host's request budget was empty.",
        ),
        extract: |target, sink| each(target, sink, |collector| Some(collector.skipped_polls as f64)),
    },
    Row {
        family: Family::counter(
            "webchat_api_requests_total",
            &["endpoint", "code"],
            "HTTP exchanges with the vendor by endpoint and status code; code is error where no answer came.",
        ),
        extract: |target, sink| {
            for (endpoint, code, count) in &target.requests {
                sink.labelled(&[endpoint, code], *count as f64);
            }
        },
    },
];

fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn each(target: &TargetReport, sink: &mut Sink<'_>, value: fn(&CollectorReport) -> Option<f64>) {
    for collector in target.collectors.iter() {
        sink.labelled(&[collector.name], value(collector));
    }
}
