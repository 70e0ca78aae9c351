//! One poll of everything a target has, without a loop: for the `probe` command and for golden tests.

use tokio::time::Instant;

use crate::clock::Clock;
use crate::http_client::Caller;
use crate::poll::engine::TargetSetup;
use crate::state::{CollectorState, PollTiming, Snapshot, TargetState};

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
    let mut state = TargetState::new(setup.constants.clone(), collectors);
    let (mut transcript, mut failures) = (Vec::new(), Vec::new());
    for (index, schedule) in setup.collectors.iter().enumerate() {
        let started = Instant::now();
        let caller = Caller::new(setup.client.clone(), started + schedule.timeout, clock.now());
        let reading = setup.platform.poll(schedule.name, &caller).await;
        transcript.extend(caller.transcript());
        for answer in &reading.answers {
            let place = format!("{} {} {}", schedule.name, answer.endpoint, answer.item);
            failures.extend(answer.failures.iter().map(|failure| {
                format!(
                    "{}: {}: {}",
                    place.trim_end(),
                    failure.reason.label(),
                    super::transitions::chain(failure)
                )
            }));
        }
        let ended = Instant::now();
        let timing = PollTiming { ended, ended_at: clock.now(), duration: ended - started };
        state.end_poll(index, reading, timing);
    }
    Once { snapshot: state.snapshot(setup.client.request_counts()), transcript, failures }
}
