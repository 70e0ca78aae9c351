//! The AWS credentials that the installation issues, and when they last changed.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::config::BaseUrl;
use crate::http_client::{Caller, Exchange, Failure, Reason, Reply};
use crate::platform::xima::wire::{self, Credentials};
use crate::secret::SecretSource;

/// The `endpoint` label of the call that issues credentials.
pub const ISSUE_CREDENTIALS: &str = "chat/queue/auth";

/// Has credentials issued for one installation.
#[derive(Debug)]
pub struct Issuer {
    installation_id: SecretSource,
    /// Keys the hash of a key pair; it differs between processes.
    hasher: RandomState,
    newest: Mutex<Option<KeyPair>>,
}

/// What is remembered of an issued key pair: nothing that could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPair {
    hash: u64,
    /// When this process first saw it.
    pub first_seen: Timestamp,
}

/// Why there are no credentials.
#[derive(Debug)]
pub enum NotIssued {
    /// The API was not reached, or limits the rate of requests: whether it issues credentials is not known.
    Unknown(Failure),
    /// The API answered without credentials.
    Answered(Failure),
}

impl Issuer {
    /// An issuer for the installation whose id is read each time it is used.
    pub fn new(installation_id: SecretSource) -> Self {
        Self { installation_id, hasher: RandomState::new(), newest: Mutex::default() }
    }

    /// Has credentials issued and remembers when their key pair was first seen.
    pub async fn issue(
        &self,
        base_url: &BaseUrl,
        caller: &Caller,
    ) -> Result<(Credentials, KeyPair), NotIssued> {
        let reply = self.request(base_url, caller).await.map_err(NotIssued::Unknown)?;
        let credentials = wire::credentials(reply).map_err(|failure| match failure.reason {
            Reason::RateLimited => NotIssued::Unknown(failure),
            _ => NotIssued::Answered(failure),
        })?;
        let pair = self.remember(&credentials, caller.now());
        Ok((credentials, pair))
    }

    async fn request(&self, base_url: &BaseUrl, caller: &Caller) -> Result<Reply, Failure> {
        let installation_id = self.installation_id.read().map_err(|error| {
            Failure::caused_by(Reason::Unauthorized, "the installation id could not be had", error)
        })?;
        let query = [("installation-id", installation_id.expose())];
        let url = base_url.join(&["chat", "queue", "auth"], &query);
        caller.call(Exchange::get(ISSUE_CREDENTIALS, url)).await
    }

    fn remember(&self, credentials: &Credentials, now: Timestamp) -> KeyPair {
        let hash = self.hasher.hash_one((credentials.access_key.expose(), credentials.secret_key.expose()));
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match *newest {
            Some(pair) if pair.hash == hash => pair,
            _ => *newest.insert(KeyPair { hash, first_seen: now }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn credentials(access_key: &str, secret_key: &str) -> Credentials {
        Credentials {
            access_key: Secret::new(access_key),
            secret_key: Secret::new(secret_key),
            region: "us-east-1".to_owned(),
        }
    }

    #[test]
    fn a_pair_changes_with_either_key_and_only_then() {
        let issuer = Issuer::new(SecretSource::Inline(Secret::new("installation")));
        let polls = [
            ("a", "b", 10, 10),
            ("a", "b", 20, 10),
            ("a", "c", 30, 30),
            ("d", "c", 40, 40),
            ("d", "c", 50, 40),
        ];
        for (access_key, secret_key, now, first_seen) in polls {
            let now = Timestamp::from_second(now).unwrap();
            let pair = issuer.remember(&credentials(access_key, secret_key), now);
            assert_eq!(
                pair.first_seen,
                Timestamp::from_second(first_seen).unwrap(),
                "{access_key} {secret_key}"
            );
        }
    }

    #[test]
    fn what_is_remembered_shows_no_key() {
        let issuer = Issuer::new(SecretSource::Inline(Secret::new("hunter2")));
        issuer.remember(&credentials("AKIDEXAMPLE", "hunter3"), Timestamp::UNIX_EPOCH);
        let shown = format!("{issuer:?}");
        assert!(!shown.contains("hunter") && !shown.contains("AKID"), "{shown}");
    }
}
