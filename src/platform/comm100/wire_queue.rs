//! The shape of `livechat/realTime/Queue`, read without input or output.
//!
//! Its bodies hold personal data and API keys of agents (`routeToAgent`): of those nothing is read but the display
//! name.

use std::collections::HashSet;

use crate::http_client::{Failure, Reply};
use crate::platform::body::{Parsed, failures, json, unexpected};
use crate::platform::comm100::wire::list;
use crate::platform::fields::{Defect, Fields, Node};

/// Where an entry of the queue leads; ids are as the vendor wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The site as a whole: neither a department nor an agent is named.
    Site,
    /// A department (`routeToDepartmentId`).
    Department(String),
    /// An agent (`routeToAgentId`), where no department is named.
    Agent(String),
}

/// One entry of the queue report.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Where it leads.
    pub destination: Destination,
    /// The department's name, or the agent's display name; `None` for the site and where the object is missing.
    pub name: Option<String>,
    /// `isAvailableInLiveChat` and not `isDeleted` of the department; `None` where neither decides.
    pub department_available: Option<bool>,
    /// Chats in progress (`ongoingChats`).
    pub chats_ongoing: Option<f64>,
    /// Most chats at once (`maxConcurrentChats`); 0 where no maximum is set.
    pub chats_max: Option<f64>,
    /// Chats waiting (`currentQueueLength`).
    pub queue_length: Option<f64>,
    /// Number of `visitors`.
    pub visitors_waiting: Option<f64>,
    /// Longest `waitTime` of the `visitors` in seconds; 0 with nobody waiting.
    pub wait_longest: Option<f64>,
    /// `avgWaitTimeinLast30Mins` in seconds.
    pub wait_average_30m: Option<f64>,
    /// `avgWaitTimeinLast60Mins` in seconds.
    pub wait_average_60m: Option<f64>,
    /// `abandonedChatsinLast30Mins`.
    pub chats_abandoned_30m: Option<f64>,
    /// `switchedtoMessagesinLast30Mins`.
    pub chats_switched_to_message_30m: Option<f64>,
}

/// Reads the answer of `Queue`: its routes in the vendor's order, the first of those that lead to the same place.
///
/// # Errors
/// [`json`]'s, and an answer that is no array.
pub fn queue(reply: &Reply) -> Result<Parsed<Vec<Route>>, Failure> {
    let node = json(reply)?;
    let entries = node.list().ok_or_else(|| unexpected(&node, "an array"))?;
    let mut parsed = Parsed { value: Vec::new(), failures: Vec::new() };
    let mut seen = HashSet::new();
    for entry in entries {
        if !matches!(entry, Node::Object(_)) {
            parsed.failures.push(Failure::parse(format!(
                "an entry of the queue is {}, not an object",
                entry.description()
            )));
            continue;
        }
        let mut defects = Vec::new();
        let route = route(entry, &mut defects);
        if seen.insert(route.destination.key()) {
            parsed.failures.extend(failures(&defects));
            parsed.value.push(route);
        } else {
            parsed.failures.push(Failure::parse("a route occurs twice in the queue; the first is kept"));
        }
    }
    Ok(parsed)
}

impl Destination {
    /// The `route_type` label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Department(_) => "department",
            Self::Agent(_) => "agent",
        }
    }

    /// What tells two destinations apart; GUIDs in lower case.
    fn key(&self) -> (&'static str, String) {
        match self {
            Self::Site => (self.label(), String::new()),
            Self::Department(id) | Self::Agent(id) => (self.label(), id.to_ascii_lowercase()),
        }
    }
}

fn route(entry: &Node, defects: &mut Vec<Defect>) -> Route {
    let (destination, name, department_available) = destination(entry, defects);
    let (visitors_waiting, wait_longest) = visitors(entry, defects);
    let mut fields = Fields::new(entry, defects);
    Route {
        destination,
        name,
        department_available,
        chats_ongoing: fields.count("ongoingChats"),
        chats_max: fields.count("maxConcurrentChats"),
        queue_length: fields.count("currentQueueLength"),
        visitors_waiting,
        wait_longest,
        wait_average_30m: fields.seconds("avgWaitTimeinLast30Mins"),
        wait_average_60m: fields.seconds("avgWaitTimeinLast60Mins"),
        chats_abandoned_30m: fields.count("abandonedChatsinLast30Mins"),
        chats_switched_to_message_30m: fields.count("switchedtoMessagesinLast30Mins"),
    }
}

/// The destination with its name and, for a department, whether it is available.
fn destination(entry: &Node, defects: &mut Vec<Defect>) -> (Destination, Option<String>, Option<bool>) {
    let department = Fields::new(entry, defects).text("routeToDepartmentId").filter(|id| is_set(id));
    let agent = Fields::new(entry, defects).text("routeToAgentId").filter(|id| is_set(id));
    if let Some(id) = department {
        let Some(object) = object(entry, "routeToDepartment", defects) else {
            return (Destination::Department(id), None, None);
        };
        let mut fields = Fields::new(object, defects);
        let name = fields.text("name").filter(|name| !name.trim().is_empty());
        let available = match (fields.boolean("isAvailableInLiveChat"), fields.boolean("isDeleted")) {
            (_, Some(true)) => Some(false),
            (available, _) => available,
        };
        return (Destination::Department(id), name, available);
    }
    let Some(id) = agent else { return (Destination::Site, None, None) };
    let name = object(entry, "routeToAgent", defects)
        .and_then(|object| Fields::new(object, defects).text("displayName"))
        .filter(|name| !name.trim().is_empty());
    (Destination::Agent(id), name, None)
}

/// How many visitors wait, and the longest of their waits in seconds.
///
/// The wait is `None` where somebody waits and no `waitTime` was understood.
fn visitors(entry: &Node, defects: &mut Vec<Defect>) -> (Option<f64>, Option<f64>) {
    let Some(visitors) = list(entry, "visitors", defects) else { return (None, None) };
    let mut longest = visitors.is_empty().then_some(0.0);
    for visitor in visitors {
        if !matches!(visitor, Node::Object(_)) {
            let found = visitor.description();
            defects.push(Defect { field: "visitors", expected: "an array of objects", found });
        }
        if let Some(wait) = Fields::new(visitor, defects).seconds("waitTime") {
            longest = Some(longest.map_or(wait, |longest: f64| longest.max(wait)));
        }
    }
    (Some(visitors.len() as f64), longest)
}

/// Whether an id names something: not empty, and not the GUID of zeros that stands for nothing.
fn is_set(id: &str) -> bool {
    id.chars().any(|character| !matches!(character, '0' | '-' | '{' | '}') && !character.is_whitespace())
}

/// The object in a field, free of the borrow of the defects so that its own fields can be read.
fn object<'a>(node: &'a Node, field: &'static str, defects: &mut Vec<Defect>) -> Option<&'a Node> {
    Fields::new(node, defects).object(field)?;
    node.member(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::comm100::wire::tests::{messages, reply};

    const NONE: Route = Route {
        destination: Destination::Site,
        name: None,
        department_available: None,
        chats_ongoing: None,
        chats_max: None,
        queue_length: None,
        visitors_waiting: None,
        wait_longest: None,
        wait_average_30m: None,
        wait_average_60m: None,
        chats_abandoned_30m: None,
        chats_switched_to_message_30m: None,
    };

    #[test]
    fn an_entry_is_read_whole() {
        let parsed = queue(&reply(
            r#"[{"routeToDepartmentId": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
                 "routeToDepartment": {"name": "Sales", "isAvailableInLiveChat": true, "isDeleted": false},
                 "routeToAgentId": "3fa85f64-5717-4562-b3fc-2c963f66afa7",
                 "routeToAgent": {"displayName": "Ann Example", "apiKey": "hunter2"},
                 "onGoingChats": "4", "maxConcurrentChats": 10, "currentQueueLength": 2,
                 "avgWaitTimeinLast30Mins": "00:00:42", "avgWaitTimeInLast60Mins": 61.5,
                 "abandonedChatsinLast30Mins": 1, "switchedToMessagesInLast30Mins": 3,
                 "visitors": [{"waitTime": "00:00:30"}, {"waitTime": "00:02:05.5000000"}]}]"#,
        ))
        .unwrap();
        let expected = Route {
            destination: Destination::Department("3fa85f64-5717-4562-b3fc-2c963f66afa6".to_owned()),
            name: Some("Sales".to_owned()),
            department_available: Some(true),
            chats_ongoing: Some(4.0),
            chats_max: Some(10.0),
            queue_length: Some(2.0),
            visitors_waiting: Some(2.0),
            wait_longest: Some(125.5),
            wait_average_30m: Some(42.0),
            wait_average_60m: Some(61.5),
            chats_abandoned_30m: Some(1.0),
            chats_switched_to_message_30m: Some(3.0),
        };
        assert_eq!((parsed.value, parsed.failures.len()), (vec![expected], 0));
    }

    #[test]
    fn null_empty_and_zero_ids_name_nothing() {
        let zero = "00000000-0000-0000-0000-000000000000";
        let department = |id: &str| Destination::Department(id.to_owned());
        let agent = |id: &str| Destination::Agent(id.to_owned());
        let cases = [
            ("{}".to_owned(), Destination::Site),
            (r#"{"routeToDepartmentId": null, "routeToAgentId": ""}"#.to_owned(), Destination::Site),
            (format!(r#"{{"routeToDepartmentId": "{zero}", "routeToAgentId": 0}}"#), Destination::Site),
            (format!(r#"{{"routeToDepartmentId": "{zero}", "routeToAgentId": "a1"}}"#), agent("a1")),
            (r#"{"routeToDepartmentId": "d1", "routeToAgentId": "a1"}"#.to_owned(), department("d1")),
            (r#"{"routeToDepartmentId": 17}"#.to_owned(), department("17")),
        ];
        for (entry, destination) in cases {
            let parsed = queue(&reply(&format!("[{entry}]"))).unwrap();
            assert_eq!((parsed.value, parsed.failures.len()), (vec![Route { destination, ..NONE }], 0));
        }
    }

    #[test]
    fn the_longest_wait_is_zero_with_nobody_waiting_and_absent_where_unknown() {
        let cases = [
            ("[]", Some(0.0), Some(0.0)),
            ("null", None, None),
            (r#"[{"waitTime": null}, {}]"#, Some(2.0), None),
            (r#"[{"waitTime": null}, {"waitTime": 5}, {"waitTime": "3"}]"#, Some(3.0), Some(5.0)),
        ];
        for (visitors, visitors_waiting, wait_longest) in cases {
            let parsed = queue(&reply(&format!(r#"[{{"visitors": {visitors}}}]"#))).unwrap();
            let expected = Route { visitors_waiting, wait_longest, ..NONE };
            assert_eq!((parsed.value, parsed.failures.len()), (vec![expected], 0), "{visitors}");
        }
    }

    #[test]
    fn a_department_is_available_in_live_chat_and_not_deleted() {
        let cases = [
            (r#"{"isAvailableInLiveChat": true, "isDeleted": false}"#, Some(true)),
            (r#"{"isAvailableInLiveChat": true}"#, Some(true)),
            (r#"{"isAvailableInLiveChat": true, "isDeleted": true}"#, Some(false)),
            (r#"{"isAvailableInLiveChat": false, "isDeleted": false}"#, Some(false)),
            (r#"{"isDeleted": true}"#, Some(false)),
            (r#"{"isDeleted": false}"#, None),
            ("null", None),
        ];
        for (department, available) in cases {
            let body = format!(r#"[{{"routeToDepartmentId": "d1", "routeToDepartment": {department}}}]"#);
            assert_eq!(queue(&reply(&body)).unwrap().value[0].department_available, available, "{body}");
        }
    }

    #[test]
    fn what_is_defective_is_named_and_the_rest_stays() {
        let parsed = queue(&reply(
            r#"["hunter2", {"routeToAgentId": "A1", "currentQueueLength": -2, "visitors": [7, {"waitTime": "soon"}]},
                {"routeToAgentId": "a1", "currentQueueLength": "many"}, {"currentQueueLength": 1}]"#,
        ))
        .unwrap();
        let agent = Destination::Agent("A1".to_owned());
        assert_eq!(
            parsed.value,
            [
                Route { destination: agent, visitors_waiting: Some(2.0), ..NONE },
                Route { queue_length: Some(1.0), ..NONE },
            ]
        );
        assert_eq!(
            messages(&parsed.failures),
            [
                "an entry of the queue is a string, not an object",
                "field visitors is a number, not an array of objects",
                "field waitTime is a string, not a time span",
                "field currentQueueLength is too small, not a count",
                "a route occurs twice in the queue; the first is kept",
            ]
        );
    }

    #[test]
    fn only_an_array_is_a_queue() {
        let failure = queue(&reply(r#"{"code": 403000}"#)).unwrap_err();
        assert_eq!(failure.to_string(), "the answer is an object, not an array");
    }
}
