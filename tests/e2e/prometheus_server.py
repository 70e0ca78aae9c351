"""Real Prometheus servers that scrape the demo, and questions to them."""

import http.client
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pages import CLASSIC
from processes import Process, free_port, request

CONFIGURATION = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
"""

JOB = """\
  - job_name: {job}
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


class ClassicTextProxy(BaseHTTPRequestHandler):
    """An HTTP proxy that replaces Accept, so that any version of Prometheus gets the classic text format."""

    content_types: set[str] = set()

    def do_GET(self) -> None:
        """Passes a request with an absolute URL on, to loopback only."""
        url = urllib.parse.urlsplit(self.path)
        if url.hostname != "127.0.0.1" or url.port is None:
            self.send_error(403)
            return
        try:
            answer = request(url.port, url.path or "/", {"Accept": CLASSIC})
        except OSError:
            # The exporter is stopped before Prometheus is.
            self.send_error(502)
            return
        self.content_types.add(answer.content_type)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keeps quiet."""


class Proxy:
    """The proxy on a free port of loopback, in threads of this process."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), ClassicTextProxy)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class PrometheusServer:
    """A Prometheus that scrapes every second; `jobs` maps the job's name to a port of loopback.

    A `text` of the configuration takes the place of the one that is made of `jobs` and `proxy`.
    """

    def __init__(
        self, name: str, jobs: dict[str, int], directory: Path, proxy: Proxy | None = None, text: str | None = None
    ) -> None:
        self.name = name
        self.port = free_port()
        text = text or self.configuration(jobs, proxy)
        configuration = directory / f"{name}.yml"
        configuration.write_text(text, encoding="utf-8")
        self.process = Process(
            name,
            [
                "prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={directory / name}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=warn",
            ],
            directory,
        )

    @staticmethod
    def configuration(jobs: dict[str, int], proxy: Proxy | None) -> str:
        text = CONFIGURATION
        for job, port in jobs.items():
            text += JOB.format(job=job, port=port)
            if proxy:
                text += f"    proxy_url: http://127.0.0.1:{proxy.port}\n"
        return text

    def query(self, expression: str) -> list[dict]:
        """The result of an instant query."""
        answer = request(self.port, "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        reply = json.loads(answer.text)
        if reply["status"] != "success":
            raise AssertionError(f"{self.name}: {expression}: {reply}")
        return reply["data"]["result"]

    def wait_until_up(self, jobs: dict[str, int]) -> None:
        """Waits until every job was scraped with success."""

        def is_up() -> bool:
            found = {result["metric"]["job"] for result in self.query("up == 1")}
            return found == set(jobs)

        # Until then it answers queries with a sentence.
        self.process.wait_for("/-/ready answers 200", lambda: request(self.port, "/-/ready").status == 200, 60)
        try:
            self.process.wait_for(f"up is 1 for {', '.join(jobs)}", is_up, 60)
        except AssertionError as error:
            raise AssertionError(f"{error}; scrape errors: {self.scrape_errors()}") from error

    def scrape_errors(self) -> list[str]:
        """What went wrong with the targets' newest scrapes."""
        try:
            targets = json.loads(request(self.port, "/api/v1/targets").text)["data"]["activeTargets"]
            return [target["lastError"] for target in targets if target["lastError"]]
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            return [repr(error)]

    def has_seen(self, name: str, job: str) -> bool:
        """Whether a series of this name was stored in the last minutes, one that has ended included."""
        return bool(self.query(f'count(last_over_time({name}{{job="{job}"}}[15m]))'))

    def missing(self, names: dict[str, str], job: str) -> list[str]:
        """The families of which no series came back; `names` maps a family to the name of one of its samples."""
        return sorted(family for family, name in names.items() if not self.has_seen(name, job))
