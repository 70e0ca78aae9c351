//! TLS towards the vendors: our own rustls configuration from the settings.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion, version};

use crate::http_client::locked::Locked;
use crate::http_client::settings::{PemSource, TlsSettings, TlsVersion};
use crate::http_client::verifier::{CertificateLog, Trust, Verifier};
use crate::secret::{SecretError, SecretSource};

/// Why TLS settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file could not be read.
    #[error("read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate authority or a client certificate is not one.
    #[error("find a usable certificate in the {what}")]
    Certificate {
        /// Which of the settings.
        what: &'static str,
        /// Why; `None` where there is simply nothing in it.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The client key could not be had.
    #[error("have the client key")]
    Key {
        /// Why.
        source: SecretError,
    },
    /// The client key is none, or does not belong to the client certificate.
    #[error("use the client key: it is no PEM key for the client certificate")]
    KeyMismatch,
    /// Only one of client certificate and key is given.
    #[error("authenticate with half an identity: client certificate and key go together")]
    HalfIdentity,
    /// The name to verify is no host name.
    #[error("verify server name {name:?}: it is neither a host name nor an address")]
    ServerName {
        /// The name.
        name: String,
    },
    /// The lowest version is above the highest.
    #[error("use TLS: the lowest version is above the highest")]
    Versions,
    /// rustls refused the whole.
    #[error("set up TLS")]
    Setup {
        /// Why.
        source: rustls::Error,
    },
}

/// The certificates of a PEM source, as bytes: part of what tells connections apart, so that a file that changed makes
/// a new pool of connections.
pub(crate) fn read(source: &PemSource) -> Result<Vec<u8>, TlsError> {
    match source {
        PemSource::Inline(text) => Ok(text.clone().into_bytes()),
        PemSource::File(path) => {
            std::fs::read(path).map_err(|source| TlsError::File { path: path.clone(), source })
        }
    }
}

/// The configuration for `settings`; `ca` are the bytes of its certificate authorities.
pub(crate) fn configuration(
    settings: &TlsSettings,
    ca: Option<&[u8]>,
    log: Arc<CertificateLog>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(trust(settings, ca, &provider)?, server_name(settings)?, log, &provider);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(settings))
        .map_err(|_| TlsError::Versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut configuration = match (&settings.certificate, &settings.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let identity = Identity::new(certificate.clone(), key.clone(), provider)?;
            builder.with_client_cert_resolver(Arc::new(identity))
        }
        _ => return Err(TlsError::HalfIdentity),
    };
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session shows no certificate, and the expiry of a renewed one would stay unknown.
    configuration.resumption = rustls::client::Resumption::disabled();
    Ok(configuration)
}

fn versions(settings: &TlsSettings) -> Vec<&'static SupportedProtocolVersion> {
    [(TlsVersion::Tls12, &version::TLS12), (TlsVersion::Tls13, &version::TLS13)]
        .into_iter()
        .filter(|(version, _)| settings.min_version.is_none_or(|lowest| *version >= lowest))
        .filter(|(version, _)| settings.max_version.is_none_or(|highest| *version <= highest))
        .map(|(_, version)| version)
        .collect()
}

fn server_name(settings: &TlsSettings) -> Result<Option<ServerName<'static>>, TlsError> {
    let Some(name) = &settings.server_name else { return Ok(None) };
    let parsed = ServerName::try_from(name.clone());
    parsed.map(Some).map_err(|_| TlsError::ServerName { name: name.clone() })
}

fn trust(
    settings: &TlsSettings,
    ca: Option<&[u8]>,
    provider: &Arc<CryptoProvider>,
) -> Result<Trust, TlsError> {
    if settings.insecure_skip_verify {
        return Ok(Trust::Anything);
    }
    let roots = match ca {
        Some(pem) => configured_roots(pem)?,
        None => native_roots(),
    };
    if roots.is_empty() {
        return Ok(Trust::Nothing);
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map(Trust::Roots)
        .map_err(|source| TlsError::Certificate {
            what: "certificate authorities",
            source: Some(source.into()),
        })
}

fn configured_roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let what = "certificate authorities";
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, what)? {
        let added = roots.add(certificate);
        added.map_err(|source| TlsError::Certificate { what, source: Some(source.into()) })?;
    }
    Ok(roots)
}

/// The machine's own authorities; none at all is only an error once a server has to be verified.
fn native_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "Some certificate authorities cannot be read."
        );
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(TlsError::Certificate { what, source: None }),
        Ok(certificates) => Ok(certificates),
        Err(source) => Err(TlsError::Certificate { what, source: Some(source.into()) }),
    }
}

/// The client certificate; it is read again for each handshake, so that a renewed one needs no reload.
#[derive(Debug)]
struct Identity {
    certificate: PemSource,
    key: SecretSource,
    provider: Arc<CryptoProvider>,
    newest: Locked<Arc<CertifiedKey>>,
}

impl Identity {
    fn new(
        certificate: PemSource,
        key: SecretSource,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let newest = load(&certificate, &key, &provider)?;
        Ok(Self { certificate, key, provider, newest: Locked::new(Arc::new(newest)) })
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let mut newest = self.newest.lock();
        match load(&self.certificate, &self.key, &self.provider) {
            Ok(identity) => *newest = Arc::new(identity),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "The client certificate cannot be read; the one read before is used.");
            }
        }
        Some(Arc::clone(&newest))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn load(
    certificate: &PemSource,
    key: &SecretSource,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&read(certificate)?, "client certificate")?;
    let key = key.read().map_err(|source| TlsError::Key { source })?;
    // The parser's and rustls' own errors say no more, and could quote the key.
    let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|_| TlsError::KeyMismatch)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|_| TlsError::KeyMismatch)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey as Generated, generate_simple_self_signed};

    use super::*;
    use crate::secret::Secret;

    fn generated() -> (PemSource, SecretSource) {
        let Generated { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = SecretSource::Inline(Secret::new(signing_key.serialize_pem()));
        (PemSource::Inline(cert.pem()), key)
    }

    fn outcome(settings: &TlsSettings) -> Result<ClientConfig, String> {
        let ca = settings.ca.as_ref().map(read).transpose().map_err(|error| error.to_string())?;
        configuration(settings, ca.as_deref(), Arc::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn good_settings_make_a_configuration() {
        let (certificate, key) = generated();
        let settings = TlsSettings {
            ca: Some(certificate.clone()),
            certificate: Some(certificate),
            key: Some(key),
            server_name: Some("chat.example.com".to_owned()),
            min_version: Some(TlsVersion::Tls12),
            max_version: Some(TlsVersion::Tls13),
            insecure_skip_verify: false,
        };
        assert!(outcome(&settings).unwrap().client_auth_cert_resolver.has_certs());
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_name() {
        let (certificate, _) = generated();
        let (_, other_key) = generated();
        let none = TlsSettings::default();
        let cases = [
            (
                TlsSettings { ca: Some(PemSource::Inline("hunter2".to_owned())), ..none.clone() },
                "find a usable certificate in the certificate authorities",
            ),
            (
                TlsSettings { ca: Some(PemSource::File("/nonexistent/ca.pem".into())), ..none.clone() },
                "read /nonexistent/ca.pem",
            ),
            (
                TlsSettings { certificate: Some(certificate.clone()), ..none.clone() },
                "authenticate with half an identity: client certificate and key go together",
            ),
            (
                TlsSettings { certificate: Some(certificate), key: Some(other_key), ..none.clone() },
                "use the client key: it is no PEM key for the client certificate",
            ),
            (
                TlsSettings { server_name: Some("a b".to_owned()), ..none.clone() },
                "verify server name \"a b\": it is neither a host name nor an address",
            ),
            (
                TlsSettings {
                    min_version: Some(TlsVersion::Tls13),
                    max_version: Some(TlsVersion::Tls12),
                    ..none
                },
                "use TLS: the lowest version is above the highest",
            ),
        ];
        for (settings, message) in cases {
            assert_eq!(outcome(&settings).unwrap_err(), message);
        }
    }

    #[test]
    fn a_renewed_client_certificate_is_used_and_a_broken_one_is_not() {
        let path = std::env::temp_dir().join(format!("webchat-identity-{}.pem", std::process::id()));
        let (PemSource::Inline(first), key) = generated() else { unreachable!() };
        std::fs::write(&path, &first).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = Identity::new(PemSource::File(path.clone()), key, provider).unwrap();
        let before = identity.resolve(&[], &[]).unwrap();
        std::fs::write(&path, format!("{first}{first}")).unwrap();
        assert_eq!(identity.resolve(&[], &[]).unwrap().cert.len(), 2);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(identity.resolve(&[], &[]).unwrap().cert[0], before.cert[0]);
    }
}
