//! Walks an expression: which labels its series have, and what is wrong with it.

use promql_parser::parser::{AggregateExpr, Expr, LabelModifier, parse};

use super::selectors::NAME;
use super::shape::{Shape, Values};
use super::vocabulary::Vocabulary;

/// What an expression gives, and every fault on the way.
#[derive(Debug)]
pub(super) struct Inferred {
    /// `None` for a scalar, and for an expression that does not parse.
    pub(super) shape: Option<Shape>,
    pub(super) findings: Vec<String>,
}

/// Parses, types and walks an expression.
pub(super) fn infer(text: &str, vocabulary: &Vocabulary) -> Inferred {
    let mut walk = Walk { vocabulary, findings: Vec::new() };
    let shape = match parse(text) {
        Ok(expression) => walk.expression(&expression),
        Err(error) => {
            walk.complain(format!("cannot be parsed: {error}"));
            None
        }
    };
    Inferred { shape, findings: walk.findings }
}

/// As [`infer`], for an expression whose values are looked at.
pub(super) fn infer_values(text: &str, vocabulary: &Vocabulary) -> Inferred {
    let mut inferred = infer(text, vocabulary);
    if let Some(counter) = inferred.shape.as_ref().and_then(|shape| shape.counter.as_ref()) {
        inferred.findings.push(raw(counter));
    }
    inferred
}

fn raw(counter: &str) -> String {
    format!("{counter} is a counter: its value says nothing without rate or increase")
}

#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    findings: Vec<String>,
}

impl Walk<'_> {
    pub(super) fn complain(&mut self, finding: String) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// The series of an expression; `None` for a scalar or a string.
    pub(super) fn expression(&mut self, expression: &Expr) -> Option<Shape> {
        match expression {
            Expr::Aggregate(aggregate) => Some(self.aggregate(aggregate)),
            Expr::Unary(unary) => self.values(&unary.expr),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Subquery(subquery) => self.expression(&subquery.expr),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => None,
            Expr::VectorSelector(selector) => Some(self.selector(selector)),
            Expr::MatrixSelector(selector) => Some(self.selector(&selector.vs)),
            Expr::Call(call) => self.call(call),
            Expr::Extension(_) => unreachable!("the parser makes no extensions"),
        }
    }

    /// The series of an expression whose values matter: a counter's own do not.
    pub(super) fn values(&mut self, expression: &Expr) -> Option<Shape> {
        let shape = self.expression(expression)?;
        if let Some(counter) = &shape.counter {
            self.complain(raw(counter));
        }
        Some(shape.without_counter())
    }

    /// Complains of the labels that no series has.
    pub(super) fn expect(&mut self, shape: &Shape, labels: &[String], place: &str) {
        for label in labels.iter().filter(|label| *label != NAME && !shape.may_have(label)) {
            let known: Vec<&str> = shape.labels.keys().map(String::as_str).collect();
            self.complain(format!("{place} names the label {label}, but there is only {}", known.join(", ")));
        }
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Shape {
        let operator = aggregate.op.to_string();
        let inner = match operator.as_str() {
            "count" | "group" => self.expression(&aggregate.expr).map(Shape::without_counter),
            _ => self.values(&aggregate.expr),
        };
        let Some(inner) = inner else { return Shape::empty() };
        let grouped = match &aggregate.modifier {
            None => Shape::empty(),
            Some(LabelModifier::Include(labels)) => {
                self.expect(&inner, &labels.labels, &format!("{operator} by"));
                inner.clone().only(&labels.labels)
            }
            Some(LabelModifier::Exclude(labels)) => {
                self.expect(&inner, &labels.labels, &format!("{operator} without"));
                inner.clone().without(&labels.labels)
            }
        };
        match (operator.as_str(), aggregate.param.as_deref()) {
            ("topk" | "bottomk", _) => inner,
            ("count_values", Some(Expr::StringLiteral(label))) => grouped.with(&label.val, Values::Any),
            _ => grouped,
        }
    }
}
