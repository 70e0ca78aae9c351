//! Xima's and SQS's spelling: answers in, plain values out; pure.
//!
//! The error answers of Xima's API are undocumented, so everything that is not clearly what was asked for is a failure.

use http::StatusCode;

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::body;
use crate::platform::fields::{Defect, Fields, MAX_COUNT, plain_number};
use crate::secret::Secret;

/// AWS credentials as `/chat/queue/auth` issues them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `sqsAccessKey`: letters, digits, `-` and `_`.
    pub access_key: Secret,
    /// `sqsSecretKey`.
    pub secret_key: Secret,
    /// `sqsRegion`: fit to be part of a host name.
    pub region: String,
}

/// How many messages an SQS queue holds; the counts are approximate and may lag a minute or more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueDepth {
    /// The queue's name.
    pub queue: String,
    /// `ApproximateNumberOfMessages`: ready to be received.
    pub visible: Option<f64>,
    /// `ApproximateNumberOfMessagesNotVisible`: received, not yet deleted.
    pub in_flight: Option<f64>,
    /// `ApproximateNumberOfMessagesDelayed`: not ready yet.
    pub delayed: Option<f64>,
}

/// The attribute with the messages ready to be received.
pub const VISIBLE: &str = "ApproximateNumberOfMessages";
/// The attribute with the messages received and not yet deleted.
pub const IN_FLIGHT: &str = "ApproximateNumberOfMessagesNotVisible";
/// The attribute with the messages that are not ready yet.
pub const DELAYED: &str = "ApproximateNumberOfMessagesDelayed";

/// Judges the answer to the look-up of a session: 204 (no such session) or 200 (a session) is as it should be.
///
/// The body of a 200 is a customer's session with name and address; it is looked at only to tell an HTML page.
///
/// # Errors
/// An HTML page with 200, and every other status.
pub fn session(reply: Reply) -> Result<(), Failure> {
    match reply.status {
        StatusCode::OK if reply.is_html() => {
            Err(Failure::parse("the server answered an HTML page, not a chat session: a login or error page"))
        }
        StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
        _ => {
            let status = reply.success()?.status;
            Err(Failure::new(
                Reason::HttpStatus,
                format!("the server answered {status}, neither 204 nor 200"),
            ))
        }
    }
}

/// Reads the issued credentials.
///
/// # Errors
/// A status other than 2xx, no JSON object, a field that is missing, null or empty, or one that AWS cannot have issued;
/// values are never repeated.
pub fn credentials(reply: Reply) -> Result<Credentials, Failure> {
    let node = body::json(&reply.success()?)?;
    let mut defects = Vec::new();
    let mut fields = Fields::new(&node, &mut defects);
    let [access_key, secret_key, region] =
        ["sqsAccessKey", "sqsSecretKey", "sqsRegion"].map(|field| (field, fields.text(field)));
    if let Some(defect) = defects.first() {
        return Err(Failure::parse(defect.to_string()));
    }
    let access_key = filled(access_key)?;
    if !access_key.bytes().all(is_word) {
        return Err(Failure::parse("field sqsAccessKey is not an AWS access key"));
    }
    let secret_key = filled(secret_key)?;
    let region = filled(region)?;
    if region.len() > 32 || !region.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric()) {
        return Err(Failure::parse("field sqsRegion is not the name of an AWS region"));
    }
    Ok(Credentials { access_key: Secret::new(access_key), secret_key: Secret::new(secret_key), region })
}

fn filled((field, text): (&str, Option<String>)) -> Result<String, Failure> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    text.ok_or_else(|| {
        Failure::parse(format!("field {field} is missing or empty: no credentials were issued"))
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Reads the attributes of a queue, whose values are strings; `attribute` looks one up by its name.
///
/// An attribute that is missing is `None`; one that is no count is `None` and noted.
pub fn queue_depth<'a>(
    queue: &str,
    attribute: impl Fn(&'static str) -> Option<&'a str>,
) -> (QueueDepth, Vec<Defect>) {
    let mut defects = Vec::new();
    let mut count = |field: &'static str| {
        let text = attribute(field)?;
        let count = plain_number(text).filter(|count| (0.0..=MAX_COUNT).contains(count));
        if count.is_none() {
            defects.push(Defect { field, expected: "a count", found: "another string" });
        }
        count
    };
    let (visible, in_flight, delayed) = (count(VISIBLE), count(IN_FLIGHT), count(DELAYED));
    (QueueDepth { queue: queue.to_owned(), visible, in_flight, delayed }, defects)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn reply(status: u16, body: &'static str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().into(),
        }
    }

    #[test]
    fn a_session_check_succeeds_with_204_and_200_only() {
        assert!(session(reply(204, "")).is_ok());
        assert!(session(reply(200, r#"{"sessionDetails": {}}"#)).is_ok());
        let cases = [
            (
                200,
                "<!DOCTYPE html><title>Sign in",
                Reason::Parse,
                "the server answered an HTML page, not a chat session: a login or error page",
            ),
            (202, "", Reason::HttpStatus, "the server answered 202 Accepted, neither 204 nor 200"),
            (302, "", Reason::Redirect, "the server answered 302 Found"),
            (401, "", Reason::Unauthorized, "the server answered 401 Unauthorized"),
            (404, "", Reason::NotSupported, "the server answered 404 Not Found"),
            (503, "", Reason::HttpStatus, "the server answered 503 Service Unavailable"),
        ];
        for (status, body, reason, message) in cases {
            let failure = session(reply(status, body)).unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (reason, message));
        }
    }

    #[test]
    fn issued_credentials_are_read_and_masked() {
        let body = r#"{"SqsAccessKey": " AKIDEXAMPLE ", "sqsSecretKey": "a/b+c", "sqsRegion": "us-east-1", "more": 1}"#;
        let credentials = credentials(reply(200, body)).unwrap();
        assert_eq!(
            (credentials.access_key.expose(), credentials.secret_key.expose(), credentials.region.as_str()),
            ("AKIDEXAMPLE", "a/b+c", "us-east-1")
        );
        assert_eq!(
            format!("{credentials:?}"),
            r#"Credentials { access_key: <redacted>, secret_key: <redacted>, region: "us-east-1" }"#
        );
    }

    #[test]
    fn anything_less_than_credentials_is_a_failure_that_repeats_nothing() {
        let missing = |field: &str| format!("field {field} is missing or empty: no credentials were issued");
        let region = "field sqsRegion is not the name of an AWS region".to_owned();
        let cases = [
            (204, "", "the server answered 204 No Content without a body, not JSON".to_owned()),
            (404, "", "the server answered 404 Not Found".to_owned()),
            (200, "[]", missing("sqsAccessKey")),
            (200, r#"{"sqsAccessKey": "", "sqsSecretKey": "s", "sqsRegion": "r"}"#, missing("sqsAccessKey")),
            (
                200,
                r#"{"sqsAccessKey": "a", "sqsSecretKey": null, "sqsRegion": "r"}"#,
                missing("sqsSecretKey"),
            ),
            (200, r#"{"sqsAccessKey": "a", "sqsSecretKey": "s"}"#, missing("sqsRegion")),
            (
                200,
                r#"{"sqsAccessKey": ["a"], "sqsSecretKey": "s", "sqsRegion": "r"}"#,
                "field sqsAccessKey is an array, not a string".to_owned(),
            ),
            (
                200,
                r#"{"sqsAccessKey": "a, Signature=b", "sqsSecretKey": "s", "sqsRegion": "r"}"#,
                "field sqsAccessKey is not an AWS access key".to_owned(),
            ),
            (
                200,
                r#"{"sqsAccessKey": "a", "sqsSecretKey": "s", "sqsRegion": "x.evil.test/"}"#,
                region.clone(),
            ),
            (
                200,
                r#"{"sqsAccessKey": "a", "sqsSecretKey": "s", "sqsRegion": "aaaaaaaaaabbbbbbbbbbccccccccccddd"}"#,
                region,
            ),
        ];
        for (status, body, message) in cases {
            assert_eq!(credentials(reply(status, body)).unwrap_err().to_string(), message, "{body}");
        }
    }

    #[test]
    fn attributes_are_counts_in_strings_and_absent_stays_absent() {
        let attribute = |name: &str| match name {
            VISIBLE => Some("12"),
            DELAYED => Some("-1"),
            _ => None,
        };
        let (depth, defects) = queue_depth("q", attribute);
        let expected = QueueDepth { queue: "q".to_owned(), visible: Some(12.0), ..QueueDepth::default() };
        assert_eq!(depth, expected);
        assert_eq!(
            defects.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["field ApproximateNumberOfMessagesDelayed is another string, not a count"]
        );
    }
}
