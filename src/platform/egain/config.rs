//! What the configuration says about an eGain or Cisco ECE target, and the checks beyond its types.

use std::borrow::Cow;
use std::collections::HashSet;

use http::HeaderValue;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::config::{BaseUrl, CollectorOptions};

/// eGain Chat, also sold as Cisco Enterprise Chat and Email (ECE): the entry points through which customers reach it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EgainConfig {
    /// Root of the chat API. On premises it is all before `/entrypoint`, such as
    /// `https://ece.example.com/system/egain/chat`; the context root `/system` differs between sites. In the cloud it
    /// is `https://api.egain.cloud/conversation/messagerouter/v3`.
    pub base_url: BaseUrl,
    /// Which of the two APIs is there.
    #[serde(default)]
    pub api: Api,
    /// The entry points to watch: at least one, each id once.
    pub entry_points: Vec<EntryPoint>,
    /// The checks to make for each entry point: all five unless given, at least one, each once.
    #[serde(default = "Check::all")]
    pub checks: Vec<Check>,
    /// Value of the `Accept-Language` header, such as `de-DE`. The cloud API demands one: `en-US` unless given. On
    /// premises none is sent unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_language: Option<String>,
    /// Options of each collector.
    #[serde(default)]
    pub collectors: Collectors,
}

/// Options of each collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Collectors {
    /// The checks of all entry points.
    pub entry_points: CollectorOptions,
}

/// The two forms of the chat API: same questions, other paths and media types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// eGain and Cisco ECE on a server of one's own; it answers XML.
    #[default]
    OnPrem,
    /// Version 3 of eGain's cloud API; it answers JSON.
    V3,
}

/// An entry point: one place on a site that leads to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryPoint {
    /// Its identifier in the eGain administration console.
    pub id: EntryPointId,
    /// Name for labels and the status page; the id unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the entry in `schedules` that holds its business hours; that of the target unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

impl EntryPoint {
    /// Its name, or its id where it has none.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.id.as_str())
    }
}

/// An entry point's identifier: a number on premises, any string of 1 to 255 characters in the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct EntryPointId(String);

impl EntryPointId {
    /// The most characters an identifier has.
    pub const MAX_CHARACTERS: usize = 255;

    /// Checks `text`; a number is its digits.
    ///
    /// # Errors
    /// A sentence for the user. Dots alone are refused too, since no URL can carry them as a path segment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length == 0 || length > Self::MAX_CHARACTERS {
            return Err(format!(
                "an entry point id has 1 to {} characters, not {length}",
                Self::MAX_CHARACTERS
            ));
        }
        if matches!(text, "." | "..") || text.trim() != text || text.contains(char::is_control) {
            return Err(format!("{text:?} is not an entry point id; write it like 1000 or \"retail\""));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, not yet encoded for a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for EntryPointId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for EntryPointId {
    fn schema_name() -> Cow<'static, str> {
        "EntryPointId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "minLength": 1,
            "maxLength": Self::MAX_CHARACTERS,
            "description": "An entry point's identifier: a number on premises, a string in the cloud.",
        })
    }
}

/// A question that the API answers about an entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Whether an agent is available (`agentAvailability`).
    AgentAvailability,
    /// Chats that agents could take on (`capacity`).
    Capacity,
    /// Queue depth and estimated wait (`liveSessionStatus`).
    LiveSessionStatus,
    /// Whether the queue takes a new chat (`checkEligibility`).
    Eligibility,
    /// Whether the entry point takes a new chat (`chatAllowed`).
    ChatAllowed,
}

impl Check {
    /// Every check, in the order of the vendor's document.
    pub const ALL: [Self; 5] = [
        Self::AgentAvailability,
        Self::Capacity,
        Self::LiveSessionStatus,
        Self::Eligibility,
        Self::ChatAllowed,
    ];

    /// The key in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::AgentAvailability => "agent_availability",
            Self::Capacity => "capacity",
            Self::LiveSessionStatus => "live_session_status",
            Self::Eligibility => "eligibility",
            Self::ChatAllowed => "chat_allowed",
        }
    }

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }
}

impl EgainConfig {
    /// Checks what the types alone cannot say.
    ///
    /// # Errors
    /// A sentence fragment for the user that begins with the key.
    pub fn check(&self) -> Result<(), String> {
        self.check_entry_points()?;
        if self.checks.is_empty() {
            return Err("checks: the list is empty; leave the key out for all five".to_owned());
        }
        let mut seen = HashSet::new();
        if let Some(check) = self.checks.iter().find(|check| !seen.insert(**check)) {
            return Err(format!("checks: {} is given twice", check.key()));
        }
        self.language().map(drop)
    }

    /// The value of the `Accept-Language` header; `None` for none.
    ///
    /// # Errors
    /// A sentence fragment for the user if the configured value is no header value.
    pub fn language(&self) -> Result<Option<HeaderValue>, String> {
        let default = (self.api == Api::V3).then_some("en-US");
        let Some(language) = self.accept_language.as_deref().or(default) else { return Ok(None) };
        if language.trim().is_empty() {
            return Err("accept_language: the value is empty; write it like en-US".to_owned());
        }
        HeaderValue::from_str(language)
            .map(Some)
            .map_err(|_| format!("accept_language: {language:?} is not a header value; write it like en-US"))
    }

    fn check_entry_points(&self) -> Result<(), String> {
        if self.entry_points.is_empty() {
            return Err("entry_points: the list is empty; give at least one id".to_owned());
        }
        let mut seen = HashSet::new();
        for entry_point in &self.entry_points {
            let id = entry_point.id.as_str();
            if !seen.insert(id) {
                return Err(format!("entry_points: id {id} is given twice"));
            }
            if entry_point.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
                return Err(format!(
                    "entry_points: the name of {id} is empty; leave the key out to use the id"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str =
        "base_url: https://ece.example.com/system/egain/chat\nentry_points: [{ id: 1000 }]\n";

    fn config(text: &str) -> EgainConfig {
        serde_saphyr::from_str(text).unwrap()
    }

    fn refusal(text: &str) -> String {
        let config: Result<EgainConfig, _> = serde_saphyr::from_str(text);
        match config {
            Ok(config) => config.check().unwrap_err(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn everything_but_the_base_url_and_the_entry_points_has_a_default() {
        let config = config(MINIMAL);
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.api, Api::OnPrem);
        assert_eq!(config.checks, Check::ALL);
        assert_eq!(config.language(), Ok(None));
        assert_eq!(config.collectors, Collectors::default());
        assert_eq!(config.entry_points[0].label(), "1000");
    }

    #[test]
    fn every_key_is_read() {
        let config = config(
            "base_url: https://api.egain.cloud/conversation/messagerouter/v3
api: v3
accept_language: de-DE
entry_points:
  - { id: 0042, name: Retail banking }
  - { id: \"mortgages/uk\", schedule: emea-desk }
checks: [chat_allowed, live_session_status]
collectors:
  entry_points: { interval: 15s }
",
        );
        assert_eq!(config.check(), Ok(()));
        let entry_points: Vec<_> =
            config.entry_points.iter().map(|point| (point.id.as_str(), point.label())).collect();
        assert_eq!(entry_points, [("0042", "Retail banking"), ("mortgages/uk", "mortgages/uk")]);
        assert_eq!(config.entry_points[1].schedule.as_deref(), Some("emea-desk"));
        assert_eq!(config.checks, [Check::ChatAllowed, Check::LiveSessionStatus]);
        assert_eq!(config.language(), Ok(Some(HeaderValue::from_static("de-DE"))));
        assert!(config.collectors.entry_points.interval.is_some());
    }

    #[test]
    fn the_cloud_is_asked_in_english_unless_said_otherwise() {
        let config = config(&format!("{MINIMAL}api: v3\n"));
        assert_eq!(config.language(), Ok(Some(HeaderValue::from_static("en-US"))));
    }

    #[test]
    fn mistakes_name_their_key() {
        let cases = [
            ("entry_points: []", "entry_points: the list is empty; give at least one id"),
            ("entry_points: [{ id: 7 }, { id: \"7\" }]", "entry_points: id 7 is given twice"),
            (
                "entry_points: [{ id: 7, name: \"\" }]",
                "entry_points: the name of 7 is empty; leave the key out to use the id",
            ),
            (
                "entry_points: [{ id: 7 }]\nchecks: []",
                "checks: the list is empty; leave the key out for all five",
            ),
            (
                "entry_points: [{ id: 7 }]\nchecks: [capacity, chat_allowed, capacity]",
                "checks: capacity is given twice",
            ),
            (
                "entry_points: [{ id: 7 }]\naccept_language: \"de\\nDE\"",
                "accept_language: \"de\\nDE\" is not a header value; write it like en-US",
            ),
            (
                "entry_points: [{ id: 7 }]\naccept_language: \"\"",
                "accept_language: the value is empty; write it like en-US",
            ),
        ];
        for (keys, message) in cases {
            assert_eq!(
                refusal(&format!("base_url: https://ece.example.com/chat\n{keys}\n")),
                message,
                "{keys}"
            );
        }
    }

    #[test]
    fn identifiers_that_no_path_can_carry_are_refused() {
        let long = "7".repeat(256);
        let cases = [
            ("", "an entry point id has 1 to 255 characters, not 0"),
            (long.as_str(), "an entry point id has 1 to 255 characters, not 256"),
            ("..", "\"..\" is not an entry point id; write it like 1000 or \"retail\""),
            (" 7", "\" 7\" is not an entry point id; write it like 1000 or \"retail\""),
            ("a\tb", "\"a\\tb\" is not an entry point id; write it like 1000 or \"retail\""),
        ];
        for (text, message) in cases {
            assert_eq!(EntryPointId::parse(text).unwrap_err(), message);
        }
        assert_eq!(EntryPointId::parse(&long[1..]).unwrap().as_str(), &long[1..]);
    }

    #[test]
    fn unknown_keys_and_checks_are_refused_where_they_stand() {
        let message = refusal(&format!("{MINIMAL}check: [capacity]\n"));
        assert!(message.contains("check") && message.contains("line 3"), "{message}");
        let message = refusal(&format!("{MINIMAL}checks: [agents]\n"));
        assert!(message.contains("agent_availability") && message.contains("line 3"), "{message}");
    }
}
