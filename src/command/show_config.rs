//! `show-config`: the effective configuration.

use crate::config::effective::effective;
use crate::config::{Config, load};

/// The configuration of the files as YAML, with every default filled in and `<redacted>` in place of secrets.
///
/// # Errors
/// What is wrong with the configuration, in words for the terminal.
pub fn show_config(patterns: &[String]) -> Result<String, String> {
    let config = load(patterns).map_err(|error| error.to_string())?;
    show(&config)
}

/// A loaded configuration as YAML, as [`show_config`] prints it.
///
/// # Errors
/// A sentence if it cannot be written.
pub fn show(config: &Config) -> Result<String, String> {
    let effective = effective(config)?;
    serde_saphyr::to_string(&effective).map_err(|error| format!("cannot write the configuration: {error}"))
}
