"""Asks the sandbox's ASGI application directly, and over loopback HTTP where a client has to."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from carriers import registry
from carriers.base import Access
from carriers.sandbox.app import Sandbox, create_app
from carriers.sandbox.clock import Clock
from carriers.sandbox.world import Journey, World

KEY = "sandbox"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class Said:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Asker:
    """Calls the application in this process, with the tokens it was given."""

    def __init__(self, app: Sandbox) -> None:
        self.app = app
        self.tokens: dict[str, str] = {}

    def call(self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Said:
        path, _, query = target.partition("?")
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        }  # fmt: skip
        asyncio.run(self.app(scope, receive, send))
        names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Said(sent[0]["status"], names, b"".join(part["body"] for part in sent[1:]))

    def control(self, method: str, path: str, value: Any = None) -> Any:
        said = self.call(method, f"/sandbox{path}", body=b"" if value is None else json.dumps(value).encode())
        assert said.status == 200, said.body
        return said.json()

    def token(self, carrier: str, secret: str = KEY) -> Said:
        """Asks for an OAuth token, the client's secret both in the form and in the header."""
        form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": secret}
        headers = {"Authorization": basic("sandbox", secret)}
        return self.call("POST", f"/{carrier}{asker_of(carrier).TOKEN}", headers, urlencode(form).encode())

    def bearer(self, carrier: str) -> dict[str, str]:
        if carrier not in self.tokens:
            self.tokens[carrier] = self.token(carrier).json()["access_token"]
        return {"Authorization": f"Bearer {self.tokens[carrier]}"}

    def track(self, carrier: str, number: str, *, key: str = "sandbox", phone: str = "") -> Said:
        """One number, asked as the carrier wants it."""
        said: Said = asker_of(carrier).ask(self, number, key, phone)
        return said


def asker_of(carrier: str) -> Any:
    """The module of `askers` that speaks a carrier's protocol by hand (imported late: it imports this one)."""
    return importlib.import_module(f"{__package__}.askers.{carrier}")


@pytest.fixture
def world() -> World:
    """A world that stands still, two months after its parcels started: every story has been told to its end."""
    return World(5, Clock(0.0, (START + timedelta(days=60)).timestamp(), 0.0))


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(create_app(world))


@pytest.fixture
def begin(world: World) -> Any:
    """Starts a story at START."""

    def start(story: str, seed: int = 1) -> Journey:
        return world.create(story, start_at=START, seed=seed)

    return start


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A loopback HTTP server that keeps the one request it gets."""
    got: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65_536)
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(
                next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1]
            )
            while len(body) < length:
                body += connection.recv(65_536)
            got.extend([head, body])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/push", got
    server.close()
    thread.join(timeout=5)


class Server:
    """The sandbox in a process of its own."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, value: Any = None, method: str | None = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.base + path, data=body, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            pytest.fail(f"{path} {value}: {error.code} {error.read().decode('utf-8', 'replace')}", pytrace=False)


@contextmanager
def serving(*options: str, clock: str) -> Iterator[Server]:
    """The sandbox in a process of its own. `clock`: as DEMO_CLOCK says it; empty for the machine's time."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "carriers.sandbox", "--port", str(port), *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "DEMO_CLOCK": clock},
    )  # fmt: skip
    started = Server(port)
    try:
        for _ in range(100):
            try:
                started.ask("/sandbox/clock")
                break
            except OSError:
                time.sleep(0.1)
        yield started
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """On 1 June 2026; its clock stands still, and it pushes nothing."""
    with serving(clock=f"0:{datetime(2026, 6, 1, tzinfo=UTC).timestamp()}:0") as started:
        yield started


def access_to(server: Server, carrier: str) -> Access:
    """The sandbox's credentials for every one that the adapter asks for."""
    credentials = dict.fromkeys(registry.adapter(carrier).credentials, "sandbox")
    return Access(credentials=credentials, now=datetime.now(UTC), base_url=f"{server.base}/{carrier}")
