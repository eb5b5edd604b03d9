"""Amazon Shipping v2: `GET /shipping/v2/tracking`, a refresh token for an access token; UTC, newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "amazon_shipping"
NUMBERS = {"amazon_shipping": lambda rng: "TBA" + digits(rng, 12)}
TOKEN_S = 3600
# The text is the detail code, which is told as long as the event is the newest.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("ReadyForReceive", ""),
    E.FIRST_MILE_PICKED_UP: Word("PickupDone", ""),
    E.LAST_MILE_ARRIVED_HUB: Word("ArrivedAtCarrierFacility", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("Departed", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("ArrivedAtCarrierFacility", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OutForDelivery", ""),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "DeliveryAttempted", "CustomerUnavailable", E.LAST_MILE_ATTEMPT_FAILED_OTHER, tells_why=False
    ),
    E.LAST_MILE_DELIVERED: Word("Delivered", ""),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("Delivered", "DeliveredToNeighbor"),
}


def _event(told: Told) -> dict[str, Any]:
    city = told.city
    return {
        "eventCode": word_of(WORDS, told).code, "eventTime": f"{GMT.local(told.at):%Y-%m-%dT%H:%M:%SZ}",
        "location": {
            "city": city.name, "stateOrRegion": city.region, "countryCode": city.country, "postalCode": city.postal,
        },
        "shipmentType": "FORWARD",
    }  # fmt: skip


def _promise(leg: ParcelLeg) -> str | None:
    """Nine in the evening of the promised day at the door, in UTC."""
    if leg.eta is None:
        return None
    local = leg.destination.local(leg.eta).replace(hour=21, minute=0, second=0)
    offset = local.utcoffset() or timedelta(0)
    return f"{local.replace(tzinfo=None) - offset:%Y-%m-%dT%H:%M:%SZ}"


def _result(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    newest = word_of(WORDS, known[-1])
    codes = {"forward": [newest.text] if newest.text else [], "returns": []}
    return dump({"payload": {
        "trackingId": leg.number, "alternateLegTrackingId": "",
        "eventHistory": [_event(told) for told in reversed(known)], "promisedDeliveryDate": _promise(leg),
        "summary": {"status": newest.code, "trackingDetailCodes": codes},
    }})  # fmt: skip


def _error(status: int, code: str, text: str) -> Answer:
    return answer_json(status, {"errors": [{"code": code, "message": text, "details": ""}]})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/auth/o2/token":
        return _token(request, desk)
    if request.path != "/shipping/v2/tracking" or request.method != "GET":
        return _error(404, "NotFound", "The requested resource is invalid or doesn't exist")
    if not desk.tokens.holds(SLUG, request.headers.get("x-amz-access-token", "")):
        return failure("wrong_credentials")
    query = request.query()
    if not query.get("trackingId") or not query.get("carrierId"):
        return _error(400, "InvalidRequest", "Request is missing or has invalid parameters")
    body = desk.piece(SLUG, query["trackingId"], _result)
    if body is None:
        return _error(404, "NotFound", "The requested resource is invalid or doesn't exist")
    return Answer(200, body)


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    if request.method != "POST" or form.get("grant_type") != "refresh_token":
        return answer_json(400, {"error": "unsupported_grant_type", "error_description": "Not a refresh token"})
    if not is_sandbox(*(form.get(name, "") for name in ("refresh_token", "client_id", "client_secret"))):
        return answer_json(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "bearer", "expires_in": lives})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(403, "Unauthorized", "Access to requested resource is denied.")
    if kind == "rate_limit":
        return _error(429, "TooManyRequests", "The total number of requests exceeded your allowed limit.")
    return _error(503, "ServiceUnavailable", "Service temporarily unavailable or down for maintenance.")
