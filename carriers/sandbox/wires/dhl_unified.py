"""DHL Unified: `GET /track/shipments?trackingNumber=`, key in `DHL-API-Key`; sentences tell what happened.

German pieces and express waybills print naive local times, as the recorded answers do; the rest an offset.
"""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import dhl_10, dhl_20, digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "dhl_unified"
# JJD: a piece's own number, which names no division.
NUMBERS = {"dhl_20": dhl_20, "dhl_10": dhl_10, "dhl_jjd": lambda rng: f"JJD00014{digits(rng, 13)}"}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word(
        "pre-transit", "The instruction data for this shipment have been provided by the sender to DHL electronically"
    ),
    E.FIRST_MILE_PICKED_UP: Word("transit", "Shipment picked up"),
    E.FIRST_MILE_DEPARTED_HUB: Word("transit", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_ARRIVED: Word("transit", "Arrived at DHL Sort Facility {place}", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_DEPARTED: Word("transit", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word(
        "transit", "The shipment has arrived in the destination country/destination area"
    ),
    E.IMPORT_CUSTOMS_PRESENTED: Word(
        "transit", "Shipment is prepared for customs clearance in the destination country/destination area"
    ),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "transit", "Clearance delay: the customs invoice is missing"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("transit", "Clearance processing complete at {place}"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION): Word(
        "transit", "The shipment is pending completion of customs inspection"
    ),
    E.LAST_MILE_ARRIVED_HUB: Word(
        "transit", "The shipment has been processed in the destination parcel center", E.LAST_MILE_ARRIVED_HUB
    ),
    E.LAST_MILE_DEPARTED_HUB: Word("transit", "The shipment is on its way to the delivery base"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("transit", "The shipment has arrived at the delivery base"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("transit", "The shipment has been loaded onto the delivery vehicle"),
    E.LAST_MILE_DELIVERED: Word("delivered", "The shipment has been successfully delivered"),
    E.ANY_IN_TRANSIT: Word(
        "transit", "The shipment was reported as delivered in error and is still on its way to the recipient"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("transit", "The shipment is ready for pick-up by the recipient"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word(
        "delivered", "The recipient has picked up the shipment from the retail outlet"
    ),
    E.RETURN_STARTED: Word("failure", "The shipment is being returned to the sender"),
}


def _service(leg: ParcelLeg) -> str:
    if leg.carrier == "deutsche_post":
        return "post-de"
    return {10: "express", 20: "parcel-de", 21: "express"}.get(len(leg.number), "ecommerce")


def _event(told: Told, *, is_naive: bool) -> dict[str, Any]:
    word = word_of(WORDS, told)
    local = told.city.local(told.at)
    text = word.text.format(place=f"{told.city.name.upper()} - {told.city.country_name.upper()}")
    return {
        "timestamp": (local.replace(tzinfo=None) if is_naive else local).isoformat(),
        "location": {"address": {"addressLocality": f"{told.city.name}, {told.city.country_name}"}},
        "statusCode": word.code,
        "status": text,
        "description": text,
    }


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    service = _service(leg)
    is_naive = service != "ecommerce"
    events = [_event(told, is_naive=is_naive) for told in reversed(leg.known(version))]
    value: dict[str, Any] = {
        "id": leg.number,
        "service": service,
        "origin": {"address": {"countryCode": leg.origin.country}},
        "destination": {"address": {"countryCode": leg.destination.country}},
        "status": events[0],
        "details": {"totalNumberOfPieces": 1, "pieceIds": [leg.number]},
        "events": events,
    }
    if leg.eta is not None and events[0]["statusCode"] != "delivered":
        value["estimatedTimeOfDelivery"] = leg.destination.local(leg.eta).replace(tzinfo=None).isoformat()
    return dump({"shipments": [value]})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """The token is the one that the subscription named."""
    body = b'{"scope":"subscription.push",' + _shipment(leg, version)[1:]
    return body, {"Content-Type": "application/json", "X-Push-Token": secret}


def _problem(status: int, title: str, detail: str) -> Answer:
    return answer_json(status, {"status": status, "title": title, "detail": detail})


def handle(request: Request, desk: Desk) -> Answer:
    return answer(request, desk, SLUG)


def answer(request: Request, desk: Desk, slug: str) -> Answer:
    """The answer at a carrier's desk: Deutsche Post's is this API too. A wrong `service` finds nothing."""
    if request.path != "/track/shipments":
        return _problem(404, "Not Found", "No such resource.")
    if not is_sandbox(request.headers.get("dhl-api-key", "")):
        return failure("wrong_credentials")
    query = request.query()
    number = query.get("trackingNumber", "")
    if not number:
        return _problem(400, "Invalid input", "Invalid input: missing mandatory parameter 'trackingNumber'")
    body = desk.piece(slug, number, _shipment)
    service = query.get("service")
    if body is None or (service and f'"service":"{service}"'.encode() not in body):
        return _problem(404, "No result found", "No shipment with given tracking number found.")
    return Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _problem(401, "Unauthorized", "Unauthorized for given resource.")
    if kind == "rate_limit":
        return _problem(
            429, "Too Many Requests", "Too many requests within defined time period, please try again later."
        )
    return _problem(503, "Service Unavailable", "The service is temporarily unavailable.")
