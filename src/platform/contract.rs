//! The contract of a platform: what the frame asks of it, and nothing more.
//!
//! A platform knows its vendor's calls and shapes. The frame (`poll`, `state`) owns time, success, duration,
//! deadlines, staleness and counting.

use std::future::Future;
use std::time::Duration;

use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::Caller;
use crate::platform::family::Family;
use crate::platform::reading::Reading;

/// A row of a platform's table of collectors.
#[derive(Clone, Copy, Debug)]
pub struct CollectorRow<C: 'static> {
    /// The platform's own name for it in code.
    pub collector: C,
    /// The `collector` label and the key in the configuration.
    pub name: &'static str,
    /// Whether it polls unless configured otherwise.
    pub enabled: bool,
    /// Its interval unless configured otherwise; `None` for `global.interval`.
    pub interval: Option<Duration>,
}

/// One vendor's product, configured for one target.
pub trait Platform: Send + Sync + 'static {
    /// The `platform` label and the key in the configuration.
    const NAME: &'static str;

    /// The platform's collectors.
    type Collector: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    /// Every collector, in the platform's order; the first enabled one is the primary.
    const COLLECTORS: &'static [CollectorRow<Self::Collector>];

    /// Every family of the platform, in the order of the exposition.
    fn families() -> Vec<&'static Family>;

    /// Options of a collector as configured.
    fn options(&self, collector: Self::Collector) -> CollectorOptions;

    /// Root of the API, shown in `webchat_target_info` and used for the request budget.
    fn base_url(&self) -> &BaseUrl;

    /// Requests that one poll of a collector is expected to make to [`Platform::base_url`]'s host, for the sum that
    /// `check-config` prints; at least 1.
    fn expected_requests(&self, collector: Self::Collector) -> u32;

    /// Polls once: makes the collector's requests and maps their answers.
    ///
    /// It never fails as a whole; each request's failure is part of the reading. Every request honours the caller's
    /// deadline, so a poll ends soon after it without being cancelled.
    fn poll(&self, collector: Self::Collector, caller: &Caller) -> impl Future<Output = Reading> + Send;
}
