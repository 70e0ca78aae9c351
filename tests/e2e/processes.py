"""Child processes that are always ended, each by its own process id, and HTTP requests to them."""

import errno
import gzip
import http.client
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOG_LINES_SHOWN = 40
# Below those that systems give to outgoing connections, one of which could otherwise have the port before the server listens.
PORTS = range(12_000, 32_768)
PORTS_PER_PROCESS = 64
COUNTER = itertools.count()


@dataclass
class Answer:
    """An HTTP answer; `body` is as sent, `text` is decoded."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


def request(
    port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes | None = None
) -> Answer:
    """One request to 127.0.0.1 on a connection of its own; no proxy, no redirect."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, another one each time; processes side by side start at different places."""
    while True:
        port = PORTS[(os.getpid() * PORTS_PER_PROCESS + next(COUNTER)) % len(PORTS)]
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise
        return port


def clean_environment() -> dict[str, str]:
    """This environment without proxies and without settings of the exporter."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("WEBCHAT_EXPORTER_")
    }


class Process:
    """A child with its output in a log file."""

    def __init__(self, name: str, command: list[str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        print(f"start {name}: {' '.join(command)}", flush=True)
        with self.log.open("wb") as output:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=directory, env=clean_environment()
            )

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        """Polls until `condition` holds; fails when the time is up or the process has ended."""
        deadline = time.monotonic() + seconds
        reason: object = "it does not hold"
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise AssertionError(f"{self.name} ended with code {self.child.returncode} while waiting until {what}")
            try:
                if condition():
                    return
            except (OSError, http.client.HTTPException) as error:
                reason = error
            time.sleep(0.1)
        raise AssertionError(f"{self.name}: waited {seconds:.0f} s until {what}: {reason}")

    def memory(self, field: str) -> float:
        """A memory figure (`VmRSS`, `VmHWM`) in MiB."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
        raise AssertionError(f"/proc/{self.child.pid}/status has no {field}")

    def terminate(self, seconds: float) -> tuple[int, float]:
        """Sends SIGTERM; gives the exit code and the time it took."""
        start = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=seconds)
        return code, time.monotonic() - start

    def end(self) -> None:
        """Ends the process if it still runs, by force if need be."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def last_lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LOG_LINES_SHOWN:])
