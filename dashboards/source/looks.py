"""What values look like: texts and colours of states, and limits at which a colour changes.

A colour never stands alone: a state has its word, and a number keeps its unit.
"""

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

from queries import REASONS, STATUSES

GREEN, ORANGE, RED, BLUE, PURPLE = "green", "orange", "red", "blue", "purple"
# The colour of the text, for numbers without a limit; and a grey that also serves as a background.
GREY, NEUTRAL = "text", "#8e8e8e"

# Steps of a limit: the colour holds from its value upwards; the first one has no lower end.
Steps = list[tuple[float | None, str]]
PLAIN: Steps = [(None, GREY)]
NONE_IS_GOOD: Steps = [(None, GREEN), (1, RED)]
# Staff can mend it: orange, as the reasons `no_agent` and `queue_full`. Red is for faults, and for the status down.
NONE_IS_BAD: Steps = [(None, ORANGE), (1, GREY)]
# Of the limit for degraded, which is orange.
AGAINST_LIMIT: Steps = [(None, GREEN), (1, ORANGE)]
EXPIRY: Steps = [(None, RED), (7 * 86400, ORANGE), (21 * 86400, GREEN)]
BUDGET: Steps = [(None, RED), (0, ORANGE), (0.25, GREEN)]
AVAILABILITY: Steps = [(None, RED), (0.99, ORANGE), (0.995, GREEN)]
USED: Steps = [(None, GREEN), (0.85, ORANGE), (0.95, RED)]


def thresholds(steps: Steps) -> list[Threshold]:
    """Steps in Grafana's own form."""
    return [Threshold(value=value, color=color) for value, color in steps]


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
# What the queries make of a 0 that is no fault, since the channel is closed.
CLOSED_ZERO = states({"-1": ("0", GREY)})
OPEN = yes_no("Open", "Closed", GREEN, NEUTRAL)
SEVERITY = states({"3": ("Critical", RED), "2": ("Warning", ORANGE), "1": ("Info", BLUE)})
LIVE = [
    RangeMap(options=DashboardRangeMapOptions(from_val=None, to=3, result=ValueMappingResult("Live", GREEN, index=0))),
    RangeMap(
        options=DashboardRangeMapOptions(from_val=3, to=None, result=ValueMappingResult("Partly stale", RED, index=1))
    ),
]
