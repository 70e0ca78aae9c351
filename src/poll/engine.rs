//! All targets' loops, and how a new set of targets takes the place of the old.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::channel::rules::ChannelRules;
use crate::clock::Clock;
use crate::config::collector::CollectorSchedule;
use crate::config::{ConnectivityCheck, TargetConfig};
use crate::http_client::TargetClient;
use crate::platform::AnyPlatform;
use crate::poll::connectivity::{ConnectivitySetup, ConnectivityTask, Network};
use crate::poll::handle::{EngineHandle, Line};
use crate::poll::pulse::Pulse;
use crate::poll::target_task::TargetTask;
use crate::state::{CollectorState, Connectivity, Slot, Store, TargetConstants, TargetMemory, TargetState};

/// The first polls of a start are spread over this much time per target.
const START_SPREAD_PER_TARGET: Duration = Duration::from_millis(5);
/// Probes of one target that may wait for its loop.
const PROBE_QUEUE: usize = 64;

/// A target as the engine takes it.
#[derive(Clone, Debug)]
pub struct TargetSetup {
    /// What polls do not change.
    pub constants: TargetConstants,
    /// The vendor's product with its configuration.
    pub platform: Arc<AnyPlatform>,
    /// How it is reached.
    pub client: Arc<TargetClient>,
    /// Enabled collectors, the primary one first.
    pub collectors: Vec<CollectorSchedule>,
    /// What it was built from: a target whose configuration did not change keeps its state and its clock.
    pub config: Arc<TargetConfig>,
}

/// A new set of targets for a running engine.
#[derive(Debug)]
pub struct Replacement {
    /// The targets from now on.
    pub setups: Vec<TargetSetup>,
    /// The check of this exporter's own network from now on.
    pub connectivity: Option<ConnectivitySetup>,
    /// Told once they are in force.
    pub in_force: oneshot::Sender<()>,
}

/// Why the engine ended unasked.
#[derive(Debug, thiserror::Error)]
#[error("keep {work}: its loop ended unasked")]
pub struct EngineError {
    /// What the loop that ended did, such as `polling shop`.
    pub work: String,
    /// The panic, if it was one.
    pub source: Option<JoinError>,
}

/// The loops of all targets, and the one that checks this exporter's own network.
#[derive(Debug)]
pub struct Engine {
    store: Arc<Store>,
    handle: EngineHandle,
    clock: Clock,
    loops: JoinSet<()>,
    targets: HashMap<String, Running>,
    network: Network,
    connectivity: Option<(ConnectivityCheck, DropGuard)>,
    /// What each loop does, and what tells it to end.
    watched: HashMap<Id, (String, CancellationToken)>,
    memories: HashMap<String, TargetMemory>,
}

/// A target whose loop runs; dropping it ends the loop.
#[derive(Debug)]
struct Running {
    config: Arc<TargetConfig>,
    rules: watch::Sender<Arc<ChannelRules>>,
    slot: Arc<Slot>,
    line: Line,
    _stop: DropGuard,
}

impl Running {
    /// Hands other rules to the loop: schedules and maintenance windows stand outside a target's own configuration.
    fn judge_by(&self, new: &Arc<ChannelRules>) {
        self.rules.send_if_modified(|rules| {
            let differ = rules != new;
            if differ {
                rules.clone_from(new);
            }
            differ
        });
    }
}

impl Engine {
    /// An engine without targets that publishes into `store`.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        let handle = EngineHandle::new(store.clone());
        Self {
            network: Network::new(store.clone()),
            store,
            handle,
            clock,
            loops: JoinSet::new(),
            targets: HashMap::new(),
            connectivity: None,
            watched: HashMap::new(),
            memories: HashMap::new(),
        }
    }

    /// Lets the first targets take over what an earlier process knew of those of their name and platform.
    pub fn remember(&mut self, memories: HashMap<String, TargetMemory>) {
        self.memories = memories;
    }

    /// Access for the rest of the program.
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Makes `setups` the targets: unchanged ones go on as they are, the others start afresh or end.
    pub fn apply(&mut self, setups: Vec<TargetSetup>) {
        let spread = START_SPREAD_PER_TARGET * u32::try_from(setups.len()).unwrap_or(u32::MAX);
        let mut old = std::mem::take(&mut self.targets);
        let mut slots = Vec::with_capacity(setups.len());
        for setup in setups {
            let name = setup.constants.identity.target.clone();
            let running = match old.remove(&name) {
                Some(running) if running.config == setup.config => {
                    running.judge_by(&setup.constants.rules);
                    running
                }
                // A changed one is dropped with this, which ends its loop.
                old => self.start(setup, spread, old.as_ref()),
            };
            slots.push(running.slot.clone());
            self.targets.insert(name, running);
        }
        drop(old);
        self.memories.clear();
        let lines = self.targets.iter().map(|(name, running)| (name.clone(), running.line.clone())).collect();
        self.handle.lines.store(Arc::new(lines));
        self.store.replace(slots);
    }

    /// Makes `setup` the check of this exporter's own network; an unchanged one goes on as it is.
    pub fn check_connectivity(&mut self, setup: Option<ConnectivitySetup>) {
        let running = self.connectivity.as_ref().map(|(check, _)| check);
        if running == setup.as_ref().map(|setup| &setup.check) {
            return;
        }
        let old = self.connectivity.take().map(|(_, stop)| stop);
        self.network.replace(old, setup.is_some().then(Connectivity::default));
        let Some(setup) = setup else { return };
        let (check, stop) = (setup.check.clone(), CancellationToken::new());
        let task = ConnectivityTask::new(setup, self.clock, self.network.clone(), stop.clone());
        self.watch("checking connectivity".to_owned(), stop.clone(), task.run());
        self.connectivity = Some((check, stop.drop_guard()));
    }

    /// Runs a loop that does `work` until it is told to `stop`.
    fn watch(
        &mut self,
        work: String,
        stop: CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.loops.spawn(task).id();
        self.watched.insert(id, (work, stop));
    }

    /// Starts the loop of a target, where there was one before with the status of its channels.
    fn start(&mut self, setup: TargetSetup, spread: Duration, old: Option<&Running>) -> Running {
        let collectors = setup.collectors.into_iter().map(CollectorState::new).collect();
        let (rules_sender, rules) = watch::channel(setup.constants.rules.clone());
        let mut state = TargetState::new(setup.constants, collectors, self.clock.now());
        let name = &state.identity().target;
        let memory = match old {
            Some(old) => Some(TargetMemory::of(&old.slot.snapshot())),
            None => self.memories.remove(name),
        };
        if let Some(memory) = memory {
            state.inherit(memory, self.clock.now());
        }
        let slot = self.store.slot(state.snapshot(setup.client.request_counts()));
        let pulse = Arc::new(Pulse::new(Instant::now()));
        let (sender, probes) = mpsc::channel(PROBE_QUEUE);
        let stop = CancellationToken::new();
        let work = format!("polling {}", slot.name());
        let task = TargetTask {
            state,
            platform: setup.platform,
            client: setup.client,
            clock: self.clock,
            slot: slot.clone(),
            pulse: pulse.clone(),
            probes,
            rules,
            cut_off: self.network.subscribe(),
            stop: stop.clone(),
            spread,
        };
        self.watch(work, stop.clone(), task.run());
        let line = Line { probes: sender, pulse };
        Running { config: setup.config, rules: rules_sender, slot, line, _stop: stop.drop_guard() }
    }

    /// Watches over the loops until `stop` turns true, taking new sets of targets as they come.
    ///
    /// # Errors
    /// A loop ended though nobody asked it to, a panic included.
    pub async fn run(
        mut self,
        mut replacements: mpsc::Receiver<Replacement>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), EngineError> {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(Replacement { setups, connectivity, in_force }) = replacements.recv() => {
                    self.check_connectivity(connectivity);
                    self.apply(setups);
                    // Whoever asked may have left by now.
                    let _ = in_force.send(());
                }
                Some(ended) = self.loops.join_next_with_id() => self.judge(ended)?,
            }
        }
        self.targets.clear();
        self.connectivity = None;
        while self.loops.join_next().await.is_some() {}
        Ok(())
    }

    /// A loop may end once it was told to stop; a panic is never in order.
    fn judge(&mut self, ended: Result<(Id, ()), JoinError>) -> Result<(), EngineError> {
        let (id, source) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        match self.watched.remove(&id) {
            Some((_, stop)) if source.is_none() && stop.is_cancelled() => Ok(()),
            Some((work, _)) => Err(EngineError { work, source }),
            None => Ok(()),
        }
    }
}
