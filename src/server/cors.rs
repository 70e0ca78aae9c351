//! Which other sites' scripts may read the answers (the CORS protocol of the Fetch standard).

use std::str::FromStr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    VARY,
};
use http::{StatusCode, request::Parts};
use url::Url;

use crate::server::answer::{self, Answer};

/// Methods of the endpoints that other sites may ask.
pub(super) const METHODS: &str = "GET, HEAD, OPTIONS";

/// What a preflight is told beyond the origin.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
    (ACCESS_CONTROL_ALLOW_HEADERS, "cache-control, if-none-match, last-event-id"),
    (ACCESS_CONTROL_MAX_AGE, "600"),
];

/// The origin of a web site as browsers send it: scheme, host, and the port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    /// Reads `https://www.example.com`; a path, a slash at the end or a wildcard is refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal =
            || "an origin is written like https://www.example.com or http://localhost:8080".to_owned();
        let url = Url::parse(text).map_err(|_| refusal())?;
        let is_exact = matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
        if is_exact && !text.contains('*') { Ok(Self(text.to_owned())) } else { Err(refusal()) }
    }
}

/// Lets the asking site read the answer if it is one of `allowed`.
pub(super) fn allow(allowed: &[Origin], request: &Parts, answer: &mut Answer) {
    if allowed.is_empty() {
        return;
    }
    let headers = answer.headers_mut();
    // Also where this one is not allowed: a cache must not give its answer to one that is.
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed_origin(allowed, &request.headers) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    }
}

/// Answers OPTIONS, which is how a browser asks before it asks.
pub(super) fn preflight(allowed: &[Origin], request: &Parts) -> Answer {
    let mut answer = answer::with_body(StatusCode::NO_CONTENT, "", Vec::new().into());
    let headers = answer.headers_mut();
    headers.remove(http::header::CONTENT_TYPE);
    headers.insert(ALLOW, HeaderValue::from_static(METHODS));
    if allowed_origin(allowed, &request.headers).is_some() {
        headers.extend(PREFLIGHT.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
    answer
}

fn allowed_origin(allowed: &[Origin], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    allowed.iter().any(|allowed| allowed.0.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_would_send_is_an_origin() {
        for text in ["https://www.example.com", "http://localhost:8080", "https://[::1]:8443"] {
            assert_eq!(text.parse(), Ok(Origin(text.to_owned())));
        }
        for text in [
            "",
            "*",
            "null",
            "www.example.com",
            "https://www.example.com/",
            "https://www.example.com:443",
            "https://www.example.com/chat",
            "https://WWW.example.com",
            "https://*.example.com",
            "https://u:p@www.example.com",
            "ftp://www.example.com",
        ] {
            let refusal = "an origin is written like https://www.example.com or http://localhost:8080";
            assert_eq!(text.parse::<Origin>(), Err(refusal.to_owned()), "{text}");
        }
    }
}
