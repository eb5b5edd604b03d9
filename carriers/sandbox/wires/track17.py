"""17TRACK v2.2: `POST /track/v2.2/gettrackinfo` and `/register`, 40 numbers a call; an aggregator's sub-statuses.

The numbers of stories are registered already; any other is registered when asked, and has no news.
"""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "track17"
IS_AGGREGATOR = True
NUMBERS = {"track17": s10("RQ", "SG")}  # Singapore Post's
BATCH = 40
_KEYS = {"china_post": 3011, "singapore_post": 19131, "yto": 190157}
_NAMES = {"china_post": "China Post", "singapore_post": "Singapore Post", "yto": "YTO Express"}
# `code` is "status/sub-status".
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("InfoReceived/InfoReceived", "Shipping data received"),
    E.FIRST_MILE_PICKED_UP: Word("InTransit/InTransit_PickedUp", "Accepted from the sender"),
    E.LINEHAUL_DEPARTED: Word("InTransit/InTransit_Departure", "Departed by flight {flight}"),
    E.LINEHAUL_ARRIVED: Word("InTransit/InTransit_Arrival", "Arrived by flight {flight}"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("InTransit/InTransit_CustomsProcessing", "Presented to customs"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "InTransit/InTransit_CustomsRequiringInformation", "Customs waits for the commercial invoice"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "InTransit/InTransit_CustomsRequiringInformation", "Duties and taxes to be paid by the addressee"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("InTransit/InTransit_CustomsReleased", "Released by customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("InTransit/InTransit_Other", "Item processed", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OutForDelivery/OutForDelivery_Other", "With the postman"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "DeliveryFailure/DeliveryFailure_NoBody", "Nobody at home"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("AvailableForPickup/AvailableForPickup_Other", "Ready to be fetched"),
    E.LAST_MILE_DELIVERED: Word("Delivered/Delivered_Other", "Delivered"),
    E.RETURN_STARTED: Word("Exception/Exception_Returning", "On its way back to the sender"),
    E.RETURN_COMPLETED: Word("Exception/Exception_Returned", "Returned to the sender"),
}


def _event(leg: ParcelLeg, version: int) -> list[dict[str, Any]]:
    """Newest first. The post prints no zone (`timezone` is null)."""
    events: list[dict[str, Any]] = []
    for told in reversed(leg.known(version)):
        word, local = word_of(WORDS, told), told.city.local(told.at)
        status, sub_status = word.code.split("/")
        events.append({
            "time_iso": local.isoformat(), "time_utc": f"{GMT.local(told.at):%Y-%m-%dT%H:%M:%SZ}",
            "time_raw": {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "timezone": None},
            "description": word.text.format(flight=told.scan.flight), "location": told.city.name,
            "stage": status, "sub_status": sub_status,
            "address": {"country": told.city.country, "state": None, "city": told.city.name, "postal_code": None},
        })  # fmt: skip
    return events


def _row(leg: ParcelLeg, version: int) -> bytes:
    events, key, following = _event(leg, version), _KEYS.get(leg.carrier, 0), leg.told_next(version)
    provider = {"key": key, "name": _NAMES.get(leg.carrier, leg.carrier), "country": leg.destination.country}
    return dump({
        "number": leg.number, "carrier": key, "param": None, "tag": "",
        "track_info": {
            "shipping_info": {
                "shipper_address": {"country": leg.origin.country},
                "recipient_address": {"country": leg.destination.country},
            },
            "latest_status": {"status": events[0]["stage"], "sub_status": events[0]["sub_status"]},
            "latest_event": events[0],
            "misc_info": {
                "local_number": following.number if following else "",
                "local_provider": _NAMES.get(following.carrier, following.carrier) if following else "",
                "local_key": _KEYS.get(following.carrier, 0) if following else 0,
            },
            "tracking": {"providers": [{"provider": provider, "events": events}]},
        },
    })  # fmt: skip


def _rejected(number: str) -> bytes:
    error = {"code": -18019902, "message": f"The tracking number '{number}' does not register, please register first."}
    return dump({"number": number, "error": error})


def handle(request: Request, desk: Desk) -> Answer:
    if request.method != "POST" or request.path not in ("/track/v2.2/gettrackinfo", "/track/v2.2/register"):
        return answer_json(404, {"code": 404, "data": {"errors": [{"code": 404, "message": "Not Found"}]}})
    if not is_sandbox(request.headers.get("17token", "")):
        return failure("wrong_credentials")
    rows = request.json()
    if not isinstance(rows, list) or not 0 < len(rows) <= BATCH:
        return _refused(400, -18010014, f"one to {BATCH} numbers")
    numbers = [str(row.get("number") or "") for row in rows if isinstance(row, dict)]
    if request.path.endswith("register"):
        accepted = [dump({"origin": 1, "number": number, "carrier": 0}) for number in numbers]
        return _said(accepted, [])
    told = {number: desk.piece(SLUG, number, _row) for number in numbers}
    return _said([row for row in told.values() if row], [_rejected(number) for number, row in told.items() if not row])


def _said(accepted: list[bytes], rejected: list[bytes]) -> Answer:
    body = b'{"code":0,"data":{"accepted":[' + b",".join(accepted) + b'],"rejected":[' + b",".join(rejected) + b"]}}"
    return Answer(200, body)


def _refused(status: int, code: int, message: str) -> Answer:
    return answer_json(status, {"code": code, "data": {"errors": [{"code": code, "message": message}]}})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused(401, -18010002, "Invalid security key.")
    if kind == "rate_limit":
        return _refused(429, -18010003, "Requests exceeded the limit.")
    return _refused(503, -18010003, "Service unavailable.")
