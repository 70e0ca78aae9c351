//! The files that the project ships.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::infer::{infer, infer_values};
use super::sources::{Expression, RulesFile, Use, files, of_dashboard, of_runbook, root};
use super::vocabulary::Vocabulary;

const RULES: &str = "alerts/webchat.rules.yml";

fn rules() -> RulesFile {
    let text = std::fs::read_to_string(root().join(RULES)).unwrap_or_else(|error| panic!("{RULES}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{RULES}: {error}"))
}

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::new();
    vocabulary.add_rules(&rules());
    vocabulary
}

fn dashboards() -> Vec<(String, Value)> {
    let read = |path: std::path::PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (file, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    files("dashboards", ".json").into_iter().map(read).collect()
}

/// Every fault of every expression, each with its place, once; an expression that came before is not asked again.
fn faults(expressions: &[Expression]) -> BTreeSet<String> {
    let vocabulary = vocabulary();
    let mut seen = HashSet::new();
    let fresh = expressions
        .iter()
        .filter(|expression| seen.insert((&expression.text, &expression.shown_labels, &expression.used_for)));
    fresh.flat_map(|expression| faults_of(expression, &vocabulary)).collect()
}

fn faults_of(expression: &Expression, vocabulary: &Vocabulary) -> Vec<String> {
    let inferred = match expression.used_for {
        Use::Values => infer_values(&expression.text, vocabulary),
        Use::Series => infer(&expression.text, vocabulary),
    };
    let absent = inferred.shape.iter().flat_map(|shape| {
        let absent = expression.shown_labels.iter().filter(|label| !shape.may_have(label));
        absent.map(|label| format!("shows the label {label}, which no series of it has"))
    });
    let findings: Vec<String> = inferred.findings.iter().cloned().chain(absent).collect();
    let place = |finding| format!("{}: {finding}\n    in {}", expression.place, expression.text.trim());
    findings.into_iter().map(place).collect()
}

fn holds(expressions: &[Expression], at_least: usize) {
    let faults: Vec<String> = faults(expressions).into_iter().collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(expressions.len() >= at_least, "{} expressions, expected {at_least} or more", expressions.len());
}

#[test]
fn rules_name_what_there_is() {
    let rules = rules();
    let count = |is: fn(&super::sources::Rule) -> bool| rules.rules().filter(|rule| is(rule)).count();
    holds(&rules.expressions(), 60);
    assert!(count(|rule| rule.alert.is_some()) >= 36, "alerts are missing");
    assert!(count(|rule| rule.record.is_some()) >= 20, "recording rules are missing");
}

#[test]
fn dashboards_name_what_there_is() {
    let dashboards = dashboards();
    let expressions: Vec<Expression> =
        dashboards.iter().flat_map(|(file, dashboard)| of_dashboard(file, dashboard)).collect();
    holds(&expressions, 150);
    assert!(dashboards.len() >= 10, "{} dashboards", dashboards.len());
}

#[test]
fn runbooks_name_what_there_is() {
    let files = files("alerts/runbooks", ".md");
    let expressions: Vec<Expression> = files
        .iter()
        .flat_map(|path| {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            of_runbook(&file, &std::fs::read_to_string(path).unwrap())
        })
        .collect();
    holds(&expressions, 36);
    assert!(files.len() >= 36, "{} runbooks", files.len());
}
