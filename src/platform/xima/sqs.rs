//! The seam to Amazon SQS: Amazon's client signs and spells the requests, our own sends them.
//!
//! Every request of the SDK leaves through [`Caller::call`], so that deadline, caps, budgets, TLS and counting are the
//! same as for everything else. What a request failed of comes back as the very [`Failure`] that the caller met.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::{HttpRequest, HttpResponse};
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{
    BehaviorVersion, Config, HttpClient, IdentityCache, Region, RuntimeComponents,
    StalledStreamProtectionConfig,
};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use url::Url;

use crate::config::BaseUrl;
use crate::http_client::{Caller, Exchange, Failure, Reason, Reply};
use crate::platform::body;
use crate::platform::xima::wire::{Credentials, DELAYED, IN_FLIGHT, VISIBLE};

/// The `endpoint` label of `ListQueues`.
pub const LIST_QUEUES: &str = "ListQueues";
/// The `endpoint` label of `GetQueueAttributes`.
pub const GET_QUEUE_ATTRIBUTES: &str = "GetQueueAttributes";

/// SQS as the holder of issued credentials sees it.
#[derive(Debug)]
pub struct Sqs<'a> {
    /// The poll's access to the network.
    pub caller: &'a Caller,
    /// What requests are signed with.
    pub credentials: &'a Credentials,
    /// Another endpoint than AWS's own of the region.
    pub endpoint_url: Option<&'a BaseUrl>,
}

/// Why SQS did not give what was asked for, by what it says about the credentials.
#[derive(Debug)]
pub enum SqsError {
    /// AWS refused the credentials.
    Refused(Failure),
    /// AWS accepted the credentials, but they do not permit the request.
    Denied(Failure),
    /// Anything else, which says nothing about the credentials.
    Undecided(Failure),
}

impl From<SqsError> for Failure {
    fn from(error: SqsError) -> Self {
        let (SqsError::Refused(failure) | SqsError::Denied(failure) | SqsError::Undecided(failure)) = error;
        failure
    }
}

impl Sqs<'_> {
    /// Asks for the list of queues, at most one of them; what it holds does not matter.
    pub async fn list_queues(&self) -> Result<(), SqsError> {
        let connector = self.connector(LIST_QUEUES);
        let answer = self.client(&connector).list_queues().max_results(1).send().await;
        answer.map(|_| ()).map_err(|error| connector.classify(&error))
    }

    /// Asks for the three counts of a queue; returns the attributes that came, by name.
    pub async fn queue_attributes(&self, queue: &BaseUrl) -> Result<HashMap<String, String>, SqsError> {
        let connector = self.connector(GET_QUEUE_ATTRIBUTES);
        // Explicit names: some servers answer "All" with nothing.
        let names = [VISIBLE, IN_FLIGHT, DELAYED].map(QueueAttributeName::from);
        let request = self.client(&connector).get_queue_attributes().queue_url(queue.as_str());
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await;
        let attributes = answer.map_err(|error| connector.classify(&error))?.attributes.unwrap_or_default();
        Ok(attributes.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect())
    }

    fn connector(&self, endpoint: &'static str) -> Connector {
        Connector { caller: self.caller.clone(), endpoint, met: Arc::default() }
    }

    fn client(&self, http_client: &(impl HttpClient + Clone + 'static)) -> Client {
        let Credentials { access_key, secret_key, region } = self.credentials;
        let credentials = aws_credential_types::Credentials::new(
            access_key.expose(),
            secret_key.expose(),
            None,
            None,
            "chat/queue/auth",
        );
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(http_client.clone());
        config.set_endpoint_url(self.endpoint_url.map(|url| url.as_str().to_owned()));
        Client::from_conf(config.build())
    }
}

/// Hands the SDK's one request to the caller.
#[derive(Clone, Debug)]
struct Connector {
    caller: Caller,
    endpoint: &'static str,
    /// What the request failed of; the SDK's own error would lose its class.
    met: Arc<Mutex<Option<Failure>>>,
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            exchange(&connector.caller, connector.endpoint, request).await.map_err(|failure| {
                *connector.met.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                ConnectorError::other("the request failed".into(), None)
            })
        })
    }
}

impl Connector {
    /// What an error of the SDK means.
    fn classify<E: ProvideErrorMetadata>(&self, error: &SdkError<E, HttpResponse>) -> SqsError {
        if let Some(failure) = self.met.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return SqsError::Undecided(failure);
        }
        let status = error.raw_response().and_then(|raw| StatusCode::from_u16(raw.status().as_u16()).ok());
        let Some(status) = status else {
            // The SDK's own text could show parts of the request.
            return SqsError::Undecided(Failure::new(
                Reason::Other,
                "the request could not be built or signed",
            ));
        };
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(ProvideErrorMetadata::code).unwrap_or_default();
        let message = metadata.and_then(ProvideErrorMetadata::message).unwrap_or_default();
        if let Some(meaning) = meaning(code, message) {
            let failure = Failure::new(meaning.reason, meaning.detail);
            return match meaning.reason {
                Reason::Unauthorized if meaning.judges_credentials => SqsError::Refused(failure),
                Reason::Forbidden => SqsError::Denied(failure),
                _ => SqsError::Undecided(failure),
            };
        }
        let reply = Reply { status, headers: HeaderMap::new(), body: Bytes::new() };
        let unlike = || Failure::parse("the answer is JSON, but not what SQS answers");
        SqsError::Undecided(reply.success().map_or_else(|failure| failure, |_| unlike()))
    }
}

/// Sends one request of the SDK; a 2xx answer that is no JSON document is a failure here, since the SDK takes an empty
/// body for an empty object.
async fn exchange(
    caller: &Caller,
    endpoint: &'static str,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let unfit = |error: BoxError| Failure::caused_by(Reason::Other, "the request could not be built", error);
    let (mut parts, body) = request.try_into_http1x().map_err(|error| unfit(error.into()))?.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| unfit(error.into()))?;
    let body =
        body.bytes().map(Bytes::copy_from_slice).ok_or_else(|| unfit("its body is a stream".into()))?;
    if let Some(authorization) = parts.headers.get_mut(header::AUTHORIZATION) {
        authorization.set_sensitive(true);
    }
    let (method, headers) = (parts.method, parts.headers);
    let exchange = Exchange::get(endpoint, url);
    let reply = caller.call(Exchange { method, headers, body, authenticate: false, ..exchange }).await?;
    if reply.status.is_success() {
        body::json(&reply)?;
    }
    response(&reply)
}

/// The answer in the SDK's type, with the headers alone that name an error: the others speak of the body before it was
/// decompressed.
fn response(reply: &Reply) -> Result<HttpResponse, Failure> {
    let mut response = http::Response::new(SdkBody::from(reply.body.clone()));
    *response.status_mut() = reply.status;
    for name in ["x-amzn-errortype", "x-amzn-query-error"].map(HeaderName::from_static) {
        if let Some(value) = reply.headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    HttpResponse::try_from(response)
        .map_err(|error| Failure::caused_by(Reason::Parse, "the answer's headers are not UTF-8", error))
}

/// What an error code of AWS means.
#[derive(Debug)]
struct Meaning {
    /// The codes, in the spellings of the query and JSON protocols.
    codes: &'static [&'static str],
    reason: Reason,
    /// Whether it is a verdict on the credentials.
    judges_credentials: bool,
    detail: &'static str,
}

impl Meaning {
    const fn verdict(reason: Reason, codes: &'static [&'static str], detail: &'static str) -> Self {
        Self { codes, reason, judges_credentials: true, detail }
    }

    const fn other(reason: Reason, codes: &'static [&'static str], detail: &'static str) -> Self {
        Self { codes, reason, judges_credentials: false, detail }
    }
}

/// AWS looks at the time before it looks at the signature.
static CLOCK: Meaning = Meaning::other(
    Reason::Unauthorized,
    &["RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"],
    "AWS refused the time of the request: the clock of this machine may be off",
);

static MEANINGS: [Meaning; 8] = [
    Meaning::verdict(
        Reason::Unauthorized,
        &["InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"],
        "AWS does not know the issued access key",
    ),
    Meaning::verdict(
        Reason::Unauthorized,
        &["SignatureDoesNotMatch", "InvalidSignatureException"],
        "AWS refused the signature: the issued secret key is wrong, or the clock of this machine may be off",
    ),
    Meaning::verdict(
        Reason::Unauthorized,
        &["ExpiredToken", "ExpiredTokenException"],
        "AWS says that the issued credentials have expired",
    ),
    Meaning::verdict(
        Reason::Unauthorized,
        &[
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
        ],
        "AWS could not read the signature made with the issued credentials",
    ),
    Meaning::verdict(
        Reason::Forbidden,
        &["AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"],
        "AWS accepted the issued credentials, but they do not permit this request",
    ),
    Meaning::other(
        Reason::HttpStatus,
        &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"],
        "AWS knows no such queue, or hides it from the issued credentials",
    ),
    Meaning::other(Reason::HttpStatus, &["InvalidAddress"], "AWS does not take the URL of the queue"),
    Meaning::other(
        Reason::RateLimited,
        &["RequestThrottled", "Throttling", "ThrottlingException", "TooManyRequestsException"],
        "AWS limits the rate of requests",
    ),
];

/// The meaning of a code; the message matters only where SQS reports a wrong clock as a wrong signature.
fn meaning(code: &str, message: &str) -> Option<&'static Meaning> {
    let expired =
        message.starts_with("Signature expired") || message.starts_with("Signature not yet current");
    if expired || CLOCK.codes.contains(&code) {
        return Some(&CLOCK);
    }
    MEANINGS.iter().find(|meaning| meaning.codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_client::TargetClient;
    use crate::http_client::settings::HttpSettings;
    use crate::secret::Secret;

    #[test]
    fn codes_of_both_protocols_have_a_meaning() {
        let cases = [
            ("InvalidClientTokenId", "", Reason::Unauthorized, true),
            ("UnrecognizedClientException", "", Reason::Unauthorized, true),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not",
                Reason::Unauthorized,
                true,
            ),
            ("SignatureDoesNotMatch", "Signature expired: 20260302T1200Z is", Reason::Unauthorized, false),
            ("RequestExpired", "", Reason::Unauthorized, false),
            ("ExpiredToken", "", Reason::Unauthorized, true),
            ("AccessDenied", "", Reason::Forbidden, true),
            ("AccessDeniedException", "", Reason::Forbidden, true),
            ("AWS.SimpleQueueService.NonExistentQueue", "", Reason::HttpStatus, false),
            ("RequestThrottled", "", Reason::RateLimited, false),
        ];
        for (code, message, reason, judges_credentials) in cases {
            let meaning = meaning(code, message).unwrap_or_else(|| panic!("{code} has no meaning"));
            assert_eq!((meaning.reason, meaning.judges_credentials), (reason, judges_credentials), "{code}");
        }
        assert!(meaning("InternalError", "").is_none());
    }

    #[test]
    fn every_doubt_about_the_time_names_the_clock() {
        for code in ["RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"] {
            let detail = meaning(code, "").map(|meaning| meaning.detail).unwrap_or_default();
            assert!(detail.contains("the clock of this machine may be off"), "{code}: {detail}");
        }
    }

    /// Keeps the request and sends nothing.
    #[derive(Clone, Debug, Default)]
    struct Recorder(Arc<Mutex<Option<HttpRequest>>>);

    impl HttpClient for Recorder {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    impl HttpConnector for Recorder {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            *self.0.lock().unwrap() = Some(request);
            HttpConnectorFuture::ready(Err(ConnectorError::other("recorded".into(), None)))
        }
    }

    #[tokio::test]
    async fn requests_go_to_the_issued_region_signed_with_the_issued_key() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Arc::new(TargetClient::new(&HttpSettings::default()).unwrap());
        let caller = Caller::new(client, tokio::time::Instant::now(), jiff::Timestamp::UNIX_EPOCH);
        let credentials = Credentials {
            access_key: Secret::new("AKIDEXAMPLE"),
            secret_key: Secret::new("hunter2"),
            region: "eu-west-1".to_owned(),
        };
        let sqs = Sqs { caller: &caller, credentials: &credentials, endpoint_url: None };
        let recorder = Recorder::default();
        sqs.client(&recorder).list_queues().max_results(1).send().await.unwrap_err();
        let request = recorder.0.lock().unwrap().take().unwrap();
        assert_eq!((request.method(), request.uri()), ("POST", "https://sqs.eu-west-1.amazonaws.com/"));
        assert_eq!(request.headers().get("x-amz-target"), Some("AmazonSQS.ListQueues"));
        assert_eq!(request.headers().get("content-type"), Some("application/x-amz-json-1.0"));
        assert_eq!(request.body().bytes(), Some(br#"{"MaxResults":1}"#.as_slice()));
        let authorization = request.headers().get("authorization").unwrap();
        let scope = "/eu-west-1/sqs/aws4_request, SignedHeaders=";
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
        assert!(authorization.contains(scope) && !authorization.contains(";user-agent"), "{authorization}");
    }
}
