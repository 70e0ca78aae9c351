//! The maintenance windows of a target and its channels, remembered until they change: every poll asks for them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

use crate::channel::facts::ChannelFacts;
use crate::channel::maintenance::Outlook;
use crate::channel::rules::ChannelRules;
use crate::channel::schedule::Maintenance;

/// What was found for the channels of one target under one set of rules, by what is planned for them.
#[derive(Debug, Default)]
pub struct MaintenanceCache {
    /// By indices into [`ChannelRules::maintenance`]: channels for which the same is planned share an entry.
    known: BTreeMap<Vec<usize>, Known>,
}

/// An outlook and when it was found.
#[derive(Debug)]
struct Known {
    outlook: Outlook,
    from: Timestamp,
}

impl MaintenanceCache {
    /// The windows of `channel` at `now`; `rules` are the same in every call.
    pub fn look_up(&mut self, rules: &ChannelRules, channel: &ChannelFacts, now: Timestamp) -> &Outlook {
        self.find(rules, rules.maintenance_of(channel), now)
    }

    /// The windows of all channels at `now`, also of those that nobody knows yet.
    pub fn look_up_all(&mut self, rules: &ChannelRules, now: Timestamp) -> &Outlook {
        self.find(rules, rules.maintenance_of_all(), now)
    }

    fn find(&mut self, rules: &ChannelRules, planned: Vec<usize>, now: Timestamp) -> &Outlook {
        let known = match self.known.entry(planned) {
            Entry::Vacant(entry) => {
                let known = Known::find(rules, entry.key(), now);
                entry.insert(known)
            }
            Entry::Occupied(mut entry) => {
                if !entry.get().holds_at(now) {
                    let known = Known::find(rules, entry.key(), now);
                    entry.insert(known);
                }
                entry.into_mut()
            }
        };
        &known.outlook
    }
}

impl Known {
    fn find(rules: &ChannelRules, planned: &[usize], now: Timestamp) -> Self {
        let planned: Vec<&Maintenance> =
            planned.iter().filter_map(|index| rules.maintenance.get(*index)).collect();
        Self { outlook: Outlook::of(&planned, now), from: now }
    }

    fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && self.outlook.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::channel::recurrence::Recurrence;
    use crate::channel::schedule::{Hours, When};

    #[test]
    fn what_is_remembered_is_what_is_planned() {
        let planned = |channel: &str, start, end| {
            let mut weekly: [Vec<Hours>; 7] = Default::default();
            weekly[0].push(Hours { start, end });
            let (zone, weeks_of_month) = (TimeZone::UTC, [].into());
            Maintenance {
                targets: vec![],
                channels: vec![channel.to_owned()],
                description: None,
                when: When::Recurring(Recurrence { zone, weekly, weeks_of_month, from: None, until: None }),
            }
        };
        let maintenance = vec![planned("1", 480, 1080), planned("2", 600, 660)];
        let rules = ChannelRules { maintenance, ..ChannelRules::default() };
        let mut cache = MaintenanceCache::default();
        // The clock may go back as well.
        for time in ["02T07:59:59", "02T08:00:00", "02T17:59:59", "02T18:00:00", "09T12:00:00", "02T10:00:00"]
        {
            let now: Timestamp = format!("2026-03-{time}Z").parse().unwrap();
            for (index, channel) in ["1", "2"].into_iter().enumerate() {
                let expected = Outlook::of(&[&rules.maintenance[index]], now);
                let found = cache.look_up(&rules, &ChannelFacts::new(channel), now);
                assert_eq!((&found.current, &found.next), (&expected.current, &expected.next), "{time}");
                assert_eq!(found.shown(now), expected.shown(now), "{time}");
            }
            assert_eq!(*cache.look_up(&rules, &ChannelFacts::new("3"), now), Outlook::default());
        }
        assert_eq!(cache.known.len(), 3);
    }
}
