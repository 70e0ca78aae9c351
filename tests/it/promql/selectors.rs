//! Selectors: the name, and each matcher.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::VectorSelector;
use regex::Regex;

use super::grafana::VARIABLE;
use super::infer::Walk;
use super::shape::{Shape, Values};

/// The label that holds the name of a series.
pub(super) const NAME: &str = "__name__";

impl Walk<'_> {
    pub(super) fn selector(&mut self, selector: &VectorSelector) -> Shape {
        let matchers = &selector.matchers.matchers;
        if !selector.matchers.or_matchers.is_empty() {
            self.complain("matchers joined by or are no PromQL".to_owned());
        }
        let (name, shape) = match &selector.name {
            Some(name) => (name.clone(), self.named(name)),
            None => self.named_by(matchers),
        };
        for matcher in matchers.iter().filter(|matcher| matcher.name != NAME) {
            self.matcher(&name, &shape, matcher);
        }
        shape
    }

    fn named(&mut self, name: &str) -> Shape {
        self.vocabulary.find(name).unwrap_or_else(|| {
            self.complain(format!("{name} is no family and no recording rule"));
            Shape::open()
        })
    }

    /// The union of the series that a matcher on the name selects, of all series without one; every alternative has to
    /// select some.
    fn named_by(&mut self, matchers: &[Matcher]) -> (String, Shape) {
        let matcher = matchers.iter().find(|matcher| matcher.name == NAME);
        let mut union: Option<Shape> = None;
        for alternative in matcher.map_or_else(|| vec![".+".to_owned()], alternatives) {
            let pattern = anchored(&alternative);
            let names = self.vocabulary.names().filter(|name| pattern.is_match(name));
            let shapes: Vec<Shape> = names.filter_map(|name| self.vocabulary.find(name)).collect();
            if shapes.is_empty() {
                self.complain(format!("no family and no recording rule is named like {alternative}"));
            }
            union = union.into_iter().chain(shapes).reduce(Shape::union);
        }
        let name = matcher.map_or("a selector without a name", |matcher| &matcher.value);
        (name.to_owned(), union.unwrap_or_else(Shape::open))
    }

    fn matcher(&mut self, name: &str, shape: &Shape, matcher: &Matcher) {
        self.expect(shape, std::slice::from_ref(&matcher.name), name);
        let Some(Values::OneOf(known)) = shape.labels.get(&matcher.name) else { return };
        for alternative in alternatives(matcher) {
            let anchored = anchored(&alternative);
            let is_open = alternative.is_empty() || alternative.contains(VARIABLE);
            if !is_open && !known.iter().any(|value| anchored.is_match(value)) {
                self.complain(format!("{name} never has {}=\"{alternative}\"", matcher.name));
            }
        }
    }
}

/// The value of a matcher; of a regular expression without groups, each of its alternatives.
fn alternatives(matcher: &Matcher) -> Vec<String> {
    match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => vec![regex::escape(&matcher.value)],
        _ if matcher.value.contains('(') => vec![matcher.value.clone()],
        _ => matcher.value.split('|').map(str::to_owned).collect(),
    }
}

fn anchored(pattern: &str) -> Regex {
    let whole = Regex::new(&format!("^(?:{pattern})$"));
    // A part of a pattern that the parser has taken need not be one: it selects nothing then, and is found.
    whole.unwrap_or_else(|_| Regex::new("^(?:[^\\s\\S])$").unwrap())
}
