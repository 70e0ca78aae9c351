"""The wallboard: what a team sees from its desks, on one screen of 1920 by 1080 without scrolling."""

import columns
import firing
import looks
from frame import Board, Row
from limits import of_limit
from links import TO_ALERTS, TO_OVERVIEW
from panels import COUNT, Look, Query, stat, timeseries
from queries import CHANNELS, NAMED_CHANNEL, Scope, channel_status, channels_in
from sums import total, total_by_target, total_usable_slots, total_while_open
from tables import Label, Value, table
from tiles import as_of, data

OF_CHANNEL = 'channel=~"$channel|"'
COMM100_ONCE = "A Comm100 site and its departments count once: the site, or its largest department where that says more."
CLOSED = "None is orange while one of these channels is open."
UNKNOWN: looks.Steps = [(None, looks.GREY), (1, looks.PURPLE)]
# What the panel has room for, less the row that says how many more there are.
ALERTS_SHOWN = 10


def _count(status: str, words: str, steps: looks.Steps):
    return stat(status.capitalize(), words, channels_in(status), Look(steps=steps), background=True, links=[TO_OVERVIEW])


def _statuses() -> list[tuple[int, object]]:
    return [
        (2, _count("down", "Channels in which customers get no chat although they should.", looks.NONE_IS_GOOD)),
        (2, _count("degraded", "Channels that take chats beyond a configured limit.", looks.NONE_IS_BEST)),
        (2, _count("unknown", "Channels of which nobody knows how they are: the other numbers say nothing of them.", UNKNOWN)),
    ]


def _customers() -> list[tuple[int, object]]:
    longest = CHANNELS.of("webchat_channel_wait_seconds", 'stat="longest"')
    return [
        (
            2,
            stat(
                "Waiting",
                f"Customers in all queues now. {COMM100_ONCE} Chime reports no queue length.",
                total("webchat_channel_queue_length"),
                Look(),
            ),
        ),
        (
            3,
            stat(
                "Longest wait",
                "How long the customer has waited who has waited longest, in hours, minutes and seconds. eGain reports an estimate "
                "alone, which is in the table.",
                f"max({longest})",
                columns.SECONDS,
            ),
        ),
        (
            3,
            stat(
                "Waits over limit",
                "Channels in which the longest, the average or the estimated wait is at or over the channel's own limit for degraded.",
                f"sum({of_limit('longest|average|estimated')} >= bool 1)",
                Look(steps=looks.NONE_IS_BEST),
                background=True,
            ),
        ),
    ]


def _agents() -> list[tuple[int, object]]:
    return [
        (
            2,
            stat(
                "Agents",
                f"Agents online for all channels. {COMM100_ONCE} An agent of two Chime queues counts "
                f"in both, so this may be more than the people in the room. {CLOSED}",
                total_while_open("webchat_channel_agents_online"),
                columns.PEOPLE,
            ),
        ),
        (
            2,
            stat(
                "Free slots",
                "Chats that agents could take on now in channels that take chats, where the platform says so. "
                f"{COMM100_ONCE} An agent of two eGain entry points counts in both. {CLOSED}",
                total_usable_slots(),
                columns.PEOPLE,
            ),
        ),
    ]


def _channels():
    """One tile for each channel, to be read from afar."""
    return stat(
        "Channels now",
        "What each channel is to customers, the worst first.",
        Query(f"sort_desc(\n{channel_status()}\n)", NAMED_CHANNEL),
        Look(mappings=looks.STATUS),
        background=True,
        links=[TO_OVERVIEW],
        # Grafana would make room for the longest name in one line, and every name small.
        text_size=28,
        name_size=24,
    )


def _alerts():
    words = {name: (text, looks.GREY) for name, text in firing.WORDS.items()}
    return table(
        "Alerts firing",
        f"The {ALERTS_SHOWN} worst alerts of the bundled rules that fire now, the critical ones first and of these the newest: each "
        "with its channel, target or exporter, and for how long it has been active.",
        [
            Value("Level", firing.severities(ALERTS_SHOWN, OF_CHANNEL), Look(mappings=looks.SEVERITY_AND_AGE), 75),
            Label("alertname", "Alert", 155, links=[TO_ALERTS], words=words),
            Label("about", "About"),
            Value("For", firing.durations(ALERTS_SHOWN, OF_CHANNEL), columns.AGE, 95),
        ],
        sort="Level",
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
        Row(5, [*_statuses(), *_customers(), *_agents(), (3, data()), (3, as_of())]),
        Row(
            8,
            [
                (17, _channels()),
                (
                    7,
                    timeseries(
                        "Chats waiting over time",
                        f"Customers in the queues of each target. {COMM100_ONCE}",
                        Query(total_by_target("webchat_channel_queue_length"), "{{target}}"),
                        COUNT,
                    ),
                ),
            ],
        ),
        Row(
            13,
            [
                (
                    17,
                    table(
                        "Channels",
                        "Every channel, the worst first. Limits are those of the configuration "
                        "(webchat_channel_threshold); a dash stands where the platform reports nothing." + columns.FOR,
                        # There is no room for the data's age, of which the tile above speaks.
                        columns.board()[:-1],
                        sort="Status",
                        unseen=columns.UNSEEN,
                    ),
                ),
                (7, _alerts()),
            ],
        ),
    ],
)
