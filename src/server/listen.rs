//! Where the server listens.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// An address to listen on, as `--web.listen-address` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// `:10064`: this port on all interfaces, IPv6 and IPv4.
    AllInterfaces(u16),
    /// `host:port` or `[::1]:port`.
    Host(String),
    /// `unix:/path`.
    Unix(PathBuf),
}

/// Why nothing listens there.
#[derive(Debug, Error)]
#[error("listen on {address}")]
pub struct BindError {
    address: ListenAddress,
    source: io::Error,
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err("a Unix socket needs a path: unix:/path".to_owned()),
                path => Ok(Self::Unix(path.into())),
            };
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err("an address is :PORT, HOST:PORT or unix:/path".to_owned());
        };
        let port: u16 = port.parse().map_err(|_| format!("{port:?} is not a port between 0 and 65535"))?;
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        if host.contains(':') && !is_bracketed {
            return Err("an IPv6 address needs brackets: [::1]:PORT".to_owned());
        }
        Ok(if host.is_empty() { Self::AllInterfaces(port) } else { Self::Host(text.to_owned()) })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllInterfaces(port) => write!(formatter, ":{port}"),
            Self::Host(text) => formatter.write_str(text),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// An accepted connection.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The file of a Unix socket, removed when the socket is no longer listened on.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Listener {
    pub(super) async fn bind(address: &ListenAddress) -> Result<Self, BindError> {
        let bound = match address {
            ListenAddress::AllInterfaces(port) => bind_all_interfaces(*port).await.map(Self::Tcp),
            ListenAddress::Host(text) => TcpListener::bind(text).await.map(Self::Tcp),
            ListenAddress::Unix(path) => {
                bind_unix(path).await.map(|socket| Self::Unix(socket, SocketFile(path.clone())))
            }
        };
        bound.map_err(|source| BindError { address: address.clone(), source })
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                // Answers are written whole; waiting for more to send would only delay their end.
                stream.set_nodelay(true).ok();
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(socket, _) => Ok(Stream::Unix(socket.accept().await?.0)),
        }
    }

    /// The address it really listens on: `127.0.0.1:10064`, `[::]:10064` or `unix:/path`.
    pub(super) fn local_address(&self) -> String {
        match self {
            Self::Tcp(socket) => socket.local_addr().map_or_else(|_| "?".to_owned(), |at| at.to_string()),
            Self::Unix(_, SocketFile(path)) => ListenAddress::Unix(path.clone()).to_string(),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "The socket's file could not be removed.");
        }
    }
}

/// An IPv6 socket takes IPv4 too; machines without IPv6 get an IPv4 socket.
async fn bind_all_interfaces(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await.map_err(|_| error)
        }
        bound => bound,
    }
}

/// Binds a Unix socket; the file that a process left behind when it was killed is replaced.
async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path).await => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    }
}

/// Whether the file is a socket that nobody listens on.
async fn is_stale(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).await.err().is_some_and(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let cases = [
            (":10064", ListenAddress::AllInterfaces(10_064)),
            ("127.0.0.1:80", ListenAddress::Host("127.0.0.1:80".into())),
            ("localhost:0", ListenAddress::Host("localhost:0".into())),
            ("[::1]:0", ListenAddress::Host("[::1]:0".into())),
            ("unix:/run/x.sock", ListenAddress::Unix("/run/x.sock".into())),
        ];
        for (text, address) in cases {
            assert_eq!(text.parse(), Ok(address.clone()));
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let cases = [
            ("10064", "an address is :PORT, HOST:PORT or unix:/path"),
            ("", "an address is :PORT, HOST:PORT or unix:/path"),
            (":http", "\"http\" is not a port between 0 and 65535"),
            (":70000", "\"70000\" is not a port between 0 and 65535"),
            ("::1:80", "an IPv6 address needs brackets: [::1]:PORT"),
            ("unix:", "a Unix socket needs a path: unix:/path"),
        ];
        for (text, reason) in cases {
            assert_eq!(text.parse::<ListenAddress>(), Err(reason.into()), "{text}");
        }
    }
}
