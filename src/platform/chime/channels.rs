//! Chime's queues as channels. Pure.
//!
//! Each answer contributes what it alone knows: `GetQueues` the name and that a queue is switched off, `GetQueueInfo`
//! and its predecessors availability, agents and waits, the queue's process that the service behind it is down.

use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::platform::chime::wire::{Queue, QueueState};

/// What `GetQueues` says about a queue.
pub fn listed(queue: &Queue) -> ChannelFacts {
    let disabled = queue.enabled == Some(false);
    let availability = disabled.then_some(Availability::Unavailable(UnavailableReason::Disabled));
    ChannelFacts { availability, ..named(queue) }
}

/// What the state of a queue says: available if the server says so and the queue is not switched off.
pub fn state(queue: &Queue, state: &QueueState) -> ChannelFacts {
    ChannelFacts {
        availability: availability(queue, state),
        wait_average: state.wait_average,
        wait_longest: state.wait_longest,
        agents_online: state.agents_online,
        ..named(queue)
    }
}

/// What the process of a queue says: without it no chat starts; with it, others know whether one does.
pub fn process(queue: &Queue, running: bool) -> ChannelFacts {
    let down = Availability::Unavailable(UnavailableReason::ServiceDown);
    ChannelFacts { availability: (!running).then_some(down), ..named(queue) }
}

fn availability(queue: &Queue, state: &QueueState) -> Option<Availability> {
    if queue.enabled == Some(false) {
        return Some(Availability::Unavailable(UnavailableReason::Disabled));
    }
    Some(match (state.available?, state.agents_online) {
        (true, _) => Availability::Available,
        (false, Some(agents)) if agents < 1.0 => Availability::Unavailable(UnavailableReason::NoAgent),
        (false, _) => Availability::Unavailable(UnavailableReason::Other),
    })
}

fn named(queue: &Queue) -> ChannelFacts {
    ChannelFacts { name: Some(queue.name.clone()), ..ChannelFacts::new(&queue.id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(enabled: Option<bool>) -> Queue {
        Queue { id: "1".to_owned(), name: "Sales".to_owned(), enabled, web_client_id: None }
    }

    #[test]
    fn availability_follows_the_server_unless_the_queue_is_off() {
        use Availability::{Available, Unavailable};
        use UnavailableReason::{Disabled, NoAgent, Other};
        let cases = [
            (Some(true), Some(true), Some(2.0), Some(Available)),
            (Some(true), Some(true), Some(0.0), Some(Available)),
            (None, Some(true), None, Some(Available)),
            (Some(true), Some(false), Some(0.0), Some(Unavailable(NoAgent))),
            (Some(true), Some(false), Some(3.0), Some(Unavailable(Other))),
            (Some(true), Some(false), None, Some(Unavailable(Other))),
            (Some(false), Some(true), Some(2.0), Some(Unavailable(Disabled))),
            (Some(false), None, None, Some(Unavailable(Disabled))),
            (Some(true), None, Some(0.0), None),
        ];
        for (enabled, available, agents_online, expected) in cases {
            let told = QueueState { available, agents_online, ..QueueState::default() };
            let facts = state(&queue(enabled), &told);
            assert_eq!(facts.availability, expected, "{enabled:?} {told:?}");
            assert_eq!(facts.agents_online, agents_online);
        }
    }

    #[test]
    fn each_answer_contributes_what_it_alone_knows() {
        let named = ChannelFacts { name: Some("Sales".to_owned()), ..ChannelFacts::new("1") };
        let with =
            |reason| ChannelFacts { availability: Some(Availability::Unavailable(reason)), ..named.clone() };
        assert_eq!(listed(&queue(Some(true))), named);
        assert_eq!(listed(&queue(Some(false))), with(UnavailableReason::Disabled));
        assert_eq!(process(&queue(Some(true)), true), named);
        assert_eq!(process(&queue(Some(true)), false), with(UnavailableReason::ServiceDown));
    }
}
