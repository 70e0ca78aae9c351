//! The `http` block of a target as users could have typed it, what it has from the global one included.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use crate::config::effective::{absolute, duration};
use crate::config::raw_http::{
    RawAuthorization, RawBasicAuth, RawGrantType, RawHeader, RawHttp, RawOAuth2, RawTls,
};
use crate::config::{ByteSize, Located};
use crate::http_client::settings::{
    Authentication, Grant, HttpSettings, OAuth2Settings, PemSource, TlsSettings,
};
use crate::secret::{MASK, Secret, SecretSource};

/// The block that gives `settings`.
pub(crate) fn effective_http(settings: &HttpSettings) -> RawHttp {
    let mut raw = RawHttp {
        http_headers: headers(settings),
        tls_config: Some(Located::unwritten(tls(&settings.tls))),
        proxy_url: settings.proxy.url.as_ref().map(without_credentials).map(Located::unwritten),
        no_proxy: settings.proxy.no_proxy.clone(),
        proxy_from_environment: Some(Located::unwritten(settings.proxy.from_environment)),
        follow_redirects: Some(settings.follow_redirects),
        max_response_bytes: Some(Located::unwritten(ByteSize(settings.max_response_bytes))),
        max_concurrent_requests_per_host: Some(Located::unwritten(settings.max_concurrent_requests_per_host)),
        connect_timeout: Some(duration(settings.connect_timeout)),
        read_timeout: Some(duration(settings.read_timeout)),
        ..RawHttp::default()
    };
    match &settings.authentication {
        Authentication::None => {}
        Authentication::Basic { username, password } => {
            let (password, password_file, password_env) = forms(Some(password));
            let username = username.clone();
            raw.basic_auth =
                Some(Located::unwritten(RawBasicAuth { username, password, password_file, password_env }));
        }
        Authentication::Authorization { scheme, credentials } => {
            let (credentials, credentials_file, credentials_env) = forms(Some(credentials));
            let scheme = Some(scheme.clone());
            let block = RawAuthorization { scheme, credentials, credentials_file, credentials_env };
            raw.authorization = Some(Located::unwritten(block));
        }
        Authentication::OAuth2(settings) => raw.oauth2 = Some(Located::unwritten(oauth2(settings))),
    }
    raw
}

/// The inline, file and environment form of a secret; one of them at most is `Some`.
fn forms(source: Option<&SecretSource>) -> (Option<Secret>, Option<PathBuf>, Option<String>) {
    match source {
        None => (None, None, None),
        Some(SecretSource::Inline(secret)) => (Some(secret.clone()), None, None),
        Some(SecretSource::File(path)) => (None, Some(absolute(path)), None),
        Some(SecretSource::Environment(name)) => (None, None, Some(name.clone())),
    }
}

fn oauth2(settings: &OAuth2Settings) -> RawOAuth2 {
    let (client_secret, client_secret_file, client_secret_env) = forms(settings.client_secret.as_ref());
    let (grant_type, email, password, refresh_token) = match &settings.grant {
        Grant::Password { email, password } => {
            (RawGrantType::Password, Some(email.clone()), Some(password), None)
        }
        Grant::RefreshToken { refresh_token } => {
            (RawGrantType::RefreshToken, None, None, Some(refresh_token))
        }
        Grant::ClientCredentials => (RawGrantType::ClientCredentials, None, None, None),
    };
    let (password, password_file, password_env) = forms(password);
    let (refresh_token, refresh_token_file, refresh_token_env) = forms(refresh_token);
    let params = settings.endpoint_params.iter();
    RawOAuth2 {
        token_url: Located::unwritten(settings.token_url.to_string()),
        grant_type,
        client_id: settings.client_id.clone(),
        client_secret,
        client_secret_file,
        client_secret_env,
        email,
        password,
        password_file,
        password_env,
        refresh_token,
        refresh_token_file,
        refresh_token_env,
        scopes: settings.scopes.clone(),
        endpoint_params: params.map(|(key, value)| (key.clone(), Secret::new(value.as_str()))).collect(),
    }
}

fn headers(settings: &HttpSettings) -> BTreeMap<String, Located<RawHeader>> {
    let mut headers: BTreeMap<String, Located<RawHeader>> = BTreeMap::new();
    for (name, value) in &settings.headers {
        let header =
            headers.entry(name.to_string()).or_insert_with(|| Located::unwritten(RawHeader::default()));
        match value {
            SecretSource::Inline(secret) => header.value.values.push(secret.clone()),
            SecretSource::File(path) => header.value.files.push(absolute(path)),
            SecretSource::Environment(name) => header.value.secret_env = Some(name.clone()),
        }
    }
    headers
}

fn tls(settings: &TlsSettings) -> RawTls {
    let pem = |source: Option<&PemSource>| match source {
        None => (None, None),
        Some(PemSource::Inline(text)) => (Some(text.clone()), None),
        Some(PemSource::File(path)) => (None, Some(absolute(path))),
    };
    let (ca, ca_file) = pem(settings.ca.as_ref());
    let (cert, cert_file) = pem(settings.certificate.as_ref());
    let (key, key_file, key_env) = forms(settings.key.as_ref());
    RawTls {
        ca,
        ca_file,
        cert,
        cert_file,
        key,
        key_file,
        key_env,
        server_name: settings.server_name.clone(),
        insecure_skip_verify: Some(settings.insecure_skip_verify),
        min_version: settings.min_version.map(Into::into),
        max_version: settings.max_version.map(Into::into),
    }
}

/// The URL with a mask in place of user name and password.
fn without_credentials(url: &Url) -> String {
    if url.username().is_empty() && url.password().is_none() {
        return url.to_string();
    }
    let mut bare = url.clone();
    // A URL with credentials has a host, so that they can be taken out.
    let is_bare = bare.set_username("").is_ok() && bare.set_password(None).is_ok();
    match bare.as_str().split_once("://") {
        Some((scheme, rest)) if is_bare => format!("{scheme}://{MASK}@{rest}"),
        _ => MASK.to_owned(),
    }
}
