"""Purolator: SOAP TrackPackagesByPin, Basic; local date and time of the depot, newest first; a PIN may be replaced."""

from __future__ import annotations

from random import Random
from xml.sax.saxutils import escape

from carriers.bounds import decode_xml
from carriers.errors import BadAnswer
from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason


def purolator_12(rng: Random) -> str:
    """Eleven digits, the first up to 5, and Luhn's check digit."""
    body = str(rng.randrange(6)) + digits(rng, 10)
    doubled = [int(digit) * (1 + (place % 2 == 0)) for place, digit in enumerate(reversed(body))]
    return f"{body}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"


SLUG = "purolator"
NUMBERS = {"purolator": purolator_12}
_TYPE = "text/xml; charset=utf-8"
_V1 = 'xmlns="http://purolator.com/pws/datatypes/v1" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("Other", "Shipment created"),
    E.FIRST_MILE_PICKED_UP: Word("ProofOfPickUp", "Picked up by Purolator"),
    E.IMPORT_CUSTOMS_RELEASED: Word("Other", "Shipment released by Customs"),
    E.LAST_MILE_HANDED_OVER: Word("Other", "New Tracking Number Assigned -"),
    E.LAST_MILE_ARRIVED_HUB: Word("Other", "Arrived at sort facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("Other", "Departed sort facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("Other", "Arrived at sort facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OnDelivery", "On vehicle for delivery"),
    (E.LAST_MILE_ATTEMPT_FAILED_CLOSED, Reason.CONSIGNEE_CLOSED): Word(
        "Undeliverable", "Attempted Delivery - Business Closed"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("Other", "Available for pickup"),
    E.LAST_MILE_DELIVERED: Word("Delivery", "Shipment delivered"),
}


def _scan(leg: ParcelLeg, told: Told, follows: str) -> str:
    word, local = word_of(WORDS, told), told.city.local(told.at)
    text = f"{word.text} {follows}".strip() if told.scan.what is E.LAST_MILE_HANDED_OVER else word.text
    depot = ", ".join(part for part in (told.city.name.upper(), told.city.region) if part)
    return (
        f"<Scan><ScanType>{word.code}</ScanType><PIN><Value>{leg.number}</Value></PIN>"
        f"<Depot><Name>{escape(depot)}</Name></Depot>"
        f"<ScanDate>{local:%Y-%m-%d}</ScanDate><ScanTime>{local:%H%M%S}</ScanTime>"
        f"<Description>{escape(text)}</Description><Comment/>"
        "<SummaryScanIndicator>false</SummaryScanIndicator></Scan>"
    )


def _information(leg: ParcelLeg, version: int) -> bytes:
    following = leg.told_next(version)
    follows = following.number if following is not None else ""
    scans = "".join(_scan(leg, told, follows) for told in reversed(leg.known(version)))
    return (
        f"<TrackingInformation><PIN><Value>{leg.number}</Value></PIN><Scans>{scans}</Scans>"
        '<ResponseInformation i:nil="true"/></TrackingInformation>'
    ).encode()


def _unknown(number: str) -> bytes:
    return (
        f"<TrackingInformation><PIN><Value>{escape(number)}</Value></PIN><Scans/><ResponseInformation><Errors><Error>"
        "<Code>2300003</Code><Description>No scan details are available for this PIN</Description>"
        "<AdditionalInformation/></Error></Errors></ResponseInformation></TrackingInformation>"
    ).encode()


def _envelope(body: bytes) -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
    return head.encode() + b"<s:Body>" + body + b"</s:Body></s:Envelope>"


def _fault(status: int, text: str) -> Answer:
    body = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>"
    return Answer(status, _envelope(body.encode()), _TYPE)


def handle(request: Request, desk: Desk) -> Answer:
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    is_tracking = "TrackPackagesByPin" in request.headers.get("soapaction", "")
    if request.path != "/PWS/V1/Tracking/TrackingService.asmx" or not is_tracking:
        return _fault(500, "The message with this Action cannot be processed at the receiver.")
    try:
        numbers = [" ".join((pin.text or "").split()) for pin in decode_xml(request.body).iter("Value")]
    except BadAnswer:
        return _fault(500, "The request is not XML.")
    told = b"".join(desk.piece(SLUG, number, _information) or _unknown(number) for number in numbers)
    opening = f"<TrackPackagesByPinResponse {_V1}><ResponseInformation><Errors/></ResponseInformation>"
    body = opening.encode() + b"<TrackingInformationList>" + told + b"</TrackingInformationList>"
    return Answer(200, _envelope(body + b"</TrackPackagesByPinResponse>"), _TYPE)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return Answer(401, b"<html><body>401 - Unauthorized</body></html>", "text/html")
    if kind == "rate_limit":
        return _fault(429, "Too many requests")
    return _fault(503, "Service unavailable")
