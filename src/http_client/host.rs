//! What all targets share about one API host: its budget, its pauses, and the requests under way.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use crate::config::budget::RateLimit;
use crate::http_client::backoff::{BackOff, in_seconds};
use crate::http_client::budget::Budget;
use crate::http_client::locked::Locked;
use crate::http_client::retry_after;
use crate::http_client::{Failure, Reason};

/// First and longest pause after a 429 that does not say how long to wait.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(5));

/// One API host.
#[derive(Debug)]
pub(crate) struct Host {
    name: String,
    budget: Locked<Option<Arc<Budget>>>,
    pause: Locked<Pause>,
    under_way: watch::Sender<usize>,
}

/// Why and for how long a host gets no requests.
#[derive(Debug)]
struct Pause {
    back_off: BackOff,
    status: StatusCode,
}

/// A request under way; dropping it lets the next one go.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Host>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.under_way.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Host {
    fn new(name: &str, limit: Option<RateLimit>) -> Self {
        let pause =
            Pause { back_off: BackOff::new(PAUSES.0, PAUSES.1), status: StatusCode::TOO_MANY_REQUESTS };
        Self {
            name: name.to_owned(),
            budget: Locked::new(limit.map(|limit| Arc::new(Budget::new(limit)))),
            pause: Locked::new(pause),
            under_way: watch::Sender::new(0),
        }
    }

    /// Its name, with the port where that is not the scheme's.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its name or address alone, as a certificate has it.
    pub(crate) fn bare_name(&self) -> &str {
        without_port(&self.name).trim_start_matches('[').trim_end_matches(']')
    }

    /// Whole permits that are left now; `None` without a budget.
    pub(crate) fn remaining(&self) -> Option<u32> {
        self.budget.lock().as_ref().map(|budget| budget.remaining())
    }

    /// Waits until a request may go: no pause in force, fewer than `limit` requests under way, and a permit of the
    /// budget.
    ///
    /// # Errors
    /// [`Reason::RateLimited`] at once during a pause and when the next permit comes after the deadline;
    /// [`Reason::Timeout`] when the deadline has passed or other requests take until then.
    pub(crate) async fn admit(self: &Arc<Self>, limit: usize, deadline: Instant) -> Result<Slot, Failure> {
        if Instant::now() >= deadline {
            return Err(Failure::new(Reason::Timeout, "the poll's deadline passed"));
        }
        self.refuse_during_pause()?;
        self.refuse_when_spent(deadline)?;
        let slot = timeout_at(deadline, self.slot(limit)).await.map_err(|_| {
            let detail =
                format!("the poll's deadline passed while other requests to {} were under way", self.name);
            Failure::new(Reason::Timeout, detail)
        })?;
        loop {
            self.refuse_during_pause()?;
            let budget = self.budget.lock().clone();
            let Some(wait) = budget.and_then(|budget| budget.take().err()) else { return Ok(slot) };
            let free = Instant::now() + wait;
            if free > deadline {
                return Err(self.spent());
            }
            sleep_until(free).await;
        }
    }

    /// Learns from an answer to a request sent at `sent` whether the host wants to be left alone.
    pub(crate) fn learn(&self, status: StatusCode, headers: &HeaderMap, sent: Instant) {
        let mut pause = self.pause.lock();
        match (status, retry_after::wait(headers)) {
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(wait)) => {
                pause.back_off.hold(wait);
                pause.status = status;
            }
            (StatusCode::TOO_MANY_REQUESTS, None) => {
                pause.back_off.step(sent);
                pause.status = status;
            }
            _ => pause.back_off.reset(sent),
        }
    }

    async fn slot(self: &Arc<Self>, limit: usize) -> Slot {
        let mut changes = self.under_way.subscribe();
        loop {
            let mut taken = false;
            self.under_way.send_if_modified(|count| {
                taken = *count < limit.max(1);
                *count += usize::from(taken);
                // Only a request that ends is news to those who wait.
                false
            });
            // The sender lives in `self`, so the wait cannot fail.
            if taken || changes.changed().await.is_err() {
                return Slot(Arc::clone(self));
            }
        }
    }

    fn refuse_during_pause(&self) -> Result<(), Failure> {
        let pause = self.pause.lock();
        let Some(remaining) = pause.back_off.remaining() else { return Ok(()) };
        let detail =
            format!("{} answered {}; no request for {}", self.name, pause.status, in_seconds(remaining));
        Err(Failure::new(Reason::RateLimited, detail))
    }

    fn refuse_when_spent(&self, deadline: Instant) -> Result<(), Failure> {
        let wait = self.budget.lock().as_ref().map_or(Duration::ZERO, |budget| budget.wait());
        let in_time = wait.is_zero() || Instant::now() + wait <= deadline;
        if in_time { Ok(()) } else { Err(self.spent()) }
    }

    fn spent(&self) -> Failure {
        Failure::new(Reason::RateLimited, format!("the request budget of {} is spent", self.name))
    }

    fn limit_to(&self, limit: Option<RateLimit>) {
        let mut budget = self.budget.lock();
        if budget.as_ref().map(|budget| budget.limit()) != limit.as_ref() {
            *budget = limit.map(|limit| Arc::new(Budget::new(limit)));
        }
    }
}

/// The hosts that targets use now; a host that nobody holds any more is forgotten.
#[derive(Debug)]
pub(crate) struct Hosts {
    limits: Locked<Vec<RateLimit>>,
    hosts: Locked<HashMap<String, Weak<Host>>>,
}

impl Hosts {
    /// No host yet; `limits` are those of the configuration.
    pub(crate) fn new(limits: Vec<RateLimit>) -> Self {
        Self { limits: Locked::new(limits), hosts: Locked::default() }
    }

    /// The host of a URL.
    pub(crate) fn of_url(&self, url: &Url) -> Arc<Host> {
        let name = name(url);
        // Held to the end, so that no host can come to be with limits that were just replaced.
        let limits = self.limits.lock();
        let limit = RateLimit::of_host(&limits, url.host_str().unwrap_or_default()).cloned();
        let mut hosts = self.hosts.lock();
        if let Some(host) = hosts.get(&name).and_then(Weak::upgrade) {
            return host;
        }
        hosts.retain(|_, host| host.strong_count() > 0);
        let host = Arc::new(Host::new(&name, limit));
        hosts.insert(name, Arc::downgrade(&host));
        host
    }

    /// Puts other limits in force; hosts whose limit stays the same keep what they have used of it.
    pub(crate) fn limit_to(&self, limits: Vec<RateLimit>) {
        let mut in_force = self.limits.lock();
        for host in self.all() {
            host.limit_to(RateLimit::of_host(&limits, without_port(host.name())).cloned());
        }
        *in_force = limits;
    }

    /// The hosts in use, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Host>> {
        let mut hosts: Vec<_> = self.hosts.lock().values().filter_map(Weak::upgrade).collect();
        hosts.sort_by(|one, other| one.name.cmp(&other.name));
        hosts
    }
}

/// The name under which a URL's host is known, with the port where that is not the scheme's.
fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The name without its port; an IPv6 address keeps its brackets.
fn without_port(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((host, _)) if !name.ends_with(']') => host,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use http::HeaderValue;
    use http::header::RETRY_AFTER;

    use super::*;

    fn hosts(requests: u32, seconds: u64) -> Hosts {
        Hosts::new(vec![RateLimit { host: "*".to_owned(), requests, per: Duration::from_secs(seconds) }])
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn soon(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_port_of_its_own_makes_a_host_of_its_own() {
        let hosts = Hosts::new(vec![]);
        for (text, expected) in [
            ("https://Chat.example.com/a?b", "chat.example.com"),
            ("https://chat.example.com:443/", "chat.example.com"),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
            ("http://[::1]:8080/", "[::1]:8080"),
        ] {
            assert_eq!(hosts.of_url(&url(text)).name(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn targets_share_the_budget_of_a_host() {
        let hosts = hosts(20, 180);
        let (one, other) = (hosts.of_url(&url("https://a/x")), hosts.of_url(&url("https://a/y")));
        one.admit(8, soon(1)).await.unwrap();
        other.admit(8, soon(1)).await.unwrap();
        assert_eq!((one.remaining(), other.remaining()), (Some(0), Some(0)));
        let failure = one.admit(8, soon(1)).await.unwrap_err();
        assert_eq!(failure.to_string(), "the request budget of a is spent");
        assert_eq!(failure.reason, Reason::RateLimited);
        let before = Instant::now();
        other.admit(8, soon(30)).await.unwrap();
        assert_eq!(before.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_beyond_the_limit_wait_for_one_that_ends() {
        let host = Hosts::new(vec![]).of_url(&url("https://a/"));
        let work = (0..6).map(|_| async {
            let _slot = host.admit(2, soon(60)).await.unwrap();
            assert!(*host.under_way.borrow() <= 2);
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
        let before = Instant::now();
        join_all(work).await;
        assert_eq!(before.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_others_ends_with_the_deadline() {
        let host = Hosts::new(vec![]).of_url(&url("https://a/"));
        let _slot = host.admit(1, soon(1)).await.unwrap();
        let failure = host.admit(1, soon(1)).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the poll's deadline passed while other requests to a were under way"
        );
        assert_eq!(failure.reason, Reason::Timeout);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_goes_after_the_deadline_whatever_the_budget_says() {
        let hosts = hosts(20, 180);
        let host = hosts.of_url(&url("https://a/"));
        for _ in 0..3 {
            let failure = host.admit(8, Instant::now()).await.unwrap_err();
            assert_eq!(failure.to_string(), "the poll's deadline passed");
            assert_eq!(failure.reason, Reason::Timeout);
        }
        assert_eq!(host.remaining(), Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_asks_for_a_pause_gets_it() {
        let host = Hosts::new(vec![]).of_url(&url("https://a/"));
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("42"))]);
        for (status, name) in [(429, "429 Too Many Requests"), (503, "503 Service Unavailable")] {
            host.learn(StatusCode::from_u16(status).unwrap(), &headers, Instant::now());
            let failure = host.admit(8, soon(60)).await.unwrap_err();
            assert_eq!(failure.to_string(), format!("a answered {name}; no request for 42s"));
            assert_eq!(failure.reason, Reason::RateLimited);
            tokio::time::advance(Duration::from_secs(42)).await;
            host.admit(8, soon(60)).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_429_pauses_without_being_told_how_long() {
        let host = Hosts::new(vec![]).of_url(&url("https://a/"));
        for status in [200, 403, 500, 503] {
            host.learn(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), Instant::now());
            host.admit(8, soon(1)).await.unwrap();
        }
        host.learn(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), Instant::now());
        assert_eq!(host.admit(8, soon(1)).await.unwrap_err().reason, Reason::RateLimited);
        tokio::time::advance(PAUSES.0 * 2).await;
        host.admit(8, soon(1)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn other_limits_leave_an_unchanged_budget_as_it_is() {
        let hosts = hosts(20, 180);
        let host = hosts.of_url(&url("https://a/"));
        host.admit(8, soon(1)).await.unwrap();
        hosts.limit_to(vec![RateLimit { host: "*".to_owned(), requests: 20, per: Duration::from_mins(3) }]);
        assert_eq!(host.remaining(), Some(1));
        hosts.limit_to(vec![]);
        assert_eq!(host.remaining(), None);
    }

    #[test]
    fn a_host_that_nobody_uses_is_forgotten() {
        let hosts = Hosts::new(vec![]);
        let kept = hosts.of_url(&url("https://a/"));
        drop(hosts.of_url(&url("https://b/")));
        assert_eq!(hosts.all().iter().map(|host| host.name()).collect::<Vec<_>>(), [kept.name()]);
    }

    #[test]
    fn a_host_has_a_bare_name_as_certificates_have_it() {
        for (text, bare) in [
            ("https://api.example.com/v4", "api.example.com"),
            ("https://api.example.com:8443/", "api.example.com"),
            ("https://[::1]:8443/", "::1"),
            ("https://[::1]/", "::1"),
        ] {
            let host = Host::new(&name(&Url::parse(text).unwrap()), None);
            assert_eq!(host.bare_name(), bare, "{text}");
        }
    }
}
