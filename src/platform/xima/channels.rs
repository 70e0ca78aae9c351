//! The installation as a channel; pure.
//!
//! An installation is one channel: customers can start a chat while sessions are answered and the credentials work
//! with which the chat receives its messages. Each answer says its part; the worst holds.

use crate::channel::{Availability, ChannelFacts, UnavailableReason};
use crate::platform::xima::families::{Acceptance, Issue, SessionCheck};

/// The channel's id: an installation has no other than its installation id, which is a secret.
pub const CHANNEL_ID: &str = "installation";

/// What a session check says.
pub fn of_session_check(check: SessionCheck) -> ChannelFacts {
    installation(Some(check.success))
}

/// What the issue of credentials says: without credentials no chat works; with them AWS has the last word.
pub fn of_issue(issue: Issue) -> ChannelFacts {
    installation((!issue.issued).then_some(false))
}

/// What AWS's verdict on the credentials says.
pub fn of_acceptance(acceptance: Acceptance) -> ChannelFacts {
    installation(Some(acceptance.accepted))
}

fn installation(works: Option<bool>) -> ChannelFacts {
    let availability = works.map(|works| {
        if works {
            Availability::Available
        } else {
            Availability::Unavailable(UnavailableReason::ServiceDown)
        }
    });
    ChannelFacts { availability, ..ChannelFacts::new(CHANNEL_ID) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_says_its_part() {
        let down = Some(Availability::Unavailable(UnavailableReason::ServiceDown));
        let cases = [
            (of_session_check(SessionCheck { success: true }), Some(Availability::Available)),
            (of_session_check(SessionCheck { success: false }), down),
            (of_issue(Issue { issued: true, changed: None }), None),
            (of_issue(Issue { issued: false, changed: None }), down),
            (of_acceptance(Acceptance { accepted: true }), Some(Availability::Available)),
            (of_acceptance(Acceptance { accepted: false }), down),
        ];
        for (facts, availability) in cases {
            let expected =
                ChannelFacts { id: "installation".to_owned(), availability, ..ChannelFacts::default() };
            assert_eq!(facts, expected);
        }
    }
}
