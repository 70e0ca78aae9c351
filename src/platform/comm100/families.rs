//! The table of Comm100's metric families, in the contract's order.

use std::sync::Arc;

use crate::platform::comm100::agent_statuses::AgentStatuses;
use crate::platform::comm100::wire::{RightNow, Today};
use crate::platform::comm100::wire_agents::Agent;
use crate::platform::comm100::wire_queue::Route;
use crate::platform::family::{Family, Row, Sink};

/// A route with its label values decided.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledRoute {
    /// The `route_id` label.
    pub id: String,
    /// The `route` label.
    pub name: String,
    /// The vendor's entry.
    pub route: Route,
}

/// The routes of one answer, filtered.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueReport(pub Vec<LabelledRoute>);

/// The agents of all pages, and how their statuses are named.
#[derive(Clone, Debug)]
pub struct AgentsReport {
    /// Every agent once.
    pub agents: Vec<Agent>,
    /// Whether these are all agents: counts and sums over some of them would look like agents leaving.
    pub complete: bool,
    /// The names of statuses.
    pub statuses: Arc<AgentStatuses>,
}

/// Every family of the platform.
pub fn families() -> Vec<&'static Family> {
    let right_now = RIGHT_NOW.iter().map(|row| &row.family);
    let queue = QUEUE.iter().map(|row| &row.family);
    let agents = AGENTS.iter().chain(&PER_AGENT).chain(&AGENT_NAMES).map(|row| &row.family);
    let today = TODAY.iter().map(|row| &row.family);
    right_now.chain(queue).chain(agents).chain(today).collect()
}

/// From `RightNow`.
pub static RIGHT_NOW: [Row<RightNow>; 8] = [
    Row {
        family: Family::gauge(
            "comm100_agents_logged_in",
            &[],
            "Agents logged in, those who are away included (loggedInAgents of RightNow).",
        ),
        extract: |now, sink| sink.value(now.agents_logged_in),
    },
    Row {
        family: Family::gauge(
            "comm100_agents_in_chat",
            &[],
            "Agents with at least one chat (agentsInChat of RightNow).",
        ),
        extract: |now, sink| sink.value(now.agents_in_chat),
    },
    Row {
        family: Family::gauge(
            "comm100_chat_utilization_ratio",
            &[],
            "Chats of the online agents as a ratio of the most they may have, above 1 when they have more (chatUtilization of RightNow). A value far above 1 means that the site reports percent.",
        ),
        extract: |now, sink| sink.value(now.chat_utilization),
    },
    Row {
        family: Family::gauge(
            "comm100_visitors_on_site",
            &[],
            "Visitors on the web site, chatting or not (visitorOnSite of RightNow).",
        ),
        extract: |now, sink| sink.value(now.visitors_on_site),
    },
    Row {
        family: Family::gauge(
            "comm100_chats_ongoing",
            &[],
            "Chats in progress on the whole site (ongoingChats of RightNow).",
        ),
        extract: |now, sink| sink.value(now.chats_ongoing),
    },
    Row {
        family: Family::gauge(
            "comm100_chats_ongoing_with_agent",
            &[],
            "Chats in progress with an agent (ongoingChatsWithAgent of RightNow).",
        ),
        extract: |now, sink| sink.value(now.chats_ongoing_with_agent),
    },
    Row {
        family: Family::gauge(
            "comm100_chats_ongoing_with_bot",
            &[],
            "Chats in progress with a bot (ongoingChatsWithBot of RightNow).",
        ),
        extract: |now, sink| sink.value(now.chats_ongoing_with_bot),
    },
    Row {
        family: Family::gauge(
            "comm100_queue_length",
            &[],
            "Chats waiting on the whole site (currentQueueLength of RightNow). Sites without automatic chat allocation have none; the routes' queues are part of it.",
        ),
        extract: |now, sink| sink.value(now.queue_length),
    },
];

const ROUTE: &[&str] = &["route_type", "route_id", "route"];
const ROUTE_WINDOW: &[&str] = &["route_type", "route_id", "route", "window"];

/// From `Queue`.
pub static QUEUE: [Row<QueueReport>; 8] = [
    Row {
        family: Family::gauge(
            "comm100_route_queue_length",
            ROUTE,
            "Chats waiting for the route (currentQueueLength of Queue). Routes may overlap: their sum is not the site's queue.",
        ),
        extract: |queue, sink| queue.each(sink, |route| route.queue_length),
    },
    Row {
        family: Family::gauge(
            "comm100_route_visitors_waiting",
            ROUTE,
            "Visitors that the route lists as waiting (length of visitors of Queue).",
        ),
        extract: |queue, sink| queue.each(sink, |route| route.visitors_waiting),
    },
    Row {
        family: Family::gauge(
            "comm100_route_wait_longest_seconds",
            ROUTE,
            "Longest time that a waiting visitor of the route has waited, 0 with nobody waiting (largest visitors[].waitTime of Queue), in seconds.",
        ),
        extract: |queue, sink| queue.each(sink, |route| route.wait_longest),
    },
    Row {
        family: Family::gauge(
            "comm100_route_wait_average_seconds",
            ROUTE_WINDOW,
            "Average wait until visitors were answered, left or switched to a message, over the window (avgWaitTimeinLast30Mins and avgWaitTimeinLast60Mins of Queue), in seconds.",
        ),
        extract: |queue, sink| {
            queue.windows(
                sink,
                &[("30m", |route| route.wait_average_30m), ("60m", |route| route.wait_average_60m)],
            );
        },
    },
    Row {
        family: Family::gauge(
            "comm100_route_chats_ongoing",
            ROUTE,
            "Chats of the route in progress (ongoingChats of Queue).",
        ),
        extract: |queue, sink| queue.each(sink, |route| route.chats_ongoing),
    },
    Row {
        family: Family::gauge(
            "comm100_route_chats_max_concurrent",
            ROUTE,
            "Most chats that the route may have at once, 0 where no maximum is set (maxConcurrentChats of Queue).",
        ),
        extract: |queue, sink| queue.each(sink, |route| route.chats_max),
    },
    Row {
        family: Family::gauge(
            "comm100_route_chats_abandoned",
            ROUTE_WINDOW,
            "Visitors of the route who gave up waiting within the window (abandonedChatsinLast30Mins of Queue).",
        ),
        extract: |queue, sink| queue.windows(sink, &[("30m", |route| route.chats_abandoned_30m)]),
    },
    Row {
        family: Family::gauge(
            "comm100_route_chats_switched_to_message",
            ROUTE_WINDOW,
            "Visitors of the route who left a message in place of waiting within the window (switchedtoMessagesinLast30Mins of Queue).",
        ),
        extract: |queue, sink| queue.windows(sink, &[("30m", |route| route.chats_switched_to_message_30m)]),
    },
];

/// From all pages of `Agents`.
pub static AGENTS: [Row<AgentsReport>; 3] = [
    Row {
        family: Family::gauge(
            "comm100_agents",
            &["status"],
            "Agents by status (currentStatusId of Agents); a status without a configured name is other.",
        ),
        extract: |report, sink| {
            let without_status = report.agents.iter().all(|agent| agent.status_id.is_none());
            if !report.complete || (without_status && !report.agents.is_empty()) {
                return;
            }
            for status in report.statuses.names() {
                let agents = report.agents.iter().filter(|agent| report.status(agent) == Some(status));
                sink.labelled(&[status], agents.count() as f64);
            }
        },
    },
    Row {
        family: Family::gauge(
            "comm100_agents_chats_ongoing",
            &[],
            "Chats in progress, the sum over all agents (ongoingChats of Agents).",
        ),
        extract: |report, sink| sink.value(report.sum(|agent| agent.chats_ongoing)),
    },
    Row {
        family: Family::gauge(
            "comm100_agents_chats_max_concurrent",
            &[],
            "Most chats at once, the sum over all agents with a maximum (maxConcurrentChats of Agents above 0).",
        ),
        extract: |report, sink| sink.value(report.sum(|agent| agent.chats_max.filter(|most| *most > 0.0))),
    },
];

const AGENT: &[&str] = &["agent_id"];
const AGENT_STATUS: &[&str] = &["agent_id", "status"];

/// From all pages of `Agents`, with `per_agent`.
pub static PER_AGENT: [Row<AgentsReport>; 6] = [
    Row {
        family: Family::gauge(
            "comm100_agent_chats_ongoing",
            AGENT,
            "Chats of the agent in progress (ongoingChats of Agents).",
        ),
        extract: |report, sink| report.each(sink, |agent| agent.chats_ongoing),
    },
    Row {
        family: Family::gauge(
            "comm100_agent_chats_max_concurrent",
            AGENT,
            "Most chats that the agent may have at once, 0 where no maximum is set (maxConcurrentChats of Agents).",
        ),
        extract: |report, sink| report.each(sink, |agent| agent.chats_max),
    },
    Row {
        family: Family::gauge(
            "comm100_agent_chats_today",
            AGENT,
            "Chats of the agent since the start of the site's day (intradayChats of Agents).",
        ),
        extract: |report, sink| report.each(sink, |agent| agent.chats_today),
    },
    Row {
        family: Family::gauge(
            "comm100_agent_chat_time_today_seconds",
            AGENT,
            "Time of the agent in chats since the start of the site's day (intradayLinearChatTime of Agents), in seconds.",
        ),
        extract: |report, sink| report.each(sink, |agent| agent.chat_time_today),
    },
    Row {
        family: Family::gauge(
            "comm100_agent_status",
            AGENT_STATUS,
            "Whether the agent is in the status, 1 for exactly one of them (currentStatusId of Agents).",
        ),
        extract: |report, sink| {
            let states: Vec<&str> = report.statuses.names().iter().map(String::as_str).collect();
            for agent in &report.agents {
                sink.states(&[&agent.id], &states, report.status(agent));
            }
        },
    },
    Row {
        family: Family::gauge(
            "comm100_agent_status_time_today_seconds",
            AGENT_STATUS,
            "Time of the agent in the status since the start of the site's day (statusDistribution of Agents), in seconds.",
        ),
        extract: |report, sink| {
            for agent in &report.agents {
                for (status, seconds) in report.status_times(agent) {
                    sink.labelled(&[&agent.id, status], seconds);
                }
            }
        },
    },
];

/// From all pages of `Agents`, with `agent_names`.
pub static AGENT_NAMES: [Row<AgentsReport>; 1] = [Row {
    family: Family::info(
        "comm100_agent_info",
        &["agent_id", "agent"],
        "Display name of the agent (displayName of Agents); only with agent_names.",
    ),
    extract: |report, sink| {
        for agent in &report.agents {
            sink.labelled(&[&agent.id, agent.name.as_deref().unwrap_or(&agent.id)], 1.0);
        }
    },
}];

/// From `Today`.
pub static TODAY: [Row<Today>; 17] = [
    Row {
        family: Family::gauge(
            "comm100_today_chat_requests",
            &[],
            "Chats that visitors asked for today (chatRequests of Today).",
        ),
        extract: |today, sink| sink.value(today.chat_requests),
    },
    Row {
        family: Family::gauge(
            "comm100_today_total_chats",
            &[],
            "All chats of today, whoever held them (totalChats of Today).",
        ),
        extract: |today, sink| sink.value(today.total_chats),
    },
    Row {
        family: Family::gauge("comm100_today_chats", &[], "Chats of today (chats of Today)."),
        extract: |today, sink| sink.value(today.chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_abandoned_chats",
            &[],
            "Chats of today that visitors gave up before an answer (abandondedChats of Today).",
        ),
        extract: |today, sink| sink.value(today.abandoned_chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_missed_chats",
            &[],
            "Chats of today that nobody took (missedChats of Today).",
        ),
        extract: |today, sink| sink.value(today.missed_chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_switched_to_message_chats",
            &[],
            "Chats of today that became a message (switchedToMessageChats of Today).",
        ),
        extract: |today, sink| sink.value(today.switched_to_message_chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_accepted_invitations",
            &[],
            "Invitations to a chat that visitors accepted today (acceptedInvitations of Today).",
        ),
        extract: |today, sink| sink.value(today.accepted_invitations),
    },
    Row {
        family: Family::gauge(
            "comm100_today_department_transferred_chats",
            &[],
            "Chats of today that were transferred to a department (departmentTransferredChats of Today).",
        ),
        extract: |today, sink| sink.value(today.department_transferred_chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_transferred_chats",
            &[],
            "Chats of today that were transferred at all (totalTransferredChats of Today).",
        ),
        extract: |today, sink| sink.value(today.transferred_chats),
    },
    Row {
        family: Family::gauge(
            "comm100_today_chat_acceptance_ratio",
            &[],
            "Accepted chats as a ratio of those asked for today (chatAcceptanceRate of Today).",
        ),
        extract: |today, sink| sink.value(today.chat_acceptance),
    },
    Row {
        family: Family::gauge(
            "comm100_today_service_accessibility_ratio",
            &[],
            "Service accessibility of today as a ratio (serviceAccessibilityRate of Today); the vendor does not state the unit.",
        ),
        extract: |today, sink| sink.value(today.service_accessibility),
    },
    Row {
        family: Family::gauge(
            "comm100_today_unique_chat_ratio",
            &[],
            "Unique chats of today as a ratio (uniqueChatRate of Today); the vendor does not state the unit.",
        ),
        extract: |today, sink| sink.value(today.unique_chat),
    },
    Row {
        family: Family::gauge(
            "comm100_today_agent_utilization_ratio",
            &[],
            "Time in chats as a ratio of the agents' logged-in time of today (agentUtilization of Today).",
        ),
        extract: |today, sink| sink.value(today.agent_utilization),
    },
    Row {
        family: Family::gauge(
            "comm100_today_score_average",
            &[],
            "Average rating that visitors gave today, in the site's own scale (avgScore of Today).",
        ),
        extract: |today, sink| sink.value(today.score_average),
    },
    Row {
        family: Family::gauge(
            "comm100_today_wait_average_seconds",
            &[],
            "Average wait of today until visitors were answered, left or switched to a message (avgWaitingTime of Today), in seconds.",
        ),
        extract: |today, sink| sink.value(today.wait_average),
    },
    Row {
        family: Family::gauge(
            "comm100_today_chat_duration_average_seconds",
            &[],
            "Average duration of the chats of today (avgChatTime of Today), in seconds.",
        ),
        extract: |today, sink| sink.value(today.chat_duration_average),
    },
    Row {
        family: Family::gauge(
            "comm100_today_agent_response_average_seconds",
            &[],
            "Average time that agents took to respond today (agentAvgResponseTime of Today), in seconds.",
        ),
        extract: |today, sink| sink.value(today.agent_response_average),
    },
];

/// Picks one field of a route.
type RouteField = fn(&Route) -> Option<f64>;

impl QueueReport {
    /// Pushes one field of every route.
    fn each(&self, sink: &mut Sink<'_>, field: RouteField) {
        for LabelledRoute { id, name, route } in &self.0 {
            sink.labelled(&[route.destination.label(), id, name], field(route));
        }
    }

    /// Pushes fields of every route that differ in the window they cover.
    fn windows(&self, sink: &mut Sink<'_>, windows: &[(&str, RouteField)]) {
        for LabelledRoute { id, name, route } in &self.0 {
            for (window, field) in windows {
                sink.labelled(&[route.destination.label(), id, name, window], field(route));
            }
        }
    }
}

impl AgentsReport {
    /// Pushes one field of every agent.
    fn each(&self, sink: &mut Sink<'_>, field: fn(&Agent) -> Option<f64>) {
        for agent in &self.agents {
            sink.labelled(&[&agent.id], field(agent));
        }
    }

    /// The sum of a field over the agents who have it: 0 without agents, `None` where there are some but none has it,
    /// or where not all agents are known.
    pub fn sum(&self, field: impl Fn(&Agent) -> Option<f64>) -> Option<f64> {
        let mut values = self.agents.iter().filter_map(field).peekable();
        let known = self.agents.is_empty() || values.peek().is_some();
        // Not `sum`: of nothing it makes a negative zero.
        (known && self.complete).then(|| values.fold(0.0, |sum, value| sum + value))
    }

    /// The name of an agent's status; `None` where the vendor gives no status.
    fn status(&self, agent: &Agent) -> Option<&str> {
        agent.status_id.as_deref().map(|id| self.statuses.name(id))
    }

    /// Seconds by name of status, in the order of the names; ids that share a name are added up.
    fn status_times(&self, agent: &Agent) -> Vec<(&str, f64)> {
        let seconds = |status: &str| -> Option<f64> {
            let named = agent.status_times.iter().filter(|(id, _)| self.statuses.name(id) == status);
            named.map(|(_, seconds)| *seconds).reduce(|sum, seconds| sum + seconds)
        };
        let names = self.statuses.names().iter().map(String::as_str);
        names.filter_map(|status| seconds(status).map(|seconds| (status, seconds))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::platform::comm100::wire::tests::reply;
    use crate::platform::comm100::wire_agents;
    use crate::platform::family::{Sample, extract};

    /// The samples as lines, the way they read on a page.
    fn lines(samples: &[Sample]) -> Vec<String> {
        let line = |sample: &Sample| {
            let names = sample.family.labels.iter();
            let labels =
                names.zip(&sample.labels).map(|(name, value)| format!("{name}={:?}", value.as_str()));
            let labels: Vec<String> = labels.collect();
            format!("{}{{{}}} {}", sample.family.name, labels.join(","), sample.value)
        };
        samples.iter().map(line).collect()
    }

    fn report(body: &str) -> AgentsReport {
        let lunch = ("3f2d0c7a-0000-4000-8000-000000000000".to_owned(), "lunch".to_owned());
        let statuses = Arc::new(AgentStatuses::new(&BTreeMap::from([lunch])).unwrap());
        AgentsReport { agents: wire_agents::agents(&reply(body)).unwrap().agents, complete: true, statuses }
    }

    fn agents_samples(body: &str, table: &'static [Row<AgentsReport>]) -> Vec<String> {
        let mut samples = Vec::new();
        extract(table, &report(body), &mut samples);
        lines(&samples)
    }

    #[test]
    fn the_families_are_those_of_the_contract_in_its_order() {
        let names: Vec<&str> = families().iter().map(|family| family.name).collect();
        let contract = "comm100_agents_logged_in comm100_agents_in_chat comm100_chat_utilization_ratio \
            comm100_visitors_on_site comm100_chats_ongoing comm100_chats_ongoing_with_agent \
            comm100_chats_ongoing_with_bot comm100_queue_length comm100_route_queue_length \
            comm100_route_visitors_waiting comm100_route_wait_longest_seconds comm100_route_wait_average_seconds \
            comm100_route_chats_ongoing comm100_route_chats_max_concurrent comm100_route_chats_abandoned \
            comm100_route_chats_switched_to_message comm100_agents comm100_agents_chats_ongoing \
            comm100_agents_chats_max_concurrent comm100_agent_chats_ongoing comm100_agent_chats_max_concurrent \
            comm100_agent_chats_today comm100_agent_chat_time_today_seconds comm100_agent_status \
            comm100_agent_status_time_today_seconds comm100_agent_info comm100_today_chat_requests \
            comm100_today_total_chats comm100_today_chats comm100_today_abandoned_chats \
            comm100_today_missed_chats comm100_today_switched_to_message_chats \
            comm100_today_accepted_invitations comm100_today_department_transferred_chats \
            comm100_today_transferred_chats comm100_today_chat_acceptance_ratio \
            comm100_today_service_accessibility_ratio comm100_today_unique_chat_ratio \
            comm100_today_agent_utilization_ratio comm100_today_score_average \
            comm100_today_wait_average_seconds comm100_today_chat_duration_average_seconds \
            comm100_today_agent_response_average_seconds";
        assert_eq!(names, contract.split_whitespace().collect::<Vec<_>>());
        for family in families() {
            assert!(family.help.ends_with('.') && !family.help.contains('\n'), "{}", family.help);
        }
    }

    #[test]
    fn agents_are_counted_by_status_and_summed() {
        let body = r#"[
            {"agentId": "a", "currentStatusId": "00000000-0000-0000-0000-000000000000", "ongoingChats": 2,
             "maxConcurrentChats": 3},
            {"agentId": "b", "currentStatusId": "3F2D0C7A-0000-4000-8000-000000000000", "ongoingChats": 1,
             "maxConcurrentChats": 0},
            {"agentId": "c", "currentStatusId": "ffffffff-0000-4000-8000-000000000000", "maxConcurrentChats": 4}]"#;
        assert_eq!(
            agents_samples(body, &AGENTS),
            [
                r#"comm100_agents{status="online"} 1"#,
                r#"comm100_agents{status="away"} 0"#,
                r#"comm100_agents{status="offline"} 0"#,
                r#"comm100_agents{status="lunch"} 1"#,
                r#"comm100_agents{status="other"} 1"#,
                "comm100_agents_chats_ongoing{} 3",
                "comm100_agents_chats_max_concurrent{} 7",
            ]
        );
    }

    #[test]
    fn what_no_agent_has_is_absent_and_no_agents_are_zero() {
        assert_eq!(agents_samples(r#"[{"agentId": "a", "maxConcurrentChats": 0}]"#, &AGENTS), [""; 0]);
        assert_eq!(
            agents_samples("[]", &AGENTS),
            [
                r#"comm100_agents{status="online"} 0"#,
                r#"comm100_agents{status="away"} 0"#,
                r#"comm100_agents{status="offline"} 0"#,
                r#"comm100_agents{status="lunch"} 0"#,
                r#"comm100_agents{status="other"} 0"#,
                "comm100_agents_chats_ongoing{} 0",
                "comm100_agents_chats_max_concurrent{} 0",
            ]
        );
    }

    #[test]
    fn a_list_that_is_incomplete_gives_no_sum_but_its_agents() {
        let body = r#"[{"agentId": "a", "ongoingChats": 2, "maxConcurrentChats": 3,
            "currentStatusId": "00000000-0000-0000-0000-000000000000"}]"#;
        let report = AgentsReport { complete: false, ..report(body) };
        let mut samples = Vec::new();
        extract(&AGENTS, &report, &mut samples);
        assert_eq!(lines(&samples), [""; 0]);
        extract(&PER_AGENT[..2], &report, &mut samples);
        assert_eq!(
            lines(&samples),
            [
                r#"comm100_agent_chats_ongoing{agent_id="a"} 2"#,
                r#"comm100_agent_chats_max_concurrent{agent_id="a"} 3"#,
            ]
        );
    }

    #[test]
    fn agents_have_series_of_their_own_by_id_and_a_name_in_one_family_only() {
        let body = r#"[
            {"agentId": "a", "displayName": "Ann Example", "ongoingChats": 2, "maxConcurrentChats": 0,
             "intradayChats": 9, "intradayLinearChatTime": "00:30:00",
             "currentStatusId": "00000000-0000-0000-0000-000000000001",
             "statusDistribution": {"00000000-0000-0000-0000-000000000001": "00:10:00", "x": 5, "y": 7}},
            {"agentId": "b"}]"#;
        assert_eq!(
            agents_samples(body, &PER_AGENT),
            [
                r#"comm100_agent_chats_ongoing{agent_id="a"} 2"#,
                r#"comm100_agent_chats_max_concurrent{agent_id="a"} 0"#,
                r#"comm100_agent_chats_today{agent_id="a"} 9"#,
                r#"comm100_agent_chat_time_today_seconds{agent_id="a"} 1800"#,
                r#"comm100_agent_status{agent_id="a",status="online"} 0"#,
                r#"comm100_agent_status{agent_id="a",status="away"} 1"#,
                r#"comm100_agent_status{agent_id="a",status="offline"} 0"#,
                r#"comm100_agent_status{agent_id="a",status="lunch"} 0"#,
                r#"comm100_agent_status{agent_id="a",status="other"} 0"#,
                r#"comm100_agent_status_time_today_seconds{agent_id="a",status="away"} 600"#,
                r#"comm100_agent_status_time_today_seconds{agent_id="a",status="other"} 12"#,
            ]
        );
        assert_eq!(
            agents_samples(body, &AGENT_NAMES),
            [
                r#"comm100_agent_info{agent_id="a",agent="Ann Example"} 1"#,
                r#"comm100_agent_info{agent_id="b",agent="b"} 1"#,
            ]
        );
    }
}
