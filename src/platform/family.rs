//! The rows that describe metric families: one row is the single source of a family's name, help, type and labels.
//!
//! The exposition, the metrics reference in the README and the naming lint all read these rows.

/// The type of a family, as the `TYPE` line states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value that can go up and down.
    Gauge,
    /// A value that only grows while the process lives; the name ends in `_total`.
    Counter,
    /// A constant 1 whose labels carry the information; the name ends in `_info`.
    Info,
}

/// A metric family: everything about it that is the same for all targets.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The name of its samples in the exposition, unit and `_total` or `_info` suffix included.
    pub name: &'static str,
    /// One line for the `HELP` comment: what it is, the vendor's field it comes from, and its unit.
    pub help: &'static str,
    /// The type.
    pub kind: Kind,
    /// Names of its own labels, in the order samples carry their values; `target` (and `platform` for `webchat_*`
    /// families) come before these and are not listed.
    pub labels: &'static [&'static str],
}

impl Family {
    /// A gauge.
    pub const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, help, kind: Kind::Gauge, labels }
    }

    /// A counter; `name` ends in `_total`.
    pub const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, help, kind: Kind::Counter, labels }
    }

    /// An info metric; `name` ends in `_info`.
    pub const fn info(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, help, kind: Kind::Info, labels }
    }

    /// Whether samples carry the `platform` label: the vendor-neutral families do, the vendors' own do not.
    pub fn has_platform_label(&self) -> bool {
        self.name.starts_with("webchat_")
    }
}

/// A row of a platform's table: a family and how its samples come out of one parsed answer `A`.
#[derive(Debug)]
pub struct Row<A: 'static> {
    /// What the row describes.
    pub family: Family,
    /// Pushes the family's samples for one answer; pushes nothing where the vendor left the field out.
    pub extract: fn(&A, &mut Sink<'_>),
}

/// One value of one series of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The family it belongs to.
    pub family: &'static Family,
    /// Values of the family's own labels, in the family's order.
    pub labels: Box<[LabelValue]>,
    /// The value; finite.
    pub value: f64,
}

/// Text fit for a label: what the vendor sent, cut at [`LabelValue::MAX_CHARACTERS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelValue(Box<str>);

impl LabelValue {
    /// The longest label value, in characters; what is longer is cut on a character boundary.
    pub const MAX_CHARACTERS: usize = 256;

    /// Cuts `text` where it is too long.
    pub fn new(text: &str) -> Self {
        let end = text.char_indices().nth(Self::MAX_CHARACTERS).map_or(text.len(), |(at, _)| at);
        Self(text[..end].into())
    }

    /// The text, not yet escaped for any format.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a row's extractor puts the samples of its family.
#[derive(Debug)]
pub struct Sink<'a> {
    family: &'static Family,
    samples: &'a mut Vec<Sample>,
}

impl<'a> Sink<'a> {
    /// A sink that appends samples of `family` to `samples`.
    pub fn new(family: &'static Family, samples: &'a mut Vec<Sample>) -> Self {
        Self { family, samples }
    }

    /// Pushes the one sample of a family without labels of its own; `None` (absent at the vendor) pushes nothing.
    pub fn value(&mut self, value: impl Into<Option<f64>>) {
        self.labelled(&[], value);
    }

    /// Pushes a sample with `labels` in the family's order; `None` and non-finite values push nothing.
    pub fn labelled(&mut self, labels: &[&str], value: impl Into<Option<f64>>) {
        debug_assert_eq!(labels.len(), self.family.labels.len(), "label count of {}", self.family.name);
        let Some(value) = value.into().filter(|value| value.is_finite()) else { return };
        let labels = labels.iter().map(|label| LabelValue::new(label)).collect();
        // A sum of nothing is -0 in floating point; a zero has no sign here.
        self.samples.push(Sample { family: self.family, labels, value: value + 0.0 });
    }

    /// Pushes a boolean as 0 or 1.
    pub fn flag(&mut self, labels: &[&str], value: impl Into<Option<bool>>) {
        self.labelled(labels, value.into().map(f64::from));
    }

    /// Pushes a state set: one sample per state of `states`, 1 for `current` and 0 for the others; the state is the
    /// last label. `None` pushes nothing.
    pub fn states(&mut self, labels: &[&str], states: &[&str], current: Option<&str>) {
        let Some(current) = current else { return };
        for state in states {
            let labels: Vec<&str> = labels.iter().copied().chain([*state]).collect();
            self.flag(&labels, *state == current);
        }
    }
}

/// Runs every row of `table` over `answer` and appends the samples.
pub fn extract<A>(table: &'static [Row<A>], answer: &A, samples: &mut Vec<Sample>) {
    for row in table {
        (row.extract)(answer, &mut Sink::new(&row.family, samples));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_label_values_are_cut_on_a_character_boundary() {
        let long = "é".repeat(10_000);
        assert_eq!(LabelValue::new(&long).as_str(), "é".repeat(256));
        assert_eq!(LabelValue::new("short").as_str(), "short");
    }

    #[test]
    fn absent_and_non_finite_values_give_no_sample() {
        static FAMILY: Family = Family::gauge("x", &[], "X.");
        let mut samples = Vec::new();
        let mut sink = Sink::new(&FAMILY, &mut samples);
        sink.value(None);
        sink.value(f64::NAN);
        sink.value(f64::INFINITY);
        sink.value(2.0);
        assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [2.0]);
    }

    #[test]
    fn a_state_set_has_exactly_one_one() {
        static FAMILY: Family = Family::gauge("x", &["id", "state"], "X.");
        let mut samples = Vec::new();
        Sink::new(&FAMILY, &mut samples).states(&["7"], &["a", "b", "c"], Some("b"));
        assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [0.0, 1.0, 0.0]);
        assert_eq!(samples[1].labels[1].as_str(), "b");
    }
}
