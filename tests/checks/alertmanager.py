#!/usr/bin/env python3
"""Checks the bundled Alertmanager configuration against the bundled rules, by amtool and by a running Alertmanager.

It prints one line per check and exits with 1 if any failed. Alertmanager listens on loopback, without a cluster, and is ended.
What labels an alert has is taken from the rules' unit tests, which promtool holds against the rules.
"""

import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from alert_rules import ALERTS, Alert, alerting_rules, alerts, proven_labels, seconds  # noqa: E402
from alertmanager_server import AlertmanagerServer  # noqa: E402
from checks import Checks, expect, expect_equal  # noqa: E402

CONFIGURATION = ALERTS / "alertmanager.example.yml"
TEMPLATES = ALERTS / "templates" / "*.tmpl"

# Which alerts each receiver is for; every alert of the rules stands here. A name with rules of two teams or severities may
# stand twice. `unrouted` has none.
RECEIVERS = {
    "dead-man": {"WebchatWatchdog"},
    "engineers-page": {
        "ChimeQueueProcessDown",
        "EgainAssignmentServiceDown",
        "WebchatAuthenticationFailing",
        "WebchatAvailabilityBudgetBurn",
        "WebchatChannelDown",
        "WebchatChannelUnknown",
        "WebchatConnectivityDown",
        "WebchatExporterAbsent",
        "WebchatExporterDown",
        "WebchatExporterRestarting",
        "WebchatTargetDown",
        "WebchatTlsCertificateExpiring",
        "XimaCredentialsRejected",
        "XimaMultimediaDown",
        "XimaSyntheticChatFailing",
    },
    "engineers": {
        "ChimeQueueComponentUnhealthy",
        "ChimeSystemComponentUnhealthy",
        "EgainAvailabilityContradiction",
        "EgainEntryPointInvalid",
        "WebchatAnswerNotUnderstood",
        "WebchatAuthenticationFailing",
        "WebchatAvailabilityBudgetBurn",
        "WebchatCollectorFailing",
        "WebchatConnectivityDown",
        "WebchatDataStale",
        "WebchatExporterDown",
        "WebchatExporterDroppingSeries",
        "WebchatExporterReloadFailed",
        "WebchatExporterRestarting",
        "WebchatExporterSkippingPolls",
        "WebchatRateLimited",
        "WebchatRedundancyLost",
        "WebchatStateFileNotWritten",
        "WebchatTlsCertificateExpiring",
    },
    "supervisors-page": {
        "WebchatChannelDown",
        "WebchatLongestWaitCritical",
        "WebchatNoAgentsOnline",
    },
    "supervisors": {
        "ChimeOutageAnnounced",
        "WebchatAbandonRateHigh",
        "WebchatCapacityExhausted",
        "WebchatChannelDegraded",
        "WebchatClosedInBusinessHours",
        "WebchatEstimatedWaitHigh",
        "WebchatLongestWaitHigh",
        "WebchatQueueBacklog",
        "WebchatQueueFull",
    },
    "nobody": {"ChimeOutageAnnounced"},
}
WORKING_HOURS = {"engineers": ["engineers-working-hours"], "supervisors": ["supervisors-working-hours"]}

WARNINGS_OF_A_CHANNEL = {
    "WebchatCapacityExhausted",
    "WebchatChannelDegraded",
    "WebchatClosedInBusinessHours",
    "WebchatEstimatedWaitHigh",
    "WebchatLongestWaitHigh",
    "WebchatQueueBacklog",
    "WebchatQueueFull",
}
OF_A_CHANNEL = WARNINGS_OF_A_CHANNEL | {
    "WebchatAvailabilityBudgetBurn",
    "WebchatChannelDown",
    "WebchatChannelUnknown",
    "WebchatLongestWaitCritical",
    "WebchatNoAgentsOnline",
}
OF_A_POLL = {"WebchatCollectorFailing", "WebchatDataStale"}
TARGET = ("job", "platform", "target")
COLLECTOR = (*TARGET, "collector")
CHANNEL = (*TARGET, "channel_id")

# What suppresses what, and the labels that are equal then. A name alone stands for all rules of that name; severity and team
# narrow it down.
INHIBITIONS: list[tuple[str, tuple[str, ...], set[str]]] = [
    (
        "WebchatAuthenticationFailing critical",
        TARGET,
        {"WebchatTargetDown", "WebchatChannelUnknown", "WebchatAuthenticationFailing warning"},
    ),
    ("WebchatAuthenticationFailing", COLLECTOR, OF_A_POLL),
    ("WebchatRateLimited", COLLECTOR, OF_A_POLL),
    ("WebchatAnswerNotUnderstood", COLLECTOR, OF_A_POLL),
    ("WebchatCollectorFailing", COLLECTOR, {"WebchatDataStale"}),
    ("WebchatTargetDown", TARGET, OF_A_POLL | OF_A_CHANNEL | {"WebchatAbandonRateHigh"}),
    ("ChimeOutageAnnounced info", CHANNEL, OF_A_CHANNEL | {"ChimeQueueComponentUnhealthy", "ChimeQueueProcessDown"}),
    ("ChimeQueueProcessDown", CHANNEL, {"WebchatChannelDown chat-platform"}),
    ("EgainAssignmentServiceDown", CHANNEL, {"WebchatChannelDown chat-platform"}),
    ("XimaCredentialsRejected", TARGET, {"WebchatChannelDown chat-platform", "WebchatAuthenticationFailing"}),
    ("XimaMultimediaDown", TARGET, {"WebchatChannelDown chat-platform"}),
    ("XimaSyntheticChatFailing", TARGET, {"WebchatChannelDown chat-platform"}),
    ("WebchatNoAgentsOnline", CHANNEL, {"WebchatChannelDown chat-ops", "WebchatLongestWaitCritical"}),
    ("WebchatChannelDown", CHANNEL, WARNINGS_OF_A_CHANNEL | {"WebchatAvailabilityBudgetBurn"}),
    ("WebchatChannelDown chat-platform", CHANNEL, {"ChimeQueueComponentUnhealthy", "EgainEntryPointInvalid"}),
    (
        "WebchatLongestWaitCritical",
        CHANNEL,
        {"WebchatChannelDegraded", "WebchatChannelDown chat-ops", "WebchatLongestWaitHigh"},
    ),
    ("WebchatLongestWaitHigh", CHANNEL, {"WebchatChannelDegraded"}),
    ("WebchatEstimatedWaitHigh", CHANNEL, {"WebchatChannelDegraded"}),
    ("WebchatQueueBacklog", CHANNEL, {"WebchatChannelDegraded"}),
    ("WebchatCapacityExhausted", CHANNEL, {"WebchatChannelDegraded"}),
    ("WebchatAvailabilityBudgetBurn critical", CHANNEL, {"WebchatAvailabilityBudgetBurn warning"}),
    ("WebchatTlsCertificateExpiring critical", ("job", "host"), {"WebchatTlsCertificateExpiring warning"}),
    ("WebchatExporterDown critical", ("job", "instance"), {"WebchatExporterDown warning"}),
    ("WebchatExporterRestarting critical", ("job", "instance"), {"WebchatExporterRestarting warning"}),
]
# This one suppresses everything but these, wherever they come from; the one of a job suppresses nothing.
ABSENT = "WebchatExporterAbsent"
NEVER_SUPPRESSED = {ABSENT, "WebchatWatchdog"}
# Whoever hears of one of these looks at all channels below it: without the target, none is known, and a target of Xima has one
# channel. So it may suppress alerts that suppress further ones.
ABOUT_ALL_CHANNELS = {
    "WebchatTargetDown",
    "XimaCredentialsRejected",
    "XimaMultimediaDown",
    "XimaSyntheticChatFailing",
}
# Pages that may come before what suppresses them: a channel of a target that does not answer is unknown, so its page is from before
# or after.
BEFORE = {
    ("WebchatTargetDown", name)
    for name in ("WebchatChannelDown", "WebchatNoAgentsOnline", "WebchatLongestWaitCritical", "WebchatAvailabilityBudgetBurn")
}

# Both parsers of matchers read this alike: a classic name, and a quoted value without escapes.
MATCHER = re.compile(r'[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"[^"\\]*"')

NOTIFICATION = {
    "receiver": "engineers-page",
    "status": "firing",
    "externalURL": "http://alertmanager.example.com",
    "groupLabels": {"alertname": "WebchatChannelDown", "platform": "chime", "target": "service desk"},
    "commonLabels": {"alertname": "WebchatChannelDown", "severity": "critical", "target": "service desk"},
    "commonAnnotations": {"summary": "Customers cannot chat."},
    "alerts": [
        {
            "status": "firing",
            "labels": {"channel": "Sales"},
            "annotations": {
                "summary": "Customers cannot chat.",
                "description": "Channel Sales & Support is down.",
                "runbook_url": "https://example.com/runbooks/WebchatChannelDown.md",
                "dashboard_url": "https://grafana.example.com/d/webchat-channels?var-platform=chime&var-channel=Sales",
                "panel_url": "https://grafana.example.com/d/webchat-channels?var-channel=Sales&viewPanel=7",
            },
            "startsAt": "2026-03-02T09:00:00+01:00",
            "endsAt": "0001-01-01T00:00:00Z",
        },
        {
            "status": "resolved",
            "labels": {"channel": "Mortgages"},
            "annotations": {
                "summary": "Customers cannot chat.",
                "description": "Channel Mortgages is down.",
                "runbook_url": "https://example.com/runbooks/WebchatChannelDown.md",
                "dashboard_url": "https://grafana.example.com/d/webchat-channels?var-platform=chime&var-channel=Mortgages",
                "panel_url": "https://grafana.example.com/d/webchat-channels?var-channel=Mortgages&viewPanel=7",
            },
            "startsAt": "2026-03-02T08:00:00Z",
            "endsAt": "2026-03-02T08:10:20.4Z",
        },
    ],
}
# Titles of notifications about no target, by the labels that all of their alerts have.
TITLES = [
    ({"job": "webchat", "instance": "a:10064", "host": "chime.example.com"}, "[CRITICAL] Customers cannot chat. (chime.example.com)"),
    ({"job": "webchat", "instance": "a:10064"}, "[CRITICAL] Customers cannot chat. (a:10064)"),
    ({"job": "webchat"}, "[CRITICAL] Customers cannot chat. (webchat)"),
    ({}, "[CRITICAL] Customers cannot chat."),
]
MESSAGES = {
    "title": "[CRITICAL] Customers cannot chat. (chime service desk)",
    "colour": "danger",
    "runbook": "https://example.com/runbooks/WebchatChannelDown.md",
    "dashboard": "https://grafana.example.com/d/webchat-channels?var-platform=chime&var-channel=Sales",
    "silence": (
        "http://alertmanager.example.com/#/silences/new?filter="
        "%7Balertname%3D%22WebchatChannelDown%22%2Cplatform%3D%22chime%22%2Ctarget%3D%22service%20desk%22%7D"
    ),
    "text": """\
- Channel Sales & Support is down. Since 2026-03-02 08:00:00 UTC.
  https://grafana.example.com/d/webchat-channels?var-platform=chime&var-channel=Sales
  Panel: https://grafana.example.com/d/webchat-channels?var-channel=Sales&viewPanel=7
- Resolved: Customers cannot chat. (Mortgages), after 10m20s.
Runbook: https://example.com/runbooks/WebchatChannelDown.md""",
    "slack": """\
• Channel Sales &amp; Support is down. <https://grafana.example.com/d/webchat-channels?var-platform=chime&var-channel=Sales|Dashboard> \
· <https://grafana.example.com/d/webchat-channels?var-channel=Sales&viewPanel=7|Panel>
• Resolved: Customers cannot chat. (Mortgages), after 10m20s.
""",
    "html": """\
<!DOCTYPE html>
<html><body style="font-family: sans-serif">
<h2>[CRITICAL] Customers cannot chat. (chime service desk)</h2>
<ul>
<li>Channel Sales &amp; Support is down. Since 2026-03-02 08:00:00 UTC. \
<a href="https://grafana.example.com/d/webchat-channels?var-platform=chime&amp;var-channel=Sales">Dashboard</a> \
· <a href="https://grafana.example.com/d/webchat-channels?var-channel=Sales&amp;viewPanel=7">Panel</a></li>
<li>Resolved: Customers cannot chat. (Mortgages), after 10m20s.</li>
</ul>
<p><a href="https://example.com/runbooks/WebchatChannelDown.md">Runbook</a> · \
<a href="http://alertmanager.example.com/#/silences/new?filter=%7Balertname%3D%22WebchatChannelDown%22%2C\
platform%3D%22chime%22%2Ctarget%3D%22service%20desk%22%7D">Silence</a></p>
</body></html>""",
}


def amtool(*arguments: str) -> str:
    """What amtool prints; it fails with amtool's own message."""
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, timeout=30)
    expect(done.returncode == 0, f"amtool {' '.join(arguments)}: {done.stdout}{done.stderr}".strip())
    return done.stdout


def routes(route: dict) -> list[dict]:
    return [route, *itertools.chain.from_iterable(routes(child) for child in route.get("routes", []))]


def check_matchers(configuration: dict) -> str:
    found = [matcher for route in routes(configuration["route"]) for matcher in route.get("matchers", [])]
    for rule in configuration["inhibit_rules"]:
        found += rule["source_matchers"] + rule["target_matchers"]
    expect_equal([matcher for matcher in found if not MATCHER.fullmatch(matcher)], [])
    return f"{len(found)} matchers"


def check_routes(samples: dict[Alert, dict[str, str]]) -> str:
    """Every alert of the rules goes to the receiver of the table, and the table has no others."""
    found: dict[str, set[str]] = {}
    for alert, labels in samples.items():
        pairs = [f"{name}={value}" for name, value in labels.items()]
        receiver = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", *pairs).strip()
        amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", f"--verify.receivers={receiver}", *pairs)
        found.setdefault(receiver, set()).add(alert.name)
    for receiver in sorted(found.keys() | RECEIVERS.keys()):
        expect_equal((receiver, sorted(found.get(receiver, []))), (receiver, sorted(RECEIVERS.get(receiver, []))))
    return f"{len(samples)} alerts"


def check_working_hours(configuration: dict) -> None:
    """Warnings wait for working hours, and nothing else does."""
    intervals = {
        route["receiver"]: route["active_time_intervals"]
        for route in routes(configuration["route"])
        if "active_time_intervals" in route
    }
    expect_equal(intervals, WORKING_HOURS)
    for route in routes(configuration["route"]):
        expect("mute_time_intervals" not in route, route)
        is_warning = 'severity="warning"' in route.get("matchers", [])
        expect_equal((route["receiver"], "active_time_intervals" in route), (route["receiver"], is_warning))
    expect_equal(
        {interval["name"]: [each["location"] for each in interval["time_intervals"]]
         for interval in configuration["time_intervals"]},
        {name: ["Europe/London"] for names in WORKING_HOURS.values() for name in names},
    )


def check_pages(configuration: dict) -> str:
    """Whoever gets critical alerts is paged for their beginning and their end, by a service that no other receiver has."""
    paged = {route["receiver"] for route in routes(configuration["route"]) if 'severity="critical"' in route.get("matchers", [])}
    services = {
        receiver["name"]: [
            (service["routing_key_file"], service["severity"], service.get("send_resolved", True))
            for service in receiver.get("pagerduty_configs", [])
        ]
        for receiver in configuration["receivers"]
    }
    expect_equal({name for name, found in services.items() if found}, paged)
    expect_equal([(name, found) for name, found in services.items() if len(found) > 1], [])
    expect_equal({found[0][1:] for found in services.values() if found}, {("critical", True)})
    expect_equal(len({found[0][0] for found in services.values() if found}), len(paged))
    return f"{len(paged)} receivers"


def check_secrets(configuration: dict) -> str:
    """Every secret is read from a file of the table at the top, and no key that holds a secret itself is used."""
    files, inline = set(), set()

    def visit(value: object, key: str = "") -> None:
        if isinstance(value, dict):
            for name, child in value.items():
                visit(child, name)
        elif isinstance(value, list):
            for child in value:
                visit(child, key)
        elif key.endswith("_file"):
            files.add(str(value))
        elif re.search(r"password|secret|token|credentials|api_url|(routing|service|api)_key", key):
            inline.add(key)

    visit(configuration)
    comment = re.findall(r"^#   ([a-z-]+)  .* (\w+_file)$", CONFIGURATION.read_text(encoding="utf-8"), re.MULTILINE)
    expect_equal(inline, set())
    expect_equal(files, {f"/etc/alertmanager/secrets/{name}" for name, _ in comment})
    return f"{len(files)} files"


def check_messages(directory: Path) -> str:
    """Each template as a whole, for a group with an alert that fires and one that ended."""
    data = directory / "notification.json"
    data.write_text(json.dumps(NOTIFICATION), encoding="utf-8")
    render = ("template", "render", f"--template.glob={TEMPLATES}")
    for name, expected in MESSAGES.items():
        found = amtool(
            *render,
            f'--template.text={{{{ template "webchat.{name}" . }}}}',
            f"--template.type={'html' if name == 'html' else 'text'}",
            f"--template.data={data}",
        )
        expect_equal((name, found), (name, expected))
    for labels, expected in TITLES:
        common = {"alertname": "WebchatX", "severity": "critical"} | labels
        data.write_text(json.dumps(NOTIFICATION | {"groupLabels": {}, "commonLabels": common}), encoding="utf-8")
        found = amtool(*render, '--template.text={{ template "webchat.title" . }}', f"--template.data={data}")
        expect_equal((labels, found), (labels, expected))
    return f"{len(MESSAGES)} templates"


def names(key: str, alert: Alert) -> bool:
    """Whether an entry of the table means the alert."""
    name, *narrower = key.split()
    return name == alert.name and {alert.severity, alert.team}.issuperset(narrower)


def inhibitions(source: Alert, target: Alert) -> list[tuple[str, ...]]:
    """The sets of labels of which one must be equal for `source` to suppress `target`; none where it never does."""
    return [
        same
        for key, same, targets in INHIBITIONS
        if names(key, source) and any(names(target_key, target) for target_key in targets)
    ]


def check_tables(all_alerts: set[Alert]) -> None:
    """The tables of inhibition name alerts of the rules only, and no alert suppresses its like."""
    keys = {ABSENT}.union(*({key} | targets for key, _, targets in INHIBITIONS))
    expect_equal([key for key in sorted(keys) if not any(names(key, alert) for alert in all_alerts)], [])
    expect_equal([str(alert) for alert in sorted(all_alerts) if inhibitions(alert, alert)], [])


def chains(all_alerts: set[Alert]) -> Iterator[tuple[Alert, Alert, Alert]]:
    """All alerts of which the first suppresses the second, and the second the third, but the first not the third."""
    for second in sorted(all_alerts):
        firsts = [alert for alert in sorted(all_alerts) if inhibitions(alert, second)]
        thirds = [alert for alert in sorted(all_alerts) if inhibitions(second, alert)]
        for first, third in itertools.product(firsts, thirds):
            if not inhibitions(first, third):
                yield first, second, third


def check_chains(all_alerts: set[Alert]) -> str:
    """No alert is suppressed only by one that is suppressed itself, for something else: nobody would hear of the last one.

    A suppressed alert still suppresses. The first alert of a chain speaks for the last one if it is about the same thing: the
    labels by which the first link holds include those of the second.
    """
    found = list(chains(all_alerts))
    lost = [
        f"{first} hides {second}, which hides {third}"
        for first, second, third in found
        if first.name not in ABOUT_ALL_CHANNELS
        and any(
            not set(inner) <= set(outer)
            for outer, inner in itertools.product(inhibitions(first, second), inhibitions(second, third))
        )
    ]
    expect_equal(lost, [])
    expect_equal([f"{first} and {second}" for first, second, third in found if first == third], [])
    return f"{len(found)} chains"


def durations(key: str) -> dict[Alert, list[float]]:
    """The seconds that the rules of each alert have under a key."""
    found: dict[Alert, list[float]] = {}
    for rule in alerting_rules():
        alert = Alert.of(rule["labels"] | {"alertname": rule["alert"]})
        found.setdefault(alert, []).append(seconds(rule.get(key, "0s")))
    return found


def suppressed_pages(all_alerts: set[Alert]) -> list[tuple[Alert, Alert]]:
    """What suppresses a page, and the page."""
    return [
        (source, target)
        for source, target in itertools.permutations(sorted(all_alerts), 2)
        if target.severity == "critical" and inhibitions(source, target)
    ]


def check_begins(all_alerts: set[Alert]) -> str:
    """What suppresses a page has no longer `for` than the page, which would come first otherwise."""
    waiting = durations("for")
    found = [pair for pair in suppressed_pages(all_alerts) if (pair[0].name, pair[1].name) not in BEFORE]
    late = [f"{target} is before {source}" for source, target in found if max(waiting[source]) > min(waiting[target])]
    expect_equal(late, [])
    return f"{len(found)} pairs"


def check_ends(all_alerts: set[Alert]) -> str:
    """What suppresses a page keeps firing after its end at least as long as the page: a cause ends before its symptoms."""
    lasting = durations("keep_firing_for")
    found = suppressed_pages(all_alerts)
    late = [f"{target} outlasts {source}" for source, target in found if min(lasting[source]) < max(lasting[target])]
    expect_equal(late, [])
    return f"{len(found)} pairs"


def selects(matchers: list[str], labels: dict[str, str]) -> bool:
    """Whether labels pass matchers, by Alertmanager's semantics: a missing label is empty, patterns are anchored."""
    for matcher in matchers:
        name, operator, pattern = re.fullmatch(r'(\w+?)(=~|!~|!=|=)"(.*)"', matcher).groups()
        value = labels.get(name, "")
        equal = bool(re.fullmatch(pattern, value)) if "~" in operator else value == pattern
        if equal != (operator in ("=", "=~")):
            return False
    return True


def check_equal(configuration: dict, proven: dict[Alert, list[dict[str, str]]]) -> str:
    """Every label under `equal` is carried by every alert on either side: two missing ones would count as equal."""
    everything = [labels for found in proven.values() for labels in found]
    missing = set()
    for rule in configuration["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            selected = [labels for labels in everything if selects(rule[side], labels)]
            expect(selected, f"no alert passes {rule[side]}")
            for labels in selected:
                missing |= {(labels["alertname"], name) for name in rule.get("equal", []) if not labels.get(name)}
    expect_equal(sorted(missing), [])
    return f"{len(configuration['inhibit_rules'])} rules"


def pairs(samples: dict[Alert, dict[str, str]]) -> list[tuple[dict[str, str], dict[str, str], bool]]:
    """All pairs of alerts about one thing, each pair in a job of its own, and whether the first suppresses the second.

    After a pair that does come its neighbours, in which the second alert differs in one of the labels.
    """
    found = []

    def add(source: dict[str, str], target: dict[str, str], suppressed: bool) -> None:
        job = f"pair-{len(found)}"
        found.append((source | {"job": job}, target | {"job": job + target["job"]}, suppressed))

    for source, target in itertools.permutations(sorted(samples), 2):
        if ABSENT in (source.name, target.name):
            continue
        one = samples[source]
        own = {"alertname", "severity", "team"}
        other = {name: value if name in own else one.get(name, value) for name, value in samples[target].items()}
        other["job"] = ""
        sames = inhibitions(source, target)
        add(one, other, bool(sames))
        for label in sorted(set().union(*sames)):
            add(one, other | {label: "another"}, any(label not in same for same in sames))
    return found


def key_of(labels: dict[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


def check_pairs(server: AlertmanagerServer, samples: dict[Alert, dict[str, str]]) -> str:
    """Through the API: what is suppressed, and by what; all the rest is active."""
    server.wait_until_ready()
    cases = pairs(samples)
    server.add([labels for case in cases for labels in case[:2]])
    found = {key_of(alert["labels"]): alert for alert in server.alerts()}
    expect_equal(len(found), 2 * len(cases))
    wrong = []
    for source, target, suppressed in cases:
        expected = ("suppressed", [found[key_of(source)]["fingerprint"]]) if suppressed else ("active", [])
        status = found[key_of(target)]["status"]
        if (status["state"], status["inhibitedBy"]) != expected:
            wrong.append((source, target, expected[0], status["state"]))
    expect(not wrong, f"{len(wrong)} of {len(cases)} pairs, the first: {wrong[:3]}")
    return f"{sum(case[2] for case in cases)} of {len(cases)} pairs are suppressed"


def check_absent(server: AlertmanagerServer, samples: dict[Alert, dict[str, str]]) -> str:
    """An absent exporter suppresses everything of ours but itself and the watchdog, and nothing of others.

    That of a job suppresses nothing, not even of its own job, and is suppressed by it.
    """
    others = {"alertname": "NodeDown", "severity": "critical", "team": "chat-platform"}
    absent = next(labels for alert, labels in samples.items() if alert.name == ABSENT)
    expect("job" not in absent, f"{absent} is of one job")

    def states() -> dict[str, str]:
        return {key_of(alert["labels"]): alert["status"]["state"] for alert in server.alerts()}

    before = states()
    of_jobs = [absent | {"job": labels["job"]} for labels in samples.values() if "job" in labels]
    server.add([*of_jobs, others])
    expect_equal(states(), before | {key_of(labels): "active" for labels in [*of_jobs, others]})
    server.add([absent])
    active = [json.loads(key) for key, state in states().items() if state == "active"]
    expect_equal({labels["alertname"] for labels in active}, NEVER_SUPPRESSED | {"NodeDown"})
    expect_equal([labels for labels in active if labels["alertname"] == ABSENT], [absent])
    return f"{len(samples) - len(NEVER_SUPPRESSED)} alerts"


def quiet(configuration: dict) -> dict:
    """The configuration with receivers that tell nobody."""
    receivers = [{"name": receiver["name"]} for receiver in configuration["receivers"]]
    return {key: configuration[key] for key in ("route", "time_intervals", "inhibit_rules")} | {"receivers": receivers}


def run(checks: Checks, directory: Path, running: list) -> None:
    configuration = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    proven, all_alerts = proven_labels(), alerts()
    checks.check("amtool accepts the configuration", lambda: expect(amtool("check-config", str(CONFIGURATION)), ""))
    checks.check("matchers read alike in both parsers", lambda: check_matchers(configuration))
    checks.check("warnings wait for working hours", lambda: check_working_hours(configuration))
    checks.check("critical alerts page, each team by its own service", lambda: check_pages(configuration))
    checks.check("secrets come from files", lambda: check_secrets(configuration))
    checks.check("templates give the expected messages", lambda: check_messages(directory))
    checks.check(
        "the unit tests of the rules know every alert", lambda: expect_equal(sorted(proven), sorted(all_alerts))
    )
    checks.check("the tables of inhibition name alerts of the rules", lambda: check_tables(all_alerts))
    checks.check("what is suppressed has somebody who hears of it", lambda: check_chains(all_alerts))
    checks.check("what suppresses a page is not later", lambda: check_begins(all_alerts))
    checks.check("what suppresses a page outlasts it", lambda: check_ends(all_alerts))
    checks.check("labels under equal are always there", lambda: check_equal(configuration, proven))
    samples = {alert: labels[0] for alert, labels in proven.items()}
    checks.check("every alert reaches its receiver", lambda: check_routes(samples))
    server = AlertmanagerServer("alertmanager", quiet(configuration), directory)
    running.append(server.process)
    checks.check("inhibition suppresses what it should and no neighbour", lambda: check_pairs(server, samples))
    checks.check("an absent exporter suppresses all but the watchdog", lambda: check_absent(server, samples))


def main() -> int:
    checks = Checks()
    running: list = []
    with tempfile.TemporaryDirectory(prefix="webchat-alertmanager-") as directory:
        try:
            run(checks, Path(directory), running)
        finally:
            for process in running:
                process.end()
                if checks.failed:
                    print(f"last lines of {process.name}:\n{process.last_lines()}")
    print(f"{checks.passed} checks passed, {len(checks.failed)} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
