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
    """One test of a file in a form that promtool takes, with the titles of the rules that it needs, and how often it evaluates a rule."""

    title: str
    document: str
    rules: tuple[str, ...]
    evaluations: float


def load(paths: list[Path]) -> list[tuple[str, dict]]:
    """Every test file with its name; scalars stay text, since YAML 1.1 takes a series of values such as 0x39 for a number."""
    files = [(path.name, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)) for path in paths]
    for _, document in files:
        checks = [check for test in document["tests"] for check in test.get("promql_expr_test", [])]
        for sample in [sample for check in checks for sample in check.get("exp_samples", [])]:
            sample["value"] = float(sample["value"])
    return files


def cases_for(rules: list[Rule], files: list[tuple[str, dict]], changed: Rule) -> list[Case]:
    """The tests that look at a rule or at what rests on it, with those checks of theirs alone."""
    affected = dependants(rules, changed)
    names = {rule.name for rule in affected}
    cases = []
    for file, document in files:
        settings = {key: document[key] for key in SETTINGS if key in document}
        for test in document["tests"]:
            alerts = [check for check in test.get("alert_rule_test", []) if check["alertname"] in names]
            values = [check for check in test.get("promql_expr_test", []) if any(mentions(check["expr"], name) for name in names)]
            if alerts or values:
                cut = test | {"alert_rule_test": alerts, "promql_expr_test": values}
                cases.append(cheapest(rules, affected, f"{file}: {test['name']}", settings, cut))
    return cases


def cheapest(rules: list[Rule], affected: list[Rule], title: str, settings: dict, test: dict) -> Case:
    """The test without rules that are namesakes of the affected ones, and without the alerts of these, if it passes; else with all.

    Alerts of one name add up. So if the test passes both ways, a change to a rule on which a namesake does not rest shows in both or in
    neither.
    """
    names = {check["alertname"] for check in test["alert_rule_test"]}
    names |= {rule.name for rule in rules for check in test["promql_expr_test"] if "record" in rule.definition and mentions(check["expr"], rule.name)}
    read = [rule for rule in rules if rule.name in names]
    affected_names = {rule.name for rule in affected}
    some = [rule for rule in read if rule in affected or rule.name not in affected_names]
    if len(some) < len(read):
        narrow = case_of(title, settings, test | {"alert_rule_test": [of_rules(check, some) for check in test["alert_rule_test"]]}, sources(rules, some))
        if passes(narrow, rules_document(rules, narrow.rules)):
            return narrow
    return case_of(title, settings, test, sources(rules, read))


def of_rules(check: dict, rules: list[Rule]) -> dict:
    """A check of an alert without the expected alerts that none of these rules can have sent, by its own labels."""
    labels = [rule.definition.get("labels", {}).items() for rule in rules if rule.name == check["alertname"]]
    expected = [alert for alert in check.get("exp_alerts", []) if any(own <= alert["exp_labels"].items() for own in labels)]
    return check | {"exp_alerts": expected}


def case_of(title: str, settings: dict, test: dict, needed: list[Rule]) -> Case:
    text = yaml.dump({"rule_files": ["rules.yml"], **settings, "tests": [test]}, Dumper=DUMPER, sort_keys=False)
    last = max(seconds(check["eval_time"]) for check in test["alert_rule_test"] + test["promql_expr_test"])
    evaluations = last / seconds(settings.get("evaluation_interval", "1m")) * len(needed)
    return Case(title, text, tuple(rule.title for rule in needed), evaluations)


def rules_document(rules: list[Rule], needed: tuple[str, ...], changed: Rule | None = None, definition: dict | None = None) -> str:
    """A rule file with the rules of the needed titles, one of them changed."""
    groups: dict[str, list[dict]] = {}
    for rule in rules:
        if rule.title in needed:
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
