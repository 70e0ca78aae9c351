//! How answers look, whatever they say.

use std::io;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};

use crate::exposition::compress::{Fragment, gzip};
use crate::exposition::{Encoding, Page};
use crate::server::body::Body;

/// An answer to a request.
pub(super) type Answer = Response<Body>;

/// Headers of every answer: nothing here is a document that loads, frames or submits anything.
const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// One line of text for people; `line` has no line feed at its end.
pub(super) fn line(status: StatusCode, line: &str) -> Answer {
    typed(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

/// A text of the given content type.
pub(super) fn typed(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    with_body(status, content_type, text.into())
}

/// A page of metrics.
pub(super) fn page(page: Page) -> Answer {
    let mut answer = with_body(StatusCode::OK, page.format.content_type(), page.pieces.into());
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if page.encoding == Encoding::Gzip {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// A body as it is sent in a content coding.
pub(super) fn coded(encoding: Encoding, body: Bytes) -> io::Result<Vec<Bytes>> {
    match encoding {
        Encoding::Identity => Ok(vec![body]),
        Encoding::Gzip => Ok(gzip(&[&Fragment::new(&body)?])),
    }
}

/// Says in which of the codings that the client could have asked for an answer is.
pub(super) fn set_coding(answer: &mut Answer, encoding: Encoding) {
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if encoding == Encoding::Gzip {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// What is answered where a page could not be made.
pub(super) fn failure(error: &io::Error) -> Answer {
    tracing::error!(%error, "A page could not be rendered.");
    line(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered; the log says more")
}

/// Any body of the given content type.
pub(super) fn with_body(status: StatusCode, content_type: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    answer
}
