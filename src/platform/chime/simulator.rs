//! A Chime server for the demo and for tests: every call that the collectors make, in the vendor's spelling.
//!
//! It has the quirks of the real one: paths in any letter case, time spans, dates without a zone and without padding
//! (in UTC), a queue process that answers 500 with a sentence in braces, a web client that is unhealthy since there is
//! none, and error pages of IIS in HTML. Source: the Chime API guide; what it leaves open (unknown queues and agents)
//! is answered with `null`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::demo::Simulator;
use crate::demo::centre::{Agent, Centre, Presence, Queue};
use crate::demo::simulator::{answer, json as json_answer, query_parameter};

/// Where the API is rooted, as a target's `base_url` ends; letter case does not matter.
pub const BASE_PATH: &str = "/Chime/Api";

/// Added to an agent's identifier to give the `ChimeID`, which is another number at real servers too.
const CHIME_ID_OFFSET: u32 = 900;

/// Chime's API on top of a contact centre.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChimeSimulator;

impl Simulator for ChimeSimulator {
    fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
        if centre.trouble.api_down {
            return page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        }
        if centre.trouble.credentials_refused {
            let mut refusal = page(
                StatusCode::UNAUTHORIZED,
                "401 - Unauthorized: Access is denied due to invalid credentials.",
            );
            refusal.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Negotiate"));
            return refusal;
        }
        if request.method() != Method::GET {
            return message(
                StatusCode::METHOD_NOT_ALLOWED,
                "The requested resource does not support this method.",
            );
        }
        let path = request.uri().path().to_ascii_lowercase();
        let method = path.strip_prefix(&format!("{}/", BASE_PATH.to_ascii_lowercase()));
        let answered = method.and_then(|method| call(method, request, centre));
        answered.unwrap_or_else(|| message(StatusCode::NOT_FOUND, "No HTTP resource was found that matches."))
    }
}

/// Answers the call `method`, in lower case; `None` where there is no such call.
fn call(method: &str, request: &Request<Bytes>, centre: &Centre) -> Option<Response<Bytes>> {
    if let Some(id) = method.strip_prefix("health/status/queue/") {
        return Some(queue_process(id, centre));
    }
    let of_queue = |read: &dyn Fn(&Queue) -> Value| {
        let queue = query_parameter(request, "queueID").and_then(|id| queue(&id, centre));
        queue.map_or(Value::Null, read)
    };
    let of_agent = |read: &dyn Fn(&Queue, &Agent) -> Value| {
        let found = query_parameter(request, "sip").and_then(|address| agent(&address, centre));
        found.map_or(Value::Null, |(queue, agent)| read(queue, agent))
    };
    let body = match method {
        "health/status/healthmonitor" => health_monitor(centre),
        "getqueues" => centre.queues.iter().map(|queue| listed_queue(queue, centre)).collect(),
        "getqueueinfo" => of_queue(&|queue| queue_info(queue, centre)),
        "isqueueavailable" => of_queue(&|queue| json!({ "isAvailable": is_available(queue, centre) })),
        "getqueuewaittime" => of_queue(&wait_time),
        "getalloutages" => current_outage(centre).into_iter().collect(),
        "getqueueoutages" => of_queue(&|queue| queue_outages(queue, centre)),
        "getwebclients" => of_queue(&web_clients),
        "queueagents" => {
            of_queue(&|queue| queue.agents.iter().map(|agent| listed_agent(queue, agent)).collect())
        }
        "agentpresence" => of_agent(&|_, agent| presence(agent)),
        "getagentskilltags" => of_agent(&|queue, agent| skill_tags(queue, agent)),
        _ => return None,
    };
    Some(json_answer(&body))
}

fn queue_process(id: &str, centre: &Centre) -> Response<Bytes> {
    let Some(queue) = queue(id, centre) else {
        return message(StatusCode::NOT_FOUND, "No HTTP resource was found that matches.");
    };
    if is_down(queue, centre) {
        let body = format!("{{\n    Queue {} is not running\n}}", queue.id);
        return answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", body);
    }
    json_answer(&Value::Bool(true))
}

fn health_monitor(centre: &Centre) -> Value {
    let healthy = json!({ "Status": true, "Details": null });
    let web_client = if centre.trouble.component_unhealthy {
        json!({ "Status": false, "Details": "No webclient is configured." })
    } else {
        healthy.clone()
    };
    let system_healthy = !centre.trouble.component_unhealthy;
    let queues: Vec<Value> = centre.queues.iter().map(|queue| queue_health(queue, centre)).collect();
    json!({
        "Ok": system_healthy && !centre.trouble.service_down,
        "System": {
            "Service": healthy, "ServiceAccount": healthy, "Smtp": healthy, "SQL": healthy,
            "ActiveDirectory": healthy, "ChimeHub": healthy, "WebClient": web_client, "OK": system_healthy,
        },
        "Queues": queues,
    })
}

fn queue_health(queue: &Queue, centre: &Centre) -> Value {
    let healthy = json!({ "Status": true, "Details": null });
    let runs = !is_down(queue, centre);
    let details = (!runs).then_some("Queue process is not running.");
    json!({
        "Process": { "Status": runs, "Details": details },
        "Routing": healthy, "IMConnection": healthy, "Alerting": healthy, "Scheduler": healthy,
        "Smtp": healthy, "SignalR": healthy,
        "QueueId": queue.id, "Name": queue.name, "Ok": runs,
    })
}

fn listed_queue(queue: &Queue, centre: &Centre) -> Value {
    json!({
        "id": queue.id, "name": queue.name, "description": format!("{} queue", queue.name),
        "enabled": true, "available": is_available(queue, centre), "webClientID": queue.id,
    })
}

fn queue_info(queue: &Queue, centre: &Centre) -> Value {
    json!({
        "queueID": queue.id, "queueName": queue.name, "isAvailable": is_available(queue, centre),
        "onlineAgentCount": queue.agents_online(),
        "averageWaitTime": time_span(queue.average_wait_30m), "longestWaitTime": time_span(longest_wait(queue)),
    })
}

fn wait_time(queue: &Queue) -> Value {
    json!({
        "averageWaitTime": time_span(queue.average_wait_30m), "longestWaitTime": time_span(longest_wait(queue)),
    })
}

/// The announced outage, for the first queue: it began with the hour, and nobody said when it ends.
fn current_outage(centre: &Centre) -> Option<Value> {
    let queue = centre.queues.first().filter(|_| centre.trouble.outage_announced)?;
    let second = centre.now.as_second();
    let start = Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(centre.now);
    Some(json!({
        "QueueID": queue.id, "OutageID": 2, "CreatorID": 4, "CreatorName": "Administrator",
        "QueueName": queue.name, "CreatedTime": local(start), "Title": "E-mail is down",
        "Body": "The mail servers are being restarted.", "isScheduled": false, "isActive": true,
        "isPlanned": false, "isUpcoming": false, "OutageStart": local(start), "OutageStop": null,
    }))
}

/// Every queue had planned maintenance a week ago; the first has the announced outage beside it.
fn queue_outages(queue: &Queue, centre: &Centre) -> Value {
    let week = SignedDuration::from_hours(7 * 24);
    let start = centre.now.checked_sub(week).unwrap_or(centre.now);
    let stop = start.checked_add(SignedDuration::from_hours(2)).unwrap_or(start);
    let ended = json!({
        "QueueID": queue.id, "OutageID": 1, "CreatorID": 4, "CreatorName": "Administrator",
        "QueueName": queue.name, "CreatedTime": local(start), "Title": "Maintenance",
        "Body": "Servers are being updated.", "isScheduled": true, "isActive": false, "isPlanned": true,
        "isUpcoming": false, "OutageStart": local(start), "OutageStop": local(stop),
    });
    let current = current_outage(centre).filter(|outage| outage["QueueID"] == queue.id);
    current.into_iter().chain([ended]).collect()
}

fn web_clients(queue: &Queue) -> Value {
    json!([
        { "id": queue.id, "name": format!("{} web client", queue.name), "useschatform": true },
        { "id": 100 + queue.id, "name": format!("{} portal", queue.name), "useschatform": false },
    ])
}

fn listed_agent(queue: &Queue, agent: &Agent) -> Value {
    let (first, last) = agent.name.split_once(' ').unwrap_or((&agent.name, ""));
    let is_manager = queue.agents.first().is_some_and(|first| first.id == agent.id);
    json!({
        "id": agent.id, "firstName": first, "lastName": last, "priority": 1, "disabledAtStart": false,
        "isManager": is_manager, "readOnly": false, "uri": format!("sip:{}", address(agent)), "role": 0,
        "tags": skill_tags(queue, agent), "Guid": format!("00000000-0000-4000-8000-{:012}", agent.id),
    })
}

fn presence(agent: &Agent) -> Value {
    let (first, last) = agent.name.split_once(' ').unwrap_or((&agent.name, ""));
    let full = agent.chats >= agent.max_chats;
    let state = match agent.presence {
        Presence::Online if full => "Busy",
        Presence::Online => "Online",
        Presence::Away => "Away",
        Presence::Offline => "Offline",
    };
    let chime_id = CHIME_ID_OFFSET + agent.id;
    json!({
        "firstName": first, "lastName": last, "displayName": agent.name,
        "sip": format!("sip:{}", address(agent)), "ChimeID": chime_id, "lyncPresence": state,
        "availableInChime": agent.presence == Presence::Online && !full,
        "imageUrl": format!("{BASE_PATH}/ExpertPhoto/{chime_id}"),
    })
}

fn skill_tags(queue: &Queue, agent: &Agent) -> Value {
    let own = json!({
        "BestMatchID": 10 + queue.id, "Text": queue.name, "Icon": "fa-comments", "QueueSortingOrder": 0,
    });
    let second = if agent.id.is_multiple_of(2) {
        json!({ "BestMatchID": 4, "Text": "Outlook/Exchange", "Icon": "fa-envelope", "QueueSortingOrder": 0 })
    } else {
        json!({ "BestMatchID": 7, "Text": "Mobility", "Icon": "fa-mobile", "QueueSortingOrder": 0 })
    };
    json!([own, second])
}

fn is_down(queue: &Queue, centre: &Centre) -> bool {
    centre.trouble.service_down && centre.queues.first().is_some_and(|first| first.id == queue.id)
}

fn is_available(queue: &Queue, centre: &Centre) -> bool {
    queue.agents_online() > 0 && !queue.is_full() && !is_down(queue, centre)
}

fn longest_wait(queue: &Queue) -> Duration {
    queue.waiting.first().copied().unwrap_or_default()
}

fn queue<'a>(id: &str, centre: &'a Centre) -> Option<&'a Queue> {
    centre.queues.iter().find(|queue| queue.id.to_string() == id)
}

fn agent<'a>(wanted: &str, centre: &'a Centre) -> Option<(&'a Queue, &'a Agent)> {
    let wanted = wanted.to_ascii_lowercase();
    let wanted = wanted.strip_prefix("sip:").unwrap_or(&wanted);
    let mut agents =
        centre.queues.iter().flat_map(|queue| queue.agents.iter().map(move |agent| (queue, agent)));
    agents.find(|(_, agent)| address(agent) == wanted)
}

fn address(agent: &Agent) -> String {
    format!("agent{}@chime.example", agent.id)
}

/// A .NET `TimeSpan` in its constant form.
fn time_span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let time = format!("{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    let fraction = duration.subsec_nanos() / 100;
    let time = if fraction > 0 { format!("{time}.{fraction:07}") } else { time };
    if days > 0 { format!("{days}.{time}") } else { time }
}

/// A date as the server writes it: no zone, the day without padding, a fraction of up to three digits.
fn local(moment: Timestamp) -> String {
    let date = moment.to_zoned(TimeZone::UTC).datetime();
    let (day, time) = (date.date(), date.time());
    let seconds = format!(
        "{}-{:02}-{}T{:02}:{:02}:{:02}",
        day.year(),
        day.month(),
        day.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let fraction = format!("{:03}", time.millisecond());
    match fraction.trim_end_matches('0') {
        "" => seconds,
        fraction => format!("{seconds}.{fraction}"),
    }
}

/// An error page of IIS.
fn page(status: StatusCode, text: &str) -> Response<Bytes> {
    let body = format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\r\n\
         <HTML><HEAD><TITLE>{text}</TITLE></HEAD>\r\n<BODY><h2>{text}</h2></BODY></HTML>\r\n"
    );
    answer(status, "text/html; charset=us-ascii", body)
}

/// An error of the API itself.
fn message(status: StatusCode, text: &str) -> Response<Bytes> {
    answer(status, "application/json; charset=utf-8", json!({ "Message": text }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_and_dates_are_written_as_the_server_does() {
        assert_eq!(time_span(Duration::ZERO), "00:00:00");
        assert_eq!(time_span(Duration::from_secs(93_784)), "1.02:03:04");
        assert_eq!(time_span(Duration::from_millis(1_500)), "00:00:01.5000000");
        let written = |text: &str| local(text.parse().unwrap());
        assert_eq!(written("2022-02-03T16:58:52.83Z"), "2022-02-3T16:58:52.83");
        assert_eq!(written("2022-10-20T17:26:47Z"), "2022-10-20T17:26:47");
    }
}
