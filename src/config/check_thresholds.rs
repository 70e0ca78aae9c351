//! Checks limits.

use crate::channel::threshold::{Limit, Thresholds, Worsen};
use crate::config::Located;
use crate::config::problem::Report;
use crate::config::raw_thresholds::{
    RawFailuresOf, RawLowerLimit, RawThresholds, RawUpperLimit, RawWaitLimit,
};

/// The most evaluations that a status can wait for; they are kept in memory for each channel.
const MAX_EVALUATIONS: u32 = 1000;

/// The checked form of a target's thresholds; the defaults where there are none.
pub(crate) fn check_thresholds(report: &mut Report<'_, '_>, raw: Option<&RawThresholds>) -> Thresholds {
    let Some(raw) = raw else { return Thresholds::default() };
    let worsen = worsen(report, raw);
    let after_successes = after(report, "after_successes", raw.after_successes);
    Thresholds {
        longest_wait: wait_limit(report, raw.longest_wait),
        average_wait: wait_limit(report, raw.average_wait),
        estimated_wait: wait_limit(report, raw.estimated_wait),
        queue_length: upper_limit(report, raw.queue_length),
        agents_online: lower_limit(report, raw.agents_online),
        free_slots: lower_limit(report, raw.free_slots),
        utilization: utilization_limit(report, raw.utilization),
        worsen,
        after_successes,
    }
}

/// A number of evaluations; the default where none is given.
fn after(report: &mut Report<'_, '_>, key: &str, given: Option<Located<u32>>) -> u32 {
    let Some(given) = given else { return Thresholds::DEFAULT_AFTER };
    if given.value == 0 {
        report.at(given.location, format!("{key} is at least 1"));
    } else if given.value > MAX_EVALUATIONS {
        report.at(given.location, format!("{key} is at most {MAX_EVALUATIONS}"));
    }
    given.value
}

/// `failures_of`, else `after_failures`, else the default.
fn worsen(report: &mut Report<'_, '_>, raw: &RawThresholds) -> Worsen {
    let Some(given) = raw.failures_of else {
        return Worsen::InARow(after(report, "after_failures", raw.after_failures));
    };
    let RawFailuresOf { failures, evaluations } = given.value;
    if raw.after_failures.is_some() {
        report
            .at(given.location, "after_failures and failures_of say the same in two ways; give one of them");
    }
    if failures == 0 {
        report.at(given.location, "failures is at least 1");
    }
    if evaluations < failures {
        let message = format!("{failures} failures cannot be among {evaluations} evaluations");
        report.at(given.location, message);
    }
    if evaluations > MAX_EVALUATIONS {
        report.at(given.location, format!("evaluations is at most {MAX_EVALUATIONS}"));
    }
    Worsen::OutOf { failures, evaluations }
}

fn wait_limit(report: &mut Report<'_, '_>, raw: Option<Located<RawWaitLimit>>) -> Limit {
    let Some(raw) = raw else { return Limit::default() };
    let seconds = |duration: crate::config::HumanDuration| duration.0.as_secs_f64();
    let limit = Limit { degraded: raw.degraded.map(seconds), down: raw.down.map(seconds) };
    check_order(report, &raw, &limit, UPPER);
    limit
}

fn upper_limit(report: &mut Report<'_, '_>, raw: Option<Located<RawUpperLimit>>) -> Limit {
    let Some(raw) = raw else { return Limit::default() };
    let limit = Limit { degraded: raw.degraded, down: raw.down };
    check_order(report, &raw, &limit, UPPER);
    limit
}

fn lower_limit(report: &mut Report<'_, '_>, raw: Option<Located<RawLowerLimit>>) -> Limit {
    let Some(raw) = raw else { return Limit::default() };
    let limit = Limit { degraded: raw.degraded_below, down: raw.down_below };
    check_order(report, &raw, &limit, LOWER);
    limit
}

fn utilization_limit(report: &mut Report<'_, '_>, raw: Option<Located<RawUpperLimit>>) -> Limit {
    let limit = upper_limit(report, raw);
    let is_ratio = |limit: f64| limit > 0.0 && limit <= 1.0;
    if let Some(raw) = raw
        && [limit.degraded, limit.down]
            .into_iter()
            .flatten()
            .any(|limit| limit.is_finite() && !is_ratio(limit))
    {
        report.at(raw.location, "utilization is a share above 0 and at most 1, such as 0.85");
    }
    limit
}

/// Names of the keys, and whether the first key's limit may not be above the second's.
type Keys = (&'static str, &'static str, bool);

const UPPER: Keys = ("degraded", "down", true);
const LOWER: Keys = ("degraded_below", "down_below", false);

/// Complains about limits that are no amounts, and about `down` where it is met before `degraded`.
fn check_order<T>(report: &mut Report<'_, '_>, raw: &Located<T>, limit: &Limit, keys: Keys) {
    let (degraded_key, down_key, is_upper) = keys;
    let given = [(degraded_key, limit.degraded), (down_key, limit.down)];
    for (key, value) in given {
        if value.is_some_and(|value| !value.is_finite() || value < 0.0) {
            report.at(raw.location, format!("{key} is a number of 0 or more"));
        }
    }
    if given.iter().all(|(_, value)| value.is_none()) {
        report.at(raw.location, format!("a limit has {degraded_key}, {down_key} or both"));
    }
    let (Some(degraded), Some(down)) = (limit.degraded, limit.down) else { return };
    if (is_upper && down < degraded) || (!is_upper && down > degraded) {
        let side = if is_upper { "below" } else { "above" };
        report.at(
            raw.location,
            format!("{down_key} is {side} {degraded_key}, so the channel would never be degraded"),
        );
    }
}
