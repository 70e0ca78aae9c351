//! Checks one target.

use std::collections::BTreeMap;
use std::path::Path;

use serde_saphyr::Location;

use crate::channel::schedule::Schedule;
use crate::config::check::{MIN_INTERVAL, check_timeout};
use crate::config::check_http::HttpOptions;
use crate::config::check_thresholds::check_thresholds;
use crate::config::checked::{Global, Origin, TargetConfig};
use crate::config::collector::CollectorSchedule;
use crate::config::explain::unknown;
use crate::config::platform::{PLATFORM_KEYS, PlatformConfig};
use crate::config::problem::Report;
use crate::config::raw::RawTarget;
use crate::config::{Located, labels};
use crate::platform::any::{AnyCollector, AnyPlatform};

const MAX_NAME_LENGTH: usize = 128;
const MAX_LABELS: usize = 32;

/// What a target's check needs beside the target.
pub(crate) struct Surroundings<'a> {
    pub(crate) global: &'a Global,
    pub(crate) http: &'a HttpOptions,
    pub(crate) schedules: &'a BTreeMap<String, Schedule>,
}

/// The checked form of a target, if its platform is clear and accepts its configuration.
pub(crate) fn check_target(
    report: &mut Report<'_, '_>,
    raw: &RawTarget,
    directory: &Path,
    around: &Surroundings<'_>,
) -> Option<TargetConfig> {
    check_name(report, &raw.name);
    let labels = check_labels(report, raw);
    if let Some(name) = &raw.schedule {
        check_schedule_name(report, name.location, name, around);
    }
    let options =
        raw.http.as_ref().map(|http| HttpOptions::check(report, http, directory)).unwrap_or_default();
    let http_location = raw.http.as_ref().map_or(raw.name.location, |http| http.location);
    let http = options.over(around.http).finish(report, http_location);
    let thresholds = check_thresholds(report, raw.thresholds.as_deref());
    let platform = check_platform(report, raw)?;
    for name in platform.schedules() {
        check_schedule_name(report, platform.location, name, around);
    }
    let built = report.check(platform.location, AnyPlatform::new(&platform, directory))?;
    let (collectors, expected_requests) = check_collectors(report, &platform, &built, around.global);
    let origin = Origin {
        name: report.place(raw.name.location),
        http: report.place(http_location),
        platform: report.place(platform.location),
    };
    Some(TargetConfig {
        name: raw.name.value.clone(),
        labels,
        http,
        thresholds,
        schedule: raw.schedule.as_ref().map(|name| name.value.clone()),
        max_series: around.global.max_series,
        target_labels_on_all_series: around.global.target_labels_on_all_series,
        platform: platform.value,
        base_url: built.base_url().clone(),
        collectors,
        directory: directory.to_owned(),
        origin,
        expected_requests,
    })
}

fn check_name(report: &mut Report<'_, '_>, name: &Located<String>) {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    if name.is_empty() || name.len() > MAX_NAME_LENGTH || !name.bytes().all(is_allowed) {
        let message = format!(
            "{:?} is not a target name: 1 to {MAX_NAME_LENGTH} letters, digits, and any of _ . : -",
            name.value
        );
        report.at(name.location, message);
    }
}

fn check_labels(report: &mut Report<'_, '_>, raw: &RawTarget) -> BTreeMap<String, String> {
    let Some(given) = &raw.labels else { return BTreeMap::new() };
    if given.len() > MAX_LABELS {
        let message = format!("a target has at most {MAX_LABELS} labels, not {}", given.len());
        report.at(given.location, message);
    }
    for name in given.keys() {
        report.check(name.location, labels::check_name(name));
    }
    given.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect()
}

fn check_schedule_name(report: &mut Report<'_, '_>, at: Location, name: &str, around: &Surroundings<'_>) {
    if !around.schedules.contains_key(name) {
        let known: Vec<&String> = around.schedules.keys().collect();
        report.at(at, unknown("schedule", "schedules", name, &known));
    }
}

/// The one platform of a target.
fn check_platform(report: &mut Report<'_, '_>, raw: &RawTarget) -> Option<Located<PlatformConfig>> {
    let mut given = PlatformConfig::of_target(raw);
    let name = &raw.name;
    match given.len() {
        0 => {
            let keys = PLATFORM_KEYS.join(", ");
            let message =
                format!("the target `{}` has no platform; it has exactly one of: {keys}", name.value);
            report.at(name.location, message);
        }
        1 => return given.pop(),
        _ => {
            let keys: Vec<_> = given.iter().map(|platform| platform.name()).collect();
            let message =
                format!("the target `{}` has more than one platform: {}", name.value, keys.join(" and "));
            report.at(name.location, message);
        }
    }
    None
}

/// The enabled collectors with their times, and the requests of one poll of each.
fn check_collectors(
    report: &mut Report<'_, '_>,
    platform: &Located<PlatformConfig>,
    built: &AnyPlatform,
    global: &Global,
) -> (Vec<CollectorSchedule>, Vec<u32>) {
    let is_enabled = |planned: &&AnyCollector| planned.options.enabled.unwrap_or(planned.enabled);
    let planned = built.collectors();
    let enabled: Vec<_> = planned.iter().filter(is_enabled).collect();
    if enabled.is_empty() {
        let names: Vec<_> = planned.iter().map(|planned| planned.name).collect();
        let message = format!("every collector is off; enable at least one of: {}", names.join(", "));
        report.at(platform.location, message);
    }
    let schedules =
        enabled.iter().map(|planned| schedule(report, platform.location, planned, global)).collect();
    (schedules, enabled.iter().map(|planned| planned.expected_requests.max(1)).collect())
}

/// The times of a collector: its own, else the platform's, else the global ones.
fn schedule(
    report: &mut Report<'_, '_>,
    at: Location,
    planned: &AnyCollector,
    global: &Global,
) -> CollectorSchedule {
    let (options, name) = (&planned.options, planned.name);
    let written = options.interval.map(|interval| interval.0);
    let interval = written.or(planned.interval).unwrap_or(global.interval);
    if interval < MIN_INTERVAL {
        let given = humantime::format_duration(interval);
        report.at(at, format!("{name}: the interval is at least 1s, not {given}"));
    }
    let timeout = match options.timeout {
        Some(timeout) => {
            check_timeout(report, at, name, timeout.0, interval);
            timeout.0
        }
        None => global.timeout.min(interval),
    };
    let stale_after = options.stale_after.map(|stale_after| stale_after.0).or(global.stale_after);
    let stale_after = stale_after.unwrap_or_else(|| interval.saturating_mul(3));
    CollectorSchedule { name, interval: interval.max(MIN_INTERVAL), timeout, stale_after }
}
