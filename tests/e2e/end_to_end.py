#!/usr/bin/env python3
"""Runs the demo end to end: pages by the reference parsers, storage by real Prometheus servers, memory and stop.

Usage: end_to_end.py BINARY. It prints one line per check and exits with 1 if any failed, showing the last log lines.
Everything listens on loopback; every process it starts is ended.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import jsonschema

import pages
from bundled_prometheus import check_bundled_prometheus
from checks import Checks, expect, expect_equal, main
from demo import Demo
from pages import CLASSIC, CONTENT_TYPES, OPENMETRICS, PROTOBUF
from processes import Process, clean_environment
from prometheus_server import ClassicTextProxy, PrometheusServer, Proxy
from tls_vendor import TlsDaemon, TlsVendor

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("service-desk", "web-shop", "bank-chat", "clinic")
MEMORY_LIMIT_MIB = 40
STOP_LIMIT_SECONDS = 10

# Families that appear with a failure or an outage only: the run with --scenario outage must show them.
ONLY_IN_TROUBLE = {
    "webchat_collector_failing",
    "webchat_collector_failures_total",
    "chime_outage_start_timestamp_seconds",
}
# Families that the demo cannot have: its simulators speak plain HTTP, and its outage has no announced end.
ONLY_BEHIND_TLS = {
    "webchat_api_tls_certificate_expiry_timestamp_seconds",
    "chime_outage_stop_timestamp_seconds",
}


def eventually_equal(found: Callable[[], set], expected: Callable[[], set]) -> int:
    """Compares two sets that are fetched one after the other; a poll in between may change one, so a few times."""
    for _ in range(10):
        first, second = found(), expected()
        if first == second:
            return len(first)
        time.sleep(0.2)
    raise AssertionError(
        f"only in the first: {sorted(first - second)[:5]}, only in the second: {sorted(second - first)[:5]}"
    )


def check_formats(checks: Checks, demo: Demo) -> None:
    for name, accept in (("classic", CLASSIC), ("OpenMetrics", OPENMETRICS)):
        checks.check(f"{name} page is valid by the reference parser", lambda: check_text_page(demo, accept))
    checks.check(
        "classic page passes promtool check metrics", lambda: expect_equal(pages.promtool(demo.page(CLASSIC)), "")
    )
    checks.check("both text formats have the same series", lambda: same_series(demo))
    checks.check("protobuf page has the same families", lambda: same_families_in_protobuf(demo))
    checks.check(
        "no Accept header gives classic text",
        lambda: expect_equal(demo.get("/metrics").content_type, CONTENT_TYPES[CLASSIC]),
    )
    checks.check("gzip is served on demand", lambda: check_gzip(demo))
    checks.check("HEAD answers like GET without a body", lambda: check_head(demo))
    checks.check("?target= narrows the page to a target", lambda: check_target_selection(demo))
    checks.check("?name[]= narrows the page to families", lambda: check_name_selection(demo))


def check_text_page(demo: Demo, accept: str) -> str:
    text = demo.page(accept)
    series = pages.series(accept, text)
    found = pages.families(text)
    expect_equal(len(found), len(set(found)))
    for target in TARGETS:
        expect(any(("target", target) in labels for _, labels in series), f"no series of {target}")
    return f"{len(found)} families, {len(series)} series, {len(text)} bytes"


def same_series(demo: Demo) -> str:
    count = eventually_equal(
        lambda: pages.series(CLASSIC, demo.page(CLASSIC)), lambda: pages.series(OPENMETRICS, demo.page(OPENMETRICS))
    )
    return f"{count} series"


def same_families_in_protobuf(demo: Demo) -> str:
    def in_protobuf() -> set[str]:
        answer = demo.get("/metrics", PROTOBUF)
        expect_equal(answer.status, 200)
        expect(answer.content_type.startswith("application/vnd.google.protobuf"), answer.content_type)
        found = pages.protobuf_families(answer.content)
        expect(all(found.values()), f"families without metrics: {[name for name, count in found.items() if not count]}")
        return set(found)

    return f"{eventually_equal(in_protobuf, lambda: set(pages.families(demo.page(CLASSIC))))} families"


def check_gzip(demo: Demo) -> str:
    for accept in (CLASSIC, OPENMETRICS, PROTOBUF):
        answer = demo.get("/metrics", accept, Accept_Encoding="gzip")
        expect_equal(answer.headers.get("content-encoding"), "gzip")
        expect(len(answer.content) > len(answer.body), "the page did not shrink")
        if accept in CONTENT_TYPES:
            pages.parsed(accept, answer.text)
    expect("content-encoding" not in demo.get("/metrics", CLASSIC).headers, "gzip without being asked")
    return f"protobuf {len(answer.content)} -> {len(answer.body)} bytes"


def check_head(demo: Demo) -> None:
    answer = demo.get("/metrics", OPENMETRICS, "HEAD")
    expect_equal((answer.status, answer.body), (200, b""))
    expect_equal(answer.content_type, CONTENT_TYPES[OPENMETRICS])
    expect(int(answer.headers.get("content-length", "0")) > 1000, answer.headers)


def targets_of(accept: str, page: str) -> set[str]:
    return {value for _, labels in pages.series(accept, page) for name, value in labels if name == "target"}


def check_target_selection(demo: Demo) -> None:
    for selected in ({"bank-chat"}, {"clinic", "web-shop"}):
        path = "/metrics?" + "&".join(f"target={target}" for target in sorted(selected))
        expect_equal(targets_of(CLASSIC, demo.page(CLASSIC, path)), selected)


def check_name_selection(demo: Demo) -> None:
    names = {"webchat_target_up", "webchat_collector_polls_total"}
    path = "/metrics?" + "&".join(f"name[]={name}" for name in sorted(names))
    expect_equal(set(pages.families(demo.page(CLASSIC, path))), names)
    expect_equal({name for name, _ in pages.series(OPENMETRICS, demo.page(OPENMETRICS, path))}, names)


def check_endpoints(checks: Checks, demo: Demo) -> None:
    for path in ("/-/healthy", "/-/ready", "/"):
        checks.check(f"{path} answers 200", lambda: expect_equal(demo.get(path).status, 200))
    checks.check("/sd lists the targets", lambda: check_discovery(demo))
    for target in TARGETS:
        checks.check(f"/probe polls {target}", lambda: check_probe(demo, target))
    checks.check("/probe refuses what is not a configured name", lambda: check_probe_refusals(demo))
    checks.check("/api/v1/openapi.json describes what is answered", lambda: check_description(demo))
    checks.check("unknown paths are 404", lambda: expect_equal(demo.get("/nothing").status, 404))
    checks.check("other methods are 405", lambda: check_methods(demo))


def check_discovery(demo: Demo) -> str:
    answer = demo.get("/sd")
    expect_equal((answer.status, answer.content_type.split(";")[0]), (200, "application/json"))
    groups = json.loads(answer.text)
    found = {name for group in groups for name in group["targets"]}
    expect(found == set(TARGETS) or all(target in answer.text for target in TARGETS), answer.text)
    return f"{len(groups)} groups"


def check_probe(demo: Demo, target: str) -> str:
    text = demo.page(OPENMETRICS, f"/probe?target={target}")
    expect_equal(targets_of(OPENMETRICS, text), {target})
    up = [line for line in text.splitlines() if line.startswith("webchat_target_up{")]
    expect(len(up) == 1 and up[0].endswith(" 1"), up)
    return f"{len(pages.families(text))} families"


def check_probe_refusals(demo: Demo) -> None:
    for query in ("", "?target=nobody", "?target=http://127.0.0.1/"):
        expect_equal((query, demo.get(f"/probe{query}").status), (query, 400))


def check_description(demo: Demo) -> str:
    """Every described path answers with a described status, content type and body, for every channel of the demo."""
    description = json.loads(demo.get("/api/v1/openapi.json").text)
    targets = json.loads(demo.get("/api/v1/status").text)["targets"]
    named = [(target["name"], channel["id"]) for target in targets for channel in target["channels"]]
    named += [(TARGETS[0], "none"), ("none", "none")]
    answers = 0
    for path, operations in description["paths"].items():
        if path.endswith("/stream"):
            continue
        responses = operations["get"]["responses"]
        for target, channel in named if "{" in path else [("", "")]:
            concrete = path.replace("{target}", quote(target, safe="")).replace("{channel}", quote(channel, safe=""))
            answer = demo.get(concrete)
            expect(str(answer.status) in responses, f"{concrete} answers {answer.status}")
            content = responses[str(answer.status)]["content"]
            expect(answer.content_type in content, f"{concrete} answers {answer.content_type}")
            body = json.loads(answer.text) if "json" in answer.content_type else answer.text
            # References are resolved within the schema that is validated, so it takes the components along.
            schema = content[answer.content_type]["schema"] | {"components": description["components"]}
            jsonschema.Draft202012Validator(schema).validate(body)
            answers += 1
    return f"{answers} answers"


def check_methods(demo: Demo) -> None:
    answer = demo.get("/metrics", method="POST")
    expect_equal((answer.status, answer.headers.get("allow")), (405, "GET, HEAD"))


def check_prometheus(
    checks: Checks, server: PrometheusServer, accept: str, demos: dict[str, Demo], jobs: dict[str, int]
) -> None:
    """Every family of the pages can be asked for, and every family of the README's reference."""
    name = server.name
    checks.check(f"{name} scrapes the demos", lambda: server.wait_until_up(jobs))

    def everything_came_back() -> str:
        names = pages.sample_names(accept, demos["normal"].page(accept))
        server.process.wait_for("all families came back", lambda: not server.missing(names, "normal"), 60)
        return f"{len(names)} families"

    def trouble_came_back() -> str:
        names = {family: family for family in ONLY_IN_TROUBLE}
        server.process.wait_for("the families of trouble came back", lambda: not server.missing(names, "outage"), 90)
        return ", ".join(sorted(names))

    def tls_came_back() -> str:
        names = {family: family for family in ONLY_BEHIND_TLS}
        server.process.wait_for("the families behind TLS came back", lambda: not server.missing(names, "tls"), 60)
        return ", ".join(sorted(names))

    def reference_came_back() -> str:
        expected = reference_families()
        if expected is None:
            return "README.md has no metrics reference yet"
        missing = [family for family in expected if not reference_family_seen(server, family)]
        expect(not missing, f"of {len(expected)} families of the README none of these came back: {missing}")
        return f"{len(expected)} families"

    checks.check(f"{name} gives back every family of the page", everything_came_back)
    checks.check(f"{name} gives back the families of trouble", trouble_came_back)
    checks.check(f"{name} gives back the families behind TLS", tls_came_back)
    checks.check(f"{name} gives back every family of the README", reference_came_back)
    checks.check(f"{name} rejected no scrape", lambda: expect_equal(server.scrape_errors(), []))


def reference_families() -> list[str] | None:
    """The families of the README's metrics reference, None where there is no such part."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    part = re.search(r"<!-- metrics:start -->(.*)<!-- metrics:end -->", text, re.DOTALL)
    if not part:
        return None
    found = re.findall(r"^\|\s*`([a-zA-Z_:][a-zA-Z0-9_:]*)", part[1], re.MULTILINE)
    expect(len(found) > 10, f"the README's metrics reference has {len(found)} rows that start with a family")
    return found


def reference_family_seen(server: PrometheusServer, family: str) -> bool:
    names = (family, f"{family}_total", f"{family}_count", f"{family}_info")
    return any(server.has_seen(name, job) for name in names for job in ("normal", "outage", "tls"))


def check_schema(binary: Path) -> str:
    """The JSON Schema of the configuration is one, takes a minimal configuration and refuses an unknown key."""
    command = [str(binary), "config-schema"]
    output = subprocess.run(command, capture_output=True, timeout=30, check=True, env=clean_environment()).stdout
    schema = json.loads(output)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    target = {"name": "desk", "chime": {"base_url": "https://chime.example.com/Chime/Api"}}
    validator(schema).validate({"targets": [target]})
    expect(not validator(schema).is_valid({"targets": [target], "tragets": []}), "an unknown key is valid by the schema")
    return f"{len(output)} bytes"


def check_memory(process: Process) -> str:
    resident, peak = process.memory("VmRSS"), process.memory("VmHWM")
    expect(resident < MEMORY_LIMIT_MIB, f"{resident:.1f} MiB resident, the limit is {MEMORY_LIMIT_MIB} MiB")
    return f"{resident:.1f} MiB resident, {peak:.1f} MiB at most"


def check_stop(process: Process) -> str:
    code, seconds = process.terminate(STOP_LIMIT_SECONDS)
    expect_equal(code, 0)
    expect("panicked" not in process.log.read_text(encoding="utf-8", errors="replace"), "the log tells of a panic")
    return f"{seconds:.2f} s"


def run(checks: Checks, binary: Path, directory: Path, running: list) -> None:
    """Starts everything and runs the checks; what is started goes into `running`."""

    def started(thing):
        running.append(thing)
        return thing

    checks.check("config-schema is a JSON Schema", lambda: check_schema(binary))
    normal = Demo("demo-normal", binary, directory, "--seed", "7", "--state.file", "state.json")
    started(normal.process)
    outage = Demo("demo-outage", binary, directory, "--scenario", "outage", "--speed", "60")
    started(outage.process)
    demos = {"normal": normal, "outage": outage}
    for name, demo in demos.items():
        checks.check(f"demo {name} becomes ready", demo.wait_until_ready)
    if checks.failed:
        return
    vendor = started(TlsVendor(directory))
    tls = TlsDaemon(binary, directory, vendor)
    started(tls.process)
    checks.check("a target behind TLS is polled with its own authority", tls.wait_until_up)
    jobs = {**{job: demo.port for job, demo in demos.items()}, "tls": tls.port}
    proxy = started(Proxy())
    openmetrics = PrometheusServer("prometheus-openmetrics", jobs, directory)
    started(openmetrics.process)
    classic = PrometheusServer("prometheus-classic", jobs, directory, proxy)
    started(classic.process)
    check_formats(checks, normal)
    check_endpoints(checks, normal)
    check_prometheus(checks, openmetrics, OPENMETRICS, demos, jobs)
    check_prometheus(checks, classic, CLASSIC, demos, jobs)
    checks.check(
        "the second Prometheus got classic text only",
        lambda: expect_equal(ClassicTextProxy.content_types, {CONTENT_TYPES[CLASSIC]}),
    )
    check_bundled_prometheus(checks, binary, directory, normal, set(TARGETS), started)
    checks.check("the page during an outage is valid", lambda: check_text_page(outage, OPENMETRICS))
    for name, demo in demos.items():
        checks.check(f"demo {name} needs little memory", lambda: check_memory(demo.process))
        checks.check(f"demo {name} stops on SIGTERM with code 0", lambda: check_stop(demo.process))


if __name__ == "__main__":
    sys.exit(main(__file__, run))
