"""Canada Post: `GET /vis/track/pin/{pin}/detail`, Basic; XML; date and time with a zone's label ("EST")."""

from __future__ import annotations

from xml.sax.saxutils import escape

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import canada_post_16
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "canadapost"
NUMBERS = {"canadapost": canada_post_16}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("3000", "Order information received by Canada Post"),
    E.FIRST_MILE_PICKED_UP: Word("2300", "Item picked up by Canada Post"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("", "International item is being reviewed by customs"),
    E.IMPORT_CUSTOMS_RELEASED: Word("", "Item released by customs and now with Canada Post"),
    E.LAST_MILE_ARRIVED_HUB: Word("0100", "Item processed at postal facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("0410", "Item departed", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("0405", "Item arrived", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("0174", "Item out for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "1479", "Attempted delivery. Notice card left indicating where item can be picked up."
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("1701", "Item available for pickup at Post Office"),
    E.LAST_MILE_DELIVERED: Word("1496", "Item successfully delivered"),
}
_TYPE = "application/vnd.cpc.track-v2+xml; charset=utf-8"


def _occurrence(told: Told) -> str:
    word = word_of(WORDS, told)
    is_home = told.city.country == "CA"
    # Scans abroad carry head office's clock and label.
    local = (told.city if is_home else CITIES["toronto"]).local(told.at)
    return (
        "<occurrence>"
        f"<event-identifier>{word.code}</event-identifier>"
        f"<event-date>{local:%Y-%m-%d}</event-date><event-time>{local:%H:%M:%S}</event-time>"
        f"<event-time-zone>{local.tzname()}</event-time-zone>"
        f"<event-description>{escape(word.text)}</event-description><signatory-name></signatory-name>"
        f"<event-site>{escape(told.city.name.upper())}</event-site>"
        f"<event-province>{told.city.region if is_home else ''}</event-province>"
        "<event-retail-location-id></event-retail-location-id><event-retail-name></event-retail-name>"
        "</occurrence>"
    )


def _detail(leg: ParcelLeg, version: int) -> bytes:
    rows = "".join(_occurrence(told) for told in reversed(leg.known(version)))
    expected = "" if leg.eta is None else leg.destination.local(leg.eta).date().isoformat()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tracking-detail xmlns="http://www.canadapost.ca/ws/track-v2">'
        f"<pin>{leg.number}</pin><active-exists>1</active-exists><archive-exists/><changed-expected-date/>"
        f"<destination-postal-id>{leg.destination.postal.replace(' ', '')}</destination-postal-id>"
        f"<expected-delivery-date>{expected}</expected-delivery-date><changed-expected-delivery-reason/>"
        "<service-name>Expedited Parcels</service-name><service-name-2>Colis accélérés</service-name-2>"
        "<original-pin/><return-pin/><signature-image-exists>false</signature-image-exists>"
        f"<significant-events>{rows}</significant-events></tracking-detail>"
    ).encode()


def _messages(status: int, code: str, text: str) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<messages xmlns="http://www.canadapost.ca/ws/messages">'
        f"<message><code>{code}</code><description>{escape(text)}</description></message></messages>"
    )
    return Answer(status, body.encode(), "application/vnd.cpc.track-v2+xml; charset=utf-8")


def handle(request: Request, desk: Desk) -> Answer:
    prefix, suffix = "/vis/track/pin/", "/detail"
    path = request.path
    if not (path.startswith(prefix) and path.endswith(suffix)):
        return _messages(404, "E404", "No such resource")
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    if "json" in request.headers.get("accept", ""):
        return _messages(406, "E406", "Only application/vnd.cpc.track-v2+xml is served")
    body = desk.piece(SLUG, path[len(prefix) : -len(suffix)], _detail)
    return _messages(404, "004", "No Pin History") if body is None else Answer(200, body, _TYPE)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _messages(401, "E002", "AAA Authentication Failure")
    if kind == "rate_limit":
        return _messages(429, "Server", "Rejected by SLM Monitor")
    return _messages(503, "Server", "Service unavailable")
