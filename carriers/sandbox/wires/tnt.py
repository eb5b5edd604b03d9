"""TNT ExpressConnect: `POST /expressconnect/track.do`, Basic; XML in the form field xml_in; local minutes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "tnt"
NUMBERS = {"tnt": lambda rng: f"GD{digits(rng, 9)}WW"}
PRINTS_S = 60
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("PU", "Shipment Collected From Collection Address"),
    E.FIRST_MILE_ARRIVED_HUB: Word("CI", "Shipment Received At Origin Depot."),
    E.LINEHAUL_DEPARTED: Word("OS", "Shipment In Transit.", E.ANY_IN_TRANSIT),
    E.LINEHAUL_ARRIVED: Word("AS", "Shipment Received At Transit Point.", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_PRESENTED: Word("CC", "Customs Clearance In Progress."),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_DOCUMENTS_INCORRECT): Word(
        "CD",
        "Held By Customs. Commercial Invoice Or Paperwork Required By Customs: Documents Missing From Customs File.",
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("RC", "Released By Customs"),
    E.LAST_MILE_ARRIVED_HUB: Word("IR", "Shipment Received At Tnt Location", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("IR", "Shipment Now At The Depot Nearest To Delivery Address"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OD", "Out For Delivery."),
    (E.LAST_MILE_ATTEMPT_FAILED_CLOSED, Reason.CONSIGNEE_CLOSED): Word(
        "NC", "Closed On Delivery Attempt. Follow Up Actions Underway"
    ),
    E.LAST_MILE_DELIVERED: Word("OK", "Shipment Delivered In Good Condition."),
}
_NUMBER = re.compile(r"<ConsignmentNumber>(.*?)</ConsignmentNumber>", re.DOTALL)
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<TrackResponse>'


def _status(told: Told) -> str:
    word, local = word_of(WORDS, told), told.city.local(told.at)
    return (
        f"<StatusData><StatusCode>{word.code}</StatusCode>"
        f"<StatusDescription><![CDATA[{word.text}]]></StatusDescription>"
        f'<LocalEventDate format="YYYYMMDD">{local:%Y%m%d}</LocalEventDate>'
        f'<LocalEventTime format="HHMM">{local:%H%M}</LocalEventTime>'
        f"<Depot>{told.city.name[:2].upper()}4</Depot><DepotName><![CDATA[{told.city.name}]]></DepotName></StatusData>"
    )


def _consignment(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    summary = "DEL" if any(told.scan.what is E.LAST_MILE_DELIVERED for told in known) else "INT"
    ends = "".join(
        f"<{name}Country><CountryCode>{city.country}</CountryCode>"
        f"<CountryName><![CDATA[{city.country_name}]]></CountryName></{name}Country>"
        for name, city in (("Destination", leg.destination), ("Origin", leg.origin))
    )
    return (
        f'<Consignment access="public"><ConsignmentNumber>{leg.number}</ConsignmentNumber>'
        f"<OriginDepotName><![CDATA[{leg.origin.name}]]></OriginDepotName>"
        f'<CollectionDate format="YYYYMMDD">{leg.origin.local(known[0].at):%Y%m%d}</CollectionDate>'
        f"<DeliveryTown><![CDATA[{leg.destination.name.upper()}]]></DeliveryTown>"
        f"<SummaryCode>{summary}</SummaryCode>{ends}<PieceQuantity>1</PieceQuantity>"
        f"{''.join(_status(told) for told in reversed(known))}</Consignment>"
    ).encode()


def _unknown(number: str) -> bytes:
    return (
        f'<Consignment access="public"><ConsignmentNumber>{escape(number)}</ConsignmentNumber>'
        "<SummaryCode>CNF</SummaryCode></Consignment>"
    ).encode()


def _error(status: int, code: str, text: str) -> Answer:
    body = f"{_HEAD}<Error><Code>{code}</Code><Message><![CDATA[{text}]]></Message></Error></TrackResponse>"
    return Answer(status, body.encode(), "text/xml; charset=utf-8")


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/expressconnect/track.do" or request.method != "POST":
        return _error(404, "404", "Not Found")
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    asked = [unescape(number) for number in _NUMBER.findall(request.form().get("xml_in", ""))]
    if not asked:
        return _error(200, "100", "The request could not be validated")
    pieces = [desk.piece(SLUG, number, _consignment) or _unknown(number) for number in asked]
    return Answer(200, _HEAD.encode() + b"".join(pieces) + b"</TrackResponse>", "text/xml; charset=utf-8")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(200, "9000", "Unauthorized Access")
    if kind == "rate_limit":
        return _error(429, "429", "Too Many Requests")
    return _error(503, "503", "Service Unavailable")
