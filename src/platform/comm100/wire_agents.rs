//! The shape of `livechat/realTime/Agents`: pages of agents.

use crate::http_client::{Failure, Reply};
use crate::platform::body::{failures, json, unexpected};
use crate::platform::comm100::wire::list;
use crate::platform::fields::{Defect, Fields, Member, Node};

/// One page of the agents.
#[derive(Debug)]
pub struct AgentsPage {
    /// The agents in the vendor's order; one without an id is left out and is a failure.
    pub agents: Vec<Agent>,
    /// How many pages there are (`pageCount`, else from `total` and `pageSize`); 1 where the answer does not say.
    pub page_count: f64,
    /// How many agents all pages hold (`total`).
    pub total: Option<f64>,
    /// Defects of single fields or entries, all of reason parse.
    pub failures: Vec<Failure>,
}

/// An agent; `None` where the answer has null or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// GUID as the vendor wrote it (`agentId`).
    pub id: String,
    /// Personal data (`displayName`).
    pub name: Option<String>,
    /// GUID of the status (`currentStatusId`).
    pub status_id: Option<String>,
    /// Chats in progress (`ongoingChats`).
    pub chats_ongoing: Option<f64>,
    /// Most chats at once (`maxConcurrentChats`); 0 where no maximum is set.
    pub chats_max: Option<f64>,
    /// Chats of the day (`intradayChats`).
    pub chats_today: Option<f64>,
    /// Time in chats of the day in seconds (`intradayLinearChatTime`).
    pub chat_time_today: Option<f64>,
    /// Time of the day in each status in seconds, by status id in lower case (`statusDistribution`).
    pub status_times: Vec<(String, f64)>,
}

/// Reads the answer of `Agents`: a page, or a bare array that is all there is.
///
/// # Errors
/// [`json`]'s, and an answer without a list of agents.
pub fn agents(reply: &Reply) -> Result<AgentsPage, Failure> {
    let node = json(reply)?;
    let mut defects = Vec::new();
    let (list, page_count, total) = match &node {
        Node::List(list) => (list.as_slice(), 1.0, None),
        Node::Object(_) => {
            let list = list(&node, "list", &mut defects);
            let list = list.ok_or_else(|| Failure::parse("the answer has no list of agents"))?;
            let mut fields = Fields::new(&node, &mut defects);
            let total = fields.count("total");
            let computed = total.zip(fields.count("pageSize")).filter(|(_, size)| *size > 0.0);
            let computed = computed.map(|(total, size)| (total / size).ceil());
            (list, fields.count("pageCount").or(computed).unwrap_or(1.0), total)
        }
        other => return Err(unexpected(other, "an object")),
    };
    let mut page = AgentsPage { agents: Vec::new(), page_count, total, failures: Vec::new() };
    for entry in list {
        match agent(entry, &mut defects) {
            Some(agent) => page.agents.push(agent),
            None => page.failures.push(Failure::parse("an agent has no agentId; the agent is left out")),
        }
    }
    page.failures.extend(failures(&defects));
    Ok(page)
}

fn agent(entry: &Node, defects: &mut Vec<Defect>) -> Option<Agent> {
    let id = Fields::new(entry, defects).text("agentId").filter(|id| !id.trim().is_empty())?;
    let status_times = status_times(entry, defects);
    let mut fields = Fields::new(entry, defects);
    Some(Agent {
        id,
        name: fields.text("displayName").filter(|name| !name.trim().is_empty()),
        status_id: fields.text("currentStatusId").filter(|id| !id.trim().is_empty()),
        chats_ongoing: fields.count("ongoingChats"),
        chats_max: fields.count("maxConcurrentChats"),
        chats_today: fields.count("intradayChats"),
        chat_time_today: fields.seconds("intradayLinearChatTime"),
        status_times,
    })
}

/// The status distribution, documented as a string and shown as an object: either is taken, anything else is none.
fn status_times(entry: &Node, defects: &mut Vec<Defect>) -> Vec<(String, f64)> {
    const FIELD: &str = "statusDistribution";
    let parsed;
    let distribution = match entry.member(FIELD) {
        Some(Node::Text(text)) => {
            parsed = Node::parse(text.as_bytes()).unwrap_or(Node::Null);
            &parsed
        }
        Some(node) => node,
        None => return Vec::new(),
    };
    let mut times = Vec::new();
    for Member { key, value, .. } in distribution.members() {
        // The reader of time spans takes fields of fixed names; the keys here are the vendor's ids.
        let member = Member { key: FIELD.to_owned(), name: FIELD.to_owned(), value: value.clone() };
        let object = Node::Object(vec![member]);
        if let Some(seconds) = Fields::new(&object, defects).seconds(FIELD) {
            times.push((key.clone(), seconds));
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::comm100::wire::tests::{messages, reply};

    fn bare(id: &str) -> Agent {
        Agent {
            id: id.to_owned(),
            name: None,
            status_id: None,
            chats_ongoing: None,
            chats_max: None,
            chats_today: None,
            chat_time_today: None,
            status_times: Vec::new(),
        }
    }

    #[test]
    fn the_documented_page_is_read() {
        let page = agents(&reply(
            r#"{"total": 32, "pageCount": 7, "list": [
                {"agentId": "51f36e1a-d521-43bf-a0a8-20cbade284e4", "displayName": " Ann Example",
                 "currentStatusId": "00000000-0000-0000-0000-000000000000", "ongoingChats": 1,
                 "maxConcurrentChats": 0, "intradayChats": "3", "intradayLinearChatTime": "06:53:57.0500000",
                 "statusDistribution": {}}], "pageIndex": 1, "pageSize": 5}"#,
        ))
        .unwrap();
        let expected = Agent {
            name: Some(" Ann Example".to_owned()),
            status_id: Some("00000000-0000-0000-0000-000000000000".to_owned()),
            chats_ongoing: Some(1.0),
            chats_max: Some(0.0),
            chats_today: Some(3.0),
            chat_time_today: Some(24_837.05),
            ..bare("51f36e1a-d521-43bf-a0a8-20cbade284e4")
        };
        assert_eq!(page.agents, [expected]);
        assert_eq!((page.page_count, page.total, page.failures.len()), (7.0, Some(32.0), 0));
    }

    #[test]
    fn the_number_of_pages_is_computed_where_it_is_missing() {
        let cases = [
            (r#"{"list": [], "total": 11, "pageSize": 5}"#, 3.0, Some(11.0)),
            (r#"{"list": [], "total": 11, "pageSize": 0}"#, 1.0, Some(11.0)),
            (r#"{"list": [], "pageCount": "4"}"#, 4.0, None),
            (r#"{"list": []}"#, 1.0, None),
            ("[]", 1.0, None),
        ];
        for (body, page_count, total) in cases {
            let page = agents(&reply(body)).unwrap();
            assert_eq!((page.page_count, page.total), (page_count, total), "{body}");
        }
    }

    #[test]
    fn a_status_distribution_is_an_object_or_a_string_that_holds_one() {
        let cases = [
            (r#"{"A1": "01:00:00", "b2": 90}"#, vec![("a1", 3_600.0), ("b2", 90.0)]),
            (r#""{\"A1\": \"1.00:00:00\"}""#, vec![("a1", 86_400.0)]),
            (r#"{"a1": null}"#, vec![]),
            ("{}", vec![]),
            ("null", vec![]),
            (r#""""#, vec![]),
            (r#""string""#, vec![]),
            ("[1]", vec![]),
        ];
        for (distribution, times) in cases {
            let body = format!(r#"[{{"agentId": "a", "statusDistribution": {distribution}}}]"#);
            let page = agents(&reply(&body)).unwrap();
            let status_times = times.iter().map(|(id, seconds)| ((*id).to_owned(), *seconds)).collect();
            assert_eq!(page.agents, [Agent { status_times, ..bare("a") }], "{body}");
            assert_eq!(messages(&page.failures), [""; 0], "{body}");
        }
    }

    #[test]
    fn what_is_defective_is_named_and_the_rest_stays() {
        let page = agents(&reply(
            r#"{"total": -1, "list": [{"displayName": "hunter2"}, null,
                {"agentId": "a", "maxConcurrentChats": true, "statusDistribution": {"x": "soon"}}, {"agentId": 7}]}"#,
        ))
        .unwrap();
        assert_eq!(page.agents, [bare("a"), bare("7")]);
        assert_eq!(
            messages(&page.failures),
            [
                "an agent has no agentId; the agent is left out",
                "an agent has no agentId; the agent is left out",
                "field total is too small, not a count",
                "field statusDistribution is a string, not a time span",
                "field maxConcurrentChats is a boolean, not a count",
            ]
        );
    }

    #[test]
    fn an_answer_without_agents_is_a_failure() {
        let cases = [
            ("{}", "the answer has no list of agents"),
            (r#"{"list": {}}"#, "the answer has no list of agents"),
            ("7", "the answer is a number, not an object"),
        ];
        for (body, message) in cases {
            assert_eq!(agents(&reply(body)).unwrap_err().to_string(), message);
        }
    }
}
