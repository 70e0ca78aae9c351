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
            if !report.agents.is_empty() && report.agents.iter().all(|agent| agent.status_id.is_none()) {
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

    /// The sum of a field over the agents who have it: 0 without agents, `None` where there are some but none has it.
    pub fn sum(&self, field: fn(&Agent) -> Option<f64>) -> Option<f64> {
        let mut values = self.agents.iter().filter_map(field).peekable();
        (self.agents.is_empty() || values.peek().is_some()).then(|| values.sum())
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
