//! An answer, whole and below the size cap, before anybody decided what it means.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

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
        Err(Failure::new(reason, format!("the server answered {}", self.status)))
    }
}
