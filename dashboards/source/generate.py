#!/usr/bin/env python3
"""Writes dashboards/*.json from the boards in this folder; with --check it only says which of them differ.

Exit code 0 if all is written or nothing differs, 1 if something does. Needs the packages of tests/requirements.txt.
"""

import argparse
import difflib
import json
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
sys.path.insert(0, str(SOURCE))

from boards import BOARDS  # noqa: E402
from frame import build  # noqa: E402

DASHBOARDS = SOURCE.parent


def generated() -> dict[Path, str]:
    """The text of every dashboard by the file it belongs into."""
    texts = {}
    for board in BOARDS:
        text = json.dumps(build(board), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        texts[DASHBOARDS / f"{board.uid}.json"] = text
    return texts


def differences(texts: dict[Path, str]) -> list[str]:
    """The first lines in which each file differs from what would be written, and files without a source."""
    found = []
    for path, text in texts.items():
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        if current != text:
            lines = difflib.unified_diff(
                current.splitlines(), text.splitlines(), str(path), "generated", lineterm="", n=0
            )
            found.append("\n".join(list(lines)[:12]))
    for path in sorted(DASHBOARDS.glob("*.json")):
        if path not in texts:
            found.append(f"{path}: no source makes this file")
    return found


def main() -> int:
    """Writes or checks the dashboards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file differs")
    arguments = parser.parse_args()
    texts = generated()
    if arguments.check:
        found = differences(texts)
        print("\n".join(found) or f"{len(texts)} dashboards are as their source makes them.")
        return 1 if found else 0
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(texts)} dashboards written to {DASHBOARDS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
