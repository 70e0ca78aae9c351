//! What is worth a log line: changes of a collector's outcome, and a reminder now and then.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use tokio::time::Instant;

use crate::http_client::{Failure, Reason};
use crate::platform::reading::Reading;

/// A failing collector is mentioned again after this time.
pub const REMINDER: Duration = Duration::from_mins(10);

/// The outcome last logged of one collector.
#[derive(Debug, Default)]
pub struct Transitions {
    failing: Vec<Reason>,
    logged: Option<Instant>,
}

/// A line to log.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// At `warn`: it fails, for these reasons (each once), in these words.
    Failing {
        /// Labels of the reasons, joined by commas.
        reasons: String,
        /// The first failure of each reason with its chain of causes.
        detail: String,
    },
    /// At `info`: it works again.
    Recovered,
}

impl Transitions {
    /// Decides whether the outcome of a poll is worth a line.
    pub fn observe(&mut self, reading: &Reading, now: Instant) -> Option<Line> {
        let mut failing: Vec<Reason> = reading.failures().map(|failure| failure.reason).collect();
        failing.sort_unstable();
        failing.dedup();
        let changed = failing != self.failing;
        let due = self.logged.is_none_or(|logged| now.duration_since(logged) >= REMINDER);
        if failing.is_empty() {
            self.logged = None;
        } else if changed || due {
            self.logged = Some(now);
        } else {
            return None;
        }
        self.failing.clone_from(&failing);
        if failing.is_empty() {
            return changed.then_some(Line::Recovered);
        }
        let reasons = failing.iter().map(|reason| reason.label()).collect::<Vec<_>>().join(",");
        Some(Line::Failing { reasons, detail: detail(reading, &failing) })
    }
}

fn detail(reading: &Reading, failing: &[Reason]) -> String {
    let mut text = String::new();
    for reason in failing {
        let of_reason = reading.answers.iter().flat_map(|answer| {
            answer
                .failures
                .iter()
                .filter(|failure| failure.reason == *reason)
                .map(move |failure| (answer, failure))
        });
        let count = of_reason.clone().count();
        for (answer, failure) in of_reason.take(1) {
            let separator = if text.is_empty() { "" } else { "; " };
            let item = if answer.item.is_empty() { String::new() } else { format!(" {}", answer.item) };
            let _ = write!(text, "{separator}{}{item}: {}", answer.endpoint, chain(failure));
        }
        if count > 1 {
            let _ = write!(text, " (and {} more)", count - 1);
        }
    }
    text
}

/// A failure with its causes on one line.
pub fn chain(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    one_line(&text).chars().take(500).collect()
}

/// The text with spaces in place of control characters.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::reading::{Answer, Data};

    fn failed(reasons: &[Reason]) -> Reading {
        let answers = reasons
            .iter()
            .enumerate()
            .map(|(index, reason)| {
                let failure = Failure::caused_by(*reason, "no answer", std::io::Error::other("broken\npipe"));
                Answer::failed("GetQueueInfo", &index.to_string(), failure)
            })
            .collect::<Vec<_>>();
        Reading::from(answers)
    }

    fn well() -> Reading {
        Reading::from(vec![Answer::understood("GetQueues", "", Data::default(), vec![])])
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_logged_once_per_change_then_every_ten_minutes() {
        let (mut transitions, start) = (Transitions::default(), Instant::now());
        let mut at =
            |reading: &Reading, seconds| transitions.observe(reading, start + Duration::from_secs(seconds));
        let failing = |reasons: &str, detail: &str| {
            Some(Line::Failing { reasons: reasons.into(), detail: detail.into() })
        };
        assert_eq!(at(&well(), 0), None);
        let once = failed(&[Reason::Connect, Reason::Connect]);
        assert_eq!(at(&once, 10), failing("connect", "GetQueueInfo 0: no answer: broken pipe (and 1 more)"));
        assert_eq!(at(&once, 20), None);
        let twice = failed(&[Reason::Timeout, Reason::Connect]);
        assert_eq!(
            at(&twice, 30),
            failing(
                "connect,timeout",
                "GetQueueInfo 1: no answer: broken pipe; GetQueueInfo 0: no answer: broken pipe"
            )
        );
        assert_eq!(at(&twice, 629), None);
        assert!(at(&twice, 630).is_some());
        assert_eq!(at(&well(), 640), Some(Line::Recovered));
        assert_eq!(at(&well(), 650), None);
        assert!(at(&once, 660).is_some());
    }
}
