"""Tables whose columns are queries: one row for each set of labels that the queries share."""

from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.builders import table as table_panel
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model

import looks
from panels import NO_DATA, Link, Look, Query, by_thresholds, dress


@dataclass(frozen=True)
class Label:
    """A column with a label of the queries; `words` are texts and colours that stand for its values."""

    label: str
    name: str
    width: int | None = None
    links: list[Link] = field(default_factory=list)
    words: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Value:
    """A column with the values of a query; `absent` stands where a row has no value."""

    name: str
    expression: str
    look: Look
    width: int | None = None
    absent: str = "–"
    fill: bool = False
    hidden: bool = False


def _property(identity: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(identity, value)


def _steps(steps: looks.Steps) -> dict:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in steps]}


def _cell(colored: bool, fill: bool) -> dict:
    if fill:
        return {"type": "color-background", "mode": "basic"}
    return {"type": "color-text"} if colored else {"type": "auto"}


def _value_properties(column: Value) -> list[model.DynamicConfigValue]:
    look = column.look
    colored = bool(look.mappings) or look.steps != looks.PLAIN
    steps, mappings = look.steps, [*look.mappings, looks.absent(column.absent)]
    if column.fill:
        steps, mappings = looks.filled_steps(steps), looks.filled_mappings(mappings)
    properties = [
        _property("unit", look.unit),
        _property("decimals", look.decimals),
        _property("thresholds", _steps(steps)),
        _property("mappings", mappings),
        _property("noValue", column.absent),
        _property("custom.cellOptions", _cell(colored, column.fill)),
    ]
    if column.width:
        properties.append(_property("custom.width", column.width))
    return properties


def _label_properties(column: Label) -> list[model.DynamicConfigValue]:
    # Without it an empty cell would show the words of an empty panel.
    properties = [_property("unit", "string"), _property("noValue", "–")]
    if column.links:
        properties.append(_property("links", [{"title": link.title, "url": link.url} for link in column.links]))
    if column.words:
        properties.append(_property("mappings", looks.states(column.words)))
    if column.width:
        properties.append(_property("custom.width", column.width))
    return properties


def _arrange(columns: list[Label | Value], unseen: tuple[str, ...]) -> model.DataTransformerConfig:
    """Orders and renames the columns of the merged frames; a single query calls its values `Value`."""
    values = [column for column in columns if isinstance(column, Value)]
    names = ["Value"] if len(values) == 1 else [f"Value #{chr(ord('A') + index)}" for index in range(len(values))]
    fields = dict(zip([column.name for column in values], names, strict=True))
    order, rename = {}, {}
    exclude = {"Time": True, **dict.fromkeys(unseen, True)}
    for index, column in enumerate(columns):
        source = column.label if isinstance(column, Label) else fields[column.name]
        order[source] = index
        rename[source] = column.name
        if isinstance(column, Value) and column.hidden:
            exclude[source] = True
    options = {"excludeByName": exclude, "indexByName": order, "renameByName": rename}
    return model.DataTransformerConfig(id_val="organize", options=options)


def _panel(title: str, words: str, queries: list[Query], look: Look, no_value: str) -> table_panel.Panel:
    """An empty table of the newest values."""
    panel = dress(table_panel.Panel(), title, words, queries, look, no_value, instant=True, table=True)
    return panel.color_scheme(by_thresholds()).show_header(True).cell_height(common_model.TableCellHeight.SM)


def table(
    title: str,
    words: str,
    columns: list[Label | Value],
    *,
    sort: str | tuple[str, ...],
    descending: bool = True,
    unseen: tuple[str, ...] = (),
    no_value: str = NO_DATA,
    look: Look = Look(),
) -> table_panel.Panel:
    """A table of the newest values; `unseen` names labels that the queries share and no column shows.

    It is sorted by a column, and where that has equal cells by the next one.
    """
    values = [column for column in columns if isinstance(column, Value)]
    queries = [Query(column.expression) for column in values]
    panel = _panel(title, words, queries, look, no_value)
    if len(queries) > 1:
        panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(_arrange(columns, unseen))
    by = (sort,) if isinstance(sort, str) else sort
    panel.sort_by([common.TableSortByFieldState().display_name(name).desc(descending) for name in by])
    for column in columns:
        if isinstance(column, Label):
            panel.override_by_name(column.name, _label_properties(column))
        elif not column.hidden:
            panel.override_by_name(column.name, _value_properties(column))
    return panel


def matrix(
    title: str, words: str, expression: str, *, row: str, column: str, look: Look, no_value: str = NO_DATA
) -> table_panel.Panel:
    """One row for each value of the label `row`, one column for each value of the label `column`."""
    panel = _panel(title, words, [Query(expression)], look, no_value)
    options = {"columnField": column, "rowField": row, "valueField": "Value", "emptyValue": "null"}
    panel.with_transformation(model.DataTransformerConfig(id_val="groupingToMatrix", options=options))
    # The transformation names the first column after both labels; its cells are names, not states.
    names = f"{row}\\{column}"
    panel.sort_by([common.TableSortByFieldState().display_name(names).desc(False)])
    empty = _property("mappings", looks.filled_mappings([*look.mappings, looks.absent("–")]))
    panel.override_by_field_type("number", [_property("custom.cellOptions", _cell(True, True)), _property("custom.minWidth", 90), empty])
    return panel
