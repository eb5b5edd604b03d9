"""DHL Express, MyDHL API: Basic authentication, one waybill a call; local times with the offset that we ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from carriers import places, times
from carriers.answers import text_of
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult
from carriers.facts import UNKNOWN, Meaning
from carriers.vocabulary import Status

_ERRORS: dict[int, type[CarrierError]] = {
    400: Refused, 401: Refused, 403: Refused, 404: NotFound, 422: Refused, 429: TryLater,
}  # fmt: skip
# The remarks say why a shipment is held; the pieces would repeat the shipment's checkpoints.
_VIEW = {"trackingView": "all-checkpoints-with-remarks", "levelOfDetail": "shipment"}
_OFFSETS = {"requestGMTOffsetPerEvent": "true"}
_REMARK = ("value", "details")


class DhlExpress(CarrierAdapter):
    slug = "dhl_express"
    credentials = ("api_key", "api_secret")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        login = basic(access.credentials["api_key"], access.credentials["api_secret"])
        headers = {"Authorization": login, "Accept": "application/json", "Accept-Language": "eng"}
        if asked.number.startswith("J"):  # a piece's number: the answer is its shipment's
            query = _VIEW | {"pieceTrackingNumber": asked.number}
            return CarrierRequest(method="GET", path="/tracking", query=query, headers=headers)
        path = f"/shipments/{quote(asked.number, safe='')}/tracking"
        return CarrierRequest(method="GET", path=path, query=_VIEW | _OFFSETS, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "shipments" not in answer:
            status = int(answer["status"])
            error = _ERRORS.get(status, TryLater if status >= 500 else BadAnswer)
            raise error(f"{status} {answer.get('detail') or answer.get('title') or ''}".strip())
        return [self._shipment(shipment) for shipment in answer["shipments"]]

    def _shipment(self, shipment: Any) -> TrackingResult:
        due = shipment.get("estimatedDeliveryDate") or shipment.get("estimatedTimeOfDelivery")
        return TrackingResult(
            number=text_of(shipment["shipmentTrackingNumber"]),
            events=oldest_first(self._event(row) for row in shipment.get("events") or ()),
            estimated_delivery=times.estimated_delivery(due),
            origin_country=_country(shipment.get("shipperDetails")),
            destination_country=_country(shipment.get("receiverDetails")),
            service=text_of(shipment.get("productCode") or ""),
        )

    def _event(self, row: Any) -> TrackingEvent:
        code, text, clock = (
            text_of(row["typeCode"]),
            text_of(row.get("description") or "").strip(),
            row.get("time") or "",
        )
        remark = " ".join(text_of(part[key]) for part in row.get("remarks") or () for key in _REMARK if part.get(key))
        meaning, offset = self._meaning(code, text, remark), row.get("GMTOffset")
        town, country = _town((row.get("serviceArea") or [{}])[0].get("description") or "")
        return self.event(
            raw_time=f"{row['date']} {clock} {offset or ''}".strip(),
            local=times.parse_iso(f"{row['date']}T{clock}" if clock else row["date"]),
            offset_min=times.parse_offset(offset) if offset and clock else None,
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place=town, country=country, raw_code=code, raw_text=text, code=meaning.code, reason=meaning.reason,
            details={"remark": remark} if remark else {},
        )  # fmt: skip

    def _meaning(self, code: str, text: str, remark: str) -> Meaning:
        meaning = self.facts.meaning(code, text)
        why = self.facts.meaning("held", f"{text} {remark}") if meaning.code.status is Status.EXCEPTION else UNKNOWN
        return why if why != UNKNOWN else meaning


def _town(area: str) -> tuple[str, str | None]:
    """A service area is "KINGSTON-JAM", "VAN NUYS,CA-USA" or "ADANA-TURKEY"; a town's own dash is no country's."""
    town, dash, country = area.rpartition("-")
    return (town, country) if dash and places.country_code(country) else (area, None)


def _country(party: Any) -> str | None:
    return ((party or {}).get("postalAddress") or {}).get("countryCode") or None
