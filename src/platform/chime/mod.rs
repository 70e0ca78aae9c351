//! Chime (Instant Technologies): queues with agents behind an API that needs no session.
//!
//! `calls` the vendor's calls · `wire*` its shapes, pure · `families` the table of metric families · `channels` the
//! neutral view · `outages` what outages mean for each queue · `agents` the `agents` collector · `simulator` the API
//! for demo and tests. This file holds the other collectors.
//!
//! Every collector that asks about single queues lists them with `GetQueues` first, in each poll: collectors share
//! nothing, and a queue that is new or gone shows at once.

pub mod agents;
pub mod calls;
pub mod channels;
pub mod config;
pub mod families;
pub mod outages;
pub mod simulator;
pub mod wire;
pub mod wire_agents;
pub mod wire_health;
pub mod wire_outages;

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use futures_util::future;

use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::{Caller, Exchange, Failure, Reason, Reply};
use crate::platform::body::Parsed;
use crate::platform::chime::families::{OfQueue, WebClients};
use crate::platform::chime::wire::{Queue, QueueState};
use crate::platform::chime::wire_health::HealthMonitor;
use crate::platform::concurrency::in_order;
use crate::platform::family::{self, Family, Row};
use crate::platform::{Answer, CollectorRow, Data, Platform, Reading};

pub use config::ChimeConfig;

/// Requests that one poll has under way at most.
const CONCURRENT_REQUESTS: usize = 8;
/// Queues that a server is taken to have where the number of requests is estimated beforehand.
const EXPECTED_QUEUES: u32 = 10;
/// Agents that a server is taken to have where the number of requests is estimated beforehand.
const EXPECTED_AGENTS: u32 = 50;
/// Interval of the collectors whose data changes rarely or takes many requests.
const SLOW: Option<Duration> = Some(Duration::from_mins(5));

/// A Chime server.
#[derive(Debug)]
pub struct Chime {
    config: ChimeConfig,
    numbers: agents::Numbers,
}

/// The collectors of Chime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// Health of the system, the queues and their components.
    HealthMonitor,
    /// Availability, agents and waits of each queue.
    Queues,
    /// Whether the process of each queue runs.
    QueueProcess,
    /// Announced outages.
    Outages,
    /// Web clients of each queue.
    WebClients,
    /// Agents, their presence and skills.
    Agents,
}

impl Chime {
    /// A server as configured; Chime has no secrets of its own, so that `_directory` does not matter.
    ///
    /// # Errors
    /// A fragment for the user that names the key.
    pub fn new(config: ChimeConfig, _directory: &Path) -> Result<Self, String> {
        if config.ignore_components.iter().any(|name| name.trim().is_empty()) {
            return Err("chime.ignore_components has an empty name".to_owned());
        }
        Ok(Self { config, numbers: agents::Numbers::default() })
    }

    async fn poll_health_monitor(&self, caller: &Caller) -> Vec<Answer> {
        let exchange = calls::whole(&self.config.base_url, calls::HEALTH_MONITOR);
        let health = ask(caller, exchange, wire_health::health_monitor).await;
        vec![answer(calls::HEALTH_MONITOR, "", health, |health| {
            samples(&families::HEALTH, &self.reported(health))
        })]
    }

    /// Leaves out ignored components, and queues that the filter leaves out.
    fn reported(&self, mut health: HealthMonitor) -> HealthMonitor {
        let ignored = |name: &str| {
            let name = name.to_lowercase();
            self.config.ignore_components.iter().any(|ignored| ignored.trim().to_lowercase() == name)
        };
        health.components.retain(|component| !ignored(&component.name));
        health.queues.retain(|queue| self.config.queues.matches(&queue.name));
        for queue in &mut health.queues {
            queue.components.retain(|component| !ignored(&component.name));
        }
        health
    }

    async fn poll_queues(&self, caller: &Caller) -> Vec<Answer> {
        let list = match self.queues(caller).await {
            Ok(list) => list,
            Err(failure) => return list_unknown(failure),
        };
        let states = list.value.iter().map(|queue| self.queue_state(caller, queue));
        let states = in_order(states, CONCURRENT_REQUESTS).await;
        let mut answers = vec![answer(calls::QUEUES, "", Ok(list), |queues| listed(&queues))];
        answers.extend(states.into_iter().flatten());
        answers
    }

    async fn queue_state(&self, caller: &Caller, queue: &Queue) -> Vec<Answer> {
        let exchange = calls::of_queue(&self.config.base_url, calls::QUEUE_INFO, &queue.id);
        match ask(caller, exchange, |reply| wire::queue_info(reply, &queue.id)).await {
            Err(failure) if failure.reason == Reason::NotSupported => {
                self.queue_state_of_older_server(caller, queue, failure).await
            }
            state => vec![state_answer(calls::QUEUE_INFO, queue, state)],
        }
    }

    /// Asks the two calls that `GetQueueInfo`, which `failure` says is missing, took the place of.
    ///
    /// That it is missing is a failure only if neither of them answers.
    async fn queue_state_of_older_server(
        &self,
        caller: &Caller,
        queue: &Queue,
        failure: Failure,
    ) -> Vec<Answer> {
        let base = &self.config.base_url;
        let available = calls::of_queue(base, calls::QUEUE_AVAILABLE, &queue.id);
        let wait_time = calls::of_queue(base, calls::QUEUE_WAIT_TIME, &queue.id);
        let (available, wait_time) = future::join(
            ask(caller, available, wire::queue_available),
            ask(caller, wait_time, wire::queue_wait_time),
        )
        .await;
        let neither = available.is_err() && wait_time.is_err();
        let mut answers = vec![
            state_answer(calls::QUEUE_AVAILABLE, queue, available),
            state_answer(calls::QUEUE_WAIT_TIME, queue, wait_time),
        ];
        if neither {
            answers.insert(0, Answer::failed(calls::QUEUE_INFO, &queue.id, failure));
        }
        answers
    }

    async fn poll_queue_process(&self, caller: &Caller) -> Vec<Answer> {
        self.poll_each_queue(caller, |queue| async move {
            let exchange = calls::queue_process(&self.config.base_url, &queue.id);
            let reply = caller.call(exchange).await;
            let running = reply.and_then(|reply| wire_health::process_running(reply, &queue.id));
            let running = running.map(|value| Parsed { value, failures: Vec::new() });
            answer(calls::QUEUE_PROCESS, &queue.id, running, |running| Data {
                channels: vec![channels::process(&queue, running)],
                ..samples(&families::QUEUE_PROCESS, &OfQueue::new(&queue, running))
            })
        })
        .await
    }

    async fn poll_outages(&self, caller: &Caller) -> Vec<Answer> {
        let zone = self.config.timezone.as_ref().map(|zone| &zone.0);
        let exchange = calls::whole(&self.config.base_url, calls::ALL_OUTAGES);
        let outages = ask(caller, exchange, |reply| wire_outages::outages(reply, zone));
        let (list, outages) = future::join(self.queues(caller), outages).await;
        let queues = list.as_ref().map(|list| list.value.clone()).unwrap_or_default();
        let outages = answer(calls::ALL_OUTAGES, "", outages, |outages| {
            let summary = outages::summarise(&queues, &outages, &self.config.queues, caller.now());
            samples(&families::OUTAGES, &summary)
        });
        let with_history = self.config.collectors.outages.outage_history;
        let mut answers = match list {
            Ok(list) => vec![answer(calls::QUEUES, "", Ok(list), |_| Data::default())],
            Err(failure) => list_unknown(failure),
        };
        answers.push(outages);
        if with_history {
            let history = queues.iter().map(|queue| self.outage_history(caller, queue));
            answers.extend(in_order(history, CONCURRENT_REQUESTS).await);
        }
        answers
    }

    async fn outage_history(&self, caller: &Caller, queue: &Queue) -> Answer {
        let exchange = calls::of_queue(&self.config.base_url, calls::QUEUE_OUTAGES, &queue.id);
        let outages = ask(caller, exchange, |reply| wire_outages::outages(reply, None)).await;
        answer(calls::QUEUE_OUTAGES, &queue.id, outages, |outages| {
            samples(&families::OUTAGE_HISTORY, &OfQueue::new(queue, outages.len()))
        })
    }

    async fn poll_web_clients(&self, caller: &Caller) -> Vec<Answer> {
        self.poll_each_queue(caller, |queue| async move {
            let exchange = calls::of_queue(&self.config.base_url, calls::WEB_CLIENTS, &queue.id);
            let clients = ask(caller, exchange, wire_agents::web_clients).await;
            answer(calls::WEB_CLIENTS, &queue.id, clients, |clients| {
                let clients = web_clients(&clients);
                samples(&families::WEB_CLIENTS, &OfQueue::new(&queue, clients))
            })
        })
        .await
    }

    /// Lists the queues and makes a `call` about each of them.
    async fn poll_each_queue<F: Future<Output = Answer>>(
        &self,
        caller: &Caller,
        call: impl Fn(Queue) -> F,
    ) -> Vec<Answer> {
        let list = match self.queues(caller).await {
            Ok(list) => list,
            Err(failure) => return list_unknown(failure),
        };
        let each = in_order(list.value.iter().cloned().map(call), CONCURRENT_REQUESTS).await;
        let mut answers = vec![answer(calls::QUEUES, "", Ok(list), |_| Data::default())];
        answers.extend(each);
        answers
    }

    /// The queues that the filter lets through, in the server's order.
    async fn queues(&self, caller: &Caller) -> Result<Parsed<Vec<Queue>>, Failure> {
        let exchange = calls::whole(&self.config.base_url, calls::QUEUES);
        let mut list = ask(caller, exchange, wire::queues).await?;
        list.value.retain(|queue| self.config.queues.matches(&queue.name));
        Ok(list)
    }
}

impl Platform for Chime {
    const NAME: &'static str = "chime";

    type Collector = Collector;

    const COLLECTORS: &'static [CollectorRow<Collector>] = &[
        CollectorRow {
            collector: Collector::HealthMonitor,
            name: "health_monitor",
            enabled: true,
            interval: None,
        },
        CollectorRow { collector: Collector::Queues, name: "queues", enabled: true, interval: None },
        CollectorRow {
            collector: Collector::QueueProcess,
            name: "queue_process",
            enabled: true,
            interval: None,
        },
        CollectorRow { collector: Collector::Outages, name: "outages", enabled: true, interval: None },
        CollectorRow {
            collector: Collector::WebClients,
            name: "web_clients",
            enabled: false,
            interval: SLOW,
        },
        CollectorRow { collector: Collector::Agents, name: "agents", enabled: false, interval: SLOW },
    ];

    fn families() -> Vec<&'static Family> {
        families::families()
    }

    fn options(&self, collector: Collector) -> CollectorOptions {
        let collectors = &self.config.collectors;
        match collector {
            Collector::HealthMonitor => collectors.health_monitor,
            Collector::Queues => collectors.queues,
            Collector::QueueProcess => collectors.queue_process,
            Collector::Outages => collectors.outages.options(),
            Collector::WebClients => collectors.web_clients,
            Collector::Agents => collectors.agents.options(),
        }
    }

    fn base_url(&self) -> &BaseUrl {
        &self.config.base_url
    }

    /// An estimate: how many queues and agents a server has is known only when it is asked.
    fn expected_requests(&self, collector: Collector) -> u32 {
        match collector {
            Collector::HealthMonitor => 1,
            Collector::Queues | Collector::QueueProcess | Collector::WebClients => 1 + EXPECTED_QUEUES,
            Collector::Outages if self.config.collectors.outages.outage_history => 2 + EXPECTED_QUEUES,
            Collector::Outages => 2,
            Collector::Agents => 1 + EXPECTED_QUEUES + 2 * EXPECTED_AGENTS,
        }
    }

    async fn poll(&self, collector: Collector, caller: &Caller) -> Reading {
        let answers = match collector {
            Collector::HealthMonitor => self.poll_health_monitor(caller).await,
            Collector::Queues => self.poll_queues(caller).await,
            Collector::QueueProcess => self.poll_queue_process(caller).await,
            Collector::Outages => self.poll_outages(caller).await,
            Collector::WebClients => self.poll_web_clients(caller).await,
            Collector::Agents => self.poll_agents(caller).await,
        };
        Reading::from(answers)
    }
}

/// Makes one call and reads its answer if the status is a good one.
async fn ask<T>(
    caller: &Caller,
    exchange: Exchange,
    read: impl FnOnce(&Reply) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let reply = wire::accepted(caller.call(exchange).await?)?;
    read(&reply)
}

fn answer<T>(
    endpoint: &'static str,
    item: &str,
    parsed: Result<Parsed<T>, Failure>,
    data: impl FnOnce(T) -> Data,
) -> Answer {
    match parsed {
        Ok(parsed) => Answer::understood(endpoint, item, data(parsed.value), parsed.failures),
        Err(failure) => Answer::failed(endpoint, item, failure),
    }
}

fn samples<A>(table: &'static [Row<A>], answer: &A) -> Data {
    let mut data = Data::default();
    family::extract(table, answer, &mut data.samples);
    data
}

fn listed(queues: &[Queue]) -> Data {
    let mut data = Data::default();
    for queue in queues {
        family::extract(&families::QUEUE_SETTINGS, queue, &mut data.samples);
        family::extract(&families::QUEUE_INFO, queue, &mut data.samples);
        data.channels.push(channels::listed(queue));
    }
    data
}

fn state_answer(endpoint: &'static str, queue: &Queue, state: Result<Parsed<QueueState>, Failure>) -> Answer {
    answer(endpoint, &queue.id, state, |state| Data {
        channels: vec![channels::state(queue, &state)],
        ..samples(&families::QUEUE_STATE, &OfQueue::new(queue, state))
    })
}

/// Counts web clients by their form; where one does not tell, no count is right.
fn web_clients(forms: &[Option<bool>]) -> Option<WebClients> {
    let forms: Vec<bool> = forms.iter().copied().collect::<Option<_>>()?;
    let with_form = forms.iter().filter(|form| **form).count();
    Some(WebClients { with_form, without_form: forms.len() - with_form })
}

/// The list of queues failed: nothing is asked about queues, and what they told earlier is kept.
fn list_unknown(failure: Failure) -> Vec<Answer> {
    vec![Answer::failed(calls::QUEUES, "", failure)]
}

#[cfg(test)]
mod tests;
