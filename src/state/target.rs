//! What is known of one target, and the snapshot made of it.

use std::sync::Arc;

use tokio::time::Instant;

use crate::channel::{ChannelReport, LimitRow, families as channel_families, merge::merge};
use crate::exposition::{Block, Identity};
use crate::platform::catalogue::catalogue;
use crate::platform::family::{Row, Sample, Sink};
use crate::platform::reading::Reading;
use crate::state::collector::{CollectorState, PollTiming};
use crate::state::families::{self, TargetReport};
use crate::state::store::Snapshot;

/// Everything about a target that polls do not change.
#[derive(Clone, Debug)]
pub struct TargetConstants {
    /// Its labels.
    pub identity: Arc<Identity>,
    /// Root of its API.
    pub base_url: String,
    /// Series it may have, the exporter's own view of it not counted.
    pub max_series: usize,
    /// Limits that hold for its channels.
    pub limits: Arc<[LimitRow]>,
}

/// The state of one target; its one writer is the target's task.
#[derive(Debug)]
pub struct TargetState {
    constants: TargetConstants,
    collectors: Vec<CollectorState>,
}

impl TargetState {
    /// A target that has not been polled yet; the first of `collectors` is the primary one.
    pub fn new(constants: TargetConstants, collectors: Vec<CollectorState>) -> Self {
        Self { constants, collectors }
    }

    /// Its collectors, the primary one first.
    pub fn collectors(&self) -> &[CollectorState] {
        &self.collectors
    }

    /// Counts ticks of a collector without a poll.
    pub fn skipped(&mut self, collector: usize, ticks: u64) {
        self.collectors[collector].skipped(ticks);
    }

    /// Takes in what a poll of a collector brought.
    pub fn end_poll(&mut self, collector: usize, reading: Reading, timing: PollTiming) {
        self.collectors[collector].end_poll(&self.constants.identity, reading, timing);
    }

    /// Drops stale data; returns whether there was any.
    pub fn expire(&mut self, now: Instant) -> bool {
        let identity = &self.constants.identity;
        let expired =
            self.collectors.iter_mut().filter_map(|collector| collector.expire(identity, now).then_some(()));
        expired.count() > 0
    }

    /// When the oldest data becomes stale.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.collectors.iter().filter_map(CollectorState::next_expiry).min()
    }

    /// Renders everything that is known now; `requests` are the HTTP exchanges so far.
    pub fn snapshot(&self, requests: Vec<(&'static str, String, u64)>) -> Snapshot {
        let mut data = self.channel_blocks();
        data.extend(self.collectors.iter().flat_map(CollectorState::blocks).cloned());
        data.sort_by_key(|block| catalogue().position(block.family));
        let dropped_series = within_budget(&mut data, self.constants.max_series);
        let report = TargetReport {
            base_url: self.constants.base_url.clone(),
            up: self.collectors.first().filter(|primary| primary.polled()).map(CollectorState::understood),
            dropped_series,
            collectors: self.collectors.iter().map(|collector| collector.report().clone()).collect(),
            requests,
        };
        let mut blocks = self.render(&families::ROWS, std::slice::from_ref(&report));
        blocks.append(&mut data);
        Snapshot {
            identity: self.constants.identity.clone(),
            base_url: self.constants.base_url.clone(),
            blocks,
            channels: Vec::new(),
            polled: self.collectors.iter().all(CollectorState::polled),
        }
    }

    fn channel_blocks(&self) -> Vec<Block> {
        let limits = &self.constants.limits;
        let channels: Vec<ChannelReport> = merge(self.collectors.iter().flat_map(CollectorState::channels))
            .into_iter()
            .map(|facts| ChannelReport { facts, limits: limits.clone() })
            .collect();
        self.render(&channel_families::ROWS, &channels)
    }

    fn render<A>(&self, rows: &'static [Row<A>], items: &[A]) -> Vec<Block> {
        let blocks = rows.iter().map(|row| {
            let mut samples: Vec<Sample> = Vec::new();
            for item in items {
                (row.extract)(item, &mut Sink::new(&row.family, &mut samples));
            }
            Block::render(&self.constants.identity, &row.family, &samples)
        });
        blocks.filter(|block| block.samples > 0).collect()
    }
}

/// Keeps families, in order, while their series fit into the budget, and drops whole the ones that do not; returns the
/// number of dropped series.
fn within_budget(blocks: &mut Vec<Block>, max_series: usize) -> usize {
    let (mut kept, mut dropped) = (0, 0);
    blocks.retain(|block| {
        let fits = kept + block.samples <= max_series;
        *(if fits { &mut kept } else { &mut dropped }) += block.samples;
        fits
    });
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::family::Family;

    static SMALL: Family = Family::gauge("a", &["n"], "X.");
    static LARGE: Family = Family::gauge("b", &["n"], "X.");

    fn block(family: &'static Family, count: usize) -> Block {
        let identity = Identity {
            platform: "x",
            target: "t".into(),
            user_labels: vec![],
            user_labels_on_all_series: false,
        };
        let mut samples = Vec::new();
        for number in 0..count {
            Sink::new(family, &mut samples).labelled(&[&number.to_string()], 1.0);
        }
        Block::render(&identity, family, &samples)
    }

    #[test]
    fn families_above_the_budget_are_dropped_whole() {
        let mut blocks = vec![block(&SMALL, 3), block(&LARGE, 9), block(&SMALL, 2)];
        assert_eq!(within_budget(&mut blocks, 5), 9);
        assert_eq!(blocks.iter().map(|block| block.samples).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(within_budget(&mut blocks, 5), 0);
    }
}
