//! The neutral view: the site and each of its departments is a place where a chat can be started.

use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::platform::comm100::families::{AgentsReport, LabelledRoute, QueueReport};
use crate::platform::comm100::wire::RightNow;
use crate::platform::comm100::wire_queue::Destination;

/// What `RightNow` says about the site.
pub fn right_now(report: &RightNow, site: &str) -> ChannelFacts {
    let availability = report.agents_logged_in.map(|agents| {
        if agents > 0.0 {
            Availability::Available
        } else {
            Availability::Unavailable(UnavailableReason::NoAgent)
        }
    });
    ChannelFacts {
        availability,
        queue_length: report.queue_length,
        agents_online: report.agents_logged_in,
        chats_ongoing: report.chats_ongoing,
        utilization: report.chat_utilization,
        ..ChannelFacts::new(site)
    }
}

/// What `Queue` says about the waits of the site, and all about the departments; agents are no channels.
pub fn queue(report: &QueueReport, site: &str) -> Vec<ChannelFacts> {
    report.0.iter().filter_map(|entry| route(entry, site)).collect()
}

/// What `Agents` says about the site: the chats that agents with a maximum could take on now.
///
/// A maximum of 0 is none at all: it neither adds free slots nor hides those of others. Where agents exist and none
/// has a maximum, the free slots are not known.
pub fn agents(report: &AgentsReport, site: &str) -> ChannelFacts {
    let free_slots = report.sum(|agent| {
        let most = agent.chats_max.filter(|most| *most > 0.0)?;
        Some((most - agent.chats_ongoing?).max(0.0))
    });
    ChannelFacts { free_slots, ..ChannelFacts::new(site) }
}

fn route(LabelledRoute { route, .. }: &LabelledRoute, site: &str) -> Option<ChannelFacts> {
    match &route.destination {
        Destination::Site => Some(ChannelFacts {
            wait_average: route.wait_average_30m,
            wait_longest: route.wait_longest,
            ..ChannelFacts::new(site)
        }),
        Destination::Department(id) => Some(ChannelFacts {
            name: route.name.clone(),
            availability: route.department_available.map(|available| {
                if available {
                    Availability::Available
                } else {
                    Availability::Unavailable(UnavailableReason::Disabled)
                }
            }),
            parent: Some(site.to_owned()),
            queue_length: route.queue_length,
            wait_average: route.wait_average_30m,
            wait_longest: route.wait_longest,
            chats_ongoing: route.chats_ongoing,
            ..ChannelFacts::new(id)
        }),
        Destination::Agent(_) => None,
    }
}
