//! Reads expressions out of dashboards, rules and runbooks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::grafana::{VARIABLE, Variables};
use super::selectors::NAME;

/// What an expression is used for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Use {
    /// Its values are shown or compared.
    Values,
    /// Only that its series are there matters.
    Series,
}

/// An expression, where it stands, and the labels that the text around it shows.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) place: String,
    pub(super) text: String,
    pub(super) shown_labels: Vec<String>,
    pub(super) used_for: Use,
}

/// A file of rules, as far as expressions are concerned.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RulesFile {
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) rules: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Rule {
    pub(super) record: Option<String>,
    pub(super) alert: Option<String>,
    pub(super) expr: String,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

impl RulesFile {
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }

    /// Rules, and the queries of their templates.
    pub(super) fn expressions(&self) -> Vec<Expression> {
        self.rules().flat_map(Rule::expressions).collect()
    }
}

static SHOWN_BY_ALERT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$labels\.(\w+)").unwrap());
static SHOWN_BY_PANEL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{\s*(\w+)\s*\}\}").unwrap());
/// `query "…"`, and `printf "…" … | query`; a text in Go is quoted by `"` or by backticks.
static TEMPLATE_QUERY: LazyLock<Regex> = LazyLock::new(|| {
    let text = r#"(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)"#;
    let text = |verb: &str| format!(r"\b{verb}\s+{text}");
    Regex::new(&format!(r"{}|{}[^}}|]*\|\s*query\b", text("query"), text("printf"))).unwrap()
});

impl Rule {
    pub(super) fn name(&self) -> &str {
        self.alert.as_ref().or(self.record.as_ref()).map_or("", String::as_str)
    }

    fn expressions(&self) -> Vec<Expression> {
        let templates: Vec<&String> = self.labels.values().chain(self.annotations.values()).collect();
        let shown = templates.iter().flat_map(|template| captured(&SHOWN_BY_ALERT, template)).collect();
        let of = |text: String, shown_labels: Vec<String>| Expression {
            place: self.name().to_owned(),
            text,
            shown_labels,
            used_for: Use::Values,
        };
        let queries = templates.iter().flat_map(|template| template_queries(template));
        let queries = queries.map(|query| of(query, Vec::new())).collect::<Vec<_>>();
        [of(self.expr.clone(), shown)].into_iter().chain(queries).collect()
    }
}

/// The queries of a template, with [`VARIABLE`] for what it fills in.
pub(super) fn template_queries(template: &str) -> Vec<String> {
    let verbs = Regex::new("%q|%[sv]").unwrap();
    captured(&TEMPLATE_QUERY, template)
        .into_iter()
        .map(|text| text.replace("\\\"", "\"").replace("\\\\", "\\"))
        .map(|text| text.replace("%q", &format!("\"{VARIABLE}\"")))
        .map(|text| verbs.replace_all(&text, VARIABLE).into_owned())
        .collect()
}

fn captured(pattern: &Regex, text: &str) -> Vec<String> {
    let all = pattern.captures_iter(text);
    all.filter_map(|found| found.iter().skip(1).flatten().next().map(|part| part.as_str().to_owned()))
        .collect()
}

/// The expressions of a dashboard: queries of panels and annotations, and those behind variables.
pub(super) fn of_dashboard(file: &str, dashboard: &Value) -> Vec<Expression> {
    let mut found = Vec::new();
    walk(dashboard, file, &mut found);
    let variables = dashboard["templating"]["list"].as_array();
    for variable in variables.into_iter().flatten().filter(|variable| variable["type"] == "query") {
        let query = variable["query"]["query"].as_str().or(variable["query"].as_str()).unwrap_or_default();
        let place = format!("{file}: variable {}", variable["name"].as_str().unwrap_or_default());
        found.push(of_variable(place, query));
    }
    let variables = Variables::of(dashboard);
    found.into_iter().flat_map(|expression| expanded(&variables, &expression)).collect()
}

fn expanded(variables: &Variables, expression: &Expression) -> Vec<Expression> {
    match variables.expand(&expression.text) {
        Ok(texts) => texts.into_iter().map(|text| Expression { text, ..expression.clone() }).collect(),
        // No expression has that text, so it is reported with its place.
        Err(problem) => vec![Expression { text: problem, ..expression.clone() }],
    }
}

fn walk(node: &Value, place: &str, found: &mut Vec<Expression>) {
    match node {
        Value::Object(object) => {
            let title = object.get("title").or(object.get("name")).and_then(Value::as_str);
            let place = title.map_or(place.to_owned(), |title| format!("{place}: {title}"));
            if let Some(text) = object.get("expr").and_then(Value::as_str) {
                found.push(of_panel(place.clone(), text, node));
            }
            object.values().for_each(|value| walk(value, &place, found));
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, place, found)),
        _ => {}
    }
}

fn of_panel(place: String, text: &str, query: &Value) -> Expression {
    let shown =
        ["legendFormat", "titleFormat", "textFormat"].map(|key| query[key].as_str().unwrap_or_default());
    let mut shown_labels: Vec<String> =
        shown.iter().flat_map(|shown| captured(&SHOWN_BY_PANEL, shown)).collect();
    let keys = query["tagKeys"].as_str().unwrap_or_default().split(',').map(str::trim);
    shown_labels.extend(keys.filter(|key| !key.is_empty()).map(str::to_owned));
    // Grafana knows the name of the series under this one.
    shown_labels.retain(|label| label != NAME);
    Expression { place, text: text.to_owned(), shown_labels, used_for: Use::Values }
}

/// `label_values(label)`, `label_values(series, label)` or `query_result(expression)`.
fn of_variable(place: String, query: &str) -> Expression {
    let labels = Regex::new(r"(?s)^\s*label_values\(\s*(?:(.+?)\s*,\s*)?(\w+)\s*\)\s*$").unwrap();
    if let Some(found) = labels.captures(query) {
        let text = found.get(1).map_or("{__name__=~\".+\"}", |series| series.as_str()).to_owned();
        return Expression { place, text, shown_labels: vec![found[2].to_owned()], used_for: Use::Series };
    }
    let result = Regex::new(r"(?s)^\s*query_result\((.+)\)\s*$").unwrap();
    let text = result.captures(query).map_or(query, |found| found.get(1).unwrap().as_str()).to_owned();
    Expression { place, text, shown_labels: Vec::new(), used_for: Use::Values }
}

/// The expressions of a runbook: each block of code marked `promql`, and within it each paragraph.
pub(super) fn of_runbook(file: &str, text: &str) -> Vec<Expression> {
    let blocks = Regex::new(r"(?ms)^[ \t]*```promql\s*\n(.*?)^[ \t]*```").unwrap();
    let paragraphs = Regex::new(r"\n[ \t]*\n").unwrap();
    let texts = blocks.captures_iter(text).flat_map(|block| {
        let block = block.get(1).unwrap().as_str();
        paragraphs.split(block).map(str::to_owned).collect::<Vec<_>>()
    });
    let is_code =
        |text: &String| text.lines().any(|line| !matches!(line.trim().chars().next(), None | Some('#')));
    let of =
        |text| Expression { place: file.to_owned(), text, shown_labels: Vec::new(), used_for: Use::Values };
    texts.filter(is_code).map(of).collect()
}

/// The files of a directory with this ending, sorted; none where the directory is missing.
pub(super) fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let directory = root().join(directory);
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
