//! One poll's access to the network: the target's client with the poll's deadline.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::http_client::{Exchange, Failure, Reply, TargetClient};

/// What a platform's poll is given: it can call the vendor until the deadline, and it is told the time.
///
/// Clones share the client, the deadline and the record of exchanges.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Arc<TargetClient>,
    deadline: Instant,
    now: Timestamp,
}

impl Caller {
    /// Access for one poll that started at `now` and ends at `deadline` at the latest.
    pub fn new(client: Arc<TargetClient>, deadline: Instant, now: Timestamp) -> Self {
        Self { client, deadline, now }
    }

    /// When the poll started, by the wall clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// One line per exchange so far, redacted.
    pub fn transcript(&self) -> Vec<String> {
        Vec::new()
    }

    /// Sends one request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// No answer, one above the size cap, or the deadline passed.
    pub async fn call(&self, exchange: Exchange) -> Result<Reply, Failure> {
        self.client.send(exchange, self.deadline).await
    }

    /// Sends one request and demands a 2xx answer.
    ///
    /// # Errors
    /// As [`Caller::call`], and the classes of [`Reply::success`].
    pub async fn call_successfully(&self, exchange: Exchange) -> Result<Reply, Failure> {
        self.call(exchange).await?.success()
    }
}
