//! The one enum over the platforms, and the one match.

use std::time::Duration;

use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::Caller;
use crate::platform::contract::{CollectorRow, Platform};
use crate::platform::family::Family;
use crate::platform::reading::Reading;

/// A configured platform of any kind.
#[derive(Debug)]
pub enum AnyPlatform {}

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
    /// Requests that one poll is expected to make.
    pub expected_requests: u32,
}

impl AnyPlatform {
    /// The `platform` label.
    pub fn name(&self) -> &'static str {
        match *self {}
    }

    /// Root of the API.
    pub fn base_url(&self) -> &BaseUrl {
        match *self {}
    }

    /// Every collector, in the platform's order.
    pub fn collectors(&self) -> Vec<AnyCollector> {
        match *self {}
    }

    /// Polls the collector of that name once; an unknown name reads nothing.
    #[expect(clippy::unused_async, reason = "the arms await")]
    pub async fn poll(&self, _collector: &str, _caller: &Caller) -> Reading {
        match *self {}
    }
}

#[expect(dead_code, reason = "used by the match")]
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

#[expect(dead_code, reason = "used by the match")]
async fn poll_by_name<P: Platform>(platform: &P, collector: &str, caller: &Caller) -> Reading {
    match P::COLLECTORS.iter().find(|row| row.name == collector) {
        Some(row) => platform.poll(row.collector, caller).await,
        None => Reading::default(),
    }
}

/// Every family of every platform, in the order of the exposition.
pub fn families() -> Vec<&'static Family> {
    Vec::new()
}
