//! Pools of connections, one per way of connecting.

use std::sync::{Arc, Weak};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{NoProxy, Proxy};

use crate::http_client::locked::Locked;
use crate::http_client::settings::{HttpSettings, ProxySettings, TlsSettings};
use crate::http_client::tls::{self, TlsError};
use crate::http_client::verifier::CertificateLog;

/// What requests call themselves unless a configured header says otherwise.
const USER_AGENT: &str = concat!("webchat_exporter/", env!("CARGO_PKG_VERSION"));

/// How long a connection is kept for the next request: for those of one poll, not for the next poll.
///
/// A connection kept longer may be closed by the server the moment it is used again, which would look like an outage;
/// and only a new connection follows a changed address and shows a renewed certificate.
const IDLE: Duration = Duration::from_secs(4);

/// How often an HTTP/2 connection in use is asked whether it is still alive, and how long it may take to say so: a
/// connection that a firewall forgot would otherwise be used until the kernel gives it up.
const PING: Duration = Duration::from_secs(10);
const PONG: Duration = Duration::from_secs(5);

/// Kinds of proxies that the HTTP client knows.
const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Why a target's client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS settings cannot be used.
    #[error("use the TLS settings")]
    Tls(#[from] TlsError),
    /// The proxy's URL is none of a proxy; the HTTP client would go without it, and silently.
    #[error("use the proxy: its URL is not http, https, socks4, socks4a, socks5 or socks5h with a host")]
    ProxyUrl,
    /// The HTTP client refused the proxy.
    #[error("use the proxy")]
    Proxy {
        /// Why, without the URL.
        source: reqwest::Error,
    },
    /// The HTTP client refused the whole.
    #[error("build the HTTP client")]
    Build {
        /// Why.
        source: reqwest::Error,
    },
}

/// What tells one pool of connections from another.
#[derive(Clone, PartialEq, Eq)]
struct Way {
    tls: TlsSettings,
    ca: Option<Vec<u8>>,
    proxy: ProxySettings,
    connect_timeout: Duration,
    /// Whether a connection is used again.
    pooled: bool,
}

/// A pool of connections. Its `Debug` says nothing: the client inside knows the proxy's credentials.
pub(crate) struct Connection {
    client: reqwest::Client,
    certificates: Arc<CertificateLog>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// The client that sends through it.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// When the certificates seen through it expire.
    pub(crate) fn certificates(&self) -> &CertificateLog {
        &self.certificates
    }

    fn new(way: &Way) -> Result<Self, ClientError> {
        let certificates = Arc::new(CertificateLog::default());
        let tls = tls::configuration(&way.tls, way.ca.as_deref(), Arc::clone(&certificates))?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            .connect_timeout(way.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(if way.pooled { usize::MAX } else { 0 })
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PONG)
            .referer(false)
            .redirect(Policy::none());
        let client = proxied(builder, &way.proxy)?.build();
        let client = client.map_err(|source| ClientError::Build { source: source.without_url() })?;
        Ok(Self { client, certificates })
    }
}

fn proxied(
    builder: reqwest::ClientBuilder,
    settings: &ProxySettings,
) -> Result<reqwest::ClientBuilder, ClientError> {
    match &settings.url {
        Some(url) => {
            if !PROXY_SCHEMES.contains(&url.scheme()) || !url.has_host() {
                return Err(ClientError::ProxyUrl);
            }
            let proxy = Proxy::all(url.clone());
            let proxy = proxy.map_err(|source| ClientError::Proxy { source: source.without_url() })?;
            let exceptions = settings.no_proxy.as_deref().and_then(NoProxy::from_string);
            Ok(builder.proxy(proxy.no_proxy(exceptions)))
        }
        // What reqwest does by itself.
        None if settings.from_environment => Ok(builder),
        None => Ok(builder.no_proxy()),
    }
}

/// The pools in use; targets that connect in the same way share one, and one that nobody uses is closed.
#[derive(Default)]
pub(crate) struct Connections(Locked<Vec<(Way, Weak<Connection>)>>);

impl std::fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    /// The pool for `settings`; files named there are read.
    pub(crate) fn of_settings(&self, settings: &HttpSettings) -> Result<Arc<Connection>, ClientError> {
        self.find(settings, true)
    }

    /// Connections by `settings` of which each serves one request, so that each request shows whether one can be made.
    pub(crate) fn single_use(&self, settings: &HttpSettings) -> Result<Arc<Connection>, ClientError> {
        self.find(settings, false)
    }

    fn find(&self, settings: &HttpSettings, pooled: bool) -> Result<Arc<Connection>, ClientError> {
        let way = Way {
            tls: settings.tls.clone(),
            ca: settings.tls.ca.as_ref().map(tls::read).transpose()?,
            proxy: settings.proxy.clone(),
            connect_timeout: settings.connect_timeout,
            pooled,
        };
        let mut connections = self.0.lock();
        connections.retain(|(_, connection)| connection.strong_count() > 0);
        let known = connections.iter().find(|(known, _)| *known == way);
        if let Some(connection) = known.and_then(|(_, connection)| connection.upgrade()) {
            return Ok(connection);
        }
        let connection = Arc::new(Connection::new(&way)?);
        connections.push((way, Arc::downgrade(&connection)));
        Ok(connection)
    }

    /// The pools in use.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.0.lock().iter().filter_map(|(_, connection)| connection.upgrade()).collect()
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn targets_that_connect_alike_share_connections() {
        let connections = Connections::default();
        let plain = HttpSettings::default();
        let same = HttpSettings { max_response_bytes: 1, follow_redirects: true, ..plain.clone() };
        let other = HttpSettings { connect_timeout: Duration::from_secs(1), ..plain.clone() };
        let first = connections.of_settings(&plain).unwrap();
        assert!(Arc::ptr_eq(&first, &connections.of_settings(&same).unwrap()));
        assert!(!Arc::ptr_eq(&first, &connections.of_settings(&other).unwrap()));
        assert_eq!(connections.all().len(), 1);
    }

    #[test]
    fn a_proxy_that_is_none_is_refused_without_its_password() {
        let proxy = ProxySettings {
            url: Some(Url::parse("mailto:hunter2@example.com").unwrap()),
            ..ProxySettings::default()
        };
        let settings = HttpSettings { proxy, ..HttpSettings::default() };
        let error = Connections::default().of_settings(&settings).unwrap_err();
        let message =
            "use the proxy: its URL is not http, https, socks4, socks4a, socks5 or socks5h with a host";
        assert_eq!(error.to_string(), message);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn the_password_of_a_proxy_is_not_printed() {
        let proxy = ProxySettings {
            url: Some(Url::parse("http://u:hunter2@proxy.example.com:3128").unwrap()),
            ..ProxySettings::default()
        };
        let connections = Connections::default();
        let settings = HttpSettings { proxy, ..HttpSettings::default() };
        let connection = connections.of_settings(&settings).unwrap();
        assert_eq!(format!("{connections:?} {connection:?}"), "Connections { .. } Connection { .. }");
    }
}
