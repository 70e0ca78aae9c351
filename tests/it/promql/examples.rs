//! The checks themselves: what they let pass, and what they say of the rest.

use serde_json::json;

use super::grafana::VARIABLE;
use super::infer::infer_values;
use super::sources::{RulesFile, of_dashboard, of_runbook, template_queries};
use super::vocabulary::Vocabulary;

const RULES: &str = r#"
groups:
  - name: channels
    rules:
      - record: channel:webchat_channel_open_in_service:max
        expr: channel:webchat_channel_open:max == 1 unless channel:webchat_channel_status:max{status="closed"} == 1
      - record: channel:webchat_channel_open:max
        expr: max without (instance) (webchat_channel_open)
      - record: channel:webchat_channel_status:max
        expr: max without (instance) (webchat_channel_status)
      - alert: WebchatTargetDown
        expr: webchat_target_up == 0
        labels: {severity: critical}
        annotations:
          description: '{{ $labels.target }} of {{ query "count(up == 1)" | first | value }}'
"#;

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::new();
    vocabulary.add_rules(&serde_saphyr::from_str::<RulesFile>(RULES).unwrap());
    vocabulary
}

fn findings(expression: &str) -> Vec<String> {
    infer_values(expression, &vocabulary()).findings
}

#[test]
fn sound_expressions_pass() {
    for expression in [
        r#"channel:webchat_channel_open_in_service:max{channel_id="7"}"#,
        r#"sum by (reason) (rate(webchat_collector_failures_total{reason=~"dns|connect|tls"}[5m]))"#,
        "histogram_quantile(0.9, sum by (le, platform) (rate(webchat_api_request_duration_seconds_bucket[5m])))",
        "sum(rate(webchat_api_request_duration_seconds_sum[5m])) / sum(rate(webchat_api_request_duration_seconds_count[5m]))",
        r#"webchat_channel_wait_seconds{stat="longest"} > ignoring (stat, signal, level) webchat_channel_threshold{signal="longest_wait", level="degraded"}"#,
        r#"label_replace(webchat_channel_threshold{level="degraded"}, "stat", "$1", "signal", "(.+)_wait") and on (stat) webchat_channel_wait_seconds{stat!="average"}"#,
        r#"ALERTS{alertname="WebchatTargetDown", alertstate="firing", severity="critical", target="desk"}"#,
        "webchat_target_up * on (job, instance, platform, target) group_left (base_url) webchat_target_info",
        r#"count(webchat_collector_polls_total) or absent(up{job="webchat"}) or vector(0)"#,
        "webchat_target_up unless on (job, instance) webchat_connectivity_up == 0",
        r#"{__name__=~"comm100_today_.+|comm100_agents"}"#,
        "max_over_time((webchat_channel_open == 1)[1h:1m])",
        r#"prometheus_notifications_queue_length{alertmanager="x"} + hour()"#,
        r#"topk(10, count by (__name__) ({job="webchat", target="desk"}))"#,
        "increase(alertmanager_notifications_failed_total[15m]) > 0",
        "time() - process_start_time_seconds",
    ] {
        assert_eq!(findings(expression), [""; 0], "{expression}");
    }
}

#[test]
fn names_that_do_not_exist_are_found() {
    let cases = [
        ("webchat_chanel_open", "webchat_chanel_open is no family and no recording rule"),
        (
            "webchat_api_request_duration_seconds",
            "webchat_api_request_duration_seconds is no family and no recording rule",
        ),
        (r#"{__name__=~"chime_.+|comm_.+"} > 0"#, "no family and no recording rule is named like comm_.+"),
        (
            r#"webchat_channel_status{state="ok"}"#,
            "webchat_channel_status names the label state, but there is only channel, channel_id, instance, job, platform, status, target",
        ),
        (
            r#"chime_healthy{platform="chime"}"#,
            "chime_healthy names the label platform, but there is only instance, job, target",
        ),
        (
            r#"channel:webchat_channel_open:max{instance="x"}"#,
            "channel:webchat_channel_open:max names the label instance, but there is only channel, channel_id, job, platform, target",
        ),
        (
            "sum by (queue) (webchat_target_up)",
            "sum by names the label queue, but there is only instance, job, platform, target",
        ),
        ("max without (pod) (up)", "max without names the label pod, but there is only instance, job"),
        (
            "webchat_target_up and on (channel) webchat_target_info",
            "on of and (left side) names the label channel, but there is only instance, job, platform, target",
        ),
        (
            "webchat_target_up * on (job) group_left (version) webchat_target_info",
            "group modifier of * names the label version, but there is only base_url, instance, job, platform, target",
        ),
    ];
    for (expression, finding) in cases {
        let found = findings(expression);
        match finding.strip_suffix('*') {
            Some(start) => assert!(found[0].starts_with(start), "{expression}: {found:?}"),
            None => assert_eq!(found[0], finding, "{expression}"),
        }
    }
}

#[test]
fn values_that_a_label_never_has_are_found() {
    let cases = [
        (r#"webchat_channel_status{status="okay"}"#, r#"webchat_channel_status never has status="okay""#),
        (
            r#"channel:webchat_channel_status:max{status!~"closed|maintainance"}"#,
            r#"channel:webchat_channel_status:max never has status="maintainance""#,
        ),
        (
            r#"webchat_collector_failing{reason=~"tls|auth.*"}"#,
            r#"webchat_collector_failing never has reason="auth.*""#,
        ),
        (
            r#"webchat_channel_unavailable_reason{reason="dns"}"#,
            r#"webchat_channel_unavailable_reason never has reason="dns""#,
        ),
        (r#"webchat_target_up{platform="Chime"}"#, r#"webchat_target_up never has platform="Chime""#),
        (r#"ALERTS{alertname="TargetDown"}"#, r#"ALERTS never has alertname="TargetDown""#),
        (r#"ALERTS{severity="page"}"#, r#"ALERTS never has severity="page""#),
        (
            r#"max by (stat) (webchat_channel_wait_seconds{stat="max"})"#,
            r#"webchat_channel_wait_seconds never has stat="max""#,
        ),
    ];
    for (expression, finding) in cases {
        assert_eq!(findings(expression), [finding], "{expression}");
    }
}

#[test]
fn counters_and_histograms_are_used_as_such() {
    let raw = "webchat_api_requests_total is a counter: its value says nothing without rate or increase";
    let cases = [
        ("webchat_api_requests_total", raw),
        (r#"webchat_api_requests_total{code="500"} > 10"#, raw),
        ("sum by (code) (webchat_api_requests_total)", raw),
        ("deriv(webchat_api_requests_total[5m])", raw),
        (
            "rate(webchat_channel_queue_length[5m])",
            "rate(webchat_channel_queue_length[5m]) is not of a counter",
        ),
        (
            "histogram_quantile(0.9, sum(rate(webchat_api_request_duration_seconds_bucket[5m])))",
            "histogram_quantile is of series without the label le",
        ),
    ];
    for (expression, finding) in cases {
        assert_eq!(findings(expression), [finding], "{expression}");
    }
}

#[test]
fn joins_that_never_match_are_found() {
    let cases = [
        ("chime_healthy == webchat_target_up", "the sides of == never match: platform is on one only"),
        (
            "webchat_channel_open * ignoring (signals) webchat_channel_available",
            "ignoring of * names the label signals, which neither side has",
        ),
    ];
    for (expression, finding) in cases {
        assert_eq!(findings(expression), [finding], "{expression}");
    }
}

#[test]
fn what_is_no_promql_is_found() {
    for expression in ["rate(up)", "sum(1)", "up{job=}", "webchat_target_up[5m] > 1"] {
        let found = findings(expression);
        assert!(found.len() == 1 && found[0].starts_with("cannot be parsed: "), "{expression}: {found:?}");
    }
}

#[test]
fn dashboards_are_read_with_their_variables() {
    let dashboard = json!({
        "templating": {"list": [
            {"type": "query", "name": "target", "query": {"query": "label_values(webchat_target_up{job=~\"$job\"}, target)"}},
            {"type": "query", "name": "job", "query": "label_values(job)"},
            {"type": "custom", "name": "stat", "query": "Longest : longest, estimated"},
        ]},
        "annotations": {"list": [{"name": "Alerts", "expr": "ALERTS", "titleFormat": "{{alertname}}"}]},
        "panels": [{"title": "Row", "panels": [{"title": "Wait", "targets": [
            {"expr": "x{target=~\"${target:regex}\", stat=\"$stat\"}[$__rate_interval]", "legendFormat": "{{ channel }}"},
            {"expr": "$nothing"},
        ]}]}],
    });
    let found = of_dashboard("a.json", &dashboard);
    let shown = found
        .iter()
        .map(|found| format!("{} | {} | {}", found.place, found.text, found.shown_labels.join(",")));
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "a.json: Alerts | ALERTS | alertname".to_owned(),
            "a.json: Row: Wait | there is no variable nothing | ".to_owned(),
            format!("a.json: Row: Wait | x{{target=~\"{VARIABLE}\", stat=\"estimated\"}}[5m] | channel"),
            format!("a.json: Row: Wait | x{{target=~\"{VARIABLE}\", stat=\"longest\"}}[5m] | channel"),
            "a.json: variable job | {__name__=~\".+\"} | job".to_owned(),
            format!("a.json: variable target | webchat_target_up{{job=~\"{VARIABLE}\"}} | target"),
        ]
    );
}

#[test]
fn rules_are_read_with_their_templates() {
    let rules: RulesFile = serde_saphyr::from_str(RULES).unwrap();
    let alert = rules.expressions().split_off(3);
    let shown: Vec<_> =
        alert.iter().map(|found| (found.text.as_str(), found.shown_labels.join(","))).collect();
    assert_eq!(shown, [("webchat_target_up == 0", "target".to_owned()), ("count(up == 1)", String::new())]);
    let template =
        r#"{{ with printf "up{job=%q} > %s" .Labels.job "1" | query }}x{{ end }}{{ query `vector(1)` }}"#;
    assert_eq!(
        template_queries(template),
        [format!("up{{job=\"{VARIABLE}\"}} > {VARIABLE}"), "vector(1)".to_owned()]
    );
}

#[test]
fn runbooks_are_read_block_by_block() {
    let text = "# A\n```promql\n# All of them.\nup\n  == 0\n\nup == 1\n\n# Nothing.\n```\n```sh\nls\n```\n1. x\n   ```promql\n   absent(up)\n   ```\n";
    let found: Vec<String> = of_runbook("A.md", text).into_iter().map(|found| found.text).collect();
    assert_eq!(found, ["# All of them.\nup\n  == 0", "up == 1", "   absent(up)\n"]);
}
