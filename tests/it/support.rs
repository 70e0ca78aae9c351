//! A running engine on a configuration, what it logs, and a port where nobody listens.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use webchat_exporter::assembly::Assembly;
use webchat_exporter::clock::Clock;
use webchat_exporter::config::load_text;
use webchat_exporter::poll::{Engine, EngineHandle};
use webchat_exporter::state::{Snapshot, Store};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A port of loopback on which nobody listens, nor can anybody else while the socket lives.
pub(crate) fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// An engine whose targets poll.
pub(crate) struct Running {
    store: Arc<Store>,
    handle: EngineHandle,
    _engine: Engine,
}

/// Starts the engine on a configuration.
pub(crate) fn running(configuration: &str) -> Running {
    let config = load_text(Path::new("test.yml"), configuration).unwrap_or_else(|error| panic!("{error}"));
    let store = Arc::new(Store::default());
    let mut engine = Engine::new(store.clone(), Clock::System);
    engine.apply(Assembly::new().build(&config).unwrap().setups);
    Running { store, handle: engine.handle(), _engine: engine }
}

impl Running {
    /// The page once every collector of all targets has polled.
    pub(crate) async fn polled(&self, target: &str) -> Page {
        let deadline = Instant::now() + PATIENCE;
        while !self.store.polled() {
            assert!(Instant::now() < deadline, "the first polls did not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Page::of(&self.store.find(target).unwrap().snapshot())
    }

    /// Polls now; the page after it.
    pub(crate) async fn probe(&self, target: &str) -> Page {
        Page::of(&self.handle.probe(target, Instant::now() + PATIENCE).await.unwrap().snapshot)
    }

    /// Polls until the page has a line.
    pub(crate) async fn probe_until(&self, target: &str, line: &str, patience: Duration) {
        let deadline = Instant::now() + patience;
        loop {
            let page = self.probe(target).await;
            if page.0.lines().any(|present| present == line) {
                return;
            }
            assert!(Instant::now() < deadline, "{line} did not come:\n{}", page.0);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The samples of one target.
pub(crate) struct Page(String);

impl Page {
    fn of(snapshot: &Snapshot) -> Self {
        let text = snapshot.blocks.iter().map(|block| String::from_utf8(block.text.to_vec()).unwrap());
        Self(text.collect())
    }

    /// Demands whole lines.
    pub(crate) fn has(&self, lines: &[&str]) {
        for line in lines {
            assert!(self.0.lines().any(|present| present == *line), "{line} is missing from\n{}", self.0);
        }
    }

    /// Demands that no line starts like this.
    pub(crate) fn has_no(&self, start: &str) {
        assert!(!self.0.lines().any(|line| line.starts_with(start)), "{start} is in\n{}", self.0);
    }
}

/// What this crate logs while it lives, on the thread of the test.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<(Level, String)>>>,
    _guard: DefaultGuard,
}

impl Log {
    /// Captures from now on.
    pub(crate) fn capture() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Capture(lines.clone()));
        Self { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Lines at `warn`.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.at(Level::WARN)
    }

    /// Lines at `info`.
    pub(crate) fn infos(&self) -> Vec<String> {
        self.at(Level::INFO)
    }

    /// Everything, down to `trace`, a line each.
    pub(crate) fn all(&self) -> String {
        let lines = self.lines.lock().unwrap();
        lines.iter().flat_map(|(_, line)| [line, "\n"]).collect()
    }

    fn at(&self, level: Level) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter(|(at, _)| *at == level).map(|(_, line)| line.clone()).collect()
    }
}

struct Capture(Arc<Mutex<Vec<(Level, String)>>>);

impl<S: Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("webchat_exporter") {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.message + &line.fields));
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.fields, " {}={value}", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            write!(self.fields, " {}={value:?}", field.name()).unwrap();
        }
    }
}
