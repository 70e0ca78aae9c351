//! What holds for the channels of a target: limits, business hours, maintenance windows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::channel::facts::ChannelFacts;
use crate::channel::schedule::{Maintenance, Schedule};
use crate::channel::threshold::Thresholds;

/// How long before its start a maintenance window is shown.
const SHOWN_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The rules by which the channels of one target are judged; two equal ones judge alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelRules {
    /// Limits, and how long it takes to say so.
    pub thresholds: Thresholds,
    /// Business hours of channels without ones of their own; `None`: always open.
    pub schedule: Option<Arc<Schedule>>,
    /// Business hours by channel id.
    pub schedules: BTreeMap<String, Arc<Schedule>>,
    /// Windows of the target, for all or for some of its channels.
    pub maintenance: Vec<Maintenance>,
    /// Whether the target is reached without the network that the connectivity check watches.
    pub exempt_from_connectivity: bool,
}

/// A start and an end.
pub type Window = (Timestamp, Timestamp);

impl ChannelRules {
    /// The business hours of a channel.
    pub fn schedule_of(&self, channel_id: &str) -> Option<&Arc<Schedule>> {
        self.schedules.get(channel_id).or(self.schedule.as_ref())
    }

    /// The maintenance window of a channel that is on at `now`, to the end of the last one that is on.
    pub fn current_window(&self, channel: &ChannelFacts, now: Timestamp) -> Option<Window> {
        let current = self.windows(channel).filter(|(start, end)| *start <= now && now < *end);
        current.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// The next maintenance window of a channel that begins after `now`, however far ahead.
    pub fn next_window(&self, channel: &ChannelFacts, now: Timestamp) -> Option<Window> {
        self.windows(channel).filter(|(start, _)| *start > now).min()
    }

    /// The window that readers are shown: the one that is on, or the next one within 7 days.
    pub fn shown_window(&self, channel: &ChannelFacts, now: Timestamp) -> Option<Window> {
        let next =
            || self.next_window(channel, now).filter(|(start, _)| start.duration_since(now) <= SHOWN_BEFORE);
        self.current_window(channel, now).or_else(next)
    }

    /// The first start or end of a maintenance window of a channel after `now`.
    pub fn next_window_change(&self, channel: &ChannelFacts, now: Timestamp) -> Option<Timestamp> {
        self.windows(channel).flat_map(|(start, end)| [start, end]).filter(|instant| *instant > now).min()
    }

    fn windows(&self, channel: &ChannelFacts) -> impl Iterator<Item = Window> {
        let is_meant = |name: &String| *name == channel.id || Some(name) == channel.name.as_ref();
        self.maintenance
            .iter()
            .filter(move |window| window.channels.is_empty() || window.channels.iter().any(is_meant))
            .map(|window| (window.start, window.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}:00Z").parse().unwrap()
    }

    fn window(channels: &[&str], start: &str, end: &str) -> Maintenance {
        Maintenance {
            targets: vec![],
            channels: channels.iter().map(ToString::to_string).collect(),
            start: at(start),
            end: at(end),
        }
    }

    fn sales() -> ChannelFacts {
        ChannelFacts { name: Some("Sales".into()), ..ChannelFacts::new("1") }
    }

    #[test]
    fn windows_are_meant_by_id_or_name_or_for_all() {
        for (channels, is_meant) in
            [(&[][..], true), (&["1"], true), (&["x", "Sales"], true), (&["sales"], false)]
        {
            let rules = ChannelRules {
                maintenance: vec![window(channels, "02T12:00", "02T13:00")],
                ..ChannelRules::default()
            };
            assert_eq!(rules.current_window(&sales(), at("02T12:30")).is_some(), is_meant, "{channels:?}");
        }
    }

    #[test]
    fn the_current_window_is_shown_before_the_next_one() {
        let rules = ChannelRules {
            maintenance: vec![
                window(&[], "20T00:00", "20T01:00"),
                window(&[], "02T12:00", "02T13:00"),
                window(&["1"], "02T12:30", "02T14:00"),
            ],
            ..ChannelRules::default()
        };
        let shown = |now| rules.shown_window(&sales(), at(now));
        assert_eq!(shown("01T00:00"), Some((at("02T12:00"), at("02T13:00"))));
        assert_eq!(shown("02T12:29"), Some((at("02T12:00"), at("02T13:00"))));
        assert_eq!(shown("02T12:30"), Some((at("02T12:00"), at("02T14:00"))));
        assert_eq!(shown("02T13:00"), Some((at("02T12:30"), at("02T14:00"))));
        assert_eq!(shown("02T14:00"), None);
        assert_eq!(shown("12T23:59"), None);
        assert_eq!(shown("13T00:00"), Some((at("20T00:00"), at("20T01:00"))));
        let changes = |now| rules.next_window_change(&sales(), at(now));
        assert_eq!(changes("02T12:00"), Some(at("02T12:30")));
        assert_eq!(changes("02T13:00"), Some(at("02T14:00")));
        assert_eq!(changes("20T01:00"), None);
    }
}
