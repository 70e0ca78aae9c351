"""Tiles that several boards share: whether what they show is of now."""

import looks
from links import TO_EXPORTER
from panels import Look, stat
from queries import TARGETS, Scope, collectors_behind


def data(scope: Scope = TARGETS):
    """Whether every collector works; silence is red here."""
    return stat(
        "Data",
        "Live while every collector had a poll without failure within three of its intervals; else a part of what the board shows "
        "is missing or old. Missing means that an exporter of the past day is gone, and no other one has its targets.",
        collectors_behind(scope=scope),
        Look(mappings=looks.LIVE, decimals=1),
        background=True,
        links=[TO_EXPORTER],
        no_value="NO DATA",
        silent=looks.RED,
    )


def as_of():
    """When Prometheus last answered: a screen that stands still tells nothing else of it."""
    return stat(
        "As of",
        "The time of the newest answer of Prometheus: where it differs from the clock, the screen stands still.",
        f"1000 * max(time() + 0 * {TARGETS.of('webchat_target_up')})",
        Look(unit="time:HH:mm:ss"),
    )
