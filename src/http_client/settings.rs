//! The checked settings of an HTTP client; two targets with equal settings share one pool of connections.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use url::Url;

use crate::http_client::exchange::address;
use crate::secret::SecretSource;

/// Everything that shapes how a target is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How requests prove who they are.
    pub authentication: Authentication,
    /// Headers sent along, each value a secret until proven otherwise.
    pub headers: Vec<(HeaderName, SecretSource)>,
    /// TLS towards the vendor.
    pub tls: TlsSettings,
    /// The proxy between.
    pub proxy: ProxySettings,
    /// Whether redirects are followed, at most 5, on the same host only with credentials.
    pub follow_redirects: bool,
    /// Cap of a decompressed body in bytes.
    pub max_response_bytes: usize,
    /// Requests at once towards one host.
    pub max_concurrent_requests_per_host: usize,
    /// Longest time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is awaited or read.
    pub read_timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            authentication: Authentication::None,
            headers: Vec::new(),
            tls: TlsSettings::default(),
            proxy: ProxySettings::default(),
            follow_redirects: false,
            max_response_bytes: 4 << 20,
            max_concurrent_requests_per_host: 8,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
        }
    }
}

/// How requests prove who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all.
    None,
    /// HTTP Basic.
    Basic {
        /// User name or e-mail address.
        username: String,
        /// Password or API key.
        password: SecretSource,
    },
    /// An `Authorization` header of the form `<scheme> <credentials>`.
    Authorization {
        /// `Bearer` unless said otherwise.
        scheme: String,
        /// What follows it.
        credentials: SecretSource,
    },
    /// A token from an OAuth 2 token endpoint, as `Bearer`.
    OAuth2(Box<OAuth2Settings>),
}

/// Where and how an OAuth 2 token is had. Its `Debug` leaves out the values of the form parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuth2Settings {
    /// The token endpoint.
    pub token_url: Url,
    /// What is presented there.
    pub grant: Grant,
    /// Client identifier.
    pub client_id: String,
    /// Client secret, where the client has one.
    pub client_secret: Option<SecretSource>,
    /// Scopes, joined by blanks in the request; empty for none.
    pub scopes: Vec<String>,
    /// Further form parameters, such as an audience.
    pub endpoint_params: Vec<(String, String)>,
}

impl fmt::Debug for OAuth2Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint_params: Vec<&str> = self.endpoint_params.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("OAuth2Settings")
            .field("token_url", &address(&self.token_url))
            .field("grant", &self.grant)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("scopes", &self.scopes)
            .field("endpoint_params", &endpoint_params)
            .finish()
    }
}

/// An OAuth 2 grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Password grant with the user under `email`, as Comm100 spells it.
    Password {
        /// The agent's e-mail address.
        email: String,
        /// Their password.
        password: SecretSource,
    },
    /// A long-lived refresh token; a rotated one is kept in memory.
    RefreshToken {
        /// The first token.
        refresh_token: SecretSource,
    },
    /// Client credentials.
    ClientCredentials,
}

/// TLS towards the vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificate authorities trusted in place of the machine's own, PEM.
    pub ca: Option<PemSource>,
    /// Client certificate chain, PEM.
    pub certificate: Option<PemSource>,
    /// Client key, PEM.
    pub key: Option<SecretSource>,
    /// Name to verify in place of the URL's host.
    pub server_name: Option<String>,
    /// No verification at all; loudly warned about.
    pub insecure_skip_verify: bool,
    /// Lowest version.
    pub min_version: Option<TlsVersion>,
    /// Highest version.
    pub max_version: Option<TlsVersion>,
}

/// Certificates in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemSource {
    /// In the configuration itself.
    Inline(String),
    /// A file.
    File(PathBuf),
}

/// A TLS version that is still in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// The proxy between. Its `Debug` leaves out the credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxySettings {
    /// The proxy for all requests; credentials in it are kept out of every output.
    pub url: Option<Url>,
    /// Hosts reached without it: names, suffixes with a leading dot, addresses, networks.
    pub no_proxy: Option<String>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment hold.
    pub from_environment: bool,
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProxySettings")
            .field("url", &self.url.as_ref().map(address))
            .field("no_proxy", &self.no_proxy)
            .field("from_environment", &self.from_environment)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn no_setting_prints_a_secret() {
        let secret = || SecretSource::Inline(Secret::new("hunter2"));
        let oauth2 = |grant| {
            Authentication::OAuth2(Box::new(OAuth2Settings {
                token_url: Url::parse("https://u:hunter2@dash.example.com/oauth/token?key=hunter2").unwrap(),
                grant,
                client_id: "id".to_owned(),
                client_secret: Some(secret()),
                scopes: vec![],
                endpoint_params: vec![("assertion".to_owned(), "hunter2".to_owned())],
            }))
        };
        let forms = [
            Authentication::Basic { username: "monitor".to_owned(), password: secret() },
            Authentication::Authorization { scheme: "Bearer".to_owned(), credentials: secret() },
            oauth2(Grant::Password { email: "monitor@example.com".to_owned(), password: secret() }),
            oauth2(Grant::RefreshToken { refresh_token: secret() }),
            oauth2(Grant::ClientCredentials),
        ];
        for authentication in forms {
            let settings = HttpSettings {
                authentication,
                headers: vec![(HeaderName::from_static("x-api-key"), secret())],
                tls: TlsSettings { key: Some(secret()), ..TlsSettings::default() },
                proxy: ProxySettings {
                    url: Some(Url::parse("http://u:hunter2@proxy.example.com:3128").unwrap()),
                    ..ProxySettings::default()
                },
                ..HttpSettings::default()
            };
            let printed = format!("{settings:?}");
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }
}
