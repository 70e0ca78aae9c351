#!/usr/bin/env python3
"""Checks the example configuration of Prometheus with promtool: as it stands, and with all its variants.

Exit code 0 if all is well, else 1 with promtool's words.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = Path("deploy/prometheus/prometheus.example.yml")
RULES = Path("alerts/webchat.rules.yml")
SECRETS = "/etc/prometheus/"


def with_variants(text: str) -> str:
    """The text with its commented lines: those that begin with `#` and two blanks."""
    return re.sub(r"^#(?=  )", "", text, flags=re.MULTILINE)


def check(directory: Path, text: str) -> str:
    """What promtool complains of when the configuration lies where `webchat_exporter assets` puts it, else nothing."""
    configuration = directory / EXAMPLE
    for file in (configuration, directory / RULES, directory / "webchat-ca.pem", directory / "secrets/webchat-password"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    shutil.copy(ROOT / RULES, directory / RULES)
    configuration.write_text(text.replace(SECRETS, f"{directory}/"), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "config", str(configuration)], capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def main() -> int:
    text = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    cases = {"as it stands": text, "with its variants": with_variants(text)}
    failed = 0
    with tempfile.TemporaryDirectory(prefix="webchat-prometheus-") as directory:
        # Shows that the check can fail.
        assert "unknown_key" in check(Path(directory), text + "    unknown_key: 1\n")
        assert "does not point to an existing file" in check(Path(directory), text.replace("webchat.rules", "missing.rules"))
        for name, case in cases.items():
            complaint = check(Path(directory), case)
            failed += bool(complaint)
            print(f"{EXAMPLE} {name}: {complaint or 'valid'}", file=sys.stderr if complaint else sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
