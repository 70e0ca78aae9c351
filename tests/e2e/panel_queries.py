"""The queries of the bundled dashboards, asked of a real Prometheus as Grafana would ask them."""

import json
import re
import time
import urllib.parse

import yaml

from grafana_queries import ANNOTATION, DASHBOARDS, Query, dashboards, expanded, queries, variables_of
from processes import request
from prometheus_server import PrometheusServer

# Queries that may have no answer: uid of the dashboard -> list of `panel`, `reason` and, to narrow it down, `queries` and `scenario`.
MAY_BE_EMPTY = DASHBOARDS / "may-be-empty.yml"
# That of the demo which is asked.
SCENARIO = "outage"
RANGE_SECONDS = 60
# What Grafana puts in: the times for a range of a minute and a scrape every second.
TIMES = {
    "__interval": "1s",
    "__interval_ms": "1000",
    "__rate_interval": "15s",
    "__range": f"{RANGE_SECONDS}s",
    "__range_s": str(RANGE_SECONDS),
    "__range_ms": str(RANGE_SECONDS * 1000),
}
LABEL_VALUES = re.compile(r"label_values\((?:(.*),)?\s*(\w+)\s*\)")


def ask(server: PrometheusServer, path: str, **parameters: object) -> dict:
    answer = request(server.port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}")
    reply = json.loads(answer.text)
    if reply["status"] != "success":
        raise AssertionError(f"{reply['errorType']}: {reply['error']}")
    return reply


def has_answer(server: PrometheusServer, query: Query) -> bool:
    """Whether there is at least one series; an error of the query fails."""
    now = time.time()
    if query.is_instant:
        reply = ask(server, "query", query=query.expression, time=now)
    else:
        reply = ask(server, "query_range", query=query.expression, start=now - RANGE_SECONDS, end=now, step=1)
    data = reply["data"]
    return data["resultType"] == "scalar" or bool(data["result"])


def may_be_empty() -> dict[str, dict[tuple[str, str], str]]:
    """The reason for each panel and query, `*` for all of a panel, by the dashboard's uid."""
    table = yaml.safe_load(MAY_BE_EMPTY.read_text(encoding="utf-8"))
    return {
        uid: {
            (entry["panel"], query): entry["reason"]
            for entry in entries
            for query in entry.get("queries", ["*"])
            if entry.get("scenario", SCENARIO) == SCENARIO
        }
        for uid, entries in table.items()
    }


# The annotation that is empty while no alert fires; changes of status are there in an outage, of whatever status a board marks.
QUIET_ANNOTATION = "Alerts"
# Chosen values as a site may have them, which no series of the demo has: the queries must stay whole.
CHOICES = {"two values": ["a", "b"], "a value with special characters": ["Sales (Berlin), Q1.5 + \\"]}


def is_excused(query: Query, reasons: dict[tuple[str, str], str]) -> bool:
    """Whether a query may be without an answer."""
    if query.reference == ANNOTATION:
        return query.panel == QUIET_ANNOTATION
    return (query.panel, "*") in reasons or (query.panel, query.reference) in reasons


def problems(server: PrometheusServer) -> tuple[int, list[str]]:
    """How many queries were asked, and which of them fail or are empty without a reason.

    The values of each variable are asked for as well: without any, a dashboard has nothing to choose from.
    """
    asked, found, excused = 0, [], may_be_empty()
    for dashboard in dashboards():
        reasons = excused.get(dashboard["uid"], {})
        for query in queries(dashboard, variables_of(dashboard) | TIMES):
            asked += 1
            try:
                empty = not has_answer(server, query)
            except AssertionError as error:
                found.append(f"{query}: {error}: {query.expression}")
                continue
            if empty and not is_excused(query, reasons):
                found.append(f"{query} is empty: {query.expression}")
        for choice in CHOICES:
            count, broken = broken_choices(server, dashboard, choice)
            asked += count
            found += broken
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                asked += 1
                found += missing_values(server, dashboard, variable)
    return asked, found


def broken_choices(server: PrometheusServer, dashboard: dict, choice: str) -> tuple[int, list[str]]:
    """How many queries depend on variables, and which of them fail where every variable has the chosen values."""
    names = [variable["name"] for variable in dashboard["templating"]["list"] if variable.get("multi")]
    chosen = variables_of(dashboard, dict.fromkeys(names, CHOICES[choice])) | TIMES
    at_first = variables_of(dashboard) | TIMES
    changed = [
        query
        for query, first in zip(queries(dashboard, chosen), queries(dashboard, at_first), strict=True)
        if query.expression != first.expression
    ]
    found = []
    for query in changed:
        try:
            has_answer(server, query)
        except AssertionError as error:
            found.append(f"{query} with {choice}: {error}: {query.expression}")
    return len(changed), found


def missing_values(server: PrometheusServer, dashboard: dict, variable: dict) -> list[str]:
    query = variable["query"]["query"] if isinstance(variable["query"], dict) else variable["query"]
    match = LABEL_VALUES.fullmatch(query)
    if not match:
        return [f"{dashboard['uid']}: variable {variable['name']} is no label_values: {query}"]
    selector = {"match[]": expanded(match[1], variables_of(dashboard))} if match[1] else {}
    values = ask(server, f"label/{match[2]}/values", **selector)["data"]
    return [] if values else [f"{dashboard['uid']}: variable {variable['name']} has no values: {query}"]
