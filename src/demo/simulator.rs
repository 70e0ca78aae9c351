//! What a simulator of a vendor's API is: a pure function from the contact centre and a request to an answer.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

use crate::demo::centre::Centre;

/// A vendor's API on top of a contact centre.
pub trait Simulator: Send + Sync + 'static {
    /// Answers one request as the vendor's server would.
    fn answer(&self, request: &Request<Bytes>, centre: &Centre) -> Response<Bytes>;
}

/// An answer with a status, a content type and a body.
pub fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

/// 200 with JSON.
pub fn json(body: &serde_json::Value) -> Response<Bytes> {
    answer(StatusCode::OK, "application/json; charset=utf-8", body.to_string())
}

/// The value of a query parameter, its name's letter case disregarded.
pub fn query_parameter(request: &Request<Bytes>, name: &str) -> Option<String> {
    let query = request.uri().query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}
