"""DPD Cloud Service: `POST /services/v1/DPDCloudService.asmx` (SOAP); credentials in the body, local German times."""

from __future__ import annotations

import re
from random import Random
from xml.sax.saxutils import escape, unescape

from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "dpd"
PRINTS_S = 60
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("ACCEPTED", "Ihr Paket wurde DPD übergeben."),
    E.FIRST_MILE_ARRIVED_HUB: Word("AT_SENDING_DEPOT", "Ihr Paket ist im Paketversandzentrum eingetroffen."),
    E.LAST_MILE_ARRIVED_HUB: Word("ON_THE_ROAD", "Ihr Paket ist unterwegs.", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word(
        "AT_DELIVERY_DEPOT", "Ihr Paket ist im Paketzustellzentrum eingetroffen."
    ),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OUT_FOR_DELIVERY", "Ihr Paket befindet sich in der Auslieferung."),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "AT_DELIVERY_DEPOT", "Der Empfänger wurde nicht angetroffen."
    ),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "AT_DELIVERY_DEPOT", "Die Annahme wurde verweigert."
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("PICKUP", "Ihr Paket liegt im Pickup Paketshop zur Abholung bereit."),
    E.LAST_MILE_DELIVERED: Word("DELIVERED", "Ihr Paket wurde zugestellt."),
    E.RETURN_STARTED: Word("ON_THE_ROAD", "Ihr Paket wird an den Versender zurückgesandt."),
    E.RETURN_COMPLETED: Word("DELIVERED", "Das Paket wurde an den Versender zurückgegeben."),
}
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIELD = re.compile(r"<(Name|Token|cloudUserID|ParcelNo)>([^<]*)</")
_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><getParcelLifeCycleResponse xmlns="https://cloud.dpd.com/"><getParcelLifeCycleResult>'
    "<Version>100</Version><Language>de_DE</Language>"
)
_CLOSE = "</getParcelLifeCycleResult></getParcelLifeCycleResponse></soap:Body></soap:Envelope>"


def _with_check(serial: str) -> str:
    """ISO/IEC 7064 MOD 37,36 over the fourteen digits."""
    product = 36
    for sign in serial:
        product = ((product + _SIGNS.index(sign)) % 36 or 36) * 2 % 37
    return serial + _SIGNS[(37 - product) % 36]


def _number(rng: Random) -> str:
    return _with_check("0998" + digits(rng, 10))


NUMBERS = {"dpd": _number}


def _text(tag: str, text: str) -> str:
    return f"<{tag}><content>{escape(text)}</content><bold>false</bold><paragraph>false</paragraph></{tag}>"


def _stage(told: Told) -> str:
    word, local = word_of(WORDS, told), told.city.local(told.at)
    return (
        f"<statusInfo><status>{word.code}</status>{_text('label', word.code.title())}"
        f"<description>{_text('content', word.text)}</description>"
        "<statusHasBeenReached>true</statusHasBeenReached><showContactInfo>false</showContactInfo>"
        f"{_text('location', f'{told.city.name} ({told.city.country})')}{_text('date', f'{local:%d.%m.%Y, %H:%M}')}"
        "</statusInfo>"
    )


def _cycle(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    stages = "".join(map(_stage, known))
    if not any(told.scan.what is E.LAST_MILE_DELIVERED for told in known):
        stages += (
            f"<statusInfo><status>DELIVERED</status>{_text('label', 'Zustellung')}"
            "<statusHasBeenReached>false</statusHasBeenReached></statusInfo>"
        )
    # Of the moment of the call in truth; the last news here, so that an answer without news stays the same.
    stamp = leg.destination.local(known[-1].told_at)
    return (
        f"{_OPEN}<Ack>true</Ack><TimeStamp>{stamp:%Y-%m-%dT%H:%M:%S}</TimeStamp>"
        f"<ParcelLifeCycleData>{stages}</ParcelLifeCycleData>{_CLOSE}"
    ).encode()


def _answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status, body, "text/xml; charset=utf-8")


def _error(number: int, code: str, text: str) -> Answer:
    body = (
        f"{_OPEN}<Ack>false</Ack><ErrorDataList><ErrorData><ErrorID>{number}</ErrorID><ErrorCode>{code}</ErrorCode>"
        f"<ErrorMsgShort>{text}</ErrorMsgShort><ErrorMsgLong>{text}</ErrorMsgLong></ErrorData></ErrorDataList>{_CLOSE}"
    )
    return _answer(body.encode())


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/services/v1/DPDCloudService.asmx" or request.method != "POST":
        return _answer(b"<html><body>Not Found</body></html>", 404)
    fields = [(tag, unescape(text)) for tag, text in _FIELD.findall(request.body.decode("utf-8", "replace"))]
    secrets = [text for tag, text in fields if tag != "ParcelNo"]
    asked = next((text for tag, text in fields if tag == "ParcelNo"), "")
    if len(secrets) != 4 or not is_sandbox(*secrets):
        return failure("wrong_credentials")
    is_serial = len(asked) == 14 and asked.isascii() and asked.isdigit()
    body = desk.piece(SLUG, _with_check(asked) if is_serial else asked, _cycle)
    if body is None:
        return _error(2030, "CLOUD_PARCELLIFECYCLE_PARCELNO", "Die Paketnummer wurde nicht gefunden.")
    return _answer(body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(2001, "CLOUD_API_USERCREDENTIALS", "Die UserCredentials sind ungültig.")
    if kind == "rate_limit":
        return _answer(b"<html><body>Too Many Requests</body></html>", 429)
    return _answer(b"<html><body>Service Unavailable</body></html>", 503)
