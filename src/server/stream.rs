//! Streams of server-sent events (HTML standard, section 9.2), and the one at `GET /api/v1/status/stream`: the status of
//! everything.
//!
//! The stream of the status begins with one `status` event with the whole document, and another follows each change of
//! it. All streams tell at most once per second what is new, and break a silence every 15 seconds, which tells both sides
//! that the other is still there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::server::answer::{self, Answer};
use crate::server::body::Body;
use crate::server::reports::Reports;

const EVENT_STREAM: &str = "text/event-stream";
/// How often it is looked for changes, and so the least time between two events.
const PACE: Duration = Duration::from_secs(1);
/// The longest silence.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Tells nginx to pass events on as they come.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What a stream tells.
pub(super) trait Source: Send + 'static {
    /// What is new since the last time, as whole events; `None` if nothing is.
    fn news(&mut self) -> io::Result<Option<Bytes>>;

    /// What breaks a silence.
    fn heartbeat(&self) -> Bytes;
}

/// Answers with a stream of `source`, as long as there is a permit for one more.
pub(super) fn answer(
    reports: &Reports,
    permits: &Arc<Semaphore>,
    method: &Method,
    source: impl Source,
) -> Answer {
    let Ok(permit) = Arc::clone(permits).try_acquire_owned() else {
        let mut answer = answer::line(StatusCode::SERVICE_UNAVAILABLE, "too many streams are open already");
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        return answer;
    };
    let body = if method == Method::HEAD {
        Body::default()
    } else {
        let events = Events::new(source, reports.stopping.clone(), permit);
        Body::from_stream(stream::unfold(events, Events::next))
    };
    let mut answer = answer::with_body(StatusCode::OK, EVENT_STREAM, body);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    answer
}

/// What one client is told, and when.
struct Events<S> {
    source: S,
    stopping: CancellationToken,
    _permit: OwnedSemaphorePermit,
    ticks: Interval,
    told_at: Instant,
}

impl<S: Source> Events<S> {
    fn new(source: S, stopping: CancellationToken, permit: OwnedSemaphorePermit) -> Self {
        let mut ticks = interval(PACE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { source, stopping, _permit: permit, ticks, told_at: Instant::now() }
    }

    /// The next events or comment; `None` when the server stops.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let stopping = self.stopping.clone();
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled() => return None,
                _ = self.ticks.tick() => {}
            }
            let news = match self.source.news() {
                Ok(news) => news,
                Err(error) => {
                    tracing::error!(%error, "An event could not be written.");
                    return None;
                }
            };
            let is_silent = self.told_at.elapsed() >= HEARTBEAT;
            let told = news.or_else(|| is_silent.then(|| self.source.heartbeat()));
            if let Some(told) = told {
                self.told_at = Instant::now();
                return Some((told, self));
            }
        }
    }
}

/// The whole status document after each change of it.
struct StatusDocuments {
    reports: Arc<Reports>,
    /// The tag of the document that was told.
    told: Option<String>,
}

/// Answers with the status of everything.
pub(super) fn status(reports: &Arc<Reports>, method: &Method) -> Answer {
    let source = StatusDocuments { reports: Arc::clone(reports), told: None };
    answer(reports, &reports.streams, method, source)
}

impl Source for StatusDocuments {
    fn news(&mut self) -> io::Result<Option<Bytes>> {
        let document = self.reports.status()?;
        if self.told.as_ref() == Some(&document.tag) {
            return Ok(None);
        }
        self.told = Some(document.tag);
        Ok(Some(event(&document.body)))
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::from_static(b":\n\n")
    }
}

/// An event; JSON without indentation is a single line.
fn event(document: &[u8]) -> Bytes {
    let mut event = BytesMut::with_capacity(document.len() + 32);
    event.put_slice(b"event: status\ndata: ");
    event.put_slice(document);
    event.put_slice(b"\n\n");
    event.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Store;

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_every_fifteen_seconds_and_ends_with_the_server() {
        let reports = Arc::new(Reports::new(Arc::new(Store::default())));
        let permit = Arc::clone(&reports.streams).try_acquire_owned().unwrap();
        let start = Instant::now();
        let source = StatusDocuments { reports: Arc::clone(&reports), told: None };
        let events = Events::new(source, reports.stopping.clone(), permit);
        let (first, events) = events.next().await.unwrap();
        assert_eq!(first, "event: status\ndata: {\"targets\":[]}\n\n");
        assert_eq!(start.elapsed().as_secs(), 0);
        let (comment, events) = events.next().await.unwrap();
        assert_eq!((comment.as_ref(), start.elapsed().as_secs()), (b":\n\n".as_slice(), 15));
        // A publication that changes nothing is no event.
        reports.store.replace(Vec::new());
        let (comment, events) = events.next().await.unwrap();
        assert_eq!((comment.as_ref(), start.elapsed().as_secs()), (b":\n\n".as_slice(), 30));
        reports.stopping.cancel();
        assert!(events.next().await.is_none());
        assert_eq!(reports.streams.available_permits(), 100);
    }

    #[tokio::test]
    async fn streams_above_the_limit_are_turned_away() {
        let reports = Arc::new(Reports::new(Arc::new(Store::default())));
        let open: Vec<Answer> = (0..100).map(|_| status(&reports, &Method::GET)).collect();
        assert!(open.iter().all(|answer| answer.status() == StatusCode::OK));
        let refused = status(&reports, &Method::GET);
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[RETRY_AFTER], "5");
        drop(open);
        assert_eq!(status(&reports, &Method::HEAD).status(), StatusCode::OK);
    }
}
