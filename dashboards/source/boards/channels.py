"""The channels: wait, queue, agents and capacity against the configured limits, history, and week against week."""

from collections.abc import Callable

import columns
import looks
from frame import Board, Row
from panels import COUNT, MINUTES, Limit, Look, Query, in_minutes, timeline, timeseries
from queries import CHANNEL, CHANNELS, NAMED_CHANNEL, Scope, channel_status, unavailable_reason, wait
from tables import Label, Value, table

SHARED = (
    " A dashed line is a limit that all chosen channels with such a limit share; where they differ there is none. The limit for "
    "down is drawn with one channel chosen, as it lies far from an ordinary day."
)
# Of each status a channel has a series, whatever its own is.
ANY_STATUS = 'status="ok"'
# The words of a limit: it holds from its number up, or below it.
SIGNALS = {
    "longest_wait": ("Longest wait from", looks.GREY),
    "average_wait": ("Average wait from", looks.GREY),
    "estimated_wait": ("Estimated wait from", looks.GREY),
    "queue_length": ("Queue length from", looks.GREY),
    "utilization": ("Capacity in use from", looks.GREY),
    "agents_online": ("Agents online below", looks.GREY),
    "free_slots": ("Free slots below", looks.GREY),
}
WEEK = (
    " The dashed line is the same time a week earlier: it needs a Prometheus that keeps more than seven days (the "
    "default is fifteen) and has run that long; until then there is no such line. Colours do not pair the lines: choose one channel."
)


def _limits(signal: str, word: str, shown: Callable[[str], str]) -> list[Limit]:
    """The limits of a signal: for degraded where all channels share it, for down where there is one channel."""
    degraded = CHANNELS.of("webchat_channel_threshold", f'signal="{signal}"', 'level="degraded"')
    down = CHANNELS.of("webchat_channel_threshold", f'signal="{signal}"', 'level="down"')
    channels = f"count({CHANNELS.merged(CHANNEL, 'webchat_channel_status', ANY_STATUS)})"
    return [
        Limit(f"Degraded {word} (all shown)", shown(f"min({degraded})\n== max({degraded})"), looks.ORANGE),
        Limit(f"Down {word}", shown(f"max({down})\nand {channels} == 1"), looks.RED),
    ]


def _against(title: str, words: str, expression: str, signal: str, look: Look, lower: bool = False):
    """A signal of every channel with its limits: upper ones, or lower ones."""
    limits = _limits(signal, "below" if lower else "from", str)
    return timeseries(title, words + SHARED, Query(expression, NAMED_CHANNEL), look, limits=limits)


def _wait(title: str, words: str, stat: str):
    """A wait of every channel with its limits."""
    query = Query(in_minutes(wait(stat)), NAMED_CHANNEL)
    limits = _limits(f"{stat}_wait", "from", in_minutes)
    return timeseries(title, words + SHARED, query, MINUTES, limits=limits)


def _week(title: str, words: str, family: str, look: Look, *more: str, shown: Callable[[str], str] = str):
    """A signal by channel now and a week before."""
    by = ", ".join(CHANNEL)
    now = f"max by ({by}) ({CHANNELS.of(family, *more)})"
    before = f"max by ({by}) ({CHANNELS.of(family, *more)} offset 1w)"
    queries = [Query(shown(now), NAMED_CHANNEL), Query(shown(before), f"{NAMED_CHANNEL}, a week earlier")]
    return timeseries(title, words + WEEK, queries, look, dashed=".*, a week earlier")


def _utilization() -> str:
    ongoing = CHANNELS.merged(CHANNEL, "webchat_channel_chats_ongoing")
    free = CHANNELS.merged(CHANNEL, "webchat_channel_free_slots")
    return f"{ongoing}\n/ (({ongoing} + {free}) > 0)"


def _limits_table():
    def value(name: str, signals: str, look: Look) -> Value:
        limits = CHANNELS.merged((*CHANNEL, "signal", "level"), "webchat_channel_threshold", f'signal=~"{signals}"')
        return Value(name, limits, look, 180)

    return table(
        "Limits in force",
        "The limits of the configuration. Alerts and boards read them from here, so a site changes its configuration, not its "
        "queries.",
        [
            *columns.CHANNEL_LABELS,
            Label("level", "Level", 130, words={"degraded": ("Degraded", looks.ORANGE), "down": ("Down", looks.RED)}),
            Label("signal", "Signal", 240, words=SIGNALS),
            value("Time", ".+_wait", columns.SECONDS),
            value("Chats or agents", "queue_length|agents_online|free_slots", Look()),
            value("Share", "utilization", Look(unit="percentunit", decimals=0)),
        ],
        sort=("Channel", "Platform", "Target", "Level", "Signal"),
        descending=False,
        unseen=columns.UNSEEN,
        no_value="No limit is configured",
    )


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
                (8, _wait("Longest wait", "The longest wait of those who wait now.", "longest")),
                (8, _wait("Average wait", "The average wait as the platform counts it.", "average")),
                (8, _wait("Estimated wait", "The wait that the platform expects for a new chat.", "estimated")),
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
                        MINUTES,
                        'stat=~"longest|estimated"',
                        shown=in_minutes,
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
