//! The way back: a checked configuration as users could have typed it, with every default filled in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Weekday;
use serde::Serialize;
use serde_json::{Value, json};

use crate::channel::schedule::{Hours, Maintenance, Schedule, When};
use crate::channel::threshold::{Limit, Thresholds, Worsen};
use crate::config::budget::RateLimit;
use crate::config::calendar::{DayRange, HoursRange, IsoDate, Moment, WeekName};
use crate::config::checked::{Config, ConnectivityConfig, Global, TargetConfig};
use crate::config::effective_http::effective_http;
use crate::config::platform::PlatformConfig;
use crate::config::raw::{RawGlobal, RawRateLimit};
use crate::config::raw_connectivity::RawConnectivity;
use crate::config::raw_http::RawHttp;
use crate::config::raw_schedule::{RawMaintenance, RawSchedule};
use crate::config::raw_thresholds::{
    RawFailuresOf, RawLowerLimit, RawThresholds, RawUpperLimit, RawWaitLimit,
};
use crate::config::{HumanDuration, Located, ZoneName};
use crate::platform::AnyPlatform;

/// A configuration in the form of its files; secrets are masked when it is written.
///
/// `global.http` is not repeated: every target, and the connectivity check, carries what it got from there. Paths are absolute, so that the form can
/// be kept in another directory than the files were in.
#[derive(Debug, Serialize)]
pub struct EffectiveConfig {
    global: RawGlobal,
    rate_limits: Vec<RawRateLimit>,
    schedules: BTreeMap<String, RawSchedule>,
    maintenance: Vec<RawMaintenance>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connectivity: Option<RawConnectivity>,
    targets: Vec<EffectiveTarget>,
}

#[derive(Debug, Serialize)]
struct EffectiveTarget {
    name: String,
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    http: RawHttp,
    thresholds: RawThresholds,
    #[serde(skip_serializing_if = "Option::is_none")]
    chime: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comm100: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egain: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xima: Option<Value>,
}

/// The effective form of `config`.
///
/// # Errors
/// A sentence if a platform's configuration cannot be written.
pub fn effective(config: &Config) -> Result<EffectiveConfig, String> {
    let schedules = config.schedules.iter();
    Ok(EffectiveConfig {
        global: global(&config.global),
        rate_limits: config.rate_limits.iter().map(rate_limit).collect(),
        schedules: schedules.map(|(name, value)| (name.clone(), schedule(value))).collect(),
        maintenance: config.maintenance.iter().map(maintenance).collect(),
        connectivity: config.connectivity.as_ref().map(connectivity),
        targets: config.targets.iter().map(target).collect::<Result<_, _>>()?,
    })
}

fn global(global: &Global) -> RawGlobal {
    RawGlobal {
        interval: Some(duration(global.interval)),
        timeout: Some(duration(global.timeout)),
        stale_after: global.stale_after.map(HumanDuration),
        max_series: Some(Located::unwritten(global.max_series)),
        target_labels_on_all_series: Some(global.target_labels_on_all_series),
        http: None,
    }
}

/// A path that means the same wherever the written configuration is kept.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes every path in a platform's block [`absolute`]; relative ones start at `directory`.
fn make_paths_absolute(value: &mut Value, directory: &Path) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(path) if key.ends_with("_file") => {
                        *path = absolute(&directory.join(&*path)).to_string_lossy().into_owned();
                    }
                    value => make_paths_absolute(value, directory),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_paths_absolute(item, directory)),
        _ => {}
    }
}

/// A duration that was written nowhere.
pub(crate) fn duration(duration: Duration) -> Located<HumanDuration> {
    Located::unwritten(HumanDuration(duration))
}

fn rate_limit(limit: &RateLimit) -> RawRateLimit {
    RawRateLimit {
        host: Located::unwritten(limit.host.clone()),
        requests: Located::unwritten(limit.requests),
        per: duration(limit.per),
    }
}

fn schedule(schedule: &Schedule) -> RawSchedule {
    RawSchedule {
        timezone: ZoneName(schedule.zone.clone()),
        weekly: weekly(&schedule.weekly),
        holidays: schedule.holidays.iter().copied().map(IsoDate).collect(),
        holidays_file: schedule.holidays_file.as_deref().map(absolute).map(Located::unwritten),
    }
}

fn weekly(weekly: &[Vec<Hours>; 7]) -> Located<BTreeMap<DayRange, Vec<HoursRange>>> {
    let days = Weekday::Monday.cycle_forward().zip(weekly).filter(|(_, hours)| !hours.is_empty());
    let days = days.map(|(day, hours)| {
        let hours = hours.iter().map(|hours| HoursRange { start: hours.start, end: hours.end });
        (DayRange::day(day), hours.collect())
    });
    Located::unwritten(days.collect())
}

fn maintenance(planned: &Maintenance) -> RawMaintenance {
    let raw = RawMaintenance {
        targets: planned.targets.iter().cloned().map(Located::unwritten).collect(),
        channels: planned.channels.clone(),
        description: planned.description.clone().map(Located::unwritten),
        ..RawMaintenance::default()
    };
    match &planned.when {
        When::Once { start, end } => RawMaintenance {
            start: Some(Located::unwritten(Moment(*start))),
            end: Some(Located::unwritten(Moment(*end))),
            ..raw
        },
        When::Recurring(recurrence) => {
            let weeks: Vec<WeekName> = recurrence.weeks_of_month.iter().copied().map(WeekName).collect();
            RawMaintenance {
                timezone: Some(Located::unwritten(ZoneName(recurrence.zone.clone()))),
                weekly: Some(weekly(&recurrence.weekly)),
                weeks_of_month: (!weeks.is_empty()).then(|| Located::unwritten(weeks)),
                from: recurrence.from.map(|date| Located::unwritten(IsoDate(date))),
                until: recurrence.until.map(|date| Located::unwritten(IsoDate(date))),
                ..raw
            }
        }
    }
}

fn connectivity(connectivity: &ConnectivityConfig) -> RawConnectivity {
    let check = &connectivity.check;
    RawConnectivity {
        url: Located::unwritten(check.url.to_string()),
        interval: Some(duration(check.interval)),
        timeout: Some(duration(check.timeout)),
        failures: Some(Located::unwritten(check.failures)),
        exempt_targets: connectivity.exempt_targets.iter().cloned().map(Located::unwritten).collect(),
        http: Some(Located::unwritten(effective_http(&check.http).into())),
    }
}

fn target(target: &TargetConfig) -> Result<EffectiveTarget, String> {
    let platform = platform(target)
        .map_err(|error| format!("cannot write the platform of the target {}: {error}", target.name))?;
    let of = |name: &str| (target.platform.name() == name).then(|| platform.clone());
    Ok(EffectiveTarget {
        name: target.name.clone(),
        labels: target.labels.clone(),
        schedule: target.schedule.clone(),
        http: effective_http(&target.http),
        thresholds: thresholds(&target.thresholds),
        chime: of("chime"),
        comm100: of("comm100"),
        egain: of("egain"),
        xima: of("xima"),
    })
}

/// The platform's block with every collector's times as they are in force.
fn platform(target: &TargetConfig) -> Result<Value, String> {
    let value = match &target.platform {
        PlatformConfig::Chime(config) => serde_json::to_value(config),
        PlatformConfig::Comm100(config) => serde_json::to_value(config),
        PlatformConfig::Egain(config) => serde_json::to_value(config),
        PlatformConfig::Xima(config) => serde_json::to_value(config),
    };
    let mut value = value.map_err(|error| error.to_string())?;
    make_paths_absolute(&mut value, &target.directory);
    for planned in AnyPlatform::new(&target.platform, &target.directory)?.collectors() {
        let enabled = target.collectors.iter().find(|collector| collector.name == planned.name);
        let Some(options) = value.pointer_mut(&format!("/collectors/{}", planned.name)) else { continue };
        options["enabled"] = json!(enabled.is_some());
        if let Some(collector) = enabled {
            let write = |duration| humantime::format_duration(duration).to_string();
            options["interval"] = json!(write(collector.interval));
            options["timeout"] = json!(write(collector.timeout));
            options["stale_after"] = json!(write(collector.stale_after));
        }
    }
    Ok(value)
}

fn thresholds(thresholds: &Thresholds) -> RawThresholds {
    let wait = |limit: &Limit| {
        let of =
            |seconds: Option<f64>| seconds.map(|seconds| HumanDuration(Duration::from_secs_f64(seconds)));
        written(limit, RawWaitLimit { degraded: of(limit.degraded), down: of(limit.down) })
    };
    let upper = |limit: &Limit| written(limit, RawUpperLimit { degraded: limit.degraded, down: limit.down });
    let lower = |limit: &Limit| {
        written(limit, RawLowerLimit { degraded_below: limit.degraded, down_below: limit.down })
    };
    let (after_failures, failures_of) = match thresholds.worsen {
        Worsen::InARow(count) => (Some(Located::unwritten(count)), None),
        Worsen::OutOf { failures, evaluations } => {
            (None, Some(Located::unwritten(RawFailuresOf { failures, evaluations })))
        }
    };
    RawThresholds {
        longest_wait: wait(&thresholds.longest_wait),
        average_wait: wait(&thresholds.average_wait),
        estimated_wait: wait(&thresholds.estimated_wait),
        queue_length: upper(&thresholds.queue_length),
        utilization: upper(&thresholds.utilization),
        agents_online: lower(&thresholds.agents_online),
        free_slots: lower(&thresholds.free_slots),
        after_failures,
        failures_of,
        after_successes: Some(Located::unwritten(thresholds.after_successes)),
    }
}

/// `raw` unless the limit has no level.
fn written<T>(limit: &Limit, raw: T) -> Option<Located<T>> {
    (*limit != Limit::default()).then(|| Located::unwritten(raw))
}
