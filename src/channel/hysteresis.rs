//! How many evaluations it takes for a status to change.

use std::collections::VecDeque;

use crate::channel::evaluate::Evaluation;
use crate::channel::status::Status;
use crate::channel::threshold::Thresholds;

/// The status in force and the evaluations it rests on.
///
/// Of evaluations only `ok`, `degraded` and `down` count. `closed`, `maintenance` and `unknown` are in force at once, and
/// so is the first status that counts after them or after the start: nothing that was seen before speaks against it.
///
/// Evaluations come in rounds: within a round a newer evaluation takes the place of the older, since it rests on the same
/// polls and one more. Only rounds are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Hysteresis {
    status: Status,
    explanation: Option<String>,
    /// What the newest rounds saw, the newest last; only what counts.
    rounds: VecDeque<Evaluation>,
    /// Whether the newest round is the first that counts.
    is_first_round: bool,
}

impl Hysteresis {
    /// The state after the first evaluation, whose status is in force.
    pub fn new(first: Evaluation) -> Self {
        let mut state = Self::resume(Status::Unknown, None);
        state.observe(first, true, &Thresholds::default());
        state
    }

    /// A state in which `status` is in force and no evaluation speaks for another.
    pub fn resume(status: Status, explanation: Option<String>) -> Self {
        Self { status, explanation, rounds: VecDeque::new(), is_first_round: !status.is_measured() }
    }

    /// A state as it was when [`Hysteresis::rounds`] gave `rounds`; whatever comes next opens a new round.
    ///
    /// What does not go together is left out: rounds that do not count, and any beside a status that was not measured.
    pub fn restore(
        status: Status,
        explanation: Option<String>,
        rounds: impl IntoIterator<Item = Evaluation>,
    ) -> Self {
        let counts = |round: &Evaluation| status.is_measured() && round.status.is_measured();
        Self { rounds: rounds.into_iter().filter(counts).collect(), ..Self::resume(status, explanation) }
    }

    /// What the newest rounds saw, the newest last.
    pub fn rounds(&self) -> impl Iterator<Item = &Evaluation> {
        self.rounds.iter()
    }

    /// The status in force.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why it is in force; `None` while all is well.
    pub fn explanation(&self) -> Option<&str> {
        self.explanation.as_deref()
    }

    /// Takes in an evaluation; `is_new_round` says whether it opens a round or belongs to the newest one.
    pub fn observe(&mut self, evaluation: Evaluation, is_new_round: bool, thresholds: &Thresholds) {
        if !evaluation.status.is_measured() {
            *self = Self::resume(evaluation.status, evaluation.explanation);
            return;
        }
        if is_new_round {
            self.is_first_round &= self.rounds.is_empty();
        } else {
            self.rounds.pop_back();
        }
        let newest = evaluation.status;
        self.rounds.push_back(evaluation);
        let better = thresholds.after_successes as usize;
        let (failures, of) = thresholds.worsen.counts();
        if self.is_first_round {
            self.status = newest;
        } else if let Some(status) = self.worse(failures, of) {
            self.status = status;
        } else if let Some(status) = self.better(better) {
            self.status = status;
            // What went before the recovery must not speak against it.
            self.keep(better);
        }
        self.keep(of.max(better));
        self.explain();
    }

    /// The status that `failures` of the newest `of` rounds are at or beyond, if it is worse than the one in force.
    fn worse(&self, failures: usize, of: usize) -> Option<Status> {
        let mut seen: Vec<Status> = self.rounds.iter().rev().take(of).map(|round| round.status).collect();
        seen.sort_unstable_by(|one, other| other.cmp(one));
        seen.get(failures.checked_sub(1)?).copied().filter(|status| *status > self.status)
    }

    /// The worst status of the newest `count` rounds, if there are so many and it is better than the one in force.
    fn better(&self, count: usize) -> Option<Status> {
        let seen = self.rounds.iter().rev().take(count).map(|round| round.status);
        seen.max().filter(|status| self.rounds.len() >= count && *status < self.status)
    }

    fn keep(&mut self, count: usize) {
        self.rounds.drain(..self.rounds.len().saturating_sub(count));
    }

    /// The words of the newest evaluation that agrees with the status in force; else the words there are stay.
    fn explain(&mut self) {
        if let Some(round) = self.rounds.iter().rev().find(|round| round.status == self.status) {
            self.explanation.clone_from(&round.explanation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::threshold::Worsen;

    fn thresholds(worsen: Worsen, after_successes: u32) -> Thresholds {
        Thresholds { worsen, after_successes, ..Thresholds::default() }
    }

    fn status(letter: char) -> Status {
        match letter {
            'o' => Status::Ok,
            'g' => Status::Degraded,
            'd' => Status::Down,
            'c' => Status::Closed,
            'm' => Status::Maintenance,
            _ => Status::Unknown,
        }
    }

    fn letter(status: Status) -> char {
        match status {
            Status::Ok => 'o',
            Status::Degraded => 'g',
            Status::Down => 'd',
            Status::Closed => 'c',
            Status::Maintenance => 'm',
            Status::Unknown => '?',
        }
    }

    fn evaluation(letter: char, number: usize) -> Evaluation {
        let explanation = (letter != 'o').then(|| format!("{letter}{number}"));
        Evaluation { status: status(letter), explanation, unavailable: None }
    }

    /// The status after each of the evaluations; one in capitals belongs to the round before it.
    fn run(evaluations: &str, thresholds: &Thresholds) -> String {
        let mut state: Option<Hysteresis> = None;
        let mut seen = String::new();
        for (number, letter_seen) in evaluations.chars().enumerate() {
            let evaluation = evaluation(letter_seen.to_ascii_lowercase(), number);
            match &mut state {
                Some(state) => {
                    state.observe(evaluation, letter_seen.is_lowercase() || letter_seen == '?', thresholds);
                }
                None => state = Some(Hysteresis::new(evaluation)),
            }
            seen.extend(state.as_ref().map(|state| letter(state.status())));
        }
        seen
    }

    #[test]
    fn a_status_changes_after_so_many_evaluations_in_a_row() {
        let cases = [
            ("d", "d"),
            ("ododod", "oooooo"),
            ("oddd", "oodd"),
            ("odgdd", "ooggd"),
            ("dod", "ddd"),
            ("ddoo", "dddo"),
            ("ddgo", "dddg"),
            ("ddgoo", "dddgo"),
            ("oddoodod", "ooddoooo"),
        ];
        for (evaluations, expected) in cases {
            assert_eq!(run(evaluations, &thresholds(Worsen::InARow(2), 2)), expected, "{evaluations}");
        }
        assert_eq!(run("odogdo", &thresholds(Worsen::InARow(1), 1)), "odogdo");
        assert_eq!(run("odddooo", &thresholds(Worsen::InARow(3), 1)), "ooodooo");
        assert_eq!(run("odooo", &thresholds(Worsen::InARow(1), 3)), "odddo");
    }

    #[test]
    fn a_status_gets_worse_after_so_many_of_the_newest_evaluations() {
        let three_of_five = thresholds(Worsen::OutOf { failures: 3, evaluations: 5 }, 2);
        let cases = [
            ("odododo", "ooooodd"),
            ("oddoodd", "ooooodd"),
            ("oddoood", "ooooooo"),
            ("ododdoooo", "ooooddooo"),
        ];
        for (evaluations, expected) in cases {
            assert_eq!(run(evaluations, &three_of_five), expected, "{evaluations}");
        }
        // The failures before a recovery are not counted again.
        assert_eq!(run("odddooddo", &three_of_five), "oooddoooo");
        assert_eq!(run("ogdgd", &three_of_five), "ooogg");
    }

    #[test]
    fn what_is_planned_or_unknown_is_in_force_at_once_and_does_not_count() {
        let two = thresholds(Worsen::InARow(2), 2);
        let cases = [
            ("oc", "oc"),
            ("om", "om"),
            ("o?", "o?"),
            ("od?d", "oo?d"),
            ("odco", "ooco"),
            ("dc?mg", "dc?mg"),
            ("cood", "cooo"),
            ("?dd", "?dd"),
            ("d?od", "d?oo"),
        ];
        for (evaluations, expected) in cases {
            assert_eq!(run(evaluations, &two), expected, "{evaluations}");
        }
    }

    #[test]
    fn evaluations_of_one_round_count_once() {
        let two = thresholds(Worsen::InARow(2), 2);
        let cases = [
            // In the first round the newest evaluation is in force.
            ("oD", "od"),
            ("oDO", "odo"),
            ("cdO", "cdo"),
            ("odD", "ooo"),
            ("odDd", "oood"),
            ("odOd", "oooo"),
            ("oddO", "oodd"),
        ];
        for (evaluations, expected) in cases {
            assert_eq!(run(evaluations, &two), expected, "{evaluations}");
        }
    }

    #[test]
    fn the_explanation_is_that_of_the_newest_evaluation_with_the_status_in_force() {
        let two = thresholds(Worsen::InARow(2), 2);
        let mut state = Hysteresis::new(evaluation('o', 0));
        let mut seen = Vec::new();
        for (number, letter) in "dggdgdoo?".chars().enumerate() {
            state.observe(evaluation(letter, number), true, &two);
            seen.push(format!("{:?} {}", state.status(), state.explanation().unwrap_or("-")));
        }
        assert_eq!(
            seen,
            [
                "Ok -",
                "Degraded g1",
                "Degraded g2",
                "Degraded g2",
                "Degraded g4",
                "Degraded g4",
                "Degraded g4",
                "Ok -",
                "Unknown ?8",
            ]
        );
    }

    #[test]
    fn a_resumed_status_changes_like_any_other() {
        let two = thresholds(Worsen::InARow(2), 2);
        let mut state = Hysteresis::resume(Status::Down, Some("before".to_owned()));
        state.observe(evaluation('o', 1), true, &two);
        assert_eq!((state.status(), state.explanation()), (Status::Down, Some("before")));
        state.observe(evaluation('o', 2), true, &two);
        assert_eq!((state.status(), state.explanation()), (Status::Ok, None));
        let mut closed = Hysteresis::resume(Status::Closed, None);
        closed.observe(evaluation('d', 1), true, &two);
        assert_eq!(closed.status(), Status::Down);
    }

    #[test]
    fn a_restored_state_goes_on_with_its_rounds() {
        let two = thresholds(Worsen::InARow(2), 2);
        let mut state = Hysteresis::new(evaluation('o', 0));
        state.observe(evaluation('d', 1), true, &two);
        let rounds: Vec<Evaluation> = state.rounds().cloned().collect();
        let mut restored = Hysteresis::restore(Status::Ok, None, rounds);
        restored.observe(evaluation('d', 2), true, &two);
        assert_eq!((restored.status(), restored.explanation()), (Status::Down, Some("d2")));
    }

    #[test]
    fn rounds_that_do_not_count_are_not_restored() {
        let rounds = ['c', 'd', '?', 'm'].map(|letter| evaluation(letter, 0));
        let restored = Hysteresis::restore(Status::Ok, None, rounds.clone());
        assert_eq!(restored.rounds().cloned().collect::<Vec<_>>(), [evaluation('d', 0)]);
        assert_eq!(
            Hysteresis::restore(Status::Closed, None, rounds),
            Hysteresis::resume(Status::Closed, None)
        );
    }

    #[test]
    fn only_what_can_matter_is_remembered() {
        let two = thresholds(Worsen::OutOf { failures: 2, evaluations: 4 }, 3);
        let mut state = Hysteresis::new(evaluation('o', 0));
        for number in 0..100 {
            state.observe(evaluation('o', number), true, &two);
        }
        assert_eq!(state.rounds.len(), 4);
    }
}
