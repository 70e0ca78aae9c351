//! The configuration as users type it: one struct per mapping, every field optional that may be left out.
//!
//! The doc comments are user documentation: they become the descriptions of the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::platform::{ChimeConfig, Comm100Config, EgainConfig, XimaConfig};
use crate::config::raw_connectivity::RawConnectivity;
use crate::config::raw_http::RawHttp;
use crate::config::raw_schedule::{RawMaintenance, RawSchedule};
use crate::config::raw_thresholds::RawThresholds;
use crate::config::{HumanDuration, Located};

/// A configuration file of `webchat_exporter`; several files are merged.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "webchat_exporter configuration")]
pub struct RawFile {
    /// Defaults of every target; in one file at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global: Option<Located<RawGlobal>>,
    /// Request budgets that all targets behind an API host share.
    #[serde(default)]
    pub rate_limits: Vec<Located<RawRateLimit>>,
    /// Business hours by name; outside them a channel is `closed`, never `down`.
    #[serde(default)]
    pub schedules: BTreeMap<String, Located<RawSchedule>>,
    /// Planned windows in which a channel's status is `maintenance`: reported, never paging.
    #[serde(default)]
    pub maintenance: Vec<Located<RawMaintenance>>,
    /// A check of this exporter's own network; in one file at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connectivity: Option<Located<RawConnectivity>>,
    /// What is polled.
    #[serde(default)]
    pub targets: Vec<Located<RawTarget>>,
}

/// Defaults of every target.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGlobal {
    /// How often each collector polls unless it says otherwise; 30s if left out, at least 1s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Located<HumanDuration>>,
    /// Limit of one whole poll of a collector, all its requests; 10s if left out, and never above the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Located<HumanDuration>>,
    /// Age at which values of earlier polls disappear; three times the collector's interval if left out, `0s` drops
    /// them at the first failed poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<HumanDuration>,
    /// Most series a target may have; 10000 if left out. What is above is dropped by whole families.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_series: Option<Located<usize>>,
    /// Whether the labels of a target are on all its series, not only on `webchat_target_info`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_labels_on_all_series: Option<bool>,
    /// How vendors are reached; a target's own `http` goes before, key by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Located<RawHttp>>,
}

/// A request budget that all targets behind an API host share.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRateLimit {
    /// The host, or `*.example.com` for every host below a domain; each host has a budget of its own.
    pub host: Located<String>,
    /// Requests allowed in each period.
    #[schemars(range(min = 1))]
    pub requests: Located<u32>,
    /// The period.
    pub per: Located<HumanDuration>,
}

/// A target: a name, what is common to all platforms, and exactly one platform key.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["chime"]}, {"required": ["comm100"]}, {"required": ["egain"]}, {"required": ["xima"]},
]))]
pub struct RawTarget {
    /// The `target` label, unique over all files: up to 128 letters, digits, and any of `_ . : -`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,128}$"))]
    pub name: Located<String>,
    /// Labels of your own; they appear on `webchat_target_info`. Names that the exporter, Prometheus or alerts use are
    /// refused, except `team`.
    #[serde(default)]
    pub labels: Option<Located<BTreeMap<Located<String>, String>>>,
    /// The name of the schedule that holds for all channels of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Located<String>>,
    /// How the vendor is reached; goes before `global.http`, key by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Located<RawHttp>>,
    /// What makes a channel degraded or down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Located<RawThresholds>>,
    /// A Chime server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chime: Option<Located<ChimeConfig>>,
    /// A Comm100 site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comm100: Option<Located<Comm100Config>>,
    /// An eGain or Cisco ECE installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egain: Option<Located<EgainConfig>>,
    /// A Xima installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xima: Option<Located<XimaConfig>>,
}
