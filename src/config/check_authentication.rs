//! Checks how requests prove who they are.

use std::path::Path;

use url::Url;

use crate::config::problem::Report;
use crate::config::raw_http::{RawAuthorization, RawBasicAuth, RawGrantType, RawHttp, RawOAuth2};
use crate::http_client::settings::{Authentication, Grant, OAuth2Settings};
use crate::secret::{Secret, SecretSource};

/// The one way of authentication that a block gives; `None` if it gives none, or a wrong one.
pub(crate) fn check_authentication(
    report: &mut Report<'_, '_>,
    raw: &RawHttp,
    directory: &Path,
) -> Option<Authentication> {
    let basic = raw.basic_auth.as_ref().map(|given| (given.location, "basic_auth"));
    let authorization = raw.authorization.as_ref().map(|given| (given.location, "authorization"));
    let oauth2 = raw.oauth2.as_ref().map(|given| (given.location, "oauth2"));
    let mut given = [basic, authorization, oauth2].into_iter().flatten();
    if let (Some((_, first)), Some((location, second))) = (given.next(), given.next()) {
        report.at(
            location,
            format!("{second} cannot go together with {first}: a request has one authentication"),
        );
        return None;
    }
    if let Some(given) = &raw.basic_auth {
        return report.check(given.location, basic_auth(given, directory));
    }
    if let Some(given) = &raw.authorization {
        return report.check(given.location, authorization_header(given, directory));
    }
    let given = raw.oauth2.as_ref()?;
    let token_url = report.check(given.token_url.location, check_token_url(&given.token_url));
    let settings = report.check(given.location, oauth2_settings(given, token_url?, directory))?;
    Some(Authentication::OAuth2(Box::new(settings)))
}

fn basic_auth(raw: &RawBasicAuth, directory: &Path) -> Result<Authentication, String> {
    if raw.username.contains(':') {
        return Err(
            "username cannot hold a colon: the server would take what follows for the password".to_owned()
        );
    }
    let password = secret(
        "password",
        (raw.password.as_ref(), raw.password_file.as_deref(), raw.password_env.as_deref()),
        directory,
    )?;
    Ok(Authentication::Basic {
        username: raw.username.clone(),
        password: password.ok_or_else(|| missing("basic_auth", "password"))?,
    })
}

fn authorization_header(raw: &RawAuthorization, directory: &Path) -> Result<Authentication, String> {
    let scheme = raw.scheme.clone().unwrap_or_else(|| "Bearer".to_owned());
    if scheme.eq_ignore_ascii_case("basic") {
        return Err("authorization cannot have the type Basic; use basic_auth".to_owned());
    }
    if scheme.is_empty()
        || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
    {
        return Err(format!("{scheme:?} is not a type of authorization; write it like Bearer"));
    }
    let credentials = secret(
        "credentials",
        (raw.credentials.as_ref(), raw.credentials_file.as_deref(), raw.credentials_env.as_deref()),
        directory,
    )?;
    Ok(Authentication::Authorization {
        scheme,
        credentials: credentials.ok_or_else(|| missing("authorization", "credentials"))?,
    })
}

fn check_token_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("token_url is not a URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("token_url is an http or https URL with a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("token_url cannot carry credentials; use client_id and client_secret".to_owned());
    }
    Ok(url)
}

fn oauth2_settings(raw: &RawOAuth2, token_url: Url, directory: &Path) -> Result<OAuth2Settings, String> {
    let client_secret = secret(
        "client_secret",
        (raw.client_secret.as_ref(), raw.client_secret_file.as_deref(), raw.client_secret_env.as_deref()),
        directory,
    )?;
    let grant = grant(raw, directory)?;
    if matches!(grant, Grant::ClientCredentials) && client_secret.is_none() {
        return Err(missing("grant_type client_credentials", "client_secret"));
    }
    let endpoint_params = raw.endpoint_params.iter();
    Ok(OAuth2Settings {
        token_url,
        grant,
        client_id: raw.client_id.clone(),
        client_secret,
        scopes: raw.scopes.clone(),
        endpoint_params: endpoint_params
            .map(|(key, value)| (key.clone(), value.expose().to_owned()))
            .collect(),
    })
}

/// The grant, if what it needs is there and what it has no use for is not.
fn grant(raw: &RawOAuth2, directory: &Path) -> Result<Grant, String> {
    let password = secret(
        "password",
        (raw.password.as_ref(), raw.password_file.as_deref(), raw.password_env.as_deref()),
        directory,
    )?;
    let refresh_token = secret(
        "refresh_token",
        (raw.refresh_token.as_ref(), raw.refresh_token_file.as_deref(), raw.refresh_token_env.as_deref()),
        directory,
    )?;
    let (name, unused) = match raw.grant_type {
        RawGrantType::Password => ("password", refresh_token.as_ref().map(|_| "refresh_token")),
        RawGrantType::RefreshToken => ("refresh_token", password.as_ref().map(|_| "password")),
        RawGrantType::ClientCredentials => {
            let unused = password.as_ref().map(|_| "password");
            ("client_credentials", unused.or(refresh_token.as_ref().map(|_| "refresh_token")))
        }
    };
    if let Some(unused) = unused {
        return Err(format!("grant_type {name} has no use for {unused}; is the grant_type right?"));
    }
    let missing = |key: &str| missing(&format!("grant_type {name}"), key);
    Ok(match raw.grant_type {
        RawGrantType::Password => Grant::Password {
            email: raw.email.clone().ok_or_else(|| format!("grant_type {name} needs email"))?,
            password: password.ok_or_else(|| missing("password"))?,
        },
        RawGrantType::RefreshToken => {
            Grant::RefreshToken { refresh_token: refresh_token.ok_or_else(|| missing("refresh_token"))? }
        }
        RawGrantType::ClientCredentials => Grant::ClientCredentials,
    })
}

/// A secret's inline, file and environment form.
type Forms<'a> = (Option<&'a Secret>, Option<&'a Path>, Option<&'a str>);

fn secret(key: &str, forms: Forms<'_>, directory: &Path) -> Result<Option<SecretSource>, String> {
    let (inline, file, environment) = forms;
    SecretSource::from_forms(key, inline.cloned(), file, environment, directory)
}

fn missing(what: &str, key: &str) -> String {
    format!("{what} needs one of {key}, {key}_file and {key}_env")
}
