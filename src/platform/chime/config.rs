//! What the configuration says about a Chime server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{BaseUrl, CollectorOptions, Filter, HumanDuration, ZoneName};

/// A Chime server (Instant Technologies), asked through its click-to-chat API.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChimeConfig {
    /// Root of the API, virtual directory included, such as `https://chime.example.com/Chime/Api`.
    pub base_url: BaseUrl,
    /// Components of the health monitor that give no sample, letter case disregarded; for those that are unhealthy by
    /// design, such as `WebClient` where none is set up.
    #[serde(default)]
    pub ignore_components: Vec<String>,
    /// Queues to report, by name; the health monitor's queues and the outages are filtered too.
    #[serde(default)]
    pub queues: Filter,
    /// Time zone of the server, in which it writes the dates of outages; without it their dates are not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<ZoneName>,
    /// The collectors.
    #[serde(default)]
    pub collectors: Collectors,
}

/// Options of the collectors of a Chime server.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Collectors {
    /// Health of the system, the queues and their components, in one request (on).
    pub health_monitor: CollectorOptions,
    /// Availability, agents and waits of each queue: one request, and one per queue; three per queue on servers
    /// without `GetQueueInfo` (on).
    pub queues: CollectorOptions,
    /// Whether the process of each queue runs: one request, and one per queue (on).
    pub queue_process: CollectorOptions,
    /// Announced outages: two requests (on).
    pub outages: OutagesOptions,
    /// Web clients of each queue: one request, and one per queue; every 5 minutes (off).
    pub web_clients: CollectorOptions,
    /// Agents, their presence and skills: one request, one per queue, and two per agent; every 5 minutes (off).
    pub agents: AgentsOptions,
}

/// Options of the `outages` collector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutagesOptions {
    /// Whether it polls at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How often it polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<HumanDuration>,
    /// Limit of one whole poll, all its requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<HumanDuration>,
    /// Age at which values of earlier polls disappear; `0s` drops them at the first failed poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<HumanDuration>,
    /// Whether finished outages are counted too: one more request per queue, whose answer grows with the years.
    pub outage_history: bool,
}

impl OutagesOptions {
    /// The options that every collector has.
    pub fn options(&self) -> CollectorOptions {
        CollectorOptions {
            enabled: self.enabled,
            interval: self.interval,
            timeout: self.timeout,
            stale_after: self.stale_after,
        }
    }
}

/// Options of the `agents` collector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentsOptions {
    /// Whether it polls at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How often it polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<HumanDuration>,
    /// Limit of one whole poll, all its requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<HumanDuration>,
    /// Age at which values of earlier polls disappear; `0s` drops them at the first failed poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<HumanDuration>,
    /// Whether each agent gets a series of its own, under the vendor's id and never a name or an address.
    pub per_agent: bool,
}

impl AgentsOptions {
    /// The options that every collector has.
    pub fn options(&self) -> CollectorOptions {
        CollectorOptions {
            enabled: self.enabled,
            interval: self.interval,
            timeout: self.timeout,
            stale_after: self.stale_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_and_defaults_are_filled_in() {
        let text = r#"
base_url: https://chime.example.com/Chime/Api
ignore_components: [WebClient]
queues: { include: [".*"], exclude: ["^Test "] }
timezone: Europe/London
collectors:
  health_monitor: { interval: 15s }
  outages: { outage_history: true, stale_after: 0s }
  agents: { enabled: true, interval: 5m, per_agent: true }
"#;
        let config: ChimeConfig = serde_saphyr::from_str(text).unwrap();
        assert_eq!(config.ignore_components, ["WebClient"]);
        assert!(!config.queues.matches("Test queue"));
        assert_eq!(config.timezone.unwrap().0.iana_name(), Some("Europe/London"));
        assert!(config.collectors.outages.outage_history && config.collectors.agents.per_agent);
        assert_eq!(config.collectors.agents.options().enabled, Some(true));
        let short: ChimeConfig =
            serde_saphyr::from_str("base_url: http://chime.example.com/Chime/Api").unwrap();
        assert_eq!(short.collectors.outages.options(), CollectorOptions::default());
        assert!(short.queues.matches("anything") && short.timezone.is_none());
    }

    #[test]
    fn unknown_keys_are_refused() {
        let text =
            "base_url: http://chime.example.com/Chime/Api\ncollectors: { outages: { per_agent: true } }";
        let error = serde_saphyr::from_str::<ChimeConfig>(text).unwrap_err().to_string();
        assert!(error.contains("per_agent") && error.contains("outage_history"), "{error}");
    }
}
