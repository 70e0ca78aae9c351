//! A channel as the pages list it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::channel::ChannelFacts;
use crate::channel::status::{ChannelView, Status};
use crate::channel::threshold::Thresholds;
use crate::server::pages::figure::{self, Figure};
use crate::server::pages::link::{self, encoded};
use crate::server::pages::plan::Plan;
use crate::state::Snapshot;

/// A channel with all that a list of channels shows of it; two equal ones look alike at the same time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChannelRow {
    /// The element's identifier on a page.
    pub(super) id: String,
    /// The target's name.
    pub(super) target: String,
    /// The platform's name.
    pub(super) platform: &'static str,
    /// The platform's identifier of the channel; empty where the target has no channel yet.
    pub(super) channel: String,
    /// The channel's name.
    pub(super) name: String,
    /// The status in force.
    pub(super) status: Status,
    /// Why, in words; empty where all is well.
    pub(super) reason: String,
    /// Since when the status is what it is.
    pub(super) since: Option<Timestamp>,
    /// What was measured.
    pub(super) figures: Vec<Figure>,
    /// What is planned.
    pub(super) plan: Plan,
}

/// How bad a status is to the person on call; smaller is worse.
pub(super) fn severity(status: Status) -> u8 {
    match status {
        Status::Down => 0,
        Status::Unknown => 1,
        Status::Degraded => 2,
        Status::Maintenance => 3,
        Status::Ok => 4,
        Status::Closed => 5,
    }
}

/// Whether somebody should look at it.
pub(super) fn is_problem(status: Status) -> bool {
    matches!(status, Status::Down | Status::Unknown | Status::Degraded)
}

impl ChannelRow {
    /// The channels of a target. A target without channels has one row that says so, lest it be overlooked.
    pub(super) fn all_of(snapshot: &Snapshot) -> Vec<Self> {
        if snapshot.channels.is_empty() {
            return vec![Self::absent(snapshot)];
        }
        // A platform may tell two channels of one identifier; their elements must differ all the same.
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows = Vec::with_capacity(snapshot.channels.len());
        for view in &snapshot.channels {
            let count = seen.entry(&view.facts.id).or_default();
            *count += 1;
            let mut row = Self::of(snapshot, view);
            if *count > 1 {
                row.id = format!("{}/{count}", row.id);
            }
            rows.push(row);
        }
        rows
    }

    fn of(snapshot: &Snapshot, view: &ChannelView) -> Self {
        let facts = &view.facts;
        let (identity, rules) = (&snapshot.identity, &snapshot.rules);
        Self {
            id: link::channel_element(&identity.target, &facts.id),
            target: identity.target.clone(),
            platform: identity.platform,
            channel: facts.id.clone(),
            name: facts.name.clone().unwrap_or_else(|| facts.id.clone()),
            status: view.status,
            reason: view.explanation.clone().unwrap_or_default(),
            since: Some(view.since),
            figures: figure::listed(facts, &rules.thresholds),
            plan: Plan::of(view, rules),
        }
    }

    fn absent(snapshot: &Snapshot) -> Self {
        let identity = &snapshot.identity;
        let reason = match snapshot.up {
            None => "it has not been polled yet",
            Some(false) => "the platform has not answered yet",
            Some(true) => "the platform answers, but lists no channel",
        };
        Self {
            id: link::channel_element(&identity.target, ""),
            target: identity.target.clone(),
            platform: identity.platform,
            channel: String::new(),
            name: "no channel known".to_owned(),
            status: Status::Unknown,
            reason: reason.to_owned(),
            since: None,
            figures: figure::listed(&ChannelFacts::new(""), &Thresholds::default()),
            plan: Plan::empty(),
        }
    }

    /// The worst first, then by target and name.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| severity(row.status);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.target.cmp(&other.target))
            .then_with(|| self.name.cmp(&other.name))
            .then_with(|| self.id.cmp(&other.id))
    }

    /// What to tell somebody who cannot look: `Sales at web-shop is down: no agent is available`.
    pub(super) fn announcement(&self) -> String {
        let Self { name, target, reason, .. } = self;
        let status = in_words(self.status);
        let colon = if reason.is_empty() { "" } else { ": " };
        format!("{name} at {target} is {status}{colon}{reason}")
    }

    /// The target's name in the path of a link.
    pub(super) fn target_in_path(&self) -> String {
        encoded(&self.target)
    }
}

/// The status as it is said of a channel.
pub(super) fn in_words(status: Status) -> &'static str {
    match status {
        Status::Maintenance => "in maintenance",
        status => status.label(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;

    #[test]
    fn the_worst_come_first_then_by_target_and_name() {
        let mut rows = [
            fixture::channel("b", "1", "Sales", Status::Closed),
            fixture::channel("b", "2", "Sales", Status::Ok),
            fixture::channel("b", "3", "Sales", Status::Maintenance),
            fixture::channel("b", "4", "Sales", Status::Degraded),
            fixture::channel("b", "5", "Sales", Status::Unknown),
            fixture::channel("b", "6", "Support", Status::Down),
            fixture::channel("b", "7", "Sales", Status::Down),
            fixture::channel("a", "8", "Trade", Status::Down),
        ];
        rows.sort_by(ChannelRow::order);
        let ids: String = rows.iter().map(|row| row.channel.as_str()).collect();
        assert_eq!(ids, "87654321");
    }

    #[test]
    fn a_target_without_channels_has_a_row_that_says_why() {
        for (up, reason) in [
            (None, "it has not been polled yet"),
            (Some(false), "the platform has not answered yet"),
            (Some(true), "the platform answers, but lists no channel"),
        ] {
            let rows = ChannelRow::all_of(&fixture::snapshot("a b", up, vec![]));
            assert_eq!((rows.len(), rows[0].reason.as_str()), (1, reason));
            assert_eq!((rows[0].id.as_str(), rows[0].status), ("channel/a%20b/", Status::Unknown));
        }
    }

    #[test]
    fn two_channels_of_one_identifier_are_two_elements() {
        let twice = ["x", "x"].map(|id| fixture::channel_view(id, "Sales", Status::Ok));
        let rows = ChannelRow::all_of(&fixture::snapshot("a", Some(true), twice.into()));
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["channel/a/x", "channel/a/x/2"]);
    }

    #[test]
    fn an_announcement_is_a_sentence() {
        let down = fixture::channel("web-shop", "1", "Sales", Status::Down);
        assert_eq!(down.announcement(), "Sales at web-shop is down: no agent is available");
        let ok = fixture::channel("web-shop", "1", "Sales", Status::Ok);
        assert_eq!(ok.announcement(), "Sales at web-shop is ok");
    }
}
