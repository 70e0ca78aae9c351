#!/usr/bin/env python3
"""Pages for an outage end to end: the demo, Prometheus with the bundled rules, Alertmanager with the bundled routing.

Usage: alerting.py BINARY. It prints one line per check and exits with 1 if any failed, showing the last log lines.
The rules are evaluated every second, with all durations shortened; of the other configurations only addresses, waits, working
hours and secrets are changed. Everything listens on loopback; every process it starts is ended.
"""

import copy
import html
import sys
from pathlib import Path

import yaml

import panel_queries
from alert_rules import ALERTS, RULES, shortened
from alertmanager_server import AlertmanagerServer
from checks import Checks, expect, expect_equal, main
from demo import Demo
from inbox import Inbox, Notification
from prometheus_server import PrometheusServer

# The outage of the demo lasts 15 minutes of its time from the first minute on: from 6 s to 96 s.
SPEED = 10
# 2 minutes become 8 s. Polls are not shortened, so a larger factor would let hysteresis outlast keep_firing_for.
SHORTENED = 15
JOB = "webchat"
RUNBOOKS = "https://example.com/webchat_exporter/alerts/runbooks"
DASHBOARDS = "https://grafana.example.com/d"
SUPERVISORS_MAIL = "mail:chat-operations@example.com"
# The files with the routing keys of the two teams' services.
ENGINEERS = "pagerduty-routing-key"
SUPERVISORS = "pagerduty-routing-key-supervisors"
PROMETHEUS = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "prometheus.example.yml"

# What Alertmanager must suppress in the outage and by what: alert name, target and channel_id -> name of the suppressing alert.
SUPPRESSED = {
    ("ChimeQueueProcessDown", "service-desk", "1"): "ChimeOutageAnnounced",
    ("WebchatChannelDown", "service-desk", "1"): "ChimeOutageAnnounced",
    ("WebchatChannelDown", "service-desk", "2"): "WebchatNoAgentsOnline",
    ("WebchatChannelDown", "bank-chat", "1000"): "EgainAssignmentServiceDown",
    ("WebchatChannelDown", "clinic", "installation"): "XimaCredentialsRejected",
}
ANNOUNCED = {key for key, source in SUPPRESSED.items() if source == "ChimeOutageAnnounced"}


def prometheus_configuration(demo: Demo, alertmanager: AlertmanagerServer, rules: Path) -> str:
    """The bundled configuration with the addresses of this test, and everything every second."""
    configuration = yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))
    configuration["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(rules)]
    (alertmanagers,) = configuration["alerting"]["alertmanagers"]
    (job,) = configuration["scrape_configs"]
    for entry, port in ((alertmanagers, alertmanager.port), (job, demo.port)):
        entry["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    expect_equal(job["job_name"], JOB)
    return yaml.safe_dump(configuration)


def redirected(configuration: dict, inbox: Inbox, directory: Path) -> dict:
    """The configuration with every notification sent to the inbox, short waits and secrets of this test.

    Engineers work always and supervisors never, so that both sides of working hours are seen.
    """
    changed = copy.deepcopy(configuration)
    secrets = directory / "secrets"
    secrets.mkdir()
    address = f"http://127.0.0.1:{inbox.http_port}"

    def secret(path: str) -> str:
        file = secrets / Path(path).name
        file.write_text(f"{address}/slack" if file.name == "slack-webhook-url" else f"secret of {file.name}")
        return str(file)

    def rewrite(value: object) -> None:
        """Files of secrets and waits, wherever they are."""
        for child in value if isinstance(value, list) else []:
            rewrite(child)
        for key in list(value) if isinstance(value, dict) else []:
            if key.endswith("_file"):
                value[key] = secret(value[key])
            elif key in ("group_wait", "group_interval"):
                value[key] = "1s"
            rewrite(value[key])

    rewrite(changed)
    for receiver in changed["receivers"]:
        # PagerDuty has one address for all services: the routing key tells them apart.
        for kind, path in (("webhook_configs", receiver["name"]), ("pagerduty_configs", "pagerduty")):
            # A new list: an anchor of the file makes one of several receivers.
            if kind in receiver:
                receiver[kind] = [each | {"url": f"{address}/{path}"} for each in receiver[kind]]
    for interval in changed["time_intervals"]:
        years = "1970:2999" if interval["name"].startswith("engineers") else "1970"
        interval["time_intervals"] = [{"years": [years]}]
    changed["global"] |= {"smtp_smarthost": f"127.0.0.1:{inbox.mail_port}", "smtp_require_tls": False}
    changed["templates"] = [str(ALERTS / pattern) for pattern in changed["templates"]]
    return changed


class Outage:
    """What the outage of the demo should lead to."""

    def __init__(self, inbox: Inbox, alertmanager: AlertmanagerServer, prometheus: PrometheusServer) -> None:
        self.inbox = inbox
        self.alertmanager = alertmanager
        self.prometheus = prometheus

    def page(self, name: str, action: str, target: str, seconds: float, key: str = ENGINEERS) -> dict:
        """The event that PagerDuty gets for the service of a team."""

        def wanted(event: dict) -> bool:
            about = (event["event_action"], event["payload"].get("class"), event["payload"].get("component"))
            return (event["routing_key"], *about) == (f"secret of {key}", action, name, target)

        return self.inbox.wait_for("/pagerduty", f"{action} of {name} for {target} by {key}", wanted, seconds).body

    def message(self, path: str, name: str, status: str, target: str, seconds: float) -> Notification:
        """The notification that a webhook gets."""

        def wanted(body: dict) -> bool:
            labels = body["groupLabels"]
            return (body["status"], labels["alertname"], labels.get("target")) == (status, name, target)

        return self.inbox.wait_for(path, f"{name} {status} for {target}", wanted, seconds)

    def check_page_of_engineers(self) -> str:
        """The event as a whole, with both links."""
        event = copy.deepcopy(self.page("EgainAssignmentServiceDown", "trigger", "bank-chat", 60))
        text = event["payload"].pop("custom_details")["firing"]
        expect(len(event.pop("dedup_key")) == 64, "the event has no key of its own")
        expect(f"Runbook: {RUNBOOKS}/EgainAssignmentServiceDown.md" in text, text)
        dashboard = f"{DASHBOARDS}/webchat-egain?var-platform=egain&var-target=bank-chat"
        expected = {
            "routing_key": f"secret of {ENGINEERS}",
            "event_action": "trigger",
            "payload": {
                "summary": "[CRITICAL] The assignment service of eGain does not run. (egain bank-chat)",
                "source": "Alertmanager",
                "severity": "critical",
                "class": "EgainAssignmentServiceDown",
                "component": "bank-chat",
                "group": "egain",
            },
            "client": "Alertmanager",
            "client_url": dashboard,
            "links": [
                {"href": f"{RUNBOOKS}/EgainAssignmentServiceDown.md", "text": "Runbook"},
                {"href": dashboard, "text": "Dashboard"},
            ],
        }
        expect_equal(event, expected)
        self.page("XimaCredentialsRejected", "trigger", "clinic", 30)
        return event["payload"]["summary"]

    def check_slack(self) -> None:
        title = "[CRITICAL] Xima issues no credentials that AWS accepts. (xima clinic)"
        message = self.inbox.wait_for("/slack", title, lambda body: body["attachments"][0]["title"] == title, 30)
        attachment = message.body["attachments"][0]
        buttons = {button["text"]: button["url"] for button in attachment["actions"]}
        expect_equal((message.body["channel"], attachment["color"]), ("#chat-platform", "danger"))
        expect_equal(buttons["Runbook"], f"{RUNBOOKS}/XimaCredentialsRejected.md")
        expect_equal(buttons["Dashboard"], f"{DASHBOARDS}/webchat-xima?var-platform=xima&var-target=clinic")
        expect(buttons["Silence"].endswith("%2Ctarget%3D%22clinic%22%7D"), buttons)

    def check_page_of_supervisors(self) -> str:
        """By their own service of PagerDuty, by the relay to Teams and by mail."""
        event = self.page("WebchatNoAgentsOnline", "trigger", "service-desk", 60, SUPERVISORS)
        found = self.message("/supervisors-page", "WebchatNoAgentsOnline", "firing", "service-desk", 30)
        expect_equal(found.authorization, "Bearer secret of teams-relay-token")
        alert = found.body["alerts"][0]
        expect_equal((alert["labels"]["channel_id"], alert["labels"]["channel"]), ("2", "Sales"))
        runbook, dashboard = alert["annotations"]["runbook_url"], alert["annotations"]["dashboard_url"]
        expect_equal(runbook, f"{RUNBOOKS}/WebchatNoAgentsOnline.md")
        expect_equal(
            dashboard, f"{DASHBOARDS}/webchat-channels?var-platform=chime&var-target=service-desk&var-channel=Sales"
        )
        subject = "[CRITICAL] No agent is online in business hours. (chime service-desk)"
        links = {link["text"]: link["href"] for link in event["links"]}
        expect_equal((event["payload"]["summary"], links), (subject, {"Runbook": runbook, "Dashboard": dashboard}))
        mail = self.inbox.wait_for(SUPERVISORS_MAIL, subject, lambda body: body["subject"] == subject, 30).body
        for kind in ("text", "html"):
            body = html.unescape(mail[kind])
            expect(runbook in body and dashboard in body, mail[kind])
        return subject

    def check_warnings(self) -> str:
        """Engineers get theirs, within hours; supervisors do not get theirs, out of hours."""
        found = self.message("/engineers", "ChimeSystemComponentUnhealthy", "firing", "service-desk", 40)
        expect_equal(found.authorization, "Bearer secret of ticket-token")

        def held_back() -> bool:
            """Which of the supervisors' warnings it is depends on how long the demo's customers wait."""
            alerts = [alert for alert in self.alertmanager.alerts() if alert["status"]["state"] == "active"]
            found = [(alert["labels"]["team"], alert["labels"]["severity"]) for alert in alerts]
            return ("chat-ops", "warning") in found

        self.alertmanager.process.wait_for("a warning for supervisors is active", held_back, 60)
        expect_equal(self.inbox.at("/supervisors"), [])
        return found.body["commonAnnotations"]["summary"]

    def check_suppressed(self) -> str:
        """By Alertmanager's own word, and nothing about them has come."""

        def suppressed() -> dict[tuple[str, str, str], str]:
            alerts = self.alertmanager.alerts()
            names = {alert["fingerprint"]: alert["labels"]["alertname"] for alert in alerts}
            return {
                identity(alert["labels"]): names[alert["status"]["inhibitedBy"][0]]
                for alert in alerts
                if alert["status"]["inhibitedBy"]
            }

        self.alertmanager.process.wait_for(
            f"these are suppressed: {SUPPRESSED}", lambda: SUPPRESSED.items() <= suppressed().items(), 40
        )
        self.expect_none_of(set(SUPPRESSED))
        return f"{len(SUPPRESSED)} alerts"

    def expect_none_of(self, silent: set[tuple[str, str, str]]) -> None:
        """No webhook was told of these, and the engineers' events are not about them.

        An event names the alert and the target, but no channel. The supervisors' have a twin with all labels at their webhook.
        """
        told = {
            identity(alert["labels"])
            for notification in list(self.inbox.received)
            for alert in notification.body.get("alerts", [])
        }
        expect_equal(sorted(told & silent), [])
        events = self.inbox.at("/pagerduty")
        for event in (each for each in events if each.body["routing_key"] == f"secret of {ENGINEERS}"):
            about = (event.body["payload"].get("class"), event.body["payload"].get("component"))
            expect(about not in {(name, target) for name, target, _ in silent}, event.body)

    def check_resolved(self) -> str:
        """The same events end, by the same keys."""
        for name, target, key in (
            ("EgainAssignmentServiceDown", "bank-chat", ENGINEERS),
            ("XimaCredentialsRejected", "clinic", ENGINEERS),
            ("WebchatNoAgentsOnline", "service-desk", SUPERVISORS),
        ):
            began = self.page(name, "trigger", target, 1, key)
            ended = self.page(name, "resolve", target, 120, key)
            expect_equal(ended["dedup_key"], began["dedup_key"])
        self.message("/supervisors-page", "WebchatNoAgentsOnline", "resolved", "service-desk", 60)
        self.message("/engineers", "ChimeSystemComponentUnhealthy", "resolved", "service-desk", 60)
        return ended["payload"]["summary"]

    def check_announced(self) -> None:
        """Of what an announced outage suppresses nothing came even at the end: the announcement outlasts it."""

        def is_over() -> bool:
            alerts = {identity(alert["labels"]) for alert in self.alertmanager.alerts()}
            return not alerts & ANNOUNCED

        self.alertmanager.process.wait_for("the announced outage is over", is_over, 60)
        self.expect_none_of(ANNOUNCED)

    def check_watchdog(self) -> None:
        """The dead man's switch hears the watchdog, with its token; and no alert is without a route."""
        found = self.inbox.wait_for("/dead-man", "the watchdog", lambda body: body["status"] == "firing", 90)
        expect_equal(found.authorization, "Bearer secret of dead-man-token")
        expect_equal([alert["labels"]["alertname"] for alert in found.body["alerts"]], ["WebchatWatchdog"])
        expect_equal(self.inbox.at("mail:monitoring@example.com"), [])

    def check_panels(self) -> str:
        asked, problems = panel_queries.problems(self.prometheus)
        expect(asked and not problems, f"{len(problems)} of {asked}:\n  " + "\n  ".join(problems))
        return f"{asked} queries"

    def check_rules(self) -> str:
        """Every rule was evaluated without an error."""
        groups = panel_queries.ask(self.prometheus, "rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        expect_equal([(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"], [])
        return f"{len(rules)} rules"


def identity(labels: dict[str, str]) -> tuple[str, str, str]:
    return labels["alertname"], labels.get("target", ""), labels.get("channel_id", "")


def run(checks: Checks, binary: Path, directory: Path, running: list) -> None:
    """Starts everything and runs the checks in the order of events; what is started goes into `running`."""
    inbox = Inbox()
    running.append(inbox)
    configuration = yaml.safe_load((ALERTS / "alertmanager.example.yml").read_text(encoding="utf-8"))
    alertmanager = AlertmanagerServer("alertmanager", redirected(configuration, inbox, directory), directory)
    running.append(alertmanager.process)
    checks.check("Alertmanager becomes ready", alertmanager.wait_until_ready)
    rules = directory / "rules.yml"
    short = shortened(yaml.safe_load(RULES.read_text(encoding="utf-8")), SHORTENED, "1s")
    rules.write_text(yaml.safe_dump(short, width=1000, allow_unicode=True), encoding="utf-8")
    demo = Demo("demo", binary, directory, "--scenario", "outage", "--speed", str(SPEED), "--seed", "1")
    running.append(demo.process)
    prometheus = PrometheusServer(
        "prometheus", {}, directory, text=prometheus_configuration(demo, alertmanager, rules)
    )
    running.append(prometheus.process)
    checks.check("Prometheus scrapes the demo", lambda: prometheus.wait_until_up({JOB: demo.port}))
    if checks.failed:
        return
    outage = Outage(inbox, alertmanager, prometheus)
    checks.check("the page for engineers arrives with its links", outage.check_page_of_engineers)
    checks.check("the page arrives in Slack with its buttons", outage.check_slack)
    checks.check("the page for supervisors arrives with its links", outage.check_page_of_supervisors)
    checks.check("what an outage brings along is suppressed", outage.check_suppressed)
    checks.check("warnings arrive in working hours only", outage.check_warnings)
    checks.check("every panel query has an answer", outage.check_panels)
    checks.check("the watchdog reaches the dead man's switch", outage.check_watchdog)
    checks.check("the pages resolve", outage.check_resolved)
    checks.check("the announced outage paged nobody", outage.check_announced)
    checks.check("every rule is evaluated without an error", outage.check_rules)


if __name__ == "__main__":
    sys.exit(main("alerting.py", run))
