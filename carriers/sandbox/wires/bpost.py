"""bpost: `GET /services/trackedmail/item/{n}/trackingInfo`, Basic; XML, oldest first, offsets, states in words."""

from __future__ import annotations

from random import Random
from xml.sax.saxutils import escape

from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "bpost"


def _barcode(rng: Random) -> str:
    return f"3232{digits(rng, 20)}"


NUMBERS = {"bpost": _barcode}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("A00", "AnnouncementReceived - registered"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("I10", "Presented to customs"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("I18", "Awaiting payment of import costs"),
    E.IMPORT_CUSTOMS_RELEASED: Word("I19", "Released by customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("T00", "Sorted - sorted_out", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("L00", "BoundToRound - out_for_distribution"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("N01", "NotDistributed - addressee absent"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("R13", "Available in pick-up point"),
    E.LAST_MILE_DELIVERED: Word("U01", "DistributedNormally - regular"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("U04", "PickedUpInPostPoint - regular"),
}
_TYPE = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_COMMON = "http://schema.post.be/announcement/common/v1/"


def _state(told: Told) -> str:
    word = word_of(WORDS, told)
    return (
        f"<stateInfo><time>{told.city.local(told.at).isoformat(timespec='milliseconds')}</time>"
        f"<location>{escape(told.city.name.upper())}</location>"
        f"<stateCode>{word.code}</stateCode><stateDescription>{escape(word.text)}</stateDescription></stateInfo>"
    )


def _party(tag: str, country: str) -> str:
    return (
        f"<{tag}><ns2:name>X</ns2:name><ns2:address><ns2:countryCode>{country}</ns2:countryCode></ns2:address></{tag}>"
    )


def _tracking(leg: ParcelLeg, version: int) -> bytes:
    window = ""
    if leg.eta is not None:
        due = leg.destination.local(leg.eta).isoformat()
        window = "".join(
            f"<plannedDeliveryDateWindow{edge}>{due}</plannedDeliveryDateWindow{edge}>" for edge in ("Start", "End")
        )
        window = f"<deliveryTimeWindow>{window}</deliveryTimeWindow>"
    states = "".join(_state(told) for told in leg.known(version))
    return (
        f'{_HEAD}<itemTracking xmlns="http://schema.post.be/tracking/v1/" xmlns:ns2="{_COMMON}">'
        f"<itemCode>{leg.number}</itemCode>{_party('sender', leg.origin.country)}"
        f"{_party('addressee', leg.destination.country)}{window}"
        f"<itemDetail><weightInGrams>420</weightInGrams><type>01</type></itemDetail>{states}"
        "<trackingId>qwxcvbnm</trackingId></itemTracking>"
    ).encode()


def handle(request: Request, desk: Desk) -> Answer:
    prefix, suffix = "/services/trackedmail/item/", "/trackingInfo"
    path = request.path
    if not (path.startswith(prefix) and path.endswith(suffix)):
        return _business(404, "No such service")
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, path[len(prefix) : -len(suffix)], _tracking)
    return _business(404, "Item not found") if body is None else Answer(200, body, _TYPE)


def _business(status: int, message: str) -> Answer:
    body = (
        f'{_HEAD}<businessException xmlns="http://schema.post.be/api/shm/v1/"><code>{status}</code>'
        f"<message>{escape(message)}</message></businessException>"
    )
    return Answer(status, body.encode(), _TYPE)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return Answer(401, b"<html><body>Error report: HTTP Status 401</body></html>", "text/html")
    body = (
        f'{_HEAD}<systemException xmlns="http://schema.post.be/api/shm/common/v2/">'
        "<message>Please try again in a few moments.</message></systemException>"
    )
    return Answer(429 if kind == "rate_limit" else 503, body.encode(), _TYPE)
