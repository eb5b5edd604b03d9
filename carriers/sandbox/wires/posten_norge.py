"""Posten Norge and Bring, Tracking v2: `GET /api/v2/tracking.json?q=`, two keys and the shop's address; offsets."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "posten_norge"
NUMBERS = {"posten_norge": s10("LN", "NO")}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("PRE_NOTIFIED", "We have received information about the shipment from the sender"),
    E.FIRST_MILE_PICKED_UP: Word("HANDED_IN", "The shipment has been handed in"),
    E.LINEHAUL_DEPARTED_EXPORT_OFFICE: Word("INTERNATIONAL", "The shipment has been sent from the country of origin"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("INTERNATIONAL", "The shipment has arrived in Norway"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("CUSTOMS", "The shipment is in customs clearance"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "CUSTOMS", "VAT has to be paid before the shipment can go on"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("CUSTOMS", "The shipment has been cleared by customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("TERMINAL", "The shipment is registered at a terminal", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("IN_TRANSIT", "The shipment has been forwarded", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("TRANSPORT_TO_RECIPIENT", "The shipment has been loaded for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "ATTEMPTED_DELIVERY", "Attempted delivered, the recipient was not at home"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word(
        "READY_FOR_PICKUP", "The parcel has arrived at <a href='https://www.posten.no'>post i butikk</a>"
    ),
    E.LAST_MILE_DELIVERED: Word("DELIVERED", "The shipment has been delivered"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("DELIVERED", "The shipment has been collected"),
    E.RETURN_STARTED: Word("RETURN", "The shipment is being returned"),
    E.RETURN_COMPLETED: Word("DELIVERED_SENDER", "The shipment has been returned to the sender"),
}


def _event(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    local = city.local(told.at)
    return {
        "description": word.text, "status": word.code, "recipientSignature": {"name": ""},
        "unitId": "971190", "unitType": "BRING", "postalCode": city.postal, "city": city.name.upper(),
        "countryCode": city.country, "country": city.country_name, "dateIso": local.isoformat(),
        "displayDate": f"{local:%d.%m.%Y}", "displayTime": f"{local:%H:%M}", "consignmentEvent": False,
        "lmEventCode": "", "lmCauseCode": "", "lmMeasureCode": "", "definitions": [],
    }  # fmt: skip


def _consignment(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in reversed(leg.known(version))]
    package = {
        "packageNumber": leg.number, "previousPackageNumber": "", "statusDescription": events[0]["description"],
        "productName": "PAKKE I POSTKASSEN", "productCode": "3584", "brand": "POSTEN", "eventSet": events,
    }  # fmt: skip
    consignment = {"consignmentId": leg.number, "previousConsignmentId": "", "packageSet": [package]}
    return dump({"apiVersion": "2", "consignmentSet": [consignment]})


def _failed(status: int, message: str) -> Answer:
    error = {"code": status, "message": message}
    return answer_json(status, {"apiVersion": "2", "consignmentSet": [{"error": error}]})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/api/v2/tracking.json":
        return _failed(404, "Not found")
    names = ("x-mybring-api-uid", "x-mybring-api-key", "x-bring-client-url")
    if not is_sandbox(*(request.headers.get(name, "") for name in names)):
        return failure("wrong_credentials")
    number = request.query().get("q", "")
    if not number:
        return _failed(400, "Invalid query")
    body = desk.piece(SLUG, number, _consignment)
    return _failed(404, "No shipments found") if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _failed(401, "Authentication failed")
    if kind == "rate_limit":
        return _failed(429, "Too many requests")
    return _failed(503, "Service unavailable")
