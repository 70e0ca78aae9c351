#!/usr/bin/env python3
"""Checks the bundled rules with promtool, and that their labels, texts, links and table in alerts/README.md agree.

It takes the root of the repository as an optional argument. Exit code 0 if all is well, 1 with the findings on standard error.
"""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import alert_table  # noqa: E402
from alert_rules import RULES, alerting_rules  # noqa: E402
from alert_table import COLUMNS, table_rows  # noqa: E402
from command_line import command_line  # noqa: E402

LABEL_VALUES = {
    "severity": {"critical", "warning", "info", "none"},
    "team": {"chat-ops", "chat-platform"},
    "platform": {"chime", "comm100", "egain", "xima"},
}
REQUIRED_LABELS = {"severity", "team"}
# These tell rules of one name apart.
FREE_LABELS = {"long", "short"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url", "panel_url"}
RUNBOOK_BASE = "https://example.com/webchat_exporter/alerts/runbooks/"
DASHBOARD_URL = re.compile(r"https://grafana\.example\.com/d/(?P<uid>[^?]+)(?:\?(?P<variables>.+))?")
# A label that needs no escaping, since its values are few and plain.
PLATFORM = "{{ $labels.platform }}"


@dataclass(frozen=True)
class Alert:
    """An alerting rule; several may have one name."""

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    wait: str

    def row(self) -> tuple[str, ...]:
        """What the table says of it, the words apart."""
        labels = self.labels
        link = f"[{self.name}](runbooks/{self.name}.md)"
        return self.name, labels.get("severity", ""), labels.get("team", ""), self.wait, link


def alert_of(rule: dict) -> Alert:
    """An alerting rule as the file has it."""
    return Alert(rule["alert"], rule.get("labels", {}), rule.get("annotations", {}), rule.get("for", "0s"))


def label_findings(alert: Alert) -> list[str]:
    """Labels that are missing, unknown, or have a value that routes and inhibitions do not know."""
    findings = [f"label {name} is missing" for name in sorted(REQUIRED_LABELS - alert.labels.keys())]
    for name, value in alert.labels.items():
        if name in LABEL_VALUES and value not in LABEL_VALUES[name]:
            findings.append(f"label {name} is {value!r}")
        if name not in LABEL_VALUES and name not in FREE_LABELS:
            findings.append(f"label {name} is not known")
        # It would make another alert of it with each evaluation.
        if re.search(r"\$value|\.Value", value):
            findings.append(f"label {name} holds the value")
    return findings


def annotation_findings(alert: Alert) -> list[str]:
    """Annotations that are missing or not written as they should be."""
    given = alert.annotations
    findings = [f"annotation {name} is missing" for name in sorted(ANNOTATIONS - given.keys())]
    findings += [f"annotation {name} is not known" for name in sorted(given.keys() - ANNOTATIONS)]
    for name in ("summary", "description"):
        if not re.search(r"\.(\s*\{\{-? end -?\}\})?$", given.get(name, ".")):
            findings.append(f"{name} does not end with a period")
    if "{{" in given.get("summary", ""):
        findings.append("summary is not the same for every alert of the name")
    for action in re.findall(r"\{\{-?\s*(.*?)\s*-?\}\}", given.get("description", ""), re.DOTALL):
        prints = not re.match(r"(if|else|with|range|end)\b", action)
        if prints and re.search(r"\$value|\bvalue\b|\.Value", action) and "humanize" not in action:
            findings.append(f"description prints a bare value: {action}")
    return findings


@dataclass(frozen=True)
class Board:
    """What a link to a dashboard may name: its variables, and its panels by number."""

    variables: set[str]
    panels: set[str]


def link_findings(alert: Alert, boards: dict[str, Board]) -> list[str]:
    """Links that lead nowhere; `boards` has the dashboards by uid."""
    findings = []
    if alert.annotations.get("runbook_url") != f"{RUNBOOK_BASE}{alert.name}.md":
        findings.append("runbook_url does not lead to its runbook")
    for name in ("dashboard_url", "panel_url"):
        url, _, panel = alert.annotations.get(name, "").partition("viewPanel=")
        if bool(panel) != (name == "panel_url"):
            findings.append(f"{name} names {'a' if panel else 'no'} panel")
        findings += [f"{name} {finding}" for finding in board_findings(url.rstrip("?&"), panel, boards)]
    return findings


def board_findings(url: str, panel: str, boards: dict[str, Board]) -> list[str]:
    """What is wrong with a link to a dashboard, and to one of its panels if there is its number."""
    link = DASHBOARD_URL.fullmatch(url)
    if link is None:
        return ["leads to no dashboard"]
    findings = []
    platforms = sorted(LABEL_VALUES["platform"]) if PLATFORM in link["uid"] else [""]
    for uid in (link["uid"].replace(PLATFORM, platform) for platform in platforms):
        if uid not in boards:
            findings.append(f"names {uid}, which no dashboard has as its uid")
            continue
        if panel and panel not in boards[uid].panels:
            findings.append(f"names panel {panel}, which {uid} does not have")
        # A dashboard of one platform needs no choice of it, and Grafana passes over what it does not know.
        of_platform = uid.removeprefix("webchat-") in LABEL_VALUES["platform"]
        known = boards[uid].variables | ({"platform"} if of_platform else set())
        for variable in link["variables"].split("&") if link["variables"] else []:
            name, _, value = variable.partition("=")
            if name.removeprefix("var-") not in known:
                findings.append(f"sets {name}, which {uid} does not have")
            if "{{" in value and value != PLATFORM and "| urlquery" not in value:
                findings.append(f"sets {name} without urlquery")
    return findings


def table_findings(alerts: list[Alert], text: str) -> list[str]:
    """Differences between the table and the rules; both have the same order."""
    rows = table_rows(text)
    if rows is None:
        return [f"alerts/README.md has no table with the columns {', '.join(COLUMNS)}"]
    told = []
    findings = []
    for row in rows:
        name, severity, team, condition, threshold, wait, runbook = row
        told.append((name.strip("`"), severity, team, wait, runbook))
        if not condition or not threshold:
            findings.append(f"alerts/README.md: {name} has no condition or no threshold in words")
    for row, alert in zip_longest(told, (alert.row() for alert in alerts)):
        if row != alert:
            return [*findings, f"alerts/README.md: the table has {row} where the rules have {alert}"]
    return findings


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def broken_links(path: Path) -> list[str]:
    """Relative links of a page to files that are not there."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", without_code(path.read_text(encoding="utf-8")))
    return [f"link to {target} leads nowhere" for target in targets if not (path.parent / target).exists()]


def promtool(*arguments: str | Path) -> list[str]:
    """What promtool complains about, in one finding."""
    command = ["promtool", *map(str, arguments)]
    # A unit test makes much garbage and runs shortly: collecting it less often saves a third of the time.
    environment = os.environ | {"GOGC": "400"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    return [] if done.returncode == 0 else [f"{' '.join(command)}:\n{done.stdout.strip()}"]


def unit_test_findings(paths: list[Path]) -> list[str]:
    """Unit tests that fail; they are run side by side, since promtool itself takes one after the other."""
    if not paths:
        return ["alerts/tests has no unit tests"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [finding for found in pool.map(lambda path: promtool("test", "rules", path), paths) for finding in found]


def boards_of(root: Path) -> dict[str, Board]:
    """The dashboards by uid."""
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "dashboards").glob("*.json"))]
    return {
        board["uid"]: Board(
            {variable["name"] for variable in board["templating"]["list"]},
            # A collapsed heading holds its panels.
            {
                str(panel["id"])
                for each in board["panels"]
                for panel in (each["panels"] if each["type"] == "row" else [each])
            },
        )
        for board in boards
    }


def findings_of(root: Path, rules: list[dict], alerts: list[Alert]) -> list[str]:
    """Everything that is wrong below `root`; `rules` are its alerting rules, and `alerts` what is made of them."""
    directory = root / "alerts"
    runbooks = {path.stem for path in (directory / "runbooks").glob("*")}
    boards = boards_of(root)
    readme = directory / "README.md"
    names = {alert.name for alert in alerts}
    findings = [
        f"{alert.name}: {finding}"
        for alert in alerts
        for finding in [*label_findings(alert), *annotation_findings(alert), *link_findings(alert, boards)]
    ]
    findings += [f"{name}: there is no runbook" for name in sorted(names - runbooks)]
    findings += [f"runbooks/{name}.md: there is no such alert" for name in sorted(runbooks - names)]
    page = readme.read_text(encoding="utf-8")
    findings += table_findings(alerts, page)
    configuration = yaml.safe_load((root / "deploy" / "config.example.yml").read_text(encoding="utf-8"))
    _, flags = command_line((root / "README.md").read_text(encoding="utf-8"))
    keys = alert_table.configuration_keys(configuration) | flags
    findings += alert_table.fact_findings(rules, page, keys)
    for path in [readme, *sorted((directory / "runbooks").glob("*.md"))]:
        findings += [f"{path.relative_to(directory)}: {finding}" for finding in broken_links(path)]
    findings += promtool("check", "rules", "--lint=all", "--lint-fatal", directory / RULES.name)
    return findings + unit_test_findings(sorted((directory / "tests").glob("*.yml")))


def self_check() -> None:
    """Shows that each rule can fail."""
    good = Alert(
        "WebchatX",
        {"severity": "critical", "team": "chat-ops", "long": "1h"},
        {
            "summary": "It is so.",
            "description": "It is {{ if lt $value 0.0 }}less{{ end }} {{ $value | humanize }}. {{ if true }}So.{{ end }}",
            "runbook_url": RUNBOOK_BASE + "WebchatX.md",
            "dashboard_url": "https://grafana.example.com/d/webchat-x?"
            "var-platform={{ $labels.platform }}&var-target={{ $labels.target | urlquery }}",
            "panel_url": "https://grafana.example.com/d/webchat-x?viewPanel=7",
        },
        "5m",
    )
    boards = {"webchat-x": Board({"platform", "target"}, {"7"})}

    def with_label(name: str, value: str) -> list[str]:
        return label_findings(Alert(good.name, good.labels | {name: value}, {}, "5m"))

    def with_annotation(name: str, value: str) -> list[str]:
        changed = Alert(good.name, good.labels, good.annotations | {name: value}, "5m")
        return annotation_findings(changed) + link_findings(changed, boards)

    url = good.annotations["dashboard_url"]
    assert label_findings(good) == annotation_findings(good) == link_findings(good, boards) == []
    assert label_findings(Alert("WebchatX", {"severity": "info"}, {}, "5m")) == ["label team is missing"]
    assert with_label("severity", "page") == ["label severity is 'page'"]
    assert with_label("colour", "red") == ["label colour is not known"]
    assert with_label("long", "{{ $value }}") == ["label long holds the value"]
    assert len(annotation_findings(Alert("WebchatX", {}, {}, "5m"))) == len(ANNOTATIONS)
    assert with_annotation("message", "Hello.") == ["annotation message is not known"]
    assert with_annotation("summary", "It is so") == ["summary does not end with a period"]
    assert with_annotation("summary", "{{ $labels.x }}.") == ["summary is not the same for every alert of the name"]
    assert with_annotation("description", "{{ $value }}.") == ["description prints a bare value: $value"]
    assert with_annotation("description", "{{ . | first | value }}.") == [
        "description prints a bare value: . | first | value"
    ]
    assert with_annotation("runbook_url", RUNBOOK_BASE + "Y.md") == ["runbook_url does not lead to its runbook"]
    assert with_annotation("dashboard_url", "https://example.com/") == ["dashboard_url leads to no dashboard"]
    assert with_annotation("dashboard_url", url.replace("-x", "-y")) == [
        "dashboard_url names webchat-y, which no dashboard has as its uid"
    ]
    assert len(with_annotation("dashboard_url", url.replace("-x", "-{{ $labels.platform }}"))) == 4
    chime = Alert(good.name, good.labels, good.annotations | {"dashboard_url": url.replace("-x", "-chime")}, "5m")
    assert link_findings(chime, boards | {"webchat-chime": Board({"target"}, set())}) == []
    assert with_annotation("dashboard_url", url + "&var-z=1") == ["dashboard_url sets var-z, which webchat-x does not have"]
    assert with_annotation("dashboard_url", url.replace(" | urlquery", "")) == [
        "dashboard_url sets var-target without urlquery"
    ]
    panel = good.annotations["panel_url"]
    assert with_annotation("dashboard_url", panel) == ["dashboard_url names a panel"]
    assert with_annotation("panel_url", url) == ["panel_url names no panel"]
    assert with_annotation("panel_url", panel + "0") == ["panel_url names panel 70, which webchat-x does not have"]

    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    row = "| `WebchatX` | critical | chat-ops | words | key | 5m | [WebchatX](runbooks/WebchatX.md) |\n"
    assert table_findings([good], head + row) == []
    assert table_findings([good], head + row.replace("| words |", "| |")) == [
        "alerts/README.md: `WebchatX` has no condition or no threshold in words"
    ]
    for wrong in ("", row * 2, *(row.replace(cell, "other") for cell in ("`WebchatX`", "critical", "chat-ops", "5m"))):
        assert len(table_findings([good], head + wrong)) == 1, wrong
    assert len(table_findings([good], row)) == 1
    alert_table.self_check()


def main() -> int:
    self_check()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    rules = list(alerting_rules(root / "alerts" / RULES.name))
    alerts = [alert_of(rule) for rule in rules]
    findings = findings_of(root, rules, alerts)
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"alerts: {len(alerts)} rules, {len({alert.name for alert in alerts})} names, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
