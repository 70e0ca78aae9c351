//! What schedules say, remembered until it changes: finding the next change of one that never closes takes a while.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::channel::schedule::Schedule;

/// How long a search that found no change is good for.
const SEARCH_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// The schedules of one target that were asked for.
#[derive(Debug, Default)]
pub struct HoursCache {
    known: Vec<Known>,
}

/// Whether a schedule is open, and the time for which that was found out.
#[derive(Debug)]
struct Known {
    schedule: Arc<Schedule>,
    open: bool,
    next_change: Option<Timestamp>,
    from: Timestamp,
    until: Timestamp,
}

impl HoursCache {
    /// Whether `schedule` is open at `now`, and when that changes next.
    pub fn look_up(&mut self, schedule: &Arc<Schedule>, now: Timestamp) -> (bool, Option<Timestamp>) {
        let place = self.known.iter().position(|known| Arc::ptr_eq(&known.schedule, schedule));
        let place = place.unwrap_or_else(|| {
            self.known.push(Known::find(schedule.clone(), now));
            self.known.len() - 1
        });
        let known = &mut self.known[place];
        if now < known.from || known.until <= now {
            *known = Known::find(schedule.clone(), now);
        }
        (known.open, known.next_change)
    }
}

impl Known {
    fn find(schedule: Arc<Schedule>, now: Timestamp) -> Self {
        let (open, next_change) = (schedule.is_open(now), schedule.next_change(now));
        let until = next_change.unwrap_or_else(|| now.saturating_add(SEARCH_HOLDS).unwrap_or(now));
        Self { schedule, open, next_change, from: now, until }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::channel::schedule::Hours;

    #[test]
    fn what_is_remembered_is_what_the_schedule_says() {
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        weekly[0].push(Hours { start: 480, end: 1080 });
        let schedule = Arc::new(Schedule {
            zone: TimeZone::UTC,
            weekly,
            holidays: BTreeSet::new(),
            holidays_file: None,
            holidays_of_file: BTreeSet::new(),
        });
        let mut cache = HoursCache::default();
        // The clock may go back as well.
        for time in ["07:59:59", "08:00:00", "17:59:59", "18:00:00", "12:00:00", "00:00:00"] {
            let now: Timestamp = format!("2026-03-02T{time}Z").parse().unwrap();
            let expected = (schedule.is_open(now), schedule.next_change(now));
            assert_eq!(cache.look_up(&schedule, now), expected, "{time}");
        }
        assert_eq!(cache.known.len(), 1);
    }
}
