//! The messages of an OAuth 2 token endpoint, pure: RFC 6749, sections 4 to 6, in Comm100's spelling where it differs.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::http_client::authentication::read;
use crate::http_client::settings::{Grant, OAuth2Settings};
use crate::http_client::{Exchange, Failure, Reason, Reply};
use crate::secret::Secret;

/// The `endpoint` label of token requests.
const ENDPOINT: &str = "token";

/// Error codes of RFC 6749, section 5.2: the only words of the answer that reach a log.
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// What a token endpoint granted. Its `Debug` shows no token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) access_token: Secret,
    /// How long the token is good for; `None` where the server does not say, or says nothing sensible.
    pub(crate) expires_in: Option<Duration>,
    pub(crate) refresh_token: Option<Secret>,
}

/// The request for a first token.
///
/// # Errors
/// [`Reason::Unauthorized`] where a secret cannot be read.
pub(crate) fn first(settings: &OAuth2Settings) -> Result<Exchange, Failure> {
    match &settings.grant {
        Grant::Password { email, password } => {
            let password = read(password)?;
            request(
                settings,
                &[("grant_type", "password"), ("email", email), ("password", password.expose())],
            )
        }
        Grant::RefreshToken { refresh_token } => refresh(settings, &read(refresh_token)?),
        Grant::ClientCredentials => request(settings, &[("grant_type", "client_credentials")]),
    }
}

/// The request for the next token.
///
/// # Errors
/// [`Reason::Unauthorized`] where a secret cannot be read.
pub(crate) fn refresh(settings: &OAuth2Settings, refresh_token: &Secret) -> Result<Exchange, Failure> {
    request(settings, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())])
}

fn request(settings: &OAuth2Settings, grant: &[(&str, &str)]) -> Result<Exchange, Failure> {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(grant).append_pair("client_id", &settings.client_id);
    if let Some(secret) = &settings.client_secret {
        form.append_pair("client_secret", read(secret)?.expose());
    }
    if !settings.scopes.is_empty() {
        form.append_pair("scope", &settings.scopes.join(" "));
    }
    form.extend_pairs(&settings.endpoint_params);
    let mut exchange = Exchange::get(ENDPOINT, settings.token_url.clone())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    exchange.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    exchange.method = Method::POST;
    exchange.body = Bytes::from(form.finish());
    exchange.authenticate = false;
    Ok(exchange)
}

/// What the server granted.
///
/// # Errors
/// [`Reason::Unauthorized`] for 400, 401 and 403; [`Reason::HttpStatus`] for a URL that is no token endpoint, other
/// statuses as [`Reply::success`] has them; [`Reason::Parse`] for an answer without a token.
pub(crate) fn parse(reply: Reply) -> Result<Granted, Failure> {
    if matches!(reply.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(refusal(&reply));
    }
    let reply = reply.success().map_err(|mut failure| {
        // A missing token endpoint must not look like a call that this edition of the product lacks.
        if failure.reason == Reason::NotSupported {
            failure.reason = Reason::HttpStatus;
        }
        failure
    })?;
    let Ok(Value::Object(answer)) = serde_json::from_slice(&reply.body) else {
        let kind = if reply.is_html() { "an HTML page" } else { "something else" };
        return Err(Failure::parse(format!("the server answered {kind}, not a JSON object")));
    };
    let text = |key| answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Secret::new);
    let access_token =
        text("access_token").ok_or_else(|| Failure::parse("the answer has no access_token"))?;
    let expires_in = answer.get("expires_in").and_then(seconds);
    Ok(Granted { access_token, expires_in, refresh_token: text("refresh_token") })
}

fn refusal(reply: &Reply) -> Failure {
    let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let error = answer.as_ref().and_then(|answer| answer.get("error")?.as_str());
    let error = ERRORS.into_iter().find(|known| Some(*known) == error);
    let error = error.map(|error| format!(" ({error})")).unwrap_or_default();
    Failure::new(Reason::Unauthorized, format!("the server answered {}{error}", reply.status))
}

/// A lifetime above zero, as number or as text; a year is long enough for every token.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(366.0 * 86_400.0)))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use url::Url;

    use super::*;
    use crate::secret::SecretSource;

    fn secret(text: &str) -> SecretSource {
        SecretSource::Inline(Secret::new(text))
    }

    fn settings(grant: Grant) -> OAuth2Settings {
        OAuth2Settings {
            token_url: Url::parse("https://dash.example.com/oauth/token").unwrap(),
            grant,
            client_id: "5a2f".to_owned(),
            client_secret: None,
            scopes: vec![],
            endpoint_params: vec![],
        }
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn each_grant_has_its_form() {
        let password = settings(Grant::Password {
            email: "monitor@example.com".to_owned(),
            password: secret("a&b=c d"),
        });
        let refresh = settings(Grant::RefreshToken { refresh_token: secret("r1") });
        let client = OAuth2Settings {
            client_secret: Some(secret("s/1")),
            scopes: vec!["queues".to_owned(), "agents".to_owned()],
            endpoint_params: vec![("audience".to_owned(), "chat".to_owned())],
            ..settings(Grant::ClientCredentials)
        };
        let cases = [
            (password, "grant_type=password&email=monitor%40example.com&password=a%26b%3Dc+d&client_id=5a2f"),
            (refresh, "grant_type=refresh_token&refresh_token=r1&client_id=5a2f"),
            (
                client,
                "grant_type=client_credentials&client_id=5a2f&client_secret=s%2F1&scope=queues+agents&audience=chat",
            ),
        ];
        for (settings, body) in cases {
            let exchange = first(&settings).unwrap();
            assert_eq!(exchange.body, body);
            assert_eq!((exchange.method, exchange.authenticate), (Method::POST, false));
            assert_eq!(exchange.headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        }
    }

    #[test]
    fn lifetimes_come_in_several_spellings() {
        let cases = [
            ("43199", Some(43_199)),
            ("\"43199\"", Some(43_199)),
            ("7200.0", Some(7_200)),
            ("1e300", Some(366 * 86_400)),
            ("0", None),
            ("-1", None),
            ("null", None),
            ("\"soon\"", None),
            ("\"NaN\"", None),
        ];
        for (text, seconds) in cases {
            let body = format!("{{\"access_token\":\"t\",\"refresh_token\":\"\",\"expires_in\":{text}}}");
            let granted = Granted {
                access_token: Secret::new("t"),
                expires_in: seconds.map(Duration::from_secs),
                refresh_token: None,
            };
            assert_eq!(parse(reply(200, &body)).unwrap(), granted, "{text}");
        }
    }

    #[test]
    fn refusals_and_nonsense_have_their_classes_and_repeat_nothing() {
        let cases = [
            (
                400,
                r#"{"error":"invalid_grant","error_description":"hunter2"}"#,
                Reason::Unauthorized,
                "the server answered 400 Bad Request (invalid_grant)",
            ),
            (401, r#"{"error":"hunter2"}"#, Reason::Unauthorized, "the server answered 401 Unauthorized"),
            (403, "hunter2", Reason::Unauthorized, "the server answered 403 Forbidden"),
            (404, "", Reason::HttpStatus, "the server answered 404 Not Found"),
            (429, "", Reason::RateLimited, "the server answered 429 Too Many Requests"),
            (502, "", Reason::HttpStatus, "the server answered 502 Bad Gateway"),
            (200, "<html>hunter2", Reason::Parse, "the server answered an HTML page, not a JSON object"),
            (200, "[\"hunter2\"]", Reason::Parse, "the server answered something else, not a JSON object"),
            (200, r#"{"access_token":""}"#, Reason::Parse, "the answer has no access_token"),
        ];
        for (status, body, reason, message) in cases {
            let failure = parse(reply(status, body)).unwrap_err();
            assert_eq!((failure.reason, failure.to_string().as_str()), (reason, message));
        }
    }

    #[test]
    fn no_token_is_printed() {
        let body = r#"{"access_token":"hunter2","refresh_token":"hunter2","expires_in":60}"#;
        assert_eq!(
            format!("{:?}", parse(reply(200, body)).unwrap()),
            "Granted { access_token: <redacted>, expires_in: Some(60s), refresh_token: Some(<redacted>) }"
        );
    }
}
