"""PostNord: `GET /rest/shipment/v5/trackandtrace/findByIdentifier.json?apikey=&id=&locale=`; Z, newest first."""

from __future__ import annotations

from datetime import UTC
from random import Random
from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits, weighted_mod10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "postnord"


def _sscc(rng: Random) -> str:
    body = f"3735{digits(rng, 13)}"
    return f"00{body}{weighted_mod10(body, first=3, second=1)}"


NUMBERS = {"postnord": _sscc}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("68", "Electronic information has been received from the sender"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("72", "The item has arrived in Sweden"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("73", "The item is in customs"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "74", "The item is waiting for VAT to be paid"
    ),
    E.ANY_RESUMED: Word("75", "The VAT has been paid"),
    E.IMPORT_CUSTOMS_RELEASED: Word("76", "Customs clearance is complete"),
    E.LAST_MILE_ARRIVED_HUB: Word("20", "The item has arrived at the terminal", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("30", "Out for delivery"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("77", "The item is in the parcel locker"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("99", "The recipient has declined the item"),
    E.LAST_MILE_DELIVERED: Word("40", "Delivered"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("40", "Collected by the recipient"),
    E.RETURN_STARTED: Word("90", "The item is being returned to sender"),
}
# What no other status says is on its way.
_STATUSES = {
    "68": "INFORMED", "74": "STOPPED", "30": "DELIVERY", "77": "AVAILABLE_FOR_DELIVERY_PAR_LOC", "40": "DELIVERED",
    "99": "DELIVERY_REFUSED", "90": "RETURNED",
}  # fmt: skip


def _event(told: Told) -> dict[str, Any]:
    word, moment = word_of(WORDS, told), told.city.local(told.at).astimezone(UTC)
    return {
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "eventCode": word.code,
        "status": _STATUSES.get(word.code, "EN_ROUTE"), "eventDescription": word.text,
        "location": {
            "name": told.city.name, "displayName": told.city.name, "city": told.city.name,
            "countryCode": told.city.country, "country": told.city.country_name, "locationId": "480516",
            "postcode": "", "locationType": "HUB",
        },
    }  # fmt: skip


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in reversed(leg.known(version))]
    status = events[0]["status"]
    # The estimate vanishes with the delivery.
    due = None
    if leg.eta is not None and status != "DELIVERED":
        due = leg.destination.local(leg.eta).isoformat()
    shipment = {
        "shipmentId": leg.number, "assessedNumberOfItems": 1, "service": {"code": "19", "name": "MyPack Collect"},
        "consignor": {"name": "X", "address": {"countryCode": leg.origin.country}},
        "consignee": {"name": "X", "address": {"countryCode": leg.destination.country}},
        "status": status, "statusText": {"header": "", "body": ""}, "estimatedTimeOfArrival": due,
        "items": [{"itemId": leg.number, "status": status, "events": events, "references": []}],
    }  # fmt: skip
    return dump({"TrackingInformationResponse": {"shipments": [shipment]}})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/rest/shipment/v5/trackandtrace/findByIdentifier.json":
        return answer_json(404, {"message": "Resource not found"})
    asked = request.query()
    if not is_sandbox(asked.get("apikey", "")):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, asked.get("id", ""), _shipment)
    nothing: dict[str, Any] = {"TrackingInformationResponse": {"shipments": []}}
    return answer_json(200, nothing) if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(403, {"message": "Invalid API key"})
    if kind == "rate_limit":
        return answer_json(429, {"message": "API rate limit exceeded"})
    return answer_json(503, {"message": "Service unavailable"})
