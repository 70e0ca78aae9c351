//! Request budgets of API hosts, and whether the configured polls fit into them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::config::checked::{Config, TargetConfig};

/// A request budget; every host that the pattern matches has one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The host, in lower case, or `*.` and a domain for every host below that domain.
    pub host: String,
    /// Requests allowed in each period; above zero.
    pub requests: u32,
    /// The period; above zero.
    pub per: Duration,
}

impl RateLimit {
    /// The budgets that hold unless a configured one has the same host: Comm100 allows 300 calls in 5 minutes per IP
    /// address, and other clients behind the address need some of them.
    pub fn built_in() -> Vec<Self> {
        vec![Self { host: "*.comm100.io".to_owned(), requests: 270, per: Duration::from_mins(5) }]
    }

    /// Whether it is about `host`, a name in lower case.
    pub fn matches(&self, host: &str) -> bool {
        match self.host.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => host == self.host,
        }
    }

    /// Requests that can follow each other at once after a quiet time: a tenth, at least one.
    pub fn burst(&self) -> u32 {
        (self.requests / 10).max(1)
    }

    /// Requests per period that can be kept up for ever: what is left beside the burst, at least one.
    ///
    /// This is the figure that the sum of all collectors' expected requests has to stay below.
    pub fn sustained(&self) -> u32 {
        self.requests.saturating_sub(self.burst()).max(1)
    }

    /// The one of `limits` that holds for `host`: the exact name before a domain, a longer domain before a shorter.
    pub fn of_host<'a>(limits: &'a [Self], host: &str) -> Option<&'a Self> {
        let host = host.to_ascii_lowercase();
        let matching = limits.iter().filter(|limit| limit.matches(&host));
        matching.max_by_key(|limit| (!limit.host.starts_with('*'), limit.host.len()))
    }
}

/// The calls that one collector of one target is expected to make in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedCalls {
    /// The target.
    pub target: String,
    /// The collector.
    pub collector: &'static str,
    /// How often it polls.
    pub interval: Duration,
    /// Requests of one poll.
    pub requests: u32,
    /// Requests in the period.
    pub calls: f64,
}

/// The calls that an API host is expected to see in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct HostLoad {
    /// The host, without port.
    pub host: String,
    /// The period.
    pub per: Duration,
    /// One entry per target and collector, in the order of the configuration.
    pub expected: Vec<ExpectedCalls>,
    /// The budget, where the host has one; its period is `per`.
    pub budget: Option<RateLimit>,
}

impl HostLoad {
    /// The calls of all targets and collectors in the period.
    pub fn calls(&self) -> f64 {
        self.expected.iter().map(|expected| expected.calls).sum()
    }

    /// The budget, if the host would see more calls than it can keep up.
    pub fn exceeded_budget(&self) -> Option<&RateLimit> {
        // A thousandth of a call is rounding, not traffic.
        self.budget.as_ref().filter(|budget| self.calls() > f64::from(budget.sustained()) + 1e-3)
    }

    /// The sum that shows where the calls come from, one indented line per target and collector.
    pub fn sum(&self) -> String {
        let width =
            self.expected.iter().map(ExpectedCalls::label).map(|label| label.len()).max().unwrap_or(0);
        let mut text = String::new();
        for expected in &self.expected {
            let interval = humantime::format_duration(expected.interval);
            let plural = if expected.requests == 1 { "" } else { "s" };
            let _ = writeln!(
                text,
                "  {:<width$}  {} call{plural} every {interval} = {}",
                expected.label(),
                expected.requests,
                rounded(expected.calls),
            );
        }
        let _ = write!(text, "  {:<width$}  {}", "together", rounded(self.calls()));
        text
    }
}

impl ExpectedCalls {
    fn label(&self) -> String {
        format!("{} {}", self.target, self.collector)
    }
}

/// A number of calls with at most one decimal.
pub(crate) fn rounded(calls: f64) -> String {
    let text = format!("{calls:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// What every API host is expected to see, by name; hosts without a budget are summed over 5 minutes.
pub fn host_loads(config: &Config) -> Vec<HostLoad> {
    let mut loads: BTreeMap<String, HostLoad> = BTreeMap::new();
    for target in &config.targets {
        let host = target.host();
        let load = loads.entry(host.clone()).or_insert_with(|| {
            let limit = RateLimit::of_host(&config.rate_limits, &host);
            let per = limit.map_or(Duration::from_mins(5), |limit| limit.per);
            HostLoad { host, per, expected: Vec::new(), budget: limit.cloned() }
        });
        load.expected.extend(target.expected_calls(load.per));
    }
    loads.into_values().collect()
}

impl TargetConfig {
    /// The host of the platform's API, in lower case.
    pub fn host(&self) -> String {
        self.base_url.as_url().host_str().unwrap_or("").to_ascii_lowercase()
    }

    fn expected_calls(&self, per: Duration) -> impl Iterator<Item = ExpectedCalls> {
        self.collectors.iter().zip(&self.expected_requests).map(move |(collector, requests)| ExpectedCalls {
            target: self.name.clone(),
            collector: collector.name,
            interval: collector.interval,
            requests: *requests,
            calls: per.as_secs_f64() / collector.interval.as_secs_f64() * f64::from(*requests),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(host: &str, requests: u32) -> RateLimit {
        RateLimit { host: host.to_owned(), requests, per: Duration::from_mins(1) }
    }

    #[test]
    fn burst_and_sustained_rate_add_up_to_the_limit() {
        for (requests, burst, sustained) in [(270, 27, 243), (19, 1, 18), (2, 1, 1), (1, 1, 1)] {
            let limit = limit("h", requests);
            assert_eq!((limit.burst(), limit.sustained()), (burst, sustained), "{requests}");
        }
    }

    #[test]
    fn the_most_specific_budget_holds() {
        let limits = [limit("*.io", 1), limit("*.comm100.io", 2), limit("api11.comm100.io", 3)];
        let requests = |host| RateLimit::of_host(&limits, host).map(|limit| limit.requests);
        assert_eq!(requests("API11.comm100.io"), Some(3));
        assert_eq!(requests("api12.comm100.io"), Some(2));
        assert_eq!(requests("comm100.io"), Some(1));
        assert_eq!(requests("evilcomm100.io"), Some(1));
        assert_eq!(requests("example.com"), None);
    }
}
