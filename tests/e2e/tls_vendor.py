"""A Chime server behind TLS with a certificate of its own, and the daemon that polls it and checks its own network by it."""

import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from processes import Process, free_port, request

# An outage whose end is announced, which the demo's scenarios do not have.
OUTAGE = {
    "QueueID": 1, "OutageID": 7, "QueueName": "Service Desk", "Title": "Maintenance", "isScheduled": True, "isActive": True,
    "isPlanned": True, "isUpcoming": False, "OutageStart": "2026-03-2T10:00:00", "OutageStop": "2026-03-2T12:00:00.5",
}
CONFIGURATION = """
global: {{ interval: 1s, timeout: 1s }}
connectivity: {{ url: "https://127.0.0.1:{port}/", interval: 1s, timeout: 1s, http: {{ tls_config: {{ ca_file: vendor.pem }} }} }}
targets:
  - name: tls-desk
    http: {{ tls_config: {{ ca_file: vendor.pem }} }}
    chime:
      base_url: https://127.0.0.1:{port}/Chime/Api
      timezone: Europe/London
      collectors: {{ health_monitor: {{ enabled: false }}, queues: {{ enabled: false }}, queue_process: {{ enabled: false }} }}
"""


class Vendor(BaseHTTPRequestHandler):
    """Answers what the outages collector asks."""

    def do_GET(self) -> None:
        outages = self.path.endswith("/GetAllOutages")
        body = json.dumps([OUTAGE] if outages else []).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are not worth a line."""


class TlsVendor:
    """The server; it ends with `end`."""

    def __init__(self, directory: Path) -> None:
        certificate, key = directory / "vendor.pem", directory / "vendor.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        names = ["-subj", "/CN=vendor", "-addext", "subjectAltName=IP:127.0.0.1"]
        names += ["-addext", "basicConstraints=critical,CA:FALSE"]
        files = ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run([*command, *names, *files], check=True, capture_output=True, timeout=30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class TlsDaemon:
    """The daemon with one target behind TLS."""

    def __init__(self, binary: Path, directory: Path, vendor: TlsVendor) -> None:
        configuration = directory / "tls.yml"
        configuration.write_text(CONFIGURATION.format(port=vendor.port), encoding="utf-8")
        self.port = free_port()
        address = f"--web.listen-address=127.0.0.1:{self.port}"
        self.process = Process("serve-tls", [str(binary), f"--config.file={configuration}", address], directory)

    def wait_until_up(self) -> None:
        def is_up() -> bool:
            try:
                answer = request(self.port, "/metrics?name[]=webchat_target_up")
            except OSError:
                return False
            return 'target="tls-desk"} 1' in answer.text

        self.process.wait_for("the target behind TLS is up", is_up, 30)
