//! The loop of one target: its only writer.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::channel::board::StatusChange;
use crate::channel::rules::ChannelRules;
use crate::clock::Clock;
use crate::http_client::{ExchangeRecord, TargetClient};
use crate::platform::AnyPlatform;
use crate::poll::connectivity::CutOff;
use crate::poll::pulse::Pulse;
use crate::poll::schedule::Schedule;
use crate::poll::single::{self, PollEnded};
use crate::poll::transitions::{Line, Transitions};
use crate::state::{PollTiming, Slot, TargetState};

/// A loop with nothing to do comes round at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// A request to poll everything now.
#[derive(Debug)]
pub(super) struct ProbeRequest {
    /// When polls that are started for the asker have to end.
    pub(super) deadline: Instant,
    /// Told once all polls ended: one line per exchange.
    pub(super) done: oneshot::Sender<Vec<String>>,
}

/// Everything the loop of one target works with.
#[derive(Debug)]
pub(super) struct TargetTask {
    pub(super) state: TargetState,
    pub(super) platform: Arc<AnyPlatform>,
    pub(super) client: Arc<TargetClient>,
    pub(super) clock: Clock,
    pub(super) slot: Arc<Slot>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) probes: mpsc::Receiver<ProbeRequest>,
    pub(super) rules: watch::Receiver<Arc<ChannelRules>>,
    pub(super) cut_off: watch::Receiver<CutOff>,
    pub(super) stop: CancellationToken,
    pub(super) spread: Duration,
}

/// What the loop keeps between its turns.
struct Turns {
    schedules: Vec<Schedule>,
    transitions: Vec<Transitions>,
    running: Vec<bool>,
    polls: FuturesUnordered<BoxFuture<'static, (usize, PollEnded)>>,
    waiting: Vec<Waiting>,
}

/// A probe that waits for polls to end.
struct Waiting {
    awaited: Vec<usize>,
    transcript: Vec<String>,
    request: ProbeRequest,
}

impl Turns {
    /// Tells those who waited for this collector, once it was the last they waited for.
    fn answer_probes(&mut self, collector: usize, exchanges: &[ExchangeRecord]) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            if let Some(place) = waiting.awaited.iter().position(|awaited| *awaited == collector) {
                waiting.awaited.swap_remove(place);
                waiting.transcript.extend(exchanges.iter().map(ToString::to_string));
            }
            if waiting.awaited.is_empty() {
                // The asker may have gone; then nobody is to be told.
                let _ = waiting.request.done.send(waiting.transcript);
            } else {
                self.waiting.push(waiting);
            }
        }
    }
}

impl TargetTask {
    /// Runs until stopped; running polls are given up then.
    pub(super) async fn run(mut self) {
        let mut turns = self.first_turn();
        let stop = self.stop.clone();
        loop {
            let wake = self.next_wake(&turns);
            self.pulse.promise(wake);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some((collector, ended)) = turns.polls.next() => self.end_poll(&mut turns, collector, ended),
                Ok(()) = self.rules.changed() => self.take_rules(),
                Ok(()) = self.cut_off.changed() => self.take_cut_off(),
                () = sleep_until(wake) => self.tick(&mut turns, Instant::now()),
                // Last, so that no number of probes keeps a tick waiting.
                Some(request) = self.probes.recv() => self.probe(&mut turns, request),
            }
        }
    }

    fn first_turn(&self) -> Turns {
        let (start, target) = (Instant::now(), self.slot.name());
        let schedules = self.state.collectors().iter().map(|collector| {
            let schedule = collector.schedule();
            Schedule::new(start, schedule.interval, self.spread, target, schedule.name)
        });
        let count = self.state.collectors().len();
        Turns {
            schedules: schedules.collect(),
            transitions: (0..count).map(|_| Transitions::default()).collect(),
            running: vec![false; count],
            polls: FuturesUnordered::new(),
            waiting: Vec::new(),
        }
    }

    fn next_wake(&self, turns: &Turns) -> Instant {
        let ticks = turns.schedules.iter().map(Schedule::next);
        let latest = Instant::now() + LONGEST_SLEEP;
        let others = [self.state.next_expiry(), self.next_planned_change()];
        ticks.chain(others.into_iter().flatten()).min().map_or(latest, |next| next.min(latest))
    }

    /// When business hours or a maintenance window change, if that is before the loop comes round anyway.
    fn next_planned_change(&self) -> Option<Instant> {
        let ahead = self.state.next_planned_change()?.duration_since(self.clock.now());
        let ahead = Duration::try_from(ahead.max(SignedDuration::ZERO)).ok()?;
        (ahead < LONGEST_SLEEP).then(|| Instant::now() + ahead)
    }

    fn take_rules(&mut self) {
        let rules = self.rules.borrow_and_update().clone();
        let changes = self.state.set_rules(rules, self.clock.now());
        self.log_changes(&changes);
        self.publish();
    }

    fn take_cut_off(&mut self) {
        let cut_off = self.cut_off.borrow_and_update().clone();
        let changes = self.state.set_cut_off(cut_off, self.clock.now());
        self.log_changes(&changes);
        self.publish();
    }

    fn tick(&mut self, turns: &mut Turns, now: Instant) {
        let at = self.clock.now();
        let is_due = self.state.next_planned_change().is_some_and(|planned| planned <= at);
        let mut changed = self.state.expire(now) || is_due;
        if changed {
            let statuses = self.state.look_again(at);
            self.log_changes(&statuses);
        }
        for collector in 0..turns.schedules.len() {
            let Some(missed) = turns.schedules[collector].take(now) else { continue };
            let blocked = turns.running[collector] || self.client.budget_is_empty();
            let skipped = missed + u64::from(blocked);
            if skipped > 0 {
                self.state.skipped(collector, skipped);
                changed = true;
            }
            if !blocked {
                self.start_poll(turns, collector, None);
            }
        }
        if changed {
            self.publish();
        }
    }

    /// Starts a poll of one collector; `until` shortens its time.
    fn start_poll(&self, turns: &mut Turns, collector: usize, until: Option<Instant>) {
        let schedule = self.state.collectors()[collector].schedule().clone();
        let poll = single::poll(self.platform.clone(), self.client.clone(), self.clock, schedule, until);
        turns.running[collector] = true;
        turns.polls.push(Box::pin(async move { (collector, poll.await) }));
    }

    fn end_poll(&mut self, turns: &mut Turns, collector: usize, ended: PollEnded) {
        let PollEnded { reading, timing, exchanges, record } = ended;
        turns.running[collector] = false;
        let line = turns.transitions[collector].observe(&reading, timing.ended);
        self.log(collector, line, timing);
        self.state.remember(&record);
        let changes = self.state.end_poll(collector, reading, timing);
        self.log_changes(&changes);
        self.publish();
        turns.answer_probes(collector, &exchanges);
    }

    /// Joins the polls that run and starts the others, unless the host's budget is empty.
    fn probe(&mut self, turns: &mut Turns, request: ProbeRequest) {
        // Those who left are forgotten here, or they would pile up while a poll takes its time.
        turns.waiting.retain(|waiting| !waiting.request.done.is_closed());
        let mut awaited = Vec::new();
        for collector in 0..turns.running.len() {
            if !turns.running[collector] {
                if self.client.budget_is_empty() {
                    self.state.skipped(collector, 1);
                    continue;
                }
                self.start_poll(turns, collector, Some(request.deadline));
            }
            awaited.push(collector);
        }
        if awaited.is_empty() {
            self.publish();
            let _ = request.done.send(Vec::new());
        } else {
            turns.waiting.push(Waiting { awaited, transcript: Vec::new(), request });
        }
    }

    fn publish(&self) {
        self.slot.publish(self.state.snapshot(self.client.request_counts()));
    }

    fn log_changes(&self, changes: &[StatusChange]) {
        let target = self.slot.name();
        for StatusChange { channel_id, from, to, explanation } in changes {
            let (from, to, explanation) =
                (from.label(), to.label(), explanation.as_deref().unwrap_or("all is well"));
            tracing::info!(target, channel_id, from, to, explanation, "Channel changed its status.");
        }
    }

    fn log(&self, collector: usize, line: Option<Line>, timing: PollTiming) {
        let (target, platform) = (self.slot.name(), self.platform.name());
        let collector = self.state.collectors()[collector].schedule().name;
        let seconds = timing.duration.as_secs_f64();
        match line {
            Some(Line::Failing { reasons, detail }) => {
                tracing::warn!(target, platform, collector, reasons, detail, "Collector fails.");
            }
            Some(Line::Recovered) => {
                tracing::info!(target, platform, collector, "Collector recovered.");
            }
            None => tracing::debug!(target, platform, collector, seconds, "Poll ended."),
        }
    }
}
