"""What values look like: texts and colours of states, and limits at which a colour changes.

A colour never stands alone: a state has its word, and a number keeps its unit.
"""

from copy import deepcopy

from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    DashboardSpecialValueMapOptions,
    RangeMap,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from limits import DOWN, SIGNALS
from queries import LOST, REASONS, STATUSES

GREEN, ORANGE, RED, BLUE, PURPLE = "green", "orange", "red", "blue", "purple"
# The colour of the text, for numbers without a limit; and a grey that also serves as a background.
GREY, NEUTRAL = "text", "#8e8e8e"
# Behind a text the same colours are darker, or lighter where Grafana then writes in black: a contrast of 4.5 and more. A number
# without a limit fills nothing.
FILLS = {
    GREEN: "#2e7d32",
    ORANGE: "#ffb357",
    RED: "#c4162a",
    BLUE: "#1f60c4",
    PURPLE: "#8f3bb8",
    NEUTRAL: "#6e6e6e",
    GREY: "transparent",
}

# Steps of a limit: the colour holds from its value upwards; the first one has no lower end.
Steps = list[tuple[float | None, str]]
PLAIN: Steps = [(None, GREY)]
# No colour praises a 0: it may as well mean that nobody looked.
NONE_IS_GOOD: Steps = [(None, GREY), (1, RED)]
NONE_IS_BEST: Steps = [(None, GREY), (1, ORANGE)]
# Staff can mend it: orange, as the reasons `no_agent` and `queue_full`. Red is for faults, and for the status down.
NONE_IS_BAD: Steps = [(None, ORANGE), (1, GREY)]
# Of the limit for degraded, which is orange.
AGAINST_LIMIT: Steps = [(None, GREY), (1, ORANGE)]
EXPIRY: Steps = [(None, RED), (7 * 86400, ORANGE), (21 * 86400, GREEN)]
BUDGET: Steps = [(None, RED), (0, ORANGE), (0.25, GREEN)]
USED: Steps = [(None, GREEN), (0.85, ORANGE), (0.95, RED)]


def thresholds(steps: Steps) -> list[Threshold]:
    """Steps in Grafana's own form."""
    return [Threshold(value=value, color=color) for value, color in steps]


def filled_steps(steps: Steps) -> Steps:
    """The same steps with the colours that go behind a text."""
    return [(value, FILLS[color]) for value, color in steps]


def filled_mappings(mappings: list[ValueMapping]) -> list[ValueMapping]:
    """The same words with the colours that go behind a text."""
    filled = deepcopy(mappings)
    for mapping in filled:
        options = mapping.options
        for result in options.values() if isinstance(mapping, ValueMap) else [options.result]:
            result.color = FILLS[result.color]
    return filled


def states(texts: dict[str, tuple[str, str]]) -> list[ValueMapping]:
    """Words and colours of values."""
    return [
        ValueMap(
            options={
                value: ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(texts.items())
            }
        )
    ]


def absent(text: str, color: str = GREY) -> ValueMapping:
    """The word for a value that is not there: in a cell whose row has others, or in a tile."""
    return SpecialValueMap(
        options=DashboardSpecialValueMapOptions(
            match=SpecialValueMatch.NULL_AND_NAN, result=ValueMappingResult(text=text, color=color, index=99)
        )
    )


def yes_no(yes: str, no: str, yes_color: str = GREEN, no_color: str = RED) -> list[ValueMapping]:
    """Words and colours of a 0/1 gauge."""
    return states({"1": (yes, yes_color), "0": (no, no_color)})


# Purple stands for nothing but unknown.
STATUS_COLORS = {
    "down": ("Down", RED),
    "degraded": ("Degraded", ORANGE),
    "unknown": ("Unknown", PURPLE),
    "maintenance": ("Maintenance", BLUE),
    "closed": ("Closed", NEUTRAL),
    "ok": ("OK", GREEN),
}
STATUS = states({str(number): STATUS_COLORS[status] for status, number in STATUSES.items()})
REASON_WORDS = {
    "service_down": ("Service down", RED),
    "invalid": ("Unknown to the platform", RED),
    "unreachable": ("Unreachable", RED),
    "no_agent": ("No agent", ORANGE),
    "queue_full": ("Queue full", ORANGE),
    "disabled": ("Switched off", ORANGE),
    "other": ("Other reason", ORANGE),
    "none": ("Takes chats", GREEN),
}
REASON = states({str(number): REASON_WORDS[reason] for reason, number in REASONS.items()})
HEALTHY = yes_no("Healthy", "Unhealthy")
UP = yes_no("Up", "Down")
YES = yes_no("Yes", "No")
# What the queries make of a 0 that is no fault: the channel is closed, or takes no chats whatever the agents could do.
CLOSED_ZERO = states({"-1": ("0", GREY)})
OPEN = yes_no("Open", "Closed", GREEN, NEUTRAL)
SEVERITY = states({"3": ("Critical", RED), "2": ("Warning", ORANGE), "1": ("Info", BLUE)})
SIGNAL_WORDS = {
    "agents_online": "Few agents",
    "free_slots": "Few free slots",
    "utilization": "Utilization",
    "queue_length": "Queue length",
    "longest_wait": "Longest wait",
    "average_wait": "Average wait",
    "estimated_wait": "Estimated wait",
}
SIGNAL = states(
    {str(number): (SIGNAL_WORDS[signal], ORANGE) for signal, number in SIGNALS.items()}
    | {str(number + DOWN): (SIGNAL_WORDS[signal], RED) for signal, number in SIGNALS.items()}
)


def _from(low: float | None, high: float | None, text: str, color: str, index: int) -> RangeMap:
    result = ValueMappingResult(text=text, color=color, index=index)
    return RangeMap(options=DashboardRangeMapOptions(from_val=low, to=high, result=result))


# The alerts of one severity differ by their age, as `firing.py` has it; the row that says how many more there are has none.
SEVERITY_AND_AGE = [
    _from(2.5, 3, "Critical", RED, 0),
    _from(1.5, 2, "Warning", ORANGE, 1),
    _from(0.5, 1, "Info", BLUE, 2),
    _from(0, 0, "…", GREY, 3),
]
LIVE = [
    _from(None, 3, "Live", GREEN, 0),
    _from(3, LOST - 1, "Partly stale", RED, 1),
    _from(LOST, None, "Missing", RED, 2),
]
