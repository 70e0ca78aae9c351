//! The shape of `livechat/realTime/Agents`: pages of agents.

use crate::http_client::{Failure, Reply};
use crate::platform::body::{failures, json};
use crate::platform::comm100::wire::{list, unexpected};
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
