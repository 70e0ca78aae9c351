//! Accepting connections, and stopping without cutting off those that are being answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};

use crate::server::app::App;
use crate::server::connection;
use crate::server::listen::{BindError, ListenAddress, Listener, Stream};

/// Connections at once, over all listeners; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 512;
/// How long requests may run on after the stop.
const DRAIN: Duration = Duration::from_secs(8);
/// The pause after a failed accept: the usual cause is that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server that listens, not yet accepting.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    listeners: Vec<Listener>,
}

impl Server {
    /// Listens on every address; fails if one of them cannot be listened on.
    pub async fn bind(addresses: &[ListenAddress], app: Arc<App>) -> Result<Self, BindError> {
        let mut listeners = Vec::with_capacity(addresses.len());
        for address in addresses {
            let listener = Listener::bind(address).await?;
            tracing::info!(address = listener.local_address(), "Listening.");
            listeners.push(listener);
        }
        Ok(Self { app, listeners })
    }

    /// The addresses it really listens on, such as `127.0.0.1:43121` or `unix:/path`.
    pub fn local_addresses(&self) -> Vec<String> {
        self.listeners.iter().map(Listener::local_address).collect()
    }

    /// Serves until `stop` becomes true or its sender is gone; then stops listening, lets running requests end, for at
    /// most eight seconds, and returns.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut acceptors = JoinSet::new();
        for listener in self.listeners {
            acceptors.spawn(accept_all(listener, Arc::clone(&self.app), Arc::clone(&permits), stop.clone()));
        }
        while let Some(ended) = acceptors.join_next().await {
            // Without one of its listeners the server is broken, and the caller must know.
            if let Err(error) = ended
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

/// Returns once `stop` is true or its sender is gone.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _: Result<_, watch::error::RecvError> = stop.wait_for(|stop| *stop).await;
}

async fn accept_all(
    listener: Listener,
    app: Arc<App>,
    permits: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        while let Some(ended) = connections.try_join_next() {
            report(ended);
        }
        let permit = tokio::select! {
            () = stopped(&mut stop) => break,
            Ok(permit) = Arc::clone(&permits).acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) => {
                let (app, stop) = (Arc::clone(&app), stop.clone());
                connections.spawn(async move {
                    serve(stream, app, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted.");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    app.reports.stopping.cancel();
    drain(connections).await;
}

async fn serve(stream: Stream, app: Arc<App>, stop: watch::Receiver<bool>) {
    match stream {
        Stream::Tcp(stream) => connection::serve(stream, app, stop).await,
        Stream::Unix(stream) => connection::serve(stream, app, stop).await,
    }
}

/// Waits for the connections' ends, then cuts off those that are left.
async fn drain(mut connections: JoinSet<()>) {
    let deadline = Instant::now() + DRAIN;
    while let Ok(Some(ended)) = timeout_at(deadline, connections.join_next()).await {
        report(ended);
    }
    if !connections.is_empty() {
        tracing::warn!(connections = connections.len(), "Connections were cut off while stopping.");
    }
}

/// A panic while answering ends its connection and is told, no more.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "A connection's task failed.");
    }
}
