//! What was measured of a channel, each value against its limit.

use crate::channel::ChannelFacts;
use crate::channel::evaluate;
use crate::channel::threshold::{Level, Signal, Thresholds};
use crate::server::pages::time_text::span;

/// A measured value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    /// What it is, as a heading.
    pub(super) heading: &'static str,
    /// Which signal or count, as in the configuration.
    pub(super) key: &'static str,
    /// The value with its unit; `None` where the platform does not report it.
    pub(super) value: Option<String>,
    /// The limit that the value is past or will come to first, such as `limit 5`.
    pub(super) limit: Option<String>,
    /// The level whose limit the value is past.
    pub(super) past: Option<&'static str>,
}

/// Signals of which every list of channels has a column.
const LISTED: [Signal; 5] = [
    Signal::QueueLength,
    Signal::LongestWait,
    Signal::EstimatedWait,
    Signal::AgentsOnline,
    Signal::FreeSlots,
];

/// The signals that a list of channels shows.
pub(super) fn listed(facts: &ChannelFacts, thresholds: &Thresholds) -> Vec<Figure> {
    LISTED.into_iter().map(|signal| Figure::of(signal, facts, thresholds)).collect()
}

/// Everything that was measured.
pub(super) fn all(facts: &ChannelFacts, thresholds: &Thresholds) -> Vec<Figure> {
    let mut figures = listed(facts, thresholds);
    figures.extend(
        [Signal::AverageWait, Signal::Utilization].map(|signal| Figure::of(signal, facts, thresholds)),
    );
    figures.push(Figure {
        heading: "In chat",
        key: "chats_ongoing",
        value: facts.chats_ongoing.map(count),
        limit: None,
        past: None,
    });
    figures
}

/// Every limit of a target in words: signal, limit of `degraded`, limit of `down`.
pub(super) fn limits(thresholds: &Thresholds) -> Vec<[String; 3]> {
    let limited =
        |signal: &Signal| Level::ALL.iter().any(|level| thresholds.limit(*signal).of(*level).is_some());
    Signal::ALL
        .into_iter()
        .filter(limited)
        .map(|signal| {
            let side = if signal.is_lower_limit() { "below" } else { "from" };
            let limit = |level| match thresholds.limit(signal).of(level) {
                Some(limit) => format!("{side} {}", text(signal, limit)),
                None => String::new(),
            };
            [heading(signal).to_owned(), limit(Level::Degraded), limit(Level::Down)]
        })
        .collect()
}

impl Figure {
    fn of(signal: Signal, facts: &ChannelFacts, thresholds: &Thresholds) -> Self {
        let value = evaluate::value(facts, signal).filter(|value| value.is_finite());
        let past = value.and_then(|value| thresholds.level(signal, value));
        let limits = thresholds.limit(signal);
        let limit = past.map_or(limits.degraded.or(limits.down), |level| limits.of(level));
        let word = match (past.is_some(), signal.is_lower_limit()) {
            (false, false) => "limit",
            (false, true) => "at least",
            (true, false) => "over limit",
            (true, true) => "below",
        };
        Self {
            heading: heading(signal),
            key: signal.label(),
            value: value.map(|value| text(signal, value)),
            limit: value.and(limit).map(|limit| format!("{word} {}", text(signal, limit))),
            past: past.map(Level::label),
        }
    }
}

fn heading(signal: Signal) -> &'static str {
    match signal {
        Signal::LongestWait => "Longest wait",
        Signal::AverageWait => "Average wait",
        Signal::EstimatedWait => "Estimated wait",
        Signal::QueueLength => "Waiting",
        Signal::AgentsOnline => "Agents online",
        Signal::FreeSlots => "Free slots",
        Signal::Utilization => "Utilization",
    }
}

fn text(signal: Signal, value: f64) -> String {
    match signal {
        Signal::LongestWait | Signal::AverageWait | Signal::EstimatedWait => span(value),
        Signal::QueueLength | Signal::AgentsOnline | Signal::FreeSlots => count(value),
        Signal::Utilization => format!("{} %", (value * 1000.0).round() / 10.0),
    }
}

fn count(value: f64) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::threshold::Limit;

    fn thresholds() -> Thresholds {
        Thresholds {
            longest_wait: Limit { degraded: Some(60.0), down: Some(600.0) },
            queue_length: Limit { degraded: Some(5.0), down: Some(50.0) },
            agents_online: Limit { degraded: None, down: Some(1.0) },
            utilization: Limit { degraded: Some(0.85), down: None },
            ..Thresholds::default()
        }
    }

    fn described(figures: &[Figure]) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let describe = |figure: &Figure| {
            format!("{}|{}|{}", text(&figure.value), text(&figure.limit), figure.past.unwrap_or(""))
        };
        figures.iter().map(describe).collect()
    }

    #[test]
    fn a_value_is_shown_with_the_limit_it_is_past_or_comes_to_first() {
        let facts = ChannelFacts {
            queue_length: Some(7.0),
            wait_longest: Some(600.0),
            agents_online: Some(0.0),
            free_slots: Some(f64::NAN),
            utilization: Some(0.5),
            chats_ongoing: Some(4.0),
            ..ChannelFacts::new("1")
        };
        let expected = [
            "7|over limit 5|degraded",
            "10 min|over limit 10 min|down",
            "||",
            "0|below 1|down",
            "||",
            "||",
            "50 %|limit 85 %|",
            "4||",
        ];
        assert_eq!(described(&all(&facts, &thresholds())), expected);
        let well =
            ChannelFacts { queue_length: Some(4.0), agents_online: Some(3.0), ..ChannelFacts::new("1") };
        let expected = ["4|limit 5|", "||", "||", "3|at least 1|", "||"];
        assert_eq!(described(&listed(&well, &thresholds())), expected);
    }

    #[test]
    fn limits_are_told_by_signal_and_level() {
        let rows = limits(&thresholds());
        let rows: Vec<String> = rows.iter().map(|row| row.join("|")).collect();
        let expected = [
            "Longest wait|from 1 min|from 10 min",
            "Waiting|from 5|from 50",
            "Agents online||below 1",
            "Utilization|from 85 %|",
        ];
        assert_eq!(rows, expected);
        assert_eq!(limits(&Thresholds::default()), Vec::<[String; 3]>::new());
    }
}
