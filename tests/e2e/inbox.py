"""Where Alertmanager's notifications arrive in a test: an HTTP server and a mail server on loopback."""

import email
import email.policy
import json
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Notification:
    """What arrived at a path, or by mail, where the path is `mail:` and the recipient."""

    path: str
    authorization: str
    body: dict
    """The JSON as sent; of a mail its `subject`, `text` and `html`."""


class Inbox:
    """Both servers on free ports, in threads of this process; what they take is kept in order."""

    def __init__(self) -> None:
        self.received: list[Notification] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), WebhookHandler)
        self.mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailHandler)
        for server in (self.http, self.mail):
            server.daemon_threads = True
            server.inbox = self
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        self.http_port = self.http.server_address[1]
        self.mail_port = self.mail.server_address[1]

    def at(self, path: str) -> list[Notification]:
        return [notification for notification in list(self.received) if notification.path == path]

    def wait_for(self, path: str, what: str, wanted: Callable[[dict], bool], seconds: float) -> Notification:
        """The first notification at a path with a body that is wanted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for notification in self.at(path):
                if wanted(notification.body):
                    return notification
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds:.0f} s for {what} at {path}; {len(self.at(path))} others came")

    def end(self) -> None:
        for server in (self.http, self.mail):
            server.shutdown()
            server.server_close()


class WebhookHandler(BaseHTTPRequestHandler):
    """Takes any JSON."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.inbox.received.append(Notification(self.path, self.headers.get("Authorization", ""), body))
        # The answers of PagerDuty and of Slack in one; a webhook's is not read.
        answer = b'{"status": "success", "ok": true}'
        self.send_response(202 if self.path == "/pagerduty" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keeps quiet."""


class MailHandler(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs that neither encrypts nor authenticates."""

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        recipients: list[str] = []
        self.say("220 inbox")
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.split(":")[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                self.take(recipients, b"".join(iter(self.rfile.readline, b".\r\n")).replace(b"\n..", b"\n."))
            if verb == "RCPT TO":
                recipients.append(command.partition(":")[2].strip("<> "))
            if verb == "QUIT":
                self.say("221 bye")
                return
            self.say("250 inbox")

    def take(self, recipients: list[str], data: bytes) -> None:
        message = email.message_from_bytes(data, policy=email.policy.default)
        body = {"subject": message["Subject"]}
        for kind in ("plain", "html"):
            part = message.get_body((kind,))
            body["text" if kind == "plain" else kind] = part.get_content() if part else ""
        for recipient in recipients:
            self.server.inbox.received.append(Notification(f"mail:{recipient}", "", body))
