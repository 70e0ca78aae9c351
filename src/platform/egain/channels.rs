//! An entry point as a channel: the vendor-neutral view of what a check answered.

use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::platform::egain::config::EntryPoint;
use crate::platform::egain::status::{Decision, DisallowedReason, Status};

/// What `status` says about the channel of `entry_point`.
pub fn facts(entry_point: &EntryPoint, status: &Status) -> ChannelFacts {
    ChannelFacts {
        name: Some(entry_point.label().to_owned()),
        availability: status.decision.map(availability),
        queue_length: status.queue_depth,
        wait_estimated: status.estimated_wait,
        free_slots: status.capacity_slots,
        ..ChannelFacts::new(entry_point.id.as_str())
    }
}

fn availability(decision: Decision) -> Availability {
    match decision {
        Decision::Allowed => Availability::Available,
        Decision::Disallowed(reason) => Availability::Unavailable(match reason {
            DisallowedReason::AgentNotAvailable => UnavailableReason::NoAgent,
            DisallowedReason::QueueDepthReached => UnavailableReason::QueueFull,
            DisallowedReason::EntryPointInactive => UnavailableReason::Disabled,
            DisallowedReason::ServiceNotRunning => UnavailableReason::ServiceDown,
            DisallowedReason::InvalidEntryPoint => UnavailableReason::Invalid,
            DisallowedReason::Other => UnavailableReason::Other,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::egain::config::EntryPointId;

    fn entry_point(name: Option<&str>) -> EntryPoint {
        let id = EntryPointId::parse("1000").unwrap();
        EntryPoint { id, name: name.map(ToOwned::to_owned), schedule: None }
    }

    #[test]
    fn every_check_adds_its_facts() {
        let status = Status {
            capacity_slots: Some(4.0),
            queue_depth: Some(1.0),
            estimated_wait: Some(3.0),
            decision: Some(Decision::Allowed),
            ..Status::default()
        };
        let expected = ChannelFacts {
            id: "1000".to_owned(),
            name: Some("Retail".to_owned()),
            availability: Some(Availability::Available),
            queue_length: Some(1.0),
            wait_estimated: Some(3.0),
            free_slots: Some(4.0),
            ..ChannelFacts::default()
        };
        assert_eq!(facts(&entry_point(Some("Retail")), &status), expected);
    }

    #[test]
    fn an_entry_point_without_a_name_goes_by_its_id() {
        let expected =
            ChannelFacts { id: "1000".to_owned(), name: Some("1000".to_owned()), ..ChannelFacts::default() };
        assert_eq!(facts(&entry_point(None), &Status::default()), expected);
    }

    #[test]
    fn reasons_translate_to_the_neutral_ones() {
        let labels = DisallowedReason::ALL.map(|reason| match availability(Decision::Disallowed(reason)) {
            Availability::Available => "available",
            Availability::Unavailable(reason) => reason.label(),
        });
        assert_eq!(labels, ["queue_full", "no_agent", "service_down", "invalid", "disabled", "other"]);
    }
}
