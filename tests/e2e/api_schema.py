#!/usr/bin/env python3
"""Holds `/api/v1/openapi.json` of the running demo against its answers, with requests that Schemathesis makes up.

Usage: api_schema.py BINARY. It prints one line per check and exits with 1 if any failed, showing the last log lines.
Everything listens on loopback; every process it starts is ended.
"""

import http.client
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import jsonschema

from checks import Checks, expect, expect_equal, main
from demo import Demo
from processes import clean_environment

SEED = 7
EXAMPLES_PER_OPERATION = 60
LIMIT_SECONDS = 60
# The stream never ends, so a client that reads whole answers would wait for ever: `check_stream` reads its first event.
ENDLESS = "/stream$"
HOOKS = "api_schema_hooks"
CONFIGURATION = """\
# A warning says that requests did not get far, for example because no made-up name is one of a channel.
[warnings]
fail-on = true

# How /health says that a channel fails; elsewhere it is not described, and so a failure all the same.
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""


def check_answers(demo: Demo, directory: Path, expected: set[int], *flags: str) -> str:
    """Every answer has a described status, content type, headers and body, and all `expected` statuses occur."""
    configuration = directory / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    events = directory / f"{demo.process.name}.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={configuration}"]
    command += ["run", f"http://127.0.0.1:{demo.port}{demo.prefix}/api/v1/openapi.json", "--no-color", "--workers=1"]
    command += [f"--exclude-path-regex={ENDLESS}", "--checks=all", "--continue-on-failure", "--request-timeout=10"]
    command += [f"--seed={SEED}", "--generation-deterministic", f"--max-examples={EXAMPLES_PER_OPERATION}"]
    command += ["--report=ndjson", f"--report-ndjson-path={events}", *flags]
    environment = clean_environment() | {
        "SCHEMATHESIS_HOOKS": HOOKS,
        "PYTHONPATH": os.fspath(Path(__file__).parent),
        "API_SCHEMA_CHANNELS": json.dumps(channels(demo)),
    }
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    expect(result.returncode == 0, f"exit code {result.returncode}\n{result.stdout}{result.stderr}")
    codes = Counter(int(code) for code in re.findall(r'"status_code":\s*(\d+)', events.read_text(encoding="utf-8")))
    expect(expected <= set(codes), f"expected {sorted(expected)}, found {sorted(codes)}")
    return ", ".join(f"{count} x {code}" for code, count in sorted(codes.items()))


def channels(demo: Demo) -> list[dict[str, str]]:
    """Every channel of the demo with its target, escaped as in a path."""
    return [
        {"target": quote(target["name"], safe=""), "channel": quote(channel["id"], safe="")}
        for target in json.loads(demo.get("/api/v1/status").text)["targets"]
        for channel in target["channels"]
    ]


def check_stream(demo: Demo) -> str:
    """The first event of the stream is of the described name and its data has the described shape."""
    description = json.loads(demo.get("/api/v1/openapi.json").text)
    content = description["paths"]["/api/v1/status/stream"]["get"]["responses"]["200"]["content"]
    connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=10)
    try:
        connection.request("GET", f"{demo.prefix}/api/v1/status/stream")
        answer = connection.getresponse()
        expect_equal((answer.status, answer.getheader("content-type")), (200, *content))
        lines = [answer.readline().decode("utf-8").rstrip("\n") for _ in range(3)]
    finally:
        connection.close()
    expect_equal((lines[0], lines[1][:6], lines[2]), ("event: status", "data: ", ""))
    # References are resolved within the schema that is validated, so it takes the components along.
    schema = content["text/event-stream"]["x-event-data"] | {"components": description["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(lines[1][6:]))
    return f"{len(lines[1])} bytes"


def run(checks: Checks, binary: Path, directory: Path, running: list) -> None:
    normal = Demo("demo-normal", binary, directory, "--seed=7")
    running.append(normal.process)
    outage = Demo("demo-outage", binary, directory, "--seed=7", "--scenario=outage", "--speed=20", prefix="/webchat")
    running.append(outage.process)
    for demo in (normal, outage):
        checks.check(f"{demo.process.name} becomes ready", demo.wait_until_ready)
    if checks.failed:
        return
    checks.check("the first event of the stream is as described", lambda: check_stream(normal))
    checks.check(
        "the outage makes the health of all fail",
        lambda: outage.process.wait_for("/health answers 503", lambda: outage.get("/health").status == 503, 60),
    )
    checks.check(
        "every answer is as described during an outage, under a prefix",
        # Its warnings take 503 for requests that did not get far.
        lambda: check_answers(outage, directory, {200, 304, 404, 405, 503}, "--warnings=off"),
    )
    checks.check("every answer is as described", lambda: check_answers(normal, directory, {200, 304, 404, 405}))


if __name__ == "__main__":
    sys.exit(main(__file__, run))
