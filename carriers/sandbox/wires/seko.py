"""SEKO OmniParcel: `POST /labels/statusv2` with an array of numbers; local times, oldest first; OP codes."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "seko"
NUMBERS = {"seko": lambda rng: "WFY" + digits(rng, 7)}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("OP-1", "Tracking number allocated & order ready"),
    E.FIRST_MILE_ARRIVED_HUB: Word("OP-3", "Processed through Export Hub"),
    E.LINEHAUL_DEPARTED: Word("OP-81", "Flight Departed"),
    E.LINEHAUL_ARRIVED: Word("OP-78", "Flight Arrived"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION): Word("OP-6", "Customs held for inspection and clearance"),
    E.IMPORT_CUSTOMS_RELEASED: Word("OP-5", "Customs cleared"),
    E.LAST_MILE_HANDED_OVER: Word("OP-56", "Transferred to delivery provider"),
    E.LAST_MILE_ARRIVED_HUB: Word("OP-50", "Parcel arrived to courier processing facility"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OP-21", "Out for delivery"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("OP-76", "Delivered to locker/collection point"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("OP-75", "Delivered - Parcel Collected"),
}


def _event(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    return {
        "EventDT": f"{city.local(told.at):%Y-%m-%dT%H:%M:%S}", "Code": None, "OmniCode": word.code,
        "Description": word.text, "Location": f"{city.name},{city.country}", "Part": 1,
    }  # fmt: skip


def _consignment(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in leg.known(version)]
    return dump({
        "ConsignmentNo": leg.number, "Status": events[-1]["Description"], "Picked": None, "Delivered": None,
        "Tracking": f"http://track.omniparcel.com/{leg.number}", "Reference1": "", "Events": events,
    })  # fmt: skip


def _error(status: int, key: str, message: str) -> Answer:
    return answer_json(status, {"Errors": [{"Property": key, "Message": message, "Key": key, "Value": ""}]})


def handle(request: Request, desk: Desk) -> Answer:
    if not is_sandbox(request.headers.get("access_key", "")):
        return failure("wrong_credentials")
    numbers = request.json()
    if request.path != "/labels/statusv2" or request.method != "POST" or not isinstance(numbers, list):
        return _error(400, "Shipments", "An array of consignment numbers is wanted")
    pieces = [desk.piece(SLUG, str(number), _consignment) for number in numbers]
    return Answer(200, b"[" + b",".join(piece for piece in pieces if piece is not None) + b"]")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "access_key", "The access key is not valid")
    if kind == "rate_limit":
        return _error(429, "Requests", "Too many requests")
    return _error(503, "Service", "The service is down for maintenance")
