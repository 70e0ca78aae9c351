//! The client of one target.

use std::sync::Arc;

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::http_client::authentication;
use crate::http_client::host::Host;
use crate::http_client::oauth::TokenSource;
use crate::http_client::redirect;
use crate::http_client::refusals::{self, Refusals};
use crate::http_client::transport::{Scope, Transport};
use crate::http_client::{Exchange, Failure, Reply};

/// The client of one target, with its authentication, and its share of connections, budgets and tokens.
///
/// It is built by [`crate::http_client::ClientPool::target_client`], and used through [`crate::http_client::Caller`].
#[derive(Debug)]
pub struct TargetClient {
    transport: Transport,
    tokens: Option<Arc<TokenSource>>,
    host: Arc<Host>,
    refusals: Refusals,
}

impl TargetClient {
    pub(crate) fn over(transport: Transport, tokens: Option<Arc<TokenSource>>, host: Arc<Host>) -> Self {
        Self { transport, tokens, host, refusals: Refusals::default() }
    }

    /// Whether the request budget of the target's API host has no permit left now, so that a poll would only wait.
    pub fn budget_is_empty(&self) -> bool {
        self.host.remaining() == Some(0)
    }

    /// Exchanges so far by endpoint and `code` label (a status, or `error` where no answer came), sorted; requests to a
    /// token endpoint count under `token`.
    pub fn request_counts(&self) -> Vec<(&'static str, String, u64)> {
        self.transport.counts.all()
    }

    /// Sends one request and reads the answer.
    ///
    /// # Errors
    /// A call that is left alone after a 403, no credentials, and those of [`Transport::exchange`].
    pub(crate) async fn send(&self, exchange: Exchange, scope: &Scope<'_>) -> Result<Reply, Failure> {
        self.transport.hold(&exchange.url);
        if !exchange.authenticate {
            // Whoever brings credentials of their own knows best what a 403 means, and may come again with others.
            return self.follow(exchange, &HeaderMap::new(), scope).await;
        }
        self.refusals.check(&exchange).map_err(|failure| scope.refused(&exchange, failure))?;
        let (call, sent) = (refusals::call(&exchange), Instant::now());
        let reply = self.send_with_proof(exchange, scope).await?;
        self.refusals.learn(call, reply.status, sent);
        Ok(reply)
    }

    /// Sends with credentials; a token that is refused is renewed, and the request repeated, once.
    async fn send_with_proof(&self, exchange: Exchange, scope: &Scope<'_>) -> Result<Reply, Failure> {
        let proof = authentication::prove(&self.transport, self.tokens.as_deref(), None, scope).await;
        let proof = proof.map_err(|failure| scope.refused(&exchange, failure))?;
        let reply = self.follow(exchange.clone(), &proof.headers, scope).await?;
        if reply.status != StatusCode::UNAUTHORIZED
            || proof.token.is_none()
            || !self.refusals.may_renew(exchange.endpoint)
        {
            return Ok(reply);
        }
        let proof = authentication::prove(&self.transport, self.tokens.as_deref(), proof.token, scope).await;
        let proof = proof.map_err(|failure| scope.refused(&exchange, failure))?;
        let (endpoint, sent) = (exchange.endpoint, Instant::now());
        let reply = self.follow(exchange, &proof.headers, scope).await?;
        self.refusals.learn_renewed(endpoint, reply.status, sent);
        Ok(reply)
    }

    /// Sends, and follows redirects where the settings allow it; `proof` goes to the first host only.
    async fn follow(
        &self,
        exchange: Exchange,
        proof: &HeaderMap,
        scope: &Scope<'_>,
    ) -> Result<Reply, Failure> {
        let (origin, mut url) = (exchange.url.clone(), exchange.url.clone());
        for _ in 0..=redirect::MOST {
            let mut hop = Exchange { url: url.clone(), ..exchange.clone() };
            if redirect::same_host(&origin, &url) {
                replace(&mut hop.headers, proof);
            } else {
                // A platform's own headers can carry keys as well; only this one surely does not.
                hop.headers =
                    exchange.headers.get(ACCEPT).map(|value| (ACCEPT, value.clone())).into_iter().collect();
            }
            let method = hop.method.clone();
            let reply = self.transport.exchange(hop, scope).await?;
            if !self.transport.settings.follow_redirects {
                return Ok(reply);
            }
            match redirect::target(&method, &url, &reply)? {
                Some(target) => url = target,
                None => return Ok(reply),
            }
        }
        Err(redirect::too_many())
    }
}

/// Puts `proof` in place of headers of the same names.
fn replace(headers: &mut HeaderMap, proof: &HeaderMap) {
    for name in proof.keys() {
        headers.remove(name);
    }
    headers.extend(proof.iter().map(|(name, value)| (name.clone(), value.clone())));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use http::HeaderName;
    use http::header::AUTHORIZATION;

    use super::*;
    use crate::http_client::loopback::{Reaction, Received, Server, answer, caller};
    use crate::http_client::settings::{Authentication, HttpSettings};
    use crate::http_client::{ClientPool, Reason};
    use crate::secret::{Secret, SecretSource};

    fn secret(text: &str) -> SecretSource {
        SecretSource::Inline(Secret::new(text))
    }

    fn following() -> HttpSettings {
        HttpSettings { follow_redirects: true, ..protected() }
    }

    fn protected() -> HttpSettings {
        HttpSettings {
            authentication: Authentication::Basic {
                username: "monitor@example.com".to_owned(),
                password: secret("hunter2"),
            },
            headers: vec![(HeaderName::from_static("x-api-key"), secret("hunter3"))],
            ..HttpSettings::default()
        }
    }

    fn names(received: &Received) -> Vec<String> {
        let mut names: Vec<_> = received.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn an_answer_is_had_counted_and_recorded() {
        let server = Server::start(|_, _| answer(200, &[("content-type", "text/plain")], "hello")).await;
        let client = server.client(&HttpSettings::default());
        let caller = caller(&client);
        let reply = caller.call_successfully(server.get("/queues?key=hunter2")).await.unwrap();
        assert_eq!((reply.status.as_u16(), &*reply.body), (200, &b"hello"[..]));
        let received = &server.received()[0];
        assert_eq!(received.line, "GET /queues?key=hunter2");
        assert_eq!(
            received.header("user-agent"),
            Some(concat!("webchat_exporter/", env!("CARGO_PKG_VERSION")))
        );
        assert_eq!(names(received), ["accept", "accept-encoding", "host", "user-agent"]);
        assert_eq!(client.request_counts(), [("queues", "200".to_owned(), 1)]);
        let record = &caller.exchanges()[0];
        assert_eq!((record.endpoint, record.method.as_str(), record.bytes), ("queues", "GET", 5));
        assert_eq!(record.url, server.url("/queues").as_str());
        assert_eq!((record.status, record.failure), (Some(200), None));
    }

    #[tokio::test]
    async fn credentials_and_headers_go_along_unless_the_request_is_for_somebody_else() {
        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let client = server.client(&protected());
        let mut other = server.get("/");
        other.authenticate = false;
        caller(&client).call(server.get("/").header(AUTHORIZATION, "replaced")).await.unwrap();
        caller(&client).call(other).await.unwrap();
        let received = server.received();
        let basic = "Basic bW9uaXRvckBleGFtcGxlLmNvbTpodW50ZXIy";
        assert_eq!(received[0].header("authorization"), Some(basic));
        assert_eq!(received[0].header("x-api-key"), Some("hunter3"));
        assert_eq!(names(&received[1]), ["accept", "accept-encoding", "host", "user-agent"]);
        assert!(!format!("{client:?}").contains("hunter"), "{client:?}");
    }

    #[tokio::test]
    async fn a_rotated_secret_is_used_and_a_missing_one_is_no_request() {
        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let path = std::env::temp_dir().join(format!("webchat-credentials-{}", std::process::id()));
        let authentication = Authentication::Authorization {
            scheme: "Bearer".to_owned(),
            credentials: SecretSource::File(path.clone()),
        };
        let client = server.client(&HttpSettings { authentication, ..HttpSettings::default() });
        for text in ["one", "two"] {
            std::fs::write(&path, text).unwrap();
            caller(&client).call(server.get("/")).await.unwrap();
        }
        std::fs::write(&path, "three\nlines").unwrap();
        let failure = caller(&client).call(server.get("/")).await.unwrap_err();
        let message = "the credentials do not fit in a header: they hold a control character";
        assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Unauthorized, message));
        std::fs::remove_file(&path).unwrap();
        let failure = caller(&client).call(server.get("/")).await.unwrap_err();
        assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Unauthorized, "no credentials"));
        let received = server.received();
        let sent: Vec<_> =
            received.iter().map(|received| received.header("authorization").unwrap()).collect();
        assert_eq!(sent, ["Bearer one", "Bearer two"]);
    }

    #[tokio::test]
    async fn a_configured_user_agent_wins() {
        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let headers = vec![(http::header::USER_AGENT, secret("probe/1"))];
        let client = server.client(&HttpSettings { headers, ..HttpSettings::default() });
        caller(&client).call(server.get("/")).await.unwrap();
        assert_eq!(server.received()[0].header("user-agent"), Some("probe/1"));
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_unless_configured() {
        let server =
            Server::start(|_, _| answer(302, &[("location", "https://login.example.com/?t=hunter2")], ""))
                .await;
        let client = server.client(&protected());
        let failure = caller(&client).call_successfully(server.get("/")).await.unwrap_err();
        assert_eq!(failure.reason, Reason::Redirect);
        assert_eq!(failure.to_string(), "the server answered 302 Found to https://login.example.com");
        assert_eq!(server.lines().len(), 1);
    }

    #[tokio::test]
    async fn credentials_follow_a_redirect_on_the_same_host_alone() {
        let other = Server::start(|_, _| answer(200, &[], "there")).await;
        let target = other.url("/there").to_string();
        let server = Server::start(move |_, received| match received.line.as_str() {
            "GET /a" => answer(301, &[("location", "/b")], ""),
            _ => answer(307, &[("location", target.as_str())], ""),
        })
        .await;
        let client = server.client(&following());
        let exchange = server.get("/a").header(HeaderName::from_static("x-platform"), "hunter4");
        let reply = caller(&client).call(exchange.header(ACCEPT, "text/xml")).await.unwrap();
        assert_eq!(&*reply.body, b"there");
        assert_eq!(server.lines(), ["GET /a", "GET /b"]);
        assert_eq!(server.received()[1].header("x-api-key"), Some("hunter3"));
        let received = &other.received()[0];
        assert_eq!(names(received), ["accept", "accept-encoding", "host", "user-agent"]);
        assert_eq!(received.header("accept"), Some("text/xml"));
        let expected = [
            ("queues", "200".to_owned(), 1),
            ("queues", "301".to_owned(), 1),
            ("queues", "307".to_owned(), 1),
        ];
        assert_eq!(client.request_counts(), expected);
    }

    #[tokio::test]
    async fn redirects_without_end_are_given_up() {
        let server = Server::start(|_, _| answer(302, &[("location", "/")], "")).await;
        let failure = caller(&server.client(&following())).call(server.get("/")).await.unwrap_err();
        assert_eq!(
            (failure.reason, failure.to_string().as_str()),
            (Reason::Redirect, "more than 5 redirects in a row")
        );
        assert_eq!(server.lines().len(), 6);
    }

    #[tokio::test]
    async fn a_forbidden_call_is_not_repeated_for_a_while() {
        let server = Server::start(|number, _| answer(if number == 0 { 403 } else { 200 }, &[], "")).await;
        let client = server.client(&HttpSettings::default());
        let first = caller(&client).call_successfully(server.get("/a")).await.unwrap_err();
        assert_eq!(first.to_string(), "the server answered 403 Forbidden");
        let caller = caller(&client);
        let second = caller.call(server.get("/a?x")).await.unwrap_err();
        assert_eq!(second.reason, Reason::Forbidden);
        assert!(second.to_string().contains("; backing off for "), "{second}");
        caller.call(server.get("/b")).await.unwrap();
        let foreign = Exchange { authenticate: false, ..server.get("/a") };
        caller.call(foreign).await.unwrap();
        assert_eq!(server.lines(), ["GET /a", "GET /b", "GET /a"]);
        let outcomes: Vec<_> =
            caller.exchanges().iter().map(|record| (record.status, record.failure)).collect();
        assert_eq!(outcomes, [(None, Some(Reason::Forbidden)), (Some(200), None), (Some(200), None)]);
        assert_eq!(
            client.request_counts(),
            [("queues", "200".to_owned(), 2), ("queues", "403".to_owned(), 1)]
        );
    }

    #[tokio::test]
    async fn a_pause_holds_for_all_targets_of_the_host_and_ends() {
        let server = Server::start(|number, _| match number {
            0 => answer(429, &[("retry-after", "42")], ""),
            _ => answer(200, &[], ""),
        })
        .await;
        let pool = ClientPool::new(vec![]);
        let (one, other) =
            (server.client_of(&pool, &HttpSettings::default()), server.client_of(&pool, &protected()));
        let failure = caller(&one).call_successfully(server.get("/")).await.unwrap_err();
        assert_eq!(failure.to_string(), "the server answered 429 Too Many Requests");
        let failure = caller(&other).call(server.get("/")).await.unwrap_err();
        let message = format!("127.0.0.1:{} answered 429 Too Many Requests; no request for 42s", server.port);
        assert_eq!((failure.reason, failure.to_string()), (Reason::RateLimited, message));
        assert_eq!(server.lines().len(), 1);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(42)).await;
        tokio::time::resume();
        caller(&other).call_successfully(server.get("/")).await.unwrap();
    }

    #[tokio::test]
    async fn a_spent_budget_is_no_request() {
        let server = Server::start(|_, _| answer(200, &[], "")).await;
        let pool = ClientPool::new(vec![server.rate_limit(20, Duration::from_hours(1))]);
        let client = server.client_of(&pool, &HttpSettings::default());
        let work = (0..3)
            .map(|_| async { caller(&client).call(server.get("/")).await.map_err(|failure| failure.reason) });
        let outcomes = join_all(work).await;
        assert!(client.budget_is_empty());
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert_eq!(refused, [&Reason::RateLimited]);
        assert_eq!(server.lines().len(), 2);
    }

    #[tokio::test]
    async fn no_more_requests_are_under_way_than_allowed() {
        let server = Server::start(|_, _| Reaction::Hang(vec![])).await;
        let client = server.client(&HttpSettings {
            max_concurrent_requests_per_host: 2,
            read_timeout: Duration::from_millis(50),
            connect_timeout: Duration::from_millis(50),
            ..HttpSettings::default()
        });
        let before = Instant::now();
        let work = (0..4).map(|_| async { caller(&client).call(server.get("/")).await.unwrap_err().reason });
        assert_eq!(join_all(work).await, [Reason::Timeout; 4]);
        assert!(
            before.elapsed() >= Duration::from_millis(300),
            "two after the other two: {:?}",
            before.elapsed()
        );
    }
}
