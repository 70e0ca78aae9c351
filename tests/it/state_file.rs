//! Statuses over a restart: the state file by itself, and the daemon that is stopped, killed and started again.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use webchat_exporter::channel::hysteresis::Hysteresis;
use webchat_exporter::channel::memory::ChannelMemory;
use webchat_exporter::channel::status::Status;
use webchat_exporter::clock::Clock;
use webchat_exporter::command::state_keeper::StateKeeper;
use webchat_exporter::exposition::{Format, Own, Selection};
use webchat_exporter::state::{Snapshot, Store};
use webchat_exporter::state_file::StatePath;

use crate::fault_server::{FaultServer, Mode};
use crate::health;
use crate::server::{Answer, ask};
use crate::support::Log;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
const NOW: &str = "2026-03-02T12:00:00Z";

/// A directory of the test's own; it goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("webchat-exporter-state-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }

    /// Names of the files in it.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A target whose one channel has this status.
fn snapshot(status: Status) -> Snapshot {
    let memory = ChannelMemory {
        id: "1".into(),
        name: Some("IT".into()),
        unavailable: None,
        since: now(),
        hysteresis: Hysteresis::resume(status, None),
        last_seen: None,
    };
    Snapshot { memory: vec![memory], ..health::snapshot("desk", Some(1.0), vec![]) }
}

/// A keeper over a store filled by hand.
struct Kept {
    directory: Directory,
    store: Arc<Store>,
    own: Arc<Own>,
}

impl Kept {
    fn new(name: &str) -> Self {
        let store = Arc::new(Store::default());
        store.replace(vec![store.slot(snapshot(Status::Ok))]);
        Self { directory: Directory::new(name), store, own: Arc::new(Own::new()) }
    }

    fn keeper(&self) -> StateKeeper {
        let file = StatePath::new(&self.directory.state()).unwrap();
        StateKeeper::new(file, self.store.clone(), self.own.clone(), Clock::StoppedAt(now()))
    }

    /// Starts the keeper's task; the token says that polls ended.
    fn run(&self) -> (CancellationToken, watch::Sender<bool>, JoinHandle<()>) {
        let (polls_ended, (stop, stopped)) = (CancellationToken::new(), watch::channel(false));
        let running = self.keeper().run(polls_ended.clone(), stopped);
        (polls_ended, stop, tokio::spawn(async move { running.await.unwrap() }))
    }

    fn publish(&self, status: Status) {
        self.store.find("desk").unwrap().publish(snapshot(status));
    }

    /// The status in the file, and which file it is.
    fn written(&self) -> (String, u64) {
        let path = self.directory.state();
        (status_in(&path), fs::metadata(&path).unwrap().ino())
    }

    /// The value of a family of the state file; `None` where it is absent.
    fn metric(&self, name: &str) -> Option<String> {
        let name = format!("webchat_exporter_state_file_{name}");
        let selection = Selection { names: vec![name], ..Selection::default() };
        let page = String::from_utf8(self.own.render(&selection, Format::Classic)).unwrap();
        Some(page.lines().last()?.rsplit(' ').next().unwrap().to_owned())
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn status_in(path: &Path) -> String {
    json_of(path)["targets"][0]["channels"][0]["status"].as_str().unwrap().to_owned()
}

async fn at(start: Instant, seconds: f64) {
    tokio::time::sleep_until(start + Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn the_file_is_written_when_statuses_change_and_at_most_every_five_seconds() {
    let (start, kept) = (Instant::now(), Kept::new("period"));
    let (polls_ended, stop, task) = kept.run();
    at(start, 0.1).await;
    let (status, first) = kept.written();
    assert_eq!(status, "ok");
    assert_eq!(fs::metadata(kept.directory.state()).unwrap().permissions().mode() & 0o777, 0o600);
    for (seconds, status) in [(0.2, Status::Degraded), (0.3, Status::Down)] {
        at(start, seconds).await;
        kept.publish(status);
    }
    at(start, 4.9).await;
    assert_eq!(kept.written(), ("ok".into(), first));
    at(start, 5.1).await;
    let (status, second) = kept.written();
    assert_eq!(status, "down");
    // A poll that changes nothing writes nothing, for an hour.
    kept.publish(Status::Down);
    at(start, 3604.0).await;
    assert_eq!(kept.written(), ("down".into(), second));
    // The first number may have been given again.
    let before = File::open(kept.directory.state()).unwrap();
    at(start, 3606.0).await;
    assert_ne!(kept.written().1, second);
    drop(before);

    at(start, 3607.0).await;
    kept.publish(Status::Ok);
    polls_ended.cancel();
    stop.send_replace(true);
    task.await.unwrap();
    assert_eq!(kept.written().0, "ok");
    assert_eq!(kept.directory.files(), ["state.json"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_is_told_once_and_counted_until_it_works_again() {
    let (start, kept, log) = (Instant::now(), Kept::new("failing"), Log::capture());
    assert_eq!(kept.metric("last_write_successful"), None);
    let keeper = kept.keeper();
    let moved = kept.directory.0.with_extension("moved");
    fs::rename(&kept.directory.0, &moved).unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(keeper.run(CancellationToken::new(), stopped));
    at(start, 60.1).await;
    let file = kept.directory.state().display().to_string();
    let warning = format!(
        "The state file cannot be written; a restart would forget newer statuses. file={file} error=No such file or \
         directory (os error 2)"
    );
    assert_eq!((log.warnings(), log.infos()), (vec![warning], vec![]));
    assert_eq!(kept.metric("last_write_successful").as_deref(), Some("0"));
    assert_eq!(kept.metric("last_write_timestamp_seconds"), None);
    fs::rename(&moved, &kept.directory.0).unwrap();
    at(start, 65.1).await;
    assert_eq!(log.infos(), [format!("The state file is written again. file={file}")]);
    assert_eq!(kept.metric("last_write_successful").as_deref(), Some("1"));
    assert_eq!(kept.metric("last_write_timestamp_seconds").as_deref(), Some("1772452800.0"));
    assert_eq!(kept.written().0, "ok");
}

#[test]
fn a_file_that_cannot_be_used_is_told_and_kept_aside() {
    let kept = Kept::new("bad");
    let (path, aside) = (kept.directory.state(), kept.directory.0.join("state.json.bad"));
    let shape = "cannot understand it as a state file: unexpected content at line";
    let cases = [
        ("", "cannot understand it as JSON: EOF while parsing a value at line 1 column 0".to_owned()),
        (
            "{\"version\":1,",
            "cannot understand it as JSON: EOF while parsing a value at line 1 column 13".to_owned(),
        ),
        ("targets: []\n", "cannot understand it as JSON: expected ident at line 1 column 2".to_owned()),
        ("\"canary-secret\"", format!("{shape} 1 column 15")),
        ("{\"targets\":[]}", format!("{shape} 1 column 14")),
        ("{\"version\":2,\"written\":7}", "cannot use its version 2: this build reads version 1".to_owned()),
        (
            "{\"version\":1,\"written\":\"2026-03-02T12:00:00Z\",\"targets\":[{\"name\":\"desk\",\"platform\":\"chime\",\n\
             \"channels\":[{\"id\":\"1\",\"status\":\"canary\",\"since\":\"2026-03-02T12:00:00Z\"}]}]}",
            format!("{shape} 2 column 39"),
        ),
    ];
    for (text, error) in cases {
        fs::write(&path, text).unwrap();
        let log = Log::capture();
        assert!(kept.keeper().restore().is_empty(), "{text}");
        let warning = format!(
            "The state file cannot be used; every status starts afresh. file={} error={error} kept_as={}",
            path.display(),
            aside.display()
        );
        assert_eq!((log.warnings(), log.infos()), (vec![warning], vec![]));
        assert_eq!(kept.directory.files(), ["state.json.bad"]);
        assert_eq!(fs::read_to_string(&aside).unwrap(), text);
    }
}

#[test]
fn a_file_that_cannot_be_read_or_is_too_large_is_not_used() {
    let kept = Kept::new("unreadable");
    let (path, aside) = (kept.directory.state(), kept.directory.0.join("state.json.bad"));
    let warning = |error: &str, kept_as: &str| {
        let file = path.display();
        format!(
            "The state file cannot be used; every status starts afresh. file={file} error={error} kept_as={kept_as}"
        )
    };
    File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let log = Log::capture();
    assert!(kept.keeper().restore().is_empty());
    let aside_name = aside.display().to_string();
    assert_eq!(log.warnings(), [warning("cannot use more than 64 MiB", &aside_name)]);

    let (log, keeper) = (Log::capture(), kept.keeper());
    fs::create_dir(&path).unwrap();
    assert!(keeper.restore().is_empty());
    let unreadable = "cannot read it: Is a directory (os error 21)";
    let not_kept = "nothing: cannot rename it: Not a directory (os error 20)";
    assert_eq!(log.warnings(), [warning(unreadable, not_kept)]);
}

#[test]
fn a_missing_or_outdated_file_is_an_ordinary_start() {
    let kept = Kept::new("fresh");
    let (path, log) = (kept.directory.state(), Log::capture());
    assert!(kept.keeper().restore().is_empty());
    let day = SignedDuration::from_hours(24);
    for (age, is_used) in [(day, true), (day + SignedDuration::from_secs(1), false)] {
        let written = now() - age;
        fs::write(&path, format!("{{\"version\":1,\"written\":\"{written}\",\"targets\":[{{\"name\":\"desk\",\"platform\":\"chime\",\"channels\":[]}}]}}")).unwrap();
        assert_eq!(kept.keeper().restore().len(), usize::from(is_used), "{age:?}");
    }
    let file = path.display();
    assert_eq!(
        log.infos(),
        [
            format!("There is no state file yet; every status starts afresh. file={file}"),
            format!(
                "Statuses go on from the state file. file={file} written=2026-03-01T12:00:00Z targets=1 channels=0"
            ),
            format!(
                "The state file is older than a day; every status starts afresh. file={file} written=2026-03-01T11:59:59Z"
            ),
        ]
    );
    assert_eq!((log.warnings(), kept.directory.files()), (vec![], vec!["state.json".to_owned()]));
}

#[test]
fn what_a_killed_process_left_unfinished_is_replaced_and_links_are_followed() {
    let directory = Directory::new("left");
    let (real, link) = (directory.0.join("real.json"), directory.state());
    fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    fs::write(directory.0.join("real.json.tmp"), "{\"vers").unwrap();
    let document = webchat_exporter::state_file::Document::new(now(), vec![]);
    StatePath::new(&link).unwrap().write(&document).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::read_to_string(&real).unwrap(),
        "{\"version\":1,\"written\":\"2026-03-02T12:00:00Z\",\"targets\":[]}\n"
    );
    assert_eq!(directory.files(), ["real.json", "state.json"]);
}

/// A daemon as a process with a state file; its vendor is the test's.
struct Daemon {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
}

impl Daemon {
    fn start(directory: &Directory, state: &Path) -> Self {
        let (socket, log) = (directory.0.join("socket"), directory.0.join("log"));
        let child = Command::new(env!("CARGO_BIN_EXE_webchat_exporter"))
            .args(["--config.file", directory.0.join("webchat.yml").to_str().unwrap()])
            .args(["--web.listen-address", &format!("unix:{}", socket.display())])
            .args(["--state.file", state.to_str().unwrap()])
            .stdin(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, socket, log }
    }

    async fn get(&self, path: &str) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(stream) = UnixStream::connect(&self.socket).await {
                return ask(stream, "GET", path, &[]).await;
            }
            assert!(Instant::now() < deadline, "no answer: {}", self.logged());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The status of the only channel, since when, and whether its target was polled.
    async fn status(&self) -> (String, Timestamp, bool) {
        let document: Value = serde_json::from_str(self.get("/api/v1/status").await.text()).unwrap();
        let target = &document["targets"][0];
        let channel = &target["channels"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&channel["status"]),
            text(&channel["since"]).parse().unwrap(),
            target["polled"].as_bool().unwrap(),
        )
    }

    /// Waits for the end of the first poll; then as [`Daemon::status`].
    async fn polled(&self) -> (String, Timestamp) {
        let deadline = Instant::now() + PATIENCE;
        while self.get("/-/ready").await.status != 200 {
            assert!(Instant::now() < deadline, "the first poll did not end: {}", self.logged());
            sleep(Duration::from_millis(20)).await;
        }
        let (status, since, _) = self.status().await;
        (status, since)
    }

    /// Polls once more; then as [`Daemon::status`].
    async fn probe(&self) -> (String, Timestamp) {
        assert_eq!(self.get("/probe?target=shop").await.status, 200);
        self.polled().await
    }

    async fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.ended().await
    }

    async fn kill(mut self) {
        self.child.kill().unwrap();
        self.ended().await;
        // Nobody was left to remove it.
        fs::remove_file(&self.socket).unwrap();
    }

    async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it goes on: {}", self.logged());
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// A vendor with one site, and the configuration of a daemon that polls it when it is asked to.
async fn shop(directory: &Directory) -> FaultServer {
    let vendor = FaultServer::start("", |_| agents(2)).await;
    let off = "{ enabled: false }";
    let text = format!(
        "targets:\n- name: shop\n  thresholds: {{ after_failures: 2, after_successes: 3 }}\n  comm100:\n    \
         base_url: http://{}/v4\n    collectors: {{ right_now: {{ interval: 1h, timeout: 30s }}, queue: {off}, \
         agents: {off}, today: {off} }}\n",
        vendor.address
    );
    fs::write(directory.0.join("webchat.yml"), text).unwrap();
    vendor
}

fn agents(number: u8) -> Mode {
    Mode::json(format!("{{\"loggedInAgents\": {number}}}"))
}

#[tokio::test]
async fn a_status_and_half_of_a_change_survive_a_stop_and_a_kill() {
    let directory = Directory::new("restart");
    let (vendor, state) = (shop(&directory).await, directory.state());
    let daemon = Daemon::start(&directory, &state);
    assert_eq!(daemon.polled().await.0, "ok");
    vendor.break_with(agents(0));
    assert_eq!(daemon.probe().await.0, "ok");
    let (status, since) = daemon.probe().await;
    assert_eq!(status, "down");
    assert!(daemon.terminate().await.success());
    assert_eq!(status_in(&state), "down");

    // Until the vendor answers, and after one good answer, the status is the old one.
    vendor.break_with(Mode::Silent);
    let daemon = Daemon::start(&directory, &state);
    assert_eq!(daemon.status().await, ("down".to_owned(), since, false));
    let health = daemon.get("/health/shop").await;
    assert_eq!(health.status, 503);
    let metrics = daemon.get("/metrics?name[]=webchat_channel_status_change_timestamp_seconds").await;
    let changed = format!(" {}", since.as_duration().as_secs_f64());
    assert!(metrics.text().lines().last().unwrap().ends_with(&changed), "{changed}: {}", metrics.text());
    assert!(daemon.terminate().await.success());
    vendor.break_with(agents(2));
    let daemon = Daemon::start(&directory, &state);
    assert_eq!(daemon.polled().await, ("down".to_owned(), since));
    assert!(daemon.terminate().await.success());

    // The good answer counts after the next start, and another after a kill.
    let daemon = Daemon::start(&directory, &state);
    assert_eq!(daemon.polled().await, ("down".to_owned(), since));
    let deadline = Instant::now() + PATIENCE;
    let rounds = || json_of(&state)["targets"][0]["channels"][0]["rounds"].to_string();
    let two_good = "{\"status\":\"ok\"},{\"status\":\"ok\"}]";
    while !rounds().ends_with(two_good) {
        assert!(Instant::now() < deadline, "{}", rounds());
        sleep(Duration::from_millis(20)).await;
    }
    daemon.kill().await;
    let daemon = Daemon::start(&directory, &state);
    let (status, recovered) = daemon.polled().await;
    assert!(status == "ok" && recovered > since, "{status} {recovered}");
    assert!(daemon.terminate().await.success());
    assert_eq!(status_in(&state), "ok");
    assert_eq!(directory.files(), ["log", "state.json", "webchat.yml"]);
}

#[tokio::test]
async fn a_daemon_killed_while_it_writes_leaves_the_file_before() {
    let directory = Directory::new("kill");
    let (vendor, state) = (shop(&directory).await, directory.state());
    vendor.break_with(Mode::Silent);
    // So many channels that a write takes its time.
    let channel = |number| format!("{{\"id\":\"{number}\",\"status\":\"ok\",\"since\":\"{NOW}\"}}");
    let channels: Vec<String> = (0..5000).map(channel).collect();
    let saved = format!(
        "{{\"version\":1,\"written\":\"{}\",\"targets\":[{{\"name\":\"shop\",\"platform\":\"comm100\",\"channels\":[{}]}}]}}",
        Timestamp::now(),
        channels.join(",")
    );
    let unfinished = directory.0.join("state.json.tmp");
    let is_writing = || fs::metadata(&unfinished).is_ok_and(|file| file.len() > 0);
    let deadline = Instant::now() + PATIENCE;
    loop {
        fs::write(&state, &saved).unwrap();
        let before = File::open(&state).unwrap().metadata().unwrap().ino();
        let is_replaced = || fs::metadata(&state).unwrap().ino() != before;
        let mut daemon = Daemon::start(&directory, &state);
        while !is_writing() && !is_replaced() {
            assert!(Instant::now() < deadline, "it does not write: {}", daemon.logged());
        }
        daemon.child.kill().unwrap();
        daemon.ended().await;
        let _ = fs::remove_file(&daemon.socket);
        assert_eq!(json_of(&state)["targets"][0]["channels"].as_array().unwrap().len(), 5000);
        if unfinished.exists() {
            break;
        }
    }
    assert_eq!(fs::read_to_string(&state).unwrap(), saved);
}

#[tokio::test]
async fn a_path_that_cannot_be_written_stops_the_start() {
    let directory = Directory::new("refused");
    let _vendor = shop(&directory).await;
    let missing = directory.0.join("missing/state.json");
    let cases = [
        (missing.as_path(), "write to its directory: No such file or directory (os error 2)"),
        (directory.0.as_path(), "replace what is not a regular file"),
        (Path::new("/dev/null"), "replace what is not a regular file"),
    ];
    for (path, error) in cases {
        let mut daemon = Daemon::start(&directory, path);
        assert_eq!(daemon.ended().await.code(), Some(1));
        let expected = format!("cannot keep the state file {}: {error}", path.display());
        let logged = daemon.logged();
        assert!(logged.contains(&expected), "{expected}\n{logged}");
        assert!(!logged.contains("Started."), "{logged}");
    }
}
