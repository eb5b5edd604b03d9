"""FedEx: `POST /track/v1/trackingnumbers` (30 at most), OAuth 2; ISO times with offsets; OX: USPS told."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import fedex_12
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "fedex"
NUMBERS = {"fedex": fedex_12}
BATCH = 30
TOKEN_S = 3_599
# `code` is "eventType", "eventType/exceptionCode"; a wording after "|" is the exception's.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("OC", "Shipment information sent to FedEx"),
    E.SELLER_CANCELLED: Word("CA", "Shipment cancelled by sender"),
    E.FIRST_MILE_PICKED_UP: Word("PU", "Picked up"),
    E.LINEHAUL_DEPARTED: Word("DP", "Departed FedEx location", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("DP", "Departed FedEx location", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_ARRIVED: Word("AR", "Arrived at FedEx location", E.ANY_IN_TRANSIT),
    E.TRANSIT_COUNTRY_DEPARTED: Word("DP", "Departed FedEx location", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("AR", "Arrived at FedEx location", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("AR", "Arrived at FedEx location", E.ANY_IN_TRANSIT),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "CD/70", "Clearance delay|Import duties and taxes must be paid before the shipment can be released"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("CC", "International shipment release - Import"),
    E.ANY_NOTE: Word("OX", "Shipment information sent to U.S. Postal Service"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OD", "On FedEx vehicle for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "DE/08", "Delivery exception|Customer not available or business closed"
    ),
    E.LAST_MILE_DELIVERED: Word("DL", "Delivered"),
    E.LAST_MILE_DELIVERED_SIGNED: Word("DL", "Delivered", E.LAST_MILE_DELIVERED),
    (E.ANY_DAMAGED, Reason.CARRIER_DAMAGED): Word("SE/12", "Shipment exception|Package is damaged, unable to deliver"),
}
_DERIVED = {"OC": "IN", "PU": "PU", "CA": "CA", "DL": "DL", "CD": "CD", "SE": "SE", "DE": "DE", "OD": "OD"}


def _failed(status: int, code: str, message: str) -> Answer:
    return answer_json(status, {"transactionId": "sandbox", "errors": [{"code": code, "message": message}]})


def _location(told: Told) -> dict[str, Any]:
    city = told.city
    location: dict[str, Any] = {"streetLines": [""], "city": city.name.upper(), "countryCode": city.country,
                                "residential": False, "countryName": city.country_name}  # fmt: skip
    if city.country in ("US", "CA"):
        location |= {"stateOrProvinceCode": city.region, "postalCode": city.postal}
    return location


def _scan(told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    code, _, exception = word.code.partition("/")
    text, _, why = word.text.partition("|")
    derived = _DERIVED.get(code, "IT")
    return {
        "date": told.city.local(told.at).isoformat(),
        "eventType": code, "eventDescription": text,
        "exceptionCode": exception, "exceptionDescription": why,
        "scanLocation": _location(told), "locationType": "FEDEX_FACILITY",
        "derivedStatusCode": derived, "derivedStatus": text if derived != "IT" else "In transit",
    }  # fmt: skip


def _result(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    scans = [_scan(told) for told in reversed(known)]
    # The state is the delivery's, even where a scan of the same second stands above it.
    latest = next((scan for scan in scans if scan["eventType"] == "DL"), scans[0])
    times = [{"type": "ACTUAL_DELIVERY", "dateTime": latest["date"]}] if latest["eventType"] == "DL" else []
    window: dict[str, str] = {}
    if leg.eta is not None and not times:
        due = leg.destination.local(leg.eta)
        times.append({"type": "ESTIMATED_DELIVERY", "dateTime": due.isoformat()})
        window = {"begins": due.replace(hour=8, minute=0, second=0).isoformat()}
        window["ends"] = due.replace(hour=20, minute=0, second=0).isoformat()
    identifiers = []
    following = leg.told_next(version)
    if following is not None:
        identifiers.append({"type": "PARTNER_CARRIER_NUMBER", "values": [following.number], "carrierCode": "USPS"})
    result = {
        "trackingNumberInfo": {
            "trackingNumber": leg.number,
            "trackingNumberUniqueId": f"2461{leg.key:06d}~{leg.number}~FX", "carrierCode": "FDXE",
        },
        "additionalTrackingInfo": {
            "nickname": "", "packageIdentifiers": identifiers, "hasAssociatedShipments": False,
        },
        "latestStatusDetail": {
            "code": latest["eventType"], "derivedCode": latest["derivedStatusCode"],
            "statusByLocale": latest["derivedStatus"], "description": latest["eventDescription"],
            "scanLocation": latest["scanLocation"],
        },
        "dateAndTimes": times,
        "estimatedDeliveryTimeWindow": {"window": window},
        "scanEvents": scans,
        "shipmentDetails": {"possessionStatus": True},
        "originLocation": {"locationContactAndAddress": {"address": {"countryCode": leg.origin.country}}},
        "lastUpdatedDestinationAddress": {"city": leg.destination.name.upper(), "countryCode": leg.destination.country},
    }  # fmt: skip
    return dump({"trackingNumber": leg.number, "trackResults": [result]})


def _unknown(number: str) -> bytes:
    return dump({
        "trackingNumber": number,
        "trackResults": [{
            "trackingNumberInfo": {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""},
            "error": {
                "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
                "message": "Tracking number cannot be found. Please correct the tracking number and try again.",
            },
        }],
    })  # fmt: skip


def _numbers(asked: Any) -> list[str]:
    try:
        return [str(row["trackingNumberInfo"]["trackingNumber"]) for row in asked["trackingInfo"]]
    except (KeyError, TypeError):
        return []


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/oauth/token":
        return _token(request, desk)
    if request.path != "/track/v1/trackingnumbers" or request.method != "POST":
        return _failed(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    numbers = _numbers(request.json())
    if not numbers:
        return _failed(400, "TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.")
    if len(numbers) > BATCH:
        return _failed(400, "TRACKING.TRACKINGINFO.MAXLIMIT", f"No more than {BATCH} tracking numbers are allowed.")
    pieces = [desk.piece(SLUG, number, _result) or _unknown(number) for number in numbers]
    head = f'{{"transactionId":"sandbox-{int(desk.now * 1000)}","output":{{"completeTrackResults":['
    return Answer(200, head.encode() + b",".join(pieces) + b"]}}")


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("client_id", ""), form.get("client_secret", ""))
    if request.method != "POST" or form.get("grant_type") != "client_credentials" or not is_known:
        return failure("wrong_credentials")
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "bearer", "expires_in": lives, "scope": "CXS"})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _failed(401, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again.")
    if kind == "rate_limit":
        return _failed(429, "RATE.LIMIT.EXCEEDED", "The allowed number of requests has been exceeded.")
    return _failed(503, "SERVICE.UNAVAILABLE.ERROR", "The service is currently unavailable.")
