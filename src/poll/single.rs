//! One poll of one collector, with its deadline and its timing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::clock::Clock;
use crate::config::collector::CollectorSchedule;
use crate::http_client::{Caller, ExchangeRecord, TargetClient};
use crate::platform::{AnyPlatform, Reading};
use crate::poll::record::record;
use crate::state::{PollRecord, PollTiming};

/// How long after its deadline a poll may still sort out what it has.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// What a poll brought.
#[derive(Debug)]
pub(super) struct PollEnded {
    pub(super) reading: Reading,
    pub(super) timing: PollTiming,
    /// The exchanges with the vendor.
    pub(super) exchanges: Vec<ExchangeRecord>,
    /// What is remembered of it.
    pub(super) record: PollRecord,
}

/// Polls a collector within its timeout; `until` shortens its time.
pub(super) async fn poll(
    platform: Arc<AnyPlatform>,
    client: Arc<TargetClient>,
    clock: Clock,
    schedule: CollectorSchedule,
    until: Option<Instant>,
) -> PollEnded {
    let started = Instant::now();
    let latest = started + schedule.timeout;
    let deadline = until.map_or(latest, |until| until.min(latest));
    let caller = Caller::new(client, deadline, clock.now());
    let reading = timeout_at(deadline + CLOSING_TIME, platform.poll(schedule.name, &caller)).await;
    let ended = Instant::now();
    let timing = PollTiming { ended, ended_at: clock.now(), duration: ended - started };
    let reading = reading.unwrap_or_else(|_| Reading::timed_out());
    let exchanges = caller.exchanges();
    let record = record(schedule.name, &reading, timing, &exchanges);
    PollEnded { reading, timing, exchanges, record }
}
