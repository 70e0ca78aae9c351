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

use crate::config::budget::RateLimit;
use crate::http_client::locked::Locked;

/// The token bucket that keeps the promise: `burst` at once, then one every `per / (requests - burst)`.
///
/// A bucket of `b` permits that gains one every `t` lets at most `b + floor(w / t)` requests through in any window
/// of length `w`. With `t` rounded up, `w = per` gives at most `b + (requests - b) = requests`.
fn quota(limit: &RateLimit) -> Quota {
    let burst = NonZeroU32::new(limit.burst()).unwrap_or(NonZeroU32::MIN);
    let nanoseconds = limit.per.as_nanos();
    let interval = match limit.requests.saturating_sub(burst.get()) {
        // One request per window: the next has to wait for a little more than the whole window.
        0 => nanoseconds + 1,
        refill => nanoseconds.div_ceil(u128::from(refill)),
    };
    let interval = Duration::from_nanos(u64::try_from(interval).unwrap_or(u64::MAX).max(1));
    Quota::with_period(interval).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
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
        let (quota, arrival) = (quota(&limit), Arrival::default());
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
