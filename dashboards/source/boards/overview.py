"""The overview: problems first, then every channel and every target of all platforms."""

from dataclasses import replace

import columns
import looks
from frame import Board, Row
from links import TO_ALERTS, TO_CHANNEL
from panels import Look, Query, stat, timeline
from queries import (
    CHANNEL,
    CHANNELS,
    COLLECTOR,
    NAMED_CHANNEL,
    TARGET,
    TARGETS,
    Scope,
    alert_count,
    channel_status,
    channels_in,
    collectors_behind,
    data_age,
    having_a_problem,
)
from tables import Label, Value, table
from tiles import as_of, data

OF_CHANNEL = 'channel=~"$channel|"'
# The last number is the width, for which the title has to fit.
COUNTS = [
    ("down", "Down", looks.RED, "Channels in which customers get no chat although they should.", 2),
    ("degraded", "Degraded", looks.ORANGE, "Channels that take chats beyond a configured limit.", 2),
    ("unknown", "Unknown", looks.PURPLE, "Channels of which nobody knows how they are.", 2),
    ("maintenance", "Maintenance", looks.BLUE, "Channels in a planned maintenance window.", 3),
    ("closed", "Closed", looks.NEUTRAL, "Channels outside of their business hours.", 2),
    ("ok", "OK", looks.GREEN, "Channels in which all is well.", 2),
]


def _counts() -> list[tuple[int, object]]:
    return [
        (width, stat(title, words, channels_in(status), Look(steps=[(None, looks.GREY), (1, color)])))
        for status, title, color, words, width in COUNTS
    ]


def _silence() -> list[tuple[int, object]]:
    """What a count of channels does not tell: alerts that page, and whether the counts are of now."""
    return [
        (
            4,
            stat(
                "Critical alerts",
                "Alerts of severity critical that fire now. Needs the bundled rules.",
                alert_count("critical", OF_CHANNEL),
                Look(steps=looks.NONE_IS_GOOD),
                background=True,
                links=[TO_ALERTS],
                no_value="No rules",
            ),
        ),
        (4, data()),
        (3, as_of()),
    ]


def _failing():
    reasons = TARGETS.merged((*COLLECTOR, "reason"), "webchat_collector_failing")
    age = f"0 * {reasons}\n+ on ({', '.join(COLLECTOR)}) group_left () {data_age(COLLECTOR)}"
    return table(
        "Collectors that fail",
        "Each reason for which a request of the newest poll failed, and how long ago the newest poll without failure was; before "
        "the first one, since when the exporter has tried.",
        [
            columns.PLATFORM_LABEL,
            columns.TARGET_LABEL,
            Label("collector", "Collector"),
            Label("reason", "Reason"),
            Value("Since last success", age, Look(unit="dtdhms", steps=[(None, looks.RED)]), 170),
        ],
        sort="Since last success",
        no_value="No collector fails",
    )


def _problems() -> list:
    """The channels that need attention: what is wrong, why and for how long. Their numbers stand among all channels."""
    values = [columns.status(), columns.takes_chats(), columns.past(), columns.since(), columns.data()]
    return [
        *columns.CHANNEL_LABELS,
        *(replace(column, expression=having_a_problem(column.expression)) for column in values),
    ]


def _targets():
    age = Value("Data age", data_age(), columns.AGE, 120)
    failing = Value(
        "Collectors failing",
        f"sum by (platform, target) (1 - {TARGETS.merged(COLLECTOR, 'webchat_collector_up')})",
        Look(steps=looks.NONE_IS_GOOD),
        150,
    )
    dropped = Value(
        "Series dropped", TARGETS.merged(TARGET, "webchat_target_dropped_series"), Look(steps=looks.NONE_IS_GOOD), 130
    )
    live = Value("Data", collectors_behind(TARGET), columns.LIVE, 110)
    up = Value("Answers", TARGETS.merged(TARGET, "webchat_target_up"), Look(mappings=looks.UP), 100, fill=True)
    return table(
        "Targets",
        "Every configured target: whether its platform answers, how old its data is and what was left out.",
        [
            columns.PLATFORM_LABEL,
            columns.TARGET_LABEL,
            up,
            failing,
            live,
            age,
            dropped,
        ],
        sort="Answers",
        descending=False,
    )


def _maintenance():
    # The unit wants milliseconds.
    moment = Look(unit="dateTimeAsIso")
    start = CHANNELS.merged(CHANNEL, "webchat_channel_maintenance_start_timestamp_seconds")
    end = CHANNELS.merged(CHANNEL, "webchat_channel_maintenance_end_timestamp_seconds")
    return table(
        "Planned maintenance",
        "The maintenance window of each channel that is on, or the next one within seven days.",
        [
            Label("channel", "Channel", links=[TO_CHANNEL]),
            columns.PLATFORM_LABEL,
            columns.TARGET_LABEL,
            Value("Begins", f"1000 * {start}", moment, 170),
            Value("Ends", f"1000 * {end}", moment, 170),
        ],
        sort="Begins",
        descending=False,
        unseen=columns.UNSEEN,
        no_value="No maintenance is planned within seven days",
    )


BOARD = Board(
    uid="webchat-overview",
    title="Webchat / Overview",
    description="All platforms on one page: what is wrong now, then every channel and every target.",
    variables=["job", "platform", "target", "channel"],
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"', OF_CHANNEL)),
    changes=CHANNELS,
    rows=[
        Row(4, [*_counts(), *_silence()]),
        Row(
            10,
            [
                (
                    14,
                    table(
                        "Channels with a problem",
                        "Channels that are down, degraded or unknown now, the worst first." + columns.FOR,
                        _problems(),
                        sort="Status",
                        unseen=columns.UNSEEN,
                        no_value="No channel has a problem",
                    ),
                ),
                (10, _failing()),
            ],
            "Problems",
        ),
        Row(
            13,
            [
                (
                    24,
                    table(
                        "Channels",
                        "Every channel, the worst first. A dash stands where the platform reports nothing." + columns.FOR,
                        columns.board(),
                        sort="Status",
                        unseen=columns.UNSEEN,
                    ),
                ),
            ],
            "Channels",
        ),
        Row(
            9,
            [
                (
                    24,
                    timeline(
                        "Status",
                        "What each channel was to customers over the time range.",
                        Query(channel_status(), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                    ),
                ),
            ],
        ),
        Row(7, [(14, _targets()), (10, _maintenance())], "Targets"),
    ],
)
