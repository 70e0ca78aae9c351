//! The vendor's shapes of agents, their presence and skills, and of web clients. Pure.
//!
//! Names are never read. A SIP address is read because two calls ask for it; it goes nowhere else, not even into
//! `Debug`.

use std::collections::BTreeSet;
use std::fmt;

use crate::http_client::{Failure, Reply};
use crate::platform::body::{self, Parsed};
use crate::platform::chime::wire;
use crate::platform::fields::{Fields, Node};

/// An agent as `QueueAgents` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// `id`.
    pub id: String,
    /// `isManager`.
    pub manager: Option<bool>,
    /// `uri`; absent where the agent has none.
    pub address: Option<SipAddress>,
}

/// A SIP address without its scheme, in lower case; personal, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SipAddress(String);

impl SipAddress {
    fn new(text: &str) -> Option<Self> {
        let address = text.trim().to_lowercase();
        let address = address.strip_prefix("sip:").unwrap_or(&address);
        (!address.is_empty()).then(|| Self(address.to_owned()))
    }

    /// The address, for the parameter of a call.
    pub fn parameter(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SipAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SipAddress(<redacted>)")
    }
}

/// The presence of an agent as `AgentPresence` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// `lyncPresence`, one of [`PRESENCES`].
    pub state: &'static str,
    /// `availableInChime`.
    pub available: Option<bool>,
    /// `ChimeID`.
    pub chime_id: Option<String>,
}

/// The values of the `presence` label; what is unknown or absent is the last.
pub const PRESENCES: [&str; 8] =
    ["online", "idle", "busy", "donotdisturb", "berightback", "away", "offline", OTHER];

const OTHER: &str = "other";

/// Spellings of presence, letters only and in lower case, beside the labels themselves. The guide shows "Online" alone;
/// the others are the presence states of Lync, Skype for Business and Teams.
const SPELLINGS: [(&str, &str); 12] = [
    ("available", "online"),
    ("free", "online"),
    ("freeidle", "idle"),
    ("inactive", "idle"),
    ("busyidle", "busy"),
    ("inacall", "busy"),
    ("inameeting", "busy"),
    ("inaconferencecall", "busy"),
    ("presenting", "donotdisturb"),
    ("temporarilyaway", "berightback"),
    ("offwork", "away"),
    ("invisible", "offline"),
];

/// Reads `QueueAgents`.
pub fn queue_agents(reply: &Reply) -> Result<Parsed<Vec<Agent>>, Failure> {
    let parsed = wire::list_of(reply, "id", |id, fields| Agent {
        id: id.to_owned(),
        manager: fields.boolean("isManager"),
        address: fields.text("uri").as_deref().and_then(SipAddress::new),
    })?;
    Ok(wire::unique(parsed, "an agent is listed twice", |agent| agent.id.clone()))
}

/// Reads `AgentPresence`.
///
/// # Errors
/// An answer with none of `lyncPresence`, `availableInChime` and `ChimeID` is not about an agent.
pub fn presence(reply: &Reply) -> Result<Parsed<Presence>, Failure> {
    let root = body::json(reply)?;
    if ["lyncPresence", "availableInChime", "ChimeID"].iter().all(|key| root.member(key).is_none()) {
        return Err(Failure::parse("agent not found: the answer is not about an agent"));
    }
    let mut defects = Vec::new();
    let mut fields = Fields::new(&root, &mut defects);
    let value = Presence {
        state: fields.text("lyncPresence").as_deref().map_or(OTHER, presence_label),
        available: fields.boolean("availableInChime"),
        chime_id: fields.text("ChimeID").filter(|id| !id.trim().is_empty()),
    };
    Ok(Parsed { value, failures: body::failures(&defects) })
}

/// Reads `GetAgentSkillTags`: the distinct `Text` of an agent's tags. `null` is an agent without any.
pub fn skills(reply: &Reply) -> Result<Parsed<BTreeSet<String>>, Failure> {
    if matches!(body::json(reply)?, Node::Null) {
        return Ok(Parsed { value: BTreeSet::new(), failures: Vec::new() });
    }
    let parsed = wire::list_of(reply, "Text", |text, _| text.to_owned())?;
    Ok(Parsed { value: parsed.value.into_iter().collect(), failures: parsed.failures })
}

/// Reads `GetWebClients`: `useschatform` of each web client.
pub fn web_clients(reply: &Reply) -> Result<Parsed<Vec<Option<bool>>>, Failure> {
    wire::list_of(reply, "id", |_, fields| fields.boolean("useschatform"))
}

fn presence_label(text: &str) -> &'static str {
    let letters: String = text.chars().filter(|char| char.is_alphabetic()).collect::<String>().to_lowercase();
    let spelling = SPELLINGS.iter().find(|(spelling, _)| *spelling == letters).map(|(_, label)| *label);
    let label = PRESENCES.iter().copied().find(|label| *label == letters);
    label.or(spelling).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::chime::wire::tests::{messages, reply};

    #[test]
    fn the_documented_agent_is_read_without_a_name() {
        let body = r#"{
        "id": 143, "firstName": "Sample", "lastName": "Agent 7", "priority": 1, "disabledAtStart": false,
        "isManager": true, "readOnly": false, "uri": "sip:Agent7@example.com", "role": 0,
        "tags": [ { "BestMatchID": 4, "Text": "Outlook/Exchange", "Icon": "fa-envelope", "QueueSortingOrder": 0 } ],
        "Guid": "00000000-0000-4000-8000-000000000007"
}"#;
        let parsed = queue_agents(&reply(200, body)).unwrap();
        let address = SipAddress("agent7@example.com".to_owned());
        let expected = Agent { id: "143".to_owned(), manager: Some(true), address: Some(address) };
        assert_eq!(parsed.value, [expected]);
        assert!(parsed.failures.is_empty());
        let shown = format!("{:?}", parsed.value);
        assert!(!shown.contains("example.com") && !shown.contains("Sample"), "{shown}");
    }

    #[test]
    fn the_documented_presence_is_read() {
        let body = r#"{
    "firstName": "Sample", "lastName": "Agent 1", "displayName": "Sample Agent", "sip": "sip:agent1@example.com",
    "ChimeID": 921, "lyncPresence": "Online", "availableInChime": true, "imageUrl": "/Chime/ExpertPhoto/921"
}"#;
        let parsed = presence(&reply(200, body)).unwrap();
        let expected = Presence { state: "online", available: Some(true), chime_id: Some("921".to_owned()) };
        assert_eq!(parsed.value, expected);
    }

    #[test]
    fn presence_is_a_bounded_set() {
        let cases = [
            (r#""Online""#, "online"),
            (r#""Do Not Disturb""#, "donotdisturb"),
            (r#""do-not-disturb""#, "donotdisturb"),
            (r#""BeRightBack""#, "berightback"),
            (r#""TemporarilyAway""#, "berightback"),
            (r#""Off Work""#, "away"),
            (r#""FreeIdle""#, "idle"),
            (r#""In a meeting""#, "busy"),
            (r#""other""#, "other"),
            (r#""On the moon""#, "other"),
            ("\"\"", "other"),
            ("null", "other"),
        ];
        for (value, expected) in cases {
            let parsed = presence(&reply(200, &format!(r#"{{"lyncPresence": {value}}}"#))).unwrap();
            assert_eq!(parsed.value.state, expected, "{value}");
            assert_eq!(parsed.value.available, None);
        }
        let failure = presence(&reply(200, "{}")).unwrap_err();
        assert_eq!(failure.to_string(), "agent not found: the answer is not about an agent");
    }

    #[test]
    fn the_documented_skills_are_read() {
        let body = r#"[
    { "BestMatchID": 4, "Text": "Outlook/Exchange", "Icon": "fa-envelope", "QueueSortingOrder": 0 },
    { "BestMatchID": 7, "Text": "Mobility", "Icon": "fa-mobile", "QueueSortingOrder": 0 },
    { "BestMatchID": 8, "Text": "Mobility" }, { "BestMatchID": 9 }]"#;
        let parsed = skills(&reply(200, body)).unwrap();
        assert_eq!(parsed.value, BTreeSet::from(["Mobility".to_owned(), "Outlook/Exchange".to_owned()]));
        assert_eq!(messages(&parsed.failures), ["field Text is missing, not an identifier"]);
        assert!(skills(&reply(200, "null")).unwrap().value.is_empty());
        assert!(skills(&reply(200, "[]")).unwrap().value.is_empty());
    }

    #[test]
    fn the_documented_web_clients_are_read() {
        let body = r#"[
    { "id": 1, "name": "Default Web Client", "useschatform": true },
    { "id": 2, "name": "Secondary Web client", "UsesChatForm": "false" },
    { "id": 3, "name": "Third" }]"#;
        let parsed = web_clients(&reply(200, body)).unwrap();
        assert_eq!(parsed.value, [Some(true), Some(false), None]);
        assert!(parsed.failures.is_empty());
    }
}
