//! Recent polls as a small chart: a bar for each, higher the longer it took. One in which something failed stands on a
//! foot and is high in any case.

use std::fmt::Write;

use askama::Template;

use crate::server::pages::time_text::took;
use crate::state::history::{Outcome, PollRecord};

/// Polls that a chart shows.
const SHOWN: usize = 30;
/// Width of a bar with the space after it.
const STEP: usize = 4;
/// Height above the foot.
const HEIGHT: f64 = 20.0;
/// The least height of a bar.
const LEAST: f64 = 2.0;
/// The least height of a bar where something failed.
const LEAST_PARTIAL: f64 = 12.0;

/// A chart of recent polls. Coordinates are in a box that is [`Sparkline::WIDTH`] wide and 24 high.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "sparkline.html")]
pub(super) struct Sparkline {
    /// The chart in words.
    pub(super) label: String,
    /// The outline of the bars of polls that went well.
    pub(super) well: String,
    /// Of those in which something failed.
    pub(super) partial: String,
    /// Of those in which everything failed.
    pub(super) failed: String,
}

impl Sparkline {
    /// Width of the box.
    pub(super) const WIDTH: usize = SHOWN * STEP;

    /// The chart of polls, the newest first.
    pub(super) fn of(polls: &[PollRecord]) -> Self {
        let polls = &polls[..polls.len().min(SHOWN)];
        let mut chart = Self { label: label(polls), ..Self::default() };
        let longest = polls.iter().map(|poll| poll.duration.as_secs_f64()).fold(f64::MIN_POSITIVE, f64::max);
        for (age, poll) in polls.iter().enumerate() {
            let left = Self::WIDTH - (age + 1) * STEP;
            // The square root keeps ordinary polls visible beside a very slow one.
            let share = (poll.duration.as_secs_f64() / longest).sqrt();
            chart.draw(poll.outcome, left, (HEIGHT * share).max(LEAST).round());
        }
        chart
    }

    fn draw(&mut self, outcome: Outcome, left: usize, height: f64) {
        let (path, height) = match outcome {
            Outcome::Well => (&mut self.well, height),
            Outcome::Partial => (&mut self.partial, height.max(LEAST_PARTIAL)),
            Outcome::Failed => (&mut self.failed, HEIGHT),
        };
        let _: std::fmt::Result = write!(path, "M{left} 20v-{height}h3v{height}z");
        if outcome != Outcome::Well {
            // Writing to a string cannot fail.
            let _: std::fmt::Result = write!(path, "M{left} 22h3v2h-3z");
        }
    }
}

fn label(polls: &[PollRecord]) -> String {
    let Some(newest) = polls.first() else { return "no poll has ended yet".to_owned() };
    let failed = polls.iter().filter(|poll| poll.outcome != Outcome::Well).count();
    let failed = if failed == 0 { "none failed".to_owned() } else { format!("{failed} failed") };
    let took = took(newest.duration.as_secs_f64());
    match polls.len() {
        1 => format!("last poll: {failed}, it took {took}"),
        count => format!("last {count} polls: {failed}, newest took {took}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::pages::fixture;

    #[test]
    fn bars_stand_from_old_to_new_and_failures_differ_in_form() {
        let poll = |outcome, milliseconds| PollRecord {
            duration: Duration::from_millis(milliseconds),
            ..fixture::poll(outcome)
        };
        let polls = [
            poll(Outcome::Well, 45),
            poll(Outcome::Failed, 10),
            poll(Outcome::Partial, 180),
            poll(Outcome::Partial, 1),
            poll(Outcome::Well, 1),
        ];
        let expected = Sparkline {
            label: "last 5 polls: 3 failed, newest took 45 ms".into(),
            well: "M116 20v-10h3v10zM100 20v-2h3v2z".into(),
            partial: "M108 20v-20h3v20zM108 22h3v2h-3zM104 20v-12h3v12zM104 22h3v2h-3z".into(),
            failed: "M112 20v-20h3v20zM112 22h3v2h-3z".into(),
        };
        assert_eq!(Sparkline::of(&polls), expected);
    }

    #[test]
    fn only_the_newest_are_shown_and_none_is_told_too() {
        let many = vec![fixture::poll(Outcome::Well); 70];
        let chart = Sparkline::of(&many);
        assert_eq!(chart.label, "last 30 polls: none failed, newest took 40 ms");
        assert_eq!(chart.well.matches('M').count(), 30);
        assert!(chart.well.ends_with("M0 20v-20h3v20z"), "{}", chart.well);
        assert_eq!(Sparkline::of(&[]).label, "no poll has ended yet");
        assert_eq!(Sparkline::of(&many[..1]).label, "last poll: none failed, it took 40 ms");
    }
}
