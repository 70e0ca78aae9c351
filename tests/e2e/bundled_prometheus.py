"""Prometheus on the configuration that `webchat_exporter assets` writes: the job `webchat`, and the variant with `/probe`."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from checks import Checks, expect, expect_equal
from demo import Demo
from processes import clean_environment, request
from prometheus_server import PrometheusServer

EXAMPLE = Path("deploy/prometheus/prometheus.example.yml")
# Lines that begin with `#` and two blanks are variants; of these, not those that need a proxy with TLS and a login.
VARIANT = re.compile(r"^#(?=  )", re.MULTILINE)
BEHIND_PROXY = re.compile(r"^ *scheme: https\n|^ *tls_config:\n.*\n|^ *basic_auth:\n.*\n.*\n", re.MULTILINE)
# Nobody waits for the intervals of a real site.
FASTER = {"scrape_interval: 15s": "scrape_interval: 1s", "scrape_interval: 60s": "scrape_interval: 2s"}
FASTER["scrape_timeout: 15s"] = "scrape_timeout: 2s"


def loaded_rules(server: PrometheusServer) -> int:
    groups = json.loads(request(server.port, "/api/v1/rules").text)["data"]["groups"]
    return sum(len(group["rules"]) for group in groups)


def values_of(server: PrometheusServer, label: str, expression: str) -> set[str]:
    return {result["metric"][label] for result in server.query(expression)}


def check_bundled_prometheus(
    checks: Checks, binary: Path, directory: Path, demo: Demo, targets: set[str], started: Callable
) -> None:
    """The files are written, and a Prometheus on each form of the example gets what that form is for."""
    assets = directory / "assets"

    def written() -> str:
        command = [str(binary), "assets", str(assets)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=clean_environment()).stdout

    checks.check("assets writes the bundled files", written)
    if not (assets / EXAMPLE).is_file():
        return
    text = (assets / EXAMPLE).read_text(encoding="utf-8").replace("localhost:10064", f"127.0.0.1:{demo.port}")
    # Nothing listens there, and nothing is to be told.
    text = text.replace("localhost:9093", "127.0.0.1:9")
    for before, after in FASTER.items():
        expect(before in text, f"{EXAMPLE} has no {before}")
        text = text.replace(before, after)

    def start(name: str, variant: str) -> PrometheusServer:
        # Beside the example, since the rules are named from there.
        server = PrometheusServer(name, {}, (assets / EXAMPLE).parent, text=variant)
        started(server.process)
        return server

    check_scraping(checks, start("bundled-scrape", text), targets)
    check_probing(checks, start("bundled-probe", BEHIND_PROXY.sub("", VARIANT.sub("", text))), targets)


def check_scraping(checks: Checks, server: PrometheusServer, targets: set[str]) -> None:
    def scraped() -> str:
        server.wait_until_up({"webchat": 0})
        expect_equal(values_of(server, "target", 'webchat_target_up{job="webchat"}'), targets)
        expect_equal(server.scrape_errors(), [])
        rules = loaded_rules(server)
        expect(rules > 0, "no rule is loaded")
        return f"{len(targets)} targets, {rules} rules"

    checks.check("the bundled Prometheus configuration scrapes the demo", scraped)


def check_probing(checks: Checks, server: PrometheusServer, targets: set[str]) -> None:
    def probed() -> str:
        server.wait_until_up({"webchat": 0, "webchat-probe": 0})
        found = 'up{job="webchat-probe"} == 1'
        server.process.wait_for("all are probed", lambda: values_of(server, "instance", found) == targets, 60)
        expect_equal(values_of(server, "target", 'webchat_target_up{job="webchat-probe"} == 1'), targets)
        expect_equal(values_of(server, "job", "webchat_exporter_build_info"), {"webchat"})
        expect_equal(values_of(server, "job", 'count by (job) ({target!=""})'), {"webchat-probe"})
        # A label that came twice would have been renamed.
        expect_equal(server.query('{exported_target!=""} or {exported_instance!=""} or {exported_platform!=""}'), [])
        expect_equal(server.scrape_errors(), [])
        return f"{len(targets)} targets"

    checks.check("its variant discovers and probes the demo's targets", probed)
