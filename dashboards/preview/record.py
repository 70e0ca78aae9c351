#!/usr/bin/env python3
"""Records what the dashboards' queries answer in the scenarios `normal` and `outage`, into answers/*.json.

Usage: record.py BINARY. For each scenario it starts the demo and a Prometheus that scrapes it and has the bundled rules with all
durations shortened, waits until there is a history to show, and calls record.mjs. Both scenarios run at once, each
with a Prometheus of its own because alerts are not told apart by job. Everything listens on loopback and is ended.
It needs the packages of tests/requirements.txt, Node.js and Prometheus.
"""

import subprocess
import sys
import time
from pathlib import Path

import yaml

PREVIEW = Path(__file__).resolve().parent
ROOT = PREVIEW.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from alert_rules import RULES, shortened  # noqa: E402
from checks import Checks, main  # noqa: E402
from demo import Demo  # noqa: E402
from prometheus_server import PrometheusServer  # noqa: E402

SCENARIOS = ("normal", "outage")
# With this seed hardly anybody waits beyond a limit then but in the outage: the quiet day is quiet.
SEED, TIME_OF_DAY = "1", "14:00"
JOB = "webchat"
# Outages begin after 1 and 31 minutes of the demo's time and last 15: from 10 s to 160 s, and from 310 s to 460 s.
SPEED = 6
SHORTENED = 15
# Of the 300 s that are recorded, 150 s are quiet and the last 120 s are an outage.
SECONDS = 430


def configuration(demo: Demo, rules: Path) -> str:
    """Prometheus with the rules; it scrapes more often than values are recorded."""
    every = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"}
    job = {"job_name": JOB, "static_configs": [{"targets": [f"127.0.0.1:{demo.port}"]}]}
    return yaml.safe_dump({"global": every, "rule_files": [str(rules)], "scrape_configs": [job]})


def run(checks: Checks, binary: Path, directory: Path, running: list) -> None:
    """Starts both scenarios, waits, and records them."""
    rules = directory / "rules.yml"
    short = shortened(yaml.safe_load(RULES.read_text(encoding="utf-8")), SHORTENED, "1s")
    rules.write_text(yaml.safe_dump(short, width=1000, allow_unicode=True), encoding="utf-8")
    end = time.monotonic() + SECONDS
    servers = {}
    for scenario in SCENARIOS:
        flags = ("--scenario", scenario, "--speed", str(SPEED), "--seed", SEED)
        demo = Demo(f"demo-{scenario}", binary, directory, *flags, time_of_day=TIME_OF_DAY)
        running.append(demo.process)
        text = configuration(demo, rules)
        servers[scenario] = PrometheusServer(f"prometheus-{scenario}", {}, directory, text=text)
        running.append(servers[scenario].process)
        checks.check(f"Prometheus scrapes {scenario}", lambda: servers[scenario].wait_until_up({JOB: demo.port}))
    print(f"{end - time.monotonic():.0f} s until the recording", flush=True)
    time.sleep(max(0, end - time.monotonic()))
    for scenario, server in servers.items():
        command = ["node", str(PREVIEW / "record.mjs"), f"http://127.0.0.1:{server.port}", scenario]
        checks.check(f"{scenario} is recorded", lambda: subprocess.run(command, check=True, timeout=120))


if __name__ == "__main__":
    sys.exit(main("record.py", run))
