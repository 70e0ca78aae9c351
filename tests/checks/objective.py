#!/usr/bin/env python3
"""Runs the command of alerts/README.md that changes the availability objective, and checks that no trace of the old one is left.

It is run on a copy. The board has to be what its source makes of the new objective, promtool has to take the rules, and the texts
must not name what the old objective allowed. Exit code 0 if all is well, 1 with the findings on standard error.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^ *```sh\n( *sed --in-place (?:(?!```).)*?)^ *```$", re.DOTALL | re.MULTILINE)
SUBSTITUTION = re.compile(r"s/[^/]+/[^/]+/g(?:; )?")
CONSTANT = "OBJECTIVE = 0.995\n"
TRACE = re.compile(r"(?<![\d.])(?:0\.995|99\.5|0\.5 ?%|0\.005)(?!\d)|half (?:a |of a |of one )?per cent", re.IGNORECASE)
BOARD = "dashboards/webchat-slo.json"
RULES = "alerts/webchat.rules.yml"
# What the command of the page makes of the objective, and another that has the old limit for red: objective, numbers to put in.
OBJECTIVES: dict[str, dict[str, str]] = {
    "0.999": {},
    "0.99": {"/0.998/": "/0.98/", "/99.8 %/": "/98 %/", "/0.999/": "/0.99/", "/99.9 %/": "/99 %/", r"/0.1\1/": r"/1\1/"},
}


def copied(directory: Path) -> Path:
    """A copy of what the command changes and what the boards are made of."""
    for name in ("alerts", "dashboards"):
        ignored = shutil.ignore_patterns("tests", "preview", "__pycache__")
        shutil.copytree(ROOT / name, directory / name, ignore=ignored)
    shutil.copy(ROOT / "README.md", directory)
    return directory


def command_of(page: str) -> str:
    """The one command of the page that changes the objective."""
    (command,) = COMMAND.findall(page)
    return command


def made_board(objective: str) -> dict:
    """The board as its source makes it for an objective: the constant is in one place."""
    with tempfile.TemporaryDirectory() as directory:
        dashboards = copied(Path(directory)) / "dashboards"
        constants = [path for path in dashboards.rglob("*.py") if CONSTANT in path.read_text(encoding="utf-8")]
        (source,) = constants
        text = source.read_text(encoding="utf-8")
        source.write_text(text.replace(CONSTANT, f"OBJECTIVE = {objective}\n"), encoding="utf-8")
        subprocess.run([sys.executable, dashboards / "source" / "generate.py"], check=True, stdout=subprocess.DEVNULL)
        return json.loads((Path(directory) / BOARD).read_text(encoding="utf-8"))


def traces(root: Path) -> Iterator[str]:
    """What still tells of the old objective, the commands of pages apart."""
    for path in sorted([*root.glob("alerts/**/*.*"), *root.glob("dashboards/*.json")]):
        text = path.read_text(encoding="utf-8")
        # The command names what it replaces; lines stay as many as they are.
        text = COMMAND.sub(lambda match: "\n" * match[0].count("\n"), text)
        for number, line in enumerate(text.splitlines(), start=1):
            for found in TRACE.findall(line):
                yield f"{path.relative_to(root)}:{number}: still says {found!r} once the objective is changed"


def findings(command: str, objective: str, board: dict) -> list[str]:
    """What is wrong after the command."""
    with tempfile.TemporaryDirectory() as directory:
        root = copied(Path(directory))
        subprocess.run(["bash", "-euc", command], cwd=root, check=True)
        found = list(traces(root))
        if json.loads((root / BOARD).read_text(encoding="utf-8")) != board:
            found.append(f"{BOARD}: is not what its source makes of the objective {objective}")
        rules = (root / RULES).read_text(encoding="utf-8")
        before = (ROOT / RULES).read_text(encoding="utf-8")
        if rules.count(f"(1 - {objective})") != before.count("(1 - 0.995)"):
            found.append(f"{RULES}: has other limits than those of the objective {objective}")
        checked = subprocess.run(["promtool", "check", "rules", root / RULES], capture_output=True, text=True)
        if checked.returncode != 0:
            found.append(f"{RULES}: {checked.stdout}{checked.stderr}".strip())
        return found


def main() -> int:
    command = command_of((ROOT / "alerts" / "README.md").read_text(encoding="utf-8"))
    found = []
    for objective, numbers in OBJECTIVES.items():
        board = made_board(objective)
        changed = command
        for old, new in numbers.items():
            assert changed.count(old) == 1, f"the command has not one {old}"
            changed = changed.replace(old, new)
        found += findings(changed, objective, board)
        # Each part of the command is needed, and would be missed.
        for part in SUBSTITUTION.findall(changed):
            assert findings(changed.replace(part, ""), objective, board), f"nobody misses {part}"
    for finding in found:
        print(finding, file=sys.stderr)
    print(f"objective: {len(OBJECTIVES)} objectives, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
