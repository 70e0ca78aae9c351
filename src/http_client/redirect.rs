//! Where a redirect leads, and whether we go there.

use http::{Method, StatusCode, header};
use url::Url;

use crate::http_client::exchange::origin;
use crate::http_client::{Failure, Reason, Reply};

/// Redirects that are followed in a row.
pub(crate) const MOST: usize = 5;

/// The URL that an answer to a request for `current` leads to; `None` for answers that are no redirect.
///
/// # Errors
/// [`Reason::Redirect`] for a target that is no URL, and for one that is less protected than `current`.
pub(crate) fn target(method: &Method, current: &Url, reply: &Reply) -> Result<Option<Url>, Failure> {
    let followed = matches!(
        reply.status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let Some(location) = reply.headers.get(header::LOCATION).filter(|_| followed && method == Method::GET)
    else {
        return Ok(None);
    };
    let target = location.to_str().ok().and_then(|text| current.join(text).ok());
    let Some(mut target) = target.filter(Url::has_host) else {
        return Err(Failure::new(
            Reason::Redirect,
            format!("the server answered {} to nowhere", reply.status),
        ));
    };
    match (current.scheme(), target.scheme()) {
        (one, other) if one == other => {}
        ("http", "https") => {}
        _ => {
            let detail = format!(
                "the server answered {} to {}, which is not followed from {}",
                reply.status,
                origin(&target),
                current.scheme()
            );
            return Err(Failure::new(Reason::Redirect, detail));
        }
    }
    // Credentials in a Location are the server's idea, not the configuration's.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    Ok(Some(target))
}

/// Whether two URLs share host and port, the condition for sending credentials and configured headers along.
pub(crate) fn same_host(one: &Url, other: &Url) -> bool {
    one.host() == other.host() && one.port_or_known_default() == other.port_or_known_default()
}

/// The chain is too long.
pub(crate) fn too_many() -> Failure {
    Failure::new(Reason::Redirect, format!("more than {MOST} redirects in a row"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn outcome(
        method: &Method,
        from: &str,
        status: u16,
        location: Option<&str>,
    ) -> Result<Option<String>, String> {
        let location = location.map(|text| (header::LOCATION, HeaderValue::from_str(text).unwrap()));
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: location.into_iter().collect::<HeaderMap>(),
            body: Bytes::new(),
        };
        target(method, &Url::parse(from).unwrap(), &reply)
            .map(|target| target.map(String::from))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn only_a_get_is_redirected_and_never_to_less_protection() {
        let (get, from) = (&Method::GET, "https://a.example.com/x/y?z");
        let cases = [
            (get, from, 302, Some("/login?to=1"), Ok(Some("https://a.example.com/login?to=1"))),
            (get, from, 308, Some("w"), Ok(Some("https://a.example.com/x/w"))),
            (get, from, 301, Some("https://u:p@b.example.com/"), Ok(Some("https://b.example.com/"))),
            (get, "http://a/", 307, Some("https://a/"), Ok(Some("https://a/"))),
            (get, from, 200, Some("/login"), Ok(None)),
            (get, from, 304, Some("/login"), Ok(None)),
            (get, from, 302, None, Ok(None)),
            (&Method::POST, from, 302, Some("/login"), Ok(None)),
            (
                get,
                from,
                302,
                Some("http://a.example.com/login?t=hunter2"),
                Err(
                    "the server answered 302 Found to http://a.example.com, which is not followed from https",
                ),
            ),
            (get, from, 302, Some("file:///etc/passwd"), Err("the server answered 302 Found to nowhere")),
            (get, from, 302, Some("https://["), Err("the server answered 302 Found to nowhere")),
        ];
        for (method, from, status, location, expected) in cases {
            let expected = expected.map(|url| url.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(outcome(method, from, status, location), expected, "{from} {location:?}");
        }
    }

    #[test]
    fn host_and_port_decide_who_gets_credentials() {
        let cases = [
            ("https://a/", "https://a:443/x", true),
            ("https://a/", "https://b/", false),
            ("https://a/", "https://a:8443/", false),
            ("http://a/", "https://a/", false),
        ];
        for (one, other, same) in cases {
            let (one, other) = (Url::parse(one).unwrap(), Url::parse(other).unwrap());
            assert_eq!(same_host(&one, &other), same, "{one} {other}");
        }
    }
}
