//! `check-config`: everything that can be known to be wrong before anything is polled.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::config::budget::{HostLoad, host_loads, rounded};
use crate::config::load::load_with_external;
use crate::config::platform::PLATFORM_KEYS;
use crate::config::{Config, ConnectivityConfig, TargetConfig};
use crate::http_client::exchange::address;

/// The period that loads are shown for.
const SHOWN_SECONDS: f64 = 300.0;

/// Loads the configuration, reads what it refers to (secrets, certificates, calendars), and summarises it.
///
/// # Errors
/// Everything that is wrong, in words for the terminal, with warnings at the end.
pub fn check_config(patterns: &[String]) -> Result<String, String> {
    let (config, warnings) = load_with_external(patterns);
    let with_warnings = |mut text: String| {
        for warning in &warnings {
            text.push_str("\nwarning: ");
            text.push_str(warning);
        }
        text
    };
    match config {
        Ok(config) => Ok(with_warnings(summary(&config))),
        Err(error) => Err(with_warnings(error.to_string())),
    }
}

fn summary(config: &Config) -> String {
    let mut text = format!(
        "The configuration is valid: {}, {} ({}).\n\n",
        counted(config.files.len(), "file"),
        counted(config.targets.len(), "target"),
        platforms(&config.targets),
    );
    let width = config.targets.iter().map(|target| target.name.len()).max().unwrap_or(0);
    for target in &config.targets {
        let platform = target.platform.name();
        let _ = writeln!(text, "{:<width$}  {platform:<7}  {}", target.name, collectors(target));
    }
    if let Some(connectivity) = &config.connectivity {
        text.push_str(&connectivity_line(connectivity));
    }
    text.push_str("\nCalls that each API host will see in 5 minutes:\n");
    let loads = host_loads(config);
    let width = loads.iter().map(|load| load.host.len()).max().unwrap_or(0);
    let lines: Vec<String> = loads.iter().map(|load| host_line(load, width)).collect();
    text + &lines.join("\n")
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Targets by platform, such as `2 chime, 1 xima`.
fn platforms(targets: &[TargetConfig]) -> String {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for target in targets {
        *numbers.entry(target.platform.name()).or_default() += 1;
    }
    let present = PLATFORM_KEYS.iter().filter_map(|name| Some(format!("{} {name}", numbers.get(name)?)));
    present.collect::<Vec<_>>().join(", ")
}

/// The enabled collectors and their intervals.
fn collectors(target: &TargetConfig) -> String {
    let describe = |collector: &crate::config::CollectorSchedule| {
        format!("{} every {}", collector.name, humantime::format_duration(collector.interval))
    };
    target.collectors.iter().map(describe).collect::<Vec<_>>().join(", ")
}

/// What the connectivity check asks, and whom it leaves alone.
fn connectivity_line(connectivity: &ConnectivityConfig) -> String {
    let (check, exempt) = (&connectivity.check, &connectivity.exempt_targets);
    let exempt =
        if exempt.is_empty() { String::new() } else { format!(", but not for {}", exempt.join(", ")) };
    let interval = humantime::format_duration(check.interval);
    format!("\nConnectivity is checked at {} every {interval}{exempt}.\n", address(&check.url))
}

fn host_line(load: &HostLoad, width: usize) -> String {
    let calls = rounded(load.calls() * SHOWN_SECONDS / load.per.as_secs_f64());
    let budget = match &load.budget {
        Some(budget) => format!("budget {} per {}", budget.requests, humantime::format_duration(load.per)),
        None => "no budget".to_owned(),
    };
    format!("{:<width$}  {calls}, {budget}", load.host)
}
