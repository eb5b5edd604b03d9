"""Ninja Van: `GET /{country}/1.0/orders/tracking-events?tracking_number=…`, OAuth 2; an offset, oldest first."""

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

SLUG = "ninja_van"
NUMBERS = {"ninja_van": lambda rng: "NVSGTHRLN" + digits(rng, 9)}
TOKEN_S = 43_200
_TRANSIT = "International Transit, "
# The text is the reason that stands beside the event; codes that begin with RTS/ are told on the way back.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("Pending Pickup", ""),
    E.LINEHAUL_ARRIVED: Word(f"{_TRANSIT}Linehaul Arrived", ""),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        f"{_TRANSIT}Customs Held", "Pending commercial invoice"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word(f"{_TRANSIT}Customs Cleared", ""),
    E.LAST_MILE_HANDED_OVER: Word(f"{_TRANSIT}Handed Over to Last Mile", ""),
    E.LAST_MILE_ARRIVED_HUB: Word("Arrived at Transit Hub", "", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("Arrived at Destination Hub", ""),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("On Vehicle for Delivery", ""),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "Delivery Exception, Pending Reschedule", "Parcel rejected by recipient"
    ),
    E.RETURN_STARTED: Word("Delivery Exception, Return to Sender Initiated", ""),
    E.RETURN_IN_TRANSIT: Word("RTS/On Vehicle for Delivery", ""),
    E.RETURN_COMPLETED: Word("RTS/Returned to Sender", ""),
    E.LAST_MILE_DELIVERED: Word("Delivered, Received by Customer", ""),
}


def _event(leg: ParcelLeg, told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    event = word.code.removeprefix("RTS/")
    row: dict[str, Any] = {
        "shipper_id": "1", "tracking_number": leg.number, "shipper_order_ref_no": "",
        "timestamp": f"{city.local(told.at):%Y-%m-%dT%H:%M:%S%z}", "status": event.partition(",")[0], "event": event,
        "is_parcel_on_rts_leg": word.code != event,
    }  # fmt: skip
    if event.endswith(" Hub"):
        key = event.lower().replace(" ", "_") + "_information"
        row[key] = {"country": city.country, "city": city.name, "hub": f"{city.name} Hub"}
    if event.startswith(_TRANSIT):
        state = event.removeprefix(_TRANSIT)
        row["international_transit_information"] = {
            "state": state,
            "remark": word.text,
            "stage": "",
        }
    if event.startswith("Delivery Exception"):
        row["delivery_exception"] = {"state": event.partition(", ")[2], "failure_reason": word.text}
    return row


def _parcel(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(leg, told) for told in leg.known(version)]
    return dump({"tracking_number": leg.number, "is_full_history_available": True, "events": events})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """The newest event; a webhook names the number otherwise than an answer."""
    row = _event(leg, leg.known(version)[-1])
    row["tracking_id"] = row.pop("tracking_number")
    body = dump(row)
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    return body, {"Content-Type": "application/json", "X-Ninjavan-Hmac-Sha256": signature}


def _error(status: int, title: str, message: str) -> Answer:
    return answer_json(status, {"error": {"code": 0, "request_id": "sandbox", "title": title, "message": message}})


def handle(request: Request, desk: Desk) -> Answer:
    _, _, path = request.path.removeprefix("/").partition("/")  # after the country
    if path == "2.0/oauth/access_token":
        return _token(request, desk)
    if path != "1.0/orders/tracking-events" or request.method != "GET":
        return _error(404, "Not Found", "No such resource")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    numbers = [value for name, value in parse_qsl(request.query_text) if name == "tracking_number"]
    pieces = [desk.piece(SLUG, number, _parcel) for number in numbers]
    return Answer(200, b'{"data":[' + b",".join(piece for piece in pieces if piece is not None) + b"]}")


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("client_id", ""), form.get("client_secret", ""))
    if request.method != "POST" or form.get("grant_type") != "client_credentials" or not is_known:
        return _error(401, "Unauthorized", "Invalid client credentials")
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {
        "access_token": token, "token_type": "bearer", "expires": int(desk.now) + int(lives), "expires_in": lives,
    })  # fmt: skip


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "Unauthorized", "Invalid access token")
    if kind == "rate_limit":
        return _error(429, "Too Many Requests", "Too many requests")
    return _error(503, "Service Unavailable", "Service unavailable")
