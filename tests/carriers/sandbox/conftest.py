"""Asks the sandbox's ASGI application directly, and over loopback HTTP where a client has to."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from carriers import registry
from carriers.base import Access
from carriers.sandbox.app import Sandbox, create_app
from carriers.sandbox.clock import Clock
from carriers.sandbox.wires.sf_express import digest_of
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
    """Speaks every carrier's protocol, by hand."""

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
        form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": secret}
        path, headers = {
            "ups": ("/security/v1/oauth/token", {"Authorization": basic("sandbox", secret)}),
            "fedex": ("/oauth/token", {}),
            "usps": ("/oauth2/v3/token", {}),
        }[carrier]
        return self.call("POST", f"/{carrier}{path}", headers, urlencode(form).encode())

    def bearer(self, carrier: str) -> dict[str, str]:
        if carrier not in self.tokens:
            self.tokens[carrier] = self.token(carrier).json()["access_token"]
        return {"Authorization": f"Bearer {self.tokens[carrier]}"}

    def track(self, carrier: str, number: str, *, key: str = "sandbox", phone: str = "") -> Said:
        """One number, asked as the carrier wants it."""
        return getattr(self, f"_{carrier}")(number, key, phone)

    def _yunexpress(self, number: str, key: str, _phone: str) -> Said:
        token = base64.b64encode(f"{key}&{key}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        return self.call("GET", f"/yunexpress/api/Tracking/GetTrackInfo?OrderNumber={number}", headers)

    def _yanwen(self, number: str, key: str, _phone: str) -> Said:
        return self.call("GET", f"/yanwen/api/tracking?nums={number}", {"Authorization": key})

    def _sf_express(self, number: str, key: str, phone: str) -> Said:
        message = json.dumps({"trackingType": "1", "trackingNumber": [number], "checkPhoneNo": phone})
        form = {
            "partnerID": "sandbox", "requestID": "1", "serviceCode": "EXP_RECE_SEARCH_ROUTES", "timestamp": "1",
            "msgDigest": digest_of(message, "1", key), "msgData": message,
        }  # fmt: skip
        return self.call("POST", "/sf_express/std/service", {}, urlencode(form).encode())

    def _dhl_unified(self, number: str, key: str, _phone: str) -> Said:
        return self.call("GET", f"/dhl_unified/track/shipments?trackingNumber={number}", {"DHL-API-Key": key})

    def _ups(self, number: str, key: str, _phone: str) -> Said:
        headers = {"transId": "1", "transactionSrc": "test"}
        headers |= self.bearer("ups") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
        return self.call("GET", f"/ups/api/track/v1/details/{number}", headers)

    def _fedex(self, number: str, key: str, _phone: str) -> Said:
        headers = self.bearer("fedex") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
        rows = [{"trackingNumberInfo": {"trackingNumber": one}} for one in number.split(",")]
        body = json.dumps({"includeDetailedScans": True, "trackingInfo": rows}).encode()
        return self.call("POST", "/fedex/track/v1/trackingnumbers", headers, body)

    def _usps(self, number: str, key: str, _phone: str) -> Said:
        headers = self.bearer("usps") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
        return self.call("GET", f"/usps/tracking/v3/tracking/{number}?expand=DETAIL", headers)

    def _royalmail(self, number: str, key: str, _phone: str) -> Said:
        headers = {"X-IBM-Client-Id": key, "X-IBM-Client-Secret": key, "X-Accept-RMG-Terms": "yes"}
        return self.call("GET", f"/royalmail/mailpieces/v2/{number}/events", headers)

    def _laposte(self, number: str, key: str, _phone: str) -> Said:
        return self.call("GET", f"/laposte/suivi/v2/idships/{number}?lang=fr_FR", {"X-Okapi-Key": key})

    def _canadapost(self, number: str, key: str, _phone: str) -> Said:
        headers = {"Authorization": basic(key, key), "Accept": "application/vnd.cpc.track-v2+xml"}
        return self.call("GET", f"/canadapost/vis/track/pin/{number}/detail", headers)


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
    """The sandbox in a process of its own, on 1 June 2026; its clock stands still."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, value: Any = None, method: str | None = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.base + path, data=body, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "DEMO_CLOCK": f"0:{datetime(2026, 6, 1, tzinfo=UTC).timestamp()}:0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "carriers.sandbox", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
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


def access_to(server: Server, carrier: str) -> Access:
    """The sandbox's credentials for every one that the adapter asks for."""
    credentials = dict.fromkeys(registry.adapter(carrier).credentials, "sandbox")
    return Access(credentials=credentials, now=datetime.now(UTC), base_url=f"{server.base}/{carrier}")
