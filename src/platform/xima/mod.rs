//! Xima (Chronicall) web chat: the API's liveness, the AWS credentials it issues, and the depth of SQS queues.
//!
//! The vendor's API has no wait time, queue length or agent count outside a running chat, so none is exposed. No call
//! made here starts, keeps or reads a chat.

use std::collections::HashMap;
use std::path::Path;

use futures_util::{StreamExt, stream};
use uuid::Uuid;

use crate::channel::ChannelFacts;
use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::{Caller, Exchange, Failure, Reason};
use crate::platform::family::{Family, Row, extract};
use crate::platform::{Answer, CollectorRow, Data, Platform, Reading, body};

pub mod channels;
pub mod config;
pub mod families;
pub mod issuer;
pub mod simulator;
pub mod sqs;
pub mod wire;

pub use config::XimaConfig;
pub use simulator::XimaSimulator;

use families::{ACCEPTANCE, Acceptance, ISSUE, Issue, QUEUE, SESSION, SessionCheck};
use issuer::{ISSUE_CREDENTIALS, Issuer, KeyPair, NotIssued};
use sqs::{GET_QUEUE_ATTRIBUTES, LIST_QUEUES, Sqs, SqsError};
use wire::Credentials;

/// The `endpoint` label of the look-up of a session.
const CHECK_SESSION: &str = "chat/queue";
/// Requests to SQS at once.
const QUEUES_AT_ONCE: usize = 8;

/// The collectors of the Xima platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// Looks up a chat session that does not exist.
    Session,
    /// Has credentials issued and AWS judge them.
    Credentials,
    /// Measures the configured SQS queues.
    SqsQueues,
}

/// One Xima web chat installation.
#[derive(Debug)]
pub struct Xima {
    config: XimaConfig,
    issuer: Issuer,
    /// The configured queues by name.
    queues: Vec<(String, BaseUrl)>,
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
            Err(NotIssued::Unknown(failure)) => {
                reading([Answer::failed(ISSUE_CREDENTIALS, "", failure), not_asked(LIST_QUEUES)])
            }
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
                let failed = Answer::failed(ISSUE_CREDENTIALS, "", failure);
                return reading([failed, not_asked(GET_QUEUE_ATTRIBUTES)]);
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
        Reading { answers: [issued].into_iter().chain(queues).collect() }
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
        let requests: Vec<_> =
            queues.map(async |(name, url)| (name.as_str(), sqs.queue_attributes(url).await)).collect();
        stream::iter(requests).buffer_unordered(QUEUES_AT_ONCE).collect().await
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
    Reading { answers: answers.into() }
}

/// Neither data nor failure: a request that another's failure kept from being made, whose earlier data stays.
fn not_asked(endpoint: &'static str) -> Answer {
    Answer { endpoint, item: String::new(), data: None, failures: vec![] }
}
