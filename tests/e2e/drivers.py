"""Those who do not stop while processes die: a carrier that pushes, and a merchant's program that writes. Both repeat
what was not acknowledged, as real ones do, and remember what was."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.e2e.site import NO_ANSWER, Said, Site, ask

_AGAIN_S = 0.3


@dataclass(kw_only=True)
class Driver(threading.Thread):
    """Sends one thing after another until it is stopped; each until it is acknowledged."""

    site: Site
    random: Random
    between_s: float = 0.15
    halt: threading.Event = field(default_factory=threading.Event)
    sent: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)  # answers that no repetition would mend

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.halt.wait(self.between_s):
            self.send_next()

    def end(self) -> None:
        """Lets it bring home what it has begun."""
        self.halt.set()
        self.join(60)
        assert not self.is_alive(), "a driver could not bring home its last message"

    def send_next(self) -> None:
        raise NotImplementedError

    def insist(self, url: str, body: bytes, **headers: str) -> Said | None:
        """The acknowledgement, however often it takes; None where it was refused for good."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        while True:
            try:
                said = ask(url, method="POST", body=body, headers=names, within_s=5)
            except NO_ANSWER:
                said = None
            if said is not None and said.status < 300:
                self.sent += 1
                return said
            if said is not None and said.status not in (409, 429) and said.status < 500:
                self.refused.append(f"{said.status} {said.text[:200]}")
                return None
            self.repeated += 1
            threading.Event().wait(_AGAIN_S)


# 17TRACK's stage and sub-status of one scan after the other: nearly every one changes what a reader sees.
_TURNS = (
    ("InTransit", "InTransit_PickedUp"),
    ("InTransit", "InTransit_Departure"),
    ("InTransit", "InTransit_Arrival"),
    ("OutForDelivery", "OutForDelivery_Other"),
    ("DeliveryFailure", "DeliveryFailure_NoBody"),
)
_SHUFFLED = 20  # messages of so many in a row are told in any order


@dataclass(kw_only=True)
class PushingCarrier(Driver):
    """17TRACK, telling one scan a message, in no good order; every tenth message comes twice, though the first was
    acknowledged. It ends by itself after `most` messages."""

    line: str  # in its words: no other tells the same
    numbers: tuple[str, ...]  # the parcels it tells of, in turn
    token: str
    secret: str
    begins_at: datetime  # the first scan, on the parcels' clock: they may not be older than what is registered
    most: int | None = None
    acknowledged: dict[str, str] = field(default_factory=dict)  # message id -> the wording it told
    _block: list[int] = field(default_factory=list)  # what is to be told next
    _told: int = 0

    __hash__ = threading.Thread.__hash__

    def send_next(self) -> None:
        if not self._block:
            self._block = list(range(self._told, self._told + _SHUFFLED))
            self.random.shuffle(self._block)
            self._told += _SHUFFLED
        self._send(self._block.pop())
        if self.random.random() < 0.1:
            self._send(self.random.randrange(max(1, self._told - _SHUFFLED)))
        if self.most is not None and len(self.acknowledged) >= self.most:
            self.halt.set()

    def _send(self, count: int) -> None:
        text = f"Scan {count:05} of {self.line}"
        body = json.dumps(self._message(count, text)).encode()
        sign = hashlib.sha256(body + b"/" + self.secret.encode()).hexdigest()
        url = f"{self.site.stack.site_url}/hooks/track17/{self.token}"
        if self.insist(url, body, sign=sign) is not None:
            self.acknowledged[hashlib.sha256(body).hexdigest()] = text

    def _message(self, count: int, text: str) -> dict[str, Any]:
        at = self.begins_at + timedelta(minutes=count)
        stage, sub_status = _TURNS[count // len(self.numbers) % len(_TURNS)]
        event = {
            "time_iso": at.isoformat(), "time_utc": f"{at:%Y-%m-%dT%H:%M:%SZ}", "description": text,
            "location": "Shenzhen", "stage": stage, "sub_status": sub_status,
        }  # fmt: skip
        told = {"providers": [{"provider": {"key": 0, "name": "a carrier"}, "events": [event]}]}
        number = self.numbers[count % len(self.numbers)]
        return {"event": "TRACKING_UPDATED", "data": {"number": number, "track_info": {"tracking": told}}}


@dataclass(kw_only=True)
class WritingMerchant(Driver):
    """A program that registers shipments and tells events, each with an Idempotency-Key of its own."""

    registered: dict[str, str] = field(default_factory=dict)  # order number -> our number, as acknowledged
    told: dict[str, str] = field(default_factory=dict)  # the event's words -> number of the shipment it was told of

    __hash__ = threading.Thread.__hash__

    def send_next(self) -> None:
        if self.registered and self.random.random() < 0.4:
            return self._tell()
        order = f"FAULT-{len(self.registered):05}"
        said = self._post("/shipments", {"order_number": order, "destination_country": "DE"})
        if said is not None:
            self.registered[order] = said.json()["number"]
        return None

    def _tell(self) -> None:
        number, text = self.random.choice(sorted(self.registered.values())), f"Word {len(self.told):05}"
        body = {
            "code": "first_mile.picked_up",
            "occurred_at": (datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=len(self.told))).isoformat(),
            "text": text,
            "carrier_name": self.random.choice(["Forwarder", "Broker", "Warehouse"]),
        }
        said = self._post(f"/shipments/{number}/events", body)
        if said is not None:
            self.told[text] = number

    def _post(self, path: str, body: Any) -> Said | None:
        """The answer; one in five gets lost on its way here, and the request is sent again under its key."""
        key = str(uuid.UUID(int=self.random.getrandbits(128)))
        url, data = f"{self.site.stack.site_url}/api/v1{path}", json.dumps(body).encode()
        lost = self.random.random() < 0.2
        said = self.insist(url, data, Authorization=f"Bearer {self.site.key}", Idempotency_Key=key)
        if lost and said is not None:
            again = self.insist(url, data, Authorization=f"Bearer {self.site.key}", Idempotency_Key=key)
            if again is not None and again.body != said.body:
                self.refused.append(f"answered otherwise the second time: {again.text[:200]}")
        return said
