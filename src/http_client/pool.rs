//! What all targets share: connections, API hosts with their budgets, tokens, and counts.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use prometheus_client::registry::Registry;
use url::Url;

use crate::config::BaseUrl;
use crate::config::budget::RateLimit;
use crate::http_client::connection::{ClientError, Connection, Connections};
use crate::http_client::host::Hosts;
use crate::http_client::locked::Locked;
use crate::http_client::oauth::TokenSource;
use crate::http_client::observer::{Durations, HostGauges, RequestCounts};
use crate::http_client::settings::{Authentication, HttpSettings};
use crate::http_client::transport::Transport;
use crate::http_client::{Reach, TargetClient};

/// The one pool of a process; it outlives reloads of the configuration.
///
/// Everything in it is shared for as long as some [`TargetClient`] uses it, and forgotten afterwards. So a reload first
/// builds the new clients and then drops the old ones: what stays the same keeps its connections, its budget and token.
#[derive(Debug)]
pub struct ClientPool {
    connections: Arc<Connections>,
    hosts: Arc<Hosts>,
    tokens: Locked<Vec<(Weak<Connection>, Weak<TokenSource>)>>,
    counts: Locked<HashMap<(String, &'static str), Weak<RequestCounts>>>,
    durations: Durations,
}

impl ClientPool {
    /// An empty pool under these limits.
    pub fn new(rate_limits: Vec<RateLimit>) -> Self {
        Self {
            connections: Arc::default(),
            hosts: Arc::new(Hosts::new(rate_limits)),
            tokens: Locked::default(),
            counts: Locked::default(),
            durations: Durations::default(),
        }
    }

    /// Puts other limits in force, after a reload; hosts whose limit stays the same keep what they have used of it.
    pub fn set_rate_limits(&self, rate_limits: Vec<RateLimit>) {
        self.hosts.limit_to(rate_limits);
    }

    /// Builds the client of a target.
    ///
    /// Certificates that the settings name are read here; other secrets are read when they are used. A target of the same
    /// name and platform that is still in use hands its request counts on.
    ///
    /// # Errors
    /// TLS or proxy settings that cannot be used.
    pub fn target_client(
        &self,
        target_name: &str,
        platform: &'static str,
        base_url: &BaseUrl,
        settings: &HttpSettings,
    ) -> Result<Arc<TargetClient>, ClientError> {
        self.build(target_name, platform, base_url, settings).map(Arc::new)
    }

    /// Builds what asks whether anybody answers at `url`, with the settings' TLS and proxy alone; `timeout` is for all of
    /// it, connecting included.
    ///
    /// # Errors
    /// TLS or proxy settings that cannot be used.
    pub fn reach(&self, url: &Url, settings: &HttpSettings, timeout: Duration) -> Result<Reach, ClientError> {
        let settings = HttpSettings { connect_timeout: timeout, ..settings.clone() };
        Ok(Reach::over(self.connections.single_use(&settings)?, url.clone(), timeout))
    }

    pub(crate) fn build(
        &self,
        target_name: &str,
        platform: &'static str,
        base_url: &BaseUrl,
        settings: &HttpSettings,
    ) -> Result<TargetClient, ClientError> {
        if settings.tls.insecure_skip_verify {
            tracing::warn!(
                target_name,
                platform,
                "Certificates of this target are not verified: anybody can read along."
            );
        }
        let connection = self.connections.of_settings(settings)?;
        let tokens = self.token_source(settings, &connection);
        let transport = Transport {
            platform,
            connection,
            hosts: Arc::clone(&self.hosts),
            held: Locked::default(),
            durations: self.durations.clone(),
            counts: self.request_counts(target_name, platform),
            settings: settings.clone(),
        };
        let host = transport.hold(base_url.as_url());
        Ok(TargetClient::over(transport, tokens, host))
    }

    /// Adds the histogram of exchanges and the gauges about API hosts to `registry`; once per registry.
    pub fn register(&self, registry: &mut Registry) {
        self.durations.register(registry);
        let gauges =
            HostGauges { hosts: Arc::clone(&self.hosts), connections: Arc::clone(&self.connections) };
        registry.register_collector(Box::new(gauges));
    }

    /// Targets with equal OAuth 2 settings that connect in the same way share their token.
    fn token_source(
        &self,
        settings: &HttpSettings,
        connection: &Arc<Connection>,
    ) -> Option<Arc<TokenSource>> {
        let Authentication::OAuth2(oauth2) = &settings.authentication else { return None };
        let mut tokens = self.tokens.lock();
        tokens.retain(|(_, source)| source.strong_count() > 0);
        let known = tokens.iter().filter(|(known, _)| known.ptr_eq(&Arc::downgrade(connection)));
        let mut known = known.filter_map(|(_, source)| source.upgrade());
        if let Some(source) = known.find(|source| *source.settings() == **oauth2) {
            return Some(source);
        }
        let source = Arc::new(TokenSource::new((**oauth2).clone()));
        tokens.push((Arc::downgrade(connection), Arc::downgrade(&source)));
        Some(source)
    }

    fn request_counts(&self, target_name: &str, platform: &'static str) -> Arc<RequestCounts> {
        let mut counts = self.counts.lock();
        // Only where the map would grow: a fleet's load asks once per target.
        if counts.len() == counts.capacity() {
            counts.retain(|_, counts| counts.strong_count() > 0);
        }
        let key = (target_name.to_owned(), platform);
        if let Some(counts) = counts.get(&key).and_then(Weak::upgrade) {
            return counts;
        }
        let fresh = Arc::default();
        counts.insert(key, Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;
    use crate::http_client::loopback::{Server, answer, caller};

    #[tokio::test]
    async fn durations_and_budgets_are_shown_and_a_target_keeps_its_counts() {
        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let pool = ClientPool::new(vec![server.rate_limit(100, Duration::from_hours(1))]);
        let mut registry = Registry::default();
        pool.register(&mut registry);
        let shown = || {
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            text
        };
        assert_eq!(shown(), "# EOF\n");
        let client = server.client_of(&pool, &HttpSettings::default());
        caller(&client).call(server.get("/")).await.unwrap();
        let text = shown();
        let budget = format!("webchat_api_rate_limit_remaining{{host=\"127.0.0.1:{}\"}} 9\n", server.port);
        for part in [
            budget.as_str(),
            "# HELP webchat_api_rate_limit_remaining Requests that the shared budget of an API host allows at once now.\n",
            "# TYPE webchat_api_request_duration_seconds histogram\n",
            "webchat_api_request_duration_seconds_bucket{le=\"10.0\",platform=\"chime\",endpoint=\"queues\"} 1\n",
            "webchat_api_request_duration_seconds_count{platform=\"chime\",endpoint=\"queues\"} 1\n",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let reloaded =
            server.client_of(&pool, &HttpSettings { max_response_bytes: 1, ..HttpSettings::default() });
        drop(client);
        assert_eq!(reloaded.request_counts(), [("queues", "200".to_owned(), 1)]);
        assert!(shown().contains(&budget), "the budget outlives the reload");
        drop(reloaded);
        assert!(!shown().contains("rate_limit_remaining"), "{}", shown());
    }

    #[tokio::test]
    async fn the_histogram_is_native_as_well() {
        use prometheus_client::encoding::prometheus_protobuf;

        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let pool = ClientPool::new(vec![]);
        let mut registry = Registry::default();
        pool.register(&mut registry);
        let client = server.client_of(&pool, &HttpSettings::default());
        caller(&client).call(server.get("/")).await.unwrap();
        let families = prometheus_protobuf::encode(&registry).unwrap();
        let histogram = families[0].metric[0].histogram.as_ref().unwrap();
        assert_eq!((histogram.bucket.len(), histogram.positive_span.len()), (12, 1));
    }
}
