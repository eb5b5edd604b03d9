"""Packeta API v5: `POST /api/rest`, the root is the method, `apiPassword` inside; faults are HTTP 200; local times."""

from __future__ import annotations

import re
from random import Random
from xml.sax.saxutils import unescape
from zoneinfo import ZoneInfo

from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "packeta"
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("1", "received data"),
    E.FIRST_MILE_PICKED_UP: Word("12", "collected"),
    E.FIRST_MILE_ARRIVED_HUB: Word("2", "arrived", E.ANY_IN_TRANSIT),
    E.FIRST_MILE_DEPARTED_HUB: Word("4", "departed", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("2", "arrived", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("4", "departed", E.ANY_IN_TRANSIT),
    E.LAST_MILE_HANDED_OVER: Word("6", "handed to carrier"),
    E.ANY_NOTE: Word("31", "courier tracking code added"),
    E.LAST_MILE_ATTEMPT_FAILED_OTHER: Word("23", "zbox delivery attempt"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("17", "rejected by recipient"),
    E.LAST_MILE_REDIRECTED: Word("28", "favourite point redirect"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("5", "ready for pickup"),
    E.LAST_MILE_PICKUP_MISSED: Word("20", "storage time expired"),
    E.LAST_MILE_DELIVERED: Word("7", "delivered"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("7", "delivered", E.LAST_MILE_DELIVERED),
    E.RETURN_STARTED: Word("9", "posted back"),
    E.RETURN_COMPLETED: Word("10", "returned"),
}
_PRAGUE = ZoneInfo("Europe/Prague")
_FIELD = re.compile(r"<(apiPassword|packetId)>([^<]*)</")
_FAULTS = {
    "wrong_credentials": (200, "IncorrectApiPasswordFault", "Incorrect API password"),
    "rate_limit": (429, "TooManyRequests", "Too many requests"),
    "down": (503, "ServiceUnavailable", "Service unavailable"),
}


def _number(rng: Random) -> str:
    return "Z" + digits(rng, 10)


NUMBERS = {"packeta": _number}


def _packet(leg: ParcelLeg, version: int) -> bytes:
    known, following = leg.known(version), leg.told_next(version)
    records = []
    for told in known:
        word, local = word_of(WORDS, told), told.city.local(told.at).astimezone(_PRAGUE)
        code = following.number if following and told is known[-1] else ""
        records.append(
            f"<record><dateTime>{local:%Y-%m-%dT%H:%M:%S}</dateTime><statusCode>{word.code}</statusCode>"
            f"<codeText>{word.text}</codeText><statusText>{word.text.capitalize()}</statusText><branchId>0</branchId>"
            f"<destinationBranchId>4311</destinationBranchId><externalTrackingCode>{code}</externalTrackingCode></record>"
        )
    return f"<response><status>ok</status><result>{''.join(records)}</result></response>".encode()


def handle(request: Request, desk: Desk) -> Answer:
    text = request.body.decode("utf-8", "replace")
    if request.path != "/api/rest" or request.method != "POST" or not text.startswith("<packetTracking>"):
        return _fault(200, "IncorrectDataFault", "Unknown method")
    fields = {tag: unescape(value) for tag, value in _FIELD.findall(text)}
    if not is_sandbox(fields.get("apiPassword", "")):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, f"Z{fields.get('packetId', '')}", _packet)
    return _fault(200, "PacketIdFault", "Unknown packet") if body is None else _xml(200, body)


def failure(kind: str) -> Answer:
    return _fault(*_FAULTS[kind])


def _fault(status: int, code: str, text: str) -> Answer:
    told = f"<response><status>fault</status><fault>{code}</fault><string>{text}</string></response>"
    return _xml(status, told.encode())


def _xml(status: int, body: bytes) -> Answer:
    return Answer(status, body, "text/xml; charset=utf-8")
