//! What the rest of the program asks of the running engine.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::poll::pulse::Pulse;
use crate::poll::target_task::ProbeRequest;
use crate::state::{Snapshot, Store};

/// The part of a probe's time that is left for what comes after its polls; less where the time is short.
const RESERVE: Duration = Duration::from_millis(250);

/// The way to one target's loop.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) probes: mpsc::Sender<ProbeRequest>,
    pub(super) pulse: Arc<Pulse>,
}

/// Access to the running engine; clones reach the same one.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    store: Arc<Store>,
    pub(super) lines: Arc<ArcSwap<HashMap<String, Line>>>,
}

/// What a probe brought.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The target's snapshot after the polls.
    pub snapshot: Arc<Snapshot>,
    /// One line per exchange with the vendor, redacted; empty where none was made.
    pub transcript: Vec<String>,
}

impl EngineHandle {
    /// A handle on an engine that publishes into `store`.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, lines: Arc::default() }
    }

    /// Polls every collector of a target now and waits for the end, until `deadline` at the latest; concurrent probes
    /// of one target share the polls. `None` for a target that is not configured.
    ///
    /// Polls that are started for it end a little before `deadline`, so that a vendor who says nothing is told as a
    /// failure and not by the values of an earlier poll.
    pub async fn probe(&self, target: &str, deadline: Instant) -> Option<Probed> {
        let slot = self.store.find(target)?;
        let line = self.lines.load().get(target).cloned();
        let mut transcript = Vec::new();
        if let Some(line) = line {
            let (done, ended) = oneshot::channel();
            let reserve = (deadline.saturating_duration_since(Instant::now()) / 10).min(RESERVE);
            let probe = async {
                line.probes.send(ProbeRequest { deadline: deadline - reserve, done }).await.ok()?;
                ended.await.ok()
            };
            // After the deadline the newest values there are have to do.
            transcript = timeout_at(deadline, probe).await.ok().flatten().unwrap_or_default();
        }
        Some(Probed { snapshot: slot.snapshot(), transcript })
    }

    /// Whether all poll loops come round as they promised.
    pub fn is_working(&self) -> bool {
        let now = Instant::now();
        self.lines.load().values().all(|line| line.pulse.is_alive(now))
    }
}
