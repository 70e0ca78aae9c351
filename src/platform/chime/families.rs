//! The metric families of Chime: one row each, with how its samples come out of a parsed answer.

use std::collections::BTreeMap;

use crate::platform::chime::outages::OutageSummary;
use crate::platform::chime::wire::{Queue, QueueState};
use crate::platform::chime::wire_agents::PRESENCES;
use crate::platform::chime::wire_health::{Component, HealthMonitor};
use crate::platform::family::{Family, Row, Sink};

/// Something about one queue, with the two labels of every queue family.
#[derive(Debug)]
pub struct OfQueue<T> {
    /// The `queue_id` label.
    pub queue_id: String,
    /// The `queue` label.
    pub queue: String,
    /// What is said about the queue.
    pub value: T,
}

impl<T> OfQueue<T> {
    /// `value` about `queue`.
    pub fn new(queue: &Queue, value: T) -> Self {
        Self { queue_id: queue.id.clone(), queue: queue.name.clone(), value }
    }

    fn labels(&self) -> [&str; 2] {
        [&self.queue_id, &self.queue]
    }
}

/// The web clients of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebClients {
    /// Those with a chat form.
    pub with_form: usize,
    /// Those without.
    pub without_form: usize,
}

/// The agents of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// All of them.
    pub agents: usize,
    /// Those who manage the queue; `None` where the server does not tell it of all of them.
    pub managers: Option<usize>,
}

/// The agents of all queues, each counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workforce {
    /// Agents by presence; a presence that is not listed has none.
    pub by_presence: BTreeMap<&'static str, usize>,
    /// Agents available in Chime; `None` where the server does not tell it of all of them.
    pub available: Option<usize>,
}

/// Agents by skill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skills {
    /// Agents that have the skill.
    pub agents: BTreeMap<String, usize>,
    /// Those of them who are available.
    pub available: BTreeMap<String, usize>,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentState {
    /// The vendor's identifier.
    pub id: String,
    /// Whether the agent is available in Chime.
    pub available: Option<bool>,
}

/// Families of the `health_monitor` collector.
pub static HEALTH: [Row<HealthMonitor>; 5] = [
    Row {
        family: Family::gauge(
            "chime_healthy",
            &[],
            "Whether Chime finds everything healthy (HealthMonitor Ok); false as soon as one component is not, ignored ones included. 1 or 0.",
        ),
        extract: |health, sink| sink.flag(&[], health.healthy),
    },
    Row {
        family: Family::gauge(
            "chime_system_healthy",
            &[],
            "Whether Chime finds its system healthy (HealthMonitor System.OK). 1 or 0.",
        ),
        extract: |health, sink| sink.flag(&[], health.system_healthy),
    },
    Row {
        family: Family::gauge(
            "chime_system_component_healthy",
            &["component"],
            "Whether a component of the system is healthy (HealthMonitor System.<component>.Status). 1 or 0.",
        ),
        extract: |health, sink| components(&health.components, &[], sink),
    },
    Row {
        family: Family::gauge(
            "chime_queue_healthy",
            &["queue_id", "queue"],
            "Whether Chime finds the queue healthy (HealthMonitor Queues[].Ok). 1 or 0.",
        ),
        extract: |health, sink| {
            for queue in &health.queues {
                sink.flag(&[&queue.id, &queue.name], queue.healthy);
            }
        },
    },
    Row {
        family: Family::gauge(
            "chime_queue_component_healthy",
            &["queue_id", "queue", "component"],
            "Whether a component of the queue is healthy (HealthMonitor Queues[].<component>.Status). 1 or 0.",
        ),
        extract: |health, sink| {
            for queue in &health.queues {
                components(&queue.components, &[&queue.id, &queue.name], sink);
            }
        },
    },
];

/// Families of `GetQueues` that come before those of a queue's state.
pub static QUEUE_SETTINGS: [Row<Queue>; 1] = [Row {
    family: Family::gauge(
        "chime_queue_enabled",
        &["queue_id", "queue"],
        "Whether an administrator has the queue switched on (GetQueues enabled). 1 or 0.",
    ),
    extract: |queue, sink| sink.flag(&[&queue.id, &queue.name], queue.enabled),
}];

/// Families of `GetQueueInfo`, `IsQueueAvailable` and `GetQueueWaitTime`.
pub static QUEUE_STATE: [Row<OfQueue<QueueState>>; 4] = [
    Row {
        family: Family::gauge(
            "chime_queue_available",
            &["queue_id", "queue"],
            "Whether the queue takes chats (GetQueueInfo or IsQueueAvailable isAvailable). 1 or 0.",
        ),
        extract: |state, sink| sink.flag(&state.labels(), state.value.available),
    },
    Row {
        family: Family::gauge(
            "chime_queue_agents_online",
            &["queue_id", "queue"],
            "Agents of the queue who are online (GetQueueInfo onlineAgentCount).",
        ),
        extract: |state, sink| sink.labelled(&state.labels(), state.value.agents_online),
    },
    Row {
        family: Family::gauge(
            "chime_queue_wait_average_seconds",
            &["queue_id", "queue"],
            "Average wait in the queue in seconds (GetQueueInfo or GetQueueWaitTime averageWaitTime); the vendor does not state over what time.",
        ),
        extract: |state, sink| sink.labelled(&state.labels(), state.value.wait_average),
    },
    Row {
        family: Family::gauge(
            "chime_queue_wait_longest_seconds",
            &["queue_id", "queue"],
            "Longest wait in the queue in seconds (GetQueueInfo or GetQueueWaitTime longestWaitTime).",
        ),
        extract: |state, sink| sink.labelled(&state.labels(), state.value.wait_longest),
    },
];

/// Families of `GetQueues` that come after those of a queue's state.
pub static QUEUE_INFO: [Row<Queue>; 1] = [Row {
    family: Family::info(
        "chime_queue_info",
        &["queue_id", "queue", "web_client_id"],
        "The web client that belongs to the queue (GetQueues webClientID). Always 1.",
    ),
    extract: |queue, sink| {
        if let Some(web_client_id) = &queue.web_client_id {
            sink.labelled(&[&queue.id, &queue.name, web_client_id], 1.0);
        }
    },
}];

/// The family of the `queue_process` collector.
pub static QUEUE_PROCESS: [Row<OfQueue<bool>>; 1] = [Row {
    family: Family::gauge(
        "chime_queue_process_running",
        &["queue_id", "queue"],
        "Whether the process of the queue runs (Health/Status/Queue: 1 for status 200, 0 for status 500 that says \"not running\").",
    ),
    extract: |running, sink| sink.flag(&running.labels(), running.value),
}];

/// Families of `GetAllOutages`.
pub static OUTAGES: [Row<OutageSummary>; 4] = [
    Row {
        family: Family::gauge(
            "chime_outages_active",
            &["queue_id", "queue", "planned"],
            "Outages of the queue that are on (GetAllOutages isActive), by isPlanned; one that does not say counts as unplanned.",
        ),
        extract: |summary, sink| {
            for queue in &summary.queues {
                sink.labelled(&[&queue.id, &queue.name, "false"], queue.active_unplanned as f64);
                sink.labelled(&[&queue.id, &queue.name, "true"], queue.active_planned as f64);
            }
        },
    },
    Row {
        family: Family::gauge(
            "chime_outages_upcoming",
            &["queue_id", "queue"],
            "Outages of the queue that are announced and lie ahead (GetAllOutages isUpcoming).",
        ),
        extract: |summary, sink| {
            for queue in &summary.queues {
                sink.labelled(&[&queue.id, &queue.name], queue.upcoming as f64);
            }
        },
    },
    Row {
        family: Family::gauge(
            "chime_outage_start_timestamp_seconds",
            &["queue_id", "queue", "outage_id"],
            "Start of an outage that is on or lies ahead (GetAllOutages OutageStart), in seconds since the epoch; needs the key timezone.",
        ),
        extract: |summary, sink| {
            for outage in &summary.outages {
                sink.labelled(&outage.labels(), outage.start);
            }
        },
    },
    Row {
        family: Family::gauge(
            "chime_outage_stop_timestamp_seconds",
            &["queue_id", "queue", "outage_id"],
            "Announced end of an outage that is on or lies ahead (GetAllOutages OutageStop), in seconds since the epoch; needs the key timezone.",
        ),
        extract: |summary, sink| {
            for outage in &summary.outages {
                sink.labelled(&outage.labels(), outage.stop);
            }
        },
    },
];

/// The family of `GetQueueOutages`.
pub static OUTAGE_HISTORY: [Row<OfQueue<usize>>; 1] = [Row {
    family: Family::gauge(
        "chime_queue_outages_recorded",
        &["queue_id", "queue"],
        "Outages of the queue on record, ended ones included (length of the list that GetQueueOutages gives).",
    ),
    extract: |outages, sink| sink.labelled(&outages.labels(), outages.value as f64),
}];

/// The family of the `web_clients` collector.
pub static WEB_CLIENTS: [Row<OfQueue<Option<WebClients>>>; 1] = [Row {
    family: Family::gauge(
        "chime_queue_web_clients",
        &["queue_id", "queue", "chat_form"],
        "Web clients of the queue, by whether they show a chat form (GetWebClients useschatform).",
    ),
    extract: |clients, sink| {
        let [queue_id, queue] = clients.labels();
        if let Some(clients) = clients.value {
            sink.labelled(&[queue_id, queue, "false"], clients.without_form as f64);
            sink.labelled(&[queue_id, queue, "true"], clients.with_form as f64);
        }
    },
}];

/// Families of `QueueAgents`.
pub static ROSTER: [Row<OfQueue<Roster>>; 2] = [
    Row {
        family: Family::gauge(
            "chime_queue_agents",
            &["queue_id", "queue"],
            "Agents assigned to the queue, online or not (length of the list that QueueAgents gives).",
        ),
        extract: |roster, sink| sink.labelled(&roster.labels(), roster.value.agents as f64),
    },
    Row {
        family: Family::gauge(
            "chime_queue_managers",
            &["queue_id", "queue"],
            "Agents assigned to the queue who manage it (QueueAgents isManager).",
        ),
        extract: |roster, sink| {
            sink.labelled(&roster.labels(), roster.value.managers.map(|agents| agents as f64));
        },
    },
];

/// Families of `AgentPresence` over all agents.
pub static WORKFORCE: [Row<Workforce>; 2] = [
    Row {
        family: Family::gauge(
            "chime_agents",
            &["presence"],
            "Agents with a SIP address, each counted once, by presence (AgentPresence lyncPresence); an unknown presence is other.",
        ),
        extract: |workforce, sink| {
            for presence in PRESENCES {
                let agents = workforce.by_presence.get(presence).copied().unwrap_or(0);
                sink.labelled(&[presence], agents as f64);
            }
        },
    },
    Row {
        family: Family::gauge(
            "chime_agents_available",
            &[],
            "Agents with a SIP address, each counted once, who are available in Chime (AgentPresence availableInChime).",
        ),
        extract: |workforce, sink| sink.value(workforce.available.map(|agents| agents as f64)),
    },
];

/// Families of `GetAgentSkillTags`.
pub static SKILLS: [Row<Skills>; 2] = [
    Row {
        family: Family::gauge(
            "chime_skill_agents",
            &["skill"],
            "Agents that have the skill, each counted once (GetAgentSkillTags Text).",
        ),
        extract: |skills, sink| by_skill(&skills.agents, sink),
    },
    Row {
        family: Family::gauge(
            "chime_skill_agents_available",
            &["skill"],
            "Agents that have the skill and are available in Chime (GetAgentSkillTags Text, AgentPresence availableInChime).",
        ),
        extract: |skills, sink| by_skill(&skills.available, sink),
    },
];

/// The family of `AgentPresence` for single agents.
pub static AGENT: [Row<AgentState>; 1] = [Row {
    family: Family::gauge(
        "chime_agent_available",
        &["agent_id"],
        "Whether the agent is available in Chime (AgentPresence availableInChime), by the vendor's id (ChimeID, else QueueAgents id). 1 or 0.",
    ),
    extract: |agent, sink| sink.flag(&[&agent.id], agent.available),
}];

/// Every family of Chime, in the order of the exposition.
pub fn families() -> Vec<&'static Family> {
    let mut families = Vec::new();
    append(&mut families, &HEALTH);
    append(&mut families, &QUEUE_SETTINGS);
    append(&mut families, &QUEUE_STATE);
    append(&mut families, &QUEUE_INFO);
    append(&mut families, &QUEUE_PROCESS);
    append(&mut families, &OUTAGES);
    append(&mut families, &OUTAGE_HISTORY);
    append(&mut families, &WEB_CLIENTS);
    append(&mut families, &ROSTER);
    append(&mut families, &WORKFORCE);
    append(&mut families, &SKILLS);
    append(&mut families, &AGENT);
    families
}

fn append<A>(families: &mut Vec<&'static Family>, table: &'static [Row<A>]) {
    families.extend(table.iter().map(|row| &row.family));
}

fn components(components: &[Component], of: &[&str], sink: &mut Sink<'_>) {
    for component in components {
        let labels: Vec<&str> = of.iter().copied().chain([component.name.as_str()]).collect();
        sink.flag(&labels, component.healthy);
    }
}

fn by_skill(agents: &BTreeMap<String, usize>, sink: &mut Sink<'_>) {
    for (skill, agents) in agents {
        sink.labelled(&[skill], *agents as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::families;
    use crate::platform::family::Kind;

    #[test]
    fn the_families_are_those_of_the_contract_in_its_order() {
        let names: Vec<&str> = families().iter().map(|family| family.name).collect();
        assert_eq!(
            names,
            [
                "chime_healthy",
                "chime_system_healthy",
                "chime_system_component_healthy",
                "chime_queue_healthy",
                "chime_queue_component_healthy",
                "chime_queue_enabled",
                "chime_queue_available",
                "chime_queue_agents_online",
                "chime_queue_wait_average_seconds",
                "chime_queue_wait_longest_seconds",
                "chime_queue_info",
                "chime_queue_process_running",
                "chime_outages_active",
                "chime_outages_upcoming",
                "chime_outage_start_timestamp_seconds",
                "chime_outage_stop_timestamp_seconds",
                "chime_queue_outages_recorded",
                "chime_queue_web_clients",
                "chime_queue_agents",
                "chime_queue_managers",
                "chime_agents",
                "chime_agents_available",
                "chime_skill_agents",
                "chime_skill_agents_available",
                "chime_agent_available",
            ]
        );
    }

    #[test]
    fn help_is_one_line_of_full_sentences() {
        for family in families() {
            assert!(family.help.ends_with('.') && !family.help.contains('\n'), "{}", family.name);
            assert_eq!(family.kind == Kind::Info, family.name.ends_with("_info"), "{}", family.name);
        }
    }
}
