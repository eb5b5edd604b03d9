"""A merchant with a parcel, a real receiver of webhooks on the loopback, and ways to make news and send it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django_scopes import scopes_disabled

from carriers.vocabulary import EventCode
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import Merchant
from tracking.notify import endpoints
from tracking.notify.address_guard import Guard
from tracking.notify.fan_out import fan_out
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.notify.outbox import Message, claim
from tracking.notify.recording import record
from tracking.notify.sending import Sender, Sent
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.opening import LegSpec
from tracking.shipments.recording.door import record_results
from tracking.shipments.services import register_shipment

WAY = (
    EventCode.SELLER_LABEL_CREATED,
    EventCode.FIRST_MILE_PICKED_UP,
    EventCode.LAST_MILE_OUT_FOR_DELIVERY,
    EventCode.LAST_MILE_DELIVERED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Answer:
    """What the receiver does: its status, header lines, body; `wait_s` before, `drop` for closing without an answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    wait_s: float = 0.0
    drop: bool = False


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A sender that hangs up, or is killed, is what these tests are about."""


class Receiver:
    """A receiver: `answer` is what it says, or a function of what it got."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Answer | Callable[[Received], Answer] = Answer()
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def ids(self) -> list[str]:
        return [each.id for each in self.received]

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Received(path=self.path, headers=headers, body=body)
                with receiver._lock:
                    receiver.received.append(got)
                    receiver.at_once += 1
                    receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
                answer = receiver.answer(got) if callable(receiver.answer) else receiver.answer
                time.sleep(answer.wait_s)
                with receiver._lock:
                    receiver.at_once -= 1
                if answer.drop:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def merchant(db: None) -> Merchant:
    return Merchant.objects.create(name="Lantern Bikes", slug="lantern")


def parcel(merchant: Merchant, order_number: str = "L-1001") -> Shipment:
    legs = [LegSpec(number="1Z12345E0205271688", carrier="ups")]
    with scopes_disabled():
        return register_shipment(merchant, legs=legs, destination_country="DE", order_number=order_number)


@pytest.fixture
def shipment(merchant: Merchant) -> Shipment:
    return parcel(merchant)


def endpoint_at(merchant: Merchant, url: str, **more: Any) -> WebhookEndpoint:
    with scopes_disabled():
        return endpoints.create_endpoint(merchant, endpoints.Wanted(url=url, **more))[0]


@pytest.fixture
def endpoint(merchant: Merchant, receiver: Receiver) -> WebhookEndpoint:
    return endpoint_at(merchant, receiver.url)


def news(shipment: Shipment, *codes: EventCode, is_fanned_out: bool = True) -> None:
    """The carrier tells these, one after the other, each in an answer of its own; then they are fanned out."""
    with scopes_disabled():
        leg = Leg.objects.get(shipment=shipment)
        for code in codes:
            record_results([told(leg, event(code, 40.0 - WAY.index(code)))])
    while is_fanned_out and fan_out():
        pass


def send_due(**options: Any) -> list[Sent]:
    """What one turn of a dispatcher does: claims, sends, records."""
    messages = claim(**options)
    sent = asyncio.run(_send(messages))
    record(sent)
    return sent


async def _send(messages: Sequence[Message], guard: Guard | None = None, **options: Any) -> list[Sent]:
    async with Sender.connect(guard or endpoints.guard(), **options) as sender:
        return list(await asyncio.gather(*(sender.send(message) for message in messages)))


def post(message: Message, guard: Guard | None = None, **options: Any) -> Sent:
    """One attempt, recorded nowhere."""
    return asyncio.run(_send([message], guard, **options))[0]


def the_delivery(**which: Any) -> Delivery:
    with scopes_disabled():
        return Delivery.objects.get(**which)


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    with scopes_disabled():
        return WebhookEndpoint.objects.get(pk=endpoint.pk)
