//! The bodies of the simulator's reports, in the vendor's spelling and with its quirks.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::demo::centre::{Agent, Centre, Presence, Queue, Today as Counters};
use crate::demo::simulator::query_parameter;

/// The site's number in the bodies.
const SITE_ID: u32 = 10_000;
/// Agents per page at most, whatever is asked for, and where nothing is.
const MAX_PAGE_SIZE: usize = 50;

/// GUID of the department behind a queue.
pub fn department_guid(queue: u32) -> String {
    guid(0xd, queue)
}

/// GUID of an agent.
pub fn agent_guid(agent: u32) -> String {
    guid(0xa, agent)
}

/// The body of `RightNow`.
pub fn right_now(centre: &Centre) -> Value {
    let agents = || centre.queues.iter().flat_map(|queue| &queue.agents);
    let most: u32 =
        agents().filter(|agent| agent.presence == Presence::Online).map(|agent| agent.max_chats).sum();
    let chats: u32 = centre.queues.iter().map(Queue::chats).sum();
    json!({
        "agentsInChat": agents().filter(|agent| agent.chats > 0).count(),
        "ongoingChats": chats,
        "ongoingChatsWithAgent": chats,
        "ongoingChatsWithBot": 0,
        "currentQueueLength": centre.queues.iter().map(|queue| queue.waiting.len()).sum::<usize>(),
        "visitorOnSite": centre.visitors_on_site,
        "loggedInAgents": agents().filter(|agent| agent.presence != Presence::Offline).count(),
        "chatUtilization": ratio(f64::from(chats), f64::from(most)),
    })
}

/// The body of `Queue`: the site, each department, and the first agent, to whom nobody is routed.
pub fn queue(centre: &Centre) -> Value {
    let mut entries = vec![site_route(centre)];
    entries.extend(centre.queues.iter().enumerate().map(|(index, queue)| {
        let available = index > 0 || !centre.trouble.service_down;
        department_route(queue, available)
    }));
    entries.extend(centre.queues.iter().flat_map(|queue| &queue.agents).next().map(agent_route));
    Value::Array(entries)
}

/// The body of `Agents`: the page that the request asks for.
pub fn agents(centre: &Centre, request: &Request<Bytes>) -> Value {
    let number = |name| query_parameter(request, name).and_then(|text| text.parse::<usize>().ok());
    let is_true = |name| query_parameter(request, name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let page_size = number("pageSize").unwrap_or(MAX_PAGE_SIZE).clamp(1, MAX_PAGE_SIZE);
    let page_index = number("pageIndex").unwrap_or(1).max(1);
    let department = query_parameter(request, "departmentId");
    let agents: Vec<&Agent> = centre
        .queues
        .iter()
        .filter(|queue| {
            department.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&department_guid(queue.id)))
        })
        .flat_map(|queue| &queue.agents)
        .collect();
    let page = agents.iter().skip((page_index - 1).saturating_mul(page_size)).take(page_size);
    let with_distribution = is_true("includeStatusDistribution");
    json!({
        "total": agents.len(),
        "pageCount": agents.len().div_ceil(page_size),
        "list": page.map(|agent| agent_entry(agent, centre, with_distribution)).collect::<Vec<_>>(),
        "pageIndex": page_index,
        "pageSize": page_size,
    })
}

/// The body of `Today`, all queues together.
pub fn today(centre: &Centre) -> Value {
    let sum =
        |field: fn(&Counters) -> u32| -> u32 { centre.queues.iter().map(|queue| field(&queue.today)).sum() };
    let seconds = |field: fn(&Counters) -> Duration| -> f64 {
        centre.queues.iter().map(|queue| field(&queue.today).as_secs_f64()).sum()
    };
    let (requests, chats) = (sum(|today| today.requests), sum(|today| today.chats));
    let abandoned = sum(|today| today.abandoned);
    let chat_seconds = seconds(|today| today.chat_total);
    let waited = f64::from(chats.saturating_add(abandoned));
    let logged_in = centre
        .queues
        .iter()
        .flat_map(|queue| &queue.agents)
        .filter(|agent| agent.presence != Presence::Offline);
    let logged_in_seconds = logged_in.count() as f64 * centre.since_midnight.as_secs_f64();
    json!({
        "chatRequests": requests,
        "totalChats": chats,
        "chats": chats,
        "chatAcceptanceRate": ratio(f64::from(chats), f64::from(requests)),
        "abandondedChats": abandoned,
        "switchedToMessageChats": 0,
        "missedChats": 0,
        "avgWaitingTime": ratio(seconds(|today| today.wait_total), waited),
        "avgChatTime": ratio(chat_seconds, f64::from(sum(|today| today.chats_ended))),
        "agentAvgResponseTime": if chats > 0 { 12.5 } else { 0.0 },
        "acceptedInvitations": chats / 10,
        "serviceAccessibilityRate": 1.0,
        "departmentTransferredChats": chats / 20,
        "totalTransferredChats": chats / 12,
        "uniqueChatRate": if chats > 0 { 0.93 } else { 0.0 },
        "agentUtilization": ratio(chat_seconds, logged_in_seconds).min(1.0),
        "avgScore": if chats > 0 { 4.4 } else { 0.0 },
    })
}

fn site_route(centre: &Centre) -> Value {
    let queues = || centre.queues.iter();
    // Each queue's average counts as often as it has customers of today.
    let weight = |queue: &Queue| f64::from(queue.today.chats + queue.today.abandoned);
    let weights: f64 = queues().map(weight).sum();
    let average = |field: fn(&Queue) -> Duration| {
        let total: f64 = queues().map(|queue| field(queue).as_secs_f64() * weight(queue)).sum();
        Duration::try_from_secs_f64(ratio(total, weights)).unwrap_or_default()
    };
    let mut waiting: Vec<Duration> = queues().flat_map(|queue| queue.waiting.iter().copied()).collect();
    waiting.sort_unstable_by(|one, other| other.cmp(one));
    json!({
        "routeToDepartmentId": null,
        "routeToDepartment": null,
        "routeToAgentId": null,
        "routeToAgent": null,
        "ongoingChats": queues().map(Queue::chats).sum::<u32>(),
        "maxConcurrentChats": queues().map(most_chats).sum::<u32>(),
        "currentQueueLength": waiting.len(),
        "avgWaitTimeinLast30Mins": timespan(average(|queue| queue.average_wait_30m)),
        "avgWaitTimeinLast60Mins": timespan(average(|queue| queue.average_wait_60m)),
        "abandonedChatsinLast30Mins": queues().map(|queue| queue.abandoned_30m).sum::<u32>(),
        "switchedtoMessagesinLast30Mins": 0,
        "visitors": visitors(0, &waiting),
    })
}

fn department_route(queue: &Queue, available: bool) -> Value {
    let id = department_guid(queue.id);
    json!({
        "routeToDepartmentId": id,
        "routeToDepartment": {
            "id": id,
            "siteId": SITE_ID,
            "name": queue.name,
            "description": format!("Owner: owner{}@example.com", queue.id),
            "isAvailableInLiveChat": available,
            "isAvailableInTicketingAndMessaging": true,
            "isDeleted": false,
        },
        "routeToAgentId": "00000000-0000-0000-0000-000000000000",
        "routeToAgent": null,
        "ongoingChats": queue.chats(),
        "maxConcurrentChats": most_chats(queue),
        "currentQueueLength": queue.waiting.len(),
        "avgWaitTimeinLast30Mins": timespan(queue.average_wait_30m),
        "avgWaitTimeinLast60Mins": timespan(queue.average_wait_60m),
        "abandonedChatsinLast30Mins": queue.abandoned_30m,
        "switchedtoMessagesinLast30Mins": 0,
        "visitors": visitors(queue.id, &queue.waiting),
    })
}

/// The route to an agent carries what the real one does: made-up personal data that must not go anywhere.
fn agent_route(agent: &Agent) -> Value {
    let id = agent_guid(agent.id);
    json!({
        "routeToDepartmentId": null,
        "routeToDepartment": null,
        "routeToAgentId": id,
        "routeToAgent": {
            "id": id,
            "displayName": agent.name,
            "email": format!("agent{}@example.com", agent.id),
            "isAdmin": false,
            "siteId": SITE_ID,
            "firstName": agent.name,
            "lastName": "Example",
            "isActive": true,
            "phone": "+1 604 555 0100",
            "apiKey": "demo-api-key",
            "isLocked": false,
            "isDeleted": false,
        },
        "ongoingChats": agent.chats,
        "maxConcurrentChats": agent.max_chats,
        "currentQueueLength": 0,
        "avgWaitTimeinLast30Mins": "00:00:00",
        "avgWaitTimeinLast60Mins": "00:00:00",
        "abandonedChatsinLast30Mins": 0,
        "switchedtoMessagesinLast30Mins": 0,
        "visitors": [],
    })
}

fn visitors(queue: u32, waiting: &[Duration]) -> Value {
    let queue = u16::try_from(queue).unwrap_or(u16::MAX);
    let entries = waiting.iter().zip(1_u32..).map(|(wait, number)| {
        let id = Uuid::from_fields(number, queue, 0x4000, &[0x80, 0, 0, 0, 0, 0, 0, 0xc]).to_string();
        json!({ "visitorId": id, "contactIdentityId": null, "waitTime": timespan(*wait) })
    });
    entries.collect()
}

fn agent_entry(agent: &Agent, centre: &Centre, with_distribution: bool) -> Value {
    let status = status_guid(agent.presence);
    let distribution =
        if with_distribution { json!({ &status: timespan(centre.since_midnight) }) } else { json!({}) };
    json!({
        "agentId": agent_guid(agent.id),
        "displayName": agent.name,
        "currentStatusId": status,
        "ongoingChats": agent.chats,
        "maxConcurrentChats": agent.max_chats,
        "intradayChats": agent.chats_today,
        "intradayLinearChatTime": timespan(agent.chat_time_today),
        "statusDistribution": distribution,
    })
}

fn status_guid(presence: Presence) -> String {
    let number = match presence {
        Presence::Online => 0,
        Presence::Away => 1,
        Presence::Offline => 2,
    };
    Uuid::from_u128(number).to_string()
}

fn guid(kind: u8, number: u32) -> String {
    Uuid::from_fields(number, 0, 0x4000, &[0x80, 0, 0, 0, 0, 0, 0, kind]).to_string()
}

fn most_chats(queue: &Queue) -> u32 {
    queue.agents.iter().map(|agent| agent.max_chats).sum()
}

/// A .NET `TimeSpan`: the fraction has seven digits, or is left out where it is zero.
fn timespan(duration: Duration) -> String {
    let (seconds, ticks) = (duration.as_secs(), duration.subsec_nanos() / 100);
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    let fraction = if ticks > 0 { format!(".{ticks:07}") } else { String::new() };
    format!("{days}{hours:02}:{:02}:{:02}{fraction}", seconds / 60 % 60, seconds % 60)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
