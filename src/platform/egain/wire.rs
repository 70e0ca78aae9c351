//! The vendor's answers: which paths are asked, and what comes back, read from XML or JSON.
//!
//! Sources: Cisco's "Use Cases for ECE Chat APIs" (ECE 11.6) for the paths on premises and their XML, eGain's
//! reference of the conversation API version 3 for the cloud and its JSON. Servers are known to answer JSON where
//! XML is documented and the other way round, so the body alone decides.

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::body;
use crate::platform::egain::config::{Api, Check};
use crate::platform::egain::status::{Decision, DisallowedReason, Eligibility, Status};
use crate::platform::egain::wire_xml::{self, Shape, XmlError};
use crate::platform::fields::{Defect, Fields, Node, plain_number};

/// The check's name in the vendor's words: the `endpoint` label, for both APIs.
pub fn endpoint(check: Check) -> &'static str {
    match check {
        Check::AgentAvailability => "agentAvailability",
        Check::Capacity => "capacity",
        Check::LiveSessionStatus => "liveSessionStatus",
        Check::Eligibility => "checkEligibility",
        Check::ChatAllowed => "chatAllowed",
    }
}

/// The path of a check below the base URL, in segments that are not yet encoded.
pub fn path(api: Api, check: Check, id: &str) -> [&str; 3] {
    match (api, check) {
        (Api::OnPrem, _) => ["entrypoint", endpoint(check), id],
        (Api::V3, Check::AgentAvailability) => ["entrypoint", id, "agentavailability"],
        (Api::V3, Check::Capacity) => ["entrypoint", id, "capacity"],
        (Api::V3, Check::LiveSessionStatus) => ["entrypoint", id, "livesessionstatus"],
        (Api::V3, Check::Eligibility) => ["entrypoint", id, "checkeligibility"],
        (Api::V3, Check::ChatAllowed) => ["entrypoint", id, "chatallowed"],
    }
}

/// The media types asked for: on premises XML is what every release knows.
pub fn accept(api: Api) -> &'static str {
    match api {
        Api::OnPrem => "application/xml, application/json;q=0.9",
        Api::V3 => "application/json",
    }
}

/// Reads a 2xx answer to `check`: what it says, and its defective fields.
///
/// # Errors
/// All of [`Reason::Parse`], and none repeats the body: no content, an HTML page, bytes that are not UTF-8, neither
/// XML nor JSON, or a document other than the check's.
pub fn read(check: Check, reply: &Reply) -> Result<(Status, Vec<Defect>), Failure> {
    let document = document(reply, shape(check))?;
    let mut defects = Vec::new();
    let status = status(check, &document, &mut defects);
    Ok((status, defects))
}

fn shape(check: Check) -> Shape {
    match check {
        Check::AgentAvailability => Shape { root: "agentAvailability", fields: &["available"] },
        Check::Capacity => Shape { root: "availableSlots", fields: &["count"] },
        Check::LiveSessionStatus => Shape { root: "sessionStatus", fields: &["waitTime", "queueDepth"] },
        Check::Eligibility => Shape { root: "checkEligibility", fields: &["responseType"] },
        Check::ChatAllowed => Shape { root: "chatAllowed", fields: &["allowed", "reason"] },
    }
}

fn document(reply: &Reply, shape: Shape) -> Result<Node, Failure> {
    let body = reply.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&reply.body).trim_ascii();
    let document = match body.first() {
        None => Err(Failure::parse(format!(
            "the server answered {} without a body, neither XML nor JSON",
            reply.status
        ))),
        Some(b'<') => xml(body, shape),
        Some(b'{' | b'[') => json(reply, shape),
        Some(_) => Err(Failure::parse("the answer is neither XML nor JSON")),
    };
    // The media type has no say in what is understood, only in what is reported where nothing was.
    document.map_err(|failure| if reply.is_html() && !body.is_empty() { html_page() } else { failure })
}

fn xml(body: &[u8], shape: Shape) -> Result<Node, Failure> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Failure::caused_by(Reason::Parse, "the answer is not UTF-8", error))?;
    wire_xml::read(text, shape).map_err(|error| match error {
        XmlError::Html => html_page(),
        error => Failure::parse(format!("the answer is not XML as it should be: {error}")),
    })
}

/// An object, or the one in a wrapper that is named like the root element of the XML form.
fn json(reply: &Reply, shape: Shape) -> Result<Node, Failure> {
    let document = body::json(reply)?;
    if !matches!(document, Node::Object(_)) {
        let found = document.description();
        return Err(Failure::parse(format!("the answer is not JSON as it should be: it is {found}")));
    }
    let wrapped = document.member(shape.root).filter(|inner| matches!(inner, Node::Object(_))).cloned();
    Ok(wrapped.unwrap_or(document))
}

fn html_page() -> Failure {
    Failure::parse("the server answered an HTML page, neither XML nor JSON: a login or error page")
}

fn status(check: Check, document: &Node, defects: &mut Vec<Defect>) -> Status {
    let mut status = Status::default();
    match check {
        Check::AgentAvailability => {
            status.agent_available =
                required(document, defects, "available", "a boolean", |fields| fields.boolean("available"));
        }
        Check::Capacity => {
            status.capacity_slots =
                required(document, defects, "count", "a count", |fields| fields.count("count"));
        }
        Check::LiveSessionStatus => {
            status.estimated_wait = estimated_wait(document, defects);
            status.queue_depth =
                required(document, defects, "queueDepth", "a count", |fields| fields.count("queueDepth"));
        }
        Check::Eligibility => {
            let read = |fields: &mut Fields<'_>| present(fields.text("responseType"));
            let value = required(document, defects, "responseType", "a number", read);
            status.eligibility = value.as_deref().map(eligibility);
        }
        Check::ChatAllowed => {
            let allowed =
                required(document, defects, "allowed", "a boolean", |fields| fields.boolean("allowed"));
            status.decision = allowed.map(|allowed| decision(allowed, document, defects));
        }
    }
    status
}

/// A field without which the answer says nothing: its absence is a defect.
fn required<T>(
    document: &Node,
    defects: &mut Vec<Defect>,
    field: &'static str,
    expected: &'static str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    let known = defects.len();
    let value = read(&mut Fields::new(document, defects));
    if value.is_none() && defects.len() == known {
        defects.push(Defect { field, expected, found: "missing" });
    }
    value
}

/// An estimate in seconds. The server has none where the field is left out, empty, negative or not a number; that is
/// no defect.
fn estimated_wait(document: &Node, defects: &mut Vec<Defect>) -> Option<f64> {
    let none = match document.member("waitTime")? {
        Node::Number(value) => *value < 0.0,
        Node::Text(text) => {
            text.trim().eq_ignore_ascii_case("nan") || plain_number(text).is_some_and(|value| value < 0.0)
        }
        _ => false,
    };
    if none { None } else { Fields::new(document, defects).number("waitTime") }
}

fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn eligibility(text: &str) -> Eligibility {
    match text.trim() {
        "0" => Eligibility::Eligible,
        "1" => Eligibility::NoAgent,
        "2" => Eligibility::QueueFull,
        _ => Eligibility::Other,
    }
}

fn decision(allowed: bool, document: &Node, defects: &mut Vec<Defect>) -> Decision {
    if allowed {
        return Decision::Allowed;
    }
    let reason = Fields::new(document, defects).text("reason");
    Decision::Disallowed(reason.as_deref().map_or(DisallowedReason::Other, DisallowedReason::parse))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode, header};
    use proptest::prelude::*;

    use super::*;

    fn reply(content_type: &'static str, body: &[u8]) -> Reply {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Reply { status: StatusCode::OK, headers, body: body.to_vec().into() }
    }

    fn understood(check: Check, body: &str) -> (Status, Vec<String>) {
        let (status, defects) = read(check, &reply("text/plain", body.as_bytes())).unwrap();
        (status, defects.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_check_is_read_from_xml_and_from_json() {
        let available = Status { agent_available: Some(true), ..Status::default() };
        let capacity = Status { capacity_slots: Some(4.0), ..Status::default() };
        let session = Status { queue_depth: Some(1.0), estimated_wait: Some(3.0), ..Status::default() };
        let eligible = Status { eligibility: Some(Eligibility::Eligible), ..Status::default() };
        let allowed = Status { decision: Some(Decision::Allowed), ..Status::default() };
        let inactive = Decision::Disallowed(DisallowedReason::EntryPointInactive);
        let inactive = Status { decision: Some(inactive), ..Status::default() };
        let cases = [
            (Check::AgentAvailability, "<agentAvailability available=\"true\"/>", available),
            (Check::AgentAvailability, "{\"available\":true}", available),
            (
                Check::AgentAvailability,
                "\u{feff} {\"agentAvailability\":{\"Available\":\"TRUE\"}}",
                available,
            ),
            (
                Check::Capacity,
                "<a:availableSlots xmlns:a=\"x\"><a:count>4</a:count></a:availableSlots>",
                capacity,
            ),
            (Check::Capacity, "{\"count\":4}", capacity),
            (
                Check::LiveSessionStatus,
                "<sessionStatus><waitTime>3.0</waitTime><queueDepth> 1 </queueDepth></sessionStatus>",
                session,
            ),
            (Check::LiveSessionStatus, "{\"waitTime\":3,\"queueDepth\":\"1\",\"new\":[]}", session),
            (Check::Eligibility, "<checkEligibility responseType=\"0\"/>", eligible),
            (Check::Eligibility, "{\"checkEligibility\":{\"responseType\":0}}", eligible),
            (Check::ChatAllowed, "<chatAllowed allowed=\"true\"/>", allowed),
            (Check::ChatAllowed, "{\"allowed\":true,\"reason\":\"other\"}", allowed),
            (
                Check::ChatAllowed,
                "<chatAllowed reason=\"entry_point_inactive\" allowed=\"false\"/>",
                inactive,
            ),
            (
                Check::ChatAllowed,
                "{\"chatAllowed\":{\"allowed\":\"false\",\"reason\":\"Entry_Point_Inactive\"}}",
                inactive,
            ),
        ];
        for (check, body, status) in cases {
            assert_eq!(understood(check, body), (status, vec![]), "{body}");
        }
    }

    #[test]
    fn a_wait_that_the_server_does_not_know_is_absent() {
        let depth = Status { queue_depth: Some(2.0), ..Status::default() };
        for wait in ["", "<waitTime/>", "<waitTime>-1.0</waitTime>", "<waitTime> NaN </waitTime>"] {
            let body = format!("<sessionStatus>{wait}<queueDepth>2</queueDepth></sessionStatus>");
            assert_eq!(understood(Check::LiveSessionStatus, &body), (depth, vec![]), "{wait}");
        }
        for wait in ["null", "-1", "\"NaN\"", "\"\"", "\"-9223372036854775808\""] {
            let body = format!("{{\"waitTime\":{wait},\"queueDepth\":2}}");
            assert_eq!(understood(Check::LiveSessionStatus, &body), (depth, vec![]), "{wait}");
        }
    }

    #[test]
    fn response_types_and_reasons_that_are_not_documented_are_other() {
        for (value, expected) in [
            ("1", Eligibility::NoAgent),
            (" 2 ", Eligibility::QueueFull),
            ("3", Eligibility::Other),
            ("-1", Eligibility::Other),
            ("unknown", Eligibility::Other),
        ] {
            let body = format!("<checkEligibility responseType=\"{value}\"/>");
            let status = Status { eligibility: Some(expected), ..Status::default() };
            assert_eq!(understood(Check::Eligibility, &body), (status, vec![]), "{value}");
        }
        for reason in ["reason=\"out_of_hours\"", "reason=\"\"", ""] {
            let body = format!("<chatAllowed allowed=\"false\" {reason}/>");
            let decision = Some(Decision::Disallowed(DisallowedReason::Other));
            let status = Status { decision, ..Status::default() };
            assert_eq!(understood(Check::ChatAllowed, &body), (status, vec![]), "{reason}");
        }
        for reason in DisallowedReason::ALL {
            let body = format!("<chatAllowed allowed=\"false\" reason=\"{}\"/>", reason.label());
            let status = Status { decision: Some(Decision::Disallowed(reason)), ..Status::default() };
            assert_eq!(understood(Check::ChatAllowed, &body), (status, vec![]));
        }
    }

    #[test]
    fn missing_and_defective_fields_are_named() {
        let cases = [
            (Check::AgentAvailability, "<agentAvailability/>", "field available is missing, not a boolean"),
            (
                Check::AgentAvailability,
                "{\"available\":\"perhaps\"}",
                "field available is a string, not a boolean",
            ),
            (Check::Capacity, "<availableSlots/>", "field count is missing, not a count"),
            (
                Check::Capacity,
                "<availableSlots><count/></availableSlots>",
                "field count is missing, not a count",
            ),
            (Check::Capacity, "{\"count\":-1}", "field count is too small, not a count"),
            (Check::Capacity, "{\"count\":1e12}", "field count is too large, not a count"),
            (Check::Capacity, "{\"count\":null}", "field count is missing, not a count"),
            (Check::LiveSessionStatus, "<sessionStatus/>", "field queueDepth is missing, not a count"),
            (Check::Eligibility, "{}", "field responseType is missing, not a number"),
            (Check::Eligibility, "{\"responseType\":true}", "field responseType is a boolean, not a string"),
            (
                Check::Eligibility,
                "<checkEligibility responseType=\"\"/>",
                "field responseType is missing, not a number",
            ),
            (Check::ChatAllowed, "<chatAllowed/>", "field allowed is missing, not a boolean"),
        ];
        for (check, body, defect) in cases {
            assert_eq!(understood(check, body), (Status::default(), vec![defect.to_owned()]), "{body}");
        }
    }

    #[test]
    fn a_defective_field_leaves_its_neighbour_alone() {
        let body = "<sessionStatus><waitTime>soon</waitTime><queueDepth>2</queueDepth></sessionStatus>";
        let depth = Status { queue_depth: Some(2.0), ..Status::default() };
        let defect = "field waitTime is a string, not a number".to_owned();
        assert_eq!(understood(Check::LiveSessionStatus, body), (depth, vec![defect]));
        let body = "{\"waitTime\":2.5,\"queueDepth\":-3}";
        let wait = Status { estimated_wait: Some(2.5), ..Status::default() };
        let defect = "field queueDepth is too small, not a count".to_owned();
        assert_eq!(understood(Check::LiveSessionStatus, body), (wait, vec![defect]));
    }

    #[test]
    fn what_is_not_the_answer_is_named_and_never_repeated() {
        let html = "the server answered an HTML page, neither XML nor JSON: a login or error page";
        let cases: [(&str, &[u8], &str); 11] = [
            ("text/xml", b" ", "the server answered 200 OK without a body, neither XML nor JSON"),
            ("text/html", b"<!DOCTYPE html><title>Sign in", html),
            ("text/html", b"<center>502</center>", html),
            ("text/xml", b"<?xml version=\"1.0\"?><!DOCTYPE html><html/>", html),
            ("text/plain", b"hunter2", "the answer is neither XML nor JSON"),
            ("text/xml", b"<chatAllowed reason=\"\xff\"/>", "the answer is not UTF-8"),
            ("application/json", b"{\"allowed\":\"\xff\"}", "the answer is not UTF-8"),
            (
                "text/xml",
                b"<availableSlots/>",
                "the answer is not XML as it should be: its root element is not chatAllowed",
            ),
            ("text/xml", b"<chatAllowed", "the answer is not XML as it should be: it ends too early"),
            (
                "application/json",
                b"{\"allowed\":",
                "the answer is not JSON as it should be: it ends too early (line 1, column 11)",
            ),
            ("application/json", b"[]", "the answer is not JSON as it should be: it is an array"),
        ];
        for (content_type, body, message) in cases {
            let failure = read(Check::ChatAllowed, &reply(content_type, body)).unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Parse, message));
        }
    }

    #[test]
    fn a_wrong_media_type_does_not_matter() {
        let expected = Status { capacity_slots: Some(4.0), ..Status::default() };
        for body in ["<availableSlots><count>4</count></availableSlots>", "{\"count\": 4}"] {
            let (status, defects) = read(Check::Capacity, &reply("text/html", body.as_bytes())).unwrap();
            assert_eq!((status, defects), (expected, vec![]));
        }
    }

    #[test]
    fn paths_follow_the_two_apis() {
        let paths = |api| Check::ALL.map(|check| path(api, check, "1000").join("/"));
        assert_eq!(
            paths(Api::OnPrem),
            [
                "entrypoint/agentAvailability/1000",
                "entrypoint/capacity/1000",
                "entrypoint/liveSessionStatus/1000",
                "entrypoint/checkEligibility/1000",
                "entrypoint/chatAllowed/1000",
            ]
        );
        assert_eq!(
            paths(Api::V3),
            [
                "entrypoint/1000/agentavailability",
                "entrypoint/1000/capacity",
                "entrypoint/1000/livesessionstatus",
                "entrypoint/1000/checkeligibility",
                "entrypoint/1000/chatallowed",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for check in Check::ALL {
                let _ = read(check, &reply("text/xml", &body));
                let _ = read(check, &reply("text/xml", &[b"<".as_slice(), &body].concat()));
                let _ = read(check, &reply("text/xml", &[b"<chatAllowed ".as_slice(), &body, b"/>"].concat()));
            }
        }
    }
}
