//! The engine: fleets, reloads, probes, skipped ticks, and loops that end unasked.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};

use webchat_exporter::assembly::Assembly;
use webchat_exporter::channel::hysteresis::Hysteresis;
use webchat_exporter::channel::memory::ChannelMemory;
use webchat_exporter::channel::status::Status;
use webchat_exporter::clock::Clock;
use webchat_exporter::config::load_text;
use webchat_exporter::exposition::{Encoding, Format, Own, PageCache, Selection};
use webchat_exporter::http_client::TargetClient;
use webchat_exporter::poll::{Engine, EngineHandle, Replacement, TargetSetup};
use webchat_exporter::state::{Snapshot, Store, TargetMemory};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An engine over a store, with what outlives its reloads.
struct Fixture {
    assembly: Assembly,
    store: Arc<Store>,
    engine: Engine,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(Store::default());
        let engine = Engine::new(store.clone(), Clock::System);
        Self { assembly: Assembly::new(), store, engine }
    }

    fn start(configuration: &str) -> Self {
        let mut fixture = Self::new();
        fixture.reload(configuration);
        fixture
    }

    fn setups(&self, configuration: &str) -> Vec<TargetSetup> {
        let config =
            load_text(Path::new("test.yml"), configuration).unwrap_or_else(|error| panic!("{error}"));
        self.assembly.build(&config).unwrap().setups
    }

    /// Puts another configuration in force; the clients that were built for its targets, in order.
    fn reload(&mut self, configuration: &str) -> Vec<Weak<TargetClient>> {
        let setups = self.setups(configuration);
        let clients = setups.iter().map(|setup| Arc::downgrade(&setup.client)).collect();
        self.engine.apply(setups);
        clients
    }

    fn handle(&self) -> EngineHandle {
        self.engine.handle()
    }

    fn targets(&self) -> Vec<String> {
        self.store.slots().iter().map(|slot| slot.name().to_owned()).collect()
    }

    fn value(&self, target: &str, start: &str) -> Option<f64> {
        value(&self.store.find(target).unwrap().snapshot(), start)
    }

    /// Waits until the first sample that starts like this has at least this value.
    async fn until(&self, target: &str, start: &str, least: f64) {
        let deadline = Instant::now() + PATIENCE;
        while self.value(target, start).is_none_or(|value| value < least) {
            assert!(Instant::now() < deadline, "{start} did not become {least}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

const POLLS: &str = "webchat_collector_polls_total{";
const SKIPPED: &str = "webchat_collector_skipped_polls_total{";
const UP: &str = "webchat_target_up{";

/// The value of the first sample whose line starts like this.
fn value(snapshot: &Snapshot, start: &str) -> Option<f64> {
    let texts = snapshot.blocks.iter().map(|block| std::str::from_utf8(&block.text).unwrap());
    let line = texts.flat_map(str::lines).find(|line| line.starts_with(start))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// A target with one collector, of one request per poll.
fn target(name: &str, base_url: &str, times: &str, extra: &str) -> String {
    format!(
        "- name: {name}\n  {extra}\n  comm100:\n    base_url: {base_url}\n    collectors:\n      \
         right_now: {{{times}}}\n      queue: {{enabled: false}}\n      agents: {{enabled: false}}\n      \
         today: {{enabled: false}}\n"
    )
}

/// A target whose polls end at once and without a request, since its password cannot be had.
fn offline(name: &str, labels: &str) -> String {
    let secret = "http: { basic_auth: { username: u, password_file: /nonexistent/password } }";
    target(name, "http://vendor.test/v4", "interval: 30s", &format!("{secret}\n  labels: {{{labels}}}"))
}

/// A vendor on loopback that answers as many requests as it was allowed to.
#[derive(Clone)]
struct Gate {
    base_url: String,
    open: Arc<Semaphore>,
    requests: Arc<AtomicUsize>,
    under_way: Arc<AtomicUsize>,
    most_under_way: Arc<AtomicUsize>,
}

impl Gate {
    async fn start(answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate = Self {
            base_url: format!("http://{}/v4", listener.local_addr().unwrap()),
            open: Arc::new(Semaphore::new(answers)),
            requests: Arc::default(),
            under_way: Arc::default(),
            most_under_way: Arc::default(),
        };
        let serving = gate.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        gate
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Answers one request, or waits until the client goes away.
    async fn serve(self, mut stream: TcpStream) {
        const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
            content-length: 21\r\nconnection: close\r\n\r\n{\"loggedInAgents\": 2}";
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                return;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        tokio::select! {
            permit = self.open.acquire() => {
                permit.unwrap().forget();
                self.under_way.fetch_sub(1, Ordering::SeqCst);
                stream.write_all(ANSWER).await.unwrap();
            }
            _ = stream.read_u8() => {
                self.under_way.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

/// Resident memory of this process in bytes.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test(start_paused = true)]
async fn a_fleet_of_ten_thousand_polls_without_its_ticks_coming_together() {
    const FLEET: usize = 10_000;
    let text = format!("targets:\n{}", offline("template", ""));
    let mut config = load_text(Path::new("test.yml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let template = config.targets.remove(0);
    config.targets = (0..FLEET)
        .map(|number| {
            let mut target = template.clone();
            target.name = format!("target-{number}");
            target
        })
        .collect();
    let before = resident_bytes();
    let mut fixture = Fixture::new();
    fixture.engine.apply(fixture.assembly.build(&config).unwrap().setups);
    // Each poll is published once, and nothing else is.
    let mut published = vec![fixture.store.generation()];
    // The first round, which fills the page soon, and the beginning of the second.
    for _ in 0..40 {
        sleep(Duration::from_secs(1)).await;
        published.push(fixture.store.generation());
    }
    let per_second: Vec<u64> = published.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(per_second.iter().all(|polls| (200..=500).contains(polls)), "{per_second:?}");
    assert!(fixture.store.polled());
    assert!(fixture.handle().is_working());

    let pages = PageCache::new(fixture.store.clone(), Arc::new(Own::new()));
    let page = pages.page(&Selection::default(), Format::Classic, Encoding::Identity).await.unwrap();
    let page = String::from_utf8(page.pieces.concat()).unwrap();
    let lines = |start: &str| page.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((lines(UP), lines("# TYPE webchat_target_up ")), (FLEET, 1));
    let per_target = (resident_bytes().saturating_sub(before)) / FLEET as u64;
    println!("{per_target} bytes of resident memory per target, {} bytes of page", page.len());
    assert!(per_target < 100_000, "{per_target} bytes per target");
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_what_is_unchanged_and_ends_what_is_not() {
    let same = offline("same", "site: london");
    let first = format!("targets:\n{same}{}{}", offline("changed", "site: leeds"), offline("gone", ""));
    let mut fixture = Fixture::new();
    let clients = fixture.reload(&first);
    sleep(Duration::from_mins(5)).await;
    let before = fixture.value("same", POLLS).unwrap();
    assert!(before >= 10.0, "{before}");

    let rebuilt = fixture.reload(&format!(
        "targets:\n{}{same}{}",
        offline("new", ""),
        offline("changed", "site: bath")
    ));
    assert_eq!(fixture.targets(), ["new", "same", "changed"]);
    assert_eq!(fixture.value("same", POLLS), Some(before));
    assert_eq!(fixture.value("changed", POLLS), Some(0.0));
    let remembered = |target: &str| fixture.store.find(target).unwrap().snapshot().history.recent().len();
    assert_eq!((remembered("same") as f64, remembered("changed")), (before, 0));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // A loop holds its client for as long as it runs.
    let is_running = |client: &Weak<TargetClient>| client.strong_count() > 0;
    assert_eq!(clients.iter().map(is_running).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(rebuilt.iter().map(is_running).collect::<Vec<_>>(), [true, false, true]);
    sleep(Duration::from_mins(5)).await;
    let after = fixture.value("same", POLLS).unwrap();
    assert!((after - before - 10.0).abs() < 0.5, "{before} {after}");
    assert!(fixture.handle().probe("gone", Instant::now()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_first_targets_take_over_what_is_remembered_of_their_name_and_platform() {
    let channel = ChannelMemory {
        id: "1".into(),
        name: None,
        unavailable: None,
        since: Timestamp::UNIX_EPOCH,
        hysteresis: Hysteresis::resume(Status::Down, None),
        last_seen: None,
    };
    let memory = |platform: &str| TargetMemory { platform: platform.into(), channels: vec![channel.clone()] };
    let memories = [("same", "comm100"), ("other", "chime"), ("later", "comm100")];
    let mut fixture = Fixture::new();
    fixture.engine.remember(memories.map(|(name, platform)| (name.to_owned(), memory(platform))).into());
    let first = format!("{}{}", offline("same", ""), offline("other", ""));
    fixture.reload(&format!("targets:\n{first}"));
    fixture.reload(&format!("targets:\n{first}{}", offline("later", "")));
    let counts = fixture.store.slots().iter().map(|slot| slot.snapshot().channels.len()).collect::<Vec<_>>();
    assert_eq!(counts, [1, 0, 0]);
    let snapshot = fixture.store.find("same").unwrap().snapshot();
    assert_eq!(
        (snapshot.channels[0].status, snapshot.channels[0].since),
        (Status::Down, Timestamp::UNIX_EPOCH)
    );
}

#[tokio::test(start_paused = true)]
async fn a_reload_is_told_once_it_is_in_force() {
    let fixture = Fixture::start(&format!("targets:\n{}", offline("old", "")));
    let (handle, setups) = (fixture.handle(), fixture.setups(&format!("targets:\n{}", offline("new", ""))));
    let (replace, replacements) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(fixture.engine.run(replacements, stopped));
    let (in_force, told) = oneshot::channel();
    replace.send(Replacement { setups, connectivity: None, in_force }).await.unwrap();
    told.await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    assert!(handle.probe("old", deadline).await.is_none());
    assert!(handle.probe("new", deadline).await.is_some());
    stop.send_replace(true);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn probes_share_the_poll_that_runs() {
    let gate = Gate::start(0).await;
    let fixture =
        Fixture::start(&format!("targets:\n{}", target("shop", &gate.base_url, "interval: 1h", "")));
    let deadline = Instant::now() + PATIENCE;
    while gate.requests() == 0 {
        assert!(Instant::now() < deadline, "the first poll did not begin");
        sleep(Duration::from_millis(5)).await;
    }
    let handle = fixture.handle();
    let asked = futures_util::future::join_all((0..3).map(|_| handle.probe("shop", deadline)));
    let answer = async {
        // The probes have been polled once by now and so have been asked for.
        tokio::task::yield_now().await;
        gate.open.add_permits(10);
    };
    let (probed, ()) = tokio::join!(asked, answer);
    for probed in probed {
        let probed = probed.unwrap();
        assert_eq!((value(&probed.snapshot, POLLS), value(&probed.snapshot, UP)), (Some(1.0), Some(1.0)));
        assert_eq!(probed.transcript.len(), 1);
    }
    assert_eq!(gate.requests(), 1);
    let probed = handle.probe("shop", deadline).await.unwrap();
    assert_eq!(value(&probed.snapshot, POLLS), Some(2.0));
    assert_eq!(gate.requests(), 2);
}

#[tokio::test]
async fn a_probe_of_a_vendor_that_says_nothing_shows_the_failure_in_time() {
    let gate = Gate::start(1).await;
    let fixture =
        Fixture::start(&format!("targets:\n{}", target("shop", &gate.base_url, "interval: 1h", "")));
    fixture.until("shop", UP, 1.0).await;
    let deadline = Instant::now() + Duration::from_secs(2);
    let probed = fixture.handle().probe("shop", deadline).await.unwrap();
    assert_eq!((value(&probed.snapshot, POLLS), value(&probed.snapshot, UP)), (Some(2.0), Some(0.0)));
    assert_eq!(
        value(
            &probed.snapshot,
            "webchat_collector_failing{platform=\"comm100\",target=\"shop\",collector=\"right_now\",reason=\"timeout\"}"
        ),
        Some(1.0)
    );
}

#[tokio::test]
async fn a_tick_is_skipped_while_the_poll_before_it_runs() {
    let gate = Gate::start(0).await;
    let times = "interval: 1s, timeout: 1s";
    let fixture = Fixture::start(&format!("targets:\n{}", target("shop", &gate.base_url, times, "")));
    fixture.until("shop", SKIPPED, 2.0).await;
    assert_eq!(gate.most_under_way.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_empty_budget_is_a_skipped_poll_and_no_request() {
    let gate = Gate::start(10).await;
    let mut configuration =
        String::from("rate_limits: [{ host: 127.0.0.1, requests: 10, per: 1h }]\ntargets:\n");
    write!(configuration, "{}", target("shop", &gate.base_url, "interval: 1h", "")).unwrap();
    let fixture = Fixture::start(&configuration);
    fixture.until("shop", POLLS, 1.0).await;
    let probed = fixture.handle().probe("shop", Instant::now() + PATIENCE).await.unwrap();
    let seen = [POLLS, SKIPPED, UP].map(|start| value(&probed.snapshot, start));
    assert_eq!((seen, gate.requests()), ([Some(1.0), Some(1.0), Some(1.0)], 1));
    assert!(probed.transcript.is_empty());
}

#[tokio::test]
async fn a_loop_that_panics_ends_the_engine_with_an_error() {
    let mut fixture = Fixture::start(&format!("targets:\n{}", offline("sound", "")));
    let mut setups = fixture.setups(&format!("targets:\n{}{}", offline("sound", ""), offline("shop", "")));
    // No configuration can say this, and no clock can count so far.
    setups[1].collectors[0].interval = Duration::MAX;
    fixture.engine.apply(setups);
    let (_replace, replacements) = mpsc::channel(1);
    let (_stop, stopped) = watch::channel(false);
    let error = fixture.engine.run(replacements, stopped).await.unwrap_err();
    assert_eq!(error.to_string(), "keep polling shop: its loop ended unasked");
    assert!(error.source.is_some_and(|cause| cause.is_panic()));
}
