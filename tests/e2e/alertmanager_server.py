"""A real Alertmanager on loopback, without a cluster, and its API."""

import json
from pathlib import Path

import yaml

from processes import Process, free_port, request


class AlertmanagerServer:
    """An Alertmanager with a configuration given as YAML's data."""

    def __init__(self, name: str, configuration: dict, directory: Path) -> None:
        self.port = free_port()
        path = directory / f"{name}.yml"
        path.write_text(yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True), encoding="utf-8")
        self.process = Process(
            name,
            [
                "prometheus-alertmanager",
                f"--config.file={path}",
                f"--storage.path={directory / name}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
                "--log.level=info",
            ],
            directory,
        )

    def wait_until_ready(self) -> None:
        self.process.wait_for("/-/ready answers 200", lambda: request(self.port, "/-/ready").status == 200, 30)

    def add(self, alerts: list[dict[str, str]]) -> None:
        """Adds alerts, given by their labels, that fire for the time being."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        answer = request(self.port, "/api/v2/alerts", {"Content-Type": "application/json"}, "POST", body)
        if answer.status != 200:
            raise AssertionError(f"the alerts were answered with {answer.status}: {answer.text}")

    def alerts(self) -> list[dict]:
        """The alerts that fire, with their status."""
        return json.loads(request(self.port, "/api/v2/alerts").text)
