//! The shape of the state file, apart from the types that the daemon works with, so that both can change.
//!
//! It holds what an administrator named and what this exporter made of it: no secret, and nothing about a person.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::UnavailableReason;
use crate::channel::evaluate::Evaluation;
use crate::channel::hysteresis::Hysteresis;
use crate::channel::memory::ChannelMemory;
use crate::channel::status::Status;
use crate::state::{Snapshot, TargetMemory};

/// The version that this build writes, and the only one it reads.
pub const VERSION: u64 = 1;

/// The whole file. Fields that are not known are passed over, so that an older build can read what a newer one adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`VERSION`].
    pub version: u64,
    /// When it was written.
    pub written: Timestamp,
    /// The targets, in the configuration's order.
    pub targets: Vec<SavedTarget>,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedTarget {
    /// Name in the configuration.
    pub name: String,
    /// Its platform; the channels of another one are others.
    pub platform: String,
    /// The channels, in the platform's order.
    pub channels: Vec<SavedChannel>,
}

/// A channel and what its status rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedChannel {
    /// The platform's identifier.
    pub id: String,
    /// The name that an administrator gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The status in force.
    pub status: SavedStatus,
    /// Since when the status is what it is.
    pub since: Timestamp,
    /// Why, in words; absent while all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// Why no chat can be started, where the platform says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<SavedReason>,
    /// Until when the process before had remembered it without data of its own; absent if it had data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// The newest evaluations that count, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<SavedRound>,
}

/// What an evaluation made of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedRound {
    /// The status it speaks for.
    pub status: SavedStatus,
    /// Why; absent where all was well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// [`Status`] by the words of the `status` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the status of the same name")]
pub enum SavedStatus {
    Ok,
    Degraded,
    Down,
    Closed,
    Maintenance,
    Unknown,
}

/// [`UnavailableReason`] by the words of the `reason` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the reason of the same name")]
pub enum SavedReason {
    Disabled,
    ServiceDown,
    Invalid,
    Unreachable,
    NoAgent,
    QueueFull,
    Other,
}

/// Maps two enums of the same variants onto each other; one that is missing on either side does not compile.
macro_rules! same_variants {
    ($core:ident, $saved:ident, $($variant:ident),+) => {
        impl From<$core> for $saved {
            fn from(core: $core) -> Self {
                match core { $($core::$variant => Self::$variant),+ }
            }
        }
        impl From<$saved> for $core {
            fn from(saved: $saved) -> Self {
                match saved { $($saved::$variant => Self::$variant),+ }
            }
        }
    };
}

same_variants!(Status, SavedStatus, Ok, Degraded, Down, Closed, Maintenance, Unknown);
same_variants!(
    UnavailableReason,
    SavedReason,
    Disabled,
    ServiceDown,
    Invalid,
    Unreachable,
    NoAgent,
    QueueFull,
    Other
);

impl Document {
    /// A document of this build's version.
    pub fn new(written: Timestamp, targets: Vec<SavedTarget>) -> Self {
        Self { version: VERSION, written, targets }
    }

    /// What each target remembers, by name.
    pub fn into_memories(self) -> HashMap<String, TargetMemory> {
        let written = self.written;
        let memory = |target: SavedTarget| {
            let channels = target.channels.into_iter().map(|channel| channel.into_memory(written)).collect();
            (target.name, TargetMemory { platform: target.platform, channels })
        };
        self.targets.into_iter().map(memory).collect()
    }
}

impl SavedTarget {
    /// The target as it was last published.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self {
            name: snapshot.identity.target.clone(),
            platform: snapshot.identity.platform.to_owned(),
            channels: snapshot.memory.iter().map(SavedChannel::of).collect(),
        }
    }
}

impl SavedChannel {
    /// The channel with its status.
    pub fn of(memory: &ChannelMemory) -> Self {
        let hysteresis = &memory.hysteresis;
        let round = |round: &Evaluation| SavedRound {
            status: round.status.into(),
            explanation: round.explanation.clone(),
        };
        Self {
            id: memory.id.clone(),
            name: memory.name.clone(),
            status: hysteresis.status().into(),
            since: memory.since,
            explanation: hysteresis.explanation().map(str::to_owned),
            unavailable: memory.unavailable.map(Into::into),
            last_seen: memory.last_seen,
            rounds: hysteresis.rounds().map(round).collect(),
        }
    }

    /// The channel as the next process takes it over from a file that was written at `written`.
    pub fn into_memory(self, written: Timestamp) -> ChannelMemory {
        let rounds = self.rounds.into_iter().map(|round| Evaluation {
            status: round.status.into(),
            explanation: round.explanation,
            unavailable: None,
        });
        ChannelMemory {
            id: self.id,
            name: self.name,
            unavailable: self.unavailable.map(Into::into),
            since: self.since,
            hysteresis: Hysteresis::restore(self.status.into(), self.explanation, rounds),
            last_seen: Some(self.last_seen.unwrap_or(written)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::channel::board::{Board, Occasion, Sighting, Unseen};
    use crate::channel::rules::ChannelRules;
    use crate::channel::threshold::{Limit, Thresholds, Worsen};
    use crate::channel::{Availability, ChannelFacts};

    const START: &str = "2026-03-02T12:00:00Z";

    /// What one poll sees of a channel, and whether the process is restarted before it.
    #[derive(Clone, Copy, Debug)]
    struct Step {
        seen: u8,
        is_restarted: bool,
    }

    fn sighting(seen: u8) -> Sighting {
        let facts = ChannelFacts { name: Some("Öffentlich \"1\"\n".into()), ..ChannelFacts::new("1") };
        let facts = match seen {
            0 => return Sighting::stale(&facts),
            1 => ChannelFacts {
                availability: Some(Availability::Unavailable(UnavailableReason::NoAgent)),
                ..facts
            },
            // From 5 on the queue is too long, and the explanation says how long it is.
            seen => ChannelFacts {
                availability: Some(Availability::Available),
                queue_length: Some(f64::from(seen)),
                ..facts
            },
        };
        Sighting { facts, is_fresh: true, is_news: true }
    }

    fn rules(worsen: Worsen, after_successes: u32) -> Arc<ChannelRules> {
        let mut thresholds = Thresholds { worsen, after_successes, ..Thresholds::default() };
        thresholds.queue_length = Limit { degraded: Some(5.0), down: None };
        Arc::new(ChannelRules { thresholds, ..ChannelRules::default() })
    }

    /// The board of a process that starts with what the one before wrote.
    fn restarted(board: &Board, rules: &Arc<ChannelRules>, now: Timestamp) -> Board {
        let channels = board.memory().iter().map(SavedChannel::of).collect();
        let target = SavedTarget { name: "desk".into(), platform: "chime".into(), channels };
        let text = serde_json::to_string(&Document::new(now, vec![target])).unwrap();
        let document: Document = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&document).unwrap(), text);
        let mut board = Board::new(rules.clone());
        board.inherit(document.into_memories().remove("desk").unwrap().channels, now);
        board
    }

    proptest! {
        #[test]
        fn a_status_goes_on_as_if_there_had_been_no_restart(
            steps in proptest::collection::vec(
                (0..8_u8, any::<bool>()).prop_map(|(seen, is_restarted)| Step { seen, is_restarted }), 1..40),
            (failures, of) in (1..6_u32).prop_flat_map(|of| (1..=of, Just(of))),
            after_successes in 1..5_u32,
            is_in_a_row in any::<bool>(),
        ) {
            let worsen = if is_in_a_row {
                Worsen::InARow(failures)
            } else {
                Worsen::OutOf { failures, evaluations: of }
            };
            let rules = rules(worsen, after_successes);
            let (mut kept, mut renewed) = (Board::new(rules.clone()), Board::new(rules.clone()));
            let mut now: Timestamp = START.parse().unwrap();
            for Step { seen, is_restarted } in steps {
                if is_restarted {
                    renewed = restarted(&renewed, &rules, now);
                    let known: Vec<_> = kept.views().map(|view| (view.status, view.since)).collect();
                    prop_assert_eq!(
                        renewed.views().map(|view| (view.status, view.since)).collect::<Vec<_>>(), known);
                }
                now += SignedDuration::from_secs(30);
                for board in [&mut kept, &mut renewed] {
                    board.look(vec![sighting(seen)], Occasion::Poll(0), Unseen::Go, now);
                }
                prop_assert_eq!(
                    renewed.views().collect::<Vec<_>>(), kept.views().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_file_is_as_documented() {
        let mut board = Board::new(rules(Worsen::InARow(2), 2));
        let start: Timestamp = START.parse().unwrap();
        for (minute, seen) in [(0, 1), (1, 2)] {
            let now = start + SignedDuration::from_mins(minute);
            board.look(vec![sighting(seen)], Occasion::Poll(0), Unseen::Go, now);
        }
        let channels = board.memory().iter().map(SavedChannel::of).collect();
        let target = SavedTarget { name: "desk".into(), platform: "chime".into(), channels };
        let text = serde_json::to_string_pretty(&Document::new(start, vec![target])).unwrap();
        assert_eq!(
            text,
            r#"{
  "version": 1,
  "written": "2026-03-02T12:00:00Z",
  "targets": [
    {
      "name": "desk",
      "platform": "chime",
      "channels": [
        {
          "id": "1",
          "name": "Öffentlich \"1\"\n",
          "status": "down",
          "since": "2026-03-02T12:00:00Z",
          "explanation": "no agent is available",
          "rounds": [
            {
              "status": "down",
              "explanation": "no agent is available"
            },
            {
              "status": "ok"
            }
          ]
        }
      ]
    }
  ]
}"#
        );
    }

    #[test]
    fn a_channel_is_last_seen_when_the_file_was_written_unless_it_says_otherwise() {
        let channel = r#"{ "id": "1", "status": "ok", "since": "2026-01-01T00:00:00Z" }"#;
        let written = START.parse().unwrap();
        let earlier = "2026-03-02T01:00:00Z".parse().unwrap();
        let mut saved: SavedChannel = serde_json::from_str(channel).unwrap();
        assert_eq!(saved.clone().into_memory(written).last_seen, Some(written));
        saved.last_seen = Some(earlier);
        assert_eq!(saved.into_memory(written).last_seen, Some(earlier));
    }

    #[test]
    fn words_are_those_of_the_labels() {
        let word = |saved: serde_json::Value| saved.as_str().map(str::to_owned).unwrap();
        for status in Status::ALL {
            let saved = SavedStatus::from(status);
            assert_eq!(word(serde_json::to_value(saved).unwrap()), status.label());
            assert_eq!(Status::from(saved), status);
        }
        for reason in [
            UnavailableReason::Disabled,
            UnavailableReason::ServiceDown,
            UnavailableReason::Invalid,
            UnavailableReason::Unreachable,
            UnavailableReason::NoAgent,
            UnavailableReason::QueueFull,
            UnavailableReason::Other,
        ] {
            let saved = SavedReason::from(reason);
            assert_eq!(word(serde_json::to_value(saved).unwrap()), reason.label());
            assert_eq!(UnavailableReason::from(saved), reason);
        }
    }
}
