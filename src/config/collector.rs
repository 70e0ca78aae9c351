//! What can be set for every collector of every platform.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::HumanDuration;

/// Options of one collector; what is left out comes from `global` or from the platform's table of collectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectorOptions {
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
}

/// A collector as it runs: every value decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorSchedule {
    /// The collector's name, the `collector` label.
    pub name: &'static str,
    /// How often it polls; above zero.
    pub interval: Duration,
    /// Limit of one whole poll; above zero.
    pub timeout: Duration,
    /// Age at which values of earlier polls disappear.
    pub stale_after: Duration,
}
