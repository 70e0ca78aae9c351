//! The status of channels through polls and reloads, at a time that stands still, and with the clock.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use webchat_exporter::assembly::Assembly;
use webchat_exporter::channel::status::ChannelView;
use webchat_exporter::clock::Clock;
use webchat_exporter::config::load_text;
use webchat_exporter::poll::Engine;
use webchat_exporter::state::{Snapshot, Store};

use crate::vendor::Vendor;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

const MAINTENANCE: &str = "maintenance: [{ targets: [bank-chat], channels: [Retail banking], start: 2026-03-02T11:00:00Z, end: 2026-03-02T13:00:00Z }]";

struct Fixture {
    vendor: Vendor,
    assembly: Assembly,
    store: Arc<Store>,
    engine: Engine,
}

impl Fixture {
    async fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/egain/document");
        let store = Arc::new(Store::default());
        let engine = Engine::new(store.clone(), Clock::StoppedAt("2026-03-02T12:00:00Z".parse().unwrap()));
        Self { vendor: Vendor::serve(&folder).await, assembly: Assembly::new(), store, engine }
    }

    /// Puts a configuration in force: the target, with more keys for it, and more beside it.
    fn load(&mut self, of_target: &str, beside: &str) {
        let text = format!(
            "targets:\n- name: bank-chat\n  {of_target}\n  egain:\n    base_url: http://{}/system/egain/chat\n    \
             entry_points: [{{ id: 1000, name: Retail banking }}, {{ id: 1001, schedule: night }}]\n\
             schedules: {{ night: {{ timezone: UTC, weekly: {{ mon-sun: [\"22:00-06:00\"] }} }} }}\n{beside}\n",
            self.vendor.address
        );
        let config = load_text(Path::new("test.yml"), &text).unwrap_or_else(|error| panic!("{error}"));
        self.engine.apply(self.assembly.build(&config).unwrap().setups);
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.store.find("bank-chat").unwrap().snapshot()
    }

    fn statuses(&self) -> String {
        let word = |view: &ChannelView| format!("{} {}", view.facts.id, view.status.label());
        self.snapshot().channels.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    async fn until(&self, statuses: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.statuses() != statuses {
            assert!(Instant::now() < deadline, "{} did not become {statuses}", self.statuses());
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn other_windows_hold_for_an_unchanged_target_without_a_poll() {
    let mut fixture = Fixture::new().await;
    fixture.load("schedule: night", "");
    fixture.until("1000 closed, 1001 closed").await;
    fixture.load("schedule: night", MAINTENANCE);
    fixture.until("1000 maintenance, 1001 closed").await;
    let views = fixture.snapshot().channels.clone();
    assert_eq!(views[0].explanation.as_deref(), Some("a planned maintenance window is on"));
    assert_eq!(views[0].maintenance.as_ref().unwrap().end.to_string(), "2026-03-02T13:00:00Z");
    assert_eq!(views[1].maintenance, None);
    assert!(!views[1].open);
    assert_eq!(views[1].next_change.map(|next| next.to_string()).as_deref(), Some("2026-03-02T22:00:00Z"));
}

#[tokio::test]
async fn a_changed_target_keeps_the_status_of_its_channels() {
    let mut fixture = Fixture::new().await;
    fixture.load("labels: { a: b }", "");
    fixture.until("1000 ok, 1001 closed").await;
    fixture.load("labels: { a: c }", "");
    assert_eq!(fixture.statuses(), "1000 ok, 1001 closed");
    assert!(!fixture.snapshot().polled);
}

/// The sample that says whether a window of the whole target is on.
fn maintenance(store: &Store) -> String {
    let snapshot = store.find("bank-chat").unwrap().snapshot();
    let block =
        snapshot.blocks.iter().find(|block| block.family.name == "webchat_target_maintenance").unwrap();
    std::str::from_utf8(&block.text).unwrap().to_owned()
}

#[tokio::test]
async fn a_window_of_the_whole_target_begins_on_time_while_the_vendor_has_said_nothing_yet() {
    // Connections are taken by the system, and nobody answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (start, end) =
        (Timestamp::now() + Duration::from_secs(2), Timestamp::now() + Duration::from_mins(10));
    let text = format!(
        "maintenance: [{{ targets: [bank-chat], start: {start}, end: {end} }}]\ntargets:\n- name: bank-chat\n  egain:\n    \
         base_url: http://{}/system/egain/chat\n    entry_points: [{{ id: 1000 }}]\n",
        listener.local_addr().unwrap()
    );
    let config = load_text(Path::new("test.yml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let store = Arc::new(Store::default());
    let mut engine = Engine::new(store.clone(), Clock::System);
    engine.apply(Assembly::new().build(&config).unwrap().setups);
    let sample = |value: u8| {
        format!("webchat_target_maintenance{{platform=\"egain\",target=\"bank-chat\"}} {value}\n")
    };
    assert_eq!(maintenance(&store), sample(0));
    let deadline = Instant::now() + PATIENCE;
    while maintenance(&store) != sample(1) {
        assert!(Instant::now() < deadline, "the window does not begin");
        sleep(Duration::from_millis(5)).await;
    }
    let snapshot = store.find("bank-chat").unwrap().snapshot();
    assert_eq!((snapshot.up, snapshot.channels.len()), (None, 0));
    assert!(Timestamp::now() >= start);
}
