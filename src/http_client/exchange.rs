//! A request before it is sent.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

/// One request to a vendor. Its `Debug` leaves out whatever can hold a secret: query, headers and body.
#[derive(Clone)]
pub struct Exchange {
    /// Its name, from a small fixed set: the `endpoint` label.
    pub endpoint: &'static str,
    /// What at the vendor it is about where the path does not say so, such as a queue given as a parameter; empty
    /// where there is none. A call that is forbidden for one item is still made for the others.
    pub item: String,
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

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("url", &address(&self.url))
            .field("authenticate", &self.authenticate)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    /// A GET with the target's credentials.
    pub fn get(endpoint: &'static str, url: Url) -> Self {
        Self {
            endpoint,
            item: String::new(),
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            authenticate: true,
        }
    }

    /// Says what it is about; see [`Exchange::item`].
    #[must_use]
    pub fn about(mut self, item: &str) -> Self {
        item.clone_into(&mut self.item);
        self
    }

    /// Adds a header with a fixed value.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }
}

/// A URL without query, fragment and credentials: fit for logs.
pub(crate) fn address(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Only URLs that cannot have credentials refuse to have them removed.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Scheme and host of a URL, with the port where that is not the scheme's: fit for messages.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let url = Url::parse("https://monitor:hunter2@a.example.com/v4/queues?key=hunter2#hunter2").unwrap();
        let mut exchange = Exchange::get("queues", url).header(http::header::AUTHORIZATION, "hunter2");
        exchange.body = Bytes::from_static(b"hunter2");
        assert_eq!(
            format!("{exchange:?}"),
            "Exchange { endpoint: \"queues\", method: GET, url: \"https://a.example.com/v4/queues\", \
             authenticate: true, .. }"
        );
    }
}
