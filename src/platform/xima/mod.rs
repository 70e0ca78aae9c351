//! Xima (Chronicall) web chat: the API's liveness, the AWS credentials it issues, and the depth of SQS queues.
//!
//! `wire` the vendor's shapes, pure · `issuer` the credentials it issues · `sqs` the seam to Amazon SQS · `families` the
//! table of metric families · `channels` the neutral view · `simulator` the API for demo and tests. This file holds the
//! collectors.
//!
//! The vendor's API has no wait time, queue length or agent count outside a running chat, so none is exposed. No call
//! made here starts, keeps or reads a chat.

pub mod channels;
pub mod config;
pub mod families;
pub mod issuer;
pub mod simulator;
pub mod sqs;
pub mod wire;

use std::collections::HashMap;
use std::path::Path;

use uuid::Uuid;

use crate::channel::ChannelFacts;
use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::{Caller, Exchange, Failure, Reason};
use crate::platform::concurrency::in_order;
use crate::platform::family::{Family, Row, extract};
use crate::platform::{Answer, CollectorRow, Data, Platform, Reading, body};

pub use config::XimaConfig;

use families::{ACCEPTANCE, Acceptance, ISSUE, Issue, QUEUE, SESSION, SessionCheck};
use issuer::{ISSUE_CREDENTIALS, Issuer, KeyPair, NotIssued};
use sqs::{GET_QUEUE_ATTRIBUTES, LIST_QUEUES, Sqs, SqsError};
use wire::Credentials;

/// The `endpoint` label of the look-up of a session.
const CHECK_SESSION: &str = "chat/queue";
/// Requests that one poll has under way at most.
const CONCURRENT_REQUESTS: usize = 8;

/// One Xima web chat installation.
#[derive(Debug)]
pub struct Xima {
    config: XimaConfig,
    issuer: Issuer,
    /// The configured queues by name.
    queues: Vec<(String, BaseUrl)>,
}

/// The collectors of Xima.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// Looks up a chat session that does not exist.
    Session,
    /// Has credentials issued and AWS judge them.
    Credentials,
    /// Measures the configured SQS queues.
    SqsQueues,
}

impl Xima {
    /// Checks the configuration of a target; `directory` is that of the configuration file.
    ///
    /// # Errors
    /// A fragment for the user that names the key.
    pub fn new(config: XimaConfig, directory: &Path) -> Result<Self, String> {
        let installation_id = config.installation_id(directory)?;
        let queues = config.sqs.named_queues()?;
        config.collectors.synthetic_chat.check(directory)?;
        if config.collectors.sqs_queues.enabled == Some(true) && queues.is_empty() {
            return Err("collectors.sqs_queues is enabled, but sqs.queues lists no queue".to_owned());
        }
        Ok(Self { config, issuer: Issuer::new(installation_id), queues })
    }

    async fn poll_session(&self, caller: &Caller) -> Reading {
        let session = Uuid::new_v4().to_string();
        let url = self.config.base_url.join(&["chat", "queue"], &[("existingChatSessionId", &session)]);
        let answered = match caller.call(Exchange::get(CHECK_SESSION, url)).await {
            Ok(reply) => wire::session(reply),
            Err(failure) => return reading([Answer::failed(CHECK_SESSION, "", failure)]),
        };
        let failures: Vec<Failure> = match answered {
            // A limit on our requests says nothing about a customer's.
            Err(failure) if failure.reason == Reason::RateLimited => {
                return reading([Answer::failed(CHECK_SESSION, "", failure)]);
            }
            answered => answered.err().into_iter().collect(),
        };
        let check = SessionCheck { success: failures.is_empty() };
        let data = data(&SESSION, &check, channels::of_session_check(check));
        reading([Answer::understood(CHECK_SESSION, "", data, failures)])
    }

    async fn poll_credentials(&self, caller: &Caller) -> Reading {
        let answer = |issue: Issue, failures| {
            let data = data(&ISSUE, &issue, channels::of_issue(issue));
            Answer::understood(ISSUE_CREDENTIALS, "", data, failures)
        };
        match self.issue_credentials(caller).await {
            Ok((credentials, pair)) => {
                let issue = Issue { issued: true, changed: Some(pair.first_seen) };
                reading([answer(issue, vec![]), self.judge(caller, &credentials).await])
            }
            Err(NotIssued::Answered(failure)) => {
                reading([answer(Issue { issued: false, changed: None }, vec![failure])])
            }
            Err(NotIssued::Unknown(failure)) => reading([Answer::failed(ISSUE_CREDENTIALS, "", failure)]),
        }
    }

    /// Has AWS judge the credentials with a request that every key may sign, permitted or not.
    async fn judge(&self, caller: &Caller, credentials: &Credentials) -> Answer {
        let (accepted, failures) = match self.sqs(caller, credentials).list_queues().await {
            Ok(()) | Err(SqsError::Denied(_)) => (true, vec![]),
            Err(SqsError::Refused(failure)) => (false, vec![failure]),
            Err(SqsError::Undecided(failure)) => return Answer::failed(LIST_QUEUES, "", failure),
        };
        let acceptance = Acceptance { accepted };
        let data = data(&ACCEPTANCE, &acceptance, channels::of_acceptance(acceptance));
        Answer::understood(LIST_QUEUES, "", data, failures)
    }

    async fn poll_sqs_queues(&self, caller: &Caller) -> Reading {
        let issued = self.issue_credentials(caller).await;
        let (credentials, pair) = match issued {
            Ok(issued) => issued,
            Err(NotIssued::Answered(failure) | NotIssued::Unknown(failure)) => {
                return reading([Answer::failed(ISSUE_CREDENTIALS, "", failure)]);
            }
        };
        let mut outcomes = self.measure(caller, &credentials, |_| true).await;
        let mut failures = Vec::new();
        let refused = |outcome: Option<&_>| matches!(outcome, Some(Err(SqsError::Refused(_))));
        if outcomes.values().any(|outcome| refused(Some(outcome))) {
            // Keys are rotated without notice: a new pair gets a second chance.
            match self.issue_credentials(caller).await {
                Ok((credentials, newer)) if newer != pair => {
                    let again = self.measure(caller, &credentials, |name| refused(outcomes.get(name))).await;
                    outcomes.extend(again);
                }
                Ok(_) => {}
                Err(NotIssued::Answered(failure) | NotIssued::Unknown(failure)) => failures.push(failure),
            }
        }
        let issued = Answer::understood(ISSUE_CREDENTIALS, "", Data::default(), failures);
        let queues =
            self.queues.iter().filter_map(|(name, _)| Some(of_queue(name, outcomes.remove(name.as_str())?)));
        [issued].into_iter().chain(queues).collect::<Vec<_>>().into()
    }

    /// Asks for the attributes of several queues, some at once; outcomes by the queue's name.
    async fn measure<'a>(
        &'a self,
        caller: &Caller,
        credentials: &Credentials,
        asked: impl Fn(&str) -> bool,
    ) -> HashMap<&'a str, Result<HashMap<String, String>, SqsError>> {
        let sqs = &self.sqs(caller, credentials);
        let queues = self.queues.iter().filter(|(name, _)| asked(name));
        let requests = queues.map(async |(name, url)| (name.as_str(), sqs.queue_attributes(url).await));
        in_order(requests, CONCURRENT_REQUESTS).await.into_iter().collect()
    }

    async fn issue_credentials(&self, caller: &Caller) -> Result<(Credentials, KeyPair), NotIssued> {
        self.issuer.issue(&self.config.base_url, caller).await
    }

    fn sqs<'a>(&'a self, caller: &'a Caller, credentials: &'a Credentials) -> Sqs<'a> {
        Sqs { caller, credentials, endpoint_url: self.config.sqs.endpoint_url.as_ref() }
    }
}

impl Platform for Xima {
    const NAME: &'static str = "xima";

    type Collector = Collector;

    const COLLECTORS: &'static [CollectorRow<Collector>] = &[
        CollectorRow { collector: Collector::Session, name: "session", enabled: true, interval: None },
        CollectorRow {
            collector: Collector::Credentials,
            name: "credentials",
            enabled: true,
            interval: None,
        },
        CollectorRow { collector: Collector::SqsQueues, name: "sqs_queues", enabled: false, interval: None },
    ];

    fn families() -> Vec<&'static Family> {
        families::families()
    }

    fn options(&self, collector: Collector) -> CollectorOptions {
        let collectors = &self.config.collectors;
        match collector {
            Collector::Session => collectors.session,
            Collector::Credentials => collectors.credentials,
            Collector::SqsQueues => collectors.sqs_queues,
        }
    }

    fn base_url(&self) -> &BaseUrl {
        &self.config.base_url
    }

    fn expected_requests(&self, _: Collector) -> u32 {
        // What goes to AWS goes to another host.
        1
    }

    async fn poll(&self, collector: Collector, caller: &Caller) -> Reading {
        match collector {
            Collector::Session => self.poll_session(caller).await,
            Collector::Credentials => self.poll_credentials(caller).await,
            Collector::SqsQueues => self.poll_sqs_queues(caller).await,
        }
    }
}

fn of_queue(name: &str, outcome: Result<HashMap<String, String>, SqsError>) -> Answer {
    let attributes = match outcome {
        Ok(attributes) => attributes,
        Err(error) => return Answer::failed(GET_QUEUE_ATTRIBUTES, name, error.into()),
    };
    let (depth, defects) = wire::queue_depth(name, |attribute| attributes.get(attribute).map(String::as_str));
    let mut samples = Vec::new();
    extract(&QUEUE, &depth, &mut samples);
    let data = Data { samples, channels: vec![] };
    Answer::understood(GET_QUEUE_ATTRIBUTES, name, data, body::failures(&defects))
}

fn data<A>(table: &'static [Row<A>], parsed: &A, channel: ChannelFacts) -> Data {
    let mut samples = Vec::new();
    extract(table, parsed, &mut samples);
    Data { samples, channels: vec![channel] }
}

fn reading<const N: usize>(answers: [Answer; N]) -> Reading {
    Reading::from(Vec::from(answers))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response, StatusCode};
    use http_body_util::{BodyExt, Full};
    use hyper::body::Incoming;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::demo::Simulator;
    use crate::demo::centre::{Centre, Queue, Today, Trouble};
    use crate::demo::simulator::answer;
    use crate::http_client::TargetClient;
    use crate::http_client::loopback::closed_port;
    use crate::http_client::settings::HttpSettings;
    use crate::platform::family::LabelValue;
    use simulator::XimaSimulator;

    /// Serves `respond` on loopback until the test's runtime ends; returns the address as a URL.
    async fn serve(respond: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let respond = Arc::new(respond);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let respond = respond.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let respond = respond.clone();
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        Ok::<_, Infallible>(respond(Request::from_parts(parts, body)).map(Full::new))
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        url
    }

    fn centre(trouble: Trouble) -> Centre {
        let queue = |id, waiting: usize| Queue {
            id,
            name: format!("Queue {id}"),
            agents: vec![],
            waiting: vec![Duration::from_secs(30); waiting],
            waiting_limit: 10,
            average_wait_30m: Duration::ZERO,
            average_wait_60m: Duration::ZERO,
            abandoned_30m: 0,
            today: Today::default(),
        };
        let now = "2026-03-02T12:00:00Z".parse().unwrap();
        Centre {
            now,
            since_midnight: Duration::from_hours(12),
            queues: vec![queue(1, 3), queue(2, 0)],
            visitors_on_site: 0,
            trouble,
        }
    }

    async fn simulated(trouble: Trouble) -> Xima {
        xima(&serve(move |request| XimaSimulator.answer(&request, &centre(trouble))).await)
    }

    fn xima(server: &str) -> Xima {
        let text = format!(
            "base_url: {server}
installation_id: hunter2
sqs:
  endpoint_url: {server}
  queues: ['{server}/000000000000/mm-queue-1', '{server}/000000000000/gone', '{server}/000000000000/mm-queue-2']
"
        );
        Xima::new(serde_saphyr::from_str(&text).unwrap(), Path::new("")).unwrap()
    }

    fn caller(now: &str) -> Caller {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Arc::new(TargetClient::new(&HttpSettings::default()).unwrap());
        Caller::new(client, Instant::now() + Duration::from_secs(10), now.parse().unwrap())
    }

    /// What a reading says, a line per sample, channel and failure.
    fn shown(reading: &Reading) -> Vec<String> {
        let mut lines = Vec::new();
        for answer in &reading.answers {
            let place = format!("{} {}", answer.endpoint, answer.item);
            let Data { samples, channels } =
                answer.data.as_ref().unwrap_or(const { &Data { samples: vec![], channels: vec![] } });
            for sample in samples {
                let labels: Vec<&str> = sample.labels.iter().map(LabelValue::as_str).collect();
                lines.push(format!("{} {labels:?} {}", sample.family.name, sample.value));
            }
            lines.extend(channels.iter().map(|channel| format!("{} {:?}", channel.id, channel.availability)));
            lines.extend(
                answer
                    .failures
                    .iter()
                    .map(|failure| format!("{place}: {} {failure}", failure.reason.label())),
            );
            if answer.data.is_none() {
                lines.push(format!("{place}: no data"));
            }
        }
        lines
    }

    async fn polled(xima: &Xima, collector: Collector) -> Vec<String> {
        shown(&xima.poll(collector, &caller("2026-03-02T12:00:00Z")).await)
    }

    const CHANGED: &str = "xima_credentials_changed_timestamp_seconds [] 1772452800";

    #[tokio::test]
    async fn a_healthy_installation_is_available_though_it_may_not_list_queues() {
        let xima = simulated(Trouble::default()).await;
        assert_eq!(
            polled(&xima, Collector::Session).await,
            ["xima_session_check_success [] 1", "installation Some(Available)"]
        );
        assert_eq!(
            polled(&xima, Collector::Credentials).await,
            [
                "xima_credentials_issued [] 1",
                CHANGED,
                "installation None",
                "xima_credentials_accepted [] 1",
                "installation Some(Available)",
            ]
        );
    }

    #[tokio::test]
    async fn refused_credentials_are_a_zero_and_a_failure() {
        let xima = simulated(Trouble { credentials_refused: true, ..Trouble::default() }).await;
        assert_eq!(
            polled(&xima, Collector::Credentials).await,
            [
                "xima_credentials_issued [] 1",
                CHANGED,
                "installation None",
                "xima_credentials_accepted [] 0",
                "installation Some(Unavailable(ServiceDown))",
                "ListQueues : unauthorized AWS does not know the issued access key",
            ]
        );
    }

    #[tokio::test]
    async fn an_api_that_answers_errors_is_down() {
        let xima = simulated(Trouble { api_down: true, ..Trouble::default() }).await;
        let down = "installation Some(Unavailable(ServiceDown))";
        assert_eq!(
            polled(&xima, Collector::Session).await,
            [
                "xima_session_check_success [] 0",
                down,
                "chat/queue : http_status the server answered 503 Service Unavailable",
            ]
        );
        assert_eq!(
            polled(&xima, Collector::Credentials).await,
            [
                "xima_credentials_issued [] 0",
                down,
                "chat/queue/auth : http_status the server answered 503 Service Unavailable",
            ]
        );
    }

    #[tokio::test]
    async fn an_api_that_limits_the_rate_says_nothing() {
        let server = serve(|_| answer(StatusCode::TOO_MANY_REQUESTS, "text/plain", "")).await;
        let limited = |endpoint: &str| {
            [
                format!("{endpoint} : rate_limited the server answered 429 Too Many Requests"),
                format!("{endpoint} : no data"),
            ]
        };
        assert_eq!(polled(&xima(&server), Collector::Session).await, limited("chat/queue"));
        assert_eq!(polled(&xima(&server), Collector::Credentials).await, limited("chat/queue/auth"));
    }

    #[tokio::test]
    async fn an_api_out_of_reach_gives_no_data_and_shows_no_secret() {
        let (_closed, address) = closed_port();
        let xima = xima(&format!("http://{address}"));
        for (collector, endpoint) in [
            (Collector::Session, "chat/queue"),
            (Collector::Credentials, "chat/queue/auth"),
            (Collector::SqsQueues, "chat/queue/auth"),
        ] {
            let reading = xima.poll(collector, &caller("2026-03-02T12:00:00Z")).await;
            let [answer] = reading.answers.as_slice() else { panic!("{reading:?}") };
            assert_eq!((answer.endpoint, answer.data.is_none(), answer.failures.len()), (endpoint, true, 1));
            assert_eq!(answer.failures[0].reason, Reason::Connect);
            assert!(!format!("{reading:?}").contains("hunter2"), "{reading:?}");
        }
    }

    #[tokio::test]
    async fn queues_are_measured_each_on_its_own() {
        let xima = simulated(Trouble::default()).await;
        assert_eq!(
            polled(&xima, Collector::SqsQueues).await,
            [
                r#"xima_sqs_queue_messages ["mm-queue-1", "visible"] 3"#,
                r#"xima_sqs_queue_messages ["mm-queue-1", "in_flight"] 0"#,
                r#"xima_sqs_queue_messages ["mm-queue-1", "delayed"] 0"#,
                "GetQueueAttributes gone: http_status AWS knows no such queue, or hides it from the issued credentials",
                "GetQueueAttributes gone: no data",
                r#"xima_sqs_queue_messages ["mm-queue-2", "visible"] 0"#,
                r#"xima_sqs_queue_messages ["mm-queue-2", "in_flight"] 0"#,
                r#"xima_sqs_queue_messages ["mm-queue-2", "delayed"] 0"#,
            ]
        );
    }

    /// The simulator with credentials that change at each issue; AWS accepts those of issue number `accepted` on.
    async fn rotating(accepted: usize) -> (Xima, Arc<AtomicUsize>) {
        let issues = Arc::new(AtomicUsize::new(0));
        let count = issues.clone();
        let server = serve(move |request| {
            let centre = |refused| centre(Trouble { credentials_refused: refused, ..Trouble::default() });
            if request.uri().path() != "/chat/queue/auth" {
                return XimaSimulator.answer(&request, &centre(count.load(Ordering::SeqCst) < accepted));
            }
            let issue = count.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(
                r#"{{"sqsAccessKey": "{}", "sqsSecretKey": "{issue}", "sqsRegion": "us-east-1"}}"#,
                simulator::ACCESS_KEY
            );
            answer(StatusCode::OK, "application/json", body)
        });
        (xima(&server.await), issues)
    }

    #[tokio::test]
    async fn credentials_rotated_under_a_poll_are_fetched_once_more() {
        let (xima, issues) = rotating(2).await;
        let lines = polled(&xima, Collector::SqsQueues).await;
        assert_eq!(
            lines.iter().filter(|line| line.starts_with("xima_sqs_queue_messages")).count(),
            6,
            "{lines:?}"
        );
        assert_eq!(issues.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn credentials_that_stay_refused_are_not_fetched_for_ever() {
        let (xima, issues) = rotating(100).await;
        let refused = |queue: &str| {
            [
                format!("GetQueueAttributes {queue}: unauthorized AWS does not know the issued access key"),
                format!("GetQueueAttributes {queue}: no data"),
            ]
        };
        let expected = ["mm-queue-1", "gone", "mm-queue-2"].map(refused).concat();
        assert_eq!(polled(&xima, Collector::SqsQueues).await, expected);
        assert_eq!(issues.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn aws_out_of_reach_or_out_of_order_says_nothing_about_the_credentials() {
        type Respond = fn() -> Response<Bytes>;
        let cases: [(Respond, &str); 6] = [
            (
                || answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "busy"),
                "http_status the server answered 503 Service Unavailable",
            ),
            (
                || answer(StatusCode::OK, "text/html", "<html>Sign in</html>"),
                "parse the server answered an HTML page, not JSON: a login or error page",
            ),
            (
                || answer(StatusCode::OK, "text/plain", ""),
                "parse the server answered 200 OK without a body, not JSON",
            ),
            (
                || answer(StatusCode::OK, "text/plain", "[]"),
                "parse the answer is JSON, but not what SQS answers",
            ),
            (|| answer(StatusCode::FOUND, "text/plain", ""), "redirect the server answered 302 Found"),
            (
                || answer(StatusCode::FORBIDDEN, "application/json", r#"{"__type": "x#RequestExpired"}"#),
                "unauthorized AWS refused the time of the request: the clock of this machine may be off",
            ),
        ];
        for (respond, message) in cases {
            let server = serve(move |request| match request.uri().path() {
                "/" => respond(),
                _ => XimaSimulator.answer(&request, &centre(Trouble::default())),
            });
            let lines = polled(&xima(&server.await), Collector::Credentials).await;
            let expected = [
                "xima_credentials_issued [] 1".to_owned(),
                CHANGED.to_owned(),
                "installation None".to_owned(),
                format!("ListQueues : {message}"),
                "ListQueues : no data".to_owned(),
            ];
            assert_eq!(lines, expected);
        }
    }

    #[tokio::test]
    async fn a_failure_of_the_connection_to_aws_keeps_its_class() {
        let server = serve(|request| XimaSimulator.answer(&request, &centre(Trouble::default()))).await;
        let (_closed, aws) = closed_port();
        let text = format!(
            "base_url: {server}\ninstallation_id: hunter2\nsqs: {{ endpoint_url: 'http://{aws}' }}\n"
        );
        let xima = Xima::new(serde_saphyr::from_str(&text).unwrap(), Path::new("")).unwrap();
        let reading = xima.poll(Collector::Credentials, &caller("2026-03-02T12:00:00Z")).await;
        let verdict = &reading.answers[1];
        assert_eq!((verdict.endpoint, verdict.failures[0].reason), ("ListQueues", Reason::Connect));
        assert!(verdict.data.is_none());
    }

    #[tokio::test]
    async fn unchanged_credentials_keep_their_first_sight() {
        let xima = simulated(Trouble::default()).await;
        polled(&xima, Collector::Credentials).await;
        let later = shown(&xima.poll(Collector::Credentials, &caller("2026-03-02T13:00:00Z")).await);
        assert_eq!(later[1], CHANGED);
    }

    #[test]
    fn a_configuration_that_cannot_work_is_refused() {
        let cases = [
            ("", "one of installation_id, installation_id_file and installation_id_env is needed"),
            (
                "installation_id: a\ninstallation_id_env: B",
                "only one of installation_id, installation_id_file and installation_id_env can be given",
            ),
            (
                "installation_id: a\ncollectors: { sqs_queues: { enabled: true } }",
                "collectors.sqs_queues is enabled, but sqs.queues lists no queue",
            ),
            (
                "installation_id: a\ncollectors: { synthetic_chat: { enabled: true } }",
                "collectors.synthetic_chat is not available in this version; leave it out or set enabled: false",
            ),
        ];
        for (keys, message) in cases {
            let config = serde_saphyr::from_str(&format!("base_url: http://a\n{keys}\n")).unwrap();
            assert_eq!(Xima::new(config, Path::new("")).err().as_deref(), Some(message));
        }
    }

    #[tokio::test]
    async fn a_secret_file_that_is_gone_is_named() {
        let text = "{ base_url: 'http://127.0.0.1:9', installation_id_file: no-such-file }";
        let xima = Xima::new(serde_saphyr::from_str(text).unwrap(), Path::new("/nowhere")).unwrap();
        let reading = xima.poll(Collector::Credentials, &caller("2026-03-02T12:00:00Z")).await;
        let failure = reading.failures().next().unwrap();
        assert_eq!(
            (failure.reason, failure.to_string().as_str()),
            (Reason::Unauthorized, "the installation id could not be had")
        );
        let cause = std::error::Error::source(failure).unwrap().to_string();
        assert_eq!(cause, "read secret file /nowhere/no-such-file");
    }
}
