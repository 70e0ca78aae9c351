//! The status of every channel as one document: the body of `/api/v1/status`.
//!
//! It holds no time of its own making, so that equal states have equal documents and entity tags work.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::channel::status::{ChannelView, Status};
use crate::channel::{Availability, MaintenanceWindow};
use crate::state::{Connectivity, Snapshot, Store};

/// Every target with its channels, in the configuration's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatusDocument {
    /// The check of this exporter's own network; only where one is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectivity: Option<ConnectivityStatus>,
    /// The targets.
    pub targets: Vec<TargetStatus>,
}

/// What the check of this exporter's own network found; empty before the first one ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectivityStatus {
    /// Whether the newest check was answered; after several failures in a row, channels are `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// Since when all checks ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub since: Option<Timestamp>,
}

impl From<Connectivity> for ConnectivityStatus {
    fn from(connectivity: Connectivity) -> Self {
        let outcome = connectivity.outcome;
        Self { up: outcome.map(|outcome| outcome.up), since: outcome.map(|outcome| outcome.since) }
    }
}

/// A target and its channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetStatus {
    /// Name in the configuration.
    pub name: String,
    /// The kind of chat platform: `chime`, `comm100`, `egain` or `xima`.
    pub platform: String,
    /// Labels that the configuration sets on the target.
    pub labels: BTreeMap<String, String>,
    /// Whether the newest poll of the primary collector made sense; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// Whether every collector has ended its first poll, well or not.
    pub polled: bool,
    /// Configured limits by signal, in the signal's unit.
    pub limits: BTreeMap<String, Limits>,
    /// The channels, in the platform's order.
    pub channels: Vec<ChannelStatus>,
}

/// The limits of one signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Where a channel becomes degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<f64>,
    /// Where a channel becomes down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<f64>,
}

/// A place where a customer can start a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelStatus {
    /// The platform's identifier; unique within the target.
    pub id: String,
    /// The name that an administrator gave it, or its identifier.
    pub name: String,
    /// The status in force, after thresholds, business hours, maintenance windows and hysteresis.
    #[serde(with = "status_word")]
    #[schemars(schema_with = "status_word::schema")]
    pub status: Status,
    /// Why, in words for people; absent while all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// Whether a customer who clicks now gets into the queue or to an agent; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
    /// Why no chat can be started, where the platform says so: `disabled`, `service_down`, `invalid`, `unreachable`,
    /// `no_agent`, `queue_full` or `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when the status is what it is.
    #[schemars(schema_with = "moment")]
    pub since: Timestamp,
    /// Whether the channel is within its business hours; always true without a schedule.
    pub open: bool,
    /// When `open` changes next; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub next_change: Option<Timestamp>,
    /// The planned maintenance window that is on, or else the next one that begins within 7 days; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// What was measured; what the platform does not report is absent.
    pub signals: Signals,
}

/// A planned maintenance window: those that touch or overlap are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Maintenance {
    /// When it begins.
    #[schemars(schema_with = "moment")]
    pub start: Timestamp,
    /// When it ends.
    #[schemars(schema_with = "moment")]
    pub end: Timestamp,
    /// What is done, in words for people; absent where nothing is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Measured values of a channel, named as their limits are in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signals {
    /// Longest current wait in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_wait: Option<f64>,
    /// Average wait in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_wait: Option<f64>,
    /// Estimated wait of a new chat in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_wait: Option<f64>,
    /// Chats waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_length: Option<f64>,
    /// Agents online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents_online: Option<f64>,
    /// Chats that agents could take on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<f64>,
    /// Share of the agents' capacity in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
    /// Chats in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chats_ongoing: Option<f64>,
}

impl StatusDocument {
    /// The newest status of everything in a store.
    pub fn of(store: &Store) -> Self {
        let targets = store.slots().iter().map(|slot| TargetStatus::of(&slot.snapshot())).collect();
        Self { connectivity: store.connectivity().map(Into::into), targets }
    }
}

impl TargetStatus {
    /// The status of a target from its snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let identity = &snapshot.identity;
        let mut limits: BTreeMap<String, Limits> = BTreeMap::new();
        for (signal, level, limit) in snapshot.limits.iter() {
            let of_signal = limits.entry((*signal).to_owned()).or_default();
            match *level {
                "degraded" => of_signal.degraded = Some(*limit),
                _ => of_signal.down = Some(*limit),
            }
        }
        Self {
            name: identity.target.clone(),
            platform: identity.platform.to_owned(),
            labels: identity.user_labels.iter().cloned().collect(),
            up: snapshot.up,
            polled: snapshot.polled,
            limits,
            channels: snapshot.channels.iter().map(ChannelStatus::of).collect(),
        }
    }

    /// The channel with the identifier `key`, or else every channel of that name; empty for an unknown one.
    pub fn find(&self, key: &str) -> Vec<&ChannelStatus> {
        match self.channels.iter().find(|channel| channel.id == key) {
            Some(channel) => vec![channel],
            None => self.channels.iter().filter(|channel| channel.name == key).collect(),
        }
    }

    /// Whether a channel that is not listed may exist all the same, since the platform was not heard yet.
    pub fn may_have_more(&self) -> bool {
        self.channels.is_empty() && !(self.polled && self.up == Some(true))
    }
}

impl ChannelStatus {
    fn of(view: &ChannelView) -> Self {
        let facts = &view.facts;
        Self {
            id: facts.id.clone(),
            name: facts.name.clone().unwrap_or_else(|| facts.id.clone()),
            status: view.status,
            explanation: view.explanation.clone(),
            available: facts.availability.map(|availability| availability == Availability::Available),
            reason: view.unavailable.map(|reason| reason.label().to_owned()),
            since: view.since,
            open: view.open,
            next_change: view.next_change,
            maintenance: view.maintenance.as_ref().map(Maintenance::of),
            signals: Signals::of(view),
        }
    }

    /// What is the matter, in words for people: `Sales is down: no agent is available`.
    pub fn describe(&self) -> String {
        let status = match self.status {
            Status::Maintenance => "in maintenance",
            status => status.label(),
        };
        match &self.explanation {
            Some(explanation) => format!("{} is {status}: {explanation}", self.name),
            None => format!("{} is {status}", self.name),
        }
    }
}

impl Maintenance {
    fn of(window: &MaintenanceWindow) -> Self {
        Self { start: window.start, end: window.end, description: window.description.clone() }
    }
}

impl Signals {
    fn of(view: &ChannelView) -> Self {
        let facts = &view.facts;
        // JSON has no number that is not finite.
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Self {
            longest_wait: finite(facts.wait_longest),
            average_wait: finite(facts.wait_average),
            estimated_wait: finite(facts.wait_estimated),
            queue_length: finite(facts.queue_length),
            agents_online: finite(facts.agents_online),
            free_slots: finite(facts.free_slots),
            utilization: finite(facts.utilization),
            chats_ongoing: finite(facts.chats_ongoing),
        }
    }

    /// Every measured value by its name, in the order of the limits.
    pub fn rows(&self) -> Vec<(&'static str, f64)> {
        let all = [
            ("longest_wait", self.longest_wait),
            ("average_wait", self.average_wait),
            ("estimated_wait", self.estimated_wait),
            ("queue_length", self.queue_length),
            ("agents_online", self.agents_online),
            ("free_slots", self.free_slots),
            ("utilization", self.utilization),
            ("chats_ongoing", self.chats_ongoing),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// The schema of a time.
pub(super) fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// A status as the word that its label is.
pub(super) mod status_word {
    use schemars::{Schema, SchemaGenerator, json_schema};
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::channel::status::Status;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field so")]
    pub(in crate::health) fn serialize<S: Serializer>(
        status: &Status,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(status.label())
    }

    pub(in crate::health) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Status, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Status::ALL.into_iter().find(|status| status.label() == word);
        known.ok_or_else(|| de::Error::custom(format!("{word:?} is not a status")))
    }

    pub(in crate::health) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Status::ALL.map(Status::label) })
    }
}
