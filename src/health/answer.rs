//! Health documents in the Health Check Response Format for HTTP APIs (draft-inadarei-api-health-check-06).
//!
//! `status`, `output` and `checks` with `componentId`, `componentType`, `status` and `output` are the draft's; the other
//! keys of a check are our own, which the draft allows. What each status means: [`crate::health::verdict`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::status::Status;
use crate::health::document::{
    ChannelStatus, Maintenance, StatusDocument, TargetStatus, moment, status_word,
};
use crate::health::verdict::Verdict;

/// Findings that `output` lists; the others are counted.
const SHOWN: usize = 10;
/// What is said of a target before anything is known of it.
const NOTHING_KNOWN: &str = "nothing is known of its channels yet";

/// How healthy something is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthDocument {
    /// The worst of the checks.
    pub status: Verdict,
    /// What is the matter, in words for people; absent with pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The checks by `target:channel`, or by `target` where none of its channels is known. Channels that share a name share a key.
    pub checks: BTreeMap<String, Vec<Check>>,
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The platform's identifier of the channel; absent where no channel is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_id: Option<String>,
    /// Always `component`.
    pub component_type: String,
    /// Whether this check passes.
    pub status: Verdict,
    /// Why, in words for people; absent with pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The status of the channel in full: what is `pass` may be closed.
    #[serde(with = "status_word")]
    #[schemars(schema_with = "status_word::schema")]
    pub channel_status: Status,
    /// Why no chat can be started, where the platform says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when the channel's status is what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub since: Option<Timestamp>,
    /// The channel's business hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<BusinessHours>,
    /// The channel's planned maintenance window that is on, or else the next one that begins within 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
}

/// Whether a channel is open, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusinessHours {
    /// Whether now is within them; always true without a schedule.
    pub open: bool,
    /// When that changes next; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    pub next_change: Option<Timestamp>,
}

impl HealthDocument {
    /// The health of all targets.
    pub fn of_all(document: &StatusDocument) -> Self {
        Self::of_checks(document.targets.iter().flat_map(tree))
    }

    /// The health of a target.
    pub fn of_target(target: &TargetStatus) -> Self {
        Self::of_checks(tree(target))
    }

    /// The health of channels of a target that somebody asked for by name, usually one.
    pub fn of_channels(target: &TargetStatus, channels: &[&ChannelStatus]) -> Self {
        let checks = channels.iter().map(|channel| (key(target, channel), check(channel, Verdict::alone)));
        Self::of_checks(checks)
    }

    /// The health of a channel of which nothing is known yet.
    pub fn of_unheard(target: &TargetStatus) -> Self {
        Self::of_checks([(target.name.clone(), unheard(Verdict::alone))])
    }

    fn of_checks(checks: impl IntoIterator<Item = (String, Check)>) -> Self {
        let (mut status, mut findings) = (Verdict::Pass, Vec::new());
        let mut by_key: BTreeMap<String, Vec<Check>> = BTreeMap::new();
        for (key, check) in checks {
            status = status.max(check.status);
            findings.extend(check.output.as_ref().map(|output| (check.status, format!("{key}: {output}"))));
            by_key.entry(key).or_default().push(check);
        }
        // The worst come first, each in the order of the configuration.
        findings.sort_by_key(|(status, _)| std::cmp::Reverse(*status));
        Self { status, output: summary(&findings), checks: by_key }
    }
}

fn summary(findings: &[(Verdict, String)]) -> Option<String> {
    let mut shown: Vec<&str> = findings.iter().take(SHOWN).map(|(_, text)| text.as_str()).collect();
    let rest = format!("and {} more", findings.len().saturating_sub(SHOWN));
    if findings.len() > SHOWN {
        shown.push(&rest);
    }
    (!shown.is_empty()).then(|| shown.join("; "))
}

/// The checks of a target and their keys.
fn tree(target: &TargetStatus) -> Vec<(String, Check)> {
    if target.channels.is_empty() {
        return vec![(target.name.clone(), unheard(Verdict::in_tree))];
    }
    let checks =
        target.channels.iter().map(|channel| (key(target, channel), check(channel, Verdict::in_tree)));
    checks.collect()
}

fn key(target: &TargetStatus, channel: &ChannelStatus) -> String {
    format!("{}:{}", target.name, channel.name)
}

fn check(channel: &ChannelStatus, verdict: fn(Status) -> Verdict) -> Check {
    let status = verdict(channel.status);
    Check {
        component_id: Some(channel.id.clone()),
        component_type: "component".to_owned(),
        status,
        output: (status != Verdict::Pass).then(|| channel.describe()),
        channel_status: channel.status,
        reason: channel.reason.clone(),
        since: Some(channel.since),
        business_hours: Some(BusinessHours { open: channel.open, next_change: channel.next_change }),
        maintenance: channel.maintenance.clone(),
    }
}

fn unheard(verdict: fn(Status) -> Verdict) -> Check {
    Check {
        component_id: None,
        component_type: "component".to_owned(),
        status: verdict(Status::Unknown),
        output: Some(NOTHING_KNOWN.to_owned()),
        channel_status: Status::Unknown,
        reason: None,
        since: None,
        business_hours: None,
        maintenance: None,
    }
}
