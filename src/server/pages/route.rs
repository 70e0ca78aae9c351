//! From a request to a page, a stream or a file.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::exposition::{Encoding, negotiate};
use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::server::pages::filter::Filter;
use crate::server::pages::live::{StatusNews, TargetNews};
use crate::server::pages::{assets, target_page};
use crate::server::stream;

const HTML: &str = "text/html; charset=utf-8";

/// What a page may load and do: its own style, script, icon and stream, and a form that leads back to it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// A route of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Route {
    Status,
    Target,
    Live,
    Static,
    Icon,
}

/// The route of a path without the prefix, and the path as the label `handler` shows it.
pub(in crate::server) fn find(path: &str) -> Option<(&'static str, Route)> {
    match path {
        "/" => Some(("/", Route::Status)),
        "/live" => Some(("/live", Route::Live)),
        "/favicon.ico" => Some(("/favicon.ico", Route::Icon)),
        path if path.starts_with("/targets/") => Some(("/targets", Route::Target)),
        path if path.starts_with("/static/") => Some(("/static", Route::Static)),
        _ => None,
    }
}

/// Answers GET and HEAD.
pub(in crate::server) async fn answer(app: &App, route: Route, request: &Parts) -> Answer {
    let path = request.uri.path();
    let path = path.strip_prefix(app.web.prefix_of_routes()).unwrap_or(path);
    match route {
        Route::Status => status(app, request).await,
        Route::Target => target(app, request, path.strip_prefix("/targets/").unwrap_or_default()),
        Route::Live => live(app, request),
        Route::Static => assets::answer(request, path),
        Route::Icon => assets::icon(request),
    }
}

async fn status(app: &App, request: &Parts) -> Answer {
    let filter = Filter::from_query(request.uri.query().unwrap_or_default());
    let encoding = negotiate::encoding(&request.headers);
    match app.site.status_page(filter, encoding).await {
        Ok(pieces) => html(StatusCode::OK, encoding, pieces),
        Err(error) => answer::failure(&error),
    }
}

fn target(app: &App, request: &Parts, name: &str) -> Answer {
    let name = percent_decode_str(name).decode_utf8_lossy();
    let (status, page) = match app.store.find(&name) {
        Some(slot) => (StatusCode::OK, target_page::render(&app.site, &slot.snapshot())),
        None => (StatusCode::NOT_FOUND, target_page::render_missing(&app.site, &name)),
    };
    let encoding = negotiate::encoding(&request.headers);
    let pieces = page.map_err(io::Error::other).and_then(|page| answer::coded(encoding, page.into()));
    match pieces {
        Ok(pieces) => html(status, encoding, pieces),
        Err(error) => answer::failure(&error),
    }
}

fn live(app: &App, request: &Parts) -> Answer {
    let method: &Method = &request.method;
    let permits = &app.reports.page_streams;
    match TargetNews::asked_for(&app.site, request) {
        Some(source) => stream::answer(&app.reports, permits, method, source),
        None => stream::answer(&app.reports, permits, method, StatusNews::asked_for(&app.site, request)),
    }
}

fn html(status: StatusCode, encoding: Encoding, pieces: Vec<Bytes>) -> Answer {
    let mut answer = answer::with_body(status, HTML, pieces.into());
    answer::set_coding(&mut answer, encoding);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    answer
}
