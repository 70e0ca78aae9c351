//! The series that rules make: what they record, and `ALERTS`.

use super::infer::infer;
use super::shape::{Extent, Labels, Shape, Values};
use super::sources::{Rule, RulesFile};
use super::vocabulary::Vocabulary;

impl Vocabulary {
    /// Adds what the rules make; their own faults are found when they are checked themselves.
    pub(super) fn add_rules(&mut self, file: &RulesFile) {
        let mut waiting: Vec<&Rule> = file.rules().filter(|rule| rule.record.is_some()).collect();
        // A rule may rest on another that stands below it.
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|rule| {
                let inferred = infer(&rule.expr, self);
                let rests_on_unknown =
                    inferred.findings.iter().any(|finding| finding.contains(" is no family"));
                if !rests_on_unknown {
                    self.add_recorded(rule, inferred.shape.unwrap_or_else(Shape::empty));
                }
                rests_on_unknown
            });
            if waiting.len() == before {
                break;
            }
        }
        for rule in waiting {
            self.add_recorded(rule, Shape::open());
        }
        self.add_alerts(file);
    }

    /// Several rules may record under one name.
    fn add_recorded(&mut self, rule: &Rule, shape: Shape) {
        let shape = labelled(rule, shape);
        let known = self.find(rule.name());
        self.add(rule.name(), known.map_or(shape.clone(), |known| known.union(shape)));
    }

    fn add_alerts(&mut self, file: &RulesFile) {
        let rules: Vec<&Rule> = file.rules().filter(|rule| rule.alert.is_some()).collect();
        let names = Values::one_of(rules.iter().map(|rule| rule.name()));
        let shapes = rules
            .iter()
            .map(|rule| labelled(rule, infer(&rule.expr, self).shape.unwrap_or_else(Shape::empty)));
        let all = shapes.reduce(Shape::union).unwrap_or_else(Shape::open).without_counter();
        let extent = all.extent.max(Extent::AtMost);
        let alerts = Shape { extent, ..all }.with("alertname", names);
        self.add("ALERTS_FOR_STATE", alerts.clone());
        self.add("ALERTS", alerts.with("alertstate", Values::one_of(["pending", "firing"])));
    }
}

/// The series with the labels that the rule sets.
fn labelled(rule: &Rule, shape: Shape) -> Shape {
    let set: Labels =
        rule.labels.iter().map(|(label, value)| (label.clone(), Values::one_of([value]))).collect();
    set.into_iter().fold(shape, |shape, (label, values)| shape.with(&label, values))
}
