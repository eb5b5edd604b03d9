"""PostNL: `GET /shipment/v2/status/barcode/{b}?detail=true&language=EN`, key in `apikey`; Dutch clock, newest first."""

from __future__ import annotations

from random import Random
from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits, s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "postnl"


def _barcode(rng: Random) -> str:
    return f"3SQRST{digits(rng, 9)}"


NUMBERS = {"postnl": _barcode, "s10_nl": s10("CD", "NL")}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("A01", "Shipment expected, but not yet arrived at PostNL"),
    E.FIRST_MILE_PICKED_UP: Word("B01", "Shipment received by PostNL"),
    E.FIRST_MILE_ARRIVED_HUB: Word("J01", "Shipment has been sorted", E.ANY_IN_TRANSIT),
    E.LINEHAUL_DEPARTED_EXPORT_OFFICE: Word("X19", "Shipment sent to country of destination"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("A76", "Shipment arrived in the Netherlands"),
    E.IMPORT_CUSTOMS_DECLARED: Word("X60", "Import declaration submitted by PostNL"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION): Word(
        "X63", "Shipment delayed due to sample check at customs clearance"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("X67", "Awaiting payment of import costs"),
    E.IMPORT_CUSTOMS_RELEASED: Word("X61", "Import declaration completed successfully"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("J27", "Shipment sorted by the depot"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("J05", "Driver is en route"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("K14", "We missed you; we’ll try again"),
    E.LAST_MILE_DELIVERED: Word("I01", "Shipment delivered"),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("I10", "Shipment delivered to neighbour"),
    E.RETURN_COMPLETED: Word("J63", "Return shipment delivered"),
}
# The status that the carrier's list gives an event.
_STATUS = {
    "A01": ("1", "Shipment pre-alerted"), "B01": ("2", "Shipment accepted"), "J01": ("5", "Shipment sorted"),
    "J27": ("5", "Shipment sorted"), "X60": ("9", "Shipment at customs"), "X61": ("9", "Shipment at customs"),
    "X63": ("9", "Shipment at customs"), "A76": ("20", "Shipment in clearance process"),
    "X67": ("20", "Shipment in clearance process"), "I01": ("11", "Shipment delivered"),
    "I10": ("11", "Shipment delivered"), "J63": ("11", "Shipment delivered"),
}  # fmt: skip
_OTHERWISE = ("7", "Shipment out for delivery")


def _printed(told: Told) -> str:
    return f"{CITIES['utrecht'].local(told.at):%d-%m-%Y %H:%M:%S}"


def _event(told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    return {
        "Code": word.code, "Description": word.text, "DestinationLocationCode": {}, "LocationCode": "888888",
        "RouteCode": {}, "RouteName": {}, "TimeStamp": _printed(told),
    }  # fmt: skip


def _status(told: Told) -> dict[str, str]:
    code, text = _STATUS.get(word_of(WORDS, told).code, _OTHERWISE)
    return {
        "TimeStamp": _printed(told), "StatusCode": code, "StatusDescription": text, "PhaseCode": "99",
        "PhaseDescription": "Not applicable",
    }  # fmt: skip


def _address(kind: str, country: str, city: str) -> dict[str, Any]:
    return {"AddressType": kind, "City": city, "CountryCode": country, "Building": {}, "LastName": {}}


def _complete(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)[::-1]
    shipment: dict[str, Any] = {
        "MainBarcode": leg.number, "Barcode": leg.number, "ShipmentAmount": "1", "ShipmentCounter": "1",
        "ProductCode": "004983", "ProductDescription": "Parcel EU Import", "Reference": {},
        "Address": [
            _address("01", leg.destination.country, leg.destination.name),
            _address("02", leg.origin.country, leg.origin.name),
        ],
        "Event": [_event(told) for told in known],
        "Status": _status(known[0]),
        "OldStatus": [_status(told) for told in known],
    }  # fmt: skip
    if leg.eta is not None and not known[0].scan.what.is_delivery:
        due = leg.destination.local(leg.eta).replace(minute=0, second=0, tzinfo=None).isoformat()
        shipment["Expectation"] = {"ETAFrom": due, "ETATo": due}
    return dump({"CompleteStatus": {"Shipment": shipment}})


def handle(request: Request, desk: Desk) -> Answer:
    prefix = "/shipment/v2/status/barcode/"
    if not request.path.startswith(prefix):
        return answer_json(404, {"message": "no Route matched with those values", "http_status_code": 404})
    if not is_sandbox(request.headers.get("apikey", "")):
        return failure("wrong_credentials")
    if request.query().get("detail") != "true":
        return answer_json(400, {"message": "the sandbox tells details alone", "http_status_code": 400})
    body = desk.piece(SLUG, request.path.removeprefix(prefix), _complete)
    if body is None:
        warning = {"Message": "No shipment found", "Code": "2"}
        return answer_json(200, {"CompleteStatus": {}, "Warnings": [warning]})
    return Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        message = "Failed to resolve API Key variable 'request.header.apikey'"
        return answer_json(401, {"message": message, "http_status_code": 401})
    if kind == "rate_limit":
        return answer_json(429, {"message": "Too many requests. Rate limit exceeded!", "http_status_code": 429})
    fault = {"faultstring": "The service is unavailable", "detail": {"errorcode": "messaging.adaptors.http"}}
    return answer_json(503, {"fault": fault})
