//! A queue at work: who waits, who chats, and what has happened since midnight.

use std::collections::VecDeque;
use std::time::Duration;

use crate::demo::centre::{Queue, Today};
use crate::demo::roster::{Shift, Worker};

const HALF_HOUR: Duration = Duration::from_mins(30);
const HOUR: Duration = Duration::from_hours(1);

/// The fixed traits of a queue.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its name.
    pub(super) name: &'static str,
    /// Customers per hour in the busiest hour of an ordinary day.
    pub(super) peak_per_hour: f64,
    /// Mean duration of a chat.
    pub(super) chat: Duration,
    /// Mean time that a customer waits before giving up.
    pub(super) patience: Duration,
    /// Most customers that may wait.
    pub(super) waiting_limit: usize,
    /// Shift and most chats at once of each agent.
    pub(super) agents: &'static [(Shift, u32)],
}

/// The queues of the demo, in order.
pub(super) static PLANS: [Plan; 3] = [
    Plan {
        name: "Service Desk",
        peak_per_hour: 90.0,
        chat: Duration::from_mins(8),
        patience: Duration::from_mins(4),
        waiting_limit: 12,
        agents: &[
            (Shift::Early, 3),
            (Shift::Early, 2),
            (Shift::Day, 3),
            (Shift::Day, 3),
            (Shift::Day, 4),
            (Shift::Late, 3),
            (Shift::Late, 3),
            (Shift::Late, 2),
            (Shift::Night, 3),
        ],
    },
    Plan {
        name: "Sales",
        peak_per_hour: 60.0,
        chat: Duration::from_mins(6),
        patience: Duration::from_mins(2),
        waiting_limit: 8,
        agents: &[
            (Shift::Early, 2),
            (Shift::Day, 3),
            (Shift::Day, 3),
            (Shift::Late, 3),
            (Shift::Late, 3),
            (Shift::Night, 2),
        ],
    },
    Plan {
        name: "Mortgages",
        peak_per_hour: 20.0,
        chat: Duration::from_mins(12),
        patience: Duration::from_mins(5),
        waiting_limit: 6,
        agents: &[
            (Shift::Early, 2),
            (Shift::Day, 2),
            (Shift::Day, 2),
            (Shift::Late, 2),
            (Shift::Late, 2),
            (Shift::Night, 2),
        ],
    },
];

/// Who waits.
#[derive(Clone, Copy, Debug)]
struct Customer {
    id: u64,
    since: Duration,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug)]
struct EndedWait {
    at: Duration,
    wait: Duration,
    abandoned: bool,
}

/// A queue at work. All times count from the model's origin.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) plan: &'static Plan,
    pub(super) workers: Vec<Worker>,
    waiting: VecDeque<Customer>,
    /// Waits that ended within the last hour, oldest first.
    ended: VecDeque<EndedWait>,
    today: Today,
    /// Customers turned away since midnight: the queue was full or its service down.
    rejected: u32,
}

impl Desk {
    /// An empty queue whose agents, numbered from `first_agent` on, are at home.
    pub(super) fn new(plan: &'static Plan, first_agent: u32) -> Self {
        let workers = (first_agent..)
            .zip(plan.agents)
            .map(|(id, (shift, max_chats))| Worker::new(id, *max_chats, *shift))
            .collect();
        Self {
            plan,
            workers,
            waiting: VecDeque::new(),
            ended: VecDeque::new(),
            today: Today::default(),
            rejected: 0,
        }
    }

    /// A customer comes; false if they are turned away.
    pub(super) fn arrive(&mut self, id: u64, now: Duration, service_down: bool) -> bool {
        self.today.requests += 1;
        let admitted = !service_down && self.waiting.len() < self.plan.waiting_limit;
        if admitted {
            self.waiting.push_back(Customer { id, since: now });
        } else {
            self.rejected += 1;
        }
        admitted
    }

    /// The customer gives up, if still waiting.
    pub(super) fn give_up(&mut self, id: u64, now: Duration) {
        let index = self.waiting.iter().position(|customer| customer.id == id);
        if let Some(customer) = index.and_then(|index| self.waiting.remove(index)) {
            self.today.abandoned += 1;
            self.end_wait(customer, now, true);
        }
    }

    /// The customer who has waited longest goes to the agent with the fewest chats; returns that agent's index and the
    /// chat's identifier, `None` if nobody waits or no agent is free.
    pub(super) fn start_chat(&mut self, now: Duration) -> Option<(usize, u64)> {
        let customer = *self.waiting.front()?;
        let free = self.workers.iter_mut().enumerate().filter(|(_, worker)| worker.free_slots() > 0);
        let (index, worker) = free.min_by_key(|(index, worker)| (worker.ongoing(), *index))?;
        worker.take_chat(customer.id, now);
        self.waiting.pop_front();
        self.today.chats += 1;
        self.end_wait(customer, now, false);
        Some((index, customer.id))
    }

    /// A chat ends, if it was not cut off before.
    pub(super) fn end_chat(&mut self, agent: usize, id: u64, now: Duration) {
        if let Some(duration) = self.workers.get_mut(agent).and_then(|worker| worker.end_chat(id, now)) {
            self.today.chats_ended += 1;
            self.today.chat_total += duration;
        }
    }

    /// All chats are cut off: their agents are gone.
    pub(super) fn cut_off(&mut self, now: Duration) {
        for agent in 0..self.workers.len() {
            let chats = self.workers.get(agent).map(Worker::chat_ids).unwrap_or_default();
            for id in chats {
                self.end_chat(agent, id, now);
            }
        }
    }

    /// Starts the counters of a new day; those who wait at midnight are the new day's first requests.
    pub(super) fn start_day(&mut self) {
        self.today =
            Today { requests: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX), ..Today::default() };
        self.rejected = 0;
        for worker in &mut self.workers {
            worker.start_day();
        }
    }

    /// The queue as the vendors see it; `gone` where its agents have left.
    pub(super) fn snapshot(&self, id: u32, now: Duration, gone: bool) -> Queue {
        let recent = |window| self.ended.iter().filter(move |wait| now.saturating_sub(wait.at) < window);
        let abandoned = recent(HALF_HOUR).filter(|wait| wait.abandoned).count();
        Queue {
            id,
            name: self.plan.name.to_owned(),
            agents: self.workers.iter().map(|worker| worker.snapshot(gone)).collect(),
            waiting: self.waiting.iter().map(|customer| now.saturating_sub(customer.since)).collect(),
            waiting_limit: self.plan.waiting_limit,
            average_wait_30m: mean(recent(HALF_HOUR).map(|wait| wait.wait)),
            average_wait_60m: mean(recent(HOUR).map(|wait| wait.wait)),
            abandoned_30m: u32::try_from(abandoned).unwrap_or(u32::MAX),
            today: self.today.clone(),
        }
    }

    fn end_wait(&mut self, customer: Customer, now: Duration, abandoned: bool) {
        let wait = now.saturating_sub(customer.since);
        self.today.wait_total += wait;
        self.ended.push_back(EndedWait { at: now, wait, abandoned });
        while self.ended.front().is_some_and(|oldest| now.saturating_sub(oldest.at) >= HOUR) {
            self.ended.pop_front();
        }
    }
}

/// The mean; zero of nothing.
fn mean(waits: impl Iterator<Item = Duration>) -> Duration {
    let (total, count) =
        waits.fold((Duration::ZERO, 0_u32), |(total, count), wait| (total + wait, count + 1));
    total.checked_div(count).unwrap_or_default()
}

#[cfg(test)]
impl Desk {
    /// Requests of today less what became of them; zero by construction.
    pub(super) fn unaccounted(&self) -> i64 {
        let became = i64::from(self.today.chats) + i64::from(self.today.abandoned) + i64::from(self.rejected);
        i64::from(self.today.requests) - became - i64::try_from(self.waiting.len()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_full_queue_turns_customers_away() {
        let mut desk = Desk::new(&PLANS[2], 1);
        let admitted = (0..8).filter(|id| desk.arrive(*id, Duration::ZERO, false)).count();
        assert_eq!((admitted, desk.rejected, desk.today.requests), (6, 2, 8));
        assert!(desk.snapshot(3, Duration::ZERO, false).is_full());
    }

    #[test]
    fn the_longest_wait_comes_first_and_is_served_first() {
        let mut desk = Desk::new(&PLANS[2], 1);
        desk.arrive(1, seconds(0), false);
        desk.arrive(2, seconds(10), false);
        assert_eq!(desk.start_chat(seconds(20)), None);
        assert_eq!(desk.snapshot(3, seconds(20), false).waiting, [seconds(20), seconds(10)]);
        desk.workers[4].log_in();
        assert_eq!(desk.start_chat(seconds(30)), Some((4, 1)));
        assert_eq!(desk.snapshot(3, seconds(30), false).waiting, [seconds(20)]);
    }

    #[test]
    fn rolling_averages_forget_what_is_older_than_their_window() {
        let mut desk = Desk::new(&PLANS[2], 1);
        desk.arrive(1, seconds(0), false);
        desk.give_up(1, seconds(100));
        desk.arrive(2, seconds(100), false);
        desk.give_up(2, seconds(1_900));
        let queue = desk.snapshot(3, seconds(1_950), false);
        assert_eq!(queue.average_wait_30m, seconds(1_800));
        assert_eq!(queue.average_wait_60m, seconds(950));
        assert_eq!((queue.abandoned_30m, queue.today.abandoned), (1, 2));
        assert_eq!(queue.today.wait_total, seconds(1_900));
        assert_eq!(desk.snapshot(3, seconds(9_000), false).average_wait_60m, Duration::ZERO);
    }

    #[test]
    fn those_who_wait_at_midnight_are_the_first_requests_of_the_day() {
        let mut desk = Desk::new(&PLANS[2], 1);
        desk.arrive(1, seconds(0), false);
        desk.arrive(2, seconds(0), true);
        desk.start_day();
        assert_eq!((desk.today.requests, desk.rejected, desk.unaccounted()), (1, 0, 0));
    }
}
