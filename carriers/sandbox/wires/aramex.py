"""Aramex: `POST …/json/TrackShipments`, the login in the body; /Date(ms+offset)/ of the server's clock."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "aramex"
NUMBERS = {"aramex": lambda rng: "47" + digits(rng, 9)}
BATCH = 50
_PATH = "/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments"
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("SH014", "Record created."),
    E.FIRST_MILE_PICKED_UP: Word("SH012", "Picked Up From Shipper"),
    E.LAST_MILE_ARRIVED_HUB: Word("SH001", "Under processing at operations facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("SH022", "Departed Operations facility – In Transit", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("SH001", "Under processing at operations facility", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_PRESENTED: Word("SH156", "Customs Clearance - In Progress"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "SH008", "Shipment on Hold - Awaiting Commercial Invoice"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("SH041", "Cleared from Customs"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("SH003", "Out for Delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_PAYMENT, Reason.CONSIGNEE_PAYMENT): Word(
        "SH033", "Attempted Delivery - Payment was Declined by Consignee"
    ),
    E.LAST_MILE_DELIVERED: Word("SH005", "Delivered"),
}
_SERVER_OFFSET_S = 3 * 3600  # Amman


def _date(told: Told) -> str:
    """The scan's wall clock, taken for the server's: what the service's JSON makes of a time without a zone."""
    local = told.city.local(told.at)
    offset = local.utcoffset()
    ahead_s = int(offset.total_seconds()) if offset is not None else 0
    return f"/Date({(int(told.at) + ahead_s - _SERVER_OFFSET_S) * 1000}+0300)/"


def _update(leg: ParcelLeg, told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    return {
        "WaybillNumber": leg.number, "UpdateCode": word.code, "UpdateDescription": word.text,
        "UpdateDateTime": _date(told), "UpdateLocation": f"{told.city.name}, {told.city.country_name}",
        "Comments": "", "ProblemCode": "", "GrossWeight": "0.7", "ChargeableWeight": "1", "WeightUnit": "KG",
    }  # fmt: skip


def _row(leg: ParcelLeg, version: int) -> bytes:
    return dump({"Key": leg.number, "Value": [_update(leg, told) for told in reversed(leg.known(version))]})


def _told(rows: list[bytes], unknown: list[str]) -> Answer:
    head = b'{"Transaction":null,"Notifications":[],"HasErrors":false,"TrackingResults":['
    return Answer(200, head + b",".join(rows) + b'],"NonExistingWaybills":' + dump(unknown) + b"}")


def _error(status: int, code: str, text: str) -> Answer:
    return answer_json(status, {
        "Transaction": None, "Notifications": [{"Code": code, "Message": text}], "HasErrors": True,
        "TrackingResults": [], "NonExistingWaybills": [],
    })  # fmt: skip


def handle(request: Request, desk: Desk) -> Answer:
    asked = request.json()
    if request.path != _PATH or request.method != "POST" or not isinstance(asked, dict):
        return Answer(404, b"Endpoint not found.", "text/html")
    client = asked.get("ClientInfo") or {}
    names = ("UserName", "Password", "AccountNumber", "AccountPin", "AccountEntity", "AccountCountryCode")
    if not is_sandbox(*(str(client.get(name) or "") for name in names)):
        return failure("wrong_credentials")
    numbers = [str(number) for number in asked.get("Shipments") or ()][:BATCH]
    pieces = {number: desk.piece(SLUG, number, _row) for number in numbers}
    return _told(
        [piece for piece in pieces.values() if piece is not None],
        [number for number, piece in pieces.items() if piece is None],
    )


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(200, "ERR01", "ClientInfo - Invalid username or password")
    if kind == "rate_limit":
        return Answer(429, b"Too many requests", "text/html")
    return Answer(503, b"The service is unavailable.", "text/html")
