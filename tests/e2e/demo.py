"""The demo on a port of its own."""

from pathlib import Path

from checks import expect_equal
from pages import CONTENT_TYPES
from processes import Answer, Process, free_port, request

# A busy time, hours before a shift ends. Without it, what customers and agents do depends on the hour at which the demo starts.
TIME_OF_DAY = "10:30"


class Demo:
    """A demo on a free port; `prefix` is what its paths begin with, `time_of_day` the hour at which its working day stands."""

    def __init__(
        self, name: str, binary: Path, directory: Path, *flags: str, prefix: str = "", time_of_day: str = TIME_OF_DAY
    ) -> None:
        self.port = free_port()
        self.prefix = prefix
        flags = (*flags, f"--time-of-day={time_of_day}", f"--web.route-prefix={prefix}")
        address = f"127.0.0.1:{self.port}"
        self.process = Process(name, [str(binary), "demo", "--web.listen-address", address, *flags], directory)

    def wait_until_ready(self) -> None:
        self.process.wait_for("/-/ready answers 200", lambda: self.get("/-/ready").status == 200, 60)

    def get(self, path: str, accept: str | None = None, method: str = "GET", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if accept:
            sent["Accept"] = accept
        return request(self.port, self.prefix + path, sent, method)

    def page(self, accept: str, path: str = "/metrics") -> str:
        """A text page; its status and content type are checked."""
        answer = self.get(path, accept)
        expect_equal(answer.status, 200)
        expect_equal(answer.content_type, CONTENT_TYPES[accept])
        return answer.text
