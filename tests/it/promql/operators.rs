//! Operators between two sides: which series meet, and which labels are left.

use std::collections::BTreeSet;

use promql_parser::parser::{BinModifier, BinaryExpr, LabelModifier, VectorMatchCardinality};

use super::infer::Walk;
use super::shape::{Extent, Shape, Values};

impl Walk<'_> {
    pub(super) fn binary(&mut self, binary: &BinaryExpr) -> Option<Shape> {
        if binary.op.is_set_operator() {
            return Some(self.set_operator(binary));
        }
        let (left, right) = (self.values(&binary.lhs), self.values(&binary.rhs));
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            (one, other) => return one.or(other),
        };
        let operator = binary.op.to_string();
        self.meet(&operator, &left, &right, binary.modifier.as_ref());
        Some(self.result(&operator, left, right, binary.modifier.as_ref()))
    }

    /// `and` and `unless` look at the values of their left side alone, `or` at both.
    fn set_operator(&mut self, binary: &BinaryExpr) -> Shape {
        let operator = binary.op.to_string();
        let sides = (self.expression(&binary.lhs), self.expression(&binary.rhs));
        let (Some(left), Some(right)) = sides else { return Shape::empty() };
        if operator == "or" {
            return left.union(right);
        }
        self.meet(&operator, &left, &right, binary.modifier.as_ref());
        left
    }

    /// Complains where no series of the one side can match one of the other.
    fn meet(&mut self, operator: &str, left: &Shape, right: &Shape, modifier: Option<&BinModifier>) {
        let matching = modifier.and_then(|modifier| modifier.matching.as_ref());
        let ignored = match matching {
            Some(LabelModifier::Include(on)) => {
                self.expect(left, &on.labels, &format!("on of {operator} (left side)"));
                self.expect(right, &on.labels, &format!("on of {operator} (right side)"));
                return;
            }
            Some(LabelModifier::Exclude(ignored)) => &ignored.labels[..],
            None => &[],
        };
        for label in ignored.iter().filter(|label| !left.may_have(label) && !right.may_have(label)) {
            self.complain(format!("ignoring of {operator} names the label {label}, which neither side has"));
        }
        if left.extent == Extent::Exact && right.extent == Extent::Exact {
            let (left, right) = (names(left, ignored), names(right, ignored));
            if left != right {
                let apart: Vec<&str> = left.symmetric_difference(&right).copied().collect();
                self.complain(format!(
                    "the sides of {operator} never match: {} is on one only",
                    apart.join(", ")
                ));
            }
        }
    }

    /// The series that arithmetic and comparisons give.
    fn result(&mut self, operator: &str, left: Shape, right: Shape, modifier: Option<&BinModifier>) -> Shape {
        let Some(modifier) = modifier else { return left };
        let (many, one, taken) = match &modifier.card {
            VectorMatchCardinality::ManyToOne(taken) => (left, right, &taken.labels),
            VectorMatchCardinality::OneToMany(taken) => (right, left, &taken.labels),
            _ => {
                return match &modifier.matching {
                    Some(LabelModifier::Include(on)) => left.only(&on.labels),
                    Some(LabelModifier::Exclude(ignored)) => left.without(&ignored.labels),
                    None => left,
                };
            }
        };
        self.expect(&one, taken, &format!("group modifier of {operator}"));
        taken.iter().fold(many, |shape, label| {
            let values = one.labels.get(label).cloned().unwrap_or(Values::Any);
            shape.with(label, values)
        })
    }
}

fn names<'a>(shape: &'a Shape, ignored: &[String]) -> BTreeSet<&'a str> {
    shape.labels.keys().filter(|label| !ignored.contains(label)).map(String::as_str).collect()
}
