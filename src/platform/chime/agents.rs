//! The `agents` collector: who serves the queues, who is there, and what they can do.
//!
//! A count is given only if every request it rests on succeeded; a count over the agents who happened to answer would
//! look like agents leaving. Agents are told apart by SIP address, which stays inside this file and the calls.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

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
    /// The item of answers about the agent.
    item: String,
}

/// Numbers by which answers tell agents apart.
///
/// A number says nothing about a person, not even to those who know the addresses, and is the same in every poll; the
/// vendor's identifier is not, since queues may list one agent under different ones.
#[derive(Debug, Default)]
pub struct Numbers(Mutex<Numbering>);

#[derive(Debug, Default)]
struct Numbering {
    known: HashMap<SipAddress, u64>,
    newest: u64,
}

impl Numbers {
    /// The number of each address: that of its first sight.
    fn of<'a>(&self, addresses: impl Iterator<Item = &'a SipAddress>) -> Vec<u64> {
        let mut numbering = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Numbering { known, newest } = &mut *numbering;
        let number = |address: &SipAddress| {
            *known.entry(address.clone()).or_insert_with(|| {
                *newest += 1;
                *newest
            })
        };
        addresses.map(number).collect()
    }

    /// Forgets all but `people`, whose addresses are all that the server has.
    fn keep(&self, people: &[Person]) {
        let present: HashSet<&SipAddress> = people.iter().map(|person| &person.address).collect();
        let mut numbering = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        numbering.known.retain(|address, _| present.contains(address));
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
        let people = self.people(rosters.iter().flatten().flat_map(|roster| &roster.value));
        if complete {
            self.numbers.keep(&people);
        }
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
            answers.push(answer(calls::AGENT_PRESENCE, &person.item, told.presence, |presence| {
                self.agent_data(person, presence, &mut seen)
            }));
            of_skills.push(answer(calls::AGENT_SKILLS, &person.item, told.skills, |_| Data::default()));
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

    /// Each agent that has an address once, in the order of first mention.
    fn people<'a>(&self, agents: impl Iterator<Item = &'a Agent>) -> Vec<Person> {
        let mut seen = HashSet::new();
        let found = agents.filter_map(|agent| Some((agent, agent.address.as_ref()?)));
        let found: Vec<_> = found.filter(|(_, address)| seen.insert(*address)).collect();
        let numbers = self.numbers.of(found.iter().map(|(_, address)| *address));
        let person = |((agent, address), number): (&(&Agent, &SipAddress), u64)| Person {
            id: agent.id.clone(),
            address: (*address).clone(),
            item: format!("agent {number}"),
        };
        found.iter().zip(numbers).map(person).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::chime::wire::tests::reply;

    fn chime() -> Chime {
        let config = serde_saphyr::from_str("base_url: http://chime.example.com/Chime/Api").unwrap();
        Chime::new(config, std::path::Path::new("")).unwrap()
    }

    fn items(chime: &Chime, agents: &str) -> Vec<String> {
        let agents = wire_agents::queue_agents(&reply(200, agents)).unwrap().value;
        chime.people(agents.iter()).into_iter().map(|person| person.item).collect()
    }

    #[test]
    fn an_agent_keeps_the_number_of_the_first_sight_under_any_identifier() {
        let chime = chime();
        let first = r#"[{"id": 1, "uri": "sip:a@example.com"}, {"id": 2, "uri": "sip:b@example.com"},
            {"id": 3, "uri": "SIP:A@example.com"}, {"id": 4, "uri": null}]"#;
        assert_eq!(items(&chime, first), ["agent 1", "agent 2"]);
        let second = r#"[{"id": 8, "uri": "sip:c@example.com"}, {"id": 9, "uri": "sip:b@example.com"}]"#;
        assert_eq!(items(&chime, second), ["agent 3", "agent 2"]);
    }

    #[test]
    fn those_who_are_gone_are_forgotten_and_their_numbers_are_not_given_again() {
        let chime = chime();
        items(&chime, r#"[{"id": 1, "uri": "sip:a@example.com"}, {"id": 2, "uri": "sip:b@example.com"}]"#);
        let agents =
            wire_agents::queue_agents(&reply(200, r#"[{"id": 2, "uri": "sip:b@example.com"}]"#)).unwrap();
        chime.numbers.keep(&chime.people(agents.value.iter()));
        assert_eq!(items(&chime, r#"[{"id": 1, "uri": "sip:a@example.com"}]"#), ["agent 3"]);
        assert!(!format!("{chime:?}").contains("b@example.com"));
    }
}
