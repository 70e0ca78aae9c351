"""eGain and Cisco ECE: entry points, why they take no chats, and whether they should."""

import columns
import looks
from collection import collection, data
from frame import Board, Row
from links import TO_EXPORTER, to_channel_of
from panels import COUNT, MINUTES, Look, Query, in_minutes, stat, timeline, timeseries
from queries import NAMED_CHANNEL, Scope, channel_status, platform_channels
from tables import Label, Value, table

POINTS = Scope(('job=~"$job"', 'target=~"$target"', 'entry_point=~"$channel"'))
POINT = ("target", "entry_point_id", "entry_point")
NAMED = "{{entry_point}} ({{target}})"
REASONS = {
    "service_not_running": 6,
    "invalid_entry_point": 5,
    "entry_point_inactive": 4,
    "agent_not_available": 3,
    "queue_depth_reached": 2,
    "other": 1,
}


def _like(neutral: str) -> str:
    """The colour of a reason in the words of all platforms, as in the column Takes chats."""
    return looks.REASON_WORDS[neutral][1]


REASON_LOOK = Look(
    mappings=looks.states(
        {
            "6": ("Service not running", _like("service_down")),
            "5": ("Invalid entry point", _like("invalid")),
            "4": ("Entry point inactive", _like("disabled")),
            "3": ("No agent available", _like("no_agent")),
            "2": ("Queue depth reached", _like("queue_full")),
            "1": ("Other reason", _like("other")),
            "0": ("Allowed", _like("none")),
        }
    )
)
STATES = {"no_agent": 3, "queue_full": 2, "other": 1, "eligible": 0}
STATE_LOOK = Look(
    mappings=looks.states(
        {
            "3": ("No agent", _like("no_agent")),
            "2": ("Queue full", _like("queue_full")),
            "1": ("Other", _like("other")),
            "0": ("Eligible", _like("none")),
        }
    )
)
AGENT_LOOK = Look(mappings=looks.yes_no("Available", "None", no_color=_like("no_agent")))


def _reason() -> str:
    """Why no chat is allowed, as a number of `REASONS`; 0 where chats are allowed."""
    reasons = POINTS.code(POINT, "egain_entry_point_chat_disallowed", "reason", REASONS)
    allowed = POINTS.merged(POINT, "egain_entry_point_chat_allowed", operation="min")
    return f"{reasons}\nor ({allowed} == 1) * 0"


def _eligibility() -> str:
    return POINTS.code(POINT, "egain_entry_point_eligibility", "state", STATES)


def _contradiction() -> str:
    """1 where a chat is allowed and nobody could take it."""
    allowed = POINTS.merged(POINT, "egain_entry_point_chat_allowed")
    slots = POINTS.merged(POINT, "egain_entry_point_capacity_slots")
    return f"({allowed} == bool 1) * ({slots} == bool 0)"


def _not(family: str) -> str:
    return f"sum(1 - {POINTS.merged(POINT, family)})"


def _tiles() -> list[tuple[int, object]]:
    slots = f"sum({POINTS.merged(POINT, 'egain_entry_point_capacity_slots')})"
    depth = f"sum({POINTS.merged(POINT, 'egain_entry_point_queue_depth')})"
    wait = f"max({POINTS.of('egain_entry_point_estimated_wait_seconds')})"
    return [
        (
            3,
            stat(
                "Chat not allowed",
                "Entry points that take no new chat.",
                _not("egain_entry_point_chat_allowed"),
                Look(steps=looks.NONE_IS_GOOD),
                background=True,
            ),
        ),
        (
            4,
            stat(
                "Not answering in full",
                "Entry points of which an enabled check got no answer.",
                _not("egain_entry_point_up"),
                Look(steps=looks.NONE_IS_GOOD),
                background=True,
                links=[TO_EXPORTER],
            ),
        ),
        (
            4,
            stat(
                "Allowed without slots",
                "Entry points that allow a chat which no agent could take now. A short time is "
                "ordinary, since the queue may hold chats; a long one is a contradiction.",
                f"sum({_contradiction()})",
                Look(steps=[(None, looks.GREEN), (1, looks.ORANGE)]),
            ),
        ),
        (
            4,
            stat(
                "Free slots in all",
                "Chats that agents could take on now, the sum over entry points: agents who serve two of "
                "them count in both.",
                slots,
                Look(steps=looks.NONE_IS_BAD),
            ),
        ),
        (3, stat("Chats waiting in all", "Chats in the queues of the entry points.", depth, Look())),
        (
            3,
            stat(
                "Longest estimate",
                "The longest wait that a chat which starts now would have.",
                wait,
                Look(unit="dthms"),
            ),
        ),
        (3, data("egain")),
    ]


def _board():
    def value(name: str, family: str, look: Look, width: int = 120) -> Value:
        return Value(name, POINTS.merged(POINT, f"egain_entry_point_{family}"), look, width)

    return table(
        "Entry points",
        "Every entry point with the answers of its checks: chatAllowed, checkEligibility, agentAvailability, capacity and "
        "liveSessionStatus.",
        [
            Label("entry_point", "Entry point", links=[to_channel_of("egain", "Entry point")]),
            columns.target_of("egain"),
            value("Checks", "up", Look(mappings=looks.yes_no("Answered", "Failing"))),
            Value("Chat", _reason(), REASON_LOOK, 180, fill=True),
            Value("Eligibility", _eligibility(), STATE_LOOK, 120),
            value("Agent", "agent_available", AGENT_LOOK),
            value("Free slots", "capacity_slots", Look(steps=looks.NONE_IS_BAD)),
            value("Waiting", "queue_depth", Look()),
            value("Estimated wait", "estimated_wait_seconds", Look(unit="dthms"), 130),
        ],
        sort="Chat",
        unseen=("entry_point_id",),
    )


BOARD = Board(
    uid="webchat-egain",
    title="Webchat / eGain",
    description="eGain and Cisco ECE: what every entry point answers, and why it takes no chats.",
    variables=["job", "target", "channel"],
    variable_platform="egain",
    alerts=Scope(('platform="egain"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=platform_channels("egain"),
    rows=[
        Row(4, _tiles()),
        Row(8, [(24, _board())], "Entry points"),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Why no chat is allowed",
                        "What chatAllowed answered, with its reason.",
                        Query(_reason(), NAMED),
                        REASON_LOOK,
                    ),
                ),
                (
                    12,
                    timeline(
                        "Eligibility", "What checkEligibility answered.", Query(_eligibility(), NAMED), STATE_LOOK
                    ),
                ),
            ],
            "Reasons and eligibility",
        ),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Agent available",
                        "What agentAvailability answered.",
                        Query(POINTS.merged(POINT, "egain_entry_point_agent_available"), NAMED),
                        AGENT_LOOK,
                    ),
                ),
                (
                    12,
                    timeline(
                        "Status",
                        "What each entry point was to customers, after limits, hours and hysteresis.",
                        Query(channel_status(platform_channels("egain")), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                    ),
                ),
            ],
        ),
        Row(
            8,
            [
                (
                    8,
                    timeseries(
                        "Free slots by entry point",
                        "Chats that agents could take on.",
                        Query(POINTS.merged(POINT, "egain_entry_point_capacity_slots"), NAMED),
                        COUNT,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Chats waiting by entry point",
                        "Chats in the queue.",
                        Query(POINTS.merged(POINT, "egain_entry_point_queue_depth"), NAMED),
                        COUNT,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Estimated wait by entry point",
                        "The wait that a chat which starts then would have.",
                        Query(in_minutes(POINTS.merged(POINT, "egain_entry_point_estimated_wait_seconds")), NAMED),
                        MINUTES,
                    ),
                ),
            ],
            "Capacity and wait",
        ),
        collection("egain"),
    ],
)
