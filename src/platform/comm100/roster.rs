//! Pages of agents, put together into one list.

use std::collections::HashSet;

use crate::http_client::Failure;
use crate::platform::body::Parsed;
use crate::platform::comm100::wire_agents::{Agent, AgentsPage};

/// The agents of all pages.
#[derive(Debug)]
pub struct AgentList {
    /// Every agent once, in the vendor's order.
    pub agents: Vec<Agent>,
    /// Whether these are all agents, as far as the pages tell.
    pub complete: bool,
}

/// The agents of the pages read so far.
///
/// The API does not document how pages are asked for, so a server may ignore the index: a page that brings nobody new
/// ends the list.
#[derive(Debug, Default)]
pub struct Roster {
    agents: Vec<Agent>,
    seen: HashSet<String>,
    failures: Vec<Failure>,
    pages: u32,
    page_count: f64,
    total: Option<f64>,
    repeated: bool,
}

impl Roster {
    /// The most pages that one poll reads.
    pub const MAX_PAGES: u32 = 100;

    /// The index of the page to ask for next, from 1; `None` when the list is at its end.
    pub fn next_page(&self) -> Option<u32> {
        let first = self.pages == 0;
        let more = !self.repeated && f64::from(self.pages) < self.page_count && self.pages < Self::MAX_PAGES;
        (first || more).then_some(self.pages + 1)
    }

    /// Adds the next page; an agent who is known already moved between the pages and is not added again.
    pub fn add(&mut self, page: AgentsPage) {
        let known = self.agents.len();
        for agent in page.agents {
            if self.seen.insert(agent.id.to_ascii_lowercase()) {
                self.agents.push(agent);
            }
        }
        self.repeated = self.pages > 0 && self.agents.len() == known;
        if !self.repeated {
            self.failures.extend(page.failures);
        }
        self.pages += 1;
        self.page_count = page.page_count;
        self.total = page.total.or(self.total);
    }

    /// The list; one that lacks agents by the server's own count carries a failure that says so.
    pub fn finish(mut self) -> Parsed<AgentList> {
        let counted_all = self.total.is_some_and(|total| self.agents.len() as f64 >= total);
        let complete = if self.repeated { counted_all } else { f64::from(self.pages) >= self.page_count };
        if self.repeated && !complete {
            self.failures.push(Failure::parse(
                "the list of agents is incomplete: a page after the first brought no other agents",
            ));
        } else if !complete {
            self.failures.push(Failure::parse(format!(
                "the list of agents is incomplete: it has more than {} pages",
                Self::MAX_PAGES
            )));
        }
        Parsed { value: AgentList { agents: self.agents, complete }, failures: self.failures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], page_count: f64, total: Option<f64>) -> AgentsPage {
        let agent = |id: &&str| Agent {
            id: (*id).to_owned(),
            name: None,
            status_id: None,
            chats_ongoing: None,
            chats_max: None,
            chats_today: None,
            chat_time_today: None,
            status_times: Vec::new(),
        };
        AgentsPage { agents: ids.iter().map(agent).collect(), page_count, total, failures: Vec::new() }
    }

    /// Asks for pages until the end: how many were read, who was found, and what went wrong.
    fn read(answer: impl Fn(u32) -> AgentsPage) -> (u32, Vec<String>, Vec<String>) {
        let mut roster = Roster::default();
        while let Some(index) = roster.next_page() {
            roster.add(answer(index));
        }
        let pages = roster.pages;
        let list = roster.finish();
        let ids = list.value.agents.into_iter().map(|agent| agent.id).collect();
        (pages, ids, list.failures.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn all_pages_are_read_and_an_agent_who_moved_is_counted_once() {
        let pages: [&[&str]; 3] = [&["a", "b"], &["B", "c"], &["d"]];
        let (read, ids, failures) = read(|index| page(pages[index as usize - 1], 3.0, Some(5.0)));
        assert_eq!((read, ids.join(" "), failures.len()), (3, "a b c d".to_owned(), 0));
    }

    #[test]
    fn a_server_that_ignores_the_page_index_is_noticed_at_its_second_page() {
        let (pages, ids, failures) = read(|_| page(&["a", "b"], 7.0, Some(14.0)));
        assert_eq!((pages, ids.join(" ")), (2, "a b".to_owned()));
        assert_eq!(
            failures,
            ["the list of agents is incomplete: a page after the first brought no other agents"]
        );
        let (pages, _, failures) = read(|_| page(&["a", "b"], 2.0, Some(2.0)));
        assert_eq!((pages, failures.len()), (2, 0), "everybody was on the first page");
    }

    #[test]
    fn the_number_of_pages_is_capped() {
        let (pages, ids, failures) = read(|index| page(&[&index.to_string()], 1e9, None));
        assert_eq!((pages, ids.len()), (100, 100));
        assert_eq!(failures, ["the list of agents is incomplete: it has more than 100 pages"]);
    }

    #[test]
    fn no_agents_are_one_page() {
        assert_eq!(read(|_| page(&[], 0.0, Some(0.0))), (1, Vec::new(), Vec::new()));
    }
}
