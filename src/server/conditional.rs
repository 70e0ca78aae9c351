//! Answers that clients may keep for a moment and ask again about: entity tags and `If-None-Match` (RFC 9110, 8.8.3 and 13).

use bytes::Bytes;
use http::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH};
use http::request::Parts;
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

use crate::server::answer::{self, Answer};

/// How long an answer may be used again without asking: well below any poll interval.
const FRESHNESS: &str = "max-age=5, must-revalidate";
/// Bytes of the hash in a tag.
const TAG_BYTES: usize = 16;

/// A body with its strong entity tag, shared by all who are answered with it.
#[derive(Clone, Debug)]
pub(super) struct Tagged {
    /// The body.
    pub(super) body: Bytes,
    /// The tag in its quotes.
    pub(super) tag: String,
}

impl Tagged {
    /// Tags a body by its content.
    pub(super) fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let hash = Sha256::digest(&body);
        let mut tag = String::from("\"");
        for byte in hash.iter().take(TAG_BYTES) {
            for digit in [byte >> 4, byte & 0xf] {
                tag.extend(char::from_digit(digit.into(), 16));
            }
        }
        tag.push('"');
        Self { body, tag }
    }
}

/// Answers with a body, or with 304 where the client has it already; only a successful answer has a tag.
pub(super) fn answer(
    request: &Parts,
    status: StatusCode,
    content_type: &'static str,
    tagged: &Tagged,
) -> Answer {
    let is_known = status.is_success() && has_tag(request, &tagged.tag);
    let mut answer = if is_known {
        let mut answer = answer::with_body(StatusCode::NOT_MODIFIED, content_type, Vec::new().into());
        answer.headers_mut().remove(http::header::CONTENT_TYPE);
        answer
    } else {
        answer::with_body(status, content_type, vec![tagged.body.clone()].into())
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FRESHNESS));
    if let Some(tag) = HeaderValue::from_str(&tagged.tag).ok().filter(|_| status.is_success()) {
        headers.insert(ETAG, tag);
    }
    answer
}

/// Whether `If-None-Match` names the tag; weak and strong tags compare alike there.
fn has_tag(request: &Parts, tag: &str) -> bool {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return false;
    }
    let values = request.headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(values: &[&str]) -> Parts {
        let mut request = http::Request::builder();
        for value in values {
            request = request.header(IF_NONE_MATCH, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_tag_is_found_in_lists_weak_or_strong() {
        let tag = Tagged::new("x").tag;
        assert_eq!(tag, "\"2d711642b726b04401627ca9fbac32f5\"");
        let weak = format!("W/{tag}");
        let list = format!("\"a\" , {tag}");
        let cases: [(&[&str], bool); 7] = [
            (&[], false),
            (&["\"a\""], false),
            (&["2d711642b726b04401627ca9fbac32f5"], false),
            (&["*"], true),
            (&[&weak], true),
            (&[&list], true),
            (&["\"a\"", &tag], true),
        ];
        for (values, expected) in cases {
            assert_eq!(has_tag(&request(values), &tag), expected, "{values:?}");
        }
    }
}
