//! A server on loopback that misbehaves on request, at the level of bytes on the wire.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How the server treats requests for the faulty path.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// A well-formed answer: status line rest, headers, body.
    Answer(&'static str, &'static str, Vec<u8>),
    /// These bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing at all.
    Silent,
    /// A body that comes a byte at a time and never ends.
    Drip,
    /// A body without end, as fast as it goes.
    Endless,
}

impl Mode {
    /// 200 with JSON.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer("200 OK", "content-type: application/json\r\n", body.into())
    }

    /// 200 with a gzip body of which only the first `keep` share arrives.
    pub(crate) fn gzip(body: &[u8], keep: f64) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        let mut body = encoder.finish().unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        body.truncate((body.len() as f64 * keep) as usize);
        Self::Answer("200 OK", "content-type: application/json\r\ncontent-encoding: gzip\r\n", body)
    }
}

/// The running server; it ends with the test.
#[derive(Clone)]
pub(crate) struct FaultServer {
    pub(crate) address: SocketAddr,
    faulty_path: &'static str,
    mode: Arc<Mutex<Mode>>,
    healthy: Arc<dyn Fn(&str) -> Mode + Send + Sync>,
    sent: Arc<AtomicUsize>,
}

impl FaultServer {
    /// Serves `healthy` answers on every path, and the current mode on paths that contain `faulty_path`.
    pub(crate) async fn start(
        faulty_path: &'static str,
        healthy: impl Fn(&str) -> Mode + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let healthy: Arc<dyn Fn(&str) -> Mode + Send + Sync> = Arc::new(healthy);
        let mode = Arc::new(Mutex::new(healthy(faulty_path)));
        let server = Self { address, faulty_path, mode, healthy, sent: Arc::default() };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        server
    }

    /// Misbehaves from now on.
    pub(crate) fn break_with(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// Behaves again.
    pub(crate) fn heal(&self) {
        self.break_with((self.healthy)(self.faulty_path));
    }

    /// Bytes of endless bodies that clients took so far.
    pub(crate) fn endless_bytes(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        // A TLS handshake is no request either, and is answered at once.
        while request.first() != Some(&0x16) && !request.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer).await {
                Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
                _ => return,
            }
        }
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or("").to_owned();
        let path = line.split(' ').nth(1).unwrap_or("").to_owned();
        let faulty = path.contains(self.faulty_path);
        let mode = if faulty { self.mode.lock().unwrap().clone() } else { (self.healthy)(&path) };
        // A client that gives up closes the connection; that is what some scenarios are about.
        let _ = self.play(&mut stream, mode).await;
        let _ = stream.shutdown().await;
    }

    async fn play(&self, stream: &mut TcpStream, mode: Mode) -> std::io::Result<()> {
        const CHUNKED: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        match mode {
            Mode::Answer(status, headers, body) => {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&body).await
            }
            Mode::Raw(bytes) => stream.write_all(&bytes).await,
            Mode::Silent => std::future::pending().await,
            Mode::Drip => {
                stream.write_all(CHUNKED).await?;
                loop {
                    stream.write_all(b"1\r\n \r\n").await?;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            Mode::Endless => {
                stream.write_all(CHUNKED).await?;
                let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
                loop {
                    stream.write_all(&chunk).await?;
                    self.sent.fetch_add(chunk.len(), Ordering::Relaxed);
                }
            }
        }
    }
}
