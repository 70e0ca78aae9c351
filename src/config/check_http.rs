//! Checks the `http` block, and lays a target's over the global one.

use std::path::Path;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde_saphyr::Location;
use url::Url;

use crate::config::check_authentication::check_authentication;
use crate::config::problem::Report;
use crate::config::raw_http::{RawHeader, RawHttp, RawTls};
use crate::config::{HumanDuration, Located};
use crate::http_client::settings::{
    Authentication, HttpSettings, PemSource, ProxySettings, TlsSettings, TlsVersion,
};
use crate::secret::SecretSource;

/// Headers that the client sets itself, or that have a block of their own.
const RESERVED_HEADERS: [&str; 15] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A checked `http` block in which `None` means that nothing was said.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpOptions {
    authentication: Option<Authentication>,
    headers: Vec<(HeaderName, SecretSource)>,
    tls: TlsOptions,
    proxy: Option<ProxySettings>,
    follow_redirects: Option<bool>,
    max_response_bytes: Option<usize>,
    max_concurrent_requests_per_host: Option<usize>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
}

/// A checked `tls_config` block in which `None` means that nothing was said.
#[derive(Clone, Debug, Default)]
struct TlsOptions {
    ca: Option<PemSource>,
    identity: Option<(PemSource, SecretSource)>,
    server_name: Option<String>,
    insecure_skip_verify: Option<bool>,
    min_version: Option<TlsVersion>,
    max_version: Option<TlsVersion>,
}

impl HttpOptions {
    /// Checks a block; relative paths are resolved against `directory`.
    pub(crate) fn check(report: &mut Report<'_, '_>, raw: &Located<RawHttp>, directory: &Path) -> Self {
        Self {
            authentication: check_authentication(report, raw, directory),
            headers: check_headers(report, raw, directory),
            tls: raw
                .tls_config
                .as_ref()
                .map(|tls| TlsOptions::check(report, tls, directory))
                .unwrap_or_default(),
            proxy: check_proxy(report, raw),
            follow_redirects: raw.follow_redirects,
            max_response_bytes: raw.max_response_bytes.map(|size| {
                at_least_one(report, "max_response_bytes", size.location, size.value.0);
                size.value.0
            }),
            max_concurrent_requests_per_host: raw.max_concurrent_requests_per_host.map(|number| {
                at_least_one(report, "max_concurrent_requests_per_host", number.location, number.value);
                number.value
            }),
            connect_timeout: limit(report, "connect_timeout", raw.connect_timeout),
            read_timeout: limit(report, "read_timeout", raw.read_timeout),
        }
    }

    /// These options, and where they say nothing, the `defaults`.
    pub(crate) fn over(mut self, defaults: &Self) -> Self {
        let defaults = defaults.clone();
        let inherited =
            defaults.headers.into_iter().filter(|(name, _)| self.headers.iter().all(|(own, _)| own != name));
        let inherited: Vec<_> = inherited.collect();
        self.headers.splice(0..0, inherited);
        Self {
            authentication: self.authentication.or(defaults.authentication),
            headers: self.headers,
            tls: self.tls.over(defaults.tls),
            proxy: self.proxy.or(defaults.proxy),
            follow_redirects: self.follow_redirects.or(defaults.follow_redirects),
            max_response_bytes: self.max_response_bytes.or(defaults.max_response_bytes),
            max_concurrent_requests_per_host: self
                .max_concurrent_requests_per_host
                .or(defaults.max_concurrent_requests_per_host),
            connect_timeout: self.connect_timeout.or(defaults.connect_timeout),
            read_timeout: self.read_timeout.or(defaults.read_timeout),
        }
    }

    /// The settings of a target; complains at `location` about what does not go together.
    pub(crate) fn finish(self, report: &mut Report<'_, '_>, location: Location) -> HttpSettings {
        let defaults = HttpSettings::default();
        if self.tls.min_version.zip(self.tls.max_version).is_some_and(|(min, max)| min > max) {
            report.at(location, "tls_config: min_version is above max_version");
        }
        HttpSettings {
            authentication: self.authentication.unwrap_or(defaults.authentication),
            headers: self.headers,
            tls: self.tls.finish(),
            proxy: self.proxy.unwrap_or(defaults.proxy),
            follow_redirects: self.follow_redirects.unwrap_or(defaults.follow_redirects),
            max_response_bytes: self.max_response_bytes.unwrap_or(defaults.max_response_bytes),
            max_concurrent_requests_per_host: self
                .max_concurrent_requests_per_host
                .unwrap_or(defaults.max_concurrent_requests_per_host),
            connect_timeout: self.connect_timeout.unwrap_or(defaults.connect_timeout),
            read_timeout: self.read_timeout.unwrap_or(defaults.read_timeout),
        }
    }
}

impl TlsOptions {
    fn check(report: &mut Report<'_, '_>, raw: &Located<RawTls>, directory: &Path) -> Self {
        let at = raw.location;
        let ca = pem("ca", raw.ca.as_ref(), raw.ca_file.as_deref(), directory);
        let certificate = pem("cert", raw.cert.as_ref(), raw.cert_file.as_deref(), directory);
        let (file, environment) = (raw.key_file.as_deref(), raw.key_env.as_deref());
        let key = SecretSource::from_forms("key", raw.key.clone(), file, environment, directory);
        let (ca, certificate, key) =
            (report.check(at, ca), report.check(at, certificate), report.check(at, key));
        let identity = match (certificate.flatten(), key.flatten()) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (certificate, _) => {
                let (given, missing) = if certificate.is_some() { ("cert", "key") } else { ("key", "cert") };
                report.at(
                    at,
                    format!("{given} is of no use without {missing}; a client certificate needs both"),
                );
                None
            }
        };
        Self {
            ca: ca.flatten(),
            identity,
            server_name: raw.server_name.clone(),
            insecure_skip_verify: raw.insecure_skip_verify,
            min_version: raw.min_version.map(TlsVersion::from),
            max_version: raw.max_version.map(TlsVersion::from),
        }
    }

    fn over(self, defaults: Self) -> Self {
        Self {
            ca: self.ca.or(defaults.ca),
            identity: self.identity.or(defaults.identity),
            server_name: self.server_name.or(defaults.server_name),
            insecure_skip_verify: self.insecure_skip_verify.or(defaults.insecure_skip_verify),
            min_version: self.min_version.or(defaults.min_version),
            max_version: self.max_version.or(defaults.max_version),
        }
    }

    fn finish(self) -> TlsSettings {
        let (certificate, key) = self.identity.unzip();
        TlsSettings {
            ca: self.ca,
            certificate,
            key,
            server_name: self.server_name,
            insecure_skip_verify: self.insecure_skip_verify.unwrap_or(false),
            min_version: self.min_version,
            max_version: self.max_version,
        }
    }
}

/// Which of the two forms of a PEM key is in use.
fn pem(
    key: &str,
    inline: Option<&String>,
    file: Option<&Path>,
    directory: &Path,
) -> Result<Option<PemSource>, String> {
    match (inline, file) {
        (None, None) => Ok(None),
        (Some(text), None) => Ok(Some(PemSource::Inline(text.clone()))),
        (None, Some(file)) => Ok(Some(PemSource::File(directory.join(file)))),
        (Some(_), Some(_)) => Err(format!("only one of {key} and {key}_file can be given")),
    }
}

fn at_least_one(report: &mut Report<'_, '_>, key: &str, at: Location, number: usize) {
    if number == 0 {
        report.at(at, format!("{key} is at least 1"));
    }
}

fn limit(report: &mut Report<'_, '_>, key: &str, given: Option<Located<HumanDuration>>) -> Option<Duration> {
    let given = given?;
    if given.value.0.is_zero() {
        report.at(given.location, format!("{key} is above 0s"));
    }
    Some(given.value.0)
}

/// Every header, several values of one in their order.
fn check_headers(
    report: &mut Report<'_, '_>,
    raw: &RawHttp,
    directory: &Path,
) -> Vec<(HeaderName, SecretSource)> {
    let mut headers: Vec<(HeaderName, SecretSource)> = Vec::new();
    for (name, header) in &raw.http_headers {
        let Some(name) = report.check(header.location, check_header_name(name)) else { continue };
        if headers.iter().any(|(other, _)| *other == name) {
            report.at(header.location, format!("the header {name} is given twice"));
        }
        let values = report.check(header.location, check_header_values(&name, header, directory));
        headers.extend(values.into_iter().flatten().map(|value| (name.clone(), value)));
    }
    headers
}

fn check_header_name(name: &str) -> Result<HeaderName, String> {
    let checked: HeaderName = name.parse().map_err(|_| format!("{name:?} is not a header name"))?;
    if RESERVED_HEADERS.contains(&checked.as_str()) {
        let hint = if checked == http::header::AUTHORIZATION {
            "; use basic_auth, authorization or oauth2"
        } else {
            ""
        };
        return Err(format!("the header {name} cannot be set{hint}"));
    }
    Ok(checked)
}

fn check_header_values(
    name: &HeaderName,
    raw: &RawHeader,
    directory: &Path,
) -> Result<Vec<SecretSource>, String> {
    let (file, environment) = (raw.secret_file.as_deref(), raw.secret_env.as_deref());
    let single = SecretSource::from_forms("secret", raw.secret.clone(), file, environment, directory)?;
    let inline = raw.values.iter().chain(&raw.secrets).cloned().map(SecretSource::Inline);
    let files = raw.files.iter().map(|file| SecretSource::File(directory.join(file)));
    let values: Vec<_> = single.into_iter().chain(inline).chain(files).collect();
    if values.is_empty() {
        return Err(format!(
            "the header {name} has no value; give it secret, secret_file, secret_env, values or files"
        ));
    }
    let is_fit = |value: &SecretSource| match value {
        SecretSource::Inline(secret) => HeaderValue::from_str(secret.expose()).is_ok(),
        SecretSource::File(_) | SecretSource::Environment(_) => true,
    };
    if !values.iter().all(is_fit) {
        return Err(format!("a value of the header {name} has characters that no header can carry"));
    }
    Ok(values)
}

/// The proxy's keys belong together: a target that gives one of them does without the global ones.
fn check_proxy(report: &mut Report<'_, '_>, raw: &RawHttp) -> Option<ProxySettings> {
    let url = raw.proxy_url.as_ref().and_then(|url| report.check(url.location, check_proxy_url(url)));
    let from_environment = raw.proxy_from_environment.is_some_and(|given| given.value);
    if let Some(given) = raw.proxy_from_environment.filter(|given| given.value)
        && (raw.proxy_url.is_some() || raw.no_proxy.is_some())
    {
        report.at(given.location, "proxy_from_environment goes neither with proxy_url nor with no_proxy");
    }
    let is_given = raw.proxy_url.is_some() || raw.no_proxy.is_some() || raw.proxy_from_environment.is_some();
    is_given.then(|| ProxySettings { url, no_proxy: raw.no_proxy.clone(), from_environment })
}

fn check_proxy_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("proxy_url is not a URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || !url.has_host() {
        return Err("proxy_url is an http, https, socks5 or socks5h URL with a host".to_owned());
    }
    Ok(url)
}
