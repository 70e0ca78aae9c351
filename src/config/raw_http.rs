//! The `http` block as users type it, with the names of Prometheus' `http_config`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{ByteSize, HumanDuration, Located};
use crate::http_client::settings::TlsVersion;
use crate::secret::Secret;

/// How a vendor is reached.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawHttp {
    /// HTTP Basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<Located<RawBasicAuth>>,
    /// An `Authorization` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Located<RawAuthorization>>,
    /// A token from an OAuth 2 token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<Located<RawOAuth2>>,
    /// Further request headers by name; their values are kept out of every output.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub http_headers: BTreeMap<String, Located<RawHeader>>,
    /// TLS towards the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<Located<RawTls>>,
    /// The proxy for all requests, `http`, `https` or `socks5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<Located<String>>,
    /// Hosts reached without the proxy, separated by commas: names, suffixes with a leading dot, addresses, networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment hold; not together with `proxy_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_from_environment: Option<Located<bool>>,
    /// Whether redirects are followed; false if left out, since a redirect usually leads to a login page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_redirects: Option<bool>,
    /// Largest accepted answer after decompression; 4MiB if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response_bytes: Option<Located<ByteSize>>,
    /// Requests at once towards one host; 8 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_concurrent_requests_per_host: Option<Located<usize>>,
    /// Longest time to connect, TLS included; 5s if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout: Option<Located<HumanDuration>>,
    /// Longest silence while an answer is awaited or read; 10s if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_timeout: Option<Located<HumanDuration>>,
}

/// HTTP Basic authentication.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBasicAuth {
    /// User name or e-mail address.
    pub username: String,
    /// Password or API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds the password; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The environment variable that holds the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
}

/// An `Authorization` header.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAuthorization {
    /// The scheme; `Bearer` if left out.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// What follows the scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Secret>,
    /// A file that holds the credentials; read again when they are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
    /// The environment variable that holds the credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_env: Option<String>,
}

/// A token from an OAuth 2 token endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawOAuth2 {
    /// The token endpoint.
    pub token_url: Located<String>,
    /// What is presented there; `client_credentials` if left out.
    #[serde(default)]
    pub grant_type: RawGrantType,
    /// Client identifier.
    pub client_id: String,
    /// Client secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// A file that holds the client secret; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// The environment variable that holds the client secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_env: Option<String>,
    /// E-mail address of the user, for the password grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Password of the user, for the password grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file that holds the password; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The environment variable that holds the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// The first refresh token, for the refresh token grant; a rotated one is kept in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// A file that holds the refresh token; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_file: Option<PathBuf>,
    /// The environment variable that holds the refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_env: Option<String>,
    /// Scopes asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Further form parameters of the token request; their values are kept out of every output.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoint_params: BTreeMap<String, Secret>,
}

/// What is presented at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawGrantType {
    /// E-mail address and password of a user.
    Password,
    /// A long-lived refresh token.
    RefreshToken,
    /// Client identifier and client secret.
    #[default]
    ClientCredentials,
}

/// Values of one request header; a header with several values is sent several times.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawHeader {
    /// A value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// A file that holds a value; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// The environment variable that holds a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// Values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Secret>,
    /// Values; the same as `values`, for configurations that come from Prometheus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Files that hold a value each; read again when they are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
}

/// TLS towards the vendor.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTls {
    /// Certificate authorities trusted in place of the machine's own, as PEM text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// A PEM file of certificate authorities trusted in place of the machine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Client certificate chain as PEM text; goes with a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert: Option<String>,
    /// A PEM file of the client certificate chain; goes with a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<PathBuf>,
    /// Client key as PEM text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// A PEM file of the client key; read again when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// The environment variable that holds the client key as PEM text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// Name to verify in place of the URL's host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// Whether the server's certificate is accepted unseen; false if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
    /// Lowest TLS version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_version: Option<RawTlsVersion>,
    /// Highest TLS version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_version: Option<RawTlsVersion>,
}

/// A TLS version as Prometheus spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum RawTlsVersion {
    /// TLS 1.2.
    #[serde(rename = "TLS12")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "TLS13")]
    Tls13,
}

impl From<RawTlsVersion> for TlsVersion {
    fn from(version: RawTlsVersion) -> Self {
        match version {
            RawTlsVersion::Tls12 => Self::Tls12,
            RawTlsVersion::Tls13 => Self::Tls13,
        }
    }
}

impl From<TlsVersion> for RawTlsVersion {
    fn from(version: TlsVersion) -> Self {
        match version {
            TlsVersion::Tls12 => Self::Tls12,
            TlsVersion::Tls13 => Self::Tls13,
        }
    }
}
