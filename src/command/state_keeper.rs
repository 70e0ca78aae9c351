//! The state file of the daemon: read before the first poll, written while statuses change and after the last poll.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::command::describe;
use crate::exposition::Own;
use crate::state::{Store, TargetMemory};
use crate::state_file::{Document, Found, SavedTarget, StatePath, read, set_aside};

/// The least time between two writes.
const PERIOD: Duration = Duration::from_secs(5);
/// A file in which nothing changes is written again after this time: its age tells for how long nobody looked.
const REFRESH: Duration = Duration::from_hours(1);

/// Keeps the state file up to date.
#[derive(Debug)]
pub struct StateKeeper {
    file: StatePath,
    store: Arc<Store>,
    own: Arc<Own>,
    clock: Clock,
    written: Option<Written>,
    /// What was last said of a write that failed; `None` since one went well.
    trouble: Option<String>,
}

/// What the file holds.
#[derive(Debug)]
struct Written {
    /// The store's generation before it was read.
    generation: u64,
    at: Instant,
    targets: Vec<SavedTarget>,
}

impl StateKeeper {
    /// A keeper that has not written yet.
    pub fn new(file: StatePath, store: Arc<Store>, own: Arc<Own>, clock: Clock) -> Self {
        Self { file, store, own, clock, written: None, trouble: None }
    }

    /// What the targets remember of an earlier process. A file that cannot be used is moved aside and told of; it never
    /// keeps the daemon from starting.
    pub fn restore(&self) -> HashMap<String, TargetMemory> {
        let file = self.file.path().display();
        match read(self.file.path(), self.clock.now()) {
            Ok(Found::Document(document)) => {
                let (written, targets) = (document.written, document.targets.len());
                let channels = document.targets.iter().map(|target| target.channels.len()).sum::<usize>();
                tracing::info!(%file, %written, targets, channels, "Statuses go on from the state file.");
                return document.into_memories();
            }
            Ok(Found::Nothing) => {
                tracing::info!(%file, "There is no state file yet; every status starts afresh.");
            }
            Ok(Found::Outdated(written)) => {
                tracing::info!(%file, %written, "The state file is older than a day; every status starts afresh.");
            }
            Err(error) => {
                let error = describe(&error);
                let kept_as = match set_aside(self.file.path()) {
                    Ok(aside) => aside.display().to_string(),
                    Err(error) => format!("nothing: cannot rename it: {error}"),
                };
                tracing::warn!(%file, error, kept_as, "The state file cannot be used; every status starts afresh.");
            }
        }
        HashMap::new()
    }

    /// Writes the file while statuses change, once more when `polls_ended`, and returns when `stop` turns true.
    ///
    /// # Errors
    /// Writing panicked.
    pub async fn run(
        mut self,
        polls_ended: CancellationToken,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), JoinError> {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = polls_ended.cancelled() => break,
                _ = ticks.tick() => {}
            }
            if self.is_due() || self.has_news() {
                self = self.save(Self::write_changes).await?;
            }
        }
        self.save(|keeper| Some(keeper.write())).await?;
        // Whoever ended the polls is to be blamed for an end that nobody asked for, not this.
        let _: Result<_, watch::error::RecvError> = stop.wait_for(|stop| *stop).await;
        Ok(())
    }

    /// Whether the file is old or not there.
    fn is_due(&self) -> bool {
        self.written.as_ref().is_none_or(|written| written.at.elapsed() >= REFRESH)
    }

    /// Whether anything was published since the store was last read.
    fn has_news(&self) -> bool {
        self.written.as_ref().is_none_or(|written| written.generation != self.store.generation())
    }

    /// Lets `write` block a thread of its own, and tells of a change of its outcome.
    async fn save(
        mut self,
        write: impl FnOnce(&mut Self) -> Option<io::Result<()>> + Send + 'static,
    ) -> Result<Self, JoinError> {
        let writing = spawn_blocking(move || {
            let outcome = write(&mut self);
            (self, outcome)
        });
        let (mut keeper, outcome) = writing.await?;
        match outcome {
            Some(Ok(())) => keeper.succeeded(),
            Some(Err(error)) => keeper.failed(&error),
            None => {}
        }
        Ok(keeper)
    }

    fn succeeded(&mut self) {
        self.own.state_file_written(self.clock.now());
        if self.trouble.take().is_some() {
            tracing::info!(file = %self.file.path().display(), "The state file is written again.");
        }
    }

    fn failed(&mut self, error: &io::Error) {
        self.own.state_file_failed();
        let (file, error) = (self.file.path().display(), error.to_string());
        if self.trouble.as_ref() != Some(&error) {
            tracing::warn!(%file, error, "The state file cannot be written; a restart would forget newer statuses.");
        }
        self.trouble = Some(error);
    }

    /// Writes unless the file is new and says the same already; blocks.
    fn write_changes(&mut self) -> Option<io::Result<()>> {
        let is_due = self.is_due();
        // Read first: what is published meanwhile counts as newer.
        let generation = self.store.generation();
        let targets = self.targets();
        match &mut self.written {
            Some(written) if written.targets == targets && !is_due => {
                written.generation = generation;
                None
            }
            _ => Some(self.replace(generation, targets)),
        }
    }

    /// Writes; blocks.
    fn write(&mut self) -> io::Result<()> {
        let generation = self.store.generation();
        let targets = self.targets();
        self.replace(generation, targets)
    }

    fn targets(&self) -> Vec<SavedTarget> {
        self.store.slots().iter().map(|slot| SavedTarget::of(&slot.snapshot())).collect()
    }

    fn replace(&mut self, generation: u64, targets: Vec<SavedTarget>) -> io::Result<()> {
        self.written = None;
        let document = Document::new(self.clock.now(), targets);
        self.file.write(&document)?;
        self.written = Some(Written { generation, at: Instant::now(), targets: document.targets });
        Ok(())
    }
}
