//! A request before it is sent.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

/// One request to a vendor.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its name, from a small fixed set: the `endpoint` label.
    pub endpoint: &'static str,
    /// GET unless said otherwise.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Headers beside those of the configuration.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether the target's credentials and configured headers go along; off for another host such as AWS.
    pub authenticate: bool,
}

impl Exchange {
    /// A GET with the target's credentials.
    pub fn get(endpoint: &'static str, url: Url) -> Self {
        Self {
            endpoint,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            authenticate: true,
        }
    }

    /// Adds a header with a fixed value.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }
}
