//! What announced outages mean for each queue. Pure.

use jiff::Timestamp;

use crate::config::Filter;
use crate::platform::chime::wire::Queue;
use crate::platform::chime::wire_outages::Outage;

/// The outages of all queues that pass the filter.
#[derive(Debug, Default, PartialEq)]
pub struct OutageSummary {
    /// One per queue, those without outages included, in the order of `GetQueues`.
    pub queues: Vec<QueueOutages>,
    /// Outages that are on or lie ahead, in the vendor's order.
    pub outages: Vec<OutageTimes>,
}

/// How many outages a queue has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueOutages {
    /// The `queue_id` label.
    pub id: String,
    /// The `queue` label.
    pub name: String,
    /// Planned outages that are on.
    pub active_planned: usize,
    /// Unplanned outages that are on.
    pub active_unplanned: usize,
    /// Outages that lie ahead.
    pub upcoming: usize,
}

/// When an outage begins and ends, in seconds since the epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageTimes {
    /// The `queue_id` label.
    pub queue_id: String,
    /// The `queue` label.
    pub queue: String,
    /// The `outage_id` label.
    pub outage_id: String,
    /// Its start.
    pub start: Option<f64>,
    /// Its end.
    pub stop: Option<f64>,
}

impl OutageTimes {
    /// The values of its labels.
    pub fn labels(&self) -> [&str; 3] {
        [&self.queue_id, &self.queue, &self.outage_id]
    }
}

/// Counts `outages` at `now` per queue.
///
/// `queues` are those that pass the filter; a queue that is not among them is taken from the outage itself if its name
/// passes, so that outages are known even where the list of queues is not.
pub fn summarise(queues: &[Queue], outages: &[Outage], filter: &Filter, now: Timestamp) -> OutageSummary {
    let mut summary = OutageSummary::default();
    summary.queues.extend(queues.iter().map(|queue| QueueOutages {
        id: queue.id.clone(),
        name: queue.name.clone(),
        ..QueueOutages::default()
    }));
    for outage in outages {
        let Some(queue) = entry(&mut summary.queues, outage, filter) else { continue };
        let (active, upcoming) = (outage.is_active(now), outage.is_upcoming(now));
        match outage.planned {
            Some(true) => queue.active_planned += usize::from(active),
            _ => queue.active_unplanned += usize::from(active),
        }
        queue.upcoming += usize::from(upcoming);
        if let Some(outage_id) = outage.id.clone().filter(|_| active || upcoming) {
            let (queue_id, queue) = (queue.id.clone(), queue.name.clone());
            let (start, stop) = (outage.start.map(seconds), outage.stop.map(seconds));
            summary.outages.push(OutageTimes { queue_id, queue, outage_id, start, stop });
        }
    }
    summary
}

fn entry<'a>(
    queues: &'a mut Vec<QueueOutages>,
    outage: &Outage,
    filter: &Filter,
) -> Option<&'a mut QueueOutages> {
    let known = queues.iter().position(|queue| queue.id == outage.queue_id);
    if let Some(at) = known {
        return queues.get_mut(at);
    }
    let name = outage.queue_name.as_ref().unwrap_or(&outage.queue_id);
    if !filter.matches(name) {
        return None;
    }
    queues.push(QueueOutages { id: outage.queue_id.clone(), name: name.clone(), ..QueueOutages::default() });
    queues.last_mut()
}

fn seconds(moment: Timestamp) -> f64 {
    moment.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::filter::Pattern;

    fn queue(id: &str, name: &str) -> Queue {
        Queue { id: id.to_owned(), name: name.to_owned(), enabled: None, web_client_id: None }
    }

    fn outage(queue_id: &str, id: &str, planned: Option<bool>) -> Outage {
        Outage {
            queue_id: queue_id.to_owned(),
            queue_name: Some(format!("Queue {queue_id}")),
            id: Some(id.to_owned()),
            active: Some(true),
            planned,
            upcoming: Some(false),
            start: Some(Timestamp::UNIX_EPOCH),
            stop: None,
        }
    }

    fn counts(summary: &OutageSummary) -> Vec<(&str, &str, usize, usize, usize)> {
        let queues = summary.queues.iter();
        queues.map(|q| (&*q.id, &*q.name, q.active_planned, q.active_unplanned, q.upcoming)).collect()
    }

    #[test]
    fn every_queue_has_a_count_and_its_listed_name() {
        let queues = [queue("1", "Sales"), queue("2", "Service")];
        let upcoming = Outage { active: Some(false), upcoming: Some(true), ..outage("2", "5", Some(true)) };
        let ended = Outage { active: Some(false), ..outage("2", "6", None) };
        let outages = [outage("2", "3", Some(true)), outage("2", "4", None), upcoming, ended];
        let summary = summarise(&queues, &outages, &Filter::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(counts(&summary), [("1", "Sales", 0, 0, 0), ("2", "Service", 1, 1, 1)]);
        let ids: Vec<_> = summary.outages.iter().map(OutageTimes::labels).collect();
        assert_eq!(ids, [["2", "Service", "3"], ["2", "Service", "4"], ["2", "Service", "5"]]);
    }

    #[test]
    fn unlisted_queues_appear_unless_filtered() {
        let filter = Filter { include: vec![], exclude: vec![Pattern::new("Queue 8").unwrap()] };
        let outages = [outage("8", "1", None), outage("9", "2", None)];
        let summary = summarise(&[], &outages, &filter, Timestamp::UNIX_EPOCH);
        assert_eq!(counts(&summary), [("9", "Queue 9", 0, 1, 0)]);
        assert_eq!(summary.outages.len(), 1);
    }
}
