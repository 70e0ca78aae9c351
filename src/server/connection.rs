//! One connection, from its first request to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::server::app::App;
use crate::server::routes;
use crate::server::run::stopped;
use crate::server::stalled::Impatient;

/// The longest wait for the headers of the next request. It also ends idle connections, so it is longer than the usual
/// scrape intervals.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// The longest time that a client takes to read what was sent to it; more than any scrape lasts.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// The largest request line and headers; above: 431.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Serves a connection until the client leaves; after `stop` the request that runs is the last.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    app: Arc<App>,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request: http::Request<Incoming>| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(routes::answer(&app, &request.into_parts().0).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_header_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(Impatient::new(stream, ANSWER_TIMEOUT)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "A connection ended early.");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::exposition::Own;
    use crate::poll::EngineHandle;
    use crate::server::WebSettings;
    use crate::state::Store;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_reads_its_answer_is_cut_off() {
        let store = Arc::new(Store::default());
        let engine = EngineHandle::new(Arc::clone(&store));
        let app = App::new(store, engine, Arc::new(Own::new()), WebSettings::default());
        let (server, mut client) = duplex(64);
        let (_stop, stopped) = watch::channel(false);
        let connection = tokio::spawn(serve(server, Arc::new(app), stopped));
        let started = Instant::now();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        connection.await.unwrap();
        assert_eq!(started.elapsed().as_secs(), ANSWER_TIMEOUT.as_secs());
    }
}
