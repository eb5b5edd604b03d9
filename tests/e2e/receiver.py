"""A merchant's program that takes webhooks, in a process of its own: it writes down what came, and only then says yes.

    python -m tests.e2e.receiver FILE      prints the port it listens on

Each line of the file is one request: `{"id", "timestamp", "signature", "body"}`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request that was answered with 200."""

    id: str
    timestamp: str
    signature: str
    body: str

    @property
    def told(self) -> dict[str, Any]:
        """The message."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    def is_signed_with(self, secret: str) -> bool:
        """By the Standard Webhooks specification 1.0.0: HMAC-SHA256 of id, timestamp and body."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        sign = hmac.new(key, f"{self.id}.{self.timestamp}.{self.body}".encode(), hashlib.sha256).digest()
        return f"v1,{base64.b64encode(sign).decode()}" in self.signature.split()


def received(path: Path) -> Iterator[Received]:
    """What a receiver wrote down, in the order it came."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Received(**json.loads(line))


def serve(out: TextIO) -> None:
    """Listens until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            names = {"id": "webhook-id", "timestamp": "webhook-timestamp", "signature": "webhook-signature"}
            line = {name: self.headers.get(header, "") for name, header in names.items()} | {"body": body}
            with _lock:
                out.write(json.dumps(line) + "\n")
                out.flush()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The file tells enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)  # noqa: T201  whoever started it reads the port
    server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as file:
        serve(file)
