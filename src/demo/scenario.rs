//! What happens in the contact centre beyond an ordinary day: a pure function of the time since the demo's start.

use std::time::Duration;

use clap::ValueEnum;

use crate::demo::centre::Trouble;

const OUTAGE_CYCLE: Duration = Duration::from_mins(30);
const OUTAGE_START: Duration = Duration::from_mins(1);
const OUTAGE_END: Duration = Duration::from_mins(16);
const FLAPPING_HALF: Duration = Duration::from_secs(40);
const SURGE: f64 = 6.0;

/// A course of events; all times are simulated ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// An ordinary day: queues fill and empty, a few customers give up.
    #[default]
    Normal,
    /// A minute after the start, and from then on every 30 minutes, 15 minutes of an outage: the first queue's service
    /// is down and the outage announced, the second queue's agents are gone, and Xima refuses the credentials.
    Outage,
    /// Six times the customers: queues run full, waits grow, many give up.
    Surge,
    /// The first queue's service and Xima's credentials fail and recover every 40 seconds.
    Flapping,
}

/// What the scenario does at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conditions {
    /// What is broken.
    pub(super) trouble: Trouble,
    /// Factor on the arrivals of an ordinary day.
    pub(super) demand: f64,
    /// Index of the queue whose agents are gone.
    pub(super) deserted: Option<usize>,
}

impl Conditions {
    /// An ordinary day.
    pub(super) fn ordinary() -> Self {
        Self { trouble: Trouble::default(), demand: 1.0, deserted: None }
    }
}

impl Scenario {
    /// What holds at a time since the start.
    pub(super) fn conditions(self, since_start: Duration) -> Conditions {
        let ordinary = Conditions::ordinary();
        let failing = Trouble {
            service_down: true,
            component_unhealthy: true,
            credentials_refused: true,
            ..Trouble::default()
        };
        match self {
            Self::Surge => Conditions { demand: SURGE, ..ordinary },
            Self::Outage if (OUTAGE_START..OUTAGE_END).contains(&remainder(since_start, OUTAGE_CYCLE)) => {
                Conditions {
                    trouble: Trouble { outage_announced: true, ..failing },
                    deserted: Some(1),
                    ..ordinary
                }
            }
            Self::Flapping if remainder(since_start, FLAPPING_HALF * 2) >= FLAPPING_HALF => {
                Conditions { trouble: failing, ..ordinary }
            }
            Self::Normal | Self::Outage | Self::Flapping => ordinary,
        }
    }

    /// Time from `since_start` to the next change; `None` if nothing ever changes again.
    pub(super) fn next_change(self, since_start: Duration) -> Option<Duration> {
        let boundaries: &[Duration] = match self {
            Self::Normal | Self::Surge => return None,
            Self::Outage => &[OUTAGE_START, OUTAGE_END, OUTAGE_CYCLE.saturating_add(OUTAGE_START)],
            Self::Flapping => &[FLAPPING_HALF, FLAPPING_HALF.saturating_mul(2)],
        };
        let cycle = if self == Self::Outage { OUTAGE_CYCLE } else { FLAPPING_HALF * 2 };
        let within = remainder(since_start, cycle);
        boundaries.iter().filter_map(|boundary| boundary.checked_sub(within)).find(|time| !time.is_zero())
    }

    /// The highest factor that the scenario ever puts on the arrivals.
    pub(super) fn peak_demand(self) -> f64 {
        if self == Self::Surge { SURGE } else { 1.0 }
    }
}

fn remainder(time: Duration, cycle: Duration) -> Duration {
    let nanoseconds = time.as_nanos() % cycle.as_nanos();
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(scenario: Scenario, until: u64) -> Vec<(u64, bool)> {
        let mut time = Duration::ZERO;
        let mut changes = Vec::new();
        while let Some(step) = scenario.next_change(time) {
            time += step;
            if time.as_secs() > until {
                break;
            }
            changes.push((time.as_secs(), scenario.conditions(time).trouble.service_down));
        }
        changes
    }

    #[test]
    fn an_outage_starts_after_a_minute_lasts_fifteen_and_comes_back_every_thirty() {
        assert_eq!(
            changes(Scenario::Outage, 3_000),
            [(60, true), (960, false), (1_860, true), (2_760, false)]
        );
    }

    #[test]
    fn flapping_alternates_every_forty_seconds() {
        assert_eq!(
            changes(Scenario::Flapping, 200),
            [(40, true), (80, false), (120, true), (160, false), (200, true)]
        );
    }

    #[test]
    fn normal_and_surge_never_break_anything() {
        for scenario in [Scenario::Normal, Scenario::Surge] {
            assert_eq!(scenario.next_change(Duration::ZERO), None);
            let conditions = scenario.conditions(Duration::from_secs(100));
            assert_eq!((conditions.trouble, conditions.deserted), (Trouble::default(), None));
        }
        assert!((Scenario::Surge.conditions(Duration::ZERO).demand - 6.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_command_line_takes_the_four_names() {
        let names: Vec<_> = Scenario::value_variants()
            .iter()
            .filter_map(|scenario| Some(scenario.to_possible_value()?.get_name().to_owned()))
            .collect();
        assert_eq!(names, ["normal", "outage", "surge", "flapping"]);
    }
}
