"""Chronopost: `POST /tracking-cxf/TrackingServiceWS`, SOAP trackSkybillV2 without an account; English, with offsets."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "chronopost"
NUMBERS = {"chronopost": s10("XY", "FR")}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("DC", "Shipment in preparation to be shipped"),
    E.FIRST_MILE_PICKED_UP: Word("DB", "Shipment handed over by shipper"),
    E.FIRST_MILE_ARRIVED_HUB: Word("SC", "Sorted at departure location"),
    E.LAST_MILE_ARRIVED_HUB: Word("TS", "Shipment in transit", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("SD", "Sorted at delivery location"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("TA", "Shipment in delivery to the consignee"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("P", "Delivery failed, consignee absent"),
    E.LAST_MILE_DELIVERED: Word("D", "Delivered"),
}
_TYPE = "text/xml; charset=utf-8"
_NUMBER = re.compile(r"<skybillNumber>([^<]*)</skybillNumber>")


def _event(told: Told) -> str:
    word = word_of(WORDS, told)
    postal = told.city.postal if told.city.country == "FR" else ""
    return (
        f"<events><code>{word.code}</code><eventDate>{CITIES['paris'].local(told.at).isoformat()}</eventDate>"
        f"<eventLabel>{escape(word.text)}</eventLabel><highPriority>false</highPriority><NPC>{postal[:2]}</NPC>"
        f"<officeLabel>{escape(told.city.name.upper())}</officeLabel><zipCode>{postal}</zipCode></events>"
    )


def _envelope(inner: str) -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<ns2:trackSkybillV2Response xmlns:ns2="http://cxf.tracking.soap.chronopost.fr/">'
        f"<return>{inner}</return></ns2:trackSkybillV2Response></soap:Body></soap:Envelope>"
    ).encode()


def _list(number: str, events: str) -> bytes:
    return _envelope(
        f"<errorCode>0</errorCode><listEventInfoComp>{events}"
        f"<skybillNumber>{escape(number)}</skybillNumber></listEventInfoComp>"
    )


def _tracked(leg: ParcelLeg, version: int) -> bytes:
    return _list(leg.number, "".join(_event(told) for told in leg.known(version)))


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/tracking-cxf/TrackingServiceWS":
        return Answer(404, b"", "text/html")
    asked = _NUMBER.search(request.body.decode("utf-8", "replace"))
    if asked is None:
        return failure("down")
    number = unescape(asked[1])
    body = desk.piece(SLUG, number, _tracked)
    return Answer(200, _list(number, "") if body is None else body, _TYPE)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":  # there are none: a caller is turned away
        return Answer(403, b"Access denied", "text/html")
    body = _envelope("<errorCode>1</errorCode><errorMessage>System Error</errorMessage>")
    return Answer(429 if kind == "rate_limit" else 503, body, _TYPE)
