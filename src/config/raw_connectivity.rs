//! The `connectivity` block as users type it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::raw_http::{RawHttp, RawTls};
use crate::config::{HumanDuration, Located};

/// A check of this exporter's own network: while it fails, statuses are `unknown` instead of paging for every vendor.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConnectivity {
    /// What is asked with a GET: something that is reached by the same way as the vendors and is none of them. Any HTTP
    /// answer will do, whatever its status.
    #[schemars(extend("format" = "uri"))]
    pub url: Located<String>,
    /// How often it is asked; 30s if left out, at least 1s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Located<HumanDuration>>,
    /// Longest wait for an answer; 5s if left out, and never above the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Located<HumanDuration>>,
    /// Checks in a row that have to fail before statuses become `unknown`; 2 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub failures: Option<Located<u32>>,
    /// Names of targets that are reached without that network, such as those on premises; they keep their status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt_targets: Vec<Located<String>>,
    /// The way to it; goes before `global.http`, key by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Located<RawConnectivityHttp>>,
}

/// The way to what the connectivity check asks: the keys of a target's `http` that are about the way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConnectivityHttp {
    /// TLS towards it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<Located<RawTls>>,
    /// The proxy, `http`, `https` or `socks5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<Located<String>>,
    /// Hosts reached without the proxy, separated by commas: names, suffixes with a leading dot, addresses, networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment hold; not together with `proxy_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_from_environment: Option<Located<bool>>,
}

impl From<RawConnectivityHttp> for RawHttp {
    fn from(way: RawConnectivityHttp) -> Self {
        let RawConnectivityHttp { tls_config, proxy_url, no_proxy, proxy_from_environment } = way;
        Self { tls_config, proxy_url, no_proxy, proxy_from_environment, ..Self::default() }
    }
}

impl From<RawHttp> for RawConnectivityHttp {
    fn from(http: RawHttp) -> Self {
        let RawHttp { tls_config, proxy_url, no_proxy, proxy_from_environment, .. } = http;
        Self { tls_config, proxy_url, no_proxy, proxy_from_environment }
    }
}
