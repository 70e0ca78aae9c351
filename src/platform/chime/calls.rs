//! The vendor's calls: their names, paths and parameters. All are GET; the one POST of the API is never made.
//!
//! The name of a call, as the vendor's document spells it, is its `endpoint` label. Queue identifiers go along as the
//! server listed them. Source of all: the Chime API guide, one section per call.

use crate::config::BaseUrl;
use crate::http_client::Exchange;

/// Health of the system and of every queue.
pub const HEALTH_MONITOR: &str = "Health/Status/HealthMonitor";
/// Whether the process of one queue runs.
pub const QUEUE_PROCESS: &str = "Health/Status/Queue";
/// The list of queues.
pub const QUEUES: &str = "GetQueues";
/// State of one queue.
pub const QUEUE_INFO: &str = "GetQueueInfo";
/// Availability of one queue, on servers without [`QUEUE_INFO`].
pub const QUEUE_AVAILABLE: &str = "IsQueueAvailable";
/// Waits of one queue, on servers without [`QUEUE_INFO`].
pub const QUEUE_WAIT_TIME: &str = "GetQueueWaitTime";
/// Outages of all queues that have not ended.
pub const ALL_OUTAGES: &str = "GetAllOutages";
/// Outages of one queue, ended ones included.
pub const QUEUE_OUTAGES: &str = "GetQueueOutages";
/// Web clients of one queue.
pub const WEB_CLIENTS: &str = "GetWebClients";
/// Agents of one queue.
pub const QUEUE_AGENTS: &str = "QueueAgents";
/// Presence of one agent.
pub const AGENT_PRESENCE: &str = "AgentPresence";
/// Skills of one agent.
pub const AGENT_SKILLS: &str = "GetAgentSkillTags";

/// A call without parameters: [`HEALTH_MONITOR`], [`QUEUES`] or [`ALL_OUTAGES`].
pub fn whole(base: &BaseUrl, endpoint: &'static str) -> Exchange {
    let segments: Vec<&str> = endpoint.split('/').collect();
    Exchange::get(endpoint, base.join(&segments, &[]))
}

/// The [`QUEUE_PROCESS`] call, whose queue is part of the path.
pub fn queue_process(base: &BaseUrl, queue_id: &str) -> Exchange {
    Exchange::get(QUEUE_PROCESS, base.join(&["Health", "Status", "Queue", queue_id], &[]))
}

/// A call about one queue, given as a parameter.
pub fn of_queue(base: &BaseUrl, endpoint: &'static str, queue_id: &str) -> Exchange {
    Exchange::get(endpoint, base.join(&[endpoint], &[("queueID", queue_id)])).about(queue_id)
}

/// A call about one agent, given by SIP address without its scheme, as the samples do.
pub fn of_agent(base: &BaseUrl, endpoint: &'static str, address: &str) -> Exchange {
    Exchange::get(endpoint, base.join(&[endpoint], &[("sip", address)])).about(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_parameters_are_those_of_the_samples() {
        let base = BaseUrl::parse("http://chime.example.com/Chime/Api").unwrap();
        let urls = [
            whole(&base, HEALTH_MONITOR).url,
            queue_process(&base, "2").url,
            of_queue(&base, QUEUE_INFO, "1").url,
            of_agent(&base, AGENT_PRESENCE, "agent1@example.com").url,
        ];
        assert_eq!(
            urls.map(String::from),
            [
                "http://chime.example.com/Chime/Api/Health/Status/HealthMonitor",
                "http://chime.example.com/Chime/Api/Health/Status/Queue/2",
                "http://chime.example.com/Chime/Api/GetQueueInfo?queueID=1",
                "http://chime.example.com/Chime/Api/AgentPresence?sip=agent1%40example.com",
            ]
        );
    }
}
