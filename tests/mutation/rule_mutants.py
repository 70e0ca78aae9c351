"""Rules of a file with their names and dependencies, and small changes to each of them."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import expressions
from alert_rules import seconds


@dataclass(frozen=True)
class Rule:
    """A recording or alerting rule: its name with a number where several rules share it, its group, and its text as parsed."""

    title: str
    group: str
    definition: dict

    @property
    def name(self) -> str:
        """What tests and other rules call it."""
        return self.definition.get("alert") or self.definition["record"]

    def reads(self, name: str) -> bool:
        """Whether its expression or a query in an annotation reads the series of that name."""
        texts = [self.definition["expr"], *self.definition.get("annotations", {}).values()]
        return any(mentions(text, name) for text in texts)


@dataclass(frozen=True)
class Mutant:
    """A changed rule in the place of another."""

    rule: Rule
    change: str
    definition: dict


def mentions(text: str, name: str) -> bool:
    """Whether a text has the name of a series in it, and not as part of a longer name."""
    return re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", text) is not None


def rules_of(document: dict) -> list[Rule]:
    """Every rule of a parsed file in its order."""
    placed = [(group["name"], rule) for group in document["groups"] for rule in group["rules"]]
    names = [rule.get("alert") or rule["record"] for _, rule in placed]
    rules = []
    for index, (group, rule) in enumerate(placed):
        name = names[index]
        title = name if names.count(name) == 1 else f"{name}/{names[: index + 1].count(name)}"
        rules.append(Rule(title, group, rule))
    return rules


def dependants(rules: list[Rule], name: str) -> set[str]:
    """The name itself and the names of all rules that rest on it, over any number of steps."""
    return closure(name, lambda found: [rule.name for rule in rules if rule.reads(found)])


def sources(rules: list[Rule], names: set[str]) -> set[str]:
    """The names and those of all recorded series and alerts that they rest on; an alert is read as the series ALERTS."""

    def read(name: str) -> list[str]:
        readers = [rule for rule in rules if rule.name == name]
        return [other.name for other in rules if any(rule.reads(other.name) for rule in readers)]

    return set().union(*(closure(name, read) for name in names)) if names else set()


def closure(start: str, following: Callable[[str], list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = [name for name in following(waiting.pop()) if name not in found]
        found.update(new)
        waiting.extend(new)
    return found


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """Yields the mutants of a rule: expression, `for`, `keep_firing_for` and labels; two that are alike get a number each."""
    seen: dict[str, int] = {}
    for change, definition in changes_of(rule.definition):
        seen[change] = seen.get(change, 0) + 1
        yield Mutant(rule, change if seen[change] == 1 else f"{change} #{seen[change]}", definition)


def changes_of(definition: dict) -> Iterator[tuple[str, dict]]:
    for change, expression in expressions.mutants(definition["expr"]):
        yield change, definition | {"expr": expression}
    if "alert" in definition:
        for key in ("for", "keep_firing_for"):
            before = definition.get(key)
            for after in durations(seconds(before) if before else 0.0):
                yield f"{key}: {before or 'none'} -> {after}", definition | {key: after}
    for label, value in definition.get("labels", {}).items():
        changed = copy.deepcopy(definition)
        changed["labels"][label] = f"{value}x"
        yield f"{label}: {value} -> {value}x", changed


def durations(span: float) -> list[str]:
    """A tenth longer and shorter, and at least a minute, which is the longest evaluation interval of the tests."""
    step = max(60.0, span * 0.1)
    return [expressions.duration(value) for value in (span + step, span - step) if value >= 0]
