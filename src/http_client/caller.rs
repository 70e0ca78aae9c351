//! One poll's access to the network: the target's client with the poll's deadline.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::http_client::record::{ExchangeLog, ExchangeRecord};
use crate::http_client::transport::Scope;
use crate::http_client::{Exchange, Failure, Reply, TargetClient};

/// What a platform's poll is given: it can call the vendor until the deadline, and it is told the time.
///
/// Clones share the client, the deadline and the record of exchanges.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Arc<TargetClient>,
    deadline: Instant,
    now: Timestamp,
    log: Arc<ExchangeLog>,
}

impl Caller {
    /// Access for one poll that started at `now` and ends at `deadline` at the latest.
    pub fn new(client: Arc<TargetClient>, deadline: Instant, now: Timestamp) -> Self {
        Self { client, deadline, now, log: Arc::default() }
    }

    /// When the poll started, by the wall clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The exchanges so far, token requests and redirects included, in the order in which they ended; a thousand at most.
    pub fn exchanges(&self) -> Vec<ExchangeRecord> {
        self.log.records()
    }

    /// Sends one request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// No answer, one above the size cap, a deadline, no credentials, or a host or endpoint that is left alone for now.
    pub async fn call(&self, exchange: Exchange) -> Result<Reply, Failure> {
        let scope = Scope { deadline: self.deadline, log: &self.log };
        self.client.send(exchange, &scope).await
    }

    /// Sends one request and demands a 2xx answer.
    ///
    /// # Errors
    /// As [`Caller::call`], and the classes of [`Reply::success`].
    pub async fn call_successfully(&self, exchange: Exchange) -> Result<Reply, Failure> {
        self.call(exchange).await?.success()
    }
}
