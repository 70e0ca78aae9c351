//! The shapes of `livechat/realTime/RightNow` and `/Today`, read without input or output.
//!
//! Keys match in any letter case; the spellings of older versions of the API are taken too. `wire_queue` reads
//! `/Queue`, `wire_agents` reads `/Agents`.

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::body::{Parsed, json, unexpected};
use crate::platform::fields::{Defect, Fields, Node};

/// The site at this moment; `None` where the answer has null or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RightNow {
    /// Agents logged in, online or away (`loggedInAgents`).
    pub agents_logged_in: Option<f64>,
    /// Agents with at least one chat (`agentsInChat`).
    pub agents_in_chat: Option<f64>,
    /// Chats of the online agents as a share of the most they may have (`chatUtilization`); may exceed 1.
    pub chat_utilization: Option<f64>,
    /// Visitors on the site, chatting or not (`visitorOnSite`, `visitorsOnSite`).
    pub visitors_on_site: Option<f64>,
    /// Chats in progress (`ongoingChats`).
    pub chats_ongoing: Option<f64>,
    /// Those of them with an agent (`ongoingChatsWithAgent`).
    pub chats_ongoing_with_agent: Option<f64>,
    /// Those of them with a bot (`ongoingChatsWithBot`, `ongoingChatsWithChatbot`).
    pub chats_ongoing_with_bot: Option<f64>,
    /// Chats waiting, the whole site (`currentQueueLength`); only with automatic chat allocation.
    pub queue_length: Option<f64>,
}

/// The day so far; times in seconds, shares as ratios, `None` where the answer has null or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Today {
    /// `chatRequests`.
    pub chat_requests: Option<f64>,
    /// `totalChats`.
    pub total_chats: Option<f64>,
    /// `chats`.
    pub chats: Option<f64>,
    /// `abandondedChats`, as the vendor spells it, or `abandonedChats`.
    pub abandoned_chats: Option<f64>,
    /// `missedChats`.
    pub missed_chats: Option<f64>,
    /// `switchedToMessageChats`.
    pub switched_to_message_chats: Option<f64>,
    /// `acceptedInvitations`.
    pub accepted_invitations: Option<f64>,
    /// `departmentTransferredChats`.
    pub department_transferred_chats: Option<f64>,
    /// `totalTransferredChats`.
    pub transferred_chats: Option<f64>,
    /// `chatAcceptanceRate`.
    pub chat_acceptance: Option<f64>,
    /// `serviceAccessibilityRate`.
    pub service_accessibility: Option<f64>,
    /// `uniqueChatRate`.
    pub unique_chat: Option<f64>,
    /// `agentUtilization`.
    pub agent_utilization: Option<f64>,
    /// `avgScore`, in the site's own scale.
    pub score_average: Option<f64>,
    /// `avgWaitingTime` or `avgWaitTime`.
    pub wait_average: Option<f64>,
    /// `avgChatTime`.
    pub chat_duration_average: Option<f64>,
    /// `agentAvgResponseTime`.
    pub agent_response_average: Option<f64>,
}

/// Passes a 2xx answer on and classifies every other status.
///
/// # Errors
/// Those of [`Reply::success`]; 403 comes with what it can mean here, since it says more than "wrong credentials".
pub fn accepted(reply: Reply) -> Result<Reply, Failure> {
    reply.success().map_err(|failure| match failure.reason {
        Reason::Forbidden => Failure::new(
            failure.reason,
            format!(
                "{}: the edition may lack this report, the account the permission View Reports, or the calls of the \
                 day or of this IP address may be used up",
                failure.detail
            ),
        ),
        _ => failure,
    })
}

/// Reads the answer of `RightNow`.
///
/// # Errors
/// [`json`]'s, and an answer that is no object or another one.
pub fn right_now(reply: &Reply) -> Result<Parsed<RightNow>, Failure> {
    let node = json(reply)?;
    demand_object(&node, &["loggedInAgents", "ongoingChats", "currentQueueLength"])?;
    let mut defects = Vec::new();
    let mut fields = Fields::new(&node, &mut defects);
    let value = RightNow {
        agents_logged_in: fields.count("loggedInAgents"),
        agents_in_chat: fields.count("agentsInChat"),
        chat_utilization: fields.ratio("chatUtilization"),
        visitors_on_site: fields.count("visitorOnSite").or_else(|| fields.count("visitorsOnSite")),
        chats_ongoing: fields.count("ongoingChats"),
        chats_ongoing_with_agent: fields.count("ongoingChatsWithAgent"),
        chats_ongoing_with_bot: fields
            .count("ongoingChatsWithBot")
            .or_else(|| fields.count("ongoingChatsWithChatbot")),
        queue_length: fields.count("currentQueueLength"),
    };
    Ok(Parsed::new(value, &defects))
}

/// Reads the answer of `Today`.
///
/// # Errors
/// [`json`]'s, and an answer that is no object or another one.
pub fn today(reply: &Reply) -> Result<Parsed<Today>, Failure> {
    let node = json(reply)?;
    demand_object(&node, &["chatRequests", "totalChats", "chats"])?;
    let mut defects = Vec::new();
    let mut fields = Fields::new(&node, &mut defects);
    let value = Today {
        chat_requests: fields.count("chatRequests"),
        total_chats: fields.count("totalChats"),
        chats: fields.count("chats"),
        abandoned_chats: fields.count("abandondedChats").or_else(|| fields.count("abandonedChats")),
        missed_chats: fields.count("missedChats"),
        switched_to_message_chats: fields.count("switchedToMessageChats"),
        accepted_invitations: fields.count("acceptedInvitations"),
        department_transferred_chats: fields.count("departmentTransferredChats"),
        transferred_chats: fields.count("totalTransferredChats"),
        chat_acceptance: fields.ratio("chatAcceptanceRate"),
        service_accessibility: fields.ratio("serviceAccessibilityRate"),
        unique_chat: fields.ratio("uniqueChatRate"),
        agent_utilization: fields.ratio("agentUtilization"),
        score_average: fields.number("avgScore"),
        wait_average: fields.seconds("avgWaitingTime").or_else(|| fields.seconds("avgWaitTime")),
        chat_duration_average: fields.seconds("avgChatTime"),
        agent_response_average: fields.seconds("agentAvgResponseTime"),
    };
    Ok(Parsed::new(value, &defects))
}

/// Demands an object that has one of `keys` at least, even as null: an error document with status 200 has none.
fn demand_object(node: &Node, keys: &[&str]) -> Result<(), Failure> {
    if !matches!(node, Node::Object(_)) {
        return Err(unexpected(node, "an object"));
    }
    if keys.iter().any(|key| node.member(key).is_some()) {
        return Ok(());
    }
    Err(Failure::parse("the answer is an object without the fields of this report"))
}

/// The elements of the array in a field, free of the borrow of the defects so that theirs can be noted.
pub(super) fn list<'a>(node: &'a Node, field: &'static str, defects: &mut Vec<Defect>) -> Option<&'a [Node]> {
    Fields::new(node, defects).list(field)?;
    node.member(field)?.list()
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    /// A 200 with this body.
    pub(in crate::platform::comm100) fn reply(body: &str) -> Reply {
        Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_owned().into() }
    }

    /// The failures' messages.
    pub(in crate::platform::comm100) fn messages(failures: &[Failure]) -> Vec<String> {
        failures.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_forbidden_report_comes_with_what_it_can_mean() {
        let answered = |status| Reply { status, ..reply("") };
        let failure = accepted(answered(StatusCode::FORBIDDEN)).unwrap_err();
        assert_eq!(
            (failure.reason, failure.to_string().as_str()),
            (
                Reason::Forbidden,
                "the server answered 403 Forbidden: the edition may lack this report, the account the permission \
                 View Reports, or the calls of the day or of this IP address may be used up"
            )
        );
        let failure = accepted(answered(StatusCode::UNAUTHORIZED)).unwrap_err();
        assert_eq!(failure.to_string(), "the server answered 401 Unauthorized");
        assert!(accepted(answered(StatusCode::OK)).is_ok());
    }

    #[test]
    fn the_documented_right_now_is_read() {
        let parsed = right_now(&reply(
            r#"{"agentsInChat": 0, "ongoingChats": 1, "ongoingChatsWithAgent": 1, "ongoingChatsWithBot": 0,
                "currentQueueLength": 0, "visitorOnSite": 1, "loggedInAgents": 2, "chatUtilization": 0.0}"#,
        ))
        .unwrap();
        let expected = RightNow {
            agents_logged_in: Some(2.0),
            agents_in_chat: Some(0.0),
            chat_utilization: Some(0.0),
            visitors_on_site: Some(1.0),
            chats_ongoing: Some(1.0),
            chats_ongoing_with_agent: Some(1.0),
            chats_ongoing_with_bot: Some(0.0),
            queue_length: Some(0.0),
        };
        assert_eq!((parsed.value, parsed.failures.len()), (expected, 0));
    }

    #[test]
    fn older_spellings_strings_and_nulls_are_read() {
        let parsed = right_now(&reply(
            r#"{"AgentsInChat": null, "onGoingChats": "7", "ongoingChatsWithChatbot": "2", "visitorsOnSite": 31,
                "LoggedInAgents": "4", "chatUtilization": "0.22"}"#,
        ))
        .unwrap();
        let expected = RightNow {
            agents_logged_in: Some(4.0),
            chat_utilization: Some(0.22),
            visitors_on_site: Some(31.0),
            chats_ongoing: Some(7.0),
            chats_ongoing_with_bot: Some(2.0),
            ..RightNow::default()
        };
        assert_eq!((parsed.value, parsed.failures.len()), (expected, 0));
    }

    #[test]
    fn today_is_read_in_both_spellings() {
        let current = r#"{"chatRequests": 40, "totalChats": 36, "chats": "35", "chatAcceptanceRate": 0.9,
            "abandondedChats": 3, "switchedToMessageChats": 1, "missedChats": 2, "avgWaitingTime": 12.5,
            "avgChatTime": "00:05:30.5000000", "agentAvgResponseTime": 8.25, "acceptedInvitations": 6,
            "serviceAccessibilityRate": 0.75, "departmentTransferredChats": 4, "totalTransferredChats": 5,
            "uniqueChatRate": 0.5, "agentUtilization": 1.0, "avgScore": 4.5}"#;
        let expected = Today {
            chat_requests: Some(40.0),
            total_chats: Some(36.0),
            chats: Some(35.0),
            abandoned_chats: Some(3.0),
            missed_chats: Some(2.0),
            switched_to_message_chats: Some(1.0),
            accepted_invitations: Some(6.0),
            department_transferred_chats: Some(4.0),
            transferred_chats: Some(5.0),
            chat_acceptance: Some(0.9),
            service_accessibility: Some(0.75),
            unique_chat: Some(0.5),
            agent_utilization: Some(1.0),
            score_average: Some(4.5),
            wait_average: Some(12.5),
            chat_duration_average: Some(330.5),
            agent_response_average: Some(8.25),
        };
        let older =
            current.replace("abandondedChats", "abandonedChats").replace("avgWaitingTime", "AvgWaitTime");
        for body in [current, &older] {
            let parsed = today(&reply(body)).unwrap();
            assert_eq!((parsed.value, parsed.failures.len()), (expected.clone(), 0));
        }
    }

    #[test]
    fn a_report_of_nulls_is_understood_and_empty() {
        let parsed = today(&reply(r#"{"totalChats": null, "avgScore": null}"#)).unwrap();
        assert_eq!((parsed.value, parsed.failures.len()), (Today::default(), 0));
    }

    #[test]
    fn defective_fields_are_named_and_the_others_stay() {
        let parsed = right_now(&reply(
            r#"{"loggedInAgents": -1, "ongoingChats": 3, "currentQueueLength": "many", "chatUtilization": [0.5]}"#,
        ))
        .unwrap();
        assert_eq!(parsed.value, RightNow { chats_ongoing: Some(3.0), ..RightNow::default() });
        assert_eq!(
            messages(&parsed.failures),
            [
                "field loggedInAgents is too small, not a count",
                "field chatUtilization is an array, not a ratio",
                "field currentQueueLength is a string, not a count",
            ]
        );
    }

    #[test]
    fn another_document_is_not_a_report() {
        let cases = [
            ("null", "the answer is null, not an object"),
            ("[]", "the answer is an array, not an object"),
            ("{}", "the answer is an object without the fields of this report"),
            (
                r#"{"code": 403000, "message": "hunter2"}"#,
                "the answer is an object without the fields of this report",
            ),
        ];
        for (body, message) in cases {
            assert_eq!(right_now(&reply(body)).unwrap_err().to_string(), message, "{body}");
            assert_eq!(today(&reply(body)).unwrap_err().to_string(), message, "{body}");
        }
    }
}
