//! The metric families of an entry point, one row each.

use crate::platform::egain::status::{Decision, DisallowedReason, Eligibility, Status};
use crate::platform::family::{Family, Row};

/// What one answer says about an entry point, with the labels it goes under.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The `entry_point_id` label.
    pub id: String,
    /// The `entry_point` label: its name, or its id where it has none.
    pub name: String,
    /// Whether every enabled check answered; `None` in the answer to a single check.
    pub up: Option<bool>,
    /// What a single check answered.
    pub status: Status,
}

impl Observation {
    fn labels(&self) -> [&str; 2] {
        [&self.id, &self.name]
    }
}

const ENTRY_POINT: &[&str] = &["entry_point_id", "entry_point"];

/// Every family of eGain, in the order of the exposition.
pub static ROWS: [Row<Observation>; 8] = [
    Row {
        family: Family::gauge(
            "egain_entry_point_up",
            ENTRY_POINT,
            "Whether every enabled check of the entry point answered in full (1) or not (0).",
        ),
        extract: |seen, sink| sink.flag(&seen.labels(), seen.up),
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_agent_available",
            ENTRY_POINT,
            "Whether an agent is available, from agentAvailability's available (1 or 0); always 1 where the entry \
             point does not require an agent.",
        ),
        extract: |seen, sink| sink.flag(&seen.labels(), seen.status.agent_available),
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_capacity_slots",
            ENTRY_POINT,
            "Chats that agents could take on now, from capacity's count; 0 means no agent, or all at their limit.",
        ),
        extract: |seen, sink| sink.labelled(&seen.labels(), seen.status.capacity_slots),
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_queue_depth",
            ENTRY_POINT,
            "Chats in the queue that wait for an agent, from liveSessionStatus' queueDepth.",
        ),
        extract: |seen, sink| sink.labelled(&seen.labels(), seen.status.queue_depth),
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_estimated_wait_seconds",
            ENTRY_POINT,
            "Estimated wait of a chat that starts now in seconds, from liveSessionStatus' waitTime.",
        ),
        extract: |seen, sink| sink.labelled(&seen.labels(), seen.status.estimated_wait),
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_eligibility",
            &["entry_point_id", "entry_point", "state"],
            "Whether the queue takes a new chat, from checkEligibility's responseType: 1 for the state that holds \
             (0 is eligible, 1 no_agent, 2 queue_full), 0 for the others.",
        ),
        extract: |seen, sink| {
            let states = Eligibility::ALL.map(Eligibility::label);
            sink.states(&seen.labels(), &states, seen.status.eligibility.map(Eligibility::label));
        },
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_chat_allowed",
            ENTRY_POINT,
            "Whether the entry point takes a new chat, from chatAllowed's allowed (1 or 0).",
        ),
        extract: |seen, sink| {
            sink.flag(&seen.labels(), seen.status.decision.map(|decision| decision == Decision::Allowed));
        },
    },
    Row {
        family: Family::gauge(
            "egain_entry_point_chat_disallowed",
            &["entry_point_id", "entry_point", "reason"],
            "Why the entry point takes no new chat, from chatAllowed's reason: 1 for the reason that holds, 0 for \
             the others, and 0 for all while chats are allowed.",
        ),
        extract: |seen, sink| {
            let Some(decision) = seen.status.decision else { return };
            for reason in DisallowedReason::ALL {
                let holds = decision == Decision::Disallowed(reason);
                sink.flag(&[&seen.id, &seen.name, reason.label()], holds);
            }
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::family::{LabelValue, Sample, extract};

    fn samples(up: Option<bool>, status: Status) -> Vec<String> {
        let observation = Observation { id: "1000".to_owned(), name: "Retail".to_owned(), up, status };
        let mut samples = Vec::new();
        extract(&ROWS, &observation, &mut samples);
        samples.iter().map(line).collect()
    }

    fn line(sample: &Sample) -> String {
        let labels: Vec<&str> = sample.labels.iter().map(LabelValue::as_str).collect();
        let name = sample.family.name.trim_start_matches("egain_entry_point_");
        format!("{name} {} {}", labels.join(","), sample.value)
    }

    #[test]
    fn every_field_becomes_its_samples() {
        let status = Status {
            agent_available: Some(true),
            capacity_slots: Some(4.0),
            queue_depth: Some(1.0),
            estimated_wait: Some(3.5),
            eligibility: Some(Eligibility::QueueFull),
            decision: Some(Decision::Disallowed(DisallowedReason::QueueDepthReached)),
        };
        assert_eq!(
            samples(Some(false), status),
            [
                "up 1000,Retail 0",
                "agent_available 1000,Retail 1",
                "capacity_slots 1000,Retail 4",
                "queue_depth 1000,Retail 1",
                "estimated_wait_seconds 1000,Retail 3.5",
                "eligibility 1000,Retail,eligible 0",
                "eligibility 1000,Retail,no_agent 0",
                "eligibility 1000,Retail,queue_full 1",
                "eligibility 1000,Retail,other 0",
                "chat_allowed 1000,Retail 0",
                "chat_disallowed 1000,Retail,queue_depth_reached 1",
                "chat_disallowed 1000,Retail,agent_not_available 0",
                "chat_disallowed 1000,Retail,service_not_running 0",
                "chat_disallowed 1000,Retail,invalid_entry_point 0",
                "chat_disallowed 1000,Retail,entry_point_inactive 0",
                "chat_disallowed 1000,Retail,other 0",
            ]
        );
    }

    #[test]
    fn every_reason_is_zero_while_chats_are_allowed() {
        let status = Status { decision: Some(Decision::Allowed), ..Status::default() };
        let lines = samples(None, status);
        assert_eq!(lines[0], "chat_allowed 1000,Retail 1");
        assert_eq!(lines.iter().filter(|line| line.ends_with(" 0")).count(), 6);
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn absent_fields_give_no_sample() {
        assert_eq!(samples(None, Status::default()), Vec::<String>::new());
    }
}
