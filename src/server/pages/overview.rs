//! Everything that the status page shows, kept up to date: what did not change is not made anew.
//!
//! Each update of it has a number. Whoever saw an update can be told what became different since.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::status::Status;
use crate::server::pages::channel_row::{ChannelRow, is_problem};
use crate::server::pages::headline::Counts;
use crate::server::pages::target_row::TargetRow;
use crate::state::{Snapshot, Store};

/// Removals and announcements that are remembered for those who come back.
const REMEMBERED: usize = 4096;

/// A row and the update that made it what it is.
#[derive(Debug)]
pub(super) struct Entry<R> {
    /// The row.
    pub(super) row: R,
    /// The number of the update.
    pub(super) changed: u64,
}

/// The rows of one target, with the snapshot that they were made from.
#[derive(Clone, Debug)]
struct Part {
    snapshot: Arc<Snapshot>,
    channels: Vec<Arc<Entry<ChannelRow>>>,
    target: Arc<Entry<TargetRow>>,
}

/// What the status page shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Overview {
    /// The number of this update; 0 before the first.
    pub(super) number: u64,
    /// The generation of the store that it shows.
    pub(super) generation: u64,
    /// Channels that somebody should look at, the worst first.
    pub(super) problems: Vec<Arc<Entry<ChannelRow>>>,
    /// The other channels.
    pub(super) others: Vec<Arc<Entry<ChannelRow>>>,
    /// The targets, those with problems first.
    pub(super) targets: Vec<Arc<Entry<TargetRow>>>,
    /// All channels by status.
    pub(super) counts: Counts,
    /// Since when the exporter's own network is down; `None` while it works or is not checked.
    pub(super) cut_off: Option<Timestamp>,
    parts: HashMap<String, Part>,
    removed: VecDeque<(u64, String)>,
    announced: VecDeque<(u64, String)>,
    /// Updates up to this one cannot be told from: too much was forgotten.
    horizon: u64,
}

impl Overview {
    /// This overview, or a newer one where something was published meanwhile.
    pub(super) fn refreshed(self: &Arc<Self>, store: &Store) -> Arc<Self> {
        // Read before the snapshots: what is published in between makes the overview newer than its number, never older.
        let generation = store.generation();
        if self.number > 0 && self.generation == generation {
            return Arc::clone(self);
        }
        let snapshots = store.slots().iter().map(|slot| slot.snapshot()).collect();
        let down = store.connectivity().filter(|connectivity| connectivity.is_down);
        let cut_off = down.and_then(|connectivity| connectivity.outcome).map(|outcome| outcome.since);
        Arc::new(Self { cut_off, ..self.updated(generation, snapshots) })
    }

    /// The names of the platforms, each once.
    pub(super) fn platforms(&self) -> Vec<&'static str> {
        let mut platforms: Vec<&'static str> = self.targets.iter().map(|entry| entry.row.platform).collect();
        platforms.sort_unstable();
        platforms.dedup();
        platforms
    }

    /// Whether somebody who saw an update can be told what changed since.
    pub(super) fn reaches_back_to(&self, number: u64) -> bool {
        (self.horizon..=self.number).contains(&number) && number > 0
    }

    /// Whether more rows than `few`, and more than half of them all, became different after an update.
    pub(super) fn is_mostly_news_since(&self, number: u64, few: usize) -> bool {
        let channels = self.problems.iter().chain(&self.others).filter(|entry| entry.changed > number);
        let targets = self.targets.iter().filter(|entry| entry.changed > number);
        let changed = channels.count() + targets.count();
        changed > few && 2 * changed > self.counts.total() + self.targets.len()
    }

    /// The identifiers of rows that went after an update.
    pub(super) fn removed_since(&self, number: u64) -> impl Iterator<Item = &str> {
        self.removed.iter().filter(move |(at, _)| *at > number).map(|(_, id)| id.as_str())
    }

    /// What was announced after an update.
    pub(super) fn announced_since(&self, number: u64) -> impl Iterator<Item = &str> {
        self.announced.iter().filter(move |(at, _)| *at > number).map(|(_, text)| text.as_str())
    }

    fn updated(&self, generation: u64, snapshots: Vec<Arc<Snapshot>>) -> Self {
        let mut next = Self {
            number: self.number + 1,
            generation,
            removed: self.removed.clone(),
            announced: self.announced.clone(),
            horizon: self.horizon,
            ..Self::default()
        };
        for snapshot in snapshots {
            let name = snapshot.identity.target.clone();
            let part = match self.parts.get(&name) {
                Some(old) if Arc::ptr_eq(&old.snapshot, &snapshot) => old.clone(),
                old => next.part(snapshot, old),
            };
            next.parts.insert(name, part);
        }
        let gone = self.parts.iter().filter(|(name, _)| !next.parts.contains_key(*name));
        let gone: Vec<String> = gone.flat_map(|(_, part)| part.ids()).collect();
        next.removed.extend(gone.into_iter().map(|id| (next.number, id)));
        next.forget();
        next.arrange();
        next
    }

    /// The rows of a target, the old ones where they are as they were.
    fn part(&mut self, snapshot: Arc<Snapshot>, old: Option<&Part>) -> Part {
        let changed = self.number;
        let mut known: BTreeMap<&str, &Arc<Entry<ChannelRow>>> = BTreeMap::new();
        known.extend(old.iter().flat_map(|old| &old.channels).map(|entry| (entry.row.id.as_str(), entry)));
        let mut channels = Vec::new();
        for row in ChannelRow::all_of(&snapshot) {
            let before = known.remove(row.id.as_str());
            if let Some(before) = before.filter(|before| before.row.status != row.status) {
                self.announce(before.row.status, &row);
            }
            let same = before.filter(|before| before.row == row).cloned();
            channels.push(same.unwrap_or_else(|| Arc::new(Entry { row, changed })));
        }
        self.removed.extend(known.into_keys().map(|id| (changed, id.to_owned())));
        let row = TargetRow::of(&snapshot, channels.iter().map(|entry| &entry.row));
        let same = old.map(|old| &old.target).filter(|target| target.row == row).cloned();
        Part { snapshot, channels, target: same.unwrap_or_else(|| Arc::new(Entry { row, changed })) }
    }

    /// Announces what somebody on call wants to hear: that something went wrong, or is well again.
    fn announce(&mut self, before: Status, row: &ChannelRow) {
        if is_problem(before) || is_problem(row.status) {
            self.announced.push_back((self.number, row.announcement()));
        }
    }

    fn forget(&mut self) {
        while self.removed.len() > REMEMBERED {
            let forgotten = self.removed.pop_front();
            self.horizon = forgotten.map_or(self.horizon, |(number, _)| number);
        }
        // Whoever was away for so long does not want to hear it all.
        let excess = self.announced.len().saturating_sub(REMEMBERED);
        self.announced.drain(..excess);
    }

    /// Puts the rows in their order.
    fn arrange(&mut self) {
        let channels = || self.parts.values().flat_map(|part| &part.channels);
        self.counts = Counts::of(channels().map(|entry| &entry.row));
        let (mut problems, mut others): (Vec<_>, Vec<_>) =
            channels().cloned().partition(|entry| is_problem(entry.row.status));
        for rows in [&mut problems, &mut others] {
            rows.sort_by(|one, other| one.row.order(&other.row));
        }
        let mut targets: Vec<_> = self.parts.values().map(|part| Arc::clone(&part.target)).collect();
        targets.sort_by(|one, other| one.row.order(&other.row));
        (self.problems, self.others, self.targets) = (problems, others, targets);
    }
}

impl Part {
    fn ids(&self) -> impl Iterator<Item = String> {
        let channels = self.channels.iter().map(|entry| entry.row.id.clone());
        channels.chain([self.target.row.id.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;

    fn ids(entries: &[Arc<Entry<ChannelRow>>], after: u64) -> Vec<&str> {
        entries.iter().filter(|entry| entry.changed > after).map(|entry| entry.row.channel.as_str()).collect()
    }

    fn publish(store: &Store, target: &str, statuses: &[(&str, Status)]) {
        let channels =
            statuses.iter().map(|(id, status)| fixture::channel_view(id, "Sales", *status)).collect();
        let snapshot = fixture::snapshot(target, Some(true), channels);
        if let Some(slot) = store.find(target) {
            return slot.publish(snapshot);
        }
        let mut slots = store.slots().to_vec();
        slots.push(store.slot(snapshot));
        store.replace(slots);
    }

    #[test]
    fn an_update_tells_what_changed_and_keeps_the_rest() {
        let store = Store::default();
        publish(&store, "a", &[("1", Status::Ok), ("2", Status::Ok), ("3", Status::Ok)]);
        publish(&store, "b", &[("4", Status::Ok)]);
        let first = Arc::new(Overview::default()).refreshed(&store);
        assert_eq!((first.number, ids(&first.others, 0)), (1, vec!["1", "2", "3", "4"]));
        assert!(Arc::ptr_eq(&first, &first.refreshed(&store)));

        publish(&store, "a", &[("1", Status::Ok), ("2", Status::Down)]);
        let second = first.refreshed(&store);
        assert_eq!((ids(&second.problems, 1), ids(&second.others, 1)), (vec!["2"], vec![]));
        assert_eq!(ids(&second.others, 0), ["1", "4"]);
        assert_eq!(second.removed_since(1).collect::<Vec<_>>(), ["channel/a/3"]);
        let announced = "Sales at a is down: no agent is available";
        assert_eq!(second.announced_since(1).collect::<Vec<_>>(), [announced]);
        assert_eq!(second.targets.iter().filter(|entry| entry.changed > 1).count(), 1);
        assert!(Arc::ptr_eq(&first.others[0], &second.others[0]));

        store.replace(store.slots()[1..].to_vec());
        let third = second.refreshed(&store);
        let mut removed: Vec<&str> = third.removed_since(2).collect();
        removed.sort_unstable();
        assert_eq!(removed, ["channel/a/1", "channel/a/2", "target/a"]);
        assert_eq!(third.announced_since(2).count(), 0);
        assert_eq!(third.counts.total(), 1);
    }

    #[test]
    fn nobody_is_told_from_an_update_of_which_something_was_forgotten() {
        let store = Store::default();
        let channels: Vec<String> = (0..=REMEMBERED).map(|number| number.to_string()).collect();
        let all: Vec<(&str, Status)> = channels.iter().map(|id| (id.as_str(), Status::Ok)).collect();
        publish(&store, "a", &all);
        let first = Arc::new(Overview::default()).refreshed(&store);
        publish(&store, "a", &all[..1]);
        let second = first.refreshed(&store);
        assert_eq!([0, 1, 2, 3].map(|number| second.reaches_back_to(number)), [false, true, true, false]);
        publish(&store, "a", &all[1..3]);
        let third = second.refreshed(&store);
        assert_eq!([1, 2, 3].map(|number| third.reaches_back_to(number)), [false, true, true]);
    }
}
