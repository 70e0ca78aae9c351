//! What Grafana does to an expression before Prometheus sees it: macros and variables become text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// Stands for the value of a variable that a person picks from what Prometheus has.
pub(super) const VARIABLE: &str = "variable_of_the_dashboard";

const MACROS: [(&str, &str); 8] = [
    ("__rate_interval", "5m"),
    ("__interval", "30s"),
    ("__interval_ms", "30000"),
    ("__range", "1h"),
    ("__range_s", "3600"),
    ("__range_ms", "3600000"),
    ("__from", "1772452800000"),
    ("__to", "1772456400000"),
];

/// `$name`, `${name}`, `${name:format}` and `[[name]]`; `$1` belongs to `PromQL`.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{([A-Za-z_]\w*)(?::[^}]*)?\}|\$([A-Za-z_]\w*)|\[\[([A-Za-z_]\w*)(?::[^\]]*)?\]\]")
        .unwrap()
});

/// The variables of a dashboard, each with the values to try.
#[derive(Debug)]
pub(super) struct Variables(BTreeMap<String, Vec<String>>);

impl Variables {
    pub(super) fn of(dashboard: &Value) -> Self {
        let list = dashboard["templating"]["list"].as_array();
        let named = list.into_iter().flatten().map(|variable| {
            let name = variable["name"].as_str().unwrap_or_default().to_owned();
            (name, values(variable))
        });
        let macros = MACROS.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
        Self(named.chain(macros).collect())
    }

    /// The expression with each value of each variable in it, the others at their first.
    pub(super) fn expand(&self, text: &str) -> Result<Vec<String>, String> {
        let names: Vec<&str> = REFERENCE.captures_iter(text).map(|found| name(&found)).collect();
        if let Some(unknown) = names.iter().find(|name| !self.0.contains_key(**name)) {
            return Err(format!("there is no variable {unknown}"));
        }
        let mut expanded = vec![self.replace(text, "", "")];
        for varied in names {
            for value in &self.0[varied] {
                let text = self.replace(text, varied, value);
                if !expanded.contains(&text) {
                    expanded.push(text);
                }
            }
        }
        Ok(expanded)
    }

    fn replace(&self, text: &str, varied: &str, value: &str) -> String {
        let replacement = |found: &Captures<'_>| {
            let name = name(found);
            if name == varied { value.to_owned() } else { self.0[name][0].clone() }
        };
        REFERENCE.replace_all(text, replacement).into_owned()
    }
}

fn name<'a>(found: &Captures<'a>) -> &'a str {
    found.iter().skip(1).flatten().next().unwrap().as_str()
}

/// The values that are written in the dashboard; [`VARIABLE`] for those that Prometheus or a person gives.
fn values(variable: &Value) -> Vec<String> {
    let query = variable["query"].as_str().unwrap_or_default();
    let written: Vec<String> = match variable["type"].as_str() {
        Some("constant") => vec![query.to_owned()],
        Some("custom" | "interval") => {
            // An entry may be `text : value`.
            let entries = query.split(',').map(|entry| entry.rsplit(" : ").next().unwrap().trim());
            entries.filter(|entry| !entry.is_empty() && *entry != "auto").map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if written.is_empty() { vec![VARIABLE.to_owned()] } else { written }
}
