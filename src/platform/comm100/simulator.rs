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

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::demo::centre::{Agent, Presence, Queue, Today, Trouble};
    use crate::http_client::Reply;
    use crate::platform::comm100::{roster::Roster, wire, wire_agents, wire_queue};

    /// Two queues: one with three agents and two customers who wait, one without anybody.
    pub(in crate::platform::comm100) fn centre() -> Centre {
        let agent = |id, name: &str, presence, chats| Agent {
            id,
            name: name.to_owned(),
            presence,
            chats,
            max_chats: 4,
            chats_today: 9,
            chat_time_today: Duration::from_millis(5_400_500),
        };
        let queue = |id, name: &str, agents, waiting: &[u64]| Queue {
            id,
            name: name.to_owned(),
            agents,
            waiting: waiting.iter().map(|seconds| Duration::from_secs(*seconds)).collect(),
            waiting_limit: 10,
            average_wait_30m: Duration::from_secs(40),
            average_wait_60m: Duration::from_secs(20),
            abandoned_30m: 2,
            today: Today {
                requests: 20,
                chats: 16,
                abandoned: 4,
                wait_total: Duration::from_mins(10),
                chat_total: Duration::from_hours(2),
                chats_ended: 15,
            },
        };
        let sales = vec![
            agent(1, "Ann Example", Presence::Online, 3),
            agent(2, "Bob Example", Presence::Away, 0),
            agent(3, "Cem Example", Presence::Offline, 0),
        ];
        let queues = vec![queue(1, "Sales", sales, &[90, 30]), queue(2, "Support", Vec::new(), &[])];
        let now = "2026-03-02T12:00:00Z".parse().unwrap();
        Centre {
            now,
            since_midnight: Duration::from_hours(12),
            queues,
            visitors_on_site: 31,
            trouble: Trouble::default(),
        }
    }

    /// A GET of a report, with its query, by API key.
    pub(in crate::platform::comm100) fn get(report: &str) -> Request<Bytes> {
        let separator = if report.contains('?') { '&' } else { '?' };
        request(&format!("/v4/livechat/realTime/{report}{separator}siteId=10000"), "Basic ZGVtbzpkZW1v")
    }

    fn request(path: &str, authorization: &str) -> Request<Bytes> {
        Request::get(path).header("authorization", authorization).body(Bytes::new()).unwrap()
    }

    fn answered(request: &Request<Bytes>, centre: &Centre) -> Reply {
        let (parts, body) = Comm100Simulator.answer(request, centre).into_parts();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    fn post_token(form: &str, centre: &Centre) -> (u16, Value) {
        let request = Request::post("/oauth/token").body(Bytes::copy_from_slice(form.as_bytes())).unwrap();
        let reply = answered(&request, centre);
        (reply.status.as_u16(), serde_json::from_slice(&reply.body).unwrap())
    }

    const PASSWORD: &str = "grant_type=password&email=monitor%40example.com&password=demo&client_id=demo";

    #[test]
    fn right_now_and_today_tell_of_the_centre() {
        let right_now = wire::right_now(&answered(&get("RightNow"), &centre())).unwrap();
        let expected = wire::RightNow {
            agents_logged_in: Some(2.0),
            agents_in_chat: Some(1.0),
            chat_utilization: Some(0.75),
            visitors_on_site: Some(31.0),
            chats_ongoing: Some(3.0),
            chats_ongoing_with_agent: Some(3.0),
            chats_ongoing_with_bot: Some(0.0),
            queue_length: Some(2.0),
        };
        assert_eq!((right_now.value, right_now.failures.len()), (expected, 0));
        let today = wire::today(&answered(&get("today?starttime=2026-03-02T00:00:00"), &centre())).unwrap();
        let expected = wire::Today {
            chat_requests: Some(40.0),
            total_chats: Some(32.0),
            chats: Some(32.0),
            abandoned_chats: Some(8.0),
            missed_chats: Some(0.0),
            switched_to_message_chats: Some(0.0),
            accepted_invitations: Some(3.0),
            department_transferred_chats: Some(1.0),
            transferred_chats: Some(2.0),
            chat_acceptance: Some(0.8),
            service_accessibility: Some(1.0),
            unique_chat: Some(0.93),
            agent_utilization: Some(1.0 / 6.0),
            score_average: Some(4.4),
            wait_average: Some(30.0),
            chat_duration_average: Some(480.0),
            agent_response_average: Some(12.5),
        };
        assert_eq!((today.value, today.failures.len()), (expected, 0));
        let refused = answered(&get("Today"), &centre());
        assert_eq!(refused.status.as_u16(), 400, "startTime is required");
    }

    #[test]
    fn the_queue_tells_of_the_site_the_departments_and_an_agent() {
        let mut centre = centre();
        centre.trouble.service_down = true;
        let routes = wire_queue::queue(&answered(&get("Queue"), &centre)).unwrap();
        assert_eq!(routes.failures.len(), 0);
        let told = routes.value.iter().map(|route| {
            let name = route.name.as_deref().unwrap_or("-");
            (
                route.destination.label(),
                name,
                route.department_available,
                route.queue_length,
                route.wait_longest,
            )
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("site", "-", None, Some(2.0), Some(90.0)),
                ("department", "Sales", Some(false), Some(2.0), Some(90.0)),
                ("department", "Support", Some(true), Some(0.0), Some(0.0)),
                ("agent", "Ann Example", None, Some(0.0), Some(0.0)),
            ]
        );
        assert_eq!(routes.value[0].wait_average_30m, Some(40.0));
    }

    #[test]
    fn agents_come_in_pages_of_the_size_asked_for_up_to_fifty() {
        let mut centre = centre();
        let agent = centre.queues[0].agents[0].clone();
        centre.queues[1].agents = (4..=120).map(|id| Agent { id, ..agent.clone() }).collect();
        for (page_size, pages) in [(100, 3), (50, 3), (7, 18)] {
            let (mut roster, mut read) = (Roster::default(), 0);
            while let Some(index) = roster.next_page() {
                let request = get(&format!(
                    "Agents?pageIndex={index}&pageSize={page_size}&includeStatusDistribution=true"
                ));
                roster.add(wire_agents::agents(&answered(&request, &centre)).unwrap());
                read += 1;
            }
            let list = roster.finish();
            assert_eq!((read, list.value.agents.len(), list.failures.len()), (pages, 120, 0));
            let online = "00000000-0000-0000-0000-000000000000";
            assert_eq!(list.value.agents[0].status_times, [(online.to_owned(), 43_200.0)]);
            assert_eq!(list.value.agents[0].chat_time_today, Some(5_400.5));
        }
    }

    #[test]
    fn a_token_opens_the_reports_until_it_expires() {
        let mut centre = centre();
        let (status, token) = post_token(PASSWORD, &centre);
        let expected = json!({
            "access_token": "demo-access-1772495999",
            "token_type": "bearer",
            "expires_in": 43_199,
            "refresh_token": "demo-refresh-1",
        });
        assert_eq!((status, &token), (200, &expected));
        let path = "/v4/LiveChat/RealTime/rightnow";
        let bearer = request(path, "Bearer demo-access-1772495999");
        assert_eq!(answered(&bearer, &centre).status.as_u16(), 200);
        centre.now += jiff::SignedDuration::from_secs(EXPIRES_IN);
        assert_eq!(answered(&bearer, &centre).status.as_u16(), 401);
        for authorization in ["Bearer demo-access-9999999999", "Bearer x", "Basic ZGVtbzpkZW1v", "Basic"] {
            let refused = answered(&request(path, authorization), &centre);
            assert_eq!(refused.status.as_u16(), 401, "{authorization}");
        }
    }

    #[test]
    fn refresh_tokens_rotate_and_bad_requests_are_refused() {
        let centre = centre();
        let refresh = |token: &str| {
            post_token(&format!("grant_type=refresh_token&refresh_token={token}&client_id=demo"), &centre)
        };
        assert_eq!(refresh("demo-refresh-1").1["refresh_token"], "demo-refresh-2");
        assert_eq!(refresh("from-the-browser").1["refresh_token"], "demo-refresh-1");
        let cases = [
            ("grant_type=client_credentials&client_id=demo", "unsupported_grant_type"),
            ("grant_type=password&username=a&password=b&client_id=demo", "invalid_request"),
            ("grant_type=refresh_token&client_id=demo", "invalid_request"),
            ("", "invalid_request"),
        ];
        for (form, error) in cases {
            assert_eq!(post_token(form, &centre), (400, json!({ "error": error })), "{form}");
        }
    }

    #[test]
    fn trouble_at_the_vendor_is_told_by_status() {
        let mut centre = centre();
        centre.trouble.credentials_refused = true;
        assert_eq!(post_token(PASSWORD, &centre), (400, json!({ "error": "invalid_grant" })));
        assert_eq!(answered(&get("RightNow"), &centre).status.as_u16(), 401);
        centre.trouble.api_down = true;
        let down = answered(&get("RightNow"), &centre);
        let expected = json!({ "code": 503_000, "message": "The service is unavailable." });
        assert_eq!(down.status.as_u16(), 503);
        assert_eq!(serde_json::from_slice::<Value>(&down.body).unwrap(), expected);
    }

    #[test]
    fn unknown_paths_and_methods_are_refused() {
        let centre = centre();
        assert_eq!(answered(&get("Nothing"), &centre).status.as_u16(), 404);
        assert_eq!(answered(&Request::new(Bytes::new()), &centre).status.as_u16(), 404);
        let get_token = request("/oauth/token", "Basic ZGVtbzpkZW1v");
        assert_eq!(answered(&get_token, &centre).status.as_u16(), 405);
    }
}
