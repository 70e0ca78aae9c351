//! Checks the `connectivity` block.

use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::config::Located;
use crate::config::base_url::parse_http_url;
use crate::config::check::{MIN_INTERVAL, at_least, check_timeout};
use crate::config::check_http::HttpOptions;
use crate::config::checked::{ConnectivityCheck, ConnectivityConfig};
use crate::config::explain::unknown;
use crate::config::problem::Report;
use crate::config::raw_connectivity::RawConnectivity;
use crate::http_client::settings::{Authentication, HttpSettings};

const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);
const FAILURES: u32 = 2;

/// The checked form of the block, if its URL is one; `global` are the options of `global.http`, `targets` the names of
/// all targets.
pub(crate) fn check_connectivity(
    report: &mut Report<'_, '_>,
    raw: &Located<RawConnectivity>,
    directory: &Path,
    global: &HttpOptions,
    targets: &[&str],
) -> Option<ConnectivityConfig> {
    let interval = raw.interval.map_or(INTERVAL, |interval| interval.value.0.max(MIN_INTERVAL));
    if let Some(written) = raw.interval {
        at_least(report, "the interval", written, MIN_INTERVAL);
    }
    if let Some(timeout) = raw.timeout {
        check_timeout(report, timeout.location, "connectivity", timeout.value.0, interval);
    }
    let timeout = raw.timeout.map_or(TIMEOUT.min(interval), |timeout| timeout.value.0);
    if let Some(failures) = raw.failures.filter(|failures| failures.value == 0) {
        report.at(failures.location, "failures is at least 1");
    }
    for name in raw.exempt_targets.iter().filter(|name| !targets.contains(&name.as_str())) {
        report.at(name.location, unknown("target", "targets", name, targets));
    }
    let http = check_way(report, raw, directory, global);
    let url = report.check(raw.url.location, check_url(&raw.url))?;
    let failures = raw.failures.map_or(FAILURES, |failures| failures.value);
    Some(ConnectivityConfig {
        check: ConnectivityCheck { url, interval, timeout, failures, http },
        exempt_targets: raw.exempt_targets.iter().map(|name| name.value.clone()).collect(),
        origin: report.place(raw.location),
    })
}

fn check_url(text: &str) -> Result<Url, String> {
    let url = parse_http_url(text).map_err(|reason| format!("the URL is refused: {reason}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "the URL is refused: credentials in it end up in logs, and the check needs none".to_owned()
        );
    }
    Ok(url)
}

/// TLS and proxy; whatever else is global, credentials above all, is for the vendors.
fn check_way(
    report: &mut Report<'_, '_>,
    raw: &Located<RawConnectivity>,
    directory: &Path,
    global: &HttpOptions,
) -> HttpSettings {
    let way = raw.http.clone().map(|way| Located { value: way.value.into(), location: way.location });
    let location = way.as_ref().map_or(raw.location, |way| way.location);
    let options = way.map(|way| HttpOptions::check(report, &way, directory)).unwrap_or_default();
    HttpSettings {
        authentication: Authentication::None,
        headers: Vec::new(),
        follow_redirects: false,
        ..options.over(global).finish(report, location)
    }
}
