//! What is planned for a channel: when it opens or closes next, and its maintenance window.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::channel::rules::ChannelRules;
use crate::channel::status::{ChannelView, Status};
use crate::server::pages::time_text::Ahead;

/// What is planned, independent of the time at which it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    zone: TimeZone,
    changes: Vec<(&'static str, Timestamp)>,
    /// What a maintenance window ahead is for, in words.
    purpose: Option<String>,
}

/// One planned change as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedChange {
    /// What happens, such as `opens`.
    pub(super) what: &'static str,
    /// When.
    pub(super) at: Ahead,
}

impl Plan {
    pub(super) fn of(view: &ChannelView, rules: &ChannelRules) -> Self {
        let zone = rules.schedule_of(&view.facts.id).map_or(TimeZone::UTC, |schedule| schedule.zone.clone());
        let mut changes = Vec::new();
        let is_on = view.status == Status::Maintenance;
        match &view.maintenance {
            Some(window) if is_on => changes.push(("maintenance until", window.end)),
            Some(window) => changes.extend([("maintenance from", window.start), ("until", window.end)]),
            None => {}
        }
        // What the window that is on is for is among the reasons of the status.
        let ahead = view.maintenance.as_ref().filter(|_| !is_on);
        let purpose = ahead.and_then(|window| window.description.clone());
        changes.extend(view.next_change.map(|at| (if view.open { "closes" } else { "opens" }, at)));
        Self { zone, changes, purpose }
    }

    /// Nothing planned.
    pub(super) fn empty() -> Self {
        Self { zone: TimeZone::UTC, changes: Vec::new(), purpose: None }
    }

    /// What a maintenance window ahead is for.
    pub(super) fn purpose(&self) -> &str {
        self.purpose.as_deref().unwrap_or_default()
    }

    /// The changes in the order in which they are told.
    pub(super) fn changes(&self, now: Timestamp) -> Vec<PlannedChange> {
        let change = |(what, at): &(&'static str, Timestamp)| PlannedChange {
            what,
            at: Ahead::new(*at, &self.zone, now),
        };
        self.changes.iter().map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ChannelFacts;
    use crate::channel::maintenance::MaintenanceWindow;
    use crate::server::pages::fixture;

    fn told(view: &ChannelView) -> String {
        let changes = Plan::of(view, &ChannelRules::default()).changes(fixture::NOW);
        let told: Vec<String> =
            changes.iter().map(|change| format!("{} {}", change.what, change.at.short)).collect();
        told.join(", ")
    }

    #[test]
    fn the_next_change_and_the_window_are_told() {
        let window = MaintenanceWindow {
            start: fixture::at("2026-03-03T02:00:00Z"),
            end: fixture::at("2026-03-03T04:00:00Z"),
            description: Some("Upgrade.".into()),
        };
        let closed = ChannelView {
            open: false,
            next_change: Some(fixture::at("2026-03-03T08:00:00Z")),
            ..fixture::view(ChannelFacts::new("1"), Status::Closed)
        };
        assert_eq!(told(&closed), "opens Tue 08:00 UTC");
        let open =
            ChannelView { open: true, status: Status::Ok, maintenance: Some(window), ..closed.clone() };
        assert_eq!(told(&open), "maintenance from Tue 02:00 UTC, until Tue 04:00 UTC, closes Tue 08:00 UTC");
        assert_eq!(Plan::of(&open, &ChannelRules::default()).purpose(), "Upgrade.");
        let on = ChannelView { status: Status::Maintenance, next_change: None, ..open };
        assert_eq!(told(&on), "maintenance until Tue 04:00 UTC");
        assert_eq!(Plan::of(&on, &ChannelRules::default()).purpose(), "");
    }
}
