#!/usr/bin/env python3
"""Checks dashboards/*.json by the 17 rules of grafana/dashboard-linter, under the same names and for every type of panel.

Exceptions come from dashboards/.lint, which that tool reads as well; an exception that nothing needs is a finding. Two rules go further than
the tool: they cover every panel with queries, and a counter with matchers is a counter too.
Exit code 0 if all is well, 1 with one line per finding on standard error.
"""

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import promql_parser
import yaml

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
# Stands for $__rate_interval: no expression would write such a range itself.
RATE_INTERVAL = 7919
WITHOUT_QUERIES = {"row", "text", "alertlist", "dashlist", "news"}
# Those of the tool's list that the boards may use, beside the ones that it lists for currencies and physics.
UNITS = {
    "none", "string", "short", "percent", "percentunit", "bytes", "decbytes", "bits", "Bps", "binBps", "bps", "pps",
    "dateTimeAsIso", "dateTimeAsIsoNoDateIfToday", "dateTimeAsUS", "dateTimeAsLocal", "dateTimeAsSystem", "dateTimeFromNow",
    "hertz", "ns", "µs", "ms", "s", "m", "h", "d", "dtdurationms", "dtdurations", "dthms", "dtdhms", "clockms", "clocks",
    "cps", "ops", "reqps", "rps", "wps", "iops", "cpm", "opm", "rpm", "wpm", "bool", "bool_yes_no", "bool_on_off",
}  # fmt: skip
COUNTER_FUNCTIONS = {"rate", "irate", "increase"}

# A finding: the rule, the title of the panel or an empty text, the index of the query or None, and what is wrong.
Finding = tuple[str, str, int | None, str]


def panels(dashboard: dict) -> list[dict]:
    """The panels of a dashboard, those inside collapsed rows included, rows not."""
    found = []
    for panel in dashboard["panels"]:
        found += panel.get("panels", []) if panel["type"] == "row" else [panel]
    return found


def expanded(expression: str) -> str:
    """An expression with Grafana's intervals replaced; variables stand inside strings and stay."""
    for variable, value in (("$__rate_interval", f"{RATE_INTERVAL}s"), ("$__range", "12h"), ("$__interval", "1m")):
        expression = expression.replace(variable, value)
    return expression


def nodes(node: object, parents: tuple = ()) -> Iterator[tuple[object, tuple]]:
    """Every node of a parsed expression with its parents, the nearest last."""
    yield node, parents
    below = (*parents, node)
    for attribute in ("expr", "lhs", "rhs", "param", "vector_selector"):
        child = getattr(node, attribute, None)
        if child is not None:
            yield from nodes(child, below)
    for child in getattr(node, "args", None) or []:
        yield from nodes(child, below)


def parsed(expression: str) -> list[tuple[object, tuple]]:
    """The nodes of an expression, none where it does not parse: that is a finding of another rule."""
    try:
        return list(nodes(promql_parser.parse(expanded(expression))))
    except ValueError:
        return []


def selectors(expression: str) -> list[tuple[object, tuple]]:
    """The vector selectors of an expression with their parents."""
    return [(node, above) for node, above in parsed(expression) if isinstance(node, promql_parser.VectorSelector)]


def variables(dashboard: dict, kind: str) -> list[dict]:
    """The variables of a type."""
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == kind]


def template_datasource_rule(dashboard: dict) -> Iterator[str]:
    """A variable `datasource`, labelled `Data source`."""
    found = variables(dashboard, "datasource")
    if not found:
        yield "has no templated data source"
    for variable in found:
        if variable["name"] not in ("datasource", f"{variable['query']}_datasource"):
            yield f"the data source variable is named {variable['name']!r}"
        if variable.get("label") not in ("Data source", f"{variable['query'].title()} data source"):
            yield f"the data source variable is labelled {variable.get('label')!r}"


def _template(dashboard: dict, name: str) -> Iterator[str]:
    variable = next((one for one in dashboard["templating"]["list"] if one["name"] == name), None)
    if variable is None:
        yield f"has no variable {name}"
        return
    expected = {"type": "query", "label": name.title(), "multi": True, "allValue": ".+"}
    for key, value in expected.items():
        if variable.get(key) != value:
            yield f"the variable {name} has {key} {variable.get(key)!r}, not {value!r}"
    if variable.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
        yield f"the variable {name} does not use the templated data source"


def template_job_rule(dashboard: dict) -> Iterator[str]:
    """A variable `job`: a query, several values, all of them `.+`."""
    yield from _template(dashboard, "job")


def template_instance_rule(dashboard: dict) -> Iterator[str]:
    """The same for `instance`."""
    yield from _template(dashboard, "instance")


def template_label_promql_rule(dashboard: dict) -> Iterator[str]:
    """Query variables use a function of the data source with PromQL that parses."""
    for variable in variables(dashboard, "query"):
        call = re.fullmatch(r"(label_names|label_values|metrics|query_result)\((.+)\)", variable["query"])
        argument = re.sub(r",\s*\w+$", "", call[2]) if call else ""
        if not call or not parsed(argument):
            yield f"the variable {variable['name']} has the query {variable['query']!r}"


def template_on_time_change_reload_rule(dashboard: dict) -> Iterator[str]:
    """Query variables are read again when the time range changes."""
    for variable in variables(dashboard, "query"):
        if variable.get("refresh") != 2:
            yield f"the variable {variable['name']} has refresh {variable.get('refresh')!r}, not 2"


def uneditable_dashboard(dashboard: dict) -> Iterator[str]:
    """Provisioned boards are changed at their source."""
    if dashboard.get("editable") is not False:
        yield "is editable"


def panel_datasource_rule(panel: dict) -> Iterator[str]:
    """Panels use the templated data source."""
    if panel.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
        yield "does not use the templated data source"


def panel_title_description_rule(panel: dict) -> Iterator[str]:
    """Panels have a title and a description."""
    if not panel.get("title") or not panel.get("description"):
        yield "lacks a title or a description"


def panel_units_rule(panel: dict) -> Iterator[str]:
    """Panels have a known unit, in the defaults and in every override that sets one."""
    overrides = panel["fieldConfig"]["overrides"]
    units = [panel["fieldConfig"]["defaults"].get("unit")]
    units += [one["value"] for override in overrides for one in override["properties"] if one["id"] == "unit"]
    for unit in units:
        if unit not in UNITS:
            yield f"has the unit {unit!r}"


def panel_no_targets_rule(panel: dict) -> Iterator[str]:
    """Panels have queries."""
    if not panel.get("targets"):
        yield "has no queries"


def _loki(target: dict) -> bool:
    return target.get("datasource", {}).get("type") == "loki"


def target_logql_rule(target: dict) -> Iterator[str]:
    """Queries of Loki parse; there are none, and without a parser none may come in."""
    if _loki(target):
        yield "asks Loki, which nothing here can check"


def target_logql_auto_rule(target: dict) -> Iterator[str]:
    """Ranges in queries of Loki are `$__auto`."""
    if _loki(target) and re.search(r"\[(?!\$__auto\])", target.get("expr", "")):
        yield "has a range other than $__auto"


def target_promql_rule(target: dict) -> Iterator[str]:
    """Queries parse."""
    if not target.get("expr"):
        yield "has no expression"
        return
    try:
        promql_parser.parse(expanded(target["expr"]))
    except ValueError as error:
        yield f"does not parse: {error}"


def target_rate_interval_rule(target: dict) -> Iterator[str]:
    """Ranges under rate and irate are `$__rate_interval`."""
    for node, above in parsed(target.get("expr", "")):
        if isinstance(node, promql_parser.MatrixSelector) and isinstance(
            above[-1] if above else None, promql_parser.Call
        ):
            if above[-1].func.name in ("rate", "irate") and node.range.total_seconds() != RATE_INTERVAL:
                yield f"{above[-1].func.name} has a range other than $__rate_interval"


def _matcher(target: dict, name: str) -> Iterator[str]:
    for selector, _ in selectors(target.get("expr", "")):
        matchers = [(one.name, str(one.op), one.value) for one in selector.matchers.matchers]
        if not any(one == name and op.endswith("Re") and value == f"${name}" for one, op, value in matchers):
            yield f'{selector.name} lacks {name}=~"${name}"'


def target_job_rule(target: dict) -> Iterator[str]:
    """Every selector has `job=~"$job"`."""
    yield from _matcher(target, "job")


def target_instance_rule(target: dict) -> Iterator[str]:
    """Every selector has `instance=~"$instance"`."""
    yield from _matcher(target, "instance")


def target_counter_agg_rule(target: dict) -> Iterator[str]:
    """Counters stand under rate, irate or increase only, whatever matchers they have."""
    for selector, above in selectors(target.get("expr", "")):
        if not (selector.name or "").endswith("_total"):
            continue
        call = above[-2] if len(above) > 1 and isinstance(above[-1], promql_parser.MatrixSelector) else None
        if not isinstance(call, promql_parser.Call) or call.func.name not in COUNTER_FUNCTIONS:
            yield f"{selector.name} is not under rate, irate or increase"


def _named(*rules: Callable) -> dict[str, Callable]:
    return {rule.__name__.replace("_", "-"): rule for rule in rules}


DASHBOARD_RULES = _named(
    template_datasource_rule, template_job_rule, template_instance_rule, template_label_promql_rule,
    template_on_time_change_reload_rule, uneditable_dashboard,
)  # fmt: skip
PANEL_RULES = _named(panel_datasource_rule, panel_title_description_rule, panel_units_rule, panel_no_targets_rule)
TARGET_RULES = _named(
    target_logql_rule, target_logql_auto_rule, target_promql_rule, target_rate_interval_rule, target_job_rule,
    target_instance_rule, target_counter_agg_rule,
)  # fmt: skip


def lint(dashboard: dict) -> list[Finding]:
    """Everything that the rules find in a dashboard, exceptions not yet applied."""
    found = [(name, "", None, text) for name, rule in DASHBOARD_RULES.items() for text in rule(dashboard)]
    for panel in panels(dashboard):
        if panel["type"] in WITHOUT_QUERIES:
            continue
        title = panel.get("title", "")
        found += [(name, title, None, text) for name, rule in PANEL_RULES.items() for text in rule(panel)]
        for index, target in enumerate(panel.get("targets", [])):
            found += [(name, title, index, text) for name, rule in TARGET_RULES.items() for text in rule(target)]
    return found


def excluded(entry: dict, title: str, finding: Finding) -> bool:
    """Whether an exception covers a finding, as the tool compares them."""
    _, panel, index, _ = finding
    if entry.get("dashboard", title) != title:
        return False
    if panel and entry.get("panel", panel) != panel:
        return False
    return index is None or str(entry.get("targetIdx", index)) == str(index)


def check(dashboards: list[dict], exclusions: dict) -> list[str]:
    """The findings that no exception covers, exceptions without a reason, and exceptions that cover nothing."""
    found = []
    used = set()
    for dashboard in dashboards:
        for finding in lint(dashboard):
            entries = exclusions.get(finding[0], {}).get("entries", [])
            covering = [i for i, entry in enumerate(entries) if excluded(entry, dashboard["title"], finding)]
            used.update((finding[0], i) for i in covering)
            if not covering:
                rule, panel, index, text = finding
                query = "" if index is None else f", query {index}"
                found.append(f"{dashboard['uid']}: {panel}{query}: {text} ({rule})")
    for rule, exclusion in exclusions.items():
        if rule not in DASHBOARD_RULES | PANEL_RULES | TARGET_RULES:
            found.append(f".lint: there is no rule {rule}")
        if not exclusion.get("reason"):
            found.append(f".lint: the exclusions of {rule} give no reason")
        for i, entry in enumerate(exclusion.get("entries", [])):
            if (rule, i) not in used:
                found.append(f".lint: {rule} excludes {entry} for nothing")
    return found


def self_check(good: dict) -> None:
    """Shows that each rule can fail: a fault of its kind in a good board is found under its name."""
    panel = next(i for i, one in enumerate(good["panels"]) if one["type"] == "timeseries")
    target = ("panels", panel, "targets", 0)
    query = ("templating", "list", 1)
    faults = {
        "template-datasource-rule": (("templating", "list", 0, "name"), "prometheus"),
        "template-job-rule": ((*query, "allValue"), ".*"),
        "template-instance-rule": (("templating", "list", 2, "multi"), False),
        "template-label-promql-rule": ((*query, "query"), "label_values(up{, job)"),
        "template-on-time-change-reload-rule": ((*query, "refresh"), 1),
        "uneditable-dashboard": (("editable",), True),
        "panel-datasource-rule": (("panels", panel, "datasource", "uid"), "prometheus"),
        "panel-title-description-rule": (("panels", panel, "description"), ""),
        "panel-units-rule": (("panels", panel, "fieldConfig", "defaults", "unit"), "seconds"),
        "panel-no-targets-rule": (("panels", panel, "targets"), []),
        "target-logql-rule": ((*target, "datasource"), {"type": "loki", "uid": "${datasource}"}),
        "target-logql-auto-rule": (target, {"datasource": {"type": "loki"}, "expr": "rate({a=\"b\"}[5m])"}),
        "target-promql-rule": ((*target, "expr"), "sum(rate(up[5m])"),
        "target-rate-interval-rule": ((*target, "expr"), 'rate(a_total{job=~"$job", instance=~"$instance"}[5m])'),
        "target-job-rule": ((*target, "expr"), 'up{job="$job", instance=~"$instance"}'),
        "target-instance-rule": ((*target, "expr"), 'up{job=~"$job"}'),
        "target-counter-agg-rule": ((*target, "expr"), 'sum(a_total{job=~"$job", instance=~"$instance"})'),
    }  # fmt: skip
    assert not lint(good), lint(good)
    assert set(faults) == set(DASHBOARD_RULES | PANEL_RULES | TARGET_RULES), "each rule wants a fault"
    for rule, (path, value) in faults.items():
        bad = copy.deepcopy(good)
        place = bad
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert rule in [finding[0] for finding in lint(bad)], f"{rule} does not see its fault"
    assert any("for nothing" in text for text in check([good], {"target-job-rule": {"reason": "r", "entries": [{}]}}))


def main() -> int:
    """Checks every dashboard."""
    dashboards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))]
    self_check(next(one for one in dashboards if one["uid"] == "webchat-exporter"))
    lint_file = yaml.safe_load((DASHBOARDS / ".lint").read_text(encoding="utf-8"))
    found = check(dashboards, lint_file["exclusions"])
    print("\n".join(found), file=sys.stderr) if found else print(f"{len(dashboards)} dashboards keep all 17 rules.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
