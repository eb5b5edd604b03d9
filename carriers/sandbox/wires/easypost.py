"""EasyPost: `POST /v2/trackers` makes a tracker or gives the one there is; Basic with the key; UTC, oldest first."""

from __future__ import annotations

import hashlib
import hmac
import json
from random import Random
from typing import Any

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits, weighted_mod10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason


def ontrac(rng: Random) -> str:
    """C, thirteen digits and a check digit; the letter counts as 4, weights 1 and 2 from the left, modulo ten."""
    body = digits(rng, 13)
    return f"C{body}{weighted_mod10('4' + body, first=2, second=1)}"


SLUG = "easypost"
IS_AGGREGATOR = True
NUMBERS = {"ontrac": ontrac, "easypost": ontrac}
_KEYS = {"ontrac": "OnTrac"}
# `code` is "status/detail".
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("pre_transit/label_created", "Shipping Label Created"),
    E.FIRST_MILE_ARRIVED_HUB: Word("in_transit/received_at_origin_facility", "Package received at facility"),
    E.LAST_MILE_ARRIVED_HUB: Word("in_transit/arrived_at_facility", "Package arrived at facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("in_transit/departed_facility", "In transit", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word(
        "in_transit/received_at_destination_facility", "Package arrived at the final facility"
    ),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("out_for_delivery/out_for_delivery", "Out for delivery"),
    (E.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER): Word("in_transit/weather_delay", "Delayed by bad weather"),
    E.LAST_MILE_DELIVERED: Word("delivered/arrived_at_destination", "Delivered"),
}


def _detail(leg: ParcelLeg, told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    status, _, detail = word.code.partition("/")
    return {
        "object": "TrackingDetail", "message": word.text, "description": None, "status": status,
        "status_detail": detail, "datetime": f"{GMT.local(told.at):%Y-%m-%dT%H:%M:%SZ}",
        "source": _KEYS.get(leg.carrier, leg.carrier), "carrier_code": None,
        "tracking_location": {
            "object": "TrackingLocation", "city": city.name.upper(), "state": city.region or None,
            "country": city.country, "zip": city.postal or None,
        },
    }  # fmt: skip


def _tracker(leg: ParcelLeg, version: int) -> bytes:
    details = [_detail(leg, told) for told in leg.known(version)]
    due = None if leg.eta is None else leg.destination.local(leg.eta).date().isoformat()
    return dump({
        "id": f"trk_{leg.number}", "object": "Tracker", "mode": "production", "tracking_code": leg.number,
        "status": details[-1]["status"], "status_detail": details[-1]["status_detail"], "signed_by": None,
        "est_delivery_date": None, "carrier": _KEYS.get(leg.carrier, leg.carrier), "tracking_details": details,
        "carrier_detail": {
            "object": "CarrierDetail", "service": "Ground", "est_delivery_date_local": due,
            "alternate_identifier": None,
        },
        "finalized": False, "is_return": False,
    })  # fmt: skip


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    body = dump({
        "id": f"evt_{leg.number}_{version}", "object": "Event", "mode": "production", "status": "pending",
        "description": "tracker.updated", "result": json.loads(_tracker(leg, version)),
    })  # fmt: skip
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "X-Hmac-Signature": f"hmac-sha256-hex={signature}"}


def _no_news(number: str, carrier: str) -> dict[str, Any]:
    return {
        "id": f"trk_{number}", "object": "Tracker", "mode": "production", "tracking_code": number,
        "status": "unknown", "status_detail": "unknown", "est_delivery_date": None, "carrier": carrier,
        "tracking_details": [], "carrier_detail": None, "finalized": False, "is_return": False,
    }  # fmt: skip


def _error(status: int, code: str, text: str) -> Answer:
    return answer_json(status, {"error": {"code": code, "message": text, "errors": []}})


def handle(request: Request, desk: Desk) -> Answer:
    if not is_sandbox(request.basic()[0]):
        return failure("wrong_credentials")
    asked = request.json()
    tracker = asked.get("tracker") if isinstance(asked, dict) else None
    if request.path != "/v2/trackers" or request.method != "POST" or not isinstance(tracker, dict):
        return _error(404, "NOT_FOUND", "The requested resource could not be found.")
    number, carrier = str(tracker.get("tracking_code") or ""), str(tracker.get("carrier") or "")
    if len(number) < 8:
        return _error(422, "TRACKER.CREATE.ERROR", "Unable to create tracker, tracking_code is too short.")
    body = desk.piece(SLUG, number, _tracker)
    return answer_json(201, _no_news(number, carrier)) if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "APIKEY.INACTIVE", "This api key is no longer active.")
    if kind == "rate_limit":
        return _error(429, "RATE_LIMITED", "You have exceeded your rate limit.")
    return _error(503, "SERVICE_UNAVAILABLE", "The service is unavailable.")
