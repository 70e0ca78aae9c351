//! Comm100's API over the demo's contact centre: authentication and routing; `simulator_reports` writes the bodies.
//!
//! It takes what the real server takes: OAuth tokens from `/oauth/token`, or HTTP Basic with `siteId`. Any e-mail,
//! password, key and client id will do as long as there is one; a bearer token must be one it issued and still in time.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::demo::centre::Centre;
use crate::demo::simulator::{Simulator, answer, json as ok, query_parameter};
use crate::platform::comm100::simulator_reports as reports;

/// Lifetime of an access token in seconds, as the real server states it.
const EXPIRES_IN: i64 = 43_199;
/// Start of every access token; the second of its expiry follows.
const ACCESS_TOKEN: &str = "demo-access-";
/// Start of every refresh token; a number that grows with each rotation follows.
const REFRESH_TOKEN: &str = "demo-refresh-";

/// The simulator of `/v4/livechat/realTime/*` and `/oauth/token`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comm100Simulator;

impl Simulator for Comm100Simulator {
    fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
        if centre.trouble.api_down {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, 503_000, "The service is unavailable.");
        }
        let path = request.uri().path().trim_end_matches('/').to_ascii_lowercase();
        match (path.strip_prefix("/v4/livechat/realtime/"), request.method()) {
            (Some(_), _) if !is_authenticated(request, centre) => {
                refusal(StatusCode::UNAUTHORIZED, 401_000, "Authorization has been denied for this request.")
            }
            (Some(report), &Method::GET) => answer_report(report, request, centre),
            (None, &Method::POST) if path == "/oauth/token" => answer_token(request, centre),
            (None, _) if path != "/oauth/token" => not_found(),
            _ => refusal(StatusCode::METHOD_NOT_ALLOWED, 405_000, "The method is not allowed."),
        }
    }
}

fn answer_report(report: &str, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
    match report {
        "rightnow" => ok(&reports::right_now(centre)),
        "queue" => ok(&reports::queue(centre)),
        "agents" => ok(&reports::agents(centre, request)),
        "today" => {
            let start = query_parameter(request, "startTime");
            if start.is_some_and(|start| start.parse::<jiff::civil::DateTime>().is_ok()) {
                ok(&reports::today(centre))
            } else {
                refusal(StatusCode::BAD_REQUEST, 400_000, "startTime is required.")
            }
        }
        _ => not_found(),
    }
}

/// A bearer token that was issued here and is still in time, or Basic together with a site.
fn is_authenticated(request: &Request<Bytes>, centre: &Centre) -> bool {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, credentials)) = value.and_then(|value| value.split_once(' ')) else { return false };
    if centre.trouble.credentials_refused || credentials.is_empty() {
        return false;
    }
    if scheme.eq_ignore_ascii_case("Basic") {
        return query_parameter(request, "siteId").is_some_and(|site| !site.is_empty());
    }
    let expiry = credentials.strip_prefix(ACCESS_TOKEN).and_then(|expiry| expiry.parse().ok());
    let second = centre.now.as_second();
    // What was issued can end at most one lifetime from now.
    scheme.eq_ignore_ascii_case("Bearer")
        && expiry.is_some_and(|expiry: i64| (second + 1..=second + EXPIRES_IN).contains(&expiry))
}

fn answer_token(request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let rotation = match (field("grant_type"), field("client_id")) {
        (Some("password"), Some(_)) if field("email").is_some() && field("password").is_some() => 1,
        (Some("refresh_token"), Some(_)) => {
            let number = field("refresh_token").map(|token| token.strip_prefix(REFRESH_TOKEN));
            match number {
                // The first token comes from elsewhere, such as the browser flow.
                Some(None) => 1,
                Some(Some(number)) => number.parse::<u32>().map_or(1, |number| number.saturating_add(1)),
                None => return oauth_error("invalid_request"),
            }
        }
        (Some("password" | "refresh_token") | None, _) => return oauth_error("invalid_request"),
        _ => return oauth_error("unsupported_grant_type"),
    };
    if centre.trouble.credentials_refused {
        return oauth_error("invalid_grant");
    }
    ok(&token(centre.now, rotation))
}

fn token(now: Timestamp, rotation: u32) -> Value {
    json!({
        "access_token": format!("{ACCESS_TOKEN}{}", now.as_second() + EXPIRES_IN),
        "token_type": "bearer",
        "expires_in": EXPIRES_IN,
        "refresh_token": format!("{REFRESH_TOKEN}{rotation}"),
    })
}

fn oauth_error(error: &str) -> Response<Bytes> {
    answer(StatusCode::BAD_REQUEST, "application/json; charset=utf-8", json!({ "error": error }).to_string())
}

fn refusal(status: StatusCode, code: u32, message: &str) -> Response<Bytes> {
    let body = json!({ "code": code, "message": message });
    answer(status, "application/json; charset=utf-8", body.to_string())
}

fn not_found() -> Response<Bytes> {
    refusal(StatusCode::NOT_FOUND, 404_000, "The resource was not found.")
}
