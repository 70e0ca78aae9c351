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
