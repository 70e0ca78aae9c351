"""Checks that are counted, and what they are made of."""

import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from processes import Process


class Checks:
    """Runs checks, prints their outcome and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []

    def check(self, name: str, action: Callable[[], object]) -> None:
        """A check fails by raising; what it returns is printed."""
        start = time.monotonic()
        try:
            detail = action()
        except Exception as error:  # Whatever went wrong is this check's failure, and the others go on.
            self.failed.append(name)
            print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
        else:
            self.passed += 1
            suffix = f": {detail}" if detail else ""
            print(f"PASS {name}{suffix} ({time.monotonic() - start:.1f} s)", flush=True)


def expect(condition: bool, message: object) -> None:
    if not condition:
        raise AssertionError(message)


def expect_equal(found: object, expected: object) -> None:
    expect(found == expected, f"found {found!r}, expected {expected!r}")


def main(script: str, run: Callable[[Checks, Path, Path, list], None]) -> int:
    """Runs checks on the binary that the command line names; what they start goes into a list and is ended."""
    name = Path(script).name
    if len(sys.argv) != 2:
        print(f"usage: {name} BINARY", file=sys.stderr)
        return 2
    # A polite end must not leave children behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    binary = Path(sys.argv[1]).resolve()
    if not binary.is_file():
        print(f"there is no binary {binary}; build it first: cargo build --release", file=sys.stderr)
        return 2
    checks = Checks()
    running: list = []
    with tempfile.TemporaryDirectory(prefix=f"webchat-{Path(script).stem}-") as directory:
        try:
            run(checks, binary, Path(directory), running)
        finally:
            for thing in reversed(running):
                thing.end()
            if checks.failed:
                for process in (thing for thing in running if isinstance(thing, Process)):
                    print(f"last lines of {process.name}:\n{process.last_lines()}")
    for name in checks.failed:
        print(f"FAILED: {name}")
    print(f"{checks.passed} checks passed, {len(checks.failed)} failed")
    return 1 if checks.failed else 0
