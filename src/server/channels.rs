//! The routes about channels: `/health`, `/badge`, `/api/v1/status` and its stream, the polls behind them, and their
//! description.

use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::health::{HealthDocument, TargetPolls, TargetStatus, openapi};
use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::server::conditional::{self, Tagged};
use crate::server::{badge, cors, probe, reports, stream};

const HEALTH_JSON: &str = "application/health+json";
const JSON: &str = "application/json";

/// What stands before the name of a target whose polls are asked for.
const POLLS: &str = "/api/v1/targets/";

/// A route about channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Health,
    Badge,
    Status,
    Stream,
    Polls,
    Description,
}

/// The route of a path without the prefix, and the path as the label `handler` shows it.
pub(super) fn find(path: &str) -> Option<(&'static str, Route)> {
    match path {
        "/health" => Some(("/health", Route::Health)),
        "/api/v1/status" => Some(("/api/v1/status", Route::Status)),
        "/api/v1/status/stream" => Some(("/api/v1/status/stream", Route::Stream)),
        "/api/v1/openapi.json" => Some(("/api/v1/openapi.json", Route::Description)),
        path if path.starts_with("/health/") => Some(("/health", Route::Health)),
        path if path.starts_with(POLLS) => Some(("/api/v1/targets", Route::Polls)),
        path if path.starts_with("/badge/") => Some(("/badge", Route::Badge)),
        _ => None,
    }
}

/// Answers any method that [`cors::METHODS`] lists.
pub(super) fn answer(app: &App, route: Route, request: &Parts) -> Answer {
    let origins = &app.web.cors_origins;
    let mut answer = if request.method == Method::OPTIONS {
        cors::preflight(origins, request)
    } else {
        content(app, route, request).unwrap_or_else(|error| answer::failure(&error.into()))
    };
    cors::allow(origins, request, &mut answer);
    answer
}

fn content(app: &App, route: Route, request: &Parts) -> serde_json::Result<Answer> {
    let path = request.uri.path();
    let path = path.strip_prefix(app.web.prefix_of_routes()).unwrap_or(path);
    Ok(match route {
        Route::Health => {
            let rest = path.strip_prefix("/health").unwrap_or_default();
            health(app, request, rest.strip_prefix('/'))?
        }
        Route::Badge => badge(app, request, path.strip_prefix("/badge/").unwrap_or_default()),
        Route::Status => conditional::answer(request, StatusCode::OK, JSON, &app.reports.status()?),
        Route::Stream => stream::status(&app.reports, &request.method),
        Route::Polls => polls(app, request, path.strip_prefix(POLLS).unwrap_or_default())?,
        Route::Description => {
            let document = openapi::document(app.web.prefix_of_links());
            let tagged = Tagged::new(serde_json::to_vec(&document)?);
            conditional::answer(request, StatusCode::OK, JSON, &tagged)
        }
    })
}

fn health(app: &App, request: &Parts, rest: Option<&str>) -> serde_json::Result<Answer> {
    let (status, tagged) = match rest.map(names) {
        None => app.reports.health()?,
        Some((target, channel)) => {
            let Some(target) = find_target(app, &target) else { return Ok(unknown_target(&target)) };
            let document = match channel {
                None => HealthDocument::of_target(&target),
                Some(channel) => match (target.find(&channel).as_slice(), target.may_have_more()) {
                    ([], true) => HealthDocument::of_unheard(&target),
                    ([], false) => return Ok(unknown_channel(&target, &channel)),
                    (channels, _) => HealthDocument::of_channels(&target, channels),
                },
            };
            reports::rendered(&document)?
        }
    };
    Ok(conditional::answer(request, status, HEALTH_JSON, &tagged))
}

fn polls(app: &App, request: &Parts, name: &str) -> serde_json::Result<Answer> {
    let name = decoded(name);
    let Some(slot) = app.store.find(&name) else { return Ok(unknown_target(&name)) };
    let document = TargetPolls::of(&slot.snapshot());
    let tagged = Tagged::new(serde_json::to_vec(&document)?);
    Ok(conditional::answer(request, StatusCode::OK, JSON, &tagged))
}

fn badge(app: &App, request: &Parts, rest: &str) -> Answer {
    let Some(rest) = rest.strip_suffix(".svg") else {
        return answer::line(StatusCode::NOT_FOUND, "a badge is at /badge/TARGET/CHANNEL.svg");
    };
    let (name, channel) = names(rest);
    let Some(target) = find_target(app, &name) else { return unknown_target(&name) };
    let channel = channel.unwrap_or_default();
    let image = match (badge::worst(&target.find(&channel)), target.may_have_more()) {
        (Some(known), _) => badge::of_channel(known),
        (None, true) => badge::of_unheard(&channel),
        (None, false) => return unknown_channel(&target, &channel),
    };
    conditional::answer(request, StatusCode::OK, "image/svg+xml", &Tagged::new(image))
}

/// The decoded names of `TARGET` or `TARGET/CHANNEL`; further slashes belong to the channel, since proxies decode them.
fn names(path: &str) -> (String, Option<String>) {
    match path.split_once('/') {
        Some((target, channel)) => (decoded(target), Some(decoded(channel))),
        None => (decoded(path), None),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn find_target(app: &App, name: &str) -> Option<TargetStatus> {
    app.store.find(name).map(|slot| TargetStatus::of(&slot.snapshot()))
}

fn unknown_target(name: &str) -> Answer {
    answer::line(StatusCode::NOT_FOUND, &probe::unknown_target(name))
}

fn unknown_channel(target: &TargetStatus, channel: &str) -> Answer {
    let shown: String = channel.chars().take(100).collect();
    let text = format!("the target {:?} has no channel with the id or name {shown:?}", target.name);
    answer::line(StatusCode::NOT_FOUND, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_after_they_are_taken_apart() {
        let cases = [
            ("desk", "desk", None),
            ("desk/", "desk", Some("")),
            ("desk/1", "desk", Some("1")),
            ("desk/a%20b+c%C3%A9", "desk", Some("a b+cé")),
            ("desk/a%2Fb", "desk", Some("a/b")),
            ("desk/a/b", "desk", Some("a/b")),
            ("a%2Fb/c", "a/b", Some("c")),
            ("desk/%zz%FF", "desk", Some("%zz\u{fffd}")),
        ];
        for (path, target, channel) in cases {
            assert_eq!(names(path), (target.to_owned(), channel.map(str::to_owned)), "{path}");
        }
    }
}
