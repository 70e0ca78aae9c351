//! The daemon from its start to its end: reloads, signals, and what stops it from starting.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clap::Parser;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use webchat_exporter::assembly::{Assembly, Loaded};
use webchat_exporter::cli::Cli;
use webchat_exporter::command::serve::{ServeError, serve};
use webchat_exporter::command::{AnyError, describe};
use webchat_exporter::config::load_text;
use webchat_exporter::exposition::Own;

use crate::server::{Answer, ask};
use crate::vendor::Vendor;

/// Signals reach the whole test process, so daemons in it take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// A daemon whose configurations the test decides.
struct Daemon {
    socket: PathBuf,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Daemon {
    /// Starts it without targets; each load takes the next of `configurations`, a hash or the reason of a refusal.
    fn start(name: &str, configurations: Vec<Result<&'static str, &'static str>>) -> Self {
        let mut configurations = configurations.into_iter();
        Self::start_with(name, move || match configurations.next().unwrap() {
            Ok(hash) => Ok(Loaded { hash: hash.to_owned(), setups: Vec::new(), connectivity: None }),
            Err(reason) => Err(AnyError::from(reason)),
        })
    }

    /// Starts it with the configurations that `source` loads.
    fn start_with<S>(name: &str, source: S) -> Self
    where
        S: FnMut() -> Result<Loaded, AnyError> + Send + 'static,
    {
        let socket = std::env::temp_dir().join(format!("webchat-exporter-{name}-{}", std::process::id()));
        let address = format!("--web.listen-address=unix:{}", socket.display());
        let flags = Cli::parse_from(["x", "--web.enable-lifecycle", &address]).flags;
        let task = tokio::spawn(async move {
            let addresses = flags.listen_on.clone();
            serve(source, Arc::new(Own::new()), &flags, &addresses).await
        });
        Self { socket, task }
    }

    async fn ask(&self, method: &str, path: &str) -> Answer {
        let stream = loop {
            if let Ok(stream) = UnixStream::connect(&self.socket).await {
                break stream;
            }
            assert!(!self.task.is_finished());
            tokio::task::yield_now().await;
        };
        ask(stream, method, path, &[("Content-Length", "0")]).await
    }

    async fn config_metrics(&self) -> String {
        let names =
            "name[]=webchat_exporter_config_last_reload_successful&name[]=webchat_exporter_config_info";
        let answer = self.ask("GET", &format!("/metrics?{names}")).await;
        let samples = answer.text().lines().filter(|line| !line.starts_with('#'));
        samples.collect::<Vec<_>>().join("\n")
    }
}

fn send_signal(signal: &str) {
    let status = Command::new("kill").args([signal, &std::process::id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn state(successful: u8, hash: &str) -> String {
    format!(
        "webchat_exporter_config_last_reload_successful {successful}\n\
         webchat_exporter_config_info{{hash=\"{hash}\"}} 1"
    )
}

#[tokio::test]
async fn a_reload_that_is_refused_leaves_the_configuration_in_force() {
    let _turn = TURN.lock().await;
    let daemon = Daemon::start("reload", vec![Ok("first"), Err("webchat.yml:1:1: odd"), Ok("second")]);
    assert_eq!(daemon.config_metrics().await, state(1, "first"));
    let refused = daemon.ask("POST", "/-/reload").await;
    assert_eq!(
        (refused.status, refused.text()),
        (400, "cannot load the configuration: webchat.yml:1:1: odd\n")
    );
    assert_eq!(daemon.config_metrics().await, state(0, "first"));
    let accepted = daemon.ask("PUT", "/-/reload").await;
    assert_eq!((accepted.status, accepted.text()), (200, "reloaded\n"));
    assert_eq!(daemon.config_metrics().await, state(1, "second"));
    send_signal("-INT");
    daemon.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn hangup_reloads_and_terminate_stops() {
    let _turn = TURN.lock().await;
    let daemon = Daemon::start("signals", vec![Ok("first"), Ok("second")]);
    assert_eq!(daemon.config_metrics().await, state(1, "first"));
    send_signal("-HUP");
    while daemon.config_metrics().await != state(1, "second") {
        tokio::task::yield_now().await;
    }
    send_signal("-TERM");
    daemon.task.await.unwrap().unwrap();
    assert!(!daemon.socket.exists());
}

#[tokio::test]
async fn a_refused_configuration_or_an_address_in_use_stops_the_start() {
    let _turn = TURN.lock().await;
    let refused = Daemon::start("refused", vec![Err("webchat.yml:1:1: odd")]).task.await.unwrap();
    assert_eq!(describe(&refused.unwrap_err()), "cannot load the configuration: webchat.yml:1:1: odd");

    let first = Daemon::start("in-use", vec![Ok("first")]);
    first.ask("GET", "/-/healthy").await;
    let error = Daemon::start("in-use", vec![Ok("first")]).task.await.unwrap().unwrap_err();
    let expected =
        format!("cannot listen on unix:{}: Address already in use (os error 98)", first.socket.display());
    assert_eq!(describe(&error), expected);
    send_signal("-TERM");
    first.task.await.unwrap().unwrap();
}

/// Two channels: one in a window that began with `yesterday` and lasts two days more, one before a window that begins in
/// four days; dates are those of UTC.
fn recurring_windows(vendor: &Vendor, yesterday: Date) -> String {
    let (until, begins) = (yesterday + 2.days(), yesterday + 4.days());
    format!(
        "targets:\n- name: bank-chat\n  egain:\n    base_url: http://{}/system/egain/chat\n    \
         entry_points: [{{ id: 1000 }}, {{ id: 1001 }}]\nmaintenance:\n\
         - {{ channels: ['1000'], description: database upgrade, timezone: UTC, weekly: {{ mon-sun: ['00:00-24:00'] }}, \
         from: {yesterday}, until: {until} }}\n\
         - {{ channels: ['1001'], timezone: UTC, weekly: {{ mon-sun: ['22:00-02:00'] }}, from: {begins}, until: {begins} }}\n",
        vendor.address,
    )
}

#[tokio::test]
async fn recurring_maintenance_is_in_force_and_shown_ahead_of_time() {
    let _turn = TURN.lock().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/egain/document");
    let vendor = Vendor::serve(&folder).await;
    let yesterday = Timestamp::now().to_zoned(TimeZone::UTC).date() - 1.day();
    let config = load_text(Path::new("test.yml"), &recurring_windows(&vendor, yesterday)).unwrap();
    let assembly = Assembly::new();
    let daemon = Daemon::start_with("maintenance", move || Ok(assembly.build(&config)?));
    let target = loop {
        let status: Value = serde_json::from_str(daemon.ask("GET", "/api/v1/status").await.text()).unwrap();
        if status["targets"][0]["polled"] == true {
            break status["targets"][0].clone();
        }
        assert!(!daemon.task.is_finished());
        tokio::task::yield_now().await;
    };
    let [first, second] = [&target["channels"][0], &target["channels"][1]];
    let time = |days: i32, time: &str| format!("{}T{time}:00Z", yesterday + days.days());
    let on = json!({ "start": time(0, "00:00"), "end": time(3, "00:00"), "description": "database upgrade" });
    let ahead = json!({ "start": time(4, "22:00"), "end": time(5, "02:00") });
    assert_eq!((&first["status"], &first["maintenance"]), (&json!("maintenance"), &on));
    assert_eq!(first["explanation"], "a planned maintenance window is on: database upgrade");
    assert_eq!((&second["status"], &second["maintenance"]), (&json!("down"), &ahead));

    let page = daemon.ask("GET", "/metrics").await;
    for key in ["start", "end"] {
        let family = format!("webchat_channel_maintenance_{key}_timestamp_seconds");
        let samples: Vec<&str> = page.text().lines().filter(|line| line.starts_with(&family)).collect();
        let expected = [("1000", first, &on), ("1001", second, &ahead)].map(|(id, channel, window)| {
            let moment: Timestamp = window[key].as_str().unwrap().parse().unwrap();
            let (name, seconds) = (channel["name"].as_str().unwrap(), moment.as_second());
            format!("{family}{{platform=\"egain\",target=\"bank-chat\",channel_id=\"{id}\",channel=\"{name}\"}} {seconds}")
        });
        assert_eq!(samples, expected);
    }
    send_signal("-TERM");
    daemon.task.await.unwrap().unwrap();
}
