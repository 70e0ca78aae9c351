//! What the daemon remembers of its polls, asked of the program itself.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use crate::fault_server::{FaultServer, Mode};
use crate::server::{Answer, ask};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
const RIGHT_NOW: &[u8] = br#"{"loggedInAgents":2,"currentQueueLength":3}"#;
const SHOP: &str = "/api/v1/targets/shop";

/// The program, in a folder of its own; it ends with the test.
struct Daemon {
    folder: PathBuf,
    process: Child,
}

impl Daemon {
    async fn start(name: &str, configuration: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("webchat-exporter-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("webchat.yml"), configuration).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_webchat_exporter"))
            .args(["--config.file=webchat.yml", "--web.listen-address=unix:socket", "--web.enable-lifecycle"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self { folder, process };
        daemon.wait_until_ready().await;
        daemon
    }

    async fn wait_until_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if UnixStream::connect(self.socket()).await.is_ok() && self.get("/-/ready").await.status == 200 {
                return;
            }
            assert!(Instant::now() < deadline, "the daemon is not ready");
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(UnixStream::connect(self.socket()).await.unwrap(), method, path, headers).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    async fn probe(&self) {
        assert_eq!(self.get("/probe?target=shop").await.status, 200);
    }

    async fn reload(&self, configuration: &str) {
        std::fs::write(self.folder.join("webchat.yml"), configuration).unwrap();
        assert_eq!(self.ask("POST", "/-/reload", &[("Content-Length", "0")]).await.status, 200);
        self.wait_until_ready().await;
    }

    /// The number of polls that are remembered of the target.
    async fn remembered(&self) -> usize {
        let document: Value = serde_json::from_slice(&self.get(SHOP).await.body).unwrap();
        document["collectors"][0]["recent"].as_array().unwrap().len()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn configuration(server: &FaultServer, label: &str) -> String {
    format!(
        "targets:\n- name: shop\n  labels: {{ site: {label} }}\n  comm100:\n    base_url: http://{}/v4\n    collectors:\n      \
         right_now: {{ interval: 1h, timeout: 1s }}\n      queue: {{ enabled: false }}\n      \
         agents: {{ enabled: false }}\n      today: {{ enabled: false }}\n",
        server.address
    )
}

/// Puts fixed values in place of times, and demands that they are sensible.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "ended_at" | "last_success" => {
                        let time: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
                        let age = jiff::Timestamp::now().duration_since(time).as_secs_f64();
                        assert!((0.0..60.0).contains(&age), "{name}: {age} s ago");
                        *value = json!("time");
                    }
                    "duration" => {
                        let seconds = value.as_f64().unwrap();
                        assert!(seconds > 0.0 && seconds < 3.0, "{seconds}");
                        *value = json!(if seconds < 0.95 { "short" } else { "timeout" });
                    }
                    _ => without_times(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}

#[tokio::test]
async fn the_recent_polls_of_a_target_are_told_with_their_requests_and_failures() {
    let server = FaultServer::start("RightNow", |_| Mode::json(RIGHT_NOW)).await;
    let daemon = Daemon::start("polls", &configuration(&server, "london")).await;
    server.break_with(Mode::Answer("500 Internal Server Error", "", b"hunter2".to_vec()));
    daemon.probe().await;
    server.break_with(Mode::Silent);
    daemon.probe().await;

    let answer = daemon.get(SHOP).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("max-age=5, must-revalidate"));
    let tag = answer.header("etag").unwrap();
    assert_eq!(daemon.ask("GET", SHOP, &[("If-None-Match", tag)]).await.status, 304);
    let mut document: Value = serde_json::from_slice(&answer.body).unwrap();
    without_times(&mut document);
    let expected = json!({
        "name": "shop", "platform": "comm100", "up": false, "polled": true,
        "collectors": [{
            "name": "right_now", "interval": 3600.0, "up": false, "failing": ["timeout"], "last_success": "time",
            "polls": 3, "failed_polls": 2, "skipped_polls": 0,
            "recent": [
                {
                    "ended_at": "time", "duration": "timeout", "outcome": "failed", "omitted": 0,
                    "exchanges": [{ "endpoint": "RightNow", "bytes": 0, "duration": "timeout", "failure": "timeout" }],
                    "failures": [{ "reason": "timeout", "endpoint": "RightNow", "detail": "the poll's deadline passed" }],
                },
                {
                    "ended_at": "time", "duration": "short", "outcome": "failed", "omitted": 0,
                    "exchanges": [{ "endpoint": "RightNow", "code": 500, "bytes": 7, "duration": "short" }],
                    "failures": [{
                        "reason": "http_status", "endpoint": "RightNow",
                        "detail": "the server answered 500 Internal Server Error",
                    }],
                },
                {
                    "ended_at": "time", "duration": "short", "outcome": "well", "omitted": 0,
                    "exchanges": [{ "endpoint": "RightNow", "code": 200, "bytes": 43, "duration": "short" }],
                    "failures": [],
                },
            ],
            "older_failures": [],
        }],
    });
    assert_eq!(document, expected);
    let unknown = daemon.get("/api/v1/targets/sh%C3%B6p").await;
    assert_eq!(
        (unknown.status, unknown.text()),
        (
            404,
            "the target \"shöp\" is not configured; targets are named as in the configuration, never by a URL\n"
        )
    );
}

#[tokio::test]
async fn a_reload_keeps_the_polls_of_a_target_unless_it_changed() {
    let server = FaultServer::start("RightNow", |_| Mode::json(RIGHT_NOW)).await;
    let daemon = Daemon::start("polls-reload", &configuration(&server, "london")).await;
    daemon.probe().await;
    let other = format!("{}global: {{ max_series: 10000 }}\n", configuration(&server, "london"));
    daemon.reload(&other).await;
    assert_eq!(daemon.remembered().await, 2);
    daemon.reload(&configuration(&server, "leeds")).await;
    assert_eq!(daemon.remembered().await, 1);
}
