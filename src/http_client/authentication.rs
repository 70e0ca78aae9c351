//! How requests prove who they are: the headers that go along with them.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::http_client::oauth::TokenSource;
use crate::http_client::settings::Authentication;
use crate::http_client::transport::{Scope, Transport};
use crate::http_client::{Failure, Reason};
use crate::secret::{Secret, SecretSource};

/// The headers of one request, and the token they hold.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Configured headers and credentials; secrets are marked sensitive.
    pub(crate) headers: HeaderMap,
    /// The number of the OAuth 2 token among them.
    pub(crate) token: Option<u64>,
}

/// Reads the secrets as they are now and makes the headers of a request, with another token than number `refused`.
///
/// # Errors
/// [`Reason::Unauthorized`] where a secret cannot be read or does not fit in a header; with OAuth 2 also whatever keeps
/// the token away.
pub(crate) async fn prove(
    transport: &Transport,
    tokens: Option<&TokenSource>,
    refused: Option<u64>,
    scope: &Scope<'_>,
) -> Result<Proof, Failure> {
    let mut proof = Proof { headers: configured(transport)?, token: None };
    let value = match (&transport.settings.authentication, tokens) {
        (Authentication::Basic { username, password }, _) => basic(transport, username, &read(password)?)?,
        (Authentication::Authorization { scheme, credentials }, _) => {
            authorization(scheme, &read(credentials)?)?
        }
        (Authentication::OAuth2(_), Some(tokens)) => {
            let token = tokens.token(refused, transport, scope).await?;
            proof.token = Some(token.number);
            authorization("Bearer", &token.value)?
        }
        (Authentication::None | Authentication::OAuth2(_), _) => return Ok(proof),
    };
    proof.headers.insert(AUTHORIZATION, value);
    Ok(proof)
}

fn configured(transport: &Transport) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, source) in &transport.settings.headers {
        headers.append(name, sensitive(read(source)?.expose())?);
    }
    Ok(headers)
}

/// A secret as it is now.
pub(crate) fn read(source: &SecretSource) -> Result<Secret, Failure> {
    source.read().map_err(|error| Failure::caused_by(Reason::Unauthorized, "no credentials", error))
}

/// The HTTP client knows the encoding.
fn basic(transport: &Transport, username: &str, password: &Secret) -> Result<HeaderValue, Failure> {
    let request = transport.connection.client().get("http://localhost/");
    let request = request.basic_auth(username, Some(password.expose())).build();
    request.ok().and_then(|mut request| request.headers_mut().remove(AUTHORIZATION)).ok_or_else(misfit)
}

fn authorization(scheme: &str, credentials: &Secret) -> Result<HeaderValue, Failure> {
    sensitive(&format!("{scheme} {}", credentials.expose()))
}

fn sensitive(text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| misfit())?;
    value.set_sensitive(true);
    Ok(value)
}

fn misfit() -> Failure {
    Failure::new(
        Reason::Unauthorized,
        "the credentials do not fit in a header: they hold a control character",
    )
}
