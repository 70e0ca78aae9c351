//! Verification of a server's certificate, and a note of when it expires.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::time::Instant;
use x509_parser::parse_x509_certificate;

use crate::http_client::locked::Locked;

/// When the certificates that hosts showed expire.
#[derive(Debug, Default)]
pub(crate) struct CertificateLog(Locked<HashMap<String, Sighting>>);

/// A chain as it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// When it was seen.
    pub(crate) at: Instant,
    /// Earliest `notAfter` of the chain, in seconds since 1970.
    pub(crate) expiry: i64,
}

impl CertificateLog {
    /// The newest sighting of each host.
    pub(crate) fn sightings(&self) -> Vec<(String, Sighting)> {
        self.0.lock().iter().map(|(host, sighting)| (host.clone(), *sighting)).collect()
    }

    fn note(&self, host: &ServerName<'_>, chain: &[&CertificateDer<'_>]) {
        let expiries = chain.iter().filter_map(|certificate| not_after(certificate));
        let Some(expiry) = expiries.min() else { return };
        let sighting = Sighting { at: Instant::now(), expiry };
        self.0.lock().insert(host.to_str().into_owned(), sighting);
    }
}

fn not_after(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// Whom to believe.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Certificates that these authorities vouch for.
    Roots(Arc<WebPkiServerVerifier>),
    /// Nobody: neither the machine nor the configuration has any authority.
    Nothing,
    /// Everybody, as the configuration insists.
    Anything,
}

/// Verifies as [`Trust`] says, and notes the expiry of every chain first: an expired one matters most.
#[derive(Debug)]
pub(crate) struct Verifier {
    trust: Trust,
    server_name: Option<ServerName<'static>>,
    log: Arc<CertificateLog>,
    schemes: Vec<SignatureScheme>,
}

impl Verifier {
    /// Verifies against `server_name`, where given, in place of the name that was dialled.
    pub(crate) fn new(
        trust: Trust,
        server_name: Option<ServerName<'static>>,
        log: Arc<CertificateLog>,
        provider: &CryptoProvider,
    ) -> Self {
        let schemes = provider.signature_verification_algorithms.supported_schemes();
        Self { trust, server_name, log, schemes }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        self.log.note(server_name, &chain);
        let server_name = self.server_name.as_ref().unwrap_or(server_name);
        match &self.trust {
            Trust::Roots(roots) => {
                roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            Trust::Nothing => {
                Err(Error::General("no certificate authority is known to this machine".to_owned()))
            }
            Trust::Anything => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match &self.trust {
            Trust::Roots(roots) => roots.verify_tls12_signature(message, certificate, signed),
            Trust::Nothing | Trust::Anything => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match &self.trust {
            Trust::Roots(roots) => roots.verify_tls13_signature(message, certificate, signed),
            Trust::Nothing | Trust::Anything => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;
    use rcgen::{
        BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
    };
    use rustls::pki_types::PrivateKeyDer;
    use rustls::server::WebPkiClientVerifier;
    use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::config::BaseUrl;
    use crate::http_client::loopback::{Server, answer, caller};
    use crate::http_client::settings::{HttpSettings, PemSource, TlsSettings, TlsVersion};
    use crate::http_client::{ClientPool, Reason};
    use crate::secret::{Secret, SecretSource};

    fn expiring(year: i32) -> CertificateDer<'static> {
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_after = date_time_ymd(year, 1, 1);
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn the_earliest_expiry_of_the_newest_chain_is_noted_even_when_nobody_is_trusted() {
        let log = Arc::new(CertificateLog::default());
        let provider = rustls::crypto::ring::default_provider();
        let verifier = Verifier::new(Trust::Nothing, None, Arc::clone(&log), &provider);
        let name = ServerName::try_from("chat.example.com").unwrap();
        let junk = CertificateDer::from_slice(b"junk");
        for (chain, expiry) in [
            (vec![expiring(2031), expiring(2027), junk.clone()], Some(1_798_761_600)),
            (vec![expiring(2020)], Some(1_577_836_800)),
            (vec![junk], Some(1_577_836_800)),
        ] {
            let outcome = verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], UnixTime::now());
            let refused = Error::General("no certificate authority is known to this machine".to_owned());
            assert_eq!(outcome.err(), Some(refused));
            let noted: Vec<_> =
                log.sightings().into_iter().map(|(host, sighting)| (host, Some(sighting.expiry))).collect();
            assert_eq!(noted, [("chat.example.com".to_owned(), expiry)]);
        }
    }

    /// A certificate authority made for one test.
    struct Authority(CertifiedIssuer<'static, KeyPair>);

    impl Authority {
        fn new() -> Self {
            let mut parameters = CertificateParams::new(vec![]).unwrap();
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
        }

        fn issue(&self, name: &str, year: i32) -> (Certificate, KeyPair) {
            let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
            parameters.not_after = date_time_ymd(year, 1, 1);
            let key = KeyPair::generate().unwrap();
            (parameters.signed_by(&key, &self.0).unwrap(), key)
        }

        fn trusted(&self) -> TlsSettings {
            TlsSettings { ca: Some(PemSource::Inline(self.0.pem())), ..TlsSettings::default() }
        }

        /// A server with a certificate for `name` that speaks `versions`, and wants a client certificate where `strict`.
        async fn serve(&self, name: &str, year: i32, versions: Versions, strict: bool) -> Server {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
            let builder = builder.with_protocol_versions(versions).unwrap();
            let builder = if strict {
                let mut roots = RootCertStore::empty();
                roots.add(self.0.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            } else {
                builder.with_no_client_auth()
            };
            let (certificate, key) = self.issue(name, year);
            let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
            let configuration = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
            Server::start_tls(TlsAcceptor::from(Arc::new(configuration)), |_, _| answer(200, &[], "")).await
        }
    }

    type Versions = &'static [&'static SupportedProtocolVersion];
    const BOTH: Versions = &[&version::TLS12, &version::TLS13];

    async fn outcome(server: &Server, tls: &TlsSettings) -> Result<u16, (Reason, String)> {
        let client = server.client(&HttpSettings { tls: tls.clone(), ..HttpSettings::default() });
        let reply = caller(&client).call(server.get("/")).await;
        reply.map(|reply| reply.status.as_u16()).map_err(|failure| (failure.reason, failure.detail))
    }

    fn no_session() -> Result<u16, (Reason, String)> {
        Err((Reason::Tls, "no TLS session".to_owned()))
    }

    #[tokio::test]
    async fn a_certificate_is_verified_as_configured() {
        let authority = Authority::new();
        let trusted = authority.trusted();
        let good = authority.serve("127.0.0.1", 2040, BOTH, false).await;
        assert_eq!(outcome(&good, &trusted).await, Ok(200));
        assert_eq!(outcome(&good, &TlsSettings::default()).await, no_session());
        assert_eq!(outcome(&good, &Authority::new().trusted()).await, no_session());
        let expired = authority.serve("127.0.0.1", 2020, BOTH, false).await;
        assert_eq!(outcome(&expired, &trusted).await, no_session());
        let other = authority.serve("chat.example.com", 2040, BOTH, false).await;
        assert_eq!(outcome(&other, &trusted).await, no_session());
        let named = TlsSettings { server_name: Some("chat.example.com".to_owned()), ..trusted };
        assert_eq!(outcome(&other, &named).await, Ok(200));
        assert_eq!(outcome(&good, &named).await, no_session());
        let blind = TlsSettings { insecure_skip_verify: true, ..TlsSettings::default() };
        for server in [good, expired, other] {
            assert_eq!(outcome(&server, &blind).await, Ok(200));
        }
    }

    #[tokio::test]
    async fn only_configured_versions_are_spoken() {
        let authority = Authority::new();
        let old = authority.serve("127.0.0.1", 2040, &BOTH[..1], false).await;
        let new = authority.serve("127.0.0.1", 2040, &BOTH[1..], false).await;
        let at_least = TlsSettings { min_version: Some(TlsVersion::Tls13), ..authority.trusted() };
        let at_most = TlsSettings { max_version: Some(TlsVersion::Tls12), ..authority.trusted() };
        assert_eq!(outcome(&old, &at_least).await, no_session());
        assert_eq!(outcome(&new, &at_least).await, Ok(200));
        assert_eq!(outcome(&old, &at_most).await, Ok(200));
        assert_eq!(outcome(&new, &at_most).await, no_session());
    }

    #[tokio::test]
    async fn a_client_certificate_is_shown_to_those_who_ask() {
        let authority = Authority::new();
        let (certificate, key) = authority.issue("monitor", 2040);
        let known = TlsSettings {
            certificate: Some(PemSource::Inline(certificate.pem())),
            key: Some(SecretSource::Inline(Secret::new(key.serialize_pem()))),
            ..authority.trusted()
        };
        for versions in [&BOTH[..1], &BOTH[1..]] {
            let server = authority.serve("127.0.0.1", 2040, versions, true).await;
            assert_eq!(outcome(&server, &known).await, Ok(200));
            assert_eq!(outcome(&server, &authority.trusted()).await.unwrap_err().0, Reason::Tls);
        }
    }

    #[tokio::test]
    async fn the_expiry_of_what_a_host_showed_is_a_gauge() {
        let server = Authority::new().serve("127.0.0.1", 2020, BOTH, false).await;
        let pool = ClientPool::new(vec![]);
        let mut registry = Registry::default();
        pool.register(&mut registry);
        let client = server.client_of(&pool, &HttpSettings::default());
        caller(&client).call(server.get("/")).await.unwrap_err();
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let sample = "webchat_api_tls_certificate_expiry_timestamp_seconds{host=\"127.0.0.1\"} 1577836800\n";
        assert!(text.contains(sample), "{text}");
    }

    #[tokio::test]
    async fn the_expiry_goes_with_the_last_target_of_its_host_though_the_connections_stay() {
        let server = Authority::new().serve("127.0.0.1", 2020, BOTH, false).await;
        let pool = ClientPool::new(vec![]);
        let mut registry = Registry::default();
        pool.register(&mut registry);
        let elsewhere = BaseUrl::parse("https://other.example.com").unwrap();
        let stays = pool.target_client("stays", "chime", &elsewhere, &HttpSettings::default()).unwrap();
        let goes = server.client_of(&pool, &HttpSettings::default());
        caller(&goes).call(server.get("/")).await.unwrap_err();
        let is_shown = || {
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            text.contains("certificate_expiry")
        };
        assert!(is_shown());
        drop(goes);
        assert!(!is_shown());
        drop(stays);
    }
}
