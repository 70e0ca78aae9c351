//! The example configurations of the servers around the exporter.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse<T: DeserializeOwned>(path: &str, text: &str) -> T {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The file with its variants: lines that begin with `#` and two blanks.
fn with_variants(text: &str) -> String {
    Regex::new("(?m)^#(  )").unwrap().replace_all(text, "$1").into_owned()
}

/// What Grafana knows in a file of data sources; anything else is a slip.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DataSources {
    api_version: u8,
    datasources: Vec<DataSource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DataSource {
    name: String,
    uid: String,
    #[serde(rename = "type")]
    kind: String,
    access: String,
    url: String,
    editable: bool,
    #[serde(default)]
    basic_auth: bool,
    basic_auth_user: Option<String>,
    #[serde(default)]
    secure_json_data: BTreeMap<String, String>,
    json_data: Value,
}

#[test]
fn data_sources_are_what_grafana_reads() {
    let path = "grafana/provisioning/datasources/webchat.yml";
    let file: DataSources = parse(path, &text(path));
    assert_eq!(file.api_version, 1);
    let shown = |source: &DataSource| {
        let DataSource { name, uid, kind, access, url, editable, json_data, .. } = source;
        json!([name, uid, kind, access, url, editable, json_data])
    };
    assert_eq!(
        file.datasources.iter().map(shown).collect::<Vec<_>>(),
        [
            json!(["Webchat Prometheus", "webchat-prometheus", "prometheus", "proxy", "http://localhost:9090", false, {
                "httpMethod": "POST", "prometheusType": "Prometheus", "timeInterval": "15s",
                "manageAlerts": true, "alertmanagerUid": "webchat-alertmanager",
            }]),
            json!(["Webchat Alertmanager", "webchat-alertmanager", "alertmanager", "proxy", "http://localhost:9093", false, {
                "implementation": "prometheus",
            }]),
        ]
    );
}

#[test]
fn the_data_source_can_have_a_login() {
    let path = "grafana/provisioning/datasources/webchat.yml";
    let file: DataSources = parse(path, &with_variants(&text(path)));
    let source = &file.datasources[0];
    assert_eq!((source.basic_auth, source.basic_auth_user.as_deref()), (true, Some("grafana")));
    let password = "$__file{/etc/grafana/secrets/prometheus-password}".to_owned();
    assert_eq!(source.secure_json_data, [("basicAuthPassword".to_owned(), password)].into());
}

#[test]
fn boards_are_provisioned_from_the_directory_that_the_steps_name() {
    let path = "grafana/provisioning/dashboards/webchat.yml";
    let file: Value = parse(path, &text(path));
    let directory = "/var/lib/grafana/dashboards/webchat";
    assert_eq!(
        file,
        json!({"apiVersion": 1, "providers": [{
            "name": "webchat", "folder": "Webchat", "folderUid": "webchat", "type": "file", "allowUiUpdates": false,
            "disableDeletion": true, "updateIntervalSeconds": 60, "options": {"path": directory},
        }]})
    );
    assert!(text("README.md").contains(&format!("install -D -m 644 -t {directory} dashboards/*.json")));
}

#[test]
fn prometheus_scrapes_at_the_interval_that_grafana_is_told() {
    let path = "prometheus/prometheus.example.yml";
    let file: Value = parse(path, &text(path));
    assert_eq!(file["global"], json!({"scrape_interval": "15s", "evaluation_interval": "30s"}));
    assert_eq!(file["rule_files"], json!(["../../alerts/webchat.rules.yml"]));
    let job = json!({"job_name": "webchat", "static_configs": [{"targets": ["localhost:10064"]}]});
    assert_eq!(file["scrape_configs"], json!([job]));
}

#[test]
fn prometheus_can_probe_with_tls_and_a_login() {
    let path = "prometheus/prometheus.example.yml";
    let file: Value = parse(path, &with_variants(&text(path)));
    let jobs = file["scrape_configs"].as_array().unwrap();
    let drop = json!([{"source_labels": ["target"], "regex": ".+", "action": "drop"}]);
    assert_eq!(jobs[0]["metric_relabel_configs"], drop);
    let login =
        json!({"username": "prometheus", "password_file": "/etc/prometheus/secrets/webchat-password"});
    let tls = json!({"ca_file": "/etc/prometheus/webchat-ca.pem"});
    for secured in [&jobs[0], &jobs[1], &jobs[1]["http_sd_configs"][0]] {
        assert_eq!((&secured["basic_auth"], &secured["tls_config"]), (&login, &tls));
    }
    let probe = [&jobs[1]["job_name"], &jobs[1]["metrics_path"], &jobs[1]["honor_labels"]];
    assert_eq!(probe, [&json!("webchat-probe"), &json!("/probe"), &json!(true)]);
    assert_eq!(
        jobs[1]["relabel_configs"],
        json!([
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__address__"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": "localhost:10064"},
        ])
    );
}

#[test]
fn links_of_the_steps_lead_to_files() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let text = text("README.md");
    let links: Vec<&str> = Regex::new(r"\]\(([^):]+)\)")
        .unwrap()
        .captures_iter(&text)
        .map(|link| link.get(1).unwrap().as_str())
        .collect();
    let broken: Vec<&str> = links.iter().copied().filter(|link| !directory.join(link).is_file()).collect();
    assert_eq!((links.len(), broken), (5, vec![]));
}
