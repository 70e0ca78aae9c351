//! What can be set for the HTTP server.

use std::str::FromStr;

use tokio::sync::{mpsc, oneshot};
use url::Url;

use crate::server::cors::Origin;

/// A request to read the configuration again; the answer is the error's text where it is refused.
pub type ReloadRequest = oneshot::Sender<Result<(), String>>;

/// Settings of the HTTP server, from the command line.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Where clients reach this server, if that differs from where it listens; its path prefixes links.
    pub external_url: Option<Url>,
    /// What all routes begin with; where left out, the path of `external_url`.
    pub route_prefix: Option<RoutePrefix>,
    /// Scrapes and probes at once; above: 503.
    pub max_requests: usize,
    /// Whether `POST /-/reload` is allowed.
    pub enable_lifecycle: bool,
    /// Sites whose scripts may read what there is about channels.
    pub cors_origins: Vec<Origin>,
    /// Who reads the configuration again when asked.
    pub reload: Option<mpsc::Sender<ReloadRequest>>,
}

impl WebSettings {
    /// Scrapes and probes at once, unless set otherwise.
    pub const MAX_REQUESTS: usize = 40;

    /// What all routes begin with: nothing, or a path without a slash at its end.
    pub(crate) fn prefix_of_routes(&self) -> &str {
        match &self.route_prefix {
            Some(prefix) => &prefix.0,
            None => self.external_path().unwrap_or_default(),
        }
    }

    /// What links in pages begin with: nothing, or a path without a slash at its end.
    pub(super) fn prefix_of_links(&self) -> &str {
        self.external_path().unwrap_or_else(|| self.prefix_of_routes())
    }

    fn external_path(&self) -> Option<&str> {
        self.external_url.as_ref().map(|url| url.path().trim_end_matches('/'))
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            external_url: None,
            route_prefix: None,
            max_requests: Self::MAX_REQUESTS,
            enable_lifecycle: false,
            cors_origins: Vec::new(),
            reload: None,
        }
    }
}

/// The beginning of all routes' paths: empty, or `/` and segments, without a slash at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutePrefix(String);

impl FromStr for RoutePrefix {
    type Err = String;

    /// Reads `/a/b`, with or without the slashes at both ends.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let segments = text.trim_matches('/');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        if !segments.bytes().all(allowed) || segments.contains("//") {
            return Err("a route prefix is a path such as /webchat".to_owned());
        }
        Ok(Self(if segments.is_empty() { String::new() } else { format!("/{segments}") }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(external_url: Option<&str>, route_prefix: Option<&str>) -> (String, String) {
        let settings = WebSettings {
            external_url: external_url.map(|url| url.parse().unwrap()),
            route_prefix: route_prefix.map(|prefix| prefix.parse().unwrap()),
            ..WebSettings::default()
        };
        (settings.prefix_of_routes().to_owned(), settings.prefix_of_links().to_owned())
    }

    #[test]
    fn prefixes_of_routes_and_links_follow_from_both_flags() {
        let cases = [
            (None, None, "", ""),
            (None, Some("/a"), "/a", "/a"),
            (None, Some("a/b/"), "/a/b", "/a/b"),
            (Some("https://x/"), None, "", ""),
            (Some("https://x/web/"), None, "/web", "/web"),
            // A proxy that takes the path away.
            (Some("https://x/web"), Some("/"), "", "/web"),
        ];
        for (external_url, route_prefix, routes, links) in cases {
            assert_eq!(prefixes(external_url, route_prefix), (routes.into(), links.into()));
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["/a?b", "/a b", "/a//b", "/\"", "/ü"] {
            assert_eq!(text.parse::<RoutePrefix>(), Err("a route prefix is a path such as /webchat".into()));
        }
    }
}
