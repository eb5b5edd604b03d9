"""DHL eCommerce Americas: `GET /tracking/v4/package/open?trackingId=`, OAuth 2; times with an American zone's label.

Scans of the post that delivers come through too. An unknown number is an empty list with HTTP 200.
"""

from __future__ import annotations

from random import Random
from typing import Any

from carriers.sandbox.cities import City
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "dhl_ecommerce"
TOKEN_S = 3_600
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("238", "LABEL CREATED"),
    E.SELLER_DISPATCHED_FROM_WAREHOUSE: Word("132", "EN ROUTE TO DHL ECOMMERCE"),
    E.FIRST_MILE_PICKED_UP: Word("205", "PACKAGE RECEIVED AT DHL ECOMMERCE DISTRIBUTION CENTER"),
    E.FIRST_MILE_ARRIVED_HUB: Word("200", "ARRIVAL AT DHL ECOMMERCE DISTRIBUTION CENTER"),
    E.FIRST_MILE_DEPARTED_HUB: Word("230", "DEPARTURE ORIGIN DHL ECOMMERCE FACILITY"),
    E.EXPORT_CUSTOMS_RELEASED: Word("410", "CLEARANCE PROCESSING COMPLETED - EXPORT"),
    E.LINEHAUL_DEPARTED: Word("420", "DEPARTED FROM TRANSIT FACILITY", E.ANY_IN_TRANSIT),
    E.LINEHAUL_ARRIVED: Word("430", "ARRIVED AT TRANSIT FACILITY", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_PRESENTED: Word("440", "CUSTOMS CLEARANCE"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("445", "CUSTOMS DUTIES AND TAXES DUE"),
    E.IMPORT_CUSTOMS_RELEASED: Word("450", "CUSTOMS CLEARED"),
    E.LAST_MILE_ARRIVED_HUB: Word("260", "ARRIVAL DESTINATION DHL ECOMMERCE FACILITY"),
    E.LAST_MILE_HANDED_OVER: Word("300", "TENDERED TO DELIVERY SERVICE PROVIDER"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("540", "ARRIVAL AT POST OFFICE"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("598", "OUT FOR DELIVERY"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("610", "NOTICE LEFT"),
    E.LAST_MILE_DELIVERED: Word("600", "DELIVERED"),
}
_LABELS = {
    "America/New_York": "ET", "America/Kentucky/Louisville": "ET", "America/Chicago": "CT", "America/Los_Angeles": "PT",
    "America/Toronto": "ET", "America/Vancouver": "PT",
}  # fmt: skip


def _gm(rng: Random) -> str:
    """GM and 18 digits; no check digit is known."""
    return f"GM6051{digits(rng, 14)}"


NUMBERS = {"dhl_ecommerce": _gm}


def _location(city: City) -> str:
    return ", ".join(part for part in (city.name, city.region if city.country == "US" else "", city.country) if part)


def _event(told: Told) -> dict[str, Any]:
    word, city, local = word_of(WORDS, told), told.city, told.city.local(told.at)
    return {
        "date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "timeZone": _LABELS.get(city.zone, "LT"),
        "location": _location(city), "postalCode": city.postal, "primaryEventId": int(word.code),
        "primaryEventDescription": word.text,
    }  # fmt: skip


def _package(leg: ParcelLeg, version: int) -> bytes:
    following = leg.told_next(version)
    package = {"dhlPackageId": leg.number, "packageId": leg.number[2:], "trackingId": leg.number,
               "productName": "DHL Parcel International Direct"}  # fmt: skip
    if following is not None:
        package["deliveryConfirmationNumber"] = following.number
    if leg.eta is not None:
        package["expectedDelivery"] = leg.destination.local(leg.eta).date().isoformat()
    row = {
        "recipient": {"name": "", "country": leg.destination.country},
        "pickupDetail": {"pickupAddress": {"country": leg.origin.country}},
        "package": package, "events": [_event(told) for told in reversed(leg.known(version))],
    }  # fmt: skip
    return dump({"total": 1, "limit": 10, "offset": 0, "packages": [row]})


def _problem(status: int, title: str) -> Answer:
    return answer_json(status, {"type": f"https://api.dhlecs.com/docs/errors#{status}.0000001", "title": title})


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    if form.get("grant_type") != "client_credentials" or not is_sandbox(form.get("client_secret", "")):
        return failure("wrong_credentials")
    token, lives_s = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": lives_s})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/auth/v4/accesstoken":
        return _token(request, desk)
    if request.path != "/tracking/v4/package/open":
        return _problem(404, "No such resource")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, request.query().get("trackingId", ""), _package)
    return (
        answer_json(200, {"total": 0, "limit": 10, "offset": 0, "packages": []}) if body is None else Answer(200, body)
    )


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _problem(401, "Invalid access token")
    return _problem(429, "Too many requests") if kind == "rate_limit" else _problem(503, "Service unavailable")
