//! The vendor's shapes of queues, and what all its answers have in common. Pure: from a reply to parsed types.
//!
//! Tolerance: keys in any case, a single object where an array of them is due, numbers as strings. Lists whose page in
//! the vendor's guide lacks the enclosing brackets are arrays. Source: the Chime API guide, one section per call.

use std::collections::HashSet;

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::body::{self, Parsed};
use crate::platform::fields::{Defect, Fields, Node};

/// A queue as `GetQueues` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// `id`.
    pub id: String,
    /// `name`, or the identifier where it has none.
    pub name: String,
    /// `enabled`: whether an administrator has the queue switched on.
    pub enabled: Option<bool>,
    /// `webClientID`.
    pub web_client_id: Option<String>,
}

/// The state of a queue as `GetQueueInfo`, `IsQueueAvailable` or `GetQueueWaitTime` tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueState {
    /// `isAvailable`.
    pub available: Option<bool>,
    /// `onlineAgentCount`.
    pub agents_online: Option<f64>,
    /// `averageWaitTime` in seconds, over a window that the vendor does not state.
    pub wait_average: Option<f64>,
    /// `longestWaitTime` in seconds.
    pub wait_longest: Option<f64>,
}

/// Passes a 2xx answer on and classifies every other status.
///
/// # Errors
/// Those of [`Reply::success`]; 401 and 403 come with advice, since IIS may demand what no client setting gives.
pub fn accepted(reply: Reply) -> Result<Reply, Failure> {
    reply.success().map_err(|failure| match failure.reason {
        Reason::Unauthorized | Reason::Forbidden => Failure::new(
            failure.reason,
            format!(
                "{}: check the credentials, and that IIS admits anonymous or basic authentication to the API, for \
                 Windows authentication (NTLM, Negotiate) is not spoken here",
                failure.detail
            ),
        ),
        _ => failure,
    })
}

/// Reads `GetQueues`.
pub fn queues(reply: &Reply) -> Result<Parsed<Vec<Queue>>, Failure> {
    let parsed = list_of(reply, "id", |id, fields| Queue {
        name: name_or_id(fields, "name", id),
        enabled: fields.boolean("enabled"),
        web_client_id: fields.text("webClientID"),
        id: id.to_owned(),
    })?;
    Ok(unique(parsed, "a queue is listed twice", |queue| queue.id.clone()))
}

/// Reads `GetQueueInfo` about the queue `id`.
///
/// # Errors
/// What the vendor answers for an unknown queue is not documented: an empty body, `null`, or no or another `queueID`
/// all read "queue not found".
pub fn queue_info(reply: &Reply, id: &str) -> Result<Parsed<QueueState>, Failure> {
    let node = object_of_queue(reply)?;
    object(&node, |fields| {
        let known = fields.text("queueID").is_some_and(|found| found.trim() == id);
        known.then(|| QueueState {
            available: fields.boolean("isAvailable"),
            agents_online: fields.count("onlineAgentCount"),
            wait_average: fields.seconds("averageWaitTime"),
            wait_longest: fields.seconds("longestWaitTime"),
        })
    })
}

/// Reads `IsQueueAvailable`; the bare boolean that the samples' code would understand is accepted too.
pub fn queue_available(reply: &Reply) -> Result<Parsed<QueueState>, Failure> {
    let node = object_of_queue(reply)?;
    if let Node::Boolean(available) = node {
        let value = QueueState { available: Some(available), ..QueueState::default() };
        return Ok(Parsed { value, failures: Vec::new() });
    }
    object(&node, |fields| {
        let available = fields.boolean("isAvailable")?;
        Some(QueueState { available: Some(available), ..QueueState::default() })
    })
}

/// Reads `GetQueueWaitTime`.
pub fn queue_wait_time(reply: &Reply) -> Result<Parsed<QueueState>, Failure> {
    let node = object_of_queue(reply)?;
    object(&node, |fields| {
        let (wait_average, wait_longest) =
            (fields.seconds("averageWaitTime"), fields.seconds("longestWaitTime"));
        (wait_average.is_some() || wait_longest.is_some()).then(|| QueueState {
            wait_average,
            wait_longest,
            ..QueueState::default()
        })
    })
}

/// Reads an array of objects, or a single one, each with an identifier in `identifier`.
///
/// An element that is no object or lacks its identifier is left out and becomes a failure.
pub(super) fn list_of<T>(
    reply: &Reply,
    identifier: &'static str,
    read: impl Fn(&str, &mut Fields<'_>) -> T,
) -> Result<Parsed<Vec<T>>, Failure> {
    let elements = match body::json(reply)? {
        Node::List(elements) => elements,
        single @ Node::Object(_) => vec![single],
        other => return Err(body::unexpected(&other, "an array")),
    };
    let mut parsed = Parsed { value: Vec::with_capacity(elements.len()), failures: Vec::new() };
    for element in &elements {
        if !matches!(element, Node::Object(_)) {
            let detail = format!("an element of the answer is {}, not an object", element.description());
            parsed.failures.push(Failure::parse(detail));
            continue;
        }
        let mut defects = Vec::new();
        let id = Fields::new(element, &mut defects).text(identifier);
        match id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => parsed.value.push(read(id, &mut Fields::new(element, &mut defects))),
            None if defects.is_empty() => {
                defects.push(Defect { field: identifier, expected: "an identifier", found: "missing" });
            }
            None => {}
        }
        parsed.failures.extend(body::failures(&defects));
    }
    Ok(parsed)
}

/// Keeps the first of the elements that share a key; two series with the same labels would make an invalid page.
pub(super) fn unique<T, K: std::hash::Hash + Eq>(
    mut parsed: Parsed<Vec<T>>,
    detail: &'static str,
    key: impl Fn(&T) -> K,
) -> Parsed<Vec<T>> {
    let mut seen = HashSet::new();
    let before = parsed.value.len();
    parsed.value.retain(|element| seen.insert(key(element)));
    if parsed.value.len() < before {
        parsed.failures.push(Failure::parse(detail));
    }
    parsed
}

/// The text of `field`, or `id` where it is absent or blank.
pub(super) fn name_or_id(fields: &mut Fields<'_>, field: &'static str, id: &str) -> String {
    fields.text(field).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| id.to_owned())
}

/// The document of an answer about one queue; an empty one means that there is no such queue.
fn object_of_queue(reply: &Reply) -> Result<Node, Failure> {
    if reply.body.trim_ascii().is_empty() {
        return Err(not_found());
    }
    match body::json(reply)? {
        Node::Null => Err(not_found()),
        node => Ok(node),
    }
}

/// Reads one object; where the fields that identify it are absent there is no such queue, where they are defective
/// the first defect says so.
fn object(
    node: &Node,
    read: impl FnOnce(&mut Fields<'_>) -> Option<QueueState>,
) -> Result<Parsed<QueueState>, Failure> {
    let mut defects = Vec::new();
    let state = read(&mut Fields::new(node, &mut defects));
    let mut failures = body::failures(&defects);
    match state {
        Some(value) => Ok(Parsed { value, failures }),
        None if failures.is_empty() => Err(not_found()),
        None => Err(failures.swap_remove(0)),
    }
}

fn not_found() -> Failure {
    Failure::parse("queue not found: the answer is not about this queue")
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    pub(in crate::platform::chime) fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    pub(in crate::platform::chime) fn messages(failures: &[Failure]) -> Vec<String> {
        failures.iter().map(ToString::to_string).collect()
    }

    /// The sample of `GetQueues` in the vendor's guide, with the brackets that the page lacks.
    const QUEUES_SAMPLE: &str = r#"[
    {
        "id": 1,
        "name": "Service Desk English",
        "description": "Service desk queue for English",
        "enabled": true,
        "available": false,
        "webClientID": 1
    },
    {
        "id": 2,
        "name": "Service Desk Italian",
        "description": "Service desk queue for Italian",
        "enabled": true,
        "available": false,
        "webClientID": 2
    }]"#;

    fn sample_queue(id: &str, name: &str) -> Queue {
        Queue {
            id: id.to_owned(),
            name: name.to_owned(),
            enabled: Some(true),
            web_client_id: Some(id.to_owned()),
        }
    }

    #[test]
    fn the_documented_list_of_queues_is_read() {
        let parsed = queues(&reply(200, QUEUES_SAMPLE)).unwrap();
        let expected = [sample_queue("1", "Service Desk English"), sample_queue("2", "Service Desk Italian")];
        assert_eq!(parsed.value, expected);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn a_single_queue_needs_no_array_and_no_known_casing() {
        let body = r#"{"ID": "7", "Name": " ", "Enabled": "False", "Available": 1, "webclientid": null}"#;
        let parsed = queues(&reply(200, body)).unwrap();
        let expected =
            Queue { id: "7".to_owned(), name: "7".to_owned(), enabled: Some(false), web_client_id: None };
        assert_eq!(parsed.value, [expected]);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn defective_elements_do_not_take_their_neighbours_away() {
        let body = r#"[null, {"name": "nameless"}, {"id": []}, {"id": 1, "name": "A", "enabled": "perhaps"}, {"id": "1"}]"#;
        let parsed = queues(&reply(200, body)).unwrap();
        assert_eq!(parsed.value.len(), 1);
        assert_eq!(parsed.value[0].name, "A");
        assert_eq!(
            messages(&parsed.failures),
            [
                "an element of the answer is null, not an object",
                "field id is missing, not an identifier",
                "field id is an array, not a string",
                "field enabled is a string, not a boolean",
                "a queue is listed twice",
            ]
        );
    }

    #[test]
    fn a_list_that_is_none_is_a_failure() {
        let cases = [
            ("null", "the answer is null, not an array"),
            ("\"queues\"", "the answer is a string, not an array"),
            ("<html>Sign in</html>", "the server answered an HTML page, not JSON: a login or error page"),
            ("", "the server answered 200 OK without a body, not JSON"),
        ];
        for (body, message) in cases {
            let failure = queues(&reply(200, body)).unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Parse, message), "{body}");
        }
    }

    #[test]
    fn the_documented_queue_info_is_read() {
        let body = r#"{
    "queueID": 1,
    "queueName": "Main Engineering",
    "isAvailable": true,
    "onlineAgentCount": 1,
    "averageWaitTime": "00:00:00",
    "longestWaitTime": "00:00:00"
}"#;
        let parsed = queue_info(&reply(200, body), "1").unwrap();
        let expected = QueueState {
            available: Some(true),
            agents_online: Some(1.0),
            wait_average: Some(0.0),
            wait_longest: Some(0.0),
        };
        assert_eq!(parsed.value, expected);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn absent_waits_are_not_zero_and_defective_ones_are_named() {
        let body = r#"{"QUEUEID": "1", "isAvailable": null, "onlineAgentCount": -1,
            "averageWaitTime": null, "longestWaitTime": "-00:00:05"}"#;
        let parsed = queue_info(&reply(200, body), "1").unwrap();
        assert_eq!(parsed.value, QueueState::default());
        assert_eq!(
            messages(&parsed.failures),
            [
                "field onlineAgentCount is too small, not a count",
                "field longestWaitTime is too small, not a time span",
            ]
        );
    }

    #[test]
    fn what_is_not_about_the_queue_reads_queue_not_found() {
        let message = "queue not found: the answer is not about this queue";
        for body in ["", "  ", "null", "{}", r#"{"queueID": null}"#, r#"{"queueID": 2, "isAvailable": true}"#]
        {
            let failure = queue_info(&reply(200, body), "1").unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Parse, message), "{body}");
        }
        for body in ["", "null", "{}"] {
            assert_eq!(queue_available(&reply(200, body)).unwrap_err().to_string(), message, "{body}");
            assert_eq!(queue_wait_time(&reply(200, body)).unwrap_err().to_string(), message, "{body}");
        }
    }

    #[test]
    fn the_documented_answers_of_older_servers_are_read() {
        let available = queue_available(&reply(200, r#"{ "isAvailable": true }"#)).unwrap().value;
        assert_eq!(available, QueueState { available: Some(true), ..QueueState::default() });
        assert_eq!(queue_available(&reply(200, "true")).unwrap().value, available);
        let body = r#"{ "averageWaitTime": "00:00:00", "longestWaitTime": "1.00:00:01.5" }"#;
        let waits = queue_wait_time(&reply(200, body)).unwrap().value;
        let expected =
            QueueState { wait_average: Some(0.0), wait_longest: Some(86_401.5), ..QueueState::default() };
        assert_eq!(waits, expected);
        let failure = queue_available(&reply(200, r#"{ "isAvailable": "maybe" }"#)).unwrap_err();
        assert_eq!(failure.to_string(), "field isAvailable is a string, not a boolean");
    }

    #[test]
    fn refused_credentials_come_with_advice() {
        for (status, reason, start) in [
            (401, Reason::Unauthorized, "the server answered 401 Unauthorized: check the credentials"),
            (403, Reason::Forbidden, "the server answered 403 Forbidden: check the credentials"),
            (404, Reason::NotSupported, "the server answered 404 Not Found"),
            (503, Reason::HttpStatus, "the server answered 503 Service Unavailable"),
        ] {
            let failure = accepted(reply(status, "")).unwrap_err();
            assert_eq!(failure.reason, reason);
            assert!(failure.to_string().starts_with(start), "{failure}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_readers_panic(body in ".{0,200}") {
            let reply = reply(200, &body);
            let _ = (queues(&reply).is_ok(), queue_info(&reply, "1").is_ok());
            let _ = (queue_available(&reply).is_ok(), queue_wait_time(&reply).is_ok());
        }

        #[test]
        fn every_time_span_that_dotnet_writes_is_read(seconds in 0_u32..2_000_000) {
            let (days, rest) = (seconds / 86_400, seconds % 86_400);
            let span = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
            let span = if days > 0 { format!("{days}.{span}") } else { span };
            let body = format!(r#"{{"averageWaitTime": "{span}"}}"#);
            let parsed = queue_wait_time(&reply(200, &body)).unwrap();
            proptest::prop_assert_eq!(parsed.value.wait_average, Some(f64::from(seconds)));
        }
    }
}
