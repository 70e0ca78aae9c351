//! The one enum over the platforms, and the one match.

use std::path::Path;
use std::time::Duration;

use crate::config::platform::PlatformConfig;
use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::Caller;
use crate::platform::chime::Chime;
use crate::platform::comm100::Comm100;
use crate::platform::contract::{CollectorRow, Platform};
use crate::platform::egain::Egain;
use crate::platform::family::Family;
use crate::platform::reading::Reading;
use crate::platform::xima::Xima;

/// A configured platform of any kind.
#[derive(Debug)]
pub enum AnyPlatform {
    /// Instant Technologies Chime.
    Chime(Chime),
    /// Comm100 Live Chat.
    Comm100(Comm100),
    /// eGain, also sold as Cisco ECE.
    Egain(Egain),
    /// Xima.
    Xima(Xima),
}

/// A collector of any platform as its table and the configuration describe it.
#[derive(Clone, Copy, Debug)]
pub struct AnyCollector {
    /// The `collector` label.
    pub name: &'static str,
    /// Whether it polls unless configured otherwise.
    pub enabled: bool,
    /// Its interval unless configured otherwise.
    pub interval: Option<Duration>,
    /// What the configuration says of it.
    pub options: CollectorOptions,
    /// Requests that one poll is expected to make to the host of the base URL.
    pub expected_requests: u32,
}

/// Runs an expression on the platform inside, whichever it is.
macro_rules! with_platform {
    ($any:expr, $platform:ident => $result:expr) => {
        match $any {
            AnyPlatform::Chime($platform) => $result,
            AnyPlatform::Comm100($platform) => $result,
            AnyPlatform::Egain($platform) => $result,
            AnyPlatform::Xima($platform) => $result,
        }
    };
}

impl AnyPlatform {
    /// Builds what is configured; relative paths in it are resolved against `directory`.
    ///
    /// # Errors
    /// What the platform's constructor says: a fragment for the user that names the key.
    pub fn new(config: &PlatformConfig, directory: &Path) -> Result<Self, String> {
        match config.clone() {
            PlatformConfig::Chime(config) => Chime::new(config, directory).map(Self::Chime),
            PlatformConfig::Comm100(config) => Comm100::new(config, directory).map(Self::Comm100),
            PlatformConfig::Egain(config) => Egain::new(config, directory).map(Self::Egain),
            PlatformConfig::Xima(config) => Xima::new(*config, directory).map(Self::Xima),
        }
    }

    /// The `platform` label.
    pub fn name(&self) -> &'static str {
        with_platform!(self, platform => name_of(platform))
    }

    /// Root of the API.
    pub fn base_url(&self) -> &BaseUrl {
        with_platform!(self, platform => platform.base_url())
    }

    /// Every collector, in the platform's order.
    pub fn collectors(&self) -> Vec<AnyCollector> {
        with_platform!(self, platform => collectors_of(platform))
    }

    /// The schedules that channels have of their own: channel id and name of the schedule.
    pub fn channel_schedules(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Egain(egain) => egain.channel_schedules().collect(),
            Self::Chime(_) | Self::Comm100(_) | Self::Xima(_) => Vec::new(),
        }
    }

    /// Polls the collector of that name once; an unknown name reads nothing.
    pub async fn poll(&self, collector: &str, caller: &Caller) -> Reading {
        with_platform!(self, platform => poll_by_name(platform, collector, caller).await)
    }
}

fn name_of<P: Platform>(_: &P) -> &'static str {
    P::NAME
}

fn collectors_of<P: Platform>(platform: &P) -> Vec<AnyCollector> {
    let describe = |row: &CollectorRow<P::Collector>| AnyCollector {
        name: row.name,
        enabled: row.enabled,
        interval: row.interval,
        options: platform.options(row.collector),
        expected_requests: platform.expected_requests(row.collector),
    };
    P::COLLECTORS.iter().map(describe).collect()
}

async fn poll_by_name<P: Platform>(platform: &P, collector: &str, caller: &Caller) -> Reading {
    match P::COLLECTORS.iter().find(|row| row.name == collector) {
        Some(row) => platform.poll(row.collector, caller).await,
        None => Reading::default(),
    }
}

/// Every family of every platform, in the order of the exposition.
pub fn families() -> Vec<&'static Family> {
    [Chime::families(), Comm100::families(), Egain::families(), Xima::families()].concat()
}
