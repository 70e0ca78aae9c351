//! The channels of one target, each with its status.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::evaluate::{Evaluation, Plan, evaluate};
use crate::channel::facts::ChannelFacts;
use crate::channel::hours_cache::HoursCache;
use crate::channel::hysteresis::Hysteresis;
use crate::channel::maintenance_cache::MaintenanceCache;
use crate::channel::memory::{ChannelMemory, REMEMBERED};
use crate::channel::rules::ChannelRules;
use crate::channel::status::{ChannelView, Status};
use crate::channel::tracker::{Tracker, round_of};

/// What is known of a channel when the board looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The merged facts; of a channel whose data is stale, its id and name.
    pub facts: ChannelFacts,
    /// Whether there is data that is not stale.
    pub is_fresh: bool,
    /// Whether the poll that just ended said something of it.
    pub is_news: bool,
}

impl Sighting {
    /// A channel about which all data is stale.
    pub fn stale(facts: &ChannelFacts) -> Self {
        Self { facts: facts.without_values(), is_fresh: false, is_news: false }
    }
}

/// What makes the board look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A poll of the collector of that index ended.
    Poll(usize),
    /// Data became stale, business hours or a maintenance window changed, the rules or the exporter's own network did.
    Change,
}

/// What becomes of channels of an earlier configuration that were not seen under this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// They stay as they are: not every collector has ended a poll.
    Stay,
    /// They become `unknown`, for a day at most: polls failed, so it is not certain that they are gone.
    Unknown,
    /// They go: every collector's newest poll went well, and none mentioned them.
    Go,
}

/// A status that gave way to another.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusChange {
    /// The channel.
    pub channel_id: String,
    /// What it was.
    pub from: Status,
    /// What it is.
    pub to: Status,
    /// Why.
    pub explanation: Option<String>,
}

/// The channels of one target, in the order in which the platform mentions them.
#[derive(Debug, Default)]
pub struct Board {
    rules: Arc<ChannelRules>,
    /// The address whose connectivity check says that this exporter's own network is down.
    cut_off: Option<Arc<str>>,
    channels: Vec<Tracker>,
    hours: HoursCache,
    maintenance: MaintenanceCache,
    in_maintenance: bool,
    next_planned_change: Option<Timestamp>,
}

impl Board {
    /// A board without channels.
    pub fn new(rules: Arc<ChannelRules>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Takes over the channels of an earlier configuration, which ended at `now` unless they say otherwise: their status
    /// stays until evaluations say otherwise. Those that were not seen for a day are forgotten.
    pub fn inherit(&mut self, memory: Vec<ChannelMemory>, now: Timestamp) {
        let mut ids = BTreeSet::new();
        for channel in memory {
            let last_seen = channel.last_seen.unwrap_or(now);
            if now.duration_since(last_seen) < REMEMBERED && ids.insert(channel.id.clone()) {
                let tracker = self.resume(channel, last_seen, now);
                self.channels.push(tracker);
            }
        }
    }

    /// The channel as it was left; what is planned for it follows from this configuration.
    fn resume(&mut self, channel: ChannelMemory, last_seen: Timestamp, now: Timestamp) -> Tracker {
        let facts = channel.facts();
        let (open, next_change) = self.hours_of(&facts.id, now);
        let maintenance = self.maintenance.look_up(&self.rules, &facts, now).shown(now).cloned();
        let view = ChannelView {
            status: channel.hysteresis.status(),
            explanation: channel.hysteresis.explanation().map(str::to_owned),
            unavailable: channel.unavailable,
            since: channel.since,
            open,
            next_change,
            maintenance,
            facts,
        };
        Tracker {
            view,
            hysteresis: channel.hysteresis,
            before_cut_off: None,
            round: Vec::new(),
            inherited: Some(last_seen),
        }
    }

    /// What outlives this board.
    pub fn memory(&self) -> Vec<ChannelMemory> {
        self.channels.iter().map(Tracker::memory).collect()
    }

    /// Replaces the rules; the next look is by them.
    pub fn set_rules(&mut self, rules: Arc<ChannelRules>) {
        self.rules = rules;
        self.hours = HoursCache::default();
        self.maintenance = MaintenanceCache::default();
    }

    /// Says which connectivity check finds this exporter's own network down; the next look is by it.
    pub fn set_cut_off(&mut self, cut_off: Option<Arc<str>>) {
        self.cut_off = cut_off;
    }

    /// The rules in force.
    pub fn rules(&self) -> &Arc<ChannelRules> {
        &self.rules
    }

    /// The channels as readers see them.
    pub fn views(&self) -> impl Iterator<Item = &ChannelView> {
        self.channels.iter().map(|tracker| &tracker.view)
    }

    /// Whether a maintenance window of all channels was on at the newest look, whatever channels are known.
    pub fn in_maintenance(&self) -> bool {
        self.in_maintenance
    }

    /// When business hours or a maintenance window change first after the newest look.
    pub fn next_planned_change(&self) -> Option<Timestamp> {
        self.next_planned_change
    }

    /// Evaluates the channels that were seen and forgets those that were not, but for `unseen`; returns what changed.
    pub fn look(
        &mut self,
        sightings: Vec<Sighting>,
        occasion: Occasion,
        unseen: Unseen,
        now: Timestamp,
    ) -> Vec<StatusChange> {
        let mut old: BTreeMap<String, Tracker> =
            self.channels.drain(..).map(|tracker| (tracker.view.facts.id.clone(), tracker)).collect();
        let mut changes = Vec::new();
        let mut channels = Vec::with_capacity(sightings.len());
        for sighting in sightings {
            let tracker = old.remove(&sighting.facts.id);
            let tracker = match tracker {
                Some(tracker) if unseen == Unseen::Stay && self.awaits_more(&tracker, &sighting, now) => {
                    tracker
                }
                tracker => self.track(tracker, sighting, occasion, now, &mut changes),
            };
            channels.push(tracker);
        }
        for tracker in old.into_values() {
            let Some(since) = tracker.inherited else { continue };
            // What is unknown is explained by what holds now, not by what held for the earlier configuration.
            let stays = self.cut_off().is_none() && tracker.hysteresis.status() != Status::Unknown;
            match unseen {
                Unseen::Stay if stays => channels.push(tracker),
                Unseen::Stay | Unseen::Unknown if now.duration_since(since) < REMEMBERED => {
                    let lost = Sighting::stale(&tracker.view.facts);
                    let tracker = self.track(Some(tracker), lost, Occasion::Change, now, &mut changes);
                    channels.push(Tracker { inherited: Some(since), ..tracker });
                }
                Unseen::Stay | Unseen::Unknown | Unseen::Go => {}
            }
        }
        self.channels = channels;
        self.look_at_plans(now);
        changes
    }

    /// Looks at what is planned without judging a channel, as before the first poll.
    pub fn look_at_plans(&mut self, now: Timestamp) {
        self.in_maintenance = self.maintenance.look_up_all(&self.rules, now).current.is_some();
        self.next_planned_change = self.find_next_planned_change(now);
    }

    /// Whether a channel of an earlier configuration stays as it is, since those who were polled so far only name it.
    fn awaits_more(&mut self, tracker: &Tracker, sighting: &Sighting, now: Timestamp) -> bool {
        let is_known = tracker.inherited.is_some() && tracker.hysteresis.status() != Status::Unknown;
        is_known && self.cut_off().is_none() && self.judge(sighting, now).status == Status::Unknown
    }

    /// What the data and what is planned make of a channel now.
    fn judge(&mut self, sighting: &Sighting, now: Timestamp) -> Evaluation {
        let (open, _) = self.hours_of(&sighting.facts.id, now);
        let cut_off = self.cut_off();
        let outlook = self.maintenance.look_up(&self.rules, &sighting.facts, now);
        let plan = Plan { open, maintenance: outlook.current.as_ref() };
        let facts = sighting.is_fresh.then_some(&sighting.facts);
        evaluate(facts, &self.rules.thresholds, plan, cut_off.as_deref())
    }

    /// The address whose connectivity check makes the channels unknown.
    fn cut_off(&self) -> Option<Arc<str>> {
        self.cut_off.clone().filter(|_| self.rules.exempt_from_connectivity != Some(true))
    }

    fn find_next_planned_change(&mut self, now: Timestamp) -> Option<Timestamp> {
        let of_all = self.maintenance.look_up_all(&self.rules, now).until;
        let of_channels = self.channels.iter().flat_map(|Tracker { view, .. }| {
            let outlook = self.maintenance.look_up(&self.rules, &view.facts, now);
            [view.next_change, outlook.until].into_iter().flatten()
        });
        of_channels.chain(of_all).filter(|planned| *planned > now).min()
    }

    /// Whether a channel is within its business hours, and when that changes next.
    fn hours_of(&mut self, channel_id: &str, now: Timestamp) -> (bool, Option<Timestamp>) {
        match self.rules.schedule_of(channel_id) {
            Some(schedule) => self.hours.look_up(schedule, now),
            None => (true, None),
        }
    }

    /// The channel after this look.
    fn track(
        &mut self,
        old: Option<Tracker>,
        sighting: Sighting,
        occasion: Occasion,
        now: Timestamp,
        changes: &mut Vec<StatusChange>,
    ) -> Tracker {
        let rules = self.rules.clone();
        let (open, next_change) = self.hours_of(&sighting.facts.id, now);
        let evaluation = self.judge(&sighting, now);
        let maintenance = self.maintenance.look_up(&rules, &sighting.facts, now).shown(now).cloned();
        let unavailable = evaluation.unavailable;
        let (hysteresis, before_cut_off, round, since) = match old {
            None => (Hysteresis::new(evaluation), None, round_of(occasion), now),
            Some(mut old) => {
                let from = old.hysteresis.status();
                old.note_cut_off(&evaluation, self.cut_off().is_some());
                old.evaluate(evaluation, occasion, &sighting, &rules);
                let to = old.hysteresis.status();
                if from != to {
                    let explanation = old.hysteresis.explanation().map(str::to_owned);
                    changes.push(StatusChange {
                        channel_id: sighting.facts.id.clone(),
                        from,
                        to,
                        explanation,
                    });
                }
                let since = if from == to { old.view.since } else { now };
                (old.hysteresis, old.before_cut_off, old.round, since)
            }
        };
        let view = ChannelView {
            facts: sighting.facts,
            status: hysteresis.status(),
            explanation: hysteresis.explanation().map(str::to_owned),
            unavailable,
            since,
            open,
            next_change,
            maintenance,
        };
        Tracker { view, hysteresis, before_cut_off, round, inherited: None }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::channel::facts::{Availability, UnavailableReason};
    use crate::channel::maintenance::MaintenanceWindow;
    use crate::channel::schedule::{Hours, Maintenance, Schedule, When};

    /// A time on Monday, 2 March 2026.
    fn at(time: &str) -> Timestamp {
        format!("2026-03-02T{time}Z").parse().unwrap()
    }

    fn office_hours() -> Arc<Schedule> {
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        weekly[0].push(Hours { start: 8 * 60, end: 18 * 60 });
        Arc::new(Schedule {
            zone: TimeZone::UTC,
            weekly,
            holidays: BTreeSet::new(),
            holidays_file: None,
            holidays_of_file: BTreeSet::new(),
        })
    }

    fn board(rules: ChannelRules) -> Board {
        Board::new(Arc::new(rules))
    }

    fn sighting(id: &str, is_available: bool) -> Sighting {
        let availability = if is_available {
            Availability::Available
        } else {
            Availability::Unavailable(UnavailableReason::NoAgent)
        };
        let facts = ChannelFacts { availability: Some(availability), ..ChannelFacts::new(id) };
        Sighting { facts, is_fresh: true, is_news: true }
    }

    fn stale(id: &str) -> Sighting {
        Sighting::stale(&ChannelFacts::new(id))
    }

    /// Looks after a poll of collector 0, all collectors being well.
    fn poll(board: &mut Board, time: &str, sightings: Vec<Sighting>) -> Vec<String> {
        look(board, time, sightings, Occasion::Poll(0))
    }

    fn look(board: &mut Board, time: &str, sightings: Vec<Sighting>, occasion: Occasion) -> Vec<String> {
        words(&board.look(sightings, occasion, Unseen::Go, at(time)))
    }

    fn words(changes: &[StatusChange]) -> Vec<String> {
        let word = |change: &StatusChange| {
            format!("{} {}>{}", change.channel_id, change.from.label(), change.to.label())
        };
        changes.iter().map(word).collect()
    }

    fn seen(board: &Board) -> Vec<String> {
        let view = |view: &ChannelView| {
            let since = view.since.strftime("%H:%M:%S");
            format!("{} {} since {since}", view.facts.id, view.status.label())
        };
        board.views().map(view).collect()
    }

    #[test]
    fn a_status_changes_with_polls_and_remembers_since_when() {
        let mut board = board(ChannelRules::default());
        assert_eq!(poll(&mut board, "12:00:00", vec![sighting("1", true), sighting("2", false)]), [""; 0]);
        assert_eq!(seen(&board), ["1 ok since 12:00:00", "2 down since 12:00:00"]);
        assert_eq!(poll(&mut board, "12:00:30", vec![sighting("1", false), sighting("2", false)]), [""; 0]);
        assert_eq!(
            poll(&mut board, "12:01:00", vec![sighting("1", false), sighting("2", false)]),
            ["1 ok>down"]
        );
        assert_eq!(seen(&board), ["1 down since 12:01:00", "2 down since 12:00:00"]);
        let view = board.views().next().unwrap();
        assert_eq!(view.explanation.as_deref(), Some("no agent is available"));
        assert_eq!(view.unavailable, Some(UnavailableReason::NoAgent));
    }

    #[test]
    fn polls_that_say_nothing_new_of_a_channel_do_not_count() {
        let mut board = board(ChannelRules::default());
        poll(&mut board, "12:00:00", vec![sighting("1", true)]);
        for time in ["12:00:10", "12:00:20", "12:00:30"] {
            let old = Sighting { is_news: false, ..sighting("1", false) };
            assert_eq!(poll(&mut board, time, vec![old]), [""; 0]);
        }
        poll(&mut board, "12:00:40", vec![sighting("1", true)]);
        for (collector, time) in [(1, "12:00:41"), (2, "12:00:42")] {
            let occasion = Occasion::Poll(collector);
            assert_eq!(look(&mut board, time, vec![sighting("1", false)], occasion), [""; 0], "{time}");
        }
        assert_eq!(poll(&mut board, "12:01:10", vec![sighting("1", false)]), ["1 ok>down"]);
    }

    #[test]
    fn a_look_without_a_poll_counts_nothing() {
        let mut board = board(ChannelRules::default());
        poll(&mut board, "12:00:00", vec![sighting("1", true)]);
        for time in ["12:00:10", "12:00:20", "12:00:30"] {
            assert_eq!(look(&mut board, time, vec![sighting("1", false)], Occasion::Change), [""; 0]);
        }
    }

    #[test]
    fn channels_with_stale_data_are_unknown_and_those_that_are_gone_go() {
        let mut board = board(ChannelRules::default());
        poll(&mut board, "12:00:00", vec![sighting("1", true), sighting("2", true)]);
        assert_eq!(
            look(&mut board, "12:01:30", vec![stale("1"), stale("2")], Occasion::Change),
            ["1 ok>unknown", "2 ok>unknown"]
        );
        assert_eq!(poll(&mut board, "12:02:00", vec![sighting("2", false)]), ["2 unknown>down"]);
        assert_eq!(seen(&board), ["2 down since 12:02:00"]);
    }

    #[test]
    fn business_hours_hold_at_the_minute() {
        let mut board = board(ChannelRules { schedule: Some(office_hours()), ..ChannelRules::default() });
        poll(&mut board, "17:59:40", vec![sighting("1", true)]);
        assert_eq!(board.next_planned_change(), Some(at("18:00:00")));
        assert_eq!(
            look(&mut board, "18:00:00", vec![sighting("1", true)], Occasion::Change),
            ["1 ok>closed"]
        );
        let view = board.views().next().unwrap();
        let next_monday = "2026-03-09T08:00:00Z".parse().unwrap();
        assert_eq!((view.open, view.next_change), (false, Some(next_monday)));
        assert_eq!(board.next_planned_change(), Some(next_monday));
        let changes = board.look(vec![sighting("1", false)], Occasion::Change, Unseen::Go, next_monday);
        assert_eq!(words(&changes), ["1 closed>down"]);
    }

    #[test]
    fn a_channel_may_have_hours_of_its_own() {
        let schedules = BTreeMap::from([("1".to_owned(), office_hours())]);
        let mut board = board(ChannelRules { schedules, ..ChannelRules::default() });
        poll(&mut board, "20:00:00", vec![sighting("1", true), sighting("2", true)]);
        assert_eq!(seen(&board), ["1 closed since 20:00:00", "2 ok since 20:00:00"]);
    }

    #[test]
    fn a_maintenance_window_is_in_force_from_start_to_end() {
        let window = Maintenance {
            targets: vec![],
            channels: vec!["1".into()],
            description: Some("upgrade".into()),
            when: When::Once { start: at("12:00:00"), end: at("13:00:00") },
        };
        let mut board = board(ChannelRules { maintenance: vec![window], ..ChannelRules::default() });
        poll(&mut board, "11:59:30", vec![sighting("1", true), sighting("2", true)]);
        assert_eq!(board.next_planned_change(), Some(at("12:00:00")));
        let shown = MaintenanceWindow {
            start: at("12:00:00"),
            end: at("13:00:00"),
            description: Some("upgrade".into()),
        };
        assert_eq!(board.views().next().unwrap().maintenance, Some(shown));
        let both = || vec![sighting("1", false), sighting("2", true)];
        assert_eq!(look(&mut board, "12:00:00", both(), Occasion::Change), ["1 ok>maintenance"]);
        assert_eq!(poll(&mut board, "12:30:00", both()), [""; 0]);
        assert_eq!(board.next_planned_change(), Some(at("13:00:00")));
        assert_eq!(look(&mut board, "13:00:00", both(), Occasion::Change), ["1 maintenance>down"]);
        assert_eq!(board.next_planned_change(), None);
    }

    #[test]
    fn a_window_that_was_moved_holds_at_once() {
        let rules = |start, end| {
            let when = When::Once { start: at(start), end: at(end) };
            let planned = Maintenance { targets: vec![], channels: vec![], description: None, when };
            ChannelRules { maintenance: vec![planned], ..ChannelRules::default() }
        };
        let mut board = board(rules("20:00:00", "21:00:00"));
        poll(&mut board, "12:00:00", vec![sighting("1", true)]);
        board.set_rules(Arc::new(rules("11:00:00", "13:00:00")));
        assert_eq!(
            look(&mut board, "12:00:10", vec![sighting("1", true)], Occasion::Change),
            ["1 ok>maintenance"]
        );
    }

    #[test]
    fn other_rules_hold_at_once() {
        let mut board = board(ChannelRules::default());
        poll(&mut board, "20:00:00", vec![sighting("1", true)]);
        board.set_rules(Arc::new(ChannelRules { schedule: Some(office_hours()), ..ChannelRules::default() }));
        assert_eq!(
            look(&mut board, "20:00:10", vec![sighting("1", true)], Occasion::Change),
            ["1 ok>closed"]
        );
    }

    /// Looks on after this exporter's own network went down or came back.
    fn network(board: &mut Board, is_up: bool, time: &str, sightings: Vec<Sighting>) -> Vec<String> {
        board.set_cut_off((!is_up).then(|| "https://gateway.example.com/".into()));
        look(board, time, sightings, Occasion::Change)
    }

    #[test]
    fn channels_are_unknown_while_the_exporters_own_network_is_down() {
        let mut board = board(ChannelRules::default());
        let seen_now = || vec![sighting("1", true), sighting("2", false)];
        poll(&mut board, "12:00:00", seen_now());
        assert_eq!(network(&mut board, false, "12:00:10", seen_now()), ["1 ok>unknown", "2 down>unknown"]);
        let view = board.views().nth(1).unwrap();
        assert_eq!(
            view.explanation.as_deref(),
            Some(
                "this exporter's own network seems to be down: the connectivity check of \
                 https://gateway.example.com/ fails"
            )
        );
        assert_eq!(view.unavailable, Some(UnavailableReason::NoAgent));
        assert_eq!(poll(&mut board, "12:00:30", seen_now()), [""; 0]);
        assert_eq!(network(&mut board, true, "12:00:40", seen_now()), ["1 unknown>ok", "2 unknown>down"]);
        assert_eq!(seen(&board), ["1 ok since 12:00:40", "2 down since 12:00:40"]);
    }

    #[test]
    fn data_that_got_better_meanwhile_holds_at_once_and_worse_data_has_to_be_confirmed() {
        let mut board = board(ChannelRules::default());
        poll(&mut board, "12:00:00", vec![sighting("1", true), sighting("2", false)]);
        let turned = || vec![sighting("1", false), sighting("2", true)];
        network(&mut board, false, "12:00:10", vec![sighting("1", true), sighting("2", false)]);
        for time in ["12:00:30", "12:01:00", "12:01:30"] {
            assert_eq!(poll(&mut board, time, turned()), [""; 0], "{time}");
        }
        assert_eq!(network(&mut board, true, "12:01:40", turned()), ["1 unknown>ok", "2 unknown>ok"]);
        assert_eq!(poll(&mut board, "12:02:00", turned()), [""; 0]);
        assert_eq!(poll(&mut board, "12:02:30", turned()), ["1 ok>down"]);
    }

    #[test]
    fn an_exempt_target_and_what_is_planned_are_none_of_the_networks_business() {
        let mut exempt =
            board(ChannelRules { exempt_from_connectivity: Some(true), ..ChannelRules::default() });
        poll(&mut exempt, "12:00:00", vec![sighting("1", true)]);
        assert_eq!(network(&mut exempt, false, "12:00:10", vec![sighting("1", true)]), [""; 0]);

        let mut planned = board(ChannelRules { schedule: Some(office_hours()), ..ChannelRules::default() });
        poll(&mut planned, "17:59:00", vec![sighting("1", true)]);
        let down = |board: &mut Board, time| network(board, false, time, vec![sighting("1", true)]);
        assert_eq!(down(&mut planned, "17:59:30"), ["1 ok>unknown"]);
        assert_eq!(down(&mut planned, "18:00:00"), ["1 unknown>closed"]);
        assert_eq!(network(&mut planned, true, "18:00:30", vec![sighting("1", false)]), [""; 0]);
    }

    #[test]
    fn maintenance_of_all_channels_is_known_without_a_channel_and_that_of_some_does_not_count() {
        let window = |channels: &[&str], start, end| Maintenance {
            targets: vec![],
            channels: channels.iter().map(ToString::to_string).collect(),
            description: None,
            when: When::Once { start: at(start), end: at(end) },
        };
        let maintenance = vec![window(&["1"], "10:00:00", "14:00:00"), window(&[], "12:00:00", "13:00:00")];
        let mut board = board(ChannelRules { maintenance, ..ChannelRules::default() });
        let mut looked = |time| {
            board.look_at_plans(at(time));
            (board.in_maintenance(), board.next_planned_change())
        };
        assert_eq!(looked("11:59:59"), (false, Some(at("12:00:00"))));
        assert_eq!(looked("12:00:00"), (true, Some(at("13:00:00"))));
        assert_eq!(looked("13:00:00"), (false, None));
        assert_eq!(poll(&mut board, "12:30:00", vec![sighting("2", true)]), [""; 0]);
        assert!(board.in_maintenance());
        poll(&mut board, "13:00:00", vec![sighting("1", true)]);
        assert_eq!(
            (board.in_maintenance(), seen(&board)),
            (false, vec!["1 maintenance since 13:00:00".to_owned()])
        );
        board.set_rules(Arc::default());
        board.look_at_plans(at("12:30:00"));
        assert!(!board.in_maintenance());
    }

    #[test]
    fn what_was_in_force_before_the_network_went_down_outlives_a_board_that_ends_meanwhile() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true)]);
        assert_eq!(network(&mut old, false, "12:05:00", vec![sighting("1", true)]), ["1 ok>unknown"]);
        let mut board = board(ChannelRules::default());
        board.inherit(old.memory(), at("12:10:00"));
        assert_eq!(seen(&board), ["1 ok since 12:00:00"]);
        assert_eq!(poll(&mut board, "12:10:01", vec![sighting("1", false)]), [""; 0]);
        assert_eq!(poll(&mut board, "12:10:31", vec![sighting("1", false)]), ["1 ok>down"]);
    }

    #[test]
    fn an_inherited_channel_is_unknown_while_the_network_is_down_and_never_longer_for_that_reason() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true)]);
        let mut board = board(ChannelRules::default());
        board.inherit(old.memory(), at("12:10:00"));
        board.set_cut_off(Some("https://gateway.example.com/".into()));
        let look = |board: &mut Board, time| {
            let changes = words(&board.look(vec![], Occasion::Change, Unseen::Stay, at(time)));
            (changes, board.views().next().unwrap().explanation.clone().unwrap())
        };
        let (changes, explanation) = look(&mut board, "12:10:01");
        assert_eq!(changes, ["1 ok>unknown"]);
        assert!(explanation.starts_with("this exporter's own network"), "{explanation}");
        board.set_cut_off(None);
        assert_eq!(look(&mut board, "12:10:02"), (vec![], "there is no fresh data".to_owned()));
    }

    #[test]
    fn an_inherited_channel_keeps_its_status_while_the_first_polls_only_name_it() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", false)]);
        let mut board = board(ChannelRules { schedule: Some(office_hours()), ..ChannelRules::default() });
        board.inherit(old.memory(), at("12:10:00"));
        let named = || Sighting { facts: ChannelFacts::new("1"), is_fresh: true, is_news: true };
        let mut first = |time, unseen| words(&board.look(vec![named()], Occasion::Poll(0), unseen, at(time)));
        assert_eq!(first("12:10:01", Unseen::Stay), [""; 0]);
        assert_eq!(first("18:00:00", Unseen::Stay), ["1 down>closed"]);
        let mut board = Board::new(Arc::default());
        board.inherit(old.memory(), at("12:10:00"));
        let mut look = |unseen, facts| {
            let sighting = Sighting { facts, is_fresh: true, is_news: true };
            board.look(vec![sighting], Occasion::Poll(0), unseen, at("12:10:02"));
            seen(&board)
        };
        assert_eq!(look(Unseen::Stay, ChannelFacts::new("1")), ["1 down since 12:00:00"]);
        assert_eq!(look(Unseen::Go, sighting("1", false).facts), ["1 down since 12:00:00"]);
        assert_eq!(look(Unseen::Go, ChannelFacts::new("1")), ["1 unknown since 12:10:02"]);
    }

    #[test]
    fn an_inherited_channel_keeps_its_status_until_it_is_evaluated() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true), sighting("2", true), sighting("3", true)]);
        let mut board = board(ChannelRules::default());
        board.inherit(old.memory(), at("12:10:00"));
        let look = |board: &mut Board, time, sightings, unseen| {
            words(&board.look(sightings, Occasion::Poll(0), unseen, at(time)))
        };
        assert_eq!(look(&mut board, "12:10:01", vec![sighting("1", false)], Unseen::Stay), [""; 0]);
        assert_eq!(seen(&board), ["1 ok since 12:00:00", "2 ok since 12:00:00", "3 ok since 12:00:00"]);
        assert_eq!(
            look(&mut board, "12:10:31", vec![sighting("1", false)], Unseen::Unknown),
            ["1 ok>down", "2 ok>unknown", "3 ok>unknown"]
        );
        assert_eq!(
            look(&mut board, "12:11:01", vec![sighting("1", false), sighting("2", true)], Unseen::Go),
            ["2 unknown>ok"]
        );
        assert_eq!(seen(&board), ["1 down since 12:10:31", "2 ok since 12:11:01"]);
    }

    #[test]
    fn an_inherited_channel_goes_on_half_way_to_a_change() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true)]);
        poll(&mut old, "12:00:30", vec![sighting("1", false)]);
        let mut board = board(ChannelRules::default());
        board.inherit(old.memory(), at("12:10:00"));
        // Of any collector: the round of before the reload is over.
        let occasion = Occasion::Poll(1);
        assert_eq!(look(&mut board, "12:10:01", vec![sighting("1", false)], occasion), ["1 ok>down"]);
    }

    #[test]
    fn an_inherited_channel_has_the_business_hours_of_the_new_configuration() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true)]);
        let (start, end) = (at("21:00:00"), at("22:00:00"));
        let when = When::Once { start, end };
        let window = Maintenance { targets: vec![], channels: vec![], description: None, when };
        let maintenance = vec![window];
        let rules = ChannelRules { schedule: Some(office_hours()), maintenance, ..ChannelRules::default() };
        let mut board = board(rules);
        board.inherit(old.memory(), at("20:00:00"));
        let view = board.views().next().unwrap();
        let next_monday = "2026-03-09T08:00:00Z".parse().unwrap();
        assert_eq!((view.open, view.next_change), (false, Some(next_monday)));
        assert_eq!(view.maintenance, Some(MaintenanceWindow { start, end, description: None }));
    }

    #[test]
    fn reloads_do_not_make_a_channel_be_remembered_for_longer() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "00:00:00", vec![sighting("1", true), sighting("2", true)]);
        let mut between = board(ChannelRules::default());
        between.inherit(old.memory(), at("01:00:00"));
        between.look(vec![sighting("2", true)], Occasion::Poll(0), Unseen::Unknown, at("02:00:00"));
        let mut memory = between.memory();
        memory.push(memory[0].clone());
        for (hours, expected) in [(24, ["2 ok", "1 unknown"].as_slice()), (25, &["2 ok"])] {
            let mut board = board(ChannelRules::default());
            board.inherit(memory.clone(), at("00:00:00") + SignedDuration::from_hours(hours));
            let seen: Vec<String> =
                board.views().map(|view| format!("{} {}", view.facts.id, view.status.label())).collect();
            assert_eq!(seen, expected, "{hours}");
        }
    }

    #[test]
    fn an_inherited_channel_that_does_not_come_back_is_forgotten_after_a_day() {
        let mut old = board(ChannelRules::default());
        poll(&mut old, "12:00:00", vec![sighting("1", true)]);
        let mut board = board(ChannelRules::default());
        board.inherit(old.memory(), at("12:00:00"));
        for (hours, count) in [(23, 1), (24, 0)] {
            let now = at("12:00:00") + SignedDuration::from_hours(hours);
            board.look(vec![], Occasion::Poll(0), Unseen::Unknown, now);
            assert_eq!(board.views().count(), count, "after {hours} h");
        }
    }
}
