//! The `thresholds` block as users type it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{HumanDuration, Located};

/// What makes a channel degraded or down, and how long it takes to say so.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawThresholds {
    /// Longest current wait of a customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_wait: Option<Located<RawWaitLimit>>,
    /// Average wait of customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_wait: Option<Located<RawWaitLimit>>,
    /// Estimated wait of a new chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_wait: Option<Located<RawWaitLimit>>,
    /// Chats waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_length: Option<Located<RawUpperLimit>>,
    /// Share of the agents' capacity in use, above 0 and at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization: Option<Located<RawUpperLimit>>,
    /// Agents online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents_online: Option<Located<RawLowerLimit>>,
    /// Chats that agents could take on now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<Located<RawLowerLimit>>,
    /// Evaluations in a row before the status gets worse; 2 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub after_failures: Option<Located<u32>>,
    /// In place of `after_failures`: how many of the newest evaluations, in a row or not, before the status gets worse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures_of: Option<Located<RawFailuresOf>>,
    /// Evaluations in a row before the status gets better; 2 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub after_successes: Option<Located<u32>>,
}

/// So many of the newest evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFailuresOf {
    /// Evaluations that are worse than the status.
    #[schemars(range(min = 1))]
    pub failures: u32,
    /// The newest evaluations that are looked at; at least `failures`.
    #[schemars(range(min = 1, max = 1000))]
    pub evaluations: u32,
}

/// Waits from which on a channel is degraded or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWaitLimit {
    /// Degraded from this wait on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<HumanDuration>,
    /// Down from this wait on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<HumanDuration>,
}

/// Values from which on a channel is degraded or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawUpperLimit {
    /// Degraded from this value on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<f64>,
    /// Down from this value on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<f64>,
}

/// Values below which a channel is degraded or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLowerLimit {
    /// Degraded below this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded_below: Option<f64>,
    /// Down below this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_below: Option<f64>,
}
