//! The composition root: from a checked configuration to targets that can be polled.

use std::sync::Arc;

use thiserror::Error;

use crate::channel::LimitRow;
use crate::config::{Config, TargetConfig};
use crate::exposition::{Identity, Own};
use crate::http_client::{ClientError, ClientPool};
use crate::platform::AnyPlatform;
use crate::poll::TargetSetup;
use crate::state::TargetConstants;

/// A configuration that was read, checked and built: all that is needed to put it in force.
#[derive(Debug)]
pub struct Loaded {
    /// Hash of the configuration's content.
    pub hash: String,
    /// The targets, in the configuration's order.
    pub setups: Vec<TargetSetup>,
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
        let setups = config.targets.iter().map(|target| self.target(target)).collect::<Result<_, _>>()?;
        self.pool.set_rate_limits(config.rate_limits.clone());
        Ok(Loaded { hash: config.hash.clone(), setups })
    }

    fn target(&self, config: &TargetConfig) -> Result<TargetSetup, AssemblyError> {
        let target = &config.name;
        let platform = AnyPlatform::new(&config.platform, &config.directory)
            .map_err(|reason| AssemblyError::Platform { target: target.clone(), reason })?;
        let client = self
            .pool
            .target_client(target, platform.name(), platform.base_url(), &config.http)
            .map_err(|source| AssemblyError::Client { target: target.clone(), source })?;
        Ok(TargetSetup {
            constants: constants(config, platform.name()),
            platform: Arc::new(platform),
            client,
            collectors: config.collectors.clone(),
            config: Arc::new(config.clone()),
        })
    }
}

fn constants(config: &TargetConfig, platform: &'static str) -> TargetConstants {
    let identity = Identity {
        platform,
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
    }
}
