//! `GET /`: what this is and where to go, for people.

use std::fmt::{self, Write};

use http::StatusCode;

use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::server::html::{Escaped, query_value};
use crate::state::Snapshot;

/// Links below the title: path and what is there.
const LINKS: [(&str, &str); 4] = [
    ("/metrics", "metrics of all targets and of this process"),
    ("/sd", "the targets, for Prometheus HTTP service discovery"),
    ("/-/healthy", "whether this process works"),
    ("/-/ready", "whether every target was polled once"),
];

pub(super) fn answer(app: &App) -> Answer {
    match page(app) {
        Ok(page) => answer::typed(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(error) => answer::failure(&std::io::Error::other(error)),
    }
}

fn page(app: &App) -> Result<String, fmt::Error> {
    let (version, prefix) = (env!("CARGO_PKG_VERSION"), Escaped(app.web.prefix_of_links()));
    let mut page = String::new();
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>webchat_exporter</title>\n</head>\n<body>\n<main>\n\
         <h1>webchat_exporter</h1>\n<p>Version {version}</p>\n<ul>\n"
    )?;
    for (path, title) in LINKS {
        writeln!(page, "<li><a href=\"{prefix}{path}\">{path}</a>: {title}</li>")?;
    }
    page.push_str("</ul>\n<h2>Targets</h2>\n");
    let slots = app.store.slots();
    if slots.is_empty() {
        page.push_str("<p>No target is configured.</p>\n");
    } else {
        page.push_str("<table>\n<thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Platform</th>");
        page.push_str("<th scope=\"col\">Up</th><th scope=\"col\">Probe</th></tr></thead>\n<tbody>\n");
        for slot in slots.iter() {
            push_row(&mut page, &slot.snapshot(), &prefix)?;
        }
        page.push_str("</tbody>\n</table>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

fn push_row(page: &mut String, snapshot: &Snapshot, prefix: &Escaped<'_>) -> fmt::Result {
    let (target, platform) = (&snapshot.identity.target, snapshot.identity.platform);
    let (name, value, up) = (Escaped(target), query_value(target), up(snapshot));
    writeln!(
        page,
        "<tr><th scope=\"row\"><a href=\"{prefix}/metrics?target={value}\">{name}</a></th><td>{platform}</td>\
         <td>{up}</td><td><a href=\"{prefix}/probe?target={value}\" rel=\"nofollow\">probe</a></td></tr>"
    )
}

/// What the newest poll of the target's primary collector said, in a word.
fn up(snapshot: &Snapshot) -> &'static str {
    let block = snapshot.blocks.iter().find(|block| block.family.name == "webchat_target_up");
    match block.map(|block| &*block.text) {
        Some(text) if text.ends_with(b" 1\n") => "up",
        Some(text) if text.ends_with(b" 0\n") => "down",
        _ => "unknown",
    }
}
