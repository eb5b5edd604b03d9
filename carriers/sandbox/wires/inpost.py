"""InPost Group tracking v1: `GET /tracking/v1/parcels?trackingNumbers=…`, ten at most; OAuth; codes without wording."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "inpost"
NUMBERS = {"inpost": lambda rng: "6" + digits(rng, 23)}
BATCH = 10
TOKEN_S = 599
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("CRE.1001", ""),
    E.FIRST_MILE_PICKED_UP: Word("FMD.1002", ""),
    E.FIRST_MILE_ARRIVED_HUB: Word("MMD.1001", ""),
    E.FIRST_MILE_DEPARTED_HUB: Word("MMD.1003", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("MMD.1002", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("MMD.1004", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("LMD.1002", ""),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("LMD.1001", ""),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("LMD.9017", ""),
    E.LAST_MILE_REDIRECTED: Word("LMD.3014", ""),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("LMD.1005", ""),
    E.LAST_MILE_PICKUP_MISSED: Word("LMD.9002", ""),
    E.LAST_MILE_DELIVERED: Word("EOL.1001", ""),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("EOL.1002", ""),
    E.RETURN_STARTED: Word("RTS.1001", ""),
    E.RETURN_COMPLETED: Word("RTS.1002", ""),
}
_AT_LOCKER = {"LMD.1005", "LMD.9002", "EOL.1002"}


def _event(leg: ParcelLeg, told: Told, place: int) -> dict[str, Any]:
    code = word_of(WORDS, told).code
    city = told.city
    name = f"{city.name[:3].upper()}01M" if code in _AT_LOCKER else city.name
    return {
        "customerReference": None, "trackingNumber": leg.number, "eventId": f"{leg.number}-{place:03d}",
        "eventCode": code, "timestamp": city.local(told.at).isoformat(),
        "location": {
            "id": name, "type": "LOCKER_POINT" if code in _AT_LOCKER else "LOGISTIC_CENTER", "name": name,
            "address": None, "postalCode": city.postal, "city": city.name, "country": city.country,
            "description": None,
        },
        "delivery": {"recipientName": None, "deliveryNotes": None}, "shipment": {"type": "STANDARD"},
        "returnToSender": None, "newDestination": None,
    }  # fmt: skip


def _parcel(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(leg, told, place) for place, told in enumerate(leg.known(version))]
    return dump({"trackingNumber": leg.number, "status": events[-1]["eventCode"], "events": events[::-1]})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """The newest event, signed with its timestamp."""
    told = leg.known(version)
    body, stamp = dump(_event(leg, told[-1], len(told) - 1)), str(int(told[-1].told_at))
    digest = hmac.digest(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    signature = base64.b64encode(digest).decode()
    return body, {
        "Content-Type": "application/json", "x-inpost-timestamp": stamp, "x-inpost-signature": signature,
    }  # fmt: skip


def _problem(status: int, title: str, detail: str) -> Answer:
    return answer_json(status, {"type": "about:blank", "title": title, "status": status, "detail": detail})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/oauth2/token":
        return _token(request, desk)
    if request.path != "/tracking/v1/parcels" or request.method != "GET":
        return _problem(404, "NOT_FOUND", "No such resource.")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    asked = [number for name, number in parse_qsl(request.query_text) if name == "trackingNumbers"]
    if not 0 < len(asked) <= BATCH:
        return _problem(400, "BAD_REQUEST", f"One to {BATCH} tracking numbers are wanted.")
    pieces = [piece for number in asked if (piece := desk.piece(SLUG, number, _parcel)) is not None]
    if not pieces:
        return _problem(404, "NOT_FOUND", "None of the parcels was found.")
    return Answer(200, b'{"parcels":[' + b",".join(pieces) + b"]}")


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("client_id", ""), form.get("client_secret", ""))
    if request.method != "POST" or form.get("grant_type") != "client_credentials" or not is_known:
        return answer_json(401, {"error": "invalid_client", "error_description": "Invalid client credentials"})
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {
        "access_token": token, "token_type": "Bearer", "expires_in": lives, "scope": "openid api:tracking:read",
    })  # fmt: skip


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _problem(401, "UNAUTHORIZED", "The access token is not valid.")
    if kind == "rate_limit":
        return _problem(429, "TOO_MANY_REQUESTS", "Rate limit exceeded.")
    return _problem(503, "SERVICE_UNAVAILABLE", "Try again later.")
