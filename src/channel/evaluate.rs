//! What the newest facts make of a channel, before hysteresis.

use std::time::Duration;

use crate::channel::facts::{Availability, ChannelFacts, UnavailableReason};
use crate::channel::maintenance::MaintenanceWindow;
use crate::channel::status::Status;
use crate::channel::threshold::{Level, Signal, Thresholds};

/// Waits below so many seconds are shown to the millisecond, longer ones to the second.
const SHORT_WAIT: f64 = 10.0;

/// What is planned for a channel at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Whether it is within its business hours.
    pub open: bool,
    /// The maintenance window that is on.
    pub maintenance: Option<&'a MaintenanceWindow>,
}

/// The outcome of one look at a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// What the channel is.
    pub status: Status,
    /// Why, in words: lower case, without a final period; `None` while all is well.
    pub explanation: Option<String>,
    /// Why no chat can be started, where the platform says so; also while the channel is closed or in maintenance.
    pub unavailable: Option<UnavailableReason>,
}

/// Evaluates a channel: maintenance comes before closed, closed before unknown, then the worst of availability and limits
/// decides. `facts` are `None` where all data about the channel is stale; `cut_off` is the address whose connectivity
/// check says that this exporter's own network is down, so that no data can be trusted.
pub fn evaluate(
    facts: Option<&ChannelFacts>,
    thresholds: &Thresholds,
    plan: Plan<'_>,
    cut_off: Option<&str>,
) -> Evaluation {
    let unavailable = facts.and_then(|facts| match facts.availability {
        Some(Availability::Unavailable(reason)) => Some(reason),
        Some(Availability::Available) | None => None,
    });
    let (status, explanation) = if let Some(window) = plan.maintenance {
        (Status::Maintenance, Some(maintenance_is_on(window)))
    } else if !plan.open {
        (Status::Closed, Some("it is outside business hours".to_owned()))
    } else if let Some(address) = cut_off {
        let explanation = format!(
            "this exporter's own network seems to be down: the connectivity check of {address} fails"
        );
        (Status::Unknown, Some(explanation))
    } else {
        match facts {
            None => (Status::Unknown, Some("there is no fresh data".to_owned())),
            Some(facts) if !says_anything(facts) => {
                (Status::Unknown, Some("the platform says nothing of its availability".to_owned()))
            }
            Some(facts) => judge(facts, unavailable, thresholds),
        }
    };
    Evaluation { status, explanation, unavailable }
}

fn maintenance_is_on(window: &MaintenanceWindow) -> String {
    match &window.description {
        Some(description) => format!("a planned maintenance window is on: {description}"),
        None => "a planned maintenance window is on".to_owned(),
    }
}

fn says_anything(facts: &ChannelFacts) -> bool {
    facts.availability.is_some() || Signal::ALL.into_iter().any(|signal| value(facts, signal).is_some())
}

/// The worst level that holds, with everything that is as bad as that.
fn judge(
    facts: &ChannelFacts,
    unavailable: Option<UnavailableReason>,
    thresholds: &Thresholds,
) -> (Status, Option<String>) {
    let mut causes: Vec<(Level, String)> = Vec::new();
    causes.extend(unavailable.map(|reason| (Level::Down, in_words(reason).to_owned())));
    for signal in Signal::ALL {
        let Some(value) = value(facts, signal) else { continue };
        let Some(level) = thresholds.level(signal, value) else { continue };
        let Some(limit) = thresholds.limit(signal).of(level) else { continue };
        causes.push((level, past_limit(signal, value, limit)));
    }
    let Some(worst) = causes.iter().map(|(level, _)| *level).max() else { return (Status::Ok, None) };
    let status = match worst {
        Level::Degraded => Status::Degraded,
        Level::Down => Status::Down,
    };
    let causes: Vec<String> =
        causes.into_iter().filter_map(|(level, cause)| (level == worst).then_some(cause)).collect();
    (status, Some(causes.join("; ")))
}

/// The value of a signal, in the unit of its limits.
pub fn value(facts: &ChannelFacts, signal: Signal) -> Option<f64> {
    match signal {
        Signal::LongestWait => facts.wait_longest,
        Signal::AverageWait => facts.wait_average,
        Signal::EstimatedWait => facts.wait_estimated,
        Signal::QueueLength => facts.queue_length,
        Signal::AgentsOnline => facts.agents_online,
        Signal::FreeSlots => facts.free_slots,
        Signal::Utilization => facts.utilization,
    }
}

fn in_words(reason: UnavailableReason) -> &'static str {
    match reason {
        UnavailableReason::Disabled => "an administrator switched the channel off",
        UnavailableReason::ServiceDown => "the platform's service behind the channel does not run",
        UnavailableReason::Invalid => "the platform knows no such channel",
        UnavailableReason::Unreachable => "the platform cannot be reached",
        UnavailableReason::NoAgent => "no agent is available",
        UnavailableReason::QueueFull => "the queue is full",
        UnavailableReason::Other => "no chat can be started",
    }
}

fn past_limit(signal: Signal, value: f64, limit: f64) -> String {
    let name = match signal {
        Signal::LongestWait => "longest wait",
        Signal::AverageWait => "average wait",
        Signal::EstimatedWait => "estimated wait",
        Signal::QueueLength => "queue length",
        Signal::AgentsOnline => "number of agents online",
        Signal::FreeSlots => "number of free slots",
        Signal::Utilization => "utilization",
    };
    let side = if signal.is_lower_limit() { "lower limit" } else { "limit" };
    format!("the {name} is {}, its {side} is {}", figure(signal, value), figure(signal, limit))
}

/// A value as people read it: a duration, a count, a percentage.
fn figure(signal: Signal, value: f64) -> String {
    match signal {
        Signal::LongestWait | Signal::AverageWait | Signal::EstimatedWait => {
            let shown = if value < SHORT_WAIT { (value * 1000.0).floor() / 1000.0 } else { value.floor() };
            Duration::try_from_secs_f64(shown).map_or_else(
                |_| format!("{value:e}s"),
                |duration| humantime::format_duration(duration).to_string(),
            )
        }
        Signal::QueueLength | Signal::AgentsOnline | Signal::FreeSlots => value.to_string(),
        Signal::Utilization => format!("{}%", (value * 1000.0).round() / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::channel::threshold::Limit;

    const OPEN: Plan<'_> = Plan { open: true, maintenance: None };

    fn thresholds() -> Thresholds {
        Thresholds {
            longest_wait: Limit { degraded: Some(60.0), down: Some(600.0) },
            estimated_wait: Limit { degraded: Some(0.5), down: None },
            queue_length: Limit { degraded: Some(5.0), down: Some(50.0) },
            agents_online: Limit { degraded: Some(2.0), down: Some(1.0) },
            utilization: Limit { degraded: Some(0.85), down: None },
            ..Thresholds::default()
        }
    }

    fn facts() -> ChannelFacts {
        ChannelFacts {
            availability: Some(Availability::Available),
            wait_longest: Some(59.9),
            agents_online: Some(2.0),
            ..ChannelFacts::new("1")
        }
    }

    fn unavailable(reason: UnavailableReason) -> ChannelFacts {
        ChannelFacts { availability: Some(Availability::Unavailable(reason)), ..facts() }
    }

    fn outcome(facts: Option<&ChannelFacts>, plan: Plan<'_>) -> (Status, String) {
        let evaluation = evaluate(facts, &thresholds(), plan, None);
        (evaluation.status, evaluation.explanation.unwrap_or_default())
    }

    #[test]
    fn the_worst_signal_decides_and_is_explained_with_figures() {
        let cases = [
            (facts(), Status::Ok, ""),
            (
                ChannelFacts { wait_longest: Some(125.7), ..facts() },
                Status::Degraded,
                "the longest wait is 2m 5s, its limit is 1m",
            ),
            (
                ChannelFacts { agents_online: Some(1.0), utilization: Some(0.9234), ..facts() },
                Status::Degraded,
                "the number of agents online is 1, its lower limit is 2; the utilization is 92.3%, its limit is 85%",
            ),
            (
                ChannelFacts { wait_longest: Some(3600.0), queue_length: Some(7.0), ..facts() },
                Status::Down,
                "the longest wait is 1h, its limit is 10m",
            ),
            (
                ChannelFacts { agents_online: Some(0.0), ..unavailable(UnavailableReason::NoAgent) },
                Status::Down,
                "no agent is available; the number of agents online is 0, its lower limit is 1",
            ),
            (
                ChannelFacts { availability: None, queue_length: Some(50.0), ..facts() },
                Status::Down,
                "the queue length is 50, its limit is 50",
            ),
            (
                ChannelFacts { wait_estimated: Some(0.75), ..facts() },
                Status::Degraded,
                "the estimated wait is 750ms, its limit is 500ms",
            ),
            (
                ChannelFacts { wait_longest: Some(1e300), ..facts() },
                Status::Down,
                "the longest wait is 1e300s, its limit is 10m",
            ),
            (unavailable(UnavailableReason::QueueFull), Status::Down, "the queue is full"),
            (
                unavailable(UnavailableReason::Disabled),
                Status::Down,
                "an administrator switched the channel off",
            ),
        ];
        for (facts, status, explanation) in cases {
            assert_eq!(outcome(Some(&facts), OPEN), (status, explanation.to_owned()), "{facts:?}");
        }
    }

    #[test]
    fn a_plan_comes_before_data_and_maintenance_before_closed() {
        let down = unavailable(UnavailableReason::NoAgent);
        let closed = (Status::Closed, "it is outside business hours".to_owned());
        let maintenance = (Status::Maintenance, "a planned maintenance window is on".to_owned());
        let upgrade =
            (Status::Maintenance, "a planned maintenance window is on: database upgrade".to_owned());
        let window = MaintenanceWindow { start: Timestamp::MIN, end: Timestamp::MAX, description: None };
        let described = MaintenanceWindow { description: Some("database upgrade".into()), ..window.clone() };
        for facts in [None, Some(&down)] {
            assert_eq!(outcome(facts, Plan { open: false, maintenance: None }), closed);
            for open in [false, true] {
                assert_eq!(outcome(facts, Plan { open, maintenance: Some(&window) }), maintenance);
                assert_eq!(outcome(facts, Plan { open, maintenance: Some(&described) }), upgrade);
            }
        }
        let closed = evaluate(Some(&down), &thresholds(), Plan { open: false, maintenance: None }, None);
        assert_eq!(closed.unavailable, Some(UnavailableReason::NoAgent));
    }

    #[test]
    fn without_data_the_status_is_unknown() {
        assert_eq!(outcome(None, OPEN), (Status::Unknown, "there is no fresh data".to_owned()));
        let silent =
            ChannelFacts { name: Some("Sales".into()), chats_ongoing: Some(3.0), ..ChannelFacts::new("1") };
        assert_eq!(
            outcome(Some(&silent), OPEN),
            (Status::Unknown, "the platform says nothing of its availability".to_owned())
        );
        let signal = ChannelFacts { free_slots: Some(3.0), ..ChannelFacts::new("1") };
        assert_eq!(outcome(Some(&signal), OPEN), (Status::Ok, String::new()));
    }

    #[test]
    fn without_a_network_of_its_own_the_exporter_says_unknown_but_keeps_to_the_plan() {
        let cut_off = |facts: Option<&ChannelFacts>, plan| {
            evaluate(facts, &thresholds(), plan, Some("https://gateway.example.com/"))
        };
        let explanation = "this exporter's own network seems to be down: the connectivity check of \
                           https://gateway.example.com/ fails";
        let unknown = |unavailable| Evaluation {
            status: Status::Unknown,
            explanation: Some(explanation.to_owned()),
            unavailable,
        };
        let down = unavailable(UnavailableReason::NoAgent);
        assert_eq!(cut_off(None, OPEN), unknown(None));
        assert_eq!(cut_off(Some(&facts()), OPEN), unknown(None));
        assert_eq!(cut_off(Some(&down), OPEN), unknown(Some(UnavailableReason::NoAgent)));
        let window = MaintenanceWindow { start: Timestamp::MIN, end: Timestamp::MAX, description: None };
        for maintenance in [None, Some(&window)] {
            let plan = Plan { open: false, maintenance };
            assert_eq!(cut_off(Some(&down), plan), evaluate(Some(&down), &thresholds(), plan, None));
        }
    }
}
