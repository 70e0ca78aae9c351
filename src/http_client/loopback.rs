//! A server on loopback for the tests of this module: one request per connection, answered as the test says.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::config::BaseUrl;
use crate::config::budget::RateLimit;
use crate::http_client::locked::Locked;
use crate::http_client::settings::HttpSettings;
use crate::http_client::{Caller, ClientError, ClientPool, Exchange, TargetClient};

/// A port of loopback on which nobody listens, nor can anybody else while the socket lives.
pub(crate) fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A request as the server got it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Method and path with query.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
pub(crate) enum Reaction {
    /// Sends these bytes and closes the connection.
    Send(Vec<u8>),
    /// Sends these bytes and then nothing more.
    Hang(Vec<u8>),
    /// Sends these bytes for as long as they are taken, the second ones again and again.
    Endless(Vec<u8>, Vec<u8>),
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reaction {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    Reaction::Send([head.as_bytes(), body].concat())
}

type Handler = dyn Fn(usize, &Received) -> Reaction + Send + Sync;

/// A running server; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    scheme: &'static str,
    received: Arc<Locked<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// A server whose answers come from `handler`, which is told how many requests came before.
    pub(crate) async fn start(
        handler: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        Self::listen(None, Arc::new(handler)).await
    }

    /// As [`Server::start`], behind TLS.
    pub(crate) async fn start_tls(
        acceptor: TlsAcceptor,
        handler: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(acceptor), Arc::new(handler)).await
    }

    async fn listen(acceptor: Option<TlsAcceptor>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received: Arc<Locked<Vec<Received>>> = Arc::default();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let log = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, log, handler) = (acceptor.clone(), Arc::clone(&log), Arc::clone(&handler));
                connections.spawn(async move {
                    match acceptor {
                        None => serve(stream, &log, &*handler).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, &log, &*handler).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, scheme, received, task }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)).unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    /// What came so far, as method and path.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.received().into_iter().map(|received| received.line).collect()
    }

    /// A target of this server in a pool of its own.
    pub(crate) fn client(&self, settings: &HttpSettings) -> Arc<TargetClient> {
        self.client_of(&ClientPool::new(vec![]), settings)
    }

    /// A target of this server.
    pub(crate) fn client_of(&self, pool: &ClientPool, settings: &HttpSettings) -> Arc<TargetClient> {
        let base_url = BaseUrl::parse(self.url("").as_str()).unwrap();
        pool.target_client("desk", "chime", &base_url, settings).unwrap()
    }

    /// A GET of `path` as endpoint `queues`.
    pub(crate) fn get(&self, path: &str) -> Exchange {
        Exchange::get("queues", self.url(path))
    }

    /// A limit for this server's address, on all ports.
    pub(crate) fn rate_limit(&self, requests: u32, per: Duration) -> RateLimit {
        RateLimit { host: self.url("").host_str().unwrap().to_owned(), requests, per }
    }
}

impl TargetClient {
    /// A client that shares nothing with others.
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, ClientError> {
        let base_url = BaseUrl::parse("http://127.0.0.1").unwrap();
        ClientPool::new(vec![]).build("desk", "chime", &base_url, settings)
    }
}

/// Access for a poll with a generous deadline.
pub(crate) fn caller(client: &Arc<TargetClient>) -> Caller {
    Caller::new(Arc::clone(client), Instant::now() + Duration::from_secs(30), Timestamp::UNIX_EPOCH)
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    log: &Locked<Vec<Received>>,
    handler: &Handler,
) {
    let Some(received) = receive(&mut stream).await else { return };
    let number = {
        let mut log = log.lock();
        log.push(received.clone());
        log.len() - 1
    };
    match handler(number, &received) {
        Reaction::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reaction::Hang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Ends when the client hangs up.
            let _ = stream.read(&mut [0; 1]).await;
        }
        Reaction::Endless(head, chunk) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&chunk).await.is_ok() {}
        }
    }
}

async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut received = Received::default();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            received.line = lines.next()?.rsplit_once(' ')?.0.to_owned();
            let headers = lines.filter_map(|line| line.split_once(": "));
            received.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let length = received.header("content-length").map_or(0, |text| text.parse().unwrap());
            if body.len() >= length {
                received.body = body.to_owned();
                return Some(received);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
