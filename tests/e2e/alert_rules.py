"""The bundled rules and what their unit tests prove about the labels of the alerts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ALERTS = Path(__file__).resolve().parents[2] / "alerts"
RULES = ALERTS / "webchat.rules.yml"
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DURATION = r"(?:\d+(?:ms|[smhdw]))+"


@dataclass(frozen=True, order=True)
class Alert:
    """What routes tell apart: several rules may have one name."""

    name: str
    severity: str
    team: str

    @classmethod
    def of(cls, labels: dict[str, str]) -> "Alert":
        return cls(labels["alertname"], labels.get("severity", ""), labels.get("team", ""))

    def __str__(self) -> str:
        return f"{self.name} ({self.severity}, {self.team})"


def alerting_rules(path: Path = RULES) -> Iterator[dict]:
    """The alerting rules of the file, as they stand there."""
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
        yield from (rule for rule in group["rules"] if "alert" in rule)


def alerts(path: Path = RULES) -> set[Alert]:
    """All alerts that the rules can raise."""
    return {Alert.of(rule.get("labels", {}) | {"alertname": rule["alert"]}) for rule in alerting_rules(path)}


def proven_labels(tests: Path = ALERTS / "tests") -> dict[Alert, list[dict[str, str]]]:
    """The label sets of each alert that the unit tests expect: promtool fails where a rule gives others."""
    found: dict[Alert, list[dict[str, str]]] = {}
    for path in sorted(tests.glob("*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for case in test.get("alert_rule_test", []):
                for expected in case.get("exp_alerts") or []:
                    labels = {name: str(value) for name, value in expected.get("exp_labels", {}).items()}
                    labels["alertname"] = case["alertname"]
                    found.setdefault(Alert.of(labels), []).append(labels)
    return found


def seconds(duration: str) -> float:
    """The seconds of a duration as Prometheus writes it."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration))


def shortened(rules: dict, factor: float, interval: str) -> dict:
    """A copy of a rules file with every `for`, window and offset divided by `factor` and evaluated every `interval`."""

    def shorter(duration: str) -> str:
        return f"{max(1, round(seconds(duration) / factor))}s"

    def expression(text: str) -> str:
        text = re.sub(rf"(?<=[\[:])({DURATION})(?=[\]:])", lambda match: shorter(match[1]), text)
        return re.sub(rf"(?<=offset )({DURATION})", lambda match: shorter(match[1]), text)

    def rule(original: dict) -> dict:
        durations = {key: shorter(original[key]) for key in ("for", "keep_firing_for") if key in original}
        return original | {"expr": expression(original["expr"])} | durations

    return {
        "groups": [
            group | {"interval": interval, "rules": [rule(each) for each in group["rules"]]}
            for group in rules["groups"]
        ]
    }
