#!/usr/bin/env python3
"""Changes each rule of alerts/webchat.rules.yml a little, in many ways, and demands that a unit test notices each change.

Thresholds, comparisons, operators, matchers, labels, ranges, `for` and `keep_firing_for` are changed one at a time. A change that no test
of alerts/tests notices is a survivor. Changes that no test can notice are listed in tests/mutation/equivalents.yml, with a reason each.
Exit code 0 if nothing survives, 1 with one line per survivor on standard error, 2 if a test fails without any change.
"""

import argparse
import os
import re
import sys
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "mutation"), str(ROOT / "tests" / "e2e")]

from rule_mutants import Mutant, Rule, mutants_of, rules_of  # noqa: E402
from unit_tests import Case, cases_for, check_rules, load, passes, rules_document  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=Path, default=ROOT / "alerts" / "webchat.rules.yml", help="rule file; its tests are in tests/ beside it")
    parser.add_argument("--equivalents", type=Path, default=ROOT / "tests" / "mutation" / "equivalents.yml", help="changes that no test can notice")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="regular expression for the names of rules")
    return parser.parse_args()


def check_syntax(mutants: list[Mutant]) -> None:
    """Ends the program where a change gives no valid rules, which every test would notice without any merit."""
    groups = [{"name": str(number), "rules": [mutant.definition]} for number, mutant in enumerate(mutants)]
    problem = check_rules(yaml.safe_dump({"groups": groups}))
    if problem is not None:
        print("A change gives rules that are not valid:", problem, sep="\n", file=sys.stderr)
        sys.exit(2)


class Trials:
    """Runs of tests with changed rules. Which test runs first depends on those before, what comes out does not."""

    def __init__(self, rules: list[Rule], tests: list[tuple[str, dict]], chosen: list[Rule], executor: Executor) -> None:
        self.rules = rules
        found = executor.map(lambda rule: cases_for(rules, tests, rule), chosen)
        self.cases = {rule.title: cases for rule, cases in zip(chosen, found, strict=True)}
        self.noticed: Counter[Case] = Counter()
        self.sound: dict[Case, bool] = {}

    def survives(self, mutant: Mutant) -> bool:
        """Whether every test passes with the changed rule; those that noticed the most changes before come first, then the shortest."""
        for case in sorted(self.cases[mutant.rule.title], key=lambda case: (-self.noticed[case], case.evaluations)):
            if not passes(case, rules_document(self.rules, case.rules, mutant.rule, mutant.definition)):
                self.noticed[case] += 1
                if case not in self.sound:
                    self.sound[case] = passes(case, rules_document(self.rules, case.rules))
                return False
        return True

    def unsound(self) -> list[str]:
        """The tests that failed with a change, and fail without it too."""
        return sorted({case.title for case, sound in self.sound.items() if not sound})


def equivalents_of(path: Path) -> set[tuple[str, str]]:
    """The changes that no test can notice, as titles of rules with the changes; an entry without a reason does not count."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return {(rule, entry["change"]) for entry in listed if entry.get("reason") for rule in entry["rules"]}


def findings(survivors: list[Mutant], mutants: list[Mutant], equivalents: set[tuple[str, str]], all_rules: bool) -> list[str]:
    """Survivors that are not listed as equivalents, and entries of the list that are not survivors."""
    found = {(mutant.rule.title, mutant.change) for mutant in survivors}
    lines = [f"survivor: {mutant.rule.title}: {mutant.change}" for mutant in survivors if (mutant.rule.title, mutant.change) not in equivalents]
    tried = {mutant.rule.title for mutant in mutants}
    stale = [f"{rule}: {change}" for rule, change in sorted(equivalents - found) if all_rules or rule in tried]
    return lines + [f"not a survivor, though listed as one: {entry}" for entry in stale]


def main() -> int:
    options = arguments()
    rules = rules_of(yaml.safe_load(options.rules.read_text(encoding="utf-8")))
    tests = load(sorted((options.rules.parent / "tests").glob("*.yml")))
    equivalents = equivalents_of(options.equivalents)
    chosen = [rule for rule in rules if options.only.search(rule.title)]
    mutants = [mutant for rule in chosen for mutant in mutants_of(rule)]
    check_syntax(mutants)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as executor:
        trials = Trials(rules, tests, chosen, executor)
        alive = list(executor.map(trials.survives, mutants))
    if trials.unsound():
        print("Fail without any change:", *trials.unsound(), sep="\n  ", file=sys.stderr)
        return 2
    survivors = [mutant for mutant, lives in zip(mutants, alive, strict=True) if lives]
    lines = findings(survivors, mutants, equivalents, all_rules=len(chosen) == len(rules))
    print(*lines, sep="\n", end="\n" if lines else "", file=sys.stderr)
    print(f"{len(mutants)} changes to {len(chosen)} rules: {len(survivors)} survived, {len(equivalents)} of all are listed as equivalent")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
