//! `GET /api/v1/status/stream`: the status of everything as server-sent events (HTML standard, section 9.2).
//!
//! One `status` event with the whole document at once, and another after each change of it, at most one per second.
//! A comment every 15 seconds tells both sides that the other is still there.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

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

pub(super) fn answer(reports: &Arc<Reports>, method: &Method) -> Answer {
    let Ok(permit) = Arc::clone(&reports.streams).try_acquire_owned() else {
        let mut answer = answer::line(StatusCode::SERVICE_UNAVAILABLE, "too many streams are open already");
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        return answer;
    };
    let body = if method == Method::HEAD {
        Body::default()
    } else {
        let events = Events::new(Arc::clone(reports), permit);
        Body::from_stream(stream::unfold(events, Events::next))
    };
    let mut answer = answer::with_body(StatusCode::OK, EVENT_STREAM, body);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    answer
}

/// What one client was told, and when.
struct Events {
    reports: Arc<Reports>,
    _permit: OwnedSemaphorePermit,
    ticks: Interval,
    told: Option<String>,
    told_at: Instant,
}

impl Events {
    fn new(reports: Arc<Reports>, permit: OwnedSemaphorePermit) -> Self {
        let mut ticks = interval(PACE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { reports, _permit: permit, ticks, told: None, told_at: Instant::now() }
    }

    /// The next event or comment; `None` when the server stops.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let stopping = self.reports.stopping.clone();
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled() => return None,
                _ = self.ticks.tick() => {}
            }
            let document = match self.reports.status() {
                Ok(document) => document,
                Err(error) => {
                    tracing::error!(%error, "The status could not be written.");
                    return None;
                }
            };
            if self.told.as_ref() != Some(&document.tag) {
                self.told = Some(document.tag);
                self.told_at = Instant::now();
                return Some((event(&document.body), self));
            }
            if self.told_at.elapsed() >= HEARTBEAT {
                self.told_at = Instant::now();
                return Some((Bytes::from_static(b":\n\n"), self));
            }
        }
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
        let events = Events::new(Arc::clone(&reports), permit);
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
        let open: Vec<Answer> = (0..100).map(|_| answer(&reports, &Method::GET)).collect();
        assert!(open.iter().all(|answer| answer.status() == StatusCode::OK));
        let refused = answer(&reports, &Method::GET);
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[RETRY_AFTER], "5");
        drop(open);
        assert_eq!(answer(&reports, &Method::HEAD).status(), StatusCode::OK);
    }
}
