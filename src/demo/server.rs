//! A real HTTP server on loopback in front of a simulator.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::debug;

use crate::demo::centre::Centre;
use crate::demo::simulator::{Simulator, answer};

/// Longest request body in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// Pause after a connection could not be accepted, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Longest time that connections have to end after the stop.
const DRAIN: Duration = Duration::from_secs(1);

/// Serves a simulator over HTTP/1.1 until `stop` becomes true or its sender is gone.
///
/// Every request sees the centre as `centre` gives it at that moment. A body above 1 MiB is answered with 413 and never
/// reaches the simulator. When stopping, requests in progress have a second to end.
pub async fn serve(
    listener: TcpListener,
    simulator: Arc<dyn Simulator>,
    centre: impl Fn() -> Centre + Send + Sync + Clone + 'static,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            _ = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, Arc::clone(&simulator), centre.clone(), stop.clone()));
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is cut off when the set is dropped.
    let _ = tokio::time::timeout(DRAIN, ended).await;
}

/// Waits for the stop, or for the end of whoever could give it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopped| *stopped).await;
}

async fn pause_after(error: &io::Error) {
    debug!(%error, "A simulator could not accept a connection.");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

async fn converse(
    stream: TcpStream,
    simulator: Arc<dyn Simulator>,
    centre: impl Fn() -> Centre + Send + Sync + 'static,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let (simulator, centre) = (&simulator, &centre);
        async move { Ok::<_, Infallible>(respond(request, simulator.as_ref(), centre).await) }
    });
    let mut connection =
        pin!(http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "A connection to a simulator ended early.");
    }
}

async fn respond(
    request: Request<Incoming>,
    simulator: &dyn Simulator,
    centre: &(impl Fn() -> Centre + Sync),
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    // The announced length is looked at first: a client need not send what would be refused.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => simulator.answer(&Request::from_parts(parts, body.to_bytes()), &centre()).map(Full::new),
        Err(error) if error.is::<LengthLimitError>() => refusal(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => refusal(StatusCode::BAD_REQUEST),
    }
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    answer(status, "text/plain; charset=utf-8", "The request body could not be read.\n").map(Full::new)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::demo::{Model, Scenario};

    /// Answers with the request's method, path and body length, and the number of queues.
    struct Echo;

    impl Simulator for Echo {
        fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
            let text = format!(
                "{} {} {} {}",
                request.method(),
                request.uri(),
                request.body().len(),
                centre.queues.len()
            );
            answer(StatusCode::OK, "text/plain", text)
        }
    }

    async fn started() -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let start = "2026-03-02T10:30:00Z".parse().unwrap();
        let centre = Model::new(Scenario::Normal, 1, start, None).snapshot();
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(listener, Arc::new(Echo), move || centre.clone(), stopped));
        (address, stop, server)
    }

    async fn exchange(address: SocketAddr, request: &[u8]) -> (String, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    #[tokio::test]
    async fn a_request_reaches_the_simulator_with_its_body_and_the_centre() {
        let (address, _stop, _server) = started().await;
        let request = b"POST /a?b=c HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
        let answer = exchange(address, request).await;
        assert_eq!(answer, ("HTTP/1.1 200 OK".to_owned(), "POST /a?b=c 3 3".to_owned()));
    }

    #[tokio::test]
    async fn a_body_above_the_limit_is_refused() {
        let (address, _stop, _server) = started().await;
        let announced = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1048577\r\n\r\n";
        let mut chunked =
            b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n100001\r\n".to_vec();
        chunked.resize(chunked.len() + BODY_LIMIT + 1, b'x');
        for request in [announced.as_slice(), &chunked] {
            let (status, _) = exchange(address, request).await;
            assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
        }
    }

    #[tokio::test]
    async fn the_stop_ends_the_server_while_a_connection_is_idle() {
        let (address, stop, server) = started().await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut byte = [0; 1];
        idle.read_exact(&mut byte).await.unwrap();
        stop.send(true).unwrap();
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
