//! `serve`: the daemon. Configuration → engine → server, and what reloads and stops them.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::assembly::{Assembly, Loaded};
use crate::cli::Flags;
use crate::clock::Clock;
use crate::command::signals::{Asked, Signals};
use crate::command::state_keeper::StateKeeper;
use crate::command::supervisor::{Supervisor, TaskError};
use crate::command::{AnyError, CommandError, describe};
use crate::config::load;
use crate::exposition::Own;
use crate::poll::engine::{Engine, Replacement};
use crate::server::{App, BindError, ListenAddress, ReloadRequest, Server, WebSettings};
use crate::state::Store;
use crate::state_file::{StatePath, StatePathError};

/// What a first start in an empty directory is told.
const NO_CONFIGURATION: &str =
    "there is no webchat.yml here; name a file with --config.file, or see the demo command, which needs none";
/// Port of the daemon unless told otherwise.
pub(super) const DEFAULT_PORT: u16 = 10_064;
/// Requests for a reload that may wait; each is answered for itself.
const RELOAD_QUEUE: usize = 8;

/// Why the daemon did not start or go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The configuration was refused at the start.
    #[error("load the configuration")]
    Configuration(#[source] AnyError),
    /// An address could not be listened on.
    #[error(transparent)]
    Listen(#[from] BindError),
    /// The state file could not be kept where the flag says.
    #[error("keep the state file {}", path.display())]
    StateFile {
        /// As the flag names it.
        path: PathBuf,
        /// What is wrong with it.
        source: StatePathError,
    },
    /// Signals could not be listened to.
    #[error("listen to signals")]
    Signals(#[source] io::Error),
    /// A task ended unasked.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// Runs the daemon with the configuration files that the flags name.
///
/// # Errors
/// It did not start, or a part of it ended unasked.
pub fn run(flags: &Flags) -> Result<ExitCode, CommandError> {
    let (assembly, own) = (Assembly::new(), Arc::new(Own::new()));
    assembly.register(&own);
    let source = || {
        if !flags.names_configuration() {
            return Err(NO_CONFIGURATION.into());
        }
        let config = load(&flags.config_files)?;
        Ok::<_, AnyError>(assembly.build(&config)?)
    };
    let addresses = flags.listen_addresses(ListenAddress::AllInterfaces(DEFAULT_PORT));
    let runtime = Runtime::new().map_err(CommandError::Runtime)?;
    let served = runtime.block_on(serve(source, own, flags, &addresses));
    // A name lookup that hangs in its thread must not hold up the end.
    runtime.shutdown_background();
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Serves what `source` loads, until SIGTERM or SIGINT; loads again at SIGHUP and when asked over HTTP.
///
/// `source` reads, checks and builds everything, and changes nothing: what it returns is put in force whole, and when
/// it fails what is in force stays. It may register instruments of its own with `own` before it is passed in.
///
/// # Errors
/// The first configuration is refused, an address cannot be listened on, the state file cannot be kept where the flag
/// says, or a task ends unasked.
pub async fn serve<S>(
    source: S,
    own: Arc<Own>,
    flags: &Flags,
    addresses: &[ListenAddress],
) -> Result<(), ServeError>
where
    S: FnMut() -> Result<Loaded, AnyError>,
{
    let signals = Signals::new().map_err(ServeError::Signals)?;
    let (apply, replacements) = mpsc::channel(1);
    let (reload, reloads) = mpsc::channel(RELOAD_QUEUE);
    let mut configuration = Configuration { source, own: Arc::clone(&own), apply };
    let first = configuration.load().map_err(ServeError::Configuration)?;

    let store = Arc::new(Store::default());
    own.show_connectivity(Arc::clone(&store));
    let mut engine = Engine::new(Arc::clone(&store), Clock::System);
    let app = App::new(store.clone(), engine.handle(), own.clone(), web_settings(flags, reload));
    // Listening comes first: a second instance by mistake must neither call the vendors nor touch the state file.
    let server = Server::bind(addresses, Arc::new(app)).await?;
    let keeper = state_keeper(flags, store, own)?;
    if let Some(keeper) = &keeper {
        engine.remember(keeper.restore());
    }
    tracing::info!(targets = first.setups.len(), version = env!("CARGO_PKG_VERSION"), "Started.");
    engine.check_connectivity(first.connectivity);
    engine.apply(first.setups);

    let mut supervisor = Supervisor::new();
    supervise_polls(&mut supervisor, engine, replacements, keeper);
    let stop = supervisor.stop_signal();
    supervisor.spawn("server", async move {
        server.run(stop).await;
        Ok(())
    });
    control(configuration, reloads, signals, supervisor).await
}

/// Starts the engine, and the keeper that writes the state file once more after the last poll.
fn supervise_polls(
    supervisor: &mut Supervisor,
    engine: Engine,
    replacements: mpsc::Receiver<Replacement>,
    keeper: Option<StateKeeper>,
) {
    let polls_ended = CancellationToken::new();
    let (stop, ending) = (supervisor.stop_signal(), polls_ended.clone().drop_guard());
    supervisor.spawn("engine", async move {
        let ended = engine.run(replacements, stop).await;
        drop(ending);
        Ok(ended?)
    });
    if let Some(keeper) = keeper {
        let stop = supervisor.stop_signal();
        supervisor.spawn("state file", async move { Ok(keeper.run(polls_ended, stop).await?) });
    }
}

/// Reloads until it is time to stop, then stops.
async fn control<S>(
    mut configuration: Configuration<S>,
    mut reloads: mpsc::Receiver<ReloadRequest>,
    mut signals: Signals,
    mut supervisor: Supervisor,
) -> Result<(), ServeError>
where
    S: FnMut() -> Result<Loaded, AnyError>,
{
    let failure = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Stop => break None,
                // The refusal is in the log; nobody waits for an answer.
                Asked::Reload => drop(configuration.reload().await),
            },
            Some(request) = reloads.recv() => {
                let outcome = configuration.reload().await;
                // Whoever asked may have left by now.
                drop(request.send(outcome));
            }
            failure = supervisor.failure() => break Some(failure),
        }
    };
    tracing::info!("Stopping.");
    // Those who still ask for a reload hear at once that there will be none.
    drop(reloads);
    let stopped = tokio::select! {
        stopped = supervisor.stop() => stopped,
        () = signals.stop() => {
            tracing::warn!("Stopping at once: asked a second time.");
            Ok(())
        }
    };
    failure.map_or(stopped, Err)?;
    tracing::info!("Stopped.");
    Ok(())
}

/// Loads configurations and puts them in force.
struct Configuration<S> {
    source: S,
    own: Arc<Own>,
    apply: mpsc::Sender<Replacement>,
}

impl<S> Configuration<S>
where
    S: FnMut() -> Result<Loaded, AnyError>,
{
    /// Loads and notes what became of it.
    fn load(&mut self) -> Result<Loaded, AnyError> {
        let loaded = (self.source)();
        match &loaded {
            Ok(loaded) => self.own.config_loaded(&loaded.hash, Timestamp::now()),
            Err(_) => self.own.config_refused(),
        }
        loaded
    }

    /// Loads and puts in force; the text of the refusal otherwise.
    async fn reload(&mut self) -> Result<(), String> {
        match self.load() {
            Ok(loaded) => {
                tracing::info!(hash = loaded.hash, targets = loaded.setups.len(), "Reloaded.");
                let (in_force, applied) = oneshot::channel();
                // Both fail only when the engine has ended, which the supervisor tells.
                let Loaded { setups, connectivity, .. } = loaded;
                drop(self.apply.send(Replacement { setups, connectivity, in_force }).await);
                drop(applied.await);
                Ok(())
            }
            Err(error) => {
                let text = describe(&ServeError::Configuration(error));
                tracing::error!(
                    error = text,
                    "The configuration was refused; the one before stays in force."
                );
                Err(text)
            }
        }
    }
}

/// What the paths of all endpoints begin with, or nothing.
pub(super) fn route_prefix(flags: &Flags) -> String {
    let settings = WebSettings {
        external_url: flags.external_url.clone(),
        route_prefix: flags.route_prefix.clone(),
        ..WebSettings::default()
    };
    settings.prefix_of_routes().to_owned()
}

/// The keeper of the state file, if there is to be one.
fn state_keeper(flags: &Flags, store: Arc<Store>, own: Arc<Own>) -> Result<Option<StateKeeper>, ServeError> {
    let Some(path) = &flags.state_file else { return Ok(None) };
    let file = StatePath::new(path).map_err(|source| ServeError::StateFile { path: path.clone(), source })?;
    Ok(Some(StateKeeper::new(file, store, own, Clock::System)))
}

fn web_settings(flags: &Flags, reload: mpsc::Sender<ReloadRequest>) -> WebSettings {
    WebSettings {
        external_url: flags.external_url.clone(),
        route_prefix: flags.route_prefix.clone(),
        max_requests: flags.max_requests,
        enable_lifecycle: flags.enable_lifecycle,
        cors_origins: flags.cors_origins.clone(),
        reload: Some(reload),
    }
}
