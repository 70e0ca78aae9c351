//! A vendor's server on loopback that answers from the files of a case.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// One `.http` file: what is asked, and what is answered.
#[derive(Debug)]
struct Exchange {
    method: String,
    path: String,
    query: BTreeSet<(String, String)>,
    request_headers: Vec<(HeaderName, String)>,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// The running server; it ends with the test.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) address: SocketAddr,
    unexpected: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    /// Serves all `.http` files of `folder`.
    pub(crate) async fn serve(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let exchanges = Arc::new(read_exchanges(folder));
        let unexpected = Arc::new(Mutex::new(Vec::new()));
        let notes = unexpected.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (exchanges, notes) = (exchanges.clone(), notes.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &exchanges, &notes));
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    // A client that hangs up is its own business.
                    let _ = connection.await;
                });
            }
        });
        Self { address, unexpected }
    }

    /// Requests that no file answers.
    pub(crate) fn unexpected(&self) -> Vec<String> {
        self.unexpected.lock().unwrap().clone()
    }
}

async fn answer(
    request: Request<Incoming>,
    exchanges: &[Exchange],
    unexpected: &Mutex<Vec<String>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let _ = body.collect().await;
    let query = parse_query(parts.uri.query().unwrap_or(""));
    let found = exchanges.iter().find(|exchange| {
        exchange.method == parts.method.as_str()
            && exchange.path == parts.uri.path()
            && exchange.query.is_subset(&query)
            && exchange.request_headers.iter().all(|(name, value)| {
                parts.headers.get(name).is_some_and(|present| present.as_bytes() == value.as_bytes())
            })
    });
    let Some(exchange) = found else {
        unexpected.lock().unwrap().push(format!("{} {}", parts.method, parts.uri));
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    let mut response = Response::new(Full::new(exchange.body.clone()));
    *response.status_mut() = exchange.status;
    *response.headers_mut() = exchange.headers.clone();
    Ok(response)
}

fn parse_query(query: &str) -> BTreeSet<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn read_exchanges(folder: &Path) -> Vec<Exchange> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .map(|path| parse(path))
        .collect()
}

/// Reads comment lines, the request line and its headers, the status and its headers, an empty line, the body.
fn parse(path: &Path) -> Exchange {
    let content = std::fs::read(path).unwrap();
    let complain = |what: &str| -> ! { panic!("{}: {what}", path.display()) };
    let end = content.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((&content[..], &b""[..]), |end| (&content[..end], &content[end + 2..]));
    let head = std::str::from_utf8(head).unwrap_or_else(|_| complain("the head is not UTF-8"));
    let mut lines = head.lines().filter(|line| !line.starts_with('#'));
    let (method, target) =
        lines.next().and_then(|line| line.split_once(' ')).unwrap_or_else(|| complain("no request line"));
    let (path_only, query) = target.split_once('?').unwrap_or((target, ""));
    let (mut request_headers, mut status, mut headers) = (Vec::new(), None, HeaderMap::new());
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            let name: HeaderName = name.trim().parse().unwrap_or_else(|_| complain("a header name"));
            if status.is_none() {
                request_headers.push((name, value.trim().to_owned()));
            } else {
                headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
            }
        } else {
            let code = line.trim().parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
            status = Some(code.unwrap_or_else(|| complain("a status")));
        }
    }
    Exchange {
        method: method.to_owned(),
        path: path_only.to_owned(),
        query: parse_query(query),
        request_headers,
        status: status.unwrap_or_else(|| complain("no status")),
        headers,
        body: Bytes::copy_from_slice(body),
    }
}
