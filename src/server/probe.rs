//! `GET /probe?target=NAME`: polls one configured target now.
//!
//! Beside the target's series the page has what the connectivity check found, so that rules know of a lost network where
//! targets are scraped from here.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use url::form_urlencoded;

use crate::exposition::{Encoding, Format, Page, Selection, negotiate};
use crate::poll::Probed;
use crate::server::answer::{self, Answer};
use crate::server::app::App;

/// The time Prometheus waits for an answer, as a decimal number of seconds.
const TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";
/// Without the header.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The part of the scrape timeout that is left for the way of the answer.
const RESERVE: Duration = Duration::from_millis(500);
/// Nobody waits longer than this for a scrape.
const MAX_TIMEOUT: Duration = Duration::from_mins(10);

pub(super) async fn answer(app: &App, request: &Parts) -> Answer {
    let mut selection = Selection::from_query(request.uri.query());
    let target = match selection.targets.as_slice() {
        [target] => target.clone(),
        [] => {
            return refused(
                "the parameter target is missing; ask for /probe?target=NAME with a configured name",
            );
        }
        _ => return refused("the parameter target occurs more than once; a probe is of one target"),
    };
    selection.targets.clear();
    let Some(timeout) = timeout(&request.headers) else {
        return refused("X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds above zero");
    };
    match app.engine.probe(&target, Instant::now() + timeout).await {
        None => refused(&unknown_target(&target)),
        Some(probed) if is_debug(request) => with_transcript(app, probed, &selection).await,
        Some(probed) => {
            let (format, encoding) =
                (negotiate::format(&request.headers), negotiate::encoding(&request.headers));
            match app.pages.page_of(probed.snapshot, &selection, format, encoding).await {
                Ok(page) => answer::page(page),
                Err(error) => answer::failure(&error),
            }
        }
    }
}

/// What is said of a target that is not configured; a name that is long or odd is shown cut and escaped.
pub(super) fn unknown_target(target: &str) -> String {
    let shown: String = target.chars().take(100).collect();
    format!(
        "the target {shown:?} is not configured; targets are named as in the configuration, never by a URL"
    )
}

fn refused(text: &str) -> Answer {
    answer::line(StatusCode::BAD_REQUEST, text)
}

/// How long the polls may take; `None` where the header makes no sense.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let Some(header) = headers.get(TIMEOUT_HEADER) else { return Some(DEFAULT_TIMEOUT) };
    let seconds: f64 = header.to_str().ok()?.trim().parse().ok()?;
    let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())?;
    let timeout = timeout.min(MAX_TIMEOUT);
    // Half of a timeout that the reserve would eat up.
    Some(timeout.saturating_sub(RESERVE).max(timeout / 2))
}

fn is_debug(request: &Parts) -> bool {
    let query = request.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "debug" && value == "true")
}

/// The exchanges with the vendor, a blank line, and the page in the classic format.
async fn with_transcript(app: &App, probed: Probed, selection: &Selection) -> Answer {
    let mut text: String = probed.transcript.iter().flat_map(|line| [line, "\n"]).collect();
    if text.is_empty() {
        text.push_str("No exchange with the vendor was made.\n");
    }
    text.push('\n');
    match app.pages.page_of(probed.snapshot, selection, Format::Classic, Encoding::Identity).await {
        Ok(Page { pieces, .. }) => {
            text.extend(pieces.iter().map(|piece| String::from_utf8_lossy(piece)));
            answer::typed(StatusCode::OK, "text/plain; charset=utf-8", text)
        }
        Err(error) => answer::failure(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_leaves_half_a_second_for_the_way_back() {
        let cases = [
            (None, Some(10_000)),
            (Some("10"), Some(9_500)),
            (Some("2.5"), Some(2_000)),
            (Some(" 1e1 "), Some(9_500)),
            (Some("0.4"), Some(200)),
            (Some("0.9"), Some(450)),
            (Some("1e9"), Some(599_500)),
            (Some("0"), None),
            (Some("-1"), None),
            (Some("NaN"), None),
            (Some("inf"), None),
            (Some("1e300"), None),
            (Some("ten"), None),
            (Some(""), None),
        ];
        for (header, expected) in cases {
            let headers = header.map(|text| (TIMEOUT_HEADER.parse().unwrap(), text.parse().unwrap()));
            let headers: HeaderMap = headers.into_iter().collect();
            assert_eq!(timeout(&headers).map(|timeout| timeout.as_millis()), expected, "{header:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_shown_cut_and_escaped() {
        assert_eq!(
            unknown_target("a\n\u{1b}[31m\""),
            "the target \"a\\n\\u{1b}[31m\\\"\" is not configured; targets are named as in the configuration, \
             never by a URL"
        );
        assert!(unknown_target(&"x".repeat(5000)).len() < 250);
    }
}
