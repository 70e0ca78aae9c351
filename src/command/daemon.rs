//! Asking a daemon that runs already.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;
use url::Url;

use crate::http_client::settings::TlsSettings;
use crate::http_client::tls::{self, TlsError};
use crate::server::ListenAddress;

/// How long a daemon may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer: the status of a fleet of thousands of targets.
const MAX_BYTES: usize = 64 << 20;

/// Why a daemon did not answer; reads well after "cannot".
#[derive(Debug, Error)]
pub enum DaemonError {
    /// The certificate authorities of this machine cannot be used.
    #[error("set up TLS")]
    Tls(#[from] TlsError),
    /// The request failed.
    #[error("ask {url}")]
    Request {
        /// What was asked, without credentials.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The answer is not what a daemon answers.
    #[error("understand the answer of {url}")]
    Answer {
        /// What was asked, without credentials.
        url: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Where a daemon listens.
#[derive(Clone, Debug)]
pub struct Daemon {
    base: String,
    socket: Option<Box<Path>>,
}

impl Daemon {
    /// A daemon behind a URL, which may have a path.
    pub fn at(url: &Url) -> Self {
        Self { base: url.as_str().trim_end_matches('/').to_owned(), socket: None }
    }

    /// A daemon on this machine that listens on `address` with all paths below `prefix`.
    pub fn listening_on(address: &ListenAddress, prefix: &str) -> Self {
        let (host, socket) = match address {
            ListenAddress::AllInterfaces(port) => (format!("127.0.0.1:{port}"), None),
            ListenAddress::Host(host) => (reachable(host), None),
            ListenAddress::Unix(path) => ("localhost".to_owned(), Some(path.as_path().into())),
        };
        Self { base: format!("http://{host}{prefix}"), socket }
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// No answer within ten seconds, or one that is too large.
    pub async fn get(&self, path: &str) -> Result<(StatusCode, Vec<u8>), DaemonError> {
        let shown = || shown(&format!("{}{path}", self.base));
        let failed =
            |source: reqwest::Error| DaemonError::Request { url: shown(), source: source.without_url() };
        let client = self.client()?.build().map_err(failed)?;
        let mut response = client.get(format!("{}{path}", self.base)).send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                let source = io::Error::other(format!("it is larger than {MAX_BYTES} bytes")).into();
                return Err(DaemonError::Answer { url: shown(), source });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }

    /// Asks for a JSON document and demands 200.
    ///
    /// # Errors
    /// As [`Daemon::get`]; another status, or a body that is no such document.
    pub async fn document<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, DaemonError> {
        let (status, body) = self.get(path).await?;
        let url = || shown(&format!("{}{path}", self.base));
        if status != StatusCode::OK {
            let source = io::Error::other(format!("its status is {}", status.as_u16())).into();
            return Err(DaemonError::Answer { url: url(), source });
        }
        serde_json::from_slice(&body)
            .map_err(|error| DaemonError::Answer { url: url(), source: error.into() })
    }

    fn client(&self) -> Result<reqwest::ClientBuilder, DaemonError> {
        let tls = tls::configuration(&TlsSettings::default(), None, Arc::default())?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // A daemon is asked directly; a proxy of this machine is for the vendors.
            .no_proxy()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        Ok(match &self.socket {
            Some(path) => builder.unix_socket(&**path),
            None => builder,
        })
    }
}

/// An address to listen on as one to connect to: "any address" is this machine.
fn reachable(host: &str) -> String {
    match host.rsplit_once(':') {
        Some(("0.0.0.0", port)) => format!("127.0.0.1:{port}"),
        Some(("[::]", port)) => format!("[::1]:{port}"),
        _ => host.to_owned(),
    }
}

/// A URL without what may be secret in it.
fn shown(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "the daemon".to_owned() };
    // Both fail only for URLs that cannot have them.
    let _: Result<(), ()> = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_address_becomes_one_to_connect_to() {
        let cases = [
            (":1", "", "http://127.0.0.1:1", None),
            ("0.0.0.0:1", "/web", "http://127.0.0.1:1/web", None),
            ("[::]:1", "", "http://[::1]:1", None),
            ("10.0.0.1:1", "", "http://10.0.0.1:1", None),
            ("unix:/run/x", "", "http://localhost", Some("/run/x")),
        ];
        for (address, prefix, base, socket) in cases {
            let daemon = Daemon::listening_on(&address.parse().unwrap(), prefix);
            let found = (daemon.base.as_str(), daemon.socket.as_deref());
            assert_eq!(found, (base, socket.map(Path::new)), "{address}");
        }
        assert_eq!(Daemon::at(&"http://x/a/".parse().unwrap()).base, "http://x/a");
        assert_eq!(shown("http://u:p@x/a?b"), "http://x/a");
    }
}
