"""Xima: session, credentials, queues at AWS, and last and collapsed the synthetic chat, which is not available yet."""

import columns
import looks
from collection import data
from frame import Board, Row
from links import TO_EXPORTER
from panels import COUNT, Look, Query, stat, timeline, timeseries
from queries import NAMED_CHANNEL, VENDOR_TARGETS, Scope, channel_status, platform_channels, platform_targets
from tables import Label, Value, table

SITES = VENDOR_TARGETS
SITE = ("target",)
ACCEPTED = Look(mappings=looks.yes_no("Accepted", "Refused"))
ISSUED = Look(mappings=looks.yes_no("Issued", "Missing"))
SESSION = Look(mappings=looks.yes_no("Answers", "Fails"))
NO_NUMBERS = "AWS gives no numbers"
OPT_IN = " Needs the collector {}, which is off by default."
# The configuration refuses the collector so far; its series have their names already.
SYNTHETIC = " The collector synthetic_chat is not available in this version."
OUTCOMES = {"error": 5, "timeout": 4, "multimedia_down": 3, "force_closed": 2, "queued": 1, "answered": 0}
OUTCOME_LOOK = Look(
    mappings=looks.states(
        {
            "5": ("Error", looks.RED),
            "4": ("Timeout", looks.RED),
            "3": ("Multimedia down", looks.RED),
            "2": ("Force closed", looks.ORANGE),
            "1": ("Queued", looks.GREEN),
            "0": ("Answered", looks.GREEN),
        }
    )
)


def _of(family: str) -> Query:
    return Query(SITES.merged(SITE, f"xima_{family}"), "{{target}}")


def _tiles() -> list[tuple[int, object]]:
    changed = SITES.merged(SITE, "xima_credentials_changed_timestamp_seconds")
    failing = f"sum(1 - {platform_targets('xima').merged(('target', 'collector'), 'webchat_collector_up')})"
    return [
        (
            4,
            stat(
                "Session",
                "Whether the look-up of a random chat session was answered as it should.",
                _of("session_check_success"),
                SESSION,
                background=True,
            ),
        ),
        (
            4,
            stat(
                "Credentials issued",
                "Whether the installation hands out credentials for AWS.",
                _of("credentials_issued"),
                ISSUED,
                background=True,
            ),
        ),
        (
            4,
            stat(
                "Credentials accepted",
                "Whether AWS accepts what the installation hands out: if not, no chat gets through.",
                _of("credentials_accepted"),
                ACCEPTED,
                background=True,
            ),
        ),
        (
            4,
            stat(
                "Credentials changed",
                "How long ago the credentials changed, as seen by the exporter: its own start counts.",
                Query(f"time() - {changed}", "{{target}}"),
                Look(unit="s", decimals=1),
            ),
        ),
        (
            4,
            stat(
                "Collectors failing",
                "Collectors of which a request of the newest poll failed.",
                failing,
                Look(steps=looks.NONE_IS_GOOD),
                links=[TO_EXPORTER],
            ),
        ),
        (4, data("xima")),
    ]


def _queues() -> list[tuple[int, object]]:
    by = ("target", "queue", "state")

    def value(name: str, state: str, look: Look) -> Value:
        return Value(name, SITES.merged(("target", "queue"), "xima_sqs_queue_messages", f'state="{state}"'), look, 110)

    return [
        (
            10,
            table(
                "Messages in SQS",
                "Messages by queue and state, about, as AWS says." + OPT_IN.format("sqs_queues"),
                [
                    Label("queue", "Queue"),
                    columns.target_of("xima"),
                    value("Visible", "visible", Look()),
                    value("In flight", "in_flight", Look()),
                    value("Delayed", "delayed", Look()),
                ],
                sort="Visible",
                no_value=NO_NUMBERS,
            ),
        ),
        (
            14,
            timeseries(
                "Messages in SQS over time",
                "Messages that pile up are chats that nobody gets." + OPT_IN.format("sqs_queues"),
                Query(SITES.merged(by, "xima_sqs_queue_messages"), "{{queue}}: {{state}} ({{target}})"),
                COUNT,
                no_value=NO_NUMBERS,
            ),
        ),
    ]


def _synthetic() -> list[Row]:
    outcome = SITES.code(SITE, "xima_synthetic_chat_outcome", "outcome", OUTCOMES)
    last = SITES.merged(SITE, "xima_synthetic_chat_last_run_timestamp_seconds")
    runs = f"sum by (outcome) (increase({SITES.of('xima_synthetic_chat_runs_total')}[$__range]))"
    steps = [
        Query(SITES.merged(SITE, "xima_synthetic_chat_start_seconds"), "Start ({{target}})"),
        Query(SITES.merged(SITE, "xima_synthetic_chat_first_message_seconds"), "First message ({{target}})"),
        Query(SITES.merged(SITE, "xima_synthetic_chat_answer_seconds"), "Answer ({{target}})"),
        Query(SITES.merged(SITE, "xima_synthetic_chat_estimated_wait_seconds"), "Estimated wait ({{target}})"),
    ]
    return [
        Row(
            4,
            [
                (
                    6,
                    stat(
                        "Synthetic chat",
                        "Whether the newest synthetic chat got through." + SYNTHETIC,
                        _of("synthetic_chat_success"),
                        Look(mappings=looks.yes_no("Got through", "Failed")),
                        background=True,
                        no_value="Not available",
                    ),
                ),
                (
                    6,
                    stat(
                        "Outcome",
                        "How the newest synthetic chat ended." + SYNTHETIC,
                        Query(outcome, "{{target}}"),
                        OUTCOME_LOOK,
                        no_value="Not available",
                    ),
                ),
                (
                    6,
                    stat(
                        "Last run",
                        "How long ago the newest synthetic chat ran." + SYNTHETIC,
                        Query(f"time() - {last}", "{{target}}"),
                        Look(unit="s", decimals=1),
                        no_value="Not available",
                    ),
                ),
                (
                    6,
                    stat(
                        "Runs in the range",
                        "Synthetic chats by outcome within the time range." + SYNTHETIC,
                        Query(runs, "{{outcome}}"),
                        Look(),
                        no_value="Not available",
                    ),
                ),
            ],
            "Synthetic chat: not available in this version",
            collapsed=True,
        ),
        Row(
            8,
            [
                (
                    12,
                    timeseries(
                        "Steps of the synthetic chat",
                        "How long each step of the newest synthetic chat took." + SYNTHETIC,
                        steps,
                        Look(unit="s", decimals=1, minimum=0),
                        no_value="Not available",
                    ),
                ),
                (
                    12,
                    timeline(
                        "Outcome over time",
                        "How synthetic chats ended." + SYNTHETIC,
                        Query(outcome, "{{target}}"),
                        OUTCOME_LOOK,
                        no_value="Not available",
                    ),
                ),
            ],
        ),
    ]


BOARD = Board(
    uid="webchat-xima",
    title="Webchat / Xima",
    description="Xima: whether an installation answers, and whether its credentials and queues work.",
    variables=["job", "target", "channel"],
    variable_platform="xima",
    alerts=Scope(('platform="xima"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=platform_channels("xima"),
    rows=[
        Row(5, _tiles()),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Session and credentials",
                        "What the installation and AWS answered over time.",
                        [
                            Query(SITES.merged(SITE, "xima_session_check_success"), "Session ({{target}})"),
                            Query(SITES.merged(SITE, "xima_credentials_issued"), "Issued ({{target}})"),
                            Query(SITES.merged(SITE, "xima_credentials_accepted"), "Accepted ({{target}})"),
                        ],
                        Look(mappings=looks.yes_no("Good", "Bad")),
                    ),
                ),
                (
                    12,
                    timeline(
                        "Status",
                        "What each installation was to customers, after hours, maintenance and hysteresis.",
                        Query(channel_status(platform_channels("xima")), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                    ),
                ),
            ],
            "History",
        ),
        Row(8, _queues(), "Queues at AWS"),
        *_synthetic(),
    ],
)
