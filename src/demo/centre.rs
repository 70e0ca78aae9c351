//! A snapshot of the contact centre that the four simulators show, each in its vendor's words.

use std::time::Duration;

use jiff::Timestamp;

/// The contact centre at one moment.
#[derive(Clone, Debug)]
pub struct Centre {
    /// The moment, by the wall clock of the simulation.
    pub now: Timestamp,
    /// Time since midnight of the simulation, which the counters of the day count.
    pub since_midnight: Duration,
    /// The queues; a Chime queue, a Comm100 department and an eGain entry point are each one of these, in order.
    pub queues: Vec<Queue>,
    /// Visitors on the site, chatting or not.
    pub visitors_on_site: u32,
    /// What is broken at the vendor right now.
    pub trouble: Trouble,
}

/// A queue with its agents and customers.
#[derive(Clone, Debug)]
pub struct Queue {
    /// 1, 2, … in order.
    pub id: u32,
    /// Name typed by an administrator.
    pub name: String,
    /// Agents that serve this queue and no other.
    pub agents: Vec<Agent>,
    /// Time that each waiting customer has waited, longest first.
    pub waiting: Vec<Duration>,
    /// Most customers that may wait; beyond it the queue is full.
    pub waiting_limit: usize,
    /// Average wait of the customers served or lost in the last 30 minutes.
    pub average_wait_30m: Duration,
    /// The same over 60 minutes.
    pub average_wait_60m: Duration,
    /// Customers who gave up in the last 30 minutes.
    pub abandoned_30m: u32,
    /// Counters since midnight of the simulation.
    pub today: Today,
}

/// Counters since midnight.
#[derive(Clone, Debug, Default)]
pub struct Today {
    /// Customers who asked for a chat.
    pub requests: u32,
    /// Chats taken by an agent.
    pub chats: u32,
    /// Customers who gave up.
    pub abandoned: u32,
    /// Sum of the waits of all who were served or gave up.
    pub wait_total: Duration,
    /// Sum of the durations of ended chats.
    pub chat_total: Duration,
    /// Chats that ended.
    pub chats_ended: u32,
}

/// An agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// 1, 2, … across the centre.
    pub id: u32,
    /// A made-up name.
    pub name: String,
    /// What they are doing.
    pub presence: Presence,
    /// Chats in progress.
    pub chats: u32,
    /// Most chats at once.
    pub max_chats: u32,
    /// Chats taken since midnight.
    pub chats_today: u32,
    /// Time spent in chats since midnight.
    pub chat_time_today: Duration,
}

/// What an agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Takes chats.
    Online,
    /// Logged in, takes none.
    Away,
    /// Not logged in.
    Offline,
}

/// What is broken at the vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the troubles are independent of each other")]
pub struct Trouble {
    /// The queue process or assignment service of the first queue does not run.
    pub service_down: bool,
    /// A component that matters little, such as mail, is unhealthy.
    pub component_unhealthy: bool,
    /// An unplanned outage is announced.
    pub outage_announced: bool,
    /// The API answers 503 to everything.
    pub api_down: bool,
    /// Credentials are refused.
    pub credentials_refused: bool,
}

impl Queue {
    /// Agents that are online.
    pub fn agents_online(&self) -> usize {
        self.agents.iter().filter(|agent| agent.presence == Presence::Online).count()
    }

    /// Chats in progress.
    pub fn chats(&self) -> u32 {
        self.agents.iter().map(|agent| agent.chats).sum()
    }

    /// Chats that its online agents could take on now.
    pub fn free_slots(&self) -> u32 {
        let online = self.agents.iter().filter(|agent| agent.presence == Presence::Online);
        online.map(|agent| agent.max_chats.saturating_sub(agent.chats)).sum()
    }

    /// Whether as many customers wait as may.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= self.waiting_limit
    }

    /// Estimated wait of a customer who comes now: zero with a free slot, else the time in which the agents online
    /// work off those who wait, at five minutes a chat; `None` with nobody online.
    pub fn estimated_wait(&self) -> Option<Duration> {
        if self.free_slots() > 0 {
            return Some(Duration::ZERO);
        }
        let at_once: u32 = self
            .agents
            .iter()
            .filter(|agent| agent.presence == Presence::Online)
            .map(|agent| agent.max_chats)
            .sum();
        let ahead = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX).saturating_add(1);
        (at_once > 0).then(|| Duration::from_mins(5) * ahead / at_once)
    }
}
