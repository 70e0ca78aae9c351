//! The neutral view: the site and each of its departments is a place where a chat can be started.

use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::platform::comm100::agent_statuses::OTHER;
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
/// has a maximum, or not all agents are known, the free slots are not known. An agent with a known status other than online takes no chats; one
/// without a status or with an unknown one may.
pub fn agents(report: &AgentsReport, site: &str) -> ChannelFacts {
    let free_slots = report.sum(|agent| {
        let most = agent.chats_max.filter(|most| *most > 0.0)?;
        let status = agent.status_id.as_deref().map_or(OTHER, |id| report.statuses.name(id));
        let takes_chats = matches!(status, "online" | OTHER);
        Some(if takes_chats { (most - agent.chats_ongoing?).max(0.0) } else { 0.0 })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::platform::comm100::agent_statuses::AgentStatuses;
    use crate::platform::comm100::wire::tests::reply;
    use crate::platform::comm100::{wire_agents, wire_queue};

    #[test]
    fn the_site_is_available_while_agents_are_logged_in() {
        let report = |agents_logged_in| RightNow {
            agents_logged_in,
            queue_length: Some(3.0),
            chats_ongoing: Some(5.0),
            chat_utilization: Some(0.5),
            ..RightNow::default()
        };
        let cases = [
            (Some(2.0), Some(Availability::Available)),
            (Some(0.0), Some(Availability::Unavailable(UnavailableReason::NoAgent))),
            (None, None),
        ];
        for (agents_online, availability) in cases {
            let expected = ChannelFacts {
                availability,
                queue_length: Some(3.0),
                agents_online,
                chats_ongoing: Some(5.0),
                utilization: Some(0.5),
                ..ChannelFacts::new("10000")
            };
            assert_eq!(right_now(&report(agents_online), "10000"), expected);
        }
    }

    #[test]
    fn the_site_has_its_waits_and_departments_are_channels_below_it() {
        let body = r#"[
            {"currentQueueLength": 9, "ongoingChats": 8, "avgWaitTimeinLast30Mins": "00:00:10",
             "visitors": [{"waitTime": 20}]},
            {"routeToDepartmentId": "D1", "currentQueueLength": 1, "ongoingChats": 2,
             "avgWaitTimeinLast30Mins": "00:00:30", "visitors": [],
             "routeToDepartment": {"name": "Sales", "isAvailableInLiveChat": true, "isDeleted": false}},
            {"routeToDepartmentId": "D2", "routeToDepartment": {"name": "Old", "isDeleted": true}},
            {"routeToDepartmentId": "D3"},
            {"routeToAgentId": "A1", "routeToAgent": {"displayName": "Ann Example"}}]"#;
        let routes = wire_queue::queue(&reply(body)).unwrap().value;
        let labelled = |route| LabelledRoute { id: String::new(), name: String::new(), route };
        let report = QueueReport(routes.into_iter().map(labelled).collect());
        let below = |id| ChannelFacts { parent: Some("site".to_owned()), ..ChannelFacts::new(id) };
        assert_eq!(
            queue(&report, "site"),
            [
                ChannelFacts {
                    wait_average: Some(10.0),
                    wait_longest: Some(20.0),
                    ..ChannelFacts::new("site")
                },
                ChannelFacts {
                    name: Some("Sales".to_owned()),
                    availability: Some(Availability::Available),
                    queue_length: Some(1.0),
                    wait_average: Some(30.0),
                    wait_longest: Some(0.0),
                    chats_ongoing: Some(2.0),
                    ..below("D1")
                },
                ChannelFacts {
                    name: Some("Old".to_owned()),
                    availability: Some(Availability::Unavailable(UnavailableReason::Disabled)),
                    ..below("D2")
                },
                below("D3"),
            ]
        );
    }

    #[test]
    fn free_slots_are_those_of_agents_with_a_maximum() {
        let cases = [
            (r#"[{"agentId": "a", "ongoingChats": 1, "maxConcurrentChats": 3}]"#, Some(2.0)),
            (
                r#"[{"agentId": "a", "ongoingChats": 1, "maxConcurrentChats": 3},
                    {"agentId": "b", "ongoingChats": 4, "maxConcurrentChats": 2},
                    {"agentId": "c", "ongoingChats": 4, "maxConcurrentChats": 0},
                    {"agentId": "d", "maxConcurrentChats": 2}]"#,
                Some(2.0),
            ),
            (
                r#"[{"agentId": "a", "ongoingChats": 1, "maxConcurrentChats": 3,
                     "currentStatusId": "00000000-0000-0000-0000-000000000000"},
                    {"agentId": "b", "ongoingChats": 0, "maxConcurrentChats": 5,
                     "currentStatusId": "00000000-0000-0000-0000-000000000002"},
                    {"agentId": "c", "ongoingChats": 0, "maxConcurrentChats": 4,
                     "currentStatusId": "3f2d0c7a-0000-4000-8000-000000000000"}]"#,
                Some(6.0),
            ),
            (r#"[{"agentId": "c", "ongoingChats": 0, "maxConcurrentChats": 0}]"#, None),
            ("[]", Some(0.0)),
        ];
        for (body, free_slots) in cases {
            let agents_read = wire_agents::agents(&reply(body)).unwrap().agents;
            let statuses = Arc::new(AgentStatuses::new(&BTreeMap::new()).unwrap());
            let report = AgentsReport { agents: agents_read, complete: true, statuses };
            assert_eq!(
                agents(&report, "site"),
                ChannelFacts { free_slots, ..ChannelFacts::new("site") },
                "{body}"
            );
        }
    }
}
