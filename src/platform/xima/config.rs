//! What the configuration says about a Xima installation.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{BaseUrl, CollectorOptions, HumanDuration};
use crate::secret::{Secret, SecretSource};

/// A Xima (Chronicall Contact Center) web chat installation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XimaConfig {
    /// Root of the web chat API, `https://mm-v1.ximasoftware.com`; the vendor puts breaking changes on mm-v2, mm-v3, ….
    pub base_url: BaseUrl,
    /// The Chat Installation Id, shown under Multimedia Chat Seat in Chronicall's System Settings. Whoever knows it is
    /// given AWS credentials, so it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation_id: Option<Secret>,
    /// File that holds the Chat Installation Id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation_id_file: Option<PathBuf>,
    /// Environment variable that holds the Chat Installation Id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation_id_env: Option<String>,
    /// Amazon SQS, through which the installation delivers messages.
    #[serde(default)]
    pub sqs: SqsConfig,
    /// The collectors.
    #[serde(default)]
    pub collectors: Collectors,
}

/// Where Amazon SQS is and which of its queues are measured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SqsConfig {
    /// URLs of standing queues to measure with the `sqs_queues` collector; their last path segments must differ. Xima
    /// itself creates queues per chat only.
    pub queues: Vec<BaseUrl>,
    /// Another endpoint of the SQS protocol, for tests; AWS's own of the issued region where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<BaseUrl>,
}

/// Options of each collector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Collectors {
    /// Whether the API answers a look-up of a chat session that does not exist (on).
    pub session: CollectorOptions,
    /// Whether the API issues AWS credentials and AWS accepts them (on).
    pub credentials: CollectorOptions,
    /// Messages in the queues of `sqs.queues` (off).
    pub sqs_queues: CollectorOptions,
    /// Starts a real chat and measures how it goes (off; not available in this version).
    pub synthetic_chat: SyntheticChatConfig,
}

/// Options of the `synthetic_chat` collector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyntheticChatConfig {
    /// Whether it polls at all: it starts real chats that reach real agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How often it polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<HumanDuration>,
    /// Limit of one whole poll, all its requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<HumanDuration>,
    /// Age at which values of earlier polls disappear; `0s` drops them at the first failed poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<HumanDuration>,
    /// The skill that the chat queues for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// API key from Xima; not the Authentication Key of a Service User.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// File that holds the API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_file: Option<PathBuf>,
    /// Environment variable that holds the API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// Name under which agents see the chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address under which agents see the chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the chat waits for before it is ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_for: Option<WaitFor>,
    /// When the chat is ended at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<HumanDuration>,
}

/// What a synthetic chat waits for before it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The first message of any kind: the chat is in the queue.
    FirstMessage,
    /// An agent who takes the chat.
    Answer,
}

impl XimaConfig {
    /// Where the installation id comes from.
    pub(super) fn installation_id(&self, directory: &Path) -> Result<SecretSource, String> {
        SecretSource::from_forms(
            "installation_id",
            self.installation_id.clone(),
            self.installation_id_file.as_deref(),
            self.installation_id_env.as_deref(),
            directory,
        )?
        .ok_or_else(|| {
            "one of installation_id, installation_id_file and installation_id_env is needed".to_owned()
        })
    }
}

impl SqsConfig {
    /// The queues by name, the last segment of their URL, in the order of the configuration.
    pub(super) fn named_queues(&self) -> Result<Vec<(String, BaseUrl)>, String> {
        let mut queues: Vec<(String, BaseUrl)> = Vec::with_capacity(self.queues.len());
        for url in &self.queues {
            let name = url.as_str().rsplit('/').next().unwrap_or_default();
            if name.is_empty() || url.as_url().path().trim_matches('/').is_empty() {
                return Err(format!("sqs.queues: {} names no queue: it has no path", url.as_str()));
            }
            if queues.iter().any(|(other, _)| other == name) {
                return Err(format!(
                    "sqs.queues: two queues are named {name}, the last segment of their URLs"
                ));
            }
            queues.push((name.to_owned(), url.clone()));
        }
        Ok(queues)
    }
}

impl SyntheticChatConfig {
    /// Checks what can be checked although the collector does not exist yet.
    pub(super) fn check(&self, directory: &Path) -> Result<(), String> {
        SecretSource::from_forms(
            "collectors.synthetic_chat.api_key",
            self.api_key.clone(),
            self.api_key_file.as_deref(),
            self.api_key_env.as_deref(),
            directory,
        )?;
        if self.max_duration.is_some_and(|duration| duration.0.is_zero()) {
            return Err("collectors.synthetic_chat.max_duration must be above zero".to_owned());
        }
        if self.enabled == Some(true) {
            let message = "collectors.synthetic_chat is not available in this version; leave it out or set enabled: false";
            return Err(message.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> XimaConfig {
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn every_key_is_read() {
        let config = read(
            "base_url: https://mm-v1.ximasoftware.com
installation_id_file: secrets/xima-installation
sqs:
  queues: [https://sqs.us-east-1.amazonaws.com/000000000000/standing]
  endpoint_url: http://127.0.0.1:4566
collectors:
  session: { interval: 15s }
  credentials: { enabled: false }
  sqs_queues: { enabled: true, timeout: 5s, stale_after: 0s }
  synthetic_chat:
    enabled: false
    interval: 1h
    timeout: 3m
    stale_after: 3h
    skill: Monitoring
    api_key_file: secrets/xima-api-key
    name: Availability check
    email: monitor@example.com
    wait_for: first_message
    max_duration: 2m
",
        );
        assert_eq!(
            config.installation_id(Path::new("/etc/webchat")),
            Ok(SecretSource::File("/etc/webchat/secrets/xima-installation".into()))
        );
        assert_eq!(config.sqs.endpoint_url.as_ref().map(BaseUrl::as_str), Some("http://127.0.0.1:4566"));
        assert_eq!(config.sqs.named_queues().unwrap()[0].0, "standing");
        let synthetic_chat = &config.collectors.synthetic_chat;
        assert_eq!(synthetic_chat.check(Path::new("")), Ok(()));
        assert_eq!(synthetic_chat.wait_for, Some(WaitFor::FirstMessage));
        assert_eq!(synthetic_chat.max_duration, Some(HumanDuration(Duration::from_mins(2))));
        assert_eq!(config.collectors.session.interval, Some(HumanDuration(Duration::from_secs(15))));
    }

    #[test]
    fn an_unknown_key_and_an_unknown_state_are_refused() {
        for text in [
            "{ base_url: 'http://a', instalation_id: x }",
            "{ base_url: 'http://a', collectors: { synthetic_chat: { wait_for: agent } } }",
            "{ base_url: 'http://a', sqs: { queues: ['sqs.example.com/1/a'] } }",
        ] {
            assert!(serde_saphyr::from_str::<XimaConfig>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queues_need_a_name_that_differs() {
        let cases = [
            (
                "['http://a/1/calls', 'http://b/1/calls/']",
                "sqs.queues: two queues are named calls, the last segment of their URLs",
            ),
            (
                "['http://sqs.example.com']",
                "sqs.queues: http://sqs.example.com names no queue: it has no path",
            ),
        ];
        for (queues, message) in cases {
            let config = read(&format!("{{ base_url: 'http://a', sqs: {{ queues: {queues} }} }}"));
            assert_eq!(config.sqs.named_queues().unwrap_err(), message);
        }
    }

    #[test]
    fn secrets_are_masked_when_the_configuration_is_shown() {
        let config = read("{ base_url: 'http://a', installation_id: hunter2 }");
        let shown = serde_saphyr::to_string(&config).unwrap();
        assert!(!shown.contains("hunter2") && shown.contains("<redacted>"), "{shown}");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn the_synthetic_chat_is_checked_but_cannot_be_switched_on() {
        let cases = [
            (
                "enabled: true",
                "collectors.synthetic_chat is not available in this version; leave it out or set enabled: false",
            ),
            ("max_duration: 0s", "collectors.synthetic_chat.max_duration must be above zero"),
            (
                "api_key: a, api_key_env: B",
                "only one of collectors.synthetic_chat.api_key, collectors.synthetic_chat.api_key_file and \
                 collectors.synthetic_chat.api_key_env can be given",
            ),
        ];
        for (keys, message) in cases {
            let config: SyntheticChatConfig = serde_saphyr::from_str(&format!("{{ {keys} }}")).unwrap();
            assert_eq!(config.check(Path::new("")).unwrap_err(), message);
        }
    }
}
