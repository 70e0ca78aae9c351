//! Looks at what a configuration refers to: secrets and certificates.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::checked::{Config, ConnectivityConfig, Place, TargetConfig};
use crate::config::problem::Problems;
use crate::http_client::settings::{Authentication, Grant, PemSource, TlsSettings};
use crate::secret::{MASK, SecretError, SecretSource};

/// Reads every file and environment variable that `config` refers to.
///
/// What several targets share, such as a file named under `global`, is complained about once. The strings are warnings.
pub(crate) fn check_external(config: &Config, problems: &mut Problems<'_>) -> Vec<String> {
    let mut check = ExternalCheck { problems, seen: BTreeSet::new(), warnings: Vec::new() };
    for target in &config.targets {
        check.target(target);
    }
    if let Some(connectivity) = &config.connectivity {
        check.connectivity(connectivity, &config.targets);
    }
    check.warnings
}

struct ExternalCheck<'a, 'b> {
    problems: &'a mut Problems<'b>,
    seen: BTreeSet<String>,
    warnings: Vec<String>,
}

impl ExternalCheck<'_, '_> {
    fn target(&mut self, target: &TargetConfig) {
        for (key, source) in http_secrets(target) {
            self.secret(target.origin.http, key, source);
        }
        for (key, source) in target.platform.secrets(&target.directory) {
            self.secret(target.origin.platform, key, &source);
        }
        self.tls(target.origin.http, &format!("the target {}", target.name), &target.http.tls);
    }

    fn connectivity(&mut self, connectivity: &ConnectivityConfig, targets: &[TargetConfig]) {
        self.tls(connectivity.origin, "the connectivity check", &connectivity.check.http.tls);
        let asked = connectivity.check.url.origin();
        for target in targets.iter().filter(|target| target.base_url.as_url().origin() == asked) {
            let name = &target.name;
            self.warnings.push(format!(
                "the connectivity check asks the server of the target {name}: an outage there hides all others"
            ));
        }
    }

    fn tls(&mut self, place: Place, owner: &str, tls: &TlsSettings) {
        for (key, source) in [("tls_config.ca", &tls.ca), ("tls_config.cert", &tls.certificate)] {
            if let Some(source) = source {
                self.note(place, key, certificates(source));
            }
        }
        if let Some(source) = &tls.key {
            self.secret(place, "tls_config.key", source);
            self.note(place, "tls_config.key", private_key(source));
        }
        if tls.insecure_skip_verify {
            self.warnings.push(format!("{owner} accepts every certificate (insecure_skip_verify)"));
        }
    }

    fn secret(&mut self, place: Place, key: &str, source: &SecretSource) {
        if let SecretSource::Inline(secret) = source {
            if secret.expose().is_empty() {
                self.problems.at(place, format!("{key}: cannot use the value: it is empty"));
            }
            if secret.expose() == MASK {
                // No error, since what show-config prints is a valid configuration.
                let place = self.problems.describe(place);
                self.warnings
                    .push(format!("{place}: {key} holds {MASK}, the mask of show-config, not a secret"));
            }
            return;
        }
        let result = source.read().map(drop).map_err(|error| describe(&error));
        self.note(place, key, result);
        if let SecretSource::File(path) = source
            && let Some(mode) = mode_open_to_others(path)
        {
            let warning =
                format!("the secret file {} can be read by every user (mode {mode:03o})", path.display());
            if self.seen.insert(warning.clone()) {
                self.warnings.push(warning);
            }
        }
    }

    /// Notes a problem once, at the first place it is met.
    fn note(&mut self, place: Place, key: &str, result: Result<(), String>) {
        let Err(complaint) = result else { return };
        let message = format!("{key}: cannot {complaint}");
        if self.seen.insert(message.clone()) {
            self.problems.at(place, message);
        }
    }
}

/// Every secret of a target's HTTP settings with its key.
fn http_secrets(target: &TargetConfig) -> Vec<(&'static str, &SecretSource)> {
    let mut secrets: Vec<(&'static str, &SecretSource)> = match &target.http.authentication {
        Authentication::None => Vec::new(),
        Authentication::Basic { password, .. } => vec![("basic_auth.password", password)],
        Authentication::Authorization { credentials, .. } => vec![("authorization.credentials", credentials)],
        Authentication::OAuth2(settings) => {
            let client_secret = settings.client_secret.iter().map(|source| ("oauth2.client_secret", source));
            let grant = match &settings.grant {
                Grant::Password { password, .. } => Some(("oauth2.password", password)),
                Grant::RefreshToken { refresh_token } => Some(("oauth2.refresh_token", refresh_token)),
                Grant::ClientCredentials => None,
            };
            client_secret.chain(grant).collect()
        }
    };
    secrets.extend(target.http.headers.iter().map(|(_, source)| ("http_headers", source)));
    secrets
}

/// The error and its cause, as a fragment after "cannot".
fn describe(error: &SecretError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The permission bits of a file that others than owner and group may read.
#[cfg(unix)]
fn mode_open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o004 != 0).then_some(mode)
}

/// Permissions are not looked at on other systems.
#[cfg(not(unix))]
fn mode_open_to_others(_path: &Path) -> Option<u32> {
    None
}

/// Checks that there is at least one certificate, and that each can be read.
fn certificates(source: &PemSource) -> Result<(), String> {
    let (bytes, name) = match source {
        PemSource::Inline(text) => (text.clone().into_bytes(), "the certificates given here".to_owned()),
        PemSource::File(path) => {
            let name = format!("certificate file {}", path.display());
            (fs::read(path).map_err(|error| format!("read {name}: {error}"))?, name)
        }
    };
    let mut number = 0;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|_| format!("use {name}: it is not PEM"))?;
        x509_parser::parse_x509_certificate(&certificate)
            .map_err(|_| format!("use {name}: certificate {} in it is damaged", number + 1))?;
        number += 1;
    }
    if number == 0 { Err(format!("use {name}: there is no certificate in PEM form")) } else { Ok(()) }
}

/// Checks that a key that can be read at all is a private key in PEM.
fn private_key(source: &SecretSource) -> Result<(), String> {
    let Ok(text) = source.read() else { return Ok(()) };
    PrivateKeyDer::from_pem_slice(text.expose().as_bytes())
        .map(drop)
        .map_err(|_| "use the client key: there is no private key in PEM form".to_owned())
}
