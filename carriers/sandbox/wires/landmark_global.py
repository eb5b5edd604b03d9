"""Landmark Global: `POST /v2/Track.php`, the login in the XML; local times to the minute; names the end carrier."""

from __future__ import annotations

from xml.sax.saxutils import escape

from carriers.bounds import decode_xml
from carriers.errors import BadAnswer
from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E

SLUG = "landmark_global"
NUMBERS = {"landmark_global": lambda rng: f"LTN{digits(rng, 8)}N1"}
PRINTS_S = 60
_TYPE = "text/xml; charset=utf-8"
_NAMES = {"canadapost": "Canada Post", "usps": "USPS", "royalmail": "Royal Mail"}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("50", "Shipment Data Uploaded"),
    E.FIRST_MILE_ARRIVED_HUB: Word("225", "Incoming scan at facility", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_DECLARED: Word("125", "Customs transmission sent to carrier"),
    E.LINEHAUL_DEPARTED: Word("150", "Crossing border and in transit to carrier hub"),
    E.IMPORT_CUSTOMS_HELD: Word("135", "Customs Issue"),
    E.IMPORT_CUSTOMS_RELEASED: Word("125", "Customs Cleared"),
    E.LINEHAUL_ARRIVED: Word("155", "Crossing Received"),
    E.LAST_MILE_HANDED_OVER: Word("275", "Item in transit with carrier"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("300", "Item out for delivery"),
    E.LAST_MILE_DELIVERED: Word("500", "Item successfully delivered"),
}


def _event(told: Told) -> str:
    word, city = word_of(WORDS, told), told.city
    where = ", ".join(part for part in (city.name, city.region, city.country) if part)
    return (
        f"<Event><Status>{escape(word.text)}</Status><DateTime>{city.local(told.at):%m/%d/%Y %I:%M %p}</DateTime>"
        f"<Location>{escape(where)}</Location><EventCode>{word.code}</EventCode></Event>"
    )


def _response(leg: ParcelLeg, version: int) -> bytes:
    following = leg.told_next(version)
    carrier = _NAMES[following.carrier] if following is not None else "To Be Routed"
    number = following.number if following is not None else leg.number
    events = "".join(_event(told) for told in leg.known(version))
    return (
        '<?xml version="1.0"?><TrackResponse><Test>false</Test><Result><Success>true</Success>'
        f"<ShipmentDetails><EndDeliveryCarrier>{carrier}</EndDeliveryCarrier></ShipmentDetails><Packages><Package>"
        f"<TrackingNumber>{number}</TrackingNumber><LandmarkTrackingNumber>{leg.number}</LandmarkTrackingNumber>"
        f"<PackageReference/><Events>{events}</Events></Package></Packages></Result></TrackResponse>"
    ).encode()


def _error(status: int, code: str, text: str) -> Answer:
    body = (
        '<?xml version="1.0"?><TrackResponse><Result><Success>false</Success>'
        "<ResultMessage>See Errors element for error details</ResultMessage></Result>"
        f"<Errors><Error><ErrorCode>{code}</ErrorCode><ErrorMessage>{text}</ErrorMessage></Error></Errors>"
        "</TrackResponse>"
    )
    return Answer(status, body.encode(), _TYPE)


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/v2/Track.php":
        return Answer(404, b"Not found", "text/html")
    try:
        asked = decode_xml(request.body)
    except BadAnswer:
        return _error(200, "XML", "The request is not XML.")
    if not is_sandbox(asked.findtext("Login/Username") or "", asked.findtext("Login/Password") or ""):
        return failure("wrong_credentials")
    if (asked.findtext("RetrievalType") or "").lower() != "historical":
        return _error(200, "RetrievalType", "The sandbox gives whole histories only.")
    body = desk.piece(SLUG, asked.findtext("TrackingNumber") or "", _response)
    if body is None:
        return _error(200, "TrackingNumber", "The tracking number could not be found.")
    return Answer(200, body, _TYPE)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(200, "Login", "The username/password combination is not valid.")
    if kind == "rate_limit":
        return _error(429, "RateLimit", "Too many requests.")
    return _error(503, "Unavailable", "The service is down for maintenance.")
