//! All tasks of the daemon in one place: one that ends unasked ends the process.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

use crate::command::AnyError;

/// How long tasks may take to end once they are told to; together with the rest it stays below ten seconds.
const DRAIN: Duration = Duration::from_secs(9);

/// The daemon's tasks.
#[derive(Debug)]
pub struct Supervisor {
    tasks: JoinSet<Result<(), AnyError>>,
    names: HashMap<Id, &'static str>,
    stop: watch::Sender<bool>,
}

/// A task that ended though nobody asked it to.
#[derive(Debug, Error)]
#[error("keep the {task} running{}", if source.is_none() { ": it ended unasked" } else { "" })]
pub struct TaskError {
    /// The task's name.
    pub task: &'static str,
    /// Its error or panic, if it had one.
    pub source: Option<AnyError>,
}

impl Supervisor {
    /// No tasks yet.
    pub fn new() -> Self {
        Self { tasks: JoinSet::new(), names: HashMap::new(), stop: watch::Sender::new(false) }
    }

    /// Turns true when tasks are to end.
    pub fn stop_signal(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Starts a task that runs until the stop signal.
    pub fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), AnyError>> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until a task ends, which none should before [`Supervisor::stop`]; without tasks it waits for ever.
    pub async fn failure(&mut self) -> TaskError {
        let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        let (id, source) = outcome(ended);
        self.failed(id, source)
    }

    /// Tells all tasks to end and waits for them, for at most nine seconds.
    ///
    /// # Errors
    /// The first task that failed while it ended; the others are waited for all the same.
    pub async fn stop(mut self) -> Result<(), TaskError> {
        self.stop.send_replace(true);
        let mut failure = None;
        let deadline = Instant::now() + DRAIN;
        while let Ok(Some(ended)) = timeout_at(deadline, self.tasks.join_next_with_id()).await {
            let (id, source) = outcome(ended);
            if source.is_some() {
                failure = failure.or(Some(self.failed(id, source)));
            }
        }
        if !self.tasks.is_empty() {
            tracing::warn!(tasks = self.tasks.len(), "Tasks were cut off while stopping.");
        }
        failure.map_or(Ok(()), Err)
    }

    fn failed(&self, id: Id, source: Option<AnyError>) -> TaskError {
        TaskError { task: self.names.get(&id).copied().unwrap_or("task"), source }
    }
}

impl Default for Supervisor {
    fn default() -> Self {
        Self::new()
    }
}

/// Which task ended, and its error or panic.
fn outcome(ended: Result<(Id, Result<(), AnyError>), JoinError>) -> (Id, Option<AnyError>) {
    match ended {
        Ok((id, result)) => (id, result.err()),
        Err(error) => (error.id(), Some(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::describe;

    async fn until_stop(mut stop: watch::Receiver<bool>) -> Result<(), AnyError> {
        stop.wait_for(|stop| *stop).await?;
        Ok(())
    }

    fn with_a_task_that_waits() -> Supervisor {
        let mut supervisor = Supervisor::new();
        supervisor.spawn("server", until_stop(supervisor.stop_signal()));
        supervisor
    }

    #[tokio::test]
    async fn tasks_end_when_they_are_told_to() {
        assert!(with_a_task_that_waits().stop().await.is_ok());
    }

    #[tokio::test]
    async fn a_task_that_ends_unasked_is_a_failure() {
        let mut supervisor = with_a_task_that_waits();
        supervisor.spawn("engine", async { Ok(()) });
        let failure = supervisor.failure().await;
        assert_eq!(describe(&failure), "cannot keep the engine running: it ended unasked");
    }

    #[tokio::test]
    async fn a_task_that_fails_or_panics_is_named_with_the_cause() {
        let mut supervisor = with_a_task_that_waits();
        supervisor.spawn("engine", async { Err("no more clock".into()) });
        let failure = supervisor.failure().await;
        assert_eq!(describe(&failure), "cannot keep the engine running: no more clock");
        supervisor.spawn("engine", async { panic!("out of luck") });
        let failure = supervisor.failure().await;
        assert!(describe(&failure).ends_with("panicked with message \"out of luck\""), "{failure:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_cut_off() {
        let mut supervisor = with_a_task_that_waits();
        supervisor.spawn("engine", std::future::pending());
        let started = Instant::now();
        assert!(supervisor.stop().await.is_ok());
        assert_eq!(started.elapsed(), DRAIN);
    }

    #[tokio::test]
    async fn a_failure_while_stopping_is_told() {
        let mut supervisor = Supervisor::new();
        let mut stop = supervisor.stop_signal();
        supervisor.spawn("engine", async move {
            stop.wait_for(|stop| *stop).await?;
            Err("lost the store".into())
        });
        let failure = supervisor.stop().await.unwrap_err();
        assert_eq!(describe(&failure), "cannot keep the engine running: lost the store");
    }
}
