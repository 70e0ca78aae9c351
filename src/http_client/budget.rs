//! How many requests an API host may get in a period.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::http_client::locked::Locked;

/// A limit of requests to the hosts that a pattern matches; each host has a budget of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// A host name, or a glob over host names such as `*.comm100.io`; with `:port` for a port that is not the scheme's.
    pub host: String,
    /// Requests that no window as long as `per` may exceed; at least 1.
    pub requests: u32,
    /// Length of the window; above zero.
    pub per: Duration,
}

impl RateLimit {
    /// The limits that hold unless the configuration has one for the same host.
    ///
    /// Comm100's knowledge base allows 300 calls per 5 minutes and IP address; a tenth is left to others behind it.
    pub fn built_in() -> Vec<Self> {
        vec![Self { host: "*.comm100.io".to_owned(), requests: 270, per: Duration::from_mins(5) }]
    }

    /// The limit of `host`: the first that matches, those of the configuration before the built-in ones.
    pub fn of_host(host: &str, configured: &[Self]) -> Option<Self> {
        configured.iter().chain(&Self::built_in()).find(|limit| limit.matches(host)).cloned()
    }

    /// Whether the pattern matches `host`, which may end in a port; case does not matter.
    pub fn matches(&self, host: &str) -> bool {
        let (pattern, host) = (self.host.to_ascii_lowercase(), host.to_ascii_lowercase());
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let matches = |text: &str| {
            text == pattern || glob::Pattern::new(&pattern).is_ok_and(|pattern| pattern.matches(text))
        };
        matches(&host) || matches(name)
    }

    /// Requests that can follow each other at once after a quiet time: a tenth, at least one.
    pub fn burst(&self) -> u32 {
        (self.requests / 10).max(1)
    }

    /// Requests per period that can be kept up for ever: what is left beside the burst, at least one.
    ///
    /// This is the figure that the sum of all collectors' expected requests has to stay below.
    pub fn sustained(&self) -> u32 {
        self.requests.saturating_sub(self.burst()).max(1)
    }

    /// The token bucket that keeps the promise: `burst` at once, then one every `per / (requests - burst)`.
    ///
    /// A bucket of `b` permits that gains one every `t` lets at most `b + floor(w / t)` requests through in any window
    /// of length `w`. With `t` rounded up, `w = per` gives at most `b + (requests - b) = requests`.
    fn quota(&self) -> Quota {
        let burst = NonZeroU32::new(self.burst()).unwrap_or(NonZeroU32::MIN);
        let nanoseconds = self.per.as_nanos();
        let interval = match self.requests.saturating_sub(burst.get()) {
            // One request per window: the next has to wait for a little more than the whole window.
            0 => nanoseconds + 1,
            refill => nanoseconds.div_ceil(u128::from(refill)),
        };
        let interval = Duration::from_nanos(u64::try_from(interval).unwrap_or(u64::MAX).max(1));
        Quota::with_period(interval).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
    }
}

/// The permits of one host.
#[derive(Debug)]
pub(crate) struct Budget<C: Clock<Instant = Nanos> = Uptime> {
    limit: RateLimit,
    quota: Quota,
    clock: C,
    arrival: Arrival,
    limiter: RateLimiter<NotKeyed, Arrival, C, NoOpMiddleware<Nanos>>,
}

impl Budget {
    /// A full budget.
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self::with_clock(limit, Uptime(Instant::now()))
    }
}

impl<C: Clock<Instant = Nanos> + Clone> Budget<C> {
    fn with_clock(limit: RateLimit, clock: C) -> Self {
        let (quota, arrival) = (limit.quota(), Arrival::default());
        let limiter = RateLimiter::new(quota, arrival.clone(), clock.clone());
        Self { limit, quota, clock, arrival, limiter }
    }

    /// The limit it keeps.
    pub(crate) fn limit(&self) -> &RateLimit {
        &self.limit
    }

    /// Takes one permit, or says how long it is until there may be one.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    /// Time until the next permit; zero when there is one.
    pub(crate) fn wait(&self) -> Duration {
        let burst = self.quota.burst_size().get();
        (self.used() + self.quota.replenish_interval())
            .saturating_sub(self.quota.replenish_interval() * burst)
    }

    /// Whole permits that are left now.
    pub(crate) fn remaining(&self) -> u32 {
        let used = self.used().as_nanos().div_ceil(self.quota.replenish_interval().as_nanos());
        self.quota.burst_size().get().saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }

    /// How long it takes until the budget is full again.
    fn used(&self) -> Duration {
        let full = self.arrival.0.lock().map_or(0, Nanos::as_u64);
        Duration::from_nanos(full.saturating_sub(self.clock.now().as_u64()))
    }
}

/// Time since a start, by the runtime's clock, so that tests can pause it.
#[derive(Clone, Debug)]
pub(crate) struct Uptime(Instant);

impl Clock for Uptime {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

/// The limiter's state, the instant at which the bucket is full again, where it can be read without taking a permit.
#[derive(Clone, Debug, Default)]
struct Arrival(Arc<Locked<Option<Nanos>>>);

impl StateStore for Arrival {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut arrival = self.0.lock();
        let (outcome, next) = decide(*arrival)?;
        *arrival = Some(next);
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    fn limit(host: &str, requests: u32, seconds: u64) -> RateLimit {
        RateLimit { host: host.to_owned(), requests, per: Duration::from_secs(seconds) }
    }

    #[test]
    fn the_first_limit_that_matches_holds_and_the_built_in_one_is_last() {
        let configured = [limit("api11.comm100.io", 100, 300), limit("*.example.com", 10, 60)];
        let cases = [
            ("api11.comm100.io", Some(100)),
            ("API11.comm100.io:8443", Some(100)),
            ("dash11.comm100.io", Some(270)),
            ("chat.emea.example.com", Some(10)),
            ("example.com", None),
            ("comm100.io", None),
            ("api11.comm100.io.example.org", None),
        ];
        for (host, requests) in cases {
            let found = RateLimit::of_host(host, &configured).map(|limit| limit.requests);
            assert_eq!(found, requests, "{host}");
        }
    }

    #[test]
    fn a_pattern_can_name_a_port() {
        assert!(limit("127.0.0.1:8080", 1, 1).matches("127.0.0.1:8080"));
        assert!(!limit("127.0.0.1:8080", 1, 1).matches("127.0.0.1:8081"));
        assert!(!limit("127.0.0.1:8080", 1, 1).matches("127.0.0.1"));
    }

    #[test]
    fn burst_and_sustained_rate_add_up_to_the_limit() {
        for (requests, burst, sustained) in [(270, 27, 243), (19, 1, 18), (2, 1, 1), (1, 1, 1), (0, 1, 1)] {
            let limit = limit("h", requests, 300);
            assert_eq!((limit.burst(), limit.sustained()), (burst, sustained), "{requests}");
        }
    }

    #[test]
    fn what_is_left_is_known_without_taking_a_permit() {
        let clock = FakeRelativeClock::default();
        let budget = Budget::with_clock(limit("h", 30, 27), clock.clone());
        assert_eq!((budget.remaining(), budget.wait()), (3, Duration::ZERO));
        for left in [2, 1, 0] {
            budget.take().unwrap();
            assert_eq!(budget.remaining(), left);
        }
        assert_eq!((budget.take(), budget.wait()), (Err(Duration::from_secs(1)), Duration::from_secs(1)));
        clock.advance(Duration::from_millis(999));
        assert_eq!((budget.remaining(), budget.wait()), (0, Duration::from_millis(1)));
        clock.advance(Duration::from_millis(1));
        assert_eq!((budget.remaining(), budget.wait()), (1, Duration::ZERO));
        clock.advance(Duration::from_mins(1));
        assert_eq!(budget.remaining(), 3);
    }

    proptest! {
        #[test]
        fn no_window_sees_more_requests_than_the_limit(
            requests in 1_u32..60,
            seconds in 1_u64..400,
            waits in proptest::collection::vec(0_u64..3_000, 50..300),
        ) {
            let clock = FakeRelativeClock::default();
            let limit = limit("h", requests, seconds);
            let budget = Budget::with_clock(limit.clone(), clock.clone());
            let mut sent: Vec<Duration> = Vec::new();
            for wait in waits {
                // Every third caller is as greedy as can be: it asks again the moment a permit may be there.
                let pause = if wait % 3 == 0 { budget.wait() } else { limit.per * u32::try_from(wait).unwrap() / 1_000 };
                clock.advance(pause);
                while budget.take().is_ok() {
                    sent.push(Duration::from_nanos(clock.now().as_u64()));
                }
            }
            for (index, start) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|at| **at <= *start + limit.per).count();
                prop_assert!(within <= requests as usize, "{within} of {requests} from {start:?}");
            }
        }
    }
}
