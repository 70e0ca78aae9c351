"""Unit tests for promtool, cut down to those that can notice a change to one rule, and runs of them."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from alert_rules import seconds
from rule_mutants import Rule, dependants, mentions, sources

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
SETTINGS = ("evaluation_interval", "group_eval_order")


@dataclass(frozen=True)
class Case:
    """One test of a file in a form that promtool takes, with the rules that it needs, and how many times it evaluates a rule."""

    title: str
    document: str
    rules: frozenset[str]
    evaluations: float


def load(paths: list[Path]) -> list[tuple[str, dict]]:
    """Every test file with its name; scalars stay text, since YAML 1.1 takes a series of values such as 0x39 for a number."""
    files = [(path.name, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)) for path in paths]
    for _, document in files:
        checks = [check for test in document["tests"] for check in test.get("promql_expr_test", [])]
        for sample in [sample for check in checks for sample in check.get("exp_samples", [])]:
            sample["value"] = float(sample["value"])
    return files


def cases_for(rules: list[Rule], files: list[tuple[str, dict]], name: str) -> list[Case]:
    """The tests that look at a name or at what rests on it, with those checks of theirs alone."""
    names = dependants(rules, name)
    recorded = {rule.name for rule in rules if "record" in rule.definition}
    cases = []
    for file, document in files:
        settings = {key: document[key] for key in SETTINGS if key in document}
        for test in document["tests"]:
            alerts = [check for check in test.get("alert_rule_test", []) if check["alertname"] in names]
            values = [check for check in test.get("promql_expr_test", []) if any(mentions(check["expr"], other) for other in names)]
            if not alerts and not values:
                continue
            read = {check["alertname"] for check in alerts}
            read |= {other for check in values for other in recorded if mentions(check["expr"], other)}
            cut = test | {"alert_rule_test": alerts, "promql_expr_test": values}
            text = yaml.dump({"rule_files": ["rules.yml"], **settings, "tests": [cut]}, Dumper=DUMPER, sort_keys=False)
            needed = frozenset(sources(rules, read))
            last = max(seconds(check["eval_time"]) for check in alerts + values)
            evaluations = last / seconds(document.get("evaluation_interval", "1m")) * len(needed)
            cases.append(Case(f"{file}: {test['name']}", text, needed, evaluations))
    return cases


def rules_document(rules: list[Rule], needed: frozenset[str], changed: Rule | None = None, definition: dict | None = None) -> str:
    """A rule file with the rules of the needed names, one of them changed."""
    groups: dict[str, list[dict]] = {}
    for rule in rules:
        if rule.name in needed:
            groups.setdefault(rule.group, []).append(definition if rule is changed else rule.definition)
    document = {"groups": [{"name": group, "rules": members} for group, members in groups.items()]}
    return yaml.dump(document, Dumper=DUMPER, sort_keys=False)


def passes(case: Case, rules_text: str) -> bool:
    """Whether promtool finds the test passed with these rules."""
    with tempfile.TemporaryDirectory(prefix="alert-mutations-") as directory:
        Path(directory, "rules.yml").write_text(rules_text, encoding="utf-8")
        test = Path(directory, "test.yml")
        test.write_text(case.document, encoding="utf-8")
        # Runs are many and short: each on one processor leaves the others to its neighbours, and memory costs less than tidying it.
        environment = os.environ | {"GOMAXPROCS": "1", "GOGC": "400"}
        run = subprocess.run(["promtool", "test", "rules", test], capture_output=True, env=environment, check=False)
        return run.returncode == 0


def check_rules(rules_text: str) -> str | None:
    """What promtool finds wrong with the syntax of a rule file."""
    with tempfile.TemporaryDirectory(prefix="alert-mutations-") as directory:
        path = Path(directory, "rules.yml")
        path.write_text(rules_text, encoding="utf-8")
        run = subprocess.run(["promtool", "check", "rules", "--lint=none", path], capture_output=True, text=True, check=False)
        return None if run.returncode == 0 else run.stdout + run.stderr
