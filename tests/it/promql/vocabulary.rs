//! The series that expressions may name: the families of this build, and what Prometheus adds.

use std::collections::BTreeMap;

use webchat_exporter::channel::families::UNAVAILABLE_REASONS;
use webchat_exporter::channel::status::Status;
use webchat_exporter::channel::threshold::{Level, Signal};
use webchat_exporter::exposition::own::own_families;
use webchat_exporter::http_client::{INSTRUMENTS, Reason};
use webchat_exporter::platform::catalogue::catalogue;
use webchat_exporter::platform::chime::{Chime, wire_agents};
use webchat_exporter::platform::comm100::Comm100;
use webchat_exporter::platform::contract::Platform;
use webchat_exporter::platform::egain::Egain;
use webchat_exporter::platform::egain::status::{DisallowedReason, Eligibility};
use webchat_exporter::platform::family::Kind;
use webchat_exporter::platform::xima::Xima;

use super::shape::{Extent, Labels, Shape, Values};

/// Labels that a scrape sets.
const SCRAPE_LABELS: [&str; 2] = ["job", "instance"];

/// What Prometheus says of its scrapes.
const SCRAPE_SERIES: [&str; 8] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
];

/// Prefixes of the servers' own instruments.
const FOREIGN: [&str; 2] = ["prometheus_", "alertmanager_"];

/// Families of the metric contract that the collector of synthetic chats will bring: name and labels. Dashboards and rules
/// cover them already, so that they are there on the day the collector is.
pub(super) const STILL_TO_COME: [(&str, &[&str]); 8] = [
    ("xima_synthetic_chat_success", &[]),
    ("xima_synthetic_chat_outcome", &["outcome"]),
    ("xima_synthetic_chat_start_seconds", &[]),
    ("xima_synthetic_chat_first_message_seconds", &[]),
    ("xima_synthetic_chat_estimated_wait_seconds", &[]),
    ("xima_synthetic_chat_answer_seconds", &[]),
    ("xima_synthetic_chat_runs_total", &["outcome"]),
    ("xima_synthetic_chat_last_run_timestamp_seconds", &[]),
];
const OUTCOMES: [&str; 6] = ["queued", "answered", "force_closed", "multimedia_down", "timeout", "error"];

/// Every name of a series with what its series are like.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary(BTreeMap<String, Shape>);

impl Vocabulary {
    /// The families of this build and of Prometheus; what rules record is not among them.
    pub(super) fn new() -> Self {
        let mut vocabulary = Self(BTreeMap::new());
        for family in catalogue().families() {
            let platform: &[&str] = if family.has_platform_label() { &["platform"] } else { &[] };
            let labels = [family.labels, &["target"], platform].concat();
            vocabulary.add_family(family.name, &labels, family.kind == Kind::Counter);
        }
        for own in INSTRUMENTS.iter().chain(own_families()) {
            if own.kind == "histogram" {
                vocabulary.add_histogram(own.name, own.labels);
            } else {
                vocabulary.add_family(own.name, own.labels, own.kind == "counter");
            }
        }
        for (name, labels) in STILL_TO_COME {
            vocabulary.add_family(name, &[labels, &["target"]].concat(), name.ends_with("_total"));
        }
        for name in SCRAPE_SERIES {
            let labels = SCRAPE_LABELS.map(|label| (label.to_owned(), Values::Any)).into();
            // Service discovery gives the targets of /probe the labels that the user set.
            vocabulary.add(name, Shape::new(labels, Extent::AtMost));
        }
        vocabulary
    }

    pub(super) fn add(&mut self, name: &str, shape: Shape) {
        self.0.insert(name.to_owned(), shape);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is known of a name; the instruments of Prometheus and Alertmanager are known by their prefix alone.
    pub(super) fn find(&self, name: &str) -> Option<Shape> {
        let foreign = || {
            let is_counter = ["_total", "_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
            let counter = is_counter.then(|| name.to_owned());
            let is_foreign = FOREIGN.iter().any(|prefix| name.starts_with(prefix));
            is_foreign.then(|| Shape { counter, ..Shape::open() })
        };
        self.0.get(name).cloned().or_else(foreign)
    }

    fn add_family(&mut self, name: &str, labels: &[&str], is_counter: bool) {
        let labels: Labels = labels
            .iter()
            .chain(&SCRAPE_LABELS)
            .map(|label| ((*label).to_owned(), values(name, label)))
            .collect();
        let counter = is_counter.then(|| name.to_owned());
        self.add(name, Shape { counter, ..Shape::new(labels, Extent::Exact) });
    }

    /// The series of the classic histogram; native ones need a Prometheus that is told to keep them.
    fn add_histogram(&mut self, name: &str, labels: &[&str]) {
        self.add_family(&format!("{name}_bucket"), &[labels, &["le"]].concat(), true);
        self.add_family(&format!("{name}_sum"), labels, true);
        self.add_family(&format!("{name}_count"), labels, true);
    }
}

/// The values of a label, where the code has a fixed set of them.
fn values(family: &str, label: &str) -> Values {
    match (family, label) {
        (_, "platform") => Values::one_of([Chime::NAME, Comm100::NAME, Egain::NAME, Xima::NAME]),
        (_, "collector") => collectors(),
        (_, "code") => Values::one_of((100..600).map(|code| code.to_string()).chain(["error".to_owned()])),
        (_, "signal") => Values::one_of(Signal::ALL.map(Signal::label)),
        (_, "level") => Values::one_of(Level::ALL.map(Level::label)),
        (_, "stat") => Values::one_of(["average", "longest", "estimated"]),
        (_, "planned" | "chat_form") => Values::one_of([true, false]),
        (_, "presence") => Values::one_of(wire_agents::PRESENCES),
        (_, "route_type") => Values::one_of(["site", "department", "agent"]),
        (_, "outcome") => Values::one_of(OUTCOMES),
        ("webchat_channel_status", "status") => Values::one_of(Status::ALL.map(Status::label)),
        ("webchat_channel_unavailable_reason", "reason") => Values::one_of(UNAVAILABLE_REASONS),
        ("webchat_collector_failing" | "webchat_collector_failures_total", "reason") => {
            Values::one_of(Reason::ALL.map(Reason::label))
        }
        ("egain_entry_point_chat_disallowed", "reason") => {
            Values::one_of(DisallowedReason::ALL.map(DisallowedReason::label))
        }
        ("egain_entry_point_eligibility", "state") => {
            Values::one_of(Eligibility::ALL.map(Eligibility::label))
        }
        ("xima_sqs_queue_messages", "state") => Values::one_of(["visible", "in_flight", "delayed"]),
        ("comm100_route_wait_average_seconds", "window") => Values::one_of(["30m", "60m"]),
        (_, "window") => Values::one_of(["30m"]),
        _ => Values::Any,
    }
}

fn collectors() -> Values {
    fn names<P: Platform>() -> impl Iterator<Item = &'static str> {
        P::COLLECTORS.iter().map(|row| row.name)
    }
    let all = names::<Chime>().chain(names::<Comm100>()).chain(names::<Egain>()).chain(names::<Xima>());
    Values::one_of(all)
}

#[test]
fn families_that_are_still_to_come_are_not_there_yet() {
    let exported = |name: &str| catalogue().families().iter().any(|family| family.name == name);
    let here: Vec<&str> = STILL_TO_COME.iter().map(|(name, _)| *name).filter(|name| exported(name)).collect();
    assert_eq!(here, [""; 0], "take them off the list: their rows are in the family tables now");
}
