//! One poll of everything a target has, without a loop: for the `probe` command and for golden tests.

use crate::clock::Clock;
use crate::http_client::Failure;
use crate::platform::reading::{Answer, Reading};
use crate::poll::engine::TargetSetup;
use crate::poll::single;
use crate::poll::transitions::{chain, one_line};
use crate::state::{CollectorState, Snapshot, TargetState};

/// What polling once brought.
#[derive(Debug)]
pub struct Once {
    /// The target as a scrape would show it.
    pub snapshot: Snapshot,
    /// One line per exchange, redacted.
    pub transcript: Vec<String>,
    /// One line per failure: collector, endpoint, item and the chain of causes.
    pub failures: Vec<String>,
}

/// Polls every collector once, in order, each within its own timeout.
pub async fn poll_once(setup: &TargetSetup, clock: Clock) -> Once {
    let collectors = setup.collectors.iter().cloned().map(CollectorState::new).collect();
    let mut state = TargetState::new(setup.constants.clone(), collectors, clock.now());
    let (mut transcript, mut failures) = (Vec::new(), Vec::new());
    for (index, schedule) in setup.collectors.iter().enumerate() {
        let poll =
            single::poll(setup.platform.clone(), setup.client.clone(), clock, schedule.clone(), None).await;
        transcript.extend(poll.exchanges.iter().map(ToString::to_string));
        failures.extend(failure_lines(schedule.name, &poll.reading));
        state.remember(&poll.record);
        state.end_poll(index, poll.reading, poll.timing);
    }
    Once { snapshot: state.snapshot(setup.client.request_counts()), transcript, failures }
}

fn failure_lines(collector: &str, reading: &Reading) -> Vec<String> {
    let of_answer = |answer: &Answer| {
        let place = format!("{collector} {} {}", answer.endpoint, answer.item);
        let line = |failure: &Failure| {
            let (reason, words) = (failure.reason.label(), chain(failure));
            // An item's name comes from the vendor and could hold a line break.
            one_line(&format!("{}: {reason}: {words}", place.trim_end()))
        };
        answer.failures.iter().map(line).collect::<Vec<_>>()
    };
    reading.answers.iter().flat_map(of_answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_client::Reason;

    #[test]
    fn a_failure_is_one_line_whatever_the_vendor_calls_its_items() {
        let failure =
            || Failure::caused_by(Reason::Connect, "no answer", std::io::Error::other("broken\npipe"));
        let answers = vec![
            Answer::failed("GetQueueInfo", "7\n# TYPE x gauge", failure()),
            Answer::failed("GetQueues", "", failure()),
        ];
        assert_eq!(
            failure_lines("queues", &Reading::from(answers)),
            [
                "queues GetQueueInfo 7 # TYPE x gauge: connect: no answer: broken pipe",
                "queues GetQueues: connect: no answer: broken pipe",
            ]
        );
    }
}
