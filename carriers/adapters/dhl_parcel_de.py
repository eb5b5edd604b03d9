"""DHL Parcel Germany, Parcel DE Tracking: XML in the query and in the answer, several pieces a call, no offsets."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult
from carriers.facts import UNKNOWN
from carriers.vocabulary import EventCode, Status

_ERRORS: dict[str, type[CarrierError]] = {
    "5": AccountRefused, "6": AccountRefused, "62": Refused, "64": Refused, "57": Refused,
    "41": NotFound, "45": NotFound, "59": NotFound, "100": NotFound, "200": NotFound,
}  # fmt: skip
_PIECES = ("piece-shipment", "piece-status-public")
_EVENTS = ("piece-event", "pieceevent")
# The wordings are shared with DHL Unified, which tells these stages beside them.
_STAGES = {"DLVRD": "delivered", "PARCV": "pre-transit"}
_TAKEN_BACK = re.compile("delivered in error|irrtümlich .*zugestellt", re.IGNORECASE)
_MOVING = (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)


class DhlParcelDe(CarrierAdapter):
    slug = "dhl_parcel_de"
    credentials = ("api_key", "api_secret", "username", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        login = access.credentials
        asked = ET.Element("data", {
            "appname": login["username"], "password": login["password"], "request": "d-get-piece-detail",
            "language-code": "en", "piece-code": ";".join(number.number for number in numbers),
        })  # fmt: skip
        headers = {"Authorization": basic(login["api_key"], login["api_secret"]), "DHL-API-Key": login["api_key"]}
        query = {"xml": ET.tostring(asked, encoding="unicode")}
        return CarrierRequest(method="GET", path="/shipments", query=query, headers=headers)

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        told = _list(decoded)
        alone: dict[str, ET.Element] = {}
        for piece in _named(told, _PIECES) if told.get("code") in ("0", "100") else ():
            whole = ET.Element("data", {"name": told.get("name") or "", "code": "0"})
            whole.append(piece)
            alone.setdefault(_number(piece), whole)
        return alone

    def parse(self, answer: Any) -> list[TrackingResult]:
        told = _list(answer)
        if told.attrib["code"] != "0":
            raise _error(told.attrib["code"], told.get("error"))
        return [self._piece(piece) for piece in _named(told, _PIECES)]

    def _piece(self, piece: ET.Element) -> TrackingResult:
        number, code = _number(piece), piece.get("error-status") or piece.get("piece-status") or "0"
        if code != "0":
            return TrackingResult(number=number, failure=_error(code, piece.get("piece-status-desc")))
        ends = [(piece.get(f"{end}-country") or "").upper() or None for end in ("origin", "dest")]
        # A scan without a place happened in the country of a shipment that never leaves it.
        country = ends[0] if ends[0] == ends[1] else None
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(row, country) for row in piece.iter("data") if row.get("name") in _EVENTS),
            estimated_delivery=times.estimated_delivery(piece.get("delivery-date")),
            origin_country=ends[0],
            destination_country=ends[1],
            service=piece.get("product-name") or "",
        )

    def _event(self, row: ET.Element, country: str | None) -> TrackingEvent:
        told, text = row.attrib["event-timestamp"], (row.get("event-text") or row.get("event-status") or "").strip()
        ice, standard = row.get("ice") or "", row.get("standard-event-code") or ""
        keys = (f"{ice}/{row.get('ric')}", standard, ice)
        raw_code = next((key for key in keys if key in self.facts.codes), ice or standard)
        meaning = self.facts.meaning(_STAGES.get(ice, "transit"), text)
        if meaning == UNKNOWN:
            meaning = self.facts.meaning(raw_code)
        day, _, clock = told.partition(" ")
        return self.event(
            raw_time=told, local=times.parse_iso(f"{'-'.join(reversed(day.split('.')))}T{clock or '00:00'}"),
            precision=TimePrecision.MINUTE if clock else TimePrecision.DAY,
            place=row.get("event-location") or "", country=row.get("event-country") or country,
            raw_code=raw_code, raw_text=text, reason=meaning.reason, is_correction=bool(_TAKEN_BACK.search(text[:500])),
            code=_returned(meaning.code) if row.get("ruecksendung") == "true" else meaning.code,
            details={name: row.get(name) or "" for name in ("ice", "ric") if row.get(name)},
        )  # fmt: skip


def _returned(code: EventCode) -> EventCode:
    """What a scan means on the way back to the sender."""
    if code.is_delivery:
        return EventCode.RETURN_COMPLETED
    return EventCode.RETURN_IN_TRANSIT if code.status in _MOVING else code


def _named(element: ET.Element, names: tuple[str, ...]) -> list[ET.Element]:
    return [child for child in element if child.get("name") in names]


def _list(answer: ET.Element) -> ET.Element:
    """The list of pieces, the answer's root or within it. Raises BadAnswer."""
    for element in answer.iter("data"):
        if "code" in element.attrib:
            return element
    raise BadAnswer(f"a <{answer.tag}> without a list and its code")


def _number(piece: ET.Element) -> str:
    return piece.get("searched-piece-code") or piece.attrib["piece-code"]


def _error(code: str, detail: str | None) -> CarrierError:
    kind = _ERRORS.get(code, TryLater if code.startswith("-") else BadAnswer)
    return kind(f"{code}: {detail or ''}")
