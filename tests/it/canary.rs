//! Secrets do not sing: one is planted wherever a secret can be configured, and none is found in any output.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use webchat_exporter::assembly::Assembly;
use webchat_exporter::clock::Clock;
use webchat_exporter::command::show_config::show;
use webchat_exporter::config::{Config, load_text};
use webchat_exporter::exposition::Own;
use webchat_exporter::poll::{Engine, poll_once};
use webchat_exporter::server::{App, Server, WebSettings};
use webchat_exporter::state::Store;
use webchat_exporter::state_file::{Document, SavedTarget};

use crate::server::{Answer, ask};
use crate::support::Log;

/// What every planted secret begins with.
const MARK: &str = "canary";

/// A target for each way to prove who asks, and each secret of a platform.
const CONFIGURATION: &str = "
global: { interval: 1h, timeout: 2s }
targets:
- name: basic
  http:
    basic_auth: { username: monitor, password: canary-basic }
    http_headers: { X-Api-Key: { secret: canary-header }, X-Keys: { values: [canary-values] } }
  chime: { base_url: 'http://{vendor}/Chime/Api' }
- name: bearer
  http: { authorization: { credentials: canary-bearer } }
  comm100: { base_url: 'http://{vendor}/v4' }
- name: password-grant
  http:
    oauth2:
      token_url: http://{vendor}/oauth/token
      grant_type: password
      client_id: id
      client_secret: canary-client-secret
      email: monitor@example.com
      password: canary-oauth-password
      endpoint_params: { audience: canary-parameter }
  comm100: { base_url: 'http://{vendor}/v4' }
- name: refresh-grant
  http:
    oauth2:
      token_url: http://{vendor}/oauth/token
      grant_type: refresh_token
      client_id: id
      refresh_token: canary-refresh-token
  comm100: { base_url: 'http://{vendor}/v4' }
- name: proxied
  http: { proxy_url: 'http://agent:canary-proxy@{vendor}' }
  egain: { base_url: 'http://vendor.test/chat', entry_points: [{ id: 1000 }] }
- name: installation
  xima: { base_url: 'http://{vendor}', installation_id: canary-installation, sqs: { endpoint_url: 'http://{vendor}/sqs' } }
";

const TARGETS: [&str; 6] = ["basic", "bearer", "password-grant", "refresh-grant", "proxied", "installation"];

/// Where the recent polls of each target are told, and what only a failure brings there.
const OF_EACH_TARGET: [(&str, &str); 1] = [("/api/v1/targets/", "\"detail\":")];

/// How the vendor answers; each way says back what it was sent, as servers and proxies in trouble do.
#[derive(Clone, Copy, Debug)]
enum Indiscretion {
    /// 200 and a page that quotes the request.
    Page,
    /// 200 and JSON that breaks off after it.
    BrokenJson,
    /// A redirect with the request in the query.
    Redirect,
    /// 401 with the request in the challenge and the body.
    Challenge,
    /// 500 with the request in the reason phrase and the body.
    Error,
    /// No HTTP at all.
    Garbage,
    /// Tokens and AWS keys are issued, and everything else is as in `Page`.
    Issued,
}

const ALL: [Indiscretion; 7] = [
    Indiscretion::Page,
    Indiscretion::BrokenJson,
    Indiscretion::Redirect,
    Indiscretion::Challenge,
    Indiscretion::Error,
    Indiscretion::Garbage,
    Indiscretion::Issued,
];

impl Indiscretion {
    /// The bytes of the answer to a request; `said` is the request on one line.
    fn answer(self, request: &str, said: &str) -> String {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (status, headers, body) = match self {
            Self::Garbage => return format!("{said}\r\n\r\n"),
            Self::Issued if path == "/oauth/token" => {
                let body = "{\"access_token\":\"canary-access-token\",\"expires_in\":3600}".to_owned();
                ("200 OK".to_owned(), "content-type: application/json".to_owned(), body)
            }
            Self::Issued if path.starts_with("/chat/queue/auth") => {
                let body = "{\"sqsAccessKey\":\"canary-access-key\",\"sqsSecretKey\":\"canary-secret-key\",\
                            \"sqsRegion\":\"us-east-1\"}";
                ("200 OK".to_owned(), "content-type: application/json".to_owned(), body.to_owned())
            }
            Self::Page | Self::Issued => {
                ("200 OK".to_owned(), "content-type: text/html".to_owned(), format!("<html>{said}</html>"))
            }
            Self::BrokenJson => {
                ("200 OK".to_owned(), "content-type: application/json".to_owned(), format!("{{\"{said}\":"))
            }
            Self::Redirect => {
                let query: String = url::form_urlencoded::byte_serialize(said.as_bytes()).collect();
                ("302 Found".to_owned(), format!("location: http://login.test/?{query}"), String::new())
            }
            Self::Challenge => (
                "401 Unauthorized".to_owned(),
                format!("www-authenticate: Bearer realm=\"{said}\""),
                said.to_owned(),
            ),
            Self::Error => (format!("500 {said}"), "content-type: text/plain".to_owned(), said.to_owned()),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }
}

/// The vendor, the token endpoint and the proxy in one; it keeps what it was told.
#[derive(Clone)]
struct Gossip {
    address: SocketAddr,
    manner: Indiscretion,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Gossip {
    async fn start(manner: Indiscretion) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gossip = Self { address: listener.local_addr().unwrap(), manner, heard: Arc::default() };
        let serving = gossip.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        gossip
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        let request = loop {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                break text;
            }
        };
        self.heard.lock().unwrap().push(request.clone());
        let said = request.replace(['\r', '\n', '"'], " ");
        let _ = stream.write_all(self.manner.answer(&request, &said).as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    /// The values of the headers that prove who asks, as they came: `Basic` encodes what was planted.
    fn proofs(&self) -> BTreeSet<String> {
        let heard = self.heard.lock().unwrap();
        let lines = heard.iter().flat_map(|request| request.lines()).filter_map(|line| line.split_once(": "));
        let proofs = lines.filter(|(name, _)| {
            let name = name.to_lowercase();
            name == "authorization" || name == "proxy-authorization"
        });
        proofs.map(|(_, value)| value.rsplit(' ').next().unwrap().to_owned()).collect()
    }

    fn was_told(&self, secret: &str) -> bool {
        self.heard.lock().unwrap().iter().any(|request| request.contains(secret))
    }
}

/// Everything that was put out, with its name.
#[derive(Default)]
struct Outputs(Vec<(String, String)>);

impl Outputs {
    fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.push((name.into(), text.into()));
    }

    fn add_answer(&mut self, name: &str, answer: &Answer) {
        let mut body = answer.body.clone();
        if answer.head.to_lowercase().contains("content-encoding: gzip") {
            body.clear();
            GzDecoder::new(answer.body.as_slice()).read_to_end(&mut body).unwrap();
        }
        self.add(name, answer.head.clone() + &String::from_utf8_lossy(&body));
    }

    fn demand_none_of(&self, secrets: &BTreeSet<String>, manner: Indiscretion) {
        for (name, text) in &self.0 {
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in {name} ({manner:?}):\n{text}");
            }
        }
    }
}

fn config(vendor: SocketAddr) -> Config {
    let text = CONFIGURATION.replace("{vendor}", &vendor.to_string());
    load_text(Path::new("test.yml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

/// What the daemon says over HTTP, before and after probes of every target.
async fn add_pages(outputs: &mut Outputs, config: &Config) {
    let (store, own, assembly) = (Arc::new(Store::default()), Arc::new(Own::new()), Assembly::new());
    assembly.register(&own);
    let loaded = assembly.build(config).unwrap();
    outputs.add("the setups' debug form", format!("{loaded:?}"));
    own.config_loaded(&loaded.hash, Clock::System.now());
    let mut engine = Engine::new(store.clone(), Clock::System);
    engine.apply(loaded.setups);
    let app = App::new(store.clone(), engine.handle(), own, WebSettings::default());
    let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], Arc::new(app)).await.unwrap();
    let address = server.local_addresses().remove(0);
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(server.run(stopped));
    let get = async |path: &str, headers: &[(&str, &str)]| {
        let answer = ask(TcpStream::connect(&address).await.unwrap(), "GET", path, headers).await;
        // Whether the tree passes depends on what the vendor's indiscretion does to the installation's channel.
        let may_fail = path == "/health" && answer.status == 503;
        assert!(answer.status == 200 || may_fail, "{path}: {}", answer.status);
        answer
    };
    for target in TARGETS {
        let path = format!("/probe?target={target}&debug=true");
        outputs.add_answer(&path, &get(&path, &[]).await);
    }
    let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    for accept in ["text/plain", "application/openmetrics-text", protobuf] {
        let answer = get("/metrics", &[("Accept", accept), ("Accept-Encoding", "gzip")]).await;
        outputs.add_answer(&format!("/metrics as {accept}"), &answer);
    }
    for path in ["/metrics", "/sd", "/", "/health", "/api/v1/status", "/api/v1/openapi.json"] {
        outputs.add_answer(path, &get(path, &[]).await);
    }
    for (start, sign) in OF_EACH_TARGET {
        for target in TARGETS {
            let path = format!("{start}{target}");
            let answer = get(&path, &[]).await;
            assert!(answer.text().contains(sign), "{path} tells of no failure:\n{}", answer.text());
            outputs.add_answer(&path, &answer);
        }
    }
    let saved = store.slots().iter().map(|slot| SavedTarget::of(&slot.snapshot())).collect();
    let state_file = serde_json::to_string(&Document::new(Clock::System.now(), saved)).unwrap();
    assert!(state_file.contains("\"explanation\":"), "{state_file}");
    outputs.add("the state file", state_file);
    stop.send_replace(true);
    serving.await.unwrap();
}

#[tokio::test]
async fn no_secret_is_in_any_output() {
    let planted = CONFIGURATION.split(|character: char| !character.is_alphanumeric() && character != '-');
    let planted: BTreeSet<&str> = planted.filter(|word| word.starts_with(MARK)).collect();
    assert_eq!(planted.len(), 10);
    for manner in ALL {
        let gossip = Gossip::start(manner).await;
        let log = Log::capture();
        let config = config(gossip.address);
        let mut outputs = Outputs::default();
        outputs.add("show-config", show(&config).unwrap());
        outputs.add("the configuration's debug form", format!("{config:?}"));
        add_pages(&mut outputs, &config).await;
        for setup in Assembly::new().build(&config).unwrap().setups {
            let once = poll_once(&setup, Clock::System).await;
            let target = &setup.config.name;
            assert!(!once.failures.is_empty(), "{target} {manner:?}");
            outputs.add(format!("failures of {target}"), once.failures.join("\n"));
            outputs.add(format!("exchanges of {target}"), once.transcript.join("\n"));
        }
        let logged = log.all();
        assert!(logged.contains("Collector fails."), "{logged}");
        outputs.add("the log", logged);

        let mut secrets = gossip.proofs();
        assert!(secrets.len() >= 3, "basic, bearer and proxy: {secrets:?}");
        secrets.insert(MARK.to_owned());
        outputs.demand_none_of(&secrets, manner);
        for secret in
            ["canary-oauth-password", "canary-client-secret", "canary-refresh-token", "canary-header"]
        {
            assert!(gossip.was_told(secret), "{secret} was never used ({manner:?})");
        }
    }
}

#[test]
fn no_secret_is_in_the_message_about_a_mistake_beside_it() {
    let mistakes = [
        ("password: canary-basic }", "password: canary-basic, pasword: canary-typo }"),
        ("password: canary-basic }", "password: [canary-basic] }"),
        ("secret: canary-header }", "secrt: canary-header }"),
        ("credentials: canary-bearer", "credentials: { canary-bearer: 1 }"),
        ("authorization: { credentials: canary-bearer }", "authorization: canary-bearer"),
        ("client_secret: canary-client-secret", "client_secret: canary-client-secret\n      oops: 1"),
        ("agent:canary-proxy@{vendor}", "agent:canary-proxy@"),
        ("http://agent:canary-proxy", "ftp://agent:canary-proxy"),
        ("{ base_url: 'http://{vendor}/Chime/Api' }", "{ base_url: 'http://u:canary-url@{vendor}/' }"),
        ("installation_id: canary-installation", "installation_id: { canary-installation: 1 }"),
    ];
    let mut leaks = String::new();
    for (sound, mistake) in mistakes {
        assert!(CONFIGURATION.contains(sound), "{sound}");
        let text = CONFIGURATION.replace(sound, mistake).replace("{vendor}", "127.0.0.1:1");
        let error = load_text(Path::new("test.yml"), &text).unwrap_err().to_string();
        if error.contains(MARK) {
            leaks.extend([mistake, ":\n", &error, "\n"]);
        }
    }
    assert_eq!(leaks, "");
}
