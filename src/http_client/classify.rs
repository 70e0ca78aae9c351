//! From an error of the HTTP stack to the one class of failure it belongs to.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::http_client::{Failure, Reason};

/// A request that got no answer.
pub(crate) fn unanswered(error: reqwest::Error, connect_timeout: Duration) -> Failure {
    let reason = reason(&error);
    let connecting = error.is_connect();
    let detail = match reason {
        Reason::Dns => "the host's name could not be resolved".to_owned(),
        Reason::Tls => "no TLS session".to_owned(),
        Reason::Timeout if connecting => {
            format!("no connection within {}", humantime::format_duration(connect_timeout))
        }
        Reason::Timeout => "the connection timed out".to_owned(),
        Reason::Connect if connecting => "no connection".to_owned(),
        Reason::Connect => "the connection broke before an answer came".to_owned(),
        Reason::Parse => "the answer is not HTTP as it should be".to_owned(),
        _ => "the request could not be sent".to_owned(),
    };
    Failure::caused_by(reason, detail, error.without_url())
}

/// An answer whose body could not be read to its end.
pub(crate) fn interrupted(error: reqwest::Error) -> Failure {
    let (reason, detail) = match reason(&error) {
        Reason::Parse => (Reason::Parse, "the answer is not HTTP as it should be"),
        Reason::Tls => (Reason::Tls, "the TLS session broke while the answer was read"),
        Reason::Timeout => (Reason::Timeout, "the connection timed out while the answer was read"),
        _ => (Reason::Connect, "the connection broke while the answer was read"),
    };
    Failure::caused_by(reason, detail, error.without_url())
}

/// The class, from whatever the chain of causes holds; the more telling one wins.
fn reason(error: &reqwest::Error) -> Reason {
    let classes = [Reason::Tls, Reason::Dns, Reason::Timeout, Reason::Parse, Reason::Connect];
    let mut found = Vec::new();
    if error.is_dns() {
        found.push(Reason::Dns);
    }
    if error.is_timeout() {
        found.push(Reason::Timeout);
    }
    visit(error, &mut |cause| found.extend(class(cause)));
    if error.is_connect() {
        found.push(Reason::Connect);
    }
    classes.into_iter().find(|class| found.contains(class)).unwrap_or(Reason::Other)
}

/// Shows `look` every error of the chain, also those that an I/O error wraps and does not name as its source.
fn visit(error: &(dyn Error + 'static), look: &mut impl FnMut(&(dyn Error + 'static))) {
    let mut next = Some(error);
    while let Some(error) = next {
        look(error);
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
}

/// The class of one error by itself.
fn class(error: &(dyn Error + 'static)) -> Option<Reason> {
    if error.is::<rustls::Error>() {
        return Some(Reason::Tls);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return io_class(error);
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    match () {
        () if error.is_parse() => Some(Reason::Parse),
        () if error.is_timeout() => Some(Reason::Timeout),
        () if error.is_user() => None,
        // A connection that was closed, reset or given up, over HTTP/1 or HTTP/2.
        () => Some(Reason::Connect),
    }
}

fn io_class(error: &io::Error) -> Option<Reason> {
    match error.kind() {
        io::ErrorKind::TimedOut => Some(Reason::Timeout),
        // So hyper names chunks and lengths that make no sense; TLS errors of this kind carry their own and win.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Some(Reason::Parse),
        // A server that hangs up in the middle of the handshake, without an alert.
        io::ErrorKind::UnexpectedEof if error.to_string() == "tls handshake eof" => Some(Reason::Tls),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Some(Reason::Connect),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use url::Url;

    use super::*;
    use crate::config::BaseUrl;
    use crate::http_client::loopback::{Reaction, Server, answer, caller};
    use crate::http_client::settings::{HttpSettings, ProxySettings};
    use crate::http_client::{ClientPool, Exchange};

    async fn failure(url: &str, settings: &HttpSettings) -> (Reason, String) {
        let base_url = BaseUrl::parse(url).unwrap();
        let client = ClientPool::new(vec![]).target_client("desk", "chime", &base_url, settings).unwrap();
        let url = base_url.join(&["hunter2"], &[("key", "hunter3")]);
        let failure = caller(&client).call(Exchange::get("queues", url)).await.unwrap_err();
        let mut chain = format!("{failure:?}");
        let mut cause = failure.source();
        while let Some(error) = cause {
            write!(chain, "{error} {error:?}").unwrap();
            cause = error.source();
        }
        assert!(!chain.contains("hunter"), "{chain}");
        assert_eq!(client.request_counts(), [("queues", "error".to_owned(), 1)]);
        (failure.reason, failure.detail)
    }

    async fn of_server(reaction: impl Fn() -> Reaction + Send + Sync + 'static) -> (Reason, String) {
        let server = Server::start(move |_, _| reaction()).await;
        failure(server.url("").as_str(), &HttpSettings::default()).await
    }

    /// A port that nobody listens on.
    async fn closed_port() -> u16 {
        TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
    }

    fn is(reason: Reason, detail: &str) -> (Reason, String) {
        (reason, detail.to_owned())
    }

    #[tokio::test]
    async fn a_name_without_address_is_dns() {
        let expected = is(Reason::Dns, "the host's name could not be resolved");
        assert_eq!(failure("http://host.invalid", &HttpSettings::default()).await, expected);
        assert_eq!(failure("https://host.invalid", &HttpSettings::default()).await, expected);
    }

    #[tokio::test]
    async fn a_refused_connection_is_connect() {
        let url = format!("http://127.0.0.1:{}", closed_port().await);
        assert_eq!(failure(&url, &HttpSettings::default()).await, is(Reason::Connect, "no connection"));
    }

    #[tokio::test]
    async fn a_handshake_that_does_not_end_is_a_timeout() {
        // The backlog takes the connection, and nobody answers the handshake.
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let settings = HttpSettings { connect_timeout: Duration::from_millis(50), ..HttpSettings::default() };
        assert_eq!(failure(&url, &settings).await, is(Reason::Timeout, "no connection within 50ms"));
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_is_connect_and_one_that_talks_nonsense_is_parse() {
        let hung_up = is(Reason::Connect, "the connection broke before an answer came");
        assert_eq!(of_server(|| Reaction::Send(vec![])).await, hung_up);
        let nonsense = is(Reason::Parse, "the answer is not HTTP as it should be");
        assert_eq!(of_server(|| Reaction::Send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec())).await, nonsense);
        let huge = || Reaction::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(100));
        assert_eq!(of_server(huge).await, nonsense);
    }

    /// What a TLS client makes of a server that reads a little, sends `bytes` and hangs up.
    async fn of_plain_server(bytes: &'static [u8]) -> (Reason, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // The whole greeting is read, so that hanging up is no reset.
            assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let outcome = failure(&url, &HttpSettings::default()).await;
        server.await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn a_server_that_knows_no_tls_is_tls() {
        let expected = is(Reason::Tls, "no TLS session");
        assert_eq!(of_plain_server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await, expected);
        assert_eq!(of_plain_server(b"").await, expected);
    }

    #[tokio::test]
    async fn a_proxy_that_fails_is_connect() {
        let proxied = |port: u16| HttpSettings {
            proxy: ProxySettings {
                url: Some(Url::parse(&format!("http://u:hunter4@127.0.0.1:{port}")).unwrap()),
                ..ProxySettings::default()
            },
            ..HttpSettings::default()
        };
        let expected = is(Reason::Connect, "no connection");
        assert_eq!(failure("http://vendor.invalid", &proxied(closed_port().await)).await, expected);
        let refusing = Server::start(|_, _| answer(407, &[], "")).await;
        assert_eq!(failure("https://vendor.invalid", &proxied(refusing.port)).await, expected);
        assert_eq!(refusing.lines(), ["CONNECT vendor.invalid:443"]);
    }

    #[tokio::test]
    async fn a_proxy_is_used_with_its_credentials_and_its_exceptions() {
        let proxy = Server::start(|_, _| answer(200, &[], "from the proxy")).await;
        let direct = Server::start(|_, _| answer(200, &[], "from the server")).await;
        let settings = |no_proxy: Option<&str>| HttpSettings {
            proxy: ProxySettings {
                url: Some(Url::parse(&format!("http://u:p@127.0.0.1:{}", proxy.port)).unwrap()),
                no_proxy: no_proxy.map(str::to_owned),
                from_environment: false,
            },
            ..HttpSettings::default()
        };
        for (no_proxy, body) in [(None, "from the proxy"), (Some("127.0.0.0/8"), "from the server")] {
            let client = direct.client(&settings(no_proxy));
            let reply = caller(&client).call(direct.get("/")).await.unwrap();
            assert_eq!(&*reply.body, body.as_bytes());
        }
        assert_eq!(proxy.received()[0].header("proxy-authorization"), Some("Basic dTpw"));
    }
}
