"""USPS v3: `GET /tracking/v3/tracking/{n}?expand=DETAIL`, OAuth 2; `eventTimestamp` is local although suffixed Z."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import usps_22
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "usps"
NUMBERS = {"usps": usps_22("92001903"), "usps_smartpost": usps_22("92612999"), "usps_mi": usps_22("92748909")}
PRINTS_S = 60
TOKEN_S = 28_799
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("GX", "Shipping Label Created, USPS Awaiting Item"),
    E.FIRST_MILE_PICKED_UP: Word("03", "USPS in possession of item"),
    E.LAST_MILE_ARRIVED_HUB: Word("A1", "Arrived at USPS Regional Facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("T1", "Departed USPS Regional Facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("07", "Arrived at Post Office"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OF", "Out for Delivery"),
    E.LAST_MILE_DELIVERED: Word("01", "Delivered, Parcel Locker"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "02", "Notice Left (No Authorized Recipient Available)"
    ),
    (E.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER): Word("DE", "Weather Delay"),
}
_CATEGORY = {"GX": "Pre-Shipment", "03": "Accepted", "01": "Delivered", "OF": "Out for Delivery", "DE": "Alert"}


def _error(status: int, message: str) -> Answer:
    return answer_json(
        status, {"apiVersion": "/tracking/v3", "error": {"code": str(status), "message": message, "errors": []}}
    )


def _event(told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    city = told.city
    local = city.local(told.at).replace(second=0)
    is_home = city.country == "US"
    offset = local.strftime("%z")
    return {
        "eventType": word.text,
        "eventTimestamp": local.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "GMTTimestamp": GMT.local(local.timestamp()).strftime("%Y-%m-%dT%H:%M:%SZ") if is_home else None,
        "GMTOffset": f"{offset[:3]}:{offset[3:]}" if is_home else None,
        "eventCountry": None if is_home else city.country_name.upper(),
        "eventCity": city.name.upper(),
        "eventState": city.region if is_home else None,
        "eventZIP": city.postal if is_home else None,
        "firm": None, "name": None, "authorizedAgent": "false", "eventCode": word.code, "additionalProp": None,
    }  # fmt: skip


def _tracking(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in reversed(leg.known(version))]
    latest = events[0]
    category = _CATEGORY.get(latest["eventCode"], "In Transit")
    value: dict[str, Any] = {
        "destinationCity": leg.destination.name.upper(), "destinationState": leg.destination.region,
        "destinationZIP": leg.destination.postal,
        "emailEnabled": "true", "kahalaIndicator": "false",
        "mailClass": "USPS Ground Advantage<SUP>&#153;</SUP>", "mailType": "DM",
        "services": ["USPS Tracking<SUP>&#174;</SUP>"], "serviceTypeCode": "001",
        "status": latest["eventType"], "statusCategory": category,
        "statusSummary": f"{latest['eventType']} in {latest['eventCity']}.",
        "trackingEvents": events,
        "trackingNumber": leg.number,
    }  # fmt: skip
    if leg.eta is not None and category != "Delivered":
        value["deliveryDateExpectation"] = {"expectedDeliveryDate": leg.destination.local(leg.eta).date().isoformat()}
    return dump(value)


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/oauth2/v3/token":
        return _token(request, desk)
    prefix = "/tracking/v3/tracking/"
    if not request.path.startswith(prefix) or request.method != "GET":
        return _error(404, "Not Found")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, request.path[len(prefix) :], _tracking)
    if body is None:
        return _error(
            404, "Tracking is not available for this item: the number is unknown or USPS does not have the item yet."
        )
    return Answer(200, body)


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("client_id", ""), form.get("client_secret", ""))
    if request.method != "POST" or form.get("grant_type") != "client_credentials" or not is_known:
        return answer_json(
            401, {"error": "invalid_client", "error_description": "Client authentication failed.", "error_uri": ""}
        )
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {
        "access_token": token, "token_type": "Bearer", "issued_at": int(desk.now * 1000), "expires_in": lives,
        "status": "approved", "scope": "tracking", "client_id": form["client_id"], "application_name": "sandbox",
    })  # fmt: skip


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "The client application identifier is invalid.")
    if kind == "rate_limit":
        return _error(429, "Too many requests have been received from client in a short amount of time.")
    return _error(503, "The service is temporarily unavailable.")
