//! How the process's own instruments are described: tables beside the code that fills them.

/// A family of the process itself; unlike a target's it has no `target` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The name of its samples in the classic text format; a histogram's without `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// The type as OpenMetrics calls it: `gauge`, `counter`, `info` or `histogram`.
    pub kind: &'static str,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// One line of help, with a final period.
    pub help: &'static str,
}
