"""DHL Express, MyDHL API: `GET /shipments/{waybill}/tracking`, Basic; local times, their offset only on request.

The remarks of a checkpoint, which say why a shipment is held, come with trackingView=all-checkpoints-with-remarks.
"""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import dhl_10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "dhl_express"
NUMBERS = {"dhl_express": dhl_10}
# A wording after "|" is the remark; {place} is the facility.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("SD", "Shipment information received"),
    E.FIRST_MILE_PICKED_UP: Word("PU", "Shipment picked up"),
    E.FIRST_MILE_ARRIVED_HUB: Word("AF", "Arrived at DHL Sort Facility {place}", E.ANY_IN_TRANSIT),
    E.FIRST_MILE_DEPARTED_HUB: Word("DF", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.EXPORT_CUSTOMS_PRESENTED: Word("IC", "Processed for clearance at {place} - Export"),
    E.EXPORT_CUSTOMS_RELEASED: Word("CR", "Clearance processing complete at {place} - Export"),
    E.LINEHAUL_DEPARTED: Word("DF", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.LINEHAUL_ARRIVED: Word("AF", "Arrived at DHL Sort Facility {place}", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_ARRIVED: Word("AF", "Arrived at DHL Sort Facility {place}", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_DEPARTED: Word("DF", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.ANY_NOTE: Word("RR", "Customs clearance status updated"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("IC", "Processed for clearance at {place}"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "CD", "Clearance delay|A commercial invoice is missing from the customs papers."
    ),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_RECIPIENT_ID_REQUIRED): Word(
        "CD", "Clearance delay|The receiver's tax identification number is not known."
    ),
    (E.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_CANNOT_CONTACT): Word(
        "OH", "Shipment is on hold|DHL is attempting to contact the receiver."
    ),
    (E.IMPORT_CUSTOMS_HELD, Reason.OTHER_REGULATORY): Word("UD", "Uncontrollable clearance delay"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("HP", "Shipment on hold, payment pending"),
    E.IMPORT_CUSTOMS_RELEASED: Word("CR", "Clearance processing complete at {place}"),
    (E.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER): Word("OH", "Shipment is on hold|Severe weather at the facility."),
    E.LAST_MILE_ARRIVED_HUB: Word("AF", "Arrived at DHL Sort Facility {place}", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("DF", "Shipment has departed from a DHL facility {place}", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("AR", "Arrived at DHL Delivery Facility {place}"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("WC", "Shipment is out with courier for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("NH", "Delivery attempted; nobody there"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("RD", "Delivery refused by the receiver"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("CC", "Awaiting collection by the receiver as requested"),
    E.LAST_MILE_DELIVERED: Word("OK", "Delivered"),
    E.LAST_MILE_DELIVERED_SIGNED: Word("OK", "Delivered - Signed for"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("OK", "Delivered - Collected at a DHL ServicePoint"),
    E.RETURN_STARTED: Word("RT", "Returned to shipper"),
    E.RETURN_COMPLETED: Word("OK", "Delivered to shipper"),
}


def _event(told: Told) -> dict[str, Any]:
    word, city, local = word_of(WORDS, told), told.city, told.city.local(told.at)
    text, _, remark = word.text.partition("|")
    area = f"{city.name.upper()},{city.region}" if city.country == "US" else city.name.upper()
    offset = f"{local:%z}"
    row: dict[str, Any] = {
        "date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "GMTOffset": f"{offset[:3]}:{offset[3:]}",
        "typeCode": word.code,
        "description": text.format(place=f"{city.name.upper()} - {city.country_name.upper()}"),
        "serviceArea": [{"code": city.name[:3].upper(), "description": f"{area}-{_ISO3[city.country]}"}],
        "signedBy": "",
    }  # fmt: skip
    return row | ({"remarks": [{"value": remark}]} if remark else {})


_ISO3 = {
    "CN": "CHN", "HK": "HKG", "JP": "JPN", "NZ": "NZL", "AE": "ARE", "BE": "BEL", "DE": "DEU", "FR": "FRA", "ES": "ESP",
    "GB": "GBR", "US": "USA", "CA": "CAN", "BR": "BRA",
}  # fmt: skip


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    value: dict[str, Any] = {
        "shipmentTrackingNumber": leg.number, "status": "Success", "productCode": "P", "description": "Goods",
        "shipperDetails": {"name": "", "postalAddress": {"countryCode": leg.origin.country}},
        "receiverDetails": {"name": "", "postalAddress": {"countryCode": leg.destination.country}},
        "unitOfMeasurements": "metric", "numberOfPieces": 1,
        "events": [_event(told) for told in leg.known(version)],
    }  # fmt: skip
    if leg.eta is not None:
        value["estimatedDeliveryDate"] = leg.destination.local(leg.eta).date().isoformat()
    return dump({"shipments": [value]})


def _problem(status: int, title: str, detail: str) -> Answer:
    return answer_json(status, {"title": title, "message": title, "detail": detail, "status": str(status)})


def handle(request: Request, desk: Desk) -> Answer:
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    folder, _, rest = request.path.removeprefix("/").partition("/")
    number, _, last = rest.partition("/")
    if (folder, last) != ("shipments", "tracking"):
        return _problem(404, "Not Found", "No such resource.")
    if request.query().get("requestGMTOffsetPerEvent") != "true":
        return _problem(400, "Bad request", "The sandbox only tells times with their offsets.")
    body = desk.piece(SLUG, number, _shipment)
    return _problem(404, "No data", "404: No data found") if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _problem(401, "Unauthorized", "Invalid Credentials")
    if kind == "rate_limit":
        return _problem(429, "Too Many Requests", "Too many requests")
    return _problem(503, "Service Unavailable", "The service is temporarily unavailable.")
