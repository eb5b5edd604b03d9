"""A real HTTP server between the platform and the carrier sandbox: it counts what is asked, and may change what is
answered."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Between(ThreadingHTTPServer):
    """`asked` lists the requests' targets; `change` makes another body of the sandbox's, given the target; `status`,
    another status."""

    daemon_threads = True

    def __init__(self, sandbox_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sandbox_url = sandbox_url
        self.asked: list[str] = []
        self.change: Callable[[str, bytes], bytes] = lambda _, body: body
        self.status: Callable[[str, int], int] = lambda _, status: status

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Between

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        self.server.asked.append(self.path)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "accept-encoding")
        }
        request = urllib.request.Request(self.server.sandbox_url + self.path, body, headers, method=self.command)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                status, said = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                status, said = refusal.code, refusal.read()
        said = self.server.change(self.path, said)
        self.send_response(self.server.status(self.path, status))
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = _pass_on  # noqa: N815

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def between(sandbox_url: str) -> Iterator[Between]:
    """The server, running."""
    with Between(sandbox_url) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
