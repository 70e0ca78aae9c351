//! Xima's web chat API and an SQS endpoint over the demo's contact centre.
//!
//! Xima's part: `GET /chat/queue`, `GET /chat/queue/auth`. SQS's part, AWS JSON 1.0 on `POST /`: `ListQueues`, which the
//! issued credentials may not call, and `GetQueueAttributes` of one queue per queue of the centre, named
//! `mm-queue-<id>`: visible messages are customers waiting, those in flight are chats.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::demo::Simulator;
use crate::demo::centre::{Centre, Queue};
use crate::demo::simulator::{answer, json as json_answer, query_parameter};
use crate::platform::xima::wire::{DELAYED, IN_FLIGHT, VISIBLE};

/// The access key that the simulator issues and demands in signatures.
pub const ACCESS_KEY: &str = "AKIDEXAMPLEEXAMPLE00";

/// Simulates a Xima installation and the AWS behind it.
#[derive(Clone, Copy, Debug, Default)]
pub struct XimaSimulator;

impl Simulator for XimaSimulator {
    fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
        let path = request.uri().path();
        if path == "/" && request.method() == Method::POST {
            return sqs(request, centre);
        }
        if centre.trouble.api_down {
            return answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "Service Unavailable");
        }
        match (request.method(), path) {
            (&Method::GET, "/chat/queue") => session(request),
            (&Method::GET, "/chat/queue/auth") => credentials(request),
            _ => answer(StatusCode::NOT_FOUND, "text/plain", "Not Found"),
        }
    }
}

/// No session ever exists, since the simulator starts none.
fn session(request: &Request<Bytes>) -> Response<Bytes> {
    let session = query_parameter(request, "existingChatSessionId");
    if session.is_some_and(|session| Uuid::try_parse(&session).is_err()) {
        return answer(StatusCode::BAD_REQUEST, "text/plain", "Bad Request");
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn credentials(request: &Request<Bytes>) -> Response<Bytes> {
    if query_parameter(request, "installation-id").is_none_or(|id| id.is_empty()) {
        return answer(StatusCode::BAD_REQUEST, "text/plain", "Bad Request");
    }
    json_answer(&json!({
        "sqsAccessKey": ACCESS_KEY,
        "sqsSecretKey": "example/secret/key/of/the/simulator",
        "sqsRegion": "us-east-1",
    }))
}

fn sqs(request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let signature = header(header::AUTHORIZATION.as_str());
    if !signature.starts_with("AWS4-HMAC-SHA256 ") {
        return error(
            StatusCode::FORBIDDEN,
            "com.amazon.coral.service#MissingAuthenticationTokenException",
            None,
        );
    }
    let issued = signature.contains(&format!("Credential={ACCESS_KEY}/"));
    if centre.trouble.credentials_refused || !issued {
        let code = "InvalidClientTokenId;Sender";
        return error(
            StatusCode::FORBIDDEN,
            "com.amazon.coral.service#UnrecognizedClientException",
            Some(code),
        );
    }
    match header("x-amz-target") {
        "AmazonSQS.ListQueues" => {
            error(StatusCode::FORBIDDEN, "com.amazon.coral.service#AccessDeniedException", None)
        }
        "AmazonSQS.GetQueueAttributes" => queue_attributes(request, centre),
        _ => error(StatusCode::BAD_REQUEST, "com.amazon.coral.service#UnknownOperationException", None),
    }
}

fn queue_attributes(request: &Request<Bytes>, centre: &Centre) -> Response<Bytes> {
    let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let name = asked["QueueUrl"].as_str().and_then(|url| url.trim_end_matches('/').rsplit('/').next());
    let queue = centre.queues.iter().find(|queue| Some(queue_name(queue).as_str()) == name);
    let Some(queue) = queue else {
        let code = "AWS.SimpleQueueService.NonExistentQueue;Sender";
        return error(StatusCode::BAD_REQUEST, "com.amazonaws.sqs#QueueDoesNotExist", Some(code));
    };
    let counts = [
        (VISIBLE, queue.waiting.len().to_string()),
        (IN_FLIGHT, queue.chats().to_string()),
        (DELAYED, "0".to_owned()),
    ];
    // As AWS does: only what was asked for, and the counts as strings.
    let names = asked["AttributeNames"].as_array().map(Vec::as_slice).unwrap_or_default();
    let attributes: serde_json::Map<String, Value> = counts
        .into_iter()
        .filter(|(name, _)| names.iter().any(|asked| asked == name || asked == "All"))
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    answer(StatusCode::OK, "application/x-amz-json-1.0", json!({ "Attributes": attributes }).to_string())
}

/// Name of the SQS queue of a queue of the centre.
pub fn queue_name(queue: &Queue) -> String {
    format!("mm-queue-{}", queue.id)
}

fn error(status: StatusCode, kind: &str, query_error: Option<&'static str>) -> Response<Bytes> {
    let body = json!({ "__type": kind, "message": "The simulator refuses the request." }).to_string();
    let mut response = answer(status, "application/x-amz-json-1.0", body);
    if let Some(code) = query_error {
        response.headers_mut().insert("x-amzn-query-error", HeaderValue::from_static(code));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::demo::centre::{Agent, Presence, Today, Trouble};

    fn centre(trouble: Trouble) -> Centre {
        let agent = Agent {
            id: 1,
            name: "Agent 1".to_owned(),
            presence: Presence::Online,
            chats: 2,
            max_chats: 3,
            chats_today: 9,
            chat_time_today: Duration::ZERO,
        };
        let queue = Queue {
            id: 1,
            name: "Reception".to_owned(),
            agents: vec![agent],
            waiting: vec![Duration::from_secs(30); 4],
            waiting_limit: 10,
            average_wait_30m: Duration::ZERO,
            average_wait_60m: Duration::ZERO,
            abandoned_30m: 0,
            today: Today::default(),
        };
        Centre {
            now: "2026-03-02T12:00:00Z".parse().unwrap(),
            since_midnight: Duration::from_hours(12),
            queues: vec![queue],
            visitors_on_site: 0,
            trouble,
        }
    }

    fn answered(request: http::request::Builder, body: &'static str, trouble: Trouble) -> (u16, String) {
        let request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        let response = XimaSimulator.answer(&request, &centre(trouble));
        (response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    fn signed(target: &'static str) -> http::request::Builder {
        let signature =
            format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260302/us-east-1/sqs/aws4_request");
        Request::post("/").header("authorization", signature).header("x-amz-target", target)
    }

    #[test]
    fn no_session_exists_and_its_id_must_be_a_uuid() {
        let cases = [
            ("/chat/queue", 204),
            ("/chat/queue?existingChatSessionId=9c108bb3-8924-4234-a53c-be9ab284d4e3", 204),
            ("/chat/queue?existingChatSessionId=1", 400),
            ("/chat/queue/auth", 400),
            ("/chat/queue/auth?installation-id=1", 200),
            ("/chat", 404),
        ];
        for (uri, status) in cases {
            assert_eq!(answered(Request::get(uri), "", Trouble::default()).0, status, "{uri}");
        }
        let api_down = Trouble { api_down: true, ..Trouble::default() };
        assert_eq!(answered(Request::get("/chat/queue"), "", api_down).0, 503);
    }

    #[test]
    fn starting_a_chat_is_not_simulated() {
        assert_eq!(answered(Request::post("/chat/queue"), "{}", Trouble::default()).0, 404);
    }

    #[test]
    fn sqs_judges_the_signature_before_the_request() {
        let refused = |kind: &str| {
            (
                403,
                format!(
                    r#"{{"__type":"com.amazon.coral.service#{kind}","message":"The simulator refuses the request."}}"#
                ),
            )
        };
        let list = "AmazonSQS.ListQueues";
        let trouble = Trouble { credentials_refused: true, ..Trouble::default() };
        assert_eq!(
            answered(Request::post("/").header("x-amz-target", list), "{}", Trouble::default()),
            refused("MissingAuthenticationTokenException")
        );
        assert_eq!(answered(signed(list), "{}", trouble), refused("UnrecognizedClientException"));
        assert_eq!(answered(signed(list), "{}", Trouble::default()), refused("AccessDeniedException"));
    }

    #[test]
    fn a_queue_shows_customers_waiting_and_chats_as_far_as_asked() {
        let get = || signed("AmazonSQS.GetQueueAttributes");
        let body = r#"{"QueueUrl": "http://a/0/mm-queue-1", "AttributeNames": ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]}"#;
        assert_eq!(
            answered(get(), body, Trouble::default()),
            (
                200,
                r#"{"Attributes":{"ApproximateNumberOfMessages":"4","ApproximateNumberOfMessagesNotVisible":"2"}}"#
                    .to_owned()
            )
        );
        let missing = answered(get(), r#"{"QueueUrl": "http://a/0/mm-queue-2"}"#, Trouble::default());
        assert_eq!(missing.0, 400);
        assert!(missing.1.contains("com.amazonaws.sqs#QueueDoesNotExist"), "{}", missing.1);
    }
}
