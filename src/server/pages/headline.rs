//! The state of everything in one sentence, and the counts beside it.

use crate::channel::status::Status;
use crate::server::pages::channel_row::{ChannelRow, severity};

/// How many channels have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts([usize; Status::ALL.len()]);

impl Counts {
    /// Counts channels.
    pub(super) fn of<'a>(channels: impl IntoIterator<Item = &'a ChannelRow>) -> Self {
        let mut counts = Self::default();
        for channel in channels {
            counts.0[usize::from(severity(channel.status))] += 1;
        }
        counts
    }

    /// Channels of a status.
    pub(super) fn get(&self, status: Status) -> usize {
        self.0[usize::from(severity(status))]
    }

    /// All channels.
    pub(super) fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The worst status that occurs.
    pub(super) fn worst(&self) -> Option<Status> {
        let mut present: Vec<Status> =
            Status::ALL.into_iter().filter(|status| self.get(*status) > 0).collect();
        present.sort_by_key(|status| severity(*status));
        present.first().copied()
    }

    /// The answer to the question that the page is asked: can customers start a chat.
    pub(super) fn sentence(&self) -> String {
        let [down, unknown, degraded] =
            [Status::Down, Status::Unknown, Status::Degraded].map(|status| self.get(status));
        let [closed, maintenance] = [Status::Closed, Status::Maintenance].map(|status| self.get(status));
        let total = self.total();
        let idle = listed(&[(closed, "closed"), (maintenance, "in maintenance")]);
        match total {
            0 => "No target is configured".to_owned(),
            _ if down > 0 => {
                let others = listed(&[(unknown, "unknown"), (degraded, "degraded")]);
                with_more(&of_total(down, total, "down"), &others)
            }
            _ if unknown == total => "Nothing is known of any channel".to_owned(),
            _ if unknown > 0 => {
                with_more(&of_total(unknown, total, "unknown"), &listed(&[(degraded, "degraded")]))
            }
            _ if closed + maintenance == total => match (closed, maintenance) {
                (_, 0) => all(total, "closed"),
                (0, _) => all(total, "in maintenance"),
                _ => format!("No channel is open: {idle}"),
            },
            _ => {
                let open = total - closed - maintenance;
                let channels = match open {
                    1 => "the one open channel".to_owned(),
                    2 => "both open channels".to_owned(),
                    open => format!("all {open} open channels"),
                };
                let but = match degraded {
                    0 => String::new(),
                    degraded => format!(", but {} degraded", are(degraded)),
                };
                with_more(&format!("Customers can start a chat on {channels}{but}"), &idle)
            }
        }
    }

    /// The title of the page, which shows in a tab: trouble first.
    pub(super) fn title(&self) -> String {
        self.title_of("webchat_exporter")
    }

    /// The title of a page about something.
    pub(super) fn title_of(&self, what: &str) -> String {
        let trouble = [Status::Down, Status::Unknown, Status::Degraded];
        let told = trouble.into_iter().find(|status| self.get(*status) > 0);
        told.map_or_else(
            || format!("Status – {what}"),
            |status| format!("{} {} – {what}", self.get(status), status.label()),
        )
    }
}

fn of_total(count: usize, total: usize, what: &str) -> String {
    match (count, total) {
        (1, 1) => format!("The only channel is {what}"),
        (count, total) if count == total => all(total, what),
        _ => format!("{count} of {total} channels {} {what}", if count == 1 { "is" } else { "are" }),
    }
}

fn all(total: usize, what: &str) -> String {
    match total {
        1 => format!("The only channel is {what}"),
        2 => format!("Both channels are {what}"),
        total => format!("All {total} channels are {what}"),
    }
}

/// `1 is`, `2 are`.
fn are(count: usize) -> String {
    format!("{count} {}", if count == 1 { "is" } else { "are" })
}

/// `2 are closed and 1 is in maintenance`, without what does not occur.
fn listed(counts: &[(usize, &str)]) -> String {
    let occurring = counts.iter().filter(|(count, _)| *count > 0);
    occurring.map(|(count, what)| format!("{} {what}", are(*count))).collect::<Vec<_>>().join(" and ")
}

fn with_more(sentence: &str, more: &str) -> String {
    if more.is_empty() { sentence.to_owned() } else { format!("{sentence}; {more}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;

    fn counts(statuses: &[(Status, usize)]) -> Counts {
        let rows: Vec<ChannelRow> = statuses
            .iter()
            .flat_map(|(status, count)| vec![fixture::channel("a", "1", "Sales", *status); *count])
            .collect();
        Counts::of(&rows)
    }

    #[test]
    fn one_sentence_says_whether_customers_can_chat() {
        use Status::{Closed, Degraded, Down, Maintenance, Ok, Unknown};
        let cases: [(&[(Status, usize)], &str); 17] = [
            (&[], "No target is configured"),
            (&[(Ok, 14)], "Customers can start a chat on all 14 open channels"),
            (&[(Ok, 2)], "Customers can start a chat on both open channels"),
            (&[(Ok, 1)], "Customers can start a chat on the one open channel"),
            (&[(Ok, 9), (Closed, 1)], "Customers can start a chat on all 9 open channels; 1 is closed"),
            (
                &[(Ok, 9), (Closed, 2), (Maintenance, 1)],
                "Customers can start a chat on all 9 open channels; 2 are closed and 1 is in maintenance",
            ),
            (
                &[(Ok, 9), (Degraded, 1)],
                "Customers can start a chat on all 10 open channels, but 1 is degraded",
            ),
            (&[(Ok, 12), (Down, 2)], "2 of 14 channels are down"),
            (&[(Ok, 13), (Down, 1)], "1 of 14 channels is down"),
            (
                &[(Ok, 11), (Down, 1), (Unknown, 1), (Degraded, 1), (Closed, 1)],
                "1 of 15 channels is down; 1 is unknown and 1 is degraded",
            ),
            (&[(Down, 3)], "All 3 channels are down"),
            (&[(Down, 1)], "The only channel is down"),
            (&[(Ok, 3), (Unknown, 2), (Degraded, 1)], "2 of 6 channels are unknown; 1 is degraded"),
            (&[(Unknown, 3)], "Nothing is known of any channel"),
            (&[(Closed, 3)], "All 3 channels are closed"),
            (&[(Maintenance, 1)], "The only channel is in maintenance"),
            (&[(Closed, 3), (Maintenance, 1)], "No channel is open: 3 are closed and 1 is in maintenance"),
        ];
        for (statuses, expected) in cases {
            assert_eq!(counts(statuses).sentence(), expected);
        }
    }

    #[test]
    fn the_title_tells_the_worst() {
        use Status::{Degraded, Down, Ok, Unknown};
        let cases: [(&[(Status, usize)], &str); 4] = [
            (&[(Ok, 9), (Unknown, 2), (Down, 1), (Degraded, 4)], "1 down – webchat_exporter"),
            (&[(Ok, 9), (Unknown, 2), (Degraded, 4)], "2 unknown – webchat_exporter"),
            (&[(Degraded, 4)], "4 degraded – webchat_exporter"),
            (&[(Ok, 4)], "Status – webchat_exporter"),
        ];
        for (statuses, expected) in cases {
            assert_eq!(counts(statuses).title(), expected);
        }
    }
}
