"""Spring GDS: `POST /` with a command in the body; local times, oldest first; names the carrier and its number."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "spring"
NUMBERS = {"spring": lambda rng: f"LXAB{digits(rng, 8)}NL"}
_NAMES = {"royalmail": "Royal Mail", "usps": "USPS", "postnl": "PostNL"}
WORDS: Words = {
    E.SELLER_ORDER_CREATED: Word("0", "PARCEL CREATED"),
    E.SELLER_LABEL_CREATED: Word("10", "LABEL CREATED"),
    E.FIRST_MILE_PICKED_UP: Word("18", "COLLECTION"),
    E.FIRST_MILE_ARRIVED_HUB: Word("20", "ACCEPTED"),
    E.LINEHAUL_DEPARTED_EXPORT_OFFICE: Word("2101", "IN TRANSIT - EXPORTED"),
    E.LINEHAUL_ARRIVED: Word("2103", "IN TRANSIT - IMPORTED"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("40", "IN CUSTOMS"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION): Word("4101", "ITEM HELD FOR CUSTOMS INSPECTION"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "41", "CUSTOMS EXCEPTION - COMMERCIAL INVOICE MISSING"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("2102", "ITEM RELEASED FROM CUSTOMS"),
    E.LAST_MILE_ARRIVED_HUB: Word("9101", "AT TRANSFER DEPOT LMC"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("9301", "OUT FOR DELIVERY"),
    E.LAST_MILE_DELIVERED: Word("100", "DELIVERED"),
}


def _event(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    return {
        "DateTime": f"{city.local(told.at):%Y-%m-%d %H:%M:%S}", "Country": city.country, "City": city.name,
        "State": city.region, "Zip": city.postal, "Code": int(word.code), "Description": word.text,
    }  # fmt: skip


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    following = leg.told_next(version)
    return dump({
        "ErrorLevel": 0, "Error": "",
        "Shipment": {
            "TrackingNumber": leg.number, "ShipperReference": "", "Service": "TRCK",
            "Carrier": _NAMES[following.carrier] if following is not None else "",
            "CarrierTrackingNumber": following.number if following is not None else "",
            "CarrierLocalTrackingNumber": "", "CarrierTrackingUrl": "", "DisplayId": leg.number,
            "Weight": "0.5", "WeightUnit": "kg", "Events": [_event(told) for told in leg.known(version)],
        },
    })  # fmt: skip


def _error(status: int, text: str) -> Answer:
    return answer_json(status, {"ErrorLevel": 10, "Error": text})


def handle(request: Request, desk: Desk) -> Answer:
    asked = request.json()
    if request.path != "/" or request.method != "POST" or not isinstance(asked, dict):
        return _error(400, "A command is wanted")
    if not is_sandbox(str(asked.get("Apikey", ""))):
        return failure("wrong_credentials")
    shipment = asked.get("Shipment")
    if asked.get("Command") != "TrackShipment" or not isinstance(shipment, dict):
        return _error(200, "The sandbox knows TrackShipment only")
    body = desk.piece(SLUG, str(shipment.get("TrackingNumber", "")), _shipment)
    return Answer(200, body) if body is not None else _error(200, "Tracking number not found")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(200, "Invalid Apikey")
    if kind == "rate_limit":
        return _error(429, "Too many requests")
    return _error(503, "The service is down for maintenance")
