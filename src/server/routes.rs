//! From a request to an answer: path, method, limits and counting.

use http::header::{ALLOW, HeaderValue, LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{Method, StatusCode};

use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::server::{channels, cors, discovery, health, metrics, pages, probe, reload};

/// The longest path and query; longer than any that selects families one by one.
const MAX_URI_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Metrics,
    Probe,
    Discovery,
    Healthy,
    Ready,
    Reload,
    Channels(channels::Route),
    Pages(pages::Route),
}

impl Route {
    /// The routes by path, without the prefix.
    const ALL: [(&'static str, Self); 6] = [
        ("/metrics", Self::Metrics),
        ("/probe", Self::Probe),
        ("/sd", Self::Discovery),
        ("/-/healthy", Self::Healthy),
        ("/-/ready", Self::Ready),
        ("/-/reload", Self::Reload),
    ];

    /// The route of a path, and the path as the label `handler` shows it.
    fn find(path: &str, prefix: &str) -> Option<(&'static str, Self)> {
        let rest = path.strip_prefix(prefix)?;
        let rest = if rest.is_empty() { "/" } else { rest };
        let exact = Self::ALL.into_iter().find(|(path, _)| *path == rest);
        let channels = || channels::find(rest).map(|(handler, route)| (handler, Self::Channels(route)));
        let pages = || pages::find(rest).map(|(handler, route)| (handler, Self::Pages(route)));
        exact.or_else(channels).or_else(pages)
    }

    /// The methods it takes, as the header `Allow` lists them.
    const fn methods(self) -> &'static str {
        match self {
            Self::Reload => "POST, PUT",
            Self::Channels(_) => cors::METHODS,
            _ => "GET, HEAD",
        }
    }

    fn allows(self, method: &Method) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method.as_str())
    }
}

/// Answers a request and counts it. The body of an answer to HEAD is left away by hyper, its length is not.
pub(super) async fn answer(app: &App, request: &Parts) -> Answer {
    let found = Route::find(request.uri.path(), app.web.prefix_of_routes());
    let in_flight = app.own.requests().begin(found.map_or("other", |(handler, _)| handler));
    let answer = match found {
        _ if is_too_long(request) => {
            answer::line(StatusCode::URI_TOO_LONG, "the path and query are too long")
        }
        Some((_, route)) if !route.allows(&request.method) => not_allowed(route),
        Some((_, route)) => dispatch(app, route, request).await,
        None if request.uri.path() == "/" => to_status_page(app),
        None => answer::line(StatusCode::NOT_FOUND, "there is nothing here"),
    };
    in_flight.answered(answer.status());
    answer
}

async fn dispatch(app: &App, route: Route, request: &Parts) -> Answer {
    match route {
        Route::Discovery => discovery::answer(app),
        Route::Healthy => health::healthy(app),
        Route::Ready => health::ready(app),
        Route::Reload => reload::answer(app).await,
        Route::Channels(route) => channels::answer(app, route, request),
        Route::Pages(route) => pages::answer(app, route, request).await,
        Route::Metrics | Route::Probe => {
            let Ok(_permit) = app.scrapes.try_acquire() else { return too_many(app) };
            match route {
                Route::Probe => probe::answer(app, request).await,
                _ => metrics::answer(app, request).await,
            }
        }
    }
}

fn is_too_long(request: &Parts) -> bool {
    request.uri.path_and_query().is_some_and(|text| text.as_str().len() > MAX_URI_BYTES)
}

fn not_allowed(route: Route) -> Answer {
    let text = format!("this takes {} only", route.methods().replace(", ", " and "));
    let mut answer = answer::line(StatusCode::METHOD_NOT_ALLOWED, &text);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(route.methods()));
    answer
}

fn too_many(app: &App) -> Answer {
    let text = format!("{} scrapes are running already (--web.max-requests)", app.web.max_requests);
    let mut answer = answer::line(StatusCode::SERVICE_UNAVAILABLE, &text);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// Sends a browser that came without the prefix to the status page.
fn to_status_page(app: &App) -> Answer {
    let to = format!("{}/", app.web.prefix_of_links());
    let mut answer = answer::line(StatusCode::FOUND, &format!("see {to}"));
    if let Ok(to) = HeaderValue::from_str(&to) {
        answer.headers_mut().insert(LOCATION, to);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_under_the_prefix_and_nowhere_else() {
        let cases = [
            ("", "/metrics", Some(Route::Metrics)),
            ("", "/", Some(Route::Pages(pages::Route::Status))),
            ("", "/metrics/", None),
            ("", "/Metrics", None),
            ("", "//", None),
            ("/a", "/a/metrics", Some(Route::Metrics)),
            ("/a", "/a", Some(Route::Pages(pages::Route::Status))),
            ("/a", "/a/", Some(Route::Pages(pages::Route::Status))),
            ("/a", "/metrics", None),
            ("/a", "/ab", None),
            ("/a", "/", None),
            ("/a", "/a/health/x/y", Some(Route::Channels(channels::Route::Health))),
            ("", "/health/", Some(Route::Channels(channels::Route::Health))),
            ("", "/healthy", None),
            ("/a", "/a/targets/x", Some(Route::Pages(pages::Route::Target))),
            ("", "/targets", None),
        ];
        for (prefix, path, route) in cases {
            assert_eq!(Route::find(path, prefix).map(|(_, route)| route), route, "{prefix} {path}");
        }
    }
}
