//! Whole polls over loopback: the collectors against the simulator, and against servers that answer otherwise.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::simulator::{BASE_PATH, ChimeSimulator};
use super::*;
use crate::channel::{Availability, UnavailableReason};
use crate::demo::Simulator;
use crate::demo::centre::{Agent, Centre, Presence, Queue as CentreQueue, Today, Trouble};
use crate::demo::simulator::{answer as http_answer, query_parameter};
use crate::http_client::TargetClient;
use crate::http_client::settings::HttpSettings;

type Handler = Arc<dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync>;

fn now() -> Timestamp {
    "2026-03-02T12:34:56Z".parse().unwrap()
}

fn agent(id: u32, presence: Presence, chats: u32) -> Agent {
    Agent {
        id,
        name: format!("Person Number{id}"),
        presence,
        chats,
        max_chats: 3,
        chats_today: 0,
        chat_time_today: Duration::ZERO,
    }
}

fn centre_queue(id: u32, name: &str, agents: Vec<Agent>, waiting: &[u64]) -> CentreQueue {
    CentreQueue {
        id,
        name: name.to_owned(),
        agents,
        waiting: waiting.iter().copied().map(Duration::from_secs).collect(),
        waiting_limit: 10,
        average_wait_30m: Duration::from_millis(12_500),
        average_wait_60m: Duration::ZERO,
        abandoned_30m: 0,
        today: Today::default(),
    }
}

fn centre(trouble: Trouble) -> Centre {
    let sales =
        vec![agent(1, Presence::Online, 1), agent(2, Presence::Online, 3), agent(3, Presence::Away, 0)];
    let queues = vec![
        centre_queue(1, "Sales", sales, &[95, 5]),
        centre_queue(2, "Test queue", vec![], &[]),
        centre_queue(3, "Service \"Desk\"", vec![agent(4, Presence::Offline, 0)], &[]),
    ];
    Centre { now: now(), since_midnight: Duration::ZERO, queues, visitors_on_site: 0, trouble }
}

fn simulated(trouble: Trouble) -> Handler {
    let centre = centre(trouble);
    Arc::new(move |request| ChimeSimulator.answer(request, &centre))
}

async fn serve(handler: Handler) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let handler = handler.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let handler = handler.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let response = handler(&Request::from_parts(head, body));
                    Ok::<_, Infallible>(response.map(Full::new))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// What one poll of `collector` brings, configured with `more` below `base_url`.
async fn poll(handler: Handler, collector: Collector, more: &str) -> Reading {
    let base_url = format!("http://{}{}", serve(handler).await, BASE_PATH.to_uppercase());
    poll_at(&base_url, collector, more, Duration::from_secs(30)).await
}

async fn poll_at(base_url: &str, collector: Collector, more: &str, timeout: Duration) -> Reading {
    let text = format!("base_url: {base_url}\n{more}");
    let chime = Chime::new(serde_saphyr::from_str(&text).unwrap(), Path::new("")).unwrap();
    // The first installs it for all tests of the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Arc::new(TargetClient::new(&HttpSettings::default()).unwrap());
    let caller = Caller::new(client, Instant::now() + timeout, now());
    chime.poll(collector, &caller).await
}

/// Every answer with its samples and failures, one per line; agents are numbered in the order of their presence.
fn told(reading: &Reading) -> String {
    let presence = reading.answers.iter().filter(|answer| answer.endpoint == calls::AGENT_PRESENCE);
    let people: Vec<_> =
        presence.map(|answer| &answer.item).filter(|item| item.starts_with("agent ")).collect();
    let mut text = String::new();
    for answer in &reading.answers {
        let person = people.iter().position(|item| **item == answer.item);
        let item = person.map_or_else(|| answer.item.clone(), |at| format!("person {}", at + 1));
        let nothing = if answer.data.is_none() { " without data" } else { "" };
        writeln!(text, "{} {item:?}{nothing}", answer.endpoint).unwrap();
        for sample in answer.data.iter().flat_map(|data| &data.samples) {
            let labels = sample.family.labels.iter().zip(&sample.labels);
            let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={:?}", value.as_str())).collect();
            writeln!(text, "  {}{{{}}} {}", sample.family.name, labels.join(","), sample.value).unwrap();
        }
        for failure in &answer.failures {
            writeln!(text, "  {}: {failure}", failure.reason.label()).unwrap();
        }
    }
    text
}

fn availability(reading: &Reading) -> Vec<(&str, Option<Availability>)> {
    let data = reading.answers.iter().flat_map(|answer| &answer.data);
    data.flat_map(|data| &data.channels).map(|facts| (facts.id.as_str(), facts.availability)).collect()
}

const NO_TEST_QUEUES: &str = "queues: { exclude: [\"^Test \"] }\n";

#[tokio::test]
async fn health_leaves_out_ignored_components_and_filtered_queues() {
    let trouble = Trouble { component_unhealthy: true, service_down: true, ..Trouble::default() };
    let ignore = "ignore_components: [service, SERVICEACCOUNT, smtp, sql, IMConnection, alerting, Scheduler]";
    let reading =
        poll(simulated(trouble), Collector::HealthMonitor, &format!("{NO_TEST_QUEUES}{ignore}")).await;
    assert_eq!(
        told(&reading),
        r#"Health/Status/HealthMonitor ""
  chime_healthy{} 0
  chime_system_healthy{} 0
  chime_system_component_healthy{component="ActiveDirectory"} 1
  chime_system_component_healthy{component="ChimeHub"} 1
  chime_system_component_healthy{component="WebClient"} 0
  chime_queue_healthy{queue_id="1",queue="Sales"} 0
  chime_queue_healthy{queue_id="3",queue="Service \"Desk\""} 1
  chime_queue_component_healthy{queue_id="1",queue="Sales",component="Process"} 0
  chime_queue_component_healthy{queue_id="1",queue="Sales",component="Routing"} 1
  chime_queue_component_healthy{queue_id="1",queue="Sales",component="SignalR"} 1
  chime_queue_component_healthy{queue_id="3",queue="Service \"Desk\"",component="Process"} 1
  chime_queue_component_healthy{queue_id="3",queue="Service \"Desk\"",component="Routing"} 1
  chime_queue_component_healthy{queue_id="3",queue="Service \"Desk\"",component="SignalR"} 1
"#
    );
}

#[tokio::test]
async fn queues_are_listed_and_asked_one_by_one() {
    let reading = poll(simulated(Trouble::default()), Collector::Queues, NO_TEST_QUEUES).await;
    assert_eq!(
        told(&reading),
        r#"GetQueues ""
  chime_queue_enabled{queue_id="1",queue="Sales"} 1
  chime_queue_info{queue_id="1",queue="Sales",web_client_id="1"} 1
  chime_queue_enabled{queue_id="3",queue="Service \"Desk\""} 1
  chime_queue_info{queue_id="3",queue="Service \"Desk\"",web_client_id="3"} 1
GetQueueInfo "1"
  chime_queue_available{queue_id="1",queue="Sales"} 1
  chime_queue_agents_online{queue_id="1",queue="Sales"} 2
  chime_queue_wait_average_seconds{queue_id="1",queue="Sales"} 12.5
  chime_queue_wait_longest_seconds{queue_id="1",queue="Sales"} 95
GetQueueInfo "3"
  chime_queue_available{queue_id="3",queue="Service \"Desk\""} 0
  chime_queue_agents_online{queue_id="3",queue="Service \"Desk\""} 0
  chime_queue_wait_average_seconds{queue_id="3",queue="Service \"Desk\""} 12.5
  chime_queue_wait_longest_seconds{queue_id="3",queue="Service \"Desk\""} 0
"#
    );
    let no_agent = Availability::Unavailable(UnavailableReason::NoAgent);
    assert_eq!(
        availability(&reading),
        [("1", None), ("3", None), ("1", Some(Availability::Available)), ("3", Some(no_agent))]
    );
}

/// The simulator, but where `other` has an answer, that one.
fn otherwise(other: fn(&Request<Bytes>) -> Option<Response<Bytes>>) -> Handler {
    let simulated = simulated(Trouble::default());
    Arc::new(move |request| other(request).unwrap_or_else(|| simulated(request)))
}

fn is_about(request: &Request<Bytes>, call: &str, name: &str, value: &str) -> bool {
    request.uri().path().ends_with(call) && query_parameter(request, name).as_deref() == Some(value)
}

fn status(status: StatusCode) -> Response<Bytes> {
    http_answer(status, "text/html", "<html>hunter2</html>")
}

#[tokio::test]
async fn older_servers_are_asked_in_their_own_calls() {
    let handler = otherwise(|request| {
        let missing = request.uri().path().ends_with("GetQueueInfo")
            || is_about(request, "GetQueueWaitTime", "queueID", "3")
            || is_about(request, "IsQueueAvailable", "queueID", "2");
        let missing = missing || is_about(request, "GetQueueWaitTime", "queueID", "2");
        missing.then(|| status(StatusCode::NOT_FOUND))
    });
    let reading = poll(handler, Collector::Queues, "").await;
    let text = told(&reading);
    let states = text.split_once("IsQueueAvailable").map(|(_, states)| states);
    assert_eq!(
        states.unwrap(),
        r#" "1"
  chime_queue_available{queue_id="1",queue="Sales"} 1
GetQueueWaitTime "1"
  chime_queue_wait_average_seconds{queue_id="1",queue="Sales"} 12.5
  chime_queue_wait_longest_seconds{queue_id="1",queue="Sales"} 95
GetQueueInfo "2" without data
  not_supported: the server answered 404 Not Found
IsQueueAvailable "2" without data
  not_supported: the server answered 404 Not Found
GetQueueWaitTime "2" without data
  not_supported: the server answered 404 Not Found
IsQueueAvailable "3"
  chime_queue_available{queue_id="3",queue="Service \"Desk\""} 0
GetQueueWaitTime "3" without data
  not_supported: the server answered 404 Not Found
"#
    );
}

#[tokio::test]
async fn one_queue_that_fails_leaves_the_others_alone() {
    let handler = otherwise(|request| {
        is_about(request, "GetQueueInfo", "queueID", "1")
            .then(|| http_answer(StatusCode::OK, "application/json", "null"))
    });
    let reading = poll(handler, Collector::Queues, NO_TEST_QUEUES).await;
    let failures: Vec<_> = reading.failures().map(ToString::to_string).collect();
    assert_eq!(failures, ["queue not found: the answer is not about this queue"]);
    let items: Vec<_> = reading.answers.iter().map(|answer| (&*answer.item, answer.data.is_some())).collect();
    assert_eq!(items, [("", true), ("1", false), ("3", true)]);
}

#[tokio::test]
async fn a_queue_that_hangs_leaves_room_for_all_others() {
    let ids = 1..=30;
    let list: Vec<String> =
        ids.clone().map(|id| format!(r#"{{"id": {id}, "name": "Queue {id}"}}"#)).collect();
    let list = format!("[{}]", list.join(","));
    let answered = Arc::new(tokio::sync::Semaphore::new(0));
    let first_waits = Arc::clone(&answered);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (list, answered) = (list.clone(), Arc::clone(&answered));
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let (list, answered) = (list.clone(), Arc::clone(&answered));
                async move {
                    let Some(id) = request.uri().query().and_then(|query| query.strip_prefix("queueID="))
                    else {
                        let response = http_answer(StatusCode::OK, "application/json", list);
                        return Ok::<_, Infallible>(response.map(Full::new));
                    };
                    if id == "1" {
                        answered.acquire_many(29).await.unwrap().forget();
                    }
                    answered.add_permits(1);
                    let body = format!(r#"{{"queueID": {id}, "onlineAgentCount": {id}}}"#);
                    Ok(http_answer(StatusCode::OK, "application/json", body).map(Full::new))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    let reading = poll_at(&base_url, Collector::Queues, "", Duration::from_secs(5)).await;
    assert_eq!(reading.failures().count(), 0, "{}", told(&reading));
    let items: Vec<_> = reading.answers.iter().skip(1).map(|answer| answer.item.clone()).collect();
    assert_eq!(items, ids.map(|id| id.to_string()).collect::<Vec<_>>());
    assert_eq!(first_waits.available_permits(), 1);
}

#[tokio::test]
async fn without_the_list_of_queues_nothing_else_is_asked_or_dropped() {
    let down = Trouble { api_down: true, ..Trouble::default() };
    let failed = "GetQueues \"\" without data\n  http_status: the server answered 503 Service Unavailable\n";
    for collector in [Collector::Queues, Collector::QueueProcess, Collector::WebClients, Collector::Agents] {
        let reading = poll(simulated(down), collector, "").await;
        assert_eq!(told(&reading), failed);
        assert!(!reading.understood());
    }
}

#[tokio::test]
async fn refused_credentials_are_their_own_class() {
    let refused = Trouble { credentials_refused: true, ..Trouble::default() };
    let reading = poll(simulated(refused), Collector::HealthMonitor, "").await;
    let reasons: Vec<_> = reading.failures().map(|failure| failure.reason).collect();
    assert_eq!(reasons, [Reason::Unauthorized]);
}

#[tokio::test]
async fn a_queue_whose_process_stands_still_is_down_and_not_a_failure() {
    let trouble = Trouble { service_down: true, ..Trouble::default() };
    let reading = poll(simulated(trouble), Collector::QueueProcess, NO_TEST_QUEUES).await;
    assert_eq!(
        told(&reading),
        r#"GetQueues ""
Health/Status/Queue "1"
  chime_queue_process_running{queue_id="1",queue="Sales"} 0
Health/Status/Queue "3"
  chime_queue_process_running{queue_id="3",queue="Service \"Desk\""} 1
"#
    );
    let down = Availability::Unavailable(UnavailableReason::ServiceDown);
    assert_eq!(availability(&reading), [("1", Some(down)), ("3", None)]);
}

#[tokio::test]
async fn outages_are_counted_for_every_queue() {
    let trouble = Trouble { outage_announced: true, ..Trouble::default() };
    let more =
        format!("{NO_TEST_QUEUES}timezone: UTC\ncollectors: {{ outages: {{ outage_history: true }} }}");
    let reading = poll(simulated(trouble), Collector::Outages, &more).await;
    assert_eq!(
        told(&reading),
        r#"GetQueues ""
GetAllOutages ""
  chime_outages_active{queue_id="1",queue="Sales",planned="false"} 1
  chime_outages_active{queue_id="1",queue="Sales",planned="true"} 0
  chime_outages_active{queue_id="3",queue="Service \"Desk\"",planned="false"} 0
  chime_outages_active{queue_id="3",queue="Service \"Desk\"",planned="true"} 0
  chime_outages_upcoming{queue_id="1",queue="Sales"} 0
  chime_outages_upcoming{queue_id="3",queue="Service \"Desk\""} 0
  chime_outage_start_timestamp_seconds{queue_id="1",queue="Sales",outage_id="2"} 1772452800
GetQueueOutages "1"
  chime_queue_outages_recorded{queue_id="1",queue="Sales"} 2
GetQueueOutages "3"
  chime_queue_outages_recorded{queue_id="3",queue="Service \"Desk\""} 1
"#
    );
}

#[tokio::test]
async fn outages_are_known_without_the_list_of_queues_and_dates_need_a_time_zone() {
    let centre = centre(Trouble { outage_announced: true, ..Trouble::default() });
    let handler: Handler = Arc::new(move |request| {
        if request.uri().path().ends_with("GetQueues") {
            return status(StatusCode::BAD_GATEWAY);
        }
        ChimeSimulator.answer(request, &centre)
    });
    let reading = poll(handler, Collector::Outages, "").await;
    assert_eq!(
        told(&reading),
        r#"GetQueues "" without data
  http_status: the server answered 502 Bad Gateway
GetAllOutages ""
  chime_outages_active{queue_id="1",queue="Sales",planned="false"} 1
  chime_outages_active{queue_id="1",queue="Sales",planned="true"} 0
  chime_outages_upcoming{queue_id="1",queue="Sales"} 0
"#
    );
}

#[tokio::test]
async fn web_clients_are_counted_by_their_form() {
    let more = "queues: { include: [Sales] }";
    let reading = poll(simulated(Trouble::default()), Collector::WebClients, more).await;
    assert_eq!(
        told(&reading),
        r#"GetQueues ""
GetWebClients "1"
  chime_queue_web_clients{queue_id="1",queue="Sales",chat_form="false"} 1
  chime_queue_web_clients{queue_id="1",queue="Sales",chat_form="true"} 1
"#
    );
}

#[tokio::test]
async fn agents_are_counted_without_their_names() {
    let more = format!("{NO_TEST_QUEUES}collectors: {{ agents: {{ per_agent: true }} }}");
    let reading = poll(simulated(Trouble::default()), Collector::Agents, &more).await;
    let text = told(&reading);
    assert_eq!(
        text,
        r#"GetQueues ""
QueueAgents "1"
  chime_queue_agents{queue_id="1",queue="Sales"} 3
  chime_queue_managers{queue_id="1",queue="Sales"} 1
QueueAgents "3"
  chime_queue_agents{queue_id="3",queue="Service \"Desk\""} 1
  chime_queue_managers{queue_id="3",queue="Service \"Desk\""} 1
AgentPresence "person 1"
  chime_agent_available{agent_id="901"} 1
AgentPresence "person 2"
  chime_agent_available{agent_id="902"} 0
AgentPresence "person 3"
  chime_agent_available{agent_id="903"} 0
AgentPresence "person 4"
  chime_agent_available{agent_id="904"} 0
AgentPresence "all agents"
  chime_agents{presence="online"} 1
  chime_agents{presence="idle"} 0
  chime_agents{presence="busy"} 1
  chime_agents{presence="donotdisturb"} 0
  chime_agents{presence="berightback"} 0
  chime_agents{presence="away"} 1
  chime_agents{presence="offline"} 1
  chime_agents{presence="other"} 0
  chime_agents_available{} 1
GetAgentSkillTags "person 1"
GetAgentSkillTags "person 2"
GetAgentSkillTags "person 3"
GetAgentSkillTags "person 4"
GetAgentSkillTags "all agents"
  chime_skill_agents{skill="Mobility"} 2
  chime_skill_agents{skill="Outlook/Exchange"} 2
  chime_skill_agents{skill="Sales"} 3
  chime_skill_agents{skill="Service \"Desk\""} 1
GetAgentSkillTags "available agents"
  chime_skill_agents_available{skill="Mobility"} 1
  chime_skill_agents_available{skill="Outlook/Exchange"} 0
  chime_skill_agents_available{skill="Sales"} 1
  chime_skill_agents_available{skill="Service \"Desk\""} 0
"#
    );
    assert!(!text.contains("Person") && !text.contains('@'));
}

#[tokio::test]
async fn counts_over_agents_rest_on_all_their_requests() {
    let handler = otherwise(|request| {
        is_about(request, "AgentPresence", "sip", "agent2@chime.example")
            .then(|| status(StatusCode::BAD_GATEWAY))
    });
    let reading = poll(handler, Collector::Agents, "queues: { include: [Sales] }").await;
    let text = told(&reading);
    assert_eq!(
        text.split_once("AgentPresence").unwrap().1,
        r#" "person 1"
AgentPresence "person 2" without data
  http_status: the server answered 502 Bad Gateway
AgentPresence "person 3"
AgentPresence "all agents" without data
GetAgentSkillTags "person 1"
GetAgentSkillTags "person 2"
GetAgentSkillTags "person 3"
GetAgentSkillTags "all agents"
  chime_skill_agents{skill="Mobility"} 2
  chime_skill_agents{skill="Outlook/Exchange"} 1
  chime_skill_agents{skill="Sales"} 3
GetAgentSkillTags "available agents" without data
"#
    );
}

#[tokio::test]
async fn a_roster_that_fails_leaves_no_count_over_agents() {
    let handler = otherwise(|request| {
        is_about(request, "QueueAgents", "queueID", "3").then(|| status(StatusCode::BAD_GATEWAY))
    });
    let reading = poll(handler, Collector::Agents, NO_TEST_QUEUES).await;
    let without: Vec<_> = reading.answers.iter().filter(|answer| answer.data.is_none()).collect();
    let without: Vec<_> = without.iter().map(|answer| (answer.endpoint, answer.item.as_str())).collect();
    assert_eq!(
        without,
        [
            ("QueueAgents", "3"),
            ("AgentPresence", "all agents"),
            ("GetAgentSkillTags", "all agents"),
            ("GetAgentSkillTags", "available agents"),
            ("AgentPresence", ""),
        ]
    );
}

#[test]
fn every_collector_has_its_row_options_and_an_estimate() {
    let more = "{ web_clients: { enabled: true }, outages: { outage_history: true } }";
    let text = format!("base_url: http://chime.example.com/Chime/Api\ncollectors: {more}");
    let chime = Chime::new(serde_saphyr::from_str(&text).unwrap(), Path::new("")).unwrap();
    let rows = Chime::COLLECTORS.iter().map(|row| {
        (row.name, row.enabled, chime.options(row.collector).enabled, chime.expected_requests(row.collector))
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            ("health_monitor", true, None, 1),
            ("queues", true, None, 11),
            ("queue_process", true, None, 11),
            ("outages", true, None, 12),
            ("web_clients", false, Some(true), 11),
            ("agents", false, None, 111),
        ]
    );
}

#[test]
fn an_empty_component_name_is_refused() {
    let text = "base_url: http://chime.example.com/Chime/Api\nignore_components: [\" \"]";
    let refused = Chime::new(serde_saphyr::from_str(text).unwrap(), Path::new("")).unwrap_err();
    assert_eq!(refused, "chime.ignore_components has an empty name");
}
