//! What is known of one target, and the snapshot made of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::channel::board::{Board, Occasion, Sighting, StatusChange, Unseen};
use crate::channel::memory::ChannelMemory;
use crate::channel::rules::ChannelRules;
use crate::channel::{ChannelReport, LimitRow, families as channel_families, merge::merge};
use crate::exposition::{Block, Identity};
use crate::platform::catalogue::catalogue;
use crate::platform::family::{Row, Sample, Sink};
use crate::platform::reading::Reading;
use crate::state::collector::{CollectorState, PollTiming};
use crate::state::families::{self, TargetReport};
use crate::state::history::{History, PollRecord};
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
    /// By which its channels are judged.
    pub rules: Arc<ChannelRules>,
}

/// What of a target outlives its state.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetMemory {
    /// The platform whose channels these are.
    pub platform: String,
    /// The channels.
    pub channels: Vec<ChannelMemory>,
}

impl TargetMemory {
    /// What outlives the state that published `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { platform: snapshot.identity.platform.to_owned(), channels: snapshot.memory.clone() }
    }
}

/// The state of one target; its one writer is the target's task.
#[derive(Debug)]
pub struct TargetState {
    constants: TargetConstants,
    collectors: Vec<CollectorState>,
    board: Board,
    history: History,
}

impl TargetState {
    /// A target that has not been polled yet at `now`; the first of `collectors` is the primary one.
    pub fn new(constants: TargetConstants, collectors: Vec<CollectorState>, now: Timestamp) -> Self {
        let mut board = Board::new(constants.rules.clone());
        board.look_at_plans(now);
        let history = History::new(collectors.iter().map(|collector| collector.schedule().name));
        Self { constants, collectors, board, history }
    }

    /// Takes over the channels of the target's earlier configuration with their status, if the platform is the same.
    pub fn inherit(&mut self, old: TargetMemory, now: Timestamp) {
        if old.platform == self.constants.identity.platform {
            self.board.inherit(old.channels, now);
        }
    }

    /// Judges the channels by other rules from now on; returns what changed by them.
    pub fn set_rules(&mut self, rules: Arc<ChannelRules>, now: Timestamp) -> Vec<StatusChange> {
        self.board.set_rules(rules);
        self.look_again(now)
    }

    /// Takes in which connectivity check finds this exporter's own network down; returns what changed by it.
    pub fn set_cut_off(&mut self, cut_off: Option<Arc<str>>, now: Timestamp) -> Vec<StatusChange> {
        self.board.set_cut_off(cut_off);
        self.look_again(now)
    }

    /// Its labels.
    pub fn identity(&self) -> &Identity {
        &self.constants.identity
    }

    /// Its collectors, the primary one first.
    pub fn collectors(&self) -> &[CollectorState] {
        &self.collectors
    }

    /// Counts ticks of a collector without a poll.
    pub fn skipped(&mut self, collector: usize, ticks: u64) {
        self.collectors[collector].skipped(ticks);
    }

    /// Remembers a poll that ended.
    pub fn remember(&mut self, record: &PollRecord) {
        self.history.add(record);
    }

    /// Takes in what a poll of a collector brought, and evaluates the channels; returns the statuses that changed.
    pub fn end_poll(&mut self, collector: usize, reading: Reading, timing: PollTiming) -> Vec<StatusChange> {
        let state = &mut self.collectors[collector];
        state.end_poll(&self.constants.identity, reading, timing);
        let news = state.news(timing.ended).map(|channel| channel.id.clone()).collect();
        self.look(&news, Occasion::Poll(collector), timing.ended_at)
    }

    /// Evaluates the channels without a poll, when data became stale or what is planned has come; returns the statuses
    /// that changed.
    pub fn look_again(&mut self, now: Timestamp) -> Vec<StatusChange> {
        self.look(&BTreeSet::new(), Occasion::Change, now)
    }

    /// When business hours or a maintenance window of a channel change next.
    pub fn next_planned_change(&self) -> Option<Timestamp> {
        self.board.next_planned_change()
    }

    /// Looks at all channels; `news` are the ids of those that a poll just said something of.
    fn look(&mut self, news: &BTreeSet<String>, occasion: Occasion, now: Timestamp) -> Vec<StatusChange> {
        let unseen = if !self.collectors.iter().all(CollectorState::polled) {
            Unseen::Stay
        } else if self.collectors.iter().any(|collector| collector.report().up == Some(false)) {
            Unseen::Unknown
        } else {
            Unseen::Go
        };
        self.board.look(self.sightings(news), occasion, unseen, now)
    }

    /// Channels with fresh data first, then those whose data is stale.
    fn sightings(&self, news: &BTreeSet<String>) -> Vec<Sighting> {
        let fresh = merge(self.collectors.iter().flat_map(CollectorState::channels));
        let mut ids: BTreeSet<&str> = fresh.iter().map(|facts| facts.id.as_str()).collect();
        let stale = self.collectors.iter().flat_map(CollectorState::stale_channels);
        let stale: Vec<Sighting> =
            stale.filter(|facts| ids.insert(facts.id.as_str())).map(Sighting::stale).collect();
        let fresh = fresh.into_iter().map(|facts| {
            let of_parent = facts.parent.as_ref().is_some_and(|parent| news.contains(parent));
            Sighting { is_fresh: true, is_news: of_parent || news.contains(&facts.id), facts }
        });
        fresh.chain(stale).collect()
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
        let reports = self.channel_reports();
        let mut data = self.render(&channel_families::ROWS, &reports);
        data.extend(self.collectors.iter().flat_map(CollectorState::blocks).cloned());
        data.sort_by_key(|block| catalogue().position(block.family));
        let dropped_series = within_budget(&mut data, self.constants.max_series);
        let report = TargetReport {
            base_url: self.constants.base_url.clone(),
            up: self.collectors.first().filter(|primary| primary.polled()).map(CollectorState::understood),
            in_maintenance: self.board.in_maintenance(),
            exempt_from_connectivity: self.board.rules().exempt_from_connectivity,
            dropped_series,
            collectors: self.collectors.iter().map(|collector| collector.report().clone()).collect(),
            requests,
        };
        let mut blocks = self.render(&families::ROWS, std::slice::from_ref(&report));
        blocks.append(&mut data);
        Snapshot {
            identity: self.constants.identity.clone(),
            base_url: self.constants.base_url.clone(),
            up: report.up,
            collectors: report.collectors,
            history: self.history.clone(),
            blocks,
            channels: reports.into_iter().map(|report| report.view).collect(),
            memory: self.board.memory(),
            limits: Arc::clone(&self.constants.limits),
            rules: Arc::clone(self.board.rules()),
            polled: self.collectors.iter().all(CollectorState::polled),
        }
    }

    fn channel_reports(&self) -> Vec<ChannelReport> {
        let limits = &self.constants.limits;
        self.board.views().map(|view| ChannelReport { view: view.clone(), limits: limits.clone() }).collect()
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
    use std::time::Duration;

    use super::*;
    use crate::channel::schedule::{Maintenance, When};
    use crate::channel::{Availability, ChannelFacts};
    use crate::config::collector::CollectorSchedule;
    use crate::http_client::{Failure, Reason};
    use crate::platform::family::Family;
    use crate::platform::reading::{Answer, Data};

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

    fn target() -> TargetState {
        let identity = Identity {
            platform: "comm100",
            target: "shop".into(),
            user_labels: vec![],
            user_labels_on_all_series: false,
        };
        let constants = TargetConstants {
            identity: Arc::new(identity),
            base_url: String::new(),
            max_series: 10_000,
            limits: Arc::default(),
            rules: Arc::default(),
        };
        let collector = |name| CollectorSchedule {
            name,
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            stale_after: Duration::from_secs(90),
        };
        let collectors = ["queue", "agents"].map(|name| CollectorState::new(collector(name)));
        TargetState::new(constants, collectors.into(), Time::wall(0))
    }

    /// A clock whose monotonic and wall times go together.
    struct Time(Instant);

    impl Time {
        fn wall(seconds: i64) -> Timestamp {
            Timestamp::from_second(1_772_452_800 + seconds).unwrap()
        }

        fn timing(&self, seconds: u32) -> PollTiming {
            PollTiming {
                ended: self.0 + Duration::from_secs(seconds.into()),
                ended_at: Self::wall(seconds.into()),
                duration: Duration::ZERO,
            }
        }
    }

    fn channel(id: &str) -> Answer {
        let facts = ChannelFacts {
            availability: Some(Availability::Available),
            queue_length: Some(3.0),
            ..ChannelFacts::new(id)
        };
        Answer::understood("Queue", id, Data { samples: vec![], channels: vec![facts] }, vec![])
    }

    fn failed() -> Reading {
        Reading::from(vec![Answer::failed("Queue", "", Failure::new(Reason::Timeout, "late"))])
    }

    /// Every sample of the families of channels that is not 0, without the labels that all have.
    fn channel_samples(state: &TargetState) -> Vec<String> {
        let blocks = state.snapshot(vec![]).blocks;
        let text: String = blocks.iter().map(|block| std::str::from_utf8(&block.text).unwrap()).collect();
        let lines = text.lines().filter(|line| line.starts_with("webchat_channel_") && !line.ends_with(" 0"));
        let identity = "platform=\"comm100\",target=\"shop\",";
        lines.map(|line| line.replace(identity, "").replace("webchat_channel_", "")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn channels_whose_data_is_stale_stay_as_unknown() {
        let (time, mut state) = (Time(Instant::now()), target());
        state.end_poll(0, Reading::from(vec![channel("1")]), time.timing(0));
        assert_eq!(
            channel_samples(&state),
            [
                "available{channel_id=\"1\",channel=\"1\"} 1",
                "unavailable_reason{channel_id=\"1\",channel=\"1\",reason=\"none\"} 1",
                "queue_length{channel_id=\"1\",channel=\"1\"} 3",
                "open{channel_id=\"1\",channel=\"1\"} 1",
                "status{channel_id=\"1\",channel=\"1\",status=\"ok\"} 1",
                "status_change_timestamp_seconds{channel_id=\"1\",channel=\"1\"} 1772452800",
            ]
        );
        assert_eq!(state.end_poll(0, failed(), time.timing(30)), []);
        assert!(state.expire(time.0 + Duration::from_secs(90)));
        assert_eq!(state.look_again(Time::wall(90)).len(), 1);
        let unknown = [
            "open{channel_id=\"1\",channel=\"1\"} 1",
            "status{channel_id=\"1\",channel=\"1\",status=\"unknown\"} 1",
            "status_change_timestamp_seconds{channel_id=\"1\",channel=\"1\"} 1772452890",
        ];
        assert_eq!(channel_samples(&state), unknown);
        state.end_poll(0, failed(), time.timing(120));
        assert_eq!(channel_samples(&state), unknown);
        assert_eq!(state.snapshot(vec![]).channels[0].explanation.as_deref(), Some("there is no fresh data"));
        state.end_poll(0, Reading::from(vec![channel("2")]), time.timing(150));
        let ids: Vec<String> =
            state.snapshot(vec![]).channels.into_iter().map(|channel| channel.facts.id).collect();
        assert_eq!(ids, ["2"]);
    }

    /// The samples of the target's own families of these names, without the labels that all have.
    fn own_samples(state: &TargetState, names: [&str; 2]) -> Vec<String> {
        let blocks = state.snapshot(vec![]).blocks;
        let text: String = blocks.iter().map(|block| std::str::from_utf8(&block.text).unwrap()).collect();
        let lines = text.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
        lines.map(|line| line.replace("{platform=\"comm100\",target=\"shop\"}", "")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_rules_say_of_the_whole_target_is_told_before_the_first_poll() {
        let names = ["webchat_target_maintenance", "webchat_target_connectivity_exempt"];
        let mut state = target();
        assert_eq!(own_samples(&state, names), ["webchat_target_maintenance 0"]);
        let when = When::Once { start: Time::wall(60), end: Time::wall(120) };
        let window = Maintenance { targets: vec![], channels: vec![], description: None, when };
        let rules = |exempt| {
            let maintenance = vec![window.clone()];
            Arc::new(ChannelRules {
                maintenance,
                exempt_from_connectivity: Some(exempt),
                ..ChannelRules::default()
            })
        };
        state.set_rules(rules(false), Time::wall(0));
        assert_eq!(
            own_samples(&state, names),
            ["webchat_target_maintenance 0", "webchat_target_connectivity_exempt 0"]
        );
        assert_eq!(state.next_planned_change(), Some(Time::wall(60)));
        state.look_again(Time::wall(60));
        assert_eq!(
            own_samples(&state, names),
            ["webchat_target_maintenance 1", "webchat_target_connectivity_exempt 0"]
        );
        let constants = TargetConstants { rules: rules(true), ..state.constants };
        let state = TargetState::new(constants, vec![], Time::wall(119));
        assert_eq!(
            own_samples(&state, names),
            ["webchat_target_maintenance 1", "webchat_target_connectivity_exempt 1"]
        );
        assert_eq!(state.next_planned_change(), Some(Time::wall(120)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_target_goes_on_with_the_status_of_its_channels() {
        let (time, mut old, mut new) = (Time(Instant::now()), target(), target());
        old.end_poll(0, Reading::from(vec![channel("1")]), time.timing(0));
        new.inherit(TargetMemory::of(&old.snapshot(vec![])), Time::wall(60));
        let kept = [
            "open{channel_id=\"1\",channel=\"1\"} 1",
            "status{channel_id=\"1\",channel=\"1\",status=\"ok\"} 1",
            "status_change_timestamp_seconds{channel_id=\"1\",channel=\"1\"} 1772452800",
        ];
        assert_eq!(channel_samples(&new), kept);
        new.end_poll(1, Reading::default(), time.timing(61));
        assert_eq!(channel_samples(&new), kept);
        new.end_poll(0, Reading::from(vec![channel("1")]), time.timing(62));
        assert_eq!(channel_samples(&new).last().map(String::as_str), Some(kept[2]));
    }
}
