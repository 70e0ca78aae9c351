//! eGain's chat API over the demo's contact centre, in both of its forms.
//!
//! Queue 1 is entry point 1000, queue 2 is 1001, and so on, under any base path. XML has the prefixes and the order
//! of attributes of Cisco's document.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::demo::Simulator;
use crate::demo::centre::{Centre, Queue};
use crate::demo::simulator::{self, answer};
use crate::platform::egain::config::{Api, Check};
use crate::platform::egain::status::{Decision, DisallowedReason, Eligibility};
use crate::platform::egain::wire;

/// Identifier of the entry point of the first queue.
const FIRST_ID: u32 = 1_000;

/// The vendor's server.
#[derive(Clone, Copy, Debug, Default)]
pub struct EgainSimulator;

impl Simulator for EgainSimulator {
    fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
        if centre.trouble.api_down {
            return page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        }
        let Some((api, check, id)) = route(request.uri().path()) else {
            return page(StatusCode::NOT_FOUND, "Not Found");
        };
        if request.method() != Method::GET {
            return page(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        }
        if api == Api::V3 && centre.trouble.credentials_refused {
            return answer(StatusCode::UNAUTHORIZED, "application/json", "{\"message\":\"Unauthorized\"}");
        }
        let Some(format) = Format::of(api, request) else {
            return page(StatusCode::NOT_ACCEPTABLE, "Not Acceptable");
        };
        match result(check, id, centre) {
            Some(result) => format.answer(&result),
            None => page(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

/// What the server found, before it has a form.
enum Found {
    AgentAvailability(bool),
    Capacity(u32),
    LiveSessionStatus { wait: Option<u64>, depth: usize },
    Eligibility(Eligibility),
    ChatAllowed(Decision),
}

/// The forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Xml,
    Json,
}

impl Format {
    /// The first media type that the request accepts and the server has; XML on premises without a request for any.
    fn of(api: Api, request: &Request<Bytes>) -> Option<Self> {
        let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let wanted = accept.unwrap_or_default().split(',').find_map(|range| {
            match (range.split(';').next().unwrap_or_default().trim(), api) {
                ("application/json", _) | ("*/*" | "application/*", Api::V3) => Some(Self::Json),
                ("application/xml" | "text/xml", Api::OnPrem) => Some(Self::Xml),
                _ => None,
            }
        });
        match api {
            Api::OnPrem => Some(wanted.unwrap_or(Self::Xml)),
            Api::V3 => wanted,
        }
    }

    fn answer(self, found: &Found) -> Response<Bytes> {
        match self {
            Self::Xml => answer(StatusCode::OK, "application/xml;charset=UTF-8", xml(found)),
            Self::Json => simulator::json(&json(found)),
        }
    }
}

/// The API, the check and the entry point that a path asks for.
fn route(path: &str) -> Option<(Api, Check, &str)> {
    let (_, rest) = path.rsplit_once("/entrypoint/")?;
    let (first, second) = rest.split_once('/')?;
    Check::ALL.into_iter().find_map(|check| {
        if wire::path(Api::OnPrem, check, second) == ["entrypoint", first, second] {
            return Some((Api::OnPrem, check, second));
        }
        (wire::path(Api::V3, check, first) == ["entrypoint", first, second]).then_some((
            Api::V3,
            check,
            first,
        ))
    })
}

/// `None` is the server's 500.
fn result(check: Check, id: &str, centre: &Centre) -> Option<Found> {
    let index = id.parse::<u32>().ok().and_then(|id| id.checked_sub(FIRST_ID)).map(|index| index as usize);
    let queue = index.and_then(|index| centre.queues.get(index));
    if check == Check::ChatAllowed {
        let service_down = centre.trouble.service_down && index == Some(0);
        return Some(Found::ChatAllowed(decision(queue, service_down)));
    }
    let queue = queue?;
    Some(match check {
        Check::AgentAvailability => Found::AgentAvailability(queue.agents_online() > 0),
        Check::Capacity => Found::Capacity(queue.free_slots()),
        Check::LiveSessionStatus => Found::LiveSessionStatus {
            wait: queue.estimated_wait().map(|wait| wait.as_secs()),
            depth: queue.waiting.len(),
        },
        Check::Eligibility | Check::ChatAllowed => Found::Eligibility(eligibility(queue)),
    })
}

fn eligibility(queue: &Queue) -> Eligibility {
    if queue.agents_online() == 0 {
        Eligibility::NoAgent
    } else if queue.is_full() {
        Eligibility::QueueFull
    } else {
        Eligibility::Eligible
    }
}

fn decision(queue: Option<&Queue>, service_down: bool) -> Decision {
    let Some(queue) = queue else { return Decision::Disallowed(DisallowedReason::InvalidEntryPoint) };
    if service_down {
        return Decision::Disallowed(DisallowedReason::ServiceNotRunning);
    }
    match eligibility(queue) {
        Eligibility::NoAgent => Decision::Disallowed(DisallowedReason::AgentNotAvailable),
        Eligibility::QueueFull => Decision::Disallowed(DisallowedReason::QueueDepthReached),
        Eligibility::Eligible | Eligibility::Other => Decision::Allowed,
    }
}

fn response_type(eligibility: Eligibility) -> u8 {
    match eligibility {
        Eligibility::Eligible | Eligibility::Other => 0,
        Eligibility::NoAgent => 1,
        Eligibility::QueueFull => 2,
    }
}

fn xml(found: &Found) -> String {
    const CHAT: &str = r#"xmlns:ns2="http://bindings.egain.com/chat""#;
    const STANZAS: &str = r#"xmlns:ns4="urn:ietf:params:xml:ns:xmpp-stanzas""#;
    const CLIENT: &str = r#"xmlns:ns3="jabber:client""#;
    const BIND: &str = r#"xmlns:ns5="http://jabber.org/protocol/httpbind""#;
    let element = match found {
        Found::AgentAvailability(available) => {
            format!(r#"<agentAvailability available="{available}" {CHAT} {STANZAS} {CLIENT} {BIND}/>"#)
        }
        Found::Capacity(count) => {
            format!("<availableSlots {CHAT} {STANZAS} {BIND}><ns2:count>{count}</ns2:count></availableSlots>")
        }
        Found::LiveSessionStatus { wait, depth } => {
            let wait = wait.map_or_else(|| "-1.0".to_owned(), |wait| format!("{wait}.0"));
            format!(
                "<sessionStatus {CHAT} {STANZAS} {BIND}><ns2:waitTime>{wait}</ns2:waitTime>\
                 <ns2:queueDepth>{depth}</ns2:queueDepth></sessionStatus>"
            )
        }
        Found::Eligibility(eligibility) => {
            let value = response_type(*eligibility);
            format!(r#"<checkEligibility {CHAT} {STANZAS} {CLIENT} {BIND} responseType="{value}"/>"#)
        }
        Found::ChatAllowed(Decision::Allowed) => {
            format!(r#"<chatAllowed {CHAT} {STANZAS} {CLIENT} {BIND} allowed="true"/>"#)
        }
        Found::ChatAllowed(Decision::Disallowed(reason)) => {
            let reason = reason.label();
            format!(r#"<chatAllowed {CHAT} {STANZAS} {CLIENT} {BIND} allowed="false" reason="{reason}"/>"#)
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>{element}")
}

fn json(found: &Found) -> Value {
    match found {
        Found::AgentAvailability(available) => json!({ "available": available }),
        Found::Capacity(count) => json!({ "count": count }),
        Found::LiveSessionStatus { wait: Some(wait), depth } => {
            json!({ "waitTime": wait, "queueDepth": depth })
        }
        Found::LiveSessionStatus { wait: None, depth } => json!({ "waitTime": -1, "queueDepth": depth }),
        Found::Eligibility(eligibility) => json!({ "responseType": response_type(*eligibility) }),
        Found::ChatAllowed(Decision::Allowed) => json!({ "allowed": true }),
        Found::ChatAllowed(Decision::Disallowed(reason)) => {
            json!({ "allowed": false, "reason": reason.label() })
        }
    }
}

/// An error page of the application server.
fn page(status: StatusCode, title: &str) -> Response<Bytes> {
    let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    answer(status, "text/html;charset=utf-8", body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::demo::centre::{Agent, Presence, Today, Trouble};

    fn queue(id: u32, agents_online: u32, waiting: usize) -> Queue {
        let agent = |id| Agent {
            id,
            name: format!("Agent {id}"),
            presence: Presence::Online,
            chats: 1,
            max_chats: 3,
            chats_today: 1,
            chat_time_today: Duration::ZERO,
        };
        Queue {
            id,
            name: format!("Queue {id}"),
            agents: (1..=agents_online).map(agent).collect(),
            waiting: vec![Duration::from_secs(9); waiting],
            waiting_limit: 5,
            average_wait_30m: Duration::ZERO,
            average_wait_60m: Duration::ZERO,
            abandoned_30m: 0,
            today: Today::default(),
        }
    }

    fn centre(trouble: Trouble) -> Centre {
        let queues = vec![queue(1, 2, 0), queue(2, 0, 1), queue(3, 1, 5)];
        Centre {
            now: Timestamp::UNIX_EPOCH,
            since_midnight: Duration::ZERO,
            queues,
            visitors_on_site: 0,
            trouble,
        }
    }

    fn get(path: &str, accept: &str, trouble: Trouble) -> (u16, String) {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Bytes::new()).unwrap();
        let response = EgainSimulator.answer(&request, &centre(trouble));
        let status = response.status().as_u16();
        (status, String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    fn v3(path: &str) -> (u16, String) {
        get(
            &format!("/conversation/messagerouter/v3/entrypoint/{path}"),
            "application/json",
            Trouble::default(),
        )
    }

    #[test]
    fn xml_is_as_the_document_shows_it() {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
        let cases = [
            (
                "agentAvailability/1000",
                "<agentAvailability available=\"true\" xmlns:ns2=\"http://bindings.egain.com/chat\" \
                 xmlns:ns4=\"urn:ietf:params:xml:ns:xmpp-stanzas\" xmlns:ns3=\"jabber:client\" \
                 xmlns:ns5=\"http://jabber.org/protocol/httpbind\"/>",
            ),
            (
                "capacity/1000",
                "<availableSlots xmlns:ns2=\"http://bindings.egain.com/chat\" \
                 xmlns:ns4=\"urn:ietf:params:xml:ns:xmpp-stanzas\" xmlns:ns5=\"http://jabber.org/protocol/httpbind\">\
                 <ns2:count>4</ns2:count></availableSlots>",
            ),
            (
                "liveSessionStatus/1001",
                "<sessionStatus xmlns:ns2=\"http://bindings.egain.com/chat\" \
                 xmlns:ns4=\"urn:ietf:params:xml:ns:xmpp-stanzas\" xmlns:ns5=\"http://jabber.org/protocol/httpbind\">\
                 <ns2:waitTime>-1.0</ns2:waitTime><ns2:queueDepth>1</ns2:queueDepth></sessionStatus>",
            ),
            (
                "chatAllowed/1001",
                "<chatAllowed xmlns:ns2=\"http://bindings.egain.com/chat\" \
                 xmlns:ns4=\"urn:ietf:params:xml:ns:xmpp-stanzas\" xmlns:ns3=\"jabber:client\" \
                 xmlns:ns5=\"http://jabber.org/protocol/httpbind\" allowed=\"false\" reason=\"agent_not_available\"/>",
            ),
        ];
        for (path, element) in cases {
            let path = format!("/system/egain/chat/entrypoint/{path}");
            let expected = (200, format!("{head}{element}"));
            assert_eq!(get(&path, wire::accept(Api::OnPrem), Trouble::default()), expected);
        }
    }

    #[test]
    fn json_is_answered_in_the_cloud_and_where_it_is_asked_for_first() {
        let cases = [
            ("1000/agentavailability", "{\"available\":true}"),
            ("1000/capacity", "{\"count\":4}"),
            ("1002/livesessionstatus", "{\"queueDepth\":5,\"waitTime\":0}"),
            ("1000/checkeligibility", "{\"responseType\":0}"),
            ("1001/checkeligibility", "{\"responseType\":1}"),
            ("1002/checkeligibility", "{\"responseType\":2}"),
            ("1000/chatallowed", "{\"allowed\":true}"),
            ("1002/chatallowed", "{\"allowed\":false,\"reason\":\"queue_depth_reached\"}"),
        ];
        for (path, body) in cases {
            assert_eq!(v3(path), (200, body.to_owned()), "{path}");
        }
        let path = "/chat/entrypoint/capacity/1000";
        let accept = "application/json, application/xml";
        assert_eq!(get(path, accept, Trouble::default()), (200, "{\"count\":4}".to_owned()));
    }

    #[test]
    fn an_unknown_entry_point_is_invalid_or_an_error() {
        let invalid = "{\"allowed\":false,\"reason\":\"invalid_entry_point\"}".to_owned();
        for id in ["999", "1003", "retail", "4294967296"] {
            assert_eq!(v3(&format!("{id}/chatallowed")), (200, invalid.clone()));
            for check in ["agentavailability", "capacity", "livesessionstatus", "checkeligibility"] {
                assert_eq!(v3(&format!("{id}/{check}")).0, 500);
            }
        }
    }

    #[test]
    fn trouble_shows_as_the_vendor_would_show_it() {
        let path = "/v3/entrypoint/1000/chatallowed";
        let service_down = Trouble { service_down: true, ..Trouble::default() };
        let body = "{\"allowed\":false,\"reason\":\"service_not_running\"}".to_owned();
        assert_eq!(get(path, "application/json", service_down), (200, body));
        let other = get("/v3/entrypoint/1002/chatallowed", "application/json", service_down);
        assert_eq!(other.1, "{\"allowed\":false,\"reason\":\"queue_depth_reached\"}");
        let api_down = Trouble { api_down: true, ..Trouble::default() };
        let (status, body) = get(path, "application/json", api_down);
        assert_eq!((status, &body[..6]), (503, "<html>"));
        let credentials_refused = Trouble { credentials_refused: true, ..Trouble::default() };
        assert_eq!(get(path, "application/json", credentials_refused).0, 401);
        assert_eq!(get("/chat/entrypoint/chatAllowed/1000", "*/*", credentials_refused).0, 200);
    }

    #[test]
    fn what_the_server_does_not_know_is_refused() {
        for path in ["/", "/entrypoint/", "/chat/entrypoint/survey", "/chat/entrypoint/agentAvilability/1000"]
        {
            assert_eq!(get(path, "*/*", Trouble::default()).0, 404, "{path}");
        }
        assert_eq!(get("/v3/entrypoint/1000/capacity", "text/plain", Trouble::default()).0, 406);
        let request = Request::post("/chat/entrypoint/capacity/1000").body(Bytes::new()).unwrap();
        assert_eq!(EgainSimulator.answer(&request, &centre(Trouble::default())).status(), 405);
    }
}
