//! A target as the status page lists it.

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::channel::status::Status;
use crate::server::pages::channel_row::{ChannelRow, is_problem, severity};
use crate::server::pages::headline::Counts;
use crate::server::pages::link;
use crate::server::pages::sparkline::Sparkline;
use crate::server::pages::time_text::span;
use crate::state::Snapshot;
use crate::state::families::CollectorReport;
use crate::state::history::CollectorHistory;

/// A target with all that the list of targets shows of it; two equal ones look alike at the same time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TargetRow {
    /// The element's identifier on a page.
    pub(super) id: String,
    /// The target's name.
    pub(super) name: String,
    /// The platform's name.
    pub(super) platform: &'static str,
    /// Its channels by status.
    pub(super) counts: Counts,
    /// Its recent polls.
    pub(super) polls: Sparkline,
    /// The newest failure that a collector has not recovered from, else the newest one.
    pub(super) last_error: Option<LastError>,
    /// How often its collectors poll, such as `every 30 s: queues, agents`.
    pub(super) collectors: Vec<String>,
}

/// What failed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastError {
    /// The class.
    pub(super) reason: &'static str,
    /// The name of the request.
    pub(super) endpoint: &'static str,
    /// What the log says of it.
    pub(super) detail: String,
    /// When the poll ended.
    pub(super) at: Timestamp,
    /// Whether the collector's newest poll is the one that failed.
    pub(super) is_current: bool,
}

impl TargetRow {
    pub(super) fn of<'a>(snapshot: &Snapshot, channels: impl IntoIterator<Item = &'a ChannelRow>) -> Self {
        let identity = &snapshot.identity;
        Self {
            id: link::target_element(&identity.target),
            name: identity.target.clone(),
            platform: identity.platform,
            counts: Counts::of(channels),
            polls: Sparkline::of(&snapshot.history.recent()),
            last_error: LastError::of(snapshot),
            collectors: collectors(&snapshot.collectors),
        }
    }

    /// Targets with the worst channels first, then those that fail while their channels are well, then by name.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.name.cmp(&other.name))
    }

    fn rank(&self) -> u8 {
        match self.counts.worst() {
            Some(status) if is_problem(status) => severity(status),
            _ if self.last_error.as_ref().is_some_and(|error| error.is_current) => {
                severity(Status::Maintenance)
            }
            _ => severity(Status::Ok),
        }
    }
}

/// The names of collectors, those with the same interval in one line, in the order in which they come first.
fn collectors(reports: &[CollectorReport]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for report in reports {
        let interval = span(report.interval);
        match lines.iter_mut().find(|(known, _)| *known == interval) {
            Some((_, names)) => names.push(report.name),
            None => lines.push((interval, vec![report.name])),
        }
    }
    lines.into_iter().map(|(interval, names)| format!("every {interval}: {}", names.join(", "))).collect()
}

impl LastError {
    fn of(snapshot: &Snapshot) -> Option<Self> {
        let errors = snapshot.history.collectors().filter_map(Self::of_collector);
        // A collector that still fails matters more than one that failed later and recovered.
        errors.max_by_key(|error| (error.is_current, error.at))
    }

    fn of_collector(history: &CollectorHistory) -> Option<Self> {
        let poll = history.last_failure()?;
        let failure = poll.failures.first()?;
        Some(Self {
            reason: failure.reason.label(),
            endpoint: failure.endpoint,
            detail: failure.detail.to_string(),
            at: poll.ended_at,
            is_current: history.recent().next().is_some_and(|newest| newest.ended_at == poll.ended_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;
    use crate::state::history::Outcome;

    #[test]
    fn targets_with_problems_come_first_and_failing_ones_next() {
        let row = |name: &str, status, outcome| {
            let channels = vec![fixture::channel_view("1", "Sales", status)];
            let mut snapshot = fixture::snapshot(name, Some(true), channels);
            snapshot.history.add(&fixture::poll(outcome));
            TargetRow::of(&snapshot, &ChannelRow::all_of(&snapshot))
        };
        let mut rows = [
            row("a", Status::Closed, Outcome::Well),
            row("b", Status::Ok, Outcome::Well),
            row("c", Status::Ok, Outcome::Partial),
            row("d", Status::Degraded, Outcome::Well),
            row("e", Status::Down, Outcome::Well),
        ];
        rows.sort_by(TargetRow::order);
        let names: String = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, "edcab");
    }

    #[test]
    fn collectors_of_one_interval_share_a_line() {
        let report = |name, interval| CollectorReport { name, interval, ..fixture::collector() };
        let reports = [report("queues", 30.0), report("agents", 60.0), report("outages", 30.0)];
        assert_eq!(collectors(&reports), ["every 30 s: queues, outages", "every 1 min: agents"]);
    }

    #[test]
    fn an_error_is_current_until_its_collector_polls_well() {
        let mut snapshot = fixture::snapshot("a", Some(true), vec![]);
        assert_eq!(LastError::of(&snapshot), None);
        snapshot.history.add(&fixture::poll(Outcome::Failed));
        let mut error = LastError {
            reason: "timeout",
            endpoint: "GetQueues",
            detail: "no answer within 10 s".into(),
            at: fixture::at("2026-03-02T11:59:30Z"),
            is_current: true,
        };
        assert_eq!(LastError::of(&snapshot), Some(error.clone()));
        let mut well = fixture::poll(Outcome::Well);
        well.ended_at = fixture::NOW;
        snapshot.history.add(&well);
        error.is_current = false;
        assert_eq!(LastError::of(&snapshot), Some(error.clone()));

        // Another collector has failed for longer and still does, which says more; once it is well the newest counts.
        let mut other = fixture::poll(Outcome::Failed);
        (other.collector, other.ended_at) = ("agents", fixture::at("2026-03-02T11:59:00Z"));
        snapshot.history.add(&other);
        let still = LastError { at: other.ended_at, is_current: true, ..error.clone() };
        assert_eq!(LastError::of(&snapshot), Some(still));
        (other.outcome, other.ended_at) = (Outcome::Well, fixture::NOW);
        other.failures = Box::default();
        snapshot.history.add(&other);
        assert_eq!(LastError::of(&snapshot), Some(error));
    }
}
