"""La Poste suivi v2 (letters, Colissimo, Chronopost): a comma list in the path, a list in the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode

# A number that is not accepted (400) is this number's trouble: it must not stop the account.
_ERRORS: dict[str, type[CarrierError]] = {
    "400": NotFound, "401": Refused, "403": Refused, "404": NotFound, "429": TryLater, "500": TryLater,
    "503": TryLater, "504": TryLater, "UNAUTHORIZED": Refused, "FORBIDDEN": Refused,
    "TOO_MANY_REQUESTS": TryLater, "SERVICE_UNAVAILABLE": TryLater,
}  # fmt: skip


class LaPoste(CarrierAdapter):
    slug = "laposte"
    credentials = ("okapi_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        ids = ",".join(quote(asked.number, safe="") for asked in numbers)
        headers = {"X-Okapi-Key": access.credentials["okapi_key"], "Accept": "application/json"}
        return CarrierRequest(method="GET", path=f"/suivi/v2/idships/{ids}", query={"lang": "fr_FR"}, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if isinstance(answer, list):
            return [self._result(item) for item in answer]
        if (result := self._result(answer)).failure is not None:
            raise result.failure
        return [result]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        items = decoded if isinstance(decoded, list) else [decoded]
        return {number: item for item in items if (number := _number(item)) in numbers}

    def _result(self, item: Any) -> TrackingResult:
        number, code = _number(item), text_of(item.get("returnCode") or item["code"])
        if code != "200":
            detail = f"{code} {item.get('returnMessage') or item.get('message') or ''}".strip()
            return TrackingResult(number=number, failure=_ERRORS.get(code, BadAnswer)(detail))
        shipment = item["shipment"]
        rows = sorted(shipment["event"] or [], key=lambda row: row.get("order", 0))
        context = shipment.get("contextData") or {}
        partner = context.get("partner") or {}
        next_leg = NextLeg(number=text_of(partner.get("reference") or ""), carrier=None,
                           carrier_name=partner.get("name") or "", evidence="contextData.partner")  # fmt: skip
        return TrackingResult(
            number=number, events=tuple(_with_way_back(oldest_first(map(self._event, rows)))),
            next_leg=next_leg if next_leg.number else None,
            estimated_delivery=times.estimated_delivery(shipment.get("estimDate")),
            origin_country=context.get("originCountry") or None,
            destination_country=context.get("arrivalCountry") or None, service=shipment.get("product") or "",
        )  # fmt: skip

    def _event(self, row: Any) -> TrackingEvent:
        return self.event(raw_time=row["date"], local=times.parse_iso(row["date"]), raw_code=row["code"],
                          raw_text=row["label"] or "")  # fmt: skip


def _with_way_back(events: Iterable[TrackingEvent]) -> Iterator[TrackingEvent]:
    """After RE1 the way back is reported with the codes of the way out: ET1 goes on, as if it were in transit."""
    is_returning = False
    for event in events:
        is_returning |= event.code is EventCode.RETURN_STARTED
        is_back = is_returning and event.code is EventCode.ANY_IN_TRANSIT
        yield replace(event, code=EventCode.RETURN_IN_TRANSIT) if is_back else event


def _number(item: Any) -> str:
    return text_of(item.get("idShip") or (item.get("shipment") or {}).get("idShip") or "")
