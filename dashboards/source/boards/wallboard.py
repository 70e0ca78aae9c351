"""The wallboard: what a team sees from its desks, on one screen of 1920 by 1080 without scrolling."""

import columns
import looks
from frame import Board, Row
from links import TO_ALERTS, TO_EXPORTER, TO_OVERVIEW
from panels import COUNT, Look, Query, stat, timeline, timeseries
from queries import (
    CHANNEL,
    CHANNELS,
    NAMED_CHANNEL,
    Scope,
    alert_severity,
    alerts,
    channel_status,
    channels_in,
    collectors_behind,
    total,
    total_while_open,
    wait_against_limit,
)
from tables import Label, Value, table

OF_CHANNEL = 'channel=~"$channel|"'
COMM100_ONCE = "A Comm100 site counts once, its departments are part of it."
CLOSED = "None is orange while one of these channels is open."
DEGRADED: looks.Steps = [(None, looks.GREEN), (1, looks.ORANGE)]


def _tiles() -> list[tuple[int, object]]:
    longest = CHANNELS.of("webchat_channel_wait_seconds", 'stat=~"longest|estimated"')
    return [
        (
            3,
            stat(
                "Channels down",
                "Channels in which customers get no chat although they should.",
                channels_in("down"),
                Look(steps=looks.NONE_IS_GOOD),
                background=True,
                links=[TO_OVERVIEW],
            ),
        ),
        (
            3,
            stat(
                "Channels degraded",
                "Channels that take chats beyond a configured limit.",
                channels_in("degraded"),
                Look(steps=DEGRADED),
                background=True,
                links=[TO_OVERVIEW],
            ),
        ),
        (
            3,
            stat(
                "Chats waiting",
                f"Customers in all queues now. {COMM100_ONCE} Chime reports no queue length.",
                total("webchat_channel_queue_length"),
                Look(),
            ),
        ),
        (
            3,
            stat(
                "Longest wait",
                "The longest or estimated wait of all channels, in hours, minutes and seconds.",
                f"max({longest})",
                Look(unit="dthms"),
            ),
        ),
        (
            3,
            stat(
                "Waits over limit",
                "Channels in which the longest or estimated wait is at or over the channel's own limit for degraded.",
                f"sum({wait_against_limit()} >= bool 1)",
                Look(steps=DEGRADED),
                background=True,
            ),
        ),
        (
            3,
            stat(
                "Agents online",
                f"Agents online for all channels. {COMM100_ONCE} An agent of two Chime queues counts "
                f"in both, so this may be more than the people in the room. {CLOSED}",
                total_while_open("webchat_channel_agents_online"),
                columns.PEOPLE,
            ),
        ),
        (
            3,
            stat(
                "Free slots",
                f"Chats that agents could take on now, where the platform says so. {COMM100_ONCE} An agent of two eGain "
                f"entry points counts in both. {CLOSED}",
                total_while_open("webchat_channel_free_slots"),
                columns.PEOPLE,
            ),
        ),
        (
            3,
            stat(
                "Data",
                "Live while every collector had a poll without failure within three of its intervals; else a part of what "
                "the board shows is missing or old.",
                collectors_behind(),
                Look(mappings=looks.LIVE, decimals=1),
                background=True,
                links=[TO_EXPORTER],
                no_value="NO DATA",
                silent=looks.RED,
            ),
        ),
    ]


def _alerts():
    # An alert with several limits fires once for each of them.
    each = f"max by (alertname, instance, platform, target, channel_id, channel, collector) ({alerts(OF_CHANNEL)})"
    return table(
        "Alerts firing",
        "Alerts of the bundled rules that fire now, and for how many channels, targets or others each of them does.",
        [
            Value("Severity", alert_severity(("alertname",), OF_CHANNEL), Look(mappings=looks.SEVERITY), 90),
            Label("alertname", "Alert", links=[TO_ALERTS]),
            Value("Count", f"count by (alertname) ({each})", Look(), 70),
        ],
        sort="Severity",
        no_value="No alert fires, or no rules are loaded",
    )


BOARD = Board(
    uid="webchat-wallboard",
    title="Webchat / Wallboard",
    description="For the screen on the wall: how customers fare now, channel by channel. Made for 1920 by 1080 in kiosk mode.",
    variables=["job", "platform", "target", "channel"],
    # A wall has no room for more: what pages, and where a channel went down.
    alerts=Scope(('severity="critical"', 'platform=~"$platform|"', 'target=~"$target|"', OF_CHANNEL)),
    changes=CHANNELS,
    changes_to="down",
    start="now-1h",
    refresh="10s",
    rows=[
        Row(5, _tiles()),
        Row(
            13,
            [
                (
                    18,
                    table(
                        "Channels",
                        "Every channel, the worst first. Limits are those of the configuration "
                        "(webchat_channel_threshold); a dash stands where the platform reports nothing." + columns.FOR,
                        columns.board(),
                        sort="Status",
                        unseen=columns.UNSEEN,
                    ),
                ),
                (6, _alerts()),
            ],
        ),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Status over time",
                        "What each channel was to customers.",
                        Query(channel_status(), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                        legend=False,
                    ),
                ),
                (
                    12,
                    timeseries(
                        "Chats waiting over time",
                        "Queue lengths by channel.",
                        Query(CHANNELS.merged(CHANNEL, "webchat_channel_queue_length"), NAMED_CHANNEL),
                        COUNT,
                    ),
                ),
            ],
        ),
    ],
)
