//! The agents: their shifts, breaks and chats.

use std::time::Duration;

use crate::demo::centre::{Agent, Presence};

const HOUR: Duration = Duration::from_hours(1);

/// Names of nobody in particular.
const NAMES: [&str; 16] = [
    "Amber Ash",
    "Basil Birch",
    "Clover Cedar",
    "Dale Dogwood",
    "Elm Ebony",
    "Fern Fir",
    "Grove Gum",
    "Hazel Holm",
    "Iris Ivy",
    "Juniper Jade",
    "Kelp Kauri",
    "Laurel Larch",
    "Moss Maple",
    "Nettle Nutmeg",
    "Olive Oak",
    "Poppy Pine",
];

/// Hours of work, by business time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    /// 06:00 to 14:00.
    Early,
    /// 08:30 to 17:30.
    Day,
    /// 12:00 to 21:00.
    Late,
    /// 20:30 to 06:30.
    Night,
}

impl Shift {
    /// Start and end as times of day; the end of a night is before its start.
    pub(super) fn hours(self) -> (Duration, Duration) {
        let half_hours: (u32, u32) = match self {
            Self::Early => (12, 28),
            Self::Day => (17, 35),
            Self::Late => (24, 42),
            Self::Night => (41, 13),
        };
        (HOUR * half_hours.0 / 2, HOUR * half_hours.1 / 2)
    }

    /// Whether a time of day falls into it.
    pub(super) fn covers(self, time: Duration) -> bool {
        let (start, end) = self.hours();
        if start < end { (start..end).contains(&time) } else { time >= start || time < end }
    }
}

/// What an agent's working day is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    Off,
    Working,
    Break,
    /// The shift is over; the chats in progress are brought to their end.
    Leaving,
}

/// A chat in progress.
#[derive(Clone, Copy, Debug)]
struct Chat {
    id: u64,
    since: Duration,
}

/// An agent at work.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    id: u32,
    max_chats: u32,
    shift: Shift,
    duty: Duty,
    /// Counts changes of duty, so that an event planned before the newest one is known as out of date.
    spell: u64,
    chats: Vec<Chat>,
    chats_today: u32,
    chat_time_today: Duration,
}

impl Worker {
    /// An agent who is at home.
    pub(super) fn new(id: u32, max_chats: u32, shift: Shift) -> Self {
        Self {
            id,
            max_chats,
            shift,
            duty: Duty::Off,
            spell: 0,
            chats: Vec::new(),
            chats_today: 0,
            chat_time_today: Duration::ZERO,
        }
    }

    pub(super) fn shift(&self) -> Shift {
        self.shift
    }

    /// Identifies the present duty in events planned for it.
    pub(super) fn spell(&self) -> u64 {
        self.spell
    }

    pub(super) fn log_in(&mut self) {
        self.change(Duty::Working);
    }

    /// Ends the shift: at once without chats, else when the last one ends.
    pub(super) fn log_out(&mut self) {
        self.change(if self.chats.is_empty() { Duty::Off } else { Duty::Leaving });
    }

    /// Starts a break planned in `spell`; false if the agent's day took another course since.
    pub(super) fn start_break(&mut self, spell: u64) -> bool {
        let due = self.spell == spell && self.duty == Duty::Working;
        if due {
            self.change(Duty::Break);
        }
        due
    }

    /// Ends the break that `spell` stands for; false if it is over already.
    pub(super) fn end_break(&mut self, spell: u64) -> bool {
        let due = self.spell == spell && self.duty == Duty::Break;
        if due {
            self.change(Duty::Working);
        }
        due
    }

    /// Chats the agent could take now.
    pub(super) fn free_slots(&self) -> u32 {
        if self.duty == Duty::Working { self.max_chats.saturating_sub(self.ongoing()) } else { 0 }
    }

    /// Chats in progress.
    pub(super) fn ongoing(&self) -> u32 {
        u32::try_from(self.chats.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn take_chat(&mut self, id: u64, now: Duration) {
        self.chats.push(Chat { id, since: now });
        self.chats_today += 1;
    }

    /// Ends a chat and returns how long it took; `None` if it was cut off before.
    pub(super) fn end_chat(&mut self, id: u64, now: Duration) -> Option<Duration> {
        let index = self.chats.iter().position(|chat| chat.id == id)?;
        let duration = now.saturating_sub(self.chats.swap_remove(index).since);
        self.chat_time_today += duration;
        if self.duty == Duty::Leaving && self.chats.is_empty() {
            self.change(Duty::Off);
        }
        Some(duration)
    }

    /// Identifiers of the chats in progress.
    pub(super) fn chat_ids(&self) -> Vec<u64> {
        self.chats.iter().map(|chat| chat.id).collect()
    }

    /// Starts the counters of a new day.
    pub(super) fn start_day(&mut self) {
        self.chats_today = 0;
        self.chat_time_today = Duration::ZERO;
    }

    /// The agent as the vendors see them; `gone` where all of the queue have left.
    pub(super) fn snapshot(&self, gone: bool) -> Agent {
        let presence = match self.duty {
            _ if gone => Presence::Offline,
            Duty::Working => Presence::Online,
            Duty::Break | Duty::Leaving => Presence::Away,
            Duty::Off => Presence::Offline,
        };
        let index = usize::try_from(self.id).unwrap_or(0) % NAMES.len();
        Agent {
            id: self.id,
            name: NAMES.get(index).copied().unwrap_or_default().to_owned(),
            presence,
            chats: self.ongoing(),
            max_chats: self.max_chats,
            chats_today: self.chats_today,
            chat_time_today: self.chat_time_today,
        }
    }

    fn change(&mut self, duty: Duty) {
        self.duty = duty;
        self.spell += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presence(worker: &Worker) -> Presence {
        worker.snapshot(false).presence
    }

    #[test]
    fn an_agent_with_a_chat_is_away_after_the_shift_until_it_ends() {
        let mut worker = Worker::new(1, 2, Shift::Day);
        worker.log_in();
        worker.take_chat(7, Duration::ZERO);
        worker.log_out();
        assert_eq!((presence(&worker), worker.free_slots()), (Presence::Away, 0));
        assert_eq!(worker.end_chat(7, Duration::from_secs(90)), Some(Duration::from_secs(90)));
        assert_eq!(presence(&worker), Presence::Offline);
    }

    #[test]
    fn a_break_planned_before_the_last_change_is_dropped() {
        let mut worker = Worker::new(1, 2, Shift::Day);
        worker.log_in();
        let planned = worker.spell();
        worker.log_out();
        worker.log_in();
        assert!(!worker.start_break(planned));
        assert!(worker.start_break(worker.spell()));
        assert_eq!(presence(&worker), Presence::Away);
        assert!(worker.end_break(worker.spell()));
        assert_eq!(presence(&worker), Presence::Online);
    }

    #[test]
    fn a_chat_that_was_cut_off_does_not_end_twice() {
        let mut worker = Worker::new(1, 2, Shift::Day);
        worker.log_in();
        worker.take_chat(7, Duration::ZERO);
        assert!(worker.end_chat(7, Duration::ZERO).is_some());
        assert_eq!(worker.end_chat(7, Duration::ZERO), None);
    }

    #[test]
    fn shifts_cover_the_hours_between_start_and_end() {
        let table = [
            (Shift::Day, 8, false),
            (Shift::Day, 9, true),
            (Shift::Day, 18, false),
            (Shift::Night, 23, true),
            (Shift::Night, 3, true),
            (Shift::Night, 12, false),
        ];
        for (shift, hour, covered) in table {
            assert_eq!(shift.covers(HOUR * hour), covered, "{shift:?} {hour}");
        }
    }
}
