//! The check of this exporter's own network: when it makes channels unknown, and when it lets them go.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use webchat_exporter::assembly::{Assembly, Loaded};
use webchat_exporter::channel::status::ChannelView;
use webchat_exporter::clock::Clock;
use webchat_exporter::command::daemon::Daemon;
use webchat_exporter::config::load_text;
use webchat_exporter::health::StatusDocument;
use webchat_exporter::poll::Engine;
use webchat_exporter::state::{Snapshot, Store};

use crate::support::{Log, closed_port};
use crate::vendor::Vendor;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_mins(10);
const NOW: &str = "2026-03-02T12:00:00Z";

/// Something beyond this machine's network, on loopback, that answers or hangs up.
struct Gateway {
    url: String,
    answers: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Gateway {
    async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}/up?by=webchat", listener.local_addr().unwrap());
        let (answers, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let (does_answer, count) = (answers.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                if does_answer.load(Ordering::SeqCst) {
                    tokio::spawn(refuse(stream));
                }
            }
        });
        Self { url, answers, asked }
    }

    fn answers(&self, does_answer: bool) {
        self.answers.store(does_answer, Ordering::SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Any answer will do, so this one is of no other use.
async fn refuse(mut stream: TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    // The exporter may have gone by now.
    let _ = stream.write_all(answer).await;
}

/// Two targets that poll a vendor on loopback, and a gateway.
struct Fixture {
    vendor: Vendor,
    gateway: Gateway,
    assembly: Assembly,
    store: Arc<Store>,
    engine: Engine,
}

impl Fixture {
    async fn new() -> Self {
        let store = Arc::new(Store::default());
        let clock = Clock::StoppedAt(NOW.parse().unwrap());
        Self {
            vendor: vendor().await,
            gateway: Gateway::start().await,
            assembly: Assembly::new(),
            engine: Engine::new(store.clone(), clock),
            store,
        }
    }

    /// The check with more keys.
    fn check(&self, more: &str) -> String {
        format!("connectivity: {{ url: \"{}\"{more} }}\n", self.gateway.url)
    }

    /// Puts the targets and what is beside them in force.
    fn load(&mut self, beside: &str) {
        let text = beside.to_owned()
            + "targets:\n"
            + &target("bank", &self.vendor)
            + &target("branch", &self.vendor);
        let config = load_text(Path::new("test.yml"), &text).unwrap_or_else(|error| panic!("{error}"));
        let Loaded { setups, connectivity, .. } = self.assembly.build(&config).unwrap();
        self.engine.check_connectivity(connectivity);
        self.engine.apply(setups);
    }

    fn snapshot(&self, target: &str) -> Arc<Snapshot> {
        self.store.find(target).unwrap().snapshot()
    }

    /// Targets with the statuses of their channels.
    fn statuses(&self) -> String {
        let word = |view: &ChannelView| view.status.label();
        let statuses = |name: &str| {
            let words: Vec<&str> = self.snapshot(name).channels.iter().map(word).collect();
            format!("{name} {}", words.join(" "))
        };
        ["bank", "branch"].map(statuses).join(", ")
    }

    async fn until(&self, statuses: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.statuses() != statuses {
            assert!(Instant::now() < deadline, "{} did not become {statuses}", self.statuses());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits for so many more checks to begin, and for them to be judged.
    async fn checks(&self, count: usize) {
        let (before, deadline) = (self.gateway.asked(), Instant::now() + PATIENCE);
        while self.gateway.asked() < before + count {
            assert!(Instant::now() < deadline, "the check does not ask");
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(200)).await;
    }

    /// The head of the status document.
    fn connectivity(&self) -> Value {
        serde_json::to_value(StatusDocument::of(&self.store)).unwrap()["connectivity"].clone()
    }

    /// The samples that say which target is exempt.
    fn exempt(&self) -> Vec<String> {
        let family = "webchat_target_connectivity_exempt";
        let of_target = |target| {
            let snapshot = self.snapshot(target);
            let block = snapshot.blocks.iter().find(|block| block.family.name == family)?;
            let text = std::str::from_utf8(&block.text).unwrap().trim_end();
            Some(text.replace(&format!("{family}{{platform=\"egain\",target="), "{"))
        };
        ["bank", "branch"].into_iter().filter_map(of_target).collect()
    }

    fn up(&self) -> Option<bool> {
        self.store.connectivity().and_then(|connectivity| connectivity.outcome).map(|outcome| outcome.up)
    }
}

async fn vendor() -> Vendor {
    Vendor::serve(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/egain/document")).await
}

/// A target with two entry points.
fn target(name: &str, vendor: &Vendor) -> String {
    format!(
        "- name: {name}\n  egain:\n    base_url: http://{}/system/egain/chat\n    \
         entry_points: [{{ id: 1000 }}, {{ id: 1001 }}]\n",
        vendor.address
    )
}

/// What the vendor says: agents for the first entry point, none for the second.
const AS_POLLED: &str = "bank ok down, branch ok down";
const ALL_UNKNOWN: &str = "bank unknown unknown, branch unknown unknown";
const SEEMS_DOWN: &str = "this exporter's own network seems to be down: the connectivity check of ";

#[tokio::test(start_paused = true)]
async fn channels_are_unknown_once_enough_checks_failed_and_come_back_with_the_first_answer() {
    let mut fixture = Fixture::new().await;
    let log = Log::capture();
    fixture.load(&fixture.check(", interval: 10s, failures: 3"));
    assert_eq!((fixture.up(), fixture.connectivity()), (None, json!({})));
    fixture.until(AS_POLLED).await;
    fixture.checks(1).await;
    assert_eq!(fixture.connectivity(), json!({ "up": true, "since": NOW }));

    fixture.gateway.answers(false);
    fixture.checks(2).await;
    assert_eq!((fixture.up(), fixture.statuses().as_str()), (Some(false), AS_POLLED));
    assert_eq!(fixture.connectivity(), json!({ "up": false, "since": NOW }));
    let last = Instant::now();
    fixture.checks(1).await;
    assert_eq!(fixture.statuses(), ALL_UNKNOWN);
    assert!(last.elapsed() < Duration::from_secs(11), "{:?}: not at the next poll", last.elapsed());
    let without_query = fixture.gateway.url.replace("?by=webchat", "");
    let explanation = format!("{SEEMS_DOWN}{without_query} fails");
    let views = fixture.snapshot("branch").channels.clone();
    assert_eq!(views[1].explanation.as_deref(), Some(explanation.as_str()));
    // What the newest data says stays, and polls go on.
    assert!(views[0].facts.availability.is_some());
    sleep(Duration::from_mins(2)).await;
    assert_eq!(fixture.statuses(), ALL_UNKNOWN);
    assert!(fixture.snapshot("bank").channels[0].facts.availability.is_some());

    fixture.gateway.answers(true);
    fixture.checks(1).await;
    assert_eq!((fixture.up(), fixture.statuses().as_str()), (Some(true), AS_POLLED));
    let url = format!("url={without_query}");
    let of_check = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().filter(|line| line.contains(&url)).map(|line| line.replace(&url, "URL")).collect()
    };
    let warnings = of_check(log.warnings());
    let starts = [
        "Connectivity check fails. URL reason=connect detail=the connection broke before an answer came: ",
        "This exporter's own network seems to be down; channels are unknown until it is back. URL",
    ];
    assert_eq!(warnings.len(), starts.len(), "{warnings:?}");
    for (warning, start) in warnings.iter().zip(starts) {
        assert!(warning.starts_with(start), "{warning}");
    }
    assert_eq!(of_check(log.infos()), ["Connectivity check recovered. URL"]);
}

#[tokio::test(start_paused = true)]
async fn failures_count_only_in_a_row() {
    let mut fixture = Fixture::new().await;
    fixture.load(&fixture.check(", interval: 10s"));
    fixture.until(AS_POLLED).await;
    for _ in 0..3 {
        fixture.gateway.answers(false);
        fixture.checks(1).await;
        assert_eq!((fixture.up(), fixture.statuses().as_str()), (Some(false), AS_POLLED));
        fixture.gateway.answers(true);
        fixture.checks(1).await;
        assert_eq!(fixture.up(), Some(true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_an_unchanged_check_and_who_is_exempt_may_change() {
    let mut fixture = Fixture::new().await;
    let keys = ", interval: 10s, exempt_targets: [branch]";
    fixture.gateway.answers(false);
    fixture.load(&fixture.check(keys));
    fixture.until("bank unknown unknown, branch ok down").await;
    assert_eq!(fixture.exempt(), ["{\"bank\"} 0", "{\"branch\"} 1"]);
    let asked = fixture.gateway.asked();
    fixture.load(&fixture.check(keys));
    assert_eq!(
        (fixture.up(), fixture.statuses().as_str()),
        (Some(false), "bank unknown unknown, branch ok down")
    );
    sleep(Duration::from_secs(1)).await;
    assert_eq!(fixture.gateway.asked(), asked, "a check that goes on keeps its clock");

    fixture.load(&fixture.check(", interval: 10s"));
    fixture.until(ALL_UNKNOWN).await;
    assert_eq!(fixture.exempt(), ["{\"bank\"} 0", "{\"branch\"} 0"]);
    assert_eq!(fixture.gateway.asked(), asked);
    fixture.load(&fixture.check(", interval: 10s, exempt_targets: [bank, branch]"));
    fixture.until(AS_POLLED).await;
    assert_eq!(fixture.up(), Some(false));
}

#[tokio::test(start_paused = true)]
async fn a_reload_without_the_check_frees_the_channels_and_another_check_starts_afresh() {
    let mut fixture = Fixture::new().await;
    fixture.gateway.answers(false);
    fixture.load(&fixture.check(", interval: 10s"));
    fixture.until(ALL_UNKNOWN).await;
    fixture.load(&fixture.check(", interval: 20s"));
    assert_eq!(fixture.connectivity(), json!({}));
    fixture.until(AS_POLLED).await;
    fixture.until(ALL_UNKNOWN).await;
    fixture.load("");
    assert_eq!(fixture.connectivity(), Value::Null);
    fixture.until(AS_POLLED).await;
    assert_eq!(fixture.exempt(), [""; 0]);
    let asked = fixture.gateway.asked();
    sleep(Duration::from_mins(5)).await;
    assert_eq!((fixture.gateway.asked(), fixture.statuses().as_str()), (asked, AS_POLLED));
}

#[tokio::test(start_paused = true)]
async fn what_is_planned_goes_before_the_network() {
    let mut fixture = Fixture::new().await;
    fixture.gateway.answers(false);
    let window = "maintenance: [{ targets: [bank], channels: [\"1001\"], start: 2026-03-02T11:00:00Z, end: 2026-03-02T13:00:00Z }]\n";
    fixture.load(&(fixture.check(", interval: 10s") + window));
    fixture.until("bank unknown maintenance, branch unknown unknown").await;
}

#[tokio::test(start_paused = true)]
async fn the_check_ends_with_the_engine_and_its_panic_ends_the_engine() {
    let mut fixture = Fixture::new().await;
    fixture.load(&fixture.check(""));
    let (_replace, replacements) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(fixture.engine.run(replacements, stopped));
    sleep(Duration::from_secs(45)).await;
    stop.send_replace(true);
    running.await.unwrap().unwrap();
    let asked = fixture.gateway.asked();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(fixture.gateway.asked(), asked);

    let mut engine = Engine::new(fixture.store.clone(), Clock::System);
    let text = fixture_text(&fixture.gateway, &fixture.vendor);
    let config = load_text(Path::new("test.yml"), &text).unwrap();
    let mut setup = fixture.assembly.build(&config).unwrap().connectivity.unwrap();
    // No configuration can say this, and no clock can count so far.
    setup.check.interval = Duration::MAX;
    engine.check_connectivity(Some(setup));
    let (_replace, replacements) = mpsc::channel(1);
    let (_stop, stopped) = watch::channel(false);
    let error = engine.run(replacements, stopped).await.unwrap_err();
    assert_eq!(error.to_string(), "keep checking connectivity: its loop ended unasked");
    assert!(error.source.is_some_and(|cause| cause.is_panic()));
}

fn fixture_text(gateway: &Gateway, vendor: &Vendor) -> String {
    format!(
        "connectivity: {{ url: \"{}\", interval: 1s }}\ntargets:\n{}",
        gateway.url,
        target("bank", vendor)
    )
}

/// The program itself, with a configuration of its own.
struct Program {
    folder: PathBuf,
    child: Child,
    daemon: Daemon,
}

impl Program {
    fn start(configuration: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("webchat-connectivity-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("webchat.yml"), configuration).unwrap();
        let address = format!("unix:{}", folder.join("socket").display());
        let child = Command::new(env!("CARGO_BIN_EXE_webchat_exporter"))
            .args(["--config.file", folder.join("webchat.yml").to_str().unwrap()])
            .args(["--web.listen-address", &address])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, child, daemon: Daemon::listening_on(&address.parse().unwrap(), "") }
    }

    async fn text(&self, path: &str) -> (StatusCode, String) {
        let (status, body) = self.daemon.get(path).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    /// Waits until an answer has a text in it; the answer.
    async fn until(&self, path: &str, part: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self.daemon.get(path).await.map(|(_, body)| String::from_utf8(body).unwrap());
            if let Some(text) = answer.as_ref().ok().filter(|text| text.contains(part)) {
                return text.clone();
            }
            assert!(Instant::now() < deadline, "{path} has no {part}: {answer:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn stop(mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn the_daemon_says_unknown_while_nobody_listens_and_recovers_when_somebody_does() {
    let vendor = vendor().await;
    let (closed, address) = closed_port();
    let program = Program::start(&format!(
        "connectivity: {{ url: \"http://{address}/\", interval: 1s, timeout: 500ms }}\ntargets:\n{}",
        target("bank", &vendor)
    ));
    let status = program.until("/api/v1/status", SEEMS_DOWN).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["connectivity"]["up"], json!(false));
    assert!(status["connectivity"]["since"].is_string());
    let family = "/metrics?name[]=webchat_connectivity_up";
    let page = |value: u8| {
        format!(
            "# HELP webchat_connectivity_up 1 if the newest check of this exporter's own network was answered, else 0; \
             only where connectivity is configured.\n# TYPE webchat_connectivity_up gauge\nwebchat_connectivity_up {value}\n"
        )
    };
    assert_eq!(program.text(family).await, (StatusCode::OK, page(0)));
    let probe = "/probe?target=bank&name[]=webchat_connectivity_up";
    assert_eq!(program.text(probe).await, (StatusCode::OK, page(0)));
    let whole = program.text("/probe?target=bank").await.1;
    assert!(whole.ends_with(&page(0)), "{whole}");
    for line in
        whole.lines().filter(|line| !line.starts_with('#') && !line.starts_with("webchat_connectivity_up"))
    {
        assert!(line.contains("target=\"bank\""), "{line}");
    }
    assert!(program.text("/probe?target=bank&debug=true").await.1.ends_with(&page(0)));
    let unknown = "webchat_channel_status{platform=\"egain\",target=\"bank\",channel_id=\"1000\",channel=\"1000\",status=\"unknown\"}";
    program.until("/metrics?name[]=webchat_channel_status", &format!("{unknown} 1\n")).await;
    let (code, health) = program.text("/health/bank/1000").await;
    let explanation = format!("{SEEMS_DOWN}http://{address}/ fails");
    assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
    assert!(health.contains(&explanation), "{health}");
    let whole = program.text("/metrics").await.1;
    assert!(!whole.contains("webchat_api_rate_limit_remaining"), "{whole}");
    assert!(!whole.contains(&address.to_string()), "the check is no request to a vendor");

    let gateway = Gateway::on(closed.listen(16).unwrap());
    program.until("/api/v1/status", "\"up\":true").await;
    program.until("/metrics?name[]=webchat_channel_status", &format!("{unknown} 0\n")).await;
    assert_eq!(program.text(family).await, (StatusCode::OK, page(1)));
    assert_eq!(program.text(probe).await, (StatusCode::OK, page(1)));
    assert!(gateway.asked() > 0);
    assert_eq!(program.stop(), Some(0));
}
