"""NZ Post ParcelTrack 3.0: `GET /parceltrack/3.0/parcels/{ref}`, a token and a client_id; naive times, markup."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "nz_post"
NUMBERS = {"nz_post": s10("LH", "NZ")}
TOKEN_S = 86_399
# A wording after "|" is the description, in the carrier's markup. Six codes are public; the others are left empty.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("997", "Shipment data submitted|The sender has told us of your parcel."),
    E.FIRST_MILE_PICKED_UP: Word("13", "Acceptance|Your item was picked up by our courier."),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("", "International arrival|Your parcel is in <b>New Zealand</b>."),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE): Word("", "Held|Held by MPI for a biosecurity check."),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "", "Held|GST and duty are to be paid to <a href='https://www.customs.govt.nz'>NZ Customs</a>."
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("", "Cleared for import|Your parcel may come in."),
    E.LAST_MILE_ARRIVED_HUB: Word("8", "Processed at depot|At the sorting facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("", "In transit to local depot|"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("", "Arrived at local depot|"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("32", "With courier for delivery|Out for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("", "Attempted delivery|Card to call left."),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("", "Ready for collection|At <i>Post Centre</i>"),
    E.LAST_MILE_DELIVERED: Word("22", "Delivered|Delivered to <b>recipient</b>"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("", "Collected|Collected by the customer"),
    E.RETURN_STARTED: Word("578", "Return to sender|"),
    E.RETURN_COMPLETED: Word("22", "Delivered|Delivered to sender"),
}


def _event(leg: ParcelLeg, place: int, told: Told) -> dict[str, Any]:
    word, is_home = word_of(WORDS, told), told.city.country == "NZ"
    status, _, text = word.text.partition("|")
    local = (told.city if is_home else CITIES["auckland"]).local(told.at)
    return {
        "tracking_reference": leg.number, "event_edifact_code": word.code, "source": "CME",
        "seqref": f"2631{leg.key:04d}{place:03d}", "status_description": status, "event_description": text,
        "event_datetime": local.replace(tzinfo=None).isoformat(), "depot_name": told.city.name if is_home else "",
        "signed_by": {"name": "", "signature": ""},
    }  # fmt: skip


def _parcel(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(leg, place, told) for place, told in enumerate(leg.known(version))]
    events.reverse()
    results = {
        "message_id": f"{leg.key:08x}", "message_datetime": events[0]["event_datetime"],
        "tracking_reference": leg.number, "service": "International", "carrier": "NZ Post", "tracking_events": events,
    }  # fmt: skip
    return dump({"success": True, "results": results})


def _failed(status: int, code: str, message: str) -> Answer:
    return answer_json(status, {"success": False, "errors": {"code": code, "message": message, "details": ""}})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/as/token.oauth2":
        return _token(request, desk)
    head, _, number = request.path.rpartition("/")
    if head != "/parceltrack/3.0/parcels" or not number:
        return _failed(404, "NOT_FOUND", "No such resource")
    is_known = is_sandbox(request.headers.get("client_id", ""))
    if not is_known or not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, number, _parcel)
    return _failed(404, "TRACK_404", "No such parcel") if body is None else Answer(200, body)


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("client_id", ""), form.get("client_secret", ""))
    if request.method != "POST" or form.get("grant_type") != "client_credentials" or not is_known:
        return answer_json(401, {"error": "invalid_client", "error_description": "Invalid client credentials"})
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": lives})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _failed(401, "UNAUTHORIZED", "Invalid access token")
    if kind == "rate_limit":
        return _failed(429, "QUOTA", "Too many requests")
    return _failed(503, "UNAVAILABLE", "Service unavailable")
