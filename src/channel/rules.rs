//! What holds for the channels of a target: limits, business hours, maintenance windows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::channel::facts::ChannelFacts;
use crate::channel::schedule::{Maintenance, Schedule};
use crate::channel::threshold::Thresholds;

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
    /// Whether the target is reached without the network that the connectivity check watches; `None` without a check.
    pub exempt_from_connectivity: Option<bool>,
}

impl ChannelRules {
    /// The business hours of a channel.
    pub fn schedule_of(&self, channel_id: &str) -> Option<&Arc<Schedule>> {
        self.schedules.get(channel_id).or(self.schedule.as_ref())
    }

    /// Indices of those of [`ChannelRules::maintenance`] that are about a channel.
    pub fn maintenance_of(&self, channel: &ChannelFacts) -> Vec<usize> {
        let is_meant = |name: &String| *name == channel.id || Some(name) == channel.name.as_ref();
        let all = self.maintenance.iter().enumerate();
        all.filter(|(_, planned)| planned.channels.is_empty() || planned.channels.iter().any(is_meant))
            .map(|(index, _)| index)
            .collect()
    }

    /// Indices of those of [`ChannelRules::maintenance`] that are about all channels, whatever they are.
    pub fn maintenance_of_all(&self) -> Vec<usize> {
        let all = self.maintenance.iter().enumerate();
        all.filter(|(_, planned)| planned.channels.is_empty()).map(|(index, _)| index).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::channel::schedule::When;

    fn planned(channels: &[&str]) -> Maintenance {
        Maintenance {
            targets: vec![],
            channels: channels.iter().map(ToString::to_string).collect(),
            description: None,
            when: When::Once { start: Timestamp::MIN, end: Timestamp::MAX },
        }
    }

    #[test]
    fn windows_are_meant_by_id_or_name_or_for_all() {
        let maintenance = [&[][..], &["1"], &["x", "Sales"], &["sales"]].map(planned).to_vec();
        let rules = ChannelRules { maintenance, ..ChannelRules::default() };
        let sales = ChannelFacts { name: Some("Sales".into()), ..ChannelFacts::new("1") };
        assert_eq!(rules.maintenance_of(&sales), [0, 1, 2]);
        assert_eq!(rules.maintenance_of(&ChannelFacts::new("sales")), [0, 3]);
        assert_eq!(rules.maintenance_of_all(), [0]);
    }
}
