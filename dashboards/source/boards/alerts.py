"""The alerts: what fires now, what fired when, and what fires most."""

from dataclasses import replace

import columns
import looks
from frame import Board, Row
from links import TO_CHANNEL, TO_EXPORTER, TO_INSTANCE, TO_POLLS
from panels import Look, Query, bars, stat, timeline
from queries import BUNDLED_ALERTS, CHANNELS, WATCHDOG, Scope, alert_count, alert_severity, alerts
from tables import Label, Value, table

OF_CHANNEL = 'channel=~"$channel|"'
ANY_CHANNEL, NO_CHANNEL = 'channel!=""', 'channel=""'
ANY_TARGET, NO_TARGET = 'target!=""', 'target=""'
SEVERITY = Look(mappings=looks.SEVERITY)
RULES = " Needs the bundled rules."
FOR = " For is the time since the condition of the alert began to hold, the one that has held longest where a row stands for several."
# What needs attention first, and of that what has waited longest.
WORST = ("Severity", "For")


def _count(severity: str, title: str, color: str):
    """The alerts of one severity."""
    return stat(
        f"{title} alerts",
        f"Alerts of severity {severity} that fire now." + RULES,
        alert_count(severity, OF_CHANNEL),
        Look(steps=[(None, looks.GREEN), (1, color)]),
        no_value="Rules are not evaluated",
    )


def _since(labels: tuple[str, ...], *more: str) -> str:
    """How long alerts that fire have been active, the longest of each set of labels."""
    active = Scope((BUNDLED_ALERTS, 'platform=~"$platform|"', 'target=~"$target|"', *more)).of("ALERTS_FOR_STATE")
    return f"time() - min by ({', '.join(labels)}) (\n  {active}\n  and ignoring (alertstate) {alerts(*more)}\n)"


def _columns(labels: tuple[str, ...], *more: str) -> list[Value]:
    """How severe the alerts that fire are, and for how long they have been active."""
    return [
        Value("Severity", alert_severity(labels, *more), SEVERITY, 100),
        Value("For", _since(labels, *more), columns.AGE, 120),
    ]


def _watchdog():
    return stat(
        "Watchdog",
        "The alert that always fires: if it does not, rules are not evaluated and this board is blind." + RULES,
        f"max({WATCHDOG})",
        Look(mappings=looks.states({"1": ("Rules are evaluated", looks.GREEN)})),
        no_value="RULES ARE NOT EVALUATED",
        background=True,
        silent=looks.RED,
    )


def _of_channels():
    labels = ("alertname", "team", "platform", "target", "channel")
    return table(
        "Firing now: channels",
        "Alerts about what customers meet. The row leads to the panels of its channel." + FOR + RULES,
        [
            *_columns(labels, OF_CHANNEL, ANY_CHANNEL),
            Label("alertname", "Alert", links=[TO_CHANNEL]),
            Label("channel", "Channel", links=[TO_CHANNEL]),
            columns.PLATFORM_LABEL,
            columns.TARGET_LABEL,
            Label("team", "Team", 120),
        ],
        sort=WORST,
        no_value="No alert of a channel fires",
    )


def _of_platforms():
    labels = ("alertname", "team", "platform", "target", "collector", "reason")
    return table(
        "Firing now: platforms",
        "Alerts about what engineers look after. The row leads to the polls of its target." + FOR + RULES,
        [
            *_columns(labels, NO_CHANNEL, ANY_TARGET),
            Label("alertname", "Alert", links=[TO_POLLS]),
            columns.PLATFORM_LABEL,
            columns.TARGET_LABEL,
            Label("collector", "Collector"),
            Label("team", "Team", 120),
        ],
        sort=WORST,
        unseen=("reason",),
        no_value="No alert of a platform fires",
    )


def _of_exporters():
    labels = ("alertname", "team", "instance", "host")

    def named(column: Value) -> Value:
        """An empty cell would lead to the exporter without a name; the word is the one of the variable's choice."""
        return replace(column, expression=f'label_replace(\n{column.expression},\n"instance", "All", "instance", "")')

    return table(
        "Firing now: the exporter",
        "Alerts about the exporter itself and the hosts that it asks. The row leads to the exporter; All stands for an alert that "
        "is not about a single one." + FOR + RULES,
        [
            *map(named, _columns(labels, NO_CHANNEL, NO_TARGET)),
            Label("alertname", "Alert", links=[TO_INSTANCE]),
            Label("instance", "Instance", links=[TO_INSTANCE]),
            Label("host", "Host", links=[TO_EXPORTER]),
            Label("team", "Team", 120),
        ],
        sort=WORST,
        no_value="No alert of the exporter fires",
    )


def _noisiest() -> list[tuple[int, object]]:
    of_choice = ('platform=~"$platform|"', 'target=~"$target|"', OF_CHANNEL)
    state = Scope((BUNDLED_ALERTS, 'alertname!="WebchatWatchdog"', *of_choice)).of("ALERTS_FOR_STATE")
    active = f"topk(10, sum by (alertname) (changes({state}[$__range]) + 1))"
    firing = f"60 * max by (alertname) (count_over_time({alerts(OF_CHANNEL)}[$__range:1m]))"
    return [
        (
            12,
            bars(
                "Noisiest alerts",
                "How often each alert became active within the time range, pending ones included: an "
                "alert that leads here and never leads to work wants a longer time or another limit." + RULES,
                Query(active, "{{alertname}}"),
                Look(steps=[(None, looks.BLUE)], minimum=0),
                no_value="No alert was active",
            ),
        ),
        (
            12,
            bars(
                "Time firing",
                "How long each alert fired within the time range, all its times together and to the minute; of the channel, target or "
                "other for which it did longest." + RULES,
                Query(f"topk(10, {firing})", "{{alertname}}"),
                Look(unit="dthms", steps=[(None, looks.ORANGE)], minimum=0),
                no_value="No alert fired",
            ),
        ),
    ]


BOARD = Board(
    uid="webchat-alerts",
    title="Webchat / Alerts",
    description="The alerts of the bundled rules: firing now, over time, and the noisiest.",
    variables=["job", "platform", "target", "channel"],
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"', OF_CHANNEL)),
    changes=CHANNELS,
    start="now-24h",
    rows=[
        Row(
            4,
            [
                (6, _watchdog()),
                (6, _count("critical", "Critical", looks.RED)),
                (6, _count("warning", "Warning", looks.ORANGE)),
                (6, _count("info", "Info", looks.BLUE)),
            ],
        ),
        Row(13, [(24, _of_channels())], "Now"),
        Row(9, [(24, _of_platforms())]),
        Row(7, [(24, _of_exporters())]),
        Row(
            14,
            [
                (
                    24,
                    timeline(
                        "Alerts over time",
                        "When each alert fired, and how severe it was: the worst of its severities." + RULES,
                        Query(alert_severity(("alertname",), OF_CHANNEL), "{{alertname}}"),
                        SEVERITY,
                        no_value="No alert fired",
                    ),
                ),
            ],
            "Over time",
        ),
        Row(9, _noisiest()),
    ],
)
