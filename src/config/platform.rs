//! The one place where the configuration meets the four platforms.

use std::path::Path;

use crate::config::Located;
use crate::config::raw::RawTarget;
pub use crate::platform::chime::config::ChimeConfig;
pub use crate::platform::comm100::config::Comm100Config;
pub use crate::platform::egain::config::EgainConfig;
pub use crate::platform::xima::config::XimaConfig;
use crate::secret::SecretSource;

/// What is configured of a target's platform.
#[derive(Clone, Debug, PartialEq)]
pub enum PlatformConfig {
    /// A Chime server.
    Chime(ChimeConfig),
    /// A Comm100 site.
    Comm100(Comm100Config),
    /// An eGain or Cisco ECE installation.
    Egain(EgainConfig),
    /// A Xima installation.
    Xima(Box<XimaConfig>),
}

/// The keys of a target that name its platform, in the order of [`PlatformConfig`].
pub const PLATFORM_KEYS: [&str; 4] = ["chime", "comm100", "egain", "xima"];

impl PlatformConfig {
    /// Every platform that a target names; exactly one is right.
    pub(crate) fn of_target(target: &RawTarget) -> Vec<Located<Self>> {
        fn of<C: Clone>(
            given: Option<&Located<C>>,
            wrap: fn(C) -> PlatformConfig,
        ) -> Option<Located<PlatformConfig>> {
            given.map(|given| Located { value: wrap(given.value.clone()), location: given.location })
        }
        let given = [
            of(target.chime.as_ref(), Self::Chime),
            of(target.comm100.as_ref(), Self::Comm100),
            of(target.egain.as_ref(), Self::Egain),
            of(target.xima.as_ref(), |config| Self::Xima(Box::new(config))),
        ];
        given.into_iter().flatten().collect()
    }

    /// The key in the configuration, which is also the `platform` label.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chime(_) => "chime",
            Self::Comm100(_) => "comm100",
            Self::Egain(_) => "egain",
            Self::Xima(_) => "xima",
        }
    }

    /// Every secret of the platform's own, with the key it is configured by.
    pub fn secrets(&self, directory: &Path) -> Vec<(&'static str, SecretSource)> {
        match self {
            Self::Chime(_) | Self::Comm100(_) | Self::Egain(_) => Vec::new(),
            Self::Xima(config) => xima_secrets(config, directory),
        }
    }

    /// Names of schedules that the platform's configuration uses for single channels.
    pub fn schedules(&self) -> Vec<&str> {
        match self {
            Self::Egain(config) => {
                config.entry_points.iter().filter_map(|entry_point| entry_point.schedule.as_deref()).collect()
            }
            Self::Chime(_) | Self::Comm100(_) | Self::Xima(_) => Vec::new(),
        }
    }
}

/// The secrets of a Xima installation; one whose forms contradict each other was refused by the platform already.
fn xima_secrets(config: &XimaConfig, directory: &Path) -> Vec<(&'static str, SecretSource)> {
    let chat = &config.collectors.synthetic_chat;
    let installation_id = SecretSource::from_forms(
        "installation_id",
        config.installation_id.clone(),
        config.installation_id_file.as_deref(),
        config.installation_id_env.as_deref(),
        directory,
    );
    let api_key = SecretSource::from_forms(
        "api_key",
        chat.api_key.clone(),
        chat.api_key_file.as_deref(),
        chat.api_key_env.as_deref(),
        directory,
    );
    let api_key = api_key.ok().flatten().filter(|_| chat.enabled == Some(true));
    let installation_id = installation_id.ok().flatten().map(|source| ("installation_id", source));
    installation_id.into_iter().chain(api_key.map(|source| ("api_key", source))).collect()
}
