//! A model of a contact centre, driven event by event in simulated time.
//!
//! Customers come as a Poisson process whose rate follows the hour of the day, wait, give up after an exponentially
//! distributed time, or chat for one; agents work shifts and take breaks. What the model shows depends on scenario,
//! seed, start, time of day and time alone, never on how often it was advanced.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};

use crate::demo::arrivals::{self, BusinessClock};
use crate::demo::centre::{Centre, Trouble};
use crate::demo::desk::{Desk, PLANS};
use crate::demo::random::Random;
use crate::demo::roster::Worker;
use crate::demo::scenario::{Conditions, Scenario};

/// Simulated time before the start, so that queues, averages and counters are those of a centre at work.
const WARM_UP: Duration = Duration::from_hours(2);
const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);
/// Latest that an agent starts or ends a shift after its hour.
const UNPUNCTUALITY: Duration = Duration::from_mins(15);
const TIME_BETWEEN_BREAKS: Duration = Duration::from_mins(100);
const SHORTEST_BREAK: Duration = Duration::from_mins(5);
const LONGEST_BREAK: Duration = Duration::from_mins(15);
/// Visitors on the site who do not chat, in the busiest hour of an ordinary day.
const BROWSING_AT_PEAK: f64 = 140.0;

/// What happens next. It has an order only since the heap asks for one; moment and number of planning come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A customer may come to a queue.
    Candidate {
        queue: usize,
    },
    /// A customer's patience is at its end.
    Patience {
        queue: usize,
        customer: u64,
    },
    ChatEnd {
        queue: usize,
        agent: usize,
        chat: u64,
    },
    ShiftStart {
        queue: usize,
        agent: usize,
    },
    ShiftEnd {
        queue: usize,
        agent: usize,
    },
    BreakStart {
        queue: usize,
        agent: usize,
        spell: u64,
    },
    BreakEnd {
        queue: usize,
        agent: usize,
        spell: u64,
    },
    /// The scenario changes its conditions.
    Change,
    /// The number of visitors moves.
    Minute,
    /// The counters of the day start anew.
    Midnight,
}

/// A contact centre in simulated time.
#[derive(Clone, Debug)]
pub struct Model {
    scenario: Scenario,
    random: Random,
    clock: BusinessClock,
    /// Two hours before the start; every `Duration` in here that is a moment counts from it.
    origin: Timestamp,
    now: Duration,
    desks: Vec<Desk>,
    /// Visitors on the site who do not chat.
    browsing: f64,
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    events_planned: u64,
    customers: u64,
}

impl Model {
    /// A centre at `start`, after two hours of ordinary work; the scenario begins at `start`.
    ///
    /// Agents and customers live by UTC where `start` lies between 08:00 and 18:00, else by a clock shifted so that
    /// the start falls on 10:30. Counters start anew at midnight UTC whatever that clock says. With a `time_of_day` the
    /// start falls on that, and counters start anew at midnight of this clock: starts at all hours are alike.
    pub fn new(scenario: Scenario, seed: u64, start: Timestamp, time_of_day: Option<Time>) -> Self {
        let origin = start.saturating_sub(signed(WARM_UP)).unwrap_or(Timestamp::MIN);
        let mut first_agent = 1;
        let mut desks = Vec::new();
        for plan in &PLANS {
            desks.push(Desk::new(plan, first_agent));
            first_agent += u32::try_from(plan.agents.len()).unwrap_or(0);
        }
        let mut model = Self {
            scenario,
            random: Random::new(seed),
            clock: BusinessClock::new(origin, start, time_of_day),
            origin,
            now: Duration::ZERO,
            desks,
            browsing: 0.0,
            events: BinaryHeap::new(),
            events_planned: 0,
            customers: 0,
        };
        model.open();
        model.run_until(WARM_UP);
        model
    }

    /// Lets the centre work until `moment`; an earlier one than the present changes nothing.
    pub fn advance_to(&mut self, moment: Timestamp) {
        let since_origin = Duration::try_from(moment.duration_since(self.origin)).unwrap_or_default();
        self.run_until(since_origin);
    }

    /// The centre as it is.
    pub fn snapshot(&self) -> Centre {
        let Conditions { trouble, deserted, .. } = self.conditions();
        let desks = (1..).zip(self.desks.iter().enumerate());
        let queues: Vec<_> =
            desks.map(|(id, (index, desk))| desk.snapshot(id, self.now, deserted == Some(index))).collect();
        let in_queues: u32 = queues
            .iter()
            .map(|queue| queue.chats() + u32::try_from(queue.waiting.len()).unwrap_or(u32::MAX))
            .sum();
        Centre {
            now: self.origin.saturating_add(signed(self.now)).unwrap_or(Timestamp::MAX),
            since_midnight: self.clock.since_midnight(self.now),
            queues,
            visitors_on_site: in_queues + whole(self.browsing),
            trouble,
        }
    }

    /// Brings those to work whose shift it is, and plans the first event of every kind.
    fn open(&mut self) {
        for queue in 0..self.desks.len() {
            self.plan_candidate(queue);
            let agents = self.desks.get(queue).map_or(0, |desk| desk.workers.len());
            for agent in 0..agents {
                let shift = self.with_worker(queue, agent, |worker| worker.shift());
                if shift.is_some_and(|shift| shift.covers(self.clock.at(self.now))) {
                    self.start_shift(queue, agent);
                } else {
                    self.plan_shift(queue, agent, true);
                }
            }
        }
        self.browsing = BROWSING_AT_PEAK * self.clock.share_of_peak(self.now);
        self.plan(MINUTE, Event::Minute);
        self.plan(DAY.saturating_sub(self.clock.since_midnight(self.now)), Event::Midnight);
        self.plan(WARM_UP, Event::Change);
    }

    fn run_until(&mut self, moment: Duration) {
        while let Some(Reverse((at, _, event))) = self.events.peek().copied() {
            if at > moment {
                break;
            }
            self.events.pop();
            self.now = at;
            self.happen(event);
        }
        self.now = self.now.max(moment);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Candidate { queue } => self.candidate(queue),
            Event::Patience { queue, customer } => {
                let now = self.now;
                self.with_desk(queue, |desk| desk.give_up(customer, now));
            }
            Event::ChatEnd { queue, agent, chat } => {
                let now = self.now;
                self.with_desk(queue, |desk| desk.end_chat(agent, chat, now));
                self.start_chats(queue);
            }
            Event::ShiftStart { queue, agent } => self.start_shift(queue, agent),
            Event::ShiftEnd { queue, agent } => {
                self.with_worker(queue, agent, Worker::log_out);
                self.plan_shift(queue, agent, true);
            }
            Event::BreakStart { queue, agent, spell } => self.start_break(queue, agent, spell),
            Event::BreakEnd { queue, agent, spell } => {
                if self.with_worker(queue, agent, |worker| worker.end_break(spell)) == Some(true) {
                    self.plan_break(queue, agent);
                    self.start_chats(queue);
                }
            }
            Event::Change => self.change_conditions(),
            Event::Minute => self.move_visitors(),
            Event::Midnight => {
                self.desks.iter_mut().for_each(Desk::start_day);
                self.plan(DAY, Event::Midnight);
            }
        }
    }

    fn candidate(&mut self, queue: usize) {
        self.plan_candidate(queue);
        let Conditions { trouble, demand, .. } = self.conditions();
        let share = self.clock.share_of_peak(self.now) * demand / self.scenario.peak_demand();
        if !self.random.chance(share) {
            return;
        }
        self.customers += 1;
        let (customer, now) = (self.customers, self.now);
        let service_down = service_down(trouble, queue);
        let patience = self
            .with_desk(queue, |desk| desk.arrive(customer, now, service_down).then_some(desk.plan.patience));
        if let Some(patience) = patience.flatten() {
            let patience = self.random.exponential(patience);
            self.plan(patience, Event::Patience { queue, customer });
            self.start_chats(queue);
        }
    }

    /// Brings waiting customers and free agents together, unless the service is down or the agents are gone.
    fn start_chats(&mut self, queue: usize) {
        let Conditions { trouble, deserted, .. } = self.conditions();
        if service_down(trouble, queue) || deserted == Some(queue) {
            return;
        }
        let now = self.now;
        while let Some((agent, chat, mean)) = self
            .with_desk(queue, |desk| desk.start_chat(now).map(|(agent, chat)| (agent, chat, desk.plan.chat)))
            .flatten()
        {
            let duration = self.random.exponential(mean);
            self.plan(duration, Event::ChatEnd { queue, agent, chat });
        }
    }

    fn start_shift(&mut self, queue: usize, agent: usize) {
        self.with_worker(queue, agent, Worker::log_in);
        self.plan_shift(queue, agent, false);
        self.plan_break(queue, agent);
        self.start_chats(queue);
    }

    fn start_break(&mut self, queue: usize, agent: usize, spell: u64) {
        let spell =
            self.with_worker(queue, agent, |worker| worker.start_break(spell).then(|| worker.spell()));
        if let Some(spell) = spell.flatten() {
            let duration = self.random.between(SHORTEST_BREAK, LONGEST_BREAK);
            self.plan(duration, Event::BreakEnd { queue, agent, spell });
        }
    }

    fn change_conditions(&mut self) {
        let since_start = self.now.saturating_sub(WARM_UP);
        if let Some(time) = self.scenario.next_change(since_start) {
            self.plan(time, Event::Change);
        }
        let now = self.now;
        if let Some(queue) = self.conditions().deserted {
            self.with_desk(queue, |desk| desk.cut_off(now));
        }
        for queue in 0..self.desks.len() {
            self.start_chats(queue);
        }
    }

    fn move_visitors(&mut self) {
        let target = BROWSING_AT_PEAK * self.clock.share_of_peak(self.now) * self.conditions().demand;
        let step = (target - self.browsing) / 5.0 + self.random.swing() * target.sqrt();
        self.browsing = (self.browsing + step).max(0.0);
        self.plan(MINUTE, Event::Minute);
    }

    fn conditions(&self) -> Conditions {
        match self.now.checked_sub(WARM_UP) {
            Some(since_start) => self.scenario.conditions(since_start),
            None => Conditions::ordinary(),
        }
    }

    fn plan_candidate(&mut self, queue: usize) {
        let peak = self.desks.get(queue).map_or(0.0, |desk| desk.plan.peak_per_hour);
        let time = arrivals::next_candidate(&mut self.random, peak * self.scenario.peak_demand());
        self.plan(time, Event::Candidate { queue });
    }

    /// Plans the agent's next start or end of a shift, up to 15 minutes after its hour.
    fn plan_shift(&mut self, queue: usize, agent: usize, start: bool) {
        let Some((from, to)) = self.with_worker(queue, agent, |worker| worker.shift().hours()) else {
            return;
        };
        let time = self.clock.until(self.now, if start { from } else { to });
        let late = self.random.between(Duration::ZERO, UNPUNCTUALITY);
        let event = if start { Event::ShiftStart { queue, agent } } else { Event::ShiftEnd { queue, agent } };
        self.plan(time + late, event);
    }

    fn plan_break(&mut self, queue: usize, agent: usize) {
        let Some(spell) = self.with_worker(queue, agent, |worker| worker.spell()) else { return };
        let time = self.random.exponential(TIME_BETWEEN_BREAKS);
        self.plan(time, Event::BreakStart { queue, agent, spell });
    }

    /// Plans an event at a time from now; of two at the same moment the one planned first comes first.
    fn plan(&mut self, time: Duration, event: Event) {
        self.events_planned += 1;
        self.events.push(Reverse((self.now.saturating_add(time), self.events_planned, event)));
    }

    fn with_desk<T>(&mut self, queue: usize, action: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        self.desks.get_mut(queue).map(action)
    }

    fn with_worker<T>(
        &mut self,
        queue: usize,
        agent: usize,
        action: impl FnOnce(&mut Worker) -> T,
    ) -> Option<T> {
        self.desks.get_mut(queue)?.workers.get_mut(agent).map(action)
    }
}

/// Whether a queue's service is down: trouble strikes the first queue.
fn service_down(trouble: Trouble, queue: usize) -> bool {
    queue == 0 && trouble.service_down
}

fn signed(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to the type's range"
)]
fn whole(value: f64) -> u32 {
    value.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::demo::centre::{Presence, Queue};

    const MONDAY: &str = "2026-03-02T10:30:00Z";

    fn model(scenario: Scenario, seed: u64) -> Model {
        Model::new(scenario, seed, MONDAY.parse().unwrap(), None)
    }

    fn after(model: &mut Model, seconds: u64) -> Centre {
        let start: Timestamp = MONDAY.parse().unwrap();
        model.advance_to(start + SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
        model.snapshot()
    }

    fn scenarios() -> impl Strategy<Value = Scenario> {
        prop::sample::select(vec![Scenario::Normal, Scenario::Outage, Scenario::Surge, Scenario::Flapping])
    }

    fn logged_in(queue: &Queue) -> usize {
        queue.agents.iter().filter(|agent| agent.presence != Presence::Offline).count()
    }

    #[test]
    fn a_new_model_shows_a_centre_at_work_at_the_start() {
        let centre = model(Scenario::Normal, 1).snapshot();
        assert_eq!(centre.now.to_string(), MONDAY);
        assert_eq!(centre.trouble, Trouble::default());
        let names: Vec<_> = centre.queues.iter().map(|queue| (queue.id, queue.name.as_str())).collect();
        assert_eq!(names, [(1, "Service Desk"), (2, "Sales"), (3, "Mortgages")]);
        let ids: Vec<_> =
            centre.queues.iter().flat_map(|queue| &queue.agents).map(|agent| agent.id).collect();
        assert_eq!(ids, (1..=21).collect::<Vec<_>>());
        for queue in &centre.queues {
            assert!(queue.today.chats_ended > 0, "{queue:?}");
            assert!(queue.agents_online() > 0, "{queue:?}");
            assert!(queue.chats() > 0, "{queue:?}");
        }
        assert!((50..300).contains(&centre.visitors_on_site), "{}", centre.visitors_on_site);
    }

    #[test]
    fn an_ordinary_day_serves_most_customers() {
        let centre = after(&mut model(Scenario::Normal, 1), 5 * 3_600);
        for queue in &centre.queues {
            let today = &queue.today;
            assert!(today.requests > 50, "{queue:?}");
            assert!(today.chats * 10 > today.requests * 6, "{}: {today:?}", queue.name);
        }
    }

    #[test]
    fn an_outage_stops_the_first_queue_and_empties_the_second_of_agents() {
        let mut model = model(Scenario::Outage, 3);
        assert_eq!(after(&mut model, 59).trouble, Trouble::default());
        let before = after(&mut model, 60);
        assert!(before.trouble.service_down && before.trouble.outage_announced);
        assert!(before.trouble.credentials_refused && !before.trouble.api_down);
        assert_eq!((logged_in(&before.queues[1]), before.queues[1].chats()), (0, 0));
        let during = after(&mut model, 900);
        assert_eq!(during.queues[0].today.chats, before.queues[0].today.chats);
        assert_eq!(during.queues[1].today.chats, before.queues[1].today.chats);
        assert!(during.queues[2].today.chats >= before.queues[2].today.chats);
        let restored = after(&mut model, 960);
        assert_eq!(restored.trouble, Trouble::default());
        assert!(logged_in(&restored.queues[1]) > 0);
    }

    #[test]
    fn a_surge_fills_the_queues_and_makes_waits_grow() {
        let mut model = model(Scenario::Surge, 5);
        let before = model.snapshot();
        let full = (1..=60).any(|minute| after(&mut model, minute * 60).queues.iter().all(Queue::is_full));
        assert!(full);
        let centre = after(&mut model, 3_600);
        assert!(centre.queues[0].average_wait_30m > before.queues[0].average_wait_30m * 2);
        assert!(centre.queues[0].abandoned_30m > before.queues[0].abandoned_30m);
    }

    #[test]
    fn counters_start_anew_at_midnight() {
        let mut model = Model::new(Scenario::Normal, 1, "2026-03-02T23:30:00Z".parse().unwrap(), None);
        let evening: u32 = model.snapshot().queues.iter().map(|queue| queue.today.requests).sum();
        model.advance_to("2026-03-03T00:00:01Z".parse().unwrap());
        let midnight = model.snapshot();
        assert_eq!(midnight.since_midnight, Duration::from_secs(1));
        let night: u32 = midnight.queues.iter().map(|queue| queue.today.requests).sum();
        assert!(evening > 100 && night < 30, "{evening} {night}");
    }

    #[test]
    fn starts_at_all_hours_are_alike_with_a_time_of_day() {
        let hours_on = |hours: i64, time_of_day: Option<Time>, start: &str| {
            let start: Timestamp = start.parse().unwrap();
            let mut model = Model::new(Scenario::Outage, 1, start, time_of_day);
            model.advance_to(start + SignedDuration::from_hours(hours));
            let centre = model.snapshot();
            assert_eq!(centre.now, start + SignedDuration::from_hours(hours));
            format!("{:?}", Centre { now: Timestamp::UNIX_EPOCH, ..centre })
        };
        for time in [Time::constant(3, 0, 0, 0), Time::constant(10, 30, 0, 0), Time::constant(17, 20, 0, 0)] {
            for hours in [0, 1, 8] {
                let by_utc = hours_on(hours, Some(time), &format!("2026-03-02T{time}Z"));
                for start in ["2026-03-02T00:10:00Z", "2026-03-02T17:20:30.5Z", "2026-03-02T23:50:00Z"] {
                    assert_eq!(hours_on(hours, Some(time), start), by_utc, "{time} {start} {hours}");
                }
            }
        }
        for start in ["2026-03-02T08:00:00Z", MONDAY, "2026-03-02T17:20:00Z"] {
            let time = start.parse::<Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).time();
            assert_eq!(hours_on(8, Some(time), start), hours_on(8, None, start), "{start}");
        }
    }

    #[test]
    fn a_moment_that_has_passed_changes_nothing() {
        let mut model = model(Scenario::Normal, 1);
        let centre = after(&mut model, 100);
        assert_eq!(format!("{centre:?}"), format!("{:?}", after(&mut model, 50)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_same_seed_gives_the_same_snapshots_however_often_time_advances(
            scenario in scenarios(), seed: u64, steps in prop::collection::vec(1_u64..600, 1..20)
        ) {
            let (mut often, mut once) = (model(scenario, seed), model(scenario, seed));
            for moment in steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }) {
                after(&mut often, moment);
            }
            let total = steps.iter().sum();
            prop_assert_eq!(format!("{:?}", after(&mut often, total)), format!("{:?}", after(&mut once, total)));
        }

        #[test]
        fn every_customer_is_accounted_for_and_no_limit_is_exceeded(
            scenario in scenarios(), seed: u64, steps in prop::collection::vec(1_u64..7_200, 1..20)
        ) {
            let mut model = model(scenario, seed);
            let mut moment = 0;
            for step in steps {
                moment += step;
                let centre = after(&mut model, moment);
                for desk in &model.desks {
                    prop_assert_eq!(desk.unaccounted(), 0, "{:?}", desk);
                }
                for queue in &centre.queues {
                    prop_assert!(queue.waiting.len() <= queue.waiting_limit);
                    prop_assert!(queue.waiting.is_sorted_by(|longer, shorter| longer >= shorter));
                    prop_assert!(queue.average_wait_30m < Duration::from_hours(2));
                    for agent in &queue.agents {
                        prop_assert!(agent.chats <= agent.max_chats, "{:?}", agent);
                        prop_assert!(agent.chats == 0 || agent.presence != Presence::Offline, "{:?}", agent);
                    }
                }
            }
        }
    }
}
