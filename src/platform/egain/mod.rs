//! eGain Chat, also known as Cisco Enterprise Chat and Email: what a customer finds at each entry point.
//!
//! `wire` the vendor's paths and answers · `wire_xml` its XML · `status` what they say · `families` the table of metric
//! families · `channels` the neutral view · `simulator` the API for demo and tests. This file holds the one collector,
//! which makes every configured check of every entry point, each failing on its own.

pub mod channels;
pub mod config;
pub mod families;
pub mod simulator;
pub mod status;
pub mod wire;
mod wire_xml;

use std::path::Path;

use http::{HeaderValue, header};

use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::{Caller, Exchange, Failure};
use crate::platform::body;
use crate::platform::concurrency::in_order;
use crate::platform::family::{self, Family};
use crate::platform::{Answer, CollectorRow, Data, Platform, Reading};

pub use config::EgainConfig;

use config::{Check, EntryPoint};
use families::Observation;
use status::Status;

/// Entry points polled at the same time; a few that hang leave room for the others.
const CONCURRENT_ENTRY_POINTS: usize = 4;
/// Checks of one entry point under way at the same time; one that hangs leaves room for the others.
const CONCURRENT_CHECKS: usize = 2;

/// An eGain target.
#[derive(Debug)]
pub struct Egain {
    config: EgainConfig,
    accept_language: Option<HeaderValue>,
}

/// The collectors of eGain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// Every check of every entry point.
    EntryPoints,
}

impl Egain {
    /// Takes a configuration after checking it.
    ///
    /// # Errors
    /// A sentence fragment for the user that begins with the key: no entry points, an id or a check given twice, an
    /// empty name or list, or a language that no header can carry.
    pub fn new(config: EgainConfig, _directory: &Path) -> Result<Self, String> {
        config.check()?;
        let accept_language = config.language()?;
        Ok(Self { config, accept_language })
    }

    /// The schedules that entry points have of their own: channel id and name of the schedule.
    pub fn channel_schedules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.config
            .entry_points
            .iter()
            .filter_map(|entry_point| Some((entry_point.id.as_str(), entry_point.schedule.as_deref()?)))
    }

    async fn poll_entry_points(&self, caller: &Caller) -> Reading {
        let polls =
            self.config.entry_points.iter().map(|entry_point| self.poll_entry_point(caller, entry_point));
        let mut reading = Reading::default();
        for (answers, summary) in in_order(polls, CONCURRENT_ENTRY_POINTS).await {
            reading.answers.extend(answers);
            reading.summary.samples.extend(summary.samples);
            reading.summary.channels.extend(summary.channels);
        }
        reading
    }

    /// The answers of every check, and whether the entry point is up.
    async fn poll_entry_point(&self, caller: &Caller, entry_point: &EntryPoint) -> (Vec<Answer>, Data) {
        let checks = self.config.checks.iter().map(|check| self.ask(caller, entry_point, *check));
        let answers = in_order(checks, CONCURRENT_CHECKS).await;
        let up = answers.iter().all(|answer| answer.failures.is_empty());
        (answers, data(entry_point, Some(up), Status::default()))
    }

    async fn ask(&self, caller: &Caller, entry_point: &EntryPoint, check: Check) -> Answer {
        let (endpoint, id) = (wire::endpoint(check), entry_point.id.as_str());
        match self.status(caller, entry_point, check).await {
            Ok((status, failures)) if status == Status::default() => {
                Answer { endpoint, item: id.to_owned(), data: None, failures }
            }
            Ok((status, failures)) => {
                Answer::understood(endpoint, id, data(entry_point, None, status), failures)
            }
            Err(failure) => Answer::failed(endpoint, id, failure),
        }
    }

    async fn status(
        &self,
        caller: &Caller,
        entry_point: &EntryPoint,
        check: Check,
    ) -> Result<(Status, Vec<Failure>), Failure> {
        let api = self.config.api;
        let url = self.config.base_url.join(&wire::path(api, check, entry_point.id.as_str()), &[]);
        let mut exchange =
            Exchange::get(wire::endpoint(check), url).header(header::ACCEPT, wire::accept(api));
        if let Some(language) = &self.accept_language {
            exchange.headers.insert(header::ACCEPT_LANGUAGE, language.clone());
        }
        let reply = caller.call_successfully(exchange).await?;
        let (status, defects) = wire::read(check, &reply)?;
        Ok((status, body::failures(&defects)))
    }
}

impl Platform for Egain {
    const NAME: &'static str = "egain";

    type Collector = Collector;

    const COLLECTORS: &'static [CollectorRow<Collector>] = &[CollectorRow {
        collector: Collector::EntryPoints,
        name: "entry_points",
        enabled: true,
        interval: None,
    }];

    fn families() -> Vec<&'static Family> {
        families::ROWS.iter().map(|row| &row.family).collect()
    }

    fn options(&self, collector: Collector) -> CollectorOptions {
        match collector {
            Collector::EntryPoints => self.config.collectors.entry_points,
        }
    }

    fn base_url(&self) -> &BaseUrl {
        &self.config.base_url
    }

    fn expected_requests(&self, collector: Collector) -> u32 {
        match collector {
            Collector::EntryPoints => {
                let requests = self.config.entry_points.len() * self.config.checks.len();
                u32::try_from(requests).unwrap_or(u32::MAX).max(1)
            }
        }
    }

    async fn poll(&self, collector: Collector, caller: &Caller) -> Reading {
        match collector {
            Collector::EntryPoints => self.poll_entry_points(caller).await,
        }
    }
}

fn data(entry_point: &EntryPoint, up: Option<bool>, status: Status) -> Data {
    let (id, name) = (entry_point.id.as_str().to_owned(), entry_point.label().to_owned());
    let mut samples = Vec::new();
    family::extract(&families::ROWS, &Observation { id, name, up, status }, &mut samples);
    Data { samples, channels: vec![channels::facts(entry_point, &status)] }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response, StatusCode};
    use http_body_util::Full;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use jiff::Timestamp;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::channel::ChannelFacts;
    use crate::demo::Simulator;
    use crate::demo::centre::{Centre, Queue, Today, Trouble};
    use crate::demo::simulator::answer;
    use crate::http_client::TargetClient;
    use crate::http_client::settings::HttpSettings;
    use crate::platform::family::LabelValue;
    use simulator::EgainSimulator;

    type Server = fn(&Request<Bytes>) -> Option<Response<Bytes>>;

    /// Serves `server` on loopback while the test lives; `None` never answers.
    async fn serve(server: Server) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/system/egain/chat", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let service = service_fn(move |request: Request<hyper::body::Incoming>| async move {
                    match server(&request.map(|_| Bytes::new())) {
                        Some(response) => Ok::<_, Infallible>(response.map(Full::new)),
                        None => std::future::pending().await,
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(connection), service),
                );
            }
        });
        url
    }

    #[expect(clippy::unnecessary_wraps, reason = "it has the type of a server")]
    fn simulated(request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let queue = |id, waiting: &[u64]| Queue {
            id,
            name: format!("Queue {id}"),
            agents: Vec::new(),
            waiting: waiting.iter().copied().map(Duration::from_secs).collect(),
            waiting_limit: 5,
            average_wait_30m: Duration::ZERO,
            average_wait_60m: Duration::ZERO,
            abandoned_30m: 0,
            today: Today::default(),
        };
        let queues = vec![queue(1, &[]), queue(2, &[30, 20])];
        let trouble = Trouble::default();
        let centre = Centre {
            now: Timestamp::UNIX_EPOCH,
            since_midnight: Duration::ZERO,
            queues,
            visitors_on_site: 0,
            trouble,
        };
        Some(EgainSimulator.answer(request, &centre))
    }

    async fn poll(server: Server, keys: &str, timeout: Duration) -> Reading {
        let text = format!("base_url: {}\n{keys}", serve(server).await);
        let egain = Egain::new(serde_saphyr::from_str(&text).unwrap(), Path::new("/")).unwrap();
        // The client needs a cryptography provider for the process; the first test to come here installs it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Arc::new(TargetClient::new(&HttpSettings::default()).unwrap());
        let caller = Caller::new(client, Instant::now() + timeout, Timestamp::UNIX_EPOCH);
        egain.poll(Collector::EntryPoints, &caller).await
    }

    /// One line per answer: endpoint, item, samples, failures; then one per sample of the summary.
    fn lines(reading: &Reading) -> Vec<String> {
        let samples = |data: &Data| {
            let line = |sample: &family::Sample| {
                let labels: Vec<&str> = sample.labels.iter().skip(1).map(LabelValue::as_str).collect();
                let name = sample.family.name.trim_start_matches("egain_entry_point_");
                format!("{name}({})={}", labels.join(","), sample.value)
            };
            data.samples
                .iter()
                .filter(|sample| sample.value != 0.0 || sample.labels.len() == 2)
                .map(line)
                .collect()
        };
        let line = |answer: &Answer| {
            let samples: Vec<String> = answer.data.as_ref().map_or_else(|| vec!["-".to_owned()], samples);
            let failures: Vec<&str> = answer.failures.iter().map(|failure| failure.reason.label()).collect();
            format!("{} {} {} [{}]", answer.endpoint, answer.item, samples.join(" "), failures.join(","))
        };
        let summary: Vec<String> = samples(&reading.summary);
        reading.answers.iter().map(line).chain(summary).collect()
    }

    const TWO: &str = "entry_points: [{ id: 1001, name: Mortgages, schedule: desk }, { id: 1007 }]";
    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn every_check_of_every_entry_point_answers_or_fails_alone() {
        let expected = [
            "agentAvailability 1001 agent_available(Mortgages)=0 []",
            "capacity 1001 capacity_slots(Mortgages)=0 []",
            "liveSessionStatus 1001 queue_depth(Mortgages)=2 []",
            "checkEligibility 1001 eligibility(Mortgages,no_agent)=1 []",
            "chatAllowed 1001 chat_allowed(Mortgages)=0 chat_disallowed(Mortgages,agent_not_available)=1 []",
            "agentAvailability 1007 - [http_status]",
            "capacity 1007 - [http_status]",
            "liveSessionStatus 1007 - [http_status]",
            "checkEligibility 1007 - [http_status]",
            "chatAllowed 1007 chat_allowed(1007)=0 chat_disallowed(1007,invalid_entry_point)=1 []",
            "up(Mortgages)=1",
            "up(1007)=0",
        ];
        assert_eq!(lines(&poll(simulated, TWO, MINUTE).await), expected);
        let cloud = format!("{TWO}\napi: v3\n");
        assert_eq!(lines(&poll(simulated, &cloud, MINUTE).await), expected);
    }

    #[tokio::test]
    async fn only_the_configured_checks_are_made() {
        let keys = format!("{TWO}\nchecks: [chat_allowed]\n");
        let reading = poll(simulated, &keys, MINUTE).await;
        assert_eq!(
            lines(&reading),
            [
                "chatAllowed 1001 chat_allowed(Mortgages)=0 chat_disallowed(Mortgages,agent_not_available)=1 []",
                "chatAllowed 1007 chat_allowed(1007)=0 chat_disallowed(1007,invalid_entry_point)=1 []",
                "up(Mortgages)=1",
                "up(1007)=1",
            ]
        );
        let named = |id, name: &str| ChannelFacts { name: Some(name.to_owned()), ..ChannelFacts::new(id) };
        assert_eq!(reading.summary.channels, [named("1001", "Mortgages"), named("1007", "1007")]);
    }

    #[tokio::test]
    async fn entry_points_that_hang_leave_room_for_the_others() {
        let server: Server = |request| {
            if request.uri().path().ends_with("/1000") { None } else { simulated(request) }
        };
        let keys = "entry_points: [{ id: 1000 }, { id: 1001 }, { id: 1002 }, { id: 1003 }, { id: 1004 }, { id: 1005 }]";
        let reading = poll(server, keys, Duration::from_secs(2)).await;
        let found = lines(&reading);
        assert_eq!(found.iter().filter(|line| line.ends_with("[timeout]")).count(), 5, "{found:#?}");
        assert!(found.contains(&"up(1000)=0".to_owned()));
        assert!(found.contains(&"up(1001)=1".to_owned()));
        assert!(reading.understood());
    }

    #[tokio::test]
    async fn a_dead_server_leaves_nothing_but_entry_points_that_are_down() {
        let server: Server = |_| Some(answer(StatusCode::OK, "text/html", "<html>Sign in</html>"));
        let reading = poll(server, "entry_points: [{ id: 7 }]\nchecks: [capacity]", MINUTE).await;
        assert_eq!(lines(&reading), ["capacity 7 - [parse]", "up(7)=0"]);
        assert!(!reading.understood());
    }

    #[tokio::test]
    async fn both_apis_ask_with_their_headers() {
        let server: Server = |request| {
            let header = |name| request.headers().get(name).map_or("none", |value| value.to_str().unwrap());
            let (accept, language) = (header(header::ACCEPT), header(header::ACCEPT_LANGUAGE));
            let right = match request.uri().path() {
                "/system/egain/chat/entrypoint/capacity/a%20b%2Fc" => {
                    accept == "application/xml, application/json;q=0.9" && language == "none"
                }
                "/system/egain/chat/entrypoint/a%20b%2Fc/capacity" => {
                    accept == "application/json" && language == "en-US"
                }
                _ => false,
            };
            Some(answer(StatusCode::OK, "application/json", if right { "{\"count\":1}" } else { "{}" }))
        };
        for api in ["on_prem", "v3"] {
            let keys = format!("entry_points: [{{ id: a b/c }}]\nchecks: [capacity]\napi: {api}\n");
            let expected = ["capacity a b/c capacity_slots(a b/c)=1 []", "up(a b/c)=1"];
            assert_eq!(lines(&poll(server, &keys, MINUTE).await), expected);
        }
    }

    #[test]
    fn the_frame_is_told_requests_and_schedules() {
        let text =
            format!("base_url: https://ece.example.com/chat\n{TWO}\nchecks: [capacity, chat_allowed]\n");
        let egain = Egain::new(serde_saphyr::from_str(&text).unwrap(), Path::new("/")).unwrap();
        assert_eq!(egain.expected_requests(Collector::EntryPoints), 4);
        assert_eq!(egain.channel_schedules().collect::<Vec<_>>(), [("1001", "desk")]);
        assert_eq!(egain.base_url().as_str(), "https://ece.example.com/chat");
    }

    #[test]
    fn a_wrong_configuration_is_refused() {
        let config = serde_saphyr::from_str("base_url: https://ece.example.com\nentry_points: []\n").unwrap();
        let message = Egain::new(config, Path::new("/")).unwrap_err();
        assert_eq!(message, "entry_points: the list is empty; give at least one id");
    }
}
