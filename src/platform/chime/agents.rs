//! The `agents` collector: who serves the queues, who is there, and what they can do.
//!
//! A count is given only if every request it rests on succeeded; a count over the agents who happened to answer would
//! look like agents leaving. Agents are told apart by SIP address, which stays inside this file and the calls.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::http_client::{Caller, Failure};
use crate::platform::body::Parsed;
use crate::platform::chime::families::{self, AgentState, OfQueue, Roster, Skills, Workforce};
use crate::platform::chime::wire::Queue;
use crate::platform::chime::wire_agents::{self, Agent, Presence, SipAddress};
use crate::platform::chime::{CONCURRENT_REQUESTS, Chime, answer, ask, calls, list_unknown, samples};
use crate::platform::concurrency::in_order;
use crate::platform::{Answer, Data};

/// The item of an answer that rests on the requests about all agents.
const ALL_AGENTS: &str = "all agents";
/// The item of an answer that rests on the requests about all agents, their presence included.
const AVAILABLE_AGENTS: &str = "available agents";

/// An agent of any queue.
struct Person {
    id: String,
    address: SipAddress,
}

impl Person {
    /// The item of answers about the agent. It says nothing about them and is the same in every poll; the `id` may
    /// differ between the queues that list them.
    fn item(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.address.hash(&mut hasher);
        format!("agent {:016x}", hasher.finish())
    }
}

/// What two calls told about one agent.
struct Told {
    presence: Result<Parsed<Presence>, Failure>,
    skills: Result<Parsed<BTreeSet<String>>, Failure>,
}

impl Chime {
    pub(super) async fn poll_agents(&self, caller: &Caller) -> Vec<Answer> {
        let list = match self.queues(caller).await {
            Ok(list) => list,
            Err(failure) => return list_unknown(failure),
        };
        let queues = list.value.clone();
        let mut answers = vec![answer(calls::QUEUES, "", Ok(list), |_| Data::default())];
        let rosters = queues.iter().map(|queue| self.roster(caller, queue));
        let rosters = in_order(rosters, CONCURRENT_REQUESTS).await;
        let complete = rosters.iter().all(Result::is_ok);
        let people = people(rosters.iter().flatten().flat_map(|roster| &roster.value));
        answers.extend(queues.iter().zip(rosters).map(|(queue, roster)| roster_answer(queue, roster)));
        let told = people.iter().map(|person| self.told(caller, person));
        let told = in_order(told, CONCURRENT_REQUESTS).await;
        answers.extend(self.agent_answers(&people, told, complete));
        answers
    }

    async fn roster(&self, caller: &Caller, queue: &Queue) -> Result<Parsed<Vec<Agent>>, Failure> {
        let exchange = calls::of_queue(&self.config.base_url, calls::QUEUE_AGENTS, &queue.id);
        ask(caller, exchange, wire_agents::queue_agents).await
    }

    async fn told(&self, caller: &Caller, person: &Person) -> Told {
        let (base, address) = (&self.config.base_url, person.address.parameter());
        let presence = calls::of_agent(base, calls::AGENT_PRESENCE, address);
        let presence = ask(caller, presence, wire_agents::presence).await;
        let skills = calls::of_agent(base, calls::AGENT_SKILLS, address);
        Told { presence, skills: ask(caller, skills, wire_agents::skills).await }
    }

    /// One answer per agent and call, then those that rest on all of them; `complete` is whether all agents are known.
    fn agent_answers(&self, people: &[Person], told: Vec<Told>, complete: bool) -> Vec<Answer> {
        let presences: Option<Vec<Presence>> =
            told.iter().map(|told| told.presence.as_ref().ok().map(|parsed| parsed.value.clone())).collect();
        let skills: Option<Vec<BTreeSet<String>>> =
            told.iter().map(|told| told.skills.as_ref().ok().map(|parsed| parsed.value.clone())).collect();
        let presences = presences.filter(|_| complete);
        let skills = skills.filter(|_| complete);
        let (mut answers, mut of_skills) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for (person, told) in people.iter().zip(told) {
            answers.push(answer(calls::AGENT_PRESENCE, &person.item(), told.presence, |presence| {
                self.agent_data(person, presence, &mut seen)
            }));
            of_skills.push(answer(calls::AGENT_SKILLS, &person.item(), told.skills, |_| Data::default()));
        }
        answers.push(resting_on_all(
            calls::AGENT_PRESENCE,
            ALL_AGENTS,
            presences.as_deref().map(workforce_data),
        ));
        answers.append(&mut of_skills);
        let available = presences.as_deref().zip(skills.as_deref());
        let available = available.map(|(presences, skills)| available_data(presences, skills));
        answers.push(resting_on_all(calls::AGENT_SKILLS, ALL_AGENTS, skills.as_deref().map(skills_data)));
        answers.push(resting_on_all(calls::AGENT_SKILLS, AVAILABLE_AGENTS, available));
        if !complete {
            // Agents of the queue that failed are unknown, not gone; its own answer has the failure.
            answers.push(resting_on_all(calls::AGENT_PRESENCE, "", None));
        }
        answers
    }

    /// The agent's own series, if configured; `seen` has the identifiers that have one already.
    fn agent_data(&self, person: &Person, presence: Presence, seen: &mut HashSet<String>) -> Data {
        let id = presence.chime_id.unwrap_or_else(|| person.id.clone());
        if !self.config.collectors.agents.per_agent || !seen.insert(id.clone()) {
            return Data::default();
        }
        samples(&families::AGENT, &AgentState { id, available: presence.available })
    }
}

/// Each agent that has an address once, in the order of first mention.
fn people<'a>(agents: impl Iterator<Item = &'a Agent>) -> Vec<Person> {
    let mut seen = HashSet::new();
    let people = agents.filter_map(|agent| {
        let address = agent.address.clone()?;
        seen.insert(address.clone()).then(|| Person { id: agent.id.clone(), address })
    });
    people.collect()
}

fn roster_answer(queue: &Queue, roster: Result<Parsed<Vec<Agent>>, Failure>) -> Answer {
    answer(calls::QUEUE_AGENTS, &queue.id, roster, |agents| {
        let managers: Option<Vec<bool>> = agents.iter().map(|agent| agent.manager).collect();
        let managers = managers.map(|told| told.iter().filter(|manager| **manager).count());
        let roster = Roster { agents: agents.len(), managers };
        samples(&families::ROSTER, &OfQueue::new(queue, roster))
    })
}

fn resting_on_all(endpoint: &'static str, item: &str, data: Option<Data>) -> Answer {
    Answer { endpoint, item: item.to_owned(), data, failures: Vec::new() }
}

fn workforce_data(presences: &[Presence]) -> Data {
    let mut workforce = Workforce::default();
    for presence in presences {
        *workforce.by_presence.entry(presence.state).or_insert(0) += 1;
    }
    workforce.available =
        available(presences).map(|told| told.iter().filter(|available| **available).count());
    samples(&families::WORKFORCE, &workforce)
}

fn skills_data(skills: &[BTreeSet<String>]) -> Data {
    let agents = by_skill(skills.iter().map(|skills| (skills, true)));
    samples(&families::SKILLS, &Skills { agents, available: BTreeMap::new() })
}

fn available_data(presences: &[Presence], skills: &[BTreeSet<String>]) -> Data {
    let told = available(presences).unwrap_or_default();
    let available = by_skill(skills.iter().zip(told));
    samples(&families::SKILLS, &Skills { agents: BTreeMap::new(), available })
}

/// Who is available, if the server tells it of all.
fn available(presences: &[Presence]) -> Option<Vec<bool>> {
    presences.iter().map(|presence| presence.available).collect()
}

/// Counts those who are counted for each skill; a skill of nobody who is counted has 0.
fn by_skill<'a>(agents: impl Iterator<Item = (&'a BTreeSet<String>, bool)>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (skills, counted) in agents {
        for skill in skills {
            *counts.entry(skill.clone()).or_insert(0) += usize::from(counted);
        }
    }
    counts
}
