"""The queries of the bundled dashboards as Grafana sends them: with the values of variables put in."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
# The refId by which the query of an annotation goes here; it has none of its own.
ANNOTATION = "annotation"


@dataclass(frozen=True)
class Query:
    """One query of a panel or of an annotation, with the dashboard's variables put in; an annotation has no legend."""

    dashboard: str
    panel: str
    reference: str
    expression: str
    is_instant: bool
    legend: str

    def __str__(self) -> str:
        return f"{self.dashboard} / {self.panel} / {self.reference}"


def dashboards() -> Iterator[dict]:
    """Every dashboard, by the names of their files."""
    for path in sorted(DASHBOARDS.glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def panels(parent: dict) -> Iterator[dict]:
    """All panels, those in rows included."""
    for panel in parent.get("panels", []):
        yield panel
        yield from panels(panel)


def escaped(value: str) -> str:
    """A chosen value as Grafana puts it into a regular expression within the quotes of PromQL: `a.b` becomes `a\\\\.b`."""
    return re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", r"\\\\"))


def chosen(values: Sequence[str]) -> str:
    """Several chosen values as Grafana joins them; a single one stands alone."""
    joined = "|".join(escaped(value) for value in values)
    return joined if len(values) == 1 else f"({joined})"


def value_of(variable: dict) -> str:
    """What a variable stands for at first: all values where that is possible, else the one it has or offers first."""
    if variable.get("includeAll"):
        return variable.get("allValue") or ".*"
    value = variable.get("current", {}).get("value") or [str(variable.get("query", "")).split(",")[0]]
    return "|".join(value) if isinstance(value, list) else str(value)


def variables_of(dashboard: dict, choices: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """The variables by their names, with the values of `choices` and else as at first."""
    values = {variable["name"]: value_of(variable) for variable in dashboard["templating"]["list"]}
    return values | {name: chosen(each) for name, each in (choices or {}).items()}


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables in any of the forms `$name`, `${name}` and `${name:format}`; others stay."""
    return VARIABLE.sub(lambda match: variables.get(match[1] or match[2], match[0]), text)


def queries(dashboard: dict, variables: Mapping[str, str]) -> Iterator[Query]:
    """Every query of the panels and of the annotations."""
    uid = dashboard["uid"]
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            expression = expanded(target["expr"], variables)
            is_instant = bool(target.get("instant")) and not target.get("range")
            yield Query(uid, panel["title"], target["refId"], expression, is_instant, target.get("legendFormat", ""))
    for annotation in dashboard.get("annotations", {}).get("list", []):
        if "expr" in annotation:
            expression = expanded(annotation["expr"], variables)
            yield Query(uid, annotation["name"], ANNOTATION, expression, False, "")
