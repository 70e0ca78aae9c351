"""The channels: wait, queue, agents and capacity against the configured limits, history, and week against week."""

import columns
import looks
from frame import Board, Row
from panels import Look, Query, timeline, timeseries
from queries import CHANNEL, CHANNELS, NAMED_CHANNEL, Scope, channel_status, unavailable_reason, wait
from tables import Label, Value, table

STRICTEST = " The dashed lines are the strictest limits of the chosen channels; choose one channel to see its own."
LIMIT = "^(Degraded|Down) (from|below)"
LIMITS = {"^Degraded (from|below)": looks.ORANGE, "^Down (from|below)": looks.RED}
WEEK = (
    " The dashed line is the same time a week earlier: it needs a Prometheus that keeps more than seven days (the "
    "default is fifteen) and has run that long; until then there is no such line. Colours do not pair the lines: choose one channel."
)


def _limits(signal: str, word: str, operation: str) -> list[Query]:
    """The limits of a signal for both levels; of several channels, the strictest."""
    queries = []
    for level in ("degraded", "down"):
        limits = CHANNELS.of("webchat_channel_threshold", f'signal="{signal}"', f'level="{level}"')
        queries.append(Query(f"{operation}({limits})", f"{level.capitalize()} {word}"))
    return queries


def _against(title: str, words: str, expression: str, signal: str, look: Look, lower: bool = False):
    """A signal of every channel with its limits: upper ones, or lower ones."""
    limits = _limits(signal, "below" if lower else "from", "max" if lower else "min")
    return timeseries(title, words + STRICTEST, [Query(expression, NAMED_CHANNEL), *limits], look, dashed=LIMIT, colors=LIMITS)


def _week(title: str, words: str, family: str, look: Look, *more: str):
    """A signal by channel now and a week before."""
    by = ", ".join(CHANNEL)
    now = f"max by ({by}) ({CHANNELS.of(family, *more)})"
    before = f"max by ({by}) ({CHANNELS.of(family, *more)} offset 1w)"
    queries = [Query(now, NAMED_CHANNEL), Query(before, f"{NAMED_CHANNEL}, a week earlier")]
    return timeseries(title, words + WEEK, queries, look, dashed=".*, a week earlier")


def _utilization() -> str:
    ongoing = CHANNELS.merged(CHANNEL, "webchat_channel_chats_ongoing")
    free = CHANNELS.merged(CHANNEL, "webchat_channel_free_slots")
    return f"{ongoing}\n/ (({ongoing} + {free}) > 0)"


def _limits_table():
    limits = CHANNELS.merged((*CHANNEL, "signal", "level"), "webchat_channel_threshold")
    return table(
        "Limits in force",
        "The limits of the configuration: seconds for waits, else chats, agents or a ratio. Alerts and boards read them "
        "from here, so a site changes its configuration, not its queries.",
        [
            *columns.CHANNEL_LABELS,
            Label("signal", "Signal"),
            Label("level", "Level"),
            Value("Limit", limits, Look(unit="none", decimals=2), 110),
        ],
        sort="Channel",
        descending=False,
        unseen=columns.UNSEEN,
        no_value="No limit is configured",
    )


SECONDS = Look(unit="dthms", minimum=0)
COUNT = Look(unit="none", minimum=0)

BOARD = Board(
    uid="webchat-channels",
    title="Webchat / Channels",
    description="One channel or several: how long customers wait, who takes their chats, and how that compares with the limits and with last week.",
    variables=["job", "platform", "target", "channel"],
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=CHANNELS,
    rows=[
        Row(
            13,
            [
                (
                    24,
                    table(
                        "Now",
                        "The chosen channels, the worst first. A dash stands where the platform reports nothing." + columns.FOR,
                        columns.board(),
                        sort="Status",
                        unseen=columns.UNSEEN,
                    ),
                )
            ],
        ),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Status",
                        "What each channel was to customers, after limits, hours, maintenance and hysteresis.",
                        Query(channel_status(), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                    ),
                ),
                (
                    12,
                    timeline(
                        "Takes chats",
                        "Whether a customer could start a chat, or why not.",
                        Query(unavailable_reason(), NAMED_CHANNEL),
                        Look(mappings=looks.REASON),
                    ),
                ),
            ],
            "History",
        ),
        Row(
            8,
            [
                (
                    8,
                    _against(
                        "Longest wait",
                        "The longest wait of those who wait now.",
                        wait("longest"),
                        "longest_wait",
                        SECONDS,
                    ),
                ),
                (
                    8,
                    _against(
                        "Average wait",
                        "The average wait as the platform counts it.",
                        wait("average"),
                        "average_wait",
                        SECONDS,
                    ),
                ),
                (
                    8,
                    _against(
                        "Estimated wait",
                        "The wait that the platform expects for a new chat.",
                        wait("estimated"),
                        "estimated_wait",
                        SECONDS,
                    ),
                ),
            ],
            "Wait",
        ),
        Row(
            8,
            [
                (
                    8,
                    _against(
                        "Queue length",
                        "Chats waiting.",
                        CHANNELS.merged(CHANNEL, "webchat_channel_queue_length"),
                        "queue_length",
                        COUNT,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Chats ongoing",
                        "Chats in progress.",
                        Query(CHANNELS.merged(CHANNEL, "webchat_channel_chats_ongoing"), NAMED_CHANNEL),
                        COUNT,
                    ),
                ),
                (
                    8,
                    timeline(
                        "Open",
                        "Business hours as the configured schedule says.",
                        Query(CHANNELS.merged(CHANNEL, "webchat_channel_open"), NAMED_CHANNEL),
                        Look(mappings=looks.OPEN),
                    ),
                ),
            ],
            "Queue",
        ),
        Row(
            8,
            [
                (
                    8,
                    _against(
                        "Agents online",
                        "Agents online for the channel.",
                        CHANNELS.merged(CHANNEL, "webchat_channel_agents_online"),
                        "agents_online",
                        COUNT,
                        lower=True,
                    ),
                ),
                (
                    8,
                    _against(
                        "Free slots",
                        "Chats that agents could take on now.",
                        CHANNELS.merged(CHANNEL, "webchat_channel_free_slots"),
                        "free_slots",
                        COUNT,
                        lower=True,
                    ),
                ),
                (
                    8,
                    _against(
                        "Capacity in use",
                        "Chats in progress as a ratio of those in progress and free slots, where the "
                        "platform reports both.",
                        _utilization(),
                        "utilization",
                        Look(unit="percentunit", decimals=1, minimum=0),
                    ),
                ),
            ],
            "Agents and capacity",
        ),
        Row(
            11,
            [
                (
                    8,
                    _week(
                        "Wait, week against week",
                        "The longest wait now.",
                        "webchat_channel_wait_seconds",
                        SECONDS,
                        'stat=~"longest|estimated"',
                    ),
                ),
                (8, _week("Queue, week against week", "Chats waiting.", "webchat_channel_queue_length", COUNT)),
                (
                    8,
                    _week("Agents, week against week", "Agents online.", "webchat_channel_agents_online", COUNT),
                ),
            ],
            "Week against week",
        ),
        Row(10, [(24, _limits_table())], "Limits"),
    ],
)
