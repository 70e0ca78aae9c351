#!/usr/bin/env python3
"""Asks the dashboards' queries of made series: each file in dashboards/tests holds cases with series and expected samples.

The expressions are those of dashboards/*.json, with variables put in as Grafana does, and promtool compares the samples. A case is

    name: a sentence
    series: {SELECTOR: VALUES IN PROMTOOL'S NOTATION, ONE A MINUTE}
    expect:
      - query: UID OF THE BOARD / TITLE OF THE PANEL / refId, or `annotation` for the annotation of that name; `*` for all
        at: the moment, as a duration from the first value on
        variables: {NAME: [CHOSEN VALUES]}; a variable that is not named has the value "All"
        samples: {LABELS: VALUE}; all that there are, an empty map where there are none
        legends: the names of the lines, in the order of the samples

Exit code 0 if all is well, 1 with the findings on standard error.
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from grafana_queries import Query, dashboards, queries, variables_of  # noqa: E402

CASES = ROOT / "dashboards" / "tests"
KEYS = {"query", "at", "variables", "samples", "legends"}
REQUIRED_KEYS = {"query", "at", "samples"}
# What Grafana puts in for a range of an hour and a scrape every minute.
TIMES = {"__interval": "1m", "__rate_interval": "4m", "__range": "1h", "__range_s": "3600"}
# Legends that name nothing: annotations and tables have none, and Grafana takes what tells the series apart by itself.
UNNAMED = ("", "__auto")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Loader(yaml.BaseLoader):
    """YAML whose scalars stay text, since 0x39 is a series of values, and in which of two equal keys none is dropped silently."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict:
    pairs = [(loader.construct_object(key), loader.construct_object(value, deep=True)) for key, value in node.value]
    if len(dict(pairs)) < len(pairs):
        raise yaml.constructor.ConstructorError(None, None, "a key is there twice", node.start_mark)
    return dict(pairs)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Expectation:
    """What a query has to answer at a moment; `case` names the case that it is of."""

    case: str
    query: Query
    at: str
    samples: dict[str, float]
    legends: list[str] | None

    def test(self) -> dict:
        """The expectation as promtool takes it."""
        samples = [{"labels": labels, "value": value} for labels, value in self.samples.items()]
        return {"expr": self.query.expression, "eval_time": self.at, "exp_samples": samples}

    def findings(self) -> list[str]:
        """What is wrong with the names of lines, bars and tiles, given that the samples are those expected."""
        query = self.query
        names = [legend(query.legend, labels) for labels in self.samples] if query.legend not in UNNAMED else []
        found = []
        if len(set(names)) < len(names):
            found.append(f"{self.case}: {query}: several have one name: {names}")
        if self.legends is not None and names != self.legends:
            found.append(f"{self.case}: {query}: the names are {names}, not {self.legends}")
        return found


def legend(text: str, labels: str) -> str:
    """The name of a line: its labels put in for their names in braces."""
    values = dict(LABEL.findall(labels))
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: values.get(match[1], ""), text)


def named(name: str, choices: Mapping[str, list[str]], boards: Mapping[str, dict]) -> list[Query]:
    """The query of that name, or every one; a name or a variable that is not there is a ValueError."""
    found = []
    for uid, board in boards.items():
        if name != "*" and not name.startswith(f"{uid} / "):
            continue
        unknown = set(choices) - {variable["name"] for variable in board["templating"]["list"]}
        if unknown:
            raise ValueError(f"{uid} has no variable {sorted(unknown)}")
        variables = variables_of(board, choices) | TIMES
        found += [query for query in queries(board, variables) if name in ("*", str(query))]
    if not found or (name != "*" and len(found) > 1):
        raise ValueError(f"{len(found)} queries are named {name!r}")
    return found


def expectations_of(case: dict, boards: Mapping[str, dict]) -> list[Expectation]:
    """What a case expects; an entry that is not whole is a ValueError."""
    found = []
    for entry in case["expect"]:
        if set(entry) - KEYS or REQUIRED_KEYS - set(entry):
            raise ValueError(f"{case['name']}: an expectation has the keys {sorted(entry)}")
        for query in named(entry["query"], entry.get("variables", {}), boards):
            samples = {labels: float(value) for labels, value in entry["samples"].items()}
            found.append(Expectation(case["name"], query, entry["at"], samples, entry.get("legends")))
    return found


def tests_of(cases: list[dict], boards: Mapping[str, dict]) -> tuple[list[dict], list[Expectation]]:
    """The cases as promtool takes them, and their expectations."""
    tests, expectations = [], []
    for case in cases:
        if set(case) != {"name", "series", "expect"} or not all(case.values()):
            raise ValueError(f"a case has other keys than name, series and expect, or an empty one: {case}")
        expected = expectations_of(case, boards)
        series = [{"series": name, "values": values} for name, values in case["series"].items()]
        checks = [each.test() for each in expected]
        tests.append({"name": case["name"], "interval": "1m", "input_series": series, "promql_expr_test": checks})
        expectations += expected
    return tests, expectations


def complaints(cases: list[dict], boards: Mapping[str, dict]) -> list[str]:
    """What is wrong: each as a text, none where every query answers as expected."""
    tests, expectations = tests_of(cases, boards)
    found = [text for each in expectations for text in each.findings()]
    with tempfile.TemporaryDirectory(prefix="webchat-queries-") as directory:
        path = Path(directory) / "tests.yml"
        document = {"rule_files": [], "evaluation_interval": "1m", "tests": tests}
        path.write_text(yaml.safe_dump(document, width=100_000, allow_unicode=True), encoding="utf-8")
        done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, timeout=300)
    if done.returncode:
        found.append(with_names(done.stdout + done.stderr, expectations))
    return found


def with_names(output: str, expectations: list[Expectation]) -> str:
    """The output of promtool with the names of queries instead of their expressions; several may have one expression."""
    names = defaultdict(set)
    for each in expectations:
        names[each.query.expression].add(str(each.query))
    for expression, same in names.items():
        quoted = expression.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        output = output.replace(f'expr: "{quoted}"', f"query: {', '.join(sorted(same))}")
    return re.sub(r"\n{2,}", "\n", output)


def self_check(cases: list[dict], boards: Mapping[str, dict]) -> None:
    """Shows that the check can fail: with another value, with a sample less, with a sample more, with other names."""

    def is_noticed(change: dict, expected: str) -> bool:
        bad = entry | change
        return any(expected in text for text in complaints([case | {"expect": [bad]}], boards))

    case, entry = next((case, entry) for case in cases for entry in case["expect"] if len(entry["samples"]) > 1)
    samples = entry["samples"]
    first = next(iter(samples))
    assert is_noticed({"samples": samples | {first: "123456"}}, "FAILED")
    assert is_noticed({"samples": {first: samples[first]}, "legends": None}, "FAILED")
    assert is_noticed({"samples": samples | {'{nothing="more"}': "1"}, "legends": None}, "FAILED")
    assert is_noticed({"legends": ["another"]}, "not ['another']")
    for change in ({"query": "webchat-wallboard / Nothing / A"}, {"variables": {"nothing": ["a"]}}, {"more": 1}):
        try:
            complaints([case | {"expect": [entry | change]}], boards)
        except ValueError:
            continue
        raise AssertionError(f"{change} is not noticed")


def main() -> int:
    """Runs all cases at once."""
    boards = {board["uid"]: board for board in dashboards()}
    try:
        texts = [path.read_text(encoding="utf-8") for path in sorted(CASES.glob("*.yml"))]
        cases = [case for text in texts for case in yaml.load(text, Loader=Loader)]
        found = complaints(cases, boards) if cases else ["there are no cases"]
    except (ValueError, yaml.YAMLError) as error:
        found = [str(error)]
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    self_check(cases, boards)
    _, expectations = tests_of(cases, boards)
    print(f"{len(expectations)} queries of the dashboards answer as expected, in {len(cases)} cases.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
