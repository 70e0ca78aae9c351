//! Comm100: the real-time reports of its Live Chat API v4 (`livechat/realTime/*`).
//!
//! `wire*` the vendor's reports, pure · `roster` pages of agents put together · `agent_statuses` their names · `families`
//! the table of metric families · `channels` the neutral view · `simulator*` the API for demo and tests. This file
//! holds the collectors.
//!
//! Four collectors, one per report; `agents` reads all pages. Each report can be refused on its own, for lack of
//! permission or edition, without the others noticing.

pub mod agent_statuses;
pub mod channels;
pub mod config;
pub mod families;
pub mod roster;
pub mod simulator;
pub mod simulator_reports;
pub mod wire;
pub mod wire_agents;
pub mod wire_queue;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{BaseUrl, CollectorOptions};
use crate::http_client::{Caller, Exchange, Failure, Reply};
use crate::platform::body::Parsed;
use crate::platform::family::{Family, Row, Sample, extract};
use crate::platform::{Answer, CollectorRow, Data, Platform, Reading};

pub use config::Comm100Config;

use agent_statuses::AgentStatuses;
use families::{
    AGENT_NAMES, AGENTS, AgentsReport, LabelledRoute, PER_AGENT, QUEUE, QueueReport, RIGHT_NOW, TODAY,
};
use roster::{AgentList, Roster};
use wire_queue::{Destination, Route};

/// Agents asked for per page; the server may give fewer.
const PAGE_SIZE: &str = "100";
/// Name of the site's route, and of its channel where no number is configured.
const SITE: &str = "site";

/// Parameters of a request beside those that every request has.
type Query = Vec<(&'static str, String)>;

/// A Comm100 site.
#[derive(Debug)]
pub struct Comm100 {
    config: Comm100Config,
    statuses: Arc<AgentStatuses>,
    site: String,
}

/// The collectors of Comm100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// The site as it is now.
    RightNow,
    /// The queues by route.
    Queue,
    /// The agents.
    Agents,
    /// The day so far.
    Today,
}

impl Collector {
    /// The report's name in the path, which is the `endpoint` label too.
    fn endpoint(self) -> &'static str {
        match self {
            Self::RightNow => "RightNow",
            Self::Queue => "Queue",
            Self::Agents => "Agents",
            Self::Today => "Today",
        }
    }
}

impl Comm100 {
    /// Checks what the types of the configuration cannot; no key of it is looked up from the directory.
    ///
    /// # Errors
    /// A sentence for the user that names the key.
    pub fn new(config: Comm100Config, _directory: &Path) -> Result<Self, String> {
        let statuses = Arc::new(AgentStatuses::new(&config.agent_statuses)?);
        let site = config.site_id.map_or_else(|| SITE.to_owned(), |id| id.to_string());
        Ok(Self { config, statuses, site })
    }

    async fn poll_right_now(&self, caller: &Caller) -> Result<Parsed<Data>, Failure> {
        let reply = self.call(Collector::RightNow, self.utc_offset(), caller).await?;
        let Parsed { value: report, failures } = wire::right_now(&reply)?;
        let channels = vec![channels::right_now(&report, &self.site)];
        Ok(Parsed { value: Data { samples: samples(&report, &[&RIGHT_NOW]), channels }, failures })
    }

    async fn poll_queue(&self, caller: &Caller) -> Result<Parsed<Data>, Failure> {
        let reply = self.call(Collector::Queue, Query::new(), caller).await?;
        let Parsed { value: report, failures } = wire_queue::queue(&reply)?;
        let report = self.label(report);
        let channels = channels::queue(&report, &self.site);
        Ok(Parsed { value: Data { samples: samples(&report, &[&QUEUE]), channels }, failures })
    }

    async fn poll_agents(&self, caller: &Caller) -> Result<Parsed<Data>, Failure> {
        let Parsed { value: AgentList { agents, complete }, failures } = self.all_agents(caller).await?;
        let report = AgentsReport { agents, complete, statuses: Arc::clone(&self.statuses) };
        let options = &self.config.collectors.agents;
        let mut tables: Vec<&'static [Row<AgentsReport>]> = vec![&AGENTS];
        tables.extend(options.per_agent.then_some(&PER_AGENT[..]));
        tables.extend(options.agent_names.then_some(&AGENT_NAMES[..]));
        let channels = vec![channels::agents(&report, &self.site)];
        Ok(Parsed { value: Data { samples: samples(&report, &tables), channels }, failures })
    }

    async fn poll_today(&self, caller: &Caller) -> Result<Parsed<Data>, Failure> {
        let mut query = self.day(caller.now());
        query.extend(self.utc_offset());
        let reply = self.call(Collector::Today, query, caller).await?;
        let Parsed { value: report, failures } = wire::today(&reply)?;
        Ok(Parsed { value: Data { samples: samples(&report, &[&TODAY]), channels: Vec::new() }, failures })
    }

    /// Reads page after page; sums over some of the pages would be wrong, so the first that fails ends it.
    async fn all_agents(&self, caller: &Caller) -> Result<Parsed<AgentList>, Failure> {
        let mut roster = Roster::default();
        while let Some(index) = roster.next_page() {
            let mut query = vec![("pageIndex", index.to_string()), ("pageSize", PAGE_SIZE.to_owned())];
            if self.config.collectors.agents.per_agent {
                query.push(("includeStatusDistribution", "true".to_owned()));
                query.extend(self.day(caller.now()));
            }
            query.extend(self.utc_offset());
            let reply = self.call(Collector::Agents, query, caller).await?;
            roster.add(wire_agents::agents(&reply)?);
        }
        Ok(roster.finish())
    }

    async fn call(&self, collector: Collector, query: Query, caller: &Caller) -> Result<Reply, Failure> {
        let endpoint = collector.endpoint();
        let site_id = self.config.site_id.map(|id| ("siteId", id.to_string()));
        let query: Query = site_id.into_iter().chain(query).collect();
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let url = self.config.base_url.join(&["livechat", "realTime", endpoint], &query);
        wire::accepted(caller.call(Exchange::get(endpoint, url)).await?)
    }

    /// Start and end of the site's day as the API takes them, local and without a zone.
    fn day(&self, now: Timestamp) -> Query {
        let date = now.to_zoned(self.config.timezone.0.clone()).date();
        vec![("startTime", format!("{date}T00:00:00")), ("endTime", format!("{date}T23:59:59"))]
    }

    fn utc_offset(&self) -> Query {
        self.config.utc_offset.map(|offset| ("utcOffset", offset.to_string())).into_iter().collect()
    }

    /// Decides the labels of the routes and leaves out the departments that the filter excludes.
    fn label(&self, routes: Vec<Route>) -> QueueReport {
        let labelled = routes.into_iter().filter_map(|route| {
            let (id, name) = match &route.destination {
                Destination::Site => (self.site.clone(), SITE.to_owned()),
                Destination::Department(id) => {
                    let name = route.name.clone().unwrap_or_else(|| id.clone());
                    if !self.config.departments.matches(&name) {
                        return None;
                    }
                    (id.clone(), name)
                }
                Destination::Agent(id) => {
                    let name = route.name.clone().filter(|_| self.config.collectors.agents.agent_names);
                    (id.clone(), name.unwrap_or_else(|| id.clone()))
                }
            };
            Some(LabelledRoute { id, name, route })
        });
        QueueReport(labelled.collect())
    }
}

impl Platform for Comm100 {
    const NAME: &'static str = "comm100";

    type Collector = Collector;

    const COLLECTORS: &'static [CollectorRow<Collector>] = &[
        CollectorRow { collector: Collector::RightNow, name: "right_now", enabled: true, interval: None },
        CollectorRow { collector: Collector::Queue, name: "queue", enabled: true, interval: None },
        CollectorRow { collector: Collector::Agents, name: "agents", enabled: true, interval: None },
        CollectorRow { collector: Collector::Today, name: "today", enabled: true, interval: None },
    ];

    fn families() -> Vec<&'static Family> {
        families::families()
    }

    fn options(&self, collector: Collector) -> CollectorOptions {
        let collectors = &self.config.collectors;
        match collector {
            Collector::RightNow => collectors.right_now,
            Collector::Queue => collectors.queue,
            Collector::Agents => collectors.agents.options(),
            Collector::Today => collectors.today,
        }
    }

    fn base_url(&self) -> &BaseUrl {
        &self.config.base_url
    }

    fn expected_requests(&self, collector: Collector) -> u32 {
        match collector {
            // How many pages there are is known to the server alone: it may give fewer agents per page than asked for.
            Collector::Agents => 2,
            Collector::RightNow | Collector::Queue | Collector::Today => 1,
        }
    }

    async fn poll(&self, collector: Collector, caller: &Caller) -> Reading {
        let outcome = match collector {
            Collector::RightNow => self.poll_right_now(caller).await,
            Collector::Queue => self.poll_queue(caller).await,
            Collector::Agents => self.poll_agents(caller).await,
            Collector::Today => self.poll_today(caller).await,
        };
        let endpoint = collector.endpoint();
        let answer = match outcome {
            Ok(parsed) => Answer::understood(endpoint, "", parsed.value, parsed.failures),
            Err(failure) => Answer::failed(endpoint, "", failure),
        };
        Reading::from(vec![answer])
    }
}

fn samples<A>(report: &A, tables: &[&'static [Row<A>]]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for table in tables {
        extract(table, report, &mut samples);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Simulator;
    use crate::platform::comm100::simulator::Comm100Simulator;
    use crate::platform::comm100::simulator::tests::{centre, get};
    use crate::platform::comm100::wire::tests::reply;

    fn site(configuration: &str) -> Comm100 {
        let text = format!("base_url: http://vendor.test/v4\n{configuration}");
        Comm100::new(serde_saphyr::from_str(&text).unwrap(), Path::new(".")).unwrap()
    }

    #[test]
    fn the_day_is_that_of_the_site() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let cases = [
            ("", "2026-03-02"),
            ("timezone: Pacific/Auckland\n", "2026-03-03"),
            ("timezone: Pacific/Pago_Pago\n", "2026-03-02"),
        ];
        for (configuration, date) in cases {
            assert_eq!(
                site(configuration).day(now),
                [("startTime", format!("{date}T00:00:00")), ("endTime", format!("{date}T23:59:59"))]
            );
        }
        let just_before_midnight = "2026-03-02T10:59:59Z".parse().unwrap();
        assert_eq!(
            site("timezone: Pacific/Auckland\n").day(just_before_midnight)[0].1,
            "2026-03-02T00:00:00"
        );
    }

    #[test]
    fn routes_are_labelled_and_departments_filtered_by_name() {
        let body = r#"[{}, {"routeToDepartmentId": "D1", "routeToDepartment": {"name": "Sales"}},
            {"routeToDepartmentId": "D2", "routeToDepartment": {"name": "Test desk"}},
            {"routeToDepartmentId": "D3", "routeToDepartment": {"name": " "}},
            {"routeToAgentId": "A1", "routeToAgent": {"displayName": "Ann Example"}}, {"routeToAgentId": "A2"}]"#;
        let labels = |configuration: &str| {
            let routes = wire_queue::queue(&reply(body)).unwrap().value;
            let report = site(configuration).label(routes);
            report.0.into_iter().map(|entry| format!("{}={}", entry.id, entry.name)).collect::<Vec<_>>()
        };
        assert_eq!(labels(""), ["site=site", "D1=Sales", "D2=Test desk", "D3=D3", "A1=A1", "A2=A2"]);
        assert_eq!(
            labels("site_id: 10000\ndepartments: { exclude: [\"^Test \"] }\n"),
            ["10000=site", "D1=Sales", "D3=D3", "A1=A1", "A2=A2"]
        );
        assert_eq!(
            labels("departments: { include: [Sales] }\ncollectors: { agents: { agent_names: true } }\n"),
            ["site=site", "D1=Sales", "A1=Ann Example", "A2=A2"]
        );
    }

    #[test]
    fn personal_data_of_the_queue_goes_nowhere() {
        let body = Comm100Simulator.answer(&get("Queue"), &centre()).into_body();
        let body = std::str::from_utf8(&body).unwrap();
        let secrets = ["@example.com", "demo-api-key", "555", "Ann Example"];
        for secret in secrets {
            assert!(body.contains(secret), "{secret} proves nothing");
        }
        let report = site("").label(wire_queue::queue(&reply(body)).unwrap().value);
        let told = format!("{:?} {:?}", samples(&report, &[&QUEUE]), channels::queue(&report, "site"));
        for secret in secrets {
            assert!(!told.contains(secret), "{secret} is told");
        }
    }
}
