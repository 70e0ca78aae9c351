//! Whether anybody answers at an address: for the check of this exporter's own network.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::timeout;
use url::Url;

use crate::http_client::connection::Connection;
use crate::http_client::exchange::address;
use crate::http_client::{Failure, Reason, classify};

/// Asks one address, without credentials, and counts nowhere as a request to a vendor.
#[derive(Debug)]
pub struct Reach {
    connection: Arc<Connection>,
    url: Url,
    timeout: Duration,
}

impl Reach {
    pub(crate) fn over(connection: Arc<Connection>, url: Url, timeout: Duration) -> Self {
        Self { connection, url, timeout }
    }

    /// What is asked, without query: fit for people.
    pub fn address(&self) -> String {
        address(&self.url)
    }

    /// Sends a GET and waits for the head of an answer, whatever its status; its body is not read, and a redirect is not
    /// followed.
    ///
    /// # Errors
    /// No answer: the name, the connection, TLS, or the timeout of all these together.
    pub async fn ask(&self) -> Result<StatusCode, Failure> {
        let answer = timeout(self.timeout, self.connection.client().get(self.url.clone()).send()).await;
        let answer = answer.map_err(|_| {
            let detail = format!("no answer within {}", humantime::format_duration(self.timeout));
            Failure::new(Reason::Timeout, detail)
        })?;
        answer.map(|answer| answer.status()).map_err(|error| classify::unanswered(error, self.timeout))
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http_client::ClientPool;
    use crate::http_client::loopback::{Server, answer, closed_port};
    use crate::http_client::settings::HttpSettings;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn reach(pool: &ClientPool, url: &str, timeout: Duration) -> Reach {
        pool.reach(&Url::parse(url).unwrap(), &HttpSettings::default(), timeout).unwrap()
    }

    async fn failure(url: &str, timeout: Duration) -> (Reason, String) {
        let failure = reach(&ClientPool::new(vec![]), url, timeout).ask().await.unwrap_err();
        (failure.reason, failure.to_string())
    }

    /// A server that writes `text` once it is written to, and then nothing more; its URL.
    async fn raw(text: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        url
    }

    #[tokio::test]
    async fn each_check_makes_a_connection_of_its_own() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let asker = tokio::spawn(async move {
            let reach = reach(&ClientPool::new(vec![]), &url, PATIENCE);
            [reach.ask().await.unwrap(), reach.ask().await.unwrap()]
        });
        let mut open = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            open.push(stream);
        }
        assert_eq!(asker.await.unwrap(), [StatusCode::NO_CONTENT; 2]);
    }

    #[tokio::test]
    async fn any_answer_will_do_and_none_is_counted() {
        let server = Server::start(|number, _| match number {
            0 => answer(302, &[("location", "/login")], ""),
            1 => answer(503, &[("retry-after", "60")], "out of order"),
            _ => answer(200, &[], "fine"),
        })
        .await;
        let pool = ClientPool::new(vec![server.rate_limit(1, Duration::from_hours(1))]);
        let mut registry = Registry::default();
        pool.register(&mut registry);
        let reach = reach(&pool, server.url("/?key=hunter2").as_str(), PATIENCE);
        for status in [302, 503, 200] {
            assert_eq!(reach.ask().await.unwrap(), status);
        }
        assert_eq!(server.lines(), ["GET /?key=hunter2"; 3]);
        let mut names: Vec<_> =
            server.received()[0].headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        assert_eq!(names, ["accept", "host", "user-agent"]);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert_eq!(text, "# EOF\n");
        assert_eq!(reach.address(), server.url("/").as_str());
    }

    #[tokio::test]
    async fn the_body_is_not_waited_for() {
        let url = raw("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await;
        assert_eq!(reach(&ClientPool::new(vec![]), &url, PATIENCE).ask().await.unwrap(), 200);
    }

    #[tokio::test]
    async fn whatever_keeps_an_answer_away_is_told_by_its_class() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(
            failure(&format!("http://{address}/"), Duration::from_millis(50)).await,
            (Reason::Timeout, "no answer within 50ms".to_owned())
        );
        let (_closed, address) = closed_port();
        assert_eq!(
            failure(&format!("http://{address}/"), PATIENCE).await,
            (Reason::Connect, "no connection".to_owned())
        );
        let url = raw("this is no HTTP\r\n\r\n").await;
        assert_eq!(
            failure(&url, PATIENCE).await,
            (Reason::Parse, "the answer is not HTTP as it should be".to_owned())
        );
        let url = raw("this is no TLS").await.replace("http://", "https://");
        assert_eq!(failure(&url, PATIENCE).await, (Reason::Tls, "no TLS session".to_owned()));
    }
}
