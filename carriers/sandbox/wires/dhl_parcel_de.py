"""DHL Parcel Germany: `GET /shipments?xml=<data …/>`, up to 15 pieces parted by ";"; XML, times to the minute.

The gateway wants the application's key and secret (Basic), the query its user and password; both are the sandbox's.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from carriers import bounds
from carriers.errors import BadAnswer
from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import dhl_20
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "dhl_parcel_de"
NUMBERS = {"dhl_parcel_de": dhl_20}
BATCH = 15
PRINTS_S = 60
# `code` is ICE/RIC/standard code.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word(
        "PARCV/PRENT/VA",
        "The instruction data for this shipment have been provided by the sender to DHL electronically",
    ),
    E.FIRST_MILE_PICKED_UP: Word("PCKDU/PUBCR/AE", "The shipment has been picked up"),
    E.LAST_MILE_ARRIVED_HUB: Word("ULFMV/UNLDD/EE", "The shipment has been processed in the destination parcel center"),
    E.LAST_MILE_DEPARTED_HUB: Word("LDTMV/MVMTV/AA", "The shipment is on its way to the delivery base"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("ULFMV/UNLDD/AA", "The shipment has arrived at the delivery base"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("SRTED/NRQRD/PO", "The shipment has been loaded onto the delivery vehicle"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "NTDEL/NOTHM/ZN", "The recipient was not present"
    ),
    (E.LAST_MILE_ATTEMPT_FAILED_ADDRESS, Reason.CONSIGNEE_WRONG_ADDRESS): Word(
        "NTDEL/BDADR/ZN", "The address is incomplete"
    ),
    E.LAST_MILE_REDIRECTED: Word("FWDCF/PCKST/AA", "The shipment is being brought to a PACKSTATION"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("HLDCC/PCKST/ZF", "The shipment is ready for pick-up at the PACKSTATION"),
    E.LAST_MILE_DELIVERED: Word("DLVRD/OTHER/ZU", "The shipment has been successfully delivered"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word(
        "DLVRD/PCKST/ZU", "The recipient has picked up the shipment from the PACKSTATION"
    ),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("DLVRD/NGHBR/ZU", "The shipment was delivered to a neighbour"),
    E.ANY_IN_TRANSIT: Word(
        "LDTMV/MVMTV/AA", "The shipment was reported as delivered in error and is still on its way to the recipient"
    ),
    E.RETURN_STARTED: Word("RETRN/UNCLM/BV", "The shipment is being returned to the sender"),
    E.RETURN_IN_TRANSIT: Word("LDTMV/MVMTV/AA", "The shipment has been processed in the parcel center"),
    E.RETURN_COMPLETED: Word("DLVRD/OTHER/ZU", "The shipment has been successfully delivered"),
}


def _attributes(**values: str) -> str:
    return " ".join(f"{name.replace('_', '-')}={quoteattr(value)}" for name, value in values.items())


def _event(told: Told) -> str:
    word, local = word_of(WORDS, told), told.city.local(told.at)
    ice, ric, standard = word.code.split("/")
    back = "true" if told.scan.what in (E.RETURN_IN_TRANSIT, E.RETURN_COMPLETED) else "false"
    row = _attributes(
        name="piece-event", event_timestamp=f"{local:%d.%m.%Y %H:%M}", event_status=word.text, event_text=word.text,
        ice=ice, ric=ric, event_location=told.city.name, event_country=told.city.country_name,
        standard_event_code=standard, ruecksendung=back,
    )  # fmt: skip
    return f"<data {row}/>"


def _piece(leg: ParcelLeg, version: int) -> bytes:
    rows = "".join(_event(told) for told in leg.known(version))
    more = {} if leg.eta is None else {"delivery_date": leg.destination.local(leg.eta).date().isoformat()}
    head = _attributes(
        name="piece-shipment", error_status="0", piece_code=leg.number, searched_piece_code=leg.number,
        product_name="DHL PAKET (parcel)", dest_country=leg.destination.country, origin_country="DE",
        ruecksendung="false", **more,
    )  # fmt: skip
    return f'<data {head}><data name="piece-event-list">{rows}</data></data>'.encode()


def _answer(code: int, pieces: bytes = b"", error: str = "") -> Answer:
    attributes = _attributes(name="piece-shipment-list", code=str(code), error=error)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<data {attributes}>'.encode() + pieces + b"</data>"
    return Answer(200, body, "application/xml; charset=utf-8")


def _unknown(number: str) -> bytes:
    row = _attributes(
        name="piece-shipment", searched_piece_code=number, piece_code=number, piece_status="100",
        piece_status_desc="No data found",
    )  # fmt: skip
    return f"<data {row}/>".encode()


def handle(request: Request, desk: Desk) -> Answer:
    if not is_sandbox(*request.basic()) or request.path != "/shipments":
        return failure("wrong_credentials")
    try:
        asked = bounds.decode_xml(request.query().get("xml", "").encode())
    except BadAnswer:
        return _answer(-1, error="Not well-formed")
    if not is_sandbox(asked.get("appname") or "", asked.get("password") or ""):
        return _answer(5, error="Log-in failed")
    numbers = (asked.get("piece-code") or "").split(";")
    if len(numbers) > BATCH:
        return _answer(41, error="Too many pieces")
    found = {number: desk.piece(SLUG, number, _piece) for number in numbers}
    if not any(found.values()):
        return _answer(100, error="No data found")
    return _answer(0, b"".join(piece or _unknown(number) for number, piece in found.items()))


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return Answer(401, b"<html><head><title>401 Unauthorized</title></head></html>", "text/html")
    return Answer(429 if kind == "rate_limit" else 503, b"", "text/plain")
