//! What the status of a channel means as a health check: `pass`, `warn` or `fail`.
//!
//! | status | one channel, `/health/TARGET/CHANNEL` | in the tree, `/health` and `/health/TARGET` |
//! |---|---|---|
//! | `ok` | pass | pass |
//! | `degraded` | warn | warn |
//! | `down` | fail | fail |
//! | `closed` | fail: nobody would take the chat, so a portal hides its link | pass: it is meant to be so |
//! | `maintenance` | fail, likewise | pass, likewise |
//! | `unknown` | fail: a link is shown only on good news | warn: nothing is known to be broken |
//!
//! A tree is as bad as its worst channel. A target without channels, as before its first poll, counts as one channel
//! whose status is `unknown`. A channel that is asked for by a name that several channels have is as bad as the worst of
//! them. Pass and warn are answered with 200, fail with 503. A channel that is not listed is answered with 404, but with
//! fail as long as its target was not heard: then it may well exist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::status::Status;

/// The status of the health check response format; a larger one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Pass,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

impl Verdict {
    /// What the status of a channel means to somebody who asks for that channel alone.
    pub fn alone(status: Status) -> Self {
        match status {
            Status::Ok => Self::Pass,
            Status::Degraded => Self::Warn,
            Status::Down | Status::Closed | Status::Maintenance | Status::Unknown => Self::Fail,
        }
    }

    /// What the status of a channel means among others.
    pub fn in_tree(status: Status) -> Self {
        match status {
            Status::Ok | Status::Closed | Status::Maintenance => Self::Pass,
            Status::Degraded | Status::Unknown => Self::Warn,
            Status::Down => Self::Fail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdicts_are_those_of_the_table() {
        let cases = [
            (Status::Ok, Verdict::Pass, Verdict::Pass),
            (Status::Degraded, Verdict::Warn, Verdict::Warn),
            (Status::Down, Verdict::Fail, Verdict::Fail),
            (Status::Closed, Verdict::Fail, Verdict::Pass),
            (Status::Maintenance, Verdict::Fail, Verdict::Pass),
            (Status::Unknown, Verdict::Fail, Verdict::Warn),
        ];
        assert_eq!(cases.map(|(status, _, _)| status), Status::ALL);
        for (status, alone, in_tree) in cases {
            assert_eq!((Verdict::alone(status), Verdict::in_tree(status)), (alone, in_tree), "{status:?}");
        }
    }

    #[test]
    fn fail_is_worse_than_warn_and_warn_than_pass() {
        assert!(Verdict::Fail > Verdict::Warn && Verdict::Warn > Verdict::Pass);
    }
}
