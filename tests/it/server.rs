//! The HTTP server over real sockets, on a store filled by hand.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::read::GzDecoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use webchat_exporter::exposition::{Block, Identity, Own};
use webchat_exporter::platform::family::{Family, Sink};
use webchat_exporter::poll::EngineHandle;
use webchat_exporter::server::{App, ListenAddress, Server, WebSettings};
use webchat_exporter::state::{History, Snapshot, Store};

static UP: Family = Family::gauge("webchat_target_up", &[], "1 if it answers.");
static POLLS: Family = Family::counter("webchat_collector_polls_total", &["collector"], "Polls ended.");

const DESK: &str = "# HELP webchat_target_up 1 if it answers.\n\
    # TYPE webchat_target_up gauge\n\
    webchat_target_up{platform=\"chime\",target=\"desk\"} 1\n";

fn snapshot(target: &str, up: f64, polled: bool) -> Snapshot {
    let identity = Identity {
        platform: "chime",
        target: target.to_owned(),
        user_labels: vec![("site".into(), "lon\"don".into())],
        user_labels_on_all_series: false,
    };
    let mut samples = Vec::new();
    Sink::new(&UP, &mut samples).value(up);
    let blocks = vec![Block::render(&identity, &UP, &samples)];
    let identity = Arc::new(identity);
    Snapshot {
        identity,
        base_url: "https://chime.example.com/Api".into(),
        up: Some(up > 0.0),
        collectors: Arc::default(),
        history: History::default(),
        blocks,
        channels: Vec::new(),
        memory: Vec::new(),
        limits: Arc::default(),
        rules: Arc::default(),
        polled,
    }
}

/// A server on a store with the targets `desk` (up) and `a<b` (down).
struct Running {
    store: Arc<Store>,
    address: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(web: WebSettings) -> Self {
        Self::start_on("127.0.0.1:0", web).await
    }

    async fn start_on(address: &str, web: WebSettings) -> Self {
        let store = Arc::new(Store::default());
        let slots = [("desk", 1.0), ("a<b", 0.0)].map(|(name, up)| store.slot(snapshot(name, up, true)));
        store.replace(slots.to_vec());
        let engine = EngineHandle::new(Arc::clone(&store));
        let app = Arc::new(App::new(Arc::clone(&store), engine, Arc::new(Own::new()), web));
        let addresses: Vec<ListenAddress> = vec![address.parse().unwrap()];
        let server = Server::bind(&addresses, app).await.unwrap();
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
        self.task.await.unwrap();
    }
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends a request without a body on a connection that it ends with, and reads the answer.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    read_answer(stream).await
}

async fn read_answer(mut stream: impl AsyncRead + Unpin) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let body = bytes.split_off(end);
    let head = String::from_utf8(bytes).unwrap();
    Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
}

#[tokio::test]
async fn the_page_holds_the_targets_and_the_process() {
    let server = Running::start(WebSettings::default()).await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    let targets = format!("{DESK}webchat_target_up{{platform=\"chime\",target=\"a<b\"}} 0\n");
    assert!(answer.text().starts_with(&targets), "{}", answer.text());
    assert!(answer.text().contains("\nwebchat_exporter_build_info{version=\"0.1.0\","));
    assert!(answer.text().contains("\nwebchat_exporter_http_requests_in_flight 1\n"));
    let again = server.get("/metrics").await;
    assert!(
        again
            .text()
            .contains("\nwebchat_exporter_http_requests_total{handler=\"/metrics\",code=\"200\"} 1\n")
    );
    server.stop().await;
}

#[tokio::test]
async fn the_form_of_the_page_is_negotiated() {
    let server = Running::start(WebSettings::default()).await;
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let openmetrics = server.ask("GET", "/metrics", &[("Accept", accept)]).await;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(openmetrics.header("content-type"), Some(content_type));
    assert!(openmetrics.text().starts_with("# TYPE webchat_target_up gauge\n# HELP webchat_target_up 1 if"));
    assert!(openmetrics.text().ends_with("\n# EOF\n"));

    let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    let protobuf = server.ask("GET", "/metrics", &[("Accept", accept)]).await;
    assert_eq!(
        protobuf.header("content-type"),
        Some("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
    );
    assert_eq!(&protobuf.body[2..21], b"\x0a\x11webchat_target_up");
    server.stop().await;
}

#[tokio::test]
async fn a_compressed_page_is_the_same_page_and_follows_what_is_published() {
    let server = Running::start(WebSettings::default()).await;
    let path = "/metrics?name[]=webchat_target_up";
    for path in [path, "/metrics"] {
        let answer = server.ask("GET", path, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"));
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
        let mut text = String::new();
        GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
        assert!(text.starts_with(DESK), "{text}");
    }
    server.store.find("desk").unwrap().publish(snapshot("desk", 0.0, true));
    for path in [path, "/metrics"] {
        let changed = "webchat_target_up{platform=\"chime\",target=\"desk\"} 0\n";
        assert!(server.get(path).await.text().contains(changed));
    }
    server.stop().await;
}

#[tokio::test]
async fn the_page_is_narrowed_by_target_and_name() {
    let server = Running::start(WebSettings::default()).await;
    assert_eq!(server.get("/metrics?target=desk").await.text(), DESK);
    let both = server.get("/metrics?target=desk&target=a%3Cb&name[]=webchat_target_up").await;
    assert_eq!(both.text(), format!("{DESK}webchat_target_up{{platform=\"chime\",target=\"a<b\"}} 0\n"));
    let own = server.get("/metrics?name[]=process_threads").await;
    let head = "# HELP process_threads Number of OS threads in the process.\n# TYPE process_threads gauge\n";
    assert!(own.text().starts_with(head) && own.text().lines().count() == 3, "{}", own.text());
    assert_eq!(server.get("/metrics?name[]=nothing").await.text(), "");
    let unknown = server.get("/metrics?target=other").await;
    let text =
        "the target \"other\" is not configured; targets are named as in the configuration, never by a URL\n";
    assert_eq!((unknown.status, unknown.text()), (400, text));
    server.stop().await;
}

#[tokio::test]
async fn a_probe_answers_with_its_target_only() {
    let server = Running::start(WebSettings::default()).await;
    let timeout = ("X-Prometheus-Scrape-Timeout-Seconds", "10");
    let answer = server.ask("GET", "/probe?target=desk", &[timeout]).await;
    assert_eq!((answer.status, answer.text()), (200, DESK));
    let debug = server.get("/probe?target=desk&debug=true").await;
    assert_eq!(debug.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(debug.text(), format!("No exchange with the vendor was made.\n\n{DESK}"));
    let refusals = [
        ("/probe", "the parameter target is missing; ask for /probe?target=NAME with a configured name\n"),
        (
            "/probe?target=https://evil.example/",
            "the target \"https://evil.example/\" is not configured; targets are named as in the configuration, \
             never by a URL\n",
        ),
        (
            "/probe?target=desk&target=desk",
            "the parameter target occurs more than once; a probe is of one target\n",
        ),
    ];
    for (path, text) in refusals {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.text()), (400, text));
    }
    let timeout = ("X-Prometheus-Scrape-Timeout-Seconds", "soon");
    let answer = server.ask("GET", "/probe?target=desk", &[timeout]).await;
    let text = "X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds above zero\n";
    assert_eq!((answer.status, answer.text()), (400, text));
    server.stop().await;
}

#[tokio::test]
async fn service_discovery_lists_targets_with_their_labels() {
    let server = Running::start(WebSettings::default()).await;
    let answer = server.get("/sd").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let labels = "{\"__meta_webchat_base_url\":\"https://chime.example.com/Api\",\
                  \"__meta_webchat_platform\":\"chime\",\"site\":\"lon\\\"don\"}";
    assert_eq!(
        answer.text(),
        format!(
            "[{{\"targets\":[\"desk\"],\"labels\":{labels}}},{{\"targets\":[\"a<b\"],\"labels\":{labels}}}]"
        )
    );
    server.stop().await;
}

#[tokio::test]
async fn health_and_readiness_are_about_the_process() {
    let server = Running::start(WebSettings::default()).await;
    let healthy = server.get("/-/healthy").await;
    assert_eq!((healthy.status, healthy.text()), (200, "healthy\n"));
    let ready = server.get("/-/ready").await;
    assert_eq!((ready.status, ready.text()), (200, "ready\n"));
    server.store.find("desk").unwrap().publish(snapshot("desk", 0.0, false));
    let ready = server.get("/-/ready").await;
    assert_eq!((ready.status, ready.text()), (503, "the first polls have not all ended\n"));
    server.stop().await;
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let server = Running::start(WebSettings::default()).await;
    for path in ["/metrics?target=desk", "/probe?target=desk", "/sd", "/-/healthy", "/-/ready"] {
        let (get, head) = (server.get(path).await, server.ask("HEAD", path, &[]).await);
        assert_eq!(head.status, 200, "{path}");
        assert_eq!(head.body, b"", "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(get.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let server = Running::start(WebSettings::default()).await;
    let nothing = server.get("/metric").await;
    assert_eq!((nothing.status, nothing.text()), (404, "there is nothing here\n"));
    for (method, path, allow) in [
        ("POST", "/metrics", "GET, HEAD"),
        ("DELETE", "/", "GET, HEAD"),
        ("OPTIONS", "/probe?target=desk", "GET, HEAD"),
        ("GET", "/-/reload", "POST, PUT"),
    ] {
        let answer = server.ask(method, path, &[("Content-Length", "0")]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        assert_eq!(answer.text(), format!("this takes {} only\n", allow.replace(", ", " and ")));
    }
    let long = server.get(&format!("/metrics?name[]={}", "x".repeat(20_000))).await;
    assert_eq!((long.status, long.text()), (414, "the path and query are too long\n"));
    let large = server.ask("GET", "/metrics", &[("Cookie", &"x".repeat(100_000))]).await;
    assert_eq!(large.status, 431);
    server.stop().await;
}

#[tokio::test]
async fn every_answer_forbids_sniffing_framing_and_loading() {
    let server = Running::start(WebSettings::default()).await;
    for path in ["/metrics", "/nothing", "/-/reload", "/static/nothing"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            "{path}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn scrapes_beyond_the_limit_are_turned_away_and_health_is_not() {
    let server = Running::start(WebSettings { max_requests: 0, ..WebSettings::default() }).await;
    for path in ["/metrics", "/probe?target=desk"] {
        let answer = server.get(path).await;
        let text = "0 scrapes are running already (--web.max-requests)\n";
        assert_eq!((answer.status, answer.text(), answer.header("retry-after")), (503, text, Some("1")));
    }
    assert_eq!(server.get("/-/healthy").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn routes_move_under_the_prefix() {
    let web = WebSettings {
        external_url: Some("https://proxy.example.com/web/chat/".parse().unwrap()),
        ..WebSettings::default()
    };
    let server = Running::start(web).await;
    assert_eq!(server.get("/metrics").await.status, 404);
    assert_eq!(server.get("/web/chat/metrics?target=desk").await.text(), DESK);
    let moved = server.get("/").await;
    assert_eq!((moved.status, moved.header("location")), (302, Some("/web/chat/")));
    server.stop().await;
}

#[tokio::test]
async fn a_reload_is_allowed_only_with_the_flag_and_answers_what_became_of_it() {
    let (reload, mut requests) = mpsc::channel(1);
    let off = Running::start(WebSettings { reload: Some(reload.clone()), ..WebSettings::default() }).await;
    let answer = off.ask("POST", "/-/reload", &[("Content-Length", "0")]).await;
    let text = "the lifecycle endpoints are off; --web.enable-lifecycle turns them on\n";
    assert_eq!((answer.status, answer.text()), (403, text));
    off.stop().await;

    let web = WebSettings { reload: Some(reload), enable_lifecycle: true, ..WebSettings::default() };
    let server = Running::start(web).await;
    for (method, outcome, status, text) in [
        ("POST", Ok(()), 200, "reloaded\n"),
        ("PUT", Err("webchat.yml:3:5: unknown key".to_owned()), 400, "webchat.yml:3:5: unknown key\n"),
    ] {
        let length = [("Content-Length", "0")];
        let serve = async { requests.recv().await.unwrap().send(outcome).unwrap() };
        let (answer, ()) = tokio::join!(server.ask(method, "/-/reload", &length), serve);
        assert_eq!((answer.status, answer.text()), (status, text));
    }
    drop(requests);
    let answer = server.ask("POST", "/-/reload", &[("Content-Length", "0")]).await;
    assert_eq!((answer.status, answer.text()), (503, "the process is stopping\n"));
    server.stop().await;
}

#[tokio::test]
async fn stopping_lets_the_running_request_end_and_takes_no_other() {
    let (reload, mut requests) = mpsc::channel(1);
    let web = WebSettings { reload: Some(reload), enable_lifecycle: true, ..WebSettings::default() };
    let server = Running::start(web).await;
    let mut idle = TcpStream::connect(&server.address).await.unwrap();
    let mut running = TcpStream::connect(&server.address).await.unwrap();
    running.write_all(b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let request = requests.recv().await.unwrap();
    server.stop.send_replace(true);
    // An idle connection is closed at once, and by then nothing listens any more or soon will not.
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    while TcpStream::connect(&server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.task.is_finished());
    request.send(Ok(())).unwrap();
    let answer = read_answer(running).await;
    assert_eq!((answer.status, answer.text()), (200, "reloaded\n"));
    server.task.await.unwrap();
}

/// A path for a socket of this test process.
fn socket_path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("webchat-exporter-{name}-{}.sock", std::process::id()))
}

#[tokio::test]
async fn a_unix_socket_is_served_and_its_file_removed() {
    let path = socket_path("served");
    let address = format!("unix:{}", path.display());
    // A socket that a killed process left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let server = Running::start_on(&address, WebSettings::default()).await;
    assert_eq!(server.address, address);
    let answer = ask(UnixStream::connect(&path).await.unwrap(), "GET", "/metrics?target=desk", &[]).await;
    assert_eq!((answer.status, answer.text()), (200, DESK));

    let store = Arc::new(Store::default());
    let engine = EngineHandle::new(Arc::clone(&store));
    let app = Arc::new(App::new(store, engine, Arc::new(Own::new()), WebSettings::default()));
    let error = Server::bind(&[address.parse().unwrap()], app).await.unwrap_err();
    assert_eq!(error.to_string(), format!("listen on {address}"));
    server.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_not_replaced() {
    let path = socket_path("kept");
    std::fs::write(&path, "kept").unwrap();
    let store = Arc::new(Store::default());
    let engine = EngineHandle::new(Arc::clone(&store));
    let app = Arc::new(App::new(store, engine, Arc::new(Own::new()), WebSettings::default()));
    let address = format!("unix:{}", path.display()).parse().unwrap();
    assert!(Server::bind(&[address], app).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let server = Running::start(WebSettings::default()).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut first = Vec::new();
    while !first.ends_with(b"\r\n\r\nready\n") {
        assert_ne!(stream.read_buf(&mut first).await.unwrap(), 0);
    }
    let second = ask(stream, "GET", "/-/healthy", &[]).await;
    assert_eq!((second.status, second.text()), (200, "healthy\n"));
    server.stop().await;
}

#[tokio::test]
async fn many_identical_scrapes_at_once_all_get_the_page() {
    let server = Running::start(WebSettings { max_requests: 100, ..WebSettings::default() }).await;
    let slot = server.store.find("desk").unwrap();
    let mut samples = Vec::new();
    for number in 0..2000 {
        Sink::new(&POLLS, &mut samples).labelled(&[&number.to_string()], 1.0);
    }
    let mut large = snapshot("desk", 1.0, true);
    large.blocks.push(Block::render(&large.identity, &POLLS, &samples));
    slot.publish(large);
    let scrapes = (0..50).map(|_| server.ask("GET", "/metrics", &[("Accept-Encoding", "gzip")]));
    for answer in futures_util::future::join_all(scrapes).await {
        let mut text = String::new();
        GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(
            text.lines().filter(|line| line.starts_with("webchat_collector_polls_total{")).count(),
            2000
        );
    }
    server.stop().await;
}
