//! The pages for people: `/` shows every channel and target, problems first; `/targets/NAME` shows one target.
//!
//! The server renders everything, whole pages and the pieces that changed alike, by the same templates; the script only
//! puts pieces in their place. `overview` keeps what the status page shows and knows what changed · `channel_row` and
//! `target_row` what is listed · `figure` values against limits · `plan` what comes next · `schedule_text` business hours ·
//! `sparkline` recent polls · `headline` all in one sentence · `filter` what a visitor wants to see · `time_text` how times are written · `link`
//! names in links · `site` what all pages share · `status_page`, `target_page` and `poll_rows` the pages · `changes` and
//! `live` the stream that keeps them up to date · `assets` style, script and icon · `route` from a request to an answer.

mod assets;
mod changes;
mod channel_row;
mod figure;
mod filter;
#[cfg(test)]
mod fixture;
mod headline;
mod link;
mod live;
mod overview;
mod plan;
mod poll_rows;
mod route;
mod schedule_text;
mod site;
mod sparkline;
mod status_page;
mod target_page;
mod target_row;
mod time_text;

pub(super) use route::{Route, answer, find};
pub(super) use site::Site;
