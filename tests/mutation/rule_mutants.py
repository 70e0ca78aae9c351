"""Rules of a file with their names and dependencies, and small changes to each of them."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import expressions
from alert_rules import seconds

TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


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
        """Whether its expression or a template in an annotation, outside of which a link may have that name, reads its series."""
        templates = [text for annotation in self.definition.get("annotations", {}).values() for text in TEMPLATE.findall(annotation)]
        return any(mentions(text, name) for text in [self.definition["expr"], *templates])


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


def dependants(rules: list[Rule], start: Rule) -> list[Rule]:
    """The rule itself and all rules that rest on it, over any number of steps, in the order of the file."""
    return closure(rules, [start], lambda found, other: other.reads(found.name))


def sources(rules: list[Rule], start: list[Rule]) -> list[Rule]:
    """The rules themselves and all that make what they rest on, in the order of the file; an alert is read as the series ALERTS."""
    return closure(rules, start, lambda found, other: found.reads(other.name))


def closure(rules: list[Rule], start: list[Rule], follows: Callable[[Rule, Rule], bool]) -> list[Rule]:
    found, waiting = {rule.title for rule in start}, list(start)
    while waiting:
        last = waiting.pop()
        new = [rule for rule in rules if rule.title not in found and follows(last, rule)]
        found.update(rule.title for rule in new)
        waiting.extend(new)
    return [rule for rule in rules if rule.title in found]


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
