"""Poczta Polska, Śledzenie: SOAP 1.1 with a WS-Security name and password; one number a call, local minutes, Polish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:sled="http://sledzenie.pocztapolska.pl"><soapenv:Header>'
    f'<wsse:Security soapenv:mustUnderstand="1" xmlns:wsse="{_OASIS}-wssecurity-secext-1.0.xsd"><wsse:UsernameToken>'
    "<wsse:Username>{username}</wsse:Username>"
    f'<wsse:Password Type="{_OASIS}-username-token-profile-1.0#PasswordText">'
    "{password}</wsse:Password></wsse:UsernameToken></wsse:Security></soapenv:Header><soapenv:Body>"
    "<sled:sprawdzPrzesylkePl><sled:numer>{number}</sled:numer></sled:sprawdzPrzesylkePl>"
    "</soapenv:Body></soapenv:Envelope>"
)
# -1: no events within thirty days; -2: no such number.
_STATUS: dict[str, type[CarrierError]] = {"-1": NotFound, "-2": NotFound, "-99": TryLater}
_FOUND = {"0", "1"}
# Told of the country at the other end, on that country's clock.
_IN_ORIGIN, _IN_DESTINATION = {"P_WYOC"}, {"P_WEOC", "P_ZPUCWKP", "P_WPUCWKP"}


class PocztaPolska(CarrierAdapter):
    slug = "poczta_polska"
    credentials = ("username", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        name, password = (escape(access.credentials[key]) for key in self.credentials)
        body = _ENVELOPE.format(username=name, password=password, number=escape(asked.number))
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "urn:sprawdzPrzesylkePl"}
        return CarrierRequest(method="POST", path="/Sledzenie/services/Sledzenie", headers=headers, body=body.encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        if (fault := next(answer.iter("Fault"), None)) is not None:
            said = child_text(fault, "faultstring")
            raise (Refused if "security" in said.lower() or "authenticat" in said.lower() else BadAnswer)(said)
        told = next(answer.iter("return"), None)
        if told is None:
            raise BadAnswer(f"a {answer.tag} without a return")
        status = child_text(told, "status")
        if status not in _FOUND:
            raise _STATUS.get(status, BadAnswer)(f"status {status}")
        return [self._result(told)]

    def _result(self, told: Element) -> TrackingResult:
        origin, destination = (child_text(told, f"danePrzesylki/kodKraju{end}") for end in ("Nadania", "Przezn"))
        rows = list(told.iter("zdarzenie"))
        if not rows:
            return TrackingResult(number=child_text(told, "numer"), failure=NotFound("no events yet"))
        return TrackingResult(
            number=child_text(told, "numer"),
            events=oldest_first(self._event(row, origin, destination) for row in rows),
            origin_country=origin or None,
            destination_country=destination or None,
            service=child_text(told, "danePrzesylki/rodzPrzes"),
        )

    def _event(self, row: Element, origin: str, destination: str) -> TrackingEvent:
        code, when = child_text(row, "kod"), child_text(row, "czas")
        country = origin if code in _IN_ORIGIN else destination if code in _IN_DESTINATION else "PL"
        words = (child_text(row, "nazwa"), child_text(row, "przyczyna/nazwa"))
        return self.event(
            raw_time=when,
            local=times.parse_iso(when),
            precision=TimePrecision.MINUTE,
            place=child_text(row, "jednostka/daneSzczegolowe/miejscowosc") or child_text(row, "jednostka/nazwa"),
            country=country or None,
            raw_code=code,
            raw_text=". ".join(word for word in words if word),
        )
