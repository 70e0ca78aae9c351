//! From an answer to a document: what every vendor's JSON answer has to be before its fields are looked at.

use crate::http_client::{Failure, Reason, Reply};
use crate::platform::fields::{Defect, Node};

/// What was understood of an answer, and the single fields or elements that were not.
#[derive(Debug)]
pub struct Parsed<T> {
    /// What was understood.
    pub value: T,
    /// Defects of single fields and elements, each of [`Reason::Parse`].
    pub failures: Vec<Failure>,
}

impl<T> Parsed<T> {
    /// What was understood, and the defects on the way.
    pub fn new(value: T, defects: &[Defect]) -> Self {
        Self { value, failures: failures(defects) }
    }
}

/// Parses the body of a 2xx answer as JSON, whatever media type it claims.
///
/// # Errors
/// All of [`Reason::Parse`], and none repeats the body: no content, an HTML page, bytes that are not UTF-8, or text
/// that is not one JSON document.
pub fn json(reply: &Reply) -> Result<Node, Failure> {
    if reply.body.trim_ascii().is_empty() {
        return Err(Failure::parse(format!("the server answered {} without a body, not JSON", reply.status)));
    }
    // The media type has no say in what is understood, only in what is reported where nothing was.
    document(reply).map_err(|failure| match failure {
        _ if reply.is_html() => {
            Failure::parse("the server answered an HTML page, not JSON: a login or error page")
        }
        failure => failure,
    })
}

fn document(reply: &Reply) -> Result<Node, Failure> {
    if let Err(error) = std::str::from_utf8(&reply.body) {
        return Err(Failure::caused_by(Reason::Parse, "the answer is not UTF-8", error));
    }
    let body = reply.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&reply.body);
    Node::parse(body).map_err(|error| {
        let detail = format!("the answer is not JSON as it should be: {}", describe(&error));
        Failure::parse(detail)
    })
}

/// The failure of an answer that is JSON of another kind; `expected` is like "an array".
pub fn unexpected(node: &Node, expected: &str) -> Failure {
    Failure::parse(format!("the answer is {}, not {expected}", node.description()))
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
    use http::{HeaderMap, HeaderValue, StatusCode, header};

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
    fn a_wrong_media_type_takes_nothing_away_and_names_what_is_no_json() {
        let html = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
        let list = Reply { headers: html.clone(), ..reply(200, b"[]") };
        assert_eq!(json(&list).unwrap(), Node::List(vec![]));
        let page = Reply { headers: html, ..reply(200, b"Please sign in") };
        assert_eq!(
            json(&page).unwrap_err().to_string(),
            "the server answered an HTML page, not JSON: a login or error page"
        );
    }

    #[test]
    fn a_byte_order_mark_is_tolerated() {
        assert_eq!(json(&reply(200, b"\xef\xbb\xbf[]")).unwrap(), Node::List(vec![]));
    }
}
