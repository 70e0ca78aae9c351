//! What changed on a page, as the script is told it: pieces of HTML and where they go.

use std::io;
use std::sync::Arc;

use askama::Template;
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

use crate::server::pages::channel_row::{ChannelRow, is_problem};
use crate::server::pages::overview::{Entry, Overview};
use crate::server::pages::site::Site;
use crate::server::pages::status_page::{ChannelLine, Numbers, TargetLine};
use crate::server::pages::target_page;
use crate::server::pages::target_row::TargetRow;
use crate::state::Snapshot;

/// The body of a `change` event.
#[derive(Debug, Serialize)]
pub(super) struct Changes {
    /// The server's time, in milliseconds since the epoch.
    now: i64,
    /// The title of the page.
    title: String,
    /// Elements that are replaced where they stand.
    pub(super) replaced: Vec<Piece>,
    /// Rows that are new, look different or stand elsewhere, the last of each list first.
    rows: Vec<MovedRow>,
    /// Identifiers of elements that are gone.
    removed: Vec<String>,
    /// What a screen reader says.
    announced: Vec<String>,
}

/// An element that is replaced.
#[derive(Debug, Serialize)]
pub(super) struct Piece {
    /// Its identifier.
    pub(super) id: &'static str,
    /// The element.
    pub(super) html: String,
}

#[derive(Debug, Serialize)]
struct MovedRow {
    id: String,
    /// The identifier of the list it stands in.
    list: &'static str,
    /// The row that follows it; at the end of the list `None`.
    before: Option<String>,
    html: String,
}

impl Changes {
    /// What changed on the status page after an update of the overview.
    pub(super) fn of_status(site: &Site, overview: &Overview, told: u64) -> io::Result<Self> {
        let now = site.now();
        let mut rows = Vec::new();
        let channel = |row: &ChannelRow| ChannelLine { site, row, now, is_hidden: false }.render();
        moved(&mut rows, "problems", &overview.problems, told, |row| &row.id, channel)?;
        moved(&mut rows, "others", &overview.others, told, |row| &row.id, channel)?;
        let target = |row: &TargetRow| TargetLine { site, row, now, is_hidden: false }.render();
        moved(&mut rows, "targets", &overview.targets, told, |row| &row.id, target)?;
        Ok(Self {
            now: now.as_millisecond(),
            title: overview.counts.title(),
            replaced: Numbers::of(overview, now).pieces()?,
            rows,
            removed: overview.removed_since(told).map(str::to_owned).collect(),
            announced: overview.announced_since(told).map(str::to_owned).collect(),
        })
    }

    /// The sections of the page of a target, and what became different after the snapshot that it showed.
    pub(super) fn of_target(site: &Site, snapshot: &Snapshot, shown: Option<&Snapshot>) -> io::Result<Self> {
        let page = target_page::TargetPage::new(site, snapshot);
        let before = shown.map(ChannelRow::all_of).unwrap_or_default();
        let is_news = |row: &ChannelRow| {
            let before = before.iter().find(|before| before.id == row.id);
            before.is_some_and(|before| {
                before.status != row.status && (is_problem(before.status) || is_problem(row.status))
            })
        };
        let rows = ChannelRow::all_of(snapshot);
        Ok(Self {
            now: site.now().as_millisecond(),
            title: page.title(),
            replaced: page.pieces()?,
            rows: Vec::new(),
            removed: Vec::new(),
            announced: rows.iter().filter(|row| is_news(row)).map(ChannelRow::announcement).collect(),
        })
    }

    /// The event; JSON without indentation is a single line.
    pub(super) fn event(&self, id: &str) -> io::Result<Bytes> {
        let json = serde_json::to_vec(self)?;
        let mut event = BytesMut::with_capacity(json.len() + id.len() + 32);
        if !id.is_empty() {
            event.put_slice(format!("id: {id}\n").as_bytes());
        }
        event.put_slice(b"event: change\ndata: ");
        event.put_slice(&json);
        event.put_slice(b"\n\n");
        Ok(event.freeze())
    }
}

/// Adds the rows of a list that changed. The last comes first: then the row that follows is always in its place.
fn moved<R>(
    rows: &mut Vec<MovedRow>,
    list: &'static str,
    entries: &[Arc<Entry<R>>],
    told: u64,
    id: impl Fn(&R) -> &String,
    render: impl Fn(&R) -> askama::Result<String>,
) -> io::Result<()> {
    for (place, entry) in entries.iter().enumerate().rev().filter(|(_, entry)| entry.changed > told) {
        rows.push(MovedRow {
            id: id(&entry.row).clone(),
            list,
            before: entries.get(place + 1).map(|next| id(&next.row).clone()),
            html: render(&entry.row).map_err(io::Error::other)?,
        });
    }
    Ok(())
}
