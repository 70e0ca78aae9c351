"""Panels of one look: what every stat, table, time series and timeline of the boards has in common."""

from dataclasses import dataclass, field, replace

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    statetimeline,
)
from grafana_foundation_sdk.builders import (
    stat as stat_panel,
)
from grafana_foundation_sdk.builders import (
    timeseries as timeseries_panel,
)
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_model

import looks
from families import described

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_DATA = "No data"


@dataclass(frozen=True)
class Query:
    """A query and the text of its legend."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit that is drawn as a dashed line with a name and a colour of its own."""

    name: str
    expression: str
    color: str


@dataclass(frozen=True)
class Link:
    """A link from a value or a row; `${__data.fields.Name:percentencode}` stands for a cell of the row."""

    title: str
    url: str

    def build(self) -> dashboard.DashboardLink:
        """The link in Grafana's own form."""
        return dashboard.DashboardLink(self.title).url(self.url)


@dataclass(frozen=True)
class Look:
    """How the values of a panel or of a column are shown."""

    unit: str = "none"
    decimals: int = 0
    steps: looks.Steps = field(default_factory=lambda: looks.PLAIN)
    mappings: list[model.ValueMapping] = field(default_factory=list)
    minimum: float | None = None
    maximum: float | None = None
    # To where an axis reaches at least: else that of a quiet day, all zeros, reaches to 100.
    reach: float | None = None


# Numbers of chats or of people over time.
COUNT = Look(unit="none", minimum=0, reach=5)
# Waits over time: an axis of seconds has no round marks.
MINUTES = Look(unit="m", decimals=1, minimum=0, reach=1)


def in_minutes(expression: str) -> str:
    """Seconds as minutes."""
    return f"({expression}) / 60"


def as_queries(queries: str | Query | list[Query]) -> list[Query]:
    """One expression or several queries as a list."""
    if isinstance(queries, str):
        return [Query(queries)]
    return [queries] if isinstance(queries, Query) else queries


def _target(index: int, query: Query, instant: bool, table: bool) -> prometheus.Dataquery:
    """A query of a panel: instant for numbers of now, over the time range otherwise."""
    built = prometheus.Dataquery().ref_id(chr(ord("A") + index)).expr(query.expression).datasource(DATASOURCE)
    built = built.instant() if instant else built.range()
    if table:
        built = built.format(prometheus_model.PromQueryFormat.TABLE)
    return built.legend_format(query.legend or "__auto")


def dress(panel, title: str, words: str, queries: list[Query], look: Look, no_value: str, *, instant: bool, table: bool = False):
    """What every panel has: title, description, queries, unit, decimals, limits, words and the text for no value."""
    panel.title(title).description(described(words, [query.expression for query in queries]))
    panel.datasource(DATASOURCE).unit(look.unit).decimals(look.decimals).no_value(no_value)
    panel.mappings(look.mappings)
    panel.thresholds(
        dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(looks.thresholds(look.steps))
    )
    if look.minimum is not None:
        panel.min(look.minimum)
    if look.maximum is not None:
        panel.max(look.maximum)
    for index, query in enumerate(queries):
        panel.with_target(_target(index, query, instant, table))
    return panel


def by_thresholds() -> dashboard.FieldColor:
    """Colours by the limits and by the words of states."""
    return dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


def _newest() -> common.ReduceDataOptions:
    """Of each series its newest value."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def _legend(shown: bool) -> common.VizLegendOptions:
    """The names of the series in one list below the panel."""
    options = common.VizLegendOptions().display_mode(common_model.LegendDisplayMode.LIST)
    return options.placement(common_model.LegendPlacement.BOTTOM).show_legend(shown).calcs([])


def stat(
    title: str,
    words: str,
    queries: str | Query | list[Query],
    look: Look,
    *,
    no_value: str = NO_DATA,
    background: bool = False,
    links: list[Link] | None = None,
    text_size: int | None = None,
    name_size: int | None = None,
    silent: str = looks.NEUTRAL,
) -> stat_panel.Panel:
    """A number of now; several series give several tiles, each with its name.

    Without an answer it is `silent`: the colour of the lowest limit would call that good, or bad.
    """
    queries = as_queries(queries)
    many = any(query.legend for query in queries)
    look = replace(look, mappings=[*look.mappings, looks.absent(no_value, silent)])
    if background:
        look = replace(look, steps=looks.filled_steps(look.steps), mappings=looks.filled_mappings(look.mappings))
    panel = dress(stat_panel.Panel(), title, words, queries, look, no_value, instant=True).color_scheme(by_thresholds())
    panel.reduce_options(_newest())
    panel.graph_mode(common_model.BigValueGraphMode.NONE).justify_mode(common_model.BigValueJustifyMode.CENTER)
    panel.color_mode(
        common_model.BigValueColorMode.BACKGROUND_SOLID if background else common_model.BigValueColorMode.VALUE
    )
    panel.text_mode(common_model.BigValueTextMode.VALUE_AND_NAME if many else common_model.BigValueTextMode.VALUE)
    # A name above its value leaves both more room than one beside it.
    panel.wide_layout(not many)
    if text_size:
        sizes = common.VizTextDisplayOptions().value_size(text_size)
        panel.text(sizes.title_size(name_size) if name_size else sizes)
    if links:
        panel.data_links([link.build() for link in links])
    return panel


DASHED = [
    model.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 8]}),
    model.DynamicConfigValue("custom.lineWidth", 1),
    model.DynamicConfigValue("custom.fillOpacity", 0),
    # Without it a line that is judged would keep the colours of the limits.
    model.DynamicConfigValue("custom.gradientMode", "none"),
]


def timeseries(
    title: str,
    words: str,
    queries: str | Query | list[Query],
    look: Look,
    *,
    no_value: str = NO_DATA,
    stacked: bool = False,
    bars: bool = False,
    dashed: str | None = None,
    limits: list[Limit] | None = None,
    judged: bool = False,
    upper_limits: bool = False,
) -> timeseries_panel.Panel:
    """Values over time; series whose name matches the expression `dashed` are dashed, and so are `limits`.

    What is `judged` has the colours of the look's limits. `upper_limits` draws those limits without names: where a
    lower one begins, Grafana takes the colour of its better side.
    """
    limits = limits or []
    drawn = [*as_queries(queries), *(Query(limit.expression, limit.name) for limit in limits)]
    panel = dress(timeseries_panel.Panel(), title, words, drawn, look, no_value, instant=False)
    if look.decimals > 0:
        # The marks of an axis have as many decimals as tell them apart.
        panel.decimals(None)
    if look.reach is not None:
        panel.axis_soft_max(look.reach)
    _draw(panel, stacked, bars, upper_limits)
    _color(panel, judged)
    panel.legend(_legend(True))
    panel.tooltip(
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI).sort(common_model.SortOrder.DESCENDING)
    )
    if dashed:
        panel.override_by_regexp(dashed, DASHED)
    for limit in limits:
        fixed = model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": limit.color})
        panel.override_by_name(limit.name, [fixed, *DASHED])
    return panel


def _draw(panel: timeseries_panel.Panel, stacked: bool, bars: bool, upper_limits: bool) -> None:
    """Lines or bars, beside or on top of each other."""
    panel.line_width(2).fill_opacity(30 if stacked or bars else 0).show_points(common_model.VisibilityMode.NEVER)
    panel.draw_style(common_model.GraphDrawStyle.BARS if bars else common_model.GraphDrawStyle.LINE)
    panel.span_nulls(False)
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if upper_limits:
        style = common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.DASHED)
        panel.thresholds_style(style)


def _color(panel: timeseries_panel.Panel, judged: bool) -> None:
    """Lines in the colours of the limits that they keep to, or each in one of its own."""
    if judged:
        panel.color_scheme(by_thresholds()).gradient_mode(common_model.GraphGradientMode.SCHEME)
    else:
        # Its colours are no states, though some look like one; a palette by names gives several lines the same colour.
        panel.color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))


def timeline(
    title: str,
    words: str,
    queries: str | Query | list[Query],
    look: Look,
    *,
    no_value: str = NO_DATA,
    legend: bool = True,
) -> statetimeline.Panel:
    """States over time, one line for each series, the words on the bands."""
    queries = as_queries(queries)
    panel = dress(statetimeline.Panel(), title, words, queries, look, no_value, instant=False).color_scheme(by_thresholds())
    panel.show_value(common_model.VisibilityMode.AUTO).merge_values(True).row_height(0.85)
    panel.fill_opacity(80).line_width(0)
    panel.legend(_legend(legend))
    panel.tooltip(
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.SINGLE).sort(common_model.SortOrder.NONE)
    )
    return panel


def bars(
    title: str,
    words: str,
    queries: str | Query | list[Query],
    look: Look,
    *,
    no_value: str = NO_DATA,
) -> bargauge.Panel:
    """Numbers of now as horizontal bars, one for each series."""
    queries = as_queries(queries)
    panel = dress(bargauge.Panel(), title, words, queries, look, no_value, instant=True).color_scheme(by_thresholds())
    panel.reduce_options(_newest())
    panel.orientation(common_model.VizOrientation.HORIZONTAL)
    panel.display_mode(common_model.BarGaugeDisplayMode.BASIC).show_unfilled(True)
    panel.value_mode(common_model.BarGaugeValueMode.COLOR)
    # A little smaller than Grafana makes room for, which cuts long names off.
    panel.text(common.VizTextDisplayOptions().title_size(11))
    return panel
