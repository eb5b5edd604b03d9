"""Sends a carrier's push of what it knows of a number, signed as the carrier does, to the same machine only."""

from __future__ import annotations

import hashlib
import http.client
from typing import Any
from urllib.parse import urlsplit

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import dump
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import word_of
from carriers.sandbox.wires import PUSHES, WIRES
from carriers.sandbox.world import World
from carriers.vocabulary import EventCode, Status

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_STATUSES = {
    Status.INFO_RECEIVED: ("InfoReceived", "InfoReceived"),
    Status.IN_TRANSIT: ("InTransit", "InTransit_Other"),
    Status.OUT_FOR_DELIVERY: ("OutForDelivery", "OutForDelivery_Other"),
    Status.AVAILABLE_FOR_PICKUP: ("AvailableForPickup", "AvailableForPickup_Other"),
    Status.ATTEMPT_FAILED: ("DeliveryFailure", "DeliveryFailure_Other"),
    Status.DELIVERED: ("Delivered", "Delivered_Other"),
    Status.EXCEPTION: ("Exception", "Exception_Other"),
    Status.RETURNING: ("Exception", "Exception_Returning"),
    Status.RETURNED: ("Exception", "Exception_Returned"),
    Status.CANCELLED: ("Exception", "Exception_Cancel"),
}  # fmt: skip
_SUB_STATUSES = {
    EventCode.FIRST_MILE_PICKED_UP: "InTransit_PickedUp",
    EventCode.LINEHAUL_DEPARTED: "InTransit_Departure",
    EventCode.LINEHAUL_ARRIVED: "InTransit_Arrival",
    EventCode.IMPORT_CUSTOMS_PRESENTED: "InTransit_CustomsProcessing",
    EventCode.IMPORT_CUSTOMS_RELEASED: "InTransit_CustomsReleased",
}


class NoPush(ValueError):
    """The push cannot be made; the message says why."""


def _states(code: EventCode) -> tuple[str, str]:
    stage, sub = _STATUSES.get(code.status or Status.IN_TRANSIT, ("InTransit", "InTransit_Other"))
    return stage, _SUB_STATUSES.get(code, sub)


def track17_body(leg: ParcelLeg, version: int) -> bytes:
    """17TRACK's TRACKING_UPDATED of v2.2: one provider with its events, newest first."""
    events: list[dict[str, Any]] = []
    for told in reversed(leg.known(version)):
        local = told.city.local(told.at)
        stage, sub = _states(told.scan.what)
        text = word_of(WIRES[leg.asked].WORDS, told).text
        events.append({
            "time_iso": local.isoformat(), "time_utc": told_utc(told.at),
            "time_raw": {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "timezone": None},
            "description": text.format(city=told.city.name, flight=told.scan.flight, place=told.city.name),
            "location": told.city.name, "stage": stage, "sub_status": sub,
            "address": {"country": told.city.country, "city": told.city.name},
        })  # fmt: skip
    latest = events[0]
    return dump({
        "event": "TRACKING_UPDATED",
        "data": {
            "number": leg.number, "carrier": 0, "tag": "",
            "track_info": {
                "shipping_info": {
                    "shipper_address": {"country": leg.origin.country},
                    "recipient_address": {"country": leg.destination.country},
                },
                "latest_status": {"status": latest["stage"], "sub_status": latest["sub_status"]},
                "latest_event": latest,
                "tracking": {"providers": [{"provider": {"key": 0, "name": leg.carrier}, "events": events}]},
            },
        },
    })  # fmt: skip


def told_utc(epoch_s: float) -> str:
    """ISO 8601 with Z."""
    return f"{GMT.local(epoch_s):%Y-%m-%dT%H:%M:%SZ}"


def track17(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """17TRACK follows every carrier's numbers."""
    body = track17_body(leg, version)
    sign = hashlib.sha256(body + b"/" + secret.encode()).hexdigest()
    return body, {"Content-Type": "application/json", "sign": sign}


BUILDERS = PUSHES | {"track17": track17}


def leg_of(world: World, kind: str, number: str) -> ParcelLeg | None:
    """The leg that a carrier may push."""
    if kind == "track17":
        return next((leg for (_, known), leg in world.legs.items() if known == number), None)
    return world.leg(kind, number)


def build(world: World, kind: str, number: str, secret: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a push of a number's present state. Raises NoPush."""
    if kind not in BUILDERS:
        raise NoPush(f"{kind!r} does not push; {', '.join(sorted(BUILDERS))} do")
    leg = leg_of(world, kind, number)
    version = 0 if leg is None else leg.version(world.clock.now())
    if leg is None or not version:
        raise NoPush(f"{kind} knows nothing of {number!r} yet")
    return BUILDERS[kind](leg, version, secret)


def send(to: str, body: bytes, headers: dict[str, str]) -> dict[str, object]:
    """Posts to a loopback address and says what came back. Raises NoPush for any other address."""
    url = urlsplit(to)
    if url.scheme != "http" or url.hostname not in LOOPBACK:
        raise NoPush("pushes go to http addresses of this machine only")
    path = url.path + (f"?{url.query}" if url.query else "")
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=10)
    try:
        connection.request("POST", path or "/", body=body, headers=headers)
        answer = connection.getresponse()
        return {"status": answer.status, "body": answer.read(10_000).decode("utf-8", "replace")}
    except OSError as error:
        raise NoPush(f"nobody answers at {to}: {type(error).__name__}") from error
    finally:
        connection.close()
