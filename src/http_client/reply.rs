//! An answer, whole and below the size cap, before anybody decided what it means.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::http_client::exchange::origin;
use crate::http_client::{Failure, Reason};

/// What a server answered. Its `Debug` leaves the body out.
#[derive(Clone)]
pub struct Reply {
    /// The status; redirects are not followed unless configured.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The decompressed body.
    pub body: Bytes,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// The media type in lower case without parameters, such as `application/json`; empty where there is none.
    pub fn media_type(&self) -> String {
        let value =
            self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// Whether the body is an HTML page, by its media type or by how it begins: a login or error page.
    pub fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        let start = start[..start.len().min(15)].to_ascii_lowercase();
        start.starts_with(b"<!doctype html")
            || start.starts_with(b"<html")
            || self.media_type() == "text/html"
    }

    /// Passes a 2xx answer on and classifies every other status.
    ///
    /// # Errors
    /// 401, 403, 429 and redirects in their own classes; 404, 405, 406 and 501 as [`Reason::NotSupported`]; the rest
    /// as [`Reason::HttpStatus`].
    pub fn success(self) -> Result<Self, Failure> {
        let reason = match self.status.as_u16() {
            200..=299 => return Ok(self),
            300..=399 => Reason::Redirect,
            401 => Reason::Unauthorized,
            403 => Reason::Forbidden,
            429 => Reason::RateLimited,
            404 | 405 | 406 | 501 => Reason::NotSupported,
            _ => Reason::HttpStatus,
        };
        let detail = format!("the server answered {}", self.status);
        let target = if reason == Reason::Redirect { self.redirect_target() } else { None };
        Err(Failure::new(
            reason,
            target.map_or_else(|| detail.clone(), |target| format!("{detail} {target}")),
        ))
    }

    /// Where a redirect leads, without path and query: they can carry session tokens.
    fn redirect_target(&self) -> Option<String> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        Some(match Url::parse(location) {
            Ok(url) if url.has_host() => format!("to {}", origin(&url)),
            _ => "to the same host".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn reply(status: u16, location: Option<&'static str>) -> Reply {
        let headers = location.map(|text| (header::LOCATION, HeaderValue::from_static(text)));
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.into_iter().collect(),
            body: Bytes::from_static(b"hunter2"),
        }
    }

    #[test]
    fn statuses_have_their_classes_and_redirects_name_the_host_alone() {
        let cases = [
            (401, None, Reason::Unauthorized, "the server answered 401 Unauthorized"),
            (403, None, Reason::Forbidden, "the server answered 403 Forbidden"),
            (404, None, Reason::NotSupported, "the server answered 404 Not Found"),
            (405, None, Reason::NotSupported, "the server answered 405 Method Not Allowed"),
            (429, None, Reason::RateLimited, "the server answered 429 Too Many Requests"),
            (500, None, Reason::HttpStatus, "the server answered 500 Internal Server Error"),
            (501, None, Reason::NotSupported, "the server answered 501 Not Implemented"),
            (599, None, Reason::HttpStatus, "the server answered 599 <unknown status code>"),
            (304, None, Reason::Redirect, "the server answered 304 Not Modified"),
            (
                302,
                Some("https://u:hunter2@login.example.com:8443/hunter2?t=hunter2"),
                Reason::Redirect,
                "the server answered 302 Found to https://login.example.com:8443",
            ),
            (
                302,
                Some("/login?t=hunter2"),
                Reason::Redirect,
                "the server answered 302 Found to the same host",
            ),
        ];
        for (status, location, reason, message) in cases {
            let failure = reply(status, location).success().unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (reason, message));
        }
        assert_eq!(reply(204, None).success().unwrap().status, 204);
    }

    #[test]
    fn the_body_is_not_printed() {
        let text = "Reply { status: 302, bytes: 7, .. }";
        assert_eq!(format!("{:?}", reply(302, Some("https://a/?hunter2"))), text);
    }
}
