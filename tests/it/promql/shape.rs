//! What is known of the series that an expression gives.

use std::collections::{BTreeMap, BTreeSet};

/// The values that a label can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// Any text.
    Any,
    /// One of a fixed set.
    OneOf(BTreeSet<String>),
}

impl Values {
    pub(super) fn one_of<T: ToString>(values: impl IntoIterator<Item = T>) -> Self {
        Self::OneOf(values.into_iter().map(|value| value.to_string()).collect())
    }

    pub(super) fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::OneOf(some), Self::OneOf(more)) => Self::OneOf(some.into_iter().chain(more).collect()),
            _ => Self::Any,
        }
    }
}

pub(super) type Labels = BTreeMap<String, Values>;

/// Which labels the series have beside those that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Each series has exactly the listed labels.
    Exact,
    /// A series may lack some of the listed labels; others do not occur.
    AtMost,
    /// Others may occur.
    Open,
}

/// The series of a family or of an instant vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) labels: Labels,
    pub(super) extent: Extent,
    /// The counter that the values come from as they are, without `rate` or `increase`.
    pub(super) counter: Option<String>,
}

impl Shape {
    pub(super) fn new(labels: Labels, extent: Extent) -> Self {
        Self { labels, extent, counter: None }
    }

    pub(super) fn open() -> Self {
        Self::new(Labels::new(), Extent::Open)
    }

    pub(super) fn empty() -> Self {
        Self::new(Labels::new(), Extent::Exact)
    }

    /// Whether a series may have the label.
    pub(super) fn may_have(&self, label: &str) -> bool {
        self.extent == Extent::Open || self.labels.contains_key(label)
    }

    pub(super) fn without(mut self, labels: &[String]) -> Self {
        self.labels.retain(|label, _| !labels.contains(label));
        self
    }

    /// Keeps these labels alone; those of an open shape may have any value.
    pub(super) fn only(self, labels: &[String]) -> Self {
        let is_open = self.extent == Extent::Open;
        let values = |label: &String| match self.labels.get(label) {
            Some(values) => Some(values.clone()),
            None => is_open.then_some(Values::Any),
        };
        let kept = labels.iter().filter_map(|label| Some((label.clone(), values(label)?))).collect();
        let extent = if is_open { Extent::AtMost } else { self.extent };
        Self { labels: kept, extent, counter: self.counter }
    }

    pub(super) fn with(mut self, label: &str, values: Values) -> Self {
        self.labels.insert(label.to_owned(), values);
        self
    }

    pub(super) fn without_counter(mut self) -> Self {
        self.counter = None;
        self
    }

    /// The series of both.
    pub(super) fn union(mut self, other: Self) -> Self {
        let same = self.labels.keys().eq(other.labels.keys());
        let extent = self.extent.max(other.extent);
        self.extent = if same { extent } else { extent.max(Extent::AtMost) };
        for (label, values) in other.labels {
            let known = self.labels.remove(&label);
            let values = known.map_or(values.clone(), |known| known.union(values));
            self.labels.insert(label, values);
        }
        self.counter = self.counter.or(other.counter);
        self
    }
}
