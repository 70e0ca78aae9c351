//! `GET /targets/NAME`: one target with its channels, what is set for them, its collectors and recent polls.

use std::collections::HashSet;
use std::io;

use askama::Template;
use jiff::Timestamp;

use crate::channel::schedule::Schedule;
use crate::channel::status::Status;
use crate::server::pages::changes::Piece;
use crate::server::pages::channel_row::ChannelRow;
use crate::server::pages::figure::{self, Figure};
use crate::server::pages::headline::Counts;
use crate::server::pages::link::encoded;
use crate::server::pages::plan::PlannedChange;
use crate::server::pages::poll_rows::{CollectorRow, PollRow};
use crate::server::pages::schedule_text::{lines, patience, zone};
use crate::server::pages::site::Site;
use crate::server::pages::sparkline::Sparkline;
use crate::server::pages::time_text::{Past, exact};
use crate::state::Snapshot;

/// The page of a target as HTML.
pub(super) fn render(site: &Site, snapshot: &Snapshot) -> askama::Result<String> {
    TargetPage::new(site, snapshot).render()
}

/// The page for a target that is not configured.
pub(super) fn render_missing(site: &Site, name: &str) -> askama::Result<String> {
    let mut known: Vec<String> = site.store.slots().iter().map(|slot| slot.name().to_owned()).collect();
    known.sort();
    MissingPage { site, name, known }.render()
}

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    site: &'a Site,
    name: &'a str,
    known: Vec<String>,
}

#[derive(Template)]
#[template(path = "target.html")]
pub(super) struct TargetPage<'a> {
    site: &'a Site,
    now: Timestamp,
    name: &'a str,
    counts: Counts,
    summary: Summary<'a>,
    channels: Channels<'a>,
    rules: Rules,
    collectors: Collectors,
    polls: Polls,
    failures: Failures,
}

/// What the target is.
#[derive(Template)]
#[template(path = "target_summary.html")]
struct Summary<'a> {
    site: &'a Site,
    snapshot: &'a Snapshot,
    sentence: String,
    worst: &'static str,
    polls: Sparkline,
}

/// Its channels.
#[derive(Template)]
#[template(path = "target_channels.html")]
struct Channels<'a> {
    rows: Vec<(ChannelRow, Vec<Figure>)>,
    /// Headings of the figures; what no channel reports has no column.
    headings: Vec<&'static str>,
    site: &'a Site,
    now: Timestamp,
}

/// What is set for its channels.
#[derive(Template)]
#[template(path = "target_rules.html")]
struct Rules {
    limits: Vec<[String; 3]>,
    patience: String,
    schedules: Vec<BusinessHours>,
}

/// When channels are open.
struct BusinessHours {
    whose: String,
    zone: String,
    lines: Vec<String>,
}

/// Its collectors.
#[derive(Template)]
#[template(path = "target_collectors.html")]
struct Collectors {
    rows: Vec<CollectorRow>,
}

/// Its recent polls.
#[derive(Template)]
#[template(path = "target_polls.html")]
struct Polls {
    rows: Vec<PollRow>,
}

/// Its older failures.
#[derive(Template)]
#[template(path = "target_failures.html")]
struct Failures {
    rows: Vec<PollRow>,
}

impl<'a> TargetPage<'a> {
    pub(super) fn new(site: &'a Site, snapshot: &'a Snapshot) -> Self {
        let now = site.now();
        let mut rows = ChannelRow::all_of(snapshot);
        rows.sort_by(ChannelRow::order);
        let counts = Counts::of(&rows);
        let recent = snapshot.history.recent();
        Self {
            site,
            now,
            name: &snapshot.identity.target,
            counts,
            summary: Summary {
                site,
                snapshot,
                sentence: counts.sentence(),
                worst: counts.worst().map_or("none", Status::label),
                polls: Sparkline::of(&recent),
            },
            channels: Channels::new(site, snapshot, rows, now),
            rules: Rules::new(snapshot),
            collectors: Collectors {
                rows: snapshot.collectors.iter().map(|report| CollectorRow::of(report, now)).collect(),
            },
            polls: Polls { rows: recent.iter().map(|poll| PollRow::of(poll, now)).collect() },
            failures: Failures {
                rows: snapshot.history.failures().iter().map(|poll| PollRow::of(poll, now)).collect(),
            },
        }
    }

    /// The title of the page: trouble first.
    pub(super) fn title(&self) -> String {
        self.counts.title_of(self.name)
    }

    /// The sections, which are brought up to date each for itself.
    pub(super) fn pieces(&self) -> io::Result<Vec<Piece>> {
        let sections: [(&'static str, askama::Result<String>); 6] = [
            ("summary", self.summary.render()),
            ("channels", self.channels.render()),
            ("rules", self.rules.render()),
            ("collectors", self.collectors.render()),
            ("polls", self.polls.render()),
            ("failures", self.failures.render()),
        ];
        let piece =
            |(id, html): (_, askama::Result<_>)| Ok(Piece { id, html: html.map_err(io::Error::other)? });
        sections.into_iter().map(piece).collect()
    }

    fn made_at(&self) -> String {
        exact(self.now)
    }

    fn live(&self) -> String {
        format!("{}/live?target={}", self.site.prefix, encoded(self.name))
    }
}

impl Summary<'_> {
    fn encoded_name(&self) -> String {
        encoded(&self.snapshot.identity.target)
    }

    fn labels(&self) -> &[(String, String)] {
        &self.snapshot.identity.user_labels
    }
}

impl<'a> Channels<'a> {
    fn new(site: &'a Site, snapshot: &Snapshot, rows: Vec<ChannelRow>, now: Timestamp) -> Self {
        let thresholds = &snapshot.rules.thresholds;
        let with_figures = |row: ChannelRow| {
            let view = snapshot.channels.iter().find(|view| view.facts.id == row.channel);
            let figures = view.map(|view| figure::all(&view.facts, thresholds));
            (row, figures.unwrap_or_default())
        };
        let mut rows: Vec<(ChannelRow, Vec<Figure>)> = rows.into_iter().map(with_figures).collect();
        let all = rows.iter().flat_map(|(_, figures)| figures);
        let reported: HashSet<&str> =
            all.filter(|figure| figure.value.is_some()).map(|figure| figure.key).collect();
        for (_, figures) in &mut rows {
            figures.retain(|figure| reported.contains(figure.key));
        }
        let headings = rows.first().map(|(_, figures)| figures.iter().map(|figure| figure.heading).collect());
        Self { headings: headings.unwrap_or_default(), rows, site, now }
    }

    fn since(&self, row: &ChannelRow) -> Option<Past> {
        row.since.map(|since| Past::new(since, self.now))
    }

    fn changes(&self, row: &ChannelRow) -> Vec<PlannedChange> {
        row.plan.changes(self.now)
    }
}

impl Rules {
    fn new(snapshot: &Snapshot) -> Self {
        let rules = &snapshot.rules;
        let name = |id: &String| {
            let view = snapshot.channels.iter().find(|view| view.facts.id == *id);
            view.and_then(|view| view.facts.name.clone()).unwrap_or_else(|| id.clone())
        };
        let own = rules.schedules.iter().map(|(id, schedule)| BusinessHours::of(name(id), schedule));
        let whose = if rules.schedules.is_empty() { "all channels" } else { "all other channels" };
        let of_all = rules.schedule.iter().map(|schedule| BusinessHours::of(whose.to_owned(), schedule));
        Self {
            limits: figure::limits(&rules.thresholds),
            patience: patience(&rules.thresholds),
            schedules: own.chain(of_all).collect(),
        }
    }
}

impl BusinessHours {
    fn of(whose: String, schedule: &Schedule) -> Self {
        Self { whose, zone: zone(schedule), lines: lines(schedule) }
    }
}
