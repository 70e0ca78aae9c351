"""The service level: how much of the error budget is left, and how fast it goes."""

from dataclasses import replace

import columns
import looks
from frame import Board, Row
from panels import Limit, Look, Query, bars, stat, timeseries
from queries import CHANNEL, CHANNELS, NAMED_CHANNEL, Scope
from tables import Value, table

# The objective of the bundled rules: the share of open time in which a channel is to be available. alerts/README.md has a command
# that changes it in the rules, in their texts and in this board once it is written.
OBJECTIVE = 0.995
# Orange below the objective, and red where a channel was unavailable for more than twice as long as that allows.
AVAILABILITY: looks.Steps = [
    (None, looks.RED),
    (round(1 - 2 * (1 - OBJECTIVE), 9), looks.ORANGE),
    (OBJECTIVE, looks.GREEN),
]
AVAILABLE = "channel:webchat_channel_available_while_open:ratio_over{}"
IN_TIME = "channel:webchat_channel_wait_within_threshold:ratio_over{}"
RULES = " Needs the bundled recording rules."
BUDGET = (
    " The budget is the share of the open time in which the objective lets a channel be unavailable: 100 % is all of it, "
    "0 % is none left, below it is overdrawn."
)
RETENTION = (
    " Thirty days need a Prometheus that keeps them; with its default of fifteen the longest column looks at fifteen."
)
JUDGED = " A line has the colour of where it is; its name is shown where the pointer is."
PERCENT = Look(unit="percentunit", decimals=2, steps=AVAILABILITY)
IN_TIME_LIMITS = [(None, looks.RED), (0.8, looks.ORANGE), (0.95, looks.GREEN)]
# Burn rates at which the bundled alerts page, in red, and warn, in orange, by the window.
ALERTS_AT = {
    "5m": (14.4, looks.RED),
    "30m": (6, looks.RED),
    "1h": (14.4, looks.RED),
    "2h": (3, looks.ORANGE),
    "6h": (6, looks.RED),
    "1d": (3, looks.ORANGE),
    "3d": (1, looks.ORANGE),
}
WINDOWS = ("1h", "6h", "1d", "3d", "7d", "30d")


def _ratio(indicator: str, window: str) -> str:
    return CHANNELS.merged(CHANNEL, indicator.format(window))


def _left(window: str) -> str:
    return f"1 - (1 - {_ratio(AVAILABLE, window)}) / (1 - {OBJECTIVE})"


def _burn(window: str) -> str:
    return f"(1 - {_ratio(AVAILABLE, window)}) / (1 - {OBJECTIVE})"


def _table(title: str, words: str, indicator: str, look: Look):
    values = [Value(f"Over {window}", _ratio(indicator, window), look, 105) for window in WINDOWS]
    return table(
        title,
        words + RETENTION + RULES,
        [*columns.CHANNEL_LABELS, *values],
        sort="Over 7d",
        descending=False,
        unseen=columns.UNSEEN,
    )


def _burn_look(window: str) -> Look:
    """Orange from 1, which is faster than the budget allows; red where the alerts page at that window."""
    limit, color = ALERTS_AT[window]
    paging = [(limit, looks.RED)] if color == looks.RED else []
    return Look(unit="none", decimals=2, steps=[(None, looks.GREEN), (1, looks.ORANGE), *paging])


def _burning():
    values = [Value(f"Over {window}", _burn(window), _burn_look(window), 95) for window in ALERTS_AT]
    return table(
        "Burn rates now",
        "1 spends the budget exactly in its time. The alerts page at 14.4 over 1h and 5m and at 6 over 6h and 30m, and "
        "warn at 3 over 1d and 2h and at 1 over 3d and 6h. Orange is 1 and more, red the limit of a window at which they page." + RULES,
        [*columns.CHANNEL_LABELS, *values],
        sort="Over 1h",
        unseen=columns.UNSEEN,
    )


def _limit(name: str, indicator: str, number: float, color: str) -> Limit:
    """A line at a number; without the indicator there is none, so that the panel says that it has no data."""
    return Limit(name, f"{number:g} * group({CHANNELS.of(indicator)})", color)


def _over_time(title: str, window: str):
    limit, color = ALERTS_AT[window]
    name = f"{'Pages' if color == looks.RED else 'Warns'} from {limit:g}"
    return timeseries(
        title,
        f"How many times faster than allowed the budget goes, over {window}. The dashed line is the limit of the alert." + JUDGED + RULES,
        Query(_burn(window), NAMED_CHANNEL),
        replace(_burn_look(window), minimum=0),
        limits=[_limit(name, AVAILABLE.format(window), limit, color)],
        judged=True,
    )


def _against(title: str, words: str, expression: str, look: Look, indicator: str):
    """A ratio of each channel with the limits below which it is orange and red, in sight however well the channels do."""
    (_, below), *steps = look.steps
    limits = []
    for number, color in steps:
        limits.append(_limit(f"{below.capitalize()} below {100 * number:g} %", indicator, number, below))
        below = color
    return timeseries(title, words + JUDGED + RULES, Query(expression, NAMED_CHANNEL), look, limits=limits, judged=True)


def _tiles() -> list[tuple[int, object]]:
    overdrawn = f"sum({_left('7d')} < bool 0)"
    worst = f"min({_left('7d')})"
    fastest = f"max({_burn('1h')})"
    in_time = f"min({_ratio(IN_TIME, '1d')})"
    return [
        (
            6,
            stat(
                "Channels over budget",
                "Channels whose budget of seven days is overdrawn." + RULES,
                overdrawn,
                Look(steps=looks.NONE_IS_GOOD),
                background=True,
            ),
        ),
        (
            6,
            stat(
                "Smallest budget left",
                "The channel with the least budget of seven days left." + BUDGET + RULES,
                worst,
                Look(unit="percentunit", decimals=1, steps=looks.BUDGET),
            ),
        ),
        (
            6,
            stat(
                "Fastest burn",
                "The highest burn rate of an hour: orange from 1, red from 14.4, at which the alerts page." + RULES,
                fastest,
                _burn_look("1h"),
            ),
        ),
        (
            6,
            stat(
                "Worst share of waits in time",
                "The channel with the smallest share of open time, over a day, in which "
                "the wait was within its limit." + RULES,
                in_time,
                Look(unit="percentunit", decimals=2, steps=IN_TIME_LIMITS),
            ),
        ),
    ]


BOARD = Board(
    uid="webchat-slo",
    title="Webchat / Service level",
    description=f"The objective is that a channel is available in {100 * OBJECTIVE:g} % of its open time: what is left of the budget, and how fast it goes.",
    variables=["job", "platform", "target", "channel"],
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=CHANNELS,
    start="now-24h",
    refresh="1m",
    rows=[
        Row(4, _tiles()),
        Row(
            10,
            [
                (
                    12,
                    bars(
                        "Error budget left, 7 days",
                        "Each channel's budget of seven days." + BUDGET + RULES,
                        Query(_left("7d"), NAMED_CHANNEL),
                        Look(unit="percentunit", decimals=1, steps=looks.BUDGET, minimum=0, maximum=1),
                    ),
                ),
                (
                    12,
                    _against(
                        "Error budget left over time",
                        "Each channel's budget of the seven days before." + BUDGET,
                        _left("7d"),
                        Look(unit="percentunit", decimals=1, maximum=1, steps=looks.BUDGET),
                        AVAILABLE.format("7d"),
                    ),
                ),
            ],
            "Error budget",
        ),
        Row(13, [(24, _burning())], "Burn rate"),
        Row(
            10,
            [
                (8, _over_time("Burn rate over 1h", "1h")),
                (8, _over_time("Burn rate over 6h", "6h")),
                (8, _over_time("Burn rate over 1d", "1d")),
            ],
        ),
        Row(
            13,
            [
                (
                    24,
                    _table(
                        "Availability",
                        "The share of open time in which a customer got into the queue or to an agent.",
                        AVAILABLE,
                        PERCENT,
                    ),
                ),
            ],
            "Indicators",
        ),
        Row(
            13,
            [
                (
                    24,
                    _table(
                        "Waits in time",
                        "The share of open time in which the longest or estimated wait was within the "
                        "channel's limit for degraded.",
                        IN_TIME,
                        Look(unit="percentunit", decimals=2, steps=IN_TIME_LIMITS),
                    ),
                ),
            ],
        ),
        Row(
            8,
            [
                (
                    12,
                    _against(
                        "Availability over the last hour",
                        "The share of the open time of the hour before.",
                        _ratio(AVAILABLE, "1h"),
                        Look(unit="percentunit", decimals=2, maximum=1, steps=AVAILABILITY),
                        AVAILABLE.format("1h"),
                    ),
                ),
                (
                    12,
                    _against(
                        "Waits in time over the last hour",
                        "The share of the open time of the hour before.",
                        _ratio(IN_TIME, "1h"),
                        Look(unit="percentunit", decimals=2, maximum=1, steps=IN_TIME_LIMITS),
                        IN_TIME.format("1h"),
                    ),
                ),
            ],
        ),
    ],
)
