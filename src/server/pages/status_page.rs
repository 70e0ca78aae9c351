//! `GET /`: every channel and target, problems first.

use std::collections::HashSet;
use std::io;

use askama::Template;
use jiff::Timestamp;

use crate::channel::status::Status;
use crate::server::pages::changes::Piece;
use crate::server::pages::channel_row::{ChannelRow, severity};
use crate::server::pages::filter::Filter;
use crate::server::pages::headline::Counts;
use crate::server::pages::link::encoded;
use crate::server::pages::overview::Overview;
use crate::server::pages::plan::PlannedChange;
use crate::server::pages::site::Site;
use crate::server::pages::target_row::TargetRow;
use crate::server::pages::time_text::{Past, exact};

/// Up to so many channels without problems are listed at once; more are folded away until somebody wants to see them.
const UNFOLDED: usize = 60;

/// The status page as HTML.
pub(super) fn render(site: &Site, overview: &Overview, filter: &Filter) -> askama::Result<String> {
    StatusPage::new(site, overview, filter).render()
}

/// A channel.
#[derive(Template)]
#[template(path = "channel_row.html")]
pub(super) struct ChannelLine<'a> {
    pub(super) site: &'a Site,
    pub(super) row: &'a ChannelRow,
    pub(super) now: Timestamp,
    pub(super) is_hidden: bool,
}

/// A target.
#[derive(Template)]
#[template(path = "target_row.html")]
pub(super) struct TargetLine<'a> {
    pub(super) site: &'a Site,
    pub(super) row: &'a TargetRow,
    pub(super) now: Timestamp,
    pub(super) is_hidden: bool,
}

impl ChannelLine<'_> {
    fn since(&self) -> Option<Past> {
        self.row.since.map(|since| Past::new(since, self.now))
    }

    fn changes(&self) -> Vec<PlannedChange> {
        self.row.plan.changes(self.now)
    }
}

impl TargetLine<'_> {
    fn counts(&self) -> Vec<(Status, usize)> {
        by_severity().into_iter().map(|status| (status, self.row.counts.get(status))).collect()
    }

    fn error_at(&self) -> Option<Past> {
        self.row.last_error.as_ref().map(|error| Past::new(error.at, self.now))
    }

    fn encoded_name(&self) -> String {
        encoded(&self.row.name)
    }
}

/// The numbers of the page, each an element of its own, and the sentence above them.
#[derive(Debug)]
pub(super) struct Numbers {
    counts: Counts,
    lists: [usize; 3],
    cut_off: Option<Past>,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct VerdictHeading<'a> {
    worst: &'a str,
    sentence: String,
}

/// That the exporter's own network is down, which says more than all that follows.
#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    cut_off: Option<&'a Past>,
}

#[derive(Template)]
#[template(path = "number.html")]
struct Number {
    id: &'static str,
    number: usize,
}

impl Numbers {
    pub(super) fn of(overview: &Overview, now: Timestamp) -> Self {
        let lists = [overview.problems.len(), overview.others.len(), overview.targets.len()];
        let cut_off = overview.cut_off.map(|since| Past::new(since, now));
        Self { counts: overview.counts, lists, cut_off }
    }

    /// The elements with the numbers.
    pub(super) fn pieces(&self) -> io::Result<Vec<Piece>> {
        let html = |number: Number| number.render().map_err(io::Error::other);
        let mut pieces = vec![
            Piece { id: "verdict", html: self.verdict().map_err(io::Error::other)? },
            Piece { id: "notice", html: self.notice().map_err(io::Error::other)? },
        ];
        for status in Status::ALL {
            pieces.push(Piece { id: count_id(status), html: html(self.count(status))? });
        }
        for list in 0..self.lists.len() {
            let number = self.list(list);
            pieces.push(Piece { id: number.id, html: html(number)? });
        }
        Ok(pieces)
    }

    fn verdict(&self) -> askama::Result<String> {
        let worst = self.counts.worst().map_or("none", Status::label);
        VerdictHeading { worst, sentence: self.counts.sentence() }.render()
    }

    fn notice(&self) -> askama::Result<String> {
        Notice { cut_off: self.cut_off.as_ref() }.render()
    }

    fn count(&self, status: Status) -> Number {
        Number { id: count_id(status), number: self.counts.get(status) }
    }

    fn list(&self, list: usize) -> Number {
        let id = ["problems-count", "others-count", "targets-count"][list];
        Number { id, number: self.lists[list] }
    }
}

fn count_id(status: Status) -> &'static str {
    match status {
        Status::Ok => "count-ok",
        Status::Degraded => "count-degraded",
        Status::Down => "count-down",
        Status::Closed => "count-closed",
        Status::Maintenance => "count-maintenance",
        Status::Unknown => "count-unknown",
    }
}

fn by_severity() -> Vec<Status> {
    let mut statuses = Status::ALL.to_vec();
    statuses.sort_by_key(|status| severity(*status));
    statuses
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    site: &'a Site,
    filter: &'a Filter,
    title: String,
    now: Timestamp,
    live: String,
    numbers: Numbers,
    statuses: Vec<Status>,
    platforms: Vec<&'static str>,
    problems: Vec<ChannelLine<'a>>,
    others: Vec<ChannelLine<'a>>,
    targets: Vec<TargetLine<'a>>,
}

impl<'a> StatusPage<'a> {
    fn new(site: &'a Site, overview: &'a Overview, filter: &'a Filter) -> Self {
        let now = site.now();
        let mut shown_targets: HashSet<&str> = HashSet::new();
        let mut is_hidden = |row: &'a ChannelRow| {
            let is_shown = filter.shows(row);
            if is_shown {
                shown_targets.insert(&row.target);
            }
            !is_shown
        };
        let (mut problems, mut others) = (Vec::new(), Vec::new());
        let lists = [(&overview.problems, &mut problems), (&overview.others, &mut others)];
        for (entries, lines) in lists {
            for entry in entries {
                let row = &entry.row;
                lines.push(ChannelLine { site, row, now, is_hidden: is_hidden(row) });
            }
        }
        let target = |row: &'a TargetRow| {
            let is_hidden = !filter.shows_target(row, shown_targets.contains(row.name.as_str()));
            TargetLine { site, row, now, is_hidden }
        };
        Self {
            site,
            filter,
            title: overview.counts.title(),
            now,
            live: format!("{}/live?since={}-{}", site.prefix, site.instance, overview.number),
            numbers: Numbers::of(overview, now),
            statuses: by_severity(),
            platforms: overview.platforms(),
            problems,
            others,
            targets: overview.targets.iter().map(|entry| target(&entry.row)).collect(),
        }
    }

    fn made_at(&self) -> String {
        exact(self.now)
    }

    /// Channels that are shown, and all.
    fn shown(&self) -> (usize, usize) {
        let problems = self.problems.iter().filter(|row| !row.is_hidden).count();
        let others = self.others.iter().filter(|row| !row.is_hidden).count();
        (problems + others, self.problems.len() + self.others.len())
    }

    fn has_shown_problems(&self) -> bool {
        self.problems.iter().any(|row| !row.is_hidden)
    }

    fn has_shown_others(&self) -> bool {
        self.others.iter().any(|row| !row.is_hidden)
    }

    fn has_shown_targets(&self) -> bool {
        self.targets.iter().any(|row| !row.is_hidden)
    }

    /// Whether the channels without problems are listed at once.
    fn is_unfolded(&self) -> bool {
        self.others.len() <= UNFOLDED || !self.filter.is_empty()
    }
}
