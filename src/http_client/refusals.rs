//! What a target's server refused, and for how long it is not asked the same again.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use crate::http_client::backoff::{BackOff, in_seconds};
use crate::http_client::locked::Locked;
use crate::http_client::{Exchange, Failure, Reason};

/// First and longest time for which a call that was answered with 403 is left alone.
const AFTER_FORBIDDEN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(15));
/// First and longest time for which a fresh token that was refused is not replaced on behalf of the same endpoint.
const AFTER_UNAUTHORIZED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(15));
/// Entries from which on those whose time is over are dropped: items come and go at the vendor.
const MANY: usize = 256;

/// A call as far as permissions go: endpoint, path and item, so that one that is forbidden does not hide its neighbours,
/// and a query that names a time does not make each call a new one.
type Call = (&'static str, String, String);

/// The refusals of one target's server.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    forbidden: Locked<HashMap<Call, BackOff>>,
    unauthorized: Locked<HashMap<&'static str, BackOff>>,
}

impl Refusals {
    /// Refuses a call that was forbidden a short while ago.
    ///
    /// # Errors
    /// [`Reason::Forbidden`].
    pub(crate) fn check(&self, exchange: &Exchange) -> Result<(), Failure> {
        let forbidden = self.forbidden.lock();
        let Some(wait) = forbidden.get(&call(exchange)).and_then(BackOff::remaining) else { return Ok(()) };
        let detail =
            format!("the server answered 403 Forbidden before; backing off for {}", in_seconds(wait));
        Err(Failure::new(Reason::Forbidden, detail))
    }

    /// Learns from an answer to a call that was sent at `sent`.
    pub(crate) fn learn(&self, call: Call, status: StatusCode, sent: Instant) {
        note(&mut self.forbidden.lock(), call, status == StatusCode::FORBIDDEN, AFTER_FORBIDDEN, sent);
    }

    /// Whether a 401 of `endpoint` is worth a new token: not while a fresh one was just refused there too.
    pub(crate) fn may_renew(&self, endpoint: &'static str) -> bool {
        self.unauthorized.lock().get(endpoint).and_then(BackOff::remaining).is_none()
    }

    /// Learns whether `endpoint` refused a request sent at `sent` even with a fresh token.
    pub(crate) fn learn_renewed(&self, endpoint: &'static str, status: StatusCode, sent: Instant) {
        let refused = status == StatusCode::UNAUTHORIZED;
        note(&mut self.unauthorized.lock(), endpoint, refused, AFTER_UNAUTHORIZED, sent);
    }
}

/// What tells one call from another.
pub(crate) fn call(exchange: &Exchange) -> Call {
    (exchange.endpoint, exchange.url.path().to_owned(), exchange.item.clone())
}

fn note<K: Eq + Hash>(
    back_offs: &mut HashMap<K, BackOff>,
    key: K,
    refused: bool,
    (first, longest): (Duration, Duration),
    sent: Instant,
) {
    if refused {
        if back_offs.len() >= MANY {
            back_offs.retain(|_, back_off| back_off.remaining().is_some());
        }
        back_offs.entry(key).or_insert_with(|| BackOff::new(first, longest)).step(sent);
    } else if let Some(back_off) = back_offs.get_mut(&key) {
        back_off.reset(sent);
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn exchange(endpoint: &'static str, url: &str) -> Exchange {
        Exchange::get(endpoint, Url::parse(url).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_forbidden_call_is_left_alone_and_its_neighbours_are_not() {
        let refusals = Refusals::default();
        let forbidden = exchange("capacity", "https://a/capacity/1000?at=1");
        refusals.learn(call(&forbidden), StatusCode::FORBIDDEN, Instant::now());
        tokio::time::advance(Duration::from_millis(1)).await;
        let failure = refusals.check(&exchange("capacity", "https://a/capacity/1000?at=2")).unwrap_err();
        assert_eq!(failure.reason, Reason::Forbidden);
        let detail = failure.to_string();
        let seconds =
            detail.strip_prefix("the server answered 403 Forbidden before; backing off for ").unwrap();
        let wait = humantime::parse_duration(seconds).unwrap();
        assert!((AFTER_FORBIDDEN.0..=AFTER_FORBIDDEN.0 * 2).contains(&wait), "{detail}");
        for other in ["https://a/capacity/1001?at=1", "https://a/capacity"] {
            assert!(refusals.check(&exchange("capacity", other)).is_ok(), "{other}");
        }
        let of_queue = |queue| exchange("GetQueueInfo", "https://a/GetQueueInfo").about(queue);
        refusals.learn(call(&of_queue("1")), StatusCode::FORBIDDEN, Instant::now());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(refusals.check(&of_queue("1")).is_err());
        assert!(refusals.check(&of_queue("2")).is_ok());
        tokio::time::advance(wait).await;
        assert!(refusals.check(&forbidden).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fresh_token_that_is_refused_is_not_replaced_at_once() {
        let refusals = Refusals::default();
        assert!(refusals.may_renew("agents"));
        refusals.learn_renewed("agents", StatusCode::UNAUTHORIZED, Instant::now());
        assert!(!refusals.may_renew("agents"));
        assert!(refusals.may_renew("queues"));
        tokio::time::advance(AFTER_UNAUTHORIZED.0 * 2).await;
        assert!(refusals.may_renew("agents"));
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_calls_that_are_gone_do_not_pile_up() {
        let refusals = Refusals::default();
        for item in 0..10 * MANY {
            let gone = exchange("capacity", &format!("https://a/{item}"));
            refusals.learn(call(&gone), StatusCode::FORBIDDEN, Instant::now());
            tokio::time::advance(AFTER_FORBIDDEN.0).await;
        }
        assert!(refusals.forbidden.lock().len() <= MANY);
    }
}
