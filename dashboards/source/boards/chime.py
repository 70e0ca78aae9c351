"""Chime: the matrix of components, outages, queues, and who is there."""

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.models import dashboard as model

import columns
import looks
from collection import collection, data
from frame import Board, Row
from links import TO_EXPORTER, to_channel_of, to_channels_of
from panels import COUNT, MINUTES, Look, Query, in_minutes, stat, timeline, timeseries
from queries import NAMED_CHANNEL, VENDOR_TARGETS, Scope, channel_status, platform_channels
from tables import Label, Value, matrix, table

QUEUES = Scope(('job=~"$job"', 'target=~"$target"', 'queue=~"$channel"'))
QUEUE = ("target", "queue_id", "queue")
NAMED_QUEUE = "{{queue}} ({{target}})"
TO_CHANNELS = to_channels_of("chime")
QUEUE_LABEL = Label("queue", "Queue", links=[to_channel_of("chime", "Queue")])
HEALTHY = Look(mappings=looks.HEALTHY)
OPT_IN = " Needs the collector {}, which is off by default."


def _sum(family: str, *more: str, scope: Scope = QUEUES, by: tuple[str, ...] = QUEUE) -> str:
    return f"sum({scope.merged(by, family, *more)})"


def _tiles() -> list[tuple[int, object]]:
    system = VENDOR_TARGETS.merged(("target",), "chime_system_healthy")
    closed = f"sum(1 - {QUEUES.merged(QUEUE, 'chime_queue_available')})"
    process = f"sum(1 - {QUEUES.merged(QUEUE, 'chime_queue_process_running')})"
    unplanned = _sum("chime_outages_active", 'planned="false"')
    planned = _sum("chime_outages_active", 'planned="true"')
    return [
        (
            4,
            stat(
                "System",
                "What Chime's health monitor says of the system itself.",
                Query(system, "{{target}}"),
                HEALTHY,
                background=True,
                links=[TO_EXPORTER],
            ),
        ),
        (3, stat("Queues not available", "Queues that take no chats.", closed, Look(steps=looks.NONE_IS_GOOD))),
        (
            4,
            stat("Queue processes down", "Queues whose process does not run.", process, Look(steps=looks.NONE_IS_GOOD)),
        ),
        (
            3,
            stat(
                "Unplanned outages",
                "Outages that are on and were not planned.",
                unplanned,
                Look(steps=looks.NONE_IS_GOOD),
            ),
        ),
        (
            3,
            stat(
                "Planned outages",
                "Outages that are on and were planned.",
                planned,
                Look(steps=[(None, looks.GREY), (1, looks.BLUE)]),
            ),
        ),
        (
            4,
            stat(
                "Agents online in all queues",
                "The sum over queues: an agent of two queues counts in both.",
                _sum("chime_queue_agents_online"),
                Look(steps=looks.NONE_IS_BAD),
            ),
        ),
        (3, data("chime")),
    ]


def _matrix():
    # Two installations may have queues of one name: a row of its own for each, named as in the legends.
    joined = f'label_join({QUEUES.of("chime_queue_component_healthy")}, "row", " (", "queue", "target")'
    named = f'label_replace({joined}, "row", "$1)", "row", "(.+)")'
    panel = matrix(
        "Components of the queues",
        "One row for each queue of each target, one column for each component that Chime's health monitor names. An empty "
        "cell is a component that the queue does not have, or one that the configuration ignores.",
        f"min by (row, component) ({named})",
        row="row",
        column="component",
        look=HEALTHY,
    )
    # The column of the rows is named after both labels.
    name = {"regex": r"^row\\component$", "renamePattern": "Queue"}
    panel.with_transformation(model.DataTransformerConfig(id_val="renameByRegex", options=name))
    panel.sort_by([common.TableSortByFieldState().display_name("Queue").desc(False)])
    links = [{"title": TO_CHANNELS.title, "url": TO_CHANNELS.url}]
    return panel.override_by_name("Queue", [model.DynamicConfigValue("links", links)])


def _queues():
    def value(name: str, family: str, look: Look, width: int = 110, *more: str) -> Value:
        return Value(name, QUEUES.merged(QUEUE, family, *more), look, width)

    return table(
        "Queues",
        "Every queue as Chime reports it. The vendor does not say over what time its average is taken.",
        [
            QUEUE_LABEL,
            columns.target_of("chime"),
            value("Healthy", "chime_queue_healthy", HEALTHY),
            value("Enabled", "chime_queue_enabled", Look(mappings=looks.yes_no("Enabled", "Switched off"))),
            value("Available", "chime_queue_available", Look(mappings=looks.YES)),
            value("Process", "chime_queue_process_running", Look(mappings=looks.yes_no("Runs", "Stopped"))),
            value("Agents online", "chime_queue_agents_online", Look(steps=looks.NONE_IS_BAD)),
            value("Agents", "chime_queue_agents", Look()),
            value("Managers", "chime_queue_managers", Look()),
            value("Longest wait", "chime_queue_wait_longest_seconds", Look(unit="dthms"), 120),
            value("Average wait", "chime_queue_wait_average_seconds", Look(unit="dthms"), 120),
            value("With form", "chime_queue_web_clients", Look(), 100, 'chat_form="true"'),
        ],
        sort="Available",
        descending=False,
        unseen=("queue_id",),
    )


def _outages():
    outage = (*QUEUE, "outage_id")
    moment = Look(unit="dateTimeAsIso")
    start = QUEUES.merged(outage, "chime_outage_start_timestamp_seconds")
    stop = QUEUES.merged(outage, "chime_outage_stop_timestamp_seconds")
    return table(
        "Announced times",
        "When outages that are on or lie ahead begin and end. Needs the key timezone, since Chime's times have none.",
        [
            QUEUE_LABEL,
            columns.target_of("chime"),
            Label("outage_id", "Outage"),
            Value("Begins", f"1000 * {start}", moment, 170),
            Value("Ends", f"1000 * {stop}", moment, 170),
        ],
        sort="Begins",
        descending=False,
        unseen=("queue_id",),
        no_value="No outage is announced, or no timezone is configured",
    )


def _counts():
    def value(name: str, family: str, steps: looks.Steps, *more: str) -> Value:
        return Value(name, QUEUES.merged(QUEUE, family, *more), Look(steps=steps), 110)

    return table(
        "Outages by queue",
        "Outages that are on, announced, and on record. The record needs the key outage_history.",
        [
            QUEUE_LABEL,
            columns.target_of("chime"),
            value("Unplanned", "chime_outages_active", looks.NONE_IS_GOOD, 'planned="false"'),
            value("Planned", "chime_outages_active", [(None, looks.GREY), (1, looks.BLUE)], 'planned="true"'),
            value("Upcoming", "chime_outages_upcoming", [(None, looks.GREY), (1, looks.BLUE)]),
            value("On record", "chime_queue_outages_recorded", looks.PLAIN),
        ],
        sort="Unplanned",
        unseen=("queue_id",),
    )


def _people() -> list[tuple[int, object]]:
    presence = f"sum by (presence) ({VENDOR_TARGETS.merged(('target', 'presence'), 'chime_agents')})"
    available = VENDOR_TARGETS.merged(("target",), "chime_agents_available")
    skills = VENDOR_TARGETS.merged(("target", "skill"), "chime_skill_agents_available")
    return [
        (
            8,
            timeseries(
                "Agents by presence",
                "Every agent once, by presence." + OPT_IN.format("agents"),
                Query(presence, "{{presence}}"),
                COUNT,
                stacked=True,
            ),
        ),
        (
            8,
            timeseries(
                "Agents available in Chime",
                "Every agent once." + OPT_IN.format("agents"),
                Query(available, "{{target}}"),
                COUNT,
            ),
        ),
        (
            8,
            timeseries(
                "Available agents by skill",
                "An agent with two skills counts in both." + OPT_IN.format("agents"),
                Query(skills, "{{skill}} ({{target}})"),
                COUNT,
            ),
        ),
    ]


BOARD = Board(
    uid="webchat-chime",
    title="Webchat / Chime",
    description="Chime as its own interfaces tell it: components, outages, queues and agents.",
    variables=["job", "target", "channel"],
    variable_platform="chime",
    alerts=Scope(('platform="chime"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=platform_channels("chime"),
    rows=[
        Row(4, _tiles()),
        Row(7, [(24, _matrix())], "Components"),
        Row(
            8,
            [
                (
                    12,
                    timeline(
                        "Components of the system",
                        "The system's components over time, as the health monitor names them.",
                        Query(
                            VENDOR_TARGETS.merged(("target", "component"), "chime_system_component_healthy"),
                            "{{component}} ({{target}})",
                        ),
                        HEALTHY,
                    ),
                ),
                (
                    12,
                    timeline(
                        "Healthy queues",
                        "What Chime's health monitor says of each queue.",
                        Query(QUEUES.merged(QUEUE, "chime_queue_healthy"), NAMED_QUEUE),
                        HEALTHY,
                    ),
                ),
            ],
        ),
        Row(
            6,
            [
                (
                    24,
                    timeline(
                        "Status",
                        "What each queue was to customers, after limits, hours and hysteresis.",
                        Query(channel_status(platform_channels("chime")), NAMED_CHANNEL),
                        Look(mappings=looks.STATUS),
                    ),
                ),
            ],
        ),
        Row(7, [(12, _counts()), (12, _outages())], "Outages"),
        Row(7, [(24, _queues())], "Queues"),
        Row(
            8,
            [
                (
                    8,
                    timeseries(
                        "Longest wait",
                        "The longest wait in each queue.",
                        Query(in_minutes(QUEUES.merged(QUEUE, "chime_queue_wait_longest_seconds")), NAMED_QUEUE),
                        MINUTES,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Average wait",
                        "The average wait in each queue.",
                        Query(in_minutes(QUEUES.merged(QUEUE, "chime_queue_wait_average_seconds")), NAMED_QUEUE),
                        MINUTES,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Agents online",
                        "Agents online in each queue.",
                        Query(QUEUES.merged(QUEUE, "chime_queue_agents_online"), NAMED_QUEUE),
                        COUNT,
                    ),
                ),
            ],
        ),
        Row(8, _people(), "Agents"),
        collection("chime"),
    ],
)
