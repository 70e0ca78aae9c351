//! From an answer to a document: what every vendor's JSON answer has to be before its fields are looked at.

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::fields::{Defect, Node};

/// Parses the body of a 2xx answer as JSON, whatever media type it claims.
///
/// # Errors
/// All of [`Reason::Parse`], and none repeats the body: no content, an HTML page, bytes that are not UTF-8, or text
/// that is not one JSON document.
pub fn json(reply: &Reply) -> Result<Node, Failure> {
    if reply.body.trim_ascii().is_empty() {
        return Err(Failure::parse(format!("the server answered {} without a body, not JSON", reply.status)));
    }
    if reply.is_html() {
        return Err(Failure::parse("the server answered an HTML page, not JSON: a login or error page"));
    }
    if let Err(error) = std::str::from_utf8(&reply.body) {
        return Err(Failure::caused_by(Reason::Parse, "the answer is not UTF-8", error));
    }
    let body = reply.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&reply.body);
    Node::parse(body).map_err(|error| {
        let detail = format!("the answer is not JSON as it should be: {}", describe(&error));
        Failure::parse(detail)
    })
}

/// The defects of single fields as failures of their own.
pub fn failures(defects: &[Defect]) -> Vec<Failure> {
    defects.iter().map(|defect| Failure::parse(defect.to_string())).collect()
}

/// The kind of error and its place; serde's own messages can quote the input.
fn describe(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a key occurs twice or a number is out of range",
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => {
            "the syntax is wrong or too deep"
        }
    };
    format!("{kind} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn reply(status: u16, body: &[u8]) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_vec().into(),
        }
    }

    #[test]
    fn what_is_not_json_is_named_and_never_repeated() {
        let deep = "[".repeat(1_000);
        let cases: [(u16, &[u8], &str); 7] = [
            (204, b"", "the server answered 204 No Content without a body, not JSON"),
            (
                200,
                b" <!DOCTYPE html><title>Sign in",
                "the server answered an HTML page, not JSON: a login or error page",
            ),
            (200, b"\"\xff\"", "the answer is not UTF-8"),
            (200, b"{\"a\":", "the answer is not JSON as it should be: it ends too early (line 1, column 5)"),
            (
                200,
                b"{\"a\":1,\"A\":2}",
                "the answer is not JSON as it should be: a key occurs twice or a number is out of range (line 1, column 10)",
            ),
            (
                200,
                b"hunter2",
                "the answer is not JSON as it should be: the syntax is wrong or too deep (line 1, column 1)",
            ),
            (
                200,
                deep.as_bytes(),
                "the answer is not JSON as it should be: the syntax is wrong or too deep (line 1, column 128)",
            ),
        ];
        for (status, body, message) in cases {
            let failure = json(&reply(status, body)).unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (Reason::Parse, message));
        }
    }

    #[test]
    fn a_byte_order_mark_is_tolerated() {
        assert_eq!(json(&reply(200, b"\xef\xbb\xbf[]")).unwrap(), Node::List(vec![]));
    }
}
