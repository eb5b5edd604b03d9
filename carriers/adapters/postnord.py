"""PostNord Track & Trace v5: a key in the query, one identifier a call; shipments of items, items of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_FAULTS: dict[str, type[CarrierError]] = {
    "invalidIdentifier": NotFound, "notFound": NotFound, "invalidLocale": BadAnswer, "invalidApiKey": Refused,
}  # fmt: skip


class PostNord(CarrierAdapter):
    slug = "postnord"
    credentials = ("apikey",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        return CarrierRequest(
            method="GET",
            path="/rest/shipment/v5/trackandtrace/findByIdentifier.json",
            query={"apikey": access.credentials["apikey"], "id": asked.number, "locale": "en"},
            headers={"Accept": "application/json"},
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        told = answer["TrackingInformationResponse"]
        faults = (told.get("compositeFault") or {}).get("faults") or []
        results = [result for shipment in told.get("shipments") or [] for result in self._items(shipment)]
        if results:
            return results
        if faults:
            code = faults[0].get("faultCode") or ""
            raise _FAULTS.get(code, TryLater)(f"{code}: {faults[0].get('explanationText')}")
        raise NotFound("no shipment in the answer")

    def _items(self, shipment: Any) -> Iterator[TrackingResult]:
        for item in shipment["items"]:
            due = item.get("estimatedTimeOfArrival") or shipment.get("estimatedTimeOfArrival")
            yield TrackingResult(
                number=item["itemId"],
                events=oldest_first(self._event(row) for row in item.get("events") or []),
                estimated_delivery=times.estimated_delivery(due),
                origin_country=_country(shipment.get("consignor")),
                destination_country=_country(shipment.get("consignee")),
                service=(shipment.get("service") or {}).get("name") or "",
            )

    def _event(self, row: Any) -> TrackingEvent:
        code, status, text = (
            text_of(row.get("eventCode") or ""),
            row.get("status") or "",
            row.get("eventDescription") or "",
        )
        # The code where the sheet knows it; the status beside it always says the stage.
        meaning = self.facts.meaning(code if code in self.facts.codes else status, text)
        where = row.get("location") or {}
        return self.event(
            raw_time=row["eventTime"],
            local=times.parse_iso(row["eventTime"]),
            place=where.get("city") or where.get("displayName") or where.get("name") or "",
            country=where.get("countryCode") or None,
            raw_code=code or status,
            raw_text=text,
            code=meaning.code,
            reason=meaning.reason,
            details={"status": status} if status and code else {},
        )


def _country(party: Any) -> str | None:
    return ((party or {}).get("address") or {}).get("countryCode") or None
