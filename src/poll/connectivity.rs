//! The check of this exporter's own network: its loop, and how the loops of the targets hear of it.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::Clock;
use crate::config::ConnectivityCheck;
use crate::http_client::{Failure, Reach};
use crate::poll::transitions::chain;
use crate::state::{Connectivity, Store};

/// A connectivity check as the engine takes it.
#[derive(Debug)]
pub struct ConnectivitySetup {
    /// What is asked and how often: an equal one keeps its state.
    pub check: ConnectivityCheck,
    /// Asks it.
    pub client: Reach,
}

/// The address whose check says that this exporter's own network is down; `None` while it works or is not checked.
pub(super) type CutOff = Option<Arc<str>>;

/// Where the check in force says what it found, to the loops of the targets and to readers of the store.
#[derive(Clone, Debug)]
pub(super) struct Network {
    store: Arc<Store>,
    cut_off: watch::Sender<CutOff>,
}

impl Network {
    /// A network that nothing is known of.
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, cut_off: watch::Sender::new(None) }
    }

    /// Hears of it; what holds already counts as news.
    pub(super) fn subscribe(&self) -> watch::Receiver<CutOff> {
        let mut receiver = self.cut_off.subscribe();
        if receiver.borrow().is_some() {
            receiver.mark_changed();
        }
        receiver
    }

    /// Ends the check behind `old` and forgets what it said; `connectivity` is what is known of the next one.
    pub(super) fn replace(&self, old: Option<DropGuard>, connectivity: Option<Connectivity>) {
        self.say(connectivity, None, || {
            drop(old);
            true
        });
    }

    /// Nothing is said under the lock unless `may_speak`, so that a check that was ended cannot have the last word.
    fn say(&self, connectivity: Option<Connectivity>, cut_off: CutOff, may_speak: impl FnOnce() -> bool) {
        self.cut_off.send_if_modified(|known| {
            if !may_speak() {
                return false;
            }
            self.store.set_connectivity(connectivity);
            let differs = *known != cut_off;
            *known = cut_off;
            differs
        });
    }
}

/// Everything the loop of the check works with.
#[derive(Debug)]
pub(super) struct ConnectivityTask {
    check: ConnectivityCheck,
    client: Reach,
    address: Arc<str>,
    clock: Clock,
    network: Network,
    stop: CancellationToken,
    connectivity: Connectivity,
    failures_in_a_row: u32,
}

impl ConnectivityTask {
    /// A check that has not asked yet.
    pub(super) fn new(
        setup: ConnectivitySetup,
        clock: Clock,
        network: Network,
        stop: CancellationToken,
    ) -> Self {
        let ConnectivitySetup { check, client } = setup;
        let (address, connectivity) = (client.address().into(), Connectivity::default());
        Self { check, client, address, clock, network, stop, connectivity, failures_in_a_row: 0 }
    }

    /// Asks at once and then at each interval, until stopped.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut next = Instant::now();
        loop {
            let outcome = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                outcome = self.client.ask() => outcome,
            };
            self.take(&outcome);
            // A tick that was missed, as on a machine that slept, is not made up for.
            next = (next + self.check.interval).max(Instant::now());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(next) => {}
            }
        }
    }

    fn take(&mut self, outcome: &Result<StatusCode, Failure>) {
        let was_failing = self.failures_in_a_row > 0;
        self.failures_in_a_row = if outcome.is_ok() { 0 } else { self.failures_in_a_row.saturating_add(1) };
        let is_down = self.failures_in_a_row >= self.check.failures;
        self.connectivity = self.connectivity.after(outcome.is_ok(), is_down, self.clock.now());
        self.log(outcome, was_failing);
        let cut_off = is_down.then(|| Arc::clone(&self.address));
        self.network.say(Some(self.connectivity), cut_off, || !self.stop.is_cancelled());
    }

    fn log(&self, outcome: &Result<StatusCode, Failure>, was_failing: bool) {
        let url = &*self.address;
        match outcome {
            Err(failure) if !was_failing => {
                let (reason, detail) = (failure.reason.label(), chain(failure));
                tracing::warn!(url, reason, detail, "Connectivity check fails.");
            }
            Ok(_) if was_failing => tracing::info!(url, "Connectivity check recovered."),
            _ => {}
        }
        if self.failures_in_a_row == self.check.failures {
            tracing::warn!(
                url,
                "This exporter's own network seems to be down; channels are unknown until it is back."
            );
        }
    }
}
