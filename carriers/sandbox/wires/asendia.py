"""Asendia Sync: `GET /api/customers/{id}/tracking/{n}`, a JWT of user and password; a bare list of events, in UTC."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "asendia"
NUMBERS = {"asendia": lambda rng: f"AS{digits(rng, 9)}US"}
TOKEN_S = 86_400
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("ELECNOT", "Shipment information received"),
    E.FIRST_MILE_ARRIVED_HUB: Word("ARRSUB", "Arrived at Asendia facility"),
    E.FIRST_MILE_DEPARTED_HUB: Word("DEPSUB", "Departed Asendia facility"),
    E.EXPORT_CUSTOMS_RELEASED: Word("EXPCUSTOUT", "Out customs authorities"),
    E.LINEHAUL_ARRIVED: Word("ARRDEST", "Arrived at Destination Country"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("IMPCUSTIN", "In customs authorities"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_DOCUMENTS_INCORRECT): Word(
        "IMPCLEARINC", "Import clearance incomplete"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("IMPCUSTOUT", "Out customs authorities"),
    E.LAST_MILE_HANDED_OVER: Word("LEAVHUB", "Handled by local carrier"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OUTDELIVCENTER", "Out for delivery"),
    E.LAST_MILE_DELIVERED: Word("DELIVERY", "Delivered"),
}


def _event(place: int, told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    return {
        "id": place, "code": word.code, "time": f"{GMT.local(told.at):%Y-%m-%dT%H:%M:%SZ}",
        "locationName": told.city.name, "carrierEventDescription": word.text, "locationCountry": told.city.country,
    }  # fmt: skip


def _events(leg: ParcelLeg, version: int) -> bytes:
    return dump([_event(place, told) for place, told in enumerate(leg.known(version), start=1)])


def _problem(status: int, title: str, detail: str) -> Answer:
    return answer_json(status, {"title": title, "status": status, "detail": detail})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/api/authenticate":
        login = request.form()
        if request.method != "POST" or not is_sandbox(login.get("username", ""), login.get("password", "")):
            return failure("wrong_credentials")
        return answer_json(200, {"id_token": desk.tokens.issue(SLUG, TOKEN_S)[0]})
    customer, _, number = request.path.removeprefix("/api/customers/").partition("/tracking/")
    if request.method != "GET" or not number:
        return _problem(404, "Not Found", "No such resource")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    if not is_sandbox(customer):
        return _problem(403, "Forbidden", "Access is denied")
    body = desk.piece(SLUG, number, _events)
    if body is None:
        return _problem(404, "Not Found", "Tracking number not found")
    return Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _problem(401, "Unauthorized", "Full authentication is required to access this resource")
    if kind == "rate_limit":
        return _problem(429, "Too Many Requests", "Too many requests")
    return _problem(503, "Service Unavailable", "Down for maintenance")
