//! Functions: what they ask of their argument, and the labels they leave.

use std::collections::BTreeSet;

use promql_parser::label::MatchOp;
use promql_parser::parser::{Call, Expr, VectorSelector};
use regex::Regex;

use super::infer::Walk;
use super::selectors::NAME;
use super::shape::{Extent, Labels, Shape, Values};

impl Walk<'_> {
    pub(super) fn call(&mut self, call: &Call) -> Option<Shape> {
        let arguments = &call.args.args;
        let name = call.func.name;
        match name {
            "time" | "pi" => None,
            "scalar" => {
                self.values(&arguments[0]);
                None
            }
            "vector" => Some(Shape::empty()),
            "absent" | "absent_over_time" => {
                self.expression(&arguments[0]);
                Some(absent(&arguments[0]))
            }
            "rate" | "irate" | "increase" | "resets" => self.of_counter(name, &arguments[0]),
            "changes" | "count_over_time" | "present_over_time" | "timestamp" => {
                self.expression(&arguments[0]).map(Shape::without_counter)
            }
            "histogram_quantile" => self.quantile(&arguments[1]),
            "label_replace" => self.label_replace(arguments),
            "label_join" => self.label_join(arguments),
            _ => self.any_function(arguments),
        }
    }

    fn of_counter(&mut self, function: &str, argument: &Expr) -> Option<Shape> {
        let shape = self.expression(argument)?;
        if shape.counter.is_none() && shape.extent != Extent::Open {
            self.complain(format!("{function}({argument}) is not of a counter"));
        }
        Some(shape.without_counter())
    }

    fn quantile(&mut self, buckets: &Expr) -> Option<Shape> {
        let shape = self.values(buckets)?;
        if !shape.may_have("le") {
            self.complain("histogram_quantile is of series without the label le".to_owned());
        }
        Some(shape.without(&["le".to_owned()]))
    }

    /// A function that keeps the labels of its argument, or one of the clock that has none.
    fn any_function(&mut self, arguments: &[Box<Expr>]) -> Option<Shape> {
        let mut shape = None;
        for argument in arguments {
            shape = shape.or(self.values(argument));
        }
        shape.or_else(|| arguments.is_empty().then(Shape::empty))
    }

    fn label_replace(&mut self, arguments: &[Box<Expr>]) -> Option<Shape> {
        let shape = self.expression(&arguments[0])?;
        let [to, replacement, from, pattern] = [1, 2, 3, 4].map(|index| string(&arguments[index]));
        let pattern = Regex::new(&format!("^(?:{pattern})$"));
        let Ok(pattern) = pattern else {
            self.complain(format!("label_replace to {to} has a pattern that cannot be read"));
            return Some(shape);
        };
        // Without a source the label is set to a constant.
        if !from.is_empty() {
            self.expect(&shape, &[from.to_owned()], "label_replace");
        }
        let replaced = match shape.labels.get(from) {
            Some(Values::OneOf(values)) => Some(replace(values, &pattern, replacement)),
            _ if !replacement.contains('$') => Some(BTreeSet::from([replacement.to_owned()])),
            _ => None,
        };
        let Some(replaced) = replaced else { return Some(shape.with(to, Values::Any)) };
        let before = shape.labels.get(to).cloned();
        let values = Values::one_of(replaced);
        Some(shape.with(to, before.map_or(values.clone(), |before| before.union(values))))
    }

    fn label_join(&mut self, arguments: &[Box<Expr>]) -> Option<Shape> {
        let shape = self.expression(&arguments[0])?;
        let from: Vec<String> = arguments[3..].iter().map(|argument| string(argument).to_owned()).collect();
        self.expect(&shape, &from, "label_join");
        Some(shape.with(string(&arguments[1]), Values::Any))
    }
}

fn replace(values: &BTreeSet<String>, pattern: &Regex, replacement: &str) -> BTreeSet<String> {
    let matching = values.iter().filter(|value| pattern.is_match(value));
    matching.map(|value| pattern.replace(value, replacement).into_owned()).collect()
}

/// The labels of `absent`: those that a selector demands by equality.
fn absent(argument: &Expr) -> Shape {
    let selector: &VectorSelector = match argument {
        Expr::VectorSelector(selector) => selector,
        Expr::MatrixSelector(selector) => &selector.vs,
        Expr::Paren(paren) => return absent(&paren.expr),
        _ => return Shape::empty(),
    };
    let equal = selector.matchers.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal);
    let labels: Labels = equal
        .filter(|matcher| matcher.name != NAME)
        .map(|matcher| (matcher.name.clone(), Values::one_of([&matcher.value])))
        .collect();
    Shape::new(labels, Extent::Exact)
}

fn string(expression: &Expr) -> &str {
    match expression {
        Expr::StringLiteral(literal) => &literal.val,
        Expr::Paren(paren) => string(&paren.expr),
        _ => "",
    }
}
