//! Limits that make a channel degraded or down.

/// What a limit is about: the `signal` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Longest current wait, in seconds.
    LongestWait,
    /// Average wait, in seconds.
    AverageWait,
    /// Estimated wait of a new chat, in seconds.
    EstimatedWait,
    /// Chats waiting.
    QueueLength,
    /// Agents online.
    AgentsOnline,
    /// Chats that agents could take on now.
    FreeSlots,
    /// Share of the agents' capacity in use, 0 to 1.
    Utilization,
}

impl Signal {
    /// Every signal, in the order of [`Thresholds::rows`].
    pub const ALL: [Self; 7] = [
        Self::LongestWait,
        Self::AverageWait,
        Self::EstimatedWait,
        Self::QueueLength,
        Self::AgentsOnline,
        Self::FreeSlots,
        Self::Utilization,
    ];

    /// The label value, which is also the key in the configuration.
    pub fn label(self) -> &'static str {
        match self {
            Self::LongestWait => "longest_wait",
            Self::AverageWait => "average_wait",
            Self::EstimatedWait => "estimated_wait",
            Self::QueueLength => "queue_length",
            Self::AgentsOnline => "agents_online",
            Self::FreeSlots => "free_slots",
            Self::Utilization => "utilization",
        }
    }

    /// Whether small values are the bad ones.
    pub fn is_lower_limit(self) -> bool {
        matches!(self, Self::AgentsOnline | Self::FreeSlots)
    }
}

/// How bad it is to be past a limit: the `level` label. A larger level is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The channel works, but not as it should.
    Degraded,
    /// The channel is of no use to customers.
    Down,
}

impl Level {
    /// Every level, in the order of [`Thresholds::rows`].
    pub const ALL: [Self; 2] = [Self::Degraded, Self::Down];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// The limits of one signal; a level that is not given does not occur.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    /// Where a channel becomes degraded.
    pub degraded: Option<f64>,
    /// Where a channel becomes down.
    pub down: Option<f64>,
}

impl Limit {
    /// The limit of a level.
    pub fn of(&self, level: Level) -> Option<f64> {
        match level {
            Level::Degraded => self.degraded,
            Level::Down => self.down,
        }
    }
}

/// What makes a channel of a target degraded or down, and how long it takes to say so.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Seconds.
    pub longest_wait: Limit,
    /// Seconds.
    pub average_wait: Limit,
    /// Seconds.
    pub estimated_wait: Limit,
    /// Chats.
    pub queue_length: Limit,
    /// Agents; bad below.
    pub agents_online: Limit,
    /// Chats; bad below.
    pub free_slots: Limit,
    /// A ratio above 0, at most 1.
    pub utilization: Limit,
    /// When the status gets worse.
    pub worsen: Worsen,
    /// Evaluations in a row before the status gets better; at least 1.
    pub after_successes: u32,
}

/// When the status of a channel gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worsen {
    /// After so many evaluations in a row that are worse; at least 1.
    InARow(u32),
    /// After `failures` of the newest `evaluations`, in a row or not, that are worse.
    OutOf {
        /// At least 1.
        failures: u32,
        /// At least `failures`.
        evaluations: u32,
    },
}

impl Worsen {
    /// How many evaluations must be worse, and of how many of the newest.
    pub fn counts(self) -> (usize, usize) {
        let (failures, evaluations) = match self {
            Self::InARow(count) => (count, count),
            Self::OutOf { failures, evaluations } => (failures, evaluations),
        };
        (failures as usize, evaluations as usize)
    }
}

impl Thresholds {
    /// Evaluations in a row before the status changes, unless configured.
    pub const DEFAULT_AFTER: u32 = 2;

    /// The limits of a signal.
    pub fn limit(&self, signal: Signal) -> &Limit {
        match signal {
            Signal::LongestWait => &self.longest_wait,
            Signal::AverageWait => &self.average_wait,
            Signal::EstimatedWait => &self.estimated_wait,
            Signal::QueueLength => &self.queue_length,
            Signal::AgentsOnline => &self.agents_online,
            Signal::FreeSlots => &self.free_slots,
            Signal::Utilization => &self.utilization,
        }
    }

    /// The worst level whose limit `value` is past: at or above an upper limit, below a lower one.
    pub fn level(&self, signal: Signal, value: f64) -> Option<Level> {
        let is_past = |limit: f64| if signal.is_lower_limit() { value < limit } else { value >= limit };
        Level::ALL.into_iter().rev().find(|level| self.limit(signal).of(*level).is_some_and(is_past))
    }

    /// Every configured limit, by signal, then by level.
    pub fn rows(&self) -> Vec<(Signal, Level, f64)> {
        let rows = Signal::ALL.into_iter().flat_map(|signal| Level::ALL.map(|level| (signal, level)));
        rows.filter_map(|(signal, level)| Some((signal, level, self.limit(signal).of(level)?))).collect()
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            longest_wait: Limit::default(),
            average_wait: Limit::default(),
            estimated_wait: Limit::default(),
            queue_length: Limit::default(),
            agents_online: Limit::default(),
            free_slots: Limit::default(),
            utilization: Limit::default(),
            worsen: Worsen::InARow(Self::DEFAULT_AFTER),
            after_successes: Self::DEFAULT_AFTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_by_signal_and_level_and_only_where_configured() {
        let thresholds = Thresholds {
            utilization: Limit { degraded: Some(0.85), down: None },
            longest_wait: Limit { degraded: Some(60.0), down: Some(600.0) },
            agents_online: Limit { degraded: None, down: Some(1.0) },
            ..Thresholds::default()
        };
        assert_eq!(
            thresholds.rows(),
            [
                (Signal::LongestWait, Level::Degraded, 60.0),
                (Signal::LongestWait, Level::Down, 600.0),
                (Signal::AgentsOnline, Level::Down, 1.0),
                (Signal::Utilization, Level::Degraded, 0.85),
            ]
        );
        assert_eq!(Thresholds::default().rows(), []);
    }

    #[test]
    fn an_upper_limit_holds_from_its_value_on_and_a_lower_one_below_it() {
        let thresholds = Thresholds {
            longest_wait: Limit { degraded: Some(60.0), down: Some(600.0) },
            agents_online: Limit { degraded: Some(2.0), down: Some(1.0) },
            ..Thresholds::default()
        };
        let cases = [
            (Signal::LongestWait, 59.9, None),
            (Signal::LongestWait, 60.0, Some(Level::Degraded)),
            (Signal::LongestWait, 600.0, Some(Level::Down)),
            (Signal::AgentsOnline, 2.0, None),
            (Signal::AgentsOnline, 1.0, Some(Level::Degraded)),
            (Signal::AgentsOnline, 0.0, Some(Level::Down)),
            (Signal::QueueLength, 1e9, None),
        ];
        for (signal, value, level) in cases {
            assert_eq!(thresholds.level(signal, value), level, "{signal:?} {value}");
        }
    }
}
