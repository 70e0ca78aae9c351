//! The families of the Xima platform: what is exposed, where it comes from, and in which unit.

use jiff::Timestamp;

use crate::platform::family::{Family, Row};
use crate::platform::xima::wire::QueueDepth;

/// Whether the look-up of a session was answered as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCheck {
    /// The answer was 204 or 200.
    pub success: bool,
}

/// Whether credentials were issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// A complete key pair with a region came.
    pub issued: bool,
    /// When this process first saw the pair that is now issued; `None` where none is.
    pub changed: Option<Timestamp>,
}

/// Whether AWS accepts the issued credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// AWS knows the access key and the signature is right.
    pub accepted: bool,
}

/// What the look-up of a session gives.
pub static SESSION: [Row<SessionCheck>; 1] = [Row {
    family: Family::gauge(
        "xima_session_check_success",
        &[],
        "Whether GET /chat/queue answered the look-up of a random chat session with 204 or 200 (1), or with anything else (0).",
    ),
    extract: |check, sink| sink.flag(&[], check.success),
}];

/// What the answer of `/chat/queue/auth` gives.
pub static ISSUE: [Row<Issue>; 2] = [
    Row {
        family: Family::gauge(
            "xima_credentials_issued",
            &[],
            "Whether GET /chat/queue/auth issued AWS credentials: sqsAccessKey, sqsSecretKey and sqsRegion (1), or answered without them (0).",
        ),
        extract: |issue, sink| sink.flag(&[], issue.issued),
    },
    Row {
        family: Family::gauge(
            "xima_credentials_changed_timestamp_seconds",
            &[],
            "When the issued sqsAccessKey and sqsSecretKey last changed as seen by this process, in seconds since 1970; its first sight of them counts.",
        ),
        extract: |issue, sink| {
            sink.value(issue.changed.map(|changed| changed.as_duration().as_secs_f64()));
        },
    },
];

/// What one signed request to AWS gives.
pub static ACCEPTANCE: [Row<Acceptance>; 1] = [Row {
    family: Family::gauge(
        "xima_credentials_accepted",
        &[],
        "Whether AWS accepted the issued credentials in a signed SQS ListQueues request (1; a denied permission counts as accepted), or refused them (0).",
    ),
    extract: |acceptance, sink| sink.flag(&[], acceptance.accepted),
}];

/// What the attributes of one SQS queue give.
pub static QUEUE: [Row<QueueDepth>; 1] = [Row {
    family: Family::gauge(
        "xima_sqs_queue_messages",
        &["queue", "state"],
        "Messages in the SQS queue by state: ApproximateNumberOfMessages (visible), ApproximateNumberOfMessagesNotVisible (in_flight) and ApproximateNumberOfMessagesDelayed (delayed).",
    ),
    extract: |depth, sink| {
        sink.labelled(&[&depth.queue, "visible"], depth.visible);
        sink.labelled(&[&depth.queue, "in_flight"], depth.in_flight);
        sink.labelled(&[&depth.queue, "delayed"], depth.delayed);
    },
}];

/// Every family, in the order of the exposition.
pub(super) fn families() -> Vec<&'static Family> {
    let [issued, changed] = &ISSUE;
    let before = SESSION.iter().map(|row| &row.family).chain([&issued.family]);
    let after = ACCEPTANCE.iter().map(|row| &row.family).chain([&changed.family]);
    before.chain(after).chain(QUEUE.iter().map(|row| &row.family)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::family::{Sample, extract};

    fn shown(samples: &[Sample]) -> Vec<String> {
        let labels = |sample: &Sample| {
            sample.labels.iter().map(|label| label.as_str().to_owned()).collect::<Vec<_>>().join(",")
        };
        samples
            .iter()
            .map(|sample| format!("{}{{{}}} {}", sample.family.name, labels(sample), sample.value))
            .collect()
    }

    #[test]
    fn families_come_in_the_order_of_the_contract() {
        assert_eq!(
            families().iter().map(|family| family.name).collect::<Vec<_>>(),
            [
                "xima_session_check_success",
                "xima_credentials_issued",
                "xima_credentials_accepted",
                "xima_credentials_changed_timestamp_seconds",
                "xima_sqs_queue_messages",
            ]
        );
    }

    #[test]
    fn no_change_is_claimed_while_nothing_is_issued() {
        let mut samples = Vec::new();
        extract(&ISSUE, &Issue { issued: false, changed: None }, &mut samples);
        let changed = Some("2026-03-02T12:00:00.5Z".parse().unwrap());
        extract(&ISSUE, &Issue { issued: true, changed }, &mut samples);
        assert_eq!(
            shown(&samples),
            [
                "xima_credentials_issued{} 0",
                "xima_credentials_issued{} 1",
                "xima_credentials_changed_timestamp_seconds{} 1772452800.5",
            ]
        );
    }

    #[test]
    fn a_missing_count_gives_no_sample() {
        let mut samples = Vec::new();
        let depth =
            QueueDepth { queue: "q".to_owned(), visible: Some(3.0), in_flight: None, delayed: Some(0.0) };
        extract(&QUEUE, &depth, &mut samples);
        assert_eq!(
            shown(&samples),
            ["xima_sqs_queue_messages{q,visible} 3", "xima_sqs_queue_messages{q,delayed} 0"]
        );
    }
}
