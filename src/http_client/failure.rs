//! What can go wrong with a request: a bounded reason for labels, and the detail for the log.

use std::error::Error;
use std::fmt;

/// The class of a failure: the `reason` label of `webchat_collector_failures_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The host's name could not be resolved.
    Dns,
    /// No connection, or one that broke.
    Connect,
    /// No TLS session: certificate, version or name.
    Tls,
    /// A deadline passed: connecting, waiting for the answer, reading it, or the whole poll.
    Timeout,
    /// A status that means failure and has no class of its own.
    HttpStatus,
    /// 401, or credentials that could not be obtained.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429, or the budget of the API host is spent.
    RateLimited,
    /// A redirect that is not followed.
    Redirect,
    /// An answer above the size cap.
    TooLarge,
    /// An answer that is not what it should be.
    Parse,
    /// The server does not know this call: 404, 405, 406 or 501 on a call that older or smaller editions lack.
    NotSupported,
    /// Anything else.
    Other,
}

impl Reason {
    /// Every reason, in the contract's order.
    pub const ALL: [Self; 13] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::HttpStatus,
        Self::Unauthorized,
        Self::Forbidden,
        Self::RateLimited,
        Self::Redirect,
        Self::TooLarge,
        Self::Parse,
        Self::NotSupported,
        Self::Other,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::HttpStatus => "http_status",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::Redirect => "redirect",
            Self::TooLarge => "too_large",
            Self::Parse => "parse",
            Self::NotSupported => "not_supported",
            Self::Other => "other",
        }
    }
}

/// One failed request, or one defective part of an answer.
///
/// `Display` prints this level only, a lower-case fragment that reads well after "cannot …: "; the cause is in
/// `source()`. Neither ever holds a body, a header value or a query.
#[derive(Debug)]
pub struct Failure {
    /// The class.
    pub reason: Reason,
    /// What happened, without anything the vendor sent beyond a status code.
    pub detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure without a cause of its own.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), source: None }
    }

    /// A failure caused by another error.
    pub fn caused_by(
        reason: Reason,
        detail: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { reason, detail: detail.into(), source: Some(source.into()) }
    }

    /// The same failure as the reason of something larger: `prefix` comes before the detail.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.detail = format!("{prefix}: {}", self.detail);
        self
    }

    /// An answer that is not what it should be.
    pub fn parse(detail: impl Into<String>) -> Self {
        Self::new(Reason::Parse, detail)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.detail)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
