//! One channel out of what several answers say about it.

use crate::channel::facts::{Availability, ChannelFacts};

/// Merges facts by channel, in the order in which channels are first mentioned.
///
/// Of two values for one signal the later one holds. An unavailable answer outweighs an available one, and of two
/// reasons the one that explains more is kept. A channel whose own availability is not known takes its parent's; one
/// without a name is named by its id.
pub fn merge<'a>(facts: impl IntoIterator<Item = &'a ChannelFacts>) -> Vec<ChannelFacts> {
    let mut channels: Vec<ChannelFacts> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for fact in facts {
        let place = *places.entry(fact.id.as_str()).or_insert_with(|| {
            channels.push(ChannelFacts::new(&fact.id));
            channels.len() - 1
        });
        overlay(&mut channels[place], fact);
    }
    let of_parents: Vec<Option<Availability>> = channels
        .iter()
        .map(|channel| {
            channel.parent.as_deref().and_then(|parent| channels[*places.get(parent)?].availability)
        })
        .collect();
    for (channel, of_parent) in channels.iter_mut().zip(of_parents) {
        channel.availability = channel.availability.or(of_parent);
        channel.name.get_or_insert_with(|| channel.id.clone());
    }
    channels
}

fn overlay(channel: &mut ChannelFacts, fact: &ChannelFacts) {
    channel.availability = worse(channel.availability, fact.availability);
    replace(&mut channel.name, fact.name.as_ref());
    replace(&mut channel.parent, fact.parent.as_ref());
    replace(&mut channel.queue_length, fact.queue_length.as_ref());
    replace(&mut channel.wait_average, fact.wait_average.as_ref());
    replace(&mut channel.wait_longest, fact.wait_longest.as_ref());
    replace(&mut channel.wait_estimated, fact.wait_estimated.as_ref());
    replace(&mut channel.agents_online, fact.agents_online.as_ref());
    replace(&mut channel.chats_ongoing, fact.chats_ongoing.as_ref());
    replace(&mut channel.free_slots, fact.free_slots.as_ref());
    replace(&mut channel.utilization, fact.utilization.as_ref());
}

fn replace<T: Clone>(old: &mut Option<T>, new: Option<&T>) {
    if new.is_some() {
        *old = new.cloned();
    }
}

fn worse(one: Option<Availability>, other: Option<Availability>) -> Option<Availability> {
    match (one, other) {
        (Some(Availability::Unavailable(one)), Some(Availability::Unavailable(other))) => {
            Some(Availability::Unavailable(one.min(other)))
        }
        (Some(unavailable @ Availability::Unavailable(_)), _)
        | (_, Some(unavailable @ Availability::Unavailable(_))) => Some(unavailable),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::UnavailableReason::{NoAgent, Other, ServiceDown};

    fn available(id: &str, availability: Availability) -> ChannelFacts {
        ChannelFacts { availability: Some(availability), ..ChannelFacts::new(id) }
    }

    #[test]
    fn an_unavailable_answer_outweighs_and_the_better_reason_stays() {
        let facts = [
            available("1", Availability::Available),
            available("1", Availability::Unavailable(Other)),
            available("1", Availability::Unavailable(ServiceDown)),
            available("1", Availability::Unavailable(NoAgent)),
        ];
        assert_eq!(merge(&facts)[0].availability, Some(Availability::Unavailable(ServiceDown)));
    }

    #[test]
    fn signals_of_several_answers_meet_in_one_channel() {
        let facts = [
            ChannelFacts { queue_length: Some(3.0), ..ChannelFacts::new("site") },
            ChannelFacts {
                name: Some("Sales".into()),
                parent: Some("site".into()),
                ..ChannelFacts::new("d")
            },
            ChannelFacts { free_slots: Some(2.0), ..available("site", Availability::Unavailable(NoAgent)) },
        ];
        let site = ChannelFacts {
            name: Some("site".into()),
            queue_length: Some(3.0),
            free_slots: Some(2.0),
            ..available("site", Availability::Unavailable(NoAgent))
        };
        let department = ChannelFacts {
            name: Some("Sales".into()),
            parent: Some("site".into()),
            ..available("d", Availability::Unavailable(NoAgent))
        };
        assert_eq!(merge(&facts), [site, department]);
    }
}
