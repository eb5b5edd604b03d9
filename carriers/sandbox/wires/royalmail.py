"""Royal Mail Tracking v2: `GET /mailpieces/v2/{id}/events`, client id and secret in headers; ISO times with offsets."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "royalmail"
NUMBERS = {"royalmail": s10("FQ", "GB")}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("EVAIP", "Sender despatching item"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("EVJOE", "Arrived at inward office of exchange"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("EVJIC", "Presented to import customs"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("EVJDP", "Held: duties not paid"),
    E.IMPORT_CUSTOMS_RELEASED: Word("EVJFC", "Released from customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("EVIMC", "Item Received"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("EVODO", "Item Despatched to DO", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("EVGPD", "Due to be delivered today"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("EVKNA", "Delivery Attempted - No Answer"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("EVKLC", "Ready to collect at the collection point"),
    E.LAST_MILE_DELIVERED: Word("EVKOP", "Delivered"),
    E.LAST_MILE_DELIVERED_SIGNED: Word("EVKSP", "Delivered and Signed"),
    E.LAST_MILE_DELIVERED_SAFE_PLACE: Word("EVKSF", "Delivered to Safeplace"),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("EVKDN", "Delivered to Neighbour"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("EVPLC", "Collected by customer"),
    E.ANY_IN_TRANSIT: Word("EVNMI", "Forwarded - Mis-sort"),
}
_ALPHA3 = {"GB": "GBR", "CN": "CHN", "HK": "HKG"}
_CATEGORIES = {
    "info_received": "WE HAVE YOUR DETAILS", "delivered": "DELIVERED", "out_for_delivery": "DUE TODAY",
    "attempt_failed": "ATTEMPTED DELIVERY", "available_for_pickup": "AWAITING COLLECTION",
}  # fmt: skip


def _error(status: int, message: str, code: str = "", what: str = "", cure: str = "") -> Answer:
    value: dict[str, Any] = {"httpCode": str(status), "httpMessage": message}
    if code:
        error = {"errorCode": code, "errorDescription": what, "errorCause": what, "errorResolution": cure}
        value["errors"] = [error]
    else:
        value["moreInformation"] = what
    return answer_json(status, value)


def _event(told: Told) -> dict[str, str]:
    word = word_of(WORDS, told)
    kind = "DO" if told.scan.what.value.startswith("last_mile.") else "MC"
    return {
        "eventCode": word.code,
        "eventName": word.text,
        "eventDateTime": told.city.local(told.at).isoformat(),
        "locationName": f"{told.city.name} {kind}" if told.city.country == "GB" else "",
    }


def _events(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    rows = [_event(told) for told in reversed(known)]
    status = known[-1].scan.what.status
    category = _CATEGORIES.get(status.value if status else "", "IN TRANSIT")
    origin = leg.number[-2:] if leg.number[-2:] in _ALPHA3 else leg.origin.country
    pieces: dict[str, Any] = {
        "mailPieceId": leg.number,
        "carrierShortName": "RM",
        "carrierFullName": "Royal Mail Group Ltd",
        "summary": {
            "uniqueItemId": leg.number, "oneDBarcode": leg.number, "productId": "TPN",
            "productName": "International Tracked", "productCategory": "INTERNATIONAL",
            "destinationCountryCode": "GBR", "destinationCountryName": "United Kingdom",
            "originCountryCode": _ALPHA3[origin], "originCountryName": leg.origin.country_name,
            "lastEventCode": rows[0]["eventCode"], "lastEventName": rows[0]["eventName"],
            "lastEventDateTime": rows[0]["eventDateTime"], "lastEventLocationName": rows[0]["locationName"],
            "statusDescription": rows[0]["eventName"], "statusCategory": category,
            "summaryLine": f"Item {leg.number}: {rows[0]['eventName']}.",
            "internationalPostalProvider": {
                "url": "https://www.royalmail.com/track-your-item", "title": "Royal Mail Group Ltd",
                "description": "Royal Mail Group Ltd",
            },
        },
        "events": rows,
        "links": {"summary": {
            "href": f"/mailpieces/v2/summary?mailPieceId={leg.number}", "title": "Summary", "description": "Summary",
        }},
    }  # fmt: skip
    if leg.eta is not None and category != "DELIVERED":
        pieces["estimatedDelivery"] = {"date": leg.destination.local(leg.eta).date().isoformat()}
    return dump({"mailPieces": pieces})


def handle(request: Request, desk: Desk) -> Answer:
    prefix, suffix = "/mailpieces/v2/", "/events"
    path = request.path
    if not (path.startswith(prefix) and path.endswith(suffix)):
        return _error(404, "Not Found", "E0003", "No such resource", "Check the path")
    headers = request.headers
    if not is_sandbox(headers.get("x-ibm-client-id", ""), headers.get("x-ibm-client-secret", "")):
        return failure("wrong_credentials")
    if headers.get("x-accept-rmg-terms", "").lower() != "yes":
        return _error(
            400,
            "Bad Request",
            "E0004",
            "Failed header validation for X-Accept-RMG-Terms",
            "Send the header as documented",
        )
    number = path[len(prefix) : -len(suffix)]
    body = desk.piece(SLUG, number, _events)
    if body is None:
        return _error(
            404, "Not Found", "E1142", f"Barcode reference {number} isn't recognised", "Check the barcode and try again"
        )
    return Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "Unauthorized", what="Invalid client id or secret.")
    if kind == "rate_limit":
        return _error(429, "Too Many Requests", what="Rate limit exceeded")
    return _error(503, "Service Unavailable", "E0010", "The service is unavailable", "Try again later")
