//! One exchange with one host: admitted, sent, read, counted and recorded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use url::Url;

use crate::http_client::body::{self, Limits, within};
use crate::http_client::connection::Connection;
use crate::http_client::exchange::address;
use crate::http_client::host::{Host, Hosts, Slot};
use crate::http_client::locked::Locked;
use crate::http_client::observer::{Durations, RequestCounts};
use crate::http_client::record::{ExchangeLog, ExchangeRecord};
use crate::http_client::settings::HttpSettings;
use crate::http_client::{Exchange, Failure, Reason, Reply, classify};

/// What all requests of one poll have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The end of the poll.
    pub(crate) deadline: Instant,
    /// Where its exchanges are recorded.
    pub(crate) log: &'a ExchangeLog,
}

impl Scope<'_> {
    /// Records a request that was not sent, and passes its failure on.
    pub(crate) fn refused(&self, exchange: &Exchange, failure: Failure) -> Failure {
        self.record(exchange, None, Some(failure.reason), 0, Duration::ZERO);
        failure
    }

    fn record(
        &self,
        exchange: &Exchange,
        status: Option<StatusCode>,
        failure: Option<Reason>,
        bytes: usize,
        duration: Duration,
    ) {
        self.log.push(ExchangeRecord {
            endpoint: exchange.endpoint,
            method: exchange.method.clone(),
            url: address(&exchange.url),
            status: status.map(|status| status.as_u16()),
            failure,
            bytes,
            duration,
        });
    }
}

/// A target's way to the network.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) platform: &'static str,
    pub(crate) connection: Arc<Connection>,
    pub(crate) hosts: Arc<Hosts>,
    /// Hosts that this target uses, so that what is known about them stays known.
    pub(crate) held: Locked<HashMap<String, Arc<Host>>>,
    pub(crate) durations: Durations,
    pub(crate) counts: Arc<RequestCounts>,
    pub(crate) settings: HttpSettings,
}

impl Transport {
    /// Sends a request whose headers are complete, and reads the answer.
    ///
    /// # Errors
    /// The host refuses requests for now, no answer, a broken or too large one, or a deadline.
    pub(crate) async fn exchange(&self, exchange: Exchange, scope: &Scope<'_>) -> Result<Reply, Failure> {
        let host = self.hosts.of_url(&exchange.url);
        let limit = self.settings.max_concurrent_requests_per_host;
        let slot = host.admit(limit, scope.deadline).await;
        let slot = slot.map_err(|failure| scope.refused(&exchange, failure))?;
        let sent = Instant::now();
        let (status, outcome) = self.perform(&exchange, scope.deadline, &host, sent, slot).await;
        let duration = sent.elapsed();
        self.durations.observe(self.platform, exchange.endpoint, duration);
        self.counts.count(exchange.endpoint, status);
        let bytes = outcome.as_ref().map_or(0, |reply| reply.body.len());
        scope.record(
            &exchange,
            status,
            outcome.as_ref().err().map(|failure| failure.reason),
            bytes,
            duration,
        );
        outcome
    }

    /// Keeps what is known about the host of `url` for as long as this target lives.
    pub(crate) fn hold(&self, url: &Url) -> Arc<Host> {
        let host = self.hosts.of_url(url);
        self.held.lock().entry(host.name().to_owned()).or_insert_with(|| Arc::clone(&host));
        host
    }

    /// The status, where an answer came at all, and the whole answer.
    async fn perform(
        &self,
        exchange: &Exchange,
        deadline: Instant,
        host: &Host,
        sent: Instant,
        _slot: Slot,
    ) -> (Option<StatusCode>, Result<Reply, Failure>) {
        let response = match self.send(exchange, deadline).await {
            Ok(response) => response,
            Err(failure) => return (None, Err(failure)),
        };
        let (status, mut headers) = (response.status(), response.headers().clone());
        host.learn(status, &headers, sent);
        let limits =
            Limits { bytes: self.settings.max_response_bytes, silence: self.settings.read_timeout, deadline };
        let reply = body::read(response, limits).await.map(|body| {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
            Reply { status, headers, body }
        });
        (Some(status), reply)
    }

    async fn send(&self, exchange: &Exchange, deadline: Instant) -> Result<reqwest::Response, Failure> {
        let client = self.connection.client();
        let connect_timeout = self.settings.connect_timeout;
        let request = client
            .request(exchange.method.clone(), exchange.url.clone())
            .header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
            .headers(exchange.headers.clone())
            .body(exchange.body.clone())
            .build()
            .map_err(|error| classify::unanswered(error, connect_timeout))?;
        // Connecting has a limit of its own, which has to have its say first.
        let silence = self.settings.read_timeout.max(connect_timeout + Duration::from_millis(100));
        let response = within(client.execute(request), silence, deadline, "an answer was awaited").await?;
        response.map_err(|error| classify::unanswered(error, connect_timeout))
    }
}
