//! What the configuration says about a Comm100 target.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{BaseUrl, CollectorOptions, Filter, HumanDuration, ZoneName};

/// A Comm100 site, reached through its Live Chat API v4.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comm100Config {
    /// Root of the API with its version, such as `https://api11.comm100.io/v4`; the number differs between sites.
    pub base_url: BaseUrl,
    /// Number of the site, sent as `siteId` with every request: needed with an API key, not with OAuth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<NonZeroU64>,
    /// Time zone whose midnight starts the site's day; UTC unless set.
    #[serde(default = "utc")]
    pub timezone: ZoneName,
    /// Names of agent statuses by their GUID, beside the built-in online, away and offline; a name becomes a label.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agent_statuses: BTreeMap<String, String>,
    /// Departments to report, by name; all unless set.
    #[serde(default)]
    pub departments: Filter,
    /// Sent as `utcOffset` where the API takes it; the vendor does not document its unit, so it is left out unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<i32>,
    /// The collectors.
    #[serde(default)]
    pub collectors: Collectors,
}

/// The collectors of a Comm100 target.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Collectors {
    /// The site as it is now: agents, visitors, chats and queue; on by default, the primary collector.
    pub right_now: CollectorOptions,
    /// The queues of the site, its departments and its agents; on by default.
    pub queue: CollectorOptions,
    /// The agents by status, and each on its own on request; on by default.
    pub agents: AgentsOptions,
    /// The day's totals and averages; on by default.
    pub today: CollectorOptions,
}

/// Options of the `agents` collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
    /// Whether each agent has series of their own, by GUID: personal data in many places.
    pub per_agent: bool,
    /// Whether agents' display names appear: in `comm100_agent_info`, and in the `route` label of agents' queues.
    pub agent_names: bool,
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

fn utc() -> ZoneName {
    ZoneName(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_the_base_url_is_needed() {
        let config: Comm100Config =
            serde_saphyr::from_str("base_url: https://api11.comm100.io/v4\n").unwrap();
        assert_eq!(
            serde_json::to_value(&config).unwrap(),
            serde_json::json!({
                "base_url": "https://api11.comm100.io/v4",
                "timezone": "UTC",
                "departments": { "include": [], "exclude": [] },
                "collectors": {
                    "right_now": {},
                    "queue": {},
                    "agents": { "per_agent": false, "agent_names": false },
                    "today": {},
                },
            })
        );
    }

    #[test]
    fn every_key_is_read() {
        let config: Comm100Config = serde_saphyr::from_str(
            "base_url: https://api11.comm100.io/v4\n\
             site_id: 10000\n\
             timezone: America/Vancouver\n\
             agent_statuses: { \"3f2d0c7a-0000-4000-8000-000000000000\": lunch }\n\
             departments: { include: [\"Sales.*\"], exclude: [\"^Test \"] }\n\
             utc_offset: -8\n\
             collectors:\n  right_now: { interval: 15s }\n  queue: { enabled: false }\n  \
             agents: { interval: 5m, per_agent: true, agent_names: true }\n  today: { stale_after: 0s }\n",
        )
        .unwrap();
        assert_eq!(config.site_id, NonZeroU64::new(10_000));
        assert_eq!(config.timezone.0.iana_name(), Some("America/Vancouver"));
        assert_eq!(config.agent_statuses["3f2d0c7a-0000-4000-8000-000000000000"], "lunch");
        assert!(config.departments.matches("Sales EMEA") && !config.departments.matches("Support"));
        assert_eq!(config.utc_offset, Some(-8));
        assert_eq!(config.collectors.queue.enabled, Some(false));
        assert!(config.collectors.agents.per_agent && config.collectors.agents.agent_names);
        let interval = Some(HumanDuration(Duration::from_mins(5)));
        assert_eq!(
            config.collectors.agents.options(),
            CollectorOptions { interval, ..CollectorOptions::default() }
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        for text in [
            "base_url: https://api11.comm100.io/v4\nsiteid: 10000\n",
            "base_url: https://api11.comm100.io/v4\ncollectors: { agents: { per_agents: true } }\n",
            "base_url: https://api11.comm100.io/v4\nsite_id: 0\n",
        ] {
            assert!(serde_saphyr::from_str::<Comm100Config>(text).is_err(), "{text}");
        }
    }
}
