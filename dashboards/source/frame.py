"""The frame of every board: variables, annotations, links and the places of the panels."""

import json
import zlib
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from panels import DATASOURCE
from queries import BUNDLED_ALERTS, CHANNEL, Scope

# Older servers read this version, newer ones bring it up to their own.
SCHEMA_VERSION = 39
COLUMNS = 24


@dataclass(frozen=True)
class Row:
    """Panels side by side: each with its width, all of one height; with a title, under a heading.

    A collapsed heading hides its own panels and those of the rows without a title after it, until someone opens it.
    """

    height: int
    panels: list[tuple[int, object]]
    title: str = ""
    collapsed: bool = False


@dataclass(frozen=True)
class Board:
    """A dashboard before it is built."""

    uid: str
    title: str
    description: str
    rows: list[Row]
    variables: list[str]
    alerts: Scope | None = None
    changes: Scope | None = None
    # The one status whose beginning is marked; without it, every change is.
    changes_to: str = ""
    start: str = "now-6h"
    refresh: str = "30s"
    variable_platform: str = ""


def _queries(platform: str) -> dict[str, str]:
    """The query of each variable, narrowed by those before it."""
    of_platform = f'platform="{platform}"' if platform else 'platform=~"$platform"'
    return {
        "job": "label_values(webchat_target_up, job)",
        "instance": 'label_values(webchat_exporter_build_info{job=~"$job"}, instance)',
        "platform": 'label_values(webchat_target_up{job=~"$job"}, platform)',
        "target": f'label_values(webchat_target_up{{job=~"$job", {of_platform}}}, target)',
        "channel": f'label_values(webchat_channel_status{{job=~"$job", {of_platform}, target=~"$target"}}, channel)',
    }


def _variables(board: Board) -> list:
    everything = model.VariableOption(selected=True, text="All", value="$__all")
    # Where no data source has this uid, Grafana takes the first one of the type.
    provisioned = model.VariableOption(selected=True, text="Webchat Prometheus", value="webchat-prometheus")
    datasource = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    built = [datasource.current(provisioned)]
    for name in board.variables:
        variable = dashboard.QueryVariable(name).label(name.capitalize()).datasource(DATASOURCE)
        variable.query(_queries(board.variable_platform)[name]).refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        variable.multi(True).include_all(True).all_value(".+").current(everything)
        built.append(variable.sort(model.VariableSort.ALPHABETICAL_ASC))
    return built


def _changes(channels: Scope, status: str) -> str:
    """When each status that holds began, in milliseconds: as the exporter of a pair knows it that has run longest."""
    matchers = [f'status="{status}"'] if status else []
    holding = f"{channels.of('webchat_channel_status', *matchers)} == 1"
    changed = channels.of("webchat_channel_status_change_timestamp_seconds")
    began = f"({holding}) * on (job, instance, {', '.join(CHANNEL)}) group_left () {changed}"
    return f"1000 * min by ({', '.join((*CHANNEL, 'status'))}) ({began})"


def _annotations(board: Board) -> list[dict]:
    """Alerts as regions and changes of status as marks, in the form of Grafana's Prometheus data source."""
    built = []
    if board.alerts:
        firing = ('alertstate="firing"', BUNDLED_ALERTS, 'alertname!="WebchatWatchdog"')
        built.append(
            {
                "name": "Alerts",
                "iconColor": "red",
                "expr": board.alerts.of("ALERTS", *firing),
                "titleFormat": "{{alertname}}",
                "textFormat": "{{platform}} {{target}} {{channel}}",
                "tagKeys": "severity,team",
                "step": "60s",
            }
        )
    if board.changes:
        built.append(
            {
                "name": "Status changes",
                "iconColor": "blue",
                "expr": _changes(board.changes, board.changes_to),
                "titleFormat": "{{channel}}: {{status}}",
                "textFormat": "{{platform}} {{target}}",
                "tagKeys": "status",
                "useValueForTime": True,
            }
        )
    frame = {"datasource": {"type": "prometheus", "uid": "${datasource}"}, "enable": True, "hide": False}
    return [frame | annotation for annotation in built]


def _identity(title: str) -> int:
    """The number of a panel: it stays as long as the title does, since alerts lead to single panels by it."""
    return zlib.crc32(title.encode()) % 1_000_000


def _panels(rows: list[Row], top: int) -> list:
    """The panels of rows, below each other from `top` on."""
    placed = []
    for row in rows:
        left = 0
        for width, panel in row.panels:
            position = model.GridPos(h=row.height, w=width, x=left, y=top)
            placed.append(panel.id(_identity(panel.build().title)).grid_pos(position))
            left += width
        top += row.height
    return placed


def _sections(rows: list[Row]) -> list[list[Row]]:
    """A row with a title and those without one after it, in turn."""
    sections = []
    for row in rows:
        if row.title or not sections:
            sections.append([])
        sections[-1].append(row)
    return sections


def _place(builder: dashboard.Dashboard, rows: list[Row]) -> None:
    """Puts the rows below each other; a collapsed heading holds its panels, and what follows is right below it."""
    top = 0
    for section in _sections(rows):
        first = section[0]
        panels = _panels(section, top + 1 if first.title else top)
        if first.title:
            position = model.GridPos(h=1, w=COLUMNS, x=0, y=top)
            heading = dashboard.Row(first.title).collapsed(first.collapsed).id(_identity(f"row {first.title}")).grid_pos(position)
            for panel in panels if first.collapsed else []:
                heading.with_panel(panel)
            builder.with_row(heading)
            top += 1
        if not first.collapsed:
            for panel in panels:
                builder.with_panel(panel)
            top += sum(row.height for row in section)


def build(board: Board) -> dict:
    """The dashboard as Grafana's classic model."""
    builder = dashboard.Dashboard(board.title).uid(board.uid).description(board.description).readonly()
    builder.tags(["webchat"]).timezone("browser").tooltip(model.DashboardCursorSync.CROSSHAIR)
    builder.time(board.start, "now").refresh(board.refresh).variables(_variables(board))
    dropdown = dashboard.DashboardLink("Webchat boards").type(model.DashboardLinkType.DASHBOARDS).icon("external link")
    builder.link(dropdown.tags(["webchat"]).as_dropdown(True).keep_time(True).include_vars(True))
    _place(builder, board.rows)
    built = json.loads(JSONEncoder().encode(builder.build()))
    # What the library puts into every variable, and only those of the type interval have.
    for variable in built["templating"]["list"]:
        for key in ("auto", "auto_min", "auto_count"):
            variable.pop(key, None)
    # What the library does not know: the fields of Prometheus' annotations, and a board that no server has numbered.
    built["annotations"] = {"list": _annotations(board)}
    return built | {"id": None, "schemaVersion": SCHEMA_VERSION}
