//! Merges the files and checks what a parser cannot: names, references, ranges between keys, budgets.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_saphyr::Location;

use crate::channel::schedule::{Maintenance, Schedule};
use crate::config::budget::{RateLimit, host_loads, rounded};
use crate::config::check_connectivity::check_connectivity;
use crate::config::check_http::HttpOptions;
use crate::config::check_maintenance::check_maintenance;
use crate::config::check_schedule::check_schedule;
use crate::config::check_target::{Surroundings, check_target};
use crate::config::checked::{Config, ConnectivityConfig, Global, Place, TargetConfig};
use crate::config::explain::unknown;
use crate::config::problem::{Problems, Report, Source};
use crate::config::raw::{RawFile, RawGlobal, RawRateLimit};
use crate::config::{HumanDuration, Located};

/// The shortest interval of a collector.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Where names were given.
#[derive(Default)]
struct Names(BTreeMap<String, Place>);

impl Names {
    /// Notes a name of a `kind` of thing; complains if it was given before.
    fn note(&mut self, problems: &mut Problems<'_>, kind: &str, name: &str, place: Place) {
        if let Some(first) = self.0.get(name) {
            let first = problems.describe(*first);
            problems.at(place, format!("the {kind} `{name}` is given twice: first at {first}"));
        } else {
            self.0.insert(name.to_owned(), place);
        }
    }
}

/// A file between parsing and checking.
struct File<'a> {
    /// Its index among the sources.
    source: usize,
    directory: &'a Path,
    raw: &'a RawFile,
}

/// Makes one checked configuration of all files; `raws` are the parsed `sources`.
///
/// Where there are problems, the configuration lacks what they are about, and is good for finding further ones alone.
pub(crate) fn check<'a>(sources: &'a [Source], raws: &[RawFile], hash: String) -> (Config, Problems<'a>) {
    let files: Vec<File<'_>> = sources
        .iter()
        .zip(raws)
        .enumerate()
        .map(|(index, (source, raw))| File { source: index, directory: source.directory(), raw })
        .collect();
    let mut problems = Problems::new(sources);
    let (global, http) = check_globals(&mut problems, &files);
    let rate_limits = check_rate_limits(&mut problems, &files);
    let schedules = check_schedules(&mut problems, &files);
    let around = Surroundings { global: &global, http: &http, schedules: &schedules };
    let targets = check_targets(&mut problems, &files, &around);
    let maintenance = check_maintenances(&mut problems, &files);
    let connectivity = check_connectivities(&mut problems, &files, &http);
    let files = sources.iter().map(|source| source.path.clone()).collect();
    let config = Config { global, rate_limits, schedules, maintenance, connectivity, targets, hash, files };
    if problems.is_empty() {
        check_budgets(&mut problems, &config);
    }
    (config, problems)
}

/// The block that `key` names, which may be in one file; complains about every further one.
fn in_one_file<'a, T>(
    problems: &mut Problems<'_>,
    files: &'a [File<'_>],
    key: &str,
    block: impl Fn(&'a RawFile) -> Option<&'a Located<T>>,
) -> Option<(&'a File<'a>, &'a Located<T>)> {
    let mut given = files.iter().filter_map(|file| Some((file, block(file.raw)?)));
    let (first, raw) = given.next()?;
    for (file, again) in given {
        let place = problems.describe(Place { source: first.source, location: raw.location });
        let again = Place { source: file.source, location: again.location };
        problems.at(again, format!("`{key}` is given twice: first at {place}"));
    }
    Some((first, raw))
}

fn check_globals(problems: &mut Problems<'_>, files: &[File<'_>]) -> (Global, HttpOptions) {
    let given = in_one_file(problems, files, "global", |raw| raw.global.as_ref());
    let Some((first, raw)) = given else { return (Global::default(), HttpOptions::default()) };
    let mut report = Report { problems, source: first.source };
    let global = check_global(&mut report, raw);
    let http = raw.http.as_ref().map(|http| HttpOptions::check(&mut report, http, first.directory));
    (global, http.unwrap_or_default())
}

fn check_global(report: &mut Report<'_, '_>, raw: &RawGlobal) -> Global {
    let defaults = Global::default();
    let interval = raw.interval.map_or(defaults.interval, |interval| interval.value.0.max(MIN_INTERVAL));
    if let Some(written) = raw.interval {
        at_least(report, "the interval", written, MIN_INTERVAL);
    }
    if let Some(timeout) = raw.timeout {
        check_timeout(report, timeout.location, "global", timeout.value.0, interval);
    }
    if let Some(max_series) = raw.max_series.filter(|max_series| max_series.value == 0) {
        report.at(max_series.location, "max_series is at least 1");
    }
    Global {
        interval,
        timeout: raw.timeout.map_or(defaults.timeout.min(interval), |timeout| timeout.value.0),
        stale_after: raw.stale_after.map(|stale_after| stale_after.0),
        max_series: raw.max_series.map_or(defaults.max_series, |max_series| max_series.value),
        target_labels_on_all_series: raw.target_labels_on_all_series.unwrap_or(false),
    }
}

pub(crate) fn at_least(
    report: &mut Report<'_, '_>,
    what: &str,
    written: Located<HumanDuration>,
    least: Duration,
) {
    if written.value.0 < least {
        let (given, least) = (humantime::format_duration(written.value.0), humantime::format_duration(least));
        report.at(written.location, format!("{what} is at least {least}, not {given}"));
    }
}

/// Complains if a timeout that was written is no limit or outlasts the interval; `owner` is a collector's name,
/// `global` or `connectivity`.
pub(crate) fn check_timeout(
    report: &mut Report<'_, '_>,
    at: Location,
    owner: &str,
    timeout: Duration,
    interval: Duration,
) {
    if timeout.is_zero() {
        report.at(at, format!("{owner}: the timeout is above 0s"));
    } else if timeout > interval {
        let (timeout, interval) = (humantime::format_duration(timeout), humantime::format_duration(interval));
        report.at(at, format!("{owner}: the timeout of {timeout} is above the interval of {interval}"));
    }
}

fn check_rate_limits(problems: &mut Problems<'_>, files: &[File<'_>]) -> Vec<RateLimit> {
    let mut limits: Vec<RateLimit> = Vec::new();
    for File { source, raw: file, .. } in files {
        for raw in &file.rate_limits {
            let mut report = Report { problems, source: *source };
            let limit = check_rate_limit(&mut report, raw);
            if limits.iter().any(|other| other.host == limit.host) {
                report.at(raw.host.location, format!("the host {:?} has two budgets", limit.host));
            }
            limits.push(limit);
        }
    }
    let built_in = RateLimit::built_in().into_iter();
    let missing: Vec<_> =
        built_in.filter(|limit| limits.iter().all(|other| other.host != limit.host)).collect();
    limits.extend(missing);
    limits
}

fn check_rate_limit(report: &mut Report<'_, '_>, raw: &RawRateLimit) -> RateLimit {
    let host = raw.host.value.to_ascii_lowercase();
    let name = host.strip_prefix("*.").unwrap_or(&host);
    let is_name = !name.is_empty()
        && name.chars().all(|character| character.is_alphanumeric() || matches!(character, '.' | '-' | '_'));
    if !is_name {
        let message = format!("{host:?} is not a host; write it like api.example.com or *.example.com");
        report.at(raw.host.location, message);
    }
    if raw.requests.value == 0 {
        report.at(raw.requests.location, "requests is at least 1");
    }
    at_least(report, "per", raw.per, MIN_INTERVAL);
    RateLimit { host, requests: raw.requests.value, per: raw.per.value.0 }
}

fn check_schedules(problems: &mut Problems<'_>, files: &[File<'_>]) -> BTreeMap<String, Schedule> {
    let mut schedules = BTreeMap::new();
    let mut names = Names::default();
    for File { source, directory, raw: file } in files {
        for (name, raw) in &file.schedules {
            names.note(problems, "schedule", name, Place { source: *source, location: raw.location });
            let mut report = Report { problems, source: *source };
            schedules.insert(name.clone(), check_schedule(&mut report, raw, directory));
        }
    }
    schedules
}

fn check_targets(
    problems: &mut Problems<'_>,
    files: &[File<'_>],
    around: &Surroundings<'_>,
) -> Vec<TargetConfig> {
    let mut targets = Vec::new();
    let mut names = Names::default();
    for File { source, directory, raw: file } in files {
        for raw in &file.targets {
            let place = Place { source: *source, location: raw.name.location };
            names.note(problems, "target name", &raw.name, place);
            let mut report = Report { problems, source: *source };
            targets.extend(check_target(&mut report, raw, directory, around));
        }
    }
    if names.0.is_empty() {
        problems.of_first_file("no target is configured; add at least one entry under `targets:`");
    }
    targets
}

fn check_connectivities(
    problems: &mut Problems<'_>,
    files: &[File<'_>],
    http: &HttpOptions,
) -> Option<ConnectivityConfig> {
    let (first, raw) = in_one_file(problems, files, "connectivity", |raw| raw.connectivity.as_ref())?;
    let targets = target_names(files);
    let mut report = Report { problems, source: first.source };
    check_connectivity(&mut report, raw, first.directory, http, &targets)
}

fn target_names<'a>(files: &'a [File<'_>]) -> Vec<&'a str> {
    files.iter().flat_map(|file| &file.raw.targets).map(|target| target.name.as_str()).collect()
}

fn check_maintenances(problems: &mut Problems<'_>, files: &[File<'_>]) -> Vec<Maintenance> {
    let targets = target_names(files);
    let mut windows = Vec::new();
    for File { source, raw: file, .. } in files {
        for raw in &file.maintenance {
            let mut report = Report { problems, source: *source };
            for name in raw.targets.iter().filter(|name| !targets.contains(&name.as_str())) {
                report.at(name.location, unknown("target", "targets", name, &targets));
            }
            windows.extend(check_maintenance(&mut report, raw));
        }
    }
    windows
}

/// Refuses a configuration whose polls would spend more than a host's budget.
fn check_budgets(problems: &mut Problems<'_>, config: &Config) {
    for load in &host_loads(config) {
        let Some(budget) = load.exceeded_budget() else { continue };
        let calls = rounded(load.calls());
        let per = humantime::format_duration(load.per);
        let (requests, sustained) = (budget.requests, budget.sustained());
        let Some(target) = config.targets.iter().find(|target| target.host() == load.host) else { continue };
        let message = format!(
            "the targets behind {} need {calls} calls per {per}, but its budget of {requests} keeps up {sustained} (a tenth is kept \
             for bursts); poll less often, or raise the budget under `rate_limits:` if the vendor allows more:\n{}",
            load.host,
            load.sum(),
        );
        problems.at(target.origin.name, message);
    }
}
