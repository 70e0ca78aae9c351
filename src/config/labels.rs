//! Label names that users may give to a target.

use crate::platform::catalogue::catalogue;
use crate::platform::family::Family;

/// Label names of ours that no family of the catalogue lists.
const OWN: [&str; 11] = [
    "target", "platform", "base_url", "endpoint", "code", "host", "signal", "level", "handler", "le",
    "quantile",
];

/// Label names that Prometheus gives to what it scrapes.
const OF_PROMETHEUS: [&str; 2] = ["job", "instance"];

/// Label names of alerts, from Prometheus or from the bundled rules. `team` is not among them: many sites have such a label,
/// and alerts have the team of their rule in its place, by which they are routed.
const OF_ALERTS: [&str; 5] = ["alertname", "alertstate", "severity", "long", "short"];

/// Checks the name of a user's label.
///
/// # Errors
/// A message for the user if it is no Prometheus label name, is reserved, or is a label of ours, of Prometheus or of alerts.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_valid = name.bytes().next().is_some_and(is_start)
        && name.bytes().all(|byte| is_start(byte) || byte.is_ascii_digit());
    if !is_valid {
        return Err(format!(
            "{name:?} is not a label name: letters, digits and _, not beginning with a digit"
        ));
    }
    if name.starts_with("__") {
        return Err(format!("the label `{name}` is refused: names that begin with __ are Prometheus' own"));
    }
    if OF_PROMETHEUS.contains(&name) {
        return Err(format!(
            "the label `{name}` is refused: Prometheus gives a label of that name to all that it scrapes, and the \
             bundled rules rest on it"
        ));
    }
    if OF_ALERTS.contains(&name) {
        return Err(format!(
            "the label `{name}` is refused: alerts have a label of that name, which would replace it"
        ));
    }
    if OWN.contains(&name) || is_of_a_family(name) {
        return Err(format!(
            "the label `{name}` is refused: the exporter's own series carry a label of that name"
        ));
    }
    Ok(())
}

/// Whether any family has the label.
fn is_of_a_family(name: &str) -> bool {
    let has_label = |family: &&Family| family.labels.contains(&name);
    catalogue().families().iter().any(has_label)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// The labels that alerting rules put on their alerts, as they stand in the file.
    fn labels_of_rules() -> BTreeSet<String> {
        let rules: Value = serde_saphyr::from_str(include_str!("../../alerts/webchat.rules.yml")).unwrap();
        let groups = rules["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
        rules
            .filter_map(|rule| rule["labels"].as_object())
            .flat_map(|labels| labels.keys().cloned())
            .collect()
    }

    #[test]
    fn a_label_of_the_user_meets_none_of_a_bundled_rule_but_the_team() {
        let allowed: Vec<String> =
            labels_of_rules().into_iter().filter(|name| check_name(name).is_ok()).collect();
        assert_eq!(allowed, ["team"]);
    }

    #[test]
    fn a_label_of_the_user_never_meets_one_of_ours() {
        for name in ["site", "team", "_private", "region9"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "target",
            "le",
            "collector",
            "reason",
            "channel_id",
            "queue_id",
            "entry_point",
            "route_type",
            "__name__",
            "9lives",
            "a-b",
            "",
            "ü",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
