//! The published snapshots: one writer per target, any number of readers, nobody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::channel::LimitRow;
use crate::channel::memory::ChannelMemory;
use crate::channel::rules::ChannelRules;
use crate::channel::status::ChannelView;
use crate::exposition::{Block, Identity};
use crate::state::connectivity::Connectivity;
use crate::state::families::CollectorReport;
use crate::state::history::History;

/// What readers see of one target, until its next poll ends.
#[derive(Debug)]
pub struct Snapshot {
    /// The target's labels.
    pub identity: Arc<Identity>,
    /// Root of the vendor's API, without credentials or query.
    pub base_url: String,
    /// Whether the newest poll of the primary collector brought an answer that made sense; `None` before the first.
    pub up: Option<bool>,
    /// What is reported of each enabled collector, the primary one first.
    pub collectors: Arc<[CollectorReport]>,
    /// The recent polls.
    pub history: History,
    /// Rendered families, in the order of [`crate::platform::catalogue`].
    pub blocks: Vec<Block>,
    /// The channels with their status, in the order in which the platform mentions them.
    pub channels: Vec<ChannelView>,
    /// What of the channels outlives this process, in the same order.
    pub memory: Vec<ChannelMemory>,
    /// Limits that hold for the channels.
    pub limits: Arc<[LimitRow]>,
    /// By which the channels are judged.
    pub rules: Arc<ChannelRules>,
    /// Whether every collector has ended its first poll, well or not.
    pub polled: bool,
}

/// Where a target's task publishes and readers read.
#[derive(Debug)]
pub struct Slot {
    name: String,
    newest: ArcSwap<Snapshot>,
    generation: Arc<AtomicU64>,
}

impl Slot {
    /// The target's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.newest.load_full()
    }

    /// Replaces the snapshot.
    pub fn publish(&self, snapshot: Snapshot) {
        self.newest.store(Arc::new(snapshot));
        self.generation.fetch_add(1, Ordering::Release);
    }
}

/// All targets' slots, in the configuration's order, and what is known of this exporter's own network.
#[derive(Debug, Default)]
pub struct Store {
    slots: ArcSwap<Vec<Arc<Slot>>>,
    connectivity: ArcSwapOption<Connectivity>,
    generation: Arc<AtomicU64>,
}

impl Store {
    /// A slot for a target, not yet in the store.
    pub fn slot(&self, first: Snapshot) -> Arc<Slot> {
        Arc::new(Slot {
            name: first.identity.target.clone(),
            newest: ArcSwap::from_pointee(first),
            generation: self.generation.clone(),
        })
    }

    /// Replaces all slots at once, as at a start or reload.
    pub fn replace(&self, slots: Vec<Arc<Slot>>) {
        self.slots.store(Arc::new(slots));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// All slots, in order.
    pub fn slots(&self) -> Arc<Vec<Arc<Slot>>> {
        self.slots.load_full()
    }

    /// The slot of a target.
    pub fn find(&self, target: &str) -> Option<Arc<Slot>> {
        self.slots.load().iter().find(|slot| slot.name == target).cloned()
    }

    /// What the connectivity check found; `None` where none is configured.
    pub fn connectivity(&self) -> Option<Connectivity> {
        self.connectivity.load().as_deref().copied()
    }

    /// Replaces what the connectivity check found.
    pub fn set_connectivity(&self, connectivity: Option<Connectivity>) {
        if self.connectivity() != connectivity {
            self.connectivity.store(connectivity.map(Arc::new));
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// A number that grows with every publication: equal numbers mean equal pages.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether every target has ended its first round of polls, well or not.
    pub fn polled(&self) -> bool {
        self.slots.load().iter().all(|slot| slot.newest.load().polled)
    }
}
