//! One channel on the board, and when an evaluation of it may speak.

use jiff::Timestamp;

use crate::channel::board::{Occasion, Sighting};
use crate::channel::evaluate::Evaluation;
use crate::channel::hysteresis::Hysteresis;
use crate::channel::memory::ChannelMemory;
use crate::channel::rules::ChannelRules;
use crate::channel::status::{ChannelView, Status};

/// A channel and what led to its status.
#[derive(Debug)]
pub(super) struct Tracker {
    pub(super) view: ChannelView,
    pub(super) hysteresis: Hysteresis,
    /// What was in force when this exporter's own network went down, and since when; `None` while it works.
    pub(super) before_cut_off: Option<(Hysteresis, Timestamp)>,
    /// Collectors whose polls the newest round of evaluations rests on.
    pub(super) round: Vec<usize>,
    /// When the earlier configuration that had seen it ended; `None` once this one has seen it.
    pub(super) inherited: Option<Timestamp>,
}

impl Tracker {
    /// What outlives it; while the network is down, what was in force before.
    pub(super) fn memory(&self) -> ChannelMemory {
        let in_force = || (self.hysteresis.clone(), self.view.since);
        let (hysteresis, since) = self.before_cut_off.clone().unwrap_or_else(in_force);
        ChannelMemory {
            id: self.view.facts.id.clone(),
            name: self.view.facts.name.clone(),
            unavailable: self.view.unavailable,
            since,
            hysteresis,
            last_seen: self.inherited,
        }
    }

    /// Keeps what is in force when the network goes down, and goes on with it once the network works, if the newest data is
    /// worse: it may be the mere echo of the outage, so that it has to be confirmed as at any other time.
    pub(super) fn note_cut_off(&mut self, evaluation: &Evaluation, is_cut_off: bool) {
        if evaluation.status == Status::Unknown && is_cut_off {
            let (status, explanation) = (self.hysteresis.status(), self.hysteresis.explanation());
            if status.is_measured() {
                let before = Hysteresis::resume(status, explanation.map(str::to_owned));
                self.before_cut_off = Some((before, self.view.since));
            }
        } else if let Some((before, _)) = self.before_cut_off.take()
            && evaluation.status.is_measured()
            && evaluation.status > before.status()
        {
            self.hysteresis = before;
        }
    }

    /// Lets an evaluation speak, if it may: what is planned and what is unknown always, other data when it is news, or
    /// when it is the first after those.
    pub(super) fn evaluate(
        &mut self,
        evaluation: Evaluation,
        occasion: Occasion,
        sighting: &Sighting,
        rules: &ChannelRules,
    ) {
        let was_measured = self.hysteresis.status().is_measured();
        if !evaluation.status.is_measured() {
            self.round.clear();
            self.hysteresis.observe(evaluation, false, &rules.thresholds);
            return;
        }
        match occasion {
            Occasion::Poll(collector) if sighting.is_news => {
                // The polls before a reload or restart are over, so theirs is too.
                let is_new_round = self.inherited.is_some() || self.round.contains(&collector);
                if is_new_round {
                    self.round.clear();
                }
                self.round.push(collector);
                self.hysteresis.observe(evaluation, is_new_round, &rules.thresholds);
            }
            Occasion::Poll(_) | Occasion::Change if !was_measured => {
                self.hysteresis.observe(evaluation, false, &rules.thresholds);
            }
            Occasion::Poll(_) | Occasion::Change => {}
        }
    }
}

/// The round that a channel's first evaluation opens.
pub(super) fn round_of(occasion: Occasion) -> Vec<usize> {
    match occasion {
        Occasion::Poll(collector) => vec![collector],
        Occasion::Change => Vec::new(),
    }
}
