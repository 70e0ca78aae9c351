//! The family tables against the naming rules of the field.

use std::collections::HashSet;

use webchat_exporter::exposition::own::own_families;
use webchat_exporter::http_client::INSTRUMENTS;
use webchat_exporter::platform::catalogue::catalogue;
use webchat_exporter::platform::family::Kind;

/// Labels that Prometheus sets itself, or that sites commonly set on targets.
const RESERVED_LABELS: [&str; 14] = [
    "job",
    "instance",
    "target",
    "platform",
    "le",
    "quantile",
    "type",
    "region",
    "zone",
    "cluster",
    "customer",
    "service",
    "environment",
    "env",
];

fn complaints(
    complain: impl Fn(&'static webchat_exporter::platform::family::Family) -> Option<String>,
) -> Vec<String> {
    catalogue()
        .families()
        .iter()
        .filter_map(|family| complain(family).map(|complaint| format!("{}: {complaint}", family.name)))
        .collect()
}

#[test]
fn every_family_has_a_name_of_its_own() {
    let mut seen = HashSet::new();
    let own = INSTRUMENTS.iter().chain(own_families()).map(|instrument| instrument.name);
    let names = catalogue().families().iter().map(|family| family.name).chain(own);
    let twice: Vec<&str> = names.filter(|name| !seen.insert(*name)).collect();
    assert_eq!(twice, [""; 0]);
}

#[test]
fn names_are_snake_case_with_the_prefix_of_their_platform() {
    let prefixes = ["webchat_", "chime_", "comm100_", "egain_", "xima_"];
    assert_eq!(
        complaints(|family| {
            let snake =
                family.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            let known = prefixes.iter().any(|prefix| family.name.starts_with(prefix));
            (!snake || !known || family.name.contains("__")).then(|| "bad name".into())
        }),
        [""; 0]
    );
}

#[test]
fn suffixes_say_what_the_type_says() {
    assert_eq!(
        complaints(|family| {
            let ends = |suffix: &str| family.name.ends_with(suffix);
            let fits = match family.kind {
                Kind::Counter => ends("_total"),
                Kind::Info => ends("_info"),
                Kind::Gauge => {
                    !["_total", "_sum", "_count", "_bucket", "_created"].iter().any(|suffix| ends(suffix))
                }
            };
            (!fits).then(|| format!("is a {:?}", family.kind))
        }),
        [""; 0]
    );
}

#[test]
fn units_are_base_units() {
    let foreign =
        ["_ms", "_milliseconds", "_minutes", "_hours", "_percent", "_kilobytes", "_megabytes", "_duration"];
    assert_eq!(
        complaints(|family| foreign
            .iter()
            .any(|unit| family.name.ends_with(unit))
            .then(|| "not a base unit".into())),
        [""; 0]
    );
}

#[test]
fn help_is_one_line_of_full_sentences() {
    assert_eq!(
        complaints(|family| {
            let fine = family.help.len() > 20 && family.help.ends_with('.') && !family.help.contains('\n');
            let starts =
                family.help.starts_with(|first: char| first.is_ascii_uppercase() || first.is_ascii_digit());
            (!fine || !starts).then(|| family.help.to_owned())
        }),
        [""; 0]
    );
}

#[test]
fn labels_are_valid_and_not_reserved() {
    assert_eq!(
        complaints(|family| {
            let bad = |label: &&&str| {
                RESERVED_LABELS.contains(*label)
                    || !label.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            };
            family.labels.iter().find(bad).map(|label| format!("label {label}"))
        }),
        [""; 0]
    );
}

#[test]
fn the_processs_own_families_keep_the_same_rules() {
    let complain = |name: &str, kind: &str, labels: &[&str], help: &str| {
        let is_snake = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let is_known = name.starts_with("webchat_") || name.starts_with("process_");
        let fits = match kind {
            "counter" => name.ends_with("_total"),
            "info" => name.ends_with("_info"),
            _ => !name.ends_with("_total") && !name.ends_with("_info"),
        };
        let is_sentence = help.ends_with('.') && !help.contains('\n');
        // The label belongs to the series of targets alone.
        let is_of_a_target = labels.contains(&"target");
        !is_snake || !is_known || !fits || !is_sentence || is_of_a_target
    };
    let instruments = INSTRUMENTS.iter().chain(own_families());
    let wrong: Vec<&str> = instruments
        .filter(|own| complain(own.name, own.kind, own.labels, own.help))
        .map(|own| own.name)
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_exporters_own_network_has_no_labels_at_all() {
    let own = own_families().iter().find(|family| family.name == "webchat_connectivity_up");
    assert_eq!(own.map(|family| (family.kind, family.labels)), Some(("gauge", &[][..])));
}
