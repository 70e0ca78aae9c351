//! The configuration with every value checked and every default filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_saphyr::Location;
use url::Url;

use crate::channel::schedule::{Maintenance, Schedule};
use crate::channel::threshold::Thresholds;
use crate::config::BaseUrl;
use crate::config::budget::RateLimit;
use crate::config::collector::CollectorSchedule;
use crate::config::platform::PlatformConfig;
use crate::http_client::settings::HttpSettings;

/// A checked configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Defaults, as they were applied.
    pub global: Global,
    /// Request budgets, the built-in ones included.
    pub rate_limits: Vec<RateLimit>,
    /// Business hours by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Planned windows.
    pub maintenance: Vec<Maintenance>,
    /// The check of this exporter's own network, where one is wanted.
    pub connectivity: Option<ConnectivityConfig>,
    /// What is polled, in the order of the files; never empty.
    pub targets: Vec<TargetConfig>,
    /// Hash of the files' names and contents, 16 hexadecimal digits.
    pub hash: String,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
}

/// Defaults of every target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// How often each collector polls unless it says otherwise; at least 1 s.
    pub interval: Duration,
    /// Limit of one whole poll unless the collector says otherwise or polls more often.
    pub timeout: Duration,
    /// Age at which values of earlier polls disappear; `None` for three times the collector's interval.
    pub stale_after: Option<Duration>,
    /// Most series a target may have.
    pub max_series: usize,
    /// Whether the labels of a target are on all its series.
    pub target_labels_on_all_series: bool,
}

impl Default for Global {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            stale_after: None,
            max_series: 10_000,
            target_labels_on_all_series: false,
        }
    }
}

/// The check of this exporter's own network, and for whom it speaks.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectivityConfig {
    /// The check.
    pub check: ConnectivityCheck,
    /// Targets that are reached without that network, each one of [`Config::targets`].
    pub exempt_targets: Vec<String>,
    /// Where it stands in the files.
    pub(crate) origin: Place,
}

/// What is asked and how often: a reload keeps the state of a check for an equal one.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectivityCheck {
    /// What is asked; without credentials.
    pub url: Url,
    /// How often it is asked; at least 1 s.
    pub interval: Duration,
    /// Longest wait for an answer; at most the interval.
    pub timeout: Duration,
    /// Checks in a row that have to fail before the network counts as down; at least 1.
    pub failures: u32,
    /// TLS and proxy on the way; without credentials and headers.
    pub http: HttpSettings,
}

/// A target: two equal ones are polled alike, so a reload may keep the state of the one for the other.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetConfig {
    /// The `target` label.
    pub name: String,
    /// The user's labels.
    pub labels: BTreeMap<String, String>,
    /// How the vendor is reached, `global.http` included.
    pub http: HttpSettings,
    /// What makes a channel degraded or down.
    pub thresholds: Thresholds,
    /// Name of the schedule that holds for all channels; one of [`Config::schedules`].
    pub schedule: Option<String>,
    /// Most series it may have.
    pub max_series: usize,
    /// Whether [`TargetConfig::labels`] are on all series.
    pub target_labels_on_all_series: bool,
    /// What is configured of the platform.
    pub platform: PlatformConfig,
    /// Root of the platform's API.
    pub base_url: BaseUrl,
    /// The enabled collectors in the platform's order; never empty, the first is the primary one.
    pub collectors: Vec<CollectorSchedule>,
    /// Directory of its file, for relative paths in [`TargetConfig::platform`].
    pub directory: PathBuf,
    /// Where it stands in the files.
    pub(crate) origin: Origin,
    /// Requests of one poll of each of [`TargetConfig::collectors`].
    pub(crate) expected_requests: Vec<u32>,
}

/// A place in the files; all places are equal, since what was moved is still the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Index into [`Config::files`].
    pub(crate) source: usize,
    /// Line and column.
    pub(crate) location: Location,
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Where a target stands in the files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Origin {
    /// The name.
    pub(crate) name: Place,
    /// The `http` block, or the name.
    pub(crate) http: Place,
    /// The platform's block.
    pub(crate) platform: Place,
}
