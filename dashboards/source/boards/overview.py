"""The overview: problems first, then every channel and every target of all platforms."""

from dataclasses import replace

import columns
import looks
from frame import Board, Row
from links import TO_CHANNEL, TO_PLATFORM, TO_POLLS
from panels import Link, Look, Query, stat, timeline
from queries import (
    CHANNEL,
    CHANNELS,
    COLLECTOR,
    NAMED_CHANNEL,
    TARGET,
    TARGETS,
    Scope,
    channel_status,
    channels_in,
    collectors_behind,
    data_age,
    having_a_problem,
)
from tables import Label, Value, table

COUNTS = [
    ("down", "Down", looks.RED, "Customers get no chat although they should."),
    ("degraded", "Degraded", looks.ORANGE, "Chats are taken, beyond a configured limit."),
    ("unknown", "Unknown", looks.PURPLE, "The platform gave no answer that made sense for too long."),
    ("maintenance", "Maintenance", looks.BLUE, "A planned maintenance window is on."),
    ("closed", "Closed", looks.NEUTRAL, "Outside of business hours."),
    ("ok", "OK", looks.GREEN, "All is well."),
]
PLATFORM_OF_TILE = Link(
    "Board of this platform",
    "/d/webchat-${__field.labels.platform}?var-target=${__field.labels.target:percentencode}"
    "&${datasource:queryparam}&${job:queryparam}&${__url_time_range}",
)
FAILING = [
    Label("platform", "Platform", 100, links=[TO_PLATFORM]),
    Label("target", "Target", links=[TO_POLLS]),
    Label("collector", "Collector"),
    Label("reason", "Reason"),
    Value(
        "Failing",
        TARGETS.merged((*COLLECTOR, "reason"), "webchat_collector_failing"),
        Look(mappings=looks.yes_no("Failing", "Well", looks.RED, looks.GREEN)),
        100,
    ),
]


def _counts() -> list[tuple[int, object]]:
    return [
        (4, stat(f"Channels: {title}", words, channels_in(status), Look(steps=[(None, looks.GREY), (1, color)])))
        for status, title, color, words in COUNTS
    ]


def _problems() -> list:
    """The channels that need attention: what is wrong, why and for how long. Their numbers stand among all channels."""
    values = [columns.status(), columns.takes_chats(), columns.since(), columns.data()]
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
            Label("platform", "Platform", 100, links=[TO_PLATFORM]),
            Label("target", "Target", links=[TO_POLLS]),
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
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=CHANNELS,
    rows=[
        Row(4, _counts()),
        Row(
            9,
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
                (
                    10,
                    table(
                        "Collectors that fail",
                        "Each reason for which a request of the newest poll failed.",
                        FAILING,
                        sort="Platform",
                        descending=False,
                        no_value="No collector fails",
                    ),
                ),
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
        Row(
            4,
            [
                (
                    18,
                    stat(
                        "Platforms",
                        "Whether the newest poll of each target brought an answer that made sense.",
                        Query(TARGETS.merged(TARGET, "webchat_target_up"), "{{target}} ({{platform}})"),
                        Look(mappings=looks.UP),
                        background=True,
                        links=[PLATFORM_OF_TILE],
                    ),
                ),
                (
                    6,
                    stat(
                        "Data",
                        "Live while every collector had a poll without failure within three of its intervals.",
                        collectors_behind(),
                        Look(mappings=looks.LIVE, decimals=1),
                        background=True,
                        no_value="NO DATA",
                        silent=looks.RED,
                    ),
                ),
            ],
        ),
    ],
)
