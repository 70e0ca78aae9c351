//! The vendor's shapes of health: `HealthMonitor`, and the status of a queue's process. Pure.

use std::collections::HashSet;

use http::StatusCode;

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::body::{self, Parsed};
use crate::platform::chime::wire;
use crate::platform::fields::{Defect, Fields, Node};

/// What `Health/Status/HealthMonitor` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthMonitor {
    /// `Ok`: whether all is well; false as soon as a single component is unhealthy.
    pub healthy: Option<bool>,
    /// `System.OK`.
    pub system_healthy: Option<bool>,
    /// Components of the system.
    pub components: Vec<Component>,
    /// `Queues`.
    pub queues: Vec<QueueHealth>,
}

/// A component of the system or of a queue: any object with a `Status`, an open set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The key of the object, as the server wrote it.
    pub name: String,
    /// `Status`.
    pub healthy: bool,
}

/// The health of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueHealth {
    /// `QueueId`.
    pub id: String,
    /// `Name`, or the identifier where it has none.
    pub name: String,
    /// `Ok`.
    pub healthy: Option<bool>,
    /// Components of the queue.
    pub components: Vec<Component>,
}

/// Reads `Health/Status/HealthMonitor`.
pub fn health_monitor(reply: &Reply) -> Result<Parsed<HealthMonitor>, Failure> {
    let root = body::json(reply)?;
    if ["Ok", "System", "Queues"].iter().all(|key| root.member(key).is_none()) {
        return Err(Failure::parse("the answer has none of Ok, System and Queues"));
    }
    let mut defects = Vec::new();
    let mut fields = Fields::new(&root, &mut defects);
    let healthy = fields.boolean("Ok");
    let has_system = fields.object("System").is_some();
    let has_queues = fields.list("Queues").is_some();
    let system = root.member("System").filter(|_| has_system).unwrap_or(&Node::Null);
    let system_healthy = Fields::new(system, &mut defects).boolean("OK");
    let components = components(system, &mut defects);
    let queues = root.member("Queues").filter(|_| has_queues).and_then(Node::list).unwrap_or_default();
    let queues = queues.iter().filter_map(|queue| queue_health(queue, &mut defects)).collect();
    let queues = Parsed { value: queues, failures: body::failures(&defects) };
    let queues = wire::unique(queues, "a queue is listed twice", |queue: &QueueHealth| queue.id.clone());
    let value = HealthMonitor { healthy, system_healthy, components, queues: queues.value };
    Ok(Parsed { value, failures: queues.failures })
}

/// Reads `Health/Status/Queue/{id}`: whether the process of the queue `id` runs.
///
/// 200 means that it runs, whatever the body (no document shows one). A 500 is the answer "no" only if its body, a
/// sentence in braces and no JSON, says so; an HTML error page has to name the queue as well.
pub fn process_running(reply: Reply, id: &str) -> Result<bool, Failure> {
    let body = reply.body.trim_ascii_start();
    let body = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).to_lowercase();
    let page = body.trim_start().starts_with('<');
    match reply.status {
        StatusCode::OK if page => {
            Err(Failure::parse("the server answered an HTML page, not a status: a login or error page"))
        }
        StatusCode::OK => Ok(true),
        StatusCode::INTERNAL_SERVER_ERROR if says_not_running(&body, page, id) => Ok(false),
        status if status.is_success() => Err(Failure::new(
            Reason::HttpStatus,
            format!("the server answered {status}, neither 200 nor 500"),
        )),
        _ => wire::accepted(reply).map(|_| true),
    }
}

fn says_not_running(body: &str, page: bool, id: &str) -> bool {
    if page {
        body.contains(&format!("queue {} is not running", id.to_lowercase()))
    } else {
        body.contains("not running")
    }
}

fn queue_health(queue: &Node, defects: &mut Vec<Defect>) -> Option<QueueHealth> {
    let id = Fields::new(queue, defects).text("QueueId").filter(|id| !id.trim().is_empty());
    let Some(id) = id else {
        defects.push(Defect { field: "QueueId", expected: "an identifier", found: "missing" });
        return None;
    };
    let mut fields = Fields::new(queue, defects);
    let (name, healthy) = (wire::name_or_id(&mut fields, "Name", id.trim()), fields.boolean("Ok"));
    Some(QueueHealth { id: id.trim().to_owned(), name, healthy, components: components(queue, defects) })
}

/// Every member that is an object with a `Status`, in the server's order.
fn components(parent: &Node, defects: &mut Vec<Defect>) -> Vec<Component> {
    let mut seen = HashSet::new();
    let members = parent.members().iter().filter(|member| seen.insert(member.key.trim()));
    members
        .filter_map(|member| {
            let healthy = Fields::new(&member.value, defects).boolean("Status")?;
            Some(Component { name: member.name.trim().to_owned(), healthy })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::chime::wire::tests::{messages, reply};

    /// The sample of the vendor's guide.
    const SAMPLE: &str = r#"{
    "Ok": false,
    "System": {
        "Service": { "Status": true, "Details": null },
        "ServiceAccount": { "Status": true, "Details": null },
        "Smtp": { "Status": true, "Details": null },
        "SQL": { "Status": true, "Details": null },
        "ActiveDirectory": { "Status": true, "Details": null },
        "ChimeHub": { "Status": true, "Details": null },
        "WebClient": { "Status": false, "Details": "No webclient is configured." },
        "OK": false
    },
    "Queues": [
        {
            "Process": { "Status": true, "Details": null },
            "Routing": { "Status": true, "Details": null },
            "IMConnection": { "Status": true, "Details": null },
            "Alerting": { "Status": true, "Details": null },
            "Scheduler": { "Status": true, "Details": null },
            "Smtp": { "Status": true, "Details": null },
            "SignalR": { "Status": true, "Details": null },
            "QueueId": 1,
            "Name": "IT Service Desk",
            "Ok": true
        }
    ]
}"#;

    type Expected = Result<bool, (Reason, &'static str)>;

    fn names(components: &[Component], healthy: bool) -> Vec<&str> {
        components.iter().filter(|one| one.healthy == healthy).map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn the_documented_health_monitor_is_read() {
        let parsed = health_monitor(&reply(200, SAMPLE)).unwrap();
        let health = parsed.value;
        assert_eq!((health.healthy, health.system_healthy), (Some(false), Some(false)));
        let system = ["Service", "ServiceAccount", "Smtp", "SQL", "ActiveDirectory", "ChimeHub"];
        assert_eq!(names(&health.components, true), system);
        assert_eq!(names(&health.components, false), ["WebClient"]);
        let [queue] = health.queues.as_slice() else { panic!("one queue expected") };
        assert_eq!(
            (queue.id.as_str(), queue.name.as_str(), queue.healthy),
            ("1", "IT Service Desk", Some(true))
        );
        let components = ["Process", "Routing", "IMConnection", "Alerting", "Scheduler", "Smtp", "SignalR"];
        assert_eq!(names(&queue.components, true), components);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn casing_and_unknown_components_do_not_matter() {
        let body = r#"{"OK": "true", "system": {"BotFramework": {"status": 1}, "Version": {"Major": 3}, "ok": null},
            "QUEUES": [{"queueid": "4", "ok": false, "Teams": {"STATUS": false}, "Odd": {"Status": null}}]}"#;
        let parsed = health_monitor(&reply(200, body)).unwrap();
        let expected = HealthMonitor {
            healthy: Some(true),
            system_healthy: None,
            components: vec![Component { name: "BotFramework".to_owned(), healthy: true }],
            queues: vec![QueueHealth {
                id: "4".to_owned(),
                name: "4".to_owned(),
                healthy: Some(false),
                components: vec![Component { name: "Teams".to_owned(), healthy: false }],
            }],
        };
        assert_eq!(parsed.value, expected);
        assert!(parsed.failures.is_empty());
    }

    #[test]
    fn defects_of_health_are_named_and_the_rest_stays() {
        let body = r#"{"Ok": "well", "System": [], "Queues": [{"Name": "A"}, {"QueueId": 1, "Ok": true,
            "Smtp": {"Status": "perhaps"}}, {"QueueId": 1, "Ok": false}]}"#;
        let parsed = health_monitor(&reply(200, body)).unwrap();
        let queues: Vec<_> =
            parsed.value.queues.iter().map(|queue| (queue.id.as_str(), queue.healthy)).collect();
        assert_eq!(queues, [("1", Some(true))]);
        assert_eq!(
            messages(&parsed.failures),
            [
                "field Ok is a string, not a boolean",
                "field System is an array, not an object",
                "field QueueId is missing, not an identifier",
                "field Status is a string, not a boolean",
                "a queue is listed twice",
            ]
        );
    }

    #[test]
    fn something_else_than_health_is_a_failure() {
        for body in ["null", "[]", r#"{"Message": "An error has occurred."}"#] {
            let failure = health_monitor(&reply(200, body)).unwrap_err();
            assert_eq!(failure.to_string(), "the answer has none of Ok, System and Queues", "{body}");
        }
    }

    #[test]
    fn a_queue_process_answers_by_status_and_sentence() {
        let documented = "{\n    Queue 2 is not running\n}";
        let page = "<!DOCTYPE html><title>500</title>";
        let cases: [(u16, &str, Expected); 11] = [
            (200, "", Ok(true)),
            (200, "true", Ok(true)),
            (500, documented, Ok(false)),
            (500, "QUEUE 2 IS NOT RUNNING", Ok(false)),
            (500, "<html>Queue 2 is not running</html>", Ok(false)),
            (
                200,
                " <html>Sign in</html>",
                Err((Reason::Parse, "the server answered an HTML page, not a status: a login or error page")),
            ),
            (500, page, Err((Reason::HttpStatus, "the server answered 500 Internal Server Error"))),
            (
                500,
                "<html>The service is not running</html>",
                Err((Reason::HttpStatus, "the server answered 500 Internal Server Error")),
            ),
            (503, documented, Err((Reason::HttpStatus, "the server answered 503 Service Unavailable"))),
            (404, "", Err((Reason::NotSupported, "the server answered 404 Not Found"))),
            (204, "", Err((Reason::HttpStatus, "the server answered 204 No Content, neither 200 nor 500"))),
        ];
        for (status, body, expected) in cases {
            let found = process_running(reply(status, body), "2");
            let found = found.map_err(|failure| (failure.reason, failure.to_string()));
            let expected = expected.map_err(|(reason, message)| (reason, message.to_owned()));
            assert_eq!(found, expected, "{status} {body}");
        }
    }
}
