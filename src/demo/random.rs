//! Seeded random draws: the same seed gives the same sequence on every machine.

use std::time::Duration;

/// Longest duration that is drawn, in means; it cuts off the tail of the exponential distribution.
const LONGEST_IN_MEANS: f64 = 20.0;

/// A seeded source of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(fastrand::Rng);

impl Random {
    /// Starts the sequence of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Exponentially distributed around `mean`; above zero whenever `mean` is.
    pub(super) fn exponential(&mut self, mean: Duration) -> Duration {
        // 1 - [0, 1) is never zero, so that the logarithm is finite.
        let means = -(1.0 - self.0.f64()).ln();
        mean.mul_f64(means.clamp(1e-6, LONGEST_IN_MEANS))
    }

    /// Evenly distributed in `low..high`; `low` where the range is empty.
    pub(super) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        low + high.saturating_sub(low).mul_f64(self.0.f64())
    }

    /// True with a probability of `share` (0..1).
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.0.f64() < share
    }

    /// Evenly distributed in -1..1.
    pub(super) fn swing(&mut self) -> f64 {
        self.0.f64().mul_add(2.0, -1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draws = |seed| {
            let mut random = Random::new(seed);
            (0..5).map(|_| random.exponential(Duration::from_mins(1))).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }

    #[test]
    fn exponential_draws_average_to_their_mean() {
        let mut random = Random::new(1);
        let total: Duration = (0..10_000).map(|_| random.exponential(Duration::from_secs(100))).sum();
        let mean = total.as_secs_f64() / 10_000.0;
        assert!((95.0..105.0).contains(&mean), "{mean}");
    }
}
