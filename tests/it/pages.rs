//! The pages for people, over real sockets, on a store filled by hand, at a time that stands still.
//!
//! Whole pages are compared with the files under `tests/fixtures/pages/`, which `UPDATE_GOLDEN=1` writes.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use webchat_exporter::channel::maintenance::MaintenanceWindow;
use webchat_exporter::channel::rules::ChannelRules;
use webchat_exporter::channel::schedule::{Hours, Schedule};
use webchat_exporter::channel::status::{ChannelView, Status};
use webchat_exporter::channel::threshold::{Limit, Thresholds};
use webchat_exporter::channel::{Availability, ChannelFacts};
use webchat_exporter::clock::Clock;
use webchat_exporter::exposition::{Identity, Own};
use webchat_exporter::http_client::Reason;
use webchat_exporter::poll::EngineHandle;
use webchat_exporter::server::{App, Server, WebSettings};
use webchat_exporter::state::connectivity::Connectivity;
use webchat_exporter::state::families::CollectorReport;
use webchat_exporter::state::history::{ExchangeRecord, FailureRecord, History, Outcome, PollRecord};
use webchat_exporter::state::{Snapshot, Store};

use crate::server::{Answer, ask};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// A Monday.
const NOW: &str = "2026-03-02T12:00:00Z";
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn channel(id: &str, name: &str, status: Status) -> ChannelView {
    let explanation = match status {
        Status::Ok => None,
        Status::Down => Some("no agent is available; the number of agents online is 0, its lower limit is 1"),
        Status::Degraded => Some("the queue length is 7, its limit is 5"),
        Status::Closed => Some("it is outside business hours"),
        Status::Maintenance => Some("a planned maintenance window is on"),
        Status::Unknown => Some("there is no fresh data"),
    };
    ChannelView {
        facts: ChannelFacts {
            name: Some(name.to_owned()),
            availability: Some(Availability::Available),
            queue_length: (status != Status::Unknown).then_some(if status == Status::Degraded {
                7.0
            } else {
                2.0
            }),
            wait_longest: Some(75.4),
            agents_online: Some(if status == Status::Down { 0.0 } else { 4.0 }),
            utilization: Some(0.5),
            ..ChannelFacts::new(id)
        },
        status,
        explanation: explanation.map(str::to_owned),
        unavailable: None,
        since: at("2026-03-02T11:48:00Z"),
        open: status != Status::Closed,
        next_change: (status == Status::Closed).then(|| at("2026-03-03T08:00:00Z")),
        maintenance: (status == Status::Maintenance).then(|| MaintenanceWindow {
            start: at("2026-03-02T10:00:00Z"),
            end: at("2026-03-02T14:00:00Z"),
            description: None,
        }),
    }
}

fn rules() -> ChannelRules {
    let office = vec![Hours { start: 8 * 60, end: 18 * 60 }];
    ChannelRules {
        thresholds: Thresholds {
            queue_length: Limit { degraded: Some(5.0), down: Some(50.0) },
            longest_wait: Limit { degraded: Some(120.0), down: None },
            agents_online: Limit { degraded: None, down: Some(1.0) },
            ..Thresholds::default()
        },
        schedule: Some(Arc::new(Schedule {
            zone: TimeZone::get("Europe/London").unwrap(),
            weekly: [office.clone(), office.clone(), office.clone(), office.clone(), office, vec![], vec![]],
            holidays: [jiff::civil::date(2026, 12, 25)].into(),
            holidays_file: None,
            holidays_of_file: [].into(),
        })),
        ..ChannelRules::default()
    }
}

fn poll(second: i64, outcome: Outcome) -> PollRecord {
    let failed = outcome != Outcome::Well;
    let exchange = |endpoint, milliseconds| ExchangeRecord {
        endpoint,
        code: Some(if failed { StatusCode::BAD_GATEWAY } else { StatusCode::OK }),
        bytes: 4096,
        duration: Duration::from_millis(milliseconds),
        failure: None,
    };
    let failure = FailureRecord {
        reason: Reason::HttpStatus,
        endpoint: "GetQueues",
        detail: "the server answers <502>".into(),
    };
    PollRecord {
        collector: "queues",
        ended_at: at(NOW) - jiff::SignedDuration::from_secs(30 * second),
        duration: Duration::from_millis(45),
        outcome,
        exchanges: Box::new([exchange("GetQueues", 30), exchange("GetAgents", 12)]),
        omitted: 0,
        failures: if failed { Box::new([failure]) } else { Box::default() },
    }
}

fn snapshot(platform: &'static str, target: &str, channels: Vec<ChannelView>) -> Snapshot {
    Snapshot {
        identity: Arc::new(Identity {
            platform,
            target: target.to_owned(),
            user_labels: vec![("site".into(), "london".into())],
            user_labels_on_all_series: false,
        }),
        base_url: "https://chat.example.com/Api".into(),
        up: Some(true),
        collectors: Arc::new([CollectorReport {
            name: "queues",
            up: Some(false),
            failing: vec![Reason::HttpStatus],
            duration: Some(0.045),
            interval: 30.0,
            last_success: Some(at("2026-03-02T11:59:00Z")),
            polls: 3,
            failed_polls: 1,
            failures: vec![(Reason::HttpStatus, 1)],
            skipped_polls: 0,
        }]),
        history: History::new(["queues"]),
        blocks: Vec::new(),
        channels,
        memory: Vec::new(),
        limits: Arc::default(),
        rules: Arc::new(rules()),
        polled: true,
    }
}

/// Three targets: one with a channel of every status, one whose names are markup, one that was not polled yet.
fn snapshots() -> Vec<Snapshot> {
    let numbered = Status::ALL.into_iter().enumerate();
    let names = ["Sales", "Support", "Billing", "Night shift", "Returns", "Archive"];
    let every =
        numbered.map(|(number, status)| channel(&number.to_string(), names[number], status)).collect();
    let mut shop = snapshot("chime", "web-shop", every);
    for (second, outcome) in [(2, Outcome::Well), (1, Outcome::Partial), (0, Outcome::Failed)] {
        shop.history.add(&poll(second, outcome));
    }
    let markup = vec![channel("\"><img src=x>", "<script>alert('1')</script>", Status::Ok)];
    let odd = snapshot("xima", "a&b/<c>", markup);
    let unheard =
        Snapshot { up: None, polled: false, collectors: Arc::default(), ..snapshot("egain", "new", vec![]) };
    vec![shop, odd, unheard]
}

struct Running {
    store: Arc<Store>,
    address: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(web: WebSettings) -> Self {
        let store = Arc::new(Store::default());
        store.replace(snapshots().into_iter().map(|snapshot| store.slot(snapshot)).collect());
        let engine = EngineHandle::new(Arc::clone(&store));
        let app = App::new(Arc::clone(&store), engine, Arc::new(Own::new()), web)
            .with_clock(Clock::StoppedAt(at(NOW)));
        let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], Arc::new(app)).await.unwrap();
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

    async fn stop(self) {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

/// A page without the names of files, which change with every edit of these.
fn without_hashes(page: &str) -> String {
    let mut pieces = page.split("/static/");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |page, piece| format!("{page}/static/HASH{}", &piece[32..]))
}

fn compare_with_golden(name: &str, page: &str) {
    let page = without_hashes(page);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &page).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    let mut lines = expected.lines().zip(page.lines()).enumerate();
    let different = lines.find(|(_, (expected, line))| expected != line);
    assert!(different.is_none(), "{name}: {different:#?}");
    assert_eq!(expected, page, "{name}");
}

#[tokio::test]
async fn both_pages_are_as_their_golden_files() {
    let server = Running::start(WebSettings::default()).await;
    for (path, name) in [
        ("/", "status.html"),
        ("/targets/web-shop", "target.html"),
        ("/targets/a%26b%2F%3Cc%3E", "target-odd.html"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        compare_with_golden(name, answer.text());
    }
    server.stop().await;
}

/// The values of an attribute of the rows that are shown, in their order.
fn shown(page: &str, rows: &str, attribute: &str) -> Vec<String> {
    let elements = page.split("<tr ").skip(1).map(|piece| piece.split_once('>').unwrap().0);
    let shown = elements.filter(|element| element.contains(rows) && !element.ends_with(" hidden"));
    let value = |element: &str| {
        let (_, rest) = element.split_once(&format!(" {attribute}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    shown.map(value).collect()
}

#[tokio::test]
async fn problems_come_first_and_a_filter_hides_the_rest() {
    let server = Running::start(WebSettings::default()).await;
    let everything = server.get("/").await;
    assert_eq!(
        shown(everything.text(), "data-channel-row", "data-status"),
        ["down", "unknown", "unknown", "degraded", "maintenance", "ok", "ok", "closed"]
    );
    assert_eq!(
        shown(everything.text(), "data-target-row", "data-target"),
        ["web-shop", "new", "a&#38;b/&#60;c&#62;"]
    );
    assert_eq!(server.get("/?platform=odd").await.text(), everything.text());
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("/?status=down&status=closed", &["Billing", "Night"], &["web-shop"]),
        ("/?platform=egain", &["new"], &["new"]),
        ("/?name=SALES", &["Sales"], &["web-shop"]),
        ("/?name=nothing", &[], &[]),
    ];
    for (path, channels, targets) in cases {
        let page = server.get(path).await;
        assert_eq!(shown(page.text(), "data-channel-row", "data-status").len(), channels.len(), "{path}");
        assert_eq!(shown(page.text(), "data-target-row", "data-target"), targets, "{path}");
        assert!(page.text().contains(&format!("{} of 8 channels fit the filter.", channels.len())), "{path}");
    }
    let filtered = server.get("/?status=down&name=Bill%22%3E&platform=chime").await;
    for part in [
        "name=\"status\" value=\"down\" checked>",
        "<option selected>chime</option>",
        "name=\"name\" value=\"Bill&#34;&#62;\"",
    ] {
        assert!(filtered.text().contains(part), "{part}");
    }
    server.stop().await;
}

#[tokio::test]
async fn names_cannot_become_markup() {
    let server = Running::start(WebSettings::default()).await;
    let missing = "/targets/%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in ["/", "/?name=%3Cscript%3Ealert(1)", "/targets/a%26b%2F%3Cc%3E", missing] {
        let page = server.get(path).await;
        assert!(!page.text().contains("<script>") && !page.text().contains("<img"), "{path}");
        assert!(page.text().contains("&#60;script&#62;alert("), "{path}");
        assert!(!page.text().contains(" style="), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_are_not_kept() {
    let server = Running::start(WebSettings::default()).await;
    for path in ["/", "/targets/web-shop", "/targets/other"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!answer.text().contains("http://") && !answer.text().contains("src=\"http"), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_target_is_404_and_names_the_known_ones() {
    let server = Running::start(WebSettings::default()).await;
    let answer = server.get("/targets/oth%20er").await;
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(answer.text().contains("There is no target named oth er</h1>"), "{}", answer.text());
    assert!(answer.text().contains("<a href=\"/targets/web-shop\">web-shop</a>"));
    assert_eq!(server.get("/targets/").await.status, 404);
    assert_eq!(server.get("/targets").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn head_and_compression_change_nothing_but_the_form() {
    let server = Running::start(WebSettings::default()).await;
    let page = server.get("/").await;
    let style = page.text().split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split_once('"').unwrap().0;
    for path in ["/", "/?status=down", "/targets/web-shop", "/favicon.ico", style] {
        let get = server.get(path).await;
        let head = server.ask("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        let compressed = server.ask("GET", path, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(compressed.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(compressed.header("vary"), Some("Accept-Encoding"), "{path}");
        let mut text = String::new();
        GzDecoder::new(compressed.body.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, get.text(), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn files_are_kept_for_ever_under_names_of_their_content() {
    let server = Running::start(WebSettings::default()).await;
    let page = server.get("/").await;
    let files = page.text().split("\"/static/").skip(1).map(|piece| piece.split_once('"').unwrap().0);
    let mut types = Vec::new();
    for file in files {
        let answer = server.get(&format!("/static/{file}")).await;
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{file}");
        types.push(answer.header("content-type").unwrap().to_owned());
    }
    assert_eq!(types, ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"]);
    let old = server.get("/static/00000000000000000000000000000000.css").await;
    assert_eq!((old.status, old.text()), (404, "there is no such file; reload the page that refers to it\n"));
    assert_eq!(server.get("/favicon.ico").await.header("content-type"), Some("image/svg+xml"));
    server.stop().await;
}

#[tokio::test]
async fn every_link_has_the_prefix_under_which_visitors_come() {
    let web = WebSettings {
        external_url: Some("https://proxy.example.com/web/chat/".parse().unwrap()),
        ..WebSettings::default()
    };
    let server = Running::start(web).await;
    for path in ["/web/chat/", "/web/chat/targets/web-shop", "/web/chat/targets/other"] {
        let answer = server.get(path).await;
        let page = answer.text();
        for attribute in ["href=\"", "src=\"", "action=\"", "data-live=\""] {
            for piece in page.split(&format!(" {attribute}")).skip(1) {
                let link = piece.split_once('"').unwrap().0;
                assert!(link.starts_with("/web/chat/") || link.starts_with('#'), "{path}: {attribute}{link}");
            }
        }
        let script = page.split("<script src=\"").nth(1).unwrap().split_once('"').unwrap().0;
        assert_eq!(server.get(script).await.status, 200);
    }
    server.stop().await;
}

/// The next event of a stream: its name and data.
async fn next_event(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut name, mut data) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        timeout(PATIENCE, stream.read_line(&mut line)).await.unwrap().unwrap();
        match line.trim_end().split_once(": ") {
            Some(("event", value)) => value.clone_into(&mut name),
            Some(("data", value)) => value.clone_into(&mut data),
            None if line.trim_end().is_empty() && !name.is_empty() => return (name, data),
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_open_page_is_told_what_changed_and_where_it_goes() {
    let server = Running::start(WebSettings::default()).await;
    let page = server.get("/").await;
    let live = page.text().split("data-live=\"").nth(1).unwrap().split_once('"').unwrap().0.to_owned();
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(format!("GET {live} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);

    let mut shop = snapshots().remove(0);
    shop.channels[0] = channel("0", "Sales", Status::Down);
    shop.channels.remove(5);
    server.store.find("web-shop").unwrap().publish(shop);
    let (name, data) = next_event(&mut stream).await;
    assert_eq!(name, "change");
    let change: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(change["title"], "2 down – webchat_exporter");
    assert_eq!(change["now"], at(NOW).as_millisecond());
    assert_eq!(change["removed"], serde_json::json!(["channel/web-shop/5"]));
    let reason = "no agent is available; the number of agents online is 0, its lower limit is 1";
    assert_eq!(change["announced"], serde_json::json!([format!("Sales at web-shop is down: {reason}")]));
    let rows: Vec<_> = change["rows"].as_array().unwrap().iter().collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["list"], &rows[0]["before"]),
        (&"channel/web-shop/0".into(), &"problems".into(), &"channel/new/".into())
    );
    assert_eq!((&rows[1]["id"], &rows[1]["list"]), (&"target/web-shop".into(), &"targets".into()));
    // The same template makes a piece and the page.
    let page = server.get("/").await;
    assert!(page.text().contains(rows[0]["html"].as_str().unwrap().trim()));
    for piece in change["replaced"].as_array().unwrap() {
        assert!(page.text().contains(piece["html"].as_str().unwrap().trim()), "{piece}");
    }
    server.stop().await;
}

/// Opens a stream: the status code and the connection.
async fn open_stream(server: &Running, path: &str) -> (String, TcpStream) {
    let mut connection = TcpStream::connect(&server.address).await.unwrap();
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut status = vec![0; "HTTP/1.1 200".len()];
    timeout(PATIENCE, connection.read_exact(&mut status)).await.unwrap().unwrap();
    (String::from_utf8(status).unwrap().split_off("HTTP/1.1 ".len()), connection)
}

#[tokio::test]
async fn streams_of_pages_and_of_the_api_do_not_keep_each_other_out() {
    let server = Running::start(WebSettings::default()).await;
    let paths = ["/live?target=web-shop", "/api/v1/status/stream"];
    let mut open = Vec::new();
    for path in paths {
        for _ in 0..100 {
            let (status, connection) = open_stream(&server, path).await;
            assert_eq!(status, "200", "{path}");
            open.push(connection);
        }
    }
    for path in paths {
        assert_eq!(open_stream(&server, path).await.0, "503", "{path}");
    }
    drop(open);
    server.stop().await;
}

#[tokio::test]
async fn it_is_told_that_the_network_of_the_exporter_is_down() {
    let server = Running::start(WebSettings::default()).await;
    assert!(server.get("/").await.text().contains("<p id=\"notice\" data-status=\"unknown\" hidden></p>"));
    let failing = Connectivity::default().after(false, false, at("2026-03-02T11:57:00Z"));
    server.store.set_connectivity(Some(failing));
    assert!(!server.get("/").await.text().contains("own network has been down"));
    let down = failing.after(false, true, at("2026-03-02T11:57:30Z"));
    server.store.set_connectivity(Some(down));
    let page = server.get("/").await;
    let notice = "This exporter's own network has been down for <time datetime=\"2026-03-02T11:57:00Z\" \
                  title=\"2026-03-02 11:57:00 UTC\" data-elapsed>3 min</time>";
    assert!(page.text().contains(notice), "{}", page.text());
    server.store.set_connectivity(Some(down.after(true, false, at(NOW))));
    assert!(!server.get("/").await.text().contains(notice));
    server.stop().await;
}

/// 200 targets of 20 channels; in one of them something is down.
fn fleet() -> Vec<Snapshot> {
    let target = |number: usize| {
        let channels = (0..20).map(|channel_number| {
            let status = if (number, channel_number) == (7, 7) { Status::Down } else { Status::Ok };
            channel(&format!("0000000{channel_number}"), &format!("Department {channel_number}"), status)
        });
        let mut snapshot = snapshot("comm100", &format!("branch-{number:03}"), channels.collect());
        for second in (0..30).rev() {
            snapshot.history.add(&poll(second, Outcome::Well));
        }
        snapshot
    };
    (0..200).map(target).collect()
}

#[tokio::test]
async fn a_large_fleet_has_a_page_of_moderate_size_and_small_updates() {
    let server = Running::start(WebSettings::default()).await;
    server.store.replace(fleet().into_iter().map(|snapshot| server.store.slot(snapshot)).collect());
    let page = server.get("/").await;
    assert_eq!(shown(page.text(), "data-channel-row", "data-channel").len(), 4000);
    assert!(page.text().contains("<details id=\"others-fold\">"));
    let compressed = server.ask("GET", "/", &[("Accept-Encoding", "gzip")]).await;
    assert!(compressed.body.len() < 500_000, "{}", compressed.body.len());

    let live = page.text().split("data-live=\"").nth(1).unwrap().split_once('"').unwrap().0.to_owned();
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(format!("GET {live} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut changed = fleet().remove(9);
    changed.channels[3].facts.queue_length = Some(1.0);
    server.store.slots()[9].publish(changed);
    let (_, data) = next_event(&mut BufReader::new(stream)).await;
    let change: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(change["rows"].as_array().unwrap().len(), 1);
    assert!(data.len() < 5_000, "{}", data.len());
    server.stop().await;
}
