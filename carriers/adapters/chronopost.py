"""Chronopost trackSkybillV2: SOAP without an account, one waybill a call; facts beside a scan are pairs of texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, NotFound, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:cxf="http://cxf.tracking.soap.chronopost.fr/"><soapenv:Body><cxf:trackSkybillV2>'
    "<language>en_GB</language><skybillNumber>{}</skybillNumber>"
    "</cxf:trackSkybillV2></soapenv:Body></soapenv:Envelope>"
)
_NOT_KNOWN = re.compile(r"not found|unknown|invalid|inconnu|invalide|introuvable", re.IGNORECASE)
_PARTNER, _WHERE_TO = ("Partner number", "Numéro partenaire"), ("Delivery point", "Point de livraison")
_COUNTRY_AT_END = re.compile(r" - ([A-Z]{2})\Z")


class Chronopost(CarrierAdapter):
    slug = "chronopost"
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        (asked,) = numbers
        return CarrierRequest(
            method="POST",
            path="/tracking-cxf/TrackingServiceWS",
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
            body=_ENVELOPE.format(escape(asked.number)).encode(),
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        told = next(answer.iter("return"), None)
        if told is None:
            fault = next(answer.iter("Fault"), None)
            raise BadAnswer(
                child_text(fault, "faultstring") if fault is not None else f"a {answer.tag} without a return"
            )
        if (code := child_text(told, "errorCode")) != "0":
            detail = f"{code}: {child_text(told, 'errorMessage')}"
            raise (NotFound if _NOT_KNOWN.search(detail) else TryLater)(detail)
        rows = list(told.iter("events"))
        if not rows:
            raise NotFound("no event")
        number = child_text(told, "listEventInfoComp/skybillNumber")
        facts = {child_text(pair, "name"): child_text(pair, "value") for pair in told.iter("infoCompList")}
        country = _COUNTRY_AT_END.search(_first(facts, _WHERE_TO))
        return [
            TrackingResult(
                number=number,
                events=oldest_first(map(self._event, rows)),
                next_leg=_partner(_first(facts, _PARTNER)) if country and country[1] != "FR" else None,
                destination_country=country[1] if country else None,
            )
        ]

    def _event(self, row: Element) -> TrackingEvent:
        moment, office = child_text(row, "eventDate"), child_text(row, "officeLabel")
        return self.event(
            raw_time=moment,
            local=times.parse_iso(moment),
            place=office,
            country="FR" if child_text(row, "NPC") else None,
            raw_code=child_text(row, "code"),
            raw_text=child_text(row, "eventLabel"),
        )


def _partner(reference: str) -> NextLeg | None:
    """ "GEO/01495..." is the DPD group's parcel number; another reference names no network."""
    network, slash, number = reference.rpartition("/")
    if not number:
        return None
    name = "DPD" if slash and network == "GEO" else network
    return NextLeg(
        number=number, carrier="dpd" if name == "DPD" else None, carrier_name=name, evidence="Partner number"
    )


def _first(facts: Mapping[str, str], names: Sequence[str]) -> str:
    return next((facts[name] for name in names if name in facts), "")
