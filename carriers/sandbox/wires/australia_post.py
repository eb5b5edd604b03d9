"""Australia Post: `GET /shipping/v1/track?tracking_ids=a,b` (10 at most), Basic; wordings, with offsets."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "australia_post"
NUMBERS = {"australia_post": s10("LA", "AU")}
BATCH = 10
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("", "Shipping information received by Australia Post"),
    E.FIRST_MILE_PICKED_UP: Word("", "Received item from Sender (Outbound)"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("", "Arrived at facility in destination country"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("", "Item is in Customs"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE): Word("", "Item held for biosecurity inspection"),
    (E.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_BORDER_SECURITY): Word("", "Held by Australian Border Force"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_DECLARATION_MISSING): Word("", "Import declaration required"),
    E.IMPORT_CUSTOMS_RELEASED: Word("", "Item cleared by Customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("", "Processed through Australia Post facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("", "In transit to next facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("", "Onboard for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("", "Attempted delivery - card left"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("", "Awaiting collection"),
    E.LAST_MILE_DELIVERED: Word("", "Delivered"),
    E.LAST_MILE_DELIVERED_SAFE_PLACE: Word("", "Delivered - Left in a safe place"),
    E.RETURN_STARTED: Word("", "Return to sender"),
    E.RETURN_COMPLETED: Word("", "Delivered to sender"),
}


def _event(told: Told) -> dict[str, str]:
    # Scans abroad bear head office's offset.
    is_home = told.city.country == "AU"
    local = (told.city if is_home else CITIES["melbourne"]).local(told.at)
    where = f"{told.city.name.upper()} {told.city.region}" if is_home else f"{told.city.name} ({told.city.country})"
    return {"location": where, "description": word_of(WORDS, told).text, "date": local.isoformat()}


def _result(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in reversed(leg.known(version))]
    status = "Delivered" if events[0]["description"].startswith("Delivered") else "In transit"
    item = {"article_id": leg.number, "product_type": "International", "events": events, "status": status}
    return dump({"tracking_id": leg.number, "status": status, "trackable_items": [item]})


def _unknown(number: str) -> bytes:
    return dump({"tracking_id": number, "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]})


def _failed(status: int, code: str, name: str) -> Answer:
    error: dict[str, Any] = {"message": name, "error_code": code, "error_name": name}
    return answer_json(status, {"errors": [error]})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/shipping/v1/track":
        return _failed(404, "API_003", "Not found")
    if not is_sandbox(*request.basic(), request.headers.get("account-number", "")):
        return failure("wrong_credentials")
    numbers = [number for number in request.query().get("tracking_ids", "").split(",") if number]
    if not numbers:
        return _failed(400, "51100", "TRACKING_IDS_MISSING")
    if len(numbers) > BATCH:
        return _failed(400, "51101", "TOO_MANY_AP_TRACKING_IDS")
    pieces = [desk.piece(SLUG, number, _result) or _unknown(number) for number in numbers]
    return Answer(200, b'{"tracking_results":[' + b",".join(pieces) + b"]}")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _failed(401, "API_001", "Unauthorised")
    if kind == "rate_limit":
        return _failed(429, "API_002", "Too many requests")
    return _failed(503, "API_500", "Service unavailable")
