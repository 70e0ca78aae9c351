//! The composition root: from a checked configuration to targets that can be polled.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::channel::LimitRow;
use crate::channel::rules::ChannelRules;
use crate::channel::schedule::{Maintenance, Schedule};
use crate::config::{Config, ConnectivityCheck, TargetConfig};
use crate::exposition::{Identity, Own};
use crate::http_client::{ClientError, ClientPool};
use crate::platform::AnyPlatform;
use crate::poll::{ConnectivitySetup, TargetSetup};
use crate::state::TargetConstants;

/// A configuration that was read, checked and built: all that is needed to put it in force.
#[derive(Debug)]
pub struct Loaded {
    /// Hash of the configuration's content.
    pub hash: String,
    /// The targets, in the configuration's order.
    pub setups: Vec<TargetSetup>,
    /// The check of this exporter's own network, where one is configured.
    pub connectivity: Option<ConnectivitySetup>,
}

/// Why a target could not be built.
#[derive(Debug, Error)]
pub enum AssemblyError {
    /// Its TLS or proxy settings cannot be used.
    #[error("build the HTTP client of {target}")]
    Client {
        /// The target.
        target: String,
        /// Why.
        source: ClientError,
    },
    /// The TLS or proxy settings of the connectivity check cannot be used.
    #[error("build the HTTP client of the connectivity check")]
    Connectivity(#[source] ClientError),
    /// Its platform refuses its configuration.
    #[error("build {target}: {reason}")]
    Platform {
        /// The target.
        target: String,
        /// Why, naming the key.
        reason: String,
    },
}

/// Builds targets; it outlives reloads, so that what stays the same keeps its connections, budgets and tokens.
#[derive(Debug)]
pub struct Assembly {
    pool: ClientPool,
}

impl Default for Assembly {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembly {
    /// Nothing built yet.
    pub fn new() -> Self {
        Self { pool: ClientPool::new(Vec::new()) }
    }

    /// Adds the HTTP client's instruments to the process's own; once per process.
    pub fn register(&self, own: &Own) {
        own.register(|registry| self.pool.register(registry));
    }

    /// Builds every target; nothing changes where one cannot be built.
    pub fn build(&self, config: &Config) -> Result<Loaded, AssemblyError> {
        let setups =
            config.targets.iter().map(|target| self.target(config, target)).collect::<Result<_, _>>()?;
        let connectivity =
            config.connectivity.as_ref().map(|config| self.connectivity(&config.check)).transpose()?;
        self.pool.set_rate_limits(config.rate_limits.clone());
        Ok(Loaded { hash: config.hash.clone(), setups, connectivity })
    }

    fn connectivity(&self, check: &ConnectivityCheck) -> Result<ConnectivitySetup, AssemblyError> {
        let client = self.pool.reach(&check.url, &check.http, check.timeout);
        let client = client.map_err(AssemblyError::Connectivity)?;
        Ok(ConnectivitySetup { check: check.clone(), client })
    }

    fn target(&self, all: &Config, config: &TargetConfig) -> Result<TargetSetup, AssemblyError> {
        let target = &config.name;
        let platform = AnyPlatform::new(&config.platform, &config.directory)
            .map_err(|reason| AssemblyError::Platform { target: target.clone(), reason })?;
        let client = self
            .pool
            .target_client(target, platform.name(), platform.base_url(), &config.http)
            .map_err(|source| AssemblyError::Client { target: target.clone(), source })?;
        Ok(TargetSetup {
            constants: constants(config, &platform, rules(all, config, &platform)),
            platform: Arc::new(platform),
            client,
            collectors: config.collectors.clone(),
            config: Arc::new(config.clone()),
        })
    }
}

/// What holds for the channels of a target.
fn rules(all: &Config, config: &TargetConfig, platform: &AnyPlatform) -> ChannelRules {
    let schedule = |name: &str| all.schedules.get(name).cloned().map(Arc::new);
    let default = config.schedule.as_deref().and_then(schedule);
    let mut shared: BTreeMap<&str, Arc<Schedule>> = BTreeMap::new();
    let mut schedules = BTreeMap::new();
    for (channel_id, name) in platform.channel_schedules() {
        let known = shared.get(name).cloned().or_else(|| schedule(name));
        let Some(known) = known else { continue };
        shared.insert(name, known.clone());
        schedules.insert(channel_id.to_owned(), known);
    }
    let is_meant = |window: &&Maintenance| window.targets.is_empty() || window.targets.contains(&config.name);
    let maintenance = all.maintenance.iter().filter(is_meant).cloned().collect();
    let connectivity = all.connectivity.as_ref();
    ChannelRules {
        thresholds: config.thresholds.clone(),
        schedule: default,
        schedules,
        maintenance,
        exempt_from_connectivity: connectivity.map(|check| check.exempt_targets.contains(&config.name)),
    }
}

fn constants(config: &TargetConfig, platform: &AnyPlatform, rules: ChannelRules) -> TargetConstants {
    let identity = Identity {
        platform: platform.name(),
        target: config.name.clone(),
        user_labels: config.labels.clone().into_iter().collect(),
        user_labels_on_all_series: config.target_labels_on_all_series,
    };
    let limits: Vec<LimitRow> = config
        .thresholds
        .rows()
        .into_iter()
        .map(|(signal, level, limit)| (signal.label(), level.label(), limit))
        .collect();
    TargetConstants {
        identity: Arc::new(identity),
        base_url: config.base_url.as_str().to_owned(),
        max_series: config.max_series,
        limits: limits.into(),
        rules: Arc::new(rules),
    }
}
