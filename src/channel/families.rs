//! The `webchat_channel_*` families.

use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::facts::Availability;
use crate::channel::status::{ChannelView, Status};
use crate::platform::family::{Family, Row, Sink};

/// A configured limit as three columns: the `signal` label, the `level` label, and the value in the signal's unit.
pub type LimitRow = (&'static str, &'static str, f64);

/// A channel with the limits that hold for it.
#[derive(Clone, Debug)]
pub struct ChannelReport {
    /// The merged facts and the status.
    pub view: ChannelView,
    /// The configured limits.
    pub limits: Arc<[LimitRow]>,
}

/// States of `webchat_channel_unavailable_reason`, in the contract's order.
pub const UNAVAILABLE_REASONS: [&str; 8] =
    ["no_agent", "queue_full", "disabled", "service_down", "invalid", "unreachable", "other", "none"];

/// The rows, in the order of the exposition.
pub static ROWS: [Row<ChannelReport>; 13] = [
    Row {
        family: Family::gauge(
            "webchat_channel_available",
            &["channel_id", "channel"],
            "1 if a customer who clicks now gets into the queue or to an agent, from the newest polled answers of the platform.",
        ),
        extract: |channel, sink| {
            let available =
                channel.view.facts.availability.map(|availability| availability == Availability::Available);
            value(channel, sink, available.map(f64::from));
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_unavailable_reason",
            &["channel_id", "channel", "reason"],
            "Why no chat can be started: one series per reason, exactly one of them 1; none while the channel is available.",
        ),
        extract: |channel, sink| {
            let reason = channel.view.facts.availability.map(|availability| match availability {
                Availability::Available => "none",
                Availability::Unavailable(reason) => reason.label(),
            });
            sink.states(&identity(channel), &UNAVAILABLE_REASONS, reason);
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_queue_length",
            &["channel_id", "channel"],
            "Chats waiting, where the platform counts them (Comm100 currentQueueLength, eGain queueDepth).",
        ),
        extract: |channel, sink| value(channel, sink, channel.view.facts.queue_length),
    },
    Row {
        family: Family::gauge(
            "webchat_channel_wait_seconds",
            &["channel_id", "channel", "stat"],
            "Wait of customers in seconds: average, longest current, or estimated for a new chat, as far as the platform reports them.",
        ),
        extract: |channel, sink| {
            let facts = &channel.view.facts;
            for (stat, wait) in [
                ("average", facts.wait_average),
                ("longest", facts.wait_longest),
                ("estimated", facts.wait_estimated),
            ] {
                let [id, name] = identity(channel);
                sink.labelled(&[id, name, stat], wait);
            }
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_agents_online",
            &["channel_id", "channel"],
            "Agents online for the channel (Chime onlineAgentCount, Comm100 loggedInAgents).",
        ),
        extract: |channel, sink| value(channel, sink, channel.view.facts.agents_online),
    },
    Row {
        family: Family::gauge(
            "webchat_channel_chats_ongoing",
            &["channel_id", "channel"],
            "Chats in progress (Comm100 ongoingChats).",
        ),
        extract: |channel, sink| value(channel, sink, channel.view.facts.chats_ongoing),
    },
    Row {
        family: Family::gauge(
            "webchat_channel_free_slots",
            &["channel_id", "channel"],
            "Chats that agents could take on now (eGain capacity; Comm100 maximum less ongoing over agents that are not known to be away or offline).",
        ),
        extract: |channel, sink| value(channel, sink, channel.view.facts.free_slots),
    },
    Row {
        family: Family::gauge(
            "webchat_channel_open",
            &["channel_id", "channel"],
            "1 within the channel's business hours as the configured schedule says, 1 always where none is configured.",
        ),
        extract: |channel, sink| value(channel, sink, Some(f64::from(channel.view.open))),
    },
    Row {
        family: Family::gauge(
            "webchat_channel_status",
            &["channel_id", "channel", "status"],
            "What the channel is to customers after limits, business hours, maintenance windows and hysteresis: one series per status, exactly one of them 1.",
        ),
        extract: |channel, sink| {
            let states = Status::ALL.map(Status::label);
            sink.states(&identity(channel), &states, Some(channel.view.status.label()));
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_status_change_timestamp_seconds",
            &["channel_id", "channel"],
            "When the channel's status last changed, or was first known, in seconds since the epoch.",
        ),
        extract: |channel, sink| {
            value(channel, sink, Some(seconds(channel.view.since)));
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_maintenance_start_timestamp_seconds",
            &["channel_id", "channel"],
            "When the planned maintenance window that is on, or the next one within 7 days, begins, in seconds since the epoch; absent without one.",
        ),
        extract: |channel, sink| {
            let window = channel.view.maintenance.as_ref();
            value(channel, sink, window.map(|window| seconds(window.start)));
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_maintenance_end_timestamp_seconds",
            &["channel_id", "channel"],
            "When the planned maintenance window that is on, or the next one within 7 days, ends, in seconds since the epoch; absent without one.",
        ),
        extract: |channel, sink| {
            let window = channel.view.maintenance.as_ref();
            value(channel, sink, window.map(|window| seconds(window.end)));
        },
    },
    Row {
        family: Family::gauge(
            "webchat_channel_threshold",
            &["channel_id", "channel", "signal", "level"],
            "Configured limit of a signal for a level, in the signal's unit: seconds, chats, agents or a ratio.",
        ),
        extract: |channel, sink| {
            let [id, name] = identity(channel);
            for (signal, level, limit) in channel.limits.iter() {
                sink.labelled(&[id, name, signal, level], *limit);
            }
        },
    },
];

fn identity(channel: &ChannelReport) -> [&str; 2] {
    let facts = &channel.view.facts;
    [&facts.id, facts.name.as_deref().unwrap_or(&facts.id)]
}

/// Seconds since the epoch.
fn seconds(instant: Timestamp) -> f64 {
    instant.as_duration().as_secs_f64()
}

fn value(channel: &ChannelReport, sink: &mut Sink<'_>, value: Option<f64>) {
    sink.labelled(&identity(channel), value);
}
