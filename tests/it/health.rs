//! What outsiders may ask about channels, over real sockets, on a store filled by hand.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use webchat_exporter::channel::status::{ChannelView, Status};
use webchat_exporter::channel::{Availability, ChannelFacts, MaintenanceWindow, UnavailableReason};
use webchat_exporter::exposition::{Block, Identity, Own};
use webchat_exporter::health::{HealthDocument, StatusDocument, TargetPolls};
use webchat_exporter::platform::family::{Family, Sink};
use webchat_exporter::poll::EngineHandle;
use webchat_exporter::server::{App, Server, WebSettings};
use webchat_exporter::state::{History, Snapshot, Store};

use crate::server::{Answer, ask};

static UP: Family = Family::gauge("webchat_target_up", &[], "1 if it answers.");

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
const PORTAL: &str = "https://www.example.com";
const FRESHNESS: Option<&str> = Some("max-age=5, must-revalidate");

pub(crate) fn channel(id: &str, name: &str, status: Status) -> ChannelView {
    let is_down = status == Status::Down;
    let explanation = match status {
        Status::Ok => None,
        Status::Down => Some("no agent is available"),
        Status::Closed => Some("outside business hours"),
        _ => Some("so it is"),
    };
    let unavailable = is_down.then_some(UnavailableReason::NoAgent);
    ChannelView {
        facts: ChannelFacts {
            name: Some(name.to_owned()),
            availability: Some(unavailable.map_or(Availability::Available, Availability::Unavailable)),
            queue_length: Some(3.0),
            wait_longest: Some(f64::NAN),
            ..ChannelFacts::new(id)
        },
        status,
        explanation: explanation.map(str::to_owned),
        unavailable,
        since: "2026-03-02T12:00:00Z".parse().unwrap(),
        open: status != Status::Closed,
        next_change: (status == Status::Closed).then(|| "2026-03-03T08:00:00Z".parse().unwrap()),
        maintenance: None,
    }
}

pub(crate) fn snapshot(target: &str, up: Option<f64>, channels: Vec<ChannelView>) -> Snapshot {
    let identity = Arc::new(Identity {
        platform: "chime",
        target: target.to_owned(),
        user_labels: vec![("site".into(), "london".into())],
        user_labels_on_all_series: false,
    });
    let mut samples = Vec::new();
    Sink::new(&UP, &mut samples).value(up);
    Snapshot {
        blocks: if up.is_some() { vec![Block::render(&identity, &UP, &samples)] } else { Vec::new() },
        identity,
        base_url: "https://chime.example.com/Api".into(),
        up: up.map(|up| up > 0.0),
        collectors: Arc::default(),
        history: History::default(),
        channels,
        memory: Vec::new(),
        limits: Arc::new([("queue_length", "degraded", 5.0), ("queue_length", "down", 50.0)]),
        rules: Arc::default(),
        polled: up.is_some(),
    }
}

fn database_upgrade() -> MaintenanceWindow {
    MaintenanceWindow {
        start: "2026-03-04T22:00:00Z".parse().unwrap(),
        end: "2026-03-05T02:00:00Z".parse().unwrap(),
        description: Some("database upgrade".to_owned()),
    }
}

fn upgrade_in_json() -> Value {
    json!({ "start": "2026-03-04T22:00:00Z", "end": "2026-03-05T02:00:00Z", "description": "database upgrade" })
}

fn every_status() -> Vec<ChannelView> {
    let numbered = Status::ALL.into_iter().enumerate();
    numbered.map(|(number, status)| channel(&number.to_string(), status.label(), status)).collect()
}

/// A server on a store filled by hand.
pub(crate) struct Running {
    store: Arc<Store>,
    pub(crate) address: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(snapshots: Vec<Snapshot>) -> Self {
        Self::start_with(snapshots, WebSettings::default()).await
    }

    pub(crate) async fn start_with(snapshots: Vec<Snapshot>, web: WebSettings) -> Self {
        let store = Arc::new(Store::default());
        store.replace(snapshots.into_iter().map(|snapshot| store.slot(snapshot)).collect());
        let engine = EngineHandle::new(Arc::clone(&store));
        let app = Arc::new(App::new(Arc::clone(&store), engine, Arc::new(Own::new()), web));
        let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], app).await.unwrap();
        let address = server.local_addresses().remove(0);
        let (stop, stopped) = watch::channel(false);
        Self { store, address, stop, task: tokio::spawn(server.run(stopped)) }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(TcpStream::connect(&self.address).await.unwrap(), method, path, headers).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    fn publish(&self, snapshot: Snapshot) {
        self.store.find(&snapshot.identity.target.clone()).unwrap().publish(snapshot);
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

fn portal() -> WebSettings {
    WebSettings { cors_origins: vec![PORTAL.parse().unwrap()], ..WebSettings::default() }
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(answer.text()).unwrap()
}

#[tokio::test]
async fn a_channel_answers_by_its_status_with_reason_and_business_hours() {
    let server = Running::start(vec![snapshot("desk", Some(1.0), every_status())]).await;
    let cases = [
        ("ok", 200, "pass"),
        ("degraded", 200, "warn"),
        ("down", 503, "fail"),
        ("closed", 503, "fail"),
        ("maintenance", 503, "fail"),
        ("unknown", 503, "fail"),
    ];
    for (number, (name, code, status)) in cases.into_iter().enumerate() {
        let answer = server.get(&format!("/health/desk/{name}")).await;
        assert_eq!(answer.status, code, "{name}");
        assert_eq!(answer.header("content-type"), Some("application/health+json"), "{name}");
        assert_eq!(answer.header("cache-control"), FRESHNESS, "{name}");
        assert_eq!(answer.header("etag").is_some(), code == 200, "{name}");
        assert_eq!(json_of(&answer)["status"], status, "{name}");
        let by_id = server.get(&format!("/health/desk/{number}")).await;
        assert_eq!(by_id.text(), answer.text(), "{name}");
    }
    let ok = json!({
        "status": "pass",
        "checks": { "desk:ok": [{
            "componentId": "0", "componentType": "component", "status": "pass", "channelStatus": "ok",
            "since": "2026-03-02T12:00:00Z", "businessHours": { "open": true },
        }] },
    });
    assert_eq!(json_of(&server.get("/health/desk/ok").await), ok);
    let down = json!({
        "status": "fail",
        "output": "desk:down: down is down: no agent is available",
        "checks": { "desk:down": [{
            "componentId": "2", "componentType": "component", "status": "fail",
            "output": "down is down: no agent is available", "channelStatus": "down", "reason": "no_agent",
            "since": "2026-03-02T12:00:00Z", "businessHours": { "open": true },
        }] },
    });
    assert_eq!(json_of(&server.get("/health/desk/down").await), down);
    let closed = json_of(&server.get("/health/desk/closed").await);
    let hours = json!({ "open": false, "nextChange": "2026-03-03T08:00:00Z" });
    assert_eq!(closed["checks"]["desk:closed"][0]["businessHours"], hours);
    server.stop().await;
}

#[tokio::test]
async fn planned_maintenance_is_told_with_the_health_of_a_channel() {
    let mut it = channel("1", "IT", Status::Ok);
    it.maintenance = Some(database_upgrade());
    let mut hr = channel("2", "HR", Status::Ok);
    hr.maintenance = Some(MaintenanceWindow { description: None, ..database_upgrade() });
    let server = Running::start(vec![snapshot("desk", Some(1.0), vec![it, hr])]).await;
    let answer = server.get("/health/desk").await;
    let checks = &json_of(&answer)["checks"];
    assert_eq!(checks["desk:IT"][0]["maintenance"], upgrade_in_json());
    let undescribed = json!({ "start": "2026-03-04T22:00:00Z", "end": "2026-03-05T02:00:00Z" });
    assert_eq!(checks["desk:HR"][0]["maintenance"], undescribed);
    server.stop().await;
}

#[tokio::test]
async fn a_tree_is_as_bad_as_its_worst_channel_and_closed_is_not_bad() {
    let cases = [
        (vec![], 200, "pass"),
        (vec![Status::Ok, Status::Closed, Status::Maintenance], 200, "pass"),
        (vec![Status::Ok, Status::Degraded], 200, "warn"),
        (vec![Status::Ok, Status::Unknown], 200, "warn"),
        (vec![Status::Down, Status::Degraded, Status::Ok], 503, "fail"),
    ];
    for (statuses, code, status) in cases {
        let channels =
            statuses.iter().map(|status| channel(status.label(), status.label(), *status)).collect();
        let is_empty = statuses.is_empty();
        let snapshots = if is_empty { vec![] } else { vec![snapshot("desk", Some(1.0), channels)] };
        let server = Running::start(snapshots).await;
        for path in if is_empty { vec!["/health"] } else { vec!["/health", "/health/desk"] } {
            let answer = server.get(path).await;
            assert_eq!((answer.status, &json_of(&answer)["status"]), (code, &json!(status)), "{statuses:?}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn the_output_of_a_tree_names_the_worst_first_and_counts_the_rest() {
    let desk = vec![channel("1", "IT", Status::Degraded), channel("2", "HR", Status::Down)];
    let many = (0..11).map(|number| channel(&number.to_string(), "x", Status::Degraded)).collect();
    let server =
        Running::start(vec![snapshot("desk", Some(1.0), desk), snapshot("many", Some(1.0), many)]).await;
    let output = json_of(&server.get("/health/desk").await)["output"].clone();
    assert_eq!(output, "desk:HR: HR is down: no agent is available; desk:IT: IT is degraded: so it is");
    let many = json_of(&server.get("/health/many").await);
    assert!(many["output"].as_str().unwrap().ends_with("; and 1 more"), "{many}");
    assert_eq!(many["checks"]["many:x"].as_array().unwrap().len(), 11);
    server.stop().await;
}

#[tokio::test]
async fn unknown_names_are_404_unless_the_platform_was_not_heard_yet() {
    let server = Running::start(vec![
        snapshot("desk", Some(1.0), every_status()),
        snapshot("new", None, vec![]),
        snapshot("away", Some(0.0), vec![]),
        snapshot("empty", Some(1.0), vec![]),
    ])
    .await;
    let no_target =
        "the target \"other\" is not configured; targets are named as in the configuration, never by a URL\n";
    let no_channel = "the target \"desk\" has no channel with the id or name \"x\\\"y\"\n";
    for (path, text) in [
        ("/health/other", no_target),
        ("/health/other/0", no_target),
        ("/badge/other/0.svg", no_target),
        ("/health/desk/x%22y", no_channel),
        ("/badge/desk/x%22y.svg", no_channel),
        ("/badge/desk/ok.png", "a badge is at /badge/TARGET/CHANNEL.svg\n"),
        ("/health/desk/", "the target \"desk\" has no channel with the id or name \"\"\n"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.text()), (404, text), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    assert_eq!(server.get("/health/empty/1").await.status, 404);
    for target in ["new", "away"] {
        let answer = server.get(&format!("/health/{target}/1")).await;
        assert_eq!(answer.status, 503, "{target}");
        let output = format!("{target}: nothing is known of its channels yet");
        assert_eq!(json_of(&answer)["output"], output);
        let tree = server.get(&format!("/health/{target}")).await;
        assert_eq!((tree.status, &json_of(&tree)["status"]), (200, &json!("warn")), "{target}");
        let badge = server.get(&format!("/badge/{target}/IT.svg")).await;
        assert!(badge.text().contains("IT is unknown: nothing was heard of it yet"), "{}", badge.text());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_several_channels_share_is_as_bad_as_the_worst_of_them() {
    let channels =
        vec![channel("1", "2", Status::Ok), channel("2", "IT", Status::Ok), channel("3", "IT", Status::Down)];
    let server = Running::start(vec![snapshot("desk", Some(1.0), channels)]).await;
    assert_eq!(server.get("/health/desk/IT").await.status, 503);
    assert!(server.get("/badge/desk/IT.svg").await.text().contains("IT is down"));
    // An id goes before a name.
    assert!(server.get("/health/desk/2").await.text().contains("desk:IT"));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_the_answer_hears_so_until_it_changes() {
    let server = Running::start(vec![snapshot("desk", Some(1.0), every_status())]).await;
    for path in [
        "/health/desk/ok",
        "/badge/desk/down.svg",
        "/api/v1/status",
        "/api/v1/targets/desk",
        "/api/v1/openapi.json",
    ] {
        let tag = server.get(path).await.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let answer = server.ask("GET", path, &[("If-None-Match", &known)]).await;
            assert_eq!((answer.status, answer.text()), (304, ""), "{path} {known}");
            assert_eq!(
                (answer.header("etag"), answer.header("cache-control")),
                (Some(tag.as_str()), FRESHNESS)
            );
            assert_eq!(answer.header("content-type"), None, "{path}");
        }
        assert_eq!(server.ask("GET", path, &[("If-None-Match", "\"x\"")]).await.status, 200, "{path}");
        // Polls that change nothing keep the tag.
        server.publish(snapshot("desk", Some(1.0), every_status()));
        assert_eq!(server.get(path).await.header("etag"), Some(tag.as_str()), "{path}");
    }
    let tag = server.get("/health/desk/0").await.header("etag").unwrap().to_owned();
    server.publish(snapshot("desk", Some(1.0), vec![channel("0", "ok", Status::Down)]));
    let changed = server.ask("GET", "/health/desk/0", &[("If-None-Match", &tag)]).await;
    assert_eq!((changed.status, changed.header("etag")), (503, None));
    // What fails is told in full, whatever the client has.
    assert_eq!(server.ask("GET", "/health/desk/0", &[("If-None-Match", "*")]).await.status, 503);
    server.stop().await;
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let server = Running::start(vec![snapshot("desk", Some(1.0), every_status())]).await;
    for path in [
        "/health",
        "/health/desk/ok",
        "/health/desk/down",
        "/health/none",
        "/badge/desk/ok.svg",
        "/api/v1/status",
        "/api/v1/targets/desk",
        "/api/v1/targets/none",
        "/api/v1/openapi.json",
    ] {
        let (get, head) = (server.get(path).await, server.ask("HEAD", path, &[]).await);
        assert_eq!((head.status, head.text()), (get.status, ""), "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    let stream = server.ask("HEAD", "/api/v1/status/stream", &[]).await;
    assert_eq!((stream.status, stream.header("content-type")), (200, Some("text/event-stream")));
    let posted = server.ask("POST", "/health", &[("Content-Length", "0")]).await;
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    assert_eq!(posted.text(), "this takes GET and HEAD and OPTIONS only\n");
    server.stop().await;
}

#[tokio::test]
async fn configured_origins_may_read_the_answers_and_no_others() {
    let server = Running::start_with(vec![snapshot("desk", Some(1.0), every_status())], portal()).await;
    for path in
        ["/health/desk/ok", "/health/desk/down", "/health/desk/x", "/badge/desk/ok.svg", "/api/v1/status"]
    {
        let answer = server.ask("GET", path, &[("Origin", PORTAL)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(PORTAL), "{path}");
        assert_eq!(
            (answer.header("vary"), answer.header("access-control-expose-headers")),
            (Some("Origin"), Some("ETag"))
        );
        for other in
            ["https://www.example.com:8443", "http://www.example.com", "https://evil.example", "null"]
        {
            let answer = server.ask("GET", path, &[("Origin", other)]).await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{path} {other}");
            assert_eq!(answer.header("vary"), Some("Origin"), "{path}");
        }
    }
    let tag = server.get("/health/desk/ok").await.header("etag").unwrap().to_owned();
    let known = server.ask("GET", "/health/desk/ok", &[("Origin", PORTAL), ("If-None-Match", &tag)]).await;
    assert_eq!((known.status, known.header("access-control-allow-origin")), (304, Some(PORTAL)));
    let metrics = server.ask("GET", "/metrics", &[("Origin", PORTAL)]).await;
    assert_eq!(metrics.header("access-control-allow-origin"), None);
    server.stop().await;
}

#[tokio::test]
async fn a_preflight_is_answered() {
    let server = Running::start_with(vec![snapshot("desk", Some(1.0), vec![])], portal()).await;
    let asked = ("Access-Control-Request-Method", "GET");
    let answer = server.ask("OPTIONS", "/health/desk", &[("Origin", PORTAL), asked]).await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    assert_eq!(answer.header("access-control-allow-origin"), Some(PORTAL));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD"));
    let headers = Some("cache-control, if-none-match, last-event-id");
    assert_eq!(answer.header("access-control-allow-headers"), headers);
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
    let refused = server.ask("OPTIONS", "/health/desk", &[("Origin", "https://evil.example"), asked]).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (204, None));
    assert_eq!(refused.header("access-control-allow-methods"), None);
    server.stop().await;

    let closed = Running::start(vec![]).await;
    let answer = closed.ask("OPTIONS", "/health", &[("Origin", PORTAL), asked]).await;
    assert_eq!((answer.status, answer.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (None, None));
    closed.stop().await;
}

#[tokio::test]
async fn odd_names_are_found_and_cannot_become_markup() {
    let name = "<script>alert(\"1\")</script> & 'é' a/b";
    let server =
        Running::start(vec![snapshot("desk", Some(1.0), vec![channel("7", name, Status::Ok)])]).await;
    let path = "%3Cscript%3Ealert(%221%22)%3C%2Fscript%3E%20%26%20'%C3%A9'%20a%2Fb";
    // Proxies may decode slashes on the way.
    for path in [path.to_owned(), path.replace("%2F", "/")] {
        let answer = server.get(&format!("/health/desk/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(json_of(&answer)["checks"][format!("desk:{name}")][0]["componentId"], "7");
        let badge = server.get(&format!("/badge/desk/{path}.svg")).await;
        assert_eq!((badge.status, badge.header("content-type")), (200, Some("image/svg+xml")));
        assert!(!badge.text().contains("<script"), "{}", badge.text());
        let title = "<title id=\"title\">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;é&#39; a/b is ok</title>";
        assert!(badge.text().contains(title), "{}", badge.text());
    }
    server.stop().await;
}

#[tokio::test]
async fn the_status_holds_everything_and_no_time_of_its_own() {
    let mut channels = vec![channel("1", "IT", Status::Ok), channel("2", "HR", Status::Closed)];
    channels[1].maintenance = Some(database_upgrade());
    let server =
        Running::start(vec![snapshot("desk", Some(1.0), channels), snapshot("new", None, vec![])]).await;
    let answer = server.get("/api/v1/status").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let limits = json!({ "queue_length": { "degraded": 5.0, "down": 50.0 } });
    let expected = json!({ "targets": [
        {
            "name": "desk", "platform": "chime", "labels": { "site": "london" }, "up": true, "polled": true,
            "limits": limits,
            "channels": [
                {
                    "id": "1", "name": "IT", "status": "ok", "available": true, "since": "2026-03-02T12:00:00Z",
                    "open": true, "signals": { "queue_length": 3.0 },
                },
                {
                    "id": "2", "name": "HR", "status": "closed", "explanation": "outside business hours",
                    "available": true, "since": "2026-03-02T12:00:00Z", "open": false,
                    "next_change": "2026-03-03T08:00:00Z", "maintenance": upgrade_in_json(),
                    "signals": { "queue_length": 3.0 },
                },
            ],
        },
        {
            "name": "new", "platform": "chime", "labels": { "site": "london" }, "polled": false, "limits": limits,
            "channels": [],
        },
    ] });
    assert_eq!(json_of(&answer), expected);
    server.stop().await;
}

/// Reads a stream up to the end of its next event or comment.
async fn next_event(stream: &mut TcpStream, received: &mut Vec<u8>) -> String {
    let read = async {
        loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\n\n\r\n") {
                return String::from_utf8(received.drain(..end + 4).collect()).unwrap();
            }
            assert_ne!(stream.read_buf(received).await.unwrap(), 0, "the stream ended");
        }
    };
    timeout(PATIENCE, read).await.expect("an event comes")
}

fn status_of(event: &str) -> StatusDocument {
    let (_, data) = event.split_once("event: status\ndata: ").expect("a status event");
    serde_json::from_str(data.trim_end()).unwrap()
}

#[tokio::test]
async fn the_stream_tells_the_status_at_once_and_after_each_change_until_the_server_stops() {
    let server =
        Running::start(vec![snapshot("desk", Some(1.0), vec![channel("1", "IT", Status::Ok)])]).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let request = b"GET /api/v1/status/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut received = Vec::new();
    let first = next_event(&mut stream, &mut received).await;
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    assert!(first.to_lowercase().contains("\r\ncontent-type: text/event-stream\r\n"), "{first}");
    assert!(first.to_lowercase().contains("\r\ncache-control: no-store\r\n"), "{first}");
    assert_eq!(status_of(&first).targets[0].channels[0].status, Status::Ok);
    // The same once more is no news; both changes within the second are one event.
    server.publish(snapshot("desk", Some(1.0), vec![channel("1", "IT", Status::Ok)]));
    server.publish(snapshot("desk", Some(1.0), vec![channel("1", "IT", Status::Degraded)]));
    server.publish(snapshot("desk", Some(1.0), vec![channel("1", "IT", Status::Down)]));
    let second = status_of(&next_event(&mut stream, &mut received).await);
    assert_eq!(second.targets[0].channels[0].status, Status::Down);
    server.stop().await;
    timeout(PATIENCE, stream.read_to_end(&mut received)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(received).unwrap(), "0\r\n\r\n");
}

#[tokio::test]
async fn a_stream_that_its_client_left_makes_room_for_another() {
    let server = Running::start(vec![]).await;
    let request = b"GET /api/v1/status/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut streams = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        next_event(&mut stream, &mut Vec::new()).await;
        streams.push(stream);
    }
    let refused = server.get("/api/v1/status/stream").await;
    assert_eq!((refused.status, refused.text()), (503, "too many streams are open already\n"));
    assert_eq!(server.get("/api/v1/status").await.status, 200);
    streams.pop();
    let room = async {
        while server.ask("HEAD", "/api/v1/status/stream", &[]).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, room).await.expect("the permit comes back");
    drop(streams);
    server.stop().await;
}

/// A JSON document read and written again.
fn again<T: DeserializeOwned + Serialize>(text: &str) -> String {
    serde_json::to_string(&serde_json::from_str::<T>(text).unwrap()).unwrap()
}

#[tokio::test]
async fn every_described_path_answers_as_described() {
    let mut channels = vec![channel("1", "IT", Status::Ok), channel("2", "HR", Status::Down)];
    channels[0].maintenance = Some(database_upgrade());
    let server =
        Running::start(vec![snapshot("desk", Some(1.0), channels), snapshot("well", Some(1.0), vec![])])
            .await;
    let description = json_of(&server.get("/api/v1/openapi.json").await);
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().unwrap();
    let mut asked = Vec::new();
    for (path, operations) in paths.iter().filter(|(path, _)| !path.ends_with("/stream")) {
        let responses = operations["get"]["responses"].as_object().unwrap();
        for (target, channel) in [("desk", "IT"), ("desk", "HR"), ("desk", "x"), ("well", "x"), ("x", "x")] {
            let concrete = path.replace("{target}", target).replace("{channel}", channel);
            let answer = server.get(&concrete).await;
            let response = responses.get(&answer.status.to_string());
            let response =
                response.unwrap_or_else(|| panic!("{concrete}: {} is not described", answer.status));
            let content_type = answer.header("content-type").unwrap();
            assert!(response["content"][content_type].is_object(), "{concrete}: {content_type}");
            // Types and schemas are one: what comes back from the type has lost no key.
            let again = match content_type {
                "application/health+json" => again::<HealthDocument>(answer.text()),
                "application/json" if path.ends_with("status") => again::<StatusDocument>(answer.text()),
                "application/json" if path.ends_with("{target}") => again::<TargetPolls>(answer.text()),
                _ => answer.text().to_owned(),
            };
            assert_eq!(again, answer.text(), "{concrete}");
            asked.push((path.as_str(), answer.status.to_string()));
        }
    }
    // Everything that is described did occur; 304 has a test of its own.
    for (path, operations) in paths.iter().filter(|(path, _)| !path.ends_with("/stream")) {
        for status in
            operations["get"]["responses"].as_object().unwrap().keys().filter(|status| *status != "304")
        {
            assert!(
                asked.contains(&(path.as_str(), status.clone())) || (path == "/health" && status == "200"),
                "{path} never answered {status}"
            );
        }
    }
    let references = description.to_string();
    for name in references.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap())
    {
        assert!(description["components"]["schemas"][name].is_object(), "{name} is not defined");
    }
    server.stop().await;
}

#[tokio::test]
async fn links_of_the_description_and_routes_move_under_the_prefix() {
    let web = WebSettings { route_prefix: Some("/web".parse().unwrap()), ..WebSettings::default() };
    let server = Running::start_with(vec![snapshot("desk", Some(1.0), every_status())], web).await;
    assert_eq!(server.get("/web/health/desk/ok").await.status, 200);
    assert_eq!(server.get("/web/badge/desk/ok.svg").await.status, 200);
    assert_eq!(server.get("/health/desk/ok").await.status, 404);
    let description = json_of(&server.get("/web/api/v1/openapi.json").await);
    assert_eq!(description["servers"][0]["url"], "/web");
    server.stop().await;
}
