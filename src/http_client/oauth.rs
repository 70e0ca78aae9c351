//! An OAuth 2 access token: had once for all who need it, renewed before it expires and when it is refused.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use crate::http_client::backoff::{BackOff, in_seconds};
use crate::http_client::settings::OAuth2Settings;
use crate::http_client::token::{self, Granted};
use crate::http_client::transport::{Scope, Transport};
use crate::http_client::{Exchange, Failure, Reason};
use crate::secret::Secret;

/// Lifetime of a token that came without one.
const LIFETIME: Duration = Duration::from_mins(10);
/// First and longest wait after credentials were refused: repeated wrong passwords lock accounts.
const AFTER_REFUSAL: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(15));
/// First and longest wait after the token endpoint could not be asked.
const AFTER_FAILURE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// An access token and its number; each new token has a higher one.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: Secret,
    pub(crate) number: u64,
}

/// Where the tokens of equal OAuth 2 settings come from.
#[derive(Debug)]
pub(crate) struct TokenSource {
    settings: OAuth2Settings,
    /// Whoever holds it renews; the others wait for the outcome.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    token: Option<Held>,
    number: u64,
    refresh_token: Option<Secret>,
    refusals: BackOff,
    failures: BackOff,
    /// Hash of the request that was refused last: other credentials may be tried at once.
    refused_request: Option<u64>,
    last_failure: Option<(Reason, String)>,
}

#[derive(Debug)]
struct Held {
    token: Token,
    renew_at: Instant,
    expires_at: Instant,
}

impl TokenSource {
    /// No token yet.
    pub(crate) fn new(settings: OAuth2Settings) -> Self {
        let state = State {
            token: None,
            number: 0,
            refresh_token: None,
            refusals: BackOff::new(AFTER_REFUSAL.0, AFTER_REFUSAL.1),
            failures: BackOff::new(AFTER_FAILURE.0, AFTER_FAILURE.1),
            refused_request: None,
            last_failure: None,
        };
        Self { settings, state: Mutex::new(state) }
    }

    /// The settings it serves.
    pub(crate) fn settings(&self) -> &OAuth2Settings {
        &self.settings
    }

    /// The current token, renewed where it is due or where the server refused the one of number `refused`.
    ///
    /// A token that is due but not yet expired is still given out when its renewal fails.
    ///
    /// # Errors
    /// Whatever keeps the token away, its detail prefixed with "no access token".
    pub(crate) async fn token(
        &self,
        refused: Option<u64>,
        transport: &Transport,
        scope: &Scope<'_>,
    ) -> Result<Token, Failure> {
        let mut state = self.lock(scope).await?;
        let now = Instant::now();
        let Some(held) = state.token.as_ref().filter(|held| now < held.expires_at) else {
            return self.renew(&mut state, transport, scope).await;
        };
        let (token, due) = (held.token.clone(), now >= held.renew_at);
        // When somebody else has renewed a refused token in the meantime, its number is another one.
        if refused == Some(token.number) {
            let renewed = self.renew(&mut state, transport, scope).await;
            if renewed.as_ref().is_err_and(|failure| failure.reason == Reason::Unauthorized) {
                // Other endpoints may still accept it, unless the credentials themselves are no longer good.
                state.token = None;
            }
            return renewed;
        }
        if !due {
            return Ok(token);
        }
        // A token endpoint that keeps silent must leave time for the request itself.
        let deadline = now + scope.deadline.saturating_duration_since(now) / 2;
        let renewed = self.renew(&mut state, transport, &Scope { deadline, ..*scope }).await;
        Ok(renewed.unwrap_or(token))
    }

    async fn lock(&self, scope: &Scope<'_>) -> Result<MutexGuard<'_, State>, Failure> {
        timeout_at(scope.deadline, self.state.lock()).await.map_err(|_| {
            let detail = "no access token: the poll's deadline passed while another request asked for it";
            Failure::new(Reason::Timeout, detail)
        })
    }

    async fn renew(
        &self,
        state: &mut State,
        transport: &Transport,
        scope: &Scope<'_>,
    ) -> Result<Token, Failure> {
        let asked = Instant::now();
        let granted = match state.refresh_token.clone() {
            Some(refresh_token) => {
                let request = token::refresh(&self.settings, &refresh_token);
                match self.ask(state, request, transport, scope).await {
                    Err(failure) if failure.reason == Reason::Unauthorized => {
                        // Not the end: the configured credentials may still be good.
                        state.refresh_token = None;
                        state.refusals.clear();
                        self.ask(state, token::first(&self.settings), transport, scope).await
                    }
                    outcome => outcome,
                }
            }
            None => self.ask(state, token::first(&self.settings), transport, scope).await,
        };
        match granted {
            Ok(granted) => Ok(state.accept(granted, asked)),
            Err(failure) => Err(failure.within("no access token")),
        }
    }

    /// Asks the token endpoint, unless it has to be left alone.
    async fn ask(
        &self,
        state: &mut State,
        request: Result<Exchange, Failure>,
        transport: &Transport,
        scope: &Scope<'_>,
    ) -> Result<Granted, Failure> {
        let request = request?;
        state.refuse_during_back_off(&request).map_err(|failure| scope.refused(&request, failure))?;
        let (sent, fingerprint) = (Instant::now(), fingerprint(&request));
        transport.hold(&request.url);
        let outcome = transport.exchange(request, scope).await.and_then(token::parse);
        if let Err(failure) = &outcome {
            state.note(failure, sent, fingerprint);
        }
        outcome
    }
}

impl State {
    fn accept(&mut self, granted: Granted, asked: Instant) -> Token {
        let lifetime = granted.expires_in.unwrap_or(LIFETIME);
        self.number += 1;
        let token = Token { value: granted.access_token, number: self.number };
        self.token = Some(Held {
            token: token.clone(),
            renew_at: asked + renewal(lifetime),
            expires_at: asked + lifetime,
        });
        // A server that does not rotate refresh tokens sends none, and the old one stays good.
        self.refresh_token = granted.refresh_token.or(self.refresh_token.take());
        self.refusals.clear();
        self.failures.clear();
        self.refused_request = None;
        self.last_failure = None;
        token
    }

    fn note(&mut self, failure: &Failure, sent: Instant, fingerprint: u64) {
        match failure.reason {
            // The host's own pause or budget decides when to ask again.
            Reason::RateLimited => return,
            Reason::Unauthorized => {
                self.refusals.step(sent);
                self.refused_request = Some(fingerprint);
            }
            _ => self.failures.step(sent),
        }
        self.last_failure = Some((failure.reason, failure.detail.clone()));
    }

    fn refuse_during_back_off(&self, request: &Exchange) -> Result<(), Failure> {
        let same = self.refused_request == Some(fingerprint(request));
        let refusal = self.refusals.remaining().filter(|_| same);
        let (Some(wait), Some((reason, detail))) =
            (refusal.max(self.failures.remaining()), &self.last_failure)
        else {
            return Ok(());
        };
        Err(Failure::new(*reason, format!("{detail}; backing off for {}", in_seconds(wait))))
    }
}

/// How long after its issue a token is renewed: at 90 % of its life or 60 s before its end, whichever is earlier, but
/// not before half of its life is over.
fn renewal(lifetime: Duration) -> Duration {
    let early = lifetime.saturating_sub(Duration::from_mins(1)).min(lifetime.mul_f64(0.9));
    early.max(lifetime / 2)
}

fn fingerprint(request: &Exchange) -> u64 {
    let mut hasher = DefaultHasher::new();
    request.body.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;

    use super::*;
    use crate::http_client::loopback::{Reaction, Received, Server, answer, caller};
    use crate::http_client::settings::{Authentication, Grant, HttpSettings};
    use crate::http_client::{Caller, ClientPool, TargetClient};
    use crate::secret::SecretSource;

    fn secret(text: &str) -> SecretSource {
        SecretSource::Inline(Secret::new(text))
    }

    fn password() -> Grant {
        Grant::Password { email: "monitor@example.com".to_owned(), password: secret("hunter2") }
    }

    fn settings(server: &Server, grant: Grant) -> HttpSettings {
        let oauth2 = OAuth2Settings {
            token_url: server.url("/token"),
            grant,
            client_id: "id".to_owned(),
            client_secret: None,
            scopes: vec![],
            endpoint_params: vec![],
        };
        HttpSettings { authentication: Authentication::OAuth2(Box::new(oauth2)), ..HttpSettings::default() }
    }

    /// What came so far: grants by type and token, calls by token.
    fn story(server: &Server) -> Vec<String> {
        let tell = |received: Received| {
            let pairs: std::collections::HashMap<String, String> =
                url::form_urlencoded::parse(received.body.as_bytes()).into_owned().collect();
            match (pairs.get("grant_type"), pairs.get("refresh_token")) {
                (Some(grant), Some(token)) => format!("{grant} {token}"),
                (Some(grant), None) => grant.clone(),
                _ => received.header("authorization").unwrap_or("nothing").to_owned(),
            }
        };
        server.received().into_iter().map(tell).collect()
    }

    fn is_token(received: &Received) -> bool {
        received.line == "POST /token"
    }

    fn token(text: &str, lifetime: u64) -> Reaction {
        let body = format!(
            "{{\"access_token\":\"{text}\",\"token_type\":\"bearer\",\"expires_in\":{lifetime},\"refresh_token\":\"r-{text}\"}}"
        );
        answer(200, &[], body)
    }

    /// Grants tokens t0, t1, … named after the number of the request.
    async fn granting(lifetime: u64) -> Server {
        Server::start(move |number, received| {
            if is_token(received) { token(&format!("t{number}"), lifetime) } else { answer(200, &[], "") }
        })
        .await
    }

    async fn call(client: &Arc<TargetClient>, server: &Server) -> Result<u16, (Reason, String)> {
        let outcome = caller(client).call(server.get("/queues")).await;
        outcome.map(|reply| reply.status.as_u16()).map_err(|failure| (failure.reason, failure.to_string()))
    }

    async fn later(duration: Duration) {
        tokio::time::pause();
        tokio::time::advance(duration).await;
        tokio::time::resume();
    }

    #[test]
    fn tokens_are_renewed_early_but_not_before_half_of_their_life() {
        for (lifetime, renewed) in
            [(43_199, 38_879), (7_200, 6_480), (600, 540), (300, 240), (90, 45), (30, 15)]
        {
            assert_eq!(renewal(Duration::from_secs(lifetime)).as_secs(), renewed, "{lifetime}");
        }
    }

    #[tokio::test]
    async fn targets_with_equal_settings_share_one_token_had_once() {
        let server = granting(43_199).await;
        let pool = ClientPool::new(vec![]);
        let settings = settings(&server, password());
        let clients = [server.client_of(&pool, &settings), server.client_of(&pool, &settings)];
        let work = (0..6).map(|index| call(&clients[index % 2], &server));
        assert_eq!(join_all(work).await, vec![Ok(200); 6]);
        let expected = [&["password"][..], &["Bearer t0"; 6]].concat();
        assert_eq!(story(&server), expected);
        assert_eq!(
            server.received()[0].body,
            "grant_type=password&email=monitor%40example.com&password=hunter2&client_id=id"
        );
        assert_eq!(
            clients[0].request_counts(),
            [("queues", "200".to_owned(), 6), ("token", "200".to_owned(), 1)]
        );
        let printed = format!("{pool:?} {clients:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("t0"), "{printed}");
    }

    #[tokio::test]
    async fn a_token_is_renewed_with_the_newest_refresh_token() {
        let server = granting(1_000).await;
        let client = server.client(&settings(&server, password()));
        for _ in 0..3 {
            call(&client, &server).await.unwrap();
            later(Duration::from_mins(15)).await;
        }
        assert_eq!(
            story(&server),
            ["password", "Bearer t0", "refresh_token r-t0", "Bearer t2", "refresh_token r-t2", "Bearer t4"]
        );
    }

    #[tokio::test]
    async fn a_refused_refresh_token_gives_way_to_the_password() {
        let server = Server::start(|number, received| {
            match (is_token(received), received.body.contains("refresh_token")) {
                (true, true) => answer(400, &[], r#"{"error":"invalid_grant"}"#),
                (true, false) => token(&format!("t{number}"), 1_000),
                _ => answer(200, &[], ""),
            }
        })
        .await;
        let client = server.client(&settings(&server, password()));
        call(&client, &server).await.unwrap();
        later(Duration::from_mins(15)).await;
        call(&client, &server).await.unwrap();
        assert_eq!(story(&server), ["password", "Bearer t0", "refresh_token r-t0", "password", "Bearer t3"]);
    }

    #[tokio::test]
    async fn a_configured_refresh_token_starts_and_the_rotated_one_goes_on() {
        let server = granting(1_000).await;
        let client =
            server.client(&settings(&server, Grant::RefreshToken { refresh_token: secret("first") }));
        call(&client, &server).await.unwrap();
        later(Duration::from_mins(15)).await;
        call(&client, &server).await.unwrap();
        assert_eq!(story(&server), ["refresh_token first", "Bearer t0", "refresh_token r-t0", "Bearer t2"]);
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once_for_all_and_the_request_repeated_once() {
        let server = Server::start(|number, received| match received.header("authorization") {
            None => token(if number == 0 { "old" } else { "new" }, 43_199),
            Some("Bearer old") if number > 1 => answer(401, &[], ""),
            Some(_) => answer(200, &[], ""),
        })
        .await;
        let client = server.client(&settings(&server, password()));
        assert_eq!(call(&client, &server).await, Ok(200));
        assert_eq!(join_all([call(&client, &server), call(&client, &server)]).await, [Ok(200), Ok(200)]);
        let renewals = story(&server).into_iter().filter(|line| line.starts_with("refresh_token"));
        assert_eq!(renewals.collect::<Vec<_>>(), ["refresh_token r-old"]);
        assert_eq!(story(&server).len(), 7);
    }

    #[tokio::test]
    async fn a_server_that_refuses_every_token_is_not_asked_for_ever_more() {
        let server = Server::start(|number, received| {
            if is_token(received) { token(&format!("t{number}"), 43_199) } else { answer(401, &[], "") }
        })
        .await;
        let client = server.client(&settings(&server, Grant::ClientCredentials));
        for _ in 0..3 {
            assert_eq!(call(&client, &server).await, Ok(401));
        }
        assert_eq!(
            story(&server),
            ["client_credentials", "Bearer t0", "refresh_token r-t0", "Bearer t2", "Bearer t2", "Bearer t2"]
        );
    }

    #[tokio::test]
    async fn refused_credentials_are_not_presented_again_at_once() {
        let server =
            Server::start(|_, _| answer(400, &[], r#"{"error":"invalid_grant","x":"hunter2"}"#)).await;
        let path = std::env::temp_dir().join(format!("webchat-password-{}", std::process::id()));
        std::fs::write(&path, "wrong").unwrap();
        let grant = Grant::Password { email: "m".to_owned(), password: SecretSource::File(path.clone()) };
        let client = server.client(&settings(&server, grant));
        let refused = "no access token: the server answered 400 Bad Request (invalid_grant)";
        assert_eq!(call(&client, &server).await, Err((Reason::Unauthorized, refused.to_owned())));
        let outcomes = join_all([call(&client, &server), call(&client, &server)]).await;
        for outcome in outcomes {
            let (reason, detail) = outcome.unwrap_err();
            assert_eq!(reason, Reason::Unauthorized);
            assert!(detail.starts_with(&format!("{refused}; backing off for ")), "{detail}");
        }
        assert_eq!(story(&server).len(), 1);
        std::fs::write(&path, "right").unwrap();
        call(&client, &server).await.unwrap_err();
        assert_eq!(story(&server).len(), 2, "another password is tried at once");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(client.request_counts(), [("token", "400".to_owned(), 2)]);
    }

    #[tokio::test]
    async fn a_token_endpoint_that_fails_keeps_its_class_and_the_token_its_use() {
        let server = Server::start(|number, received| match (number, is_token(received)) {
            (0, _) => token("t0", 1_000),
            (_, true) => answer(502, &[], ""),
            (_, false) => answer(200, &[], ""),
        })
        .await;
        let client = server.client(&settings(&server, password()));
        assert_eq!(call(&client, &server).await, Ok(200));
        later(Duration::from_mins(15)).await;
        assert_eq!(call(&client, &server).await, Ok(200), "due, not expired");
        later(Duration::from_secs(200)).await;
        let failed = "no access token: the server answered 502 Bad Gateway";
        assert_eq!(call(&client, &server).await, Err((Reason::HttpStatus, failed.to_owned())));
    }

    /// Answers the first token request; later ones hang.
    async fn falling_silent() -> Server {
        Server::start(|number, received| match (number, is_token(received)) {
            (0, _) => token("t0", 1_000),
            (_, true) => Reaction::Hang(vec![]),
            (_, false) => answer(200, &[], ""),
        })
        .await
    }

    #[tokio::test]
    async fn a_token_that_is_due_is_used_in_time_though_its_renewal_hangs() {
        let server = falling_silent().await;
        let client = server.client(&settings(&server, password()));
        assert_eq!(call(&client, &server).await, Ok(200));
        later(Duration::from_mins(15)).await;
        let deadline = Instant::now() + Duration::from_secs(1);
        let hurried = Caller::new(Arc::clone(&client), deadline, jiff::Timestamp::UNIX_EPOCH);
        let outcome = hurried.call(server.get("/queues")).await;
        assert_eq!(outcome.map(|reply| reply.status.as_u16()).map_err(|failure| failure.detail), Ok(200));
        assert_eq!(story(&server), ["password", "Bearer t0", "refresh_token r-t0", "Bearer t0"]);
    }

    #[tokio::test]
    async fn a_request_given_up_during_a_renewal_leaves_the_token_to_the_others() {
        let server = falling_silent().await;
        let client = server.client(&settings(&server, password()));
        assert_eq!(call(&client, &server).await, Ok(200));
        later(Duration::from_mins(15)).await;
        let given_up = tokio::time::timeout(Duration::from_millis(300), call(&client, &server)).await;
        assert!(given_up.is_err(), "{given_up:?}");
        let deadline = Instant::now() + Duration::from_secs(1);
        let next = Caller::new(Arc::clone(&client), deadline, jiff::Timestamp::UNIX_EPOCH);
        let outcome = next.call(server.get("/queues")).await;
        assert_eq!(outcome.map(|reply| reply.status.as_u16()).map_err(|failure| failure.detail), Ok(200));
    }
}
